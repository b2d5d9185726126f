"""What an edition leaves out: where it is silent, what the system takes for it, and what no code acts on."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from ..acting import Acts, Judged, meant
from ..schema import SYSTEM_DEFAULTS, Regulation
from .order import in_order
from .words import LABELS, SILENCES, TOPICS, value_in_words

#: Parts whose silence says who acts all the same.
_ALWAYS = ("management", "doubts")


@dataclass(frozen=True)
class Taken:
    """A default that stands in for a silence: its place, what it is called, its value in words, and why."""

    path: str
    name: str
    value: str
    why: str


def not_executed(regulation: Regulation, acts: Acts) -> tuple[Judged, ...]:
    """The provisions that no code acts on, or not on all of, in the order of the articles."""
    return tuple(one for one in in_order(regulation, acts) if not one.executed or one.missing)


def silences(regulation: Regulation) -> tuple[tuple[str, str], ...]:
    """Where the regulation has no such part: (dotted path, what the system then does)."""
    found = []
    for key, text in SILENCES.items():
        value: Any = regulation
        for name in key.split("."):
            parent, value = value, getattr(value, name, None)
            if parent is None:
                break
        else:
            if value is None or value == ():
                found.append((key, text))
    return tuple(found)


def defaults(regulation: Regulation) -> tuple[Taken, ...]:
    """What the system takes where the paper does not say it (系统默认), in the order of the table."""
    values: dict[str, Any] = {}
    for _, one in regulation.provisions():
        for item in fields(one):
            if item.name in one.defaulted and (value := getattr(one, item.name)) and meant(one, item.name):
                values.setdefault(item.metadata["silent"], value)
    found = []
    for path, default in SYSTEM_DEFAULTS.items():
        place, _, name = path.rpartition(".")
        if place in _ALWAYS and getattr(regulation, place) is None:
            values[path] = default.value
        if path in values:
            name_in_words = f"{TOPICS[place]}·{LABELS[name]}"
            found.append(Taken(path, name_in_words, value_in_words(regulation, name, values[path]), default.why))
    return tuple(found)
