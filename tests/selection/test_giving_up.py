"""A draw is given up: by whom, when, with what closing line; afterwards nothing happens to it."""

import re

import pytest

from expertpool.clock import frozen
from expertpool.ledger.models import LedgerEvent
from expertpool.ledger.services import data_of, sealed
from expertpool.messaging.models import Message
from selection.models import DrawRequest
from selection.services import contacts, draws, invitations
from tests.factories import UserFactory
from tests.selection import drawing as d

pytestmark = [pytest.mark.django_db, pytest.mark.day(d.TODAY)]


def test_a_draw_is_given_up_with_a_closing_line_that_the_verifier_accepts(tmp_path, office_user):
    d.members(9)
    draw = d.contacting(seats={"SHHG": 2})
    d.answer(d.invitation(draw, 1))
    accepted = d.candidate(draw, 1).participation
    waiting = [f"invitation:{one.pk}" for one in d.book(draw).open_invitations]
    assert draws.give_up(draw=draw, reason_code="ACTIVITY-CANCELLED", by=office_user) == draw
    lines = draws.files(draw)["round-0-attempt-1/contacts.txt"].splitlines()
    assert [line for line in lines if line.startswith("close")] == ["close|ABORT|ACTIVITY-CANCELLED"]
    assert lines[-2:] == ["close|ABORT|ACTIVITY-CANCELLED", f"head|{d.book(draw).head}"]
    code, text = d.verified(draws.bundle(draw), tmp_path, draw.attempts.get().manifest_hash)
    assert (code, re.findall(r"^V\d\d (\w+)", text, re.M)) == (0, ["PASS"] * 15), text
    accepted.refresh_from_db()
    assert (accepted.state, accepted.seated, DrawRequest.objects.get().state) == ("released", False, "cancelled")
    assert {one.state for one in d.book(draw).candidates.values() for one in [contacts.invitation_of(one)] if one} == {
        "accepted",
        "cancelled",
    }
    assert set(Message.objects.filter(about__in=waiting).values_list("state", flat=True)) == {"cancelled"}
    assert list(Message.objects.filter(kind="called-off").values_list("about", flat=True)) == [f"participation:{accepted.pk}"]
    assert Message.objects.filter(kind="draw-given-up", recipient=draw.request.filed_by).count() == 1
    assert data_of(LedgerEvent.objects.get(kind="draw.given_up")) == {
        "request": draw.request.number,
        "reason": "ACTIVITY-CANCELLED",
        "text": None,
        "head": d.book(draw).head,
    }


def test_a_confirmed_draw_is_given_up_too_and_the_abort_supersedes_its_close(tmp_path, office_user):
    d.members(6)
    draw = d.contacting(seats={"SHHG": 1})
    d.answer_all(draw)
    assert DrawRequest.objects.get().state == "confirmed"
    draws.give_up(draw=draw, reason_code="OTHER", reason="会议场所临时关闭", by=office_user)
    closes = [line for line in draws.files(draw)["round-0-attempt-1/contacts.txt"].splitlines() if line.startswith("close")]
    assert closes == ["close|DONE|-", "close|ABORT|OTHER"]
    assert d.verified(draws.bundle(draw), tmp_path)[0] == 0
    assert (DrawRequest.objects.get().state, Message.objects.filter(kind="called-off").count()) == ("cancelled", 2)
    request = DrawRequest.objects.get()
    assert (request.cancel_reason, request.cancelled_by) == ("其他原因。会议场所临时关闭", office_user)
    told = data_of(LedgerEvent.objects.get(kind="draw.given_up"))
    assert told["text"] == sealed(f"draw.given_up:{draw.pk}", "会议场所临时关闭")


def test_nothing_happens_to_a_draw_that_is_given_up(office_user, inspector_user):
    d.members(9)
    draw = d.contacting(seats={"SHHG": 2})
    one, two = d.invitation(draw, 1), d.invitation(draw, 2)
    d.answer(one)
    draws.give_up(draw=draw, reason_code="NO-EXPERTS", by=office_user)
    before = (LedgerEvent.objects.count(), Message.objects.count(), d.book(draw).head)
    draws.give_up(draw=draw, reason_code="NO-EXPERTS", by=office_user)
    invitations.invite_due(draw=draw)
    assert d.refusals(lambda: d.answer(one, "decline")) == [("ended", "")]
    assert d.refusals(lambda: d.answer(two)) == [("answered", "")]
    assert d.refusals(lambda: draws.open_supplementary_round(draw=draw, by=office_user)) == [("given_up", "")]
    with frozen(d.at(25)):
        invitations.lapse(invitation=two)
    assert (LedgerEvent.objects.count(), Message.objects.count(), d.book(draw).head) == before


def test_an_attempt_that_is_only_frozen_is_aborted_first_even_on_the_day_of_the_activity(tmp_path):
    d.members(4)
    office = UserFactory(role="office")
    attempt = d.frozen_attempt(office=office)
    draw = attempt.draw
    with frozen(d.at(21)):
        assert d.refusals(lambda: draws.give_up(draw=draw, reason_code="NO-EXPERTS", by=office)) == [("frozen", "")]
        draws.abort(attempt=attempt, reason="OTHER", by=office)
        draws.give_up(draw=draw, reason_code="NO-EXPERTS", by=office)
        assert ("given_up", "") in d.refusals(lambda: draws.freeze(request=DrawRequest.objects.get(), by=office))
    assert (DrawRequest.objects.get().state, draw.attempts.get().contact_lines.count()) == ("cancelled", 0)
    assert sorted(draws.files(draw)) == [f"round-0-attempt-1/{name}.txt" for name in ("abort", "manifest", "pool")]
    assert d.verified(draws.bundle(draw), tmp_path)[0] == 0


def test_a_draw_is_given_up_after_its_supplementary_round_was_aborted(tmp_path):
    d.members(8)
    office = UserFactory(role="office")
    draw = d.contacting(seats={"SHHG": 1}, office=office)
    d.answer_all(draw, "decline")
    draws.abort(attempt=draws.open_supplementary_round(draw=draw, by=office), reason="TECHNICAL", by=office)
    draws.give_up(draw=draw, reason_code="NO-EXPERTS", by=office)
    assert (DrawRequest.objects.get().state, d.verified(draws.bundle(draw), tmp_path)[0]) == ("cancelled", 0)


def test_who_may_give_up_and_what_he_must_say(office_user, inspector_user):
    d.members(6)
    draw = d.contacting()
    assert d.refusals(lambda: draws.give_up(draw=draw, reason_code="NO-EXPERTS", by=inspector_user)) == [("duty", "2")]
    assert d.refusals(lambda: draws.give_up(draw=draw, reason_code="BORED", by=office_user)) == [("reason_code", "")]
    assert d.refusals(lambda: draws.give_up(draw=draw, reason_code="OTHER", reason="无", by=office_user)) == [("reason", "")]
    assert DrawRequest.objects.get().state == "drawing"


def test_nobody_gives_up_a_draw_whose_activity_was_held(office_user):
    d.members(6)
    draw = d.contacting(seats={"SHHG": 1})
    d.answer_all(draw)
    seated = d.candidate(draw, 1).participation
    seated.attended = True
    seated.save()
    assert d.refusals(lambda: draws.give_up(draw=draw, reason_code="REDONE", by=office_user)) == [("attendance", "")]
    assert DrawRequest.objects.get().state == "confirmed"
    DrawRequest.objects.update(state="held")
    assert d.refusals(lambda: draws.give_up(draw=draw, reason_code="REDONE", by=office_user)) == [("state", "")]
