"""Who is in the pool, out of it, or kept out: rules of admission, exits, marks, suspensions, bans and disclosures at their edges."""

from datetime import date, timedelta

import pytest

from expertpool import clock
from expertpool.ledger.models import LedgerEvent
from expertpool.messaging.models import Message
from experts.models import ExitCase, Expert, Mark, Membership, ReentryBan, Suspension
from experts.services.batches import collect_batch
from experts.services.disclosure import disclose
from experts.services.exits import decide_exit, raise_exit_case
from experts.services.marks import end_mark, marks_of_application, set_mark
from experts.services.memberships import admit, change_decisive, why_not_admit
from experts.services.publicity import decide_objection, open_publicity, record_objection
from experts.services.suspensions import lift_suspension, suspend
from experts.sweeps import sweep_age, sweep_suspensions
from tests.experts.towns import step, town
from tests.factories import (
    ApplicationFactory,
    AttachmentFactory,
    ExpertFactory,
    MembershipFactory,
    OrganisationFactory,
    PoolFactory,
    SuspensionFactory,
    UserFactory,
    a_publicity,
)
from tests.refusing import codes_of

DAY = date(2026, 10, 12)
AFTER = date(2026, 10, 22)
REASON = "经核实存在上述情形"
KIND = "国家级人才"
pytestmark = pytest.mark.django_db


def same_person(expert):
    return {name: getattr(expert, name) for name in ("birth_date", "id_number", "id_digest", "sex")}


def admitted(**kwargs):
    publicity = a_publicity(**kwargs)
    with clock.frozen(AFTER):
        return admit(application=publicity.batch.applications.get(), by=UserFactory(role="office", pool=publicity.batch.pool))


# Admission.


def known_elsewhere(second, **membership):
    expert = ExpertFactory(user=UserFactory(role="expert"))
    MembershipFactory(pool=second, expert=expert, **membership)
    return expert


@pytest.mark.parametrize(("confirms", "taken"), [(True, True), (False, False)])
def test_a_file_that_others_opened_changes_how_he_is_reached_once_he_has_confirmed_it(second, confirms, taken):
    expert = known_elsewhere(second)
    publicity = a_publicity(**same_person(expert), applicant=expert.user, phone="13999999999")
    application = publicity.batch.applications.get()
    if confirms:
        application.endorsements.create(step="expert_consent", decision="confirmed", by=expert.user)
    with clock.frozen(AFTER):
        admit(application=application, by=UserFactory(role="office"))
    expert.refresh_from_db()
    assert (expert.phone == "13999999999") is taken


def test_who_has_left_the_other_pool_is_reached_as_this_one_writes(second):
    expert = known_elsewhere(second, state="exited")
    admitted(**same_person(expert), phone="13999999999")
    expert.refresh_from_db()
    assert expert.phone == "13999999999"


def test_an_account_that_is_another_persons_is_not_given_to_a_new_member():
    other = ExpertFactory(user=UserFactory(role="expert"), birth_date=date(1970, 1, 2))
    member = admitted(applicant=other.user)
    assert (member.expert.user.username, Expert.objects.get(user=other.user)) == (member.number, other)


def test_who_is_admitted_has_confirmed_what_is_known_of_him_on_that_day():
    assert admitted().confirmed_on == AFTER


def test_a_mark_of_the_application_is_the_members_from_his_admission_on(jiaozuo):
    office = UserFactory(role="office", pool=jiaozuo)
    application = ApplicationFactory(
        pool=jiaozuo, channel="open", fields=[], filed_by=office, recommending_unit=None, state="passed", step="publicity"
    )
    with clock.frozen(DAY):
        set_mark(application=application, kind=KIND, source="人才证书第1号", starts_on=DAY, by=office)
    with clock.frozen(DAY):
        publicity = open_publicity(batch=collect_batch(applications=[application], by=office), by=office)
    with clock.frozen(publicity.last_day + timedelta(days=1)):
        member = admit(application=application, by=office)
    assert [(one.kind, one.membership) for one in Mark.objects.all()] == [(KIND, member)]


def test_a_ban_is_judged_on_the_day_of_admission():
    former = MembershipFactory(state="exited")
    case = ExitCase.objects.create(membership=former, ground="other", article="7(10)", reason=REASON, raised_on=DAY, state="exited")
    ReentryBan.objects.create(pool=former.pool, id_digest=former.expert.id_digest, exit_case=case, article="14(6)", until=AFTER)
    application = a_publicity(**same_person(former.expert)).batch.applications.get()
    with clock.frozen(AFTER + timedelta(days=8)):
        assert [[one.code for one in why_not_admit(application, day)] for day in (AFTER, AFTER + timedelta(days=1))] == [["ban"], []]


def test_an_objection_that_is_upheld_after_admission_leaves_the_member_where_he_is(office_user):
    publicity = a_publicity()
    application = publicity.batch.applications.get()
    with clock.frozen(AFTER):
        member = admit(application=application, by=office_user)
        about = {"objector": "", "contact": "", "content": "业绩材料与事实不符"}
        late = record_objection(publicity=publicity, application=application, by=office_user, **about)
        decide_objection(objection=late, upheld=True, conclusion="经核实，情况属实", by=office_user)
    application.refresh_from_db()
    assert (late.late, application.state, Membership.objects.get(pk=member.pk).state) == (True, "admitted", "active")


def test_a_former_employment_ends_on_the_day_that_the_change_names(office_user):
    member = MembershipFactory()
    old, new = member.expert.employer, OrganisationFactory()
    with clock.frozen(AFTER):
        change_decisive(membership=member, by=office_user, reason="工作调动，附调令", employer=new, on=DAY)
    assert list(member.expert.employments.order_by("pk").values_list("organisation", "since", "until")) == [
        (old.pk, date(2008, 7, 1), DAY),
        (new.pk, DAY, None),
    ]


# Exits.


def test_an_exit_is_of_the_day_that_the_decision_names(a_folder):
    pool = town(a_folder, step("in", "admission", "office"))
    agency, leader = (UserFactory(role=role, pool=pool) for role in ("agency", "leader"))
    member = MembershipFactory(pool=pool, fields=["GA"], expert__user=UserFactory(role="expert"))
    with clock.frozen(AFTER):
        case = raise_exit_case(membership=member, ground="wish", reason=REASON, by=agency, on=DAY)
        decide_exit(case=case, exit=True, reason=REASON, by=leader, on=DAY + timedelta(days=2))
    member.refresh_from_db()
    assert (case.raised_on, member.exited_on, ReentryBan.objects.get().until) == (DAY, date(2026, 10, 14), date(2027, 10, 14))
    assert "自2026年10月14日起终止" in Message.objects.get(kind="membership.exited").body


def test_of_two_cases_about_one_member_both_are_decided_and_he_leaves_once(office_user):
    member = MembershipFactory()
    with clock.frozen(DAY):
        cases = [raise_exit_case(membership=member, ground=ground, reason=REASON, by=office_user) for ground in ("unfit", "no_reply")]
        first, second = cases
        decide_exit(case=first, exit=True, reason=REASON, by=office_user)
    with clock.frozen(AFTER):
        assert decide_exit(case=second, exit=True, reason=REASON, by=office_user).state == "exited"
    member.refresh_from_db()
    assert (member.state, member.exited_on) == ("exited", DAY)


def test_nobody_without_an_identity_is_banned_so_that_no_ban_is_everybodys(jiaozuo):
    member = MembershipFactory(pool=jiaozuo, fields=[], expert__id_number="", expert__id_digest="", expert__sex="male")
    office, leader = (UserFactory(role=role, pool=jiaozuo) for role in ("office", "leader"))
    with clock.frozen(DAY):
        case = raise_exit_case(membership=member, ground="resignation", reason=REASON, by=office)
        AttachmentFactory(application=None, exit_case=case, kind="exit_evidence")
        decide_exit(case=case, exit=True, reason=REASON, by=leader)
    assert not ReentryBan.objects.exists()


def test_who_comes_in_older_than_the_age_of_exit_reaches_the_ground_on_that_day():
    MembershipFactory(expert__birth_date=date(1950, 1, 1), admitted_on=date(2026, 3, 2))
    with clock.frozen(DAY):
        sweep_age(on=DAY)
    assert ExitCase.objects.get().raised_on == date(2026, 3, 2)


def test_a_pool_whose_regulation_has_lapsed_does_not_keep_the_others_from_being_swept():
    """Xinjiang's trial runs out on 20 May 2027; its pool was opened first."""
    MembershipFactory(pool=PoolFactory(), expert__birth_date=date(1950, 1, 1))
    other = PoolFactory(code="JZ", number_prefix="JZ", regulation_code="jiaozuo-2024")
    member = MembershipFactory(pool=other, fields=[], expert__birth_date=date(1940, 1, 1))
    with clock.frozen(date(2027, 5, 21)):
        sweep_age(on=date(2027, 5, 21))
    assert [one.membership for one in ExitCase.objects.all()] == [member]


# Marks.


@pytest.fixture
def marked(jiaozuo):
    """A member who bears a mark from the day on through the end of 2028, and who keeps his pool."""
    office = UserFactory(role="office", pool=jiaozuo)
    member = MembershipFactory(pool=jiaozuo, fields=[])
    with clock.frozen(DAY):
        return set_mark(membership=member, kind=KIND, source="人才证书第1号", starts_on=DAY, ends_on=date(2028, 12, 31), by=office), office


@pytest.mark.parametrize(
    ("today", "last_day", "expected"),
    [
        (DAY, date(2029, 1, 1), ["later"]),
        (DAY, DAY - timedelta(days=1), ["order"]),
        (date(2029, 1, 1), date(2028, 12, 30), ["ended"]),
    ],
)
def test_a_mark_is_ended_inside_its_days_and_before_it_is_over(marked, today, last_day, expected):
    mark, office = marked
    with clock.frozen(today):
        assert codes_of(lambda: end_mark(mark=mark, last_day=last_day, by=office)) == expected
    mark.refresh_from_db()
    assert mark.ends_on == date(2028, 12, 31)


def test_ending_a_mark_is_a_change_that_decides_and_stands_in_the_ledger(marked):
    mark, office = marked
    with clock.frozen(date(2028, 12, 31)):
        end_mark(mark=mark, last_day=date(2028, 12, 30), by=office)
        assert Membership.objects.get().decisive_changed_at == clock.now()
    event = LedgerEvent.objects.get(kind="mark.ended")
    assert (event.subject, event.actor) == (f"membership:{mark.membership.number}", office)


def test_no_mark_is_set_on_who_has_left_or_on_a_file_that_is_done(jiaozuo):
    office = UserFactory(role="office", pool=jiaozuo)
    given = {"kind": KIND, "source": "人才证书第1号", "starts_on": DAY, "by": office}
    member = MembershipFactory(pool=jiaozuo, fields=[], state="exited")
    done = ApplicationFactory(pool=jiaozuo, channel="open", fields=[], state="rejected")
    with clock.frozen(DAY):
        assert codes_of(lambda: set_mark(membership=member, **given)) == ["exited"]
        assert codes_of(lambda: set_mark(application=done, **given)) == ["ended"]


def test_a_former_members_marks_count_when_he_applies_again_to_that_pool(marked, second):
    mark, _office = marked
    person = same_person(mark.membership.expert)
    Membership.objects.update(state="exited")
    here = ApplicationFactory(pool=mark.pool, channel="open", fields=[], **person)
    there, other = ApplicationFactory(pool=second, **person), ApplicationFactory(pool=mark.pool, fields=[], birth_date=date(1970, 1, 2))
    unknown = ApplicationFactory(pool=mark.pool, fields=[], id_number="", id_digest="", sex="male")
    assert [sorted(marks_of_application(one, DAY)) for one in (here, there, other, unknown)] == [[KIND], [], [], []]
    assert [sorted(marks_of_application(here, day)) for day in (DAY - timedelta(days=1), date(2028, 12, 31), date(2029, 1, 1))] == [
        [],
        [KIND],
        [],
    ]


# Suspensions.


def suspended(member, office, **days):
    days = {"starts_on": DAY, "ends_on": AFTER, **days}
    return suspend(membership=member, reason="违反评审纪律", by=office, **days)


def test_a_suspension_that_was_lifted_makes_room_for_the_same_again_and_others_are_not_concerned(office_user):
    member, other = MembershipFactory(expert__user=UserFactory(role="expert")), MembershipFactory()
    with clock.frozen(DAY):
        first = suspended(member, office_user)
        assert suspended(other, office_user).membership == other
        lift_suspension(suspension=first, reason="申诉成立，予以解除", by=office_user)
        assert suspended(member, office_user) != first
    told = Message.objects.filter(recipient=member.expert.user).order_by("pk")
    assert list(told.values_list("kind", flat=True)) == ["suspension.suspended", "suspension.lifted", "suspension.suspended"]


def test_one_is_lifted_on_its_last_day_and_told_of_when_it_is_over(office_user):
    last, over = (SuspensionFactory(membership__expert__user=UserFactory(role="expert"), starts_on=DAY, ends_on=AFTER) for _ in range(2))
    with clock.frozen(AFTER):
        assert lift_suspension(suspension=last, reason="申诉成立，予以解除", by=office_user).lifted_on == AFTER
    with clock.frozen(AFTER + timedelta(days=1)):
        assert sweep_suspensions(on=clock.today()) == 1
    told = Message.objects.get(kind="suspension.ended")
    assert (told.recipient, "已经期满，可以参与评审活动" in told.body) == (over.membership.expert.user, True)
    assert Suspension.objects.get(ended_noted=True) == over


# Disclosures.


def test_a_thing_of_another_pool_is_shown_to_nobody_here(office_user, second):
    mine, foreign = ApplicationFactory(state="under_review"), ApplicationFactory(pool=second, state="under_review")
    publicity = a_publicity(pool=second)
    about = {"objector": "", "contact": "13911112222", "content": "业绩材料与事实不符"}
    with clock.frozen(DAY):
        objection = record_objection(
            publicity=publicity, application=publicity.batch.applications.get(), by=UserFactory(role="office", pool=second), **about
        )
        show = {"reason": "电话核实身份信息", "by": office_user, "pool": mine.pool}
        assert disclose(subject=mine, field_name="phone", **show) == mine.phone
        for subject, name in ((foreign, "phone"), (objection, "contact")):
            assert codes_of(lambda: disclose(subject=subject, field_name=name, **show)) == ["foreign"]  # noqa: B023
