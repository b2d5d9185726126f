"""资格审核: the conditions judged one by one, and decisions on one person (第六条（三）)."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.ledger.services import plain, record
from expertpool.pools.duties import Actor, actor
from expertpool.refusals import Refusal, Refused, refuse_all
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from expertpool.regulations.schema import Step
from experts.domain.conditions import Answer, Judgement, Tick, why_not_ticked
from experts.domain.lifecycles import APPLICATION
from experts.models import Application, ConditionTick, Review, ReviewRemark
from experts.services import chain

from .filing import locked
from .submission import check_strip, why_not_complete
from .telling import tell_filer

State = Application.State
KINDS = ("review", "decide")
#: Who keeps the pool, and is not an agency, may enter a decision that was taken on paper.
RECORD = "decisions.record"


def why_not_review(application: Application, who: Actor, outcome: str = "") -> Refusal | None:
    """The reason why ``who`` may not answer the application's present review or decision, or None.

    ``outcome``: so; empty: in any way. What is recorded for another is his yes on paper; a no he says himself.
    """
    edition = chain.edition_for(application, who.on)
    step = chain.due_step(application, edition)
    if step is None or step.kind not in KINDS or not chain.answered_alone(application, step):
        label = step.name if step is not None else application.get_state_display()
        return Refusal("state", f"申请目前为“{label}”，不在资格审核环节。可能已有人办理，请刷新页面查看。")
    refusal = chain.why_not_step(application, step, who, edition)
    if refusal is not None and records_for_another(step, who, edition):
        return None if outcome in {"", Review.Outcome.PASSED} else refusal
    return refusal


def records_for_another(step: Step, who: Actor, edition: Regulation) -> bool:
    """Whether ``who`` enters a decision that somebody else took on paper: the step needs the document, and he may record."""
    return (
        step.kind == "decide"
        and "document" in step.needs
        and not who.holds(chain.duty_of(step), edition=edition)
        and who.holds(RECORD, edition=edition)
    )


@transaction.atomic
@acts_on("intake.steps.kind", "review")
def review(
    *,
    application: Application,
    outcome: str,
    reason: str = "",
    article: str = "",
    remarks: dict[str, str] | None = None,
    ticks: Mapping[str, tuple[bool, str]] | None = None,
    document: str = "",
    step: str,
    by: User,
    on: date | None = None,
) -> Review:
    """Answer the review that is due: ``passed``, ``returned`` (with ``remarks``: field name → remark) or ``rejected``.

    A pass of a review judges every condition again; ``ticks`` (code → met or not, and why) say what the reviewer finds of
    those that only a person can judge, and without them nothing passes. A rejection names its reason, and the condition's
    ``article`` where the regulation wants that. ``step``: the code of the step that the answer is meant for. The same outcome
    by the same account a second time returns the first one.
    """
    on = on or clock.today()
    remarks = {name: text.strip() for name, text in (remarks or {}).items() if text.strip()}
    application = locked(application)
    who = actor(by, application.pool, clock.today())
    outcome = Review.Outcome(outcome)
    refusal = why_not_review(application, who, outcome)
    if refusal is not None or step != application.step:
        if (known := _said_before(application, outcome, step, by)) is not None:
            return known
        raise Refused(refusal or Refusal("state", "该环节已经办理，请刷新页面查看。"))
    regulation = chain.edition_for(application, on)
    due = chain.due_step(application, regulation)
    assert due is not None
    judged = check_strip(application, regulation) if due.kind == "review" else []
    said = {code: Tick(code, met, note.strip()) for code, (met, note) in (ticks or {}).items()}
    recorded = records_for_another(due, who, regulation)
    batch = application.batch if application.state in Application.ON_A_LIST else None
    if outcome == Review.Outcome.PASSED:
        if due.kind == "review":
            refuse_all([*why_not_complete(application, on), *why_not_ticked(judged, said, regulation)])
        refuse_all(chain.why_not_bare(application, due, regulation, document=document, reason=reason))
        chain.go_on(application, regulation)
    elif outcome == Review.Outcome.RETURNED:
        if not (reason.strip() or remarks):
            raise Refused(Refusal("remarks", "退回补正须说明要补正的内容：请在相应字段旁填写说明，或填写总的理由。", field="reason"))
        chain.go_back(application)
    else:
        _refuse_bare_rejection(application, regulation, reason, article)
        APPLICATION.go(application, State.REJECTED)
    application.changed_at = clock.now()
    application.save()
    given = Review.objects.create(
        application=application,
        step=due.code,
        organisation=chain.unit_of(application, due),
        outcome=outcome,
        reason=reason.strip(),
        article=article,
        document=document.strip(),
        recorded=recorded,
        by=by,
    )
    ReviewRemark.objects.bulk_create(ReviewRemark(review=given, field_name=name, remark=text) for name, text in remarks.items())
    ConditionTick.objects.bulk_create(_ticks(given, judged, said))
    if batch is not None:
        chain.list_catches_up(type(batch).objects.select_for_update().get(pk=batch.pk), regulation)
    tell_filer(application, f"review:{given.pk}", given.get_outcome_display(), reason)
    body = {
        "number": application.number,
        "step": due.code,
        "outcome": outcome.value,
        "article": plain(article),
        "fields": sorted(remarks),
        "ticks": {tick.condition: tick.met for tick in given.ticks.all()},
        "rules": regulation.file_hash,
    }
    record("application.reviewed", subject=f"application:{application.pk}", by=by, pool=application.pool.code, body=body)
    return given


def _said_before(application: Application, outcome: Review.Outcome, step: str, by: User) -> Review | None:
    """The answer that a second click repeats, or None."""
    last = application.reviews.filter(by=by, step=step).order_by("-pk").first()
    if last is None or last.outcome != outcome or application.submitted_at is None:
        return last if last is not None and last.outcome == outcome and application.state == outcome.value else None
    return last if last.at >= application.submitted_at else None


@acts_on("intake.reject_needs_condition")
def _refuse_bare_rejection(application: Application, regulation: Regulation, reason: str, article: str) -> None:
    if not reason.strip():
        raise Refused(Refusal("reason", "不予入库须写明理由。", field="reason"))
    known = {condition.article for condition in regulation.conditions_for(application.expert_type)}
    if regulation.intake.reject_needs_condition and article not in known:
        rule = regulation.intake.reject_article
        raise Refused(Refusal.under(regulation, "article", "不予入库须指明所不符合的入库条件。", rule, field="article"))


def _ticks(given: Review, judged: list[Judgement], said: Mapping[str, Tick]) -> list[ConditionTick]:
    return [
        ConditionTick(
            review=given,
            condition=one.condition.code,
            name=one.condition.name,
            article=one.condition.article,
            met=said[one.condition.code].met,
            note=said[one.condition.code].note,
        )
        for one in judged
        if one.answer == Answer.TO_JUDGE and one.condition.code in said
    ]
