"""What offers, answers and endings have in common: the states that outcomes lead to, the words to an expert."""

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.messaging.services import cancel_messages, queue_message
from expertpool.pools import duties
from expertpool.refusals import Refusal
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from expertpool.regulations.schema import RecusalGround
from expertpool.web.templatetags.house import cn_date
from selection.domain import protocol
from selection.domain.eligibility import Exclusion
from selection.domain.seats import Outcome
from selection.models import Candidate, Draw, DrawRequest, Invitation, Participation
from selection.services import contacts
from selection.services.acting import RUNNING, no
from selection.services.running import RunningDraw

STATE_OF = {
    Outcome.ACCEPT: Invitation.State.ACCEPTED,
    Outcome.DECLINE: Invitation.State.DECLINED,
    Outcome.RECUSE: Invitation.State.RECUSED,
    Outcome.NOREPLY: Invitation.State.NO_REPLY,
    Outcome.UNREACHED: Invitation.State.UNREACHED,
    Outcome.WITHDRAW: Invitation.State.WITHDRAWN,
    Outcome.SKIP: Invitation.State.CANCELLED,
}
ANSWERED = frozenset({Outcome.ACCEPT, Outcome.DECLINE, Outcome.RECUSE, Outcome.WITHDRAW})


@acts_on("recusal.declarable")
def declarable(regulation: Regulation) -> tuple[RecusalGround, ...]:
    """The situations of recusal that each invitation asks about (第十五条)."""
    return tuple(ground for ground in regulation.recusal if ground.declarable)


def append_skip(running: RunningDraw, candidate: Candidate, why: Exclusion, *, by: User | None) -> None:
    """Write that a position is skipped because its expert can no longer serve (第十四条, 第十五条), with the evidence of it.

    The evidence is the hash of what was found, in words that files and edition give back: whoever holds them can form it anew.
    """
    round, field, position = contacts.key_of(candidate)
    found = {
        "draw": running.draw.number,
        "round": round,
        "field": field,
        "position": position,
        "number": candidate.membership.number,
        "reason": why.code,
        "article": why.article,
        "rules": running.regulation.file_hash,
    }
    evidence = protocol.h(running.draw.alg, protocol.canonical(found))
    contacts.append_outcome(running.book, candidate, Outcome.SKIP, by=by, reason=why.code, evidence=evidence)


def has_started(request: DrawRequest) -> bool:
    """Whether the first day of the activity has come."""
    return request.starts_on is not None and clock.now() >= clock.start_of(request.starts_on)


def who_contacts(regulation: Regulation) -> str:
    """Whom an expert turns to, as his pool calls them."""
    return duties.names_of(duties.roles_for("contact.run", regulation).roles, regulation)


def locked(invitation: Invitation) -> tuple[RunningDraw, Invitation]:
    """An invitation under the lock of its draw, both read afresh."""
    running = RunningDraw.of(Draw.objects.get(pk=invitation.candidate.attempt.draw_id))
    fresh = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("candidate__attempt", "candidate__field", "candidate__membership__expert__user")
        .get(pk=invitation.pk)
    )
    return running, fresh


def end_invitation(invitation: Invitation, outcome: Outcome, *, reason: str = "", text: str = "") -> None:
    """Write down what became of an invitation; an offer that is over is not sent any more."""
    invitation.state = STATE_OF[outcome]
    invitation.reason_code = reason
    invitation.reason_text = text.strip()
    if outcome in ANSWERED:
        invitation.replied_at = clock.now()
    else:
        # What has not left yet need not leave.
        cancel_messages(about=f"invitation:{invitation.pk}")
    invitation.save()


def when_where(request: DrawRequest) -> str:
    """Days and place of the activity, as they stand in a message."""
    days = cn_date(request.starts_on)
    if request.ends_on and request.ends_on != request.starts_on:
        days += f"至{cn_date(request.ends_on)}"
    return f"时间：{days}\n地点：{request.place}\n"


def tell(participation: Participation, request: DrawRequest, kind: str, title: str, body: str, *, once: int) -> None:
    """A message to an expert about what he accepted; ``once`` tells it from others of its kind."""
    expert = participation.membership.expert
    where = expert.email or expert.phone
    if expert.user or where:
        queue_message(
            kind=kind,
            to=expert.user,
            address=where,
            title=title,
            body=body,
            about=f"participation:{participation.pk}",
            idem=f"{kind}:{participation.pk}:{once}",
            pool=request.pool.code,
        )


def why_not_running(draw: Draw) -> Refusal | None:
    """Why nothing is asked or answered any more, or None."""
    return None if draw.request.state in RUNNING else no("ended", "本次活动已取消或已结束，不再需要回复。")
