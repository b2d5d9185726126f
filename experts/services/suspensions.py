"""暂停参与评审活动, from a day to a day (第十九条（一）). Seats that are given up for it: selection.services.leaving."""

from datetime import date

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.days import why_not_day_of_a_period
from expertpool.ledger.services import plain, record, sealed
from expertpool.messaging.services import queue_message
from expertpool.pools import duties
from expertpool.pools.editions import edition_of, edition_on
from expertpool.refusals import Refusal, Refused, refuse_if, why_not_text
from expertpool.regulations import Regulation
from experts.models import Membership, Suspension

DUTY = "members.suspend"


def suspension_article(regulation: Regulation) -> str:
    """The article under which the regulation suspends; empty where it has no such sanction."""
    listed = regulation.sanctions.on_experts if regulation.sanctions else ()
    return next((sanction.article for sanction in listed if sanction.kind == "suspension"), "")


def why_not_suspend(membership: Membership, on: date, by: User | None = None) -> Refusal | None:
    """The reason why ``by`` (None: whoever may) cannot suspend the member on a Beijing day, or None."""
    try:
        regulation = edition_on(membership.pool, on)
    except Refused as refused:
        return refused.refusals[0]
    return _why_not_suspend(membership, by, on, regulation)


def _why_not_suspend(membership: Membership, by: User | None, on: date, regulation: Regulation) -> Refusal | None:
    if refusal := duties.why_not(by, DUTY, membership.pool, on, edition=regulation):
        return refusal
    if membership.state != Membership.State.ACTIVE:
        return Refusal("exited", "该专家已出库，无需暂停。")
    if not suspension_article(regulation):
        return Refusal("no-suspension", f"《{regulation.short_name}》没有规定暂停参与评审活动。", regulation=regulation.code)
    return None


@transaction.atomic
def suspend(
    *,
    membership: Membership,
    starts_on: date,
    ends_on: date | None,
    reason: str,
    by: User | None,
    on: date | None = None,
    edition: Regulation | None = None,
) -> Suspension:
    """Keep a member out of every draw of his pool from ``starts_on`` to ``ends_on``, both included (第十九条（一）).

    Raises Refused for a period without an end, one that lies behind us or overlaps another; the same period a second
    time returns it. ``edition``: the one of what it follows from, as a reported violation; default: the day's.
    """
    on = on or clock.today()
    membership = Membership.objects.select_for_update(of=("self",)).select_related("pool", "expert__user").get(pk=membership.pk)
    pool = membership.pool
    regulation = edition or edition_on(pool, on)
    article = suspension_article(regulation)
    refuse_if(_why_not_suspend(membership, by, clock.today(), regulation))
    known = Suspension.objects.filter(membership=membership, starts_on=starts_on, ends_on=ends_on, lifted_on__isnull=True).first()
    if known is not None:
        return known
    refuse_if(
        None if ends_on else Refusal.under(regulation, "no-end", "请填写暂停截止日期。", article, field="ends_on"),
        Refusal.under(regulation, "past", "暂停起始日期不能早于今天。", article, field="starts_on") if starts_on < on else None,
        Refusal.under(regulation, "order", "暂停截止日期不能早于起始日期。", article, field="ends_on")
        if ends_on and ends_on < starts_on
        else None,
        why_not_day_of_a_period(starts_on, "starts_on"),
        why_not_day_of_a_period(ends_on, "ends_on") if ends_on else None,
        why_not_text(reason, "暂停的理由", "reason"),
    )
    assert ends_on is not None
    other = Suspension.objects.covering(starts_on, ends_on).filter(membership=membership).first()
    if other is not None:
        until = f"{other.ends_on.year}年{other.ends_on.month}月{other.ends_on.day}日" if other.ends_on else "另行通知"
        refuse_if(
            Refusal.under(regulation, "overlap", f"这一期间已有暂停（至{until}）。如需更改，请先解除原暂停。", article, field="starts_on")
        )
    suspension = Suspension(membership=membership, starts_on=starts_on, ends_on=ends_on, reason=reason.strip(), article=article, by=by)
    suspension.decide_under(regulation)
    suspension.save()
    _tell(
        suspension,
        "suspended",
        f"自{_cn(starts_on)}至{_cn(ends_on)}，您在{pool.name}暂停参与评审活动。如有异议，请联系{regulation.labels.office}。",
    )
    record(
        "suspension.began",
        subject=f"membership:{membership.number}",
        by=by,
        pool=pool.code,
        body={
            "suspension": suspension.pk,
            "starts_on": starts_on.isoformat(),
            "ends_on": ends_on.isoformat(),
            "article": plain(article),
            "reason": sealed(f"suspension.reason:{suspension.pk}", reason),
            "rules": regulation.file_hash,
        },
    )
    return suspension


def why_not_lift(suspension: Suspension, on: date, by: User | None = None) -> Refusal | None:
    """The reason why ``by`` (None: whoever may) cannot lift the suspension on ``on``, or None; the edition that suspended says who may."""
    pool = suspension.membership.pool
    return _why_not_lift(suspension, by, on, edition_of(suspension, pool))


def _why_not_lift(suspension: Suspension, by: User | None, on: date, regulation: Regulation) -> Refusal | None:
    if refusal := duties.why_not(by, DUTY, suspension.membership.pool, on, edition=regulation):
        return refusal
    if suspension.lifted_on is not None:
        return Refusal("lifted", "该暂停已经解除。")
    if suspension.ends_on is not None and suspension.ends_on < on:
        return Refusal("ended", "该暂停已经期满，无需解除。")
    return None


@transaction.atomic
def lift_suspension(*, suspension: Suspension, reason: str, by: User, on: date | None = None) -> Suspension:
    """End a suspension before its time; lifting it twice is harmless.

    Whoever becomes eligible by it is drawn for requests that are approved from now on, not for one approved before:
    nobody adds to a pool whose draw is already under way (第十三条（二）).
    """
    on = on or clock.today()
    membership = Membership.objects.select_for_update(of=("self",)).select_related("pool").get(pk=suspension.membership_id)
    suspension = (
        Suspension.objects.select_for_update(of=("self",))
        .select_related("membership__expert__user", "membership__pool")
        .get(pk=suspension.pk)
    )
    regulation = edition_of(suspension, membership.pool)
    refuse_if(duties.why_not(by, DUTY, membership.pool, clock.today(), edition=regulation))
    if suspension.lifted_on is not None:
        return suspension
    refuse_if(_why_not_lift(suspension, None, on, regulation), why_not_text(reason, "解除的理由", "reason"))
    suspension.lifted_on, suspension.lift_reason = on, reason.strip()
    suspension.save()
    membership.decisive_changed_at = clock.now()
    membership.save(update_fields=["decisive_changed_at"])
    _tell(suspension, "lifted", f"自{_cn(on)}起，您在{membership.pool.name}的暂停已经解除，可以参与评审活动。")
    record(
        "suspension.lifted",
        subject=f"membership:{membership.number}",
        by=by,
        pool=membership.pool.code,
        body={"suspension": suspension.pk, "on": on.isoformat(), "reason": sealed(f"suspension.lifted:{suspension.pk}", reason)},
    )
    return suspension


@transaction.atomic
def note_ended(*, suspension: Suspension, on: date) -> bool:
    """Note once that a suspension ran out before ``on``; whether this call did so. The sweep's."""
    suspension = (
        Suspension.objects.select_for_update(of=("self",))
        .select_related("membership__expert__user", "membership__pool")
        .get(pk=suspension.pk)
    )
    membership = suspension.membership
    over = suspension.ends_on is not None and suspension.ends_on < on and suspension.lifted_on is None
    if not over or suspension.ended_noted:
        return False
    suspension.ended_noted = True
    suspension.save()
    _tell(suspension, "ended", f"您在{membership.pool.name}的暂停已经期满，可以参与评审活动。")
    record(
        "suspension.ended",
        subject=f"membership:{membership.number}",
        by=None,
        pool=membership.pool.code,
        body={"suspension": suspension.pk},
    )
    return True


def _cn(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _tell(suspension: Suspension, what: str, text: str) -> None:
    user = suspension.membership.expert.user
    if user is not None:
        queue_message(
            kind=f"suspension.{what}",
            to=user,
            address="",
            title="暂停参与评审活动的通知",
            body=text,
            about=f"suspension:{suspension.pk}",
            idem=f"suspension:{suspension.pk}:{what}",
            pool=suspension.membership.pool.code,
        )
