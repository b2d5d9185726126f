"""People who hold several of the wanted fields: nothing is drawn silently short, and a waiver goes as far as needed."""

from datetime import date

import pytest

from selection import verify_draw
from selection.domain.protocol import h, reading
from selection.models import Draw
from selection.services import contacts, draws, invitations, waivers
from selection.services.draws.shortage import canonical_waiver
from tests.factories import UserFactory
from tests.refusing import refusals_of
from tests.selection import drawing as d

XJ = "xinjiang-2025"
pytestmark = [pytest.mark.django_db, pytest.mark.day(d.TODAY)]


def verified(draw, tmp_path):
    path = tmp_path / "b.zip"
    path.write_bytes(draws.bundle(draw))
    attempts = list(draw.attempts.all())
    paper = [one.manifest_hash for one in attempts], [one.share for one in attempts], [contacts.read(draw).head]
    report = verify_draw.examine(str(path), *paper)
    assert (report.status, report.open) == (0, []), list(report.lines())


@pytest.mark.clause(XJ, "13(2)b")
def test_four_who_hold_both_fields_fill_one_list_and_the_draw_stops_until_that_is_waived(tmp_path):
    d.members(4, fields=("SHHG", "MHG"))
    request = d.approved(seats={"SHHG": 1, "MHG": 1})
    office, inspector = UserFactory(role="office", pool=request.pool), UserFactory(role="inspector", pool=request.pool)
    draws.join(request=request, by=inspector)
    (refusal,) = refusals_of(draws.freeze, request=request, by=office)
    assert (refusal.code, refusal.article) == ("shortage", "13(2)b")
    assert refusal.message.startswith(
        "“石化化工”“煤化工”合计需要专家2名，应有候选专家6名（3倍）；具备其中任一领域的可抽4名（有人同时具备几个领域，只能列入一个），合计缺2名。"
    )
    field = request.pool.fields.get(code="MHG")
    waiver = waivers.waive_shortage(request=request, field=field, reason="全区仅四人", by=office)
    assert [one.code for one in refusals_of(draws.freeze, request=request, by=office)] == ["shortage"]
    waiver = waivers.countersign(waiver=waiver, by=inspector)
    attempt = draws.freeze(request=request, by=office)
    needs = {need.field: need for need in reading.needs(attempt.manifest_text)}
    assert (needs["SHHG"].candidates, needs["SHHG"].waiver) == (3, "")
    assert (needs["MHG"].candidates, needs["MHG"].standby) == (1, 0)
    assert needs["MHG"].waiver == h(attempt.draw.alg, canonical_waiver(waiver))
    draws.give_share(attempt=attempt, share=d.SHARE, by=inspector)
    draw = Draw.objects.get()
    assert {one.field: len(one.numbers) for one in contacts.read(draw).lists} == {"SHHG": 3, "MHG": 1}
    verified(draw, tmp_path)


def test_who_is_needed_for_a_later_field_is_passed_over_and_every_list_is_full(tmp_path):
    """Three hold both fields and nobody else the second: the first list leaves them all to it, whatever their tickets."""
    both = d.members(3, fields=("SHHG", "MHG"))
    d.members(4, fields=("SHHG",))
    draw = d.drawn(seats={"SHHG": 1, "MHG": 1})
    lists = {one.field: one.numbers for one in contacts.read(draw).lists}
    assert set(lists["MHG"]) == {one.number for one in both}
    assert len(lists["SHHG"]) == 3
    verified(draw, tmp_path)


@pytest.mark.clause(XJ, "13(3)b")
def test_who_was_drawn_stands_in_the_next_rounds_pool_whatever_became_of_his_field(tmp_path):
    """He lost the field since: left out of the file, nobody could see that he is not drawn twice."""
    d.members(3)
    d.members(3, fields=("SHHG",))
    draw = d.contacting(seats={"SHHG": 1})
    for position in (1, 2, 3):
        d.answer(d.invitation(draw, position), "decline")
    lost = d.candidate(draw, 1).membership
    lost.fields.clear()
    office = draw.attempts.get().frozen_by
    attempt = draws.open_supplementary_round(draw=draw, by=office)
    line = next(one for one in attempt.pool_text.splitlines() if one.startswith(f"{lost.number}|"))
    assert line.split("|")[2:] == ["SHHG", "X", "DRAWN"]
    draws.give_share(attempt=attempt, share="b" * 24, by=d.inspector_of(draw.request))
    invitations.invite_due(draw=draw)
    verified(draw, tmp_path)


def test_a_later_round_holds_no_more_standbys_than_the_first(tmp_path):
    """The first list was waived down to its seats; the next one promises no standby that the first did not have."""
    d.members(2)
    request = d.approved(seats={"SHHG": 2})
    office, inspector = UserFactory(role="office", pool=request.pool), UserFactory(role="inspector", pool=request.pool)
    draws.join(request=request, by=inspector)
    field = request.pool.fields.get(code="SHHG")
    waivers.countersign(waiver=waivers.waive_shortage(request=request, field=field, reason="仅两人", by=office), by=inspector)
    draws.give_share(attempt=draws.freeze(request=request, by=office), share=d.SHARE, by=inspector)
    draw = Draw.objects.get()
    invitations.invite_due(draw=draw)
    for position in (1, 2):
        d.answer(d.invitation(draw, position), "decline")
    d.members(9, admitted_on=date(2020, 1, 1))
    attempt = draws.open_supplementary_round(draw=draw, by=office)
    assert [(need.seats, need.candidates, need.standby) for need in reading.needs(attempt.manifest_text)] == [(2, 6, 0)]
    draws.give_share(attempt=attempt, share="b" * 24, by=inspector)
    verified(draw, tmp_path)


def test_a_skip_for_an_outside_fact_carries_evidence_that_anybody_can_form_again(tmp_path):
    d.members(8)
    draw = d.drawn(seats={"SHHG": 1})
    gone = d.candidate(draw, 1).membership
    gone.state = gone.State.EXITED
    gone.save(update_fields=["state"])
    invitations.invite_due(draw=draw)
    (line,) = [one.text for one in draw.attempts.get().contact_lines.all() if one.outcome == "SKIP"]
    parts = line.split("|")
    assert parts[5:7] == ["SKIP", "EXITED"]
    assert len(parts[7]) == 64
    verified(draw, tmp_path)
