"""出库事项: a case with a ground from the regulation's closed list, and the decision on it (第七条)."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import Role, User
from expertpool.ledger.services import plain, record, sealed
from expertpool.lifecycle import SYSTEM
from expertpool.messaging.services import queue_message
from expertpool.refusals import Refusal, Refused, refuse_if
from expertpool.regulations.schema import ExitGround
from experts.domain.birthdays import years_after
from experts.domain.membership_cycles import EXIT_CASE, MEMBERSHIP
from experts.models import ExitCase, Membership, ReentryBan

from .attachments import add_attachment
from .editions import edition_of, edition_on
from .permits import why_not_by, why_not_text

EVIDENCE = "exit_evidence"
RAISERS = {
    ExitCase.Source.OFFICE: (Role.OFFICE, Role.LEADER),
    ExitCase.Source.EXPERT: (Role.EXPERT,),
    ExitCase.Source.EMPLOYER: (Role.EMPLOYER,),
    ExitCase.Source.SYSTEM: (SYSTEM,),
}


def ground_of(case: ExitCase) -> ExitGround:
    """The ground of a case, in its own edition."""
    exits = edition_of(case, case.membership.pool).exits
    assert exits is not None
    return exits.ground(case.ground)


def grounds_for(membership: Membership, on: date) -> tuple[ExitGround, ...]:
    """The closed list of grounds in force on ``on`` (第七条)."""
    exits = edition_on(membership.pool, on).exits
    return exits.grounds if exits else ()


def why_not_raise(membership: Membership, on: date) -> Refusal | None:
    """The reason why no exit case can be raised about the membership, or None."""
    if membership.state != Membership.State.ACTIVE:
        return Refusal("exited", "该专家已出库。")
    try:
        grounds = grounds_for(membership, on)
    except Refused as refused:
        return refused.refusals[0]
    if not grounds:
        return Refusal("no-grounds", "适用的规定没有列出出库情形。")
    return None


def _why_not_own(membership: Membership, source: str, by: User | None) -> Refusal | None:
    """The reason why ``by`` may not speak about this member, or None."""
    if source == ExitCase.Source.EXPERT and (by is None or membership.expert.user_id != by.pk):
        return Refusal("not-own", "只能为本人申请退出。")
    if source == ExitCase.Source.EMPLOYER and (by is None or membership.expert.employer_id != by.organisation_id):
        return Refusal("not-own", "只能告知本单位专家的情况。")
    return None


@transaction.atomic
def raise_exit_case(
    *,
    membership: Membership,
    ground: str,
    reason: str,
    source: str = ExitCase.Source.OFFICE,
    by: User | None,
    on: date | None = None,
    trigger_key: str | None = None,
) -> ExitCase:
    """Say that a membership should end, on a ground from the closed list; the office decides (第七条).

    ``on`` the Beijing day of the fact, ``trigger_key`` what made the system raise it: the same key, or an open case
    on the same ground, gives the case that is there. Raises Refused for a ground that the regulation does not list,
    a missing reason, or a member who has left already.
    """
    on = on or clock.today()
    membership = Membership.objects.select_for_update(of=("self",)).select_related("pool", "expert").get(pk=membership.pk)
    if trigger_key and (known := ExitCase.objects.filter(trigger_key=trigger_key).first()):
        return known
    if known := ExitCase.objects.filter(membership=membership, ground=ground, state=ExitCase.State.OPEN).first():
        return known
    regulation = edition_on(membership.pool, on)
    rule = next((one for one in grounds_for(membership, on) if one.code == ground), None)
    article = regulation.exits.article if regulation.exits else ""
    refuse_if(
        why_not_by(by, *RAISERS[ExitCase.Source(source)], article=article, regulation=regulation.code),
        _why_not_own(membership, source, by),
        why_not_raise(membership, on),
        None if rule else Refusal("ground", "请从规定所列的出库情形中选择。", article, regulation.code, "ground"),
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
    case.decide_under(regulation)
    case.save()
    record(
        "exit.raised",
        subject=f"membership:{membership.number}",
        by=by,
        body={
            "case": case.pk,
            "ground": ground,
            "article": plain(rule.article),
            "source": str(source),
            "raised_on": on.isoformat(),
            "trigger": trigger_key,
            "reason": sealed(f"exit.reason:{case.pk}", reason),
            "rules": regulation.file_hash,
        },
    )
    return case


@transaction.atomic
def open_exit_case(
    *, membership: Membership, ground: str, reason: str, uploads: Iterable[Any], by: User, on: date | None = None
) -> ExitCase:
    """An exit case raised by the office together with its evidence; all of it is kept, or nothing is."""
    case = raise_exit_case(membership=membership, ground=ground, reason=reason, source=ExitCase.Source.OFFICE, by=by, on=on)
    for upload in uploads:
        add_attachment(exit_case=case, kind=EVIDENCE, upload=upload, by=by)
    return case


@transaction.atomic
def add_evidence(*, case: ExitCase, uploads: Iterable[Any], by: User) -> ExitCase:
    """More evidence for a case that is still open."""
    case = ExitCase.objects.select_for_update().get(pk=case.pk)
    files = list(uploads)
    refuse_if(
        why_not_by(by, Role.OFFICE),
        EXIT_CASE.why_not(case.state, ExitCase.State.EXITED, labels=dict(ExitCase.State.choices)),
        None if files else Refusal("no-file", "请选择要上传的证据材料。", field="evidence"),
    )
    for upload in files:
        add_attachment(exit_case=case, kind=EVIDENCE, upload=upload, by=by)
    return case


def why_not_decide_exit(case: ExitCase, *, exit: bool) -> Refusal | None:
    """The reason why the case cannot be decided so, or None."""
    target = ExitCase.State.EXITED if exit else ExitCase.State.DISMISSED
    if refusal := EXIT_CASE.why_not(case.state, target, labels=dict(ExitCase.State.choices)):
        return refusal
    if exit and ground_of(case).evidence_required and not case.attachments.exists():
        return Refusal("no-evidence", "按这一情形出库须有证据材料，请先补充证据。", case.article, case.rule_code)
    return None


def ban_until(ground: ExitGround, *, raised_on: date, exited_on: date) -> tuple[bool, date | None]:
    """Whether the ground bans re-entry, and until which day (None: for life)."""
    if ground.ban_lifetime:
        return True, None
    if ground.ban_years is None:
        return False, None
    return True, years_after(raised_on if ground.ban_from == "occurrence" else exited_on, ground.ban_years)


@transaction.atomic
def decide_exit(*, case: ExitCase, exit: bool, reason: str, by: User, on: date | None = None) -> ExitCase:
    """Decide an exit case: the membership ends, or it stays (第七条 “应当终止其专家资格”). Nothing is deleted.

    Whoever leaves also gives up his seats: call ``selection.services.leaving.exit_member`` for an exit, which wraps
    this. The same decision a second time changes nothing.
    """
    on = on or clock.today()
    membership = Membership.objects.select_for_update(of=("self",)).select_related("pool", "expert__user").get(pk=case.membership_id)
    case = ExitCase.objects.select_for_update().get(pk=case.pk)
    target = ExitCase.State.EXITED if exit else ExitCase.State.DISMISSED
    if case.state == target:
        return case
    regulation = edition_of(case, membership.pool)
    assert regulation.exits is not None
    ground = ground_of(case)
    refuse_if(
        why_not_by(by, regulation.exits.decided_by, article=regulation.exits.decided_article, regulation=regulation.code),
        why_not_decide_exit(case, exit=exit),
        why_not_text(reason, "决定的理由", "reason"),
    )
    EXIT_CASE.go(case, target)
    case.decided_by, case.decided_at, case.decision_reason = by, clock.now(), reason.strip()
    case.save()
    if exit and membership.state == Membership.State.ACTIVE:
        MEMBERSHIP.go(membership, Membership.State.EXITED)
        membership.exited_on = on
        membership.decisive_changed_at = clock.now()
        membership.save()
    banned, until = ban_until(ground, raised_on=case.raised_on, exited_on=on)
    if exit and banned and membership.expert.id_digest:
        ReentryBan.objects.create(
            pool=membership.pool,
            id_digest=membership.expert.id_digest,
            exit_case=case,
            article=ground.ban_article or ground.article,
            until=until,
        )
    if exit and membership.expert.user is not None:
        queue_message(
            kind="membership.exited",
            to=membership.expert.user,
            address="",
            title="专家资格终止通知",
            body=f"依据{regulation.cite(ground.article)}（{ground.name}），您在{membership.pool.name}的专家资格自{on.year}年{on.month}月{on.day}日起终止。",
            about=f"membership:{membership.number}",
            idem=f"exit:{case.pk}",
        )
    record(
        "exit.decided" if exit else "exit.dismissed",
        subject=f"membership:{membership.number}",
        by=by,
        body={
            "case": case.pk,
            "ground": case.ground,
            "article": plain(case.article),
            "on": on.isoformat(),
            "ban": (until.isoformat() if until else "lifetime") if exit and banned else None,
            "evidence": list(case.attachments.values_list("sha256", flat=True)),
            "reason": sealed(f"exit.decision:{case.pk}", reason),
        },
    )
    return case
