"""Who is excluded and why: the law's cases as data, then the same through the database."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from expertpool import clock
from expertpool.accounts.models import OrganisationName
from expertpool.birthdays import birthday
from expertpool.regulations import catalogue
from experts.models import DeclaredInterest, Employment, Mark
from selection.domain.eligibility import exclusions, sits_out
from selection.domain.facts import EmploymentFacts, Engagement, MemberFacts, ProjectFacts, ProjectPersonFacts, RequestFacts
from selection.domain.organisations import OrganisationTree, Unit, same_text
from selection.domain.recusal import months_before
from selection.models import Participation
from selection.services.eligibility import judge_pool
from tests.factories import ExpertFactory, MembershipFactory, OrganisationFactory, SuspensionFactory
from tests.selection.request_factories import a_request

XINJIANG = catalogue.in_force("xinjiang-2025", date(2026, 10, 12))
START, END = date(2026, 11, 2), date(2026, 11, 4)
APPROVED = datetime(2026, 10, 12, 8, tzinfo=UTC)
# 1 the group, 2 its subsidiary, 3 the subsidiary's workshop (internal), 4 a sister of 2, 5 somebody else, 6 an office inside 1
TREE = OrganisationTree(
    {1: (None, ""), 2: (1, "subordinate"), 3: (2, "internal"), 4: (1, "subordinate"), 5: (None, ""), 6: (1, "internal")}
)
REQUEST = RequestFacts(starts_on=START, ends_on=END, approved_at=APPROVED, approved_on=date(2026, 10, 12), tree=TREE)
MEMBER = MemberFacts(
    number="ZJK00001", name="张建国", fields=("SHHG",), birth_date=date(1970, 1, 1), title_level=3, years=15, admitted_on=date(2025, 6, 1)
)


def works_at(*units, since=date(2010, 1, 1), until=None):
    return tuple(EmploymentFacts(Unit(unit), since, until) for unit in units)


def project(applicant=None, *people, name=""):
    return (ProjectFacts(Unit(applicant, name), tuple(ProjectPersonFacts(*person) for person in people)),)


def told(request=REQUEST, member=MEMBER, regulation=XINJIANG):
    return [(one.code, one.article) for one in exclusions(regulation, request, member)]


def engaged(day, count=1, **kwargs):
    return tuple(Engagement(day, day, **kwargs) for _ in range(count))


CASES = [
    ("exited", "7", {}, {"exited": True}, [("EXITED", "7")]),
    ("suspended on the last day", "19(1)", {}, {"suspensions": ((END, None),)}, [("SUSPENDED", "19(1)")]),
    ("suspended until the first day", "19(1)", {}, {"suspensions": ((date(2026, 9, 1), START),)}, [("SUSPENDED", "19(1)")]),
    ("suspension over the day before", "19(1)", {}, {"suspensions": ((date(2026, 9, 1), date(2026, 11, 1)),)}, []),
    ("turns 70 on the last day", "7(9)", {}, {"birth_date": date(1956, 11, 4)}, [("AGE", "7(9)")]),
    ("turns 70 the day after", "7(9)", {}, {"birth_date": date(1956, 11, 5)}, []),
    ("ten this year", "14", {}, {"engagements": engaged(date(2026, 3, 1), 10)}, [("ANNUAL-CAP", "14")]),
    ("nine this year", "14", {}, {"engagements": engaged(date(2026, 3, 1), 9)}, []),
    ("ten last year", "14", {}, {"engagements": engaged(date(2025, 12, 31), 10)}, []),
    (
        "nine and one still to come",
        "14",
        {},
        {"engagements": engaged(date(2026, 3, 1), 9) + engaged(date(2026, 12, 20))},
        [("ANNUAL-CAP", "14")],
    ),
    ("ten, given back ones do not count", "14", {}, {"engagements": engaged(date(2026, 3, 1), 10, counts=False, standing=False)}, []),
    ("cap waived", "14", {"waived": frozenset({"annual_cap"})}, {"engagements": engaged(date(2026, 3, 1), 10)}, []),
    ("clash on one day", "附表2四", {}, {"engagements": (Engagement(END, date(2026, 11, 9)),)}, [("CLASH", "附表2四")]),
    ("next day is no clash", "附表2四", {}, {"engagements": (Engagement(date(2026, 11, 5), date(2026, 11, 9)),)}, []),
    ("withdrawn is no clash", "附表2四", {}, {"engagements": (Engagement(END, END, counts=False, standing=False),)}, []),
    (
        "changed after approval",
        "8b",
        {},
        {"decisive_changed_at": datetime(2026, 10, 12, 8, 0, 1, tzinfo=UTC)},
        [("CHANGED-AFTER-REQUEST", "8b")],
    ),
    ("changed before approval", "8b", {}, {"decisive_changed_at": APPROVED}, []),
    ("entered after approval", "8b", {}, {"admitted_on": date(2026, 10, 13)}, [("CHANGED-AFTER-REQUEST", "8b")]),
    ("title too low", "附表2三b", {"min_title_level": 4}, {}, [("UNQUALIFIED", "附表2三b")]),
    ("too few years", "附表2三b", {"min_years": 16}, {}, [("UNQUALIFIED", "附表2三b")]),
    ("years unknown", "附表2三b", {"min_years": 1}, {"years": None}, [("UNQUALIFIED", "附表2三b")]),
    ("on an earlier list", "13(3)b", {"already_drawn": frozenset({"ZJK00001"})}, {}, [("DRAWN", "13(3)b")]),
    ("leads a project", "15(1)", {"projects": project(5, ("leader", "张 建国"))}, {}, [("RECUSE-PERSON", "15(1)")]),
    ("takes part in a project", "15(1)", {"projects": project(5, ("participant", "张建国"))}, {}, [("RECUSE-PERSON", "15(1)")]),
    ("namesake elsewhere", "15(1)", {"projects": project(5, ("participant", "张建国", 5))}, {"employments": works_at(2)}, []),
    (
        "same name, same entity",
        "15(1)",
        {"projects": project(None, ("participant", "张建国", 2), name="某厂")},
        {"employments": works_at(3)},
        [("RECUSE-PERSON", "15(1)")],
    ),
    (
        "kin of the leader",
        "15(2)",
        {"projects": project(5, ("leader", "李丽华"))},
        {"declared_persons": ("李丽华",)},
        [("RECUSE-RELATION", "15(2)")],
    ),
    ("kin of a participant only", "15(2)", {"projects": project(5, ("participant", "李丽华"))}, {"declared_persons": ("李丽华",)}, []),
    ("interest in the applicant", "15(3)", {"projects": project(2)}, {"declared_units": (3,)}, [("RECUSE-INTEREST", "15(3)")]),
    (
        "leader's legal entity",
        "15(4)",
        {"projects": project(5, ("leader", "李丽华", 2))},
        {"employments": works_at(3)},
        [("RECUSE-ENTITY", "15(4)")],
    ),
    (
        "participant's entity does not count",
        "15(4)",
        {"projects": project(5, ("participant", "李丽华", 2))},
        {"employments": works_at(3)},
        [],
    ),
    ("employer above the applicant", "15(4)", {"projects": project(3)}, {"employments": works_at(6)}, [("RECUSE-ENTITY", "15(4)")]),
    ("employer below the applicant", "15(4)", {"projects": project(1)}, {"employments": works_at(3)}, [("RECUSE-ENTITY", "15(4)")]),
    ("sister of the applicant", "15(4)", {"projects": project(2)}, {"employments": works_at(4)}, []),
    ("second employer counts too", "15(4)", {"projects": project(2)}, {"employments": works_at(5, 2)}, [("RECUSE-ENTITY", "15(4)")]),
    ("left before the activity", "15(4)", {"projects": project(2)}, {"employments": works_at(2, until=date(2026, 11, 1))}, []),
    (
        "unregistered applicant by name",
        "15(4)",
        {"projects": project(name="昌吉 某某化工厂")},
        {"employments": (EmploymentFacts(Unit(None, "昌吉某某化工厂")),)},
        [("RECUSE-ENTITY", "15(4)")],
    ),
    ("named unit", "13(1)b", {"named_units": (2,)}, {"employments": works_at(3)}, [("RECUSE-NAMED", "13(1)b")]),
    ("named unit's parent is not named", "13(1)b", {"named_units": (2,)}, {"employments": works_at(1)}, []),
    ("named person", "13(1)b", {"named_persons": ("张建国",)}, {}, [("RECUSE-NAMED", "13(1)b")]),
    ("frozen", "", {}, {"frozen": True}, [("FROZEN", "")]),
    ("term over during the activity", "", {}, {"term_ends_on": date(2026, 11, 3)}, [("TERM-ENDED", "")]),
    ("nothing against him", "", {}, {}, []),
]


@pytest.mark.parametrize(("request_facts", "member_facts", "expected"), [pytest.param(*case[2:], id=case[0]) for case in CASES])
def test_each_case_of_the_regulation_gives_exactly_its_reason(request_facts, member_facts, expected):
    assert told(replace(REQUEST, **request_facts), replace(MEMBER, **member_facts)) == expected


def test_every_reason_is_told_at_once():
    member = replace(
        MEMBER,
        exited=True,
        birth_date=date(1950, 1, 1),
        suspensions=((START, None),),
        engagements=engaged(START, 10),
        employments=works_at(2),
    )
    request = replace(REQUEST, projects=project(2, ("leader", "张建国")), named_persons=("张建国",), min_title_level=4)
    assert {code for code, _article in told(request, member)} == {
        "EXITED", "SUSPENDED", "AGE", "UNQUALIFIED", "ANNUAL-CAP", "CLASH", "RECUSE-PERSON", "RECUSE-ENTITY", "RECUSE-NAMED",
    }  # fmt: skip


def test_a_part_that_the_regulation_lacks_excludes_nobody():
    silent = replace(XINJIANG, rotation=None, recusal=(), exits=None)
    member = replace(MEMBER, birth_date=date(1940, 1, 1), engagements=engaged(date(2026, 3, 1), 30), employments=works_at(2))
    assert told(replace(REQUEST, projects=project(2)), member, silent) == []


def test_rotation_sits_out_after_two_in_a_row_and_then_starts_afresh():
    history: tuple[str, ...] = ()
    outcomes = []
    for _ in range(7):
        outcome = "sat_out" if sits_out(history, 2, 1) else "selected"
        outcomes.append(outcome)
        history = (outcome, *history)
    assert outcomes == ["selected", "selected", "sat_out", "selected", "selected", "sat_out", "selected"]
    assert not sits_out(("selected", "eligible", "selected"), 2, 1)


def test_a_ground_with_lookback_sees_a_past_employer():
    ground = replace(next(one for one in XINJIANG.recusal if one.match == "legal_entity_or_hierarchy"), lookback_months=12)
    regulation = replace(XINJIANG, recusal=(ground,))
    request = replace(REQUEST, projects=project(2))
    assert told(request, replace(MEMBER, employments=works_at(2, until=date(2025, 11, 2))), regulation) == [("RECUSE-ENTITY", "15(4)")]
    assert told(request, replace(MEMBER, employments=works_at(2, until=date(2025, 11, 1))), regulation) == []


def test_institutions_of_one_entity_differ_only_where_the_regulation_says_so():
    tree = OrganisationTree({1: (None, ""), 2: (1, "internal"), 3: (1, "internal"), 4: (2, "internal")})
    assert tree.same_entity(2, 3)
    assert not tree.same_entity(2, 3, institution_level=True)
    assert tree.same_entity(2, 4, institution_level=True)
    assert tree.same_entity(1, 3, institution_level=True)


def test_a_circle_of_organisations_ends():
    tree = OrganisationTree({1: (2, "internal"), 2: (1, "internal"), 3: (4, "subordinate"), 4: (3, "subordinate")})
    assert tree.same_entity(1, 1)
    assert tree.in_line(3, 4)


def test_birthdays_and_months():
    assert birthday(date(1956, 2, 29), 70) == date(2026, 2, 28)
    assert birthday(date(1956, 2, 29), 72) == date(2028, 2, 29)
    assert months_before(date(2026, 3, 31), 1) == date(2026, 2, 28)
    assert months_before(date(2026, 1, 15), 13) == date(2024, 12, 15)
    assert same_text("阿不都·热合曼", "阿不都•热合曼 ")
    assert not same_text("", "")


@given(st.lists(st.sampled_from(CASES), max_size=6), st.randoms(use_true_random=False))
def test_no_reason_is_lost_when_facts_about_the_member_come_together(cases, _random):
    """Facts are independent: a member with more against him has at least the reasons that each single fact gives."""
    member = MEMBER
    for case in cases:
        for name, value in case[3].items():
            known = getattr(member, name)
            member = replace(member, **{name: known + value if isinstance(value, tuple) else value})
    codes = {code for code, _article in told(REQUEST, member)}
    for case in cases:
        merged = all(isinstance(value, tuple) or getattr(member, name) == value for name, value in case[3].items())
        if merged and not case[2]:
            assert {code for code, _article in case[4]} <= codes


def reasons(judged):
    return {one.number: one.reasons for one in judged}


@pytest.mark.clause("xinjiang-2025", "4")
@pytest.mark.clause("xinjiang-2025", "15(4)")
def test_the_pool_is_judged_from_its_rows(pool):
    with clock.frozen(date(2026, 10, 12)):
        group = OrganisationFactory(code="GROUP1")
        plant = OrganisationFactory(code="PLANT1", parent=group, relation="subordinate")
        request = a_request(
            pool=pool,
            seats={"SHHG": 2, "MHG": 1},
            projects=[{"name": "技改项目", "applicant": plant, "people": [{"part": "leader", "name": "赵主任", "organisation": plant}]}],
        )
        free = MembershipFactory(pool=pool, fields=["SHHG", "MHG", "YJ"])
        above = MembershipFactory(pool=pool, expert=ExpertFactory(employer=group))
        second = MembershipFactory(pool=pool)
        Employment.objects.create(expert=second.expert, organisation=plant, kind="part_time", since=date(2024, 1, 1))
        kin = MembershipFactory(pool=pool)
        DeclaredInterest.objects.create(expert=kin.expert, kind="person", person_name="赵主任", relation="配偶")
        out = MembershipFactory(pool=pool)
        type(out).objects.filter(pk=out.pk).update(state="exited")
        stopped = MembershipFactory(pool=pool)
        SuspensionFactory(membership=stopped, starts_on=request.starts_on, ends_on=request.starts_on)
        lifted = MembershipFactory(pool=pool)
        SuspensionFactory(membership=lifted, starts_on=request.starts_on, ends_on=request.starts_on, lifted_on=date(2026, 10, 1))
        MembershipFactory(pool=pool, fields=["YJ"])
        judged = judge_pool(request=request)
    assert [one.number for one in judged] == sorted(one.number for one in judged)
    assert reasons(judged) == {
        free.number: (),
        above.number: ("RECUSE-ENTITY",),
        second.number: ("RECUSE-ENTITY",),
        kin.number: ("RECUSE-RELATION",),
        out.number: ("EXITED",),
        stopped.number: ("SUSPENDED",),
        lifted.number: (),
    }
    assert next(one for one in judged if one.number == free.number).fields == ("MHG", "SHHG")
    assert next(one for one in judged if one.number == above.number).employer == "GROUP1"


@pytest.mark.clause("xinjiang-2025", "15(4)")
@pytest.mark.parametrize("written", ["天山煤化有限公司", "天山 煤化有限公司", "天山焦化厂"])
def test_an_employer_written_as_text_is_the_registered_unit_of_that_name(pool, written):
    with clock.frozen(date(2026, 10, 12)):
        group = OrganisationFactory()
        plant = OrganisationFactory(name="天山煤化有限公司", parent=group, relation="subordinate")
        OrganisationName.objects.create(organisation=plant, name="天山焦化厂", until=date(2020, 12, 31))
        workshop = OrganisationFactory(parent=plant, relation="internal")
        member = MembershipFactory(pool=pool)
        Employment.objects.create(expert=member.expert, organisation_name=written, kind="part_time", since=date(2019, 1, 1))
        elsewhere = MembershipFactory(pool=pool)
        Employment.objects.create(expert=elsewhere.expert, organisation_name="天山焦化", kind="part_time", since=date(2019, 1, 1))

        def found(**data):
            judged = reasons(judge_pool(request=a_request(pool=pool, **data)))
            assert judged[elsewhere.number] == ()
            return judged[member.number]

        named = {"recusals": [{"kind": "organisation", "organisation": workshop}]}
        assert found(**named) == ("RECUSE-NAMED",)
        assert [found(projects=[{"name": "项目", "applicant": unit}]) for unit in (plant, workshop, group)] == [("RECUSE-ENTITY",)] * 3
        assert found(projects=[{"name": "项目", "applicant_name": "天山焦化厂"}]) == ("RECUSE-ENTITY",)


@pytest.mark.clause("xinjiang-2025", "14")
def test_the_cap_counts_what_was_attended_and_what_is_to_come_in_the_year_of_the_activity(pool):
    with clock.frozen(date(2026, 10, 12)):
        request = a_request(pool=pool)
        member = MembershipFactory(pool=pool)
        states = [("standing", True)] * 8 + [("standing", None)] + [("standing", False), ("withdrawn", None), ("released", None)]
        for number, (state, attended) in enumerate(states):
            other = a_request(pool=pool, starts_on=date(2026, 1 + number % 9, 5), ends_on=date(2026, 1 + number % 9, 6))
            Participation.objects.create(request=other, membership=member, state=state, attended=attended)
        assert reasons(judge_pool(request=request))[member.number] == ()
        tenth = a_request(pool=pool, starts_on=date(2026, 12, 21), ends_on=date(2026, 12, 22))
        Participation.objects.create(request=tenth, membership=member)
        assert reasons(judge_pool(request=request))[member.number] == ("ANNUAL-CAP",)
        next_year = a_request(pool=pool, starts_on=date(2027, 1, 5), ends_on=date(2027, 1, 6))
        assert reasons(judge_pool(request=next_year))[member.number] == ()
        tenth.state = "cancelled"
        tenth.save()
        assert reasons(judge_pool(request=request))[member.number] == ()


def test_already_drawn_are_excluded(pool):
    with clock.frozen(date(2026, 10, 12)):
        request = a_request(pool=pool)
        member = MembershipFactory(pool=pool)
        assert reasons(judge_pool(request=request, already_drawn={member.number})) == {member.number: ("DRAWN",)}


def test_judging_costs_the_same_number_of_queries_for_one_and_for_three(pool):
    with clock.frozen(date(2026, 10, 12)):
        request = a_request(
            pool=pool, projects=[{"name": "项目", "applicant": OrganisationFactory(), "people": [{"part": "leader", "name": "钱某"}]}]
        )

        def queries():
            with CaptureQueriesContext(
                connection,
            ) as captured:
                judge_pool(request=request)
            return len(captured)

        def add():
            member = MembershipFactory(pool=pool)
            Participation.objects.create(request=a_request(pool=pool), membership=member)
            SuspensionFactory(membership=member)
            Mark.objects.create(membership=member, kind="grade", source=f"test:{member.pk}", starts_on=date(2025, 1, 1))
            DeclaredInterest.objects.create(expert=member.expert, kind="unit", organisation=OrganisationFactory())

        add()
        one = queries()
        add()
        add()
        assert queries() == one
