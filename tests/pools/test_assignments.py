"""任职: given and ended by the security administrator; who manages a pool never watches it."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models.signals import pre_save

from expertpool.ledger.services import data_of, events, verify
from expertpool.pools.models import IN_A_POOL, Assignment, Role
from expertpool.pools.services.assignments import assign, end_assignment
from expertpool.refusals import Refused
from tests.at_once import at_once, crossing
from tests.factories import AccountFactory, AssignmentFactory, OrganisationFactory, PoolFactory, UserFactory
from tests.refusing import refusals_of

DAY = date(2026, 11, 20)
pytestmark = [pytest.mark.django_db, pytest.mark.day(DAY)]


@pytest.fixture
def security():
    return UserFactory(role=Role.SECURITY_ADMIN)


@pytest.fixture
def account():
    return AccountFactory()


@pytest.fixture
def unit():
    return OrganisationFactory()


def refused(**given):
    return [(one.code, one.field) for one in refusals_of(assign, **given)]


def told(account):
    return [(event.kind, event.pool, data_of(event)) for event in events(f"account:{account.pk}")]


def test_an_assignment_is_given_from_today_and_stands_in_the_ledger_of_its_pool(security, account, pool, unit):
    given = assign(account=account, role=Role.OFFICE, pool=pool, organisation=unit, by=security)
    assert (given.starts_on, given.ends_on, given.stands_on(DAY)) == (DAY, None, True)
    body = {"assignment": given.pk, "role": "office", "organisation": unit.code, "starts_on": "2026-11-20", "ends_on": None}
    assert told(account) == [("assignment.given", pool.code, body)]
    assert [row.history_type for row in given.history.all()] == ["+"]
    assert list(verify()) == []


@pytest.mark.parametrize("role", [role for role in Role if role != Role.SECURITY_ADMIN])
def test_nobody_else_gives_or_ends_assignments(role, account, pool):
    by = UserFactory(role=role)
    standing = AssignmentFactory(account=account, role=Role.LEADER)
    assert refused(account=account, role=Role.INSPECTOR, pool=pool, by=by) == [("role", "")]
    with pytest.raises(Refused):
        end_assignment(assignment=standing, by=by)
    standing.refresh_from_db()
    assert (standing.ends_on, events().count()) == (None, 0)


def test_a_security_administrator_whose_time_is_over_gives_nothing(account, pool):
    by = UserFactory(role=Role.SECURITY_ADMIN, ends_on=DAY - timedelta(days=1))
    assert refused(account=account, role=Role.INSPECTOR, pool=pool, by=by) == [("role", "")]


def test_nobody_gives_himself_anything_or_ends_what_he_has(security, unit):
    assert refused(account=security, role=Role.EMPLOYER, organisation=unit, by=security) == [("own-account", "role")]
    with pytest.raises(Refused) as caught:
        end_assignment(assignment=security.assignments.get(), by=security)
    assert [one.code for one in caught.value.refusals] == ["own-account"]


@pytest.mark.parametrize("role", sorted(IN_A_POOL))
def test_a_role_of_a_pool_needs_one(role, security, account, unit):
    assert ("no-pool", "pool") in refused(account=account, role=role, organisation=unit, by=security)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(account=account, role=role, organisation=unit, starts_on=DAY)


@pytest.mark.parametrize("role", sorted(set(Role) - IN_A_POOL))
def test_experts_employers_and_administrators_have_none(role, security, account, pool, unit):
    assert refused(account=account, role=role, pool=pool, organisation=unit, by=security) == [("pool", "pool")]
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(account=account, role=role, pool=pool, organisation=unit, starts_on=DAY)


@pytest.mark.parametrize("role", [Role.RECOMMENDING_UNIT, Role.DEPARTMENT, Role.EMPLOYER])
def test_who_acts_for_a_unit_needs_one(role, security, account, pool):
    assert refused(account=account, role=role, pool=pool if role in IN_A_POOL else None, by=security) == [("no-unit", "organisation")]


@pytest.mark.parametrize(
    ("one", "other"), [("office", "inspector"), ("inspector", "office"), ("agency", "inspector"), ("inspector", "agency")]
)
def test_who_manages_a_pool_and_who_watches_it_never_meet_in_one_person(one, other, security, account, pool):
    assign(account=account, role=one, pool=pool, by=security)
    assert refused(account=account, role=other, pool=pool, by=security) == [("apart", "role")]
    assert not Assignment.objects.filter(account=account, role=other).exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_nor_do_they_where_both_are_given_at_once(security, account, pool):
    roles = (Role.OFFICE, Role.INSPECTOR)
    with crossing(2, pre_save, Assignment):
        given = at_once(*[lambda role=role: assign(account=account, role=role, pool=pool, by=security).role for role in roles])
    (standing,) = account.assignments.values_list("role", flat=True)
    assert sorted(given, key=str) == sorted([standing, ("apart",)], key=str)


def test_in_two_pools_they_may_and_one_after_the_other_too(security, account, pool):
    other = PoolFactory(code="B", number_prefix="BB")
    office = assign(account=account, role=Role.OFFICE, pool=pool, by=security)
    assign(account=account, role=Role.INSPECTOR, pool=other, by=security)
    end_assignment(assignment=office, last_day=date(2026, 12, 31), by=security)
    assert refused(account=account, role=Role.INSPECTOR, pool=pool, starts_on=date(2026, 12, 31), by=security) == [("apart", "role")]
    later = assign(account=account, role=Role.INSPECTOR, pool=pool, starts_on=date(2027, 1, 1), by=security)
    assert (later.stands_on(DAY), later.stands_on(date(2027, 1, 1))) == (False, True)


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
def test_an_administrator_acts_in_no_pool_and_is_no_second_one(role, security, account, pool, unit):
    assign(account=account, role=role, by=security)
    assert refused(account=account, role=Role.OFFICE, pool=pool, by=security) == [("apart", "role")]
    other = next(one for one in (Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN) if one != role)
    assert refused(account=account, role=other, by=security) == [("apart", "role")]
    busy = UserFactory(role=Role.DEPARTMENT)
    assert refused(account=busy, role=role, by=security) == [("apart", "role")]


def test_one_person_may_hold_several_and_none_twice(security, account, pool, unit):
    for role in (Role.OFFICE, Role.LEADER, Role.DEPARTMENT):
        assign(account=account, role=role, pool=pool, organisation=unit, by=security)
    assign(account=account, role=Role.DEPARTMENT, pool=pool, organisation=OrganisationFactory(), by=security)
    assert refused(account=account, role=Role.LEADER, pool=pool, organisation=unit, starts_on=date(2027, 1, 1), by=security) == [
        ("twice", "starts_on")
    ]


def test_a_unit_makes_no_second_assignment_of_a_role_that_acts_for_none(account, security, unit):
    assign(account=account, role=Role.EXPERT, by=security)
    assert refused(account=account, role=Role.EXPERT, pool=None, organisation=unit, by=security) == [("twice", "starts_on")]


def test_a_last_day_before_the_first_is_refused(security, account, pool):
    assert refused(account=account, role=Role.LEADER, pool=pool, ends_on=DAY - timedelta(days=1), by=security) == [("order", "ends_on")]


def test_an_ended_assignment_counts_no_longer_and_ending_it_again_changes_nothing(security, account, pool):
    given = assign(account=account, role=Role.LEADER, pool=pool, starts_on=date(2026, 1, 1), by=security)
    for _twice in range(2):
        ended = end_assignment(assignment=given, by=security)
    assert (ended.ends_on, ended.stands_on(DAY), ended.stands_on(DAY - timedelta(days=1))) == (DAY - timedelta(days=1), False, True)
    assert [kind for kind, _pool, _body in told(account)] == ["assignment.given", "assignment.ended"]
    assert told(account)[1][2]["ends_on"] == "2026-11-19"


@pytest.mark.parametrize(
    ("days", "last_day", "code"),
    [
        ({}, date(2026, 11, 18), "past"),
        ({"ends_on": date(2026, 10, 1)}, DAY, "ended"),
        ({"ends_on": date(2026, 12, 1)}, date(2026, 12, 2), "later"),
    ],
)
def test_an_end_is_not_before_yesterday_and_never_later_than_it_was(security, days, last_day, code):
    standing = AssignmentFactory(role=Role.LEADER, starts_on=date(2026, 1, 1), **days)
    with pytest.raises(Refused) as caught:
        end_assignment(assignment=standing, last_day=last_day, by=security)
    assert [(one.code, one.field) for one in caught.value.refusals] == [(code, "last_day")]


def test_one_that_was_ended_before_it_began_stands_in_nobodys_way(security, account, pool):
    given = assign(account=account, role=Role.OFFICE, pool=pool, starts_on=date(2026, 12, 1), by=security)
    assert not end_assignment(assignment=given, by=security).stands_on(date(2026, 12, 1))
    assign(account=account, role=Role.INSPECTOR, pool=pool, starts_on=date(2026, 12, 1), by=security)


def test_the_system_gives_the_first_ones(account):
    assert assign(account=account, role=Role.SECURITY_ADMIN, by=None).stands_on(DAY)
