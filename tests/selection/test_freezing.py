"""名单冻结: who must be in his place, what is refused, and what the frozen texts hold (第十三条（二）)."""

from datetime import date

import pytest

from expertpool.clock import frozen
from expertpool.ledger.models import LedgerEvent
from expertpool.ledger.services import data_of
from expertpool.refusals import Refused
from experts.services.suspensions import lift_suspension
from selection.domain import protocol
from selection.models import Attempt, Draw, DrawRequest, Presence, Waiver
from selection.services import draws
from tests.factories import SuspensionFactory, UserFactory
from tests.selection import drawing as d

XJ = "xinjiang-2025"
pytestmark = [pytest.mark.django_db, pytest.mark.day(d.TODAY)]


# Who is there.


@pytest.mark.clause(XJ, "13(2)a")
def test_nothing_is_drawn_without_an_inspector(office_user):
    d.members(6)
    assert d.refusals(lambda: draws.freeze(request=d.approved(), by=office_user)) == [("no_inspector", "13(2)a")]
    assert not Draw.objects.exists()


@pytest.mark.clause(XJ, "13(2)a")
def test_an_inspector_who_left_does_not_watch(office_user, inspector_user):
    d.members(6)
    request = d.approved()
    draws.join(request=request, by=inspector_user)
    draws.leave(request=request, by=inspector_user)
    assert d.refusals(lambda: draws.freeze(request=request, by=office_user)) == [("no_inspector", "13(2)a")]


def test_joining_and_leaving_twice_is_once(inspector_user):
    request = d.approved()
    assert draws.join(request=request, by=inspector_user) == draws.join(request=request, by=inspector_user)
    draws.leave(request=request, by=inspector_user)
    draws.leave(request=request, by=inspector_user)
    assert (Presence.objects.count(), [e.kind for e in LedgerEvent.objects.order_by("seq")]) == (1, ["presence.joined", "presence.left"])


@pytest.mark.parametrize(
    ("state", "may"), [("draft", False), ("under_approval", False), ("held", False), ("approved", True), ("confirmed", True)]
)
def test_an_inspector_takes_his_place_from_the_approval_to_the_activity(inspector_user, state, may):
    request = d.approved(state=state)
    if may:
        assert draws.join(request=request, by=inspector_user).request == request
    else:
        assert d.refusals(lambda: draws.join(request=request, by=inspector_user)) == [("state", "13(1)b")]
    assert Presence.objects.count() == may


@pytest.mark.clause(XJ, "2")
def test_only_the_office_runs_the_draw(inspector_user, leader_user):
    d.members(6)
    request = d.approved()
    draws.join(request=request, by=inspector_user)
    assert d.refusals(lambda: draws.freeze(request=request, by=leader_user)) == [("duty", "2")]


# What is refused.


@pytest.mark.clause(XJ, "13(1)d")
def test_a_request_that_is_not_approved_is_not_drawn(office_user):
    request = d.approved(state="under_approval", approved_at=None)
    assert d.refusals(lambda: draws.freeze(request=request, by=office_user)) == [("not_approved", "13(1)b"), ("no_inspector", "13(2)a")]


def test_nobody_is_drawn_for_an_activity_that_has_begun(office_user, inspector_user):
    d.members(4)
    request = d.approved(starts_on=date(2026, 10, 12))
    draws.join(request=request, by=inspector_user)
    assert d.refusals(lambda: draws.freeze(request=request, by=office_user)) == [("started", "")]


def test_a_draw_is_made_by_one_of_two_algorithms(office_user, inspector_user):
    d.members(4)
    request = d.approved()
    draws.join(request=request, by=inspector_user)
    assert d.refusals(lambda: draws.freeze(request=request, by=office_user, alg="md5")) == [("alg", "")]
    assert not Draw.objects.exists()


@pytest.mark.clause(XJ, "13(2)b")
def test_a_pool_too_small_is_refused_a_field_with_the_exclusions_that_cause_it(office_user, inspector_user):
    d.members(2, ("SHHG",))
    for one in d.members(2, ("SHHG",)):
        SuspensionFactory(membership=one)
    d.members(1, ("MHG",))
    request = d.approved(seats={"SHHG": 1, "MHG": 1})
    draws.join(request=request, by=inspector_user)
    with pytest.raises(Refused) as caught:
        draws.freeze(request=request, by=office_user)
    first, second = caught.value.refusals
    assert (first.code, first.article) == (second.code, second.article) == ("shortage", "13(2)b")
    assert "可抽2名，缺1名" in first.message and "暂停参与评审活动（第十九条第（一）项）2名" in first.message
    assert "可抽1名，缺2名" in second.message
    assert (Draw.objects.count(), DrawRequest.objects.get(pk=request.pk).state) == (0, "approved")


@pytest.mark.clause(XJ, "13(2)b")
@pytest.mark.parametrize(("countersigned", "result"), [(False, "refused"), (True, "need|SHHG|1|2")])
def test_a_countersigned_waiver_draws_from_what_there_is(office_user, inspector_user, countersigned, result):
    d.members(2)
    request = d.approved()
    draws.join(request=request, by=inspector_user)
    field = request.pool.fields.get(code="SHHG")
    waiver = Waiver.objects.create(
        request=request, rule="draw_ratio", field=field, article="13(2)b", reason="本领域专家较少", by=office_user
    )
    if countersigned:
        waiver.countersigned_by, waiver.countersigned_at = inspector_user, d.at(11)
        waiver.save()
    try:
        manifest = draws.freeze(request=request, by=office_user).manifest_text
    except Refused as refused:
        assert (result, [one.code for one in refused.refusals]) == ("refused", ["shortage"])
    else:
        assert result in manifest.splitlines()


# What it holds.


@pytest.mark.clause(XJ, "12a")
@pytest.mark.clause(XJ, "13(2)b")
def test_the_manifest_holds_every_field_with_three_candidates_a_seat():
    d.members(9, ("SHHG",))
    d.members(7, ("MHG",))
    attempt = d.frozen_attempt(seats={"SHHG": 2, "MHG": 1})
    needs = [line for line in attempt.manifest_text.splitlines() if line.startswith(("need", "standby"))]
    assert needs == ["need|SHHG|2|6", "standby|SHHG|1", "need|MHG|1|3", "standby|MHG|1"]


def test_the_frozen_texts_belong_together():
    d.members(4)
    attempt = d.frozen_attempt()
    manifest = dict(line.split("|", 1) for line in attempt.manifest_text.splitlines())
    assert manifest["pool"] == protocol.h("sm3", attempt.pool_text)
    assert manifest["request"] == protocol.h("sm3", attempt.draw.request.canonical)
    edition = attempt.draw.request.pool.regulation_on(d.TODAY)
    assert (manifest["rules"], attempt.draw.rule_hash) == (edition.rules_digest("sm3"), edition.file_hash)
    assert attempt.manifest_hash == protocol.h("sm3", attempt.manifest_text)
    assert manifest["office"] == protocol.commitment("sm3", draw=attempt.draw.number, round=0, attempt=1, secret=attempt.secret)
    assert (attempt.draw.number, attempt.result_text, attempt.draw.request.state) == ("ZJK2026-000001", "", "drawing")


def test_the_ledger_holds_hashes_and_codes_only():
    d.members(4)
    attempt = d.frozen_attempt()
    event = LedgerEvent.objects.get(kind="draw.frozen")
    assert event.subject == "draw:ZJK2026-000001"
    assert data_of(event) == {
        "request": attempt.draw.request.number,
        "round": 0,
        "attempt": 1,
        "alg": "sm3",
        "manifest": attempt.manifest_hash,
        "pool": protocol.h("sm3", attempt.pool_text),
        "rules": attempt.draw.rule_hash,
    }


def test_whoever_is_left_out_is_left_out_visibly():
    kept, suspended = d.members(3), d.members(1)[0]
    SuspensionFactory(membership=suspended)
    lines = d.frozen_attempt().pool_text.splitlines()
    assert [line.split("|")[0] for line in lines[1:]] == sorted(one.number for one in [*kept, suspended])
    assert [line.split("|")[3:] for line in lines if line.startswith(suspended.number)] == [["X", "SUSPENDED"]]


def test_who_was_suspended_when_the_request_was_approved_does_not_enter_its_draw_by_lifting(office_user):
    kept, member = d.members(3), d.members(1)[0]
    suspension = SuspensionFactory(membership=member)
    request = d.approved()
    lift_suspension(suspension=suspension, reason="申诉成立，予以解除", by=office_user)
    lines = d.frozen_attempt(request).pool_text.splitlines()
    assert [line.split("|")[3:] for line in lines if line.startswith(member.number)] == [["X", "CHANGED-AFTER-REQUEST"]]
    assert all(line.split("|")[3] == "E" for line in lines[1:] if not line.startswith(member.number)) and len(lines) == len(kept) + 2


def test_numbers_count_on():
    d.members(8)
    assert [d.frozen_attempt().draw.number for _ in range(2)] == ["ZJK2026-000001", "ZJK2026-000002"]


def test_the_number_is_of_the_day_whose_edition_speaks(office_user, inspector_user):
    d.members(4)
    request = d.approved(starts_on=date(2027, 1, 5))
    draws.join(request=request, by=inspector_user)
    with frozen(date(2027, 1, 1)):
        assert draws.freeze(request=request, by=office_user, on=date(2026, 12, 31)).draw.number == "ZJK2026-000001"


def test_freezing_twice_gives_the_frozen_attempt():
    d.members(4)
    attempt = d.frozen_attempt()
    assert draws.freeze(request=attempt.draw.request, by=attempt.frozen_by) == attempt
    assert d.refusals(lambda: draws.freeze(request=attempt.draw.request, by=UserFactory(role="office"))) == [("frozen", "")]
    assert Attempt.objects.count() == 1
