"""Employer, unit and office answer one after another: who may, what a return or a rejection needs, what a waiver opens."""

from datetime import date, timedelta

import pytest

from expertpool import clock
from expertpool.ledger.models import LedgerEvent
from expertpool.messaging.models import Message
from experts.models import Application, ExitCase, ReentryBan
from experts.services import applications as services
from experts.services.attachments import remove_attachment
from experts.services.chain import edition_to_read
from tests.experts.intake import DAY, at_office, employer_of, in_state, refused, submitted
from tests.factories import (
    ApplicationFactory,
    AttachmentFactory,
    MembershipFactory,
    PoolFactory,
    UserFactory,
    at,
    due,
    ticks_for,
)

State = Application.State
pytestmark = [pytest.mark.django_db, pytest.mark.day(DAY)]


@pytest.mark.clause("xinjiang-2025", "6(2)c")
@pytest.mark.clause("xinjiang-2025", "6(3)a")
@pytest.mark.clause("xinjiang-2025", "5(6)")
def test_employer_then_unit_then_office_each_recorded_with_who_and_when():
    made = submitted()
    employer = employer_of(made)
    first = services.endorse(application=made, confirmed=True, reason="属实", step=due(made), by=employer)
    assert (first.application.step, first.step, first.organisation, first.by, first.at) == (
        "unit_verification", "employer_review", made.employer, employer, clock.now(),
    )  # fmt: skip
    second = services.endorse(application=made, confirmed=True, step=due(made), by=made.filed_by)
    assert (second.application.step, second.step, second.organisation) == (
        "office_review",
        "unit_verification",
        made.recommending_unit,
    )


@pytest.mark.clause("xinjiang-2025", "6(2)c")
def test_nobody_but_the_personnel_employer_confirms():
    made = submitted()
    for by in (
        UserFactory(role="employer"),
        made.filed_by,
        UserFactory(role="office"),
        UserFactory(role="expert", organisation=made.employer),
    ):
        (refusal,) = refused(services.endorse, application=made, confirmed=True, by=by)
        assert (refusal.code, refusal.article) == ("not_this_unit", "6(2)c")


@pytest.mark.clause("xinjiang-2025", "6(3)a")
def test_nobody_but_the_recommending_unit_verifies():
    made = submitted()
    employer = employer_of(made)
    services.endorse(application=made, confirmed=True, step=due(made), by=employer)
    (refusal,) = refused(services.endorse, application=made, confirmed=True, by=UserFactory(role="recommending_unit"))
    assert (refusal.code, refusal.article) == ("not_this_unit", "6(3)a")


def test_a_second_click_returns_the_first_answer_and_a_change_of_mind_is_refused():
    made = submitted()
    employer = employer_of(made)
    first = services.endorse(application=made, confirmed=True, step=due(made), by=employer)
    assert services.endorse(application=made, confirmed=True, step=first.step, by=employer) == first
    (refusal,) = refused(services.endorse, application=made, confirmed=False, reason="不实", by=employer)
    assert refusal.code == "not_this_unit"
    assert made.endorsements.count() == 1


@pytest.mark.clause("xinjiang-2025", "6(2)c")
def test_a_refusal_needs_a_reason_and_sends_the_file_back_through_every_step():
    made = submitted()
    employer = employer_of(made)
    (refusal,) = refused(services.endorse, application=made, confirmed=False, reason=" ", by=employer)
    assert refusal.field == "reason"
    given = services.endorse(application=made, confirmed=False, reason="任职时间不符", step=due(made), by=employer)
    assert given.application.state == State.RETURNED
    assert services.open_remarks(given.application) == (given, {})
    assert Message.objects.get().recipient == made.filed_by
    with clock.frozen(date(2026, 10, 14)):
        services.save_application(application=made, by=made.filed_by, position="副主任")
        again = services.submit_application(application=made, by=made.filed_by)
        assert (again.step, again.filed_on) == ("employer_review", DAY)
        assert services.endorse(application=again, confirmed=True, step=due(again), by=employer).application.step == "unit_verification"


# The office.


@pytest.mark.clause("xinjiang-2025", "6(3)b")
def test_the_office_passes(office_user):
    made = at_office()
    given = services.review(application=made, outcome="passed", ticks=ticks_for(made), step=due(made), by=office_user)
    assert (given.application.state, given.outcome, given.by) == (State.PASSED, "passed", office_user)
    assert services.review(application=made, outcome="passed", ticks=ticks_for(made), step=given.step, by=office_user) == given


@pytest.mark.clause("xinjiang-2025", "6(3)b")
def test_the_office_returns_field_by_field(office_user):
    made = at_office()
    (refusal,) = refused(services.review, application=made, outcome="returned", by=office_user)
    assert refusal.code == "remarks"
    given = services.review(
        application=made, outcome="returned", remarks={"degree": "请写全称", "major": " "}, step=due(made), by=office_user
    )
    assert given.application.state == State.RETURNED
    assert services.open_remarks(given.application) == (given, {"degree": "请写全称"})
    again = services.submit_application(application=made, by=made.filed_by)
    assert (again.state, again.step) == (State.UNDER_REVIEW, "employer_review")


@pytest.mark.clause("xinjiang-2025", "6(3)b")
def test_the_office_rejects_with_a_reason_and_the_person_may_apply_again(office_user):
    made = at_office()
    (refusal,) = refused(services.review, application=made, outcome="rejected", by=office_user)
    assert refusal.field == "reason"
    assert (
        services.review(
            application=made, outcome="rejected", reason="业绩不符", article="5(2)", step=due(made), by=office_user
        ).application.state
        == State.REJECTED
    )
    assert ApplicationFactory(id_number=made.id_number, birth_date=made.birth_date).state == State.DRAFT


@pytest.mark.clause("jiaozuo-2024", "7(2)a")
def test_a_rejection_names_a_condition_where_the_regulation_wants_one():
    pool = PoolFactory(code="JZ", regulation_code="jiaozuo-2024")
    made = ApplicationFactory(state="under_review", pool=pool, channel="open", expert_type="technical", fields=["XCL"])
    office = UserFactory(role="office", pool=pool)
    rejection = {"application": made, "outcome": "rejected", "reason": "不具备相应条件", "step": due(made), "by": office}
    for article in ("", "19a"):
        (refusal,) = refused(services.review, **rejection, article=article)
        assert (refusal.code, refusal.article, refusal.field) == ("article", "7(2)a", "article")
    assert services.review(**rejection, article="6(1)4").article == "6(1)4"


@pytest.mark.parametrize("state", ["draft", "employer_review", "unit_verification", "returned", "rejected"])
def test_no_review_out_of_order(office_user, state):
    made = in_state(state)
    (refusal,) = refused(services.review, application=made, outcome="passed", by=office_user)
    assert refusal.code == "state"


@pytest.mark.parametrize("role", ["recommending_unit", "leader", "inspector", "system_admin"])
def test_only_the_office_reviews(role):
    made = at_office()
    (refusal,) = refused(services.review, application=made, outcome="passed", by=UserFactory(role=role))
    assert (refusal.code, refusal.article) == ("duty", "6(3)b")


@pytest.mark.clause("xinjiang-2025", "4")
def test_nobody_is_a_member_before_admission(office_user):
    from experts.models import Expert, Membership

    made = at_office()
    services.review(application=made, outcome="passed", ticks=ticks_for(made), step=due(made), by=office_user)
    assert (Expert.objects.count(), Membership.objects.count()) == (0, 0)


def test_a_pass_judges_every_condition_again(office_user):
    made = at_office()
    Application.objects.filter(pk=made.pk).update(title_level=2, years=7)
    (refusal,) = refused(services.review, application=made, outcome="passed", by=office_user, ticks=ticks_for(made))
    assert (refusal.article, Application.objects.get().state) == ("5(4)", State.UNDER_REVIEW)


@pytest.mark.clause("xinjiang-2025", "5(5)b")
def test_the_review_sheet_judges_the_age_on_the_day_of_application(client, office_user):
    """Sixty-five when he applied, sixty-six when the office reads the file."""
    made = at_office(birth_date=date(1960, 10, 13))
    client.force_login(office_user)
    with clock.frozen(DAY + timedelta(days=1)):
        page = client.get(at("admin:experts_application_act", made.pk, "pass"))
        answers = {row["condition"].code: row["answer"] for row in page.context["form"].strip}
        given = services.review(application=made, outcome="passed", ticks=ticks_for(made), step=due(made), by=office_user)
    assert (answers["age"], given.application.state) == ("met", State.PASSED)


@pytest.mark.clause("xinxian-2021", "5(6)")
def test_a_ban_stands_on_the_review_sheet_as_a_condition_that_is_not_met():
    pool = PoolFactory(code="XX", regulation_code="xinxian-2021")
    former = MembershipFactory(pool=pool, fields=[], state="exited")
    case = ExitCase.objects.create(membership=former, ground="other", article="9(1)", reason="事实与理由", raised_on=DAY, state="exited")
    ReentryBan.objects.create(pool=pool, id_digest=former.expert.id_digest, exit_case=case, article="9(1)", until=None)
    made = ApplicationFactory(
        pool=pool, channel="call", fields=["CYJS"], id_number=former.expert.id_number, id_digest=former.expert.id_digest
    )
    strip = {one.condition.code: str(one.answer) for one in services.check_strip(made, edition_to_read(made))}
    assert strip["no_prior_removal"] == "not_met"


def test_every_act_stands_in_the_ledger_with_its_actor_and_the_filer_is_told_of_answers(office_user):
    made = ApplicationFactory(birth_date=date(1960, 1, 1))
    filer, employer = made.filed_by, UserFactory(role="employer", organisation=made.employer)
    services.save_application(application=made, by=filer, major="化学工程")
    remove_attachment(attachment=made.attachments.get(kind="achievement"), by=filer)
    services.waive_condition(application=made, condition="age", reason="院士，工作确需", by=office_user)
    AttachmentFactory(application=made, kind="achievement", uploaded_by=filer)
    services.submit_application(application=made, by=filer)
    for by in (employer, filer):
        services.endorse(application=made, confirmed=True, step=due(made), by=by)
    services.review(application=made, outcome="returned", reason="请补正学历证书", step=due(made), by=office_user)
    services.withdraw_application(application=made, reason="本人放弃", by=filer)
    events = LedgerEvent.objects.filter(subject=f"application:{made.pk}").order_by("seq")
    assert list(events.values_list("kind", "actor")) == [
        ("application.saved", filer.pk),
        ("attachment.removed", filer.pk),
        ("application.condition_waived", office_user.pk),
        ("application.submitted", filer.pk),
        ("application.endorsed", employer.pk),
        ("application.endorsed", filer.pk),
        ("application.reviewed", office_user.pk),
        ("application.withdrawn", filer.pk),
    ]
    message = Message.objects.get()
    assert (message.recipient, message.body) == (filer, f"入库申请{made.number}：退回补正。\n理由：请补正学历证书")


# Waivers.


@pytest.mark.clause("xinjiang-2025", "5(5)b")
def test_an_applicant_of_66_goes_on_with_the_offices_waiver(office_user):
    made = ApplicationFactory(birth_date=date(1960, 1, 1))
    (refusal,) = refused(services.waive_condition, application=made, condition="age", reason="院士", by=made.filed_by)
    assert refusal.code == "duty"
    (refusal,) = refused(services.waive_condition, application=made, condition="age", reason="", by=office_user)
    assert refusal.field == "reason"
    waiver = services.waive_condition(application=made, condition="age", reason="院士，工作确需", by=office_user)
    assert (waiver.article, waiver.by, waiver.reason) == ("5(5)b", office_user, "院士，工作确需")
    assert services.waive_condition(application=made, condition="age", reason="再次", by=office_user) == waiver
    assert services.submit_application(application=made, by=made.filed_by).step == "employer_review"


def test_a_hard_condition_has_no_waiver(office_user):
    (refusal,) = refused(
        services.waive_condition, application=ApplicationFactory(), condition="qualification", reason="照顾", by=office_user
    )
    assert (refusal.code, refusal.article) == ("not_waivable", "5(4)")


def test_no_condition_is_waived_once_the_review_is_over(office_user):
    made = ApplicationFactory(state="passed", birth_date=date(1960, 1, 1))
    (refusal,) = refused(services.waive_condition, application=made, condition="age", reason="院士，工作确需", by=office_user)
    assert (refusal.code, made.waivers.count()) == ("state", 0)
