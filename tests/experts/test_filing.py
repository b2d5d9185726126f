"""Filing and saving a draft: by which channel, for whom, what is kept of it, and how it is found again."""

from datetime import date, timedelta

import pytest

from expertpool import clock, crypto
from expertpool.ledger.models import LedgerEvent
from expertpool.pools.models import Field
from expertpool.regulations import catalogue
from experts.models import Application
from experts.services import applications as services
from tests.experts.intake import DAY, at_office, refused, submitted, told
from tests.factories import (
    ApplicationFactory,
    ExpertFactory,
    MembershipFactory,
    OrganisationFactory,
    PoolFactory,
    RecommendingUnitFactory,
    UserFactory,
    an_id_number,
    at,
    due,
)

State = Application.State
pytestmark = [pytest.mark.django_db, pytest.mark.day(DAY)]


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


def test_one_key_of_a_form_is_one_draft_of_each_account(pool, unit_user):
    other = UserFactory(role="recommending_unit", organisation=RecommendingUnitFactory())
    first, second = (services.file_application(pool=pool, by=by, once="abc", name="张三") for by in (unit_user, other))
    assert (first.filed_by, second.filed_by) == (unit_user, other)


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
    channel = catalogue.in_force(code, DAY).intake.channels[0]
    unit = RecommendingUnitFactory()
    pool = PoolFactory(code="ANY", regulation_code=code)
    place = {} if channel.by == "expert" else {"organisation": unit, "pool": pool}
    filing = {"pool": pool, "by": UserFactory(role=channel.by, **place), "name": "张三"}
    with clock.frozen(day):
        if open_:
            assert services.file_application(**filing, recommending_unit=unit).channel == channel.code
        else:
            assert [one.code for one in refused(services.file_application, **filing, recommending_unit=unit)] == ["no-edition"]


def test_who_files_for_himself_brings_no_list(pool):
    (refusal,) = refused(services.file_applications, pool=pool, by=UserFactory(role="expert"), drafts=[{"name": "张三"}])
    assert (refusal.code, Application.objects.count()) == ("for_himself", 0)


# Whose file it is.


def test_who_files_for_himself_is_the_applicant(pool):
    expert = UserFactory(role="expert")
    made = services.file_application(pool=pool, by=expert, name="张三", recommending_unit=RecommendingUnitFactory())
    assert (made.channel, made.applicant, made.filed_for) == ("self", expert, None)


def test_where_nobody_completes_his_own_file_no_account_is_named_as_the_applicants(pool, unit_user):
    made = services.file_application(pool=pool, by=unit_user, name="张三", applicant=UserFactory(role="expert"))
    assert made.applicant is None


def test_a_second_open_application_of_one_person_is_refused_without_showing_the_other_units(pool, unit_user):
    other = ApplicationFactory(pool=pool)
    (refusal,) = refused(services.file_application, pool=pool, by=unit_user, name="张三", id_number=other.id_number)
    assert (refusal.code, refusal.field, other.number in refusal.message) == ("second_application", "id_number", False)
    (refusal,) = refused(services.file_application, pool=pool, by=other.filed_by, name="张三", id_number=other.id_number)
    assert other.number in refusal.message
    assert Application.objects.count() == 1
    services.withdraw_application(application=other, reason="填错", by=other.filed_by)
    assert services.file_application(pool=pool, by=unit_user, name="张三", id_number=other.id_number).id_digest == other.id_digest


def test_who_is_known_in_whatever_pool_applies_for_himself_alone(pool):
    by = UserFactory(role="expert")
    known = ExpertFactory(user=by)
    MembershipFactory(expert=known, pool=PoolFactory(code="XK", number_prefix="XKK"))
    unit, other = RecommendingUnitFactory(), an_id_number(date(1975, 6, 15), 1)
    (refusal,) = refused(services.file_application, pool=pool, by=by, name="张三", id_number=other, recommending_unit=unit)
    assert (refusal.code, refusal.field, refusal.article) == ("not_himself", "id_number", "6")
    made = services.file_application(pool=pool, by=by, name=known.name, id_number=known.id_number, recommending_unit=unit)
    (refusal,) = refused(services.save_application, application=made, by=by, id_number=other)
    assert refusal.code == "not_himself"
    assert [one.id_number for one in Application.objects.all()] == [known.id_number]
    # Who is not known yet is taken at his word; the steps of intake look at his papers.
    assert (
        services.file_application(pool=pool, by=UserFactory(role="expert"), name="张三", id_number=other, recommending_unit=unit).id_number
        == other
    )


def test_what_a_person_is_in_another_pool_does_not_keep_him_out(pool, second, unit_user):
    member, open_there = MembershipFactory(pool=second), ApplicationFactory(pool=second, birth_date=date(1970, 1, 2))
    about = {"pool": pool, "by": unit_user, "name": "张三", "id_number": open_there.id_number}
    assert services.file_application(**about).id_digest == open_there.id_digest
    assert told(services.file_application, **about) == [("second_application", "id_number")]
    same = {name: getattr(member.expert, name) for name in ("birth_date", "id_number", "id_digest", "sex")}
    made = ApplicationFactory(pool=pool, **same)
    assert services.submit_application(application=made, by=made.filed_by).state == State.UNDER_REVIEW


def test_an_applicant_who_completes_his_file_leaves_its_channel_as_it_is():
    pool = PoolFactory(code="NM", regulation_code="neimenggu")
    office, expert = UserFactory(role="office", pool=pool), UserFactory(role="expert")
    made = services.file_application(pool=pool, by=office, name="巴特尔", channel="invitation", applicant=expert)
    made = services.submit_application(application=made, by=office)
    saved = services.save_application(application=made, by=expert, school="内蒙古大学", channel="call", applicant=None)
    assert (saved.school, saved.channel, saved.applicant) == ("内蒙古大学", "invitation", expert)
    assert told(services.submit_application, application=made, by=expert) == [("state", "")]


@pytest.mark.parametrize(
    ("account", "named"),
    [
        ({"role": "expert", "name": "巴特尔"}, True),
        ({"role": "expert", "name": "巴雅尔"}, False),
        ({"role": "expert", "name": "巴特尔", "ends_on": DAY - timedelta(days=1)}, False),
        ({"role": "employer", "name": "巴特尔"}, False),
    ],
)
def test_the_account_of_an_invited_person_is_an_experts_and_bears_his_name(client, account, named):
    pool = PoolFactory(code="NM", regulation_code="neimenggu")
    UserFactory(username="bateer", **account)
    client.force_login(UserFactory(role="office", pool=pool))
    form = {"name": "巴特尔", "channel": "invitation", "applicant_account": "bateer"}
    jobs = {"jobs-TOTAL_FORMS": "0", "jobs-INITIAL_FORMS": "0", "jobs-MIN_NUM_FORMS": "0", "jobs-MAX_NUM_FORMS": "40"}
    page = client.post(at("application_new", pool=pool), {**form, **jobs})
    if named:
        assert Application.objects.get().applicant.username == "bateer"
    else:
        assert (list(page.context["form"].errors), Application.objects.count()) == (["applicant_account"], 0)


def test_the_form_offers_registered_units_and_those_that_act_here_today(client, pool, second):
    registered = RecommendingUnitFactory()
    acting, gone, elsewhere = (OrganisationFactory() for _ in range(3))
    UserFactory(role="recommending_unit", organisation=acting)
    UserFactory(role="recommending_unit", organisation=gone, ends_on=DAY - timedelta(days=1))
    UserFactory(role="recommending_unit", organisation=elsewhere, pool=second)
    client.force_login(UserFactory(role="expert"))
    offered = client.get(at("application_new")).context["form"].fields["recommending_unit"].queryset
    assert set(offered) == {registered, acting}


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


# What is kept of it.


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


def test_the_consent_of_the_applicant_states_both_and_when():
    pool = PoolFactory(code="NM", regulation_code="neimenggu")
    expert = UserFactory(role="expert")
    made = ApplicationFactory(
        pool=pool, channel="invitation", fields=["XK110"], expert_type="research", filed_by=UserFactory(role="office", pool=pool),
        recommending_unit=None, state="under_review", step="expert_consent", applicant=expert, consents=False, attests_clean_record=False,
    )  # fmt: skip
    made = services.endorse(application=made, confirmed=True, step="expert_consent", by=expert).application
    assert (made.consents, made.attests_clean_record, made.consented_at) == (True, True, clock.now())


def test_the_moment_of_the_statement_is_that_of_both_its_halves(pool, unit_user):
    made = services.file_application(pool=pool, by=unit_user, name="张三", consents=True)
    assert made.consented_at is None
    made = services.save_application(application=made, by=unit_user, attests_clean_record=True)
    assert made.consented_at == clock.now()
    assert services.save_application(application=made, by=unit_user, consents=False).consented_at is None


def test_no_personal_data_enters_the_ledger(office_user):
    made = at_office()
    services.review(
        application=made, outcome="returned", reason="请补正张某的材料", remarks={"degree": "请写全称"}, step=due(made), by=office_user
    )
    text = "".join(LedgerEvent.objects.values_list("body", flat=True))
    for value in (made.name, made.id_number, made.phone, made.email, "请写全称", made.name_key):
        assert value not in text


# Who reads it, and how it is found.


def test_the_applicant_himself_reads_his_telephone_on_the_paper(client, pool, unit_user):
    expert = UserFactory(role="expert")
    made = ApplicationFactory(recommending_unit=unit_user.organisation, filed_by=unit_user, applicant=expert, state="under_review")
    for by, whole in ((expert, True), (UserFactory(role="office"), False)):
        client.force_login(by)
        assert (made.phone in client.get(at("application_print", made.pk)).content.decode()) is whole


def test_a_member_opens_the_file_by_which_he_came(client, pool):
    member = MembershipFactory(expert__user=UserFactory(role="expert"))
    made = ApplicationFactory(state="admitted", expert=member.expert)
    client.force_login(member.expert.user)
    assert client.get(at("application", made.pk)).status_code == 200
    assert client.get(at("application", ApplicationFactory(state="admitted").pk)).status_code == 404


def test_a_draft_of_the_offices_own_is_not_in_the_back_office(client):
    pool = PoolFactory(code="NM", regulation_code="neimenggu")
    office = UserFactory(role="office", pool=pool)
    made = services.file_application(pool=pool, by=office, name="巴特尔", channel="invitation")
    client.force_login(office)
    assert list(client.get(at("admin:experts_application_changelist", pool=pool)).context["cl"].result_list) == []
    assert client.get(at("application_edit", made.pk, pool=pool)).status_code == 200


@pytest.mark.parametrize(("text", "found"), [("zgq", 1), ("zeng guo", 1), ("国强", 1), ("SQ1999", 2), ("139", 0), ("", 2), ("李", 0)])
def test_search_by_name_initials_and_number(text, found):
    ApplicationFactory(name="曾国强"), ApplicationFactory(name="王丽华")
    assert services.searched(Application.objects.all(), text=text).count() == found


def test_search_by_the_whole_phone_number_and_by_state():
    made = ApplicationFactory()
    ApplicationFactory(state="passed")
    assert services.searched(Application.objects.all(), text=made.phone).get() == made
    assert services.searched(Application.objects.all(), state="passed").count() == 1
