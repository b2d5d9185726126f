"""Invitations: offered in drawn order, answered by link or account, lapsed, withdrawn; standbys step up (第十三条（三）（四）).

After every outcome :func:`settle` derives seats, invites whoever is due, closes the log when nothing is left to do.
Nobody chooses: order and seats follow from the drawn lists alone.
"""

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from expertpool import clock, crypto
from expertpool.accounts.models import Role, User
from expertpool.core.templatetags.house import cn_date, cn_datetime
from expertpool.ledger.services import record
from expertpool.messaging.models import Message
from expertpool.messaging.services import cancel_messages, queue_message
from expertpool.refusals import Refusal, Refused
from expertpool.regulations import Regulation, printed
from expertpool.regulations.schema import RecusalGround
from experts.models import Membership
from experts.services.editions import edition_of, edition_on
from selection.domain import draw as protocol
from selection.domain import seats
from selection.domain.lifecycles import REQUEST
from selection.domain.seats import Outcome
from selection.models import Candidate, Draw, DrawRequest, Invitation, Participation
from selection.services import contacts
from selection.services.capacity import ENDS_A_SEAT, changes_since

ANSWERS = ("accept", "decline", "recuse")
WRONG_DIGITS_ALLOWED = 5
TOKEN_BYTES = 32
DECLARATION = "本人已逐项阅读应当回避的情形，承诺与本次活动不存在上述情形；如活动开始前发现存在，将立即申请回避。"
UNDELIVERED = "UNDELIVERED"
UNKNOWN_LINK = "该回复链接无效。请使用收到的完整链接，或联系专家库管理处室。"
RUNNING = frozenset({DrawRequest.State.DRAWING, DrawRequest.State.CONFIRMED})

_STATE_OF = {
    Outcome.ACCEPT: Invitation.State.ACCEPTED,
    Outcome.DECLINE: Invitation.State.DECLINED,
    Outcome.RECUSE: Invitation.State.RECUSED,
    Outcome.NOREPLY: Invitation.State.NO_REPLY,
    Outcome.UNREACHED: Invitation.State.UNREACHED,
    Outcome.WITHDRAW: Invitation.State.WITHDRAWN,
    Outcome.SKIP: Invitation.State.CANCELLED,
}


@dataclass(frozen=True)
class Answer:
    """What an expert said: ``accept``, ``decline`` or ``recuse``, with what must go with it."""

    answer: str
    reason_code: str = ""
    reason_text: str = ""
    declares_no_conflict: bool = False


def _no(code: str, message: str, regulation: Regulation | None = None, article: str = "", field: str = "") -> Refusal:
    return Refusal(code, message, article=article, regulation=regulation.code if regulation and article else "", field=field)


def digest_of(token: str) -> str:
    """What is stored of a token."""
    return crypto.digest("invitation-token", token)


def declarable(regulation: Regulation) -> tuple[RecusalGround, ...]:
    """The situations of recusal that each invitation asks about (第十五条)."""
    return tuple(ground for ground in regulation.recusal if ground.declarable)


def _has_started(request: DrawRequest) -> bool:
    return request.starts_on is not None and clock.now() >= clock.start_of(request.starts_on)


@transaction.atomic
def invite_due(*, draw: Draw, by: User | None = None) -> list[Invitation]:
    """Invite every candidate whose position is due and who was not invited yet, in drawn order (第十三条（三）).

    Whoever can no longer serve (left the pool, suspended, at the cap, another activity) is skipped with that reason.
    ``by``: the account that pressed the button, None for what follows from an outcome. Harmless when repeated.
    Ledger ``invitation.sent`` for each. Refused for a role that does not contact.
    """
    draw = contacts.lock(draw)
    regulation = edition_of(draw, draw.request.pool)
    if by is not None and regulation.contact and by.role != regulation.contact.contact_by:
        label = Role(regulation.contact.contact_by).label
        raise Refused(_no("role", f"候选专家由{label}按抽取顺序联系。", regulation, regulation.contact.contact_article))
    sent: list[Invitation] = []
    book = contacts.read(draw)
    if draw.request.state not in RUNNING or book.file is None:
        return sent
    while not _has_started(draw.request):
        skipped = False
        for candidate in book.due:
            if contacts.invitation_of(candidate) is not None:
                continue
            found = changes_since(membership=candidate.membership, request=draw.request, regulation=regulation)
            if found:
                contacts.append_outcome(book, candidate, Outcome.SKIP, by=None, reason=found[0].code)
                skipped = True
                break
            sent.append(_invite(draw, regulation, candidate, by))
        book = contacts.read(draw)
        if not skipped:
            break
    _finish(draw, book)
    return sent


def _invite(draw: Draw, regulation: Regulation, candidate: Candidate, by: User | None) -> Invitation:
    request, now = draw.request, clock.now()
    assert request.starts_on is not None
    hours = regulation.contact.reply_hours if regulation.contact else 24
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation = Invitation.objects.create(
        candidate=candidate,
        token_digest=digest_of(token),
        sent_at=now,
        deadline=min(now + timedelta(hours=hours), clock.start_of(request.starts_on)),
    )
    expert = candidate.membership.expert
    address = expert.email or expert.phone
    if expert.user or address:
        queue_message(
            kind="invitation",
            to=expert.user,
            address=address,
            title="评审工作邀请，请按期回复",
            body=_invitation_text(request, regulation, invitation, token),
            about=f"invitation:{invitation.pk}",
            idem=f"invitation:{invitation.pk}",
        )
    record(
        "invitation.sent",
        subject=contacts.subject_of(draw),
        by=by,
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
        _when_where(request).rstrip(),
        f"请在{cn_datetime(invitation.deadline)}前回复，逾期视为未回复。",
        f"回复链接（仅供本人使用）：{settings.PUBLIC_URL}{reverse('reply', args=[token])}",
        "有下列情形之一的，应当申请回避：",
        *(f"{number}. {ground.name}（{printed(ground.article)}）" for number, ground in enumerate(declarable(regulation), 1)),
    ]
    return "\n".join(lines) + "\n"


def settle(draw: Draw) -> contacts.Book:
    """After an outcome: seats anew, who steps up is told, who is due is invited, a finished log is closed."""
    book = contacts.read(draw)
    _seat(draw, book)
    invite_due(draw=draw)
    return contacts.read(draw)


def _seat(draw: Draw, book: contacts.Book) -> None:
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
            _tell(participation, "step-up", "您已由候补递补为正选专家", _step_up_text(draw), once=len(book.lines))


def _step_up_text(draw: Draw) -> str:
    request = draw.request
    regulation = edition_of(draw, draw.request.pool)
    article = regulation.contact.step_up_article if regulation.contact else ""
    basis = f"（{regulation.cite(article)}）" if article else ""
    return f"因前面顺位的专家退出，您按抽取顺序递补为“{request.title}”的正选专家{basis}。\n{_when_where(request)}"


def _when_where(request: DrawRequest) -> str:
    days = cn_date(request.starts_on)
    if request.ends_on and request.ends_on != request.starts_on:
        days += f"至{cn_date(request.ends_on)}"
    return f"时间：{days}\n地点：{request.place}\n"


def _tell(participation: Participation, kind: str, title: str, body: str, *, once: int) -> None:
    expert = participation.membership.expert
    address = expert.email or expert.phone
    if expert.user or address:
        queue_message(
            kind=kind,
            to=expert.user,
            address=address,
            title=title,
            body=body,
            about=f"participation:{participation.pk}",
            idem=f"{kind}:{participation.pk}:{once}",
        )


def _finish(draw: Draw, book: contacts.Book) -> None:
    """Close the log when nothing is open or due, and let the request follow."""
    request = draw.request
    if book.file is None or request.state not in RUNNING:
        return
    short = any(book.missing.values())
    if short and request.state == DrawRequest.State.CONFIRMED:
        REQUEST.go(request, DrawRequest.State.DRAWING)
        request.save(update_fields=["state"])
    if book.open_invitations or (book.due and not _has_started(request)):
        return
    if book.close is None:
        contacts.append_close(book)
    if not short and request.state == DrawRequest.State.DRAWING:
        REQUEST.go(request, DrawRequest.State.CONFIRMED)
        request.save(update_fields=["state"])
        _tell_confirmed(draw, book)


def _tell_confirmed(draw: Draw, book: contacts.Book) -> None:
    request, seated = draw.request, book.seated()
    standing = len(book.lines)
    for key, candidate in book.candidates.items():
        participation = getattr(candidate, "participation", None)
        if participation is None or participation.state != Participation.State.STANDING:
            continue
        place = "正选专家" if key in seated else "候补专家，如有专家退出将按抽取顺序递补并另行通知"
        text = f"“{request.title}”的专家已经确定，您为{place}。\n{_when_where(request)}"
        _tell(participation, "confirmed", "评审专家已经确定", text, once=standing)
    queue_message(
        kind="request-confirmed",
        to=request.filed_by,
        address="",
        title="使用申请的专家已经确定",
        body=f"使用申请{request.number}的专家已经确定，共{len(seated)}名，另有候补{len(book.standbys())}名。名单在活动开始当日可见。\n",
        about=f"request:{request.pk}",
        idem=f"request-confirmed:{request.pk}:{standing}",
    )


def open_invitation(token: str) -> Invitation | None:
    """The invitation of a link, or None; opening it changes nothing (mail scanners open links)."""
    return (
        Invitation.objects.filter(token_digest=digest_of(token))
        .select_related(
            "candidate__attempt__draw__request__pool", "candidate__field", "candidate__membership__expert", "candidate__participation"
        )
        .first()
    )


def reply(
    *,
    token: str,
    phone_last4: str,
    answer: str,
    reason_code: str = "",
    reason_text: str = "",
    declares_no_conflict: bool = False,
    expected_state: str | None = None,
) -> Invitation:
    """Answer an invitation through its link, with the last four digits of the expert's phone (第十三条（三）, 第十五条).

    ``answer``: ``accept`` (needs ``declares_no_conflict``), ``decline`` (``reason_code`` of the regulation's reasons),
    ``recuse`` (``reason_code`` of its grounds). The same answer twice is harmless. After an acceptance ``decline``
    and ``recuse`` take it back until the activity starts. Five wrong digits lock the link. ``expected_state``: the
    invitation's state on the page that was answered, None for any (:func:`why_not_as_seen`).

    Raises :class:`Refused`. What a refusal must leave behind (the count of wrong digits, a skipped position) is
    committed before it is raised, so do not call it inside a transaction that the refusal would roll back.
    """
    invitation = open_invitation(token)
    if invitation is None:
        raise Refused(_no("unknown_token", UNKNOWN_LINK))
    said = Answer(answer, reason_code, reason_text, declares_no_conflict)
    return _answered(invitation, said, digits=phone_last4, by=None, expected_state=expected_state)


def reply_signed_in(*, invitation: Invitation, by: User, answer: Answer, expected_state: str | None = None) -> Invitation:
    """The same as :func:`reply` for the expert who is signed in: his account stands for the digits."""
    owner = Invitation.objects.filter(pk=invitation.pk, candidate__membership__expert__user=by).exists()
    if not owner:
        raise Refused(_no("owner", "只能回复发给您本人的邀请。"))
    return _answered(invitation, answer, digits=None, by=by, expected_state=expected_state)


def why_not_as_seen(*, invitation: Invitation, expected_state: str | None) -> Refusal | None:
    """Why an answer given on a page that showed ``expected_state`` (None: any) must not take an acceptance back, or None.

    A page that was opened before the acceptance offers 不能参加 as a first answer; sent later it would withdraw for good.
    """
    if expected_state is None or invitation.state == expected_state or invitation.state != Invitation.State.ACCEPTED:
        return None
    return _no("moved_on", f"您已于{cn_datetime(invitation.replied_at)}接受邀请。如需退出，请刷新本页后在下方办理。")


def check_digits(*, token: str, phone_last4: str) -> Invitation:
    """The invitation of a link whose digits are right; counts a wrong try and raises :class:`Refused`.

    Not inside a transaction, as for :func:`reply`.
    """
    invitation = open_invitation(token)
    if invitation is None:
        raise Refused(_no("unknown_token", UNKNOWN_LINK))
    with transaction.atomic():
        _draw, invitation = _locked(invitation)
        refusal = _why_not_digits(invitation, invitation.candidate.membership.expert.phone, phone_last4)
        invitation.save(update_fields=["wrong_answers"])
    if refusal:
        raise Refused(refusal)
    return invitation


def _answered(invitation: Invitation, answer: Answer, *, digits: str | None, by: User | None, expected_state: str | None) -> Invitation:
    invitation, refusal = _answer(invitation, answer, digits, by, expected_state)
    if refusal:
        raise Refused(refusal)
    return invitation


@transaction.atomic
def _answer(
    invitation: Invitation, answer: Answer, digits: str | None, by: User | None, expected_state: str | None
) -> tuple[Invitation, Refusal | None]:
    """The answer in one transaction; a refusal that comes back (not raised) leaves something that is committed."""
    draw, invitation = _locked(invitation)
    regulation, candidate = edition_of(draw, draw.request.pool), invitation.candidate
    if digits is not None:
        refusal = _why_not_digits(invitation, candidate.membership.expert.phone, digits)
        if refusal:
            invitation.save(update_fields=["wrong_answers"])
            return invitation, refusal
    if answer.answer not in ANSWERS:
        raise Refused(_no("answer", "请选择接受、谢绝或者申请回避。", field="answer"))
    stale = why_not_as_seen(invitation=invitation, expected_state=expected_state)
    if stale and answer.answer != "accept":
        raise Refused(stale)
    reason = _reason(regulation, answer)
    if invitation.state == Invitation.State.ACCEPTED and answer.answer != "accept":
        participation = Participation.objects.get(candidate=candidate)
        _take_back(draw, participation, reason_code=reason, reason_text=answer.reason_text, by=by, recuse=answer.answer == "recuse")
        invitation.refresh_from_db()
        return invitation, None
    if _same(invitation, answer):
        return invitation, None
    _refuse_late(draw, invitation)
    book = contacts.read(draw)
    drawn = next(one for one in book.lists if (one.round, one.field) == contacts.key_of(candidate)[:2])
    if not seats.may_have_outcome(drawn, book.lines, candidate.position):
        raise Refused(_no("filled", "本次活动的名额已满，邀请已失效。感谢您的支持。"))
    if answer.answer == "accept":
        return _accept(draw, book, invitation, answer, by)
    outcome = Outcome.DECLINE if answer.answer == "decline" else Outcome.RECUSE
    _settle_invitation(invitation, outcome, reason, answer.reason_text)
    contacts.append_outcome(book, candidate, outcome, by=by, reason=reason)
    settle(draw)
    return invitation, None


def _locked(invitation: Invitation) -> tuple[Draw, Invitation]:
    draw_id = invitation.candidate.attempt.draw_id
    draw = contacts.lock(Draw.objects.get(pk=draw_id))
    fresh = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("candidate__attempt", "candidate__field", "candidate__membership__expert__user")
        .get(pk=invitation.pk)
    )
    return draw, fresh


def why_locked(invitation: Invitation) -> Refusal | None:
    """Why the link takes no more tries, or None."""
    if invitation.wrong_answers < WRONG_DIGITS_ALLOWED:
        return None
    return _no("locked", "手机号后四位多次输入错误，该链接已锁定。请致电专家库管理处室，或者登录系统后回复。", field="phone_last4")


def _why_not_digits(invitation: Invitation, phone: str, digits: str) -> Refusal | None:
    locked = why_locked(invitation)
    if locked:
        return locked
    known = re.sub(r"\D", "", phone or "")[-4:]
    if len(known) < 4:
        return _no("no_phone", "系统中没有您的手机号，无法通过链接回复。请致电专家库管理处室。", field="phone_last4")
    if hmac.compare_digest(known.encode(), digits.strip().encode()):
        return None
    invitation.wrong_answers += 1
    left = WRONG_DIGITS_ALLOWED - invitation.wrong_answers
    if left <= 0:
        return why_locked(invitation)
    return _no("digits", f"手机号后四位不正确，还可以输入{left}次。", field="phone_last4")


def _reason(regulation: Regulation, answer: Answer) -> str:
    """The code that goes into the log with an answer; refuses one that the regulation does not know."""
    if answer.answer == "accept":
        return ""
    text_missing = not answer.reason_text.strip()
    if answer.answer == "recuse":
        ground = next((one for one in declarable(regulation) if answer.reason_code in (one.code, one.reason_code)), None)
        if ground is None:
            raise Refused(_no("reason", "请选择应当回避的情形。", regulation, _declaration_article(regulation), "recusal_ground"))
        if ground.needs_reason and text_missing:
            raise Refused(_no("reason_text", f"选择“{ground.name}”时请写明具体情况。", regulation, ground.article, "reason_text"))
        return ground.reason_code
    reasons = regulation.contact.decline_reasons if regulation.contact else ()
    reason = next((one for one in reasons if one.code == answer.reason_code), None)
    if reason is None:
        if reasons:
            raise Refused(_no("reason", "请选择不能参加的原因。", field="decline_reason"))
        return ""
    if reason.needs_text and text_missing:
        raise Refused(_no("reason_text", f"选择“{reason.name}”时请写明具体情况。", field="reason_text"))
    return reason.code


def _declaration_article(regulation: Regulation) -> str:
    return regulation.contact.declaration_article if regulation.contact else ""


def _same(invitation: Invitation, answer: Answer) -> bool:
    wanted = {"accept": Invitation.State.ACCEPTED, "decline": Invitation.State.DECLINED, "recuse": Invitation.State.RECUSED}
    if invitation.state == wanted[answer.answer]:
        return True
    return invitation.state == Invitation.State.WITHDRAWN and answer.answer != "accept"


def _refuse_late(draw: Draw, invitation: Invitation) -> None:
    """Refuse an answer that comes after the end of its invitation, each end in its own words."""
    words = {
        Invitation.State.ACCEPTED: "您已接受邀请。",
        Invitation.State.DECLINED: "您已谢绝邀请，不能再更改。如需参加请联系专家库管理处室。",
        Invitation.State.RECUSED: "您已申请回避，不能再更改。",
        Invitation.State.NO_REPLY: "回复期限已过，邀请已失效。",
        Invitation.State.UNREACHED: "该邀请未能送达，已经结束。如有疑问请联系专家库管理处室。",
        Invitation.State.WITHDRAWN: "您已退出本次活动，不能再次接受。",
        Invitation.State.CANCELLED: "该邀请已经撤销，不能再回复。",
    }
    if invitation.state != Invitation.State.OPEN:
        raise Refused(_no("answered", words[Invitation.State(invitation.state)]))
    if draw.request.state not in RUNNING:
        raise Refused(_no("ended", "本次活动已取消或已结束，不再需要回复。"))
    if clock.now() >= invitation.deadline:
        raise Refused(_no("deadline", f"回复期限（{cn_datetime(invitation.deadline)}）已过，邀请已失效。"))


def declaration_of(draw: Draw, regulation: Regulation, candidate: Candidate) -> str:
    """The one ASCII text of what an expert declares with his acceptance; its hash is the evidence in the log."""
    return protocol.canonical_request(
        {
            "declaration": DECLARATION,
            "draw": draw.number,
            "round": candidate.attempt.round,
            "field": candidate.field.code,
            "number": candidate.membership.number,
            "grounds": [{"code": one.reason_code, "article": one.article, "name": one.name} for one in declarable(regulation)],
            "at": clock.now().isoformat(),
        }
    )


def _accept(draw: Draw, book: contacts.Book, invitation: Invitation, answer: Answer, by: User | None) -> tuple[Invitation, Refusal | None]:
    regulation, candidate, request = edition_of(draw, draw.request.pool), invitation.candidate, draw.request
    if not answer.declares_no_conflict:
        text = "接受邀请前，请逐项确认没有应当回避的情形；有的请选择申请回避。"
        raise Refused(_no("declaration", text, regulation, _declaration_article(regulation), "declares_no_conflict"))
    # The cap is taken here: two acceptances for one member wait for each other at this row, whatever draws they are of.
    membership = Membership.objects.select_for_update(of=("self",)).select_related("expert").get(pk=candidate.membership_id)
    found = changes_since(membership=membership, request=request, regulation=regulation)
    if found:
        first = found[0]
        _settle_invitation(invitation, Outcome.SKIP, first.code, "")
        contacts.append_outcome(book, candidate, Outcome.SKIP, by=None, reason=first.code)
        settle(draw)
        text = f"暂不能接受邀请：{first.name}。本次邀请已转给下一顺位的专家，感谢您的支持。"
        return invitation, _no("not_eligible", text, regulation, first.article)
    invitation.declaration_hash = protocol.h(draw.alg, declaration_of(draw, regulation, candidate))
    Participation.objects.create(request=request, membership=membership, candidate=candidate, accepted_at=clock.now())
    _settle_invitation(invitation, Outcome.ACCEPT, "", "")
    contacts.append_outcome(book, candidate, Outcome.ACCEPT, by=by, evidence=invitation.declaration_hash)
    settle(draw)
    return invitation, None


def _settle_invitation(invitation: Invitation, outcome: Outcome, reason: str, text: str) -> None:
    invitation.state = _STATE_OF[outcome]
    invitation.reason_code = reason
    invitation.reason_text = text.strip()
    if outcome in (Outcome.ACCEPT, Outcome.DECLINE, Outcome.RECUSE, Outcome.WITHDRAW):
        invitation.replied_at = clock.now()
    else:
        # The offer is over: what has not left yet need not leave.
        cancel_messages(about=f"invitation:{invitation.pk}")
    invitation.save()


@transaction.atomic
def ask_more(*, invitation: Invitation, text: str, by: User | None = None) -> Invitation:
    """The expert asks for more material before he answers (第十条（一）): the department is told, not who asks.

    The deadline stays. ``by``: his account, None for a link whose digits were checked (:func:`check_digits`).
    Ledger ``invitation.asked_more``.
    """
    draw, invitation = _locked(invitation)
    regulation = edition_of(draw, draw.request.pool)
    expert = invitation.candidate.membership.expert
    if by is not None and expert.user_id != by.pk:
        raise Refused(_no("owner", "只能回复发给您本人的邀请。"))
    text = text.strip()
    if len(text) < 2:
        article = regulation.contact.ask_more_article if regulation.contact else ""
        raise Refused(_no("text", "请写明需要补充的资料。", regulation, article, "reason_text"))
    _refuse_late(draw, invitation)
    queue_message(
        kind="more-material",
        to=draw.request.filed_by,
        address="",
        title="受邀专家请求补充资料",
        body=f"一位受邀专家就使用申请{draw.request.number}请求补充资料：\n{text}\n请将资料交专家库管理处室转交。\n",
        about=f"request:{draw.request_id}",
        idem=f"more:{invitation.pk}:{crypto.digest('more-material', text)[:32]}",
    )
    record("invitation.asked_more", subject=contacts.subject_of(draw), by=by, body={"invitation": invitation.pk})
    return invitation


@transaction.atomic
def lapse(*, invitation: Invitation) -> Invitation:
    """End an invitation whose deadline has passed: NOREPLY, or UNREACHED when nothing reached the expert in time.

    A message that was not delivered before the deadline is no missed reply (第七条（五）). Harmless when it is not due.
    Ledger ``contact.recorded``.
    """
    draw, invitation = _locked(invitation)
    if invitation.state != Invitation.State.OPEN or clock.now() < invitation.deadline:
        return invitation
    if draw.request.state not in RUNNING:
        return _cancel(draw, invitation, by=None)
    book = contacts.read(draw)
    if contacts.why_not_write(book):
        return invitation
    delivered = Message.objects.filter(about=f"invitation:{invitation.pk}", sent_at__lt=invitation.deadline).exists()
    outcome, reason = (Outcome.NOREPLY, "") if delivered else (Outcome.UNREACHED, UNDELIVERED)
    _settle_invitation(invitation, outcome, reason, "")
    contacts.append_outcome(book, invitation.candidate, outcome, by=None, reason=reason)
    settle(draw)
    return invitation


@transaction.atomic
def end_contacts(request: DrawRequest) -> None:
    """What is due of a request's contacts when its activity begins: overdue invitations lapse, the log is closed."""
    for invitation in Invitation.objects.open().filter(candidate__attempt__draw__request=request).order_by("deadline", "pk"):
        lapse(invitation=invitation)
    draw = Draw.objects.filter(request=request).first()
    if draw is not None:
        invite_due(draw=draw)


def call_off(*, draw: Draw, by: User) -> None:
    """Nobody is needed any more: open invitations end without an outcome, acceptances are released and told so.

    Under the draw's lock, after the last line of its contacts.
    """
    for invitation in Invitation.objects.select_for_update().open().filter(candidate__attempt__draw=draw).order_by("pk"):
        _cancel(draw, invitation, by=by)
    request = draw.request
    rows = Participation.objects.select_for_update(of=("self",)).select_related("membership__expert__user")
    for participation in rows.filter(request=request, state=Participation.State.STANDING).order_by("pk"):
        participation.state, participation.seated = Participation.State.RELEASED, False
        participation.save(update_fields=["state", "seated"])
        # What has not left yet would contradict this.
        cancel_messages(about=f"participation:{participation.pk}")
        text = f"您已接受邀请的“{request.title}”不再按原安排进行，您无需参加。感谢您的支持。\n{_when_where(request)}"
        _tell(participation, "called-off", "评审活动的专家安排已取消", text, once=0)


def _cancel(draw: Draw, invitation: Invitation, *, by: User | None) -> Invitation:
    """The request was cancelled or is over: its open invitations end without an outcome."""
    invitation.state = Invitation.State.CANCELLED
    invitation.save(update_fields=["state"])
    cancel_messages(about=f"invitation:{invitation.pk}")
    record("invitation.cancelled", subject=contacts.subject_of(draw), by=by, body={"invitation": invitation.pk})
    return invitation


@transaction.atomic
def mark_unreached(*, invitation: Invitation, reason: str, by: User) -> Invitation:
    """The office could not deliver an invitation (wrong number, returned mail); it does not count as no reply.

    ``reason``: text, kept with the invitation. Harmless when repeated. Ledger ``contact.recorded``.
    """
    draw, invitation = _locked(invitation)
    regulation = edition_of(draw, draw.request.pool)
    if regulation.contact and by.role != regulation.contact.contact_by:
        raise Refused(_no("role", "只有负责联系的人员可以登记未能送达。", regulation, regulation.contact.contact_article))
    if invitation.state == Invitation.State.UNREACHED:
        return invitation
    if len(reason.strip()) < 5:
        raise Refused(_no("reason", "请写明未能送达的情况（至少5个字），例如“手机号为空号，邮件被退回”。", field="reason"))
    if invitation.state != Invitation.State.OPEN:
        raise Refused(_no("answered", "该邀请已有结果，不能登记为未能送达。"))
    book = contacts.read(draw)
    _settle_invitation(invitation, Outcome.UNREACHED, "", reason)
    contacts.append_outcome(book, invitation.candidate, Outcome.UNREACHED, by=by)
    settle(draw)
    return invitation


@transaction.atomic
def skip(*, invitation: Invitation, reason_code: str, by: User | None) -> Invitation:
    """End an open invitation because a rule now excludes its expert; ``reason_code`` of the exclusion."""
    draw, invitation = _locked(invitation)
    if invitation.state != Invitation.State.OPEN:
        return invitation
    book = contacts.read(draw)
    _settle_invitation(invitation, Outcome.SKIP, reason_code, "")
    contacts.append_outcome(book, invitation.candidate, Outcome.SKIP, by=by, reason=reason_code)
    settle(draw)
    return invitation


def why_not_withdraw(*, participation: Participation, by: User | None) -> Refusal | None:
    """Why an acceptance cannot be taken back, or None (第十一条（五）: until the activity starts)."""
    request = participation.request
    owner = participation.membership.expert.user_id
    if by is not None and by.role != Role.OFFICE and by.pk != owner:
        return _no("role", "只有专家本人或者专家库管理处室可以办理退出。")
    if participation.state == Participation.State.WITHDRAWN:
        return _no("withdrawn", "已经退出本次活动。")
    if participation.state != Participation.State.STANDING or request.state not in RUNNING:
        return _no("ended", "本次活动已取消或已结束，不需要退出。")
    if _has_started(request):
        return _no("started", "活动已经开始，不能再退出；确有应当回避的情形，请立即联系使用单位和专家库管理处室。")
    return None


@transaction.atomic
def withdraw(
    *,
    participation: Participation,
    reason_code: str,
    by: User | None,
    on: date | None = None,
    reason_text: str = "",
) -> Participation:
    """Take an acceptance back until the activity starts; the next standby steps up by himself (第十三条（四）).

    ``reason_code``: a decline reason, a ground of recusal (then it is recorded as RECUSE), or the code of an exclusion
    when the system withdraws. A second call is harmless. Ledger ``contact.recorded``.
    """
    draw = None
    if participation.candidate_id is not None:
        candidate = Candidate.objects.select_related("attempt__draw").get(pk=participation.candidate_id)
        draw = contacts.lock(candidate.attempt.draw)
    participation = (
        Participation.objects.select_for_update(of=("self",)).select_related("request", "membership__expert").get(pk=participation.pk)
    )
    if participation.state == Participation.State.WITHDRAWN:
        return participation
    regulation = edition_of(draw, draw.request.pool) if draw else edition_on(participation.request.pool, on or clock.today())
    ground = next((one for one in regulation.recusal if reason_code in (one.code, one.reason_code)), None)
    known = {one.code for one in regulation.contact.decline_reasons} if regulation.contact else set()
    if ground is None and known and reason_code not in known and not (by is None or reason_code in ENDS_A_SEAT):
        raise Refused(_no("reason", "请选择退出的原因。", field="reason_code"))
    code = ground.reason_code if ground else reason_code
    if draw is None:
        refusal = why_not_withdraw(participation=participation, by=by)
        if refusal:
            raise Refused(refusal)
        participation.state, participation.seated = Participation.State.WITHDRAWN, False
        participation.save(update_fields=["state", "seated"])
        record("participation.withdrawn", subject=f"participation:{participation.pk}", by=by, body={"reason": code})
        return participation
    return _take_back(draw, participation, reason_code=code, reason_text=reason_text, by=by, recuse=ground is not None)


def _take_back(
    draw: Draw, participation: Participation, *, reason_code: str, reason_text: str, by: User | None, recuse: bool
) -> Participation:
    """WITHDRAW (or RECUSE) after an acceptance, under the draw's lock."""
    refusal = why_not_withdraw(participation=participation, by=by)
    book = contacts.read(draw)
    refusal = refusal or contacts.why_not_write(book)
    if refusal:
        raise Refused(refusal)
    candidate = book.candidates[next(key for key, one in book.candidates.items() if one.pk == participation.candidate_id)]
    outcome = Outcome.RECUSE if recuse else Outcome.WITHDRAW
    participation.state, participation.seated = Participation.State.WITHDRAWN, False
    participation.save(update_fields=["state", "seated"])
    invitation = contacts.invitation_of(candidate)
    if invitation is not None:
        _settle_invitation(invitation, outcome, reason_code, reason_text)
    contacts.append_outcome(book, candidate, outcome, by=by, reason=reason_code)
    settle(draw)
    return participation
