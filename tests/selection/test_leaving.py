from datetime import date

import pytest

from expertpool.clock import frozen
from experts.models import ExitCase, Membership
from experts.services.exits import raise_exit_case
from selection.models import DrawRequest, Invitation, Participation
from selection.services import draws, leaving
from tests.factories import UserFactory
from tests.selection import drawing as d

pytestmark = [pytest.mark.django_db, pytest.mark.day(d.TODAY)]
XJ = "xinjiang-2025"


def settled():
    """One seat, one standby, both taken."""
    d.members(8)
    draw = d.contacting()
    for position in (1, 2):
        d.answer(d.invitation(draw, position))
    return draw


def case_of(membership, by):
    return raise_exit_case(membership=membership, ground="no_reply", reason="连续三次未回复工作邀请", source="office", by=by)


@pytest.mark.clause(XJ, "7")
@pytest.mark.clause(XJ, "13(4)b")
def test_who_leaves_gives_up_his_seat_and_the_standby_steps_up(office_user):
    draw = settled()
    member = d.candidate(draw, 1).membership
    case = leaving.exit_member(case=case_of(member, office_user), reason="情况属实，同意出库", by=office_user)
    assert (case.state, Membership.objects.get(pk=member.pk).state) == (ExitCase.State.EXITED, "exited")
    assert d.book(draw).line_by_candidate[d.candidate(draw, 1).pk].text.split("|")[5:7] == ["WITHDRAW", "EXITED"]
    rows = Participation.objects.order_by("candidate__position").values_list("state", "seated")
    assert list(rows) == [("withdrawn", False), ("standing", True)]


@pytest.mark.clause(XJ, "19(1)")
def test_who_is_suspended_on_the_day_gives_up_his_seat(office_user):
    draw = settled()
    member = d.candidate(draw, 1).membership
    leaving.suspend_member(
        membership=member, starts_on=date(2026, 10, 12), ends_on=date(2026, 10, 20), reason="违反评审纪律", by=office_user
    )
    assert d.outcomes(draw)[-1] == (0, "SHHG", 1, "WITHDRAW")


def test_a_suspension_that_ends_before_the_activity_leaves_the_seat(office_user):
    draw = settled()
    member = d.candidate(draw, 1).membership
    leaving.suspend_member(
        membership=member, starts_on=date(2026, 10, 12), ends_on=date(2026, 10, 19), reason="违反评审纪律", by=office_user
    )
    assert d.outcomes(draw)[-1] == (0, "SHHG", 2, "ACCEPT")


def test_an_open_invitation_of_who_leaves_is_skipped_and_the_next_invited(office_user):
    d.members(8)
    draw = d.contacting()
    member = d.candidate(draw, 1).membership
    leaving.exit_member(case=case_of(member, office_user), reason="情况属实，同意出库", by=office_user)
    assert d.outcomes(draw) == [(0, "SHHG", 1, "SKIP")]
    assert [one.candidate.position for one in d.book(draw).open_invitations] == [2, 3]
    assert Invitation.objects.get(candidate=d.candidate(draw, 1)).state == "cancelled"


def test_releasing_twice_is_once(office_user):
    draw = settled()
    member = d.candidate(draw, 1).membership
    leaving.exit_member(case=case_of(member, office_user), reason="情况属实，同意出库", by=office_user)
    assert leaving.release_seats(membership=member, by=None) == []


def test_an_exit_is_not_held_up_by_a_frozen_round_and_the_seat_is_given_up_afterwards(office_user):
    d.members(12)
    draw = d.contacting(seats={"SHHG": 2})
    d.answer(d.invitation(draw, 1))
    d.answer_all(draw, "decline")
    attempt = draws.open_supplementary_round(draw=draw, by=office_user)
    member = d.candidate(draw, 1).membership
    leaving.exit_member(case=case_of(member, office_user), reason="情况属实，同意出库", by=office_user)
    assert Participation.objects.get(membership=member).state == "standing"
    draws.give_share(attempt=attempt, share="b" * 24, by=d.inspector_of(draw.request))
    assert len(leaving.release_seats(membership=member, by=None)) == 1
    assert d.outcomes(draw)[-1] == (0, "SHHG", 1, "WITHDRAW")


def test_an_activity_that_has_begun_keeps_its_experts(office_user):
    draw = settled()
    member = d.candidate(draw, 1).membership
    with frozen(d.at(20)):
        leaving.exit_member(case=case_of(member, UserFactory(role="office")), reason="情况属实，同意出库", by=office_user)
    assert Participation.objects.get(membership=member).state == "standing"
    assert DrawRequest.objects.get().state == "confirmed"
