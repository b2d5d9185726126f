"""出库事项: a case with a ground from the regulation's closed list, and the decision on it (第七条)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.days import why_not_day
from expertpool.ledger.services import plain, record, sealed
from expertpool.messaging.services import queue_message
from expertpool.pools import duties
from expertpool.pools.editions import edition_of, edition_on
from expertpool.pools.models import Role
from expertpool.refusals import Refusal, Refused, refuse_if, why_not_text
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from expertpool.regulations.schema import ExitGround
from experts.domain.membership_cycles import EXIT_CASE, MEMBERSHIP
from experts.models import ExitCase, Membership

from . import bans
from .attachments import add_attachment
from .cases import DECIDE, RAISE, why_not_add_evidence, why_not_raise_by_duty

__all__ = [
    "DECIDE",
    "RAISE",
    "add_evidence",
    "decide_exit",
    "ground_of",
    "grounds_for",
    "open_exit_case",
    "raise_exit_case",
    "why_not_add_evidence",
    "why_not_decide_exit",
    "why_not_raise",
    "why_not_raise_as",
    "why_not_raise_by_duty",
]

EVIDENCE = "exit_evidence"
Source = ExitCase.Source


def ground_of(case: ExitCase) -> ExitGround:
    """The ground of a case, in its own edition."""
    return _ground(case, edition_of(case, case.membership.pool))


def _ground(case: ExitCase, edition: Regulation) -> ExitGround:
    assert edition.exits is not None
    return edition.exits.ground(case.ground)


def grounds_for(membership: Membership, on: date) -> tuple[ExitGround, ...]:
    """The closed list of grounds in force on ``on`` (第七条)."""
    exits = edition_on(membership.pool, on).exits
    return exits.grounds if exits else ()


def why_not_raise(membership: Membership, on: date) -> Refusal | None:
    """The reason why nobody can raise an exit case about the membership, or None; who may is :func:`why_not_raise_as`."""
    try:
        return _why_not_raise(membership, edition_on(membership.pool, on))
    except Refused as refused:
        return refused.refusals[0]


@acts_on("exits.grounds.reason_required")
def _why_not_raise(membership: Membership, edition: Regulation) -> Refusal | None:
    if membership.state != Membership.State.ACTIVE:
        return Refusal("exited", "该专家已出库。")
    if edition.exits is None or not edition.exits.grounds:
        return Refusal("no-grounds", "适用的规定没有列出出库情形。", regulation=edition.code)
    return None


def why_not_raise_as(membership: Membership, source: str, by: User | None, on: date, edition: Regulation | None = None) -> Refusal | None:
    """The reason why ``by`` may not raise a case about this member as ``source``, or None.

    A duty of the pool (an employer's: towards its own people); the expert about himself; an employer about his people; the
    system (``by`` None).
    """
    if (by is None) != (source == Source.SYSTEM):
        return Refusal("source", "提出人与来源不符。")
    if by is None:
        return None
    if source == Source.OFFICE:
        return why_not_raise_by_duty(by, membership, on, edition)
    who = duties.actor(by, membership.pool, on)
    if source == Source.EXPERT and not (who.has_role(Role.EXPERT) and membership.expert.user_id == by.pk):
        return Refusal("not-own", "只能为本人申请退出。")
    if source == Source.EMPLOYER and membership.expert.employer_id not in who.organisations(Role.EMPLOYER):
        return Refusal("not-own", "只能告知本单位专家的情况。")
    return None


@transaction.atomic
@acts_on("exits")
@acts_on("exits.raised_by")
@acts_on("exits.grounds")
def raise_exit_case(
    *,
    membership: Membership,
    ground: str,
    reason: str,
    source: str = Source.OFFICE,
    by: User | None,
    on: date | None = None,
    trigger_key: str | None = None,
    edition: Regulation | None = None,
) -> ExitCase:
    """Say that a membership should end, on a ground from the closed list; whom the edition names decides (第七条).

    ``on`` the Beijing day of the fact, whose edition speaks; ``trigger_key`` what made the system raise it: the same key, or an
    open case on the same ground, gives the case that is there. ``edition``: the one of what it follows from, as a reported
    violation, instead of the day's. Raises Refused for whoever may not raise it, a ground that the
    regulation does not list, a missing reason, a day to come or before 1900, or a member who has left already.
    """
    today = clock.today()
    on = on or today
    refuse_if(why_not_day(on))
    membership = Membership.objects.select_for_update(of=("self",)).select_related("pool", "expert").get(pk=membership.pk)
    edition = edition or edition_on(membership.pool, on)
    exits = edition.exits
    article = exits.article if exits else ""
    # Who may is asked of today's assignments: the fact may lie back.
    refuse_if(why_not_raise_as(membership, source, by, today, edition))
    if trigger_key and (known := ExitCase.objects.filter(trigger_key=trigger_key).first()):
        return known
    if known := ExitCase.objects.filter(membership=membership, ground=ground, state=ExitCase.State.OPEN).first():
        return known
    rule = next((one for one in (exits.grounds if exits else ()) if one.code == ground), None)
    refuse_if(
        _why_not_raise(membership, edition),
        None if rule else Refusal.under(edition, "ground", "请从规定所列的出库情形中选择。", article, field="ground"),
        why_not_text(reason, "事实与理由", "reason") if rule is None or rule.reason_required else None,
    )
    assert rule is not None
    case = ExitCase(
        membership=membership,
        ground=ground,
        article=rule.article,
        source=source,
        reason=reason.strip(),
        raised_by=by,
        raised_on=on,
        trigger_key=trigger_key,
    )
    case.decide_under(edition)
    case.save()
    record(
        "exit.raised",
        subject=f"membership:{membership.number}",
        by=by,
        pool=membership.pool.code,
        body={
            "case": case.pk,
            "ground": ground,
            "article": plain(rule.article),
            "source": str(source),
            "raised_on": on.isoformat(),
            "trigger": trigger_key,
            "reason": sealed(f"exit.reason:{case.pk}", reason),
            "rules": edition.file_hash,
        },
    )
    return case


@transaction.atomic
def open_exit_case(
    *, membership: Membership, ground: str, reason: str, uploads: Iterable[Any], by: User, on: date | None = None
) -> ExitCase:
    """An exit case raised by duty together with its evidence; all of it is kept, or nothing is."""
    case = raise_exit_case(membership=membership, ground=ground, reason=reason, source=Source.OFFICE, by=by, on=on)
    for upload in uploads:
        add_attachment(exit_case=case, kind=EVIDENCE, upload=upload, by=by)
    return case


@transaction.atomic
def add_evidence(*, case: ExitCase, uploads: Iterable[Any], by: User) -> ExitCase:
    """More evidence for a case that is still open."""
    case = ExitCase.objects.select_for_update(of=("self",)).select_related("membership__pool").get(pk=case.pk)
    files = list(uploads)
    refuse_if(
        why_not_add_evidence(case, by, clock.today()),
        None if files else Refusal("no-file", "请选择要上传的证据材料。", field="evidence"),
    )
    for upload in files:
        add_attachment(exit_case=case, kind=EVIDENCE, upload=upload, by=by)
    return case


def why_not_decide_exit(case: ExitCase, *, exit: bool, by: User | None = None) -> Refusal | None:
    """The reason why ``by`` (None: whoever may) cannot decide the case so, or None; the edition that it was raised under says who."""
    pool = case.membership.pool
    edition = edition_of(case, pool)
    return duties.why_not(by, DECIDE, pool, clock.today(), edition=edition) or _why_not_decide(case, edition, exit=exit)


@acts_on("exits.grounds.evidence_required")
def _why_not_decide(case: ExitCase, edition: Regulation, *, exit: bool) -> Refusal | None:
    target = ExitCase.State.EXITED if exit else ExitCase.State.DISMISSED
    if refusal := EXIT_CASE.why_not(case.state, target, labels=dict(ExitCase.State.choices)):
        return refusal
    # A ban may be counted from it. Cases from before this was judged can be dismissed and raised anew.
    if exit and (refusal := why_not_day(case.raised_on, field="")):
        return replace(refusal, message=f"发生日期（{case.raised_on.isoformat()}）不对，不能据此出库；请不予出库，再按实际日期重新提出。")
    if exit and _ground(case, edition).evidence_required and not case.attachments.exists():  # type: ignore[attr-defined]
        return Refusal("no-evidence", "按这一情形出库须有证据材料，请先补充证据。", case.article, case.rule_code)
    return None


@transaction.atomic
@acts_on("exits.decided_by")
def decide_exit(*, case: ExitCase, exit: bool, reason: str, by: User, on: date | None = None) -> ExitCase:
    """Decide an exit case: the membership ends, or it stays (第七条 “应当终止其专家资格”). Nothing is deleted.

    Whoever leaves also gives up his seats: call ``selection.services.leaving.exit_member`` for an exit, which wraps
    this. The same decision a second time changes nothing.
    """
    on = on or clock.today()
    membership = Membership.objects.select_for_update(of=("self",)).select_related("pool", "expert__user").get(pk=case.membership_id)
    pool = membership.pool
    case = ExitCase.objects.select_for_update().get(pk=case.pk)
    case.membership = membership
    target = ExitCase.State.EXITED if exit else ExitCase.State.DISMISSED
    edition = edition_of(case, pool)
    refuse_if(duties.why_not(by, DECIDE, pool, clock.today(), edition=edition))
    if case.state == target:
        return case
    ground = _ground(case, edition)
    refuse_if(_why_not_decide(case, edition, exit=exit), why_not_text(reason, "决定的理由", "reason"))
    EXIT_CASE.go(case, target)
    case.decided_by, case.decided_at, case.decision_reason = by, clock.now(), reason.strip()
    case.save()
    ban = None
    if exit:
        if membership.state == Membership.State.ACTIVE:
            MEMBERSHIP.go(membership, Membership.State.EXITED)
            membership.exited_on = on
            membership.save()
        ban = bans.ban(case=case, ground=ground, exited_on=on)
        _tell(case, ground, edition, on)
    record(
        "exit.decided" if exit else "exit.dismissed",
        subject=f"membership:{membership.number}",
        by=by,
        pool=pool.code,
        body={
            "case": case.pk,
            "ground": case.ground,
            "article": plain(case.article),
            "on": on.isoformat(),
            "ban": (ban.until.isoformat() if ban.until else "lifetime") if ban else None,
            "evidence": list(case.attachments.values_list("sha256", flat=True)),  # type: ignore[attr-defined]
            "reason": sealed(f"exit.decision:{case.pk}", reason),
        },
    )
    return case


def _tell(case: ExitCase, ground: ExitGround, edition: Regulation, on: date) -> None:
    membership = case.membership
    if membership.expert.user is None:
        return
    queue_message(
        kind="membership.exited",
        to=membership.expert.user,
        address="",
        title="专家资格终止通知",
        body=f"依据{edition.cite(ground.article)}（{ground.name}），您在{membership.pool.name}的专家资格自{on.year}年{on.month}月{on.day}日起终止。",
        about=f"membership:{membership.number}",
        idem=f"exit:{case.pk}",
        pool=membership.pool.code,
    )
