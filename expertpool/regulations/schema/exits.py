"""Exit from the pool and bans on coming back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from .base import Fail, Parameters, Provision, RoleCode, check_parameters
from .defaults import silent

ExitTrigger = Literal[
    "no_reply_in_a_row",
    "absent_after_accept_in_a_row",
    "unjustified_decline",
    "age_reached",
    "grade_count",
    "annual_grade",
    "resignation",
    "violation_report",
    "unreachable",
]


@dataclass(frozen=True, kw_only=True)
class ExitGround(Provision):
    """A ground on which a membership ends.

    number: the regulation's own count (two triggers of one ground share it; None: it stands outside the list). trigger: what
    raises a proposal by itself (None: somebody must file it). limit: how many for the counters; window: inside what they are counted.
    age and counted: `on_birthday` = on the birthday that completes `age`; `above` = older than `age` completed
    years, that is the next birthday. grade: the grade that is counted. warn_days: calendar days before.
    ban_years / ban_lifetime: no new application after this ground, from the day given by ban_from.
    """

    strategy_key: ClassVar[str] = "trigger"

    code: str
    number: int | None = None
    name: str
    trigger: ExitTrigger | None = None
    limit: int | None = None
    window: Literal["term", "calendar_year"] | None = None
    age: int | None = None
    counted: Literal["on_birthday", "above"] | None = None
    grade: str = ""
    exempt_marks: tuple[str, ...] = ()
    warn_days: int | None = None
    reason_required: bool = silent("exits.grounds.reason_required")
    evidence_required: bool = silent("exits.grounds.evidence_required")
    ban_years: int | None = None
    ban_lifetime: bool = False
    ban_from: Literal["occurrence", "exit"] = silent("exits.grounds.ban_from")
    ban_article: str = ""

    @property
    def birthday(self) -> int | None:
        """The birthday on which an age ground bites, or None."""
        if self.age is None:
            return None
        return self.age + 1 if self.counted == "above" else self.age


@dataclass(frozen=True, kw_only=True)
class Exits(Provision):
    """Exit from the pool: the closed list of grounds, who raises a case and who decides it (decided_name: as the paper calls the body)."""

    decided_by: RoleCode = silent("exits.decided_by")
    decided_name: str = ""
    decided_article: str = ""
    raised_by: tuple[RoleCode, ...] = silent("exits.raised_by")
    raised_article: str = ""
    grounds: tuple[ExitGround, ...]

    def ground(self, code: str) -> ExitGround:
        """The ground with this code; KeyError if the regulation has none."""
        for ground in self.grounds:
            if ground.code == code:
                return ground
        raise KeyError(code)

    @property
    def resignation(self) -> ExitGround | None:
        """The ground on which an expert leaves of his own will, or None where the regulation has none."""
        return next(iter(self.triggered_by("resignation")), None)

    def triggered_by(self, trigger: str) -> tuple[ExitGround, ...]:
        """All grounds with this trigger, in the regulation's order."""
        return tuple(ground for ground in self.grounds if ground.trigger == trigger)


@dataclass(frozen=True)
class AgeExit:
    """The age at which a membership ends: on the birthday that completes `age` years."""

    age: int
    article: str
    warn_days: int
    exempt_marks: tuple[str, ...]
    ground: ExitGround


#: Triggers of one ground only: there is one age at which a membership ends, and one way to leave.
_ONCE = frozenset({"age_reached", "resignation"})
_NONE: frozenset[str] = frozenset()
_PARAMETERS: Parameters = {
    None: (_NONE, _NONE),
    "no_reply_in_a_row": (frozenset({"limit"}), _NONE),
    "absent_after_accept_in_a_row": (frozenset({"limit"}), _NONE),
    "unjustified_decline": (_NONE, frozenset({"limit"})),
    "age_reached": (frozenset({"age", "counted", "warn_days"}), frozenset({"exempt_marks"})),
    "grade_count": (frozenset({"limit", "grade", "window"}), _NONE),
    "annual_grade": (frozenset({"grade"}), _NONE),
    "resignation": (_NONE, _NONE),
    "violation_report": (_NONE, _NONE),
    "unreachable": (_NONE, _NONE),
}


def check_exits(exits: Exits | None, *, grades: set[str], annual: set[str], late_ground: str, fail: Fail) -> None:
    """grades, annual: the names of the grades that evaluation and annual assessment give. late_ground: what a late report leads to."""
    if exits is None:
        return
    triggers: set[str | None] = set()
    for index, ground in enumerate(exits.grounds, 1):
        key = f"exits.grounds[{index}]"
        if ground.trigger in _ONCE and ground.trigger in triggers:
            fail(f"{key}.trigger", f"“{ground.trigger}”只能有一种情形")
        triggers.add(ground.trigger)
        check_parameters(ground, ground.trigger, _PARAMETERS, key, fail)
        if ground.ban_years is not None and ground.ban_lifetime:
            fail(f"{key}.ban_years", "终身不得重新入库的，不能再写年限")
        if (ground.ban_years is not None or ground.ban_lifetime) and not ground.ban_article:
            fail(f"{key}.ban_article", "缺少条款号")
        if ground.trigger == "grade_count" and ground.grade not in grades:
            fail(f"{key}.grade", f"履职评价没有“{ground.grade}”这个等次")
        if ground.trigger == "annual_grade" and ground.grade not in annual:
            fail(f"{key}.grade", f"年度考核没有“{ground.grade}”这个等次")
    if late_ground and late_ground not in {one.code for one in exits.grounds}:
        fail("update.late_ground", f"没有代码为“{late_ground}”的出库情形")
