"""单位审核、本人同意: what a unit, or the applicant himself, says at the step that is due (第六条（二）（三）)."""

from datetime import date

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.ledger.services import record
from expertpool.pools.duties import Actor, actor
from expertpool.refusals import Refusal, Refused, refuse_all
from expertpool.regulations.acting import acts_on
from experts.domain.statements import statements
from experts.models import Application, Endorsement
from experts.services import chain

from .filing import locked
from .submission import why_not_complete
from .telling import tell_filer

KINDS = ("consent", "endorse")


def why_not_endorse(application: Application, who: Actor) -> Refusal | None:
    """The reason why ``who`` may not confirm or refuse the application at its present step, or None."""
    edition = chain.edition_for(application, who.on)
    step = chain.due_step(application, edition)
    if step is None or step.kind not in KINDS or not chain.answered_alone(application, step):
        label = step.name if step is not None else application.get_state_display()
        return Refusal("state", f"申请目前为“{label}”，不在单位审核环节。可能已有人办理，请刷新页面查看。")
    return chain.why_not_step(application, step, who, edition)


@transaction.atomic
@acts_on("intake.steps.kind", "endorse")
@acts_on("intake.steps.kind", "consent")
def endorse(
    *,
    application: Application,
    confirmed: bool,
    reason: str = "",
    document: str = "",
    step: str,
    by: User,
    on: date | None = None,
) -> Endorsement:
    """Answer the application's present step: forward it, or send it back to its filer with a reason.

    In a consent step the applicant who confirms states what the edition asks him to state, and the file must be whole.
    ``step``: the code of the step that the answer is meant for; the same answer by the same account a second time returns
    the first one, so that no second click passes for the next step.
    """
    on = on or clock.today()
    application = locked(application)
    who = actor(by, application.pool, clock.today())
    decision = Endorsement.Decision.CONFIRMED if confirmed else Endorsement.Decision.REFUSED
    refusal = why_not_endorse(application, who)
    if refusal is not None or step != application.step:
        given = application.endorsements.filter(by=by, step=step).order_by("-pk").first()
        if given is not None and given.decision == decision and application.submitted_at and given.at >= application.submitted_at:
            return given
        raise Refused(refusal or Refusal("state", "该环节已经办理，请刷新页面查看。"))
    edition = chain.edition_for(application, on)
    due = chain.due_step(application, edition)
    assert due is not None
    batch = application.batch
    if not confirmed:
        if not reason.strip():
            raise Refused(Refusal("reason", "不予确认须写明理由，填报人据此修改或撤回。", field="reason"))
        chain.go_back(application)
    else:
        if due.kind == "consent":
            for statement in statements(edition):
                setattr(application, statement.column, True)
            application.consented_at = application.consented_at or clock.now()
            refuse_all(why_not_complete(application, on))
        refuse_all(chain.why_not_bare(application, due, edition, document=document, reason=reason))
        chain.go_on(application, edition)
    application.save()
    given = Endorsement.objects.create(
        application=application,
        step=due.code,
        decision=decision,
        reason=reason.strip(),
        document=document.strip(),
        organisation=chain.unit_of(application, due),
        by=by,
    )
    if batch is not None:
        chain.list_catches_up(type(batch).objects.select_for_update().get(pk=batch.pk), edition)
    if not confirmed:
        tell_filer(application, f"endorsement:{given.pk}", "不予确认并退回", reason)
    body = {"number": application.number, "step": due.code, "decision": str(decision), "to": application.state}
    record("application.endorsed", subject=f"application:{application.pk}", by=by, pool=application.pool.code, body=body)
    return given
