"""Articles in the order of the paper."""

from __future__ import annotations

import re

from ..acting import Acts, Judged, judged
from ..schema import ExclusionReason, Regulation

_PARTS = re.compile(r"\d+|[a-z]+|[^\da-z()]+")
_NUMERALS = {char: f"{value:02}" for value, char in enumerate("一二三四五六七八九十", 1)}


def article_order(article: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key: articles by number, then item, then letter; annexes after the articles."""
    return tuple(_rank(part) for part in _PARTS.findall(article))


def _rank(part: str) -> tuple[int, int, str]:
    if part.isdigit():
        return 1, int(part), ""
    return (0 if len(part) == 1 and part.isascii() else 2), 0, "".join(_NUMERALS.get(char, char) for char in part)


def in_order(regulation: Regulation, acts: Acts) -> list[Judged]:
    """The provisions with what is acted on, in the order of their articles; reasons that grounds of recusal give are not said twice."""
    derived = {one.reason_code for one in regulation.recusal}
    shown = [one for one in judged(regulation, acts) if not (isinstance(one.provision, ExclusionReason) and one.provision.code in derived)]
    return sorted(shown, key=lambda one: article_order(one.provision.article))
