"""Who stays out of a draw, and under which article: everything that the regulation says, read from rows by one freeze."""

from datetime import date

import pytest

from expertpool.refusals import Refused
from experts.models import DeclaredInterest, Employment, Membership
from selection.models import Participation, ProjectPerson, RequestRecusal, ReviewedProject
from selection.services import draws, waivers
from selection.services.feasibility import counts
from tests.factories import MembershipFactory, OrganisationFactory, SuspensionFactory
from tests.selection import drawing as d

pytestmark = [pytest.mark.django_db, pytest.mark.day(d.TODAY)]
XJ = "xinjiang-2025"
START, END = date(2026, 10, 20), date(2026, 10, 22)


def engaged(member, count, **kwargs):
    """``member`` accepted ``count`` activities in the spring; ``kwargs`` say more of each participation."""
    for number in range(count):
        other = d.approved(starts_on=date(2026, 3, 2 + number), state="held")
        Participation.objects.create(request=other, membership=member, **{"attended": True, **kwargs})


@pytest.fixture
def plant(db):
    """The unit whose project is judged, part of a group."""
    return OrganisationFactory(parent=OrganisationFactory(), relation="subordinate")


@pytest.fixture
def request_(plant):
    """An approved request over three days about a project of the plant, that names people and units to keep out."""
    request = d.approved(starts_on=START, ends_on=END, min_title_level=3, min_years=10)
    project = ReviewedProject.objects.create(request=request, name="技术改造", applicant=plant)
    ProjectPerson.objects.create(project=project, part="leader", name="赵主任")
    ProjectPerson.objects.create(project=project, part="participant", name="钱工程师")
    RequestRecusal.objects.create(request=request, kind="person", person_name="孙教授")
    RequestRecusal.objects.create(request=request, kind="organisation", organisation=OrganisationFactory(code="NAMED1"))
    return request


@pytest.mark.clause(XJ, "7(9)")
@pytest.mark.clause(XJ, "8b")
@pytest.mark.clause(XJ, "13(1)b")
@pytest.mark.clause(XJ, "14")
@pytest.mark.clause(XJ, "15(1)")
@pytest.mark.clause(XJ, "15(2)")
@pytest.mark.clause(XJ, "15(3)")
@pytest.mark.clause(XJ, "15(4)")
@pytest.mark.clause(XJ, "19(1)")
@pytest.mark.clause(XJ, "附表2三b")
@pytest.mark.clause(XJ, "附表2四")
def test_each_reason_of_the_regulation_keeps_its_member_out_of_the_freeze(request_, plant):
    d.members(3)
    expected = {}

    def out(code, **kwargs):
        member = MembershipFactory(**kwargs)
        expected[member.number] = f"X|{code}"
        return member

    out("EXITED", state="exited", exited_on=date(2026, 10, 1))
    SuspensionFactory(membership=out("SUSPENDED"), starts_on=END, ends_on=date(2027, 1, 1))
    out("AGE", expert__birth_date=date(1956, 10, 22))
    out("FROZEN", frozen_since=date(2026, 10, 1))
    out("TERM-ENDED", term_ends_on=date(2026, 10, 21))
    out("CHANGED-AFTER-REQUEST", decisive_changed_at=d.at(10))
    out("CHANGED-AFTER-REQUEST", admitted_on=date(2026, 10, 10))
    out("UNQUALIFIED", expert__title_level=2)
    out("UNQUALIFIED", expert__years=9)
    engaged(out("ANNUAL-CAP"), 10)
    clash = d.approved(starts_on=END, ends_on=date(2026, 10, 30), state="confirmed")
    Participation.objects.create(request=clash, membership=out("CLASH"), seated=True)
    out("RECUSE-PERSON", expert__name="钱工程师")
    DeclaredInterest.objects.create(expert=out("RECUSE-RELATION").expert, kind="person", person_name="赵主任", relation="配偶")
    DeclaredInterest.objects.create(expert=out("RECUSE-INTEREST").expert, kind="unit", organisation=plant, relation="持股")
    out("RECUSE-ENTITY", expert__employer=plant.parent)
    Employment.objects.create(expert=out("RECUSE-ENTITY").expert, organisation=plant, kind="part_time", since=date(2024, 1, 1))
    out("RECUSE-NAMED", expert__name="孙教授")
    named = RequestRecusal.objects.get(kind="organisation").organisation
    out("RECUSE-NAMED", expert__employer=OrganisationFactory(parent=named, relation="internal"))
    expected |= {one.number: "E|-" for one in Membership.objects.exclude(number__in=expected)}
    attempt = d.frozen_attempt(request_)
    assert d.pool_file(attempt) == expected
    (row,) = draws.reason_counts(attempt, attempt.draw.request.pool.regulation_on(START))
    assert {one["code"]: (one["article"], one["count"]) for one in row["reasons"]} == {
        "EXITED": ("7", 1),
        "SUSPENDED": ("19(1)", 1),
        "AGE": ("7(9)", 1),
        "FROZEN": ("", 1),
        "TERM-ENDED": ("", 1),
        "CHANGED-AFTER-REQUEST": ("8b", 2),
        "UNQUALIFIED": ("附表2三b", 2),
        "ANNUAL-CAP": ("14", 1),
        "CLASH": ("附表2四", 1),
        "RECUSE-PERSON": ("15(1)", 1),
        "RECUSE-RELATION": ("15(2)", 1),
        "RECUSE-INTEREST": ("15(3)", 1),
        "RECUSE-ENTITY": ("15(4)", 2),
        "RECUSE-NAMED": ("13(1)b", 2),
    }


@pytest.mark.clause(XJ, "7(9)")
@pytest.mark.clause(XJ, "14")
@pytest.mark.clause(XJ, "15(2)")
@pytest.mark.clause(XJ, "15(4)")
@pytest.mark.clause(XJ, "19(1)")
@pytest.mark.clause(XJ, "附表2四")
def test_what_lies_a_day_beside_a_reason_keeps_nobody_out(request_, plant):
    suspended = MembershipFactory()
    SuspensionFactory(membership=suspended, starts_on=date(2026, 9, 1), ends_on=date(2026, 10, 19))
    SuspensionFactory(membership=suspended, starts_on=date(2026, 10, 23), ends_on=date(2026, 11, 19))
    SuspensionFactory(membership=MembershipFactory(), starts_on=START, ends_on=END, lifted_on=date(2026, 10, 1))
    MembershipFactory(expert__birth_date=date(1956, 10, 23))
    MembershipFactory(term_ends_on=END)
    MembershipFactory(decisive_changed_at=d.at(9, 16), admitted_on=date(2026, 10, 9))
    MembershipFactory(expert__title_level=3, expert__years=10)
    full = MembershipFactory()
    engaged(full, 9)
    engaged(full, 2, attended=False)
    engaged(full, 2, attended=None, state="withdrawn")
    for day, state in ((date(2026, 10, 19), "confirmed"), (date(2026, 10, 23), "confirmed"), (START, "cancelled")):
        beside = d.approved(starts_on=day, state=state)
        Participation.objects.create(request=beside, membership=MembershipFactory(), seated=True)
    DeclaredInterest.objects.create(expert=MembershipFactory().expert, kind="person", person_name="钱工程师", relation="同学")
    DeclaredInterest.objects.create(expert=MembershipFactory().expert, kind="unit", organisation=plant.parent, relation="持股")
    MembershipFactory(expert__employer=OrganisationFactory(parent=plant.parent, relation="subordinate"))
    Employment.objects.create(
        expert=MembershipFactory().expert, organisation=plant, kind="part_time", since=date(2020, 1, 1), until=date(2026, 10, 19)
    )
    found = d.pool_file(d.frozen_attempt(request_))
    assert (len(found), set(found.values())) == (Membership.objects.count(), {"E|-"})


def test_his_seat_in_the_same_activity_is_no_clash_with_it(office_user):
    """A supplementary round leaves out who stands on an earlier list, and says no more of him than that."""
    d.members(12)
    draw = d.contacting(seats={"SHHG": 2})
    seated = d.answer(d.invitation(draw, 1)).candidate.membership
    d.answer_all(draw, "decline")
    assert d.pool_file(draws.open_supplementary_round(draw=draw, by=office_user))[seated.number] == "X|DRAWN"


@pytest.mark.clause(XJ, "13(2)b")
def test_a_countersigned_waiver_draws_nobody_where_nobody_is_left(office_user, inspector_user):
    request = d.approved()
    (last,) = d.members(1)
    field = request.pool.fields.get(code="SHHG")
    waivers.countersign(waiver=waivers.waive_shortage(request=request, field=field, reason="全库仅一人", by=office_user), by=inspector_user)
    SuspensionFactory(membership=last)
    draws.join(request=request, by=inspector_user)
    with pytest.raises(Refused) as caught:
        draws.freeze(request=request, by=office_user)
    assert [(one.code, "已会签豁免，但可抽的专家仍不足" in one.message) for one in caught.value.refusals] == [("shortage", True)]


@pytest.mark.clause(XJ, "14")
def test_a_waiver_of_the_cap_lets_the_full_ones_be_drawn_once_it_is_countersigned(leader_user, inspector_user):
    request, untouched = d.approved(), d.approved()
    d.members(3)
    member = MembershipFactory()
    engaged(member, 10)
    waiver = waivers.waive_annual_cap(request=request, reason="本领域专家较少", by=leader_user)
    before = {one.field: one.eligible for one in counts(request)}
    waivers.countersign(waiver=waiver, by=inspector_user)
    assert (before, {one.field: one.eligible for one in counts(request)}) == ({"SHHG": 3}, {"SHHG": 4})
    assert [d.pool_file(d.frozen_attempt(one))[member.number] for one in (request, untouched)] == ["E|-", "X|ANNUAL-CAP"]


def test_who_changed_between_an_abort_and_the_next_freeze_is_judged_as_he_is_now(office_user):
    d.members(3)
    member = MembershipFactory()
    attempt = d.frozen_attempt(office=office_user)
    draws.abort(attempt=attempt, reason="POOL-CHANGED", by=office_user)
    SuspensionFactory(membership=member)
    again = draws.freeze(request=attempt.draw.request, by=office_user)
    assert [d.pool_file(one)[member.number] for one in (attempt, again)] == ["E|-", "X|SUSPENDED"]
