"""出库 (第七条)."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import ProtectedError

from expertpool import clock
from expertpool.ledger.models import LedgerEvent
from expertpool.refusals import Refused
from expertpool.regulations import catalogue
from experts.models import ExitCase, Membership, ReentryBan
from experts.services.exits import ban_until, decide_exit, open_exit_case, raise_exit_case
from tests.factories import AttachmentFactory, MembershipFactory, UserFactory

DAY = date(2026, 10, 12)
REASON = "经核实存在上述情形"
pytestmark = pytest.mark.django_db

GROUNDS = [
    ("political", "7(1)", True),
    ("bribery", "7(2)", True),
    ("concealed_interest", "7(3)", True),
    ("leak", "7(4)", True),
    ("no_reply", "7(5)a", False),
    ("absent", "7(5)b", False),
    ("negligence", "7(6)", True),
    ("misconduct", "7(7)", True),
    ("unfit", "7(8)", False),
    ("age", "7(9)", False),
    ("other", "7(10)", True),
]


def codes(refused):
    return [refusal.code for refusal in refused.value.refusals]


def a_case(ground="unfit", member=None, **kwargs):
    with clock.frozen(DAY):
        return raise_exit_case(
            membership=member or MembershipFactory(),
            ground=ground,
            reason=REASON,
            **{"source": "office", "by": UserFactory(role="office"), **kwargs},
        )


def pdf(name="证据.pdf"):
    return SimpleUploadedFile(name, b"%PDF-1.4 evidence", content_type="application/pdf")


@pytest.mark.clause("xinjiang-2025", "7")
def test_the_grounds_are_those_of_the_regulation_and_no_others():
    exits = catalogue.in_force("xinjiang-2025", DAY).exits
    assert [(one.code, one.article, one.evidence_required) for one in exits.grounds] == GROUNDS
    assert {one.number for one in exits.grounds} == set(range(1, 11))
    with pytest.raises(Refused) as refused:
        a_case("dislike")
    assert codes(refused) == ["ground"]


@pytest.mark.parametrize(
    ("ground", "article", "evidence"),
    [pytest.param(*one, marks=pytest.mark.clause("xinjiang-2025", one[1])) for one in GROUNDS],
)
def test_every_ground_leads_out_with_reason_decision_and_where_it_says_so_evidence(office_user, ground, article, evidence):
    case = a_case(ground)
    assert case.article == article
    with clock.frozen(DAY):
        if evidence:
            with pytest.raises(Refused) as refused:
                decide_exit(case=case, exit=True, reason=REASON, by=office_user)
            assert [(one.code, one.article) for one in refused.value.refusals] == [("no-evidence", article)]
            AttachmentFactory(application=None, exit_case=case, kind="exit_evidence")
        decided = decide_exit(case=case, exit=True, reason=REASON, by=office_user)
    member = Membership.objects.get()
    assert (decided.state, decided.decided_by, member.state, member.exited_on) == ("exited", office_user, "exited", DAY)


@pytest.mark.clause("xinjiang-2025", "7")
def test_what_left_is_kept_and_cannot_be_deleted(office_user):
    case = a_case()
    with clock.frozen(DAY):
        decide_exit(case=case, exit=True, reason=REASON, by=office_user)
    with pytest.raises(ProtectedError):
        case.membership.delete()
    with pytest.raises(ProtectedError):
        case.membership.expert.delete()


@pytest.mark.clause("xinjiang-2025", "7(10)")
def test_a_reason_is_needed(office_user):
    with clock.frozen(DAY), pytest.raises(Refused) as refused:
        raise_exit_case(membership=MembershipFactory(), ground="other", reason=" ", source="office", by=office_user)
    assert codes(refused) == ["no-reason"]


def test_the_same_case_is_raised_once():
    member = MembershipFactory()
    assert a_case(member=member) == a_case(member=member)
    keyed = a_case("age", member=member, source="system", by=None, trigger_key="age:1")
    assert a_case("age", member=member, source="system", by=None, trigger_key="age:1") == keyed
    assert ExitCase.objects.count() == 2


def test_evidence_comes_with_the_case_or_nothing_does(office_user, settings):
    member = MembershipFactory()
    with clock.frozen(DAY):
        with pytest.raises(Refused) as refused:
            bad = SimpleUploadedFile("证据.pdf", b"MZ no pdf")
            open_exit_case(membership=member, ground="bribery", reason=REASON, uploads=[pdf(), bad], by=office_user)
        assert codes(refused) == ["mismatch"]
        assert not ExitCase.objects.exists()
        case = open_exit_case(membership=member, ground="bribery", reason=REASON, uploads=[pdf()], by=office_user)
    assert list(case.attachments.values_list("kind", "original_name")) == [("exit_evidence", "证据.pdf")]


@pytest.mark.clause("xinjiang-2025", "7(8)")
def test_an_expert_may_ask_for_himself_and_his_employer_may_tell():
    member = MembershipFactory(expert__user=UserFactory(role="expert"))
    employer = UserFactory(role="employer", organisation=member.expert.employer)
    assert a_case(member=member, source="expert", by=member.expert.user).source == "expert"
    assert a_case("misconduct", member=member, source="employer", by=employer).source == "employer"


@pytest.mark.parametrize(("source", "role"), [("expert", "expert"), ("employer", "employer")])
def test_nobody_speaks_about_another_mans_expert(source, role):
    with pytest.raises(Refused) as refused:
        a_case(source=source, by=UserFactory(role=role))
    assert codes(refused) == ["not-own"]


@pytest.mark.parametrize(("source", "role"), [("office", "department"), ("system", "office"), ("expert", "office")])
def test_a_source_belongs_to_its_role(source, role):
    with pytest.raises(Refused) as refused:
        a_case(source=source, by=UserFactory(role=role))
    assert "role" in codes(refused)


def test_a_dismissed_case_changes_nothing_and_a_decision_stands(office_user):
    case = a_case()
    with clock.frozen(DAY):
        for _ in range(2):
            decide_exit(case=case, exit=False, reason="情况不属实", by=office_user)
        with pytest.raises(Refused) as refused:
            decide_exit(case=case, exit=True, reason=REASON, by=office_user)
    assert codes(refused) == ["state"]
    assert Membership.objects.get().state == "active"
    assert LedgerEvent.objects.filter(kind="exit.dismissed").count() == 1


def test_only_who_the_regulation_names_decides(leader_user):
    with clock.frozen(DAY), pytest.raises(Refused) as refused:
        decide_exit(case=a_case(), exit=True, reason=REASON, by=leader_user)
    assert codes(refused) == ["role"]


def test_somebody_who_left_is_not_raised_again(office_user):
    case = a_case()
    with clock.frozen(DAY):
        decide_exit(case=case, exit=True, reason=REASON, by=office_user)
    with pytest.raises(Refused) as refused:
        a_case("other", member=case.membership)
    assert codes(refused) == ["exited"]


def test_the_ledger_has_the_ground_but_not_the_words(office_user):
    case = a_case()
    with clock.frozen(DAY):
        decide_exit(case=case, exit=True, reason="专家本人张三因病", by=office_user)
    bodies = [event.body for event in LedgerEvent.objects.all()]
    assert [event.kind for event in LedgerEvent.objects.order_by("seq")] == ["exit.raised", "exit.decided"]
    assert all(body.isascii() for body in bodies)
    assert '"article":"7(8)"' in bodies[0]


@pytest.mark.parametrize(
    ("lifetime", "years", "counted", "expected"),
    [
        (False, None, "exit", (False, None)),
        (True, None, "exit", (True, None)),
        (False, 5, "exit", (True, date(2031, 10, 12))),
        (False, 2, "occurrence", (True, date(2028, 5, 1))),
        (True, 2, "exit", (True, None)),
    ],
)
def test_a_ban_runs_from_the_day_that_its_ground_names(lifetime, years, counted, expected):
    ground = SimpleNamespace(ban_lifetime=lifetime, ban_years=years, ban_from=counted)
    assert ban_until(ground, raised_on=date(2026, 5, 1), exited_on=DAY) == expected


def test_xinjiang_bans_nobody(office_user):
    case = a_case()
    with clock.frozen(DAY):
        decide_exit(case=case, exit=True, reason=REASON, by=office_user)
    assert not ReentryBan.objects.exists()
