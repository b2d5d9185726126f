"""Conditions of admission and kinds of experts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from .base import Fail, Parameters, Provision, RoleCode, check_parameters
from .defaults import silent

TitleLevel = Literal["初级", "中级", "副高级", "正高级"]
Degree = Literal["学士", "硕士", "博士"]
TITLE_LEVELS: tuple[TitleLevel, ...] = ("初级", "中级", "副高级", "正高级")
DEGREES: tuple[Degree, ...] = ("学士", "硕士", "博士")


def title_reaches(level: str, minimum: str) -> bool:
    """Whether a title level is at least the minimum, in the order 初级, 中级, 副高级, 正高级.

    An empty or unknown level reaches nothing.
    """
    return level in TITLE_LEVELS and TITLE_LEVELS.index(level) >= TITLE_LEVELS.index(minimum)


def degree_reaches(degree: str, minimum: str) -> bool:
    """Whether a degree is at least the minimum, in the order 学士, 硕士, 博士."""
    return degree in DEGREES and DEGREES.index(degree) >= DEGREES.index(minimum)


ConditionStrategy = Literal[
    "any_of",
    "all_of",
    "age_at_most",
    "title_at_least",
    "years_at_least",
    "license",
    "named_title",
    "degree_and_years",
    "employer_confirmation",
    "no_prior_removal",
    "consent",
    "attested",
    "reviewer_judges",
]


@dataclass(frozen=True, kw_only=True)
class Condition(Provision):
    """A condition of admission.

    strategy and its parameters:
      any_of, all_of: `alternatives`; age_at_most: `max_age`, completed years on the day of application;
      title_at_least: `min_title`; years_at_least: `min_years` in the trade; license: a registered professional
      qualification, `min_years` of practice since its day when given; named_title: one of `titles`;
      degree_and_years: `degree` and `min_years` since its day; employer_confirmation, no_prior_removal, consent,
      attested: what the record itself shows; reviewer_judges: a human ticks it on the review sheet.
    Each answers met, not met, or that a person decides (reviewer_judges, and any_of and all_of through it).
    exempt_types, exempt_marks: expert types, and marks that hold on the day of application, that skip the condition.
    waivable: blocked by default, but `waiver_approver` may waive it with a reason; a whole condition, not one of its alternatives.
    """

    strategy_key: ClassVar[str] = "strategy"

    code: str
    name: str
    strategy: ConditionStrategy
    max_age: int | None = None
    min_title: TitleLevel | None = None
    min_years: int | None = None
    degree: Degree | None = None
    titles: tuple[str, ...] = ()
    alternatives: tuple[Condition, ...] = ()
    exempt_types: tuple[str, ...] = ()
    exempt_marks: tuple[str, ...] = ()
    waivable: bool = False
    waiver_article: str = ""
    waiver_approver: RoleCode = silent("conditions.waiver_approver")


@dataclass(frozen=True, kw_only=True)
class ExpertType(Provision):
    """A class of experts. channels: the only channels it may come by (empty: any). conditions: in addition."""

    code: str
    name: str
    channels: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()


_NONE: frozenset[str] = frozenset()
_PARAMETERS: Parameters = {
    "any_of": (frozenset({"alternatives"}), _NONE),
    "all_of": (frozenset({"alternatives"}), _NONE),
    "age_at_most": (frozenset({"max_age"}), _NONE),
    "title_at_least": (frozenset({"min_title"}), _NONE),
    "years_at_least": (frozenset({"min_years"}), _NONE),
    "license": (_NONE, frozenset({"min_years"})),
    "named_title": (frozenset({"titles"}), _NONE),
    "degree_and_years": (frozenset({"degree", "min_years"}), _NONE),
    "employer_confirmation": (_NONE, _NONE),
    "no_prior_removal": (_NONE, _NONE),
    "consent": (_NONE, _NONE),
    "attested": (_NONE, _NONE),
    "reviewer_judges": (_NONE, _NONE),
}


def check_conditions(conditions: tuple[Condition, ...], types: tuple[ExpertType, ...], fail: Fail) -> None:
    """types: the kinds of experts, with conditions of their own."""
    codes = {kind.code for kind in types}
    _check(conditions, codes, "conditions", fail)
    for index, kind in enumerate(types, 1):
        _check(kind.conditions, codes, f"expert_types[{index}].conditions", fail)


def _check(conditions: tuple[Condition, ...], types: set[str], path: str, fail: Fail) -> None:
    for index, one in enumerate(conditions, 1):
        key = f"{path}[{index}]"
        check_parameters(one, one.strategy, _PARAMETERS, key, fail)
        if one.waivable and ".alternatives" in path:
            fail(f"{key}.waivable", "条件之一不能单独豁免，请写在外层的条件上")
        if one.waivable and not one.waiver_article:
            fail(f"{key}.waiver_article", "可以豁免的条件须写明豁免依据的条款号")
        for kind in one.exempt_types:
            if kind not in types:
                fail(f"{key}.exempt_types", f"没有代码为“{kind}”的专家类别")
        _check(one.alternatives, types, f"{key}.alternatives", fail)
