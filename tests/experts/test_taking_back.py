"""An application is taken back: by whom, until when, and what becomes of its list, its publicity and its step bar."""

from datetime import date, timedelta

import pytest

from expertpool import clock
from expertpool.addresses import address
from expertpool.ledger.models import LedgerEvent
from expertpool.ledger.services import data_of, sealed
from experts.models import Application, Batch
from experts.pages.application import ApplicationFile
from experts.pages.application_steps import application_steps
from experts.services import applications as services
from experts.services.batches import decide_batch
from experts.services.chain import edition_to_read
from experts.services.publicity import decide_objection, end_publicity, exempt_publicity, open_publicity, record_objection
from tests.experts.intake import DAY, in_state, refused, told
from tests.factories import (
    ApplicationFactory,
    RecommendingUnitFactory,
    UserFactory,
    a_batch,
    a_publicity,
    due,
)

State = Application.State
pytestmark = [pytest.mark.django_db, pytest.mark.day(DAY)]


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


def test_who_has_left_the_unit_takes_nothing_back_and_the_applicant_does():
    unit, expert = RecommendingUnitFactory(), UserFactory(role="expert")
    gone = UserFactory(role="recommending_unit", organisation=unit, ends_on=DAY - timedelta(days=1))
    made = ApplicationFactory(recommending_unit=unit, filed_by=gone, applicant=expert, state="under_review")
    for by in (gone, UserFactory(role="expert")):
        assert told(services.withdraw_application, application=made, reason="本人放弃", by=by) == [("not_filer", "")]
    assert services.withdraw_application(application=made, reason="本人放弃", by=expert).state == State.WITHDRAWN


# The list on which it stood.


def test_a_list_that_everybody_has_left_is_done():
    batch = a_batch(people=2)
    for application, state in zip(batch.applications.order_by("pk"), ("collecting", "closed"), strict=True):
        services.withdraw_application(application=application, reason="本人放弃", by=application.filed_by)
        assert Batch.objects.get().state == state


def test_a_list_that_everybody_left_while_it_was_shown_is_done_when_the_period_is_over():
    publicity = a_publicity()
    made = publicity.batch.applications.get()
    services.withdraw_application(application=made, reason="本人放弃", by=made.filed_by)
    # The public still reads what was shown, until its last day.
    assert Batch.objects.get().state == Batch.State.IN_PUBLICITY
    with clock.frozen(date(2026, 10, 22)):
        end_publicity(publicity=publicity)
    batch = Batch.objects.get()
    assert (batch.state, batch.step) == (Batch.State.CLOSED, "")


def test_who_withdrew_is_not_shown_with_the_others(client, office_user):
    batch = a_batch(people=3)
    before, shown, after = batch.applications.order_by("pk")
    for application, name in ((before, "甲子丑"), (shown, "乙寅卯"), (after, "丙辰巳")):
        Application.objects.filter(pk=application.pk).update(name=name)
    services.withdraw_application(application=before, reason="本人放弃", by=before.filed_by)
    batch = decide_batch(batch=batch, decision_document="新工信专家〔2026〕1号", step=due(batch), by=office_user)
    open_publicity(batch=batch, by=office_user)
    services.withdraw_application(application=after, reason="本人放弃", by=after.filed_by)
    page = client.get(address("publicity_public", batch.number)).content.decode()
    assert [name in page for name in ("甲子丑", "乙寅卯", "丙辰巳")] == [False, True, False]


def test_who_is_admitted_stays_in_publicity_until_then(office_user):
    publicity = a_publicity()
    with clock.frozen(date(2026, 10, 22)):
        end_publicity(publicity=publicity)
    made = publicity.batch.applications.get()
    assert (made.state, made.step) == (State.IN_PUBLICITY, "admission")


def test_a_step_bar_shows_where_an_objection_ended_it_and_where_a_draft_was_taken_back(office_user):
    publicity = a_publicity()
    made = publicity.batch.applications.get()
    made.submitted_at = clock.now()
    made.save()
    about = {"objector": "", "contact": "", "content": "业绩材料与事实不符"}
    objection = record_objection(publicity=publicity, application=made, by=office_user, **about)
    decide_objection(objection=objection, upheld=True, conclusion="经核实，情况属实", by=office_user)
    made.refresh_from_db()
    bar = application_steps(made, edition_to_read(made))
    assert [(one.label, one.note) for one in bar if one.state == "now"] == [("资格公示", "不予入库")]
    draft = ApplicationFactory()
    services.withdraw_application(application=draft, reason="本人放弃", by=draft.filed_by)
    draft.refresh_from_db()
    assert [(one.label, one.note) for one in application_steps(draft, edition_to_read(draft)) if one.state == "now"] == [("填报", "已撤回")]


def test_a_file_tells_of_no_publicity_that_was_left_out(leader_user, office_user):
    batch = a_batch()
    batch = decide_batch(batch=batch, decision_document="新工信专家〔2026〕1号", step=due(batch), by=office_user)
    exempt_publicity(batch=batch, by=leader_user, provision="《某某规定》第三条", reason="涉及国家秘密，不宜公开")
    made = Application.objects.select_related("batch__publicity").get()
    assert ApplicationFile.of(made, edition_to_read(made)).publicity is None
