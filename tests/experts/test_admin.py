"""The back office: what it shows, what it hides, and the acts of intake. Acts on who is in the pool: test_standing_pages."""

import re
from datetime import date, timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from simple_history.admin import SimpleHistoryAdmin

from evaluation.models import Evaluation, ViolationReport
from expertpool import clock
from expertpool.addresses import address as outside_address
from expertpool.pools.duties import actor
from experts.models import (
    Application,
    Batch,
    ConditionWaiver,
    Disclosure,
    ExitCase,
    Expert,
    Mark,
    Membership,
    Objection,
    Publicity,
    ReentryBan,
    Suspension,
)
from experts.services.batches import decide_batch
from selection.models import Attempt, Candidate, Draw, DrawRequest, Invitation, Participation, Waiver
from tests.factories import (
    ApplicationFactory,
    MembershipFactory,
    OrganisationFactory,
    PoolFactory,
    SuspensionFactory,
    UserFactory,
    a_batch,
    a_publicity,
    at,
    due,
    ticks_for,
)

DAY = date(2026, 10, 12)
pytestmark = pytest.mark.django_db
ROOMS = {"experts", "selection", "evaluation"}


@pytest.fixture
def office(client):
    user = UserFactory(role="office")
    client.force_login(user)
    with clock.frozen(DAY):
        yield user


def a_request():
    number = DrawRequest.objects.count()
    return DrawRequest.objects.create(
        number=f"SY{number:06d}", pool=PoolFactory(), state="drawing", department=OrganisationFactory(), filed_by=UserFactory(role="department"),
        title="验收评审", starts_on=DAY, ends_on=DAY, leader_phone="13900000001", handler_phone="13900000002",
    )  # fmt: skip


def a_draw():
    request = a_request()
    return Draw.objects.create(request=request, number=f"ZJK{request.number}", alg="sm3", opened_by=UserFactory())


def a_candidate():
    draw = a_draw()
    attempt = Attempt.objects.create(
        draw=draw, round=1, attempt=1, pool_text="p", manifest_text="m", manifest_hash="0" * 64, frozen_by=draw.opened_by, secret="s" * 64
    )
    member = MembershipFactory()
    return Candidate.objects.create(attempt=attempt, field=member.fields.first(), position=1, membership=member, ticket="0" * 64)


def an_invitation():
    candidate = a_candidate()
    return Invitation.objects.create(candidate=candidate, token_digest=f"{candidate.pk:064d}", deadline=clock.end_of(DAY))


def a_participation():
    candidate = a_candidate()
    return Participation.objects.create(request=candidate.attempt.draw.request, membership=candidate.membership, candidate=candidate)


def an_exit_case():
    case = ExitCase(membership=MembershipFactory(), ground="unfit", article="7(8)", reason="因病不再适宜", raised_on=DAY)
    case.decide_under(case.membership.pool.regulation_on(DAY))
    case.save()
    return case


def an_objection():
    publicity = a_publicity()
    return Objection.objects.create(
        publicity=publicity,
        application=publicity.batch.applications.get(),
        objector="匿名",
        contact="13911112222",
        content="材料不实",
        recorded_by=UserFactory(),
    )


def an_evaluation():
    evaluation = Evaluation(participation=a_participation(), due_on=DAY, grade="excellent")
    evaluation.decide_under(evaluation.participation.request.pool.regulation_on(DAY))
    evaluation.save()
    return evaluation


MAKERS = {
    Application: lambda: ApplicationFactory(state="under_review"),
    Batch: a_batch,
    Publicity: a_publicity,
    Objection: an_objection,
    Expert: lambda: MembershipFactory().expert,
    Mark: lambda: Mark.objects.create(membership=MembershipFactory(), kind="国家级人才", source="证书"),
    Membership: MembershipFactory,
    Suspension: SuspensionFactory,
    ExitCase: an_exit_case,
    ReentryBan: lambda: ReentryBan.objects.create(pool=PoolFactory(), id_digest="0" * 64, exit_case=an_exit_case(), article="14(6)"),
    Disclosure: lambda: Disclosure.objects.create(
        pool=PoolFactory(), by=UserFactory(), subject="expert:1", field_name="phone", reason="电话核实"
    ),
    DrawRequest: a_request,
    Draw: a_draw,
    Waiver: lambda: Waiver.objects.create(request=a_request(), rule="shortage", article="13(2)b", reason="人数不足", by=UserFactory()),
    Invitation: an_invitation,
    Participation: a_participation,
    Evaluation: an_evaluation,
    ViolationReport: lambda: ViolationReport.objects.create(participation=a_participation(), article="19", content="泄露评审信息"),
}

WITH_HISTORY = [model for model in MAKERS if isinstance(admin.site._registry.get(model), SimpleHistoryAdmin)]


def address(model, page, *args):
    return at(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", *args)


def test_every_page_of_these_rooms_is_in_the_table():
    registered = {
        model for model in admin.site._registry if model._meta.app_label in ROOMS and not model._meta.model_name.startswith("historical")
    }
    assert registered == set(MAKERS)


@pytest.mark.parametrize("model", MAKERS, ids=lambda model: model.__name__)
def test_a_list_takes_the_same_number_of_queries_for_one_and_three_rows(client, office, model):
    counts = []
    for more in (1, 2):
        for _ in range(more):
            MAKERS[model]()
        client.get(address(model, "changelist"))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address(model, "changelist")).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1], "\n".join(query["sql"][:150] for query in queries)


@pytest.mark.parametrize("model", MAKERS, ids=lambda model: model.__name__)
def test_no_page_shows_a_whole_number_or_runs_inline_code(client, office, model):
    thing = MAKERS[model]()
    pages = [client.get(address(model, "changelist")), client.get(address(model, "change", thing.pk))]
    if model in WITH_HISTORY:
        pages.append(client.get(address(model, "history", thing.pk)))
        pages.append(client.get(address(model, "simple_history", thing.pk, thing.history.first().pk)))
    assert [page.status_code for page in pages] == [200] * len(pages)
    people = [*Expert.objects.all(), *Application.objects.all()]
    numbers = {text for person in people for text in (person.id_number, person.phone)} | {"13911112222", "13900000001", "13900000002"}
    for page in pages:
        text = page.content.decode()
        assert [number for number in numbers if number in text] == []
        assert re.findall(r"<[^>]+\sstyle=|<[^>]+\son[a-z]+=", text) == []
        assert re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", text) == []


@pytest.mark.parametrize("model", MAKERS, ids=lambda model: model.__name__)
def test_nothing_is_deleted(client, office, model):
    thing = MAKERS[model]()
    assert client.post(address(model, "delete", thing.pk), {"post": "yes"}).status_code == 403
    client.post(address(model, "changelist"), {"action": "delete_selected", "_selected_action": [thing.pk], "post": "yes"})
    assert model.objects.filter(pk=thing.pk).exists()


@pytest.mark.parametrize("model", WITH_HISTORY, ids=lambda model: model.__name__)
def test_history_shows_and_never_writes_an_old_row_back(client, office, model):
    thing = MAKERS[model]()
    old = thing.history.first()
    assert client.post(address(model, "simple_history", thing.pk, old.pk), {"state": "active"}).status_code == 403


def test_a_member_who_left_does_not_come_back_through_the_history(client, office):
    member = MembershipFactory()
    member.state = "exited"
    member.save()
    active = member.history.earliest()
    client.post(address(Membership, "simple_history", member.pk, active.pk), {"number": member.number})
    member.refresh_from_db()
    assert member.state == "exited"


@pytest.mark.parametrize("model", MAKERS, ids=lambda model: model.__name__)
@pytest.mark.parametrize("role", ["system_admin", "security_admin", "audit_admin"])
def test_the_three_administrators_see_no_names(client, model, role):
    thing = MAKERS[model]()
    client.force_login(UserFactory(role=role))
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    inside = [client.get(address(model, "changelist"), follow=True), client.get(address(model, "change", thing.pk), follow=True)]
    outside = [client.get(outside_address(f"{name}_changelist")), client.get(outside_address(f"{name}_change", thing.pk))]
    assert [page.status_code for page in inside] == [403, 403]
    # Who looked at what is the audit administrator's business, in no pool's back office.
    expected = 200 if (role, model) == ("audit_admin", Disclosure) else 403
    assert [page.status_code for page in outside] == [expected] * 2


OPEN_TO = {
    "system_admin": {"workyear", "message", "pool"},
    "security_admin": {"user", "organisation", "pool", "assignment"},
    "audit_admin": {"ledgerevent", "disclosure", "user", "assignment"},
}


@pytest.mark.parametrize("role", OPEN_TO)
def test_each_administrator_opens_these_pages_and_no_others(rf, role):
    request = rf.get("/admin/")
    request.user, request.pool = UserFactory(role=role), None
    request.actor = actor(request.user, None, DAY)
    assert {model._meta.model_name for model, page in admin.site._registry.items() if page.has_view_permission(request)} == OPEN_TO[role]


def test_a_draw_shows_neither_secret_nor_lists(client, office):
    candidate = a_candidate()
    text = client.get(address(Draw, "change", candidate.attempt.draw.pk)).content.decode()
    for hidden in ("s" * 64, candidate.membership.number, candidate.membership.expert.name):
        assert hidden not in text


def test_an_invitation_names_nobody_in_the_back_office_before_the_activity_begins(client, office):
    """Who keeps the pool reads the names from the hand-over; the one that is due stands on the draw's page, for who contacts."""
    invitation = an_invitation()
    name = "祁连雪"  # not the reader's own, which stands on every page
    Expert.objects.filter(pk=invitation.candidate.membership.expert_id).update(name=name)
    for state, starts_on, shown in (
        ("drawing", DAY + timedelta(days=1), False),
        ("confirmed", DAY + timedelta(days=1), False),
        ("confirmed", DAY, True),
    ):
        DrawRequest.objects.update(state=state, starts_on=starts_on)
        assert (name in client.get(address(Invitation, "changelist")).content.decode()) is shown, (state, starts_on)


def act(client, thing, name, **data):
    if isinstance(thing, Application | Batch):
        data.setdefault("step", due(thing))
    return client.post(address(type(thing), "act", thing.pk, name), data)


def boxes(application):
    """The ticks of a review, as its form sends them."""
    sent = {}
    for code, (_met, note) in ticks_for(application).items():
        sent |= {f"tick_{code}": "yes", f"note_{code}": note}
    return sent


def errors(page):
    return [line.text for line in page.context["form"].error_summary]


@pytest.mark.clause("xinjiang-2025", "6(3)b")
def test_the_office_passes_returns_field_by_field_and_rejects_with_reason(client, office):
    passed, returned, rejected = (ApplicationFactory(state="under_review", filed_on=DAY) for _ in range(3))
    for one in (passed, returned, rejected):
        one.endorsements.create(step="employer_review", decision="confirmed", organisation=one.employer, by=office)
    assert act(client, passed, "pass", reason="同意").status_code == 200  # nobody has judged what only a person can judge
    assert act(client, passed, "pass", **boxes(passed)).status_code == 302
    page = act(client, returned, "return", back_title="on")
    assert errors(page) == ["请写明这一项需要怎样补正。"]
    assert act(client, returned, "return", back_title="on", remark_title="请上传职称证书", remark_school="请写全称").status_code == 302
    assert errors(act(client, rejected, "reject")) == ["请填写“理由”。"]
    assert act(client, rejected, "reject", reason="不符合专业要求").status_code == 302
    states = [Application.objects.get(pk=one.pk).state for one in (passed, returned, rejected)]
    assert states == ["passed", "returned", "rejected"]
    remarks = returned.reviews.get().remarks.order_by("pk").values_list("field_name", "remark")
    assert sorted(remarks) == [("school", "请写全称"), ("title", "请上传职称证书")]


def test_an_act_sent_twice_is_done_once(client, office):
    application = ApplicationFactory(state="under_review")
    for _ in range(2):
        assert act(client, application, "reject", reason="不符合专业要求").status_code == 302
    assert application.reviews.count() == 1


def test_a_refused_act_says_why_and_keeps_what_was_typed(client, office):
    application = ApplicationFactory(state="rejected")
    page = act(client, application, "return", reason="请补充材料")
    assert page.status_code == 200
    assert "不在资格审核环节" in page.content.decode()
    assert "请补充材料" in page.content.decode()


def test_a_missing_button_says_why(client, office):
    application = ApplicationFactory(state="under_review")
    page = client.get(address(Application, "change", application.pk))
    assert [row["act"].name for row in page.context["possible"]] == ["pass", "return", "reject", "waive", "withdraw"]
    (admit,) = page.context["impossible"]
    assert [refusal.code for refusal in admit["refusals"]] == ["step", "undecided", "no-publicity"]


def test_a_soft_condition_is_waived_with_a_reason(client, office):
    application = ApplicationFactory(state="under_review")
    page = client.get(address(Application, "act", application.pk, "waive"))
    condition = page.context["form"].fields["condition"].choices[0][0]
    assert act(client, application, "waive", condition=condition, reason="急需领域，学科带头人").status_code == 302
    assert ConditionWaiver.objects.get().condition == condition


def test_from_the_list_of_passed_applications_to_members(client, office):
    applications = [ApplicationFactory(state="passed") for _ in range(2)]
    response = client.post(
        address(Application, "changelist"), {"action": "collect", "_selected_action": [one.pk for one in applications]}, follow=True
    )
    batch = Batch.objects.get()
    assert response.redirect_chain[0][0] == address(Batch, "change", batch.pk)
    assert act(client, batch, "decide", decision_document="新工信专家〔2026〕1号", on="2026-10-12").status_code == 302
    assert act(client, batch, "open-publicity").status_code == 302
    publicity = Publicity.objects.get()
    assert (
        act(client, publicity, "object", application=applications[0].pk, content="业绩材料与事实不符", on="2026-10-12").status_code == 302
    )
    page = act(client, batch, "admit")
    assert "公示期到2026年10月21日24:00才满" in page.content.decode()
    with clock.frozen(clock.end_of(date(2026, 10, 21))):
        told = client.post(address(Batch, "act", batch.pk, "admit"), follow=True).content.decode()
        assert "已入库1人" in told
        assert "公示期内收到的异议正在核实" in told
        objection = Objection.objects.get()
        assert act(client, objection, "decide", upheld="dismissed", conclusion="经核实，材料属实").status_code == 302
        assert act(client, Application.objects.get(pk=applications[0].pk), "admit").status_code == 302
    assert Membership.objects.count() == 2
    assert Batch.objects.get().state == "closed"


def test_the_office_cannot_exempt_by_itself(client, office):
    batch = a_batch()
    decide_batch(batch=batch, decision_document="新工信专家〔2026〕1号", step=due(batch), by=office)
    page = client.get(address(Batch, "change", batch.pk))
    reasons = {row["act"].name: [refusal.code for refusal in row["refusals"]] for row in page.context["impossible"]}
    assert reasons["exempt"] == ["duty"]
    assert act(client, batch, "exempt").status_code == 200
    assert not Publicity.objects.exists()


@pytest.mark.parametrize("role", ["audit_admin", "system_admin"])
def test_acts_are_the_offices(client, role):
    client.force_login(UserFactory(role=role))
    with clock.frozen(DAY):
        application = ApplicationFactory(state="under_review")
        assert act(client, application, "reject", reason="不符合专业要求").status_code == 302  # to the door
    application.refresh_from_db()
    assert application.state == "under_review"


def test_drafts_are_not_the_offices(client, office):
    draft = ApplicationFactory(state="draft")
    assert client.get(address(Application, "change", draft.pk)).status_code == 302
    assert draft.number not in client.get(address(Application, "changelist")).content.decode()


def test_a_draft_that_needs_a_waiver_is_found_by_its_number_and_waived(client, office):
    with clock.frozen(date(2026, 10, 12)):
        draft = ApplicationFactory(state="draft", birth_date=date(1960, 3, 2))
        listed = address(Application, "changelist")
        assert draft.number not in client.get(listed, {"q": draft.name}).content.decode()
        assert draft.number in client.get(listed, {"q": draft.number}).content.decode()
        assert client.get(address(Application, "change", draft.pk)).status_code == 200
        assert act(client, draft, "waive", condition="age", reason="学科带头人，本领域别无人选。").status_code == 302
        assert list(draft.waivers.values_list("condition", flat=True)) == ["age"]
        # The waiver given, the draft is its filer's own affair again.
        assert client.get(address(Application, "change", draft.pk)).status_code == 302


def test_what_waits_comes_first(client, office):
    application, case, objection = ApplicationFactory(state="under_review"), an_exit_case(), an_objection()
    collecting = a_batch()
    ApplicationFactory(state="passed")
    page = client.get(at("admin:index")).content.decode()
    for words in (
        f"入库审核：{application.number}",
        "1份审核通过的申请待汇总为批次",
        f"批次{collecting.number}待登记审定",
        f"核实公示异议：{objection.application.number}",
        f"出库事项待决定：{case.membership.number}",
    ):
        assert words in page
    with clock.frozen(clock.end_of(date(2026, 10, 21)) + timedelta(hours=9)):
        assert f"批次{objection.publicity.batch.number}待批准入库" in client.get(at("home")).content.decode()


def test_what_waits_takes_the_same_number_of_queries_for_one_and_three(client, office):
    def everything():
        ApplicationFactory(state="under_review")
        an_exit_case()
        an_objection()
        a_batch()

    counts = []
    for more in (1, 2):
        for _ in range(more):
            everything()
        with CaptureQueriesContext(connection) as queries:
            client.get(at("home"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
