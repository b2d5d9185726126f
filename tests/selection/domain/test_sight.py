"""Who sees how much, when: the table of the design, row by row."""

from datetime import date

import pytest

from selection.domain.sight import Sight, sight

NOTHING = Sight()
PROGRESS = Sight(progress=True)
PROGRESS_AND_NAMES = Sight(progress=True, names=True)
LEADER = Sight(progress=True, counts=True)
LEADER_OPENED = Sight(progress=True, counts=True, names=True)
INSPECTOR = Sight(progress=True, counts=True, reasons=True, files=True, codes=True, order=True)
INSPECTOR_CONFIRMED = Sight(progress=True, counts=True, reasons=True, files=True, codes=True, order=True, names=True)
OFFICE = Sight(progress=True, counts=True, reasons=True, files=True, codes=True, due_names=True)
OFFICE_CONFIRMED = Sight(progress=True, counts=True, reasons=True, files=True, codes=True, order=True, due_names=True, names=True)

STARTS = date(2026, 10, 22)
BEFORE, DAY = date(2026, 10, 21), STARTS


@pytest.mark.parametrize(
    ("role", "state", "on", "seen"),
    [
        ("department", "approved", BEFORE, PROGRESS),
        ("department", "drawing", BEFORE, PROGRESS),
        ("department", "confirmed", BEFORE, PROGRESS),
        ("department", "confirmed", DAY, PROGRESS_AND_NAMES),
        ("department", "drawing", DAY, PROGRESS_AND_NAMES),
        ("department", "held", DAY, PROGRESS_AND_NAMES),
        ("department", "closed", DAY, NOTHING),
        ("department", "approved", DAY, PROGRESS),
        ("office", "approved", BEFORE, OFFICE),
        ("office", "drawing", BEFORE, OFFICE),
        ("office", "confirmed", BEFORE, OFFICE_CONFIRMED),
        ("office", "closed", DAY, OFFICE_CONFIRMED),
        ("inspector", "drawing", BEFORE, INSPECTOR),
        ("inspector", "drawing", DAY, INSPECTOR_CONFIRMED),
        ("inspector", "confirmed", BEFORE, INSPECTOR_CONFIRMED),
        ("inspector", "closed", DAY, INSPECTOR_CONFIRMED),
        ("leader", "drawing", BEFORE, LEADER),
        ("leader", "confirmed", BEFORE, LEADER),
        ("leader", "confirmed", DAY, LEADER_OPENED),
        ("leader", "closed", DAY, LEADER_OPENED),
        ("expert", "closed", DAY, NOTHING),
        ("employer", "held", DAY, NOTHING),
        ("recommending_unit", "held", DAY, NOTHING),
        ("system_admin", "closed", DAY, NOTHING),
        ("security_admin", "confirmed", DAY, NOTHING),
        ("audit_admin", "confirmed", DAY, NOTHING),
    ],
)
def test_who_sees_how_much_and_when(role, state, on, seen):
    assert sight(role=role, state=state, starts_on=STARTS, on=on) == seen
