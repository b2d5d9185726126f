"""What a step asks, and of whom: rules of single steps and lists, in a made-up town whose chain a test writes itself."""

from datetime import date, timedelta

import pytest

from expertpool import clock
from expertpool.desk.todos import waiting_everywhere, waiting_for
from expertpool.pools.duties import actor
from experts.services import applications as services
from experts.services import memberships
from experts.services.batches import collect_batch, decide_batch
from experts.waiting import intake
from tests.experts.intake import DAY
from tests.experts.towns import a_list, filed, refused, sent, step, town
from tests.factories import (
    ApplicationFactory,
    AssignmentFactory,
    OrganisationFactory,
    RecommendingUnitFactory,
    UserFactory,
    a_publicity,
    at,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("a_folder")]
END = step("in", "admission", "office")


def offices(pool):
    return UserFactory(role="office", pool=pool), UserFactory(role="leader", pool=pool)


# One file.


def test_a_step_that_needs_the_applicants_consent_is_not_taken_without_it(a_folder):
    pool = town(a_folder, step("look", "review", "leader", "consent"), END)
    office, leader = offices(pool)
    made = sent(pool, office, consents=False)
    assert refused(services.review, application=made, outcome="passed", by=leader) == ["no-consent"]
    made.consents = True
    made.save()
    assert services.review(application=made, outcome="passed", step="look", by=leader).application.step == "in"


def test_what_nobody_opened_for_a_unit_whoever_holds_the_step_takes(a_folder):
    pool = town(a_folder, step("own", "endorse", "department", unit="own"), END)
    office, department = UserFactory(role="office", pool=pool), UserFactory(role="department", pool=pool)
    made = sent(pool, office)
    assert refused(services.endorse, application=made, confirmed=True, by=office) == ["duty"]
    assert [item.url for item in waiting_for(actor(department, pool, DAY))] == [at("endorsement", made.pk, pool=pool)]
    assert services.endorse(application=made, confirmed=True, step="own", by=department).organisation is None


EMPLOYER = """
[[conditions]]
code = "employer"
name = "所在单位推荐和确认"
strategy = "employer_confirmation"
article = "4(1)"
"""


def test_what_the_employer_said_of_an_earlier_sending_does_not_stand_against_this_one(a_folder):
    steps = [step("look", "review", "leader"), step("boss", "endorse", "employer", unit="employer"), END]
    pool = town(a_folder, *steps, conditions=EMPLOYER)
    office, leader = offices(pool)
    made = sent(pool, office)
    employer = UserFactory(role="employer", organisation=made.employer)
    services.review(application=made, outcome="passed", step="look", by=leader)
    services.endorse(application=made, confirmed=False, reason="任职时间不符", step="boss", by=employer)
    with clock.frozen(DAY + timedelta(days=1)):
        services.submit_application(application=made, by=office)
        services.review(application=made, outcome="passed", step="look", by=leader)
        assert services.endorse(application=made, confirmed=True, step="boss", by=employer).application.step == "in"


SOFT = """
[[conditions]]
code = "age"
name = "年龄不超过30周岁"
strategy = "age_at_most"
max_age = 30
article = "4(1)"
waivable = true
waiver_article = "4(1)"
waiver_approver = "leader"
[[conditions]]
code = "years"
name = "从业满99年"
strategy = "years_at_least"
min_years = 99
article = "4(2)"
waivable = true
waiver_article = "4(2)"
waiver_approver = "office"
"""


def test_each_soft_condition_is_waived_by_whom_it_names(a_folder):
    pool = town(a_folder, step("look", "review", "leader"), END, conditions=SOFT)
    office, leader = offices(pool)
    made = filed(pool, office)
    for condition, by, other in (("age", leader, office), ("years", office, leader)):
        waiver = {"application": made, "condition": condition, "reason": "学科带头人，工作确需"}
        assert refused(services.waive_condition, by=other, **waiver) == ["duty"]
        assert services.waive_condition(by=by, **waiver).by == by
    assert services.submit_application(application=made, by=office).step == "look"


def test_who_acts_for_a_unit_in_another_role_does_not_take_its_step(a_folder):
    """The same unit employs the applicant and recommends him; each step is its own account's."""
    steps = [step("boss", "endorse", "employer", unit="employer"), step("unit", "endorse", "recommending_unit", unit="recommending_unit")]
    pool = town(a_folder, *steps, END)
    unit, office = RecommendingUnitFactory(), UserFactory(role="office", pool=pool)
    employer = UserFactory(role="employer", organisation=unit)
    recommends = UserFactory(role="recommending_unit", organisation=unit, pool=pool)
    made = sent(pool, office, employer=unit, recommending_unit=unit)
    assert [item.url for item in waiting_for(actor(recommends, pool, DAY))] == []
    assert refused(services.endorse, application=made, confirmed=True, by=recommends) == ["not_this_unit"]
    services.endorse(application=made, confirmed=True, step="boss", by=employer)
    assert refused(services.endorse, application=made, confirmed=True, by=employer) == ["not_this_unit"]
    assert [item.url for item in waiting_for(actor(recommends, pool, DAY))] == [at("endorsement", made.pk, pool=pool)]


def test_who_acts_for_two_units_takes_the_step_of_each_in_its_own_role(a_folder, client):
    pool = town(a_folder, step("boss", "endorse", "employer", unit="employer"), END)
    office, both = UserFactory(role="office", pool=pool), UserFactory(role="employer")
    recommends = RecommendingUnitFactory()
    AssignmentFactory(account=both, role="recommending_unit", pool=pool, organisation=recommends)
    mine, other = sent(pool, office, employer=both.organisation), sent(pool, office, employer=recommends)
    client.force_login(both)
    assert [row.pk for row in client.get(at("endorsements", pool=pool)).context["page"]] == [mine.pk]
    assert client.get(at("application", other.pk, pool=pool)).status_code == 404


def test_who_recommends_for_a_unit_does_not_file_for_it_as_its_department(a_folder):
    pool = town(a_folder, step("look", "review", "leader"), END, by="department")
    department = UserFactory(role="department", pool=pool)
    made = filed(pool, department, filed_for=department.organisation)
    recommends = UserFactory(role="recommending_unit", organisation=department.organisation, pool=pool)
    assert refused(services.save_application, application=made, by=recommends, major="航海") == ["not_filer"]
    colleague = UserFactory(role="department", organisation=department.organisation, pool=pool)
    assert services.save_application(application=made, by=colleague, major="航海").major == "航海"


def test_what_was_withdrawn_waits_for_nobody(a_folder, client):
    pool = town(a_folder, step("look", "review", "leader"), END)
    office, leader = offices(pool)
    kept, gone = sent(pool, office), sent(pool, office)
    services.withdraw_application(application=gone, reason="本人放弃", by=office)
    client.force_login(leader)
    assert [row.pk for row in client.get(at("endorsements", pool=pool)).context["page"]] == [kept.pk]


# A list.


def test_a_list_is_endorsed_person_by_person_and_goes_on_together(a_folder):
    steps = [step("unit", "endorse", "recommending_unit", "batch", unit="recommending_unit"), step("say", "decide", "leader", "batch")]
    pool = town(a_folder, *steps, END)
    office, leader = offices(pool)
    unit = UserFactory(role="recommending_unit", organisation=RecommendingUnitFactory(), pool=pool)
    rows = [sent(pool, office, recommending_unit=unit.organisation) for _ in range(2)]
    assert refused(services.endorse, application=rows[0], confirmed=True, by=unit) == ["state"]
    batch = collect_batch(applications=rows, by=office)
    services.endorse(application=rows[0], confirmed=True, step="unit", by=unit)
    batch.refresh_from_db()
    assert (batch.step, refused(decide_batch, batch=batch, by=leader)) == ("unit", ["state"])
    services.endorse(application=rows[1], confirmed=False, reason="不在本单位推荐之列", step="unit", by=unit)
    batch.refresh_from_db()
    assert (batch.step, [one.number for one in batch.applications.all()]) == ("say", [rows[0].number])


def test_a_list_whose_people_go_on_one_by_one_is_done(a_folder):
    pool = town(a_folder, step("say", "decide", "leader", "batch"), step("look", "review", "office"), END)
    office, leader = offices(pool)
    batch = a_list(pool, office)
    batch = decide_batch(batch=batch, step="say", by=leader)
    assert (batch.state, batch.step) == ("closed", "")
    assert {one.state for one in batch.applications.all()} == {"under_review"}
    assert memberships.why_not_admit_batch(batch, DAY, office).code == "step"


def test_part_of_a_list_is_no_second_way_to_the_list(a_folder):
    pool = town(a_folder, step("say", "decide", "leader", "batch"), END)
    office, _leader = offices(pool)
    batch = a_list(pool, office)
    assert refused(collect_batch, applications=[batch.applications.first()], by=office) == ["state"]


def test_a_decision_that_needs_a_reason_is_not_taken_without_one(a_folder, client):
    pool = town(a_folder, step("say", "decide", "leader", "batch", "reason"), END)
    office, leader = offices(pool)
    batch = a_list(pool, office)
    assert refused(decide_batch, batch=batch, by=leader, reason=" ") == ["reason"]
    client.force_login(leader)
    form = {"act": "decide", "d-on": "2026-10-12", "d-step": "say"}
    page = client.post(at("batch", batch.pk, pool=pool), form)
    assert list(page.context["forms"]["decide"].errors) == ["reason"]
    assert client.post(at("batch", batch.pk, pool=pool), {**form, "d-reason": "经会议研究同意"}).status_code == 302
    assert batch.decisions.get().reason == "经会议研究同意"


def test_a_second_decision_is_not_dated_before_the_first_and_is_not_another_accounts(a_folder):
    pool = town(a_folder, step("one", "decide", "leader", "batch", "document"), step("two", "decide", "leader", "batch"), END)
    office, leader = offices(pool)
    batch = a_list(pool, office)
    with clock.frozen(DAY + timedelta(days=3)):
        first = {"batch": batch, "decision_document": "会议纪要3号", "step": "one", "on": DAY + timedelta(days=2)}
        batch = decide_batch(by=leader, **first)
        # The same paper by the same account is a second click; by another account it is a second decision.
        assert decide_batch(by=leader, **first).step == "two"
        assert refused(decide_batch, by=office, **first) == ["duty"]
        second = UserFactory(role="leader", pool=pool)
        assert refused(decide_batch, by=second, **first) == ["state"]
        assert refused(decide_batch, batch=batch, by=leader, on=DAY + timedelta(days=1)) == ["too-early"]
        assert decide_batch(batch=batch, by=leader, step="two", on=DAY + timedelta(days=2)).step == "in"


# What waits.


def test_only_what_stands_on_a_list_afterwards_waits_to_be_collected(a_folder):
    """Two channels' worth in one: who goes on alone is not counted among those for a list."""
    pool = town(a_folder, END)
    office, _leader = offices(pool)
    sent(pool, office)
    titles = [str(item.title) for item in waiting_for(actor(office, pool, DAY))]
    assert [title for title in titles if "待汇总" in title] == []


def test_a_list_in_publicity_waits_for_nobody_until_the_period_is_over():
    publicity = a_publicity()
    pool = publicity.batch.pool
    office = UserFactory(role="office")
    with clock.frozen(DAY):
        assert [item.url for item in intake._lists(actor(office, pool, DAY))] == []
    over = date(2026, 10, 22)
    with clock.frozen(over):
        assert [item.url for item in intake._lists(actor(office, pool, over))] == [at("batch", publicity.batch.pk)]


def test_many_drafts_are_told_as_one(monkeypatch, pool, unit_user):
    monkeypatch.setattr(intake, "DRAFTS_SHOWN", 2)
    for number in range(3):
        ApplicationFactory(recommending_unit=unit_user.organisation, filed_by=unit_user)
        told = [(str(item.title), item.url) for item in waiting_for(actor(unit_user, pool, DAY))]
        assert len(told) == (number + 1 if number < 2 else 1)
    assert told == [("有3份草稿未提交", at("applications") + "?state=draft")]


def test_an_applicant_with_another_part_in_the_pool_is_told_of_his_own_draft_once(pool):
    account = UserFactory(role="expert")
    made = services.file_application(pool=pool, by=account, name="张三", recommending_unit=RecommendingUnitFactory())
    AssignmentFactory(account=account, role="department", pool=pool, organisation=OrganisationFactory())
    assert [item.url for item in waiting_everywhere(account, DAY, [pool])] == [at("application_edit", made.pk)]
