"""Who accepts is seated by his position, and judged again: cap, clash, suspension and recusal since the freeze (第十四、十五条)."""

from datetime import date, timedelta

import pytest

from expertpool.clock import frozen, start_of
from expertpool.ledger.models import LedgerEvent
from expertpool.messaging.models import Message
from experts.models import Employment, Suspension
from selection.models import DrawRequest, Invitation, Participation, RequestRecusal, ReviewedProject
from selection.services import invitations
from tests.factories import OrganisationFactory
from tests.selection import drawing as d

XJ = "xinjiang-2025"
pytestmark = [pytest.mark.django_db, pytest.mark.day(d.TODAY)]


def seated(draw):
    """Seated and standby positions of the first field's first round."""
    rows = Participation.objects.filter(candidate__attempt__draw=draw, state="standing").order_by("candidate__position")
    return [(one.candidate.position, one.seated) for one in rows]


@pytest.mark.clause(XJ, "13(3)a")
def test_position_not_speed_of_reply_decides_who_is_seated():
    draw = d.invited()
    d.answer(d.invitation(draw, 3))
    d.answer(d.invitation(draw, 2))
    assert seated(draw) == [(2, True), (3, True)]
    d.answer(d.invitation(draw, 1))
    assert seated(draw) == [(1, True), (2, True), (3, False)]


@pytest.mark.clause(XJ, "13(4)a")
def test_when_seats_and_standbys_are_filled_the_request_is_confirmed():
    draw = d.invited()
    for position in (1, 2):
        d.answer(d.invitation(draw, position))
    assert DrawRequest.objects.get().state == "drawing"
    d.answer(d.invitation(draw, 3))
    assert DrawRequest.objects.get().state == "confirmed"
    assert d.book(draw).close.text == "close|DONE|-"
    assert Message.objects.filter(kind="confirmed").count() == 3


# Judged again.


def participations(membership, count, day=date(2026, 3, 2), **kwargs):
    for number in range(count):
        request = d.approved(starts_on=day + timedelta(days=7 * number), state="held")
        Participation.objects.create(request=request, membership=membership, attended=True, **kwargs)


@pytest.mark.clause(XJ, "14")
def test_the_cap_is_checked_again_when_he_accepts_and_the_draw_goes_on():
    draw = d.invited()
    one = d.invitation(draw, 1)
    participations(one.candidate.membership, 10)
    assert [(code, article) for code, article, _ in d.refusals_at(lambda: d.answer(one))] == [("not_eligible", "14")]
    assert d.outcomes(draw) == [(0, "SHHG", 1, "SKIP")]
    assert (Invitation.objects.get(pk=one.pk).state, d.open_positions(draw)) == ("cancelled", [2, 3, 4])


@pytest.mark.clause(XJ, "14")
def test_the_tenth_is_accepted():
    draw = d.invited()
    one = d.invitation(draw, 1)
    participations(one.candidate.membership, 9)
    assert d.answer(one).state == "accepted"


@pytest.mark.clause(XJ, "14")
def test_accepted_future_activities_count_towards_the_cap():
    draw = d.invited()
    one = d.invitation(draw, 1)
    participations(one.candidate.membership, 9)
    upcoming = d.approved(starts_on=date(2026, 12, 1), state="confirmed")
    Participation.objects.create(request=upcoming, membership=one.candidate.membership)
    assert [code for code, *_ in d.refusals_at(lambda: d.answer(one))] == ["not_eligible"]


@pytest.mark.clause(XJ, "14")
def test_the_turn_of_the_year_frees_the_cap_without_any_sweep():
    """The year is that of the activity's first day: what was full in 2026 is free for an activity in 2027."""
    d.members(12)
    with frozen(d.at(28, month=12)):
        this_year = d.contacting(starts_on=date(2026, 12, 31))
        next_year = d.contacting(starts_on=date(2027, 1, 5))
        member = d.invitation(this_year, 1).candidate.membership
        participations(member, 10)
        one = d.invitation(next_year, 1)
        participations(one.candidate.membership, 10 if one.candidate.membership != member else 0)
        assert [code for code, *_ in d.refusals_at(lambda: d.answer(d.invitation(this_year, 1)))] == ["not_eligible"]
        assert d.answer(one).state == "accepted"


def test_an_activity_accepted_meanwhile_on_the_same_days_is_a_clash():
    draw = d.invited()
    one = d.invitation(draw, 1)
    other = d.approved(starts_on=date(2026, 10, 19), ends_on=date(2026, 10, 20), state="confirmed")
    Participation.objects.create(request=other, membership=one.candidate.membership)
    assert [(code, article) for code, article, _ in d.refusals_at(lambda: d.answer(one))] == [("not_eligible", "附表2四")]
    assert draw.attempts.get().contact_lines.get().reason == "CLASH"


def test_who_was_suspended_since_the_draw_is_skipped_and_not_invited():
    d.members(8)
    draw = d.drawn(seats={"SHHG": 1})
    Suspension.objects.create(
        membership=d.candidate(draw, 1).membership, starts_on=date(2026, 10, 1), ends_on=date(2026, 12, 31), reason="违反纪律"
    )
    invitations.invite_due(draw=draw)
    assert (d.outcomes(draw), d.open_positions(draw)) == ([(0, "SHHG", 1, "SKIP")], [2, 3])


@pytest.mark.clause(XJ, "15(4)")
def test_whose_employer_became_the_applicants_unit_since_the_freeze_is_not_seated():
    d.members(8)
    request = d.approved({"SHHG": 1})
    plant = OrganisationFactory()
    ReviewedProject.objects.create(request=request, name="技术改造", applicant=plant)
    draw = d.contacting(request)
    one = d.invitation(draw, 1)
    Employment.objects.create(expert=one.candidate.membership.expert, organisation=plant, kind="part_time", since=date(2026, 10, 12))
    assert [code for code, _article, _field in d.refusals_at(lambda: d.answer(one))] == ["not_eligible"]
    assert (d.outcomes(draw), draw.attempts.get().contact_lines.get().reason) == ([(0, "SHHG", 1, "SKIP")], "RECUSE-ENTITY")
    assert (d.open_positions(draw), Participation.objects.count()) == ([2, 3], 0)


def test_whose_employer_is_named_to_recuse_is_not_invited_once_he_works_there():
    d.members(8)
    request = d.approved({"SHHG": 1})
    plant = OrganisationFactory()
    RequestRecusal.objects.create(request=request, kind="organisation", organisation=plant)
    draw = d.drawn(request)
    expert = d.candidate(draw, 1).membership.expert
    expert.employer = plant
    expert.save()
    invitations.invite_due(draw=draw)
    assert (d.outcomes(draw), d.open_positions(draw)) == ([(0, "SHHG", 1, "SKIP")], [2, 3])


@pytest.mark.parametrize("change", [{"decisive_changed_at": d.at(12)}, {"admitted_on": date(2026, 10, 12)}])
def test_a_change_after_the_approval_matters_to_the_freeze_only(change):
    draw = d.invited()
    one = d.invitation(draw, 1)
    type(one.candidate.membership).objects.filter(pk=one.candidate.membership_id).update(**change)
    assert d.answer(one).state == "accepted"


# Taken back.


@pytest.mark.clause(XJ, "13(4)b")
def test_a_withdrawal_promotes_the_next_standby_in_order_with_notice():
    draw = d.invited()
    for position in (1, 2, 3):
        d.answer(d.invitation(draw, position))
    expert = d.candidate(draw, 1).membership.expert
    d.answer(d.invitation(draw, 1), "decline", reason_code="HEALTH")
    assert seated(draw) == [(2, True), (3, True)]
    told = Message.objects.get(kind="step-up")
    assert told.about == f"participation:{d.candidate(draw, 3).participation.pk}"
    assert expert.name not in told.body
    # The list goes on for a new standby.
    assert (d.open_positions(draw), DrawRequest.objects.get().state) == ([4], "confirmed")


def test_later_closes_supersede_earlier_ones():
    draw = d.invited({"SHHG": 1}, n=4)
    for position in (1, 2):
        d.answer(d.invitation(draw, position))
    for position in (2, 3, 1):
        d.answer(d.invitation(draw, position), "decline")
    closes = [line.text for line in draw.attempts.get().contact_lines.all() if line.candidate is None]
    assert closes == ["close|DONE|-", "close|DONE|-", "close|SHORTFALL|SHHG:1"]
    assert DrawRequest.objects.get().state == "drawing"


@pytest.mark.clause(XJ, "11(5)")
def test_recusal_is_possible_after_accepting_until_the_activity_starts():
    draw = d.invited()
    d.answer(d.invitation(draw, 1))
    d.answer(d.invitation(draw, 1), "recuse")
    assert d.outcomes(draw) == [(0, "SHHG", 1, "ACCEPT"), (0, "SHHG", 1, "RECUSE")]
    assert Invitation.objects.get(pk=d.invitation(draw, 1).pk).state == "recused"


@pytest.mark.clause(XJ, "11(5)")
def test_nobody_withdraws_once_the_activity_has_started():
    draw = d.invited()
    d.answer(d.invitation(draw, 1))
    with frozen(start_of(date(2026, 10, 20))):
        assert [code for code, *_ in d.refusals_at(lambda: d.answer(d.invitation(draw, 1), "decline"))] == ["started"]
    with frozen(start_of(date(2026, 10, 20)) - timedelta(seconds=1)):
        assert d.answer(d.invitation(draw, 1), "decline").state == "withdrawn"


def test_a_withdrawal_names_a_reason_that_the_regulation_knows():
    draw = d.invited()
    d.answer(d.invitation(draw, 1))
    for code in ("", "BORED", "AGE"):
        act = lambda code=code: d.answer(d.invitation(draw, 1), "decline", reason_code=code)  # noqa: E731
        assert d.refusals_at(act) == [("reason", "", "decline_reason")]
    assert d.answer(d.invitation(draw, 1), "decline").state == "withdrawn"


def test_after_a_withdrawal_a_second_no_is_harmless_and_a_yes_is_refused():
    draw = d.invited()
    d.answer(d.invitation(draw, 1))
    assert d.answer(d.invitation(draw, 1), "decline").state == "withdrawn"
    before = (d.outcomes(draw), LedgerEvent.objects.count(), Message.objects.count())
    assert [d.answer(d.invitation(draw, 1), what).state for what in ("decline", "recuse")] == ["withdrawn"] * 2
    assert d.refusals_at(lambda: d.answer(d.invitation(draw, 1))) == [("answered", "", "")]
    assert (d.outcomes(draw), LedgerEvent.objects.count(), Message.objects.count()) == before
    assert before[0] == [(0, "SHHG", 1, "ACCEPT"), (0, "SHHG", 1, "WITHDRAW")]


def test_after_a_recusal_that_took_an_acceptance_back_only_the_same_is_harmless():
    draw = d.invited()
    d.answer(d.invitation(draw, 1))
    d.answer(d.invitation(draw, 1), "recuse")
    before = d.outcomes(draw)
    assert d.answer(d.invitation(draw, 1), "recuse").state == "recused"
    assert [d.refusals_at(lambda what=what: d.answer(d.invitation(draw, 1), what)) for what in ("decline", "accept")] == [
        [("answered", "", "")]
    ] * 2
    assert d.outcomes(draw) == before
