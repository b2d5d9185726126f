"""What may be written into contacts.txt next, in each mode."""

import pytest

from selection.domain.discipline import EMPLOYER_CAP, NOT_CHOSEN, SEATED, Written, why_not_write
from selection.domain.seats import DrawnList, Outcome, OutcomeLine

EVIDENCE = "e" * 64
A, D, S, W, R = Outcome.ACCEPT, Outcome.DECLINE, Outcome.SKIP, Outcome.WITHDRAW, Outcome.RECUSE
AA = DrawnList(0, "AA", 1, 1, ("M1", "M2", "M3", "M4"))
BB = DrawnList(0, "BB", 1, 0, ("M5", "M6", "M7"))
EMPLOYERS = {(0, "M1"): "U1", (0, "M2"): "U2", (0, "M5"): "U1", (0, "M6"): "U6"}


def line(position, outcome, reason="", field="AA", round=0):
    return OutcomeLine(round, field, position, outcome, reason)


def why(lines, new, *, lists=(AA, BB), mode="", evidence=""):
    return why_not_write(Written(lists, lines, mode, EMPLOYERS), new, evidence=evidence)


@pytest.mark.parametrize(
    ("lines", "new", "reason"),
    [
        ([], line(1, D), None),
        ([], line(2, A), None),  # a standby may be asked at the same time
        ([], line(3, A), "the position is not due"),
        ([line(1, D)], line(3, A), None),
        ([line(1, A), line(2, A)], line(3, A), "the position is not due"),
        ([line(1, A), line(2, A), line(1, W)], line(3, A), None),
        ([line(1, D)], line(1, A), "ACCEPT may not follow DECLINE"),
        ([], line(1, W), "WITHDRAW may not follow None"),
        ([line(1, A)], line(1, W, "ABSENT"), None),
        ([line(1, A)], line(1, R, "RECUSE-KIN"), None),
        ([line(1, A), line(1, W)], line(1, R), "RECUSE may not follow WITHDRAW"),
        ([line(1, A)], line(1, S, "EXITED"), "SKIP may not follow ACCEPT"),
    ],
)
def test_outcomes_come_in_drawn_order_and_stand(lines, new, reason):
    assert why(lines, new) == reason


def test_a_skip_has_a_reason_that_holds():
    other_fact = "a skip for an outside fact has a reason and its evidence"
    assert why([], line(1, S, "EXITED"), evidence=EVIDENCE) is None
    assert why([], line(1, S, "EXITED")) == other_fact
    assert why([], line(1, S), evidence=EVIDENCE) == other_fact
    assert why([line(1, A)], line(1, S, EMPLOYER_CAP, "BB")) is None
    assert why([], line(1, S, EMPLOYER_CAP, "BB")) == "nobody of his employer has accepted"
    assert why([line(1, A), line(1, W)], line(1, S, EMPLOYER_CAP, "BB")) == "nobody of his employer has accepted"
    assert why([line(2, A)], line(1, S, EMPLOYER_CAP, "BB")) == "nobody of his employer has accepted"
    assert why([line(1, A)], line(1, S, SEATED, "BB")) == "he has accepted nowhere else"
    assert why([], line(1, S, NOT_CHOSEN), evidence=EVIDENCE) == "only a draw by merit chooses, and with evidence"


BOTH = (DrawnList(0, "AA", 1, 0, ("M1", "M2", "M3")), DrawnList(0, "BB", 1, 0, ("M2", "M1", "M3")))


def test_in_mode_all_a_member_is_asked_in_the_first_field_that_is_due_and_sits_in_one():
    def say(lines, new, **given):
        return why(lines, new, lists=BOTH, mode="all", **given)

    assert say([], line(1, A, "", "BB")) is None  # M2 is not due in AA yet
    assert say([line(1, D)], line(1, A, "", "BB")) == "he is due in AA first"
    assert say([line(1, D), line(2, D)], line(1, A, "", "BB")) is None
    seated = [line(1, D), line(2, A)]
    assert say(seated, line(1, A, "", "BB")) == "who has accepted elsewhere is skipped with SEATED"
    assert say(seated, line(1, S, "EXITED", "BB"), evidence=EVIDENCE) == "who has accepted elsewhere is skipped with SEATED"
    assert say(seated, line(1, S, SEATED, "BB")) is None
    assert say([line(1, D)], line(2, S, SEATED)) == "he has accepted nowhere else"
    assert say([line(1, A, "", "BB"), line(1, D)], line(2, A)) == "who has accepted elsewhere is skipped with SEATED"


def test_in_mode_merit_the_choice_comes_first_with_evidence_and_leaves_enough():
    lists = (DrawnList(0, "AA", 1, 1, ("M1", "M2", "M3", "M4")), DrawnList(0, "BB", 1, 0, ("M5", "M6")))

    def choose(lines, position, field="AA", evidence=EVIDENCE):
        return why(lines, line(position, S, NOT_CHOSEN, field), lists=lists, mode="merit", evidence=evidence)

    away = line(4, S, NOT_CHOSEN)
    assert choose([], 4) is None
    assert choose([away], 1) is None
    assert choose([], 4, evidence="") == "only a draw by merit chooses, and with evidence"
    assert choose([away, line(1, S, NOT_CHOSEN)], 2) == "too few would be left for seats and standbys"
    assert choose([away, line(1, S, NOT_CHOSEN)], 1, "BB") is None
    assert choose([line(1, A, "", "BB")], 4) == "the choice comes before every invitation"
    assert why([away, line(1, S, NOT_CHOSEN)], line(3, A), lists=lists, mode="merit") is None
