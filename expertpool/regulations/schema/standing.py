"""What happens to a membership in the course of time: term, freeze, update."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .base import Provision
from .defaults import silent


@dataclass(frozen=True, kw_only=True)
class Term(Provision):
    """Term of appointment, in years from admission; warn so many calendar days before its end."""

    years: int
    warn_days: int = silent("term.warn_days")


@dataclass(frozen=True, kw_only=True)
class Freeze(Provision):
    """A membership freezes after so many years without confirmation or update (from the last, else admission)."""

    after_years: int
    lifted_by: Literal["self_confirm"] = silent("freeze.lifted_by")
    lift_article: str = ""


UpdateField = Literal["phone", "email", "address", "postcode", "title", "title_level", "industry", "employer", "all"]


@dataclass(frozen=True, kw_only=True)
class UpdateRules(Provision):
    """How an expert's data are kept current.

    general_fields: changed by the expert himself; general_review: whether the office must confirm.
    key_fields: changed only with evidence and review; key_when: only in a round that the office opened, or any time.
    round_months: interval of the rounds (None: not given). change_report_workdays: a change of a key field must be
    reported within so many working days. late_ground: exit ground that a late report can lead to.
    """

    general_fields: tuple[UpdateField, ...] = ()
    general_article: str = ""
    general_review: Literal["office", "none"] = silent("update.general_review")
    key_fields: tuple[UpdateField, ...] = ()
    key_article: str = ""
    key_when: Literal["round", "any_time"] = silent("update.key_when")
    round_months: int | None = None
    round_article: str = ""
    change_report_workdays: int | None = None
    change_report_article: str = ""
    late_ground: str = ""
    late_ground_article: str = ""
    self_confirm: bool = False
    self_confirm_article: str = ""
