"""Sweeps: daily, twice a day, or once after a month, the rows are the same."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expertpool import clock
from expertpool.birthdays import birthday
from expertpool.ledger.models import LedgerEvent
from expertpool.messaging.models import Message
from experts.models import ExitCase, Mark, Membership, Notice, Publicity, Suspension
from experts.services.exits import decide_exit
from experts.sweeps import SWEEPS, sweep_age, sweep_publicity, sweep_suspensions
from tests.factories import MembershipFactory, PoolFactory, SuspensionFactory, UserFactory, a_publicity

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


@pytest.mark.clause("xinjiang-2025", "7(9)")
def test_who_was_born_on_29_february_leaves_on_the_twenty_eighth_in_a_common_year():
    old_member(date(1956, 2, 29))
    run(date(2026, 2, 27))
    assert not ExitCase.objects.exists()
    run(date(2026, 2, 28))
    assert ExitCase.objects.get().raised_on == date(2026, 2, 28)


JIAOZUO = "国家级人才"


def marked(pool, first, last, kind=JIAOZUO):
    """A member of Jiaozuo's pool who comes to its age of exit on SEVENTY and bears a mark from day to day."""
    rule = pool.regulation_on(date(2026, 10, 12)).age_exit
    member = MembershipFactory(pool=pool, fields=[], expert__birth_date=SEVENTY.replace(year=SEVENTY.year - rule.age))
    Mark.objects.create(membership=member, kind=kind, source="人才证书", starts_on=first, ends_on=last)
    return member


@pytest.mark.clause("jiaozuo-2024", "9(5)")
def test_a_mark_exempts_on_its_days_and_the_ground_is_reached_when_it_ends(jiaozuo):
    for_good = marked(jiaozuo, date(2020, 1, 1), None)
    for_a_while = marked(jiaozuo, date(2020, 1, 1), date(2026, 12, 31))
    over, to_come = marked(jiaozuo, date(2020, 1, 1), SEVENTY - timedelta(days=1)), marked(jiaozuo, SEVENTY + timedelta(days=1), None)
    other = marked(jiaozuo, date(2020, 1, 1), None, kind="别的标识")
    run(SEVENTY)
    assert set(ExitCase.objects.values_list("membership", flat=True)) == {over.pk, to_come.pk, other.pk}
    run(date(2026, 12, 31))
    assert not ExitCase.objects.filter(membership=for_a_while).exists()
    run(date(2027, 1, 1))
    assert ExitCase.objects.get(membership=for_a_while).raised_on == date(2027, 1, 1)
    assert not ExitCase.objects.filter(membership=for_good).exists()


def test_a_late_sweep_sees_the_days_of_a_mark_as_a_daily_one_does(jiaozuo):
    member = marked(jiaozuo, date(2020, 1, 1), date(2026, 12, 1))
    run(date(2027, 2, 1))
    assert ExitCase.objects.get(membership=member).raised_on == date(2026, 12, 2)


def test_a_mark_of_another_pool_exempts_nobody_here(jiaozuo):
    other = PoolFactory(code="J2", number_prefix="JX", regulation_code="jiaozuo-2024", name="焦作第二库")
    member = marked(other, date(2020, 1, 1), None)
    here = MembershipFactory(pool=jiaozuo, fields=[], expert=member.expert)
    run(SEVENTY)
    assert ExitCase.objects.get().membership == here


def test_each_pool_goes_by_its_own_age_and_writes_under_its_own_name(jiaozuo):
    expert = MembershipFactory(expert__birth_date=BIRTH, expert__user=UserFactory(role="expert")).expert
    MembershipFactory(pool=jiaozuo, fields=[], expert=expert)
    run(SEVENTY)
    ages = {case.membership.pool.code: case.raised_on for case in ExitCase.objects.select_related("membership__pool")}
    rule = jiaozuo.regulation_on(SEVENTY).age_exit
    assert ages == {"XJ": SEVENTY, "JZ": max(birthday(BIRTH, rule.age), date(2025, 6, 1))}
    for code, name in (("XJ", "新疆"), ("JZ", "焦作市科技专家库")):
        message = Message.objects.get(recipient=expert.user, pool=code)
        assert name in message.body
        assert set(LedgerEvent.objects.filter(pool=code).values_list("kind", flat=True)) == {"membership.age_warned", "exit.raised"}


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
