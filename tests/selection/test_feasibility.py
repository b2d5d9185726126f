"""Bands for the department tell nothing about named people; counts for the office tell everything."""

from datetime import date

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from selection.domain.protocol import Census, Need
from selection.services.feasibility import band_of, bands, counts
from selection.services.requests import save_request
from tests.factories import MembershipFactory, OrganisationFactory, PoolFactory
from tests.selection.request_factories import a_request

pytestmark = pytest.mark.day(date(2026, 10, 12))


def test_the_edges_of_the_bands():
    need = Need("SHHG", 2, 6)
    found = [band_of("SHHG", Census({frozenset({"SHHG"}): eligible}, {}, {}), [need]) for eligible in (0, 5, 6, 11, 12, 40)]
    assert found == ["short", "short", "tight", "tight", "enough", "enough"]


@pytest.mark.clause("xinjiang-2025", "13(2)b")
def test_who_holds_two_fields_counts_for_one_of_them(pool):
    """Four people who hold both fields fill one list, and not a second one beside it."""
    MembershipFactory.create_batch(4, pool=pool, fields=["SHHG", "MHG"])
    MembershipFactory.create_batch(9, pool=pool, fields=["YJ"])
    request = a_request(pool=pool, seats={"SHHG": 1, "MHG": 1, "YJ": 1})
    assert [(one.field, one.band) for one in bands(request)] == [("SHHG", "short"), ("MHG", "short"), ("YJ", "enough")]
    found = counts(request)
    assert [(one.field, one.eligible, one.missing, one.waivable) for one in found] == [
        ("SHHG", 4, 2, True),
        ("MHG", 4, 2, True),
        ("YJ", 9, 0, False),
    ]
    assert [one.together for one in found] == [("石化化工", "煤化工"), ("石化化工", "煤化工"), ()]
    MembershipFactory.create_batch(2, pool=pool, fields=["MHG"])
    assert [one.band for one in bands(request)] == ["tight", "tight", "enough"]


@pytest.mark.clause("xinjiang-2025", "附表2三b")
def test_a_band_per_field_in_the_order_of_the_form(pool):
    MembershipFactory.create_batch(6, pool=pool)
    MembershipFactory.create_batch(5, pool=pool, fields=["YJ"])
    found = bands(a_request(pool=pool, seats={"YJ": 1, "SHHG": 1, "MHG": 1}))
    assert [(one.field, one.seats, one.candidates, one.band) for one in found] == [
        ("YJ", 1, 3, "tight"),
        ("SHHG", 1, 3, "enough"),
        ("MHG", 1, 3, "short"),
    ]


def test_a_band_looks_at_the_qualification_asked_for(pool):
    MembershipFactory.create_batch(6, pool=pool)
    assert [one.band for one in bands(a_request(pool=pool, seats={"SHHG": 1}, min_title_level=4))] == ["short"]


def test_a_draft_without_dates_and_seats_has_no_band(pool):
    assert bands(a_request(pool=pool, seats={}, total=None, starts_on=None, ends_on=None)) == []
    MembershipFactory.create_batch(3, pool=pool)
    assert [one.band for one in bands(a_request(pool=pool, seats={"SHHG": 1}, starts_on=None, ends_on=None))] == ["tight"]


@pytest.mark.django_db
@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_naming_people_or_units_never_moves_a_band(pool, data):
    sid = transaction.savepoint()
    members = MembershipFactory.create_batch(3, pool=pool)
    request = a_request(pool=pool, seats={"SHHG": 1})
    before = bands(request)
    names = st.sampled_from([one.expert.name for one in members] + ["查无此人"])
    units = st.sampled_from([one.expert.employer for one in members] + [OrganisationFactory()])
    recusals = data.draw(st.lists(st.one_of(
        st.builds(lambda name: {"kind": "person", "person_name": name}, names),
        st.builds(lambda unit: {"kind": "organisation", "organisation": unit}, units),
    ), max_size=4))  # fmt: skip
    person = st.builds(lambda part, name: {"part": part, "name": name}, st.sampled_from(["leader", "participant"]), names)
    projects = data.draw(
        st.lists(
            st.builds(lambda unit, people: {"name": "项目", "applicant": unit, "people": people}, units, st.lists(person, max_size=3)),
            max_size=2,
        )
    )
    save_request(request=request, by=request.filed_by, recusals=recusals, projects=projects)
    assert bands(request) == before
    transaction.savepoint_rollback(sid)


@pytest.mark.clause("xinjiang-2025", "13(2)b")
def test_counts_say_who_is_missing_and_why(pool):
    members = MembershipFactory.create_batch(4, pool=pool)
    unit = members[0].expert.employer
    request = a_request(
        pool=pool,
        seats={"SHHG": 1},
        recusals=[{"kind": "person", "person_name": members[1].expert.name}],
        projects=[{"name": "项目", "applicant": unit}],
    )
    (found,) = counts(request)
    assert (found.members, found.eligible, found.candidates, found.missing, found.band) == (4, 2, 3, 1, "short")
    assert [(one.code, one.article, one.count) for one in found.reasons] == [("RECUSE-ENTITY", "15(4)", 1), ("RECUSE-NAMED", "13(1)b", 1)]


def test_the_ratio_is_that_of_the_pools_own_edition(pool):
    """Xinjiang wants three candidates a seat, another paper one."""
    elsewhere = PoolFactory(code="XX", regulation_code="xinxian-2021")
    MembershipFactory.create_batch(2, pool=elsewhere, fields=["CYJS"])
    MembershipFactory.create_batch(2, pool=pool)
    requests = [a_request(pool=elsewhere, seats={"CYJS": 2}), a_request(pool=pool, seats={"SHHG": 2})]
    assert [[(one.candidates, one.band) for one in bands(request)] for request in requests] == [[(2, "tight")], [(6, "short")]]
    assert [[(one.candidates, one.missing) for one in counts(request)] for request in requests] == [[(2, 0)], [(6, 4)]]
