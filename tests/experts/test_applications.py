"""入库申请 from draft to review."""

from datetime import date

import pytest

from expertpool import clock, crypto
from expertpool.ledger.models import LedgerEvent
from expertpool.ledger.services import data_of, sealed
from expertpool.messaging.models import Message
from expertpool.pools.models import Field
from expertpool.pools.services.pools import open_pool
from expertpool.refusals import Refused
from expertpool.regulations import catalogue
from experts.models import Application
from experts.services import applications as services
from experts.services.attachments import remove_attachment
from tests.factories import (
    ApplicationFactory,
    MembershipFactory,
    OrganisationFactory,
    PoolFactory,
    RecommendingUnitFactory,
    UserFactory,
    an_id_number,
    due,
    ticks_for,
)

ON = date(2026, 10, 12)
State = Application.State
MISSING_EVIDENCE = [(f"upload_{kind}", "6(2)b") for kind in ("id_document", "degree_certificate", "title_certificate", "achievement")]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fixed_day():
    with clock.frozen(ON):
        yield


def refused(call, **arguments):
    if call in (services.endorse, services.review):
        arguments.setdefault("step", due(arguments.get("application") or arguments["batch"]))
    with pytest.raises(Refused) as caught:
        call(**arguments)
    return caught.value.refusals


def filer_of(application):
    return application.filed_by


def employer_of(application):
    return UserFactory(role="employer", organisation=application.employer)


def submitted(**changes):
    application = ApplicationFactory(**changes)
    return services.submit_application(application=application, by=application.filed_by)


def in_state(state):
    """An application in a state, or under review at the step of this code."""
    under = state in ("employer_review", "unit_verification", "office_review")
    return ApplicationFactory(state="under_review", step=state) if under else ApplicationFactory(state=state)


def at_office(**changes):
    application = submitted(**changes)
    application = services.endorse(application=application, confirmed=True, step=due(application), by=employer_of(application)).application
    return services.endorse(application=application, confirmed=True, step=due(application), by=application.filed_by).application


def test_open_pool_creates_the_fields_of_the_regulation_once():
    office = OrganisationFactory()
    pool = open_pool(code="P1", name="专家库", regulation_code="xinjiang-2025", office=office, number_prefix="PA")
    again = open_pool(code="P1", name="专家库", regulation_code="xinjiang-2025", office=office, number_prefix="PA")
    assert (again, pool.fields.count(), LedgerEvent.objects.filter(kind="pool.opened").count()) == (pool, 17, 1)


@pytest.mark.clause("xinjiang-2025", "附表1注")
def test_a_pool_opens_with_the_seventeen_fields_of_the_annex(db):
    with clock.frozen(date(2026, 10, 12)):
        pool = open_pool(code="ZZ", name="专家库", regulation_code="xinjiang-2025", office=OrganisationFactory(), number_prefix="ZZ")
    assert "、".join(pool.fields.values_list("name", flat=True)) == (
        "石化化工、煤化工、冶金、建材、采矿、纺织服装、信息产业、装备制造、新能源新材料、轻工、园区管理、无线电、节能环保、生物医药、民爆、法律法规、综合经济"
    )


@pytest.mark.clause("xinjiang-2025", "6")
def test_a_draft_needs_only_a_name_and_takes_channel_and_unit_from_who_files(pool, unit_user):
    application = services.file_application(pool=pool, by=unit_user, name=" 曾国强 ", id_number="6501")
    application.refresh_from_db()
    found = {
        name: getattr(application, name)
        for name in ("name", "name_key", "name_initials", "channel", "state", "number", "id_number", "id_digest")
    }
    assert found == {
        "name": "曾国强", "name_key": "zeng guo qiang", "name_initials": "zgq", "channel": "industry", "state": "draft",
        "number": "ZJK-SQ2026-000001", "id_number": "6501", "id_digest": "",
    }  # fmt: skip
    assert application.recommending_unit == unit_user.organisation
    assert services.file_application(pool=pool, by=unit_user, name="张三").number == "ZJK-SQ2026-000002"


def test_the_same_form_sent_twice_makes_one_draft(pool, unit_user):
    first = services.file_application(pool=pool, by=unit_user, once="abc", name="张三")
    assert services.file_application(pool=pool, by=unit_user, once="abc", name="张三") == first
    assert Application.objects.count() == 1


@pytest.mark.clause("xinjiang-2025", "6")
@pytest.mark.parametrize(("role", "channel"), [("recommending_unit", "industry"), ("expert", "self"), ("office", "invitation")])
def test_each_role_opens_its_own_channel(pool, role, channel):
    by = UserFactory(role=role, organisation=RecommendingUnitFactory())
    made = services.file_application(pool=pool, by=by, name="张三", recommending_unit=RecommendingUnitFactory())
    assert made.channel == channel
    (refusal,) = refused(services.save_application, application=made, by=by, channel={"self": "industry"}.get(channel, "self"))
    assert (refusal.article, refusal.field) == ("6", "channel")


def test_a_role_without_a_channel_files_nothing(pool, department_user):
    (refusal,) = refused(services.file_application, pool=pool, by=department_user, name="张三")
    assert refusal.article == "6"


def test_identity_and_phone_are_encrypted_in_the_database_and_found_by_digest(pool, unit_user):
    number = an_id_number(date(1975, 6, 15), 1)
    made = services.file_application(pool=pool, by=unit_user, name="张三", id_number=number.lower(), phone="138 1234 5678")
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select id_number, phone from experts_application where id = %s", [made.pk])
        stored = cursor.fetchone()
    assert all(number not in value and "5678" not in value for value in stored)
    assert made.id_digest == crypto.digest("id-number", number)
    assert made.phone_digest == crypto.digest("phone", "13812345678")


def test_a_second_open_application_of_one_person_is_refused_without_showing_the_other_units(pool, unit_user):
    other = ApplicationFactory(pool=pool)
    (refusal,) = refused(services.file_application, pool=pool, by=unit_user, name="张三", id_number=other.id_number)
    assert (refusal.code, refusal.field, other.number in refusal.message) == ("second_application", "id_number", False)
    (refusal,) = refused(services.file_application, pool=pool, by=other.filed_by, name="张三", id_number=other.id_number)
    assert other.number in refusal.message
    assert Application.objects.count() == 1
    services.withdraw_application(application=other, reason="填错", by=other.filed_by)
    assert services.file_application(pool=pool, by=unit_user, name="张三", id_number=other.id_number).id_digest == other.id_digest


def test_saving_replaces_fields_and_employments_and_leaves_the_rest(pool, unit_user):
    made = ApplicationFactory(pool=pool, recommending_unit=unit_user.organisation, filed_by=unit_user)
    jobs = [
        {"organisation": None, "organisation_name": "某公司", "kind": "part_time", "position": "", "since": date(2020, 1, 1), "until": None}
    ]
    saved = services.save_application(
        application=made, by=unit_user, fields=Field.objects.filter(code__in=["MHG", "YJ"]), employments=jobs, degree=""
    )
    assert sorted(saved.fields.values_list("code", flat=True)) == ["MHG", "YJ"]
    assert list(saved.employments.values_list("organisation_name", "kind")) == [("某公司", "part_time")]
    assert (saved.degree, saved.major) == ("", made.major)


def test_a_colleague_of_the_unit_may_edit_and_another_unit_may_not(pool):
    made = ApplicationFactory(pool=pool)
    colleague = UserFactory(role="recommending_unit", organisation=made.recommending_unit)
    assert services.save_application(application=made, by=colleague, major="冶金工程").major == "冶金工程"
    stranger = UserFactory(role="recommending_unit", organisation=RecommendingUnitFactory())
    (refusal,) = refused(services.save_application, application=made, by=stranger, major="采矿工程")
    assert refusal.code == "not_filer"


def test_a_submitted_application_cannot_be_changed():
    made = submitted()
    (refusal,) = refused(services.save_application, application=made, by=made.filed_by, major="其他")
    assert refusal.code == "state"


@pytest.mark.clause("xinjiang-2025", "6(2)a")
def test_a_complete_application_goes_to_the_employer_and_says_under_which_rules():
    made = submitted()
    assert (made.state, made.step, made.filed_on) == (State.UNDER_REVIEW, "employer_review", ON)
    assert (made.rule_code, made.rule_edition) == ("xinjiang-2025", date(2025, 4, 21))
    assert made.rule_hash == made.pool.regulation_on(ON).file_hash
    assert LedgerEvent.objects.filter(subject=f"application:{made.pk}").values_list("kind", flat=True)[0] == "application.submitted"


def test_submitting_twice_changes_nothing():
    made = submitted()
    assert services.submit_application(application=made, by=made.filed_by).step == "employer_review"
    assert LedgerEvent.objects.filter(kind="application.submitted").count() == 1


@pytest.mark.clause("xinjiang-2025", "附表1")
def test_an_empty_draft_is_refused_for_everything_at_once(pool, unit_user):
    made = services.file_application(pool=pool, by=unit_user, name="张三")
    found = [(one.field, one.article) for one in refused(services.submit_application, application=made, by=unit_user)]
    assert found == [
        ("sex", "附表1"), ("birth_date", "附表1"), ("school", "附表1"), ("degree", "附表1"), ("major", "附表1"), ("employer", "附表1"),
        ("title", "附表1"), ("research_area", "附表1"), ("fields", "附表1"), ("email", "附表1"), ("phone", "附表1"), ("address", "附表1"),
        ("postcode", "附表1"), ("achievements", "附表1"), ("id_number", ""), ("expert_type", ""),
        ("attests_clean_record", "5(1)"), ("title_level", "5(4)"), ("consents", "5(5)a"),
        *MISSING_EVIDENCE,
    ]  # fmt: skip
    made.refresh_from_db()
    assert made.state == State.DRAFT


GAPS = [
    ({"email": "nobody"}, [("email", "")]),
    ({"postcode": "83000"}, [("postcode", "")]),
    ({"phone": "12345"}, [("phone", "")]),
    ({"birth_date": date(1975, 6, 15), "id_number": an_id_number(date(1975, 6, 16), 1), "sex": "male"}, [("birth_date", "")]),
    ({"title_level": 2, "years": 7}, [("title_level", "5(4)")]),
    ({"consents": False}, [("consents", "5(5)a")]),
    ({"attests_clean_record": False}, [("attests_clean_record", "5(1)")]),
    ({"birth_date": date(1960, 1, 1)}, [("birth_date", "5(5)b")]),
    ({"employments": False}, [("employments", "5(6)")]),
    ({"attachments": False}, MISSING_EVIDENCE),
    ({"fields": []}, [("fields", "附表1")]),
]


@pytest.mark.clause("xinjiang-2025", "5(4)")
@pytest.mark.clause("xinjiang-2025", "5(5)b")
@pytest.mark.clause("xinjiang-2025", "5(5)a")
@pytest.mark.clause("xinjiang-2025", "5(1)")
@pytest.mark.clause("xinjiang-2025", "6(2)b")
@pytest.mark.parametrize(("changes", "expected"), GAPS)
def test_one_gap_gives_one_reason_at_its_field(changes, expected):
    made = ApplicationFactory(**changes)
    assert [(one.field, one.article) for one in refused(services.submit_application, application=made, by=made.filed_by)] == expected


def test_a_missing_kind_of_evidence_is_named():
    made = ApplicationFactory()
    remove_attachment(attachment=made.attachments.get(kind="title_certificate"), by=made.filed_by)
    (refusal,) = refused(services.submit_application, application=made, by=made.filed_by)
    assert (refusal.message, refusal.article) == ("缺少证明材料“技术职称”，请上传后再提交。", "6(2)b")


@pytest.mark.clause("xinjiang-2025", "6(1)b")
def test_a_unit_recommends_only_inside_its_fields():
    unit = RecommendingUnitFactory(field_scope=["SHHG"])
    made = ApplicationFactory(recommending_unit=unit, fields=["SHHG", "MHG"])
    (refusal,) = refused(services.submit_application, application=made, by=made.filed_by)
    assert (refusal.article, refusal.field, "煤化工" in refusal.message, "石化化工" in refusal.message) == ("6(1)b", "fields", True, False)


@pytest.mark.clause("xinjiang-2025", "5(6)")
def test_two_present_personnel_employers_are_refused():
    made = ApplicationFactory()
    made.employments.create(organisation=OrganisationFactory(), kind="personnel", since=date(2020, 1, 1))
    (refusal,) = refused(services.submit_application, application=made, by=made.filed_by)
    assert (refusal.article, refusal.field) == ("5(6)", "employments")


def test_a_member_does_not_apply_again(pool):
    member = MembershipFactory(pool=pool)
    made = ApplicationFactory(
        pool=pool, birth_date=member.expert.birth_date, id_number=member.expert.id_number, id_digest=member.expert.id_digest
    )
    (refusal,) = refused(services.submit_application, application=made, by=made.filed_by)
    assert (refusal.code, refusal.field) == ("already_member", "id_number")


@pytest.mark.parametrize(("until", "blocked"), [(None, True), (date(2026, 10, 12), True), (date(2026, 10, 11), False)])
def test_a_reentry_ban_blocks_through_its_last_day(pool, office_user, until, blocked):
    from experts.models import ExitCase, ReentryBan

    member = MembershipFactory(pool=pool, state="exited")
    case = ExitCase.objects.create(membership=member, ground="bribery", article="7(2)", reason="事实", raised_on=ON)
    ReentryBan.objects.create(pool=pool, id_digest=member.expert.id_digest, exit_case=case, article="7(2)", until=until)
    made = ApplicationFactory(
        pool=pool, birth_date=member.expert.birth_date, id_number=member.expert.id_number, id_digest=member.expert.id_digest
    )
    found = [(one.code, one.article) for one in services.why_not_submit(made, ON)]
    assert found == ([("ban", "7(2)")] if blocked else [])


@pytest.mark.clause("xinjiang-2025", "6(2)c")
@pytest.mark.clause("xinjiang-2025", "6(3)a")
@pytest.mark.clause("xinjiang-2025", "5(6)")
def test_employer_then_unit_then_office_each_recorded_with_who_and_when():
    made = submitted()
    employer = employer_of(made)
    first = services.endorse(application=made, confirmed=True, reason="属实", step=due(made), by=employer)
    assert (first.application.step, first.step, first.organisation, first.by, first.at) == (
        "unit_verification", "employer_review", made.employer, employer, clock.now(),
    )  # fmt: skip
    second = services.endorse(application=made, confirmed=True, step=due(made), by=made.filed_by)
    assert (second.application.step, second.step, second.organisation) == (
        "office_review",
        "unit_verification",
        made.recommending_unit,
    )


@pytest.mark.clause("xinjiang-2025", "6(2)c")
def test_nobody_but_the_personnel_employer_confirms():
    made = submitted()
    for by in (
        UserFactory(role="employer"),
        made.filed_by,
        UserFactory(role="office"),
        UserFactory(role="expert", organisation=made.employer),
    ):
        (refusal,) = refused(services.endorse, application=made, confirmed=True, by=by)
        assert (refusal.code, refusal.article) == ("not_this_unit", "6(2)c")


@pytest.mark.clause("xinjiang-2025", "6(3)a")
def test_nobody_but_the_recommending_unit_verifies():
    made = submitted()
    employer = employer_of(made)
    services.endorse(application=made, confirmed=True, step=due(made), by=employer)
    (refusal,) = refused(services.endorse, application=made, confirmed=True, by=UserFactory(role="recommending_unit"))
    assert (refusal.code, refusal.article) == ("not_this_unit", "6(3)a")


def test_a_second_click_returns_the_first_answer_and_a_change_of_mind_is_refused():
    made = submitted()
    employer = employer_of(made)
    first = services.endorse(application=made, confirmed=True, step=due(made), by=employer)
    assert services.endorse(application=made, confirmed=True, step=first.step, by=employer) == first
    (refusal,) = refused(services.endorse, application=made, confirmed=False, reason="不实", by=employer)
    assert refusal.code == "not_this_unit"
    assert made.endorsements.count() == 1


@pytest.mark.clause("xinjiang-2025", "6(2)c")
def test_a_refusal_needs_a_reason_and_sends_the_file_back_through_every_step():
    made = submitted()
    employer = employer_of(made)
    (refusal,) = refused(services.endorse, application=made, confirmed=False, reason=" ", by=employer)
    assert refusal.field == "reason"
    given = services.endorse(application=made, confirmed=False, reason="任职时间不符", step=due(made), by=employer)
    assert given.application.state == State.RETURNED
    assert services.open_remarks(given.application) == (given, {})
    assert Message.objects.get().recipient == made.filed_by
    with clock.frozen(date(2026, 10, 14)):
        services.save_application(application=made, by=made.filed_by, position="副主任")
        again = services.submit_application(application=made, by=made.filed_by)
        assert (again.step, again.filed_on) == ("employer_review", ON)
        assert services.endorse(application=again, confirmed=True, step=due(again), by=employer).application.step == "unit_verification"


@pytest.mark.clause("xinjiang-2025", "6(3)b")
def test_the_office_passes(office_user):
    made = at_office()
    given = services.review(application=made, outcome="passed", ticks=ticks_for(made), step=due(made), by=office_user)
    assert (given.application.state, given.outcome, given.by) == (State.PASSED, "passed", office_user)
    assert services.review(application=made, outcome="passed", ticks=ticks_for(made), step=given.step, by=office_user) == given


@pytest.mark.clause("xinjiang-2025", "6(3)b")
def test_the_office_returns_field_by_field(office_user):
    made = at_office()
    (refusal,) = refused(services.review, application=made, outcome="returned", by=office_user)
    assert refusal.code == "remarks"
    given = services.review(
        application=made, outcome="returned", remarks={"degree": "请写全称", "major": " "}, step=due(made), by=office_user
    )
    assert given.application.state == State.RETURNED
    assert services.open_remarks(given.application) == (given, {"degree": "请写全称"})
    again = services.submit_application(application=made, by=made.filed_by)
    assert (again.state, again.step) == (State.UNDER_REVIEW, "employer_review")


@pytest.mark.clause("xinjiang-2025", "6(3)b")
def test_the_office_rejects_with_a_reason_and_the_person_may_apply_again(office_user):
    made = at_office()
    (refusal,) = refused(services.review, application=made, outcome="rejected", by=office_user)
    assert refusal.field == "reason"
    assert (
        services.review(
            application=made, outcome="rejected", reason="业绩不符", article="5(2)", step=due(made), by=office_user
        ).application.state
        == State.REJECTED
    )
    assert ApplicationFactory(id_number=made.id_number, birth_date=made.birth_date).state == State.DRAFT


@pytest.mark.parametrize("state", ["draft", "employer_review", "unit_verification", "returned", "rejected"])
def test_no_review_out_of_order(office_user, state):
    made = in_state(state)
    (refusal,) = refused(services.review, application=made, outcome="passed", by=office_user)
    assert refusal.code == "state"


@pytest.mark.parametrize("role", ["recommending_unit", "leader", "inspector", "system_admin"])
def test_only_the_office_reviews(role):
    made = at_office()
    (refusal,) = refused(services.review, application=made, outcome="passed", by=UserFactory(role=role))
    assert (refusal.code, refusal.article) == ("duty", "6(3)b")


@pytest.mark.clause("xinjiang-2025", "4")
def test_nobody_is_a_member_before_admission(office_user):
    from experts.models import Expert, Membership

    made = at_office()
    services.review(application=made, outcome="passed", ticks=ticks_for(made), step=due(made), by=office_user)
    assert (Expert.objects.count(), Membership.objects.count()) == (0, 0)


@pytest.mark.clause("xinjiang-2025", "5(5)b")
def test_an_applicant_of_66_goes_on_with_the_offices_waiver(office_user):
    made = ApplicationFactory(birth_date=date(1960, 1, 1))
    (refusal,) = refused(services.waive_condition, application=made, condition="age", reason="院士", by=made.filed_by)
    assert refusal.code == "duty"
    (refusal,) = refused(services.waive_condition, application=made, condition="age", reason="", by=office_user)
    assert refusal.field == "reason"
    waiver = services.waive_condition(application=made, condition="age", reason="院士，工作确需", by=office_user)
    assert (waiver.article, waiver.by, waiver.reason) == ("5(5)b", office_user, "院士，工作确需")
    assert services.waive_condition(application=made, condition="age", reason="再次", by=office_user) == waiver
    assert services.submit_application(application=made, by=made.filed_by).step == "employer_review"


def test_a_hard_condition_has_no_waiver(office_user):
    (refusal,) = refused(
        services.waive_condition, application=ApplicationFactory(), condition="qualification", reason="照顾", by=office_user
    )
    assert (refusal.code, refusal.article) == ("not_waivable", "5(4)")


@pytest.mark.parametrize("state", ["draft", "employer_review", "unit_verification", "office_review", "returned", "passed", "in_publicity"])
def test_withdrawing_once_and_again(state):
    made = in_state(state)
    (refusal,) = refused(services.withdraw_application, application=made, reason="", by=made.filed_by)
    assert refusal.field == "reason"
    assert services.withdraw_application(application=made, reason="本人放弃", by=made.filed_by).state == State.WITHDRAWN
    assert services.withdraw_application(application=made, reason="本人放弃", by=made.filed_by).state == State.WITHDRAWN
    assert LedgerEvent.objects.filter(kind="application.withdrawn").count() == 1


def test_the_reason_of_a_withdrawal_is_kept_whole_and_the_ledger_holds_to_it():
    made, reason = in_state("office_review"), "本人工作调动，不再从事相关专业。" * 20
    services.withdraw_application(application=made, reason=f" {reason} ", by=made.filed_by)
    kept = made.history.latest()
    assert (kept.state, kept.history_change_reason, kept.history_user) == ("withdrawn", reason, None)
    event = LedgerEvent.objects.get(kind="application.withdrawn")
    assert (event.actor, data_of(event)["reason"]) == (made.filed_by, sealed(f"application.withdrawn:{made.pk}", reason))


@pytest.mark.parametrize("state", ["admitted", "rejected"])
def test_what_has_ended_is_not_withdrawn(state):
    made = in_state(state)
    (refusal,) = refused(services.withdraw_application, application=made, reason="本人放弃", by=made.filed_by)
    assert refusal.code == "state"


def test_no_personal_data_enters_the_ledger(office_user):
    made = at_office()
    services.review(
        application=made, outcome="returned", reason="请补正张某的材料", remarks={"degree": "请写全称"}, step=due(made), by=office_user
    )
    text = "".join(LedgerEvent.objects.values_list("body", flat=True))
    for value in (made.name, made.id_number, made.phone, made.email, "请写全称", made.name_key):
        assert value not in text


@pytest.mark.parametrize(("text", "found"), [("zgq", 1), ("zeng guo", 1), ("国强", 1), ("SQ1999", 2), ("139", 0), ("", 2), ("李", 0)])
def test_search_by_name_initials_and_number(text, found):
    ApplicationFactory(name="曾国强"), ApplicationFactory(name="王丽华")
    assert services.searched(Application.objects.all(), text=text).count() == found


def test_search_by_the_whole_phone_number_and_by_state():
    made = ApplicationFactory()
    ApplicationFactory(state="passed")
    assert services.searched(Application.objects.all(), text=made.phone).get() == made
    assert services.searched(Application.objects.all(), state="passed").count() == 1


@pytest.mark.clause("xinjiang-2025", "5(5)b")
def test_the_age_is_that_of_the_first_submission_and_a_return_does_not_make_him_older():
    """Sixty-five on the day on which he first applied, sixty-six on the day on which the file comes again."""
    made = submitted(birth_date=date(1960, 10, 13))
    services.endorse(application=made, confirmed=False, reason="职务写法有误，请更正", step=due(made), by=employer_of(made))
    late = ApplicationFactory(birth_date=date(1960, 10, 13))
    with clock.frozen(date(2026, 10, 20)):
        again = services.submit_application(application=made, by=made.filed_by)
        (refusal,) = refused(services.submit_application, application=late, by=late.filed_by)
    assert (again.state, again.filed_on) == (State.UNDER_REVIEW, ON)
    assert (refusal.article, refusal.field) == ("5(5)b", "birth_date")


@pytest.mark.clause("xinjiang-2025", "5(4)")
@pytest.mark.parametrize(
    ("title_level", "licence", "years", "expert_type", "expected"),
    [
        (3, "", None, "professional", []),
        (2, "", 7, "professional", ["5(4)"]),
        (2, "", 8, "professional", []),
        (0, "注册安全工程师", None, "professional", []),
        (0, "", 8, "professional", []),
        (0, "", None, "professional", ["5(4)"]),
        (0, "", None, "senior_manager", []),
    ],
)
def test_title_licence_or_years_each_open_the_way(title_level, licence, years, expert_type, expected):
    made = ApplicationFactory(title_level=title_level, licence=licence, years=years, expert_type=expert_type)
    against = services.why_not_submit(made, ON)
    assert [one.article for one in against] == expected
    if not expected:
        assert services.submit_application(application=made, by=made.filed_by).state == State.UNDER_REVIEW


@pytest.mark.clause("xinjiang-2025", "5(5)b")
@pytest.mark.parametrize(("birth_date", "expected"), [(date(1960, 10, 13), []), (date(1960, 10, 12), ["5(5)b"])])
def test_sixty_five_is_completed_years_on_the_day_of_application(birth_date, expected):
    made = ApplicationFactory(birth_date=birth_date)
    found = refused(services.submit_application, application=made, by=made.filed_by) if expected else services.why_not_submit(made, ON)
    assert [one.article for one in found] == expected


@pytest.mark.clause("xinjiang-2025", "21")
@pytest.mark.clause("xinxian-2021", "19")
@pytest.mark.clause("jiaozuo-2024", "21")
@pytest.mark.parametrize(
    ("code", "day", "open_"),
    [
        ("xinjiang-2025", date(2025, 4, 20), False),
        ("xinjiang-2025", date(2025, 4, 21), True),
        ("xinjiang-2025", date(2027, 5, 20), True),
        ("xinjiang-2025", date(2027, 5, 21), False),
        ("xinxian-2021", date(2021, 10, 29), False),
        ("xinxian-2021", date(2021, 10, 30), True),
        ("jiaozuo-2024", date(2024, 3, 11), False),
        ("jiaozuo-2024", date(2024, 3, 12), True),
    ],
)
def test_nothing_is_filed_before_the_first_or_after_the_last_day_of_an_edition(code, day, open_):
    channel = catalogue.in_force(code, ON).intake.channels[0]
    unit = RecommendingUnitFactory()
    pool = PoolFactory(code="ANY", regulation_code=code)
    place = {} if channel.by == "expert" else {"organisation": unit, "pool": pool}
    filing = {"pool": pool, "by": UserFactory(role=channel.by, **place), "name": "张三"}
    with clock.frozen(day):
        if open_:
            assert services.file_application(**filing, recommending_unit=unit).channel == channel.code
        else:
            assert [one.code for one in refused(services.file_application, **filing, recommending_unit=unit)] == ["no-edition"]


def test_the_unit_that_is_named_recommends():
    unit = OrganisationFactory()
    made = ApplicationFactory(recommending_unit=unit, filed_by=UserFactory(role="recommending_unit", organisation=unit))
    (refusal,) = refused(services.submit_application, application=made, by=made.filed_by)
    assert (refusal.code, refusal.article, refusal.field) == ("not_recommending", "6(1)b", "recommending_unit")


def test_no_condition_is_waived_once_the_review_is_over(office_user):
    made = ApplicationFactory(state="passed", birth_date=date(1960, 1, 1))
    (refusal,) = refused(services.waive_condition, application=made, condition="age", reason="院士，工作确需", by=office_user)
    assert (refusal.code, made.waivers.count()) == ("state", 0)


@pytest.mark.clause("neimenggu", "6(3)")
@pytest.mark.parametrize(("channel", "expected"), [("call", [("channel", "6(3)", "expert_type")]), ("invitation", [])])
def test_an_expert_type_comes_by_the_channels_that_are_its_own(channel, expected):
    pool = PoolFactory(code="NM", regulation_code="neimenggu")
    made = ApplicationFactory(pool=pool, channel=channel, expert_type="strategy", fields=[])
    against = services.why_not_submit(made, ON)
    assert [(one.code, one.article, one.field) for one in against if one.code == "channel"] == expected


def test_a_pass_judges_every_condition_again(office_user):
    made = at_office()
    Application.objects.filter(pk=made.pk).update(title_level=2, years=7)
    (refusal,) = refused(services.review, application=made, outcome="passed", by=office_user, ticks=ticks_for(made))
    assert (refusal.article, Application.objects.get().state) == ("5(4)", State.UNDER_REVIEW)


@pytest.mark.clause("jiaozuo-2024", "7(2)a")
def test_a_rejection_names_a_condition_where_the_regulation_wants_one():
    pool = PoolFactory(code="JZ", regulation_code="jiaozuo-2024")
    made = ApplicationFactory(state="under_review", pool=pool, channel="open", expert_type="technical", fields=["XCL"])
    office = UserFactory(role="office", pool=pool)
    rejection = {"application": made, "outcome": "rejected", "reason": "不具备相应条件", "step": due(made), "by": office}
    for article in ("", "19a"):
        (refusal,) = refused(services.review, **rejection, article=article)
        assert (refusal.code, refusal.article, refusal.field) == ("article", "7(2)a", "article")
    assert services.review(**rejection, article="6(1)4").article == "6(1)4"


def test_an_employment_does_not_end_before_it_begins():
    made = ApplicationFactory()
    made.employments.create(organisation=OrganisationFactory(), kind="part_time", since=date(2020, 1, 1), until=date(2019, 12, 31))
    (refusal,) = refused(services.submit_application, application=made, by=made.filed_by)
    assert (refusal.code, refusal.field) == ("employments", "employments")


@pytest.mark.clause("xinxian-2021", "6(3)")
@pytest.mark.clause("xinxian-2021", "6(4)")
@pytest.mark.parametrize(
    ("expert_type", "facts", "expected"),
    [
        ("finance_audit", {"title": "高级工程师"}, ["6(3)"]),
        ("finance_audit", {"title": "高级审计师"}, []),
        ("finance_audit", {"title": "高级工程师", "licence": "注册会计师"}, []),
        ("special_industry", {"years": 9, "title_level": 2}, ["6(4)"]),
        ("special_industry", {"years": 10, "title_level": 1}, ["6(4)"]),
        ("special_industry", {"years": 10, "title_level": 2}, []),
    ],
)
def test_an_expert_type_has_conditions_of_its_own(expert_type, facts, expected):
    pool = PoolFactory(code="XX", regulation_code="xinxian-2021")
    made = ApplicationFactory(pool=pool, channel="call", fields=["CYJS"], expert_type=expert_type, **facts)
    against = [one.article for one in services.why_not_submit(made, ON)]
    assert [article for article in against if article in ("6(3)", "6(4)")] == expected
