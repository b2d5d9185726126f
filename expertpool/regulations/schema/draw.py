"""How experts are drawn, who watches, and what may take the place of a draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .base import Fail, Provision, RoleCode
from .defaults import silent


@dataclass(frozen=True, kw_only=True)
class Supplementary(Provision):
    """A further round for what is missing: same conditions, same ratio, nobody twice."""

    seats: Literal["shortfall_only"] = silent("draw.supplementary.seats")
    automatic: bool = False


@dataclass(frozen=True, kw_only=True)
class DesignationReason(Provision):
    """A reason for designation. evidence: what must back it."""

    code: str
    name: str
    evidence: Literal["pool_count", "document", "resolution"]


@dataclass(frozen=True, kw_only=True)
class Designation(Provision):
    """Experts named without a draw. reasons: allowed reasons; approved_by; filed_with: who is told, before use."""

    reasons: tuple[DesignationReason, ...] = ()
    approved_by: RoleCode = silent("draw.designation.approved_by")
    approved_name: str = ""
    filed_with: RoleCode | None = None


@dataclass(frozen=True, kw_only=True)
class Guest(Provision):
    """A guest expert from outside the pool, after approval, with the same recusal checks."""

    approved_by: RoleCode = silent("draw.guest.approved_by")


@dataclass(frozen=True, kw_only=True)
class EmergencyExemption(Provision):
    """Major or urgent work may skip named rules; the checks still run and are stored with the waiver."""

    rules: tuple[Literal["random", "recusal", "publicity"], ...]
    approved_by: RoleCode = silent("draw.emergency.approved_by")


@dataclass(frozen=True, kw_only=True)
class Priority(Provision):
    """Experts with a grade come first next time in the same field: only as a stratum that is disclosed; off by default."""

    grade: str
    enabled: bool = False


@dataclass(frozen=True, kw_only=True)
class Draw(Provision):
    """How experts are drawn.

    ratio: candidates for each person needed. drawn_by: who runs the draw. watched_by: who watches it; so many of them
    (watchers_required), of different roles as far as there are, must be present, 0: they may. share_by: who gives the
    second share of the randomness; countersigned_by: who countersigns what sets the ratio aside. shortage: what
    happens when the pool is too small for the ratio; shortage_waived_by: who may ask to draw fewer all the same.
    """

    stratified: bool = silent("draw.stratified")
    stratified_article: str = ""
    random: Literal["uniform"] = silent("draw.random")
    random_article: str = ""
    ratio: int = silent("draw.ratio")
    ratio_article: str = ""
    drawn_by: RoleCode = silent("draw.drawn_by")
    drawn_by_article: str = ""
    watched_by: tuple[RoleCode, ...] = silent("draw.watched_by")
    watched_article: str = ""
    watchers_required: int = silent("draw.watchers_required")
    share_by: RoleCode = silent("draw.share_by")
    share_article: str = ""
    countersigned_by: RoleCode = silent("draw.countersigned_by")
    countersigned_article: str = ""
    modes: tuple[Literal["random", "merit"], ...] = silent("draw.modes")
    modes_article: str = ""
    alg: Literal["sm3", "sha256"] = silent("draw.alg")
    shortage: Literal["stop_or_waive"] = silent("draw.shortage")
    shortage_waived_by: RoleCode = silent("draw.shortage_waived_by")
    shortage_fallback: Literal["invite"] | None = None
    shortage_article: str = ""
    supplementary: Supplementary | None = None
    designation: Designation | None = None
    guest: Guest | None = None
    emergency: EmergencyExemption | None = None
    priority: Priority | None = None

    @property
    def watch_required(self) -> bool:
        """Whether nothing is drawn unless somebody watches."""
        return self.watchers_required > 0


_MOST_WATCHERS = 2


def check_draw(draw: Draw | None, fail: Fail) -> None:
    if draw is None:
        return
    if draw.watch_required and (not draw.watched_by or "watched_by" in draw.defaulted):
        fail("draw.watched_by", "须有人监督抽取，却没有写明由谁监督")
    if draw.watchers_required > _MOST_WATCHERS:
        fail("draw.watchers_required", f"至多 {_MOST_WATCHERS} 人")
    if draw.drawn_by in draw.watched_by:
        fail("draw.watched_by", "抽取人不能自己监督抽取")
    if draw.share_by == draw.drawn_by:
        fail("draw.share_by", "抽取人不能自己投入监督份额")
    if draw.countersigned_by == draw.shortage_waived_by:
        fail("draw.countersigned_by", "提出豁免的人不能自己会签")
