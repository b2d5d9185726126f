"""补充抽取: what it draws, when it waits, who watches, which waiver it needs, and a paper that knows none (第十三条（三）)."""

from datetime import date

import pytest

from expertpool.clock import frozen
from expertpool.desk.todos import waiting_for
from expertpool.pools.duties import actor
from experts.models import Membership
from selection.models import Attempt, Candidate, Waiver
from selection.pages.draw import DrawPage
from selection.services import draws, invitations, waivers
from tests.factories import UserFactory
from tests.selection import drawing as d
from tests.selection.editions import members_of, people_of, pool_under, request_of

XJ = "xinjiang-2025"
pytestmark = [pytest.mark.django_db, pytest.mark.day(d.TODAY)]


def shortfall(**kwargs):
    """Two seats, six on the list, one accepts: one seat is missing."""
    d.members(12)
    draw = d.contacting(seats={"SHHG": 2}, **kwargs)
    d.answer(d.invitation(draw, 1))
    d.answer_all(draw, "decline")
    return draw


@pytest.mark.clause(XJ, "13(3)b")
def test_a_supplementary_round_draws_exactly_what_is_missing_and_nobody_twice(office_user):
    draw = shortfall()
    attempt = draws.open_supplementary_round(draw=draw, by=office_user)
    assert (attempt.round, attempt.attempt) == (1, 1)
    assert d.needs(attempt) == ["need|SHHG|1|3"]
    assert f"prev|{d.book(draw).head}" in attempt.manifest_text
    earlier = set(Candidate.objects.values_list("membership__number", flat=True))
    excluded = {line.split("|")[0] for line in attempt.pool_text.splitlines()[1:] if "DRAWN" in line.split("|")[4].split(",")}
    assert excluded == earlier
    inspector = d.inspector_of(draw.request)
    assert d.refusals(lambda: draws.give_share(attempt=attempt, share=d.SHARE, by=inspector)) == [("share_used", "")]
    draws.give_share(attempt=attempt, share="a" * 30, by=inspector)
    later = set(Candidate.objects.filter(attempt=attempt).values_list("membership__number", flat=True))
    assert (len(later), later & earlier) == (3, set())


@pytest.mark.clause(XJ, "13(3)b")
def test_after_an_abort_the_round_is_frozen_again_for_the_same_seats_and_nobody_twice(office_user):
    d.members(12)
    draw = d.contacting(seats={"SHHG": 2})
    d.answer(d.invitation(draw, 1))
    d.answer_all(draw, "decline")
    earlier = set(Candidate.objects.values_list("membership__number", flat=True))
    first = draws.open_supplementary_round(draw=draw, by=office_user)
    draws.abort(attempt=first, reason="TECHNICAL", by=office_user)
    again = draws.freeze(request=draw.request, by=office_user)
    assert (again.round, again.attempt, d.needs(again)) == (1, 2, ["need|SHHG|1|3"])
    assert {number for number, said in d.pool_file(again).items() if "DRAWN" in said} == earlier


def test_a_second_click_gives_the_frozen_round_and_a_colleague_none(office_user):
    d.members(6)
    draw = d.contacting()
    d.answer_all(draw, "decline")
    attempt = draws.open_supplementary_round(draw=draw, by=office_user)
    assert draws.open_supplementary_round(draw=draw, by=office_user) == attempt
    assert d.refusals(lambda: draws.open_supplementary_round(draw=draw, by=UserFactory(role="office"))) == [("not_drawn", "")]
    assert Attempt.objects.count() == 2


@pytest.mark.clause(XJ, "13(3)b")
def test_the_supplementary_round_is_supervised_again(office_user):
    draw = shortfall()
    draws.leave(request=draw.request, by=d.inspector_of(draw.request))
    assert d.refusals(lambda: draws.open_supplementary_round(draw=draw, by=office_user)) == [("no_inspector", "13(2)a")]


@pytest.mark.clause(XJ, "21")
def test_a_draw_that_was_opened_on_the_last_day_goes_on_under_its_edition(office_user):
    """The supplementary round is judged by what was in force when the draw was opened."""
    with frozen(date(2027, 5, 20)):
        draw = shortfall(starts_on=date(2027, 6, 10))
    with frozen(date(2027, 5, 21)):
        attempt = draws.open_supplementary_round(draw=draw, by=office_user)
    assert (attempt.round, attempt.draw.rule_edition) == (1, date(2025, 4, 21))


# When there is none.


def test_no_supplementary_round_while_somebody_may_still_be_asked(office_user):
    d.members(12)
    draw = d.contacting(seats={"SHHG": 2})
    assert d.refusals(lambda: draws.open_supplementary_round(draw=draw, by=office_user)) == [("unfinished", "13(3)b")]


@pytest.mark.clause(XJ, "13(3)b")
def test_a_round_waits_for_the_standbys_of_the_other_fields(office_user):
    """While it is frozen nothing is written down: who had not answered yet could not."""
    d.members(6, ("SHHG",))
    d.members(6, ("MHG",))
    draw = d.contacting(seats={"SHHG": 1, "MHG": 1})
    d.answer(d.invitation(draw, 1, "MHG"))
    for position in (1, 2, 3):
        d.answer(d.invitation(draw, position), "decline")
    assert d.refusals(lambda: draws.open_supplementary_round(draw=draw, by=office_user)) == [("unfinished", "13(3)b")]
    d.answer(d.invitation(draw, 2, "MHG"))
    assert d.needs(draws.open_supplementary_round(draw=draw, by=office_user)) == ["need|SHHG|1|3"]


def test_no_supplementary_round_when_nothing_is_missing(office_user):
    d.members(12)
    draw = d.contacting()
    for _ in range(2):
        d.answer(d.book(draw).open_invitations[0])
    assert d.refusals(lambda: draws.open_supplementary_round(draw=draw, by=office_user)) == [("nothing_missing", "13(3)b")]


def test_while_a_later_round_is_frozen_no_line_is_written(office_user):
    draw = shortfall()
    draws.open_supplementary_round(draw=draw, by=office_user)
    before = d.outcomes(draw)
    assert d.refusals(lambda: d.answer(d.invitation(draw, 1), "decline")) == [("round_frozen", "")]
    assert d.outcomes(draw) == before


NONE = ('[draw.supplementary]\narticle = "8"\n', "")


NOBODY_WATCHES = ("watchers_required = 2", "watchers_required = 0")


@pytest.mark.parametrize(("changes", "refused", "waits"), [((), [], ["专家不足，补充抽取"]), ((NONE,), [("no_supplementary", "")], [])])
def test_where_the_paper_knows_no_further_round_none_is_drawn_or_offered(tmp_path, monkeypatch, changes, refused, waits):
    with pool_under(tmp_path, monkeypatch, NOBODY_WATCHES, ("ratio = 4", "ratio = 1"), *changes) as pool:
        people = people_of(pool)
        members_of(pool, 4)
        request = request_of(pool, people)
        attempt = draws.freeze(request=request, by=people["leader"])
        draws.join(request=request, by=people["office"])
        draw = draws.give_share(attempt=attempt, share=d.SHARE, by=people["office"]).draw
        invitations.invite_due(draw=draw, by=people["department"])
        d.answer_all(draw, "decline", reason_code="AT-SEA")
        leader = actor(people["leader"], pool, d.TODAY)
        assert [item.title.partition("：")[0] for item in waiting_for(leader)] == waits
        assert [one.code for one in DrawPage.of(leader, draw.request).offers.supplement] == [code for code, _article in refused]
        if refused:
            assert d.refusals(lambda: draws.open_supplementary_round(draw=draw, by=people["leader"])) == refused


# Waivers.


@pytest.mark.clause(XJ, "13(2)b")
def test_a_supplementary_round_that_is_too_small_needs_a_waiver_of_its_own(office_user):
    d.members(8)
    draw = d.contacting(seats={"SHHG": 2})
    d.answer(d.invitation(draw, 1))
    d.answer_all(draw, "decline")
    inspector = d.inspector_of(draw.request)
    assert d.refusals(lambda: draws.open_supplementary_round(draw=draw, by=office_user)) == [("shortage", "13(2)b")]
    field = draw.request.pool.fields.get(code="SHHG")
    waiver = waivers.waive_shortage(request=draw.request, field=field, reason="本领域在库专家已不足", by=office_user)
    assert d.refusals(lambda: draws.open_supplementary_round(draw=draw, by=office_user)) == [("shortage", "13(2)b")]
    waivers.countersign(waiver=waiver, by=inspector)
    attempt = draws.open_supplementary_round(draw=draw, by=office_user)
    assert d.needs(attempt) == ["need|SHHG|1|2"]


@pytest.mark.clause(XJ, "13(2)b")
def test_a_waiver_of_the_first_round_does_not_serve_the_next(office_user, inspector_user):
    d.members(5)
    request = d.approved(seats={"SHHG": 2})
    field = request.pool.fields.get(code="SHHG")
    waiver = waivers.waive_shortage(request=request, field=field, reason="本领域在库专家仅五人", by=office_user)
    waivers.countersign(waiver=waiver, by=inspector_user)
    with frozen(d.at(12, 10)):
        draw = d.contacting(request)
        d.members(2, admitted_on=date(2026, 1, 1))
        d.answer_all(draw, "decline")
        assert d.refusals(lambda: draws.open_supplementary_round(draw=draw, by=office_user)) == [("shortage", "13(2)b")]
        again = waivers.waive_shortage(request=draw.request, field=field, reason="补充抽取时仅余两人", by=office_user)
        assert (again.pk, again.countersigned_at) == (waiver.pk, None)
        waivers.countersign(waiver=again, by=inspector_user)
        attempt = draws.open_supplementary_round(draw=draw, by=office_user)
    assert d.needs(attempt) == ["need|SHHG|2|2"]


def test_a_countersigned_waiver_is_not_rewritten_when_nobody_is_left(office_user, inspector_user):
    d.members(5)
    request = d.approved(seats={"SHHG": 1})
    draw = d.contacting(request)
    d.answer_all(draw, "decline")
    field = request.pool.fields.get(code="SHHG")
    Membership.objects.exclude(candidacies__attempt__draw=draw).update(state="exited")
    waiver = waivers.waive_shortage(request=draw.request, field=field, reason="补充抽取时无人可抽", by=office_user)
    waivers.countersign(waiver=waiver, by=inspector_user)
    act = lambda: waivers.waive_shortage(request=draw.request, field=field, reason="另外的一个理由", by=office_user)  # noqa: E731
    assert d.refusals(act) == [("countersigned", "13(2)b")]


def test_no_waiver_where_nothing_is_short(office_user):
    draw = shortfall()
    field = draw.request.pool.fields.get(code="SHHG")
    act = lambda: waivers.waive_shortage(request=draw.request, field=field, reason="本领域在库专家已不足", by=office_user)  # noqa: E731
    assert d.refusals(act) == [("no-shortage", "13(2)b")]


def test_a_supplementary_waiver_is_asked_by_who_draws_and_with_a_reason(office_user, leader_user):
    d.members(8)
    draw = d.contacting(seats={"SHHG": 2})
    d.answer(d.invitation(draw, 1))
    d.answer_all(draw, "decline")
    field = draw.request.pool.fields.get(code="SHHG")
    for by, reason, why in ((leader_user, "本领域在库专家已不足", ("duty", "")), (office_user, " ", ("reason", "13(2)b"))):
        act = lambda by=by, reason=reason: waivers.waive_shortage(request=draw.request, field=field, reason=reason, by=by)  # noqa: E731
        assert d.refusals(act) == [why]
    assert not Waiver.objects.exists()
