"""What follows from acts of a draw: who is told, under which edition a case is raised, what is judged before the ledger is written."""

from datetime import date, timedelta

import pytest

from expertpool import clock
from expertpool.clock import frozen
from expertpool.desk.todos import waiting_for
from expertpool.ledger.models import LedgerEvent
from expertpool.messaging.models import Message
from expertpool.pools.duties import actor
from experts.models import ExitCase
from selection import sweeps
from selection.domain.counters import Event, Turn
from selection.models import Invitation
from selection.services import draws, eligibility, invitations, requests, waivers
from selection.services.counters import NO_REPLY, Past
from selection.waiting import draws as waiting_draws
from tests.factories import PoolFactory, UserFactory
from tests.refusing import codes_of
from tests.selection import drawing as d
from tests.selection.request_factories import a_submitted_request

pytestmark = [pytest.mark.django_db, pytest.mark.day(d.TODAY)]


def told(kind):
    return set(Message.objects.filter(kind=kind).values_list("recipient", flat=True))


def test_the_unit_is_told_although_who_filed_has_left(office_user):
    d.members(6)
    draw = d.contacting()
    filer, unit = draw.request.filed_by, draw.request.department
    successor = UserFactory(role="department", organisation=unit, pool=draw.request.pool)
    filer.assignments.update(ends_on=d.TODAY - timedelta(days=1))
    draws.give_up(draw=draw, reason_code="REDONE", by=office_user)
    assert told("draw-given-up") == {successor.pk}


def test_who_filed_is_told_as_long_as_he_is_anything_in_the_pool():
    d.members(6)
    draw = d.contacting()
    filer, pool = draw.request.filed_by, draw.request.pool
    invitations.ask_more(invitation=d.invitation(draw), text="请提供项目建议书")
    assert told("more-material") == {filer.pk}
    stranger = UserFactory(role="department", pool=pool)
    assert stranger.pk not in told("more-material")


def test_a_supplementary_round_is_judged_before_its_close_is_recorded(office_user):
    d.members(8)
    draw = d.contacting(seats={"SHHG": 1})
    d.answer_all(draw, "decline")
    d.members(4)
    # As where the close was not written yet.
    draw.attempts.get().contact_lines.filter(candidate__isnull=True).delete()
    before = LedgerEvent.objects.count()
    order = []
    with pytest.MonkeyPatch.context() as patch:
        load = eligibility.load
        patch.setattr(eligibility, "load", lambda *a, **k: (order.append(LedgerEvent.objects.count() - before), load(*a, **k))[1])
        draws.open_supplementary_round(draw=draw, by=office_user)
    assert order == [0]
    assert LedgerEvent.objects.count() == before + 2


def test_nobody_is_judged_for_an_invitation_once_the_activity_has_begun():
    d.members(8)
    draw = d.contacting(seats={"SHHG": 1}, starts_on=date(2026, 10, 13))
    asked = []
    with frozen(d.at(14)), pytest.MonkeyPatch.context() as patch:
        patch.setattr(eligibility, "judge_again", lambda **k: asked.append(k) or {})
        invitations.end_contacts(draw.request)
    assert asked == []
    assert not Invitation.objects.filter(state="open").exists()


def test_whose_assignment_has_ended_acts_for_no_earlier_day(office_user):
    """The day of a fact is not the day of an assignment: who has left does not act for the days when he was there."""
    pool = PoolFactory()
    request = a_submitted_request(pool=pool)
    office_user.assignments.update(ends_on=d.TODAY - timedelta(days=1))
    answer = {"step": request.step, "outcome": "reject", "reason": "不符", "on": date(2026, 10, 9)}
    assert codes_of(lambda: requests.approve(request=request, by=office_user, **answer)) == ["duty"]
    approved = d.approved(seats={"SHHG": 1})
    field = approved.pool.fields.get(code="SHHG")
    late = lambda: waivers.waive_shortage(request=approved, field=field, reason="该领域人少", by=office_user, on=date(2026, 10, 9))  # noqa: E731
    assert codes_of(late) == ["duty"]


def test_a_waiver_of_a_supplementary_round_is_filed_like_every_other(office_user):
    d.members(8)
    draw = d.contacting(seats={"SHHG": 2})
    d.answer(d.invitation(draw, 1))
    d.answer_all(draw, "decline")
    field = draw.request.pool.fields.get(code="SHHG")
    waiver = waivers.waive_shortage(request=draw.request, field=field, reason="本领域在库专家已不足", by=office_user)
    assert waivers.waive_shortage(request=draw.request, field=field, reason="本领域在库专家已不足", by=office_user) == waiver
    assert [one.kind for one in LedgerEvent.objects.filter(kind__startswith="waiver.")] == ["waiver.filed"]


def test_the_first_page_of_to_dos_is_cut_from_what_is_mine(monkeypatch, inspector_user):
    """Draws of others that come before it do not push mine off the page."""
    monkeypatch.setattr(waiting_draws, "MOST", 1)
    d.members(6)
    drawn = d.drawn(starts_on=date(2026, 10, 19))
    mine = d.approved(starts_on=date(2026, 10, 25))
    items = waiting_for(actor(inspector_user, drawn.request.pool, clock.today()))
    assert [item.title for item in items if mine.number in item.title] == [f"监督专家抽取：{mine.number} {mine.title}"]


def test_a_case_is_raised_under_the_edition_of_the_day_of_its_event():
    """Today's edition does not reach back: what was complete under an earlier one is raised under that one."""
    d.members(8)
    membership = d.candidate(d.drawn(), 1).membership
    past = Past([Event(key, Turn.COUNTS) for key in (1, 2, 3)], {key: date(2026, 10, key) for key in (1, 2, 3)})
    with frozen(date(2027, 5, 21)):
        # No edition is in force any more.
        assert sweeps._raise_cases(NO_REPLY, "no-reply", {membership.pk: past}, {membership.pk: 3}) == 1
    case = ExitCase.objects.get()
    assert (case.trigger_key, case.rule_edition) == ("no-reply:3", date(2025, 4, 21))
