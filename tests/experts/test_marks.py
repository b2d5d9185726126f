"""专家标识: set with source and days, read on a day."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expertpool import clock
from expertpool.ledger.models import LedgerEvent
from expertpool.refusals import Refused
from experts.domain.marks import first_day_without, holds
from experts.models import Mark
from experts.services.marks import (
    end_mark,
    kinds,
    marks_of_application,
    set_mark,
    why_not_end_mark,
    why_not_mark,
)
from tests.factories import ApplicationFactory, MembershipFactory, UserFactory
from tests.refusing import codes

DAY = date(2026, 10, 12)
KIND = "国家级人才"


@pytest.fixture
def office(jiaozuo):
    return UserFactory(role="office", pool=jiaozuo)


@pytest.fixture
def member(jiaozuo):
    return MembershipFactory(pool=jiaozuo, fields=[])


def given_mark(by, *, kind=KIND, source="人才证书第1号", starts_on=DAY, ends_on=date(2028, 12, 31), **place):
    with clock.frozen(DAY):
        return set_mark(kind=kind, source=source, starts_on=starts_on, ends_on=ends_on, by=by, **place)


def held(member, day):
    """As a draw asks of its days."""
    return set(Mark.objects.filter(membership=member).holding_on(day).values_list("kind", flat=True))


def test_a_mark_holds_from_its_first_day_to_its_last(office, member):
    given_mark(office, membership=member)
    found = [day for day in (date(2026, 10, 11), DAY, date(2028, 12, 31), date(2029, 1, 1)) if KIND in held(member, day)]
    assert found == [DAY, date(2028, 12, 31)]


def test_the_same_source_is_one_mark_with_the_new_days_and_a_second_call_writes_nothing(office, member):
    mark = given_mark(office, membership=member)
    assert given_mark(office, membership=member) == mark
    assert given_mark(office, membership=member, ends_on=None) == mark
    assert (Mark.objects.get().ends_on, LedgerEvent.objects.filter(kind="mark.set").count(), mark.history.count()) == (None, 2, 2)
    assert set(LedgerEvent.objects.values_list("pool", flat=True)) == {"JZ"}


def test_a_mark_decides_about_eligibility_when_a_person_sets_it_and_not_when_the_system_does(office, member):
    given_mark(None, membership=member, kind="grade", source="evaluation:1")
    member.refresh_from_db()
    assert member.decisive_changed_at is None
    given_mark(office, membership=member)
    member.refresh_from_db()
    assert member.decisive_changed_at == clock.start_of(DAY) + (clock.end_of(DAY) - clock.start_of(DAY)) * 9 / 24


@pytest.mark.parametrize(
    ("given", "code"),
    [({"kind": "自编标识"}, "kind"), ({"source": "无"}, "no-reason"), ({"ends_on": date(2026, 10, 11)}, "order")],
)
def test_a_mark_is_one_that_the_edition_knows_with_a_source_and_a_period(office, member, given, code):
    with pytest.raises(Refused) as refused:
        given_mark(office, membership=member, **given)
    assert (codes(refused), Mark.objects.count()) == ([code], 0)


def test_where_the_edition_knows_no_marks_none_are_set(office_user):
    member = MembershipFactory()
    assert kinds(member.pool.regulation_on(DAY)) == ()
    with pytest.raises(Refused) as refused:
        given_mark(office_user, membership=member)
    assert "no-marks" in codes(refused)


def test_only_who_keeps_the_pool_sets_and_ends_them(office, jiaozuo, member):
    leader, stranger = UserFactory(role="leader", pool=jiaozuo), UserFactory(role="office")
    for by in (leader, stranger):
        with pytest.raises(Refused) as refused:
            given_mark(by, membership=member)
        assert codes(refused)[0] == "duty"
        assert why_not_mark(member, by, DAY).code == "duty"
    mark = given_mark(office, membership=member)
    with clock.frozen(DAY):
        for by in (leader, stranger):
            with pytest.raises(Refused) as refused:
                end_mark(mark=mark, last_day=DAY, by=by)
            assert (codes(refused), why_not_end_mark(mark, by, DAY).code) == (["duty"], "duty")
        end_mark(mark=mark, last_day=DAY, by=office)
    assert (held(member, DAY), held(member, date(2026, 10, 13))) == ({KIND}, set())


def test_an_applicant_bears_his_own_marks(office, jiaozuo):
    application = ApplicationFactory(pool=jiaozuo, channel="industry", fields=[], state="under_review")
    other = ApplicationFactory(pool=jiaozuo, channel="industry", fields=[], state="under_review")
    given_mark(office, application=application)
    assert (marks_of_application(application, DAY), marks_of_application(other, DAY)) == ({KIND}, frozenset())


PERIODS = st.lists(
    st.tuples(st.dates(date(2026, 1, 1), date(2026, 3, 1)), st.none() | st.integers(0, 40)).map(
        lambda pair: (pair[0], None if pair[1] is None else date.fromordinal(pair[0].toordinal() + pair[1]))
    ),
    max_size=5,
)


@given(PERIODS, st.dates(date(2026, 1, 1), date(2026, 3, 1)))
def test_the_first_day_without_is_the_first_that_no_period_covers(periods, day):
    free = first_day_without(periods, day)
    last = date(2027, 1, 1) if free is None else free
    covered = [date.fromordinal(one) for one in range(day.toordinal(), last.toordinal())]
    assert all(any(holds(period, one) for period in periods) for one in covered)
    assert free is None or not any(holds(period, free) for period in periods)


@pytest.mark.parametrize(
    ("days", "code", "field"),
    [
        ({"starts_on": date(2026, 10, 13)}, "future-day", "starts_on"),
        ({"starts_on": date(1899, 12, 31)}, "early-day", "starts_on"),
        ({"ends_on": date(2076, 10, 13)}, "far-day", "ends_on"),
    ],
)
def test_a_mark_rests_on_a_fact_and_ends_within_a_lifetime(office, member, days, code, field):
    with pytest.raises(Refused) as refused:
        given_mark(office, membership=member, **days)
    assert [(one.code, one.field) for one in refused.value.refusals] == [(code, field)]
    assert given_mark(office, membership=member, ends_on=date(2076, 10, 12)).ends_on == date(2076, 10, 12)


def test_a_mark_without_end_is_not_ended_in_another_age(office, member):
    mark = given_mark(office, membership=member, ends_on=None)
    with clock.frozen(DAY), pytest.raises(Refused) as refused:
        end_mark(mark=mark, last_day=date.max, by=office)
    assert codes(refused) == ["far-day"]
