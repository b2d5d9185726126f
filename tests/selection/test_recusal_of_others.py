"""回避 as other papers have it: institutions told apart, employment that lasts or ended not long ago; each read from rows by one freeze."""

from datetime import date

import pytest

from experts.models import Employment, Membership
from selection.models import Participation, ProjectPerson, RequestRecusal, ReviewedProject
from tests.factories import MembershipFactory, OrganisationFactory, PoolFactory
from tests.selection import drawing as d
from tests.selection.editions import members_of, people_of, pool_under, request_of

pytestmark = [pytest.mark.django_db, pytest.mark.day(d.TODAY)]
NM, JZ = "neimenggu", "jiaozuo-2024"
START, END = date(2026, 10, 20), date(2026, 10, 22)
NOBODY_WATCHES = ("watchers_required = 2", "watchers_required = 0")


def engaged_by(pool, field, unit, since, until=None):
    """A member whom ``unit`` employs besides his own employer."""
    member = MembershipFactory(pool=pool, fields=[field])
    Employment.objects.create(expert=member.expert, organisation=unit, kind="part_time", since=since, until=until)
    return member


def told(request, members, **kwargs):
    """What pool.txt of a freeze says of these members, in their order."""
    found = d.pool_file(d.frozen_attempt(request, office=request.filed_by, **kwargs))
    return [found[one.number] for one in members]


def review_of(request, unit, leader="赵主任", at=None):
    project = ReviewedProject.objects.create(request=request, name="技术改造", applicant=unit)
    ProjectPerson.objects.create(project=project, part="leader", name=leader, organisation=at)


@pytest.mark.clause(NM, "14(4)4")
def test_where_institutions_are_told_apart_only_the_leaders_own_is_kept_out():
    pool = PoolFactory(code="NM", number_prefix="NM", regulation_code=NM)
    university, ministry = OrganisationFactory(), OrganisationFactory()
    university.parent, university.relation = ministry, "subordinate"
    university.save()
    physics, law = (OrganisationFactory(parent=university, relation="internal") for _ in range(2))
    request = d.approved({"XK110": 1}, pool=pool, starts_on=START, ends_on=END)
    review_of(request, OrganisationFactory(), at=OrganisationFactory(parent=physics, relation="internal"))
    members = [MembershipFactory(pool=pool, fields=["XK110"], expert__employer=unit) for unit in (physics, law, university, ministry)]
    # Of whom only the university is known may be of the same one.
    assert told(request, members) == ["X|RECUSE-ENTITY", "E|-", "X|RECUSE-ENTITY", "E|-"]


@pytest.mark.clause(NM, "14(4)5")
def test_who_is_still_employed_by_the_applicant_on_a_day_of_the_activity_is_kept_out():
    pool = PoolFactory(code="NM", number_prefix="NM", regulation_code=NM)
    plant = OrganisationFactory()
    request = d.approved({"XK110": 1}, pool=pool, starts_on=START, ends_on=END)
    review_of(request, plant)
    days = [(date(2020, 1, 1), START), (date(2020, 1, 1), date(2026, 10, 19)), (END, None), (date(2026, 10, 23), None)]
    members = [engaged_by(pool, "XK110", plant, *one) for one in days]
    assert told(request, members) == ["X|RECUSE-EMPLOYED", "E|-", "X|RECUSE-EMPLOYED", "E|-"]


@pytest.mark.clause(JZ, "13(3)")
def test_who_was_employed_by_the_applicant_within_two_years_is_kept_out():
    pool = PoolFactory(code="JZ", number_prefix="JZ", regulation_code=JZ)
    plant = OrganisationFactory()
    request = d.approved({"XCL": 1}, pool=pool, starts_on=START, ends_on=END)
    review_of(request, plant)
    members = [engaged_by(pool, "XCL", plant, date(2015, 1, 1), date(2024, 10, day)) for day in (20, 19)]
    d.members(3, ["XCL"], pool=pool)
    found = d.pool_file(d.frozen_attempt(request))
    assert [found[one.number] for one in members] == ["X|RECUSE-EMPLOYED", "E|-"]


@pytest.mark.clause(JZ, "13(1)")
def test_a_namesake_of_whom_no_unit_is_known_is_kept_out():
    """Rather one too many than one too few."""
    pool = PoolFactory(code="JZ", number_prefix="JZ", regulation_code=JZ)
    request = d.approved({"XCL": 1}, pool=pool, starts_on=START)
    review_of(request, OrganisationFactory(), leader="钱工程师", at=OrganisationFactory())
    unknown = MembershipFactory(pool=pool, fields=["XCL"], expert__name="钱工程师", expert__employer=None)
    elsewhere = MembershipFactory(pool=pool, fields=["XCL"], expert__name="钱工程师")
    d.members(3, ["XCL"], pool=pool)
    found = d.pool_file(d.frozen_attempt(request))
    assert [found[one.number] for one in (unknown, elsewhere)] == ["X|RECUSE-PERSON", "E|-"]


OWN_ENTITY = (
    'match = "person_in_project"\nreason_code = "RECUSE-OWN"\npersons = ["leader", "participant"]',
    'match = "legal_entity_or_hierarchy"\nreason_code = "RECUSE-OWN"\nunits = ["applicant"]',
)
INSTITUTIONS = ('reason_code = "RECUSE-ASKED"', 'reason_code = "RECUSE-ASKED"\ninstitution_level = true')
NO_CLASHES = ('filed_by = "department"\nrequired_fields', 'filed_by = "department"\nclash_check = false\nrequired_fields')


def test_who_works_above_the_applicant_comes_where_the_paper_names_no_hierarchy(tmp_path, monkeypatch):
    with pool_under(tmp_path, monkeypatch, NOBODY_WATCHES, OWN_ENTITY) as pool:
        people = people_of(pool)
        group = OrganisationFactory()
        plant = OrganisationFactory(parent=group, relation="subordinate")
        request = request_of(pool, people)
        review_of(request, plant)
        members = [MembershipFactory(pool=pool, fields=["GA"], expert__employer=unit) for unit in (plant, group)]
        members_of(pool, 4)
        found = d.pool_file(d.frozen_attempt(request, office=people["leader"]))
        assert [found[one.number] for one in members] == ["X|RECUSE-OWN", "E|-"]


def test_a_named_institution_keeps_out_its_own_people_alone_where_the_paper_tells_institutions_apart(tmp_path, monkeypatch):
    with pool_under(tmp_path, monkeypatch, NOBODY_WATCHES, INSTITUTIONS) as pool:
        people = people_of(pool)
        university = OrganisationFactory()
        physics, law = (OrganisationFactory(parent=university, relation="internal") for _ in range(2))
        request = request_of(pool, people)
        RequestRecusal.objects.create(request=request, kind="organisation", organisation=physics)
        members = [MembershipFactory(pool=pool, fields=["GA"], expert__employer=unit) for unit in (physics, law)]
        members_of(pool, 4)
        found = d.pool_file(d.frozen_attempt(request, office=people["leader"]))
        assert [found[one.number] for one in members] == ["X|RECUSE-ASKED", "E|-"]


@pytest.mark.parametrize(("changes", "said"), [((), "X|CLASH"), ((NO_CLASHES,), "E|-")])
def test_a_clash_of_days_keeps_out_unless_the_paper_lets_it_pass(tmp_path, monkeypatch, changes, said):
    with pool_under(tmp_path, monkeypatch, NOBODY_WATCHES, *changes) as pool:
        people = people_of(pool)
        members_of(pool, 5)
        member = Membership.objects.first()
        Participation.objects.create(request=request_of(pool, people, state="confirmed"), membership=member, seated=True)
        found = d.pool_file(d.frozen_attempt(request_of(pool, people), office=people["leader"]))
        assert found[member.number] == said
