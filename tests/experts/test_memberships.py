"""Admission, and changes of what decides about eligibility."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.ledger.models import LedgerEvent
from expertpool.ledger.services import data_of, sealed
from expertpool.messaging.models import Message
from expertpool.pools.models import Role
from expertpool.refusals import Refused
from experts.models import Application, Batch, Employment, ExitCase, Expert, Membership, PersonalFile, Publicity, ReentryBan
from experts.services.batches import collect_batch
from experts.services.memberships import admission, admit, admit_batch, change_decisive, why_not_admit, why_not_admit_batch, why_not_change
from experts.services.publicity import record_objection
from tests.factories import (
    ApplicationFactory,
    AssignmentFactory,
    ExpertFactory,
    MembershipFactory,
    OrganisationFactory,
    PoolFactory,
    UserFactory,
    a_publicity,
)
from tests.refusing import codes

DAY = date(2026, 10, 12)
AFTER = date(2026, 10, 22)
pytestmark = pytest.mark.django_db


def admitted(**kwargs):
    publicity = a_publicity(**kwargs)
    with clock.frozen(AFTER):
        return admit(application=publicity.batch.applications.get(), by=UserFactory(role="office", pool=publicity.batch.pool))


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
    assert (expert.user.username, expert.user.has_usable_password()) == ("ZJK000001", False)
    assert list(expert.user.assignments.values_list("role", "pool", "starts_on", "ends_on")) == [(Role.EXPERT, None, AFTER, None)]
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
        for act in (
            lambda: admit(application=application, by=office_user, on=on if on != date(2030, 1, 1) else date(2027, 5, 1)),
            lambda: admit_batch(batch=publicity.batch, by=office_user),
        ):
            with pytest.raises(Refused) as refused:
                act()
            assert [(one.code, one.article) for one in refused.value.refusals] == [("publicity-open", "6(4)a")]
    assert not Membership.objects.exists()


@pytest.mark.parametrize("state", ["draft", "returned", "under_review", "rejected", "withdrawn"])
def test_no_other_state_leads_to_admission(office_user, state):
    """Also where the list is decided and its period over, so that nothing but the state stands against it."""
    application = a_publicity().batch.applications.get()
    Application.objects.update(state=state)
    with clock.frozen(AFTER), pytest.raises(Refused) as refused:
        admit(application=application, by=office_user)
    assert codes(refused) == ["state"]
    application.refresh_from_db()
    assert application.state == state
    assert not Membership.objects.exists()


@pytest.mark.parametrize("state", ["passed", "proposed"])
def test_who_passed_is_not_admitted_past_decision_and_publicity(office_user, state):
    application = ApplicationFactory(state=state)
    with clock.frozen(AFTER), pytest.raises(Refused) as refused:
        admit(application=application, by=office_user)
    assert codes(refused) == ["undecided", "no-publicity"]
    assert not Membership.objects.exists()


def test_admitting_twice_gives_the_same_membership(office_user):
    membership = admitted()
    with clock.frozen(AFTER):
        assert admit(application=membership.application, by=office_user) == membership
    assert (Membership.objects.count(), Expert.objects.count(), LedgerEvent.objects.filter(kind="membership.admitted").count()) == (1, 1, 1)


def test_numbers_and_accounts_follow_each_other():
    assert [admitted().number, admitted().number] == ["ZJK000001", "ZJK000002"]
    assert sorted(User.objects.filter(expert__isnull=False).values_list("username", flat=True)) == ["ZJK000001", "ZJK000002"]


def test_only_the_office_admits(leader_user):
    publicity = a_publicity()
    with clock.frozen(AFTER), pytest.raises(Refused) as refused:
        admit(application=publicity.batch.applications.get(), by=leader_user)
    assert [(one.code, one.article) for one in refused.value.refusals] == [("duty", "6(5)a")]


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


@pytest.mark.parametrize(("role", "reason", "code"), [("expert", "核对职称证书", "duty"), ("office", "  ", "no-reason")])
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


def test_the_office_of_another_pool_admits_nobody_and_changes_nothing():
    stranger = UserFactory(role="office", pool=PoolFactory(code="QT", number_prefix="QT"))
    publicity, member = a_publicity(), MembershipFactory()
    application = publicity.batch.applications.get()
    with clock.frozen(AFTER):
        for act in (
            lambda: admit(application=application, by=stranger),
            lambda: admit_batch(batch=publicity.batch, by=stranger),
            lambda: change_decisive(membership=member, by=stranger, reason="职称晋升，附证书", title="研究员"),
        ):
            with pytest.raises(Refused) as refused:
                act()
            assert codes(refused) == ["duty"]
        assert [one.code for one in why_not_admit(application, AFTER, stranger)] == ["duty"]
        assert [why_not_admit_batch(publicity.batch, AFTER, stranger).code, why_not_change(member, AFTER, stranger).code] == ["duty"] * 2
    assert Membership.objects.get() == member


def test_fields_of_another_pool_are_not_given_to_a_member(office_user):
    member = MembershipFactory()
    foreign = PoolFactory(code="QT", number_prefix="QT").fields.get(code="MHG")
    with clock.frozen(AFTER), pytest.raises(Refused) as refused:
        change_decisive(membership=member, by=office_user, reason="申报方向变更，附证明", fields=[foreign])
    assert codes(refused) == ["foreign-field"]
    assert list(member.fields.values_list("pool", flat=True)) == [member.pool_id]


def test_why_one_pool_changed_a_person_stands_in_its_own_history_alone(office_user):
    member, reason = MembershipFactory(), "职称晋升，附证书及主管部门的批复文件。" * 20
    with clock.frozen(AFTER):
        change_decisive(membership=member, by=office_user, reason=reason, title="研究员")
    assert member.history.first().history_change_reason == reason
    assert not member.expert.history.first().history_change_reason
    event = LedgerEvent.objects.get(kind="membership.changed")
    assert data_of(event)["reason"] == sealed(f"membership.reason:{member.pk}", reason)


def test_each_pool_counts_its_members_by_itself():
    other = PoolFactory(code="QT", number_prefix="QT", name="第二库")
    assert [admitted().number, admitted(pool=other).number, admitted().number] == ["ZJK000001", "QT000001", "ZJK000002"]


def test_who_has_an_account_keeps_it_and_acts_as_an_expert_from_then_on():
    own = UserFactory(role="employer")
    publicity = a_publicity(applicant=own)
    with clock.frozen(AFTER):
        membership = admit(application=publicity.batch.applications.get(), by=UserFactory(role="office"))
    assert (membership.expert.user, User.objects.filter(username=membership.number).exists()) == (own, False)
    assert set(own.assignments.values_list("role", flat=True)) == {"employer", "expert"}


def test_who_acts_as_an_expert_already_gets_no_second_assignment():
    member = MembershipFactory(expert__user=UserFactory(role="expert"))
    expert = member.expert
    other = PoolFactory(code="QT", number_prefix="QT", name="第二库")
    same = {name: getattr(expert, name) for name in PersonalFile.personal_fields()}
    assert admitted(pool=other, **same).expert == expert
    assert expert.user.assignments.count() == 1


def passed(pool, channel, **kwargs):
    """An application of a channel that ends with the step of admission alone, which is what it waits for."""
    return ApplicationFactory(
        pool=pool,
        channel=channel,
        fields=[],
        recommending_unit=None,
        filed_by=UserFactory(role="office", pool=pool),
        state="passed",
        **kwargs,
    )


@pytest.mark.clause("guangxi-draft", "三·第三章b")
def test_where_no_step_needs_a_list_nobody_is_put_on_one(monkeypatch):
    monkeypatch.setenv("EXPERTPOOL_DRAFT_REGULATIONS", "guangxi-draft")
    pool = PoolFactory(code="GX", number_prefix="GX", regulation_code="guangxi-draft", name="广西库")
    with clock.frozen(AFTER):
        membership = admit(application=passed(pool, "application", step="admission"), by=UserFactory(role="office", pool=pool))
    assert (membership.number, membership.application.batch) == ("GX000001", None)


@pytest.mark.clause("neimenggu", "9d")
def test_where_admission_needs_a_list_it_waits_for_one(regulation_like):
    alone = 'article = "7(3)a"\nkind = "admission"\nrole = "office"\n'
    regulation_like("listed", "neimenggu", (alone, alone + 'needs = ["batch"]\n'))
    pool = PoolFactory(code="NMG", number_prefix="NMG", regulation_code="listed", name="内蒙古库")
    office = UserFactory(role="office", pool=pool)
    application = passed(pool, "exchange", step="shared_admission")
    with clock.frozen(AFTER):
        with pytest.raises(Refused) as refused:
            admit(application=application, by=office)
        assert [(one.code, one.article) for one in refused.value.refusals] == [("no-batch", "7(3)a")]
        collect_batch(applications=[application], by=office)
        assert admit(application=application, by=office).state == "active"


def test_a_step_that_nobody_took_is_named(office_user):
    application = ApplicationFactory(state="under_review")
    with clock.frozen(AFTER):
        refusals = why_not_admit(application, AFTER, office_user)
    assert [one.code for one in refusals] == ["step", "undecided", "no-publicity"]
    assert [one.article for one in refusals] == ["6(3)b", "6(3)c", "6(4)a"]


def test_what_admission_writes_bears_its_pool():
    membership = admitted()
    assert LedgerEvent.objects.get(kind="membership.admitted").pool == membership.pool.code
    assert set(Message.objects.filter(kind="membership.admitted").values_list("pool", flat=True)) == {membership.pool.code}


def test_a_change_of_the_person_counts_in_every_pool_and_one_of_fields_in_its_own(office_user):
    member = MembershipFactory()
    second = MembershipFactory(pool=PoolFactory(code="XJ2", number_prefix="ZJB"), expert=member.expert)
    with clock.frozen(AFTER):
        change_decisive(membership=member, by=office_user, reason="申报方向变更，附证明", fields=[member.pool.fields.get(code="MHG")])
        assert [one.decisive_changed_at for one in Membership.objects.order_by("pk")] == [clock.now(), None]
        change_decisive(membership=member, by=office_user, reason="职称晋升，附证书", title="正高级工程师")
        assert [one.decisive_changed_at for one in Membership.objects.order_by("pk")] == [clock.now()] * 2
    assert second.pk == Membership.objects.latest("pk").pk


def test_one_field_at_least_is_kept(office_user):
    member = MembershipFactory()
    with clock.frozen(AFTER), pytest.raises(Refused) as refused:
        change_decisive(membership=member, by=office_user, reason="申报方向变更，附证明", fields=[])
    assert [(one.code, one.field) for one in refused.value.refusals] == [("no-field", "fields")]
    assert list(member.fields.values_list("code", flat=True)) == ["SHHG"]


@pytest.mark.clause("xinxian-2021", "7(5)b")
def test_a_term_begins_with_admission_where_the_regulation_has_one():
    pool = PoolFactory(code="XX", number_prefix="XX", regulation_code="xinxian-2021")
    terms = [admitted(pool=pool, channel="call", fields=["CYJS"]), admitted()]
    assert [one.term_ends_on for one in terms] == [date(2029, 10, 22), None]


def a_known_person(number, **changes):
    """An application, ready to be admitted, of somebody who stands in a second pool already, with his account."""
    elsewhere = PoolFactory(code="QT", number_prefix="QT", name="第二专家库")
    expert = ExpertFactory(user=UserFactory(role=None, username=f"known{number}"))
    MembershipFactory(pool=elsewhere, expert=expert, number=f"QT{number:06d}")
    return expert, {"id_number": expert.id_number, "id_digest": expert.id_digest, "birth_date": expert.birth_date, **changes}


def test_what_another_pools_filer_typed_does_not_change_whom_the_first_pool_dials():
    expert, same = a_known_person(1)
    before = {name: getattr(expert, name) for name in ("name", "phone", "phone_digest", "email", "address", "employer")}
    membership = admitted(**same, name="冒名", phone="13999999999", email="other@example.cn", title="研究员")
    expert.refresh_from_db()
    assert {name: getattr(expert, name) for name in before} == before
    assert (membership.expert, expert.title) == (expert, "研究员")
    # The file keeps what its filer wrote.
    assert (membership.application.name, membership.application.phone) == ("冒名", "13999999999")


def test_a_person_changes_his_own_contact_data_by_an_application_of_his_own():
    expert, same = a_known_person(1)
    admitted(**same, applicant=expert.user, filed_by=expert.user, phone="13999999999")
    expert.refresh_from_db()
    assert expert.phone == "13999999999"


def test_somebody_whose_account_is_closed_is_admitted():
    expert, same = a_known_person(1)
    AssignmentFactory(account=expert.user, role=Role.EXPERT, pool=None, organisation=None)
    User.objects.filter(pk=expert.user_id).update(is_active=False)
    assert admitted(**same).expert == expert
    assert expert.user.assignments.filter(role=Role.EXPERT).count() == 1


def test_two_pools_that_admit_the_same_new_person_at_one_moment_share_his_record(monkeypatch):
    publicity = a_publicity()
    application = publicity.batch.applications.get()
    asked = admission._known

    def known(asking):
        """Nobody yet; and then the other pool has committed."""
        monkeypatch.setattr(admission, "_known", asked)
        assert asked(asking) is None
        ExpertFactory(id_number=asking.id_number, id_digest=asking.id_digest, birth_date=asking.birth_date)

    monkeypatch.setattr(admission, "_known", known)
    with clock.frozen(AFTER):
        membership = admit(application=application, by=UserFactory(role="office"))
    assert membership.expert == Expert.objects.get()


def test_events_of_the_account_come_after_everything_that_is_locked():
    publicity = a_publicity()
    before = LedgerEvent.objects.count()
    with clock.frozen(AFTER), CaptureQueriesContext(connection) as queries:
        admit(application=publicity.batch.applications.get(), by=UserFactory(role="office"))
    kinds = list(LedgerEvent.objects.order_by("pk").values_list("kind", flat=True))[before:]
    assert kinds == ["publicity.ended", "membership.admitted", "account.opened", "assignment.given"]
    sql = [one["sql"] for one in queries]
    opened = next(place for place, one in enumerate(sql) if one.startswith('INSERT INTO "ledger_') and "account.opened" in one)
    assert not [one for one in sql[opened:] if one.startswith('UPDATE "experts_batch"')]


def test_a_list_locks_everybody_on_it_before_the_first_event(office_user):
    publicity = a_publicity(people=3)
    for number, application in enumerate(publicity.batch.applications.order_by("pk")):
        expert, _same = a_known_person(number)
        Application.objects.filter(pk=application.pk).update(id_number=expert.id_number, id_digest=expert.id_digest, title="研究员")
    people = set(Expert.objects.values_list("pk", flat=True))
    with clock.frozen(AFTER), CaptureQueriesContext(connection) as queries:
        assert len(admit_batch(batch=publicity.batch, by=office_user).admitted) == 3
    assert set(Expert.objects.values_list("pk", flat=True)) == people
    sql = [one["sql"] for one in queries]
    first = next(place for place, one in enumerate(sql) if one.startswith('INSERT INTO "ledger_'))
    shared = ["experts_expert", "experts_membership", "pools_serial"]
    assert [sum(f'UPDATE "{table}"' in one for one in sql[:first]) for table in shared] == [3, 3, 1]
    assert [sum(f'UPDATE "{table}"' in one for one in sql[first:]) for table in shared] == [0, 0, 0]
    locked = [one.split(" IN (")[-1].count(",") + 1 for one in sql[:first] if 'FROM "accounts_user"' in one and '"id" IN (' in one]
    assert locked == [3]
