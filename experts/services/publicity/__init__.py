"""公示 and 异议: the proposed list in public, and what is said against somebody on it (第六条（四）（五）)."""

from .objections import decide_objection, record_objection, stands_against, why_not_decide_objection, why_not_object
from .showing import (
    end_publicity,
    exempt_publicity,
    has_ended,
    open_publicity,
    recompute_last_day,
    why_not_days,
    why_not_end,
    why_not_exempt,
    why_not_open_publicity,
)

__all__ = [
    "decide_objection",
    "end_publicity",
    "exempt_publicity",
    "has_ended",
    "open_publicity",
    "recompute_last_day",
    "record_objection",
    "stands_against",
    "why_not_days",
    "why_not_decide_objection",
    "why_not_end",
    "why_not_exempt",
    "why_not_object",
    "why_not_open_publicity",
]
