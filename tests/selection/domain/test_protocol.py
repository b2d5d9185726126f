import json
import string
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selection.domain import protocol
from selection.domain.protocol import Conditions, Need, PoolLine, codes, reading

DATA = json.loads((Path(__file__).parents[1] / "data" / "draw-vectors.json").read_text("utf-8"))
CASES = [pytest.param(case, id=f"{vector['name']}-{case['alg']}") for vector in DATA["vectors"] for case in vector["cases"]]
SEED = "5" * 64
FIXED = {"draw": "D", "round": 0, "attempt": 1, "pool": SEED, "office": SEED}


def conditions(**changed):
    return Conditions(**({"alg": "sm3", "request": SEED, "rules": SEED, "ratio": 3} | changed))


def rows(text):
    return [line.split("|") for line in text.splitlines()]


@pytest.mark.parametrize("alg", protocol.ALGORITHMS)
def test_the_hash_functions_are_the_standards(alg):
    assert protocol.h(alg, "abc") == DATA["hash_check"][f"{alg}('abc')"]


def test_sm3_does_not_depend_on_the_system(monkeypatch):
    def lacking(*args, **kwargs):
        raise ValueError("unsupported hash type")

    monkeypatch.setattr(codes.hashlib, "new", lacking)
    assert protocol.h("sm3", "abc") == DATA["hash_check"]["sm3('abc')"]


@pytest.mark.parametrize("case", CASES)
def test_every_file_of_the_vectors_byte_for_byte(case):
    alg, files = case["alg"], case["files"]
    fixed = {key: values for key, *values in rows(files["manifest.txt"])}
    number, round, attempt = fixed["draw"][0], int(fixed["round"][0]), int(fixed["attempt"][0])
    pool = [
        PoolLine(who, employer, tuple(fields.split(",")), () if reasons == "-" else tuple(reasons.split(",")), state == "P")
        for who, employer, fields, state, reasons in rows(files["pool.txt"])[1:]
    ]
    needs = reading.needs(files["manifest.txt"])
    assert protocol.pool_text(draw=number, round=round, pool=reversed(pool)) == files["pool.txt"]
    assert protocol.processing_order(protocol.census_of(pool, needs), sorted(needs, key=lambda need: need.field)) == needs
    assert protocol.shortages(reading.census(files["pool.txt"], files["manifest.txt"]), needs) == () or fixed.get("mode") == ["all"]
    office = protocol.commitment(alg, draw=number, round=round, attempt=attempt, secret=case["office_secret"])
    assert office == case["office_commit"]
    given = Conditions(
        alg,
        fixed["request"][0],
        fixed["rules"][0],
        int(fixed["ratio"][0]),
        mode=fixed.get("mode", [""])[0],
        prefer=fixed.get("prefer", [""])[0],
    )
    assert reading.conditions(files["manifest.txt"]) == given
    manifest = protocol.manifest_text(
        conditions=given, draw=number, round=round, attempt=attempt, pool=case["pool_hash"], needs=needs, office=office
    )
    assert manifest == files["manifest.txt"]
    assert protocol.h(alg, manifest) == case["manifest_hash"]
    opened = {"manifest_hash": case["manifest_hash"], "secret": case["office_secret"], "share": case["inspector_share"]}
    seed = protocol.seed(alg, **opened)
    assert seed == case["seed"]
    eligible = reading.eligible_of(files["pool.txt"], files["manifest.txt"])
    lists = protocol.compute_lists(alg=alg, seed=seed, eligible=eligible, needs=needs, mode=given.mode)
    result = protocol.result_text(**opened, seed=seed, lists=lists.values())
    assert result == files["result.txt"]
    lines = []
    for key, *values in rows(files["contacts.txt"]):
        if key == "contact":
            seq, field, position, who, outcome, reason, evidence, at = values
            lines.append(
                protocol.contact_line(
                    seq=int(seq),
                    field=field,
                    position=int(position),
                    number=who,
                    outcome=outcome,
                    reason=None if reason == "-" else reason,
                    evidence=None if evidence == "-" else evidence,
                    at=datetime.fromisoformat(at),
                )
            )
        elif key == "close":
            missing = (
                dict(one.split(":") for one in values[1].split(",")) if values[0] == "SHORTFALL" else {need.field: 0 for need in needs}
            )
            lines.append(protocol.close_line({field: int(count) for field, count in missing.items()}))
    assert protocol.contacts_text(alg, result, lines) == files["contacts.txt"]


def test_the_scarcest_field_is_drawn_first_by_exact_fraction():
    pool = [PoolLine(f"M{index}", "U", ("AA", "BB"), ()) for index in range(6)]
    pool += [PoolLine("N1", "U", ("CC",), ()), PoolLine("N2", "U", ("CC",), ("AGE",))]
    needs = [Need("BB", 1, 3), Need("AA", 1, 3), Need("CC", 1, 3), Need("DD", 1, 1)]
    assert [need.field for need in protocol.processing_order(protocol.census_of(pool, needs), needs)] == ["DD", "CC", "AA", "BB"]


def test_the_seed_depends_on_each_of_its_parts_and_a_beacon_comes_last():
    parts = {"manifest_hash": "1" * 64, "secret": "2" * 64, "share": "3" * 20}
    changed = [{}, {"manifest_hash": "4" * 64}, {"secret": "4" * 64}, {"share": "4" * 20}, {"beacon": "00ff"}]
    assert len({protocol.seed("sm3", **(parts | change)) for change in changed}) == len(changed)
    text = f"zjkdraw/1|seed|{'1' * 64}|{'2' * 64}|{'3' * 20}|00ff"
    assert protocol.seed("sm3", **parts, beacon="00ff") == protocol.h("sm3", text)


@pytest.mark.parametrize(
    ("share", "reason"),
    [
        ("1" * 20, None),
        ("z" * 64, None),
        ("1" * 19, "监督份额至少20位，现有19位，请继续掷骰子或补充输入"),
        ("", "监督份额至少20位，现有0位，请继续掷骰子或补充输入"),
        ("1" * 65, "监督份额至多64位，现有65位，请删去多余部分"),
        ("1" * 20 + "\n", "监督份额中不能有空格或换行，请去掉后连续输入"),
        ("12345 67890 12345 67890", "监督份额中不能有空格或换行，请去掉后连续输入"),
        ("A" * 20, "监督份额只能用小写字母和数字，请把大写字母改为小写"),
        ("1" * 19 + "|", "监督份额只能由数字0-9和小写字母a-z组成，不能有标点、汉字或全角字符"),
        ("１" * 20, "监督份额只能由数字0-9和小写字母a-z组成，不能有标点、汉字或全角字符"),
    ],
)
def test_why_a_text_is_no_share(share, reason):
    assert protocol.why_not_share(share) == reason


@given(st.text(string.ascii_letters + string.digits + " |\n", max_size=70))
def test_the_seed_takes_exactly_the_shares_that_have_no_reason_against_them(share):
    if protocol.why_not_share(share) is None:
        assert len(protocol.seed("sha256", manifest_hash=SEED, secret=SEED, share=share)) == 64
    else:
        with pytest.raises(ValueError, match="share"):
            protocol.seed("sha256", manifest_hash=SEED, secret=SEED, share=share)


@pytest.mark.parametrize("bad", ["", "zjk", "A|B", "A,B", "-A", "A" * 33, "A\n", "甲", "A B"])
def test_a_bad_code_never_enters_a_file(bad):
    for line in (PoolLine(bad, "U", ("AA",)), PoolLine("M", bad, ("AA",)), PoolLine("M", "U", (bad,))):
        with pytest.raises(ValueError, match="does not match"):
            line.text()
    with pytest.raises(ValueError, match="does not match"):
        PoolLine("M", "U", ("AA",), (bad,)).text()
    with pytest.raises(ValueError, match="does not match"):
        protocol.pool_text(draw=bad, round=0, pool=[])
    with pytest.raises(ValueError, match="does not match"):
        protocol.manifest_text(conditions=conditions(), **FIXED, needs=[Need(bad, 1, 3)])
    with pytest.raises(ValueError, match="does not match"):
        protocol.close_abort_line(bad)
    with pytest.raises(ValueError, match="does not match"):
        protocol.manifest_text(conditions=conditions(), **FIXED, needs=[Need("AA", 1, 3)], beacon=("DRAND", bad))


def test_what_cannot_be_a_draw_is_an_error():
    line = PoolLine("M1", "U1", ("AA",))
    with pytest.raises(ValueError, match="twice"):
        protocol.pool_text(draw="D", round=0, pool=[line, line])
    with pytest.raises(ValueError, match="at least one field"):
        protocol.manifest_text(conditions=conditions(), **FIXED, needs=[])
    with pytest.raises(ValueError, match="each once"):
        protocol.manifest_text(conditions=conditions(), **FIXED, needs=[Need("AA", 1, 3), Need("AA", 2, 6)])
    with pytest.raises(ValueError, match="none of the needed fields"):
        protocol.census_of([line], [Need("BB", 1, 1)])
    with pytest.raises(ValueError, match="unknown algorithm"):
        conditions(alg="md5")
    with pytest.raises(ValueError, match="unknown algorithm"):
        protocol.h("md5", "")
    for mode, ratio in (("all", 3), ("merit", 1)):
        with pytest.raises(ValueError, match="does not go with"):
            conditions(mode=mode, ratio=ratio)
    with pytest.raises(ValueError, match="holds no field"):
        PoolLine("M1", "U1", ()).text()
    for need in (Need("AA", 0, 1), Need("AA", 1, 0), Need("AA", 1, 3, -1), Need("AA", True, 3)):
        with pytest.raises(ValueError, match="whole number"):
            protocol.manifest_text(conditions=conditions(), **FIXED, needs=[need])
    with pytest.raises(ValueError, match="unknown outcome"):
        protocol.contact_line(seq=1, field="AA", position=1, number="M", outcome="MAYBE", at=datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="has a reason"):
        protocol.contact_line(seq=1, field="AA", position=1, number="M", outcome="SKIP", at=datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="time zone"):
        protocol.abort_text(draw="D", round=0, attempt=1, reason="R", at=datetime(2026, 1, 1))


@pytest.mark.parametrize(
    ("need", "ratio", "wrong"),
    [
        (Need("AA", 1, 3), 3, None),
        (Need("AA", 1, 2), 3, "below the ratio"),
        (Need("AA", 1, 2, waiver="7" * 64), 3, None),
        (Need("AA", 2, 2, standby=1, waiver="7" * 64), 3, "too few"),
        (Need("AA", 2, 1, waiver="7" * 64), 3, "too few"),
        (Need("AA", 1, 1, standby=1), 1, "too few"),
        (Need("AA", 1, 2, standby=1), 1, None),
    ],
)
def test_a_list_is_never_shorter_than_the_ratio_or_a_waiver_allows(need, ratio, wrong):
    if wrong is None:
        manifest = protocol.manifest_text(conditions=conditions(ratio=ratio), **FIXED, needs=[need])
        assert reading.needs(manifest) == (need,)
        return
    with pytest.raises(ValueError, match=wrong):
        protocol.manifest_text(conditions=conditions(ratio=ratio), **FIXED, needs=[need])


def test_a_waiver_that_was_not_needed_does_not_stand_in_the_manifest():
    needless = Need("AA", 1, 3, waiver="7" * 64)
    assert "waiver" not in protocol.manifest_text(conditions=conditions(), **FIXED, needs=[needless])


def test_the_manifest_shows_standbys_waivers_modes_and_a_beacon_in_their_places():
    manifest = protocol.manifest_text(
        conditions=conditions(mode="merit", prefer="GRADE-A"),
        draw="D",
        round=1,
        attempt=2,
        prev="1" * 64,
        pool="2" * 64,
        needs=[Need("BB", 2, 4, standby=1, waiver="7" * 64), Need("AA", 1, 3)],
        office="4" * 64,
        beacon=("DRAND", "12345"),
    )
    assert manifest.splitlines() == [
        "zjkdraw/1|manifest",
        "alg|sm3",
        "draw|D",
        "round|1",
        "attempt|2",
        f"prev|{'1' * 64}",
        f"request|{SEED}",
        f"rules|{SEED}",
        f"pool|{'2' * 64}",
        "ratio|3",
        "need|BB|2|4",
        "standby|BB|1",
        f"waiver|BB|{'7' * 64}",
        "need|AA|1|3",
        "mode|merit",
        "prefer|GRADE-A",
        f"office|{'4' * 64}",
        "beacon|DRAND|12345",
    ]


def test_moments_are_written_in_utc_and_earlier_rounds_are_named():
    at = datetime(2026, 11, 20, 9, 1, tzinfo=timezone(timedelta(hours=8)))
    line = protocol.contact_line(
        seq=3, field="AA", position=2, number="M1", outcome="WITHDRAW", reason="ILL", evidence="1" * 64, at=at, round=0
    )
    assert line == f"contact|3|AA@0|2|M1|WITHDRAW|ILL|{'1' * 64}|2026-11-20T01:01:00Z"
    assert protocol.abort_text(draw="D", round=0, attempt=1, reason="POWER", at=at) == "abort|D|0|1|POWER|2026-11-20T01:01:00Z\n"


def test_close_lines():
    assert protocol.close_line({"AA": 0}) == "close|DONE|-"
    assert protocol.close_line({"BB": 0, "AA": 2}) == "close|SHORTFALL|BB:0,AA:2"
    assert protocol.close_abort_line("CANCELLED") == "close|ABORT|CANCELLED"


def test_a_request_has_one_canonical_form():
    one = {"b": [1, None, True, "é"], "a": {"y": "评审", "x": 2}}
    two = {"a": {"x": 2, "y": "评审"}, "b": (1, None, True, "e\u0301")}
    assert protocol.canonical(one) == protocol.canonical(two)
    assert protocol.canonical(one) == '{"a":{"x":2,"y":"\\u8bc4\\u5ba1"},"b":[1,null,true,"\\u00e9"]}'
    assert protocol.h("sm3", protocol.canonical(one)) == protocol.h("sm3", protocol.canonical(two))
    for bad in ({"a": 1.5}, {"a": date(2026, 1, 1)}, {1: "a"}, {"é": 1, "e\u0301": 2}):
        with pytest.raises(ValueError, match="text"):
            protocol.canonical(bad)
