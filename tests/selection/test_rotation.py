"""轮空 through whole draws: who was seated twice in a row sits out the next, and the one after that is open to him again."""

from datetime import date

import pytest

from selection.models import Draw
from selection.services import draws
from tests.factories import PoolFactory, UserFactory
from tests.selection import drawing as d

pytestmark = [pytest.mark.django_db, pytest.mark.day(d.TODAY)]
XX = "xinxian-2021"
FIELD = "CYJS"


@pytest.fixture
def pool(db):
    """A pool whose regulation draws as many as are needed and lets whoever was selected twice in a row sit out."""
    return PoolFactory(code="XX", regulation_code=XX)


def watched(request):
    """The request with the office in its place: this regulation wants two who watch, of both bodies."""
    draws.join(request=request, by=UserFactory(role="office", pool=request.pool))
    return request


def a_draw(pool, day, what="accept", **kwargs) -> Draw:
    """A draw for one person on a day of October, drawn by its department, answered by whoever comes first."""
    request = d.approved({FIELD: 1}, pool=pool, starts_on=date(2026, 10, day))
    draw = d.drawn(watched(request), office=request.filed_by)
    d.answer(d.invitation(draw, field=FIELD), what, **kwargs)
    return draw


def pool_file(draw) -> dict[str, str]:
    """State and reasons by number, as the first round's pool.txt of a draw says them."""
    return d.pool_file(draw.attempts.get(round=0))


@pytest.mark.clause(XX, "14")
def test_who_was_seated_in_two_draws_in_a_row_sits_out_the_third_and_no_more(pool):
    (often,) = d.members(1, [FIELD], pool=pool)
    assert [pool_file(a_draw(pool, day)) for day in (20, 21)] == [{often.number: "E|-"}] * 2
    (other,) = d.members(1, [FIELD], pool=pool)
    assert pool_file(a_draw(pool, 22)) == {often.number: "X|ROTATION", other.number: "E|-"}
    assert pool_file(a_draw(pool, 23)) == {often.number: "E|-", other.number: "E|-"}


@pytest.mark.clause(XX, "14")
def test_who_was_drawn_twice_and_did_not_come_does_not_sit_out(pool):
    (member,) = d.members(1, [FIELD], pool=pool)
    a_draw(pool, 20)
    a_draw(pool, 21, "decline", reason_code="JUSTIFIED", reason_text="另有安排")
    assert pool_file(a_draw(pool, 22)) == {member.number: "E|-"}


@pytest.mark.clause(XX, "14")
def test_who_gave_his_seat_back_was_not_selected(pool):
    (member,) = d.members(1, [FIELD], pool=pool)
    a_draw(pool, 20)
    given_back = a_draw(pool, 21)
    d.answer(d.invitation(given_back, field=FIELD), "decline", reason_code="JUSTIFIED", reason_text="另有安排")
    assert pool_file(a_draw(pool, 22)) == {member.number: "E|-"}


@pytest.mark.clause(XX, "12d")
def test_a_draw_with_a_supplementary_round_is_one_draw(pool):
    """Who was eligible in both rounds and seated by the second was selected once, not twice."""
    d.members(2, [FIELD], pool=pool)
    draw = a_draw(pool, 20, "decline", reason_code="JUSTIFIED", reason_text="另有安排")
    attempt = draws.open_supplementary_round(draw=draw, by=draw.request.filed_by)
    draws.give_share(attempt=attempt, share="b" * 24, by=d.inspector_of(draw.request))
    seated = d.answer(d.invitation(draw, field=FIELD, round=1)).candidate.membership
    assert pool_file(a_draw(pool, 21))[seated.number] == "E|-"


@pytest.mark.clause(XX, "14")
def test_the_latest_draws_count_whatever_came_before(pool):
    (member,) = d.members(1, [FIELD], pool=pool)
    a_draw(pool, 20, "decline", reason_code="JUSTIFIED", reason_text="另有安排")
    for day in (21, 22):
        a_draw(pool, day)
    d.members(1, [FIELD], pool=pool)
    assert pool_file(a_draw(pool, 23))[member.number] == "X|ROTATION"


def test_who_only_stood_by_was_not_selected(pool):
    (member,) = d.members(1, [FIELD], pool=pool)
    for day in (20, 21):
        a_draw(pool, day)
    # As where the paper knows standbys: he accepted and was not needed.
    member.participations.filter(request__starts_on=date(2026, 10, 21)).update(seated=False)
    assert pool_file(a_draw(pool, 22)) == {member.number: "E|-"}


def test_his_seat_in_the_draw_itself_is_no_earlier_draw(pool):
    """Selected in the last draw and in this one's first round: its next round leaves him out for standing on the list alone."""
    (member,) = d.members(1, [FIELD], pool=pool)
    a_draw(pool, 20)
    d.members(1, [FIELD], pool=pool)
    request = d.approved({FIELD: 2}, pool=pool, starts_on=date(2026, 10, 21))
    draw = d.drawn(watched(request), office=request.filed_by)
    for one in d.book(draw).open_invitations:
        comes = one.candidate.membership == member
        d.answer(one, *(() if comes else ("decline",)), **({} if comes else {"reason_code": "JUSTIFIED", "reason_text": "另有安排"}))
    d.members(1, [FIELD], pool=pool)
    attempt = draws.open_supplementary_round(draw=draw, by=request.filed_by)
    assert d.pool_file(attempt)[member.number] == "X|DRAWN"


def test_draws_of_another_pool_do_not_count(pool):
    (member,) = d.members(1, [FIELD], pool=pool)
    a_draw(pool, 20)
    elsewhere = PoolFactory(code="YY", regulation_code=XX)
    d.members(1, [FIELD], pool=elsewhere, expert=member.expert)
    a_draw(elsewhere, 21)
    assert pool_file(a_draw(pool, 22)) == {member.number: "E|-"}


def test_an_attempt_that_was_aborted_is_no_draw(pool):
    (often,) = d.members(1, [FIELD], pool=pool)
    for day in (20, 21):
        a_draw(pool, day)
    request = d.approved({FIELD: 1}, pool=pool, starts_on=date(2026, 10, 22))
    d.members(1, [FIELD], pool=pool)
    attempt = d.frozen_attempt(watched(request), office=request.filed_by)
    draws.abort(attempt=attempt, reason="OTHER", by=request.filed_by)
    assert pool_file(a_draw(pool, 23))[often.number] == "X|ROTATION"
