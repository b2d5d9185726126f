"""终止抽取: a draw is given up for good, its request is cancelled, and whoever had accepted is told (第十三条)."""

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.ledger.services import record, sealed
from expertpool.pools import duties
from expertpool.refusals import Refusal, refuse_all, refuse_if
from expertpool.regulations import Regulation
from selection.domain.lifecycles import REQUEST
from selection.domain.reasons import GIVE_UP_REASONS
from selection.models import Attempt, Draw, DrawRequest
from selection.services import contacts, invitations
from selection.services.acting import RUNNING, no, why_not_duty
from selection.services.running import RunningDraw
from selection.services.telling import tell_askers


def why_not_give_up_now(draw: Draw) -> list[Refusal]:
    """Why a draw cannot be given up as it stands, whoever asks; empty if it can."""
    if draw.request.state not in RUNNING:
        label = draw.request.get_state_display()
        return [no("state", f"使用申请目前的状态是“{label}”，只能在抽取与联系中、专家已确定时终止抽取。")]
    if draw.attempts.filter(state=Attempt.State.FROZEN).exists():
        return [no("frozen", "名单已经冻结、尚未抽出。请先中止本次抽取，再终止抽取。")]
    if draw.request.participations.filter(attended__isnull=False).exists():
        return [no("attendance", "出席情况已经登记，活动已经举行，不能终止抽取。")]
    return []


@transaction.atomic
def give_up(*, draw: Draw, reason_code: str, reason: str = "", by: User) -> Draw:
    """Give up a draw for good (第十三条): the contact log is closed with ABORT, the request is cancelled.

    Open invitations are withdrawn, acceptances released, and whoever had accepted is told. ``reason_code``: of
    :data:`GIVE_UP_REASONS`; ``reason``: text for the department, needed with OTHER. Where the newest attempt is an
    aborted one no file takes a line, and the request is cancelled alone. A second call is harmless. Raises
    :class:`Refused`. Ledger ``draw.given_up``.
    """
    running = RunningDraw.of(draw)
    draw, request, reason = running.draw, running.request, reason.strip()
    refuse_if(why_not_duty(by, "draw.run", request, running.regulation))
    if request.state == DrawRequest.State.CANCELLED:
        return draw
    refused = why_not_give_up_now(draw)
    if reason_code not in GIVE_UP_REASONS:
        refused.append(no("reason_code", "请选择终止抽取的原因。", field="reason_code"))
    elif reason_code == "OTHER" and len(reason) < 5:
        refused.append(no("reason", "选择“其他原因”时请写明具体情况（至少5个字）。", field="reason"))
    refuse_all(refused)
    line = contacts.append_abort(running.book, reason_code, by=by)
    invitations.call_off(running, by=by)
    REQUEST.go(request, DrawRequest.State.CANCELLED)
    explained = f"{GIVE_UP_REASONS[reason_code]}。{reason}"
    request.cancel_reason, request.cancelled_by, request.cancelled_at = explained, by, clock.now()
    request.save(update_fields=["state", "cancel_reason", "cancelled_by", "cancelled_at"])
    _tell(request, running.regulation, explained)
    record(
        "draw.given_up",
        subject=contacts.subject_of(draw),
        by=by,
        pool=request.pool.code,
        body={
            "request": request.number,
            "reason": reason_code,
            "text": sealed(f"draw.given_up:{draw.pk}", reason) if reason else None,
            "head": line.head if line else None,
        },
    )
    return draw


def _tell(request: DrawRequest, regulation: Regulation, explained: str) -> None:
    drawer = duties.names_of(duties.roles_for("draw.run", regulation).roles, regulation)
    tell_askers(
        request,
        regulation,
        kind="draw-given-up",
        title="抽取已终止，使用申请已取消",
        body=f"使用申请{request.number}的抽取已由{drawer}终止，使用申请随之取消。原因：{explained}\n仍需使用专家的，请重新提出使用申请。\n",
        idem=f"draw-given-up:{request.pk}",
    )
