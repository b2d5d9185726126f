"""The draw by protocol ``zjkdraw/1``: frozen values go in, the text of the files comes out.

A draw is a set of small ASCII files that anybody can recompute with nothing but a hash function
(第十二条, 第十三条（二）). This module is the project's own computation; ``selection/verify_draw.py`` is the
independent one that an inspector runs, and tests hold the two against each other. Secrets, moments and the pool are
given by the caller: nothing here reads a clock, a database or a source of randomness.
"""

import dataclasses
import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from expertpool.regulations.acting import acts_on

PROTOCOL = "zjkdraw/1"
ALGORITHMS = ("sm3", "sha256")
NO_PREV = "0" * 64
SHARE_MIN = 20
SHARE_MAX = 64

_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,31}")
_HEX64 = re.compile(r"[0-9a-f]{64}")
_BEACON_NAME = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_BEACON_VALUE = re.compile(r"[0-9a-f]{1,512}")
_SHARE = re.compile(rf"[0-9a-z]{{{SHARE_MIN},{SHARE_MAX}}}")
_OUTCOMES = ("ACCEPT", "DECLINE", "NOREPLY", "UNREACHED", "RECUSE", "SKIP", "WITHDRAW")


def _matching(pattern: re.Pattern[str], value: str, what: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(f"{what}: {value!r} does not match {pattern.pattern}")
    return value


def _code(value: str, what: str) -> str:
    return _matching(_CODE, value, what)


def _hex(value: str, what: str) -> str:
    return _matching(_HEX64, value, what)


def _number(value: int, what: str, least: int) -> int:
    # A bool is an int to Python, and would be written as "True".
    if type(value) is not int or not least <= value <= 999_999_999:
        raise ValueError(f"{what}: {value!r} is not a whole number from {least}")
    return value


def _moment(at: datetime) -> str:
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def h(alg: str, text: str) -> str:
    """The lower-case hex digest of the ASCII bytes of ``text`` under ``alg`` (``sm3`` or ``sha256``)."""
    data = text.encode("ascii")
    if alg == "sha256":
        return hashlib.sha256(data).hexdigest()
    if alg != "sm3":
        raise ValueError(f"unknown algorithm {alg!r}")
    try:
        return hashlib.new("sm3", data).hexdigest()
    except ValueError:
        # Python's hashlib follows the system's OpenSSL, which may lack SM3; cryptography brings its own.
        from cryptography.hazmat.primitives import hashes

        digest = hashes.Hash(hashes.SM3())
        digest.update(data)
        return digest.finalize().hex()


@dataclass(frozen=True)
class PoolLine:
    """One member of the pool as the draw sees him: codes only, no personal data.

    ``fields``: the field codes he holds. ``reasons``: the codes of all that excludes him; none means eligible.
    """

    number: str
    employer: str
    fields: tuple[str, ...]
    reasons: tuple[str, ...] = ()

    @property
    def eligible(self) -> bool:
        return not self.reasons

    def text(self) -> str:
        """The line of pool.txt, without its LF."""
        if not self.fields:
            raise ValueError(f"{self.number}: holds no field")
        fields = ",".join(sorted({_code(code, "field") for code in self.fields}))
        reasons = ",".join(sorted({_code(code, "reason") for code in self.reasons})) or "-"
        number, employer = _code(self.number, "number"), _code(self.employer, "employer")
        return f"{number}|{employer}|{fields}|{'E' if self.eligible else 'X'}|{reasons}"


@dataclass(frozen=True)
class Need:
    """What one field needs: ``seats`` persons, ``candidates`` names on the list, ``standby`` standbys beyond the seats."""

    field: str
    seats: int
    candidates: int
    standby: int = 0


@dataclass(frozen=True)
class Listed:
    """One place of a field's list; positions start at 1."""

    field: str
    position: int
    number: str
    ticket: str


@dataclass(frozen=True)
class FieldCount:
    """How one field stands before the draw.

    ``excluded`` counts members by reason code; who is excluded for two reasons counts in both, and once in
    ``excluded_members``.
    """

    field: str
    eligible: int
    wanted: int
    excluded_members: int = 0
    excluded: Mapping[str, int] = dataclasses.field(default_factory=dict)

    @property
    def missing(self) -> int:
        """How many eligible members the field lacks for a list of the wanted length."""
        return max(0, self.wanted - self.eligible)


def field_counts(pool: Iterable[PoolLine], needs: Iterable[Need]) -> tuple[FieldCount, ...]:
    """For each need, in its given order: eligible, wanted and excluded members of the field, excluded by reason."""
    pool = tuple(pool)
    counts = []
    for need in needs:
        holders = [line for line in pool if need.field in line.fields]
        reasons = Counter(reason for line in holders for reason in set(line.reasons))
        eligible = sum(line.eligible for line in holders)
        counts.append(
            FieldCount(
                field=need.field,
                eligible=eligible,
                wanted=need.candidates,
                excluded_members=len(holders) - eligible,
                excluded=dict(sorted(reasons.items())),
            )
        )
    return tuple(counts)


def shortages(pool: Iterable[PoolLine], needs: Iterable[Need]) -> tuple[FieldCount, ...]:
    """The fields that have fewer eligible members than candidates are wanted, with the exclusions that cause it.

    Nothing is drawn silently short: the office changes the request or records a waiver (第十三条（二）).
    """
    return tuple(count for count in field_counts(pool, needs) if count.missing)


def processing_order(pool: Iterable[PoolLine], needs: Iterable[Need]) -> tuple[Need, ...]:
    """The needs, scarcest field first: by the exact fraction eligible/candidates, ties by field code."""
    needs = tuple(needs)
    if not needs:
        raise ValueError("a draw needs at least one field")
    if len({need.field for need in needs}) != len(needs):
        raise ValueError("a field is needed twice")
    for need in needs:
        _code(need.field, "field")
        _number(need.seats, f"{need.field} seats", 1)
        _number(need.candidates, f"{need.field} candidates", 1)
        _number(need.standby, f"{need.field} standby", 0)
    eligible = {count.field: count.eligible for count in field_counts(pool, needs)}
    return tuple(sorted(needs, key=lambda need: (Fraction(eligible[need.field], need.candidates), need.field)))


def pool_text(*, draw: str, round: int, pool: Iterable[PoolLine]) -> str:
    """pool.txt: every member with a requested field, eligible or visibly excluded, ascending by number."""
    lines = sorted(pool, key=lambda line: line.number)
    if len({line.number for line in lines}) != len(lines):
        raise ValueError("a member stands in the pool twice")
    head = f"{PROTOCOL}|pool|{_code(draw, 'draw')}|{_number(round, 'round', 0)}|{len(lines)}"
    return "".join(f"{text}\n" for text in [head, *(line.text() for line in lines)])


def commitment(alg: str, *, draw: str, round: int, attempt: int, secret: str) -> str:
    """The office's commitment: binds it to ``secret`` (32 random bytes in hex) before the inspector gives his share."""
    _code(draw, "draw"), _number(round, "round", 0), _number(attempt, "attempt", 1), _hex(secret, "secret")
    return h(alg, f"{PROTOCOL}|commit|office|{draw}|{round}|{attempt}|{secret}")


def manifest_text(
    *,
    alg: str,
    draw: str,
    round: int,
    attempt: int,
    prev: str = NO_PREV,
    request: str,
    rules: str,
    pool: Iterable[PoolLine],
    needs: Iterable[Need],
    office: str,
    beacon: tuple[str, str] | None = None,
) -> str:
    """manifest.txt: all that is fixed before anyone knows any randomness; its hash is what the inspector takes away.

    ``prev``: the chain (64 zeros for round 0, attempt 1). ``request``, ``rules``: hashes of the approved request and
    of the regulation's file. ``office``: the :func:`commitment`. ``beacon``: its source and its round or day.
    """
    pool = tuple(pool)
    needs = processing_order(pool, needs)
    requested = {need.field for need in needs}
    for line in pool:
        if not requested.intersection(line.fields):
            raise ValueError(f"{line.number}: holds none of the requested fields")
    lines = [
        f"{PROTOCOL}|manifest",
        f"alg|{alg}",
        f"draw|{_code(draw, 'draw')}",
        f"round|{_number(round, 'round', 0)}",
        f"attempt|{_number(attempt, 'attempt', 1)}",
        f"prev|{_hex(prev, 'prev')}",
        f"request|{_hex(request, 'request')}",
        f"rules|{_hex(rules, 'rules')}",
        f"pool|{h(alg, pool_text(draw=draw, round=round, pool=pool))}",
    ]
    for need in needs:
        lines.append(f"need|{need.field}|{need.seats}|{need.candidates}")
        if need.standby:
            lines.append(f"standby|{need.field}|{need.standby}")
    lines.append(f"office|{_hex(office, 'office')}")
    if beacon is None:
        lines.append("beacon|none")
    else:
        source, moment = (_matching(_BEACON_NAME, part, "beacon") for part in beacon)
        lines.append(f"beacon|{source}|{moment}")
    return "".join(f"{line}\n" for line in lines)


def why_not_share(text: str) -> str | None:
    """Why ``text`` cannot be the inspector's share, in Chinese, or None if it can.

    A share is 20 to 64 characters of 0-9 and a-z, taken exactly as typed.
    """
    if re.search(r"\s", text):
        return "监督份额中不能有空格或换行，请去掉后连续输入"
    if re.search(r"[A-Z]", text):
        return "监督份额只能用小写字母和数字，请把大写字母改为小写"
    if re.search(r"[^0-9a-z]", text):
        return "监督份额只能由数字0-9和小写字母a-z组成，不能有标点、汉字或全角字符"
    if len(text) < SHARE_MIN:
        return f"监督份额至少{SHARE_MIN}位，现有{len(text)}位，请继续掷骰子或补充输入"
    if len(text) > SHARE_MAX:
        return f"监督份额至多{SHARE_MAX}位，现有{len(text)}位，请删去多余部分"
    return None


def seed(alg: str, *, manifest_hash: str, secret: str, share: str, beacon: str | None = None) -> str:
    """The seed, from what the manifest fixed, the office's secret, the inspector's share and the beacon's value."""
    _hex(manifest_hash, "manifest"), _hex(secret, "secret"), _matching(_SHARE, share, "share")
    value = "-" if beacon is None else _matching(_BEACON_VALUE, beacon, "beacon value")
    return h(alg, f"{PROTOCOL}|seed|{manifest_hash}|{secret}|{share}|{value}")


def ticket(alg: str, seed: str, field: str, number: str) -> str:
    """A member's ticket in a field; the smallest tickets are drawn."""
    return h(alg, f"{PROTOCOL}|ticket|{seed}|{field}|{number}")


@acts_on("draw.random")
@acts_on("draw.modes", "random")
def compute_lists(*, alg: str, seed: str, pool: Iterable[PoolLine], needs: Iterable[Need]) -> dict[str, tuple[Listed, ...]]:
    """Each field's list, in processing order: the eligible members on no earlier list, ascending by ticket.

    A list is shorter than its candidates when earlier lists took members whom it needed too.
    """
    pool = tuple(pool)
    taken: set[str] = set()
    lists: dict[str, tuple[Listed, ...]] = {}
    for need in processing_order(pool, needs):
        tickets = sorted(
            (ticket(alg, seed, need.field, line.number), line.number)
            for line in pool
            if line.eligible and need.field in line.fields and line.number not in taken
        )
        lists[need.field] = tuple(
            Listed(need.field, position, number, value) for position, (value, number) in enumerate(tickets[: need.candidates], 1)
        )
        taken.update(listed.number for listed in lists[need.field])
    return lists


def result_text(
    *,
    alg: str,
    manifest_hash: str,
    secret: str,
    share: str,
    beacon: str | None = None,
    pool: Iterable[PoolLine],
    needs: Iterable[Need],
) -> str:
    """result.txt: secret and share revealed, the seed, every list with its tickets, and what came out short."""
    pool, needs = tuple(pool), tuple(needs)
    value = seed(alg, manifest_hash=manifest_hash, secret=secret, share=share, beacon=beacon)
    lines = [
        f"{PROTOCOL}|result",
        f"manifest|{manifest_hash}",
        f"office|{secret}",
        f"inspector|{share}",
        f"beacon|{'-' if beacon is None else beacon}",
        f"seed|{value}",
    ]
    wanted = {need.field: need.candidates for need in needs}
    for code, listed in compute_lists(alg=alg, seed=value, pool=pool, needs=needs).items():
        lines += [f"list|{code}|{place.position}|{place.number}|{place.ticket}" for place in listed]
        if len(listed) < wanted[code]:
            lines.append(f"short|{code}|{len(listed)}|{wanted[code]}")
    return "".join(f"{line}\n" for line in lines)


def abort_text(*, draw: str, round: int, attempt: int, reason: str, at: datetime) -> str:
    """abort.txt of an attempt given up before the inspector's share; ``at`` is aware, written in UTC."""
    _number(round, "round", 0), _number(attempt, "attempt", 1)
    return f"abort|{_code(draw, 'draw')}|{round}|{attempt}|{_code(reason, 'reason')}|{_moment(at)}\n"


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
    _number(seq, "seq", 1), _number(position, "position", 1)
    if outcome not in _OUTCOMES:
        raise ValueError(f"unknown outcome {outcome!r}")
    where = _code(field, "field") + ("" if round is None else f"@{_number(round, 'round', 0)}")
    why = "-" if reason is None else _code(reason, "reason")
    proof = "-" if evidence is None else _hex(evidence, "evidence")
    return f"contact|{seq}|{where}|{position}|{_code(number, 'number')}|{outcome}|{why}|{proof}|{_moment(at)}"


def close_line(missing: Mapping[str, int]) -> str:
    """The close line that follows from ``missing``: every field of the draw, in round 0's processing order."""
    if not missing:
        raise ValueError("a draw has at least one field")
    if not any(missing.values()):
        return "close|DONE|-"
    fields = (f"{_code(code, 'field')}:{_number(count, 'missing', 0)}" for code, count in missing.items())
    return f"close|SHORTFALL|{','.join(fields)}"


def close_abort_line(reason: str) -> str:
    """The close line of a draw whose contacts are given up."""
    return f"close|ABORT|{_code(reason, 'reason')}"


def chain_head(alg: str, result: str, lines: Iterable[str]) -> str:
    """The head over ``result`` (the text of result.txt) and the contact and close lines so far."""
    head = h(alg, result)
    for line in lines:
        head = h(alg, f"{head}|{line}")
    return head


def contacts_text(alg: str, result: str, lines: Sequence[str]) -> str:
    """contacts.txt: the contact and close lines, closed by the head of their chain."""
    return "".join(f"{line}\n" for line in [*lines, f"head|{chain_head(alg, result, lines)}"])


def canonical_request(request: Mapping[str, Any]) -> str:
    """The one ASCII text of a request whose :func:`h` is the manifest's request hash.

    JSON with sorted keys and no spaces; texts in Unicode NFC. Allowed are texts, whole numbers, truth values, None,
    lists and mappings with text keys; everything else (a float, a date) has more than one spelling and is an error.
    """
    return json.dumps(_plain(request, "request"), sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _plain(value: Any, where: str) -> Any:
    if value is None or isinstance(value, bool) or type(value) is int:
        return value
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, Mapping):
        plain: dict[str, Any] = {}
        for key, item in value.items():
            if not isinstance(key, str) or (name := unicodedata.normalize("NFC", key)) in plain:
                raise ValueError(f"{where}: the key {key!r} is no text or occurs twice")
            plain[name] = _plain(item, f"{where}.{name}")
        return plain
    if isinstance(value, list | tuple):
        return [_plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
    raise ValueError(f"{where}: {type(value).__name__} has no canonical form")
