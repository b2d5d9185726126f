"""Steps are a chain by their codes: any number, any role, twice the same role, none at all; who acts is the edition's word."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from expertpool import clock
from expertpool.addresses import address
from expertpool.desk.todos import waiting_everywhere, waiting_for
from expertpool.pools.duties import actor
from expertpool.pools.models import Pool
from expertpool.refusals import Refused
from expertpool.regulations import catalogue
from experts.models import Application, Batch
from experts.pages.application_steps import application_steps
from experts.services import applications as services
from experts.services import memberships
from experts.services.batches import collect_batch, decide_batch, why_not_decide
from experts.services.chain import edition_for, edition_to_read
from experts.services.publicity import end_publicity, open_publicity
from experts.waiting import intake
from tests.factories import (
    ApplicationFactory,
    AssignmentFactory,
    OrganisationFactory,
    PoolFactory,
    RecommendingUnitFactory,
    UserFactory,
    an_id_number,
    at,
    due,
    ticks_for,
)

HAIBIN = Path(__file__).parents[1] / "sixth" / "editions" / "haibin-2026" / "2026-01-01.toml"
CODE = "haibin-2026"
DAY = date(2026, 10, 12)
pytestmark = pytest.mark.django_db

PUBLICITY = """
[publicity]
article = "3"
days = 2
counting = "calendar"
bound = "exact"
[publicity.objection]
article = "3"
"""


def step(code, kind, role, *needs, unit=""):
    """A step of a made-up chain, as its file writes it."""
    lines = [f'code = "{code}"', f'name = "{code}"', 'article = "3"', f'kind = "{kind}"', f'role = "{role}"']
    lines += [f"needs = [{', '.join(repr(one) for one in needs)}]"] if needs else []
    lines += [f'unit = "{unit}"'] if unit else []
    return "[[intake.steps]]\n" + "\n".join(lines) + "\n"


def made_up(folder, *steps, by="office", conditions=""):
    """The file of the made-up town with another intake: one channel through all ``steps``, opened by ``by``."""
    text = HAIBIN.read_text(encoding="utf-8")
    before, rest = text.split("[intake]\n")
    _intake, after = rest.split("[[conditions]]\n", 1)
    _conditions, after = after.split("[exits]\n", 1)
    codes = [one.split('code = "')[1].split('"')[0] for one in steps]
    channel = f'[[intake.channels]]\ncode = "one"\nname = "一"\narticle = "3"\nby = "{by}"\nsteps = {codes!r}\n'.replace("'", '"')
    intake = '[intake]\narticle = "3"\nopen = "always"\n' + channel + "".join(steps).replace("'", '"')
    path = folder / CODE / "2026-01-01.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(before + intake + conditions + PUBLICITY + "[exits]\n" + after, encoding="utf-8")


@pytest.fixture(autouse=True)
def a_folder(tmp_path, monkeypatch):
    """A deployment's own folder of regulations, empty at first."""
    folder = tmp_path / "regulations"
    folder.mkdir()
    monkeypatch.setenv(catalogue.EXTRA_VARIABLE, str(folder))
    catalogue.clear_cache()
    with clock.frozen(DAY):
        yield folder
    catalogue.clear_cache()


def town(folder, *steps, **kwargs):
    """The pool of the made-up town under a chain of ``steps``."""
    made_up(folder, *steps, **kwargs)
    catalogue.clear_cache()
    return PoolFactory(code="HB", name="海滨市评标专家库", regulation_code=CODE, number_prefix="HB")


def filed(pool, by, **changes):
    kwargs = {"channel": "one", "recommending_unit": None, "filed_for": None, "filed_by": by, "attachments": False, **changes}
    return ApplicationFactory(pool=pool, fields=["GA"], **kwargs)


def sent(pool, by, **changes):
    return services.submit_application(application=filed(pool, by, **changes), by=by)


def refused(call, **arguments):
    if call in (services.endorse, services.review, decide_batch):
        arguments.setdefault("step", due(arguments.get("application") or arguments["batch"]))
    with pytest.raises(Refused) as caught:
        call(**arguments)
    return [one.code for one in caught.value.refusals]


def everything(account):
    """What waits for an account in all its pools and outside them."""
    return waiting_everywhere(account, DAY, Pool.objects.of(account, DAY))


def bar(application):
    application.refresh_from_db()
    return "".join(
        {"done": "x", "now": "!", "todo": "."}[one.state] for one in application_steps(application, edition_to_read(application))
    )


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


LIST = ("batch",)


def a_list(pool, office, people=2):
    return collect_batch(applications=[sent(pool, office) for _ in range(people)], by=office)


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


def unit(pool):
    return UserFactory(role="recommending_unit", pool=pool, organisation=RecommendingUnitFactory())


# Three answers.

JUDGED = """
[[conditions]]
code = "craft"
name = "学历或者专长"
strategy = "any_of"
article = "4(2)"
[[conditions.alternatives]]
code = "doctor"
name = "博士满三年"
strategy = "degree_and_years"
degree = "博士"
min_years = 3
article = "4(2)"
[[conditions.alternatives]]
code = "known"
name = "经认定确有专长"
strategy = "reviewer_judges"
article = "4(2)"
"""


@pytest.fixture
def reviewed(a_folder):
    """A town whose leader reviews under a condition that a person may have to judge."""
    return town(a_folder, step("see", "review", "leader"), step("in", "admission", "office"), conditions=JUDGED)


@pytest.mark.parametrize(
    ("degree", "since", "to_judge"),
    [
        ("博士", date(2023, 10, 12), False),  # three years on the very day
        ("博士", date(2023, 10, 13), True),
        ("博士", None, True),
        ("硕士", date(2010, 1, 1), True),
    ],
)
def test_an_alternative_that_is_met_needs_no_tick_and_days_decide_whether_it_is(reviewed, degree, since, to_judge):
    office, leader = UserFactory(role="office", pool=reviewed), UserFactory(role="leader", pool=reviewed)
    made = sent(reviewed, office, degree=degree, degree_since=since)
    assert list(ticks_for(made)) == (["craft"] if to_judge else [])
    if to_judge:
        assert refused(services.review, application=made, outcome="passed", by=leader) == ["unticked"]
    given = services.review(application=made, outcome="passed", ticks=ticks_for(made), step=due(made), by=leader)
    assert given.ticks.count() == (1 if to_judge else 0)


def test_a_tick_needs_its_reason_and_a_no_does_not_pass(reviewed):
    office, leader = UserFactory(role="office", pool=reviewed), UserFactory(role="leader", pool=reviewed)
    made = sent(reviewed, office, degree="学士")
    arguments = {"application": made, "outcome": "passed", "by": leader}
    assert refused(services.review, **arguments, ticks={"craft": (True, " ")}) == ["untold"]
    assert refused(services.review, **arguments, ticks={"craft": (False, "没有作品")}) == ["condition.craft"]
    given = services.review(
        application=made, outcome="rejected", reason="没有专长", ticks={"craft": (False, "没有作品")}, step=due(made), by=leader
    )
    assert [(one.condition, one.met, one.note, one.article) for one in given.ticks.all()] == [("craft", False, "没有作品", "4(2)")]


def test_the_tick_is_asked_on_the_page_and_stands_on_the_review_sheet(reviewed, client):
    office, leader = UserFactory(role="office", pool=reviewed), UserFactory(role="leader", pool=reviewed)
    made = sent(reviewed, office, degree="学士")
    client.force_login(leader)
    there = at("endorsement", made.pk, pool=reviewed)
    assert 'name="tick_craft"' in client.get(there).content.decode()
    page = client.post(there, {"outcome": "passed", "step": "see"})
    assert "须由审核人认定" in page.content.decode()
    sent_form = {"outcome": "passed", "step": "see", "tick_craft": "yes", "note_craft": "三项发明专利"}
    assert client.post(there, sent_form).status_code == 302
    client.force_login(office)
    paper = client.get(at("application_print", made.pk, pool=reviewed)).content.decode()
    assert ("学历或者专长" in paper, "三项发明专利" in paper, leader.name in paper) == (True, True, True)
    assert "三项发明专利" in client.get(at("application", made.pk, pool=reviewed)).content.decode()


@pytest.mark.clause("jiaozuo-2024", "6(1)4")
def test_a_mark_of_the_day_exempts_and_one_of_another_pool_does_not():
    from experts.services.marks import set_mark

    jiaozuo, other = (PoolFactory(code=code, number_prefix=code, regulation_code="jiaozuo-2024", name=code) for code in ("JZ", "KF"))
    office, elsewhere = UserFactory(role="office", pool=jiaozuo), UserFactory(role="office", pool=other)
    born = {"birth_date": date(1950, 1, 1), "id_number": an_id_number(date(1950, 1, 1), 3)}

    def too_old(pool, by):
        made = ApplicationFactory(pool=pool, channel="other_city", filed_by=by, fields=[], **born)
        return made, [one.article for one in services.why_not_submit(made, DAY) if one.code == "condition.age"]

    made, before = too_old(jiaozuo, office)
    foreign, _ = too_old(other, elsewhere)
    set_mark(application=foreign, kind="国家级人才", source="证书〔2020〕1号", starts_on=date(2020, 1, 1), by=elsewhere)
    assert before == ["6(1)4"]
    assert "condition.age" in [one.code for one in services.why_not_submit(made, DAY)]
    set_mark(application=made, kind="国家级人才", source="证书〔2020〕1号", starts_on=date(2020, 1, 1), ends_on=DAY, by=office)
    assert "condition.age" not in [one.code for one in services.why_not_submit(made, DAY)]
    assert "condition.age" in [one.code for one in services.why_not_submit(made, DAY + timedelta(days=1))]


# The other editions.


@pytest.mark.clause("neimenggu", "7(2)")
def test_an_invited_expert_agrees_himself_and_completes_his_file(client):
    pool = PoolFactory(code="NM", number_prefix="NM", regulation_code="neimenggu", name="内蒙古科技专家库")
    office, expert = UserFactory(role="office", pool=pool), UserFactory(role="expert", name="巴特尔")
    made = services.file_application(pool=pool, by=office, name="巴特尔", channel="invitation")
    assert refused(services.submit_application, application=made, by=office) == ["applicant"]
    services.save_application(application=made, by=office, applicant=expert)
    made = services.submit_application(application=made, by=office)
    assert (made.step, made.recommending_unit) == ("expert_consent", None)
    for stranger in (office, UserFactory(role="expert"), UserFactory(role="leader", pool=pool)):
        with pytest.raises(Refused):
            services.endorse(application=made, confirmed=True, step=due(made), by=stranger)
    assert [item.url for item in everything(expert)] == [at("endorsement", made.pk, pool=pool)]
    client.force_login(expert)
    assert client.get(at("application_edit", made.pk, pool=pool)).status_code == 200
    assert "sex" in [one.field for one in refusals_of(services.endorse, application=made, confirmed=True, step=due(made), by=expert)]
    whole = ApplicationFactory(
        pool=pool,
        channel="invitation",
        fields=["XK110"],
        name="巴特尔",
        expert_type="research",
        filed_by=office,
        step="",
        recommending_unit=None,
    )
    Application.objects.filter(pk=whole.pk).update(state="under_review", step="expert_consent", applicant=expert, consents=False)
    whole.refresh_from_db()
    client.post(at("endorsement", whole.pk, pool=pool), {"decision": "confirmed", "step": "expert_consent"})
    whole.refresh_from_db()
    assert (whole.consents, whole.state, whole.step) == (True, "passed", "admission")


def refusals_of(call, **arguments):
    with pytest.raises(Refused) as caught:
        call(**arguments)
    return caught.value.refusals


@pytest.mark.clause("xinxian-2021", "7(3)a")
def test_the_department_of_the_field_reviews_first_and_the_office_second(client):
    pool = PoolFactory(code="XX", number_prefix="XX", regulation_code="xinxian-2021", name="新县评审专家库")
    department = UserFactory(role="department", pool=pool)
    made = ApplicationFactory(
        pool=pool, channel="call", fields=[], state="under_review", step="unit_verification", recommending_unit=department.organisation
    )
    made.decide_under(edition_for(made))
    made.save()
    other = UserFactory(role="department", pool=pool)
    office = UserFactory(role="office", pool=pool)
    assert refused(services.review, application=made, outcome="passed", by=other) == ["not_this_unit"]
    assert refused(services.review, application=made, outcome="passed", by=office) == ["not_this_unit"]
    assert [item.url for item in waiting_for(actor(department, pool, DAY))] == [at("endorsement", made.pk, pool=pool)]
    assert [waiting_for(actor(other, pool, DAY)), client.force_login(other)] == [[], None]
    assert client.get(at("endorsement", made.pk, pool=pool)).status_code == 404
    given = services.review(application=made, outcome="rejected", reason="不属本行业", step=due(made), by=department)
    assert (given.step, given.organisation) == ("unit_verification", department.organisation)


@pytest.mark.clause("jiaozuo-2024", "7(1)3")
def test_an_association_stamps_its_paper_and_no_decision_stands_before_publicity():
    pool = PoolFactory(code="JZ", number_prefix="JZ", regulation_code="jiaozuo-2024", name="焦作市科技专家库")
    association = unit(pool)
    made = ApplicationFactory(
        pool=pool, channel="industry", fields=[], state="under_review", step="unit_verification", recommending_unit=association.organisation
    )
    assert refused(services.endorse, application=made, confirmed=True, by=association) == ["no-document"]
    services.endorse(application=made, confirmed=True, document="推荐函1号", step=due(made), by=association)
    made.refresh_from_db()
    assert made.step == "office_review"
    Application.objects.filter(pk=made.pk).update(state="passed", step="publicity")
    batch = collect_batch(applications=[made], by=UserFactory(role="office", pool=pool))
    assert (batch.step, batch.state) == ("publicity", "collecting")


# The wall.


def test_nobody_of_another_pool_touches_an_application_or_a_list(client):
    here, there = PoolFactory(), PoolFactory(code="QT", number_prefix="QT", name="第二专家库")
    made, passed = ApplicationFactory(pool=here, state="under_review"), ApplicationFactory(pool=here, state="passed")
    batch = collect_batch(applications=[ApplicationFactory(pool=here, state="passed")], by=UserFactory(role="office", pool=here))
    strangers = [
        UserFactory(role=role, pool=there, organisation=made.recommending_unit) for role in ("office", "leader", "recommending_unit")
    ]
    acts = [
        (services.save_application, {"application": made}),
        (services.submit_application, {"application": made}),
        (services.endorse, {"application": made, "confirmed": True}),
        (services.review, {"application": made, "outcome": "passed"}),
        (services.waive_condition, {"application": made, "condition": "age", "reason": "确需入库"}),
        (services.withdraw_application, {"application": made, "reason": "本人放弃"}),
        (collect_batch, {"applications": [passed]}),
        (decide_batch, {"batch": batch, "decision_document": "文件一号"}),
        (services.file_application, {"pool": here, "name": "张三"}),
        (services.file_applications, {"pool": here, "drafts": [{"name": "张三"}]}),
    ]
    for stranger in strangers:
        for call, arguments in acts:
            assert refused(call, by=stranger, **arguments), call
        client.force_login(stranger)
        pages = [("application", made.pk), ("endorsement", made.pk), ("application_print", made.pk), ("batch", batch.pk), ("applications",)]
        assert {client.get(at(name, *args, pool=here)).status_code for name, *args in pages} == {403}
        inside = [client.get(at(name, *args, pool=there)).status_code for name, *args in pages[:4]]
        assert set(inside) <= {403, 404}
        assert made.number not in client.get(at("applications", pool=there)).content.decode()
        assert waiting_for(actor(stranger, there, DAY)) == []


def test_an_employer_finds_his_people_of_all_pools_in_one_list_and_once_in_what_waits(client):
    pools = [PoolFactory(), PoolFactory(code="QT", number_prefix="QT", name="第二专家库")]
    employer = UserFactory(role="employer")
    made = [ApplicationFactory(pool=pool, employer=employer.organisation, state="under_review", step="employer_review") for pool in pools]
    ApplicationFactory(pool=pools[0], state="under_review", step="employer_review")
    client.force_login(employer)
    page = client.get(address("endorsements"))
    assert [row.pk for row in page.context["page"]] == [one.pk for one in made]
    assert [pool.name in page.content.decode() for pool in pools] == [True, True]
    assert client.get(at("endorsement", made[1].pk, pool=pools[1])).status_code == 200
    # The same person keeps one of the pools: still each thing is told once.
    AssignmentFactory(account=employer, role="office", pool=pools[1], organisation=OrganisationFactory())
    urls = [item.url for item in everything(employer)]
    assert sorted(urls) == sorted(at("endorsement", one.pk, pool=one.pool) for one in made)


@pytest.mark.parametrize(("starts_on", "ends_on"), [(DAY + timedelta(days=1), None), (date(2020, 1, 1), DAY - timedelta(days=1))])
def test_an_assignment_that_has_not_begun_or_is_over_opens_nothing(client, pool, starts_on, ends_on):
    by = UserFactory(role="recommending_unit", organisation=RecommendingUnitFactory(), starts_on=starts_on, ends_on=ends_on)
    made = ApplicationFactory(pool=pool, recommending_unit=by.organisation, filed_by=by)
    assert refused(services.save_application, application=made, by=by, major="冶金") != []
    client.force_login(by)
    assert client.get(at("application", made.pk)).status_code == 403


def test_who_files_for_two_units_says_for_which(client, pool):
    by = UserFactory(role="recommending_unit", organisation=RecommendingUnitFactory())
    second = RecommendingUnitFactory()
    AssignmentFactory(account=by, role="recommending_unit", pool=pool, organisation=second)
    assert refused(services.file_application, pool=pool, by=by, name="张三") == ["filed_for"]
    made = services.file_application(pool=pool, by=by, name="张三", filed_for=second)
    assert (made.filed_for, made.recommending_unit) == (second, second)
    client.force_login(by)
    assert 'name="filed_for"' in client.get(at("application_new")).content.decode()
