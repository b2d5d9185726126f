"""邀请: in drawn order, how many, until when, what the letter says; who could not be reached (第十三条（三）)."""

from datetime import date

import pytest

from expertpool.clock import frozen, start_of
from expertpool.ledger.models import LedgerEvent
from expertpool.messaging.models import Message
from experts.models import Disclosure
from selection.models import DrawRequest, Invitation
from selection.services import draws, invitations
from tests.selection import drawing as d

XJ = "xinjiang-2025"
pytestmark = [pytest.mark.django_db, pytest.mark.day(d.TODAY)]


@pytest.mark.clause(XJ, "13(3)a")
def test_invitations_go_out_in_drawn_order_as_many_as_seats_and_standbys():
    draw = d.invited()
    assert d.open_positions(draw) == [1, 2, 3]


@pytest.mark.clause(XJ, "13(3)a")
def test_each_refusal_invites_the_next_position():
    draw = d.invited()
    d.answer(d.invitation(draw, 2), "decline")
    assert d.open_positions(draw) == [1, 3, 4]
    d.answer(d.invitation(draw, 4), "decline")
    assert d.open_positions(draw) == [1, 3, 5]


def test_inviting_twice_sends_nothing_twice(office_user):
    draw = d.invited()
    assert (invitations.invite_due(draw=draw, by=office_user), Message.objects.filter(kind="invitation").count()) == ([], 3)


def test_only_the_role_that_contacts_invites(inspector_user):
    d.members(6)
    draw = d.drawn()
    assert [code for code, *_ in d.refusals_at(lambda: invitations.invite_due(draw=draw, by=inspector_user))] == ["duty"]


def test_a_list_that_runs_out_closes_with_its_shortfall():
    draw = d.invited({"SHHG": 1}, n=3)
    for position in (1, 2, 3):
        d.answer(d.invitation(draw, position), "decline")
    assert (d.book(draw).close.text, DrawRequest.objects.get().state) == ("close|SHORTFALL|SHHG:1", "drawing")
    assert draws.bundle(draw)[:2] == b"PK"


def test_every_outcome_is_a_line_and_an_event():
    draw = d.invited()
    d.answer(d.invitation(draw, 1))
    d.answer(d.invitation(draw, 2), "decline")
    d.answer(d.invitation(draw, 3), "recuse")
    lines = [line.text.split("|")[1:7] for line in draw.attempts.get().contact_lines.all()]
    numbers = [d.candidate(draw, position).membership.number for position in (1, 2, 3)]
    assert lines == [
        ["1", "SHHG", "1", numbers[0], "ACCEPT", "-"],
        ["2", "SHHG", "2", numbers[1], "DECLINE", "TIME"],
        ["3", "SHHG", "3", numbers[2], "RECUSE", "RECUSE-RELATION"],
    ]
    assert LedgerEvent.objects.filter(kind="contact.recorded", subject=f"draw:{draw.number}").count() == 3


# The letter and its link.


def test_the_deadline_is_the_regulations_and_never_after_the_start():
    draw = d.invited()
    assert d.invitation(draw, 1).deadline == d.at(13)
    late = d.contacting(starts_on=date(2026, 10, 13))
    assert d.invitation(late, 1).deadline == start_of(date(2026, 10, 13))


@pytest.mark.clause(XJ, "15")
def test_the_invitation_names_the_five_situations_of_recusal_and_no_other_name():
    draw = d.invited()
    one = d.invitation(draw, 1)
    message = Message.objects.get(idem=f"invitation:{one.pk}")
    assert message.address == one.candidate.membership.expert.email
    for words in (
        "负责人或参与人员",
        "近亲属关系",
        "重大经济利益关系",
        "同一法人单位",
        "其他可能妨碍",
        "煤化工示范项目验收评审",
        "三号会议室",
        "2026年10月20日",
    ):
        assert words in message.body
    others = [d.candidate(draw, position).membership.expert.name for position in (2, 3)]
    assert [name for name in others if name in message.body and name != one.candidate.membership.expert.name] == []


def test_the_token_is_stored_hashed_only():
    draw = d.invited()
    one = d.invitation(draw, 1)
    token = d.token_of(one)
    assert len(token) == 43
    assert token not in str(Invitation.objects.filter(pk=one.pk).values())
    assert (invitations.open_invitation(token), invitations.open_invitation(token + "x")) == (one, None)


def test_opening_a_link_changes_nothing():
    draw = d.invited()
    one = d.invitation(draw, 1)
    before = Invitation.objects.filter(pk=one.pk).values().get()
    invitations.open_invitation(d.token_of(one))
    assert Invitation.objects.filter(pk=one.pk).values().get() == before


def test_a_link_that_nobody_was_sent_answers_nothing():
    d.invited()
    assert d.refusals_at(lambda: invitations.reply(token="x" * 43, phone_last4="0000", answer="accept")) == [("unknown_token", "", "")]
    assert d.refusals_at(lambda: invitations.check_digits(token="x" * 43, phone_last4="0000")) == [("unknown_token", "", "")]


# By telephone.


def test_a_phone_is_told_to_who_contacts_while_its_position_is_due(office_user, inspector_user):
    draw = d.invited()
    one = d.invitation(draw, 1)
    for by in (inspector_user, draw.request.filed_by):
        assert d.refusals_at(lambda by=by: invitations.show_phone(invitation=one, by=by)) == [("duty", "13(3)a", "")]
    assert invitations.show_phone(invitation=one, by=office_user) == one.candidate.membership.expert.phone
    d.answer(one, "decline")
    assert d.refusals_at(lambda: invitations.show_phone(invitation=one, by=office_user)) == [("answered", "", "")]
    told = Disclosure.objects.values_list("subject", "field_name", "by")
    assert list(told) == [(f"expert:{one.candidate.membership.expert_id}", "phone", office_user.pk)]


@pytest.mark.clause(XJ, "13(3)a")
def test_the_office_notes_an_invitation_that_could_not_be_delivered(office_user, inspector_user):
    draw = d.invited()
    one = d.invitation(draw, 1)
    assert [
        code for code, *_ in d.refusals_at(lambda: invitations.mark_unreached(invitation=one, reason="空号，邮件被退回", by=inspector_user))
    ] == ["duty"]
    assert [code for code, *_ in d.refusals_at(lambda: invitations.mark_unreached(invitation=one, reason="空号", by=office_user))] == [
        "no-reason"
    ]
    for _ in range(2):
        assert invitations.mark_unreached(invitation=one, reason="空号，邮件被退回", by=office_user).state == "unreached"
    assert (d.outcomes(draw), d.open_positions(draw)) == ([(0, "SHHG", 1, "UNREACHED")], [2, 3, 4])


def test_what_was_answered_did_reach_him(office_user):
    one = d.invitation(d.invited(), 1)
    d.answer(one)
    act = lambda: invitations.mark_unreached(invitation=one, reason="空号，邮件被退回", by=office_user)  # noqa: E731
    assert d.refusals_at(act) == [("answered", "", "")]
    assert Invitation.objects.get(pk=one.pk).state == "accepted"


def test_an_invitation_of_a_request_that_is_over_ends_without_an_outcome():
    draw = d.invited()
    one = d.invitation(draw, 1)
    DrawRequest.objects.update(state="held")
    with frozen(one.deadline):
        assert invitations.lapse(invitation=one).state == "cancelled"
    assert d.outcomes(draw) == []
