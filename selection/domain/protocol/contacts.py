"""contacts.txt and abort.txt: what became of each place, chained line by line (第十三条（三）（四））."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from . import codes

OUTCOMES = ("ACCEPT", "DECLINE", "NOREPLY", "UNREACHED", "RECUSE", "SKIP", "WITHDRAW")


def abort_text(*, draw: str, round: int, attempt: int, reason: str, at: datetime) -> str:
    """abort.txt of an attempt given up before the inspector's share; ``at`` is aware, written in UTC."""
    codes.number(round, "round", 0), codes.number(attempt, "attempt", 1)
    return f"abort|{codes.code(draw, 'draw')}|{round}|{attempt}|{codes.code(reason, 'reason')}|{codes.moment(at)}\n"


def contact_line(
    *,
    seq: int,
    field: str,
    position: int,
    number: str,
    outcome: str,
    reason: str | None = None,
    evidence: str | None = None,
    at: datetime,
    round: int | None = None,
) -> str:
    """One line of contacts.txt, without its LF, written when an outcome is known.

    ``round`` only for a position of an earlier round than the file's own. ``evidence`` is a hash; ``at`` is aware.
    """
    codes.number(seq, "seq", 1), codes.number(position, "position", 1)
    if outcome not in OUTCOMES:
        raise ValueError(f"unknown outcome {outcome!r}")
    if outcome == "SKIP" and reason is None:
        raise ValueError("a SKIP has a reason")
    where = codes.code(field, "field") + ("" if round is None else f"@{codes.number(round, 'round', 0)}")
    why = "-" if reason is None else codes.code(reason, "reason")
    proof = "-" if evidence is None else codes.hex64(evidence, "evidence")
    return f"contact|{seq}|{where}|{position}|{codes.code(number, 'number')}|{outcome}|{why}|{proof}|{codes.moment(at)}"


def close_line(missing: Mapping[str, int]) -> str:
    """The close line that follows from ``missing``: every field of the draw, in round 0's processing order."""
    if not missing:
        raise ValueError("a draw has at least one field")
    if not any(missing.values()):
        return "close|DONE|-"
    fields = (f"{codes.code(field, 'field')}:{codes.number(count, 'missing', 0)}" for field, count in missing.items())
    return f"close|SHORTFALL|{','.join(fields)}"


def close_abort_line(reason: str) -> str:
    """The close line of a draw whose contacts are given up."""
    return f"close|ABORT|{codes.code(reason, 'reason')}"


def chain_head(alg: str, result: str, lines: Iterable[str]) -> str:
    """The head over ``result`` (the text of result.txt) and the contact and close lines so far."""
    head = codes.h(alg, result)
    for line in lines:
        head = codes.h(alg, f"{head}|{line}")
    return head


def contacts_text(alg: str, result: str, lines: Sequence[str]) -> str:
    """contacts.txt: the contact and close lines, closed by the head of their chain."""
    return "".join(f"{line}\n" for line in [*lines, f"head|{chain_head(alg, result, lines)}"])
