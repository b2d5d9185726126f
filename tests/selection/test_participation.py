"""Attendance: who may record it, when, of whom; what it does to the request and to the cap."""

from datetime import date

import pytest

from expertpool import clock
from expertpool.ledger.services import data_of, events
from expertpool.refusals import Refused
from selection.models import Participation
from selection.services.participation import record_attendance
from tests.evaluation.activity import HELD, an_activity, handler, seated
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def everybody(request, came=True):
    return {one.pk: came for one in seated(request)}


def codes(refused) -> list[tuple[str, str]]:
    return [(one.code, one.field) for one in refused.value.refusals]


@pytest.mark.clause("xinjiang-2025", "18a")
def test_attendance_holds_the_activity_and_releases_the_standbys():
    request = an_activity(people=2, standbys=1, ends_on=date(2026, 10, 22))
    first, second = seated(request)
    with clock.frozen(HELD):
        record_attendance(
            request=request, attended={first.pk: True, second.pk: False}, reasons={second.pk: "航班取消"}, by=handler(request)
        )
    request.refresh_from_db()
    assert (request.state, request.held_on) == ("held", date(2026, 10, 22))
    rows = Participation.objects.filter(request=request).order_by("pk").values_list("state", "seated", "attended", "absence_reason")
    assert list(rows) == [("standing", True, True, ""), ("standing", True, False, "航班取消"), ("released", False, None, "")]
    event = events(f"request:{request.pk}").last()
    assert event is not None and event.kind == "attendance.recorded"
    data = data_of(event)
    assert (data["present"], data["absent"], data["released"]) == ([first.membership.number], [second.membership.number], 1)


def test_not_before_the_first_day():
    request = an_activity()
    with clock.frozen(date(2026, 10, 19)), pytest.raises(Refused) as refused:
        record_attendance(request=request, attended=everybody(request), by=handler(request))
    assert codes(refused) == [("not_started", "")]


def test_only_by_the_department_that_asked():
    request = an_activity()
    leader = UserFactory(role="leader", organisation=request.department)
    for by, code in ((UserFactory(role="department"), "unit"), (UserFactory(role="office"), "duty"), (leader, "duty")):
        with clock.frozen(HELD), pytest.raises(Refused) as refused:
            record_attendance(request=request, attended=everybody(request), by=by)
        assert [one.code for one in refused.value.refusals] == [code]


@pytest.mark.parametrize(("state", "code"), [("draft", "state"), ("approved", "state"), ("closed", "closed"), ("cancelled", "state")])
def test_not_in_another_state(state, code):
    request = an_activity()
    request.state = state
    request.save()
    with clock.frozen(HELD), pytest.raises(Refused) as refused:
        record_attendance(request=request, attended=everybody(request), by=handler(request))
    assert codes(refused) == [(code, "")]


def test_everybody_with_a_seat_and_nobody_else():
    request = an_activity(people=2, standbys=1)
    standby = Participation.objects.get(request=request, seated=False)
    first, second = seated(request)
    with clock.frozen(HELD), pytest.raises(Refused) as refused:
        record_attendance(request=request, attended={first.pk: True, standby.pk: True}, reasons={first.pk: "长" * 201}, by=handler(request))
    assert codes(refused) == [("stranger", ""), ("long", f"reason_{first.pk}"), ("missing", f"attended_{second.pk}")]
    request.refresh_from_db()
    assert request.state == "confirmed"


def test_the_same_again_changes_nothing_and_a_correction_is_told():
    request = an_activity(people=1)
    (one,) = seated(request)
    with clock.frozen(HELD):
        record_attendance(request=request, attended={one.pk: True}, by=handler(request))
        record_attendance(request=request, attended={one.pk: True}, by=handler(request))
    assert events(f"request:{request.pk}").count() == 1
    with clock.frozen(date(2026, 10, 21)):
        record_attendance(request=request, attended={one.pk: False}, by=handler(request))
    told = [data_of(event)["corrected"] for event in events(f"request:{request.pk}")]
    assert told == [[], [one.membership.number]]


def test_who_recorded_it_is_kept_and_a_reason_only_of_who_was_absent():
    request = an_activity(people=2)
    first, second = seated(request)
    with clock.frozen(HELD):
        record_attendance(
            request=request,
            attended={first.pk: True, second.pk: False},
            reasons={first.pk: "准时到场", second.pk: " 航班取消 "},
            by=handler(request),
        )
        now = clock.now()
    rows = Participation.objects.filter(request=request).order_by("pk").values_list("absence_reason", "attendance_by", "attendance_at")
    assert list(rows) == [("", handler(request).pk, now), ("航班取消", handler(request).pk, now)]


def test_an_activity_that_nobody_was_seated_for_has_no_attendance():
    request = an_activity(people=1)
    Participation.objects.filter(request=request).update(state="withdrawn", seated=False)
    with clock.frozen(HELD), pytest.raises(Refused) as refused:
        record_attendance(request=request, attended={}, by=handler(request))
    assert codes(refused) == [("nobody", "")]
    request.refresh_from_db()
    assert request.state == "confirmed"


@pytest.mark.clause("xinjiang-2025", "14")
def test_an_absence_gives_the_place_in_the_year_back():
    request = an_activity(people=2)
    first, second = seated(request)
    assert Participation.objects.counting_in(2026).count() == 2
    with clock.frozen(HELD):
        record_attendance(request=request, attended={first.pk: True, second.pk: False}, by=handler(request))
    assert list(Participation.objects.counting_in(2026)) == [first]
