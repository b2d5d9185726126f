from hypothesis import given
from hypothesis import strategies as st

from selection.domain.counters import Event, Turn, attendance_turn, in_a_row, reached, reply_turn

C, R, N = Turn.COUNTS, Turn.RESETS, Turn.NEUTRAL
turns = st.lists(st.sampled_from([C, R, N]), max_size=30)


def events(*kinds):
    return [Event(key, turn) for key, turn in enumerate(kinds, 1)]


def test_the_third_in_a_row_completes():
    assert reached(events(C, C, C), 3) == (3,)


def test_two_in_a_row_complete_nothing():
    assert reached(events(C, C), 3) == ()


def test_an_answer_between_begins_anew():
    assert reached(events(C, C, R, C, C), 3) == ()


def test_an_undelivered_invitation_neither_counts_nor_resets():
    assert reached(events(C, C, N, C), 3) == (4,)


def test_after_completion_three_more_are_needed():
    assert reached(events(C, C, C, C, C, C), 3) == (3, 6)


def test_any_reply_resets_the_counter_of_missed_replies():
    states = ["no_reply", "accepted", "declined", "recused", "withdrawn", "unreached", "cancelled", "open"]
    assert [reply_turn(state) for state in states] == [C, R, R, R, R, N, N, N]


def test_attendance_resets_and_absence_counts():
    assert [attendance_turn(value) for value in (False, True, None)] == [C, R, N]


def test_how_many_stand_in_a_row_now():
    assert [in_a_row(events(*kinds)) for kinds in ([], [C], [C, C, N], [C, R], [C, C, C, R, C])] == [0, 1, 2, 0, 1]


@given(turns, turns)
def test_what_was_reached_stays_reached(past, more):
    before, after = reached(events(*past), 3), reached(events(*past, *more), 3)
    assert after[: len(before)] == before


@given(turns)
def test_neutral_events_change_nothing(kinds):
    keyed = events(*kinds)
    assert reached(keyed, 3) == reached([one for one in keyed if one.turn is not N], 3)
