"""What decides about eligibility, changed with a reason (第八条)."""

from datetime import date
from typing import Any

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.ledger.services import plain, record, sealed
from expertpool.pools import duties
from expertpool.pools.editions import edition_on
from expertpool.refusals import Refusal, Refused, refuse_if, why_not_text
from expertpool.regulations import Regulation
from experts.models import Employment, EmploymentFacts, Expert, Membership

KEEP = "members.keep"
# What an expert's eligibility hangs on; everything else is plain editing.
DECISIVE = frozenset({"birth_date", "employer", "expert_type", "fields", "licence", "name", "title", "title_level", "years"})


def date_changes(expert: Expert) -> None:
    """Note at this moment, in every pool where the person stands, that what decides about him has changed."""
    for membership in Membership.objects.active().select_for_update(of=("self",)).filter(expert=expert).order_by("pk"):
        membership.decisive_changed_at = clock.now()
        membership.save()


def _article(edition: Regulation) -> str:
    return edition.update.key_article or edition.update.article if edition.update else ""


def why_not_change(membership: Membership, on: date, by: User | None = None) -> Refusal | None:
    """The reason why ``by`` (None: whoever may) cannot change what decides about the member's eligibility, or None."""
    try:
        edition = edition_on(membership.pool, on)
    except Refused as refused:
        return refused.refusals[0]
    if refusal := duties.why_not(by, KEEP, membership.pool, on, edition=edition):
        return refusal
    return _why_not_left(membership)


def _why_not_left(membership: Membership) -> Refusal | None:
    """The record is one for all pools: a pool that somebody has left changes it no more."""
    if membership.state == Membership.State.ACTIVE:
        return None
    return Refusal("left", "该专家已出库，本专家库不能再变更其信息。")


def _move_employer(expert: Expert, on: date) -> None:
    """End the former personnel employment on ``on`` and begin the new one."""
    Employment.objects.filter(expert=expert, kind=EmploymentFacts.Kind.PERSONNEL, until__isnull=True).exclude(
        organisation=expert.employer
    ).update(until=on)
    # His own file may name the new one twice, with different positions: neither is a reason to add a third.
    open_here = {"expert": expert, "organisation": expert.employer, "kind": EmploymentFacts.Kind.PERSONNEL, "until": None}
    if not Employment.objects.filter(**open_here).exists():
        Employment.objects.create(**open_here, since=on)


@transaction.atomic
def change_decisive(*, membership: Membership, by: User, reason: str, on: date | None = None, **changes: Any) -> Membership:
    """Change what decides about eligibility (第八条: 职称、职称等级、行业分类 …), with the reason and its evidence named.

    ``changes``: fields of the expert's record out of :data:`DECISIVE`; ``fields`` is a list of the pool's own
    :class:`expertpool.pools.models.Field`. The record is one for all pools, so each of them notes the change, but not its
    reason: whoever is changed after a request was approved stays out of its draw. Values that are there already change nothing.
    """
    on = on or clock.today()
    if unknown := set(changes) - DECISIVE:
        raise ValueError(f"not decisive: {sorted(unknown)}")
    # The person first, as an acceptance does: the two wait for each other instead of both failing.
    expert = Expert.objects.select_for_update().get(pk=membership.expert_id)
    membership = Membership.objects.select_for_update(of=("self",)).select_related("pool").get(pk=membership.pk)
    pool = membership.pool
    edition = edition_on(pool, on)
    article = _article(edition)
    refuse_if(duties.why_not(by, KEEP, pool, clock.today(), edition=edition), _why_not_left(membership))
    refuse_if(why_not_text(reason, "变更理由和依据材料", "reason"))
    fields = changes.pop("fields", None)
    changed = [name for name, value in changes.items() if getattr(expert, name) != value]
    if fields is not None and {one.pk for one in fields} != set(membership.fields.values_list("pk", flat=True)):
        refuse_if(
            None if fields else Refusal.under(edition, "no-field", "至少保留一个申报方向。", article, field="fields"),
            Refusal.under(edition, "foreign-field", "申报方向须是本专家库的专业领域。", article, field="fields")
            if any(one.pool_id != pool.pk for one in fields)
            else None,
        )
        membership.fields.set(fields)
        changed.append("fields")
    if not changed:
        return membership
    for name in changed:
        if name != "fields":
            setattr(expert, name, changes[name])
    if changed != ["fields"]:
        expert.save()
        date_changes(expert)
        membership.refresh_from_db()
    if "employer" in changed:
        _move_employer(expert, on)
    membership.decisive_changed_at = clock.now()
    # The reason is this pool's own and stands in its own history.
    membership._change_reason = reason.strip()  # type: ignore[attr-defined]
    membership.save()
    record(
        "membership.changed",
        subject=f"membership:{membership.number}",
        by=by,
        pool=pool.code,
        body={
            "changed": sorted(changed),
            "on": on.isoformat(),
            "article": plain(article),
            "reason": sealed(f"membership.reason:{membership.pk}", reason),
        },
    )
    return membership
