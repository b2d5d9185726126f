"""An answer to an invitation: what must go with it, until when, by whom, once; and a question before it."""

import json
from datetime import timedelta

import pytest

from expertpool.clock import frozen
from expertpool.messaging.models import Message
from selection.models import Invitation
from selection.services import invitations
from selection.services.invitations.answers import declaration_of
from tests.factories import UserFactory
from tests.selection import drawing as d

XJ = "xinjiang-2025"
pytestmark = [pytest.mark.django_db, pytest.mark.day(d.TODAY)]


@pytest.mark.clause(XJ, "15")
def test_accepting_needs_the_declaration():
    one = d.invitation(d.invited(), 1)
    assert d.refusals_at(lambda: d.answer(one, declares_no_conflict=False)) == [("declaration", "15", "declares_no_conflict")]


@pytest.mark.clause(XJ, "15")
def test_the_declaration_is_the_evidence_of_the_acceptance():
    draw = d.invited()
    accepted = d.answer(d.invitation(draw, 1))
    line = draw.attempts.get().contact_lines.get()
    assert (len(accepted.declaration_hash), line.text.split("|")[7]) == (64, accepted.declaration_hash)


@pytest.mark.clause(XJ, "15(2)")
def test_what_is_declared_names_the_kinds_of_relation():
    draw = d.invited()
    edition = draw.request.pool.regulation_on(draw.request.starts_on)
    declared = json.loads(declaration_of(draw, edition, d.invitation(draw, 1).candidate))
    assert {one["code"]: one["relations"] for one in declared["grounds"]} == {
        "RECUSE-PERSON": [],
        "RECUSE-RELATION": ["近亲属", "其他重大利益关系"],
        "RECUSE-INTEREST": [],
        "RECUSE-ENTITY": [],
        "RECUSE-OTHER": [],
    }


@pytest.mark.parametrize(
    ("what", "kwargs", "expected"),
    [
        ("decline", {"reason_code": ""}, ("reason", "", "decline_reason")),
        ("decline", {"reason_code": "NONSENSE"}, ("reason", "", "decline_reason")),
        ("decline", {"reason_code": "OTHER"}, ("reason_text", "", "reason_text")),
        ("recuse", {"reason_code": ""}, ("reason", "15", "recusal_ground")),
        ("recuse", {"reason_code": "RECUSE-NAMED"}, ("reason", "15", "recusal_ground")),
        ("recuse", {"reason_code": "RECUSE-OTHER"}, ("reason_text", "15(5)", "reason_text")),
        ("perhaps", {}, ("answer", "", "answer")),
    ],
)
def test_an_answer_without_what_must_go_with_it_is_refused(what, kwargs, expected):
    one = d.invitation(d.invited(), 1)
    assert d.refusals_at(lambda: d.answer(one, what, **kwargs)) == [expected]
    assert Invitation.objects.get(pk=one.pk).state == "open"


@pytest.mark.parametrize("what", ["accept", "decline", "recuse"])
def test_the_same_answer_twice_is_one(what):
    draw = d.invited()
    one = d.invitation(draw, 1)
    assert d.answer(one, what).state == d.answer(one, what).state
    assert len(d.outcomes(draw)) == 1


def test_an_answer_cannot_be_turned_round():
    draw = d.invited()
    d.answer(d.invitation(draw, 1), "decline")
    assert [code for code, *_ in d.refusals_at(lambda: d.answer(d.invitation(draw, 1)))] == ["answered"]


@pytest.mark.parametrize("what", ["decline", "recuse"])
def test_an_answer_to_a_page_from_before_the_acceptance_is_refused(what):
    draw = d.invited()
    one = d.invitation(draw, 1)
    d.answer(one)
    assert [code for code, *_ in d.refusals_at(lambda: d.answer(one, what, expected_state="open"))] == ["moved_on"]
    assert (Invitation.objects.get(pk=one.pk).state, d.answer(one, expected_state="open").state) == ("accepted", "accepted")
    assert d.answer(one, what, expected_state="accepted").state == {"decline": "withdrawn", "recuse": "recused"}[what]


def test_an_answer_after_the_deadline_is_refused():
    draw = d.invited()
    one = d.invitation(draw, 1)
    with frozen(one.deadline):
        assert [code for code, *_ in d.refusals_at(lambda: d.answer(one))] == ["deadline"]
    with frozen(one.deadline - timedelta(seconds=1)):
        assert d.answer(one).state == "accepted"


def test_an_answer_for_an_invitation_that_is_filled_or_withdrawn_is_refused():
    draw = d.invited()
    one = d.invitation(draw, 1)
    Invitation.objects.filter(pk=one.pk).update(state="cancelled")
    assert [code for code, *_ in d.refusals_at(lambda: d.answer(one))] == ["answered"]


# Whose answer it is.


def test_wrong_digits_are_counted_and_five_lock_the_link():
    one = d.invitation(d.invited(), 1)
    right = one.candidate.membership.expert.phone[-4:]
    wrong = f"{(int(right) + 1) % 10000:04d}"
    found = [d.refusals_at(lambda: d.answer(one, phone_last4=wrong))[0][0] for _ in range(5)]
    assert found == ["digits"] * 4 + ["locked"]
    assert [code for code, *_ in d.refusals_at(lambda: d.answer(one))] == ["locked"]
    assert Invitation.objects.get(pk=one.pk).state == "open"


def test_without_a_phone_the_link_takes_no_digits():
    one = d.invitation(d.invited(), 1)
    expert = one.candidate.membership.expert
    expert.phone = ""
    expert.save()
    assert d.refusals_at(lambda: d.answer(one, phone_last4="")) == [("no_phone", "", "phone_last4")]
    assert Invitation.objects.get(pk=one.pk).wrong_answers == 0


def test_the_signed_in_expert_answers_without_digits_and_only_his_own():
    draw = d.invited()
    one = d.invitation(draw, 1)
    expert = one.candidate.membership.expert
    expert.user = UserFactory(role="expert")
    expert.save()
    other = UserFactory(role="expert")
    answer = invitations.Answer("accept", declares_no_conflict=True)
    assert [code for code, *_ in d.refusals_at(lambda: invitations.reply_signed_in(invitation=one, by=other, answer=answer))] == ["owner"]
    assert invitations.reply_signed_in(invitation=one, by=expert.user, answer=answer).state == "accepted"


# Questions.


@pytest.mark.clause(XJ, "10(1)")
def test_asking_for_more_material_tells_the_department_and_not_who_asks():
    draw = d.invited()
    one = d.invitation(draw, 1)
    invitations.ask_more(invitation=one, text="请提供项目建设任务书")
    message = Message.objects.get(kind="more-material")
    assert (message.recipient, "任务书" in message.body) == (draw.request.filed_by, True)
    assert one.candidate.membership.expert.name not in message.body and one.candidate.membership.number not in message.body
    assert Invitation.objects.get(pk=one.pk).state == "open"


def test_each_question_is_told_once_and_digits_are_counted_for_it_too():
    one = d.invitation(d.invited(), 1)
    for text in ("请提供项目建设任务书", "请提供项目建设任务书", "请提供验收申请"):
        invitations.ask_more(invitation=one, text=text)
    assert Message.objects.filter(kind="more-material").count() == 2
    right = one.candidate.membership.expert.phone[-4:]
    token, wrong = d.token_of(one), f"{(int(right) + 1) % 10000:04d}"
    act = lambda digits: invitations.check_digits(token=token, phone_last4=digits)  # noqa: E731
    assert act(right) == one
    found = [d.refusals_at(lambda: act(wrong))[0][0] for _ in range(5)]
    assert found == ["digits"] * 4 + ["locked"]
    assert d.refusals_at(lambda: act(right)) == [("locked", "", "phone_last4")]


def test_more_material_is_asked_for_by_himself_in_words_and_in_time():
    one = d.invitation(d.invited(), 1)
    stranger = UserFactory(role="expert")
    assert d.refusals_at(lambda: invitations.ask_more(invitation=one, text="请提供项目任务书", by=stranger)) == [("owner", "", "")]
    assert [code for code, *_ in d.refusals_at(lambda: invitations.ask_more(invitation=one, text=" ？"))] == ["text"]
    with frozen(one.deadline):
        assert d.refusals_at(lambda: invitations.ask_more(invitation=one, text="请提供项目任务书")) == [("deadline", "", "")]
    assert not Message.objects.filter(kind="more-material").exists()
