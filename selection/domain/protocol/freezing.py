"""pool.txt and manifest.txt: what is fixed before anybody knows any randomness (第十三条（二））."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from . import codes
from .filling import Census, Need

NO_PREV = "0" * 64
MODES = ("", "all", "merit")


@dataclass(frozen=True, slots=True)
class PoolLine:
    """One member of the pool as the draw sees him: codes only, no personal data.

    ``fields``: the fields of the draw that he holds. ``reasons``: the codes of all that excludes him; none means eligible.
    ``preferred``: whether he stands first where the draw prefers somebody; counts only where he is eligible.
    """

    number: str
    employer: str
    fields: tuple[str, ...]
    reasons: tuple[str, ...] = ()
    preferred: bool = False

    @property
    def eligible(self) -> bool:
        return not self.reasons

    @property
    def state(self) -> str:
        """E, P or X, as pool.txt says it."""
        return "X" if self.reasons else "P" if self.preferred else "E"

    def text(self) -> str:
        """The line of pool.txt, without its LF."""
        if not self.fields:
            raise ValueError(f"{self.number}: holds no field")
        number, employer = codes.code(self.number, "number"), codes.code(self.employer, "employer")
        return f"{number}|{employer}|{_joined(self.fields)}|{self.state}|{_joined(self.reasons) or '-'}"


@lru_cache(maxsize=1 << 16)
def _joined(several: tuple[str, ...]) -> str:
    """Codes sorted and comma-joined; a pool repeats few combinations many times."""
    return ",".join(sorted({codes.code(one, "code") for one in several}))


@dataclass(frozen=True)
class Conditions:
    """What all rounds of a draw have in common: its algorithm, what was approved, under which rules, and how it is drawn.

    ``request``, ``rules``: hashes of the approved request and of the regulation's file. ``ratio``: the candidates a seat
    that the edition asks for. ``mode``: "", "all" (everybody is ordered, 新县 第十二条) or "merit" (drawn, then chosen, 内蒙古
    第十五条（一）). ``prefer``: the code of what is preferred, or "".
    """

    alg: str
    request: str
    rules: str
    ratio: int
    mode: str = ""
    prefer: str = ""

    def __post_init__(self) -> None:
        if self.alg not in codes.ALGORITHMS or self.mode not in MODES:
            raise ValueError(f"unknown algorithm or mode: {self.alg!r}, {self.mode!r}")
        codes.hex64(self.request, "request"), codes.hex64(self.rules, "rules"), codes.number(self.ratio, "ratio", 1)
        if (self.mode == "all" and self.ratio != 1) or (self.mode == "merit" and self.ratio == 1):
            raise ValueError(f"mode {self.mode} does not go with ratio {self.ratio}")
        if self.prefer:
            codes.code(self.prefer, "prefer")


def pool_text(*, draw: str, round: int, pool: Iterable[PoolLine]) -> str:
    """pool.txt: every member with a requested field, eligible or visibly excluded, ascending by number."""
    lines = sorted(pool, key=lambda line: line.number)
    if len({line.number for line in lines}) != len(lines):
        raise ValueError("a member stands in the pool twice")
    head = f"{codes.PROTOCOL}|pool|{codes.code(draw, 'draw')}|{codes.number(round, 'round', 0)}|{len(lines)}"
    return "".join(f"{text}\n" for text in [head, *(line.text() for line in lines)])


def census_of(pool: Iterable[PoolLine], needs: Iterable[Need]) -> Census:
    """The members counted by the needed fields that they hold; ValueError for one who holds none."""
    needed = frozenset(need.field for need in needs)
    census = Census.of((needed.intersection(line.fields), line.reasons, line.preferred) for line in pool)
    if frozenset() in {*census.eligible, *(kind for kind, _reasons in census.excluded)}:
        raise ValueError("a member of the pool holds none of the needed fields")
    return census


def processing_order(census: Census, needs: Iterable[Need]) -> tuple[Need, ...]:
    """The needs, scarcest field first: by the exact fraction eligible/candidates, ties by field code."""
    return tuple(sorted(needs, key=lambda need: (census.share_of(need), need.field)))


def commitment(alg: str, *, draw: str, round: int, attempt: int, secret: str) -> str:
    """The office's commitment: binds it to ``secret`` (32 random bytes in hex) before the inspector gives his share."""
    codes.code(draw, "draw"), codes.number(round, "round", 0), codes.number(attempt, "attempt", 1), codes.hex64(secret, "secret")
    return codes.h(alg, f"{codes.PROTOCOL}|commit|office|{draw}|{round}|{attempt}|{secret}")


def manifest_text(
    *,
    conditions: Conditions,
    draw: str,
    round: int,
    attempt: int,
    prev: str = NO_PREV,
    pool: str,
    needs: Sequence[Need],
    office: str,
    beacon: tuple[str, str] | None = None,
) -> str:
    """manifest.txt: all that is fixed before anyone knows any randomness; its hash is what the inspector takes away.

    ``prev``: the chain (64 zeros for round 0, attempt 1). ``pool``: the hash of pool.txt. ``needs``: in their
    :func:`processing_order`. ``office``: the :func:`commitment`. ``beacon``: its source and its round or day, as codes.
    ValueError where the needs break the protocol: a list that is too short for seats and standbys, or below the ratio
    without a waiver.
    """
    if not needs or len({need.field for need in needs}) != len(needs):
        raise ValueError("a draw needs at least one field, and each once")
    lines = [
        f"{codes.PROTOCOL}|manifest",
        f"alg|{conditions.alg}",
        f"draw|{codes.code(draw, 'draw')}",
        f"round|{codes.number(round, 'round', 0)}",
        f"attempt|{codes.number(attempt, 'attempt', 1)}",
        f"prev|{codes.hex64(prev, 'prev')}",
        f"request|{conditions.request}",
        f"rules|{conditions.rules}",
        f"pool|{codes.hex64(pool, 'pool')}",
        f"ratio|{conditions.ratio}",
    ]
    for need in needs:
        lines += _need_lines(need, conditions)
    if conditions.mode:
        lines.append(f"mode|{conditions.mode}")
    if conditions.prefer:
        lines.append(f"prefer|{conditions.prefer}")
    lines.append(f"office|{codes.hex64(office, 'office')}")
    lines.append("beacon|none" if beacon is None else f"beacon|{'|'.join(codes.code(part, 'beacon') for part in beacon)}")
    return "".join(f"{line}\n" for line in lines)


def _need_lines(need: Need, conditions: Conditions) -> list[str]:
    field = codes.code(need.field, "field")
    seats, candidates = codes.number(need.seats, f"{field} seats", 1), codes.number(need.candidates, f"{field} candidates", 1)
    standby = codes.number(need.standby, f"{field} standby", 0)
    if seats + standby > candidates:
        raise ValueError(f"{field}: {candidates} candidates are too few for {seats} seats and {standby} standbys")
    waived = candidates < conditions.ratio * seats
    if waived and (not need.waiver or conditions.mode == "all"):
        raise ValueError(f"{field}: {candidates} candidates for {seats} seats are below the ratio, and nothing waives it")
    lines = [f"need|{field}|{seats}|{candidates}"]
    if standby:
        lines.append(f"standby|{field}|{standby}")
    if waived:
        lines.append(f"waiver|{field}|{codes.hex64(need.waiver, 'waiver')}")
    return lines
