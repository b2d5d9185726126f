"""Random draws by `zjkdraw/1`, good ones and spoilt ones, for holding verifiers to the protocol.

Written from the protocol's text with nothing but hashlib, slowly and plainly: whether needs can be filled together is
asked of every set of fields, and a list is made member by member. Nothing of the project is used.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from heapq import nsmallest
from itertools import combinations
from random import Random
from typing import Any

ALGORITHMS = ("sm3", "sha256") if "sm3" in hashlib.algorithms_available else ("sha256",)
START = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
ZEROS = "0" * 64


def h(alg: str, text: str) -> str:
    """The protocol's hash of a text, in hex."""
    return hashlib.new(alg, text.encode()).hexdigest()


@dataclass(frozen=True)
class Member:
    number: str
    employer: str
    fields: tuple[str, ...]
    standing: str = "E"
    reasons: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        return "|".join((self.number, self.employer, ",".join(self.fields), self.standing, ",".join(self.reasons) or "-"))


@dataclass(frozen=True)
class Need:
    field: str
    n: int
    c: int
    s: int = 0
    #: The hash of the countersigned waiver, or "".
    waiver: str = ""


@dataclass(frozen=True)
class Line:
    """A contact line without its number in the sequence and the member's; ``round`` None is the file's own round."""

    field: str
    position: int
    outcome: str
    reason: str
    evidence: str
    time: str
    round: int | None = None


@dataclass
class Attempt:
    round: int
    attempt: int
    pool: list[Member]
    needs: list[Need]
    secret: str
    share: str
    alg: str = "sm3"
    ratio: int = 3
    mode: str = ""
    prefer: str = ""
    request: str = "a" * 64
    rules: str = "b" * 64
    beacon: str = "none"
    value: str = "-"
    #: Contact lines, and close lines as texts.
    lines: list[Any] = field(default_factory=list)
    aborted: str = ""
    drawn: bool = True
    # What sealing makes.
    lists: dict[str, list[str]] = field(default_factory=dict)
    M: str = ""
    head: str = ""

    @property
    def folder(self) -> str:
        return f"round-{self.round}-attempt-{self.attempt}"


@dataclass
class Draw:
    number: str
    attempts: list[Attempt]

    def drawn(self, round: int) -> Attempt | None:
        return next((one for one in self.attempts if one.round == round and one.drawn), None)


# --- lists ---


def eligible(pool: list[Member]) -> list[Member]:
    return [one for one in pool if one.standing in "EP"]


def together(members: list[Member], wanted: dict[str, int]) -> bool:
    """For every set of fields: who holds one of them are at least as many as they want together."""
    sets = [frozenset(one.fields) for one in members]
    return all(
        sum(1 for held in sets if held & set(some)) >= sum(wanted[one] for one in some)
        for size in range(1, len(wanted) + 1)
        for some in combinations(sorted(wanted), size)
    )


def in_order(pool: list[Member], needs: list[Need]) -> list[Need]:
    def scarce(need: Need) -> tuple[Fraction, str]:
        return Fraction(sum(1 for one in eligible(pool) if need.field in one.fields), need.c), need.field

    return sorted(needs, key=scarce)


def lists_of(attempt: Attempt, seed: str) -> dict[str, list[str]]:
    taken: set[str] = set()
    lists: dict[str, list[str]] = {}
    for place, need in enumerate(attempt.needs):
        holders = [one for one in eligible(attempt.pool) if need.field in one.fields]
        holders.sort(key=lambda one: (one.standing != "P", ticket(attempt.alg, seed, need.field, one.number), one.number))
        later = {one.field: one.c for one in attempt.needs[place + 1 :]}
        listed: list[str] = []
        for one in holders:
            if attempt.mode == "all":
                listed.append(one.number)
                continue
            if len(listed) == need.c:
                break
            if one.number in taken:
                continue
            rest = [other for other in eligible(attempt.pool) if other.number not in taken | {one.number}]
            if together(rest, later):
                taken.add(one.number)
                listed.append(one.number)
        lists[need.field] = listed
    return lists


def ticket(alg: str, seed: str, field: str, number: str) -> str:
    return h(alg, f"zjkdraw/1|ticket|{seed}|{field}|{number}")


# --- texts ---


def text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def seal(draw: Draw, lists: Callable[[Attempt, str], dict[str, list[str]]] = lists_of) -> dict[str, str]:
    """The files of the bundle, every hash and list computed anew."""
    files: dict[str, str] = {}
    prev = ZEROS
    for one in draw.attempts:
        pool = text([f"zjkdraw/1|pool|{draw.number}|{one.round}|{len(one.pool)}", *(member.line for member in one.pool)])
        where = f"{draw.number}|{one.round}|{one.attempt}"
        manifest = [
            "zjkdraw/1|manifest", f"alg|{one.alg}", f"draw|{draw.number}", f"round|{one.round}", f"attempt|{one.attempt}", f"prev|{prev}",
            f"request|{one.request}", f"rules|{one.rules}", f"pool|{h(one.alg, pool)}", f"ratio|{one.ratio}",
        ]  # fmt: skip
        for need in one.needs:
            manifest.append(f"need|{need.field}|{need.n}|{need.c}")
            manifest += [f"standby|{need.field}|{need.s}"] if need.s else []
            manifest += [f"waiver|{need.field}|{need.waiver}"] if need.waiver else []
        manifest += [f"mode|{one.mode}"] if one.mode else []
        manifest += [f"prefer|{one.prefer}"] if one.prefer else []
        manifest += [f"office|{h(one.alg, f'zjkdraw/1|commit|office|{where}|{one.secret}')}", f"beacon|{one.beacon}"]
        one.M = h(one.alg, text(manifest))
        files[f"{one.folder}/pool.txt"], files[f"{one.folder}/manifest.txt"] = pool, text(manifest)
        if one.aborted:
            files[f"{one.folder}/abort.txt"] = text([f"abort|{where}|{one.aborted}|{START:%Y-%m-%dT%H:%M:%SZ}"])
            prev = h(one.alg, files[f"{one.folder}/abort.txt"])
        if not one.drawn:
            continue
        seed = h(one.alg, f"zjkdraw/1|seed|{one.M}|{one.secret}|{one.share}|{one.value}")
        one.lists = lists(one, seed)
        result = [
            "zjkdraw/1|result", f"manifest|{one.M}", f"office|{one.secret}", f"inspector|{one.share}", f"beacon|{one.value}", f"seed|{seed}",
            *(
                f"list|{name}|{place}|{number}|{ticket(one.alg, seed, name, number)}"
                for name, listed in one.lists.items()
                for place, number in enumerate(listed, 1)
            ),
        ]  # fmt: skip
        files[f"{one.folder}/result.txt"] = text(result)
        contacts = contact_lines(draw, one)
        one.head = h(one.alg, text(result))
        for line in contacts:
            one.head = h(one.alg, f"{one.head}|{line}")
        files[f"{one.folder}/contacts.txt"] = text([*contacts, f"head|{one.head}"])
        prev = one.head
    return files


def contact_lines(draw: Draw, one: Attempt) -> list[str]:
    lines, seq = [], 0
    for line in one.lines:
        if isinstance(line, str):
            lines.append(line)
            continue
        seq += 1
        there = one if line.round is None else draw.drawn(line.round)
        assert there is not None
        at = "" if line.round is None else f"@{line.round}"
        listed = there.lists.get(line.field, [])
        number = listed[line.position - 1] if line.position <= len(listed) else "NOBODY"
        lines.append(f"contact|{seq}|{line.field}{at}|{line.position}|{number}|{line.outcome}|{line.reason}|{line.evidence}|{line.time}")
    return lines


def read(files: dict[str, str]) -> Draw:
    """The draw of a bundle of one attempt; sealing it gives the same files."""
    at = "round-0-attempt-1/"
    lines = {name: files[f"{at}{name}.txt"].splitlines() for name in ("pool", "manifest", "result", "contacts")}
    pool = []
    for line in lines["pool"][1:]:
        number, employer, fields, standing, reasons = line.split("|")
        pool.append(Member(number, employer, tuple(fields.split(",")), standing, () if reasons == "-" else tuple(reasons.split(","))))
    said: dict[str, str] = {}
    needs: list[Need] = []
    for key, _bar, value in (line.partition("|") for line in lines["manifest"]):
        one = value.split("|")
        if key == "need":
            needs.append(Need(one[0], int(one[1]), int(one[2])))
        elif key == "standby":
            needs[-1] = replace(needs[-1], s=int(one[1]))
        elif key == "waiver":
            needs[-1] = replace(needs[-1], waiver=one[1])
        else:
            said[key] = value
    given = dict(line.split("|", 1) for line in lines["result"][1:6])
    attempt = Attempt(
        int(said["round"]), int(said["attempt"]), pool, needs, given["office"], given["inspector"], said["alg"], int(said["ratio"]),
        said.get("mode", ""), said.get("prefer", ""), said["request"], said["rules"], said["beacon"], given["beacon"],
    )  # fmt: skip
    for line in lines["contacts"][:-1]:
        part = line.split("|")
        told = part[0] == "contact"
        attempt.lines.append(Line(part[2], int(part[3]), part[5], part[6], part[7], part[8]) if told else line)
    return Draw(said["draw"], [attempt])


def expected(draw: Draw) -> dict[str, list[str]]:
    """What stands on the inspector's paper at the end of it."""
    drawn = [one for one in draw.attempts if one.drawn]
    return {
        "manifests": [one.M for one in draw.attempts],
        "shares": [one.share for one in drawn],
        "heads": [one.head for one in drawn[-1:]],
    }


# --- a good draw ---


class Play:
    """Makes a draw and plays its contacts, by the protocol."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.now = START
        self.alg = rng.choice(ALGORITHMS)
        self.mode = rng.choice(["", "", "", "all", "merit"])
        self.ratio = {"all": 1, "merit": rng.randint(2, 4)}.get(self.mode, rng.randint(1, 4))
        self.prefer = rng.choice(["", "", "GRADE-A"])
        self.fields = rng.sample(["FL", "CW", "HG", "MHG", "JS"], rng.randint(1, 4))
        self.draw = Draw(f"ZJK2026-{rng.randint(1, 999999):06d}", [])
        #: (field, round, position) to its outcome; what stands is ACCEPT.
        self.outcomes: dict[tuple[str, int, int], str] = {}

    def moment(self) -> str:
        self.now += timedelta(seconds=self.rng.choice([0, 1, 60, 3600]))
        return f"{self.now:%Y-%m-%dT%H:%M:%SZ}"

    def hex(self) -> str:
        return f"{self.rng.getrandbits(256):064x}"

    # the freeze

    def people(self) -> list[Member]:
        rng, found = self.rng, []
        for number in range(rng.randint(6, 60)):
            held = tuple(sorted(one for one in self.fields if rng.random() < 0.45)) or (rng.choice(self.fields),)
            standing = "X" if rng.random() < 0.15 else "P" if self.prefer and rng.random() < 0.3 else "E"
            reasons = tuple(sorted(rng.sample(["ANNUAL-CAP", "FROZEN", "ROTATION", "RECUSE-EMPLOYER"], rng.randint(1, 2))))
            found.append(Member(f"OV-{number:04d}", f"U{rng.randint(1, 25):02d}", held, standing, reasons if standing == "X" else ()))
        return found

    def needs(self, pool: list[Member], wanted: dict[str, tuple[int, int]]) -> list[Need] | None:
        """Needs for (persons, standbys) a field: the ratio where the pool has it, else waivers; None where it has not even that."""
        can = eligible(pool)
        holders = {one: sum(1 for member in can if one in member.fields) for one in wanted}
        if self.mode == "all":
            if not together(can, {one: n for one, (n, _s) in wanted.items()}) or any(
                n + s > holders[one] for one, (n, s) in wanted.items()
            ):
                return None
            return in_order(pool, [Need(one, n, holders[one], s) for one, (n, s) in wanted.items()])
        counts = {one: max(self.ratio * n + self.rng.choice([0, 0, 1]), n + s) for one, (n, s) in wanted.items()}
        while not together(can, counts):
            lower = [one for one, (n, s) in wanted.items() if counts[one] > n + s]
            if not lower:
                return None
            counts[self.rng.choice(lower)] -= 1
        needs = [Need(one, n, counts[one], s, "e" * 64 if counts[one] < self.ratio * n else "") for one, (n, s) in wanted.items()]
        return in_order(pool, needs)

    def attempt(self, round: int, number: int, pool: list[Member], needs: list[Need]) -> Attempt:
        share = "".join(self.rng.choice("0123456789abcdefghijklmnopqrstuvwxyz") for _ in range(self.rng.randint(20, 64)))
        beacon = self.rng.random() < 0.1
        return Attempt(
            round, number, pool, needs, self.hex(), share, self.alg, self.ratio, self.mode, self.prefer,
            beacon="DRAND|4711" if beacon else "none", value=self.hex() if beacon else "-",
        )  # fmt: skip

    def freeze(self, round: int, make: Callable[[], tuple[list[Member], list[Need]] | None]) -> Attempt | None:
        """Attempts until one is drawn; None where the needs cannot be, or where the last is given up or pending."""
        for number in range(1, 4):
            made = make()
            if made is None:
                return None
            one = self.attempt(round, number, *made)
            self.draw.attempts.append(one)
            luck = self.rng.random()
            if luck < 0.15:
                one.drawn, one.aborted = False, "POWER"
            elif luck < 0.18:
                one.drawn = False
                return None
            else:
                return one
        return None

    def play(self) -> Draw:
        def first() -> tuple[list[Member], list[Need]] | None:
            while True:
                pool = self.people()
                wanted = {one: (self.rng.randint(1, 3), self.rng.choice([0, 0, 1, 2])) for one in self.fields}
                if needs := self.needs(pool, wanted):
                    return pool, needs

        round, one = 0, self.freeze(0, first)
        while one is not None:
            seal(self.draw)
            self.contact(one)
            last = [line for line in one.lines if isinstance(line, str)][-1:]
            short = {name: count for name, count in self.missing().items() if count}
            ready = all(not self.open_of(name) for name in short)
            if not last or not last[0].startswith("close|SHORTFALL") or not short or not ready or self.mode == "all" or round == 2:
                break
            round += 1
            one = self.freeze(round, lambda: self.supplement(round, short))
        return self.draw

    def supplement(self, round: int, short: dict[str, int]) -> tuple[list[Member], list[Need]] | None:
        """A pool for a supplementary round: who stood on a list is out, the others as they were, a few changes, a few newcomers."""
        rng = self.rng
        listed = {number for one in self.draw.attempts if one.round < round for some in one.lists.values() for number in some}
        base = self.draw.drawn(0)
        assert base is not None
        pool = []
        newcomers = [
            Member(f"OW-{len(self.draw.attempts)}{place:02d}", f"U{rng.randint(1, 25):02d}", (rng.choice(self.fields),))
            for place in range(rng.randint(0, 12))
        ]
        known = {member.number: member for one in self.rounds() for member in one.pool}
        for member in [*known.values(), *newcomers]:
            if not set(member.fields) & set(short):
                continue
            if rng.random() < 0.1:
                member = replace(member, employer=f"U{rng.randint(1, 25):02d}")
            if member.number in listed:
                member = replace(
                    member, standing="X", reasons=tuple(sorted({"DRAWN"} | set(rng.sample(["LEAVE", "AGE"], rng.randint(0, 1)))))
                )
            pool.append(member)
        pool.sort(key=lambda member: member.number)
        standbys = {need.field: need.s for need in base.needs}
        needs = self.needs(pool, {name: (count, rng.randint(0, standbys[name])) for name, count in short.items()})
        return (pool, needs) if needs else None

    # contacts

    def rounds(self) -> list[Attempt]:
        return [one for one in self.draw.attempts if one.drawn]

    def standing(self) -> list[tuple[str, int, int]]:
        return [place for place, outcome in self.outcomes.items() if outcome == "ACCEPT"]

    def member(self, place: tuple[str, int, int]) -> str:
        there = self.draw.drawn(place[1])
        assert there is not None
        return there.lists[place[0]][place[2] - 1]

    def employer(self, place: tuple[str, int, int]) -> str:
        there = self.draw.drawn(place[1])
        assert there is not None
        return next(one.employer for one in there.pool if one.number == self.member(place))

    def missing(self) -> dict[str, int]:
        base = self.draw.drawn(0)
        assert base is not None
        return {need.field: max(0, need.n - sum(1 for place in self.standing() if place[0] == need.field)) for need in base.needs}

    def open_of(self, name: str) -> list[tuple[str, int, int]]:
        places = [(name, one.round, p) for one in self.rounds() for p in range(1, len(one.lists.get(name, [])) + 1)]
        return [place for place in places if place not in self.outcomes]

    def due(self, place: tuple[str, int, int]) -> bool:
        there = self.draw.drawn(place[1])
        assert there is not None
        need = next(one for one in there.needs if one.field == place[0])
        before = [self.outcomes.get((place[0], place[1], p), "") for p in range(1, place[2])]
        return sum(1 for outcome in before if outcome in {"", "ACCEPT"}) < need.n + need.s

    def say(self, one: Attempt, place: tuple[str, int, int], outcome: str, reason: str = "-", evidence: str = "-") -> None:
        self.outcomes[place] = outcome
        round = None if place[1] == one.round else place[1]
        one.lines.append(Line(place[0], place[2], outcome, reason, evidence, self.moment(), round))

    def contact(self, one: Attempt) -> None:
        rng, names = self.rng, [need.field for need in one.needs]
        if self.mode == "merit":
            for need in one.needs:
                for p in rng.sample(range(1, need.c + 1), rng.randint(0, need.c - need.n - need.s)):
                    self.say(one, (need.field, one.round, p), "SKIP", "NOT-CHOSEN", self.hex())
        accept = rng.choice([0.2, 0.5, 0.8])
        for _ in range(rng.choice([3, 400, 400])):
            missing = self.missing()
            if rng.random() < 0.3:
                if not any(missing.values()):
                    one.lines.append("close|DONE|-")
                    if rng.random() < 0.7:
                        return
                elif all(not self.open_of(name) for name, count in missing.items() if count):
                    base = self.draw.drawn(0)
                    assert base is not None
                    one.lines.append("close|SHORTFALL|" + ",".join(f"{need.field}:{missing[need.field]}" for need in base.needs))
                    if rng.random() < 0.9:
                        return
            if rng.random() < 0.005:
                one.lines.append("close|ABORT|REQUEST-CHANGED")
                return
            if self.standing() and rng.random() < 0.08:
                self.say(one, rng.choice(self.standing()), rng.choice(["WITHDRAW", "RECUSE"]), rng.choice(["-", "ABSENT", "EXCUSED"]))
                continue
            places = [
                (name, there.round, p) for there in self.rounds() for name, listed in there.lists.items() for p in range(1, len(listed) + 1)
            ]
            places = [place for place in places if place not in self.outcomes and self.due(place)]
            if self.mode == "all":
                places = [place for place in places if not self.first_elsewhere(place, names)]
            if not places:
                if not self.standing():
                    return
                continue
            place = rng.choice(places)
            if self.mode == "all" and self.member(place) in map(self.member, self.standing()):
                self.say(one, place, "SKIP", "SEATED")
            elif self.employer(place) in map(self.employer, self.standing()) and rng.random() < 0.5:
                self.say(one, place, "SKIP", "EMPLOYER-CAP")
            elif rng.random() < accept:
                self.say(one, place, "ACCEPT")
            elif rng.random() < 0.1:
                self.say(one, place, "SKIP", "SUSPENDED", self.hex())
            else:
                self.say(one, place, rng.choice(["DECLINE", "NOREPLY", "UNREACHED", "RECUSE"]), rng.choice(["-", "SCHEDULE"]))

    def first_elsewhere(self, place: tuple[str, int, int], names: list[str]) -> bool:
        """Whether the member of this place is due in an earlier field, and has no outcome there."""
        for name in names[: names.index(place[0])]:
            there = self.draw.drawn(0)
            assert there is not None
            if self.member(place) in there.lists[name]:
                other = (name, 0, there.lists[name].index(self.member(place)) + 1)
                if other not in self.outcomes and self.due(other):
                    return True
        return False


def random_draw(seed: int) -> Draw:
    """A good draw; the same seed gives the same."""
    return Play(Random(seed)).play()


def large_draw(count: int, alg: str = "sm3") -> dict[str, str]:
    """The files of a draw from a pool of so many eligible members who hold one to three fields; nobody need be passed over."""
    rng = Random(count)
    pool = [
        Member(f"XJ-{number:07d}", f"U{rng.randint(1, 600):04d}", tuple(sorted(rng.sample(["FL", "HG", "MHG"], rng.randint(1, 3)))))
        for number in range(count)
    ]
    needs = in_order(pool, [Need(name, 5, 15, 2) for name in ("FL", "HG", "MHG")])

    def first(attempt: Attempt, seed: str) -> dict[str, list[str]]:
        taken: set[str] = set()
        lists = {}
        for need in attempt.needs:
            left = [one.number for one in pool if need.field in one.fields and one.number not in taken]
            lists[need.field] = nsmallest(need.c, left, key=lambda number: ticket(alg, seed, need.field, number))
            taken |= set(lists[need.field])
        return lists

    return seal(Draw("XJ2026-000001", [Attempt(0, 1, pool, needs, "ab" * 32, "5" * 40, alg)]), first)


# --- spoilt draws ---

#: What may be done to a draw so that exactly one rule is broken and every hash is right again: the check that must fail, and
#: the act, which says whether it found something to spoil.
Spoil = Callable[[Draw, Random], bool]
SPOILS: dict[str, tuple[str, Spoil]] = {}


def spoils(code: str) -> Callable[[Spoil], Spoil]:
    def register(act: Spoil) -> Spoil:
        SPOILS[act.__name__] = (code, act)
        return act

    return register


def spoilt(seed: int, name: str) -> tuple[dict[str, str], dict[str, list[str]]] | None:
    """The files of a draw that was spoilt and sealed again, and what then stands on paper; None where nothing could be spoilt."""
    draw = random_draw(seed)
    seal(draw)
    if not SPOILS[name][1](draw, Random(seed)):
        return None
    files = seal(draw)
    return files, expected(draw)


def last_lines(draw: Draw) -> tuple[Attempt, list[Line]] | None:
    """The last drawn attempt, whose contacts may be spoilt without changing a list, and its own first outcomes."""
    drawn = [one for one in draw.attempts if one.drawn]
    if not drawn or drawn[-1] is not draw.attempts[-1]:
        return None
    lines = [line for line in drawn[-1].lines if isinstance(line, Line)]
    return (drawn[-1], lines) if lines else None


def put(one: Attempt, line: Line, **change: Any) -> bool:
    one.lines[next(place for place, other in enumerate(one.lines) if other is line)] = replace(line, **change)
    return True


@spoils("V11")
def a_time_falls(draw: Draw, rng: Random) -> bool:
    found = last_lines(draw)
    return found is not None and len(found[1]) > 1 and put(found[0], found[1][-1], time="2026-11-19T00:00:00Z")


def declined(draw: Draw) -> tuple[Attempt, Line] | None:
    """A line that says DECLINE, NOREPLY or UNREACHED: to make it a SKIP changes nothing that follows."""
    found = last_lines(draw)
    lines = [line for line in found[1] if line.outcome in {"DECLINE", "NOREPLY", "UNREACHED"}] if found else []
    return (found[0], lines[-1]) if found and lines else None


def skipped(draw: Draw, reason: str, evidence: str) -> bool:
    found = declined(draw)
    return found is not None and put(found[0], found[1], outcome="SKIP", reason=reason, evidence=evidence)


@spoils("V13")
def skipped_without_a_reason(draw: Draw, rng: Random) -> bool:
    return skipped(draw, "-", "c" * 64)


@spoils("V13")
def skipped_without_evidence(draw: Draw, rng: Random) -> bool:
    return skipped(draw, "SUSPENDED", "-")


@spoils("V13")
def seated_in_another_mode(draw: Draw, rng: Random) -> bool:
    return draw.attempts[0].mode != "all" and skipped(draw, "SEATED", "c" * 64)


@spoils("V13")
def not_chosen_in_another_mode(draw: Draw, rng: Random) -> bool:
    return draw.attempts[0].mode != "merit" and skipped(draw, "NOT-CHOSEN", "c" * 64)


@spoils("V13")
def not_chosen_too_late(draw: Draw, rng: Random) -> bool:
    found = declined(draw)
    own = found and [line for line in found[0].lines if isinstance(line, Line) and line.round is None and line.reason != "NOT-CHOSEN"]
    return bool(draw.attempts[0].mode == "merit" and found and own and own[0] is not found[1]) and skipped(draw, "NOT-CHOSEN", "c" * 64)


@spoils("V13")
def a_cap_of_nobody(draw: Draw, rng: Random) -> bool:
    """EMPLOYER-CAP before anybody has accepted."""
    found = last_lines(draw)
    if found is None or found[0].round or found[1][0].outcome not in {"DECLINE", "NOREPLY", "UNREACHED"}:
        return False
    return put(found[0], found[1][0], outcome="SKIP", reason="EMPLOYER-CAP")


@spoils("V12")
def withdrawn_without_acceptance(draw: Draw, rng: Random) -> bool:
    found = declined(draw)
    return found is not None and put(found[0], found[1], outcome="WITHDRAW")


@spoils("V12")
def a_second_outcome(draw: Draw, rng: Random) -> bool:
    found = declined(draw)
    if found is None or str(found[0].lines[-1]).startswith("close|ABORT"):
        return False
    found[0].lines.append(replace(found[1], outcome="ACCEPT", time="2030-01-01T00:00:00Z"))
    return True


@spoils("V12")
def out_of_turn(draw: Draw, rng: Random) -> bool:
    """The last place of a list first of all."""
    found = last_lines(draw)
    if found is None or found[0].mode or found[1][0].round is not None:
        return False
    need = next((one for one in found[0].needs if one.c > one.n + one.s), None)
    if need is None:
        return False
    found[0].lines = [replace(found[1][0], field=need.field, position=need.c, outcome="DECLINE", reason="-", evidence="-")]
    return True


@spoils("V12")
def done_too_early(draw: Draw, rng: Random) -> bool:
    found = last_lines(draw)
    if found is None or found[0].round:
        return False
    found[0].lines = ["close|DONE|-"]
    return True


@spoils("V12")
def a_shortfall_of_those_who_were_not_asked(draw: Draw, rng: Random) -> bool:
    found = last_lines(draw)
    if found is None or found[0].round:
        return False
    found[0].lines = ["close|SHORTFALL|" + ",".join(f"{need.field}:{need.n}" for need in found[0].needs)]
    return True


@spoils("V12")
def other_figures_of_a_shortfall(draw: Draw, rng: Random) -> bool:
    found = last_lines(draw)
    closes = [place for place, line in enumerate(found[0].lines) if str(line).startswith("close|SHORTFALL")] if found else []
    if not found or not closes:
        return False
    text = found[0].lines[closes[-1]]
    found[0].lines[closes[-1]] = text[:-1] + str((int(text[-1]) + 1) % 10)
    return True


@spoils("V12")
def more_after_an_abort(draw: Draw, rng: Random) -> bool:
    found = last_lines(draw)
    if found is None:
        return False
    found[0].lines = ["close|ABORT|OTHER", *found[0].lines]
    return True


@spoils("V12")
def seated_but_asked_again(draw: Draw, rng: Random) -> bool:
    found = last_lines(draw)
    lines = [line for line in found[1] if line.reason == "SEATED"] if found else []
    return found is not None and bool(lines) and put(found[0], lines[0], outcome="DECLINE", reason="-")


def supplementary(draw: Draw) -> Attempt | None:
    """The last attempt, where it is of a supplementary round."""
    return draw.attempts[-1] if draw.attempts[-1].round else None


def bare(one: Attempt) -> None:
    """Without contacts, whose places may be held by others once the manifest changes."""
    one.lines = []


@spoils("V15")
def somebody_drawn_before_is_eligible_again(draw: Draw, rng: Random) -> bool:
    one = supplementary(draw)
    places = [place for place, member in enumerate(one.pool) if "DRAWN" in member.reasons] if one else []
    if one is None or not places:
        return False
    bare(one)
    one.pool[places[0]] = replace(one.pool[places[0]], standing="E", reasons=())
    one.needs = in_order(one.pool, one.needs)
    return True


@spoils("V15")
def somebody_drawn_before_is_left_out(draw: Draw, rng: Random) -> bool:
    one = supplementary(draw)
    before = [other for other in draw.attempts if other.drawn and one and other.round < one.round]
    fields = {need.field for need in one.needs} if one else set()
    held = {member.number for other in before for member in other.pool if set(member.fields) & fields}
    places = [place for place, member in enumerate(one.pool) if "DRAWN" in member.reasons and member.number in held] if one else []
    if one is None or not places:
        return False
    bare(one)
    del one.pool[places[0]]
    return True


@spoils("V15")
def somebody_else_as_drawn(draw: Draw, rng: Random) -> bool:
    one = draw.attempts[-1]
    places = [place for place, member in enumerate(one.pool) if member.standing == "X" and "DRAWN" not in member.reasons]
    if not places:
        return False
    bare(one)
    one.pool[places[0]] = replace(one.pool[places[0]], reasons=("DRAWN",))
    return True


@spoils("V15")
def other_rules_in_a_supplementary_round(draw: Draw, rng: Random) -> bool:
    one = supplementary(draw)
    if one is None:
        return False
    bare(one)
    one.rules = "d" * 64
    return True


@spoils("V15")
def more_persons_than_are_missing(draw: Draw, rng: Random) -> bool:
    one = supplementary(draw)
    if one is None:
        return False
    bare(one)
    one.needs[0] = replace(one.needs[0], n=one.needs[0].n + 1)
    return True


@spoils("V15")
def the_same_share_again(draw: Draw, rng: Random) -> bool:
    one, first = supplementary(draw), draw.drawn(0)
    if one is None or first is None or not one.drawn:
        return False
    bare(one)
    one.share = first.share
    return True


@spoils("V04")
def the_waiver_left_out(draw: Draw, rng: Random) -> bool:
    one = draw.attempts[-1]
    places = [place for place, need in enumerate(one.needs) if need.waiver]
    if not places:
        return False
    bare(one)
    one.needs[places[0]] = replace(one.needs[places[0]], waiver="")
    return True


@spoils("V04")
def preference_without_its_line(draw: Draw, rng: Random) -> bool:
    one = draw.attempts[-1]
    bare(one)
    found = one.prefer and one.round == 0 and any(member.standing == "P" for member in one.pool)
    one.prefer = ""
    return bool(found)


@spoils("V04")
def more_candidates_than_there_are(draw: Draw, rng: Random) -> bool:
    one = draw.attempts[-1]
    if one.mode == "all":
        return False
    bare(one)
    holders = sum(1 for member in eligible(one.pool) if one.needs[0].field in member.fields)
    one.needs[0] = replace(one.needs[0], c=holders + 1, waiver="")
    return True


@spoils("V05")
def another_order_of_the_fields(draw: Draw, rng: Random) -> bool:
    one = draw.attempts[-1]
    bare(one)
    one.needs.reverse()
    return len(one.needs) > 1


@spoils("V14")
def an_attempt_left_out(draw: Draw, rng: Random) -> bool:
    if len(draw.attempts) < 2:
        return False
    del draw.attempts[rng.randrange(len(draw.attempts) - 1)]
    for one in draw.attempts:
        bare(one)
    return True


@spoils("V14")
def drawn_twice(draw: Draw, rng: Random) -> bool:
    one = draw.attempts[-1]
    if not one.drawn:
        return False
    bare(one)
    draw.attempts.append(replace(one, attempt=one.attempt + 1, share="z" * 20, lines=[]))
    return True


@spoils("V14")
def a_pending_attempt_passed_by(draw: Draw, rng: Random) -> bool:
    one = draw.attempts[-1]
    draw.attempts[-1:] = [replace(one, drawn=False, aborted="", lines=[]), replace(one, attempt=one.attempt + 1, lines=[])]
    return True


@spoils("V14")
def other_needs_in_the_next_attempt(draw: Draw, rng: Random) -> bool:
    one = supplementary(draw)
    if one is None or one.drawn or len(one.needs) < 2:
        return False
    draw.attempts[-1] = replace(one, aborted="POWER")
    draw.attempts.append(replace(one, attempt=one.attempt + 1, aborted="", needs=one.needs[:1]))
    return True


def change_need(draw: Draw, **change: Any) -> None:
    one = draw.attempts[-1]
    bare(one)
    one.needs[0] = replace(one.needs[0], **change)


@spoils("V04")
def more_standbys_than_candidates(draw: Draw, rng: Random) -> bool:
    need = draw.attempts[-1].needs[0]
    change_need(draw, s=need.c - need.n + 1)
    return draw.attempts[-1].round == 0


@spoils("V04")
def a_waiver_that_nothing_asks_for(draw: Draw, rng: Random) -> bool:
    need = draw.attempts[-1].needs[0]
    change_need(draw, waiver="f" * 64)
    return draw.attempts[-1].mode != "all" and not need.waiver


@spoils("V04")
def a_waiver_in_mode_all(draw: Draw, rng: Random) -> bool:
    change_need(draw, waiver="f" * 64)
    return draw.attempts[-1].mode == "all"


@spoils("V04")
def a_ratio_in_mode_all(draw: Draw, rng: Random) -> bool:
    one = draw.attempts[-1]
    bare(one)
    found = one.mode == "all" and all(need.c >= 2 * need.n for need in one.needs)
    one.ratio = 2
    return found


@spoils("V04")
def fewer_candidates_than_everybody_in_mode_all(draw: Draw, rng: Random) -> bool:
    need = draw.attempts[-1].needs[0]
    change_need(draw, c=need.c - 1)
    return draw.attempts[-1].mode == "all" and len(draw.attempts[-1].needs) == 1 and need.c > need.n + need.s


@spoils("V04")
def no_ratio_in_mode_merit(draw: Draw, rng: Random) -> bool:
    one = draw.attempts[-1]
    bare(one)
    found = one.mode == "merit" and not any(need.waiver for need in one.needs) and one.round == 0
    one.ratio = 1
    return found


@spoils("V04")
def a_field_twice(draw: Draw, rng: Random) -> bool:
    one = draw.attempts[-1]
    bare(one)
    one.needs.append(one.needs[0])
    return one.round == 0


@spoils("V02")
def fields_out_of_order(draw: Draw, rng: Random) -> bool:
    one = draw.attempts[-1]
    bare(one)
    at = next((place for place, member in enumerate(one.pool) if len(member.fields) > 1), None)
    if at is None:
        return False
    one.pool[at] = replace(one.pool[at], fields=one.pool[at].fields[::-1])
    return True


@spoils("V02")
def reasons_twice(draw: Draw, rng: Random) -> bool:
    one = draw.attempts[-1]
    bare(one)
    at = next((place for place, member in enumerate(one.pool) if member.reasons), None)
    if at is None:
        return False
    one.pool[at] = replace(one.pool[at], reasons=one.pool[at].reasons[:1] * 2)
    return one.round == 0


@spoils("V02")
def members_out_of_order(draw: Draw, rng: Random) -> bool:
    one = draw.attempts[-1]
    bare(one)
    one.pool.reverse()
    return True


@spoils("V02")
def a_member_twice(draw: Draw, rng: Random) -> bool:
    one = draw.attempts[-1]
    bare(one)
    at = next((place for place, member in enumerate(one.pool) if member.standing == "X"), None)
    if at is None:
        return False
    one.pool.insert(at, one.pool[at])
    return True


@spoils("V02")
def a_field_that_the_draw_does_not_have(draw: Draw, rng: Random) -> bool:
    one = draw.attempts[-1]
    bare(one)
    one.pool[0] = replace(one.pool[0], fields=tuple(sorted({*one.pool[0].fields, "ZZ"})))
    return True


@spoils("V02")
def a_member_without_a_field_of_the_round(draw: Draw, rng: Random) -> bool:
    one, first = draw.attempts[-1], draw.drawn(0)
    others = {need.field for need in first.needs} - {need.field for need in one.needs} if first else set()
    if not one.round or not others:
        return False
    bare(one)
    one.pool.append(Member("ZZ-9999", "U01", (min(others),)))
    return True


@spoils("V08")
def no_value_of_the_beacon(draw: Draw, rng: Random) -> bool:
    one = draw.attempts[-1]
    bare(one)
    found = one.drawn and one.beacon != "none"
    one.value = "-"
    return found


@spoils("V08")
def half_a_byte_of_the_beacon(draw: Draw, rng: Random) -> bool:
    one = draw.attempts[-1]
    bare(one)
    found = one.drawn and one.beacon != "none"
    one.value = "abc"
    return found


@spoils("V08")
def a_value_without_a_beacon(draw: Draw, rng: Random) -> bool:
    one = draw.attempts[-1]
    bare(one)
    found = one.drawn and one.beacon == "none"
    one.value = "abcd"
    return found


@spoils("V11")
def a_time_before_the_round_before(draw: Draw, rng: Random) -> bool:
    found = last_lines(draw)
    if found is None or not found[0].round:
        return False
    found[0].lines = [replace(line, time="2026-11-19T00:00:00Z") if isinstance(line, Line) else line for line in found[0].lines]
    return True


@spoils("V12")
def asked_in_the_later_field_first(draw: Draw, rng: Random) -> bool:
    """Mode all: who is due in two fields from the start is asked in the second."""
    one = draw.attempts[-1]
    if one.mode != "all" or not one.drawn:
        return False
    room = [(need.field, need.n + need.s) for need in one.needs]
    for at, (name, places) in enumerate(room):
        for p, number in enumerate(one.lists[name][:places], 1):
            if any(number in one.lists[other][:more] for other, more in room[:at]):
                one.lines = [Line(name, p, "DECLINE", "-", "-", "2026-11-20T02:00:00Z")]
                return True
    return False


@spoils("V13")
def seated_though_nowhere_else(draw: Draw, rng: Random) -> bool:
    one = draw.attempts[-1]
    if one.mode != "all" or not one.drawn:
        return False
    one.lines = [Line(one.needs[0].field, 1, "SKIP", "SEATED", "-", "2026-11-20T02:00:00Z")]
    return True


@spoils("V12")
def a_round_that_is_not_earlier(draw: Draw, rng: Random) -> bool:
    found = last_lines(draw)
    return found is not None and found[1][0].round is None and put(found[0], found[1][0], round=found[0].round)


@spoils("V12")
def a_position_that_is_not_there(draw: Draw, rng: Random) -> bool:
    found = last_lines(draw)
    return found is not None and put(found[0], found[1][0], position=999)


@spoils("V13")
def too_many_not_chosen(draw: Draw, rng: Random) -> bool:
    one = draw.attempts[-1]
    if one.mode != "merit" or not one.drawn:
        return False
    need = one.needs[0]
    one.lines = [
        Line(need.field, p, "SKIP", "NOT-CHOSEN", "c" * 64, f"2027-11-20T02:00:{p:02d}Z") for p in range(1, need.c - need.n - need.s + 2)
    ]
    return True


@spoils("V14")
def another_algorithm(draw: Draw, rng: Random) -> bool:
    one = draw.attempts[-1]
    bare(one)
    one.alg = "sha256" if one.alg == "sm3" else "sm3"
    return len(draw.attempts) > 1


@spoils("V14")
def not_the_first(draw: Draw, rng: Random) -> bool:
    for one in draw.attempts:
        bare(one)
        one.attempt += 1
    return draw.attempts[-1].round == 0


@spoils("V14")
def a_round_after_an_aborted_attempt(draw: Draw, rng: Random) -> bool:
    one = draw.attempts[-1]
    bare(one)
    if not one.aborted:
        return False
    draw.attempts.append(replace(one, round=one.round + 1, attempt=1, aborted=""))
    return True


def after(draw: Draw, missing: dict[str, int]) -> None:
    """Add a supplementary round for what is missing that is in order in itself: all who were drawn are out, newcomers fill it."""
    one, first = draw.attempts[-1], draw.drawn(0)
    assert first is not None
    listed = {number for other in draw.attempts if other.drawn for some in other.lists.values() for number in some}
    known = {member.number: member for other in draw.attempts if other.drawn for member in other.pool}
    pool = [
        replace(member, standing="X", reasons=("DRAWN",))
        for number, member in sorted(known.items())
        if number in listed and set(member.fields) & set(missing)
    ]
    for name, n in missing.items():
        pool += [Member(f"ZZ-{name}-{place:03d}", "U01", (name,)) for place in range(max(1, one.ratio) * n)]
    pool.sort(key=lambda member: member.number)
    needs = in_order(pool, [Need(name, n, max(1, one.ratio) * n) for name, n in missing.items()])
    draw.attempts.append(replace(one, round=one.round + 1, attempt=1, pool=pool, needs=needs, lines=[], drawn=False, secret="9" * 64))


def drawn_last(draw: Draw, close: str) -> Attempt | None:
    """The last attempt, where it is of round 0 and its contacts end in such a close."""
    one = draw.attempts[-1]
    return one if one.drawn and not one.round and one.lines and str(one.lines[-1]).startswith(f"close|{close}") else None


def standing_in(one: Attempt, name: str) -> list[int]:
    last = {line.position: line.outcome for line in one.lines if isinstance(line, Line) and line.field == name}
    return [p for p, outcome in last.items() if outcome == "ACCEPT"]


def told_in(one: Attempt, name: str) -> int:
    return len({line.position for line in one.lines if isinstance(line, Line) and line.field == name})


def withdraw(one: Attempt, name: str) -> None:
    one.lines.append(Line(name, standing_in(one, name)[0], "WITHDRAW", "-", "-", "2029-01-01T00:00:00Z"))


@spoils("V15")
def a_round_after_a_draw_that_was_closed_as_done(draw: Draw, rng: Random) -> bool:
    """Somebody withdraws after that and nobody is left to ask; a close with SHORTFALL is what is lacking."""
    one = drawn_last(draw, "DONE")
    if one is None or one.mode == "all":
        return False
    for need in one.needs:
        if len(standing_in(one, need.field)) == need.n and told_in(one, need.field) == need.c:
            withdraw(one, need.field)
            after(draw, {need.field: 1})
            return True
    return False


@spoils("V15")
def a_round_while_places_are_open(draw: Draw, rng: Random) -> bool:
    """After the shortfall somebody of another field, who has places left, withdraws; that field is drawn anew all the same."""
    one = drawn_last(draw, "SHORTFALL")
    if one is None or one.mode == "all":
        return False
    missing = {need.field: need.n - len(standing_in(one, need.field)) for need in one.needs}
    for need in one.needs:
        if not missing[need.field] and told_in(one, need.field) < need.c:
            withdraw(one, need.field)
            after(draw, {name: count for name, count in {**missing, need.field: 1}.items() if count > 0})
            return True
    return False


@spoils("V15")
def a_supplementary_round_in_mode_all(draw: Draw, rng: Random) -> bool:
    one = drawn_last(draw, "SHORTFALL")
    if one is None or one.mode != "all":
        return False
    missing = {need.field: need.n - len(standing_in(one, need.field)) for need in one.needs}
    after(draw, {name: count for name, count in missing.items() if count > 0})
    return True


@spoils("V12")
def a_shortfall_of_nothing(draw: Draw, rng: Random) -> bool:
    one = drawn_last(draw, "DONE")
    if one is None:
        return False
    one.lines[-1] = "close|SHORTFALL|" + ",".join(f"{need.field}:0" for need in one.needs)
    return True


@spoils("V13")
def not_chosen_from_a_list_of_an_earlier_round(draw: Draw, rng: Random) -> bool:
    one, first = draw.attempts[-1], draw.drawn(0)
    if first is None or not one.round or not one.drawn or one.mode != "merit":
        return False
    for need in first.needs:
        if told_in(first, need.field) < need.c and need.field not in {other.field for other in one.needs}:
            one.lines = [Line(need.field, need.c, "SKIP", "NOT-CHOSEN", "c" * 64, "2029-01-01T00:00:00Z", 0)]
            return True
    return False


@spoils("V15")
def the_same_secret_again(draw: Draw, rng: Random) -> bool:
    one, first = supplementary(draw), draw.drawn(0)
    if one is None or first is None or not one.drawn:
        return False
    bare(one)
    one.secret = first.secret
    return True


@spoils("V15")
def more_standbys_than_at_first(draw: Draw, rng: Random) -> bool:
    one, first = supplementary(draw), draw.drawn(0)
    if one is None or first is None:
        return False
    bare(one)
    most = {need.field: need.s for need in first.needs}
    at = next((place for place, need in enumerate(one.needs) if need.n + most[need.field] + 1 <= need.c), None)
    if at is None:
        return False
    one.needs[at] = replace(one.needs[at], s=most[one.needs[at].field] + 1)
    return True
