"""附表3: filling, two signatures, returning, submitting, and what follows."""

from datetime import date

import pytest

from evaluation.domain.scoring import Entry
from evaluation.models import Evaluation, ViolationReport
from evaluation.services.evaluations import countersign, entries_of, return_to_handler, sign
from evaluation.services.violations import report_violation, settle_violation
from expertpool import clock
from expertpool.ledger.models import LedgerEvent
from expertpool.ledger.services import data_of, events, verify
from expertpool.messaging.models import Message
from expertpool.pools.duties import actor
from expertpool.refusals import Refused
from experts.models import ExitCase, Mark, Suspension
from tests.evaluation.activity import HELD, an_activity, handler, held, leader, rules, scores, seated, signed, submitted
from tests.factories import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db
DAY = date(2026, 10, 21)


def request_of(evaluation):
    return evaluation.participation.request


def codes(refused):
    return [(one.code, one.field, one.article) for one in refused.value.refusals]


@pytest.mark.clause("xinjiang-2025", "附表3c")
def test_the_handler_signs_and_total_and_grade_are_computed():
    evaluation = signed(knowledge=7, result=12)
    evaluation.refresh_from_db()
    assert (evaluation.state, evaluation.total, evaluation.grade) == ("signed", 89, "良好")
    assert evaluation.handler == handler(request_of(evaluation))
    assert entries_of(evaluation)["result"] == Entry("良好", 12, "")
    data = data_of(events(f"evaluation:{evaluation.pk}").get())
    assert (data["total"], data["grade"], len(data["content"])) == (89, "good", 64)


@pytest.mark.clause("xinjiang-2025", "附表3a")
def test_a_score_outside_its_band_is_refused_and_nothing_is_kept():
    evaluation = held()[0]
    wrong = {**scores(), "knowledge": ("良好", 9, "")}
    with clock.frozen(DAY), pytest.raises(Refused) as refused:
        sign(evaluation=evaluation, scores=wrong, by=handler(request_of(evaluation)))
    assert codes(refused) == [("mismatch", "points_knowledge", "附表3a")]
    evaluation.refresh_from_db()
    assert (evaluation.state, evaluation.total, evaluation.scores.count()) == ("due", None, 0)


@pytest.mark.clause("xinjiang-2025", "附表3e")
def test_two_signatures_by_two_accounts():
    evaluation = signed()
    with clock.frozen(DAY), pytest.raises(Refused) as refused:
        countersign(evaluation=evaluation, by=handler(request_of(evaluation)))
    assert codes(refused) == [("same_person", "", "附表3e")]
    chief = leader(request_of(evaluation))
    with clock.frozen(DAY):
        evaluation = countersign(evaluation=evaluation, by=chief)
    assert (evaluation.state, evaluation.leader, evaluation.late) == ("submitted", chief, False)


def test_the_leader_does_not_sign_what_the_handler_has_not():
    evaluation = held()[0]
    with pytest.raises(Refused) as refused:
        countersign(evaluation=evaluation, by=leader(request_of(evaluation)))
    assert codes(refused) == [("state", "", "")]


def test_others_do_not_sign():
    evaluation = held()[0]
    for role, code, article in (("department", "unit", "18a"), ("office", "duty", "18a"), ("inspector", "duty", "18a")):
        by = UserFactory(role=role)
        with clock.frozen(DAY), pytest.raises(Refused) as refused:
            sign(evaluation=evaluation, scores=scores(), by=by)
        assert codes(refused) == [(code, "", article)]


def test_not_before_the_work_is_complete():
    evaluation = held(starts_on=HELD, ends_on=date(2026, 10, 22))[0]
    with clock.frozen(DAY), pytest.raises(Refused) as refused:
        sign(evaluation=evaluation, scores=scores(), by=handler(request_of(evaluation)))
    assert codes(refused) == [("not_over", "", "18b")]


def test_second_clicks_are_harmless_and_other_scores_are_refused():
    evaluation = signed()
    before = LedgerEvent.objects.count()
    assert signed(evaluation).pk == evaluation.pk
    with pytest.raises(Refused) as refused:
        signed(evaluation, knowledge=5)
    assert [one.code for one in refused.value.refusals] == ["state"]
    chief = leader(request_of(evaluation))
    countersign(evaluation=evaluation, by=chief)
    after = LedgerEvent.objects.count()
    assert countersign(evaluation=evaluation, by=chief).state == "submitted"
    assert (LedgerEvent.objects.count(), before < after) == (after, True)
    with pytest.raises(Refused) as refused:
        countersign(evaluation=evaluation, by=leader(request_of(evaluation)))
    assert [one.code for one in refused.value.refusals] == ["state"]


def test_returned_and_filled_again():
    evaluation = signed(knowledge=5)
    chief = leader(request_of(evaluation))
    with clock.frozen(DAY), pytest.raises(Refused) as refused:
        return_to_handler(evaluation=evaluation, reason="改", by=chief)
    assert codes(refused) == [("no-reason", "reason", "")]
    with clock.frozen(DAY):
        evaluation = return_to_handler(evaluation=evaluation, reason="专业知识一项请核对", by=chief)
    assert (evaluation.state, evaluation.handler, evaluation.return_reason) == ("due", None, "专业知识一项请核对")
    assert Message.objects.get(kind="evaluation-returned").recipient == handler(request_of(evaluation))
    assert entries_of(evaluation)["knowledge"].points == 5
    evaluation = signed(evaluation, knowledge=8)
    evaluation.refresh_from_db()
    assert (evaluation.total, evaluation.scores.count(), evaluation.return_reason) == (98, 10, "")


@pytest.mark.clause("xinjiang-2025", "18b")
def test_a_late_form_is_taken_and_marked_late():
    evaluation = submitted(on=date(2026, 10, 30))
    assert evaluation.late is True
    assert data_of(events(f"evaluation:{evaluation.pk}").last())["late"] is True
    assert submitted(held()[0], on=date(2026, 10, 29)).late is False


@pytest.mark.clause("xinjiang-2025", "18c")
def test_the_grade_becomes_a_mark_that_rooms_below_may_read():
    evaluation = submitted(knowledge=0, result=0)
    mark = Mark.objects.get(membership=evaluation.participation.membership)
    assert (mark.kind, mark.value, mark.source) == ("grade", "pass", f"evaluation:{evaluation.pk}")
    assert (mark.starts_on, mark.ends_on) == (DAY, None)


def test_the_request_is_closed_by_the_last_evaluation():
    request = an_activity(people=2)
    first, second = held(request)
    submitted(first)
    request.refresh_from_db()
    assert request.state == "held"
    # What lacks the leader's signature is not in either.
    again = an_activity(people=2)
    one, other = held(again)
    signed(other)
    submitted(one)
    again.refresh_from_db()
    assert again.state == "held"
    submitted(second)
    request.refresh_from_db()
    assert request.state == "closed"
    assert events(f"request:{request.pk}").last().kind == "request.closed"
    assert list(verify()) == []


def test_the_expert_is_told_once_submitted():
    evaluation = signed()
    user = evaluation.participation.membership.expert.user
    assert Message.objects.filter(recipient=user, kind="evaluation").count() == 0
    submitted(evaluation)
    assert Message.objects.get(recipient=user, kind="evaluation").about == f"evaluation:{evaluation.pk}"
    assert list(Evaluation.objects.visible_to(actor(user, None, DAY))) == [evaluation]


def told(report):
    return set(Message.objects.filter(about=f"violation:{report.pk}", kind="violation").values_list("recipient", flat=True))


@pytest.mark.clause("xinjiang-2025", "附表3f")
@pytest.mark.clause("xinjiang-2025", "19")
def test_a_grave_score_opens_a_report_although_the_grade_is_excellent():
    office, other = UserFactory(role="office"), UserFactory(role="employer")
    evaluation = signed(confidentiality=2)
    employer = UserFactory(role="employer", organisation=evaluation.participation.membership.expert.employer)
    assert ViolationReport.objects.count() == 0
    evaluation = submitted(evaluation, confidentiality=2)
    report = ViolationReport.objects.get()
    assert (evaluation.grade, report.criterion, report.article, report.state) == ("优秀", "confidentiality", "附表3f", "open")
    assert told(report) == {office.pk, employer.pk}
    assert other.pk not in told(report)
    assert data_of(events(f"violation:{report.pk}").get())["told"] == {"employer": 1, "office": 1}


@pytest.mark.clause("xinjiang-2025", "19")
def test_the_department_reports_and_employer_and_office_are_told():
    request = an_activity()
    one = seated(request)[0]
    office = UserFactory(role="office")
    employer = UserFactory(role="employer", organisation=one.membership.expert.employer)
    content = "评审期间私下联系申报单位，收受礼品。"
    with clock.frozen(date(2026, 10, 19)), pytest.raises(Refused) as refused:
        report_violation(participation=one, content=content, by=handler(request))
    assert [one.code for one in refused.value.refusals] == ["not_started"]
    with clock.frozen(HELD), pytest.raises(Refused) as refused:
        report_violation(participation=one, content="太短", by=handler(request))
    assert codes(refused) == [("no-reason", "content", "")]
    with clock.frozen(HELD):
        report = report_violation(participation=one, content=content, by=handler(request))
        assert report_violation(participation=one, content=content, by=handler(request)) == report
        with pytest.raises(Refused) as refused:
            report_violation(participation=one, content=content + "另有情况。", by=handler(request))
    assert codes(refused) == [("reported", "", "19")]
    assert (report.article, told(report)) == ("19", {office.pk, employer.pk})
    with clock.frozen(HELD), pytest.raises(Refused) as refused:
        report_violation(participation=one, content=content, by=UserFactory(role="department"))
    assert [one.code for one in refused.value.refusals] == ["unit"]


def a_report():
    request = an_activity()
    with clock.frozen(HELD):
        return report_violation(participation=seated(request)[0], content="评审期间私下联系申报单位。", by=handler(request))


def settle(report, outcome, by, **kwargs):
    with clock.frozen(DAY):
        return settle_violation(report=report, outcome=outcome, reason="经核实，情况属实", by=by, **kwargs)


@pytest.mark.clause("xinjiang-2025", "19(1)")
def test_the_office_settles_with_talk_suspension_or_removal(office_user):
    talk = settle(a_report(), "talk", office_user)
    assert (talk.state, talk.outcome, Message.objects.filter(kind="sanction").count()) == ("settled", "talk", 1)
    report = a_report()
    settle(report, "suspension", office_user, starts_on=DAY, ends_on=date(2027, 4, 20))
    suspension = Suspension.objects.get(membership=report.participation.membership)
    assert (suspension.starts_on, suspension.ends_on) == (DAY, date(2027, 4, 20))
    report = a_report()
    settle(report, "removal", office_user, ground="bribery")
    case = ExitCase.objects.get(membership=report.participation.membership)
    assert (case.ground, case.state) == ("bribery", "open")
    report = a_report()
    assert settle(report, "dismissed", office_user).outcome == "dismissed"
    assert settle(report, "dismissed", office_user).state == "settled"
    with pytest.raises(Refused) as refused:
        settle(report, "talk", office_user)
    assert [one.code for one in refused.value.refusals] == ["state"]


def test_settling_is_the_offices_and_complete_or_nothing(office_user):
    report = a_report()
    for by, kwargs, expected in (
        (handler(report.participation.request), {}, ["duty", "no-start"]),
        (office_user, {}, ["no-start"]),
        (office_user, {"starts_on": DAY}, ["no-end"]),
    ):
        with pytest.raises(Refused) as refused:
            settle(report, "suspension", by, **kwargs)
        assert [one.code for one in refused.value.refusals] == expected
    with pytest.raises(Refused) as refused:
        settle(report, "removal", office_user, ground="rude")
    assert [one.code for one in refused.value.refusals] == ["ground"]
    report.refresh_from_db()
    assert (report.state, Suspension.objects.count(), ExitCase.objects.count()) == ("open", 0, 0)


def test_who_sees_a_report():
    report = a_report()
    expert = report.participation.membership.expert
    seen = {
        "office": UserFactory(role="office"),
        "inspector": UserFactory(role="inspector"),
        "department": handler(report.participation.request),
        "employer": UserFactory(role="employer", organisation=expert.employer),
    }
    pools = {role: None if role == "employer" else report.participation.request.pool for role in seen}
    counts = {role: ViolationReport.objects.visible_to(actor(user, pools[role], DAY)).count() for role, user in seen.items()}
    assert counts == dict.fromkeys(seen, 1)
    others = [UserFactory(role="employer", organisation=OrganisationFactory()), UserFactory(role="department"), expert.user]
    pool = report.participation.request.pool
    assert [ViolationReport.objects.visible_to(actor(user, place, DAY)).count() for user in others for place in (pool, None)] == [0] * 6


@pytest.mark.clause("xinjiang-2025", "附表3b")
@pytest.mark.parametrize(
    ("band", "low", "high"), [("严格保密", 9, 10), ("基本合格", 7, 8), ("轻微疏漏", 5, 6), ("违规风险", 3, 4), ("重大失误", 0, 2)]
)
def test_confidentiality_is_signed_in_five_bands_and_in_no_other_points(band, low, high):
    evaluation = held()[0]
    by = handler(request_of(evaluation))
    taken = []
    with clock.frozen(DAY):
        for points in range(11):
            try:
                sign(evaluation=evaluation, scores={**scores(), "confidentiality": (band, points, "")}, by=by)
            except Refused as refused:
                assert [(one.code, one.field, one.article) for one in refused.refusals] == [
                    ("mismatch", "points_confidentiality", "附表3b")
                ]
            else:
                taken.append(points)
                return_to_handler(evaluation=evaluation, reason="请再核对一次", by=by)
    assert taken == list(range(low, high + 1))


@pytest.mark.clause("xinjiang-2025", "附表3c")
@pytest.mark.clause("xinjiang-2025", "附表3d")
@pytest.mark.parametrize(
    ("total", "name", "code"),
    [
        (100, "优秀", "excellent"),
        (90, "优秀", "excellent"),
        (89, "良好", "good"),
        (80, "良好", "good"),
        (79, "合格", "pass"),
        (60, "合格", "pass"),
        (59, "不合格", "fail"),
        (0, "不合格", "fail"),
    ],
)
def test_the_total_of_the_signed_form_gives_its_grade(total, name, code):
    left, points = 100 - total, {}
    for criterion in rules().criteria:
        lost = min(left, criterion.maximum)
        points[criterion.code] = criterion.maximum - lost
        left -= lost
    evaluation = submitted(**points)
    assert (evaluation.total, evaluation.grade, Mark.objects.get().value) == (total, name, code)


def test_a_standby_who_was_not_needed_did_nothing():
    request = an_activity(people=1, standbys=1)
    standby = request.participations.get(seated=False)
    with clock.frozen(HELD), pytest.raises(Refused) as refused:
        report_violation(participation=standby, content="评审期间私下联系申报单位。", by=handler(request))
    assert codes(refused) == [("not_seated", "", "")]
    assert not ViolationReport.objects.exists()


def test_a_suspension_that_settles_a_report_has_a_first_day_and_an_unknown_sanction_settles_nothing(office_user):
    report = a_report()
    for outcome, kwargs, expected in (
        ("suspension", {"ends_on": date(2027, 4, 20)}, ("no-start", "starts_on", "19")),
        ("flogging", {}, ("outcome", "outcome", "19")),
    ):
        with pytest.raises(Refused) as refused:
            settle(report, outcome, office_user, **kwargs)
        assert codes(refused) == [expected]
    report.refresh_from_db()
    assert report.state == "open"


def test_only_what_the_handler_signed_and_the_leader_did_not_is_returned():
    due, done = held(people=2)
    submitted(done)
    with clock.frozen(DAY):
        for evaluation in (due, done):
            with pytest.raises(Refused) as refused:
                return_to_handler(evaluation=evaluation, reason="请再核对一次", by=leader(request_of(evaluation)))
            assert codes(refused) == [("state", "", "")]
    assert sorted(Evaluation.objects.values_list("state", flat=True)) == ["due", "submitted"]


def test_a_complete_settlement_by_another_role_is_refused(leader_user):
    report = a_report()
    for by in (leader_user, handler(report.participation.request), UserFactory(role="inspector")):
        with pytest.raises(Refused) as refused:
            settle(report, "talk", by)
        assert codes(refused) == [("duty", "", "19")]
