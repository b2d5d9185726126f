"""What follows from a violation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from .base import Provision, RoleCode
from .defaults import silent


@dataclass(frozen=True, kw_only=True)
class Sanction(Provision):
    """A sanction. kind: what it does in the system; `suspension` and the timed kinds carry an end date."""

    strategy_key: ClassVar[str] = "kind"

    code: str
    name: str
    kind: Literal["talk", "circular", "suspension", "removal", "timed_removal", "nomination_loss", "timed_nomination_loss"]


@dataclass(frozen=True, kw_only=True)
class Sanctions(Provision):
    """What may be imposed on experts and on the units behind them.

    reported_by: who reports a violation; decided_by: who decides what follows. notify: told at once of a report.
    """

    reported_by: tuple[RoleCode, ...] = silent("sanctions.reported_by")
    reported_article: str = ""
    decided_by: RoleCode = silent("sanctions.decided_by")
    decided_article: str = ""
    on_experts: tuple[Sanction, ...] = ()
    on_units: tuple[Sanction, ...] = ()
    notify: tuple[RoleCode, ...] = ()
    notify_article: str = ""
    unit_report_article: str = ""
