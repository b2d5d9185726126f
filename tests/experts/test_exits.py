"""出库 (第七条)."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import ProtectedError

from expertpool import clock
from expertpool.ledger.models import LedgerEvent
from expertpool.messaging.models import Message
from expertpool.pools import duties
from expertpool.refusals import Refused
from expertpool.regulations import catalogue
from experts.models import ExitCase, Membership, ReentryBan
from experts.services.attachments import add_attachment
from experts.services.bans import ban_until, why_not_return
from experts.services.exits import (
    add_evidence,
    decide_exit,
    open_exit_case,
    raise_exit_case,
    why_not_add_evidence,
    why_not_decide_exit,
    why_not_raise_by_duty,
)
from tests.factories import AttachmentFactory, MembershipFactory, PoolFactory, UserFactory, at
from tests.refusing import codes

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


def a_case(ground="unfit", member=None, **kwargs):
    member = member or MembershipFactory()
    if "by" not in kwargs:
        kwargs["by"] = UserFactory(role="office", pool=member.pool)
    with clock.frozen(DAY):
        return raise_exit_case(membership=member, ground=ground, reason=REASON, **{"source": "office", **kwargs})


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


@pytest.mark.parametrize(
    ("source", "role", "code"), [("office", "department", "duty"), ("system", "office", "source"), ("expert", "office", "not-own")]
)
def test_a_source_belongs_to_who_speaks(source, role, code):
    with pytest.raises(Refused) as refused:
        a_case(source=source, by=UserFactory(role=role))
    assert codes(refused) == [code]


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
    assert codes(refused) == ["duty"]


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


def another_pool(regulation="xinjiang-2025"):
    return PoolFactory(code="QT", number_prefix="QT", name="第二库", regulation_code=regulation)


def test_the_office_of_another_pool_raises_nothing_adds_nothing_and_decides_nothing():
    stranger = UserFactory(role="office", pool=another_pool())
    case = a_case()
    with clock.frozen(DAY):
        for act in (
            lambda: raise_exit_case(membership=case.membership, ground="other", reason=REASON, by=stranger),
            lambda: add_evidence(case=case, uploads=[pdf()], by=stranger),
            lambda: decide_exit(case=case, exit=True, reason=REASON, by=stranger),
        ):
            with pytest.raises(Refused) as refused:
                act()
            assert codes(refused) == ["duty"]
        refusals = [
            why_not_raise_by_duty(stranger, case.membership, DAY),
            why_not_add_evidence(case, stranger, DAY),
            why_not_decide_exit(case, exit=True, by=stranger),
        ]
    assert [refusal.code for refusal in refusals] == ["duty"] * 3
    assert (Membership.objects.get().state, ExitCase.objects.count()) == ("active", 1)


def test_a_fact_that_lies_back_does_not_bring_back_who_has_left_the_office():
    gone = UserFactory(role="office", ends_on=date(2026, 10, 11))
    with clock.frozen(DAY), pytest.raises(Refused) as refused:
        raise_exit_case(membership=MembershipFactory(), ground="unfit", reason=REASON, by=gone, on=date(2026, 10, 1))
    assert codes(refused) == ["duty"]


@pytest.mark.clause("jiaozuo-2024", "9")
@pytest.mark.clause("xinxian-2021", "9b")
@pytest.mark.clause("neimenggu", "13a")
@pytest.mark.parametrize(
    ("regulation", "ground"), [("jiaozuo-2024", "resignation"), ("xinxian-2021", "resignation"), ("neimenggu", "resignation")]
)
def test_where_the_leader_decides_the_office_raises_and_does_not_decide(regulation, ground):
    pool = another_pool(regulation)
    office, leader = UserFactory(role="office", pool=pool), UserFactory(role="leader", pool=pool)
    listed = catalogue.in_force(regulation, DAY).exits
    code = next(one.code for one in listed.grounds if one.trigger == ground)
    case = a_case(code, member=MembershipFactory(pool=pool, fields=[]), by=office)
    AttachmentFactory(application=None, exit_case=case, kind="exit_evidence")
    with clock.frozen(DAY):
        with pytest.raises(Refused) as refused:
            decide_exit(case=case, exit=True, reason=REASON, by=office)
        assert [(one.code, one.article) for one in refused.value.refusals] == [("duty", listed.decided_article)]
        assert decide_exit(case=case, exit=True, reason=REASON, by=leader).decided_by == leader


def test_who_only_raises_adds_evidence_to_his_own_case_and_to_no_other(office_user):
    case = a_case()
    department = UserFactory(role="department")
    with clock.frozen(DAY):
        assert why_not_add_evidence(case, department, DAY).code == "duty"
        assert why_not_add_evidence(case, office_user, DAY) is None


@pytest.mark.clause("jiaozuo-2024", "9(1)")
@pytest.mark.clause("jiaozuo-2024", "10a")
def test_a_ban_is_of_the_pool_that_spoke_it_and_of_the_person():
    pool = another_pool("jiaozuo-2024")
    leader = UserFactory(role="leader", pool=pool)
    member = MembershipFactory(pool=pool, fields=[])
    case = a_case("resignation", member=member)
    AttachmentFactory(application=None, exit_case=case, kind="exit_evidence")
    with clock.frozen(DAY):
        decide_exit(case=case, exit=True, reason=REASON, by=leader)
    digest = member.expert.id_digest
    last = date(2031, 10, 12)
    refusal = why_not_return(pool, digest, last)
    assert (refusal.code, refusal.article, refusal.regulation) == ("ban", "10a", "jiaozuo-2024")
    assert why_not_return(pool, digest, date(2031, 10, 13)) is None
    assert why_not_return(PoolFactory(), digest, DAY) is None
    assert (why_not_return(pool, "", DAY), why_not_return(pool, "0" * 64, DAY)) == (None, None)


def test_of_two_bans_the_longer_one_is_named():
    member = MembershipFactory(state="exited")
    for until in (date(2028, 1, 1), None, date(2030, 1, 1)):
        case = ExitCase.objects.create(membership=member, ground="other", article="7(10)", reason=REASON, raised_on=DAY, state="exited")
        ReentryBan.objects.create(pool=member.pool, id_digest=member.expert.id_digest, exit_case=case, article="7(10)", until=until)
    assert "终身" in str(why_not_return(member.pool, member.expert.id_digest, DAY))


def test_what_an_exit_writes_bears_its_pool(office_user):
    member = MembershipFactory(expert__user=UserFactory(role="expert"))
    case = a_case(member=member)
    with clock.frozen(DAY):
        decide_exit(case=case, exit=True, reason=REASON, by=office_user)
    assert set(LedgerEvent.objects.values_list("pool", flat=True)) == {member.pool.code}
    assert Message.objects.get(recipient=member.expert.user).pool == member.pool.code


def test_a_person_who_leaves_one_pool_stays_in_the_other(office_user):
    member = MembershipFactory()
    other = MembershipFactory(expert=member.expert, pool=another_pool())
    case = a_case(member=member)
    with clock.frozen(DAY):
        decide_exit(case=case, exit=True, reason=REASON, by=office_user)
    other.refresh_from_db()
    assert (other.state, other.decisive_changed_at) == ("active", None)


@pytest.mark.clause("jiaozuo-2024", "9(1)")
@pytest.mark.clause("jiaozuo-2024", "9(2)")
@pytest.mark.clause("jiaozuo-2024", "10a")
@pytest.mark.clause("jiaozuo-2024", "10b")
@pytest.mark.parametrize(
    ("ground", "exit_", "expected"),
    [
        ("resignation", True, [("10a", date(2031, 10, 12))]),
        ("corruption", True, [("10b", None)]),
        ("age", True, []),
        ("resignation", False, []),
        ("corruption", False, []),
    ],
)
def test_an_exit_bans_as_its_ground_says_and_a_dismissal_bans_nobody(ground, exit_, expected):
    pool = PoolFactory(code="JZ", regulation_code="jiaozuo-2024")
    member = MembershipFactory(pool=pool, fields=[])
    case = a_case(ground, member=member, by=UserFactory(role="office", pool=pool))
    AttachmentFactory(application=None, exit_case=case, kind="exit_evidence")
    with clock.frozen(date(2026, 11, 20)):
        decide_exit(case=case, exit=exit_, reason=REASON, by=UserFactory(role="leader", pool=pool))
    bans = ReentryBan.objects.filter(id_digest=member.expert.id_digest, exit_case=case)
    assert list(bans.values_list("article", "until")) == expected


def test_evidence_is_added_as_files_by_the_office_to_an_open_case(office_user, leader_user):
    case = a_case("bribery")
    with clock.frozen(DAY):
        for by, uploads, code in ((office_user, [], "no-file"), (leader_user, [pdf()], "duty")):
            with pytest.raises(Refused) as refused:
                add_evidence(case=case, uploads=uploads, by=by)
            assert codes(refused) == [code]
        add_evidence(case=case, uploads=[pdf()], by=office_user)
        decide_exit(case=case, exit=True, reason=REASON, by=office_user)
        with pytest.raises(Refused) as refused:
            add_evidence(case=case, uploads=[pdf("补充.pdf")], by=office_user)
    assert (codes(refused), case.attachments.count()) == (["state"], 1)


# Whose affair a case is.


def held_by(monkeypatch, **holders):
    """As an edition may say it: other roles hold these duties (``exits_raise=("employer",)``)."""
    named = {name.replace("_", ".", 1): roles for name, roles in holders.items()}
    asked = duties.roles_for
    monkeypatch.setattr(
        duties, "roles_for", lambda duty, edition: duties.Holder(named[duty], "7") if duty in named else asked(duty, edition)
    )


def test_an_employer_that_raises_exits_raises_them_about_its_own_people_alone(client, monkeypatch):
    held_by(monkeypatch, exits_raise=("employer",))
    own, foreign = MembershipFactory(), MembershipFactory()
    employer = UserFactory(role="employer", organisation=own.expert.employer)
    client.force_login(employer)
    data = {"ground": "unfit", "reason": REASON, "on": "2026-10-12"}
    with clock.frozen(DAY):
        with pytest.raises(Refused) as refused:
            raise_exit_case(membership=foreign, ground="unfit", reason=REASON, by=employer)
        assert codes(refused) == ["duty"]
        told = []
        for number in (foreign.number, "ZJK999999"):
            page = client.post(at("admin:experts_exitcase_add"), {**data, "number": number})
            told.append([str(one) for one in page.context["adminform"].form.errors["number"]])
        # A number of somebody else's and a number of nobody's are one and the same to him.
        assert told[0] == told[1]
        assert not ExitCase.objects.exists()
        assert client.post(at("admin:experts_exitcase_add"), {**data, "number": own.number}).status_code == 302
    assert ExitCase.objects.get().membership == own


def test_evidence_is_taken_by_one_rule_whichever_way_it_comes(monkeypatch):
    held_by(monkeypatch, members_keep=("office", "agency"), exits_raise=("department",))
    raiser, agency, leader = UserFactory(role="department"), UserFactory(role="agency"), UserFactory(role="leader")
    case = a_case(by=raiser)
    with clock.frozen(DAY):
        for number, account in enumerate((raiser, agency)):
            assert why_not_add_evidence(case, account, DAY) is None
            assert add_attachment(exit_case=case, kind="exit_evidence", upload=pdf(f"{number}.pdf"), by=account)
        raiser.assignments.update(ends_on=date(2026, 10, 11))
        for account in (raiser, leader):
            for act in (
                lambda: add_evidence(case=case, uploads=[pdf("c.pdf")], by=account),  # noqa: B023
                lambda: add_attachment(exit_case=case, kind="exit_evidence", upload=pdf("c.pdf"), by=account),  # noqa: B023
            ):
                with pytest.raises(Refused) as refused:
                    act()
                assert codes(refused) == ["duty"]


def test_who_settles_violations_opens_the_evidence_of_the_case_that_he_raised(client, monkeypatch):
    held_by(monkeypatch, violations_settle=("department",))
    user = UserFactory(role="department")
    case, other = a_case(by=user), a_case()
    mine, foreign = (AttachmentFactory(application=None, exit_case=one, kind="exit_evidence") for one in (case, other))
    monkeypatch.setattr("experts.views.attachments.read_attachment", lambda found: b"%PDF-1.4")
    client.force_login(user)
    with clock.frozen(DAY):
        assert client.get(at("attachment", mine.pk)).status_code == 200
        assert client.get(at("attachment", foreign.pk)).status_code == 404


@pytest.mark.parametrize(("day", "code"), [(date(2026, 10, 13), "future-day"), (date.max, "future-day"), (date(1899, 12, 31), "early-day"), (date.min, "early-day")])  # fmt: skip
def test_a_case_is_of_a_day_that_was(day, code):
    with pytest.raises(Refused) as refused:
        a_case(on=day)
    assert (codes(refused), refused.value.refusals[0].field, ExitCase.objects.count()) == ([code], "on", 0)


@pytest.mark.parametrize("day", [date(2040, 1, 1), date.max])
def test_a_case_that_was_given_a_day_to_come_before_is_dismissed_and_leads_nobody_out(day):
    member = MembershipFactory(pool=PoolFactory(code="JZ", number_prefix="JZ", regulation_code="jiaozuo-2024"))
    ground = next(one.code for one in member.pool.regulation_on(DAY).exits.grounds if one.ban_from == "occurrence")
    case = a_case(ground, member)
    ExitCase.objects.filter(pk=case.pk).update(raised_on=day)
    case.refresh_from_db()
    AttachmentFactory(application=None, exit_case=case, kind="exit_evidence")
    decider = UserFactory(role="leader", pool=member.pool)
    with clock.frozen(DAY):
        assert why_not_decide_exit(case, exit=True, by=decider).code == "future-day"
        with pytest.raises(Refused) as refused:
            decide_exit(case=case, exit=True, reason=REASON, by=decider)
        assert (codes(refused), ReentryBan.objects.count()) == (["future-day"], 0)
        assert decide_exit(case=case, exit=False, reason=REASON, by=decider).state == "dismissed"
