"""The list on which the department decides."""

from datetime import date

import pytest

from expertpool import clock
from expertpool.ledger.models import LedgerEvent
from expertpool.refusals import Refused
from experts.models import Application, Batch
from experts.pages.application_steps import application_steps
from experts.services.batches import collect_batch, decide_batch
from experts.services.chain import edition_to_read
from experts.services.publicity import open_publicity
from tests.factories import ApplicationFactory, PoolFactory, UserFactory, a_batch, at, due
from tests.refusing import codes

DAY = date(2026, 10, 12)
pytestmark = pytest.mark.django_db


def test_collecting_proposes_every_application_of_the_list():
    batch = a_batch(people=2)
    assert batch.number == "ZJK2026-P001"
    assert batch.state == Batch.State.COLLECTING
    assert [a.state for a in batch.applications.all()] == ["proposed", "proposed"]


def test_batch_numbers_follow_each_other():
    assert [a_batch().number, a_batch().number] == ["ZJK2026-P001", "ZJK2026-P002"]


def test_collecting_the_same_applications_twice_gives_the_same_batch():
    batch = a_batch(people=2)
    with clock.frozen(DAY):
        again = collect_batch(applications=batch.applications.all(), by=batch.collected_by)
    assert again == batch
    assert LedgerEvent.objects.filter(kind="batch.collected").count() == 1


def test_only_what_passed_the_review_is_collected_and_every_other_is_named():
    office = UserFactory(role="office")
    good, bad = ApplicationFactory(state="passed"), ApplicationFactory(state="under_review")
    with clock.frozen(DAY), pytest.raises(Refused) as refused:
        collect_batch(applications=[good, bad], by=office)
    assert codes(refused) == ["state"]
    good.refresh_from_db()
    assert good.state == Application.State.PASSED
    assert not Batch.objects.exists()


@pytest.mark.parametrize("role", ["department", "leader", "inspector", "employer"])
def test_only_the_office_collects(role):
    with clock.frozen(DAY), pytest.raises(Refused) as refused:
        collect_batch(applications=[ApplicationFactory(state="passed")], by=UserFactory(role=role))
    assert codes(refused) == ["duty"]


@pytest.mark.clause("xinjiang-2025", "6(3)c")
def test_publicity_cannot_open_before_the_decision_is_recorded(office_user):
    batch = a_batch()
    with clock.frozen(DAY), pytest.raises(Refused) as refused:
        open_publicity(batch=batch, by=office_user)
    assert [(one.code, one.article) for one in refused.value.refusals] == [("undecided", "6(3)c")]


@pytest.mark.clause("xinjiang-2025", "6(3)c")
@pytest.mark.parametrize("role", ["office", "leader"])
def test_the_decision_is_recorded_with_document_day_and_account(role):
    batch, by = a_batch(), UserFactory(role=role)
    with clock.frozen(DAY):
        decide_batch(batch=batch, decision_document="新工信专家〔2026〕1号", step=due(batch), by=by)
    batch.refresh_from_db()
    decision = batch.decisions.get()
    assert (batch.state, batch.step) == ("decided", "publicity")
    assert (decision.step, decision.document, decision.decided_on, decision.by) == ("department_decision", "新工信专家〔2026〕1号", DAY, by)
    # The office enters what was decided on paper, and the record says so.
    assert decision.recorded == (role == "office")


def test_deciding_twice_is_harmless_and_another_document_is_refused(office_user):
    batch = a_batch()
    with clock.frozen(DAY):
        decide_batch(batch=batch, decision_document="甲", step="department_decision", by=office_user)
        decide_batch(batch=batch, decision_document="甲", step="department_decision", by=office_user)
        with pytest.raises(Refused) as refused:
            decide_batch(batch=batch, decision_document="乙", step=due(batch), by=office_user)
        assert [one.code for one in refused.value.refusals] == ["state"]
    assert LedgerEvent.objects.filter(kind="batch.decided").count() == 1


@pytest.mark.parametrize(
    ("document", "on", "code"),
    [("", DAY, "no-document"), ("甲", date(2026, 10, 13), "future-day"), ("甲", date(2026, 10, 11), "too-early")],
)
def test_a_decision_needs_a_document_and_a_possible_day(office_user, document, on, code):
    batch = a_batch()
    with clock.frozen(DAY), pytest.raises(Refused) as refused:
        decide_batch(batch=batch, decision_document=document, step=due(batch), by=office_user, on=on)
    assert codes(refused) == [code]


def test_a_list_belongs_to_one_pool(office_user):
    rows = [ApplicationFactory(state="passed"), ApplicationFactory(state="passed", pool=PoolFactory(code="XJ2"))]
    with clock.frozen(DAY), pytest.raises(Refused) as refused:
        collect_batch(applications=rows, by=office_user)
    assert codes(refused) == ["pools"]
    assert not Batch.objects.exists()


def test_a_decision_entered_by_a_clerk_says_so_on_the_page_and_the_step_bar(client, office_user):
    batch = a_batch()
    client.force_login(office_user)
    with clock.frozen(DAY):
        page = client.get(at("batch", batch.pk)).content.decode()
        assert ("登记审定" in page, "记录中注明代录" in page) == (True, True)
        form = {"act": "decide", "d-decision_document": "新工信专家〔2026〕1号", "d-on": "2026-10-12", "d-step": "department_decision"}
        assert client.post(at("batch", batch.pk), form).status_code == 302
        page = client.get(at("batch", batch.pk)).content.decode()
    assert f"{office_user.name}（代录）登记" in page
    assert ("登记审定" in page, "发布公示" in page) == (False, True)


@pytest.mark.clause("xinjiang-2025", "6(3)c")
def test_nothing_is_ticked_before_it_was_done(office_user):
    application = a_batch().applications.get()
    steps = {one.label: one.state for one in application_steps(application, edition_to_read(application))}
    assert steps["自治区工业和信息化厅审定"] == "now"
    assert {steps[name] for name in ("资格公示", "批准入库")} == {"todo"}
