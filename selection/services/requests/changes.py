"""What happens to a request besides its approvals: sent back for other conditions, taken back by who asked."""

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.ledger.services import record, sealed
from expertpool.pools.duties import Actor, actor, names_of, roles_for
from expertpool.pools.editions import edition_of
from expertpool.refusals import Refusal, Refused, refuse_if
from selection.domain.lifecycles import BEFORE_DRAW, EDITABLE, REQUEST
from selection.models import Approval, DrawRequest

from .filing import FILE


def _locked(request: DrawRequest) -> DrawRequest:
    return DrawRequest.objects.select_for_update(of=("self",)).select_related("pool").get(pk=request.pk)


def why_not_send_back(request: DrawRequest, who: Actor) -> Refusal | None:
    """The reason why ``who`` may not send an approved request back for other conditions, or None."""
    if refusal := who.why_not("requests.send_back", organisation=request.department_id, edition=edition_of(request, request.pool)):
        return refusal
    if request.state != DrawRequest.State.APPROVED:
        return Refusal("state", f"申请目前的状态是“{request.get_state_display()}”，只有已批准、尚未抽取的申请可以退回调整条件。")
    return None


@transaction.atomic
def send_back(*, request: DrawRequest, reason: str, by: User) -> DrawRequest:
    """The pool is too small for an approved request: back to who asked, for other conditions (reading A8).

    What comes back is a new version that passes all approvals again. Raises Refused.
    """
    request = _locked(request)
    reason = reason.strip()
    last = request.approvals.last()
    if request.state == DrawRequest.State.RETURNED and last and (last.by_id, last.reason) == (by.pk, reason):
        return request
    refuse_if(why_not_send_back(request, actor(by, request.pool, clock.today())))
    if not reason:
        raise Refused(Refusal("reason", "请写明需要调整的条件。", field="reason"))
    answer = Approval.objects.create(
        request=request, version=request.version, step=Approval.SENT_BACK, outcome=Approval.Outcome.ASKED_MORE, reason=reason, by=by
    )
    REQUEST.go(request, DrawRequest.State.RETURNED)
    request.approved_at, request.canonical = None, ""
    request.save()
    record(
        "request.sent-back",
        subject=f"request:{request.pk}",
        by=by,
        pool=request.pool.code,
        body={"number": request.number, "version": request.version, "reason": sealed(f"approval.reason:{answer.pk}", reason)},
    )
    return request


def _why_not_his(request: DrawRequest, who: Actor) -> Refusal | None:
    """Of what is sent its own edition says who asked; what lies with who asks is filed under the day's."""
    edition = who.edition if request.state in EDITABLE else edition_of(request, request.pool)
    return who.why_not(FILE, organisation=request.department_id, edition=edition)


def why_not_cancel(request: DrawRequest, who: Actor) -> Refusal | None:
    """The reason why ``who`` may not cancel ``request``, or None."""
    if refusal := _why_not_his(request, who):
        return refusal
    if request.state not in BEFORE_DRAW:
        edition = edition_of(request, request.pool)
        drawers = names_of(roles_for("draw.run", edition).roles, edition)
        return Refusal("state", f"申请目前的状态是“{request.get_state_display()}”，不能取消；抽取开始后需要取消的，请联系{drawers}。")
    return None


@transaction.atomic
def cancel_request(*, request: DrawRequest, reason: str = "", by: User) -> DrawRequest:
    """Who asked takes the request back before the draw; ``reason`` stays with it and is shown on its page.

    A cancelled one again changes nothing. Raises Refused.
    """
    request = _locked(request)
    who = actor(by, request.pool, clock.today())
    if request.state == DrawRequest.State.CANCELLED and _why_not_his(request, who) is None:
        return request
    refuse_if(why_not_cancel(request, who))
    REQUEST.go(request, DrawRequest.State.CANCELLED)
    request.step, request.due_at = "", None
    request.cancel_reason, request.cancelled_by, request.cancelled_at = reason.strip(), by, clock.now()
    request.save()
    record(
        "request.cancelled",
        subject=f"request:{request.pk}",
        by=by,
        pool=request.pool.code,
        body={
            "number": request.number,
            "version": request.version,
            "reason": sealed(f"request.cancelled:{request.pk}", request.cancel_reason) if request.cancel_reason else None,
        },
    )
    return request
