"""留痕: every act on a request and its draw leaves its event, under its pool and by whoever did it, in the order of the acts."""

from datetime import timedelta

import pytest

from expertpool.clock import frozen
from expertpool.ledger.services import data_of, events, sealed, verify
from expertpool.pools.editions import edition_of
from selection.models import Invitation
from selection.services import draws, invitations
from selection.services.requests import approve, cancel_request, save_request, send_back, step_due, submit_request
from tests.factories import UserFactory
from tests.selection import drawing as d
from tests.selection.request_factories import a_request

pytestmark = [pytest.mark.django_db, pytest.mark.day(d.TODAY)]


def told(subject):
    """Kind and actor of every event of a subject, in order; all are of the usual pool."""
    found = list(events(subject))
    assert {one.pool for one in found} == {"XJ"}
    return [(one.kind, one.actor) for one in found]


def test_a_request_leaves_an_event_for_every_act(pool):
    people = {role: UserFactory(role=role) for role in ("office", "inspector", "leader")}
    request = a_request(pool=pool)
    filer, subject = request.filed_by, f"request:{request.pk}"
    save_request(request=request, by=filer, place="昌吉")
    request = submit_request(request=request, by=filer)
    while step := step_due(request, edition_of(request, pool)):
        document = {"document": "新工信〔2026〕7号"} if "document" in step.needs else {}
        request = approve(request=request, step=step.code, outcome="pass", by=people[step.role], **document)
    request = send_back(request=request, reason="专家不足，请减少人数", by=people["office"])
    cancel_request(request=request, by=filer)
    assert told(subject) == [
        ("request.filed", filer),
        ("request.saved", filer),
        ("request.submitted", filer),
        *(("request.answered", people[role]) for role in ("office", "inspector", "leader")),
        ("request.sent-back", people["office"]),
        ("request.cancelled", filer),
    ]
    sent_back = data_of(events(subject).get(kind="request.sent-back"))
    answer = request.approvals.last()
    assert sent_back == {
        "number": request.number,
        "version": 1,
        "reason": sealed(f"approval.reason:{answer.pk}", "专家不足，请减少人数"),
    }
    assert list(verify()) == []


def test_a_draw_leaves_an_event_for_every_act_and_every_outcome(office_user, inspector_user):
    d.members(8)
    request = d.approved()
    draws.join(request=request, by=inspector_user)
    first = draws.freeze(request=request, by=office_user)
    subject = f"draw:{first.draw.number}"
    draws.abort(attempt=first, reason="TECHNICAL", by=inspector_user)
    attempt = draws.freeze(request=request, by=office_user)
    draw = draws.give_share(attempt=attempt, share=d.SHARE, by=inspector_user).draw
    invitations.invite_due(draw=draw, by=office_user)
    one = d.invitation(draw, 1)
    expert = UserFactory(role="expert")
    one.candidate.membership.expert.user = expert
    one.candidate.membership.expert.save()
    invitations.ask_more(invitation=one, text="请提供项目任务书", by=expert)
    invitations.reply_signed_in(invitation=one, by=expert, answer=invitations.Answer("decline", "TIME"))
    invitations.mark_unreached(invitation=d.invitation(draw, 2), reason="手机号为空号", by=office_user)
    with frozen(d.at(13)):
        invitations.lapse(invitation=d.invitation(draw, 3))
    supplementary = draws.open_supplementary_round(draw=draw, by=office_user)
    draws.give_share(attempt=supplementary, share="b" * 24, by=inspector_user)
    (waiting, *_more) = invitations.invite_due(draw=draw, by=office_user)
    draws.give_up(draw=draw, reason_code="NO-EXPERTS", by=office_user)
    draws.leave(request=request, by=inspector_user)
    assert told(subject) == [
        ("draw.frozen", office_user),
        ("draw.aborted", inspector_user),
        ("draw.frozen", office_user),
        ("draw.drawn", inspector_user),
        ("invitation.sent", office_user),
        ("invitation.sent", office_user),
        ("invitation.asked_more", expert),
        ("contact.recorded", expert),
        ("invitation.sent", None),
        ("contact.recorded", office_user),
        ("contact.recorded", None),
        ("contact.closed", None),
        ("draw.frozen", office_user),
        ("draw.drawn", inspector_user),
        ("invitation.sent", office_user),
        ("invitation.sent", office_user),
        ("contact.closed", office_user),
        ("invitation.cancelled", office_user),
        ("invitation.cancelled", office_user),
        ("draw.given_up", office_user),
    ]
    assert told(f"request:{request.pk}") == [("presence.joined", inspector_user), ("presence.left", inspector_user)]
    aborted = data_of(events(subject).get(kind="draw.aborted"))
    assert (aborted["round"], aborted["attempt"], aborted["reason"]) == (0, 1, "TECHNICAL")
    closes = [data_of(event) for event in events(subject) if event.kind == "contact.closed"]
    assert [(one.get("missing"), one.get("reason")) for one in closes] == [({"SHHG": 1}, None), (None, "NO-EXPERTS")]
    assert Invitation.objects.get(pk=waiting.pk).state == "cancelled"
    assert list(verify()) == []


def test_what_was_answered_is_dated_and_what_ran_out_is_not():
    d.members(8)
    draw = d.contacting(seats={"SHHG": 2})
    with frozen(d.at(12) + timedelta(minutes=5)):
        answered = [d.answer(d.invitation(draw, position), what) for position, what in ((1, "decline"), (2, "recuse"), (3, "accept"))]
        assert {one.replied_at for one in answered} == {d.at(12) + timedelta(minutes=5)}
    with frozen(d.at(13) + timedelta(minutes=5)):
        (ran_out, *_more) = d.book(draw).open_invitations
        assert invitations.lapse(invitation=ran_out).replied_at is None
