"""What an edition leaves out: where it is silent, what the system takes for it, and what no code acts on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from ..acting import Acts, Judged, judged
from ..schema import SYSTEM_DEFAULTS, Regulation, printed
from ..schema.base import defaulted
from .order import in_order
from .words import LABELS, SILENCES, TOPICS, value_in_words

#: Parts whose silence says who acts, and how, all the same.
_ALWAYS = ("management", "doubts", "request", "contact", "sanctions")
#: Silences that say something only where another part is executed.
_BESIDE = {"evaluation_form": "evaluation", "contact": "draw"}
#: Keys of the whole file, and what they are nothing without.
_OF_THE_FILE = {"lapse_warn_days": "effective_to", "fields_extensible": "intake"}


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


def silences(regulation: Regulation, acts: Acts) -> tuple[tuple[str, str], ...]:
    """Where the regulation has no such part: (dotted path, what the system then does).

    Nothing is said of what would stand in a part that no code acts on.
    """
    idle = {one.path for one in judged(regulation, acts) if not one.executed}
    found = []
    for key, text in SILENCES.items():
        above = key.rpartition(".")[0] or _BESIDE.get(key, "")
        if (above and _at(regulation, above) is None) or above in idle:
            continue
        if _at(regulation, key) in (None, ()):
            found.append((key, text))
    return tuple(found)


def _at(regulation: Regulation, path: str) -> Any:
    value: Any = regulation
    for name in path.split("."):
        value = getattr(value, name, None)
    return value


def head(regulation: Regulation) -> Iterator[tuple[str, str]]:
    """What the file says of itself as a whole besides its days: what it is called, its value in words."""
    for name in _OF_THE_FILE:
        if name in regulation.given:
            article = regulation.fields_article if name == "fields_extensible" else ""
            yield LABELS[name], value_in_words(regulation, name, getattr(regulation, name)) + (f"（{printed(article)}）" if article else "")


def defaults(regulation: Regulation, acts: Acts) -> tuple[Taken, ...]:
    """What the system takes where the paper does not say it (系统默认), in the order of the table; only what code acts on."""
    values: dict[str, Any] = {}
    for one in judged(regulation, acts):
        for item in fields(one.provision):
            if item.name in one.taken:
                values.setdefault(item.metadata["silent"], getattr(one.provision, item.name))
    for path in _without_a_part(regulation):
        value = regulation.said(path).value if "." in path else getattr(regulation, path)
        if acts.on_all(path, value):
            values[path] = value
    return tuple(_taken(regulation, path, values[path]) for path in SYSTEM_DEFAULTS if path in values)


def _without_a_part(regulation: Regulation) -> Iterator[str]:
    """The defaults that hold although the file has no such table, and those of the file as a whole."""
    for path in SYSTEM_DEFAULTS:
        part, _, name = path.rpartition(".")
        above = _BESIDE.get(part, "")
        if part in _ALWAYS and _at(regulation, part) is None and (not above or _at(regulation, above) is not None):
            yield path
        if not part and name in defaulted(regulation) and _at(regulation, _OF_THE_FILE[name]) is not None:
            yield path


def _taken(regulation: Regulation, path: str, value: Any) -> Taken:
    place, _, name = path.rpartition(".")
    words = f"{TOPICS[place]}·{LABELS[name]}" if place else LABELS[name]
    return Taken(path, words, value_in_words(regulation, name, value), SYSTEM_DEFAULTS[path].why)
