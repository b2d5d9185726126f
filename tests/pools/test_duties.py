"""Who may do what: asked of the edition, then of the assignments; one answer for service, page and message."""

from datetime import date, timedelta

import pytest

from expertpool.pools import duties
from expertpool.pools.access import Access, why_not_enter
from expertpool.pools.duties import DUTIES, Holder, accounts_with, actor, holds, roles_for, why_not
from expertpool.pools.models import IN_A_POOL, Role
from expertpool.refusals import Refused
from expertpool.regulations import catalogue
from tests.factories import AssignmentFactory, OrganisationFactory, PoolFactory, UserFactory

DAY = date(2026, 11, 20)
pytestmark = [pytest.mark.django_db, pytest.mark.day(DAY)]


@pytest.fixture
def north():
    """A pool of Inner Mongolia: the department draws and contacts, a commissioned body may keep the register."""
    return PoolFactory(code="NM", name="北方专家库", number_prefix="NM", regulation_code="neimenggu")


def holders(duty, code):
    [edition] = catalogue.editions(code)
    return roles_for(duty, edition)


# The edition says it, or the system's default stands in


def test_what_the_edition_says_is_taken_with_its_article():
    assert holders("draw.run", "xinjiang-2025") == Holder(("office",), "2", True)
    assert holders("draw.run", "neimenggu") == Holder(("department",), "15(2)", True)
    assert holders("contact.run", "neimenggu").roles == ("department",)
    assert holders("draw.watch", "xinxian-2021").roles == ("office", "inspector")


@pytest.mark.parametrize("code", sorted({one.code for one in catalogue.editions()}))
def test_where_all_five_are_silent_the_inspector_gives_the_share_and_countersigns(code):
    assert [holders(duty, code) for duty in ("draw.share", "draw.countersign")] == [Holder(("inspector",), "", False)] * 2


def test_an_edition_that_says_otherwise_is_followed_in_everything_at_once(regulation_like, client):
    """Other people at the place: the leader draws, the office watches and gives the share."""
    edition = regulation_like(
        "other-people",
        "xinjiang-2025",
        ('drawn_by = "office"', 'drawn_by = "leader"\nshare_by = "office"'),
        ('watched_by = ["inspector"]', 'watched_by = ["office"]'),
    )
    assert (roles_for("draw.run", edition).roles, roles_for("draw.share", edition), roles_for("draw.watch", edition).roles) == (
        ("leader",), Holder(("office",), edition.draw.article, True), ("office",),
    )  # fmt: skip
    pool = PoolFactory(code="O", number_prefix="OO", regulation_code="other-people")
    leader, office, inspector = (UserFactory(role=role, pool=pool) for role in (Role.LEADER, Role.OFFICE, Role.INSPECTOR))
    assert [holds(user, "draw.run", pool, DAY) for user in (leader, office, inspector)] == [True, False, False]
    assert [holds(user, "draw.share", pool, DAY) for user in (leader, office, inspector)] == [False, True, False]
    assert list(accounts_with("draw.run", pool, DAY)) == [leader]


def test_a_thing_is_judged_under_the_edition_that_it_was_decided_under(regulation_like, pool):
    then = regulation_like("then", "xinjiang-2025", ('drawn_by = "office"', 'drawn_by = "leader"'))
    leader, office = UserFactory(role=Role.LEADER), UserFactory(role=Role.OFFICE)
    assert (holds(office, "draw.run", pool, DAY), holds(office, "draw.run", pool, DAY, edition=then)) == (True, False)
    assert (holds(leader, "draw.run", pool, DAY), holds(leader, "draw.run", pool, DAY, edition=then)) == (False, True)
    assert (list(accounts_with("draw.run", pool, DAY)), list(accounts_with("draw.run", pool, DAY, edition=then))) == ([office], [leader])


def test_after_a_lapse_the_latest_edition_goes_on(pool):
    office = UserFactory(role=Role.OFFICE)
    assert holds(office, "draw.run", pool, date(2035, 1, 1))


def test_a_pool_whose_regulation_is_not_installed_refuses_in_words(pool):
    pool.regulation_code = "gone"
    with pytest.raises(Refused, match="没有代码为“gone”的管理办法"):
        why_not(UserFactory(role=Role.OFFICE), "draw.run", pool, DAY)


def test_a_duty_that_nobody_defined_is_an_error(pool):
    with pytest.raises(KeyError):
        holds(UserFactory(role=Role.OFFICE), "draw.cheat", pool, DAY)


# Steps


def test_a_step_is_held_by_the_role_that_its_edition_gives_it():
    [edition] = catalogue.editions("xinjiang-2025")
    for step in edition.intake.steps:
        assert roles_for(f"intake.{step.code}", edition).roles == (step.role,)
    assert set(roles_for("intake.*", edition).roles) == {step.role for step in edition.intake.steps}
    assert set(roles_for("approval.*", edition).roles) == {step.role for step in edition.request.approvals}


@pytest.mark.parametrize("code", sorted({one.code for one in catalogue.editions()}))
def test_who_answers_for_single_files_does_not_read_the_lists(code):
    readers = set(holders("batches.read", code).roles)
    assert readers & {"employer", "expert", "recommending_unit"} == set()


def test_a_step_that_the_edition_does_not_have_is_nobodys(pool):
    refusal = why_not(UserFactory(role=Role.OFFICE), "intake.nothing", pool, DAY)
    assert str(refusal) == f"《{pool.regulation_on(DAY).short_name}》没有这一环节，不能办理。"


# Who holds it: the assignments of the day


@pytest.mark.parametrize(
    ("days", "stands"),
    [
        ({}, True),
        ({"starts_on": DAY}, True),
        ({"starts_on": DAY + timedelta(days=1)}, False),
        ({"starts_on": date(2026, 1, 1), "ends_on": DAY}, True),
        ({"starts_on": date(2026, 1, 1), "ends_on": DAY - timedelta(days=1)}, False),
        ({"is_active": False}, False),
    ],
)
def test_an_assignment_counts_from_its_first_day_to_its_last(pool, days, stands):
    user = UserFactory(role=Role.OFFICE, **days)
    assert holds(user, "draw.run", pool, DAY) is stands
    assert (user in accounts_with("draw.run", pool, DAY)) is stands


def test_an_assignment_of_another_pool_counts_for_nothing_here(pool, north):
    user = UserFactory(role=Role.OFFICE, pool=north)
    assert actor(user, pool, DAY).assignments == ()
    assert [duty for duty in DUTIES if holds(user, duty, pool, DAY)] == []
    assert list(accounts_with("members.keep", pool, DAY)) == []


def test_one_person_in_two_pools_is_in_each_what_he_is_there(pool, north):
    user = UserFactory(role=Role.OFFICE, pool=pool)
    AssignmentFactory(account=user, role=Role.LEADER, pool=north)
    assert (holds(user, "members.keep", pool, DAY), holds(user, "members.keep", north, DAY)) == (True, False)
    assert (holds(user, "exits.decide", pool, DAY), holds(user, "exits.decide", north, DAY)) == (True, True)
    assert (actor(user, pool, DAY).roles, actor(user, north, DAY).roles) == ({"office"}, {"leader"})
    assert actor(user, None, DAY).assignments == ()


def test_experts_and_employers_are_so_in_every_pool_and_the_administrators_in_none(pool, north):
    expert, employer = UserFactory(role=Role.EXPERT), UserFactory(role=Role.EMPLOYER)
    for one in (pool, north):
        assert (actor(expert, one, DAY).roles, actor(employer, one, DAY).roles) == ({"expert"}, {"employer"})
    for role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN):
        account = UserFactory(role=role)
        assert (actor(account, pool, DAY).assignments, actor(account, None, DAY).roles) == ((), {role})


def test_a_duty_for_a_unit_is_held_by_who_acts_for_that_unit(pool):
    ours, theirs = OrganisationFactory(), OrganisationFactory()
    user = UserFactory(role=Role.DEPARTMENT, organisation=ours)
    assert holds(user, "requests.file", pool, DAY)
    assert holds(user, "requests.file", pool, DAY, organisation=ours.pk)
    refusal = why_not(user, "requests.file", pool, DAY, organisation=theirs.pk)
    assert (refusal.code, "您不代表该单位" in str(refusal)) == ("unit", True)
    assert actor(user, pool, DAY).units_for("requests.file") == {ours.pk}
    assert list(accounts_with("requests.file", pool, DAY, organisation=theirs.pk)) == []
    AssignmentFactory(account=user, role=Role.DEPARTMENT, organisation=theirs)
    assert actor(user, pool, DAY).units_for("requests.file") == {ours.pk, theirs.pk}
    AssignmentFactory(account=user, role=Role.RECOMMENDING_UNIT, organisation=OrganisationFactory())
    assert actor(user, pool, DAY).units_for("requests.file") == {ours.pk, theirs.pk}


def test_a_commissioned_body_keeps_the_register_and_decides_nothing(north):
    """内蒙古 2: the daily work may be given to a body; what it may not is approve or decide."""
    agency = UserFactory(role=Role.AGENCY, pool=north)
    who = actor(agency, north, DAY)
    held = {duty for duty in DUTIES if who.holds(duty)}
    assert {"members.keep", "applications.manage"} <= held
    decisions = {
        duty for duty in DUTIES if duty.endswith((".decide", ".waive", ".exempt", ".cap", ".countersign", ".settle", ".share", ".run"))
    }
    assert held & decisions - {"draw.run", "contact.run"} == set()
    assert not any(who.holds(duty) for duty in ("draw.run", "draw.share", "approval.*", "exits.decide"))
    # What all pools stand on is not a commissioned body's either.
    assert not who.holds("organisations.keep")


def test_the_system_holds_every_duty_and_a_visitor_none(pool):
    from django.contrib.auth.models import AnonymousUser

    assert why_not(None, "draw.run", pool, DAY) is None
    assert actor(AnonymousUser(), pool, DAY).why_not("draw.run") is not None


def test_outside_all_pools_no_duty_is_held(pool):
    assert str(actor(UserFactory(role=Role.OFFICE), None, DAY).why_not("draw.run")) == "请先选择专家库。"


# One answer for all


@pytest.mark.parametrize("code", sorted({one.code for one in catalogue.editions()}))
def test_page_service_and_message_give_the_same_answer_for_every_duty_and_role(code, monkeypatch):
    monkeypatch.setenv(catalogue.DRAFTS_VARIABLE, "guangxi-draft")
    pool = PoolFactory(code="X", number_prefix="XX", regulation_code=code)
    [edition] = catalogue.editions(code)
    steps = [f"intake.{one.code}" for one in edition.intake.steps] + [
        f"approval.{one.code}" for one in edition.request.approvals if edition.request
    ]
    people = {role: UserFactory(role=role, pool=pool) for role in sorted(IN_A_POOL)} | {
        role: UserFactory(role=role) for role in (Role.EMPLOYER, Role.EXPERT)
    }
    for duty in [*DUTIES, *steps]:
        told = set(accounts_with(duty, pool, DAY))
        for role, user in people.items():
            who = actor(user, pool, DAY)
            answer = holds(user, duty, pool, DAY)
            assert answer is (str(role) in roles_for(duty, edition).roles), (duty, role)
            assert (why_not_enter(who, Access(duties=(duty,))) is None) is answer, (duty, role)
            assert (user in told) is answer, (duty, role)


def test_a_refusal_names_who_it_is_and_where_that_stands(pool, north):
    said = why_not(UserFactory(role=Role.LEADER), "draw.run", pool, DAY)
    assert (said.article, said.regulation) == ("2", "xinjiang-2025")
    labels = pool.regulation_on(DAY).labels
    assert str(said) == f"“组织抽取”由{labels.office}办理，您在本专家库没有这一职责。"
    default = why_not(UserFactory(role=Role.LEADER), "draw.share", pool, DAY)
    assert (default.article, str(default)) == ("", f"“输入监督份额”由{labels.inspector}办理（系统默认），您在本专家库没有这一职责。")
    reading = why_not(UserFactory(role=Role.EMPLOYER), "ledger.read", pool, DAY)
    assert "系统默认" not in str(reading)


def test_an_actor_asks_the_database_once_however_much_is_asked_of_him(pool, django_assert_num_queries):
    user = UserFactory(role=Role.OFFICE)
    with django_assert_num_queries(1):
        who = actor(user, pool, DAY)
        assert sum(who.holds(duty) for duty in DUTIES) > 5


def test_the_words_of_every_duty_are_its_own():
    words = [one.words for one in DUTIES.values()]
    assert len(words) == len(set(words))
    assert all(bool(one.path) != bool(one.any_of) for one in DUTIES.values())
    assert all(name in DUTIES or name in (duties.STEPS, duties.LISTED, duties.APPROVALS) for one in DUTIES.values() for name in one.any_of)
