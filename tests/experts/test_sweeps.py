"""Sweeps: daily, twice a day, or once after a month, the rows are the same."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expertpool import clock
from expertpool.ledger.models import LedgerEvent
from expertpool.messaging.models import Message
from experts.domain.birthdays import birthday
from experts.models import ExitCase, Mark, Membership, Notice, Publicity, Suspension
from experts.services.exits import decide_exit
from experts.sweeps import SWEEPS, sweep_age, sweep_publicity, sweep_suspensions
from tests.factories import MembershipFactory, SuspensionFactory, UserFactory, a_publicity

pytestmark = pytest.mark.django_db
BIRTH = date(1956, 11, 15)
SEVENTY = date(2026, 11, 15)


def old_member(birth_date=BIRTH, **kwargs):
    return MembershipFactory(expert__birth_date=birth_date, expert__user=UserFactory(role="expert"), **kwargs)


def run(*days):
    for day in days:
        with clock.frozen(day):
            for sweep in SWEEPS:
                sweep(on=day)


def rows():
    """What the sweeps wrote, without the moments at which they happened to run."""
    return {
        "publicity": list(Publicity.objects.order_by("pk").values_list("state", "last_day")),
        "notices": list(Notice.objects.order_by("day", "membership__number").values_list("membership__number", "kind", "day")),
        "cases": list(
            ExitCase.objects.order_by("membership__number").values_list("membership__number", "ground", "state", "raised_on", "reason")
        ),
        "suspensions": list(Suspension.objects.order_by("pk").values_list("ends_on", "ended_noted")),
        "messages": sorted(Message.objects.values_list("kind", "recipient__expert__memberships__number")),
        "events": sorted(
            LedgerEvent.objects.exclude(kind__in=["batch.collected", "batch.decided", "publicity.opened"]).values_list("kind", flat=True)
        ),
    }


@pytest.mark.clause("xinjiang-2025", "7(9)")
def test_ninety_days_before_he_is_warned_and_on_the_birthday_a_case_is_raised():
    member = old_member()
    run(SEVENTY - timedelta(days=91))
    assert not Notice.objects.exists()
    run(SEVENTY - timedelta(days=90))
    assert Notice.objects.get().day == SEVENTY
    assert Message.objects.get().recipient == member.expert.user
    run(SEVENTY - timedelta(days=1))
    assert not ExitCase.objects.exists()
    run(SEVENTY)
    case = ExitCase.objects.get()
    assert (case.ground, case.article, case.source, case.raised_on) == ("age", "7(9)", "system", SEVENTY)
    assert case.trigger_key == f"age:{member.pk}:2026-11-15"
    assert Membership.objects.get().state == "active"


def scene():
    """Something of every kind falls due between September and December 2026."""
    a_publicity()
    old_member(number="ZJK10001")
    old_member(date(1956, 12, 1), number="ZJK10002")
    old_member(date(1980, 1, 1), number="ZJK10003")
    SuspensionFactory(membership__number="ZJK10004", ends_on=date(2026, 11, 1))
    SuspensionFactory(membership__number="ZJK10005", ends_on=date(2026, 12, 31))


def outcome(days):
    """What the scene has become after sweeps on these days; the test's transaction is rolled back to where it was."""
    from django.db import transaction

    class Back(Exception):
        pass

    try:
        with transaction.atomic():
            scene()
            run(*days)
            found = rows()
            raise Back
    except Back:
        return found


LAST = date(2026, 12, 5)


def test_daily_twice_and_once_at_the_end_come_to_the_same():
    start = date(2026, 10, 13)
    daily = [start + timedelta(days=n) for n in range((LAST - start).days + 1)]
    expected = outcome(daily)
    assert outcome([day for day in daily for _ in range(2)]) == expected
    assert outcome([LAST]) == expected
    assert [len(expected[name]) for name in ("notices", "cases")] == [2, 2]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(st.dates(date(2026, 10, 13), LAST), max_size=6))
def test_on_whatever_days_sweeps_run_the_end_is_the_same(days):
    assert outcome([*sorted(days), LAST]) == outcome([LAST])


def test_a_case_that_was_dismissed_is_not_raised_again(office_user):
    old_member()
    run(SEVENTY)
    with clock.frozen(SEVENTY):
        decide_exit(case=ExitCase.objects.get(), exit=False, reason="出生日期登记有误，另行更正", by=office_user)
    run(SEVENTY + timedelta(days=1), SEVENTY + timedelta(days=40))
    assert ExitCase.objects.count() == 1


def test_a_corrected_birth_date_is_a_new_fact():
    member = old_member()
    run(SEVENTY)
    member.expert.birth_date = date(1956, 11, 20)
    member.expert.save()
    run(date(2026, 11, 20))
    assert ExitCase.objects.filter(membership=member).count() == 1
    ExitCase.objects.update(state="dismissed")
    run(date(2026, 11, 21))
    assert ExitCase.objects.filter(membership=member).count() == 2


def test_who_has_left_is_left_alone():
    old_member(state="exited")
    run(SEVENTY)
    assert (Notice.objects.count(), ExitCase.objects.count()) == (0, 0)


def test_who_was_seventy_long_before_the_edition_reaches_the_ground_with_it():
    old_member(date(1950, 1, 1), admitted_on=date(2020, 1, 1))
    run(date(2026, 10, 12))
    assert ExitCase.objects.get().raised_on == date(2025, 4, 21)


def test_a_mark_that_does_not_exempt_changes_nothing():
    member = old_member()
    Mark.objects.create(membership=member, kind="academician", source="test")
    with clock.frozen(SEVENTY):
        assert sweep_age(on=SEVENTY) == 2
        assert sweep_age(on=SEVENTY) == 0


def test_a_birthday_on_29_february_falls_on_the_first_of_march():
    assert birthday(date(1956, 2, 29), 70) == date(2026, 3, 1)
    assert birthday(date(1956, 2, 29), 72) == date(2028, 2, 29)


def test_publicity_is_not_ended_before_its_time_even_for_a_later_day():
    a_publicity()
    with clock.frozen(date(2026, 10, 21)):
        assert sweep_publicity(on=date(2026, 12, 1)) == 0
    with clock.frozen(date(2026, 10, 22)):
        assert sweep_publicity(on=date(2026, 10, 22)) == 1
        assert sweep_publicity(on=date(2026, 10, 22)) == 0


def test_a_suspension_is_noted_once_after_its_last_day():
    SuspensionFactory(ends_on=date(2026, 11, 1))
    with clock.frozen(date(2026, 11, 2)):
        assert [
            sweep_suspensions(on=date(2026, 11, 1)),
            sweep_suspensions(on=date(2026, 11, 2)),
            sweep_suspensions(on=date(2026, 11, 3)),
        ] == [0, 1, 0]
