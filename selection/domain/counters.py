"""Counters over an expert's past (第七条（五）): three in a row without reply, three absences in a row after accepting.

Pure: the whole past goes in, oldest first, so that a sweep gives the same answer daily, twice, or once after a month.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Turn(Enum):
    """What one event does to a counter."""

    COUNTS = "counts"
    RESETS = "resets"
    NEUTRAL = "neutral"


@dataclass(frozen=True)
class Event:
    """Something that happened; ``key`` is the id of the row that tells of it."""

    key: int
    turn: Turn


#: States of an invitation, by what they do to the counter of missed replies. Whatever is an answer resets it; an
#: invitation that could not be delivered, or was taken back, says nothing about the expert.
REPLY_TURNS = {
    "no_reply": Turn.COUNTS,
    "accepted": Turn.RESETS,
    "declined": Turn.RESETS,
    "recused": Turn.RESETS,
    "withdrawn": Turn.RESETS,
}


def reply_turn(state: str) -> Turn:
    """What an invitation in ``state`` does to the counter of missed replies."""
    return REPLY_TURNS.get(state, Turn.NEUTRAL)


def attendance_turn(attended: bool | None) -> Turn:
    """What an accepted participation does to the counter of absences; None: not recorded."""
    if attended is None:
        return Turn.NEUTRAL
    return Turn.RESETS if attended else Turn.COUNTS


def in_a_row(events: Iterable[Event]) -> int:
    """How many counting events stand in a row at the end of the past."""
    count = 0
    for event in events:
        if event.turn is Turn.COUNTS:
            count += 1
        elif event.turn is Turn.RESETS:
            count = 0
    return count


def reached(events: Iterable[Event], limit: int) -> tuple[int, ...]:
    """The keys of the events that completed ``limit`` in a row; after each the count begins anew."""
    if limit < 1:
        raise ValueError("a limit is at least 1")
    count, keys = 0, []
    for event in events:
        if event.turn is Turn.COUNTS:
            count += 1
        elif event.turn is Turn.RESETS:
            count = 0
        if count == limit:
            keys.append(event.key)
            count = 0
    return tuple(keys)
