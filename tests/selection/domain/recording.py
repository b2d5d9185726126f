"""Draws held by the domain's own code, whole bundles of them: by hand for one case, or at random in every mode."""

import hashlib
import random
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from selection.domain import discipline, protocol, seats
from selection.domain.protocol import Conditions, Eligible, Need, PoolLine
from selection.domain.seats import DrawnList, Outcome, OutcomeLine

NUMBER = "ZJK2026-000777"
START = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
REQUEST, RULES, WAIVER, EVIDENCE = "a" * 64, "b" * 64, "d" * 64, "e" * 64
SHARE = "31415926535897932384"


class Recorder:
    """Draws and contacts by the domain's own code, and keeps the files of the bundle."""

    def __init__(self, alg="sm3", *, ratio=3, mode="", prefer=""):
        self.conditions = Conditions(alg, REQUEST, RULES, ratio, mode=mode, prefer=prefer)
        self.alg, self.files, self.manifests, self.shares = alg, {}, [], []
        self.lists, self.outcomes, self.employers, self.drawn, self.clock = [], [], {}, {}, START
        self.round, self.attempt, self.prev, self.head = 0, 0, protocol.NO_PREV, None

    def now(self):
        self.clock += timedelta(minutes=1)
        return self.clock

    def freeze(self, pool, needs):
        self.attempt += 1
        self.pool = pool
        census = protocol.census_of(pool, needs)
        self.needs = protocol.processing_order(census, needs)
        self.folder = f"round-{self.round}-attempt-{self.attempt}"
        self.secret = hashlib.sha256(self.folder.encode()).hexdigest()
        where = {"draw": NUMBER, "round": self.round, "attempt": self.attempt}
        text = protocol.pool_text(draw=NUMBER, round=self.round, pool=pool)
        manifest = protocol.manifest_text(
            conditions=self.conditions,
            **where,
            prev=self.prev,
            pool=protocol.h(self.alg, text),
            needs=self.needs,
            office=protocol.commitment(self.alg, **where, secret=self.secret),
        )
        self.files[f"{self.folder}/pool.txt"] = text
        self.files[f"{self.folder}/manifest.txt"] = manifest
        self.manifests.append(protocol.h(self.alg, manifest))

    def abort(self):
        text = protocol.abort_text(draw=NUMBER, round=self.round, attempt=self.attempt, reason="POWER", at=self.now())
        self.files[f"{self.folder}/abort.txt"] = text
        self.prev = protocol.h(self.alg, text)

    def reveal(self, share=SHARE):
        given = {"manifest_hash": self.manifests[-1], "secret": self.secret, "share": share}
        seed = protocol.seed(self.alg, **given)
        needed = {need.field for need in self.needs}
        eligible = [Eligible(one.number, needed.intersection(one.fields), one.preferred) for one in self.pool if one.eligible]
        eligible = [replace(one, fields=frozenset(one.fields)) for one in eligible]
        drawn = protocol.compute_lists(alg=self.alg, seed=seed, eligible=eligible, needs=self.needs, mode=self.conditions.mode)
        self.result = protocol.result_text(**given, seed=seed, lists=drawn.values())
        self.files[f"{self.folder}/result.txt"] = self.result
        self.shares.append(share)
        self.lines, self.seq = [], 0
        listed = {line.number: line for line in self.pool}
        for need in self.needs:
            numbers = tuple(place.number for place in drawn[need.field])
            assert len(numbers) == need.candidates
            self.lists.append(DrawnList(self.round, need.field, need.seats, need.standby, numbers))
            self.drawn |= {number: listed[number] for number in numbers}
        self.employers |= {(self.round, line.number): line.employer for line in self.pool}
        self.write_contacts()

    def write_contacts(self):
        self.files[f"{self.folder}/contacts.txt"] = protocol.contacts_text(self.alg, self.result, self.lines)
        self.prev = self.head = protocol.chain_head(self.alg, self.result, self.lines)

    @property
    def written(self):
        return discipline.Written(self.lists, self.outcomes, self.conditions.mode, self.employers)

    def may(self, drawn, position, outcome, reason="", evidence=""):
        line = OutcomeLine(drawn.round, drawn.field, position, outcome, reason)
        return discipline.why_not_write(self.written, line, evidence=evidence) is None

    def say(self, drawn, position, outcome, reason="", evidence=""):
        assert self.may(drawn, position, outcome, reason, evidence)
        self.seq += 1
        self.outcomes.append(OutcomeLine(drawn.round, drawn.field, position, outcome, reason))
        self.lines.append(
            protocol.contact_line(
                seq=self.seq,
                field=drawn.field,
                position=position,
                number=drawn.numbers[position - 1],
                outcome=outcome.value,
                reason=reason or None,
                evidence=evidence or None,
                at=self.now(),
                round=drawn.round if drawn.round < self.round else None,
            )
        )
        self.write_contacts()

    def close(self):
        if seats.unfinished(self.lists, self.outcomes):
            return  # somebody has no outcome and is not due any more: nothing can be closed
        self.lines.append(seats.close_line(self.lists, self.outcomes))
        self.write_contacts()

    def missing(self):
        return {code: count for code, count in seats.missing(self.lists, self.outcomes).items() if count}

    def supplement(self, pool):
        """The next round's pool and needs: the missing seats only, whoever was drawn is out."""
        self.round, self.attempt = self.round + 1, 0
        missing = self.missing()
        again = [
            replace(line, reasons=(*line.reasons, *["DRAWN"] * (line.number in self.drawn)))
            for line in pool
            if not missing.keys().isdisjoint(line.fields)
        ]
        return again, [Need(code, count, self.conditions.ratio * count) for code, count in missing.items()]

    def expectations(self):
        """What paper says: M and share of each attempt, the last head."""
        return {"manifests": self.manifests, "shares": self.shares, "heads": [self.head] if self.head else []}


def two_rounds(alg="sm3"):
    """An aborted attempt, a draw that falls short, and its supplementary round with a late withdrawal in round 0."""
    pool = [PoolLine(f"ZJK-{i:04}", f"U{i % 5}", ("AA",), ("AGE",) if i == 2 else ()) for i in range(9)]
    pool += [PoolLine(f"ZJK-{i:04}", f"U{i % 5}", ("AA", "BB")) for i in range(9, 15)]
    record = Recorder(alg)
    needs = [Need("AA", 1, 3), Need("BB", 1, 3, standby=1)]
    record.freeze(pool, needs)
    record.abort()
    record.freeze(pool, needs)
    record.reveal()
    second, first = record.lists
    assert (first.field, second.field) == ("AA", "BB")
    record.say(first, 1, Outcome.DECLINE, "BUSY")
    record.say(first, 2, Outcome.NOREPLY)
    record.say(second, 2, Outcome.ACCEPT)
    record.say(second, 1, Outcome.ACCEPT)
    record.say(first, 3, Outcome.RECUSE, "KIN")
    record.close()
    assert record.lines[-1] == "close|SHORTFALL|BB:0,AA:1"
    again, missing = record.supplement(pool)
    record.freeze(again, missing)
    record.reveal("thrownbythedicetoday1234")
    record.say(record.lists[-1], 1, Outcome.ACCEPT)
    record.close()
    record.say(second, 1, Outcome.WITHDRAW, "ABSENT")
    record.say(second, 3, Outcome.ACCEPT)
    record.close()
    assert record.lines[-1] == "close|DONE|-"
    return record


LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"


def random_share(rng):
    return "".join(rng.choice(LETTERS) for _ in range(rng.randint(20, 64)))


class RandomDraw(Recorder):
    """A draw at random, from the pool to the last close: modes, overlaps, waivers, rounds, aborted and pending attempts."""

    def __init__(self, seed):
        rng = self.rng = random.Random(seed)
        mode = rng.choice(["", "", "", "all", "merit"])
        ratio = {"": rng.randint(1, 3), "all": 1, "merit": rng.randint(2, 3)}[mode]
        super().__init__(rng.choice(protocol.ALGORITHMS), ratio=ratio, mode=mode, prefer=rng.choice(["", "", "GRADE-A"]))
        self.codes = rng.sample(["AA", "BB", "CC", "DD"], rng.randint(1, 4))
        self.count = 0
        self.members = [self.member() for _ in range(rng.randint(0, 30))]
        self.standby = {code: rng.choice([0, 0, 1, 2]) for code in self.codes}
        self.hold(0, {code: rng.randint(1, 2) for code in self.codes})

    def member(self, *codes):
        self.count += 1
        rng = self.rng
        held = {*codes, *rng.sample(self.codes, rng.randint(0 if codes else 1, len(self.codes)))}
        reasons = () if codes else rng.sample(["AGE", "ROTATION", "RECUSE-PERSON"], rng.choice([0, 0, 0, 1, 2]))
        preferred = bool(self.conditions.prefer) and rng.random() < 0.3
        return PoolLine(f"ZJK-{rng.randrange(10**5):05}-{self.count}", f"U{rng.randrange(9)}", tuple(held), tuple(reasons), preferred)

    def frozen_now(self, wanted):
        """The pool and needs of the next attempt; new members come in until the needs can be filled together."""
        while True:
            pool = [
                replace(line, reasons=(*line.reasons, *["DRAWN"] * (line.number in self.drawn)))
                for line in self.members
                if not wanted.keys().isdisjoint(line.fields)
            ]
            needs = [self.need(code, count, pool) for code, count in wanted.items()]
            census = protocol.census_of(pool, needs)
            waived = dict.fromkeys(self.codes, WAIVER) if self.conditions.mode != "all" and self.rng.random() < 0.2 else {}
            needs = protocol.lowered(census, needs, waived)
            of = {need.field: need.seats for need in needs} if self.conditions.mode == "all" else None
            short = protocol.shortages(census, needs, wanted=of)
            if not short and all(need.seats + need.standby <= need.candidates for need in needs):
                return pool, needs
            self.members.append(self.member(self.rng.choice(list(wanted))))

    def need(self, code, count, pool):
        first = {one.field: one.standby for one in self.lists if one.round == 0}
        standby = min(self.standby[code], first.get(code, self.standby[code]))
        if self.conditions.mode == "all":
            return Need(code, count, max(1, sum(line.eligible and code in line.fields for line in pool)), standby)
        return Need(code, count, max(self.conditions.ratio * count, count + standby), standby)

    def hold(self, round, wanted):
        rng = self.rng
        self.round, self.attempt = round, 0
        for _ in range(rng.choice([0, 0, 0, 1, 2])):
            self.freeze(*self.frozen_now(wanted))
            self.abort()
        self.freeze(*self.frozen_now(wanted))
        if rng.random() < 0.05:
            return  # frozen and not drawn: pending
        self.reveal(random_share(rng))
        if self.conditions.mode == "merit":
            self.choose()
        if rng.random() < 0.1:
            return  # nobody was asked yet
        self.contact()
        self.someone_withdraws()
        if round < 3 and self.lines and self.lines[-1].startswith("close|SHORTFALL") and self.conditions.mode != "all":
            self.hold(round + 1, self.missing())
        elif rng.random() < 0.1:
            self.lines.append(protocol.close_abort_line("CANCELLED"))
            self.write_contacts()

    def choose(self):
        for drawn in [one for one in self.lists if one.round == self.round]:
            spare = len(drawn.numbers) - drawn.seats - drawn.standby
            for position in self.rng.sample(range(1, len(drawn.numbers) + 1), self.rng.randint(0, spare)):
                self.say(drawn, position, Outcome.SKIP, discipline.NOT_CHOSEN, EVIDENCE)

    def contact(self):
        """Ask whoever is due, in any order that discipline allows, until nobody is."""
        while True:
            due = [(one, p) for one in self.lists for p in seats.due_positions(one, self.outcomes)]
            due = [(one, p) for one, p in due if self.may(one, p, Outcome.DECLINE) or self.may(one, p, Outcome.SKIP, discipline.SEATED)]
            if not due:
                return self.close()
            one, position = self.rng.choice(due)
            if self.may(one, position, Outcome.SKIP, discipline.SEATED):
                self.say(one, position, Outcome.SKIP, discipline.SEATED)
            elif self.may(one, position, Outcome.SKIP, discipline.EMPLOYER_CAP) and self.rng.random() < 0.3:
                self.say(one, position, Outcome.SKIP, discipline.EMPLOYER_CAP)
            elif self.rng.random() < 0.1:
                self.say(one, position, Outcome.SKIP, "EXITED", EVIDENCE)
            else:
                said = self.rng.choice(["ACCEPT", "ACCEPT", "DECLINE", "NOREPLY", "UNREACHED", "RECUSE"])
                self.say(one, position, Outcome(said))

    def someone_withdraws(self):
        accepted = [key for key, what in seats.outcomes(self.outcomes).items() if what == Outcome.ACCEPT]
        if not accepted or self.rng.random() < 0.5:
            return
        number, field, position = self.rng.choice(accepted)
        listed = next(one for one in self.lists if (one.round, one.field) == (number, field))
        self.say(listed, position, self.rng.choice([Outcome.WITHDRAW, Outcome.RECUSE]), "EXCUSED")
        self.contact()


def write(folder, files):
    for name, content in files.items():
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(folder)


def write_zip(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return str(path)
