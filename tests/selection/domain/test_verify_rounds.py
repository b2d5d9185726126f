"""What a sound chain could hide: discipline, skips, rounds, the frozen files, results under another manifest."""

from dataclasses import replace

import pytest

from selection.domain import protocol
from selection.domain.protocol import Need, PoolLine
from selection.domain.seats import Outcome
from tests.selection.domain.bundles import FOLDER, V1, V2, failed, rechained
from tests.selection.domain.recording import EVIDENCE, NUMBER, SHARE, Recorder, two_rounds, write


def contacts(case=V2):
    return case["files"]["contacts.txt"].splitlines()[:-1]


AT = "2026-11-20T02:00:00Z"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda good: good, set()),
        (lambda good: [good[0].replace("contact|1|", "contact|2|")], {"V12"}),
        (lambda good: [good[0].replace("ZJK-0006", "ZJK-0001")], {"V12"}),
        (lambda good: [good[0].replace("|1|ZJK", "|10|ZJK")], {"V12"}),
        (lambda good: [good[0].replace("DZXX", "XX")], {"V12"}),
        (lambda good: [f"contact|1|DZXX|4|ZJK-0013|ACCEPT|-|-|{AT}"], {"V12"}),
        (lambda good: [*good[:-1], f"contact|14|FL|2|ZJK-0030|ACCEPT|-|-|{AT}"], {"V12"}),
        (lambda good: [*good[:-1], f"contact|14|FL|1|ZJK-0035|ACCEPT|-|-|{AT}"], {"V12"}),
        (lambda good: [f"contact|1|DZXX|1|ZJK-0006|WITHDRAW|-|-|{AT}"], {"V12"}),
        (lambda good: [good[0].replace("DZXX", "DZXX@0")], {"V12"}),
        (lambda good: [good[0].replace("DZXX", "DZXX@1")], {"V12"}),
        (lambda good: [*good[:-1], "close|DONE|-"], {"V12"}),
        (lambda good: [*good[:-1], "close|SHORTFALL|DZXX:2,ZBZZ:0,FL:0"], {"V12"}),
        (lambda good: [*good[:-1], "close|SHORTFALL|FL:0,ZBZZ:0,DZXX:1"], {"V12"}),
        # An office that asks nobody has no shortfall.
        (lambda good: ["close|SHORTFALL|DZXX:3,ZBZZ:2,FL:1"], {"V12"}),
        (lambda good: [*good, "close|ABORT|CANCELLED"], set()),
        (lambda good: [*good, "close|ABORT|CANCELLED", f"contact|14|FL|1|ZJK-0035|WITHDRAW|ABSENT|-|{AT}"], {"V12"}),
        (lambda good: [*good, "close|ABORT|CANCELLED", good[-1]], {"V12"}),
        (lambda good: [*good, f"contact|14|FL|1|ZJK-0035|WITHDRAW|ABSENT|-|{AT}"], set()),
        (lambda good: [f"contact|1|ZBZZ|1|ZJK-0015|SKIP|EMPLOYER-CAP|-|{AT}"], {"V13"}),
        (lambda good: [f"contact|1|ZBZZ|1|ZJK-0015|SKIP|-|-|{AT}"], {"V13"}),
        (lambda good: [f"contact|1|ZBZZ|1|ZJK-0015|SKIP|EXITED|-|{AT}"], {"V13"}),
        (lambda good: [f"contact|1|ZBZZ|1|ZJK-0015|SKIP|EXITED|{EVIDENCE}|{AT}"], set()),
        (lambda good: [f"contact|1|ZBZZ|1|ZJK-0015|SKIP|SEATED|-|{AT}"], {"V13"}),
        (lambda good: [f"contact|1|ZBZZ|1|ZJK-0015|SKIP|NOT-CHOSEN|{EVIDENCE}|{AT}"], {"V13"}),
        # Time does not run backwards.
        (lambda good: [good[0], good[1].replace("T00:02", "T00:00")], {"V11"}),
        (lambda good: [good[0].replace("2026-11-20", "2026-02-30")], {"V01", "V11", "V12", "V13", "V14", "V15"}),
        (lambda good: [good[0].replace(":00Z", ":60Z")], {"V01", "V11", "V12", "V13", "V14", "V15"}),
    ],
)  # fmt: skip
def test_v11_to_v13_catch_what_a_sound_chain_hides(change, found, tmp_path):
    assert failed(write(tmp_path, rechained(V2, lines=change(contacts())))) == found


def test_a_colleague_who_withdrew_excuses_no_skip(tmp_path):
    pool = [PoolLine("M1", "U1", ("AA",)), PoolLine("M2", "U1", ("AA",))]
    record = Recorder("sm3", ratio=2)
    record.freeze(pool, [Need("AA", 1, 2)])
    record.reveal()
    (drawn,) = record.lists
    record.say(drawn, 1, Outcome.ACCEPT)
    record.say(drawn, 1, Outcome.WITHDRAW, "ILL")
    lines = [*record.lines, f"contact|3|AA|2|{drawn.numbers[1]}|SKIP|EMPLOYER-CAP|-|{AT}"]
    record.files[f"{FOLDER}/contacts.txt"] = protocol.contacts_text("sm3", record.result, lines)
    assert failed(write(tmp_path, record.files)) == {"V13"}


def supplementary(change=lambda pool, needs: (pool, needs), answered=3, close=None, conditions=None, share="27182818284590452353"):
    pool = [PoolLine(f"M{i:02}", f"U{i}", ("AA", "BB")) for i in range(20)]
    record = Recorder("sha256")
    record.freeze(pool, [Need("AA", 1, 3), Need("BB", 1, 3)])
    record.reveal()
    for position in range(1, answered + 1):
        record.say(record.lists[0], position, Outcome.DECLINE)
    record.say(record.lists[1], 1, Outcome.ACCEPT)
    record.close()
    if close:
        record.lines.append(close)
        record.write_contacts()
    record.conditions = replace(record.conditions, **(conditions or {}))
    record.freeze(*change(*record.supplement(pool)))
    record.reveal(share)
    return record.files


def undrawn(pool, needs):
    return [PoolLine(line.number, line.employer, line.fields) for line in pool], needs


def too_many_marked(pool, needs):
    free = next(line for line in pool if line.eligible)
    return [replace(line, reasons=("DRAWN",)) if line is free else line for line in pool], needs


def one_left_out(pool, needs):
    gone = next(line for line in pool if not line.eligible)
    return [line for line in pool if line is not gone], needs


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (supplementary(), set()),
        (supplementary(lambda pool, _: (pool, [Need("AA", 2, 6)])), {"V15"}),
        (supplementary(lambda pool, needs: (pool, [*needs, Need("BB", 1, 3)])), {"V15"}),
        (supplementary(lambda pool, _: (pool, [Need("AA", 1, 4, standby=1)])), {"V15"}),
        (supplementary(undrawn), {"V15"}),
        (supplementary(too_many_marked), {"V15"}),
        (supplementary(one_left_out), {"V15"}),
        (supplementary(answered=2), {"V15"}),
        (supplementary(close="close|ABORT|CANCELLED"), {"V15"}),
        (supplementary(conditions={"rules": "f" * 64}), {"V15"}),
        (supplementary(conditions={"request": "f" * 64}), {"V15"}),
        (supplementary(conditions={"ratio": 2}), {"V15"}),
        (supplementary(conditions={"prefer": "GRADE-A"}), {"V15"}),
        (supplementary(share=SHARE), {"V15"}),
    ],
    ids=[
        "good",
        "seats",
        "field",
        "standby",
        "undrawn",
        "marked",
        "left out",
        "unasked",
        "given up",
        "rules",
        "request",
        "ratio",
        "prefer",
        "share",
    ],
)
def test_v15_holds_the_supplementary_round_to_the_shortfall(files, found, tmp_path):
    assert failed(write(tmp_path, files)) == found


def test_v14_catches_gaps_in_rounds_and_attempts(tmp_path):
    files = two_rounds().files
    without_aborted = {name: text for name, text in files.items() if "round-0-attempt-1/" not in name}
    only_round_1 = {name: text for name, text in files.items() if "round-1" in name}
    renamed = {name.replace("round-1", "round-2"): text for name, text in files.items()}
    second_result = files | {name.replace("attempt-2", "attempt-3"): text for name, text in files.items() if "attempt-2" in name}
    for number, changed in enumerate((without_aborted, only_round_1, renamed, second_result)):
        assert "V14" in failed(write(tmp_path / str(number), changed))
    stale = dict(files)
    stale["round-0-attempt-1/abort.txt"] = stale["round-0-attempt-1/abort.txt"].replace("POWER", "OTHER")
    assert failed(write(tmp_path / "stale", stale)) == {"V14"}


def frozen(pool_lines, needs=("need|AA|1|1",), ratio=1, more=""):
    """An aborted attempt with a pool and needs written by hand, all hashes sound."""
    pool = "".join(f"{line}\n" for line in pool_lines)
    record = Recorder("sm3", ratio=1)
    record.freeze([PoolLine("M1", "U1", ("AA",))], [Need("AA", 1, 1)])
    record.abort()
    name = f"{FOLDER}/manifest.txt"
    old = protocol.h("sm3", record.files[f"{FOLDER}/pool.txt"])
    record.files[f"{FOLDER}/pool.txt"] = pool
    text = record.files[name].replace(old, protocol.h("sm3", pool)).replace("need|AA|1|1", "\n".join(needs) + more)
    return record.files | {name: text.replace("ratio|1", f"ratio|{ratio}")}


TOP = f"zjkdraw/1|pool|{NUMBER}|0|"
ONE, TWO = "M1|U1|AA|E|-", "M2|U1|AA,BB|E|-"
BOTH = [f"{TOP}2", ONE, TWO]
NEED_BOTH = ("need|BB|1|1", "need|AA|1|1")
WAIVER = "waiver|AA|" + "d" * 64


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (frozen([f"{TOP}1", ONE]), set()),
        (frozen(BOTH, NEED_BOTH), set()),
        (frozen([f"{TOP}3", ONE, TWO], NEED_BOTH), {"V02"}),
        (frozen([f"{TOP}2", TWO, ONE], NEED_BOTH), {"V02"}),
        (frozen([f"{TOP}2", ONE, ONE]), {"V02"}),
        (frozen([f"zjkdraw/1|pool|{NUMBER}|1|1", ONE]), {"V14"}),
        (frozen(["zjkdraw/1|pool|OTHER|0|1", ONE]), {"V14"}),
        (frozen([f"{TOP}2", ONE, "M2|U1|AA|E|AGE"]), {"V02"}),
        (frozen([f"{TOP}2", ONE, "M2|U1|AA|X|-"]), {"V02"}),
        (frozen([f"{TOP}2", ONE, "M2|U1|BB,AA|X|AGE"], NEED_BOTH), {"V02", "V04"}),
        (frozen([f"{TOP}2", ONE, "M2|U1|AA|X|ROTATION,AGE"]), {"V02"}),
        (frozen([f"{TOP}2", ONE, "M2|U1|CC|E|-"]), {"V02"}),
        # A field that the draw does not need has no place in the file.
        (frozen([f"{TOP}2", ONE, TWO]), {"V02"}),
        (frozen([f"{TOP}1", ONE], ("need|AA|1|1", "need|AA|1|1")), {"V04"}),
        (frozen(BOTH, ("need|BB|1|1", "standby|AA|1", "need|AA|1|1")), {"V04"}),
        (frozen(BOTH, ("need|AA|1|1", "need|BB|1|1")), {"V05"}),
        (frozen([f"{TOP}1", ONE], ("need|AA|1|2",), ratio=2), {"V04"}),
        (frozen([f"{TOP}1", ONE], ratio=3), {"V04"}),
        (frozen([f"{TOP}1", ONE], ("need|AA|1|1", WAIVER), ratio=3), set()),
        (frozen([f"{TOP}1", ONE], ("need|AA|1|1", WAIVER)), {"V04"}),
        (frozen([f"{TOP}1", ONE], ("need|AA|1|1", "standby|AA|1")), {"V04"}),
        (frozen([f"{TOP}1", "M1|U1|AA|P|-"]), {"V04"}),
        (frozen([f"{TOP}1", "M1|U1|AA|P|-"], more="\nprefer|GRADE-A"), set()),
        (frozen([f"{TOP}2", ONE, "M2|U1|AA|E|-"], more="\nmode|all"), {"V04"}),
        (frozen([f"{TOP}2", ONE, "M2|U1|AA|E|-"], ("need|AA|1|2",), more="\nmode|all"), set()),
        (frozen([f"{TOP}1", ONE], more="\nmode|merit"), {"V04"}),
        # Two fields and one who holds both: each field alone has enough.
        (frozen([f"{TOP}1", "M1|U1|AA,BB|E|-"], ("need|AA|1|1", "need|BB|1|1")), {"V04"}),
        (frozen([f"{TOP}1", ONE], ("standby|AA|1", "need|AA|1|1")), {"V01", *(f"V{number:02}" for number in range(2, 16))}),
    ],
)  # fmt: skip
def test_v02_to_v05_and_v14_judge_the_frozen_files(files, found, tmp_path):
    assert failed(write(tmp_path, files)) == found


def judged(folder, old, new):
    """What fails when one text of result.txt is changed and the contact chain is made anew to fit."""
    assert V1["files"]["result.txt"].count(old) == 1
    return failed(write(folder, rechained(V1, V1["files"]["result.txt"].replace(old, new))))


def test_v08_to_v10_name_what_is_wrong_in_a_result_even_under_a_sound_chain(tmp_path):
    first = V1["files"]["result.txt"].splitlines()[6]
    found = {
        "manifest": judged(tmp_path / "1", V1["manifest_hash"], "e" * 64),
        "seed": judged(tmp_path / "2", f"seed|{V1['seed']}", f"seed|{'e' * 64}"),
        "ticket": judged(tmp_path / "3", first[-64:], "e" * 64),
        "shorter": judged(tmp_path / "4", f"{first}\n", ""),
    }
    assert found == {"manifest": {"V10"}, "seed": {"V08"}, "ticket": {"V08", "V09"}, "shorter": {"V09"}}


@pytest.mark.parametrize(
    ("announced", "value", "found"),
    [
        (None, None, set()),
        (("DRAND", "4812345"), "00ff", set()),
        (("DRAND", "4812345"), None, {"V08"}),
        (None, "00ff", {"V08"}),
        (("DRAND", "4812345"), "00f", {"V08"}),
        (("DRAND", "4812345"), "00FF", {"V08"}),
    ],
)
def test_a_beacon_is_used_exactly_when_it_was_announced_and_well_formed(announced, value, found, tmp_path):
    record = Recorder("sm3", ratio=1)
    record.freeze([PoolLine("M1", "U1", ("AA",))], [Need("AA", 1, 1)])
    name = f"{FOLDER}/manifest.txt"
    manifest = record.files[name].replace("beacon|none", f"beacon|{'|'.join(announced)}" if announced else "beacon|none")
    m, share = protocol.h("sm3", manifest), "1" * 20
    seed = protocol.h("sm3", f"zjkdraw/1|seed|{m}|{record.secret}|{share}|{value or '-'}")
    lists = protocol.compute_lists(alg="sm3", seed=seed, eligible=[protocol.Eligible("M1", frozenset({"AA"}))], needs=record.needs)
    result = protocol.result_text(manifest_hash=m, secret=record.secret, share=share, beacon=value, seed=seed, lists=lists.values())
    texts = {"manifest.txt": manifest, "result.txt": result, "contacts.txt": protocol.contacts_text("sm3", result, [])}
    assert failed(write(tmp_path, record.files | {f"{FOLDER}/{file}": text for file, text in texts.items()})) == found


def test_v14_holds_one_draw_to_one_algorithm(tmp_path):
    record = Recorder("sm3", ratio=1)
    pool, needs = [PoolLine("M1", "U1", ("AA",))], [Need("AA", 1, 1)]
    record.freeze(pool, needs)
    record.abort()
    record.alg, record.conditions = "sha256", replace(record.conditions, alg="sha256")
    record.freeze(pool, needs)
    record.reveal()
    assert failed(write(tmp_path, record.files)) == {"V14"}


def test_a_field_that_was_lost_since_still_names_who_was_drawn(tmp_path):
    """Who stood on a list holds the field by the earlier file: leaving him out would hide that he was drawn."""
    pool = [PoolLine(f"M{index}", f"U{index}", ("AA",)) for index in range(4)]
    record = Recorder("sm3", ratio=1)
    record.freeze(pool, [Need("AA", 1, 1)])
    record.reveal()
    record.say(record.lists[0], 1, Outcome.DECLINE)
    record.close()
    drawn = record.lists[0].numbers[0]
    again, needs = record.supplement([line for line in pool if line.number != drawn])
    record.freeze(again, needs)
    assert failed(write(tmp_path, record.files)) == {"V15"}
