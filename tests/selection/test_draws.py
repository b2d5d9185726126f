import random
import re
import subprocess
import sys
import zipfile
from datetime import date

import pytest

from expertpool.clock import frozen
from expertpool.ledger.models import LedgerEvent
from expertpool.ledger.services import data_of, verify
from expertpool.messaging.models import Message
from expertpool.refusals import Refused
from experts.models import Membership
from experts.services.suspensions import lift_suspension
from selection import verify_draw
from selection.domain import draw as protocol
from selection.models import Attempt, Candidate, Draw, DrawRequest, Presence, Waiver
from selection.services import contacts, draws, invitations, waivers
from selection.services.draws import sharing
from tests.factories import AssignmentFactory, PoolFactory, SuspensionFactory, UserFactory
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
    return [(one.code, one.article) for one in caught.value.refusals]


@pytest.mark.clause(XJ, "13(1)d")
def test_a_request_that_is_not_approved_is_not_drawn(office_user):
    request = d.approved(state="leader_review", approved_at=None)
    assert [one.code for one in draws.why_not_freeze(request=request, by=office_user)] == ["not_approved", "no_inspector"]


@pytest.mark.clause(XJ, "13(2)a")
def test_nothing_is_drawn_without_an_inspector(office_user):
    d.members(6)
    assert refusals(lambda: draws.freeze(request=d.approved(), by=office_user)) == [("no_inspector", "13(2)a")]
    assert not Draw.objects.exists()


@pytest.mark.clause(XJ, "13(2)a")
def test_an_inspector_who_left_does_not_watch(office_user, inspector_user):
    d.members(6)
    request = d.approved()
    draws.join(request=request, by=inspector_user)
    draws.leave(request=request, by=inspector_user)
    assert refusals(lambda: draws.freeze(request=request, by=office_user)) == [("no_inspector", "13(2)a")]


def test_joining_and_leaving_twice_is_once(inspector_user):
    request = d.approved()
    assert draws.join(request=request, by=inspector_user) == draws.join(request=request, by=inspector_user)
    draws.leave(request=request, by=inspector_user)
    draws.leave(request=request, by=inspector_user)
    assert (Presence.objects.count(), [e.kind for e in LedgerEvent.objects.order_by("seq")]) == (1, ["presence.joined", "presence.left"])


@pytest.mark.clause(XJ, "2")
def test_only_the_office_runs_the_draw(inspector_user, leader_user):
    d.members(6)
    request = d.approved()
    draws.join(request=request, by=inspector_user)
    assert refusals(lambda: draws.freeze(request=request, by=leader_user)) == [("duty", "2")]


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


def test_numbers_count_on():
    d.members(8)
    assert [d.frozen_attempt().draw.number for _ in range(2)] == ["ZJK2026-000001", "ZJK2026-000002"]


def test_freezing_twice_gives_the_frozen_attempt():
    d.members(4)
    attempt = d.frozen_attempt()
    assert draws.freeze(request=attempt.draw.request, by=attempt.frozen_by) == attempt
    assert refusals(lambda: draws.freeze(request=attempt.draw.request, by=UserFactory(role="office"))) == [("frozen", "")]
    assert Attempt.objects.count() == 1


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


def test_nobody_is_drawn_for_an_activity_that_has_begun(office_user, inspector_user):
    d.members(4)
    request = d.approved(starts_on=date(2026, 10, 12))
    draws.join(request=request, by=inspector_user)
    assert refusals(lambda: draws.freeze(request=request, by=office_user)) == [("started", "")]


@pytest.mark.clause(XJ, "12b")
@pytest.mark.parametrize("alg", ["sm3", "sha256"])
def test_the_share_computes_the_lists_that_anybody_can_recompute(alg):
    d.members(9, ("SHHG",))
    d.members(9, ("SHHG", "MHG"))
    draw = d.drawn(alg=alg, seats={"SHHG": 2, "MHG": 1})
    attempt = draw.attempts.get()
    listed = [tuple(line.split("|")[1:4]) for line in attempt.result_text.splitlines() if line.startswith("list|")]
    rows = Candidate.objects.order_by("pk").values_list("field__code", "position", "membership__number")
    assert [(f, int(p), n) for f, p, n in listed] == list(rows)
    assert (len(listed), len({n for _, _, n in listed}), attempt.state, attempt.share) == (9, 9, "drawn", d.SHARE)
    assert f"office|{attempt.secret}" in attempt.result_text


def test_the_same_share_twice_is_once_and_another_one_is_refused():
    d.members(4)
    attempt = d.frozen_attempt()
    inspector = d.inspector_of(attempt.draw.request)
    first = draws.give_share(attempt=attempt, share=d.SHARE, by=inspector)
    assert draws.give_share(attempt=attempt, share=d.SHARE, by=inspector).result_text == first.result_text
    assert refusals(lambda: draws.give_share(attempt=attempt, share=d.SHARE + "1", by=inspector)) == [("drawn", "")]
    assert LedgerEvent.objects.filter(kind="draw.drawn").count() == 1


@pytest.mark.parametrize(
    "share", ["3" * 19, "3" * 65, "ABC" * 8, "123 456 123 456 123 456", "１２３４５６１２３４５６１２３４５６１２", ""]
)
def test_a_share_of_another_form_is_refused(share):
    d.members(4)
    attempt = d.frozen_attempt()
    assert refusals(lambda: draws.give_share(attempt=attempt, share=share, by=d.inspector_of(attempt.draw.request))) == [("share", "")]
    assert Attempt.objects.get().state == "frozen"


@pytest.mark.clause(XJ, "13(2)a")
def test_the_share_comes_from_an_inspector_who_is_there(office_user):
    d.members(4)
    attempt = d.frozen_attempt()
    assert refusals(lambda: draws.give_share(attempt=attempt, share=d.SHARE, by=attempt.frozen_by)) == [("duty", "")]
    assert refusals(lambda: draws.give_share(attempt=attempt, share=d.SHARE, by=UserFactory(role="inspector"))) == [("absent", "13(2)a")]


def test_a_share_that_fails_on_the_way_leaves_nothing(monkeypatch):
    """Whatever dies inside the transaction leaves the state before the share."""
    d.members(4)
    attempt = d.frozen_attempt()
    inspector = d.inspector_of(attempt.draw.request)

    class Died(Exception):
        pass

    def die(*args, **kwargs):
        raise Died

    monkeypatch.setattr(sharing, "record", die)
    with pytest.raises(Died):
        draws.give_share(attempt=attempt, share=d.SHARE, by=inspector)
    row = Attempt.objects.get()
    assert (row.state, row.share, row.result_text, Candidate.objects.count()) == ("frozen", "", "", 0)


def test_an_aborted_attempt_keeps_its_number_and_the_next_is_chained_to_it():
    d.members(4)
    first = d.frozen_attempt()
    aborted = draws.abort(attempt=first, reason="TECHNICAL", by=first.frozen_by)
    second = draws.freeze(request=first.draw.request, by=first.frozen_by)
    assert aborted.abort_text == "abort|ZJK2026-000001|0|1|TECHNICAL|2026-10-12T01:00:00Z\n"
    assert (second.round, second.attempt) == (0, 2)
    assert f"prev|{protocol.h('sm3', aborted.abort_text)}" in second.manifest_text
    assert second.secret != first.secret


def test_an_attempt_with_a_share_cannot_be_aborted():
    d.members(4)
    draw = d.drawn()
    assert refusals(lambda: draws.abort(attempt=draw.attempts.get(), reason="OTHER", by=UserFactory(role="office"))) == [("drawn", "")]


def test_a_drawn_list_is_not_drawn_again(office_user):
    d.members(4)
    draw = d.drawn()
    assert refusals(lambda: draws.freeze(request=draw.request, by=office_user)) == [("drawn", "13(3)b")]


def shortfall(**kwargs):
    """Two seats, six on the list, one accepts: one seat is missing."""
    d.members(12)
    draw = d.contacting(seats={"SHHG": 2}, **kwargs)
    d.answer(d.invitation(draw, 1))
    while waiting := d.book(draw).open_invitations:
        d.answer(waiting[0], "decline")
    return draw


@pytest.mark.clause(XJ, "13(3)b")
def test_a_supplementary_round_draws_exactly_what_is_missing_and_nobody_twice(office_user):
    draw = shortfall()
    attempt = draws.open_supplementary_round(draw=draw, by=office_user)
    assert (attempt.round, attempt.attempt) == (1, 1)
    assert [line for line in attempt.manifest_text.splitlines() if line.startswith("need")] == ["need|SHHG|1|3"]
    assert f"prev|{d.book(draw).head}" in attempt.manifest_text
    earlier = set(Candidate.objects.values_list("membership__number", flat=True))
    excluded = {line.split("|")[0] for line in attempt.pool_text.splitlines()[1:] if "DRAWN" in line.split("|")[4].split(",")}
    assert excluded == earlier
    draws.give_share(attempt=attempt, share="a" * 30, by=d.inspector_of(draw.request))
    later = set(Candidate.objects.filter(attempt=attempt).values_list("membership__number", flat=True))
    assert (len(later), later & earlier) == (3, set())


@pytest.mark.clause(XJ, "13(3)b")
def test_the_supplementary_round_is_supervised_again(office_user):
    draw = shortfall()
    draws.leave(request=draw.request, by=d.inspector_of(draw.request))
    assert refusals(lambda: draws.open_supplementary_round(draw=draw, by=office_user)) == [("no_inspector", "13(2)a")]


def test_no_supplementary_round_while_somebody_may_still_be_asked(office_user):
    d.members(12)
    draw = d.contacting(seats={"SHHG": 2})
    assert refusals(lambda: draws.open_supplementary_round(draw=draw, by=office_user)) == [("unfinished", "13(3)b")]


def test_no_supplementary_round_when_nothing_is_missing(office_user):
    d.members(12)
    draw = d.contacting()
    for _ in range(2):
        d.answer(d.book(draw).open_invitations[0])
    assert refusals(lambda: draws.open_supplementary_round(draw=draw, by=office_user)) == [("nothing_missing", "13(3)b")]


def test_while_a_later_round_is_frozen_no_line_is_written(office_user):
    draw = shortfall()
    draws.open_supplementary_round(draw=draw, by=office_user)
    before = d.outcomes(draw)
    standing = d.candidate(draw, 1).participation
    assert refusals(lambda: invitations.withdraw(participation=standing, reason_code="TIME", by=office_user)) == [("round_frozen", "")]
    assert d.outcomes(draw) == before


@pytest.mark.clause(XJ, "13(2)b")
def test_a_supplementary_round_that_is_too_small_needs_a_waiver_of_its_own(office_user):
    d.members(8)
    draw = d.contacting(seats={"SHHG": 2})
    d.answer(d.invitation(draw, 1))
    while waiting := d.book(draw).open_invitations:
        d.answer(waiting[0], "decline")
    inspector = d.inspector_of(draw.request)
    assert refusals(lambda: draws.open_supplementary_round(draw=draw, by=office_user)) == [("shortage", "13(2)b")]
    field = draw.request.pool.fields.get(code="SHHG")
    waiver = waivers.waive_shortage(request=draw.request, field=field, reason="本领域在库专家已不足", by=office_user)
    assert refusals(lambda: draws.open_supplementary_round(draw=draw, by=office_user)) == [("shortage", "13(2)b")]
    waivers.countersign(waiver=waiver, by=inspector)
    attempt = draws.open_supplementary_round(draw=draw, by=office_user)
    assert [line for line in attempt.manifest_text.splitlines() if line.startswith("need")] == ["need|SHHG|1|2"]


def test_no_waiver_where_nothing_is_short(office_user):
    draw = shortfall()
    field = draw.request.pool.fields.get(code="SHHG")
    act = lambda: waivers.waive_shortage(request=draw.request, field=field, reason="本领域在库专家已不足", by=office_user)  # noqa: E731
    assert refusals(act) == [("no-shortage", "13(2)b")]


def verified(data: bytes, tmp_path, *expect: str):
    path = tmp_path / "bundle.zip"
    path.write_bytes(data)
    options = [word for one in expect for word in ("--expect-manifest", one)]
    run = subprocess.run([sys.executable, verify_draw.__file__, str(path), *options], capture_output=True, text=True, check=False)
    return run.returncode, run.stdout


def whole_case():
    """Abort, draw, contacts, a supplementary round, a withdrawal written into the later round's file, the close."""
    d.members(14, ("SHHG",))
    d.members(6, ("MHG",))
    office = UserFactory(role="office")
    first = d.frozen_attempt(seats={"SHHG": 2, "MHG": 1}, office=office)
    draws.abort(attempt=first, reason="POOL-CHANGED", by=office)
    draw = first.draw
    inspector = d.inspector_of(draw.request)
    draws.give_share(attempt=draws.freeze(request=draw.request, by=office), share=d.SHARE, by=inspector)
    invitations.invite_due(draw=draw, by=office)
    for one in d.book(draw).open_invitations:
        if one.candidate.field.code == "MHG":
            d.answer(one)
    d.answer(d.invitation(draw, 1))
    while waiting := d.book(draw).open_invitations:
        d.answer(waiting[0], "decline")
    draws.give_share(attempt=draws.open_supplementary_round(draw=draw, by=office), share="b" * 24, by=inspector)
    invitations.invite_due(draw=draw, by=office)
    while waiting := d.book(draw).open_invitations:
        d.answer(waiting[0])
    invitations.withdraw(participation=d.candidate(draw, 1).participation, reason_code="HEALTH", by=office)
    while waiting := d.book(draw).open_invitations:
        d.answer(waiting[0])
    return Draw.objects.get(pk=draw.pk)


def test_the_bundle_of_a_whole_case_passes_every_check(tmp_path):
    draw = whole_case()
    manifests = [one.manifest_hash for one in draw.attempts.all()]
    code, text = verified(draws.bundle(draw), tmp_path, *manifests)
    assert code == 0, text
    assert re.findall(r"^V\d\d (\w+)", text, re.M) == ["PASS"] * 15
    assert (
        "contact|" in draws.files(draw)["round-1-attempt-1/contacts.txt"]
        and "SHHG@0" in draws.files(draw)["round-1-attempt-1/contacts.txt"]
    )
    assert list(verify()) == []


def test_the_bundle_is_the_same_bytes_every_time():
    draw = whole_case()
    assert draws.bundle(draw) == draws.bundle(draw)


def test_any_changed_byte_of_a_whole_case_fails(tmp_path):
    draw = whole_case()
    texts = draws.files(draw)
    manifests = [one.manifest_hash for one in draw.attempts.all()]
    pick = random.Random(20261012)
    path = tmp_path / "changed.zip"
    missed = []
    for name, text in texts.items():
        if name.endswith("abort.txt"):
            continue
        for position in sorted(pick.sample(range(len(text)), min(12, len(text)))):
            other = pick.choice([c for c in "0123456789abcdefXZ|\n " if c != text[position]])
            changed = texts | {name: text[:position] + other + text[position + 1 :]}
            with zipfile.ZipFile(path, "w") as archive:
                for inside, content in changed.items():
                    archive.writestr(inside, content)
            if verify_draw.verify(str(path), manifests, out=lambda *_: None) == 0:
                missed.append((name, position, other))
    assert missed == []


def test_an_aborted_attempt_is_covered_by_the_next_ones_prev(tmp_path):
    draw = whole_case()
    texts = draws.files(draw)
    name = "round-0-attempt-1/abort.txt"
    path = tmp_path / "changed.zip"
    missed = []
    for position in range(len(texts[name])):
        changed = texts | {name: texts[name][:position] + ("1" if texts[name][position] != "1" else "2") + texts[name][position + 1 :]}
        with zipfile.ZipFile(path, "w") as archive:
            for inside, content in changed.items():
                archive.writestr(inside, content)
        if verify_draw.verify(str(path), out=lambda *_: None) == 0:
            missed.append(position)
    assert missed == []


def test_nothing_to_verify_before_the_share():
    d.members(4)
    assert refusals(lambda: draws.bundle(d.frozen_attempt().draw)) == [("nothing_drawn", "")]


def test_the_book_is_read_in_a_constant_number_of_queries(django_assert_num_queries):
    draw = whole_case()
    small = d.drawn(d.approved(seats={"MHG": 1}))
    for one in (draw, small):
        with django_assert_num_queries(3):
            contacts.read(one)


@pytest.mark.clause(XJ, "13(2)b")
def test_a_waiver_of_the_first_round_does_not_serve_the_next(office_user, inspector_user):
    d.members(5)
    request = d.approved(seats={"SHHG": 2})
    field = request.pool.fields.get(code="SHHG")
    waiver = waivers.waive_shortage(request=request, field=field, reason="本领域在库专家仅五人", by=office_user)
    waivers.countersign(waiver=waiver, by=inspector_user)
    with frozen(d.at(12, 10)):
        draw = d.contacting(request)
        d.members(2, admitted_on=date(2026, 1, 1))
        while waiting := d.book(draw).open_invitations:
            d.answer(waiting[0], "decline")
        assert refusals(lambda: draws.open_supplementary_round(draw=draw, by=office_user)) == [("shortage", "13(2)b")]
        again = waivers.waive_shortage(request=draw.request, field=field, reason="补充抽取时仅余两人", by=office_user)
        assert (again.pk, again.countersigned_at) == (waiver.pk, None)
        waivers.countersign(waiver=again, by=inspector_user)
        attempt = draws.open_supplementary_round(draw=draw, by=office_user)
    assert [line for line in attempt.manifest_text.splitlines() if line.startswith("need")] == ["need|SHHG|2|2"]


def test_a_countersigned_waiver_is_not_rewritten_when_nobody_is_left(office_user, inspector_user):
    d.members(5)
    request = d.approved(seats={"SHHG": 1})
    draw = d.contacting(request)
    while waiting := d.book(draw).open_invitations:
        d.answer(waiting[0], "decline")
    field = request.pool.fields.get(code="SHHG")
    Membership.objects.exclude(candidacies__attempt__draw=draw).update(state="exited")
    waiver = waivers.waive_shortage(request=draw.request, field=field, reason="补充抽取时无人可抽", by=office_user)
    waivers.countersign(waiver=waiver, by=inspector_user)
    act = lambda: waivers.waive_shortage(request=draw.request, field=field, reason="另外的一个理由", by=office_user)  # noqa: E731
    assert refusals(act) == [("countersigned", "13(2)b")]


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
    code, text = verified(draws.bundle(draw), tmp_path, draw.attempts.get().manifest_hash)
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
    while waiting := d.book(draw).open_invitations:
        d.answer(waiting[0])
    assert DrawRequest.objects.get().state == "confirmed"
    draws.give_up(draw=draw, reason_code="OTHER", reason="会议场所临时关闭", by=office_user)
    closes = [line for line in draws.files(draw)["round-0-attempt-1/contacts.txt"].splitlines() if line.startswith("close")]
    assert closes == ["close|DONE|-", "close|ABORT|OTHER"]
    assert verified(draws.bundle(draw), tmp_path)[0] == 0
    assert (DrawRequest.objects.get().state, Message.objects.filter(kind="called-off").count()) == ("cancelled", 2)
    request = DrawRequest.objects.get()
    assert (request.cancel_reason, request.cancelled_by) == ("其他原因。会议场所临时关闭", office_user)


def test_nothing_happens_to_a_draw_that_is_given_up(office_user, inspector_user):
    d.members(9)
    draw = d.contacting(seats={"SHHG": 2})
    one, two = d.invitation(draw, 1), d.invitation(draw, 2)
    d.answer(one)
    draws.give_up(draw=draw, reason_code="NO-EXPERTS", by=office_user)
    before = (LedgerEvent.objects.count(), Message.objects.count(), d.book(draw).head)
    draws.give_up(draw=draw, reason_code="NO-EXPERTS", by=office_user)
    invitations.invite_due(draw=draw)
    assert refusals(lambda: d.answer(one, "decline")) == [("ended", "")]
    assert refusals(lambda: d.answer(two)) == [("answered", "")]
    assert refusals(lambda: draws.open_supplementary_round(draw=draw, by=office_user)) == [("given_up", "")]
    with frozen(d.at(25)):
        invitations.lapse(invitation=two)
    assert (LedgerEvent.objects.count(), Message.objects.count(), d.book(draw).head) == before


def test_an_attempt_that_is_only_frozen_is_aborted_first_even_on_the_day_of_the_activity(tmp_path):
    d.members(4)
    office = UserFactory(role="office")
    attempt = d.frozen_attempt(office=office)
    draw = attempt.draw
    with frozen(d.at(21)):
        assert refusals(lambda: draws.give_up(draw=draw, reason_code="NO-EXPERTS", by=office)) == [("frozen", "")]
        draws.abort(attempt=attempt, reason="OTHER", by=office)
        draws.give_up(draw=draw, reason_code="NO-EXPERTS", by=office)
        assert "given_up" in [one.code for one in draws.why_not_freeze(request=DrawRequest.objects.get(), by=office)]
    assert (DrawRequest.objects.get().state, draw.attempts.get().contact_lines.count()) == ("cancelled", 0)
    assert sorted(draws.files(draw)) == [f"round-0-attempt-1/{name}.txt" for name in ("abort", "manifest", "pool")]
    assert verified(draws.bundle(draw), tmp_path)[0] == 0


def test_a_draw_is_given_up_after_its_supplementary_round_was_aborted(tmp_path):
    d.members(8)
    office = UserFactory(role="office")
    draw = d.contacting(seats={"SHHG": 1}, office=office)
    while waiting := d.book(draw).open_invitations:
        d.answer(waiting[0], "decline")
    draws.abort(attempt=draws.open_supplementary_round(draw=draw, by=office), reason="TECHNICAL", by=office)
    draws.give_up(draw=draw, reason_code="NO-EXPERTS", by=office)
    assert (DrawRequest.objects.get().state, verified(draws.bundle(draw), tmp_path)[0]) == ("cancelled", 0)


def test_who_may_give_up_and_what_he_must_say(office_user, inspector_user):
    d.members(6)
    draw = d.contacting()
    assert refusals(lambda: draws.give_up(draw=draw, reason_code="NO-EXPERTS", by=inspector_user)) == [("duty", "2")]
    assert refusals(lambda: draws.give_up(draw=draw, reason_code="BORED", by=office_user)) == [("reason_code", "")]
    assert refusals(lambda: draws.give_up(draw=draw, reason_code="OTHER", reason="无", by=office_user)) == [("reason", "")]
    assert DrawRequest.objects.get().state == "drawing"


def test_who_was_suspended_when_the_request_was_approved_does_not_enter_its_draw_by_lifting(office_user):
    kept, member = d.members(3), d.members(1)[0]
    suspension = SuspensionFactory(membership=member)
    request = d.approved()
    lift_suspension(suspension=suspension, reason="申诉成立，予以解除", by=office_user)
    lines = d.frozen_attempt(request).pool_text.splitlines()
    assert [line.split("|")[3:] for line in lines if line.startswith(member.number)] == [["X", "CHANGED-AFTER-REQUEST"]]
    assert all(line.split("|")[3] == "E" for line in lines[1:] if not line.startswith(member.number)) and len(lines) == len(kept) + 2


@pytest.mark.clause(XJ, "13(2)a")
def test_an_inspector_who_left_after_the_freeze_gives_no_share():
    d.members(4)
    attempt = d.frozen_attempt()
    inspector = d.inspector_of(attempt.draw.request)
    draws.leave(request=attempt.draw.request, by=inspector)
    act = lambda: draws.give_share(attempt=attempt, share=d.SHARE, by=inspector)  # noqa: E731
    assert refusals(act) == [("absent", "13(2)a")]
    assert Attempt.objects.get().state == "frozen"
    draws.join(request=attempt.draw.request, by=inspector)
    assert act().state == "drawn"


@pytest.mark.clause("xinxian-2021", "12a")
@pytest.mark.clause("xinxian-2021", "12b")
def test_who_froze_an_attempt_of_a_draw_gives_no_share_of_it_whatever_else_he_is():
    """One account draws for its department and is an inspector; a colleague's later freeze does not clear it."""
    pool = PoolFactory(code="XX", regulation_code="xinxian-2021")
    d.members(2, ["CYJS"], pool=pool)
    request = d.approved({"CYJS": 1}, pool=pool)
    both, colleague = request.filed_by, UserFactory(role="department", organisation=request.department, pool=pool)
    AssignmentFactory(account=both, role="inspector", pool=pool)
    other = UserFactory(role="inspector", pool=pool)
    for watcher in (both, other, UserFactory(role="office", pool=pool)):
        draws.join(request=request, by=watcher)
    first = draws.freeze(request=request, by=both)
    assert refusals(lambda: draws.give_share(attempt=first, share=d.SHARE, by=both)) == [("same_person", "12b")]
    draws.abort(attempt=first, reason="OTHER", by=both)
    second = draws.freeze(request=request, by=colleague)
    assert refusals(lambda: draws.give_share(attempt=second, share=d.SHARE, by=both)) == [("same_person", "12b")]
    assert draws.give_share(attempt=second, share=d.SHARE, by=other).inspector == other


@pytest.mark.parametrize(
    ("state", "may"), [("draft", False), ("under_approval", False), ("held", False), ("approved", True), ("confirmed", True)]
)
def test_an_inspector_takes_his_place_from_the_approval_to_the_activity(inspector_user, state, may):
    request = d.approved(state=state)
    if may:
        assert draws.join(request=request, by=inspector_user).request == request
    else:
        assert refusals(lambda: draws.join(request=request, by=inspector_user)) == [("state", "13(1)b")]
    assert Presence.objects.count() == may


def test_who_aborts_says_why_and_only_before_the_share(office_user, leader_user, department_user):
    d.members(4)
    attempt = d.frozen_attempt(office=office_user)
    inspector = d.inspector_of(attempt.draw.request)
    for by in (leader_user, department_user):
        assert refusals(lambda by=by: draws.abort(attempt=attempt, reason="OTHER", by=by)) == [("duty", "2")]
    assert refusals(lambda: draws.abort(attempt=attempt, reason="TIRED", by=office_user)) == [("reason", "")]
    draws.give_share(attempt=attempt, share=d.SHARE, by=inspector)
    assert refusals(lambda: draws.abort(attempt=attempt, reason="OTHER", by=office_user)) == [("drawn", "")]
    assert Attempt.objects.get().state == "drawn"


def test_an_aborted_attempt_takes_no_share_and_an_undrawn_one_no_supplementary_round(office_user):
    d.members(4)
    attempt = d.frozen_attempt(office=office_user)
    inspector = d.inspector_of(attempt.draw.request)
    assert refusals(lambda: draws.open_supplementary_round(draw=attempt.draw, by=office_user)) == [("not_drawn", "")]
    assert draws.abort(attempt=attempt, reason="INSPECTOR-LEFT", by=inspector).state == "aborted"
    assert refusals(lambda: draws.give_share(attempt=attempt, share=d.SHARE, by=inspector)) == [("aborted", "")]
    assert refusals(lambda: draws.open_supplementary_round(draw=attempt.draw, by=office_user)) == [("not_drawn", "")]


def test_a_draw_is_made_by_one_of_two_algorithms(office_user, inspector_user):
    d.members(4)
    request = d.approved()
    draws.join(request=request, by=inspector_user)
    assert refusals(lambda: draws.freeze(request=request, by=office_user, alg="md5")) == [("alg", "")]
    assert not Draw.objects.exists()


def test_nobody_gives_up_a_draw_whose_activity_was_held(office_user):
    d.members(6)
    draw = d.contacting(seats={"SHHG": 1})
    while waiting := d.book(draw).open_invitations:
        d.answer(waiting[0])
    seated = d.candidate(draw, 1).participation
    seated.attended = True
    seated.save()
    assert refusals(lambda: draws.give_up(draw=draw, reason_code="REDONE", by=office_user)) == [("attendance", "")]
    assert DrawRequest.objects.get().state == "confirmed"


def test_a_supplementary_waiver_is_asked_by_who_draws_and_with_a_reason(office_user, leader_user):
    d.members(8)
    draw = d.contacting(seats={"SHHG": 2})
    d.answer(d.invitation(draw, 1))
    while waiting := d.book(draw).open_invitations:
        d.answer(waiting[0], "decline")
    field = draw.request.pool.fields.get(code="SHHG")
    for by, reason, why in ((leader_user, "本领域在库专家已不足", ("duty", "")), (office_user, " ", ("reason", "13(2)b"))):
        act = lambda by=by, reason=reason: waivers.waive_shortage(request=draw.request, field=field, reason=reason, by=by)  # noqa: E731
        assert refusals(act) == [why]
    assert not Waiver.objects.exists()


@pytest.mark.clause(XJ, "21")
def test_a_draw_that_was_opened_on_the_last_day_goes_on_under_its_edition(office_user):
    """The supplementary round is judged by what was in force when the draw was opened."""
    with frozen(date(2027, 5, 20)):
        draw = shortfall(starts_on=date(2027, 6, 10))
    with frozen(date(2027, 5, 21)):
        attempt = draws.open_supplementary_round(draw=draw, by=office_user)
    assert (attempt.round, attempt.draw.rule_edition) == (1, date(2025, 4, 21))
