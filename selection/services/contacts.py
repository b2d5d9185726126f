"""The contact log of a draw: what it says now, and the one place that appends to it.

Everything that happens to one draw after its request is approved happens under one lock, that of the request's row
(:func:`lock`). The order of locks is one everywhere: docs/architecture.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from django.db.models import Prefetch

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.ledger.services import record
from expertpool.refusals import Refusal, Refused
from selection.domain import discipline, protocol, seats
from selection.domain.protocol import PoolLine, reading
from selection.domain.seats import DrawnList, Outcome, OutcomeLine, Place
from selection.models import Attempt, Candidate, ContactLine, Draw, DrawRequest, Invitation

Key = tuple[int, str, int]


def subject_of(draw: Draw) -> str:
    """The ledger's subject of a draw."""
    return f"draw:{draw.number}"


def lock(draw: Draw) -> Draw:
    """Take the lock of a draw (its request's row) until the transaction ends; the draw afresh, with its request."""
    request = lock_request(draw.request_id)
    fresh = Draw.objects.get(pk=draw.pk)
    fresh.request = request
    return fresh


def lock_request(pk: int) -> DrawRequest:
    """Take the lock of a request's row until the transaction ends; the request afresh, with its pool."""
    return DrawRequest.objects.select_for_update(of=("self",)).select_related("pool").get(pk=pk)


@dataclass
class Book:
    """What a draw amounts to so far: lists, outcomes, and all that follows from them."""

    draw: Draw
    attempts: tuple[Attempt, ...]
    lists: tuple[DrawnList, ...]
    lines: tuple[OutcomeLine, ...]
    candidates: dict[Key, Candidate]
    last_by_attempt: dict[int, ContactLine] = field(default_factory=dict)
    contacts_by_attempt: dict[int, int] = field(default_factory=dict)
    line_by_candidate: dict[int, ContactLine] = field(default_factory=dict)

    @property
    def last(self) -> Attempt | None:
        """The newest attempt, whatever its state."""
        return self.attempts[-1] if self.attempts else None

    @cached_property
    def file(self) -> Attempt | None:
        """The drawn attempt whose contacts.txt takes the next line, or None where nothing may be written now.

        Once a later round is frozen the earlier file is finished, and until that round is drawn the next one has not
        begun.
        """
        last = self.last
        return last if last is not None and last.state == Attempt.State.DRAWN else None

    @cached_property
    def outcomes(self) -> dict[Key, Outcome]:
        """The last outcome by (round, field, position)."""
        return seats.outcomes(self.lines)

    @cached_property
    def missing(self) -> dict[str, int]:
        """Seats that each field still lacks."""
        return seats.missing(self.lists, self.lines)

    @cached_property
    def due(self) -> tuple[Candidate, ...]:
        """The candidates who may be invited, or are, in drawn order."""
        return tuple(
            self.candidates[drawn.round, drawn.field, position]
            for drawn in self.lists
            for position in seats.due_positions(drawn, self.lines)
        )

    @cached_property
    def open_invitations(self) -> tuple[Invitation, ...]:
        """Invitations that wait for an answer."""
        found = (invitation_of(candidate) for candidate in self.candidates.values())
        return tuple(one for one in found if one is not None and one.state == Invitation.State.OPEN)

    @property
    def head(self) -> str:
        """The head of the contact chain of the newest drawn round, or "" before the first draw."""
        drawn = [one for one in self.attempts if one.state == Attempt.State.DRAWN]
        if not drawn:
            return ""
        line = self.last_by_attempt.get(drawn[-1].pk)
        return line.head if line else protocol.h(self.draw.alg, drawn[-1].result_text)

    @property
    def close(self) -> ContactLine | None:
        """The close line that stands at the end of the file, if nothing was written after it."""
        line = self.last_by_attempt.get(self.file.pk) if self.file else None
        return line if line is not None and line.candidate_id is None else None

    def fields(self) -> tuple[str, ...]:
        """The fields of the draw in round 0's processing order."""
        return tuple(drawn.field for drawn in self.lists if drawn.round == 0)

    def seated(self) -> set[Key]:
        """The places that have a seat."""
        return set(self._keys(seats.seated))

    def standbys(self) -> list[Key]:
        """The places that stand by, per field the next to step up first."""
        return list(self._keys(seats.standbys))

    def _keys(self, derive: object) -> Iterator[Key]:
        for code in self.fields():
            places: tuple[Place, ...] = derive(self.lists, self.lines, code)  # type: ignore[operator]
            yield from ((place.round, code, place.position) for place in places)

    def listed(self) -> dict[str, PoolLine]:
        """Who stands on a list of the draw, by number, with every field that a pool file so far shows him with."""
        numbers = frozenset(number for drawn in self.lists for number in drawn.numbers)
        found: dict[str, PoolLine] = {}
        for attempt in self.attempts if numbers else ():
            for line in reading.pool_lines(attempt.pool_text, numbers):
                before = found.get(line.number)
                found[line.number] = replace(line, fields=tuple(sorted({*line.fields, *before.fields}))) if before else line
        return found

    def written(self, *, employers: bool = False) -> discipline.Written:
        """What the next line is held against; ``employers``: with the employers of the listed, read from the pool files."""
        drawn = [one for one in self.attempts if one.state == Attempt.State.DRAWN]
        mode = reading.conditions(drawn[0].manifest_text).mode if drawn else ""
        numbers = frozenset(number for listed in self.lists for number in listed.numbers) if employers else frozenset()
        of = {(one.round, line.number): line.employer for one in drawn for line in reading.pool_lines(one.pool_text, numbers)}
        return discipline.Written(self.lists, self.lines, mode, of)

    @property
    def moment(self) -> datetime:
        """When the next line is written: now, and never before the line before it, whatever the clock says."""
        return max([clock.now(), *(line.at for line in self.last_by_attempt.values())])


def key_of(candidate: Candidate) -> Key:
    """Round, field and position of a candidate."""
    return (candidate.attempt.round, candidate.field.code, candidate.position)


def invitation_of(candidate: Candidate) -> Invitation | None:
    """The invitation of a candidate, if he was sent one."""
    return getattr(candidate, "invitation", None)


def read(draw: Draw) -> Book:
    """The book of a draw, in a constant number of queries."""
    attempts = tuple(draw.attempts.order_by("round", "attempt"))
    drawn = [one for one in attempts if one.state == Attempt.State.DRAWN]
    by_id = {one.pk: one for one in drawn}
    candidates: dict[Key, Candidate] = {}
    rows = Candidate.objects.filter(attempt__in=drawn).select_related(
        "field", "membership__expert__user", "membership__expert__employer", "invitation", "participation__membership__expert__user"
    )
    by_pk: dict[int, Candidate] = {}
    for candidate in rows:
        candidate.attempt = by_id[candidate.attempt_id]
        candidates[key_of(candidate)] = candidate
        by_pk[candidate.pk] = candidate
    lines, last, counted = [], {}, {one.pk: 0 for one in drawn}
    by_candidate: dict[int, ContactLine] = {}
    for line in ContactLine.objects.filter(attempt__in=drawn).order_by("attempt__round", "number"):
        last[line.attempt_id] = line
        if line.candidate_id is not None:
            counted[line.attempt_id] += 1
            by_candidate[line.candidate_id] = line
            lines.append(OutcomeLine(*key_of(by_pk[line.candidate_id]), Outcome(line.outcome), line.reason))
    lists = tuple(
        DrawnList(one.round, need.field, need.seats, need.standby, numbers)
        for one in drawn
        for need, numbers in reading.drawn_numbers(one.manifest_text, one.result_text)
    )
    return Book(draw, attempts, lists, tuple(lines), candidates, last, counted, by_candidate)


def why_not_write(book: Book) -> Refusal | None:
    """Why no outcome can be written now, or None: a supplementary round is frozen and not yet drawn."""
    if book.file is not None:
        return None
    return Refusal(
        "round_frozen",
        "补充抽取已经冻结、尚未完成，前一轮的联系记录已经封存。请在补充抽取完成后再办理，紧急情况请联系组织抽取的人员。",
    )


def _append(book: Book, text: str, *, candidate: Candidate | None, outcome: str = "", reason: str = "") -> ContactLine:
    attempt = book.file
    if attempt is None:
        raise RuntimeError("no file takes a line now")
    last = book.last_by_attempt.get(attempt.pk)
    before = last.head if last else protocol.h(book.draw.alg, attempt.result_text)
    line = ContactLine(
        attempt=attempt,
        number=(last.number if last else 0) + 1,
        candidate=candidate,
        outcome=outcome,
        reason=reason,
        text=text,
        head=protocol.h(book.draw.alg, f"{before}|{text}"),
        at=book.moment,
    )
    line.save(force_insert=True)
    return line


def append_outcome(
    book: Book, candidate: Candidate, outcome: Outcome, *, by: User | None, reason: str = "", evidence: str = ""
) -> ContactLine:
    """Write what became of a position, in drawn order and under the draw's lock; ledger ``contact.recorded``.

    ``reason`` is a code, ``evidence`` a hash, both may be empty. ``book`` is stale afterwards. Raises
    :class:`Refused` where no line may be written now, ValueError where the protocol's discipline forbids the line.
    """
    refusal = why_not_write(book)
    if refusal:
        raise Refused(refusal)
    attempt = book.file
    assert attempt is not None
    key = key_of(candidate)
    written = book.written(employers=reason == discipline.EMPLOYER_CAP)
    if why := discipline.why_not_write(written, OutcomeLine(*key, outcome, reason), evidence=evidence):
        raise ValueError(f"{key} {outcome}: {why}")
    text = protocol.contact_line(
        seq=book.contacts_by_attempt[attempt.pk] + 1,
        field=key[1],
        position=key[2],
        number=candidate.membership.number,
        outcome=str(outcome.value),
        reason=reason or None,
        evidence=evidence or None,
        at=book.moment,
        round=None if key[0] == attempt.round else key[0],
    )
    line = _append(book, text, candidate=candidate, outcome=str(outcome.value), reason=reason)
    record(
        "contact.recorded",
        subject=subject_of(book.draw),
        by=by,
        pool=book.draw.request.pool.code,
        body={
            "round": key[0],
            "field": key[1],
            "position": key[2],
            "outcome": str(outcome.value),
            "reason": reason,
            "head": line.head,
        },
    )
    return line


def append_close(book: Book) -> ContactLine:
    """Write the close line that the outcomes amount to, once; ledger ``contact.closed``.

    Only when nobody is left to ask: an office that asks nobody has no shortfall. ValueError otherwise.
    """
    if seats.unfinished(book.lists, book.lines):
        raise ValueError("somebody on the lists has no outcome yet")
    if book.close is not None:
        return book.close
    text = seats.close_line(book.lists, book.lines)
    line = _append(book, text, candidate=None)
    body = {"missing": dict(book.missing), "head": line.head}
    record("contact.closed", subject=subject_of(book.draw), by=None, pool=book.draw.request.pool.code, body=body)
    return line


def append_abort(book: Book, reason: str, *, by: User | None) -> ContactLine | None:
    """Write that the contacts are given up (``reason`` a code), if a file takes lines now; ledger ``contact.closed``."""
    if book.file is None:
        return None
    line = _append(book, protocol.close_abort_line(reason), candidate=None)
    body = {"reason": reason, "head": line.head}
    record("contact.closed", subject=subject_of(book.draw), by=by, pool=book.draw.request.pool.code, body=body)
    return line


def contacts_text(attempt: Attempt, alg: str) -> str:
    """contacts.txt of a drawn attempt, as it stands."""
    return protocol.contacts_text(alg, attempt.result_text, [line.text for line in attempt.contact_lines.order_by("number")])


def with_lines(draw: Draw) -> list[Attempt]:
    """All attempts of a draw in order, each with its contact lines loaded."""
    lines = Prefetch("contact_lines", ContactLine.objects.order_by("number"))
    return list(draw.attempts.order_by("round", "attempt").prefetch_related(lines))
