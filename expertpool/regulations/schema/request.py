"""What a request for experts must hold, and who approves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .base import Choice, Provision, RoleCode
from .defaults import silent


@dataclass(frozen=True, kw_only=True)
class ApprovalStep(Provision):
    """One approval of a draw request, in order; `code` is its own, free. workdays: time to answer (None: not given).

    needs: what a yes cannot be given without. unit: `department` where the requesting department's own account
    approves; empty: anybody who holds the role in this pool.
    """

    code: str
    name: str
    role: RoleCode
    needs: tuple[Literal["document", "reason"], ...] = ()
    unit: Literal["department", ""] = ""
    workdays: int | None = None
    workdays_article: str = ""
    outcomes: tuple[Literal["pass", "ask_more", "refuse"], ...] = silent("request.approvals.outcomes")


RequestField = Literal[
    "qualification",
    "seats",
    "scope",
    "industry",
    "dates",
    "place",
    "recusal",
    "region",
    "cooperating_units",
    "basis_document",
    "summary",
    "nature",
]


@dataclass(frozen=True, kw_only=True)
class RequestRules(Provision):
    """What a draw request must hold and who approves it.

    filed_by: who asks for experts. summary_max_chars: characters. lead_workdays: to be filed so many working days
    before the activity. attendance_by: who records who came (None: who evaluates).
    """

    required_fields: tuple[RequestField, ...]
    filed_by: RoleCode = silent("request.filed_by")
    filed_article: str = ""
    attendance_by: RoleCode = silent("request.attendance_by")
    attendance_article: str = ""
    natures: tuple[Choice, ...] = ()
    natures_article: str = ""
    summary_max_chars: int | None = None
    summary_article: str = ""
    sum_must_match: bool = False
    sum_article: str = ""
    clash_check: bool = silent("request.clash_check")
    clash_article: str = ""
    approvals: tuple[ApprovalStep, ...]
    lead_workdays: int | None = None
    lead_article: str = ""
