"""Who is seated, who may be invited, what is missing: derived from the drawn lists and the outcomes, never chosen.

第十三条（三）: candidates are contacted in drawn order; position decides, not speed of reply.
第十三条（四）: who accepts beyond the seats is a standby, and steps up in order by himself when someone withdraws.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from selection.domain import protocol


class Outcome(StrEnum):
    """What became of an invitation; the values stand in contacts.txt."""

    ACCEPT = "ACCEPT"
    DECLINE = "DECLINE"
    NOREPLY = "NOREPLY"
    UNREACHED = "UNREACHED"
    RECUSE = "RECUSE"
    SKIP = "SKIP"
    WITHDRAW = "WITHDRAW"


#: What each outcome is called, on every page and print.
OUTCOME_NAMES: Mapping[Outcome, str] = {
    Outcome.ACCEPT: "接受",
    Outcome.DECLINE: "不能参加",
    Outcome.NOREPLY: "逾期未回复",
    Outcome.UNREACHED: "未能送达",
    Outcome.RECUSE: "申请回避",
    Outcome.SKIP: "依规定跳过",
    Outcome.WITHDRAW: "接受后退出",
}


@dataclass(frozen=True)
class DrawnList:
    """The list of one field in one round: its need and the numbers in drawn order (position 1 first)."""

    round: int
    field: str
    seats: int
    standby: int
    numbers: tuple[str, ...]


@dataclass(frozen=True)
class OutcomeLine:
    """One recorded outcome of a position of a round's list; ``reason``: the code that went with it, or ""."""

    round: int
    field: str
    position: int
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, order=True)
class Place:
    """A position that stands for somebody; places order by round, then position."""

    round: int
    position: int
    number: str


def may_follow(previous: Outcome | None, new: Outcome) -> bool:
    """Whether ``new`` may be the next outcome of a position whose last one is ``previous`` (None: it has none).

    Only an acceptance can be taken back, by WITHDRAW or by RECUSE; nothing else follows an outcome.
    """
    if previous is None:
        return new != Outcome.WITHDRAW
    return previous == Outcome.ACCEPT and new in (Outcome.WITHDRAW, Outcome.RECUSE)


def outcomes(lines: Iterable[OutcomeLine]) -> dict[tuple[int, str, int], Outcome]:
    """The last outcome by (round, field, position). ValueError if a line may not follow the one before it."""
    last: dict[tuple[int, str, int], Outcome] = {}
    for line in lines:
        key = (line.round, line.field, line.position)
        if not may_follow(last.get(key), line.outcome):
            raise ValueError(f"{key}: {line.outcome} may not follow {last.get(key)}")
        last[key] = line.outcome
    return last


def standing(lists: Iterable[DrawnList], lines: Iterable[OutcomeLine], field: str) -> tuple[Place, ...]:
    """The standing acceptances of ``field`` over all rounds, by (round, position)."""
    last = outcomes(lines)
    return tuple(
        sorted(
            Place(drawn.round, position, number)
            for drawn in lists
            if drawn.field == field
            for position, number in enumerate(drawn.numbers, 1)
            if last.get((drawn.round, field, position)) == Outcome.ACCEPT
        )
    )


def _seats(lists: Iterable[DrawnList], field: str) -> int:
    for drawn in lists:
        if drawn.field == field and drawn.round == 0:
            return drawn.seats
    raise ValueError(f"{field} is no field of round 0")


def seated(lists: Sequence[DrawnList], lines: Iterable[OutcomeLine], field: str) -> tuple[Place, ...]:
    """Who has a seat in ``field``: the first standing acceptances, as many as round 0 needs."""
    return standing(lists, lines, field)[: _seats(lists, field)]


def standbys(lists: Sequence[DrawnList], lines: Iterable[OutcomeLine], field: str) -> tuple[Place, ...]:
    """Who stands by in ``field``, the next to step up first."""
    return standing(lists, lines, field)[_seats(lists, field) :]


def missing(lists: Sequence[DrawnList], lines: Iterable[OutcomeLine]) -> dict[str, int]:
    """How many seats each field still lacks, fields in the order of round 0's lists (its processing order)."""
    lines = tuple(lines)
    return {drawn.field: max(0, drawn.seats - len(standing(lists, lines, drawn.field))) for drawn in lists if drawn.round == 0}


def due_positions(drawn: DrawnList, lines: Iterable[OutcomeLine]) -> tuple[int, ...]:
    """The positions of one list that have no outcome and may be invited (or be open) now, in drawn order.

    A position may be open only while the standing acceptances before it and the positions before it that have no
    outcome yet are together fewer than seats and standbys. So at most as many invitations are open as there are open
    places, and after seats + standby standing acceptances nobody more is invited.
    """
    last = outcomes(lines)
    due, before = [], 0
    for position in range(1, len(drawn.numbers) + 1):
        if before >= drawn.seats + drawn.standby:
            break
        outcome = last.get((drawn.round, drawn.field, position))
        if outcome is None:
            due.append(position)
        before += outcome in (None, Outcome.ACCEPT)
    return tuple(due)


def may_have_outcome(drawn: DrawnList, lines: Iterable[OutcomeLine], position: int) -> bool:
    """Whether discipline allows a first outcome of ``position`` now."""
    return position in due_positions(drawn, lines)


def unfinished(lists: Sequence[DrawnList], lines: Iterable[OutcomeLine]) -> tuple[str, ...]:
    """The fields that miss somebody while a position on a list of theirs has no outcome.

    A supplementary round (再次抽取) is for what contact could not fill: it waits until this is empty. In a later round a
    position may be without an outcome and never become due: where its list was filled before somebody of an earlier
    round withdrew. Such a draw cannot be supplemented (docs/adr/0013-a-filled-round-stays-closed.md).
    """
    lines = tuple(lines)
    last = outcomes(lines)
    return tuple(
        field
        for field, count in missing(lists, lines).items()
        if count
        and any(
            (drawn.round, field, position) not in last
            for drawn in lists
            if drawn.field == field
            for position in range(1, len(drawn.numbers) + 1)
        )
    )


def close_line(lists: Sequence[DrawnList], lines: Iterable[OutcomeLine]) -> str:
    """The close line that the outcomes so far amount to: DONE, or SHORTFALL with every field's missing seats."""
    return protocol.close_line(missing(lists, lines))
