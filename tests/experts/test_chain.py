"""Steps are a chain by their codes: any number, any role, twice the same role, none at all; who acts is the edition's word."""

from datetime import timedelta

import pytest

from expertpool import clock
from expertpool.desk.todos import waiting_for
from expertpool.pools.duties import actor
from expertpool.refusals import Refused
from expertpool.regulations import catalogue
from experts.models import Batch
from experts.services import applications as services
from experts.services import memberships
from experts.services.batches import collect_batch, decide_batch, why_not_decide
from experts.services.publicity import end_publicity, open_publicity
from experts.waiting import intake
from tests.experts.intake import DAY
from tests.experts.towns import CODE, a_list, bar, made_up, refused, sent, step, town
from tests.factories import (
    ApplicationFactory,
    UserFactory,
    at,
    due,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("a_folder")]


def test_no_step_but_the_admission(a_folder):
    pool = town(a_folder, step("in", "admission", "office"))
    office = UserFactory(role="office", pool=pool)
    made = sent(pool, office)
    assert (made.state, made.step, bar(made)) == ("passed", "in", "x!")
    assert refused(collect_batch, applications=[made], by=office) == ["alone"]
    assert memberships.admit(application=made, by=office).number == "HB000001"
    assert bar(made) == "xx"


def test_the_same_role_twice_and_a_second_click_passes_for_one_step_only(a_folder):
    steps = [step(code, "review", "leader") for code in ("first", "second", "third")]
    pool = town(a_folder, *steps, step("in", "admission", "leader"))
    office, leader = UserFactory(role="office", pool=pool), UserFactory(role="leader", pool=pool)
    made = sent(pool, office)
    assert refused(services.review, application=made, outcome="passed", by=office) == ["duty"]
    first = services.review(application=made, outcome="passed", step="first", by=leader)
    assert services.review(application=made, outcome="passed", step="first", by=leader) == first
    assert bar(made) == "xx!.."
    services.review(application=made, outcome="passed", step="second", by=leader)
    services.review(application=made, outcome="passed", step="third", by=leader)
    assert (bar(made), [one.step for one in made.reviews.all()]) == ("xxxx!", ["first", "second", "third"])
    assert refused(memberships.admit, application=made, by=office) == ["duty"]


def test_a_return_begins_anew_and_untakes_what_was_ticked(a_folder):
    pool = town(a_folder, step("a", "review", "leader"), step("b", "review", "leader"), step("in", "admission", "office"))
    office, leader = UserFactory(role="office", pool=pool), UserFactory(role="leader", pool=pool)
    made = sent(pool, office)
    services.review(application=made, outcome="passed", step="a", by=leader)
    services.review(application=made, outcome="returned", reason="请补正材料", step="b", by=leader)
    assert bar(made) == "!..."
    with clock.frozen(DAY + timedelta(days=1)):
        services.submit_application(application=made, by=office)
    assert bar(made) == "x!.."


def test_the_unit_that_opened_it_takes_its_own_step_with_its_paper(a_folder):
    steps = [step("own", "endorse", "department", "document", "reason", unit="own"), step("in", "admission", "office")]
    pool = town(a_folder, *steps, by="department")
    department = UserFactory(role="department", pool=pool)
    made = sent(pool, department, filed_for=department.organisation)
    assert refused(services.endorse, application=made, confirmed=True, by=UserFactory(role="department", pool=pool)) == ["not_this_unit"]
    colleague = UserFactory(role="department", pool=pool, organisation=department.organisation)
    assert refused(services.endorse, application=made, confirmed=True, by=colleague) == ["no-document", "reason"]
    given = services.endorse(application=made, confirmed=True, document="海函〔2026〕3号", reason="情况属实", step=due(made), by=colleague)
    assert (given.document, given.organisation, bar(made)) == ("海函〔2026〕3号", department.organisation, "xx!")


def test_a_decision_on_one_person_may_be_recorded_from_paper_where_the_step_has_one(a_folder):
    steps = [step("say", "decide", "leader", "document"), step("think", "decide", "leader"), step("in", "admission", "office")]
    pool = town(a_folder, *steps)
    office, leader = UserFactory(role="office", pool=pool), UserFactory(role="leader", pool=pool)
    made = sent(pool, office)
    assert refused(services.review, application=made, outcome="passed", by=office) == ["no-document"]
    given = services.review(application=made, outcome="passed", document="会议纪要3号", step=due(made), by=office)
    assert (given.recorded, given.document) == (True, "会议纪要3号")
    # The clerk enters a yes that was given on paper; a no is said by the leader himself.
    other = sent(pool, office)
    for outcome in ("rejected", "returned"):
        assert refused(services.review, application=other, outcome=outcome, reason="不符合专业要求", by=office) == ["duty"]
    assert services.review(application=other, outcome="rejected", reason="不符合专业要求", step="say", by=leader).recorded is False
    # Without a paper nobody decides in the leader's place.
    assert refused(services.review, application=made, outcome="passed", step="think", by=office) == ["duty"]
    assert services.review(application=made, outcome="passed", step="think", by=leader).recorded is False


def test_an_agency_that_keeps_the_pool_decides_nothing_in_anothers_place(a_folder, client):
    chain = [step("say", "decide", "leader", "document"), step("list", "decide", "leader", "document", "batch")]
    # The made-up town has its pool kept by the office and by an agency.
    pool = town(a_folder, *chain, step("in", "admission", "office"))
    office, agency = UserFactory(role="office", pool=pool), UserFactory(role="agency", pool=pool)
    made = sent(pool, office)
    for outcome in ("passed", "rejected", "returned"):
        arguments = {"outcome": outcome, "document": "会议纪要3号", "reason": "不符合专业要求"}
        assert refused(services.review, application=made, by=agency, **arguments) == ["duty"]
    assert refused(services.withdraw_application, application=made, reason="本人放弃", by=agency) == ["not_filer"]
    client.force_login(agency)
    page = client.get(at("admin:experts_application_change", made.pk, pool=pool))
    assert {row["act"].name for row in page.context["possible"]}.isdisjoint({"pass", "return", "reject", "withdraw"})
    services.review(application=made, outcome="passed", document="会议纪要3号", step="say", by=office)
    batch = collect_batch(applications=[made], by=office)
    assert refused(decide_batch, batch=batch, decision_document="会议纪要4号", by=agency) == ["duty"]
    assert decide_batch(batch=batch, decision_document="会议纪要4号", step="list", by=office).decisions.get().recorded
    assert services.withdraw_application(application=sent(pool, office), reason="本人放弃", by=office).state == "withdrawn"


def test_a_second_click_in_the_back_office_answers_one_step_only(a_folder, client):
    pool = town(a_folder, step("first", "review", "office"), step("second", "review", "office"), step("in", "admission", "office"))
    office = UserFactory(role="office", pool=pool)
    made = sent(pool, office)
    client.force_login(office)
    where = at("admin:experts_application_act", made.pk, "pass", pool=pool)
    page = client.get(where).content.decode()
    assert 'name="step" value="first"' in page
    for _click in range(2):
        assert client.post(where, {"step": "first", "reason": ""}).status_code == 302
    made.refresh_from_db()
    assert (made.step, made.reviews.count()) == ("second", 1)
    # A page that was opened before the step was taken answers nothing either.
    for act, outcome in (("return", {"back_title": "on", "remark_title": "请更正"}), ("reject", {"reason": "不符合"}), ("pass", {})):
        assert client.post(at("admin:experts_application_act", made.pk, act, pool=pool), outcome).status_code == 200
    made.refresh_from_db()
    assert (made.state, made.step, made.reviews.count()) == ("under_review", "second", 1)


def test_an_admission_is_told_however_many_wait_for_a_list(a_folder, monkeypatch):
    monkeypatch.setattr(intake, "MOST", 1)
    pool = town(a_folder, step("in", "admission", "office"))
    office = UserFactory(role="office", pool=pool)
    listed = catalogue.in_force("xinjiang-2025", DAY)
    for _ in range(5):
        row = ApplicationFactory(pool=pool, state="passed", fields=[], attachments=False)
        row.decide_under(listed)
        row.changed_at = clock.now() - timedelta(days=1)
        row.save()
    made = sent(pool, office)
    assert at("application", made.pk, pool=pool) in {item.url for item in waiting_for(actor(office, pool, DAY))}


def test_a_refusal_and_a_page_call_the_bodies_as_the_edition_does(a_folder, client):
    pool = town(a_folder, step("look", "review", "office"), step("in", "admission", "office"))
    office, stranger = UserFactory(role="office", pool=pool), UserFactory(role="leader", pool=pool)
    with pytest.raises(Refused) as caught:
        services.withdraw_application(application=sent(pool, office), reason="本人放弃", by=stranger)
    told = str(caught.value.refusals[0])
    assert ("中心" in told, "管理处室" in told) == (True, False)
    client.force_login(office)
    page = client.get(at("application_new", pool=pool)).content.decode()
    assert ("请中心先登记" in page, "附表" in page) == (True, False)


# A list.


LIST = ("batch",)


def test_a_list_without_any_decision(a_folder):
    pool = town(a_folder, step("show", "publicity", "office", *LIST), step("in", "admission", "office", *LIST))
    office = UserFactory(role="office", pool=pool)
    batch = a_list(pool, office)
    assert (batch.step, why_not_decide(batch, actor(office, pool, DAY)).code) == ("show", "state")
    publicity = open_publicity(batch=batch, by=office)
    with clock.frozen(DAY + timedelta(days=3)):
        end_publicity(publicity=publicity)
        batch.refresh_from_db()
        assert (batch.state, batch.step) == ("in_publicity", "in")
        assert len(memberships.admit_batch(batch=batch, by=office).admitted) == 2
    batch.refresh_from_db()
    assert (batch.state, batch.step) == ("closed", "")


def test_a_decision_before_publicity_and_one_after_it(a_folder):
    steps = [
        step("before", "decide", "leader", "batch"),
        step("show", "publicity", "office", "batch"),
        step("after", "decide", "leader", "batch"),
    ]
    pool = town(a_folder, *steps, step("in", "admission", "office", "batch"))
    office, leader = UserFactory(role="office", pool=pool), UserFactory(role="leader", pool=pool)
    batch = a_list(pool, office, people=1)
    made = batch.applications.get()
    # No document is asked, so the office records nothing in the leader's place.
    assert refused(decide_batch, batch=batch, by=office) == ["duty"]
    batch = decide_batch(batch=batch, by=leader, step="before")
    assert decide_batch(batch=batch, by=leader, step="before") == batch
    assert (batch.step, bar(made), batch.decisions.count()) == ("show", "xx!..", 1)
    publicity = open_publicity(batch=batch, by=office)
    with clock.frozen(DAY + timedelta(days=3)):
        assert refused(decide_batch, batch=batch, by=leader, step="after") == ["state"]
        end_publicity(publicity=publicity)
        assert bar(made) == "xxx!."
        assert "undecided" in refused(memberships.admit, application=made, by=office)
        batch = decide_batch(batch=batch, by=leader, step="after")
        assert (batch.state, batch.step, bar(made)) == ("decided", "in", "xxxx!")
        memberships.admit(application=made, by=office)
    batch.refresh_from_db()
    assert batch.state == Batch.State.CLOSED


def test_a_list_is_reviewed_person_by_person_and_goes_on_together(a_folder):
    steps = [step("sift", "review", "leader", "batch"), step("say", "decide", "leader", "batch"), step("in", "admission", "office")]
    pool = town(a_folder, *steps)
    office, leader = UserFactory(role="office", pool=pool), UserFactory(role="leader", pool=pool)
    made = sent(pool, office)
    assert (made.state, refused(services.review, application=made, outcome="passed", by=leader)) == ("passed", ["state"])
    batch = collect_batch(applications=[made, *(sent(pool, office) for _ in range(2))], by=office)
    first, second, third = batch.applications.order_by("pk")
    services.review(application=first, outcome="passed", step=due(first), by=leader)
    services.review(application=second, outcome="rejected", reason="不符合专业要求", step=due(second), by=leader)
    batch.refresh_from_db()
    assert (batch.step, why_not_decide(batch, actor(leader, pool, DAY)).code) == ("sift", "state")
    services.review(application=third, outcome="returned", reason="请补正材料", step=due(third), by=leader)
    batch.refresh_from_db()
    third.refresh_from_db()
    assert (batch.step, third.state, third.batch) == ("say", "returned", None)
    decide_batch(batch=batch, step=due(batch), by=leader)
    assert bar(first) == "xxx!"
    memberships.admit(application=first, by=office)
    batch.refresh_from_db()
    assert batch.state == "closed"


def test_applications_of_different_ways_or_pools_stand_on_different_lists(a_folder):
    say, end = step("say", "decide", "leader", "batch"), step("in", "admission", "office")
    pool = town(a_folder, say, end)
    office = UserFactory(role="office", pool=pool)
    before = sent(pool, office)
    path = a_folder / CODE / "2026-01-01.toml"
    first = path.read_text(encoding="utf-8").replace(
        "effective_from = 2026-01-01", "effective_from = 2026-01-01\neffective_to = 2026-10-12"
    )
    made_up(a_folder, say, step("show", "publicity", "office", "batch"), end)
    second = path.read_text(encoding="utf-8").replace("effective_from = 2026-01-01", "effective_from = 2026-10-13")
    (a_folder / CODE / "2026-10-13.toml").write_text(second, encoding="utf-8")
    path.write_text(first, encoding="utf-8")
    catalogue.clear_cache()
    with clock.frozen(DAY + timedelta(days=1)):
        after = sent(pool, office)
        before.refresh_from_db()
        before.decide_under(catalogue.in_force(CODE, DAY))
        before.save()
        assert refused(collect_batch, applications=[before, after], by=office) == ["ways"]
        assert refused(collect_batch, applications=[after, ApplicationFactory(state="passed")], by=office) == ["pools"]
        # Each goes on under the edition under which it was sent.
        batches = [collect_batch(applications=[one], by=office) for one in (before, after)]
        leader = UserFactory(role="leader", pool=pool)
        assert [decide_batch(batch=one, step=due(one), by=leader).step for one in batches] == ["in", "show"]
