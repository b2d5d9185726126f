"""Whether a line may be written into contacts.txt now: what docs/draw-protocol.md asks of each outcome (第十三条（三）（四））."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from selection.domain import seats
from selection.domain.seats import DrawnList, Outcome, OutcomeLine, Place

#: Reasons of SKIP that only the draw itself can give; every other one is a fact from outside and brings its evidence.
EMPLOYER_CAP, SEATED, NOT_CHOSEN = "EMPLOYER-CAP", "SEATED", "NOT-CHOSEN"


@dataclass(frozen=True)
class Written:
    """A draw as far as it is written: its lists, its outcomes, its mode, and the employer's code of (round, number)."""

    lists: Sequence[DrawnList]
    lines: Sequence[OutcomeLine]
    mode: str = ""
    employers: Mapping[tuple[int, str], str] = field(default_factory=dict)

    def list_of(self, line: OutcomeLine) -> DrawnList:
        """The list that ``line`` is about."""
        return next(one for one in self.lists if (one.round, one.field) == (line.round, line.field))

    def standing(self) -> list[Place]:
        """Everybody who has accepted and has not taken it back, in any field and round."""
        fields = dict.fromkeys(one.field for one in self.lists)
        return [place for code in fields for place in seats.standing(self.lists, self.lines, code)]


def why_not_write(written: Written, line: OutcomeLine, *, evidence: str = "") -> str | None:
    """Why ``line`` must not come next, or None; ``evidence``: the hash that goes with it, or "" (for developers, not for users)."""
    drawn = written.list_of(line)
    before = seats.outcomes(written.lines).get((line.round, line.field, line.position))
    if not seats.may_follow(before, line.outcome):
        return f"{line.outcome} may not follow {before}"
    if before is not None:
        return None
    skipped_for = line.reason if line.outcome == Outcome.SKIP else None
    if skipped_for != NOT_CHOSEN and not seats.may_have_outcome(drawn, written.lines, line.position):
        return "the position is not due"
    who = drawn.numbers[line.position - 1]
    if written.mode == "all" and (wrong := _why_not_in_turn(written, drawn, who, skipped_for)):
        return wrong
    return None if skipped_for is None else _why_not_skip(written, drawn, who, skipped_for, evidence)


def _why_not_in_turn(written: Written, drawn: DrawnList, who: str, skipped_for: str | None) -> str | None:
    """Everybody stands on the list of each of his fields: he is asked in the first that is due, and sits in one only."""
    if any(place.number == who for place in written.standing()) and skipped_for != SEATED:
        return "who has accepted elsewhere is skipped with SEATED"
    for earlier in written.lists:
        if earlier is drawn:
            return None
        if who in earlier.numbers and earlier.numbers.index(who) + 1 in seats.due_positions(earlier, written.lines):
            return f"he is due in {earlier.field} first"
    raise ValueError("the list is none of the draw's")


def _why_not_skip(written: Written, drawn: DrawnList, who: str, reason: str, evidence: str) -> str | None:
    if reason == EMPLOYER_CAP:
        own = written.employers[drawn.round, who]
        if any(written.employers[place.round, place.number] == own for place in written.standing()):
            return None
        return "nobody of his employer has accepted"
    if reason == SEATED:
        seated = any(place.number == who for place in written.standing())
        return None if written.mode == "all" and seated else "he has accepted nowhere else"
    if reason == NOT_CHOSEN:
        return _why_not_chosen_away(written, drawn, evidence)
    return None if reason and evidence else "a skip for an outside fact has a reason and its evidence"


def _why_not_chosen_away(written: Written, drawn: DrawnList, evidence: str) -> str | None:
    if written.mode != "merit" or not evidence:
        return "only a draw by merit chooses, and with evidence"
    own = [one for one in written.lines if one.round == drawn.round]
    if any((one.outcome, one.reason) != (Outcome.SKIP, NOT_CHOSEN) for one in own):
        return "the choice comes before every invitation"
    left = len(drawn.numbers) - sum(one.field == drawn.field for one in own)
    return None if left > drawn.seats + drawn.standby else "too few would be left for seats and standbys"
