"""Who has been used often steps back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .base import Provision, RoleCode, Rule
from .defaults import silent


@dataclass(frozen=True, kw_only=True)
class AnnualCap(Provision):
    """At most `limit` participations (attended, or accepted and still to come) in a year."""

    limit: int
    year: Literal["calendar"] = silent("rotation.annual_cap.year")
    waivable: bool = False
    waiver_approver: RoleCode = silent("rotation.annual_cap.waiver_approver")


@dataclass(frozen=True, kw_only=True)
class SitOut(Provision):
    """After `after_in_a_row` selections in consecutive draws that he was eligible for, sit out `rounds` draws."""

    after_in_a_row: int
    rounds: int


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """Who has been used often steps back."""

    annual_cap: AnnualCap | None = None
    sit_out: SitOut | None = None
    soft: Rule | None = None
