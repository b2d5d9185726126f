"""答复: by the link of a message or by the expert's own account (第十三条（三）, 第十五条, 第十条（一）)."""

import hmac
import re
from dataclasses import dataclass

from django.db import transaction

from expertpool import clock, crypto
from expertpool.accounts.models import User
from expertpool.ledger.services import record
from expertpool.refusals import Refusal, Refused, refuse_if
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from expertpool.web.templatetags.house import cn_datetime
from experts.models import Expert, Membership
from selection.domain import protocol, seats
from selection.domain.seats import Outcome
from selection.models import Candidate, Draw, Invitation, Participation
from selection.services import contacts
from selection.services.acting import no
from selection.services.running import RunningDraw
from selection.services.telling import tell_askers

from .common import append_skip, declarable, end_invitation, locked, who_contacts, why_not_running
from .endings import take_back, why_not_withdraw
from .offers import digest_of, settle

ANSWERS = ("accept", "decline", "recuse")
WRONG_DIGITS_ALLOWED = 5
DECLARATION = "本人已逐项阅读应当回避的情形，承诺与本次活动不存在上述情形；如活动开始前发现存在，将立即申请回避。"
UNKNOWN_LINK = "该回复链接无效。请使用收到的完整链接，或者登录系统后在“我的邀请”中回复。"


@dataclass(frozen=True)
class Answer:
    """What an expert said: ``accept``, ``decline`` or ``recuse``, with what must go with it."""

    answer: str
    reason_code: str = ""
    reason_text: str = ""
    declares_no_conflict: bool = False


def open_invitation(token: str) -> Invitation | None:
    """The invitation of a link, or None; opening it changes nothing (mail scanners open links)."""
    return (
        Invitation.objects.filter(token_digest=digest_of(token))
        .select_related(
            "candidate__attempt__draw__request__pool", "candidate__field", "candidate__membership__expert", "candidate__participation"
        )
        .first()
    )


@acts_on("rules.practice", "invitation")
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
        raise Refused(no("unknown_token", UNKNOWN_LINK))
    said = Answer(answer, reason_code, reason_text, declares_no_conflict)
    return _answered(invitation, said, digits=phone_last4, by=None, expected_state=expected_state)


def reply_signed_in(*, invitation: Invitation, by: User, answer: Answer, expected_state: str | None = None) -> Invitation:
    """The same as :func:`reply` for the expert who is signed in: his account stands for the digits."""
    owner = Invitation.objects.filter(pk=invitation.pk, candidate__membership__expert__user=by).exists()
    if not owner:
        raise Refused(no("owner", "只能回复发给您本人的邀请。"))
    return _answered(invitation, answer, digits=None, by=by, expected_state=expected_state)


def why_not_as_seen(*, invitation: Invitation, expected_state: str | None) -> Refusal | None:
    """Why an answer given on a page that showed ``expected_state`` (None: any) must not take an acceptance back, or None.

    A page that was opened before the acceptance offers 不能参加 as a first answer; sent later it would withdraw for good.
    """
    if expected_state is None or invitation.state == expected_state or invitation.state != Invitation.State.ACCEPTED:
        return None
    return no("moved_on", f"您已于{cn_datetime(invitation.replied_at)}接受邀请。如需退出，请刷新本页后在下方办理。")


def check_digits(*, token: str, phone_last4: str) -> Invitation:
    """The invitation of a link whose digits are right; counts a wrong try and raises :class:`Refused`.

    Not inside a transaction, as for :func:`reply`.
    """
    invitation = open_invitation(token)
    if invitation is None:
        raise Refused(no("unknown_token", UNKNOWN_LINK))
    with transaction.atomic():
        running, invitation = locked(invitation)
        refusal = _why_not_digits(invitation, phone_last4, running.regulation)
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
    running, invitation = locked(invitation)
    if digits is not None:
        refusal = _why_not_digits(invitation, digits, running.regulation)
        if refusal:
            invitation.save(update_fields=["wrong_answers"])
            return invitation, refusal
    if answer.answer not in ANSWERS:
        raise Refused(no("answer", "请选择接受、谢绝或者申请回避。", field="answer"))
    stale = why_not_as_seen(invitation=invitation, expected_state=expected_state)
    if stale and answer.answer != "accept":
        raise Refused(stale)
    reason = _reason(running.regulation, answer)
    if invitation.state == Invitation.State.ACCEPTED and answer.answer != "accept":
        return _taken_back(running, invitation, answer, reason, by), None
    if _same(invitation, answer):
        return invitation, None
    refuse_if(_why_late(running, invitation))
    candidate = invitation.candidate
    drawn = next(one for one in running.book.lists if (one.round, one.field) == contacts.key_of(candidate)[:2])
    if not seats.may_have_outcome(drawn, running.book.lines, candidate.position):
        raise Refused(no("filled", "本次活动的名额已满，邀请已失效。感谢您的支持。"))
    if answer.answer == "accept":
        return _accept(running, invitation, answer, by)
    outcome = Outcome.DECLINE if answer.answer == "decline" else Outcome.RECUSE
    running.look_ahead()
    end_invitation(invitation, outcome, reason=reason, text=answer.reason_text)
    contacts.append_outcome(running.book, candidate, outcome, by=by, reason=reason)
    settle(running)
    return invitation, None


def _taken_back(running: RunningDraw, invitation: Invitation, answer: Answer, reason: str, by: User | None) -> Invitation:
    participation = Participation.objects.select_related("request", "membership__expert").get(candidate=invitation.candidate)
    participation.request = running.request
    refuse_if(why_not_withdraw(participation=participation, asks=who_contacts(running.regulation)))
    take_back(running, participation, reason_code=reason, reason_text=answer.reason_text, by=by, recuse=answer.answer == "recuse")
    invitation.refresh_from_db()
    return invitation


def why_locked(invitation: Invitation, regulation: Regulation) -> Refusal | None:
    """Why the link takes no more tries, or None."""
    if invitation.wrong_answers < WRONG_DIGITS_ALLOWED:
        return None
    text = f"手机号后四位多次输入错误，该链接已锁定。请致电{who_contacts(regulation)}，或者登录系统后回复。"
    return no("locked", text, field="phone_last4")


def _why_not_digits(invitation: Invitation, digits: str, regulation: Regulation) -> Refusal | None:
    if refusal := why_locked(invitation, regulation):
        return refusal
    known = re.sub(r"\D", "", invitation.candidate.membership.expert.phone or "")[-4:]
    if len(known) < 4:
        return no("no_phone", f"系统中没有您的手机号，无法通过链接回复。请致电{who_contacts(regulation)}。", field="phone_last4")
    if hmac.compare_digest(known.encode(), digits.strip().encode()):
        return None
    invitation.wrong_answers += 1
    left = WRONG_DIGITS_ALLOWED - invitation.wrong_answers
    if left <= 0:
        return why_locked(invitation, regulation)
    return no("digits", f"手机号后四位不正确，还可以输入{left}次。", field="phone_last4")


@acts_on("recusal.match", "other")
@acts_on("recusal.needs_reason")
@acts_on("contact.decline_reasons")
@acts_on("contact.decline_reasons.needs_text")
def _reason(regulation: Regulation, answer: Answer) -> str:
    """The code that goes into the log with an answer; refuses one that the regulation does not know."""
    if answer.answer == "accept":
        return ""
    text_missing = not answer.reason_text.strip()
    if answer.answer == "recuse":
        ground = next((one for one in declarable(regulation) if answer.reason_code in (one.code, one.reason_code)), None)
        if ground is None:
            raise Refused(no("reason", "请选择应当回避的情形。", regulation, _declaration_article(regulation), "recusal_ground"))
        if ground.needs_reason and text_missing:
            raise Refused(no("reason_text", f"选择“{ground.name}”时请写明具体情况。", regulation, ground.article, "reason_text"))
        return ground.reason_code
    reasons = regulation.contact.decline_reasons if regulation.contact else ()
    reason = next((one for one in reasons if one.code == answer.reason_code), None)
    if reason is None:
        if reasons:
            raise Refused(no("reason", "请选择不能参加的原因。", field="decline_reason"))
        return ""
    if reason.needs_text and text_missing:
        raise Refused(no("reason_text", f"选择“{reason.name}”时请写明具体情况。", field="reason_text"))
    return reason.code


def _declaration_article(regulation: Regulation) -> str:
    return regulation.contact.declaration_article if regulation.contact else ""


def _same(invitation: Invitation, answer: Answer) -> bool:
    wanted = {"accept": Invitation.State.ACCEPTED, "decline": Invitation.State.DECLINED, "recuse": Invitation.State.RECUSED}
    if invitation.state == wanted[answer.answer]:
        return True
    return invitation.state == Invitation.State.WITHDRAWN and answer.answer != "accept"


def _why_late(running: RunningDraw, invitation: Invitation) -> Refusal | None:
    """Why an answer comes after the end of its invitation, each end in its own words; or None."""
    ask = who_contacts(running.regulation)
    words = {
        Invitation.State.ACCEPTED: "您已接受邀请。",
        Invitation.State.DECLINED: f"您已谢绝邀请，不能再更改。如需参加请联系{ask}。",
        Invitation.State.RECUSED: "您已申请回避，不能再更改。",
        Invitation.State.NO_REPLY: "回复期限已过，邀请已失效。",
        Invitation.State.UNREACHED: f"该邀请未能送达，已经结束。如有疑问请联系{ask}。",
        Invitation.State.WITHDRAWN: "您已退出本次活动，不能再次接受。",
        Invitation.State.CANCELLED: "该邀请已经撤销，不能再回复。",
    }
    if invitation.state != Invitation.State.OPEN:
        return no("answered", words[Invitation.State(invitation.state)])
    if refusal := why_not_running(running.draw):
        return refusal
    if clock.now() >= invitation.deadline:
        return no("deadline", f"回复期限（{cn_datetime(invitation.deadline)}）已过，邀请已失效。")
    return None


@acts_on("recusal.relations")
@acts_on("contact.declaration_article")
@acts_on("contact.recusal_until")
def declaration_of(draw: Draw, regulation: Regulation, candidate: Candidate) -> str:
    """The one ASCII text of what an expert declares with his acceptance; its hash is the evidence in the log."""
    return protocol.canonical(
        {
            "declaration": DECLARATION,
            "draw": draw.number,
            "round": candidate.attempt.round,
            "field": candidate.field.code,
            "number": candidate.membership.number,
            "grounds": [
                {"code": one.reason_code, "article": one.article, "name": one.name, "relations": list(one.relations)}
                for one in declarable(regulation)
            ],
            "at": clock.now().isoformat(),
        }
    )


def _accept(running: RunningDraw, invitation: Invitation, answer: Answer, by: User | None) -> tuple[Invitation, Refusal | None]:
    regulation, candidate, request = running.regulation, invitation.candidate, running.request
    if not answer.declares_no_conflict:
        text = "接受邀请前，请逐项确认没有应当回避的情形；有的请选择申请回避。"
        raise Refused(no("declaration", text, regulation, _declaration_article(regulation), "declares_no_conflict"))
    # Two acceptances of one person wait for each other at his row, whatever pools they are of: nobody is promised twice
    # for one day. The cap is taken under the lock of the membership, which an exit or a suspension takes too.
    Expert.objects.select_for_update().get(pk=candidate.membership.expert_id)
    membership = Membership.objects.select_for_update().get(pk=candidate.membership_id)
    running.look_ahead(membership.pk)
    if found := running.why_not_serve(candidate):
        first = found[0]
        end_invitation(invitation, Outcome.SKIP, reason=first.code)
        append_skip(running, candidate, first, by=None)
        settle(running)
        text = f"暂不能接受邀请：{first.name}。本次邀请已转给下一顺位的专家，感谢您的支持。"
        return invitation, no("not_eligible", text, regulation, first.article)
    invitation.declaration_hash = protocol.h(running.draw.alg, declaration_of(running.draw, regulation, candidate))
    Participation.objects.create(request=request, membership=membership, candidate=candidate, accepted_at=clock.now())
    end_invitation(invitation, Outcome.ACCEPT)
    contacts.append_outcome(running.book, candidate, Outcome.ACCEPT, by=by, evidence=invitation.declaration_hash)
    settle(running)
    return invitation, None


@transaction.atomic
@acts_on("contact.ask_more_article")
@acts_on("rules.practice", "ask_more")
def ask_more(*, invitation: Invitation, text: str, by: User | None = None) -> Invitation:
    """The expert asks for more material before he answers (第十条（一）): the department is told, not who asks.

    The deadline stays. ``by``: his account, None for a link whose digits were checked (:func:`check_digits`).
    Ledger ``invitation.asked_more``.
    """
    running, invitation = locked(invitation)
    regulation, request = running.regulation, running.request
    expert = invitation.candidate.membership.expert
    if by is not None and expert.user_id != by.pk:
        raise Refused(no("owner", "只能回复发给您本人的邀请。"))
    text = text.strip()
    if len(text) < 2:
        article = regulation.contact.ask_more_article if regulation.contact else ""
        raise Refused(no("text", "请写明需要补充的资料。", regulation, article, "reason_text"))
    refuse_if(_why_late(running, invitation))
    tell_askers(
        request,
        regulation,
        kind="more-material",
        title="受邀专家请求补充资料",
        body=f"一位受邀专家就使用申请{request.number}请求补充资料：\n{text}\n请将资料交{who_contacts(regulation)}转交。\n",
        idem=f"more:{invitation.pk}:{crypto.digest('more-material', text)[:32]}",
    )
    body = {"invitation": invitation.pk}
    record("invitation.asked_more", subject=contacts.subject_of(running.draw), by=by, pool=request.pool.code, body=body)
    return invitation
