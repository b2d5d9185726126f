"""The end of an activity: attendance and the evaluations that follow from it."""

from datetime import date

import pytest

from evaluation.models import Evaluation
from evaluation.services.activities import close_activity
from evaluation.services.evaluations import return_to_handler
from evaluation.sweeps import SWEEPS, sweep_evaluations, sweep_evaluations_due, sweep_evaluations_overdue
from evaluation.waiting import waiting
from expertpool import clock
from expertpool.ledger.models import LedgerEvent
from expertpool.ledger.services import data_of
from expertpool.messaging.models import Message
from expertpool.refusals import Refused
from expertpool.workcalendar.services import store_year, table
from expertpool.workcalendar.tablefile import DayRow
from selection.models import Participation
from tests.evaluation.activity import DUE, HELD, an_activity, handler, held, leader, seated, signed, submitted, who
from tests.factories import MembershipFactory, PoolFactory, UserFactory, at
from tests.selection.drawing import approved

pytestmark = pytest.mark.django_db


@pytest.mark.clause("xinjiang-2025", "18a")
def test_one_evaluation_for_everybody_who_came():
    request = an_activity(people=3, standbys=1)
    rows = held(request, absent=1)
    assert [row.participation_id for row in rows] == [one.pk for one in seated(request)[:2]]
    assert {(row.state, row.rule_code, bool(row.rule_hash)) for row in rows} == {("due", "xinjiang-2025", True)}


@pytest.mark.clause("xinjiang-2025", "18b")
def test_due_on_the_seventh_working_day_after_completion():
    assert table().add_workdays(HELD, 7) == DUE
    assert {row.due_on for row in held()} == {DUE}
    # Recorded on the first of three days: the work is complete on the last one.
    assert held(starts_on=HELD, ends_on=date(2026, 10, 22))[0].due_on == table().add_workdays(date(2026, 10, 22), 7)


def test_closing_twice_is_harmless_and_nothing_remains_of_a_refusal():
    request = an_activity()
    assert [one.pk for one in held(request)] == [one.pk for one in held(request)]
    other = an_activity()
    with clock.frozen(HELD), pytest.raises(Refused) as refused:
        close_activity(request=other, attended={}, by=handler(other))
    assert [one.code for one in refused.value.refusals] == ["missing", "missing"]
    other.refresh_from_db()
    assert other.state == "confirmed"


def test_corrections_before_a_signature_are_followed():
    request = an_activity(people=2)
    assert len(held(request)) == 2
    assert [one.participation for one in held(request, absent=1)] == seated(request)[:1]
    assert Evaluation.objects.get(participation=seated(request)[1]).state == "void"
    assert len(held(request)) == 2


def test_no_correction_for_a_signed_evaluation():
    request = an_activity(people=2)
    evaluation = signed(held(request)[1])
    with pytest.raises(Refused) as refused:
        held(request, absent=1)
    assert [(one.code, one.field) for one in refused.value.refusals] == [("signed", f"attended_{evaluation.participation_id}")]
    with clock.frozen(HELD):
        return_to_handler(evaluation=evaluation, reason="出席登记有误", by=handler(request))
    assert len(held(request, absent=1)) == 1


def test_attendance_may_be_recorded_again_as_it_is_after_a_signature():
    request = an_activity(people=2)
    signed(held(request)[0])
    assert [one.state for one in held(request)] == ["signed", "due"]


def test_nothing_waits_to_be_recorded_where_nobody_holds_a_seat():
    request = an_activity(people=1, standbys=1)
    by = who(handler(request))
    assert [one.url for one in waiting(by)] == [at("attendance", request.pk)]
    request.participations.filter(seated=True).update(state="withdrawn", seated=False)
    assert waiting(by) == []


def test_an_activity_near_the_end_of_the_year_gets_its_deadline_when_the_year_is_loaded():
    def load(*rows, status):
        store_year(year=2027, rows=rows, source_document="国办发明电〔2026〕9号", by=None, status=status)

    def swept(day=date(2026, 12, 31)):
        with clock.frozen(day):
            done = sweep_evaluations(on=day)
        one.refresh_from_db()
        return done, one.due_on, one.due_provisional

    new_year = DayRow(2, date(2027, 1, 1), False, "元旦")
    (one,) = held(people=1, starts_on=date(2026, 12, 30), on=date(2026, 12, 30))
    assert swept() == (0, None, False)
    load(new_year, status="provisional")
    assert swept() == (1, date(2027, 1, 11), True)
    assert swept() == (0, date(2027, 1, 11), True)
    assert held(people=1, starts_on=date(2026, 12, 30), on=date(2026, 12, 30))[0].due_provisional is True
    load(new_year, DayRow(3, date(2027, 1, 4), False, "调休"), status="official")
    assert swept() == (2, date(2027, 1, 12), False)
    told = [data_of(event) for event in LedgerEvent.objects.filter(kind="evaluation.deadline_set", subject=f"evaluation:{one.pk}")]
    assert sorted(one["due_on"] for one in told) == ["2027-01-11", "2027-01-12"]


def counts():
    return (
        LedgerEvent.objects.count(),
        Message.objects.count(),
        list(Evaluation.objects.order_by("pk").values_list("state", "overdue_noted", "due_on")),
    )


@pytest.mark.clause("xinjiang-2025", "18b")
def test_the_department_is_reminded_once_and_overdue_is_noted_once():
    request = an_activity(people=2)
    held(request)
    handlers = {handler(request).pk}
    with clock.frozen(date(2026, 10, 26)):
        assert sweep_evaluations_due(on=date(2026, 10, 26)) == 0
    with clock.frozen(date(2026, 10, 28)):
        assert sweep_evaluations_due(on=date(2026, 10, 28)) == 1
        assert sweep_evaluations_due(on=date(2026, 10, 28)) == 0
        assert sweep_evaluations_overdue(on=date(2026, 10, 28)) == 0
    assert set(Message.objects.filter(kind="evaluation-due").values_list("recipient", flat=True)) == handlers
    office = UserFactory(role="office")
    with clock.frozen(DUE):
        assert sweep_evaluations_overdue(on=DUE) == 0
    with clock.frozen(date(2026, 10, 30)):
        assert sweep_evaluations_overdue(on=date(2026, 10, 30)) == 2
        assert sweep_evaluations_overdue(on=date(2026, 10, 30)) == 0
    assert set(Message.objects.filter(kind="evaluation-overdue").values_list("recipient", flat=True)) == handlers | {office.pk}
    assert LedgerEvent.objects.filter(kind="evaluation.overdue").count() == 2


@pytest.mark.parametrize(("day", "sent"), [(26, 0), (27, 1), (29, 1), (30, 0)])
def test_the_reminder_goes_out_from_two_days_before_the_last_day_through_it(day, sent):
    held(people=2)
    with clock.frozen(date(2026, 10, day)):
        assert sweep_evaluations_due(on=date(2026, 10, day)) == sent


def test_the_sweeps_give_the_same_daily_twice_or_once_after_a_month():
    held(people=2)
    submitted(held(people=2)[0])
    with clock.frozen(date(2026, 11, 20)):
        once = [sweep(on=date(2026, 11, 20)) for sweep in SWEEPS]
        state = counts()
        again = [sweep(on=date(2026, 11, 20)) for sweep in SWEEPS]
    assert (once, again) == ([0, 0, 3], [0, 0, 0])
    assert counts() == state


def test_the_sweep_opens_what_is_missing_and_closes_where_nobody_came():
    request = an_activity(people=2)
    held(request)
    Evaluation.objects.filter(participation__request=request).delete()
    assert sweep_evaluations(on=date(2026, 10, 21)) == 1
    assert Evaluation.objects.filter(participation__request=request).count() == 2
    alone = an_activity(people=1)
    assert held(alone, absent=1) == []
    # Two calendar days for each of the seven working days, in which attendance may still be corrected.
    for day, done, state in ((date(2026, 11, 3), 0, "held"), (date(2026, 11, 4), 1, "closed"), (date(2026, 11, 20), 0, "closed")):
        with clock.frozen(day):
            assert sweep_evaluations(on=day) == done
        alone.refresh_from_db()
        assert alone.state == state


def test_what_waits_for_whom():
    request = an_activity(people=2)
    chief, office = leader(request), UserFactory(role="office")
    mine = who(handler(request))
    assert waiting(who(handler(request), on=date(2026, 10, 19))) == []
    (item,) = waiting(mine)
    assert (item.url, item.due) == (at("attendance", request.pk), clock.end_of(DUE))
    rows = held(request)
    (item,) = waiting(mine)
    assert (item.url, item.due, item.article) == (f"{at('evaluations')}?request={request.pk}", clock.end_of(DUE), "18b")
    assert item.edition == rows[0].rule_hash
    signed(rows[0])
    assert [one.url for one in waiting(mine)] == [at("evaluation", rows[1].pk)]
    assert sorted(one.url for one in waiting(who(chief))) == sorted(at("evaluation", row.pk) for row in rows)
    assert waiting(who(office, on=DUE)) == []
    (item,) = waiting(who(office, on=date(2026, 10, 30)))
    assert item.url == f"{at('evaluations')}?request={request.pk}"
    assert waiting(who(UserFactory(role="department"))) == []


def test_where_nobody_can_fill_in_the_form_nothing_is_opened_and_the_activity_ends():
    """Xinxian grades without points: the system has no form for it, says so, and keeps nothing open for ever."""
    pool = PoolFactory(code="XX", number_prefix="XX", regulation_code="xinxian-2021")
    request = approved(pool=pool, seats={"CYJS": 1}, starts_on=HELD, state="confirmed")
    member = MembershipFactory(expert__user=UserFactory(role="expert"), pool=pool, fields=["CYJS"])
    Participation.objects.create(request=request, membership=member, seated=True)
    assert held(request) == []
    assert Evaluation.objects.count() == 0
    with clock.frozen(date(2026, 10, 22)):
        assert sweep_evaluations(on=date(2026, 10, 22)) == 1
        assert sweep_evaluations(on=date(2026, 10, 22)) == 0
    request.refresh_from_db()
    assert request.state == "closed"
