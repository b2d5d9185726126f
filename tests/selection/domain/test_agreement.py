"""The project's computation and the stand-alone verifier over random draws, and over whatever may be done to their files."""

import random
from datetime import datetime, timedelta

import pytest

from selection import verify_draw
from selection.domain import protocol, seats
from tests.selection import random_bundles
from tests.selection.domain.recording import LETTERS, RandomDraw, write_zip

pytestmark = pytest.mark.long


def report_of(path, files, paper):
    return verify_draw.examine(write_zip(path, files), **paper)


def test_no_good_bundle_is_refused_and_both_seat_the_same_people(tmp_path, many):
    modes = set()
    for seed in range(many(1000)):
        draw = RandomDraw(seed)
        report = report_of(tmp_path / "b.zip", draw.files, draw.expectations())
        assert (report.status, report.open) == (0, []), (seed, list(report.lines()))
        modes.add((draw.conditions.mode, bool(draw.conditions.prefer)))
        for code in {one.field for one in draw.lists}:
            seated = " ".join(place.number for place in seats.seated(draw.lists, draw.outcomes, code)) or "无"
            assert any(line.startswith(f"{code} ") and f"占席 {seated}；" in line for line in report.seats)
    assert modes == {(mode, preferring) for mode in ("", "all", "merit") for preferring in (False, True)}


def test_no_good_bundle_of_another_maker_is_refused_and_what_he_spoils_fails_the_check_that_he_names(tmp_path, many):
    """`random_bundles` was written from the protocol's text alone."""
    for seed in range(many(1000)):
        draw = random_bundles.random_draw(seed)
        report = report_of(tmp_path / "b.zip", random_bundles.seal(draw), random_bundles.expected(draw))
        assert (report.status, report.open) == (0, []), (seed, list(report.lines()))
    for name, (check, _) in random_bundles.SPOILS.items():
        for seed in range(many(100)):
            if found := random_bundles.spoilt(seed, name):
                report = report_of(tmp_path / "b.zip", found[0], found[1])
                assert check in {code for code, _, verdict, _ in report.checks if verdict != "PASS"}, (name, seed)


def test_every_changed_byte_is_caught(tmp_path, many):
    rng, missed = random.Random(20261127), []
    for index in range(many(10_000)):
        if index % 50 == 0:
            draw = RandomDraw(rng.randrange(10**6))
        name = rng.choice(sorted(draw.files))
        whole = draw.files[name].encode()
        at = rng.randrange(len(whole))
        new = rng.choice([whole[at] ^ 1, *b"07\r\n|-Ea"])
        if new == whole[at]:
            continue
        changed = whole[:at] + bytes([new]) + whole[at + 1 :]
        if report_of(tmp_path / "b.zip", draw.files | {name: changed}, draw.expectations()).status == 0:
            missed.append((name, at, new, draw.files[name]))
    # What only the ledger covers: the reason and the time in the abort.txt of the newest attempt.
    assert [one[0] for one in missed if not one[0].endswith("abort.txt")] == []


def lines_of(text):
    return text.splitlines(keepends=True)


def edited(rng, draw, files, name):
    lines = lines_of(files[name])
    place = rng.randrange(len(lines))
    parts = lines[place].rstrip("\n").split("|")
    part = rng.randrange(len(parts))
    parts[part] = parts[part][:-1] + rng.choice([one for one in "0123456789ABCDEF" if one != parts[part][-1:]])
    lines[place] = "|".join(parts) + "\n"
    return files | {name: "".join(lines)}


def deleted(rng, draw, files, name):
    lines = lines_of(files[name])
    del lines[rng.randrange(len(lines))]
    return files | {name: "".join(lines)}


def inserted(rng, draw, files, name):
    lines = lines_of(files[name])
    lines.insert(rng.randrange(len(lines) + 1), rng.choice(lines))
    return files | {name: "".join(lines)}


def swapped(rng, draw, files, name):
    lines = lines_of(files[name])
    one, two = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[one], lines[two] = lines[two], lines[one]
    return files | {name: "".join(lines)}


def cut_tail(rng, draw, files, name):
    return files | {name: files[name][: rng.randrange(len(files[name]))]}


def replaced_file(rng, draw, files, name):
    other = RandomDraw(rng.randrange(10**6)).files
    same = sorted(one for one in other if one.split("/")[1] == name.split("/")[1])
    return files | {name: other[rng.choice(same)]} if same else None


def missing_attempt(rng, draw, files, name):
    left = {one: text for one, text in files.items() if not one.startswith(name.split("/")[0] + "/")}
    return left or None


def last_file(draw):
    return max((one for one in draw.files if one.endswith("contacts.txt")), default=None)


def rewritten_contacts(rng, draw, files, name):
    """Other outcomes of the last file, and a chain that fits them."""
    last = last_file(draw)
    if last is None or not draw.lines:
        return None
    lines = [line for line in draw.lines if not line.startswith("close")][:-1]
    return files | {last: protocol.contacts_text(draw.alg, draw.result, lines)}


def other_share(rng, draw, files, name):
    """Who runs the server tries another share and computes everything that follows."""
    last = last_file(draw)
    if last is None:
        return None
    folder = last.split("/")[0]
    manifest, pool = files[f"{folder}/manifest.txt"], files[f"{folder}/pool.txt"]
    secret = next(line for line in draw.result.splitlines() if line.startswith("office")).split("|")[1]
    opened = {"manifest_hash": protocol.h(draw.alg, manifest), "secret": secret, "share": "".join(rng.choice(LETTERS) for _ in range(20))}
    seed = protocol.seed(draw.alg, **opened)
    reading = protocol.reading
    needs, eligible = reading.needs(manifest), reading.eligible_of(pool, manifest)
    lists = protocol.compute_lists(alg=draw.alg, seed=seed, eligible=eligible, needs=needs, mode=draw.conditions.mode)
    result = protocol.result_text(**opened, seed=seed, lists=lists.values())
    return files | {f"{folder}/result.txt": result, last: protocol.contacts_text(draw.alg, result, [])}


def invented_skip(rng, draw, files, name):
    """Somebody is skipped for a colleague who never accepted; the chain is made anew."""
    last = last_file(draw)
    if last is None:
        return None
    written = draw.written
    due = [(one, p) for one in draw.lists if one.round == draw.round for p in seats.due_positions(one, draw.outcomes)]
    due = [(one, p) for one, p in due if not draw.may(one, p, seats.Outcome.SKIP, "EMPLOYER-CAP")]
    if not due or (draw.lines[-1:] and draw.lines[-1].startswith("close|ABORT")):
        return None
    one, position = rng.choice(due)
    assert written.list_of(seats.OutcomeLine(one.round, one.field, position, seats.Outcome.SKIP)) is one
    at = datetime.fromisoformat(draw.clock.isoformat()) + timedelta(minutes=1)
    line = protocol.contact_line(
        seq=draw.seq + 1, field=one.field, position=position, number=one.numbers[position - 1], outcome="SKIP", reason="EMPLOYER-CAP", at=at
    )
    return files | {last: protocol.contacts_text(draw.alg, draw.result, [*draw.lines, line])}


ALTERATIONS = (
    edited,
    deleted,
    inserted,
    swapped,
    cut_tail,
    replaced_file,
    missing_attempt,
    rewritten_contacts,
    other_share,
    invented_skip,
)


@pytest.mark.parametrize("alter", ALTERATIONS, ids=lambda one: one.__name__)
def test_every_kind_of_alteration_is_caught_with_the_paper_at_hand(alter, tmp_path, many):
    rng, tried, missed = random.Random(alter.__name__), 0, []
    while tried < many(1000):
        draw = RandomDraw(rng.randrange(10**6))
        for _ in range(4):
            name = rng.choice(sorted(draw.files))
            files = alter(rng, draw, draw.files, name)
            if files is None or files == draw.files:
                break
            tried += 1
            if report_of(tmp_path / "b.zip", files, draw.expectations()).status == 0:
                missed.append(name)
    assert [name for name in missed if not name.endswith("abort.txt")] == []
