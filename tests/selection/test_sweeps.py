from datetime import date, timedelta

import pytest

from expertpool.clock import day_of, frozen, now
from expertpool.messaging.sweeps import sweep_messages
from experts.models import ExitCase, Suspension
from selection import sweeps
from selection.models import DrawRequest, Invitation, Participation
from selection.services.participation import record_attendance
from tests.selection import drawing as d

pytestmark = pytest.mark.django_db
XJ = "xinjiang-2025"


@pytest.fixture(autouse=True)
def _day(settings):
    settings.MESSAGE_GATEWAYS = ["console"]
    with frozen(d.at(12)):
        yield


@pytest.fixture(autouse=True)
def _outbox(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def run_all(on):
    return [sweep(on=on) for sweep in sweeps.SWEEPS]


def delivered(draw):
    sweep_messages(on=date(2026, 10, 12))
    return draw


def test_an_unanswered_invitation_lapses_and_the_next_is_invited():
    d.members(8)
    draw = delivered(d.contacting())
    with frozen(d.at(13)):
        assert sweeps.sweep_invitations(on=date(2026, 10, 13)) == 2
        assert sweeps.sweep_invitations(on=date(2026, 10, 13)) == 0
    assert d.outcomes(draw) == [(0, "SHHG", 1, "NOREPLY"), (0, "SHHG", 2, "NOREPLY")]
    assert [one.candidate.position for one in d.book(draw).open_invitations] == [3]


@pytest.mark.clause(XJ, "7(5)a")
def test_what_was_not_delivered_in_time_is_no_missed_reply():
    d.members(8)
    draw = d.contacting()
    with frozen(d.at(14)):
        sweep_messages(on=date(2026, 10, 14))
        sweeps.sweep_invitations(on=date(2026, 10, 14))
    assert {outcome for _, _, position, outcome in d.outcomes(draw) if position < 3} == {"UNREACHED"}


def test_nothing_lapses_before_its_deadline():
    d.members(8)
    draw = delivered(d.contacting())
    with frozen(d.at(13) - timedelta(seconds=1)):
        assert sweeps.sweep_invitations(on=date(2026, 10, 13)) == 0
    assert d.outcomes(draw) == []


def everything(days):
    """What the sweeps leave behind, run on these days."""
    d.members(8)
    draw = delivered(d.contacting(seats={"SHHG": 1}))
    d.answer(d.invitation(draw, 1))
    Suspension.objects.create(
        membership=d.candidate(draw, 1).membership, starts_on=date(2026, 10, 15), ends_on=date(2026, 11, 15), reason="违反纪律"
    )
    for day in days:
        with frozen(d.at(day)):
            run_all(date(2026, 10, day))
    return d.outcomes(draw), Participation.objects.filter(state="standing").count(), DrawRequest.objects.get().state


@pytest.mark.parametrize("days", [[13], [13, 13], [14, 14, 14]])
def test_a_second_run_of_a_day_changes_nothing(days):
    d.members(8)
    draw = delivered(d.contacting(seats={"SHHG": 1}))
    d.answer(d.invitation(draw, 1))
    for day in days[:1]:
        with frozen(d.at(day)):
            run_all(date(2026, 10, day))
    before = d.outcomes(draw)
    for day in days[1:]:
        with frozen(d.at(day)):
            assert run_all(date(2026, 10, day)) == [0] * len(sweeps.SWEEPS)
    assert d.outcomes(draw) == before


def test_after_the_start_nobody_is_invited_and_a_list_that_was_not_used_up_is_no_shortfall():
    """第十三条（三）: an office that did not ask everybody cannot say that the lists did not suffice."""
    d.members(8)
    draw = delivered(d.contacting(seats={"SHHG": 1}, starts_on=date(2026, 10, 13)))
    with frozen(d.at(30)):
        for _ in range(2):
            run_all(date(2026, 10, 30))
    assert d.outcomes(draw) == [(0, "SHHG", 1, "NOREPLY"), (0, "SHHG", 2, "NOREPLY")]
    assert [line.text for line in draw.attempts.get().contact_lines.all() if not line.candidate_id] == []


def test_after_the_start_a_list_that_was_used_up_is_closed_once():
    d.members(3)
    draw = delivered(d.contacting(seats={"SHHG": 1}, starts_on=date(2026, 10, 15)))
    for day in (13, 14, 30, 30):
        with frozen(d.at(day)):
            run_all(date(2026, 10, day))
    assert [position for _, _, position, _ in d.outcomes(draw)] == [1, 2, 3]
    assert [line.text for line in draw.attempts.get().contact_lines.all() if not line.candidate_id] == ["close|SHORTFALL|SHHG:1"]


def test_a_draw_that_nobody_was_invited_for_is_no_shortfall_on_the_first_day():
    d.members(8)
    draw = d.drawn(starts_on=date(2026, 10, 13))
    assert sweeps.sweep_contacts(on=d.TODAY) == 0
    with frozen(d.at(13)):
        assert [sweeps.sweep_contacts(on=date(2026, 10, 13)) for _ in range(2)] == [0, 0]
    assert (d.book(draw).close, Invitation.objects.count()) == (None, 0)


def test_who_is_suspended_while_he_is_asked_is_skipped():
    d.members(8)
    draw = d.contacting(seats={"SHHG": 1})
    Suspension.objects.create(
        membership=d.candidate(draw, 1).membership, starts_on=date(2026, 10, 15), ends_on=date(2026, 11, 15), reason="违反纪律"
    )
    assert sweeps.sweep_seats(on=d.TODAY) == 0
    assert d.outcomes(draw) == [(0, "SHHG", 1, "SKIP")]
    assert [one.candidate.position for one in d.book(draw).open_invitations] == [2, 3]


def test_who_is_suspended_on_the_days_of_the_activity_gives_up_his_seat():
    outcomes, standing, _ = everything([13])
    assert outcomes[:2] == [(0, "SHHG", 1, "ACCEPT"), (0, "SHHG", 2, "NOREPLY")]
    assert (0, "SHHG", 1, "WITHDRAW") in outcomes
    assert standing == 0


@pytest.mark.clause(XJ, "7(9)")
def test_who_turns_seventy_by_the_activity_gives_up_his_seat_and_a_standby_steps_up():
    d.members(8)
    draw = d.contacting(seats={"SHHG": 1})
    for position in (1, 2):
        d.answer(d.invitation(draw, position))
    expert = d.candidate(draw, 1).membership.expert
    expert.birth_date = date(1956, 10, 20)
    expert.save()
    assert sweeps.sweep_seats(on=d.TODAY) == 1
    assert sweeps.sweep_seats(on=d.TODAY) == 0
    assert d.outcomes(draw)[-1] == (0, "SHHG", 1, "WITHDRAW")
    assert d.book(draw).line_by_candidate[d.candidate(draw, 1).pk].reason == "AGE"
    assert Participation.objects.get(candidate=d.candidate(draw, 2)).seated is True


def test_one_day_short_of_seventy_keeps_the_seat():
    d.members(8)
    draw = d.contacting(seats={"SHHG": 1})
    d.answer(d.invitation(draw, 1))
    expert = d.candidate(draw, 1).membership.expert
    expert.birth_date = date(1956, 10, 21)
    expert.save()
    assert sweeps.sweep_seats(on=d.TODAY) == 0


def missed(membership, *states, start=date(2026, 6, 1)):
    """Invitations of a member in these states, one a week, each from a draw of its own."""
    made = []
    for number, state in enumerate(states):
        day = start + timedelta(days=7 * number)
        with frozen(day):
            request = d.approved(starts_on=day + timedelta(days=5))
            draw = d.contacting(request)
            row = draw.attempts.get().candidates.filter(membership=membership).first()
            invitation = Invitation.objects.filter(candidate=row).first() or Invitation.objects.create(
                candidate=row, token_digest=f"{request.pk}", deadline=d.at(1), sent_at=d.at(1)
            )
            deadline = now() + timedelta(hours=24)
            Invitation.objects.filter(candidate__attempt__draw=draw).exclude(pk=invitation.pk).delete()
            Invitation.objects.filter(pk=invitation.pk).update(state=state, sent_at=now(), deadline=deadline)
            DrawRequest.objects.filter(pk=request.pk).update(state="closed")
            made.append(invitation)
    return made


@pytest.fixture
def three():
    """A pool of three: each of them stands on every list."""
    return d.members(3)


@pytest.mark.clause(XJ, "7(5)a")
def test_three_in_a_row_without_reply_raise_one_case(three):
    rows = missed(three[0], "no_reply", "no_reply", "no_reply")
    assert [sweeps.sweep_no_reply(on=d.TODAY) for _ in range(3)] == [1, 0, 0]
    case = ExitCase.objects.get()
    assert (case.membership, case.ground, case.source, case.trigger_key) == (three[0], "no_reply", "system", f"no-reply:{rows[2].pk}")
    assert case.raised_on == day_of(Invitation.objects.get(pk=rows[2].pk).deadline)


@pytest.mark.clause(XJ, "7(5)a")
@pytest.mark.parametrize(
    "states", [["no_reply"] * 2, ["no_reply", "no_reply", "declined", "no_reply"], ["no_reply", "unreached", "no_reply"]]
)
def test_fewer_or_interrupted_raise_nothing(three, states):
    missed(three[0], *states)
    assert (sweeps.sweep_no_reply(on=d.TODAY), ExitCase.objects.count()) == (0, 0)


@pytest.mark.clause(XJ, "7(5)a")
def test_a_dismissed_case_is_not_raised_again_for_the_same_three(three):
    missed(three[0], "no_reply", "no_reply", "no_reply")
    sweeps.sweep_no_reply(on=d.TODAY)
    ExitCase.objects.update(state="dismissed")
    assert (sweeps.sweep_no_reply(on=d.TODAY), ExitCase.objects.count()) == (0, 1)


def attended(membership, *values, start=date(2026, 3, 2)):
    made = []
    for number, value in enumerate(values):
        request = d.approved(starts_on=start + timedelta(days=7 * number), state="held")
        made.append(Participation.objects.create(request=request, membership=membership, seated=True, attended=value))
    return made


@pytest.mark.clause(XJ, "7(5)b")
def test_three_absences_in_a_row_after_accepting_raise_one_case(three):
    rows = attended(three[0], False, False, False)
    assert [sweeps.sweep_absences(on=d.TODAY) for _ in range(3)] == [1, 0, 0]
    case = ExitCase.objects.get()
    assert (case.ground, case.trigger_key, case.raised_on) == ("absent", f"absent:{rows[2].pk}", date(2026, 3, 16))


@pytest.mark.clause(XJ, "7(5)b")
@pytest.mark.parametrize("values", [[False, False], [False, False, True, False], [False, False, None]])
def test_attendance_resets_the_counter_of_absences(three, values):
    attended(three[0], *values)
    assert (sweeps.sweep_absences(on=d.TODAY), ExitCase.objects.count()) == (0, 0)


@pytest.mark.clause(XJ, "7(5)a")
def test_an_overdue_invitation_ends_the_same_whether_the_sweep_or_the_attendance_comes_first():
    ends = []
    for late in (False, True):
        d.members(12)
        draw = delivered(d.contacting(seats={"SHHG": 1}, starts_on=date(2026, 10, 13)))
        first, second = d.book(draw).open_invitations
        d.answer(first)
        with frozen(d.at(13)):
            if not late:
                run_all(date(2026, 10, 13))
            seat = Participation.objects.get(request=draw.request, seated=True)
            record_attendance(request=draw.request, attended={seat.pk: True}, by=draw.request.filed_by)
            run_all(date(2026, 10, 13))
        lines = list(draw.attempts.get().contact_lines.order_by("number").values_list("outcome", flat=True))
        ends.append((Invitation.objects.get(pk=second.pk).state, lines, DrawRequest.objects.get(pk=draw.request_id).state))
    assert ends[0] == ends[1] == ("no_reply", ["ACCEPT", "NOREPLY", ""], "held")


@pytest.mark.clause(XJ, "7(5)a")
def test_the_same_three_missed_replies_raise_one_case_in_whatever_order_they_ran_out(three):
    rows = missed(three[0], "open", "no_reply", "no_reply", "no_reply")
    Invitation.objects.filter(pk=rows[0].pk).update(deadline=d.at(12))
    assert sweeps.sweep_no_reply(on=d.TODAY) == 1
    ExitCase.objects.update(state="dismissed")
    Invitation.objects.filter(pk=rows[0].pk).update(state="no_reply")
    assert (sweeps.sweep_no_reply(on=d.TODAY), ExitCase.objects.count()) == (0, 1)


@pytest.mark.clause(XJ, "7(9)")
@pytest.mark.parametrize(("born", "given_up"), [(date(1957, 1, 20), 1), (date(1957, 1, 21), 0)])
def test_seventy_is_reached_by_an_activity_of_next_year_too(born, given_up):
    d.members(8)
    draw = d.contacting(seats={"SHHG": 1}, starts_on=date(2027, 1, 18), ends_on=date(2027, 1, 20))
    d.answer(d.invitation(draw, 1))
    expert = d.candidate(draw, 1).membership.expert
    expert.birth_date = born
    expert.save()
    assert sweeps.sweep_seats(on=d.TODAY) == given_up
