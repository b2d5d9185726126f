"""Which roles may stand at each place of a regulation's file.

A body that is commissioned with daily work (`agency`) prepares, contacts and records; it never approves, decides, endorses or
reviews. A place is a dotted path without indexes; the steps of intake are told
apart by their kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import MappingProxyType
from typing import Any

from .base import Fail

_DECIDE = frozenset({"office", "leader"})
_DAILY = frozenset({"office", "department", "agency"})

#: Place: the roles that may stand there.
ROLES_AT: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "management.kept_by": frozenset({"office", "agency"}),
        "management.read_by": frozenset({"inspector", "leader", "office", "agency"}),
        "intake.channels.by": frozenset({"expert", "employer", "recommending_unit", "office", "department", "agency"}),
        "intake.steps.role:consent": frozenset({"expert"}),
        "intake.steps.role:endorse": frozenset({"employer", "recommending_unit", "department", "office"}),
        "intake.steps.role:review": frozenset({"office", "department", "recommending_unit", "leader"}),
        "intake.steps.role:decide": frozenset({"leader", "office", "department"}),
        "intake.steps.role:publicity": frozenset({"office", "department", "agency"}),
        "intake.steps.role:admission": frozenset({"office", "leader", "department"}),
        "intake.collected_by": _DAILY,
        "conditions.waiver_approver": _DECIDE,
        "expert_types.conditions.waiver_approver": _DECIDE,
        "publicity.exemption.approver": _DECIDE | {"inspector"},
        "publicity.objection.recorded_by": frozenset({"office", "inspector", "agency"}),
        "publicity.objection.decided_by": _DECIDE,
        "exits.decided_by": _DECIDE,
        "exits.raised_by": frozenset({"office", "department", "recommending_unit", "employer", "inspector", "leader", "agency"}),
        "doubts.decided_by": _DECIDE | {"inspector"},
        "rotation.annual_cap.waiver_approver": _DECIDE,
        "request.filed_by": frozenset({"department", "office"}),
        "request.attendance_by": _DAILY,
        "request.approvals.role": frozenset({"office", "leader", "department", "inspector"}),
        "draw.drawn_by": frozenset({"office", "department", "leader"}),
        "draw.watched_by": frozenset({"inspector", "leader", "office", "department"}),
        "draw.share_by": frozenset({"inspector", "leader", "office"}),
        "draw.countersigned_by": frozenset({"inspector", "leader"}),
        "draw.shortage_waived_by": frozenset({"office", "department", "leader"}),
        "draw.designation.approved_by": _DECIDE,
        "draw.designation.filed_with": frozenset({"inspector", "office", "leader"}),
        "draw.guest.approved_by": _DECIDE,
        "draw.emergency.approved_by": _DECIDE,
        "contact.contact_by": _DAILY,
        "contact.recorded_by": _DAILY,
        "evaluation.evaluated_by": frozenset({"department", "office"}),
        "annual_assessment.assessed_by": frozenset({"office", "department", "leader"}),
        "sanctions.reported_by": frozenset({"department", "office", "employer", "recommending_unit", "inspector", "agency"}),
        "sanctions.decided_by": _DECIDE,
        "sanctions.notify": frozenset({"employer", "recommending_unit", "office", "department", "leader", "inspector"}),
    }
)


def why_not_here(place: str, role: str, kind: str = "") -> str:
    """Why this role may not stand at this place, in Chinese with those that may; empty where it may, or where none is named."""
    allowed = ROLES_AT.get(f"{place}:{kind}", ROLES_AT.get(place))
    if allowed is None or role in allowed:
        return ""
    return f"“{role}”不能在这里办理；可用：{'、'.join(sorted(allowed))}"


def check_roles(value: Any, fail: Fail, path: str = "", place: str = "") -> None:
    """Nobody acts where he may not. path: with indexes, for the message; place: without them."""
    if isinstance(value, tuple):
        for index, one in enumerate(value, 1):
            check_roles(one, fail, f"{path}[{index}]", place)
        return
    if not is_dataclass(value):
        return
    for item in fields(value):
        here = getattr(value, item.name)
        key, under = (f"{path}.{item.name}", f"{place}.{item.name}") if path else (item.name, item.name)
        for role in here if isinstance(here, tuple) else (here,):
            if isinstance(role, str) and (why := why_not_here(under, role, getattr(value, "kind", ""))):
                fail(key, why)
        check_roles(here, fail, key, under)
