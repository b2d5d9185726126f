"""What ends an invitation or an acceptance without an answer to it: lapse, no delivery, withdrawal, a rule, the end of it all."""

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.ledger.services import record
from expertpool.messaging.models import Message
from expertpool.messaging.services import cancel_messages
from expertpool.refusals import Refusal, Refused, refuse_if, why_not_text
from expertpool.regulations.acting import acts_on
from selection.domain.eligibility import Exclusion
from selection.domain.reasons import UNDELIVERED
from selection.domain.seats import Outcome
from selection.models import Draw, DrawRequest, Invitation, Participation
from selection.services import contacts
from selection.services.acting import RUNNING, no, why_not_duty
from selection.services.running import RunningDraw

from .common import append_skip, end_invitation, has_started, locked, tell, when_where
from .offers import invite_due, settle


@transaction.atomic
def lapse(*, invitation: Invitation) -> Invitation:
    """End an invitation whose deadline has passed: NOREPLY, or UNREACHED when nothing reached the expert in time.

    A message that was not delivered before the deadline is no missed reply (第七条（五）). Harmless when it is not due.
    Ledger ``contact.recorded``.
    """
    running, invitation = locked(invitation)
    if invitation.state != Invitation.State.OPEN or clock.now() < invitation.deadline:
        return invitation
    if running.request.state not in RUNNING:
        return _cancel(running, invitation, by=None)
    if contacts.why_not_write(running.book):
        return invitation
    delivered = Message.objects.filter(about=f"invitation:{invitation.pk}", sent_at__lt=invitation.deadline).exists()
    outcome, reason = (Outcome.NOREPLY, "") if delivered else (Outcome.UNREACHED, UNDELIVERED)
    _end(running, invitation, outcome, by=None, reason=reason)
    return invitation


def _end(running: RunningDraw, invitation: Invitation, outcome: Outcome, *, by: User | None, reason: str = "", text: str = "") -> None:
    running.look_ahead()
    end_invitation(invitation, outcome, reason=reason, text=text)
    contacts.append_outcome(running.book, invitation.candidate, outcome, by=by, reason=reason)
    settle(running)


@transaction.atomic
def end_contacts(request: DrawRequest) -> None:
    """What is due of a request's contacts when its activity begins: overdue invitations lapse, the log is closed."""
    for invitation in Invitation.objects.open().filter(candidate__attempt__draw__request=request).order_by("deadline", "pk"):
        lapse(invitation=invitation)
    draw = Draw.objects.filter(request=request).first()
    if draw is not None:
        invite_due(draw=draw)


def call_off(running: RunningDraw, *, by: User | None) -> None:
    """Nobody is needed any more: open invitations end without an outcome, acceptances are released and told so.

    After the last line of the draw's contacts.
    """
    for invitation in Invitation.objects.select_for_update().open().filter(candidate__attempt__draw=running.draw).order_by("pk"):
        _cancel(running, invitation, by=by)
    request = running.request
    rows = Participation.objects.select_for_update(of=("self",)).select_related("membership__expert__user")
    for participation in rows.filter(request=request, state=Participation.State.STANDING).order_by("pk"):
        participation.state, participation.seated = Participation.State.RELEASED, False
        participation.save(update_fields=["state", "seated"])
        # What has not left yet would contradict this.
        cancel_messages(about=f"participation:{participation.pk}")
        text = f"您已接受邀请的“{request.title}”不再按原安排进行，您无需参加。感谢您的支持。\n{when_where(request)}"
        tell(participation, request, "called-off", "评审活动的专家安排已取消", text, once=0)


def _cancel(running: RunningDraw, invitation: Invitation, *, by: User | None) -> Invitation:
    """The request was cancelled or is over: its open invitations end without an outcome."""
    invitation.state = Invitation.State.CANCELLED
    invitation.save(update_fields=["state"])
    cancel_messages(about=f"invitation:{invitation.pk}")
    body = {"invitation": invitation.pk}
    record("invitation.cancelled", subject=contacts.subject_of(running.draw), by=by, pool=running.pool.code, body=body)
    return invitation


@transaction.atomic
@acts_on("contact.recorded_by")
def mark_unreached(*, invitation: Invitation, reason: str, by: User) -> Invitation:
    """An invitation could not be delivered (wrong number, returned mail); it does not count as no reply.

    ``reason``: text, kept with the invitation. Harmless when repeated. Ledger ``contact.recorded``.
    """
    running, invitation = locked(invitation)
    refuse_if(why_not_duty(by, "contact.record", running.request, running.regulation))
    if invitation.state == Invitation.State.UNREACHED:
        return invitation
    refuse_if(why_not_text(reason, "未能送达的情况（例如“手机号为空号，邮件被退回”）", "reason"))
    if invitation.state != Invitation.State.OPEN:
        raise Refused(no("answered", "该邀请已有结果，不能登记为未能送达。"))
    _end(running, invitation, Outcome.UNREACHED, by=by, text=reason)
    return invitation


def skip(running: RunningDraw, invitation: Invitation, *, why: Exclusion, by: User | None) -> None:
    """End an open invitation because a rule now excludes its expert. Under the draw's lock."""
    if invitation.state == Invitation.State.OPEN:
        running.look_ahead()
        end_invitation(invitation, Outcome.SKIP, reason=why.code)
        append_skip(running, invitation.candidate, why, by=by)
        settle(running)


def why_not_withdraw(*, participation: Participation, asks: str = "") -> Refusal | None:
    """Why an acceptance cannot be taken back now, or None (第十一条（五）: until the activity starts). ``asks``: whom to turn to."""
    request = participation.request
    if participation.state == Participation.State.WITHDRAWN:
        return no("withdrawn", "已经退出本次活动。")
    if participation.state != Participation.State.STANDING or request.state not in RUNNING:
        return no("ended", "本次活动已取消或已结束，不需要退出。")
    if has_started(request):
        whom = f"提出申请的单位和{asks}" if asks else "提出申请的单位"
        return no("started", f"活动已经开始，不能再退出；确有应当回避的情形，请立即联系{whom}。")
    return None


def take_back(
    running: RunningDraw, participation: Participation, *, reason_code: str, reason_text: str = "", by: User | None, recuse: bool = False
) -> Participation:
    """WITHDRAW (or RECUSE) after an acceptance, under the draw's lock; whoever calls it has asked whether it may be."""
    running.look_ahead()
    candidate = next(one for one in running.book.candidates.values() if one.pk == participation.candidate_id)
    outcome = Outcome.RECUSE if recuse else Outcome.WITHDRAW
    participation.state, participation.seated = Participation.State.WITHDRAWN, False
    participation.save(update_fields=["state", "seated"])
    invitation = contacts.invitation_of(candidate)
    if invitation is not None:
        end_invitation(invitation, outcome, reason=reason_code, text=reason_text)
    contacts.append_outcome(running.book, candidate, outcome, by=by, reason=reason_code)
    settle(running)
    return participation
