"""卷宗: a real draw with everything that followed, and who sees how much of it."""

from datetime import date

import pytest

from evaluation.pages.dossier import DossierPage
from evaluation.services.dossier import why_not_open_dossier
from expertpool import clock
from selection.models import Attempt, ContactLine, DrawRequest, Participation
from selection.services import draws
from tests.evaluation.activity import HELD, handler, held, leader, seated, submitted, who
from tests.factories import UserFactory
from tests.factories import at as page
from tests.selection.drawing import answer, approved, at, contacting, frozen_attempt, invitation, members

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> DrawRequest:
    """Drawn on 12 October, two seats and a standby, one who declined; the activity is on 20 October."""
    with clock.frozen(at(12)):
        members(9)
        draw = contacting(approved(seats={"SHHG": 2}))
        answer(invitation(draw, 1), "decline")
        for position in (2, 3, 4):
            answer(invitation(draw, position))
    return DrawRequest.objects.get(pk=draw.request_id)


def dossier(case, user, *, on):
    return DossierPage.of(who(user, case, on), case)


@pytest.mark.clause("xinjiang-2025", "16c")
def test_the_whole_case_stands_in_the_dossier(case):
    rows = held(case)
    for row in rows:
        submitted(row)
    case.refresh_from_db()
    found = dossier(case, UserFactory(role="inspector"), on=date(2026, 10, 22))
    assert found.sight.names
    assert found.counts == {"seats": 0, "seated": 2, "standby": 1, "attended": 2, "absent": 0, "evaluations": 2, "submitted": 2}
    assert found.outcomes == [("接受", 3), ("不能参加", 1)]
    assert [line["position"] for line in found.contacts] == [1, 2, 3, 4, ""]
    assert found.verification is not None
    assert found.verification.passed is True
    assert found.verification.differing == ()
    assert {(row.code, row.word) for row in found.verification.rows if row.word != "通过"} == {("V07", "未与纸面核对")}
    assert [one.total for one in found.evaluations] == [100, 100]
    kinds = [event["kind"] for event in found.events]
    for kind in (
        "draw.frozen",
        "draw.drawn",
        "contact.recorded",
        "attendance.recorded",
        "evaluations.opened",
        "evaluation.submitted",
        "request.closed",
    ):
        assert kind in kinds
    (attempt,) = found.attempts
    assert attempt.head == ContactLine.objects.order_by("number").last().head


def test_a_changed_line_fails_the_verification(case):
    line = ContactLine.objects.order_by("number").first()
    ContactLine.objects.filter(pk=line.pk).update(text=line.text.replace("DECLINE", "NOREPLY"))
    found = dossier(case, UserFactory(role="office"), on=HELD)
    assert found.verification is not None
    assert found.verification.passed is False
    assert found.verification.differing == ("联系记录",)


def everything(found):
    return str([found.contacts, found.participations, found.evaluations, found.events])


def test_a_leader_sees_counts_until_all_is_closed(case):
    found = dossier(case, UserFactory(role="leader"), on=date(2026, 10, 15))
    assert (found.contacts, found.participations, found.evaluations, found.events, found.verification) == ([], [], [], [], None)
    assert found.counts["seated"] == 2


def test_codes_before_names_for_office_and_inspector(case):
    DrawRequest.objects.filter(pk=case.pk).update(state="drawing")
    case.refresh_from_db()
    for role in ("office", "inspector"):
        found = dossier(case, UserFactory(role=role), on=date(2026, 10, 15))
        assert (found.by_code, found.by_name) == (True, False)
        assert {line["name"] for line in found.contacts} == {""}


def test_the_department_between_opening_and_its_last_evaluation(case):
    by = handler(case)
    assert why_not_open_dossier(case, who(by, case, date(2026, 10, 19))).code == "not_opened"
    assert why_not_open_dossier(case, who(by, case)) is None
    for row in held(case):
        submitted(row)
    case.refresh_from_db()
    assert why_not_open_dossier(case, who(by, case, date(2026, 10, 22))).code == "archived"
    assert leader(case).organisation == case.department
    assert len(seated(case)) == 2


def test_the_department_reads_who_serves_and_not_who_declined_or_stands_by(client, case):
    declined, standby = (invitation(case.draw, position).candidate.membership.expert for position in (1, 4))
    names = [one.membership.expert.name for one in Participation.objects.filter(request=case, seated=True)]
    with clock.frozen(at(20)):
        client.force_login(handler(case))
        text = client.get(page("dossier", case.pk)).content.decode()
    assert [name in text for name in names] == [True, True]
    assert [(one.name in text) for one in (declined, standby)] == [False, False]
    assert "不能参加 1 人次" in text


@pytest.mark.parametrize(("text", "differing"), [("manifest_text", ("清单",)), ("result_text", ("抽取结果", "联系记录"))])
def test_a_file_that_is_not_the_one_of_the_day_fails_the_verification(case, text, differing):
    attempt = case.draw.attempts.get()
    Attempt.objects.filter(pk=attempt.pk).update(**{text: getattr(attempt, text).replace("SHHG", "MHG")})
    found = dossier(case, UserFactory(role="office"), on=HELD).verification
    assert (found.passed, found.differing) == (False, differing)


def test_an_abort_that_is_not_the_one_of_the_day_fails_the_verification():
    with clock.frozen(at(12)):
        members(9)
        attempt = frozen_attempt(approved(seats={"SHHG": 2}))
        draws.abort(attempt=attempt, reason="TECHNICAL", by=attempt.frozen_by)
    request = attempt.draw.request
    office = UserFactory(role="office")
    for changed, differing in ((None, ()), ("OTHER", ("中止记录",))):
        if changed:
            attempt.refresh_from_db()
            Attempt.objects.update(abort_text=attempt.abort_text.replace("TECHNICAL", changed))
        with clock.frozen(at(12)):
            assert dossier(request, office, on=at(12).date()).verification.differing == differing
