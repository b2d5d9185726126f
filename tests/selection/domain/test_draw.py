import json
import string
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from selection.domain import draw
from selection.domain.draw import FieldCount, Need, PoolLine

DATA = json.loads((Path(__file__).parents[1] / "data" / "draw-vectors.json").read_text("utf-8"))
CASES = [pytest.param(case, id=f"{vector['name']}-{case['alg']}") for vector in DATA["vectors"] for case in vector["cases"]]
FIELDS = ("AA", "BB", "CC")
SEED = "5" * 64


def rows(text):
    return [line.split("|") for line in text.splitlines()]


def read_pool(text):
    return [
        PoolLine(number, employer, tuple(fields.split(",")), () if reasons == "-" else tuple(reasons.split(",")))
        for number, employer, fields, _, reasons in rows(text)[1:]
    ]


def manifest_of(case):
    return {key: values for key, *values in rows(case["files"]["manifest.txt"])}


def needs_of(case):
    lines = rows(case["files"]["manifest.txt"])
    return [Need(values[0], int(values[1]), int(values[2])) for key, *values in lines if key == "need"]


@st.composite
def draws(draw_from):
    """A pool whose members hold any of three fields, and needs for some of the fields."""
    codes = draw_from(st.lists(st.sampled_from(FIELDS), min_size=1, unique=True))
    members = draw_from(
        st.lists(
            st.tuples(
                st.sets(st.sampled_from(FIELDS), min_size=1).map(sorted),
                st.sets(st.sampled_from(["AGE", "DRAWN", "ROTATION"]), max_size=2).map(sorted),
            ),
            max_size=25,
        )
    )
    pool = [
        PoolLine(f"ZJK-{index:04}", f"U{index % 4}", tuple(fields), tuple(reasons))
        for index, (fields, reasons) in enumerate(members)
        if set(fields) & set(codes)
    ]
    needs = [Need(code, draw_from(st.integers(1, 3)), draw_from(st.integers(1, 9))) for code in codes]
    return pool, needs


@pytest.mark.parametrize("alg", draw.ALGORITHMS)
def test_the_hash_functions_are_the_standards(alg):
    assert draw.h(alg, "abc") == DATA["hash_check"][f"{alg}('abc')"]


def test_sm3_does_not_depend_on_the_system(monkeypatch):
    def lacking(*args, **kwargs):
        raise ValueError("unsupported hash type")

    monkeypatch.setattr(draw.hashlib, "new", lacking)
    assert draw.h("sm3", "abc") == DATA["hash_check"]["sm3('abc')"]


@pytest.mark.parametrize("case", CASES)
def test_every_file_of_the_vectors_byte_for_byte(case):
    alg, fixed, pool, needs = case["alg"], manifest_of(case), read_pool(case["files"]["pool.txt"]), needs_of(case)
    number, round, attempt = fixed["draw"][0], int(fixed["round"][0]), int(fixed["attempt"][0])
    assert draw.pool_text(draw=number, round=round, pool=pool) == case["files"]["pool.txt"]
    office = draw.commitment(alg, draw=number, round=round, attempt=attempt, secret=case["office_secret"])
    assert office == case["office_commit"]
    manifest = draw.manifest_text(
        alg=alg,
        draw=number,
        round=round,
        attempt=attempt,
        request=fixed["request"][0],
        rules=fixed["rules"][0],
        pool=reversed(pool),
        needs=sorted(needs, key=lambda need: need.field),
        office=office,
    )
    assert manifest == case["files"]["manifest.txt"]
    assert draw.h(alg, manifest) == case["manifest_hash"]
    result = draw.result_text(
        alg=alg,
        manifest_hash=case["manifest_hash"],
        secret=case["office_secret"],
        share=case["inspector_share"],
        pool=pool,
        needs=needs,
    )
    assert result == case["files"]["result.txt"]
    lines = []
    for key, *values in rows(case["files"]["contacts.txt"]):
        if key == "contact":
            seq, field, position, who, outcome, reason, evidence, at = values
            lines.append(
                draw.contact_line(
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
            lines.append(draw.close_line({"DZXX": 1, "ZBZZ": 0, "FL": 0}))
    assert draw.contacts_text(alg, result, lines) == case["files"]["contacts.txt"]


def test_the_scarcest_field_is_drawn_first_by_exact_fraction():
    pool = [PoolLine(f"M{index}", "U", ("AA", "BB"), ()) for index in range(6)]
    pool += [PoolLine("N1", "U", ("CC",), ()), PoolLine("N2", "U", ("CC",), ("AGE",))]
    needs = [Need("BB", 1, 3), Need("AA", 1, 3), Need("CC", 1, 3), Need("DD", 1, 1)]
    assert [need.field for need in draw.processing_order(pool, needs)] == ["DD", "CC", "AA", "BB"]


@given(draws(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(case, rng):
    pool, needs = case
    texts = set()
    for _ in range(2):
        rng.shuffle(pool)
        rng.shuffle(needs)
        arguments = {"pool": tuple(pool), "needs": tuple(needs)}
        fixed = {"draw": "ZJK-1", "round": 0, "attempt": 1, "request": SEED, "rules": SEED, "office": SEED}
        manifest = draw.manifest_text(alg="sha256", **fixed, **arguments)
        result = draw.result_text(alg="sha256", manifest_hash=SEED, secret=SEED, share="1" * 20, **arguments)
        texts.add((draw.pool_text(draw="ZJK-1", round=0, pool=pool), manifest, result))
    assert len(texts) == 1


@given(draws())
def test_lists_hold_eligible_members_of_the_field_once_and_as_many_as_there_are(case):
    pool, needs = case
    members = {line.number: line for line in pool}
    taken = set()
    for code, listed in draw.compute_lists(alg="sha256", seed=SEED, pool=pool, needs=needs).items():
        numbers = [place.number for place in listed]
        free = {line.number for line in pool if line.eligible and code in line.fields} - taken
        wanted = next(need.candidates for need in needs if need.field == code)
        assert set(numbers) <= free and len(set(numbers)) == len(numbers) == min(wanted, len(free))
        assert all(members[number].eligible for number in numbers)
        assert [place.position for place in listed] == list(range(1, len(listed) + 1))
        assert [place.ticket for place in listed] == sorted(place.ticket for place in listed)
        taken |= set(numbers)


@given(draws(), st.integers(1, 10))
def test_more_candidates_for_the_last_field_only_append_to_its_list(case, more):
    """For one seed, while the processing order stays: no earlier list changes, the last one only grows at its end."""
    pool, needs = case
    order = draw.processing_order(pool, needs)
    grown = [*order[:-1], Need(order[-1].field, order[-1].seats, order[-1].candidates + more)]
    assume([need.field for need in draw.processing_order(pool, grown)] == [need.field for need in order])
    before = draw.compute_lists(alg="sha256", seed=SEED, pool=pool, needs=needs)
    after = draw.compute_lists(alg="sha256", seed=SEED, pool=pool, needs=grown)
    last = order[-1].field
    assert after[last][: len(before[last])] == before[last]
    assert {code: after[code] for code in before if code != last} == {code: before[code] for code in before if code != last}


def test_over_many_seeds_every_member_is_drawn_equally_often():
    pool = [PoolLine(f"ZJK-{index:04}", "U1", ("AA",)) for index in range(12)]
    drawn = dict.fromkeys((line.number for line in pool), 0)
    for index in range(2000):
        seed = draw.h("sha256", str(index))
        for place in draw.compute_lists(alg="sha256", seed=seed, pool=pool, needs=[Need("AA", 1, 3)])["AA"]:
            drawn[place.number] += 1
    expected = 2000 * 3 / 12
    # Eleven degrees of freedom: above 31.3 once in a thousand; the seeds are fixed, so this never flickers.
    assert sum((count - expected) ** 2 / expected for count in drawn.values()) < 31.3


def test_a_shortage_says_how_many_are_missing_and_why():
    pool = [
        PoolLine("M1", "U1", ("AA",)),
        PoolLine("M2", "U1", ("AA", "BB"), ("AGE", "ROTATION")),
        PoolLine("M3", "U1", ("AA",), ("ROTATION",)),
        PoolLine("M4", "U1", ("BB",)),
    ]
    needs = [Need("AA", 1, 3), Need("BB", 1, 1)]
    short = FieldCount("AA", eligible=1, wanted=3, excluded_members=2, excluded={"AGE": 1, "ROTATION": 2})
    assert draw.shortages(pool, needs) == (short,)
    assert short.missing == 2
    assert draw.field_counts(pool, needs) == (short, FieldCount("BB", 1, 1, 1, {"AGE": 1, "ROTATION": 1}))
    assert draw.shortages(pool, [Need("AA", 1, 1)]) == ()


def test_a_list_that_an_earlier_field_shortened_is_written_down_as_short():
    pool = [PoolLine("M1", "U1", ("AA", "BB")), PoolLine("M2", "U1", ("BB",))]
    needs = [Need("AA", 1, 1), Need("BB", 1, 2)]
    result = draw.result_text(alg="sm3", manifest_hash=SEED, secret=SEED, share="1" * 20, pool=pool, needs=needs)
    assert [line[:4] for line in rows(result)[6:]] == [
        ["list", "AA", "1", "M1"],
        ["list", "BB", "1", "M2"],
        ["short", "BB", "1", "2"],
    ]


def test_the_seed_depends_on_each_of_its_parts_and_a_beacon_comes_last():
    parts = {"manifest_hash": "1" * 64, "secret": "2" * 64, "share": "3" * 20}
    changed = [{}, {"manifest_hash": "4" * 64}, {"secret": "4" * 64}, {"share": "4" * 20}, {"beacon": "00ff"}]
    assert len({draw.seed("sm3", **(parts | change)) for change in changed}) == len(changed)
    text = f"zjkdraw/1|seed|{'1' * 64}|{'2' * 64}|{'3' * 20}|00ff"
    assert draw.seed("sm3", **parts, beacon="00ff") == draw.h("sm3", text)


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
    assert draw.why_not_share(share) == reason


@given(st.text(string.ascii_letters + string.digits + " |\n", max_size=70))
def test_the_seed_takes_exactly_the_shares_that_have_no_reason_against_them(share):
    if draw.why_not_share(share) is None:
        assert len(draw.seed("sha256", manifest_hash=SEED, secret=SEED, share=share)) == 64
    else:
        with pytest.raises(ValueError, match="share"):
            draw.seed("sha256", manifest_hash=SEED, secret=SEED, share=share)


@pytest.mark.parametrize("bad", ["", "zjk", "A|B", "A,B", "-A", "A" * 33, "A\n", "甲", "A B"])
def test_a_bad_code_never_enters_a_file(bad):
    for line in (PoolLine(bad, "U", ("AA",)), PoolLine("M", bad, ("AA",)), PoolLine("M", "U", (bad,))):
        with pytest.raises(ValueError, match="does not match"):
            line.text()
    with pytest.raises(ValueError, match="does not match"):
        PoolLine("M", "U", ("AA",), (bad,)).text()
    with pytest.raises(ValueError, match="does not match"):
        draw.pool_text(draw=bad, round=0, pool=[])
    with pytest.raises(ValueError, match="does not match"):
        draw.processing_order([], [Need(bad, 1, 1)])
    with pytest.raises(ValueError, match="does not match"):
        draw.close_abort_line(bad)


def test_what_cannot_be_a_draw_is_an_error():
    line = PoolLine("M1", "U1", ("AA",))
    fixed = {"alg": "sm3", "draw": "D", "round": 0, "attempt": 1, "request": SEED, "rules": SEED, "office": SEED}
    with pytest.raises(ValueError, match="twice"):
        draw.pool_text(draw="D", round=0, pool=[line, line])
    with pytest.raises(ValueError, match="at least one field"):
        draw.processing_order([line], [])
    with pytest.raises(ValueError, match="needed twice"):
        draw.processing_order([line], [Need("AA", 1, 1), Need("AA", 2, 2)])
    with pytest.raises(ValueError, match="none of the requested fields"):
        draw.manifest_text(**fixed, pool=[line], needs=[Need("BB", 1, 1)])
    with pytest.raises(ValueError, match="unknown algorithm"):
        draw.manifest_text(**(fixed | {"alg": "md5"}), pool=[line], needs=[Need("AA", 1, 1)])
    with pytest.raises(ValueError, match="holds no field"):
        PoolLine("M1", "U1", ()).text()
    for need in (Need("AA", 0, 1), Need("AA", 1, 0), Need("AA", 1, 1, -1), Need("AA", True, 1)):
        with pytest.raises(ValueError, match="whole number"):
            draw.processing_order([line], [need])
    with pytest.raises(ValueError, match="unknown outcome"):
        draw.contact_line(seq=1, field="AA", position=1, number="M", outcome="MAYBE", at=datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="time zone"):
        draw.abort_text(draw="D", round=0, attempt=1, reason="R", at=datetime(2026, 1, 1))


def test_the_manifest_shows_standbys_and_a_beacon():
    manifest = draw.manifest_text(
        alg="sm3",
        draw="D",
        round=1,
        attempt=2,
        prev="1" * 64,
        request="2" * 64,
        rules="3" * 64,
        pool=[PoolLine("M1", "U1", ("AA",))],
        needs=[Need("AA", 1, 3, standby=1), Need("BB", 2, 6)],
        office="4" * 64,
        beacon=("drand", "12345"),
    )
    assert [line for line in manifest.splitlines() if line.split("|")[0] in {"need", "standby", "prev", "beacon"}] == [
        f"prev|{'1' * 64}",
        "need|BB|2|6",
        "need|AA|1|3",
        "standby|AA|1",
        "beacon|drand|12345",
    ]


def test_moments_are_written_in_utc_and_earlier_rounds_are_named():
    at = datetime(2026, 11, 20, 9, 1, tzinfo=timezone(timedelta(hours=8)))
    line = draw.contact_line(
        seq=3, field="AA", position=2, number="M1", outcome="WITHDRAW", reason="ILL", evidence="1" * 64, at=at, round=0
    )
    assert line == f"contact|3|AA@0|2|M1|WITHDRAW|ILL|{'1' * 64}|2026-11-20T01:01:00Z"
    assert draw.abort_text(draw="D", round=0, attempt=1, reason="POWER", at=at) == "abort|D|0|1|POWER|2026-11-20T01:01:00Z\n"


def test_close_lines():
    assert draw.close_line({"AA": 0}) == "close|DONE|-"
    assert draw.close_line({"BB": 0, "AA": 2}) == "close|SHORTFALL|BB:0,AA:2"
    assert draw.close_abort_line("CANCELLED") == "close|ABORT|CANCELLED"


def test_a_request_has_one_canonical_form():
    one = {"b": [1, None, True, "é"], "a": {"y": "评审", "x": 2}}
    two = {"a": {"x": 2, "y": "评审"}, "b": (1, None, True, "e\u0301")}
    assert draw.canonical_request(one) == draw.canonical_request(two)
    assert draw.canonical_request(one) == '{"a":{"x":2,"y":"\\u8bc4\\u5ba1"},"b":[1,null,true,"\\u00e9"]}'
    assert draw.h("sm3", draw.canonical_request(one)) == draw.h("sm3", draw.canonical_request(two))
    for bad in ({"a": 1.5}, {"a": date(2026, 1, 1)}, {1: "a"}, {"é": 1, "e\u0301": 2}):
        with pytest.raises(ValueError, match="request"):
            draw.canonical_request(bad)
