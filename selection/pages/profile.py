"""我的档案: what an expert is told about himself, over all his pools, each by its own edition."""

from dataclasses import dataclass
from typing import Any

from expertpool.pools.duties import Actor
from expertpool.pools.editions import edition_to_show
from expertpool.regulations import Regulation
from experts.models import Application, ExitCase, Expert, Membership, Suspension
from experts.services.exits import why_not_raise
from selection.services.counters import Counter, counters_of

MOST_APPLICATIONS = 20


@dataclass(frozen=True)
class Standing:
    """An expert's standing in one pool. ``badge``: kind and words of its mark."""

    membership: Membership
    edition: Regulation | None
    badge: tuple[str, str]
    counters: list[Counter]
    suspensions: list[Suspension]
    may_leave: bool
    open_cases: int

    @classmethod
    def of(cls, membership: Membership, who: Actor) -> "Standing":
        """The standing of a membership whose suspensions and exit cases are loaded."""
        edition = edition_to_show(membership.pool, who.on)
        active = membership.state == Membership.State.ACTIVE
        suspensions = [
            one
            for one in membership.suspensions.all()  # type: ignore[attr-defined]
            if one.lifted_on is None and (one.ends_on is None or one.ends_on >= who.on)
        ]
        kind = "refused" if not active else "soon" if suspensions else "done"
        words = "暂停中或将暂停" if active and suspensions else str(membership.get_state_display())
        resigns = edition is not None and edition.exits is not None and edition.exits.resignation is not None
        return cls(
            membership,
            edition,
            (kind, words),
            counters_of(membership.pk, edition, who.on) if edition is not None and active else [],
            suspensions,
            active and resigns and why_not_raise(membership, who.on) is None,
            sum(one.state == ExitCase.State.OPEN for one in membership.exit_cases.all()),  # type: ignore[attr-defined]
        )


@dataclass(frozen=True)
class ProfilePage:
    """An expert's own record, his standing in each pool, his employments and applications."""

    expert: Expert | None
    standing: list[Standing]
    employments: list[Any]
    applications: list[Application]

    @classmethod
    def of(cls, who: Actor) -> "ProfilePage":
        """The page of the expert who is signed in; nobody else's record is on it."""
        expert = Expert.objects.filter(user=who.account).select_related("employer").first()
        memberships = Membership.objects.filter(expert=expert) if expert is not None else Membership.objects.none()
        rows = (
            memberships.select_related("pool")
            .prefetch_related("fields", "suspensions", "exit_cases")
            .order_by("pool__code", "-admitted_on")
        )
        applications = Application.objects.visible_to(who).select_related("pool", "recommending_unit").order_by("-pk")
        return cls(
            expert,
            [Standing.of(one, who) for one in rows],
            list(expert.employments.select_related("organisation")) if expert is not None else [],  # type: ignore[attr-defined]
            list(applications[:MOST_APPLICATIONS]),
        )
