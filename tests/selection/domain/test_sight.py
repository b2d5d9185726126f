"""Who sees how much, when: the table of the design, row by row."""

from dataclasses import fields
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selection.domain.sight import SEEING, Sight, estimate, sight

NOTHING = Sight()
PROGRESS = Sight(progress=True)
PROGRESS_AND_NAMES = Sight(progress=True, names=True)
COUNTS = Sight(progress=True, counts=True)
COUNTS_AND_NAMES = Sight(progress=True, counts=True, names=True)
WATCHES = Sight(progress=True, counts=True, reasons=True, files=True, codes=True, order=True)
WATCHES_NAMES = Sight(progress=True, counts=True, reasons=True, files=True, codes=True, order=True, names=True)
DRAWS = Sight(progress=True, counts=True, reasons=True, files=True)
CONTACTS = Sight(progress=True, counts=True, files=True, codes=True, due_names=True)
CONTACTS_NAMES = Sight(progress=True, counts=True, files=True, codes=True, order=True, due_names=True, names=True)
BOTH = Sight(progress=True, counts=True, reasons=True, files=True, codes=True, due_names=True)
BOTH_NAMES = Sight(progress=True, counts=True, reasons=True, files=True, codes=True, order=True, due_names=True, names=True)

STARTS = date(2026, 10, 22)
BEFORE, DAY = date(2026, 10, 21), STARTS
STATES = ["draft", "under_approval", "returned", "approved", "drawing", "confirmed", "held", "closed", "rejected", "cancelled"]


@pytest.mark.parametrize(
    ("duties", "state", "on", "seen"),
    [
        (("requests.file",), "approved", BEFORE, PROGRESS),
        (("requests.file",), "drawing", BEFORE, PROGRESS),
        (("requests.file",), "confirmed", BEFORE, PROGRESS),
        (("requests.file",), "confirmed", DAY, PROGRESS_AND_NAMES),
        (("requests.file",), "drawing", DAY, PROGRESS_AND_NAMES),
        (("requests.file", "evaluation.score"), "held", DAY, PROGRESS_AND_NAMES),
        (("requests.file", "evaluation.score"), "closed", DAY, NOTHING),
        (("requests.file",), "approved", DAY, PROGRESS),
        (("draw.run",), "drawing", BEFORE, DRAWS),
        (("draw.run",), "confirmed", BEFORE, DRAWS),
        (("contact.run",), "drawing", BEFORE, CONTACTS),
        (("contact.run",), "confirmed", BEFORE, CONTACTS_NAMES),
        (("draw.run", "contact.run"), "approved", BEFORE, BOTH),
        (("draw.run", "contact.run"), "drawing", BEFORE, BOTH),
        (("draw.run", "contact.run"), "confirmed", BEFORE, BOTH_NAMES),
        (("draw.run", "contact.run"), "closed", DAY, BOTH_NAMES),
        (("draw.watch",), "drawing", BEFORE, WATCHES),
        (("draw.share",), "drawing", DAY, WATCHES_NAMES),
        (("draw.watch",), "confirmed", BEFORE, WATCHES_NAMES),
        (("draw.watch",), "closed", DAY, WATCHES_NAMES),
        (("approval.*",), "drawing", BEFORE, COUNTS),
        (("approval.*",), "confirmed", BEFORE, COUNTS),
        (("waiver.cap",), "confirmed", DAY, COUNTS_AND_NAMES),
        (("members.keep",), "confirmed", BEFORE, COUNTS),
        (("pool.read",), "closed", DAY, COUNTS_AND_NAMES),
        # Who asks and draws himself: the union of both rows.
        (("requests.file", "draw.run", "contact.run"), "confirmed", BEFORE, BOTH_NAMES),
        ((), "closed", DAY, NOTHING),
        (("applications.read", "ledger.read"), "closed", DAY, NOTHING),
    ],
)
def test_who_sees_how_much_and_when(duties, state, on, seen):
    assert sight(duties, state=state, starts_on=STARTS, on=on) == seen


@given(one=st.sets(st.sampled_from(SEEING)), other=st.sets(st.sampled_from(SEEING)), state=st.sampled_from(STATES), day=st.dates())
def test_who_holds_two_duties_sees_the_union_and_never_more(one, other, state, day):
    def seen(duties):
        sight_of = sight(duties, state=state, starts_on=STARTS, on=day)
        return {part.name for part in fields(Sight) if getattr(sight_of, part.name)}

    assert seen(one | other) == seen(one) | seen(other)


@pytest.mark.parametrize(
    ("duties", "state", "shown"),
    [
        ({"requests.file"}, "draft", "bands"),
        ({"requests.file"}, "approved", "bands"),
        ({"requests.file"}, "drawing", ""),
        ({"draw.run"}, "returned", "counts"),
        ({"contact.run"}, "under_approval", "counts"),
        ({"waiver.shortage"}, "approved", "counts"),
        ({"draw.run"}, "drawing", ""),
        ({"approval.*", "pool.read", "draw.watch"}, "approved", ""),
        # A name can be tried as long as the request can be changed.
        ({"requests.file", "draw.run"}, "draft", "bands"),
        ({"requests.file", "draw.run"}, "returned", "bands"),
        ({"requests.file", "draw.run"}, "approved", "counts"),
    ],
)
def test_what_of_the_pool_is_told_before_the_draw(duties, state, shown):
    assert estimate(duties, state=state) == shown
