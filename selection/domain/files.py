"""Reads back the files that :mod:`selection.domain.draw` writes: what was fixed stays the source of what follows."""

from selection.domain.draw import Need, PoolLine
from selection.domain.seats import DrawnList


def pool_lines(text: str) -> tuple[PoolLine, ...]:
    """The members in a pool.txt."""
    lines = []
    for line in text.splitlines()[1:]:
        number, employer, fields, _state, reasons = line.split("|")
        lines.append(PoolLine(number, employer, tuple(fields.split(",")), () if reasons == "-" else tuple(reasons.split(","))))
    return tuple(lines)


def needs(manifest: str) -> tuple[Need, ...]:
    """The needs in a manifest.txt, in processing order, with their standbys."""
    found: dict[str, Need] = {}
    for line in manifest.splitlines():
        parts = line.split("|")
        if parts[0] == "need":
            found[parts[1]] = Need(parts[1], int(parts[2]), int(parts[3]))
        elif parts[0] == "standby":
            need = found[parts[1]]
            found[parts[1]] = Need(need.field, need.seats, need.candidates, int(parts[2]))
    return tuple(found.values())


def drawn_lists(*, round: int, manifest: str, result: str) -> tuple[DrawnList, ...]:
    """The lists of one drawn round, in processing order."""
    numbers: dict[str, list[str]] = {need.field: [] for need in needs(manifest)}
    for line in result.splitlines():
        parts = line.split("|")
        if parts[0] == "list":
            numbers[parts[1]].append(parts[3])
    return tuple(DrawnList(round, need.field, need.seats, need.standby, tuple(numbers[need.field])) for need in needs(manifest))
