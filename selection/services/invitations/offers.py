"""邀请: offered in drawn order; seats follow from the drawn lists, standbys step up, a finished log is closed (第十三条（三）（四）).

After every outcome :func:`settle` derives seats, invites whoever is due, closes the log when nothing is left to do.
Nobody chooses: order and seats follow from the drawn lists alone.
"""

import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from expertpool import clock, crypto
from expertpool.accounts.models import User
from expertpool.addresses import address
from expertpool.ledger.services import record
from expertpool.messaging.services import queue_message
from expertpool.refusals import refuse_if
from expertpool.regulations import Regulation, printed
from expertpool.regulations.acting import acts_on
from expertpool.web.templatetags.house import cn_datetime
from experts.services.disclosure import show
from selection.domain import seats
from selection.domain.lifecycles import REQUEST
from selection.models import Candidate, Draw, DrawRequest, Invitation, Participation
from selection.services import contacts
from selection.services.acting import RUNNING, no, why_not_duty
from selection.services.running import RunningDraw
from selection.services.telling import tell_askers

from .common import append_skip, declarable, has_started, locked, tell, when_where

TOKEN_BYTES = 32


def digest_of(token: str) -> str:
    """What is stored of a token."""
    return crypto.digest("invitation-token", token)


@transaction.atomic
def invite_due(*, draw: Draw, by: User | None = None) -> list[Invitation]:
    """Invite every candidate whose position is due and who was not invited yet, in drawn order (第十三条（三）).

    Whoever can no longer serve (left the pool, suspended, at the cap, another activity) is skipped with that reason.
    ``by``: the account that pressed the button, None for the system. Harmless when repeated. Ledger
    ``invitation.sent`` for each. Refused for who does not hold the duty to contact.
    """
    running = RunningDraw.of(draw)
    refuse_if(why_not_duty(by, "contact.run", running.request, running.regulation))
    running.look_ahead()
    return invite_next(running, by=by)


@transaction.atomic
def show_phone(*, invitation: Invitation, by: User) -> str:
    """The telephone number of a candidate whose position is due, to who contacts him; recorded like every disclosure (design §9).

    Raises Refused for anybody else, and once the invitation has an outcome: then nobody has to be called.
    """
    running, invitation = locked(invitation)
    refuse_if(
        why_not_duty(by, "contact.run", running.request, running.regulation),
        None if invitation.state == Invitation.State.OPEN else no("answered", "该邀请已有结果，不再显示电话。"),
    )
    reason = f"按抽取顺序联系候选专家（{running.draw.number}）"
    return show(subject=invitation.candidate.membership.expert, field_name="phone", reason=reason, by=by, pool=running.pool)


@acts_on("contact.contact_by")
@acts_on("contact.order")
def invite_next(running: RunningDraw, *, by: User | None) -> list[Invitation]:
    """:func:`invite_due` inside an act that holds the draw and has looked ahead."""
    sent: list[Invitation] = []
    if running.request.state not in RUNNING or running.book.file is None:
        return sent
    while not has_started(running.request):
        skipped = False
        for candidate in running.book.due:
            if contacts.invitation_of(candidate) is not None:
                continue
            if found := running.why_not_serve(candidate):
                append_skip(running, candidate, found[0], by=None)
                skipped = True
                break
            sent.append(_invite(running, candidate, by))
        running.reread()
        if not skipped:
            break
    _finish(running)
    return sent


@acts_on("contact.reply_hours")
def _invite(running: RunningDraw, candidate: Candidate, by: User | None) -> Invitation:
    request, now = running.request, clock.now()
    assert request.starts_on is not None
    hours = int(running.regulation.said("contact.reply_hours").value)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation = Invitation.objects.create(
        candidate=candidate,
        token_digest=digest_of(token),
        sent_at=now,
        deadline=min(now + timedelta(hours=hours), clock.start_of(request.starts_on)),
    )
    expert = candidate.membership.expert
    where = expert.email or expert.phone
    if expert.user or where:
        queue_message(
            kind="invitation",
            to=expert.user,
            address=where,
            title="评审工作邀请，请按期回复",
            body=_invitation_text(request, running.regulation, invitation, token),
            about=f"invitation:{invitation.pk}",
            idem=f"invitation:{invitation.pk}",
            pool=running.pool.code,
        )
    record(
        "invitation.sent",
        subject=contacts.subject_of(running.draw),
        by=by,
        pool=running.pool.code,
        body={
            "invitation": invitation.pk,
            "round": candidate.attempt.round,
            "field": candidate.field.code,
            "position": candidate.position,
            "number": candidate.membership.number,
        },
    )
    return invitation


def _invitation_text(request: DrawRequest, regulation: Regulation, invitation: Invitation, token: str) -> str:
    lines = [
        f"{regulation.labels.pool}邀请您参加：{request.title}",
        when_where(request).rstrip(),
        f"请在{cn_datetime(invitation.deadline)}前回复，逾期视为未回复。",
        f"回复链接（仅供本人使用）：{settings.PUBLIC_URL}{address('reply', token)}",
        "有下列情形之一的，应当申请回避：",
        *(f"{number}. {ground.name}（{printed(ground.article)}）" for number, ground in enumerate(declarable(regulation), 1)),
    ]
    return "\n".join(lines) + "\n"


def settle(running: RunningDraw) -> None:
    """After an outcome: seats anew, who steps up is told, who is due is invited, a finished log is closed."""
    running.reread()
    _seat(running)
    invite_next(running, by=None)


def _seat(running: RunningDraw) -> None:
    book = running.book
    seated = book.seated()
    for key, candidate in book.candidates.items():
        participation = getattr(candidate, "participation", None)
        if participation is None or participation.state != Participation.State.STANDING:
            continue
        has_seat = key in seated
        if participation.seated == has_seat:
            continue
        participation.seated = has_seat
        participation.save(update_fields=["seated"])
        # Who has just accepted is told by the page that he looks at; a seat that comes later needs a message.
        if has_seat and book.file is not None and book.last_by_attempt[book.file.pk].candidate_id != candidate.pk:
            title, text = "您已由候补递补为正选专家", _step_up_text(running)
            tell(participation, running.request, "step-up", title, text, once=len(book.lines))


@acts_on("contact.step_up_article")
def _step_up_text(running: RunningDraw) -> str:
    request, regulation = running.request, running.regulation
    article = regulation.contact.step_up_article if regulation.contact else ""
    basis = f"（{regulation.cite(article)}）" if article else ""
    return f"因前面顺位的专家退出，您按抽取顺序递补为“{request.title}”的正选专家{basis}。\n{when_where(request)}"


def _finish(running: RunningDraw) -> None:
    """Close the log when nothing is open or due, and let the request follow."""
    request, book = running.request, running.book
    if book.file is None or request.state not in RUNNING:
        return
    short = any(book.missing.values())
    if short and request.state == DrawRequest.State.CONFIRMED:
        REQUEST.go(request, DrawRequest.State.DRAWING)
        request.save(update_fields=["state"])
    if book.open_invitations or (book.due and not has_started(request)):
        return
    if seats.unfinished(book.lists, book.lines):
        return  # the activity began before everybody was asked: nobody can say that the lists did not suffice
    if book.close is None:
        contacts.append_close(book)
    if not short and request.state == DrawRequest.State.DRAWING:
        REQUEST.go(request, DrawRequest.State.CONFIRMED)
        request.save(update_fields=["state"])
        _tell_confirmed(request, running.regulation, book)


def _tell_confirmed(request: DrawRequest, regulation: Regulation, book: contacts.Book) -> None:
    seated, standing = book.seated(), len(book.lines)
    for key, candidate in book.candidates.items():
        participation = getattr(candidate, "participation", None)
        if participation is None or participation.state != Participation.State.STANDING:
            continue
        place = "正选专家" if key in seated else "候补专家，如有专家退出将按抽取顺序递补并另行通知"
        text = f"“{request.title}”的专家已经确定，您为{place}。\n{when_where(request)}"
        tell(participation, request, "confirmed", "评审专家已经确定", text, once=standing)
    tell_askers(
        request,
        regulation,
        kind="request-confirmed",
        title="使用申请的专家已经确定",
        body=f"使用申请{request.number}的专家已经确定，共{len(seated)}名，另有候补{len(book.standbys())}名。名单在活动开始当日可见。\n",
        idem=f"request-confirmed:{request.pk}:{standing}",
    )
