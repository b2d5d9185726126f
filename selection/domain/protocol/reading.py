"""Reads back what the protocol's files say: what was fixed stays the source of what follows."""

from collections.abc import Container, Iterator, Mapping
from functools import lru_cache

from .filling import Census, Kind, Need
from .freezing import Conditions, PoolLine
from .lists import Eligible

#: A field's list of one round as it was drawn: the need, and the numbers in drawn order.
DrawnNumbers = tuple[Need, tuple[str, ...]]


def _members(pool: str) -> Iterator[list[str]]:
    """Of each member of a pool.txt: number, employer, fields, state, reasons."""
    lines = iter(pool.splitlines())
    next(lines)
    return (line.split("|") for line in lines)


@lru_cache(maxsize=1 << 12)
def _set(joined: str, needed: Kind | None = None) -> frozenset[str]:
    found = frozenset(joined.split(",")) if joined != "-" else frozenset()
    return found if needed is None else found & needed


def eligible_of(pool: str, manifest: str) -> list[Eligible]:
    """The eligible members in a pool.txt, with those of their fields that its manifest needs."""
    needed = frozenset(need.field for need in needs(manifest))
    return [Eligible(number, _set(fields, needed), state == "P") for number, _employer, fields, state, _ in _members(pool) if state != "X"]


def census(pool: str, manifest: str) -> Census:
    """The members in a pool.txt counted by the needed fields they hold and what excludes them."""
    needed = frozenset(need.field for need in needs(manifest))
    return Census.of((_set(fields, needed), _set(reasons), state == "P") for _number, _employer, fields, state, reasons in _members(pool))


def pool_lines(pool: str, numbers: Container[str]) -> Iterator[PoolLine]:
    """The lines of ``numbers`` in a pool.txt."""
    return (
        PoolLine(number, employer, tuple(fields.split(",")), tuple(sorted(_set(reasons))), state == "P")
        for number, employer, fields, state, reasons in _members(pool)
        if number in numbers
    )


def needs(manifest: str) -> tuple[Need, ...]:
    """The needs in a manifest.txt, in processing order, with their standbys and waivers."""
    found: dict[str, dict[str, str]] = {}
    for line in manifest.splitlines():
        kind, _, rest = line.partition("|")
        if kind in ("need", "standby", "waiver"):
            field, _, value = rest.partition("|")
            found.setdefault(field, {})[kind] = value
    return tuple(_need(field, said) for field, said in found.items())


def _need(field: str, said: Mapping[str, str]) -> Need:
    seats, _, candidates = said["need"].partition("|")
    return Need(field, int(seats), int(candidates), int(said.get("standby", 0)), said.get("waiver", ""))


def conditions(manifest: str) -> Conditions:
    """The conditions in a manifest.txt, the same in all rounds of a draw."""
    said = dict(line.partition("|")[::2] for line in manifest.splitlines())
    return Conditions(
        said["alg"], said["request"], said["rules"], int(said["ratio"]), mode=said.get("mode", ""), prefer=said.get("prefer", "")
    )


def drawn_numbers(manifest: str, result: str) -> tuple[DrawnNumbers, ...]:
    """The lists of a result.txt, in processing order."""
    numbers: dict[str, list[str]] = {}
    for line in result.splitlines():
        parts = line.split("|")
        if parts[0] == "list":
            numbers.setdefault(parts[1], []).append(parts[3])
    return tuple((need, tuple(numbers.get(need.field, ()))) for need in needs(manifest))
