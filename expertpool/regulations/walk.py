"""Walking through a regulation: every provision with its dotted key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from .schema import Condition, Document, Provision, Regulation, Rule, Step

#: Attributes that name a strategy; the first one set becomes part of the provision's key.
STRATEGIES = ("strategy", "trigger", "match", "scheme", "counting", "kind")


def provision_key(path: str, provision: Provision) -> str:
    """The key under which `executed` lists a provision: its path and, if it has one, its strategy.

    `exits.grounds:age_reached`, `conditions:license` (wherever the condition stands), `rights:fee`, `term`.
    """
    if isinstance(provision, Condition):
        path = "conditions"
    for name in STRATEGIES:
        if value := getattr(provision, name, None):
            return f"{path}:{value}"
    if isinstance(provision, Rule | Step | Document):
        return f"{path}:{provision.code}"
    return path


def provisions(regulation: Regulation) -> Iterator[tuple[str, Provision]]:
    """Every provision of a regulation as (dotted path without indexes, provision), outer ones first."""
    for item in fields(regulation):
        yield from _walk(item.name, getattr(regulation, item.name))


def _walk(path: str, value: Any) -> Iterator[tuple[str, Provision]]:
    if isinstance(value, Provision):
        yield path, value
    if is_dataclass(value):
        for item in fields(value):
            yield from _walk(f"{path}.{item.name}", getattr(value, item.name))
    elif isinstance(value, tuple):
        for one in value:
            yield from _walk(path, one)
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _walk(path, one)
