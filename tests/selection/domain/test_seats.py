import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selection.domain import seats
from selection.domain.seats import DrawnList, Outcome, OutcomeLine, Place

A, D, N, U, R, S, W = (Outcome(name) for name in ["ACCEPT", "DECLINE", "NOREPLY", "UNREACHED", "RECUSE", "SKIP", "WITHDRAW"])
SCRIPTS = [(A,), (D,), (N,), (U,), (R,), (S,), (A, W), (A, R)]


def drawn(length, need=1, standby=0, round=0, field="FL"):
    return DrawnList(round, field, need, standby, tuple(f"{field}-{round}-{p}" for p in range(1, length + 1)))


def said(*pairs, round=0, field="FL"):
    return [OutcomeLine(round, field, position, outcome) for position, outcome in pairs]


def positions(places):
    return [place.position for place in places]


@st.composite
def lists_and_scripts(draw):
    length = draw(st.integers(1, 9))
    one = drawn(length, draw(st.integers(1, 4)), draw(st.integers(0, 3)))
    return one, draw(st.lists(st.sampled_from(SCRIPTS), min_size=length, max_size=length))


def play(one, scripts, rng):
    """Invite whoever is due; replies come in any order the generator likes, until nobody is due or will change."""
    lines, said_already = [], dict.fromkeys(range(1, len(scripts) + 1), 0)
    while True:
        due = set(seats.due_positions(one, lines))
        assert len(due) <= one.seats + one.standby
        ready = [p for p, done in said_already.items() if p in due or 0 < done < len(scripts[p - 1])]
        if not ready:
            return lines
        position = rng.choice(ready)
        lines.append(OutcomeLine(0, "FL", position, scripts[position - 1][said_already[position]]))
        said_already[position] += 1


@given(lists_and_scripts(), st.integers(0, 2**32), st.integers(0, 2**32))
def test_speed_of_reply_never_matters(case, one_speed, other_speed):
    one, scripts = case
    plays = [play(one, scripts, random.Random(speed)) for speed in (one_speed, other_speed)]
    assert seats.outcomes(plays[0]) == seats.outcomes(plays[1])
    assert seats.seated([one], plays[0], "FL") == seats.seated([one], plays[1], "FL")
    assert seats.standbys([one], plays[0], "FL") == seats.standbys([one], plays[1], "FL")
    assert seats.close_line([one], plays[0]) == seats.close_line([one], plays[1])


@given(lists_and_scripts(), st.integers(0, 2**32))
def test_contact_ends_full_or_with_the_list_used_up(case, speed):
    one, scripts = case
    lines = play(one, scripts, random.Random(speed))
    full = len(seats.standing([one], lines, "FL")) == one.seats + one.standby
    assert full or len(seats.outcomes(lines)) == len(one.numbers)
    assert seats.unfinished([one], lines) == ()


@given(lists_and_scripts(), st.integers(0, 2**32))
def test_a_place_once_due_stays_due_until_it_has_its_outcome(case, speed):
    one, scripts = case
    lines = play(one, scripts, random.Random(speed))
    due = set()
    for count in range(len(lines) + 1):
        now = set(seats.due_positions(one, lines[:count]))
        assert due - {line.position for line in lines[:count]} <= now
        due |= now


def test_at_most_as_many_invitations_are_open_as_there_are_open_places():
    one = drawn(9, need=3)
    assert seats.due_positions(one, []) == (1, 2, 3)
    assert seats.due_positions(one, said((3, A))) == (1, 2)
    assert seats.due_positions(one, said((3, A), (1, D))) == (2, 4)
    assert seats.due_positions(one, said((3, A), (1, D), (2, A))) == (4,)
    assert seats.due_positions(one, said((3, A), (1, D), (2, A), (4, A))) == ()
    assert [seats.may_have_outcome(one, [], p) for p in (0, 1, 3, 4)] == [False, True, True, False]


def test_standbys_are_those_who_accept_beyond_the_seats_and_then_nobody_is_asked():
    one = drawn(6, need=2, standby=1)
    lines = said((3, A), (2, A), (1, A))
    assert seats.due_positions(one, []) == (1, 2, 3)
    assert positions(seats.seated([one], lines, "FL")) == [1, 2]
    assert positions(seats.standbys([one], lines, "FL")) == [3]
    assert seats.due_positions(one, lines) == ()


@pytest.mark.parametrize("leaves", [W, R])
def test_the_next_standby_steps_up_by_himself_and_the_list_goes_on(leaves):
    one = drawn(6, need=2, standby=2)
    lines = said((1, A), (2, A), (3, A), (4, A), (1, leaves))
    assert seats.seated([one], lines, "FL") == (Place(0, 2, "FL-0-2"), Place(0, 3, "FL-0-3"))
    assert seats.standbys([one], lines, "FL") == (Place(0, 4, "FL-0-4"),)
    assert seats.due_positions(one, lines) == (5,)


@given(st.lists(st.sampled_from([(A,), (D,)]), min_size=4, max_size=9), st.integers(1, 3), st.data())
def test_a_withdrawal_moves_up_exactly_the_next_and_nobody_else(scripts, need, data):
    one = drawn(len(scripts), need, standby=3)
    lines = play(one, scripts, random.Random(0))
    before = seats.standing([one], lines, "FL")
    if not before:
        return
    leaver = data.draw(st.sampled_from(before))
    after = [*lines, OutcomeLine(0, "FL", leaver.position, W)]
    rest = tuple(place for place in before if place != leaver)
    assert seats.seated([one], after, "FL") == rest[:need]
    assert seats.standbys([one], after, "FL") == rest[need:]


def test_what_may_follow_an_outcome():
    allowed = {(one, two) for one in (None, *Outcome) for two in Outcome if seats.may_follow(one, two)}
    assert allowed == {(None, two) for two in Outcome if two != W} | {(A, W), (A, R)}
    with pytest.raises(ValueError, match="may not follow"):
        seats.outcomes(said((1, D), (1, A)))
    with pytest.raises(ValueError, match="may not follow"):
        seats.outcomes(said((1, A), (1, W), (1, A)))


def test_missing_counts_all_rounds_against_the_first_rounds_need():
    first = [drawn(3, need=2, field="ZB"), drawn(2, need=2, field="AA")]
    lines = [*said((1, A), (2, A), field="ZB"), *said((1, A), (2, D), field="AA")]
    assert seats.missing(first, lines) == {"ZB": 0, "AA": 1}
    assert seats.close_line(first, lines) == "close|SHORTFALL|ZB:0,AA:1"
    assert seats.unfinished(first, lines) == ()
    both = [*first, drawn(3, need=1, round=1, field="AA")]
    assert seats.missing(both, lines) == {"ZB": 0, "AA": 1}
    lines += said((1, D), (2, A), round=1, field="AA")
    assert seats.close_line(both, lines) == "close|DONE|-"
    assert seats.seated(both, lines, "AA") == (Place(0, 1, "AA-0-1"), Place(1, 2, "AA-1-2"))
    lines += said((1, W), field="AA")
    assert seats.missing(both, lines) == {"ZB": 0, "AA": 1}
    assert seats.due_positions(both[2], lines) == ()


def test_a_shortfall_is_no_ground_for_a_new_round_while_somebody_can_still_be_asked():
    one = drawn(3, need=1)
    assert seats.unfinished([one], said((1, D))) == ("FL",)
    assert seats.unfinished([one], said((1, D), (2, D), (3, N))) == ()
    assert seats.unfinished([one], said((1, A))) == ()


def test_a_field_that_was_never_drawn_is_an_error():
    with pytest.raises(ValueError, match="no field of round 0"):
        seats.seated([drawn(1)], [], "XX")
