"""The share: who gives it and in what form, what it draws; and what an attempt that is aborted before it leaves behind."""

import pytest

from expertpool.clock import frozen
from expertpool.ledger.models import LedgerEvent
from selection.domain import protocol
from selection.models import Attempt, Candidate
from selection.services import draws
from selection.services.draws import sharing
from tests.factories import AssignmentFactory, PoolFactory, UserFactory
from tests.selection import drawing as d

XJ = "xinjiang-2025"
pytestmark = [pytest.mark.django_db, pytest.mark.day(d.TODAY)]


@pytest.mark.clause(XJ, "12b")
@pytest.mark.parametrize("alg", ["sm3", "sha256"])
def test_the_share_computes_the_lists_that_anybody_can_recompute(alg):
    d.members(9, ("SHHG",))
    d.members(9, ("SHHG", "MHG"))
    draw = d.drawn(alg=alg, seats={"SHHG": 2, "MHG": 1})
    attempt = draw.attempts.get()
    listed = [tuple(line.split("|")[1:4]) for line in attempt.result_text.splitlines() if line.startswith("list|")]
    rows = Candidate.objects.order_by("pk").values_list("field__code", "position", "membership__number")
    assert [(f, int(p), n) for f, p, n in listed] == list(rows)
    assert (len(listed), len({n for _, _, n in listed}), attempt.state, attempt.share) == (9, 9, "drawn", d.SHARE)
    assert f"office|{attempt.secret}" in attempt.result_text


def test_the_same_share_twice_is_once_and_another_one_is_refused():
    d.members(4)
    attempt = d.frozen_attempt()
    inspector = d.inspector_of(attempt.draw.request)
    first = draws.give_share(attempt=attempt, share=d.SHARE, by=inspector)
    assert draws.give_share(attempt=attempt, share=d.SHARE, by=inspector).result_text == first.result_text
    assert d.refusals(lambda: draws.give_share(attempt=attempt, share=d.SHARE + "1", by=inspector)) == [("drawn", "")]
    colleague = UserFactory(role="inspector")
    assert ("drawn", "") in d.refusals(lambda: draws.give_share(attempt=attempt, share=d.SHARE, by=colleague))
    assert LedgerEvent.objects.filter(kind="draw.drawn").count() == 1


@pytest.mark.parametrize(
    "share", ["3" * 19, "3" * 65, "ABC" * 8, "123 456 123 456 123 456", "１２３４５６１２３４５６１２３４５６１２", ""]
)
def test_a_share_of_another_form_is_refused(share):
    d.members(4)
    attempt = d.frozen_attempt()
    assert d.refusals(lambda: draws.give_share(attempt=attempt, share=share, by=d.inspector_of(attempt.draw.request))) == [("share", "")]
    assert Attempt.objects.get().state == "frozen"


def test_a_share_that_fails_on_the_way_leaves_nothing(monkeypatch):
    """Whatever dies inside the transaction leaves the state before the share."""
    d.members(4)
    attempt = d.frozen_attempt()
    inspector = d.inspector_of(attempt.draw.request)

    class Died(Exception):
        pass

    def die(*args, **kwargs):
        raise Died

    monkeypatch.setattr(sharing, "record", die)
    with pytest.raises(Died):
        draws.give_share(attempt=attempt, share=d.SHARE, by=inspector)
    row = Attempt.objects.get()
    assert (row.state, row.share, row.result_text, Candidate.objects.count()) == ("frozen", "", "", 0)


def test_a_drawn_list_is_not_drawn_again(office_user):
    d.members(4)
    draw = d.drawn()
    assert d.refusals(lambda: draws.freeze(request=draw.request, by=office_user)) == [("drawn", "13(3)b")]


# Who gives it.


@pytest.mark.clause(XJ, "13(2)a")
def test_the_share_comes_from_an_inspector_who_is_there(office_user):
    d.members(4)
    attempt = d.frozen_attempt()
    assert d.refusals(lambda: draws.give_share(attempt=attempt, share=d.SHARE, by=attempt.frozen_by)) == [("duty", "")]
    assert d.refusals(lambda: draws.give_share(attempt=attempt, share=d.SHARE, by=UserFactory(role="inspector"))) == [("absent", "13(2)a")]


@pytest.mark.clause(XJ, "13(2)a")
def test_an_inspector_who_left_after_the_freeze_gives_no_share():
    d.members(4)
    attempt = d.frozen_attempt()
    inspector = d.inspector_of(attempt.draw.request)
    draws.leave(request=attempt.draw.request, by=inspector)
    act = lambda: draws.give_share(attempt=attempt, share=d.SHARE, by=inspector)  # noqa: E731
    assert d.refusals(act) == [("absent", "13(2)a")]
    assert Attempt.objects.get().state == "frozen"
    draws.join(request=attempt.draw.request, by=inspector)
    assert act().state == "drawn"


@pytest.mark.clause("xinxian-2021", "12a")
@pytest.mark.clause("xinxian-2021", "12b")
def test_who_froze_an_attempt_of_a_draw_gives_no_share_of_it_whatever_else_he_is():
    """One account draws for its department and is an inspector; a colleague's later freeze does not clear it."""
    pool = PoolFactory(code="XX", regulation_code="xinxian-2021")
    d.members(2, ["CYJS"], pool=pool)
    request = d.approved({"CYJS": 1}, pool=pool)
    both, colleague = request.filed_by, UserFactory(role="department", organisation=request.department, pool=pool)
    AssignmentFactory(account=both, role="inspector", pool=pool)
    other = UserFactory(role="inspector", pool=pool)
    for watcher in (both, other, UserFactory(role="office", pool=pool)):
        draws.join(request=request, by=watcher)
    first = draws.freeze(request=request, by=both)
    assert d.refusals(lambda: draws.give_share(attempt=first, share=d.SHARE, by=both)) == [("same_person", "12b")]
    draws.abort(attempt=first, reason="OTHER", by=both)
    second = draws.freeze(request=request, by=colleague)
    assert d.refusals(lambda: draws.give_share(attempt=second, share=d.SHARE, by=both)) == [("same_person", "12b")]
    assert draws.give_share(attempt=second, share=d.SHARE, by=other).inspector == other


# Aborting.


def test_an_aborted_attempt_keeps_its_number_and_the_next_is_chained_to_it():
    d.members(4)
    first = d.frozen_attempt()
    aborted = draws.abort(attempt=first, reason="TECHNICAL", by=first.frozen_by)
    with frozen(d.at(12, 10)):
        assert draws.abort(attempt=first, reason="OTHER", by=first.frozen_by).abort_text == aborted.abort_text
    second = draws.freeze(request=first.draw.request, by=first.frozen_by)
    assert aborted.abort_text == "abort|ZJK2026-000001|0|1|TECHNICAL|2026-10-12T01:00:00Z\n"
    assert (second.round, second.attempt) == (0, 2)
    assert f"prev|{protocol.h('sm3', aborted.abort_text)}" in second.manifest_text
    assert second.secret != first.secret


def test_an_attempt_with_a_share_cannot_be_aborted():
    d.members(4)
    draw = d.drawn()
    assert d.refusals(lambda: draws.abort(attempt=draw.attempts.get(), reason="OTHER", by=UserFactory(role="office"))) == [("drawn", "")]


def test_who_aborts_says_why_and_only_before_the_share(office_user, leader_user, department_user):
    d.members(4)
    attempt = d.frozen_attempt(office=office_user)
    inspector = d.inspector_of(attempt.draw.request)
    for by in (leader_user, department_user):
        assert d.refusals(lambda by=by: draws.abort(attempt=attempt, reason="OTHER", by=by)) == [("duty", "2")]
    assert d.refusals(lambda: draws.abort(attempt=attempt, reason="TIRED", by=office_user)) == [("reason", "")]
    draws.give_share(attempt=attempt, share=d.SHARE, by=inspector)
    assert d.refusals(lambda: draws.abort(attempt=attempt, reason="OTHER", by=office_user)) == [("drawn", "")]
    assert Attempt.objects.get().state == "drawn"


def test_an_aborted_attempt_takes_no_share_and_an_undrawn_one_no_supplementary_round(office_user):
    d.members(4)
    attempt = d.frozen_attempt(office=office_user)
    inspector = d.inspector_of(attempt.draw.request)
    assert d.refusals(lambda: draws.open_supplementary_round(draw=attempt.draw, by=office_user)) == [("not_drawn", "")]
    assert draws.abort(attempt=attempt, reason="INSPECTOR-LEFT", by=inspector).state == "aborted"
    assert d.refusals(lambda: draws.give_share(attempt=attempt, share=d.SHARE, by=inspector)) == [("aborted", "")]
    assert d.refusals(lambda: draws.open_supplementary_round(draw=attempt.draw, by=office_user)) == [("not_drawn", "")]
