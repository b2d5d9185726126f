"""The list on which the department decides."""

from datetime import date

import pytest

from expertpool import clock
from expertpool.ledger.models import LedgerEvent
from expertpool.refusals import Refused
from experts.models import Application, Batch
from experts.services.batches import collect_batch, decide_batch
from experts.services.publicity import open_publicity
from tests.factories import ApplicationFactory, UserFactory, a_batch

DAY = date(2026, 10, 12)
pytestmark = pytest.mark.django_db


def codes(refused):
    return [refusal.code for refusal in refused.value.refusals]


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
    good, bad = ApplicationFactory(state="passed"), ApplicationFactory(state="office_review")
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
    assert codes(refused) == ["role"]


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
        decide_batch(batch=batch, decision_document="新工信专家〔2026〕1号", by=by)
    batch.refresh_from_db()
    assert (batch.state, batch.decision_document, batch.decided_on, batch.decided_by) == ("decided", "新工信专家〔2026〕1号", DAY, by)


def test_deciding_twice_is_harmless_and_another_document_is_refused(office_user):
    batch = a_batch()
    with clock.frozen(DAY):
        decide_batch(batch=batch, decision_document="甲", by=office_user)
        decide_batch(batch=batch, decision_document="甲", by=office_user)
        with pytest.raises(Refused):
            decide_batch(batch=batch, decision_document="乙", by=office_user)
    assert LedgerEvent.objects.filter(kind="batch.decided").count() == 1


@pytest.mark.parametrize(
    ("document", "on", "code"),
    [("", DAY, "no-document"), ("甲", date(2026, 10, 13), "future-day"), ("甲", date(2026, 10, 11), "too-early")],
)
def test_a_decision_needs_a_document_and_a_possible_day(office_user, document, on, code):
    batch = a_batch()
    with clock.frozen(DAY), pytest.raises(Refused) as refused:
        decide_batch(batch=batch, decision_document=document, by=office_user, on=on)
    assert codes(refused) == [code]
