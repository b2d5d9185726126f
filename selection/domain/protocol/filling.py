"""Whether the fields of a draw can be filled together, and what is missing where they cannot (第十三条（二）).

Who holds several of the fields can stand on one list only. Counting each field alone would let the same people fill two
lists on paper and leave one of them short in the draw, without stop or waiver. So the needs are taken together: members are
counted by the set of fields that they hold, and given out to the fields along augmenting paths (Ford and Fulkerson).
"""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

#: The fields that a member holds, of those that a draw needs; everybody with the same ones counts alike.
Kind = frozenset[str]


@dataclass(frozen=True)
class Need:
    """What one field needs: ``seats`` persons, ``candidates`` names on the list, ``standby`` standbys beyond the seats.

    ``waiver``: the hash of the countersigned waiver under which there are fewer candidates than the ratio asks for, or "".
    """

    field: str
    seats: int
    candidates: int
    standby: int = 0
    waiver: str = ""


class Filling:
    """Members given out to fields, each to one that he holds, so that as many places as possible are filled.

    ``supply``: how many members of each kind there are; ``wanted``: how many each field needs. ``missing``: how many of a
    field's places stay empty (no key: none).
    """

    def __init__(self, supply: Mapping[Kind, int], wanted: Mapping[str, int]) -> None:
        self.wanted = dict(wanted)
        self.missing: dict[str, int] = {}
        self._spare: Counter[Kind] = Counter()
        for kind, count in supply.items():
            self._spare[kind.intersection(self.wanted)] += count
        self._given: Counter[tuple[str, Kind]] = Counter()
        self._holders = {field: [kind for kind in self._spare if field in kind] for field in self.wanted}
        for field, number in self.wanted.items():
            if lacking := self._fill(field, number):
                self.missing[field] = lacking

    def take(self, kind: Kind) -> bool:
        """Take one member of ``kind`` out, if every field can be filled without him as before; whether that was done."""
        kind = kind.intersection(self.wanted)
        if self._spare[kind]:
            self._spare[kind] -= 1
            return True
        for field in sorted(kind):
            if self._given[field, kind]:
                self._given[field, kind] -= 1
                if not self._fill(field, 1):
                    return True
                self._given[field, kind] += 1
                return False
        raise ValueError(f"nobody holds exactly {sorted(kind)}")

    def tight_with(self, field: str) -> frozenset[str]:
        """The fields that are short together with ``field``: all who hold one of them are needed, and are too few."""
        return frozenset(self._reached(field)[0])

    def _fill(self, field: str, number: int) -> int:
        """Give up to ``number`` more members to ``field``; how many it still lacks then."""
        while number:
            came, end = self._reached(field)
            if end is None:
                break
            at, kind = end
            path = [(at, kind, 1)]
            while (step := came[at]) is not None:
                at, through = step
                path += [(path[-1][0], through, -1), (at, through, 1)]
            amount = min([number, self._spare[kind], *(self._given[at, one] for at, one, sign in path if sign < 0)])
            self._spare[kind] -= amount
            for at, one, sign in path:
                self._given[at, one] += sign * amount
            number -= amount
        return number

    def _reached(self, field: str) -> tuple[dict[str, tuple[str, Kind] | None], tuple[str, Kind] | None]:
        """From ``field`` over members who could be moved: the fields reached, and the first spare kind with its field."""
        came: dict[str, tuple[str, Kind] | None] = {field: None}
        queue, seen = [field], set[Kind]()
        for at in queue:
            for kind in self._holders[at]:
                if kind in seen:
                    continue
                seen.add(kind)
                if self._spare[kind]:
                    return came, (at, kind)
                for other in sorted(kind):
                    if other not in came and self._given[other, kind]:
                        came[other] = (at, kind)
                        queue.append(other)
        return came, None


@dataclass(frozen=True)
class FieldCount:
    """How one field stands before the draw.

    ``excluded`` counts members by reason code; who is excluded for two reasons counts in both, and once in
    ``excluded_members``. ``preferred`` of the ``eligible`` stand first wherever a list is ordered.
    """

    field: str
    eligible: int
    wanted: int
    excluded_members: int = 0
    preferred: int = 0
    excluded: Mapping[str, int] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Shortage:
    """Fields that cannot be filled together: the eligible members who hold one of them are ``missing`` fewer than wanted.

    ``eligible`` and ``excluded_members`` count each member once, whichever of the fields he holds.
    """

    fields: tuple[str, ...]
    wanted: int
    eligible: int
    excluded_members: int
    excluded: Mapping[str, int]

    @property
    def missing(self) -> int:
        """How many eligible members the fields lack together."""
        return self.wanted - self.eligible


@dataclass(frozen=True)
class Census:
    """The members of a pool file counted once: by the fields they hold and what excludes them."""

    eligible: Mapping[Kind, int]
    preferred: Mapping[Kind, int]
    excluded: Mapping[tuple[Kind, frozenset[str]], int]

    @classmethod
    def of(cls, members: Iterable[tuple[Iterable[str], Iterable[str], bool]]) -> "Census":
        """Of each member his fields, the codes of what excludes him (none: eligible), and whether he is preferred."""
        rows = Counter((frozenset(fields), frozenset(reasons), preferred) for fields, reasons, preferred in members)
        eligible, preferred, excluded = Counter[Kind](), Counter[Kind](), Counter[tuple[Kind, frozenset[str]]]()
        for (kind, reasons, first), count in rows.items():
            if reasons:
                excluded[kind, reasons] += count
                continue
            eligible[kind] += count
            if first:
                preferred[kind] += count
        return cls(eligible, preferred, excluded)

    def eligible_in(self, fields: Iterable[str]) -> int:
        """How many eligible members hold at least one of ``fields``."""
        return sum(count for kind, count in self.eligible.items() if not kind.isdisjoint(fields))

    def share_of(self, need: Need) -> Fraction:
        """The eligible members of a field for each candidate that it needs: the smaller, the scarcer."""
        return Fraction(self.eligible_in([need.field]), need.candidates)

    def preferred_in(self, fields: Iterable[str]) -> int:
        """How many of them are preferred."""
        return sum(count for kind, count in self.preferred.items() if not kind.isdisjoint(fields))

    def excluded_in(self, fields: Iterable[str]) -> tuple[int, dict[str, int]]:
        """How many members who hold one of ``fields`` are excluded, and how many by each reason, ascending by code."""
        members, by_reason = 0, Counter[str]()
        for (kind, reasons), count in self.excluded.items():
            if not kind.isdisjoint(fields):
                members += count
                for reason in reasons:
                    by_reason[reason] += count
        return members, dict(sorted(by_reason.items()))


def field_counts(census: Census, needs: Iterable[Need]) -> tuple[FieldCount, ...]:
    """For each need, in its given order: eligible, wanted and excluded members of the field, excluded by reason."""
    counts = []
    for need in needs:
        members, by_reason = census.excluded_in([need.field])
        counts.append(
            FieldCount(
                field=need.field,
                eligible=census.eligible_in([need.field]),
                wanted=need.candidates,
                excluded_members=members,
                preferred=census.preferred_in([need.field]),
                excluded=by_reason,
            )
        )
    return tuple(counts)


def shortages(census: Census, needs: Sequence[Need], *, wanted: Mapping[str, int] | None = None) -> tuple[Shortage, ...]:
    """The groups of fields that cannot be filled together, in the order of the needs, with the exclusions that cause it.

    ``wanted``: how many each field needs (default: its candidates). Nothing is drawn silently short: the office changes the
    request or records a waiver (第十三条（二）).
    """
    wanted = wanted if wanted is not None else {need.field: need.candidates for need in needs}
    filling = Filling(census.eligible, wanted)
    groups: list[set[str]] = []
    for field in filling.missing:
        group = set(filling.tight_with(field))
        apart = [one for one in groups if one.isdisjoint(group)]
        for one in groups:
            if not one.isdisjoint(group):
                group |= one
        groups = [*apart, group]
    found = []
    for group in groups:
        members, by_reason = census.excluded_in(group)
        fields = tuple(field for field in wanted if field in group)
        found.append(Shortage(fields, sum(wanted[one] for one in fields), census.eligible_in(group), members, by_reason))
    order = list(wanted)
    return tuple(sorted(found, key=lambda one: order.index(one.fields[0])))


def lowered(census: Census, needs: Sequence[Need], waived: Mapping[str, str]) -> tuple[Need, ...]:
    """The needs with the candidates of waived fields lowered as far as needed, and no further (第十三条（二）, reading A8).

    ``waived``: by field the hash of its countersigned waiver. Where several waived fields are short together, the one
    with the most candidates a seat gives way first (ties by code), one candidate at a time, standbys before seats and
    never below the seats. What is still short then is not covered: :func:`shortages` names it. A waiver that was not
    needed leaves no trace in the needs.
    """
    now = {need.field: need for need in needs}
    while True:
        short = shortages(census, tuple(now.values()))
        ways = [now[field] for group in short for field in group.fields if field in waived]
        ways = [need for need in ways if need.candidates > need.seats]
        if not ways:
            return tuple(now[need.field] for need in needs)
        most = max(ways, key=lambda need: (Fraction(need.candidates, need.seats), need.field))
        candidates = most.candidates - 1
        standby = min(most.standby, candidates - most.seats)
        now[most.field] = replace(most, candidates=candidates, standby=standby, waiver=waived[most.field])
