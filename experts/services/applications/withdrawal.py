"""撤回: an application taken back before admission."""

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.ledger.services import record, sealed
from expertpool.pools.duties import Actor, actor, names_of, roles_for
from expertpool.refusals import Refusal, Refused, refuse_if
from experts.domain.lifecycles import APPLICATION
from experts.models import Application
from experts.services import chain

from .filers import files_for
from .filing import locked
from .reviews import RECORD

State = Application.State


def why_not_withdraw(application: Application, who: Actor) -> Refusal | None:
    """The reason why ``who`` may not withdraw the application now, or None."""
    return _why_not_his(application, who) or APPLICATION.why_not(application.state, State.WITHDRAWN, labels=dict(State.choices))


def _why_not_his(application: Application, who: Actor) -> Refusal | None:
    """The filing side, the applicant himself and who keeps the pool withdraw; not an agency, nor anybody without an assignment here."""
    edition = chain.edition_to_read(application)
    himself = application.applicant_id is not None and application.applicant_id == who.account.pk
    if who.assignments and (files_for(application, who) or himself or who.holds(RECORD, edition=edition)):
        return None
    keepers = names_of(roles_for(RECORD, edition).roles, edition)
    return Refusal("not_filer", f"只有填报单位、填报人、本人{f'或{keepers}' if keepers else ''}可以撤回这份申请。")


@transaction.atomic
def withdraw_application(*, application: Application, reason: str, by: User) -> Application:
    """Take an application back before admission; it stays in the records. Withdrawing twice changes nothing."""
    application = locked(application)
    who = actor(by, application.pool, clock.today())
    refuse_if(_why_not_his(application, who))
    if application.state == State.WITHDRAWN:
        return application
    refuse_if(why_not_withdraw(application, who))
    if not reason.strip():
        raise Refused(Refusal("reason", "请写明撤回的理由。", field="reason"))
    APPLICATION.go(application, State.WITHDRAWN)
    application.changed_at = clock.now()
    # The reason lies in the file's history, beside who and when; the ledger holds a commitment to it.
    application._change_reason = reason.strip()  # type: ignore[attr-defined]
    application.save()
    if application.batch is not None:
        chain.close_if_done(application.batch)
    body = {"number": application.number, "reason": sealed(f"application.withdrawn:{application.pk}", reason)}
    record("application.withdrawn", subject=f"application:{application.pk}", by=by, pool=application.pool.code, body=body)
    return application
