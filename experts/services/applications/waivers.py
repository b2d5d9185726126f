"""条件豁免: soft conditions (“一般”“原则上”) set aside for one applicant (readings A3)."""

from datetime import date

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.ledger.services import plain, record
from expertpool.pools.duties import Actor, actor, names_of
from expertpool.refusals import Refusal, Refused, refuse_if
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from expertpool.regulations.schema import Condition
from experts.domain.conditions import Answer
from experts.models import Application, ConditionWaiver
from experts.services import chain

from .filing import locked
from .submission import check_strip

State = Application.State
WAIVE = "applications.waive"


def waivable(application: Application, regulation: Regulation | None = None) -> list[Condition]:
    """The soft conditions of the application's edition."""
    regulation = regulation or chain.edition_to_read(application)
    return [one for one in regulation.conditions_for(application.expert_type) if one.waivable]


def waits_for_waiver(application: Application) -> bool:
    """Whether one of the soft conditions keeps the file back."""
    edition = chain.edition_to_read(application)
    return any(one.condition.waivable and one.answer == Answer.NOT_MET for one in check_strip(application, edition))


def why_not_waive(application: Application, who: Actor, condition: Condition | None = None) -> Refusal | None:
    """The reason why ``who`` may not waive ``condition`` (default: any of them) for the applicant, or None."""
    edition = chain.edition_to_read(application)
    rules = [condition] if condition is not None else waivable(application, edition)
    if not rules:
        return Refusal("none", "适用的规定没有可以豁免的条件。")
    if refusal := who.why_not(WAIVE, edition=edition):
        return refusal
    if not any(one.waiver_approver in who.roles for one in rules):
        rule = rules[0]
        by = names_of((rule.waiver_approver,), edition)
        return Refusal.under(edition, "duty", f"这一条件的豁免由{by}批准。", rule.waiver_article or rule.article)
    if application.state not in (State.DRAFT, State.RETURNED, State.UNDER_REVIEW):
        return Refusal("state", f"申请目前为“{application.get_state_display()}”，不能再批准豁免。")
    return None


@transaction.atomic
@acts_on("conditions.waivable")
@acts_on("conditions.waiver_approver")
def waive_condition(*, application: Application, condition: str, reason: str, by: User, on: date | None = None) -> ConditionWaiver:
    """Set a soft condition aside for one applicant: reason and approver are kept and shown. Waiving twice returns the first waiver."""
    application = locked(application)
    who = actor(by, application.pool, clock.today())
    regulation = chain.edition_for(application, on or clock.today())
    refuse_if(who.why_not(WAIVE, edition=regulation))
    known = application.waivers.filter(condition=condition).first()
    if known is not None:
        return known
    rule = next((one for one in regulation.conditions_for(application.expert_type) if one.code == condition), None)
    if rule is None or not rule.waivable:
        article = rule.article if rule else ""
        raise Refused(Refusal.under(regulation, "not_waivable", "这一条件不能豁免。", article, field="condition"))
    refuse_if(why_not_waive(application, who, rule))
    if not reason.strip():
        raise Refused(Refusal("reason", "批准豁免须写明理由。", field="reason"))
    waiver = ConditionWaiver.objects.create(
        application=application, condition=condition, article=rule.waiver_article or rule.article, reason=reason.strip(), by=by
    )
    body = {"number": application.number, "condition": condition, "article": plain(waiver.article), "rules": regulation.file_hash}
    record("application.condition_waived", subject=f"application:{application.pk}", by=by, pool=application.pool.code, body=body)
    return waiver
