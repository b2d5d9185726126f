"""The bundle of a whole case: it passes every check, and no byte of it can be changed unseen."""

import random
import re
import zipfile

import pytest

from expertpool.clock import frozen
from expertpool.ledger.services import verify
from selection import verify_draw
from selection.models import Draw
from selection.services import contacts, draws, invitations
from tests.factories import UserFactory
from tests.selection import drawing as d
from tests.worlds import kept

pytestmark = [pytest.mark.django_db, pytest.mark.day(d.TODAY), pytest.mark.xdist_group("bundle")]


@pytest.fixture(scope="module")
def case(django_db_setup, django_db_blocker):
    """The whole case on which these tests look."""
    with kept(django_db_blocker):
        with frozen(d.TODAY):
            draw = whole_case()
        yield draw


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
    d.answer_all(draw, "decline")
    draws.give_share(attempt=draws.open_supplementary_round(draw=draw, by=office), share="b" * 24, by=inspector)
    invitations.invite_due(draw=draw, by=office)
    d.answer_all(draw)
    d.answer(d.invitation(draw, 1), "decline", reason_code="HEALTH")
    d.answer_all(draw)
    return Draw.objects.get(pk=draw.pk)


def test_the_bundle_of_a_whole_case_passes_every_check(case, tmp_path):
    manifests = [one.manifest_hash for one in case.attempts.all()]
    code, text = d.verified(draws.bundle(case), tmp_path, *manifests)
    assert code == 0, text
    assert re.findall(r"^V\d\d (\w+)", text, re.M) == ["PASS"] * 15
    assert (
        "contact|" in draws.files(case)["round-1-attempt-1/contacts.txt"]
        and "SHHG@0" in draws.files(case)["round-1-attempt-1/contacts.txt"]
    )
    assert list(verify()) == []


def test_the_bundle_is_the_same_bytes_every_time(case):
    assert draws.bundle(case) == draws.bundle(case)


def test_any_changed_byte_of_a_whole_case_fails(case, tmp_path):
    texts = draws.files(case)
    manifests = [one.manifest_hash for one in case.attempts.all()]
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


def test_an_aborted_attempt_is_covered_by_the_next_ones_prev(case, tmp_path):
    texts = draws.files(case)
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


def test_what_is_only_frozen_can_be_checked_too(tmp_path):
    d.members(4)
    attempt = d.frozen_attempt()
    assert sorted(draws.files(attempt.draw)) == ["round-0-attempt-1/manifest.txt", "round-0-attempt-1/pool.txt"]
    path = tmp_path / "frozen.zip"
    path.write_bytes(draws.bundle(attempt.draw))
    report = verify_draw.examine(str(path), [attempt.manifest_hash])
    assert (report.status, report.attempts[0][3]) == (0, "已冻结，未抽取")


def test_the_book_is_read_in_a_constant_number_of_queries(case, django_assert_num_queries):
    small = d.drawn(d.approved(seats={"MHG": 1}))
    for one in (case, small):
        with django_assert_num_queries(3):
            contacts.read(one)
