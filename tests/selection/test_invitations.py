from datetime import date, timedelta

import pytest

from expertpool.clock import frozen, start_of
from expertpool.ledger.models import LedgerEvent
from expertpool.messaging.models import Message
from expertpool.refusals import Refused
from experts.models import Employment, Suspension
from selection.models import DrawRequest, Invitation, Participation, RequestRecusal, ReviewedProject
from selection.services import draws, invitations
from tests.factories import OrganisationFactory, UserFactory
from tests.selection import drawing as d

pytestmark = pytest.mark.django_db
XJ = "xinjiang-2025"


@pytest.fixture(autouse=True)
def _day():
    with frozen(d.at(12)):
        yield


def refusals(act):
    with pytest.raises(Refused) as caught:
        act()
    return [(one.code, one.article, one.field) for one in caught.value.refusals]


def open_positions(draw, field="SHHG"):
    return sorted(one.candidate.position for one in d.book(draw).open_invitations if one.candidate.field.code == field)


def seats(draw):
    """Seated and standby positions of the first field's first round."""
    rows = Participation.objects.filter(candidate__attempt__draw=draw, state="standing").order_by("candidate__position")
    return [(one.candidate.position, one.seated) for one in rows]


def a_draw(seats=None, n=12, **kwargs):
    d.members(n)
    return d.contacting(seats=seats or {"SHHG": 2}, **kwargs)


@pytest.mark.clause(XJ, "13(3)a")
def test_invitations_go_out_in_drawn_order_as_many_as_seats_and_standbys():
    draw = a_draw()
    assert open_positions(draw) == [1, 2, 3]


@pytest.mark.clause(XJ, "13(3)a")
def test_each_refusal_invites_the_next_position():
    draw = a_draw()
    d.answer(d.invitation(draw, 2), "decline")
    assert open_positions(draw) == [1, 3, 4]
    d.answer(d.invitation(draw, 4), "decline")
    assert open_positions(draw) == [1, 3, 5]


def test_inviting_twice_sends_nothing_twice(office_user):
    draw = a_draw()
    assert (invitations.invite_due(draw=draw, by=office_user), Message.objects.filter(kind="invitation").count()) == ([], 3)


@pytest.mark.clause(XJ, "13(3)a")
def test_position_not_speed_of_reply_decides_who_is_seated():
    draw = a_draw()
    d.answer(d.invitation(draw, 3))
    d.answer(d.invitation(draw, 2))
    assert seats(draw) == [(2, True), (3, True)]
    d.answer(d.invitation(draw, 1))
    assert seats(draw) == [(1, True), (2, True), (3, False)]


@pytest.mark.clause(XJ, "13(4)a")
def test_when_seats_and_standbys_are_filled_the_request_is_confirmed():
    draw = a_draw()
    for position in (1, 2):
        d.answer(d.invitation(draw, position))
    assert DrawRequest.objects.get().state == "drawing"
    d.answer(d.invitation(draw, 3))
    assert DrawRequest.objects.get().state == "confirmed"
    assert d.book(draw).close.text == "close|DONE|-"
    assert Message.objects.filter(kind="confirmed").count() == 3


@pytest.mark.clause(XJ, "13(4)b")
def test_a_withdrawal_promotes_the_next_standby_in_order_with_notice():
    draw = a_draw()
    for position in (1, 2, 3):
        d.answer(d.invitation(draw, position))
    expert = d.candidate(draw, 1).membership.expert
    UserFactory(role="expert")
    invitations.withdraw(participation=d.candidate(draw, 1).participation, reason_code="HEALTH", by=None)
    assert seats(draw) == [(2, True), (3, True)]
    told = Message.objects.get(kind="step-up")
    assert told.about == f"participation:{d.candidate(draw, 3).participation.pk}"
    assert expert.name not in told.body
    # The list goes on for a new standby.
    assert (open_positions(draw), DrawRequest.objects.get().state) == ([4], "confirmed")


def test_later_closes_supersede_earlier_ones():
    draw = a_draw({"SHHG": 1}, n=4)
    for position in (1, 2):
        d.answer(d.invitation(draw, position))
    invitations.withdraw(participation=d.candidate(draw, 2).participation, reason_code="TIME", by=None)
    d.answer(d.invitation(draw, 3), "decline")
    invitations.withdraw(participation=d.candidate(draw, 1).participation, reason_code="TIME", by=None)
    closes = [line.text for line in draw.attempts.get().contact_lines.all() if line.candidate is None]
    assert closes == ["close|DONE|-", "close|DONE|-", "close|SHORTFALL|SHHG:1"]
    assert DrawRequest.objects.get().state == "drawing"


def test_every_outcome_is_a_line_and_an_event():
    draw = a_draw()
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


def test_the_deadline_is_the_regulations_and_never_after_the_start():
    draw = a_draw()
    assert d.invitation(draw, 1).deadline == d.at(13)
    late = d.contacting(starts_on=date(2026, 10, 13))
    assert d.invitation(late, 1).deadline == start_of(date(2026, 10, 13))


@pytest.mark.clause(XJ, "15")
def test_the_invitation_names_the_five_situations_of_recusal_and_no_other_name():
    draw = a_draw()
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
    draw = a_draw()
    one = d.invitation(draw, 1)
    token = d.token_of(one)
    assert len(token) == 43
    assert token not in str(Invitation.objects.filter(pk=one.pk).values())
    assert (invitations.open_invitation(token), invitations.open_invitation(token + "x")) == (one, None)


def test_opening_a_link_changes_nothing():
    draw = a_draw()
    one = d.invitation(draw, 1)
    before = Invitation.objects.filter(pk=one.pk).values().get()
    invitations.open_invitation(d.token_of(one))
    assert Invitation.objects.filter(pk=one.pk).values().get() == before


@pytest.mark.clause(XJ, "15")
def test_accepting_needs_the_declaration():
    one = d.invitation(a_draw(), 1)
    assert refusals(lambda: d.answer(one, declares_no_conflict=False)) == [("declaration", "15", "declares_no_conflict")]


@pytest.mark.clause(XJ, "15")
def test_the_declaration_is_the_evidence_of_the_acceptance():
    draw = a_draw()
    accepted = d.answer(d.invitation(draw, 1))
    line = draw.attempts.get().contact_lines.get()
    assert (len(accepted.declaration_hash), line.text.split("|")[7]) == (64, accepted.declaration_hash)


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
    one = d.invitation(a_draw(), 1)
    assert refusals(lambda: d.answer(one, what, **kwargs)) == [expected]
    assert Invitation.objects.get(pk=one.pk).state == "open"


@pytest.mark.parametrize("what", ["accept", "decline", "recuse"])
def test_the_same_answer_twice_is_one(what):
    draw = a_draw()
    one = d.invitation(draw, 1)
    assert d.answer(one, what).state == d.answer(one, what).state
    assert len(d.outcomes(draw)) == 1


def test_an_answer_cannot_be_turned_round():
    draw = a_draw()
    d.answer(d.invitation(draw, 1), "decline")
    assert [code for code, *_ in refusals(lambda: d.answer(d.invitation(draw, 1)))] == ["answered"]


def test_an_answer_after_the_deadline_is_refused():
    draw = a_draw()
    one = d.invitation(draw, 1)
    with frozen(one.deadline):
        assert [code for code, *_ in refusals(lambda: d.answer(one))] == ["deadline"]
    with frozen(one.deadline - timedelta(seconds=1)):
        assert d.answer(one).state == "accepted"


def test_an_answer_for_an_invitation_that_is_filled_or_withdrawn_is_refused():
    draw = a_draw()
    one = d.invitation(draw, 1)
    Invitation.objects.filter(pk=one.pk).update(state="cancelled")
    assert [code for code, *_ in refusals(lambda: d.answer(one))] == ["answered"]


def test_wrong_digits_are_counted_and_five_lock_the_link():
    one = d.invitation(a_draw(), 1)
    right = one.candidate.membership.expert.phone[-4:]
    wrong = f"{(int(right) + 1) % 10000:04d}"
    found = [refusals(lambda: d.answer(one, phone_last4=wrong))[0][0] for _ in range(5)]
    assert found == ["digits"] * 4 + ["locked"]
    assert [code for code, *_ in refusals(lambda: d.answer(one))] == ["locked"]
    assert Invitation.objects.get(pk=one.pk).state == "open"


def test_the_signed_in_expert_answers_without_digits_and_only_his_own():
    draw = a_draw()
    one = d.invitation(draw, 1)
    expert = one.candidate.membership.expert
    expert.user = UserFactory(role="expert")
    expert.save()
    other = UserFactory(role="expert")
    answer = invitations.Answer("accept", declares_no_conflict=True)
    assert [code for code, *_ in refusals(lambda: invitations.reply_signed_in(invitation=one, by=other, answer=answer))] == ["owner"]
    assert invitations.reply_signed_in(invitation=one, by=expert.user, answer=answer).state == "accepted"


@pytest.mark.parametrize("what", ["decline", "recuse"])
def test_an_answer_to_a_page_from_before_the_acceptance_is_refused(what):
    draw = a_draw()
    one = d.invitation(draw, 1)
    d.answer(one)
    assert [code for code, *_ in refusals(lambda: d.answer(one, what, expected_state="open"))] == ["moved_on"]
    assert (Invitation.objects.get(pk=one.pk).state, d.answer(one, expected_state="open").state) == ("accepted", "accepted")
    assert d.answer(one, what, expected_state="accepted").state == {"decline": "withdrawn", "recuse": "recused"}[what]


@pytest.mark.clause(XJ, "10(1)")
def test_asking_for_more_material_tells_the_department_and_not_who_asks():
    draw = a_draw()
    one = d.invitation(draw, 1)
    invitations.ask_more(invitation=one, text="请提供项目建设任务书")
    message = Message.objects.get(kind="more-material")
    assert (message.recipient, "任务书" in message.body) == (draw.request.filed_by, True)
    assert one.candidate.membership.expert.name not in message.body and one.candidate.membership.number not in message.body
    assert Invitation.objects.get(pk=one.pk).state == "open"


def participations(membership, count, day=date(2026, 3, 2), **kwargs):
    for number in range(count):
        request = d.approved(starts_on=day + timedelta(days=7 * number), state="held")
        Participation.objects.create(request=request, membership=membership, attended=True, **kwargs)


@pytest.mark.clause(XJ, "14")
def test_the_cap_is_checked_again_when_he_accepts_and_the_draw_goes_on():
    draw = a_draw()
    one = d.invitation(draw, 1)
    participations(one.candidate.membership, 10)
    assert [(code, article) for code, article, _ in refusals(lambda: d.answer(one))] == [("not_eligible", "14")]
    assert d.outcomes(draw) == [(0, "SHHG", 1, "SKIP")]
    assert (Invitation.objects.get(pk=one.pk).state, open_positions(draw)) == ("cancelled", [2, 3, 4])


@pytest.mark.clause(XJ, "14")
def test_the_tenth_is_accepted():
    draw = a_draw()
    one = d.invitation(draw, 1)
    participations(one.candidate.membership, 9)
    assert d.answer(one).state == "accepted"


@pytest.mark.clause(XJ, "14")
def test_accepted_future_activities_count_towards_the_cap():
    draw = a_draw()
    one = d.invitation(draw, 1)
    participations(one.candidate.membership, 9)
    upcoming = d.approved(starts_on=date(2026, 12, 1), state="confirmed")
    Participation.objects.create(request=upcoming, membership=one.candidate.membership)
    assert [code for code, *_ in refusals(lambda: d.answer(one))] == ["not_eligible"]


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
        assert [code for code, *_ in refusals(lambda: d.answer(d.invitation(this_year, 1)))] == ["not_eligible"]
        assert d.answer(one).state == "accepted"


def test_an_activity_accepted_meanwhile_on_the_same_days_is_a_clash():
    draw = a_draw()
    one = d.invitation(draw, 1)
    other = d.approved(starts_on=date(2026, 10, 19), ends_on=date(2026, 10, 20), state="confirmed")
    Participation.objects.create(request=other, membership=one.candidate.membership)
    assert [(code, article) for code, article, _ in refusals(lambda: d.answer(one))] == [("not_eligible", "附表2四")]
    assert draw.attempts.get().contact_lines.get().reason == "CLASH"


def test_who_was_suspended_since_the_draw_is_skipped_and_not_invited():
    d.members(8)
    draw = d.drawn(seats={"SHHG": 1})
    Suspension.objects.create(
        membership=d.candidate(draw, 1).membership, starts_on=date(2026, 10, 1), ends_on=date(2026, 12, 31), reason="违反纪律"
    )
    invitations.invite_due(draw=draw)
    assert (d.outcomes(draw), open_positions(draw)) == ([(0, "SHHG", 1, "SKIP")], [2, 3])


@pytest.mark.clause(XJ, "15(4)")
def test_whose_employer_became_the_applicants_unit_since_the_freeze_is_not_seated():
    d.members(8)
    request = d.approved({"SHHG": 1})
    plant = OrganisationFactory()
    ReviewedProject.objects.create(request=request, name="技术改造", applicant=plant)
    draw = d.contacting(request)
    one = d.invitation(draw, 1)
    Employment.objects.create(expert=one.candidate.membership.expert, organisation=plant, kind="part_time", since=date(2026, 10, 12))
    assert [code for code, _article, _field in refusals(lambda: d.answer(one))] == ["not_eligible"]
    assert (d.outcomes(draw), draw.attempts.get().contact_lines.get().reason) == ([(0, "SHHG", 1, "SKIP")], "RECUSE-ENTITY")
    assert (open_positions(draw), Participation.objects.count()) == ([2, 3], 0)


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
    assert (d.outcomes(draw), open_positions(draw)) == ([(0, "SHHG", 1, "SKIP")], [2, 3])


@pytest.mark.parametrize("change", [{"decisive_changed_at": d.at(12)}, {"admitted_on": date(2026, 10, 12)}])
def test_a_change_after_the_approval_matters_to_the_freeze_only(change):
    draw = a_draw()
    one = d.invitation(draw, 1)
    type(one.candidate.membership).objects.filter(pk=one.candidate.membership_id).update(**change)
    assert d.answer(one).state == "accepted"


@pytest.mark.clause(XJ, "11(5)")
def test_recusal_is_possible_after_accepting_until_the_activity_starts():
    draw = a_draw()
    d.answer(d.invitation(draw, 1))
    d.answer(d.invitation(draw, 1), "recuse")
    assert d.outcomes(draw) == [(0, "SHHG", 1, "ACCEPT"), (0, "SHHG", 1, "RECUSE")]
    assert Invitation.objects.get(pk=d.invitation(draw, 1).pk).state == "recused"


@pytest.mark.clause(XJ, "11(5)")
def test_nobody_withdraws_once_the_activity_has_started():
    draw = a_draw()
    d.answer(d.invitation(draw, 1))
    with frozen(start_of(date(2026, 10, 20))):
        act = lambda: invitations.withdraw(participation=d.candidate(draw, 1).participation, reason_code="TIME", by=None)  # noqa: E731
        assert [code for code, *_ in refusals(act)] == ["started"]
    with frozen(start_of(date(2026, 10, 20)) - timedelta(seconds=1)):
        assert act().state == "withdrawn"


def test_withdrawing_twice_is_once():
    draw = a_draw()
    d.answer(d.invitation(draw, 1))
    for _ in range(2):
        invitations.withdraw(participation=d.candidate(draw, 1).participation, reason_code="TIME", by=None)
    assert d.outcomes(draw) == [(0, "SHHG", 1, "ACCEPT"), (0, "SHHG", 1, "WITHDRAW")]


def test_somebody_else_cannot_withdraw_him():
    draw = a_draw()
    d.answer(d.invitation(draw, 1))

    def act():
        invitations.withdraw(participation=d.candidate(draw, 1).participation, reason_code="TIME", by=UserFactory(role="department"))

    assert [code for code, *_ in refusals(act)] == ["duty"]


@pytest.mark.clause(XJ, "13(3)a")
def test_the_office_notes_an_invitation_that_could_not_be_delivered(office_user, inspector_user):
    draw = a_draw()
    one = d.invitation(draw, 1)
    assert [
        code for code, *_ in refusals(lambda: invitations.mark_unreached(invitation=one, reason="空号，邮件被退回", by=inspector_user))
    ] == ["duty"]
    assert [code for code, *_ in refusals(lambda: invitations.mark_unreached(invitation=one, reason="空号", by=office_user))] == [
        "no-reason"
    ]
    for _ in range(2):
        assert invitations.mark_unreached(invitation=one, reason="空号，邮件被退回", by=office_user).state == "unreached"
    assert (d.outcomes(draw), open_positions(draw)) == ([(0, "SHHG", 1, "UNREACHED")], [2, 3, 4])


def test_only_the_role_that_contacts_invites(inspector_user):
    d.members(6)
    draw = d.drawn()
    assert [code for code, *_ in refusals(lambda: invitations.invite_due(draw=draw, by=inspector_user))] == ["duty"]


def test_a_list_that_runs_out_closes_with_its_shortfall():
    draw = a_draw({"SHHG": 1}, n=3)
    for position in (1, 2, 3):
        d.answer(d.invitation(draw, position), "decline")
    assert (d.book(draw).close.text, DrawRequest.objects.get().state) == ("close|SHORTFALL|SHHG:1", "drawing")
    assert draws.bundle(draw)[:2] == b"PK"


def test_after_a_withdrawal_a_second_no_is_harmless_and_a_yes_is_refused():
    draw = a_draw()
    d.answer(d.invitation(draw, 1))
    assert d.answer(d.invitation(draw, 1), "decline").state == "withdrawn"
    before = (d.outcomes(draw), LedgerEvent.objects.count(), Message.objects.count())
    assert [d.answer(d.invitation(draw, 1), what).state for what in ("decline", "recuse")] == ["withdrawn"] * 2
    assert refusals(lambda: d.answer(d.invitation(draw, 1))) == [("answered", "", "")]
    assert (d.outcomes(draw), LedgerEvent.objects.count(), Message.objects.count()) == before
    assert before[0] == [(0, "SHHG", 1, "ACCEPT"), (0, "SHHG", 1, "WITHDRAW")]


def test_after_a_recusal_that_took_an_acceptance_back_only_the_same_is_harmless():
    draw = a_draw()
    d.answer(d.invitation(draw, 1))
    d.answer(d.invitation(draw, 1), "recuse")
    before = d.outcomes(draw)
    assert d.answer(d.invitation(draw, 1), "recuse").state == "recused"
    assert [refusals(lambda what=what: d.answer(d.invitation(draw, 1), what)) for what in ("decline", "accept")] == [
        [("answered", "", "")]
    ] * 2
    assert d.outcomes(draw) == before


def test_a_link_that_nobody_was_sent_answers_nothing():
    a_draw()
    assert refusals(lambda: invitations.reply(token="x" * 43, phone_last4="0000", answer="accept")) == [("unknown_token", "", "")]
    assert refusals(lambda: invitations.check_digits(token="x" * 43, phone_last4="0000")) == [("unknown_token", "", "")]


def test_without_a_phone_the_link_takes_no_digits():
    one = d.invitation(a_draw(), 1)
    expert = one.candidate.membership.expert
    expert.phone = ""
    expert.save()
    assert refusals(lambda: d.answer(one, phone_last4="")) == [("no_phone", "", "phone_last4")]
    assert Invitation.objects.get(pk=one.pk).wrong_answers == 0


def test_a_withdrawal_names_a_reason_that_the_regulation_knows(office_user):
    draw = a_draw()
    d.answer(d.invitation(draw, 1))
    standing = d.candidate(draw, 1).participation
    for code in ("", "BORED", "AGE"):
        act = lambda code=code: invitations.withdraw(participation=standing, reason_code=code, by=office_user)  # noqa: E731
        assert refusals(act) == [("reason", "", "reason_code")]
    assert invitations.withdraw(participation=standing, reason_code="TIME", by=office_user).state == "withdrawn"


def test_what_was_answered_did_reach_him(office_user):
    one = d.invitation(a_draw(), 1)
    d.answer(one)
    act = lambda: invitations.mark_unreached(invitation=one, reason="空号，邮件被退回", by=office_user)  # noqa: E731
    assert refusals(act) == [("answered", "", "")]
    assert Invitation.objects.get(pk=one.pk).state == "accepted"


def test_more_material_is_asked_for_by_himself_in_words_and_in_time():
    one = d.invitation(a_draw(), 1)
    stranger = UserFactory(role="expert")
    assert refusals(lambda: invitations.ask_more(invitation=one, text="请提供项目任务书", by=stranger)) == [("owner", "", "")]
    assert [code for code, *_ in refusals(lambda: invitations.ask_more(invitation=one, text=" ？"))] == ["text"]
    with frozen(one.deadline):
        assert refusals(lambda: invitations.ask_more(invitation=one, text="请提供项目任务书")) == [("deadline", "", "")]
    assert not Message.objects.filter(kind="more-material").exists()


def test_an_invitation_of_a_request_that_is_over_ends_without_an_outcome():
    draw = a_draw()
    one = d.invitation(draw, 1)
    DrawRequest.objects.update(state="held")
    with frozen(one.deadline):
        assert invitations.lapse(invitation=one).state == "cancelled"
    assert d.outcomes(draw) == []
