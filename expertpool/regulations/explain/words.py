"""The words of the explanation, from `words.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from ..schema import ROLES, Band, Choice, Grade, Regulation, printed

_WORDS = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))
TOPICS: Mapping[str, str] = MappingProxyType(_WORDS["topics"])
LABELS: Mapping[str, str] = MappingProxyType(_WORDS["labels"])
VALUES: Mapping[str, str] = MappingProxyType(_WORDS["values"])
SILENCES: Mapping[str, str] = MappingProxyType(_WORDS["silences"])

#: Keys whose values are the paper's own words.
_VERBATIM = ("types", "titles", "employer_kinds", "relations", "text", "group", "footnote", "stamp", "grade", "exempt_marks")


def value_in_words(regulation: Regulation, name: str, value: object) -> str:
    """A value of a key as an official reads it: never a code."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if value == ():
        return "无"
    if isinstance(value, tuple):
        # Steps follow each other, and their names have commas of their own.
        return (" → " if name == "steps" else "、").join(value_in_words(regulation, name, one) for one in value)
    if isinstance(value, Band):
        return f"{value.name}（{_span(value.low, value.high)}）" + ("→生成违规线索" if value.consequence else "")
    if isinstance(value, Grade):
        return value.name + (f"（{_span(value.low, value.high)}）" if value.low is not None else "")
    if isinstance(value, Choice):
        return value.name
    if not isinstance(value, str):
        return str(value)
    return printed(value) if name.endswith("_article") else _word(regulation, name, value)


def _span(low: int | None, high: int | None) -> str:
    return str(low) if low == high else f"{low}-{high}"


def _word(regulation: Regulation, name: str, value: str) -> str:
    if f"{name}.{value}" in VALUES:
        return VALUES[f"{name}.{value}"]
    if name == "channels":
        return regulation.intake.channel(value).name
    if name == "steps":
        return regulation.intake.step(value).name
    if name == "exempt_types":
        return next(one.name for one in regulation.expert_types if one.code == value)
    if name == "late_ground" and regulation.exits:
        return regulation.exits.ground(value).name
    if name in _VERBATIM:
        return value
    return regulation.labels.of(value) if value in ROLES else VALUES.get(value, value)
