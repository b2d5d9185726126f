"""The acts of intake in the back office, and what waits there."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from expertpool import clock
from experts.models import (
    Application,
    Batch,
    ConditionWaiver,
    Membership,
    Objection,
    Publicity,
)
from experts.services.batches import decide_batch
from tests.experts.back_office import act, an_exit_case, an_objection, errors, where
from tests.experts.intake import DAY
from tests.factories import (
    ApplicationFactory,
    UserFactory,
    a_batch,
    at,
    due,
    ticks_for,
)

pytestmark = pytest.mark.django_db


def boxes(application):
    """The ticks of a review, as its form sends them."""
    sent = {}
    for code, (_met, note) in ticks_for(application).items():
        sent |= {f"tick_{code}": "yes", f"note_{code}": note}
    return sent


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
    page = client.get(where(Application, "change", application.pk))
    assert [row["act"].name for row in page.context["possible"]] == ["pass", "return", "reject", "waive", "withdraw"]
    (admit,) = page.context["impossible"]
    assert [refusal.code for refusal in admit["refusals"]] == ["step", "undecided", "no-publicity"]


def test_a_soft_condition_is_waived_with_a_reason(client, office):
    application = ApplicationFactory(state="under_review")
    page = client.get(where(Application, "act", application.pk, "waive"))
    condition = page.context["form"].fields["condition"].choices[0][0]
    assert act(client, application, "waive", condition=condition, reason="急需领域，学科带头人").status_code == 302
    assert ConditionWaiver.objects.get().condition == condition


def test_from_the_list_of_passed_applications_to_members(client, office):
    applications = [ApplicationFactory(state="passed") for _ in range(2)]
    response = client.post(
        where(Application, "changelist"), {"action": "collect", "_selected_action": [one.pk for one in applications]}, follow=True
    )
    batch = Batch.objects.get()
    assert response.redirect_chain[0][0] == where(Batch, "change", batch.pk)
    assert act(client, batch, "decide", decision_document="新工信专家〔2026〕1号", on="2026-10-12").status_code == 302
    assert act(client, batch, "open-publicity").status_code == 302
    publicity = Publicity.objects.get()
    assert (
        act(client, publicity, "object", application=applications[0].pk, content="业绩材料与事实不符", on="2026-10-12").status_code == 302
    )
    page = act(client, batch, "admit")
    assert "公示期到2026年10月21日24:00才满" in page.content.decode()
    with clock.frozen(clock.end_of(date(2026, 10, 21))):
        told = client.post(where(Batch, "act", batch.pk, "admit"), follow=True).content.decode()
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
    page = client.get(where(Batch, "change", batch.pk))
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
    assert client.get(where(Application, "change", draft.pk)).status_code == 302
    assert draft.number not in client.get(where(Application, "changelist")).content.decode()


def test_a_draft_that_needs_a_waiver_is_found_by_its_number_and_waived(client, office):
    with clock.frozen(date(2026, 10, 12)):
        draft = ApplicationFactory(state="draft", birth_date=date(1960, 3, 2))
        listed = where(Application, "changelist")
        assert draft.number not in client.get(listed, {"q": draft.name}).content.decode()
        assert draft.number in client.get(listed, {"q": draft.number}).content.decode()
        assert client.get(where(Application, "change", draft.pk)).status_code == 200
        assert act(client, draft, "waive", condition="age", reason="学科带头人，本领域别无人选。").status_code == 302
        assert list(draft.waivers.values_list("condition", flat=True)) == ["age"]
        # The waiver given, the draft is its filer's own affair again.
        assert client.get(where(Application, "change", draft.pk)).status_code == 302


# What waits.


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
