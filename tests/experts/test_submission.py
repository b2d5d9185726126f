"""Sending an application: what must be there, and which conditions the applicant meets on the day."""

from datetime import date, timedelta

import pytest

from expertpool import clock
from expertpool.ledger.models import LedgerEvent
from expertpool.pools.models import Field, RecommendingUnit
from experts.models import Application
from experts.services import applications as services
from experts.services.attachments import remove_attachment
from tests.experts.intake import DAY, employer_of, refused, submitted, told
from tests.factories import (
    ApplicationFactory,
    MembershipFactory,
    OrganisationFactory,
    PoolFactory,
    RecommendingUnitFactory,
    UserFactory,
    an_id_number,
    due,
)

State = Application.State
MISSING_EVIDENCE = [(f"upload_{kind}", "6(2)b") for kind in ("id_document", "degree_certificate", "title_certificate", "achievement")]
pytestmark = [pytest.mark.django_db, pytest.mark.day(DAY)]


@pytest.mark.clause("xinjiang-2025", "6(2)a")
def test_a_complete_application_goes_to_the_employer_and_says_under_which_rules():
    made = submitted()
    assert (made.state, made.step, made.filed_on) == (State.UNDER_REVIEW, "employer_review", DAY)
    assert (made.rule_code, made.rule_edition) == ("xinjiang-2025", date(2025, 4, 21))
    assert made.rule_hash == made.pool.regulation_on(DAY).file_hash
    assert LedgerEvent.objects.filter(subject=f"application:{made.pk}").values_list("kind", flat=True)[0] == "application.submitted"


def test_submitting_twice_changes_nothing():
    made = submitted()
    assert services.submit_application(application=made, by=made.filed_by).step == "employer_review"
    assert LedgerEvent.objects.filter(kind="application.submitted").count() == 1


# What must be there.


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


def test_the_unit_that_is_named_recommends():
    unit = OrganisationFactory()
    made = ApplicationFactory(recommending_unit=unit, filed_by=UserFactory(role="recommending_unit", organisation=unit))
    (refusal,) = refused(services.submit_application, application=made, by=made.filed_by)
    assert (refusal.code, refusal.article, refusal.field) == ("not_recommending", "6(1)b", "recommending_unit")


@pytest.mark.clause("xinxian-2021", "7(3)a")
def test_where_departments_recommend_each_does_so_in_its_own_fields():
    pool = PoolFactory(code="XX", regulation_code="xinxian-2021")
    unit = RecommendingUnitFactory(pool=pool, field_scope=["CYJS"])
    made = ApplicationFactory(pool=pool, channel="call", fields=["CYJS"], expert_type="special_industry", recommending_unit=unit)
    assert services.why_not_submit(made, DAY) == []
    RecommendingUnit.objects.get(organisation=unit).fields.clear()
    assert [(one.code, one.field) for one in services.why_not_submit(made, DAY)] == [("field_scope", "fields")]


@pytest.mark.clause("xinjiang-2025", "5(6)")
def test_two_present_personnel_employers_are_refused():
    made = ApplicationFactory()
    made.employments.create(organisation=OrganisationFactory(), kind="personnel", since=date(2020, 1, 1))
    (refusal,) = refused(services.submit_application, application=made, by=made.filed_by)
    assert (refusal.article, refusal.field) == ("5(6)", "employments")


@pytest.mark.clause("xinjiang-2025", "5(6)")
def test_a_former_employer_is_no_second_one_and_does_not_stand_in_for_the_present_one():
    made = ApplicationFactory()
    made.employments.create(organisation=OrganisationFactory(), kind="personnel", since=date(2000, 1, 1), until=date(2008, 6, 30))
    assert services.why_not_submit(made, DAY) == []
    other = ApplicationFactory(employments=False)
    other.employments.create(organisation=other.employer, kind="personnel", since=date(2000, 1, 1), until=date(2025, 6, 30))
    assert told(services.submit_application, application=other, by=other.filed_by) == [("employments", "employments")]


def test_an_employment_does_not_end_before_it_begins():
    made = ApplicationFactory()
    made.employments.create(organisation=OrganisationFactory(), kind="part_time", since=date(2020, 1, 1), until=date(2019, 12, 31))
    (refusal,) = refused(services.submit_application, application=made, by=made.filed_by)
    assert (refusal.code, refusal.field) == ("employments", "employments")


def test_a_field_that_was_put_out_of_use_or_is_another_pools_is_chosen_anew(pool, second):
    made = ApplicationFactory(fields=["SHHG", "MHG"])
    Field.objects.filter(pool=pool, code="MHG").update(in_use=False)
    (refusal,) = services.why_not_submit(made, DAY)
    assert (refusal.code, refusal.field, "煤化工" in refusal.message, "石化化工" in refusal.message) == (
        "field-unused",
        "fields",
        True,
        False,
    )
    foreign = ApplicationFactory(fields=[])
    foreign.fields.set([second.fields.get(code="SHHG")])
    assert [one.code for one in services.why_not_submit(foreign, DAY)] == ["field-unused", "field_scope"]


# Conditions.


@pytest.mark.clause("xinjiang-2025", "5(5)b")
def test_the_age_is_that_of_the_first_submission_and_a_return_does_not_make_him_older():
    """Sixty-five on the day on which he first applied, sixty-six on the day on which the file comes again."""
    made = submitted(birth_date=date(1960, 10, 13))
    services.endorse(application=made, confirmed=False, reason="职务写法有误，请更正", step=due(made), by=employer_of(made))
    late = ApplicationFactory(birth_date=date(1960, 10, 13))
    with clock.frozen(date(2026, 10, 20)):
        again = services.submit_application(application=made, by=made.filed_by)
        (refusal,) = refused(services.submit_application, application=late, by=late.filed_by)
    assert (again.state, again.filed_on) == (State.UNDER_REVIEW, DAY)
    assert (refusal.article, refusal.field) == ("5(5)b", "birth_date")


@pytest.mark.clause("xinjiang-2025", "5(5)b")
@pytest.mark.parametrize(("birth_date", "expected"), [(date(1960, 10, 13), []), (date(1960, 10, 12), ["5(5)b"])])
def test_sixty_five_is_completed_years_on_the_day_of_application(birth_date, expected):
    made = ApplicationFactory(birth_date=birth_date)
    found = refused(services.submit_application, application=made, by=made.filed_by) if expected else services.why_not_submit(made, DAY)
    assert [one.article for one in found] == expected


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
    against = services.why_not_submit(made, DAY)
    assert [one.article for one in against] == expected
    if not expected:
        assert services.submit_application(application=made, by=made.filed_by).state == State.UNDER_REVIEW


@pytest.mark.clause("xinjiang-2025", "5(4)")
@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"title_level": 3, "title_since": DAY}, []),
        ({"title_level": 3, "title_since": DAY + timedelta(days=1)}, ["5(4)"]),
        ({"title_level": 0, "licence": "注册安全工程师", "licence_since": DAY}, []),
        ({"title_level": 0, "licence": "注册安全工程师", "licence_since": DAY + timedelta(days=1)}, ["5(4)"]),
    ],
)
def test_a_title_and_a_licence_count_from_the_day_that_the_file_gives(facts, expected):
    assert [one.article for one in services.why_not_submit(ApplicationFactory(years=None, **facts), DAY)] == expected


@pytest.mark.clause("xinxian-2021", "6(3)")
@pytest.mark.parametrize(("position", "met"), [("高级审计师", True), ("审计处处长", False)])
def test_a_title_may_be_written_as_the_position(position, met):
    pool = PoolFactory(code="XX", regulation_code="xinxian-2021")
    made = ApplicationFactory(pool=pool, channel="call", fields=["CYJS"], expert_type="finance_audit", title="", position=position)
    assert ("6(3)" in [one.article for one in services.why_not_submit(made, DAY)]) is not met


@pytest.mark.clause("neimenggu", "6(3)")
@pytest.mark.parametrize(("channel", "expected"), [("call", [("channel", "6(3)", "expert_type")]), ("invitation", [])])
def test_an_expert_type_comes_by_the_channels_that_are_its_own(channel, expected):
    pool = PoolFactory(code="NM", regulation_code="neimenggu")
    made = ApplicationFactory(pool=pool, channel=channel, expert_type="strategy", fields=[])
    against = services.why_not_submit(made, DAY)
    assert [(one.code, one.article, one.field) for one in against if one.code == "channel"] == expected


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
    against = [one.article for one in services.why_not_submit(made, DAY)]
    assert [article for article in against if article in ("6(3)", "6(4)")] == expected


# Who is kept out.


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
    case = ExitCase.objects.create(membership=member, ground="bribery", article="7(2)", reason="事实", raised_on=DAY)
    ReentryBan.objects.create(pool=pool, id_digest=member.expert.id_digest, exit_case=case, article="7(2)", until=until)
    made = ApplicationFactory(
        pool=pool, birth_date=member.expert.birth_date, id_number=member.expert.id_number, id_digest=member.expert.id_digest
    )
    found = [(one.code, one.article) for one in services.why_not_submit(made, DAY)]
    assert found == ([("ban", "7(2)")] if blocked else [])


def invited(pool=None, **changes):
    """A whole file of an invitation, which its applicant completes in a step of his own."""
    pool = pool or PoolFactory(code="NM", regulation_code="neimenggu")
    about = {"filed_by": UserFactory(role="office", pool=pool), "filed_for": None, "recommending_unit": None}
    file = {"channel": "invitation", "fields": ["XK110"], "expert_type": "research", "applicant": UserFactory(role="expert")}
    return ApplicationFactory(pool=pool, **about | file | changes)


def test_whom_the_pool_has_already_is_not_invited_to_complete_a_file():
    member = MembershipFactory(pool=PoolFactory(code="NM", regulation_code="neimenggu"), fields=[])
    same = {name: getattr(member.expert, name) for name in ("birth_date", "id_number", "id_digest", "sex")}
    stranger, known = invited(birth_date=date(1970, 1, 2)), invited(**same)
    assert services.submit_application(application=stranger, by=stranger.filed_by).step == "expert_consent"
    assert told(services.submit_application, application=known, by=known.filed_by) == [("already_member", "id_number")]


def test_a_number_that_is_typed_wrong_or_a_type_of_another_channel_is_told_before_the_applicant_is_asked(regulation_like):
    made = invited(id_number="6501", id_digest="", sex="male")
    assert told(services.submit_application, application=made, by=made.filed_by) == [("id_number", "id_number")]
    regulation_like("yaoqing-2026", "neimenggu", ('channels = ["invitation"]', 'channels = ["call"]'))
    pool = PoolFactory(code="YQ", regulation_code="yaoqing-2026")
    made = invited(pool, expert_type="strategy")
    assert told(services.submit_application, application=made, by=made.filed_by) == [("channel", "expert_type")]
