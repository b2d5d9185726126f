"""Admission, and changes of what decides about eligibility."""

from datetime import date, timedelta

import pytest

from expertpool import clock
from expertpool.accounts.models import Role, User
from expertpool.ledger.models import LedgerEvent
from expertpool.messaging.models import Message
from expertpool.refusals import Refused
from experts.models import Application, Batch, Employment, ExitCase, Expert, Membership, PersonalFile, Publicity, ReentryBan
from experts.services.memberships import admit, admit_batch, change_decisive, why_not_admit
from experts.services.publicity import record_objection
from tests.factories import ApplicationFactory, ExpertFactory, MembershipFactory, OrganisationFactory, PoolFactory, UserFactory, a_publicity

DAY = date(2026, 10, 12)
AFTER = date(2026, 10, 22)
pytestmark = pytest.mark.django_db


def codes(refused):
    return [refusal.code for refusal in refused.value.refusals]


def admitted(**kwargs):
    publicity = a_publicity(**kwargs)
    with clock.frozen(AFTER):
        return admit(application=publicity.batch.applications.get(), by=UserFactory(role="office"))


@pytest.mark.clause("xinjiang-2025", "6(5)b")
def test_admission_makes_the_record_from_the_application():
    publicity = a_publicity(fields=["SHHG", "MHG"])
    application = publicity.batch.applications.get()
    with clock.frozen(AFTER):
        membership = admit(application=application, by=UserFactory(role="office"))
    expert = membership.expert
    copied = [
        "name",
        "birth_date",
        "id_number",
        "id_digest",
        "phone",
        "phone_digest",
        "employer",
        "title",
        "title_level",
        "years",
        "name_initials",
    ]
    assert [getattr(expert, name) for name in copied] == [getattr(application, name) for name in copied]
    assert sorted(membership.fields.values_list("code", flat=True)) == ["MHG", "SHHG"]
    assert list(expert.employments.values_list("organisation", "kind", "since", "until")) == [
        (application.employer_id, "personnel", date(2008, 7, 1), None)
    ]
    application.refresh_from_db()
    assert (application.state, application.expert, membership.application) == ("admitted", expert, application)
    assert (membership.admitted_on, membership.number, membership.state) == (AFTER, "ZJK000001", "active")
    assert membership.rule_code == "xinjiang-2025"
    assert membership.decisive_changed_at == clock.start_of(AFTER) + timedelta(hours=9)
    assert (expert.user.username, expert.user.role, expert.user.has_usable_password()) == ("ZJK000001", Role.EXPERT, False)
    assert publicity.batch.number in LedgerEvent.objects.get(kind="membership.admitted").body
    assert Publicity.objects.get().state == Publicity.State.ENDED
    assert Batch.objects.get().state == Batch.State.CLOSED
    assert set(Message.objects.filter(kind="membership.admitted").values_list("recipient", flat=True)) == {
        expert.user_id,
        application.filed_by_id,
    }


@pytest.mark.clause("xinjiang-2025", "6(4)a")
@pytest.mark.parametrize("on", [None, date(2026, 10, 22), date(2030, 1, 1)])
def test_nobody_is_admitted_one_second_before_the_period_has_ended_whatever_day_is_given(office_user, on):
    publicity = a_publicity()
    application = publicity.batch.applications.get()
    with clock.frozen(clock.end_of(date(2026, 10, 21)) - timedelta(seconds=1)):
        with pytest.raises(Refused) as refused:
            admit(application=application, by=office_user, on=on if on != date(2030, 1, 1) else date(2027, 5, 1))
        with pytest.raises(Refused):
            admit_batch(batch=publicity.batch, by=office_user)
    assert [(one.code, one.article) for one in refused.value.refusals] == [("publicity-open", "6(4)a")]
    assert not Membership.objects.exists()


@pytest.mark.parametrize("state", ["draft", "employer_review", "office_review", "passed", "proposed", "rejected", "withdrawn"])
def test_no_other_state_leads_to_admission(office_user, state):
    application = ApplicationFactory(state=state)
    with clock.frozen(AFTER), pytest.raises(Refused):
        admit(application=application, by=office_user)
    application.refresh_from_db()
    assert application.state == state
    assert not Membership.objects.exists()


def test_admitting_twice_gives_the_same_membership(office_user):
    membership = admitted()
    with clock.frozen(AFTER):
        assert admit(application=membership.application, by=office_user) == membership
    assert (Membership.objects.count(), Expert.objects.count(), LedgerEvent.objects.filter(kind="membership.admitted").count()) == (1, 1, 1)


def test_numbers_and_accounts_follow_each_other():
    assert [admitted().number, admitted().number] == ["ZJK000001", "ZJK000002"]
    assert sorted(User.objects.filter(role="expert").values_list("username", flat=True)) == ["ZJK000001", "ZJK000002"]


def test_only_the_office_admits(leader_user):
    publicity = a_publicity()
    with clock.frozen(AFTER), pytest.raises(Refused) as refused:
        admit(application=publicity.batch.applications.get(), by=leader_user)
    assert codes(refused) == ["role"]


@pytest.mark.clause("xinjiang-2025", "6(5)a")
def test_a_batch_is_admitted_but_for_those_against_whom_something_stands(office_user):
    publicity = a_publicity(people=3)
    held = publicity.batch.applications.order_by("pk")[1]
    with clock.frozen(DAY):
        record_objection(publicity=publicity, application=held, objector="", contact="", content="材料与事实不符", by=office_user)
    with clock.frozen(AFTER):
        result = admit_batch(batch=publicity.batch, by=office_user)
    assert len(result.admitted) == 2
    assert [(one.pk, [refusal.code for refusal in why]) for one, why in result.refused] == [(held.pk, ["objection"])]
    assert Batch.objects.get().state == Batch.State.IN_PUBLICITY


def test_a_former_member_comes_back_into_his_own_record(office_user):
    former = ExpertFactory(title="工程师")
    MembershipFactory(expert=former, state="exited", exited_on=date(2026, 1, 1))
    same = {name: getattr(former, name) for name in ("name", "birth_date", "id_number", "id_digest", "employer")}
    membership = admitted(**same, title="正高级工程师")
    assert (membership.expert, Expert.objects.count()) == (former, 1)
    assert membership.expert.title == "正高级工程师"
    assert former.memberships.count() == 2


def test_a_member_is_not_admitted_a_second_time(office_user):
    member = MembershipFactory()
    expert = member.expert
    publicity = a_publicity(name=expert.name, birth_date=expert.birth_date, id_number=expert.id_number, id_digest=expert.id_digest)
    with clock.frozen(AFTER):
        assert [one.code for one in why_not_admit(publicity.batch.applications.get(), AFTER)] == ["member"]


@pytest.mark.parametrize(("until", "reasons"), [(None, ["ban"]), (date(2026, 10, 22), ["ban"]), (date(2026, 10, 21), [])])
def test_a_ban_holds_through_its_last_day(until, reasons):
    former = MembershipFactory(state="exited")
    case = ExitCase.objects.create(membership=former, ground="other", article="7(10)", reason="测试事由", raised_on=DAY, state="exited")
    ReentryBan.objects.create(pool=former.pool, id_digest=former.expert.id_digest, exit_case=case, article="14(6)", until=until)
    publicity = a_publicity(id_number=former.expert.id_number, id_digest=former.expert.id_digest, birth_date=former.expert.birth_date)
    with clock.frozen(AFTER):
        assert [one.code for one in why_not_admit(publicity.batch.applications.get(), AFTER)] == reasons


def test_a_change_of_key_information_is_dated_and_moves_the_employment(office_user):
    member = MembershipFactory()
    old, new = member.expert.employer, OrganisationFactory()
    with clock.frozen(AFTER):
        change_decisive(
            membership=member,
            by=office_user,
            reason="工作调动，附调令",
            employer=new,
            title_level=4,
            fields=[member.pool.fields.get(code="MHG")],
        )
    member.refresh_from_db()
    member.expert.refresh_from_db()
    assert (member.expert.employer, member.expert.title_level) == (new, 4)
    assert list(member.fields.values_list("code", flat=True)) == ["MHG"]
    assert member.decisive_changed_at == clock.start_of(AFTER) + timedelta(hours=9)
    jobs = Employment.objects.filter(expert=member.expert).order_by("pk").values_list("organisation", "until")
    assert list(jobs) == [(old.pk, AFTER), (new.pk, None)]
    assert '"changed":["employer","fields","title_level"]' in LedgerEvent.objects.get(kind="membership.changed").body


def test_a_change_to_what_is_there_already_changes_nothing(office_user):
    member = MembershipFactory()
    with clock.frozen(AFTER):
        change_decisive(membership=member, by=office_user, reason="核对职称证书", title=member.expert.title)
    member.refresh_from_db()
    assert member.decisive_changed_at is None
    assert not LedgerEvent.objects.exists()


@pytest.mark.parametrize(("role", "reason", "code"), [("expert", "核对职称证书", "role"), ("office", "  ", "no-reason")])
def test_a_change_needs_the_office_and_a_reason(role, reason, code):
    with clock.frozen(AFTER), pytest.raises(Refused) as refused:
        change_decisive(membership=MembershipFactory(), by=UserFactory(role=role), reason=reason, title="研究员")
    assert codes(refused) == [code]


def test_what_does_not_decide_is_not_changed_this_way(office_user):
    with pytest.raises(ValueError, match="phone"):
        change_decisive(membership=MembershipFactory(), by=office_user, reason="更换手机号", phone="13900000000")


def test_application_admitted_once_the_state_is_final(office_user):
    membership = admitted()
    assert Application.objects.get().state == "admitted"
    assert why_not_admit(membership.application, AFTER)[0].code == "state"


def test_admission_to_a_second_pool_dates_what_it_changes_in_the_first():
    publicity = a_publicity(title_level=1)
    application = publicity.batch.applications.get()
    other = PoolFactory(code="XJ2", number_prefix="ZJB")
    same = {name: getattr(application, name) for name in PersonalFile.personal_fields()}
    expert = ExpertFactory(**same | {"title_level": 3, "years": 3})
    before = MembershipFactory(pool=other, expert=expert)
    with clock.frozen(AFTER):
        admit(application=application, by=UserFactory(role="office"))
        before.refresh_from_db()
        assert before.decisive_changed_at == clock.now()
