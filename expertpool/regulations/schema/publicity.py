"""Publication of the proposed list, and objections to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from .base import Provision, RoleCode, Rule
from .defaults import silent


@dataclass(frozen=True, kw_only=True)
class Objection(Provision):
    """Rules for objections during publicity. notify: who is told the conclusion. recorded_by, decided_by: who enters and judges them."""

    real_name: bool = False
    written: bool = False
    within_period: bool = silent("publicity.objection.within_period")
    effect: Literal["blocks_person"] = silent("publicity.objection.effect")
    inquiry: Literal["verify", "re_review"] = silent("publicity.objection.inquiry")
    notify: tuple[Literal["objector", "subject"], ...] = ()
    notify_article: str = ""
    recorded_by: RoleCode = silent("publicity.objection.recorded_by")
    decided_by: RoleCode = silent("publicity.objection.decided_by")
    decided_article: str = ""


@dataclass(frozen=True, kw_only=True)
class PublicityExemption(Provision):
    """Publicity may be left out: what must be recorded, and who approves."""

    requires: tuple[Literal["provision", "reason", "approver"], ...]
    approver: RoleCode = silent("publicity.exemption.approver")


PublicColumn = Literal["name", "employer", "title", "degree", "field"]


@dataclass(frozen=True, kw_only=True)
class Publicity(Provision):
    """Publication of the proposed list.

    days: length; counting: workdays or calendar days; bound: exactly so long, or at least.
    columns: exactly what the public page shows.
    """

    strategy_key: ClassVar[str] = "counting"

    days: int
    counting: Literal["workdays", "calendar"]
    bound: Literal["exact", "minimum"]
    columns: tuple[PublicColumn, ...] = silent("publicity.columns")
    columns_article: str = ""
    objection: Objection
    exemption: PublicityExemption | None = None
    lookup: Rule | None = None
