import ast
import hashlib
import json
import random
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selection import verify_draw
from selection.domain import draw, seats
from selection.domain.draw import Need, PoolLine
from selection.domain.seats import DrawnList, Outcome, OutcomeLine

DATA = json.loads((Path(__file__).parents[1] / "data" / "draw-vectors.json").read_text("utf-8"))
CASES = [pytest.param(case, id=f"{vector['name']}-{case['alg']}") for vector in DATA["vectors"] for case in vector["cases"]]
V1, V2 = (vector["cases"][0] for vector in DATA["vectors"])
NUMBER = "ZJK2026-000777"
FOLDER = "round-0-attempt-1"
START = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
REQUEST, RULES = "a" * 64, "b" * 64


class Recorder:
    """Draws and contacts by the domain's own code, and keeps the files of the bundle."""

    def __init__(self, alg):
        self.alg, self.files, self.manifests = alg, {}, []
        self.lists, self.outcomes, self.employers, self.drawn, self.clock = [], [], {}, set(), START
        self.round, self.attempt, self.prev = 0, 0, draw.NO_PREV

    def now(self):
        self.clock += timedelta(minutes=1)
        return self.clock

    def freeze(self, pool, needs):
        self.attempt += 1
        self.pool, self.needs = pool, needs
        self.folder = f"round-{self.round}-attempt-{self.attempt}"
        self.secret = hashlib.sha256(self.folder.encode()).hexdigest()
        where = {"draw": NUMBER, "round": self.round, "attempt": self.attempt}
        office = draw.commitment(self.alg, **where, secret=self.secret)
        self.manifest = draw.manifest_text(
            alg=self.alg, **where, prev=self.prev, request=REQUEST, rules=RULES, pool=pool, needs=needs, office=office
        )
        self.files[f"{self.folder}/pool.txt"] = draw.pool_text(draw=NUMBER, round=self.round, pool=pool)
        self.files[f"{self.folder}/manifest.txt"] = self.manifest
        self.manifests.append(draw.h(self.alg, self.manifest))

    def abort(self):
        text = draw.abort_text(draw=NUMBER, round=self.round, attempt=self.attempt, reason="POWER", at=self.now())
        self.files[f"{self.folder}/abort.txt"] = text
        self.prev = draw.h(self.alg, text)

    def reveal(self, share="31415926535897932384"):
        given = {"manifest_hash": self.manifests[-1], "secret": self.secret, "share": share}
        self.result = draw.result_text(alg=self.alg, **given, pool=self.pool, needs=self.needs)
        self.files[f"{self.folder}/result.txt"] = self.result
        self.lines, self.seq = [], 0
        value = draw.seed(self.alg, **given)
        drawn = draw.compute_lists(alg=self.alg, seed=value, pool=self.pool, needs=self.needs)
        for need in draw.processing_order(self.pool, self.needs):
            numbers = tuple(place.number for place in drawn[need.field])
            self.lists.append(DrawnList(self.round, need.field, need.seats, need.standby, numbers))
            self.drawn |= set(numbers)
        self.employers |= {line.number: line.employer for line in self.pool}
        self.write_contacts()

    def write_contacts(self):
        text = draw.contacts_text(self.alg, self.result, self.lines)
        self.files[f"{self.folder}/contacts.txt"] = text
        self.prev = draw.chain_head(self.alg, self.result, self.lines)

    def say(self, drawn, position, outcome, reason=None):
        self.seq += 1
        self.outcomes.append(OutcomeLine(drawn.round, drawn.field, position, outcome))
        self.lines.append(
            draw.contact_line(
                seq=self.seq,
                field=drawn.field,
                position=position,
                number=drawn.numbers[position - 1],
                outcome=outcome.value,
                reason=reason,
                at=self.now(),
                round=drawn.round if drawn.round < self.round else None,
            )
        )
        self.write_contacts()

    def colleague_is_seated(self, who):
        """Whether a standing acceptance has the employer of ``who``: what makes a SKIP for the employer valid."""
        places = [place for field in {one.field for one in self.lists} for place in seats.standing(self.lists, self.outcomes, field)]
        return any(self.employers[one.number] == self.employers[who] and one.number != who for one in places)

    def contact(self, rng):
        """Ask whoever is due, in any order, until nobody is."""
        while True:
            due = [(one, p) for one in self.lists for p in seats.due_positions(one, self.outcomes)]
            if not due:
                return self.close()
            one, position = rng.choice(due)
            who = one.numbers[position - 1]
            if self.colleague_is_seated(who) and rng.random() < 0.5:
                self.say(one, position, Outcome.SKIP, "EMPLOYER-CAP")
                continue
            self.say(one, position, Outcome(rng.choice(["ACCEPT", "ACCEPT", "DECLINE", "NOREPLY", "UNREACHED", "RECUSE"])))
            if self.outcomes[-1].outcome == Outcome.ACCEPT and rng.random() < 0.3:
                self.say(one, position, Outcome(rng.choice(["WITHDRAW", "RECUSE"])))

    def close(self):
        self.lines.append(seats.close_line(self.lists, self.outcomes))
        self.write_contacts()

    def supplement(self, pool):
        """The next round's pool and needs: the missing seats only, whoever was drawn is out."""
        self.round, self.attempt = self.round + 1, 0
        missing = {code: count for code, count in seats.missing(self.lists, self.outcomes).items() if count}
        again = [
            PoolLine(line.number, line.employer, line.fields, (*line.reasons, *["DRAWN"] * (line.number in self.drawn)))
            for line in pool
            if set(line.fields) & set(missing)
        ]
        return again, [Need(code, count, 3 * count) for code, count in missing.items()]


def two_rounds(alg="sm3"):
    """An aborted attempt, a draw that falls short, and its supplementary round with a late withdrawal in round 0."""
    pool = [PoolLine(f"ZJK-{i:04}", f"U{i % 5}", ("AA",), ("AGE",) if i == 2 else ()) for i in range(9)]
    pool += [PoolLine(f"ZJK-{i:04}", f"U{i % 5}", ("AA", "BB")) for i in range(9, 14)]
    record = Recorder(alg)
    needs = [Need("AA", 1, 3), Need("BB", 1, 3, standby=1)]
    record.freeze(pool, needs)
    record.abort()
    record.freeze(pool, needs)
    record.reveal()
    second, first = sorted(record.lists, key=lambda one: one.field, reverse=True)
    assert (first.field, second.field) == ("AA", "BB")
    record.say(first, 1, Outcome.DECLINE, "BUSY")
    record.say(first, 2, Outcome.NOREPLY)
    record.say(second, 2, Outcome.ACCEPT)
    record.say(second, 1, Outcome.ACCEPT)
    record.say(first, 3, Outcome.RECUSE, "KIN")
    record.close()
    assert record.lines[-1] == "close|SHORTFALL|BB:0,AA:1"
    again, missing = record.supplement(pool)
    record.freeze(again, missing)
    record.reveal("thrownbythedicetoday1234")
    record.say(record.lists[-1], 1, Outcome.ACCEPT)
    record.close()
    record.say(second, 1, Outcome.WITHDRAW, "ILL")
    record.say(second, 3, Outcome.ACCEPT)
    record.close()
    assert record.lines[-1] == "close|DONE|-"
    return record


def write(folder, files):
    for name, content in files.items():
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(folder)


def write_zip(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return str(path)


def check(bundle, *expected):
    """The failed checks of a bundle, and every printed line."""
    printed = []
    status = verify_draw.verify(bundle, expected, printed.append)
    verdicts = [line.split()[:2] for line in printed if line[:1] == "V"]
    assert [check for check, _ in verdicts] == [f"V{number:02}" for number in range(1, 16)]
    failed = {check for check, verdict in verdicts if verdict == "FAIL"}
    assert {verdict for _, verdict in verdicts} <= {"PASS", "FAIL"}
    assert status == bool(failed)
    return failed, printed


def vector(case):
    return {f"{FOLDER}/{name}": text for name, text in case["files"].items()}


def test_it_imports_nothing_but_the_standard_library():
    tree = ast.parse(Path(verify_draw.__file__).read_text("utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names <= set(sys.stdlib_module_names)
    assert not names & {"socket", "urllib", "http", "subprocess", "ssl"}


def test_it_runs_alone_and_speaks_to_the_inspector(tmp_path):
    bundle = write_zip(tmp_path / "b.zip", vector(V2))
    script = [sys.executable, "-I", verify_draw.__file__]
    good = subprocess.run([*script, bundle, "--expect-manifest", V2["manifest_hash"]], capture_output=True, text=True, check=False)
    assert (good.returncode, good.stderr) == (0, "")
    lines = good.stdout.splitlines()
    assert sum(" PASS " in line for line in lines) == 15
    assert "DZXX 名额 3：占席 ZJK-0008 ZJK-0020；候补 无；缺 1" in lines
    assert lines[-2].startswith("本程序无法知道：应当回避的人是否都已排除，电话是否真的打过")
    bad = subprocess.run([*script, bundle, "--expect-manifest", "0" * 64], capture_output=True, text=True, check=False)
    assert (bad.returncode, bad.stderr) == (1, "")
    none = subprocess.run([*script, str(tmp_path / "nothing")], capture_output=True, text=True, check=False)
    assert (none.returncode, none.stderr) == (2, "")


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("packed", [False, True])
def test_the_vectors_pass(case, packed, tmp_path):
    bundle = (write_zip if packed else write)(tmp_path / "bundle", vector(case))
    assert check(bundle, case["manifest_hash"])[0] == set()


@pytest.mark.parametrize("size", [0, 3, 55, 56, 63, 64, 65, 119, 120, 1000])
def test_its_own_sm3_is_sm3(size):
    assert verify_draw.sm3(b"x" * size) == draw.h("sm3", "x" * size)


def test_without_sm3_in_the_system_it_uses_its_own(tmp_path, monkeypatch):
    def lacking(name, data=b""):
        if name == "sm3":
            raise ValueError("unsupported hash type sm3")
        return getattr(hashlib, name)(data)

    bundle = write(tmp_path, vector(V2))
    monkeypatch.setattr(verify_draw.hashlib, "new", lacking)
    assert check(bundle)[0] == set()


def altered(case, name, old, new):
    files = vector(case)
    assert files[f"{FOLDER}/{name}"].count(old) == 1
    return files | {f"{FOLDER}/{name}": files[f"{FOLDER}/{name}"].replace(old, new)}


def test_caught_an_exclusion_undone(tmp_path):
    files = altered(V1, "pool.txt", "ZJK-0005|U05|FL|X|RECUSE-EMPLOYER", "ZJK-0005|U05|FL|E|-")
    failed, printed = check(write(tmp_path, files))
    assert {"V03"} <= failed <= {"V03", "V09"}
    assert any(DATA["negative"][0]["got_pool_hash"] in line for line in printed)


def test_caught_another_secret(tmp_path):
    other = V1["office_secret"].replace("11", "12", 1)
    assert "V06" in check(write(tmp_path, altered(V1, "result.txt", V1["office_secret"], other)))[0]


def test_caught_two_swapped_positions(tmp_path):
    lines = V1["files"]["result.txt"].splitlines(keepends=True)
    for swapped in (
        [*lines[:6], lines[7], lines[6], lines[8]],
        [*lines[:6], lines[7].replace("|2|", "|1|"), lines[6].replace("|1|", "|2|"), lines[8]],
    ):
        files = vector(V1) | {f"{FOLDER}/result.txt": "".join(swapped)}
        assert check(write(tmp_path, files))[0] == {"V09", "V11"}


def test_caught_the_same_secret_under_another_attempt(tmp_path):
    files = altered(V1, "manifest.txt", "attempt|1", "attempt|2")
    assert {"V06", "V14"} <= check(write(tmp_path / "one", files))[0]
    files = {name.replace("attempt-1", "attempt-2"): text for name, text in files.items()}
    assert {"V06", "V14"} <= check(write(tmp_path / "two", files))[0]


def test_caught_another_share(tmp_path):
    files = altered(V1, "result.txt", "inspector|31415926535897932384", "inspector|31415926535897932385")
    failed, printed = check(write(tmp_path, files))
    assert failed == {"V08", "V09", "V11"}
    assert not any(V1["seed"] in line for line in printed)


@pytest.mark.parametrize("alg", draw.ALGORITHMS)
def test_an_aborted_attempt_and_a_supplementary_round_pass(alg, tmp_path):
    record = two_rounds(alg)
    assert len(record.files) == 11
    failed, printed = check(write(tmp_path, record.files), *record.manifests)
    assert failed == set()
    assert [line.split()[0] for line in printed if "清单校验值 M = " in line] == ["首轮第1次", "首轮第2次", "补充第1轮第1次"]


def test_a_manifest_hash_that_nobody_froze_is_caught(tmp_path):
    record = two_rounds()
    bundle = write(tmp_path, record.files)
    assert check(bundle, record.manifests[0].upper())[0] == set()
    assert check(bundle, *record.manifests, "c" * 64)[0] == {"V07"}
    assert check(bundle, "not a hash")[0] == {"V07"}


@pytest.mark.wide
def test_any_changed_byte_is_caught(tmp_path):
    record = two_rounds("sha256")
    bundle = write(tmp_path, record.files)
    missed = []
    for name, text in record.files.items():
        path, whole = Path(bundle, name), text.encode()
        for at, byte in enumerate(whole):
            others = {b"07\r\n\x80|-Ea"[at // 8 % 9]} if at % 8 == 0 else set()
            for new in ({byte ^ 1} | others) - {byte}:
                path.write_bytes(whole[:at] + bytes([new]) + whole[at + 1 :])
                if not check(bundle, *record.manifests)[0]:
                    missed.append((name, at, new))
        path.write_bytes(whole)
    assert missed == []
    assert check(bundle, *record.manifests)[0] == set()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_cut_or_insertion_is_caught(tmp_path_factory, data):
    record = two_rounds("sha256")
    name = data.draw(st.sampled_from(sorted(record.files)))
    whole = record.files[name].encode()
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    changed = whole[:start] + data.draw(st.binary(max_size=6)) + whole[end:]
    bundle = write(tmp_path_factory.mktemp("cut"), record.files | {name: changed})
    assert bool(check(bundle, *record.manifests)[0]) is (changed != whole)


@pytest.mark.parametrize("name", sorted(two_rounds().files))
def test_a_missing_file_is_caught(name, tmp_path):
    files = two_rounds().files
    del files[name]
    assert "V14" in check(write(tmp_path, files))[0]


def test_the_limit_that_the_docstring_admits(tmp_path):
    """The reason in the last attempt's abort.txt: only the ledger and the paper cover it."""
    record = Recorder("sm3")
    record.freeze([PoolLine("M1", "U1", ("AA",))], [Need("AA", 1, 1)])
    record.abort()
    assert check(write(tmp_path, record.files), *record.manifests)[0] == set()
    name = f"{FOLDER}/abort.txt"
    assert check(write(tmp_path, record.files | {name: record.files[name].replace("POWER", "OTHER")}))[0] == set()
    assert check(write(tmp_path, record.files | {name: record.files[name].replace("|0|1|", "|0|2|")}))[0] == {"V14"}


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"\xff\xfe\x00", b"\xef\xbb\xbfzjkdraw/1|pool|D|0|0\n", b"\0" * 5000, b"x" * 200_000, "甲\n".encode(), b"|" * 999 + b"\n"],
)
@pytest.mark.parametrize("name", ["pool", "manifest", "result", "contacts", "abort"])
def test_a_broken_file_ends_in_a_reason(content, name, tmp_path):
    files = vector(V2) | {f"{FOLDER}/{name}.txt": content}
    failed, printed = check(write(tmp_path, files))
    assert failed & {"V01", "V14"}
    assert any(name in line for line in printed if not line.startswith("V"))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text[:-1],
        lambda text: text + "\n",
        lambda text: "\ufeff" + text,
        lambda text: text.replace("|", " |", 1),
        lambda text: text.replace("\n", "\x0c\n", 1),
        lambda text: text[: len(text) // 2],
    ],
)
@pytest.mark.parametrize("name", ["pool", "manifest", "result", "contacts"])
def test_line_ends_and_blanks_matter(change, name, tmp_path):
    files = vector(V2)
    files[f"{FOLDER}/{name}.txt"] = change(files[f"{FOLDER}/{name}.txt"])
    assert "V01" in check(write(tmp_path, files))[0]


@pytest.mark.parametrize(
    "extra",
    [
        "readme.txt",
        "round-0-attempt-1/notes.txt",
        "round-0-attempt-1/POOL.txt",
        "round-00-attempt-1/pool.txt",
        "round-0-attempt-0/pool.txt",
        "round-0-attempt-1/sub/pool.txt",
        "bundle/round-0-attempt-1/pool.txt",
        "../round-0-attempt-1/pool.txt",
        "/etc/pool.txt",
        "round-0-attempt-1/../round-0-attempt-1/pool.txt",
        "round-0-attempt-1\\pool.txt",
        "round-0-attempt-１/pool.txt",
        "round-0-attempt-1/pool.txt/",
        "elsewhere/",
    ],
)
def test_whatever_does_not_belong_is_caught(extra, tmp_path):
    bundle = write_zip(tmp_path / "b.zip", vector(V1) | {extra: b"" if extra.endswith("/") else b"x"})
    assert check(bundle)[0] == {"V01"}


def test_folders_in_the_zip_are_no_finding_and_empty_attempts_are(tmp_path):
    assert check(write_zip(tmp_path / "a.zip", {f"{FOLDER}/": b""} | vector(V1)))[0] == set()
    assert "V14" in check(write_zip(tmp_path / "b.zip", vector(V1) | {"round-0-attempt-2/": b""}))[0]


def test_a_name_twice_in_the_zip_is_caught(tmp_path):
    path = tmp_path / "b.zip"
    write_zip(path, vector(V1))
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(f"{FOLDER}/pool.txt", V1["files"]["pool.txt"])
    assert check(str(path))[0] == {"V01"}


def test_a_link_in_the_folder_is_caught(tmp_path):
    bundle = write(tmp_path / "b", vector(V1))
    pool = Path(bundle, FOLDER, "pool.txt")
    pool.rename(tmp_path / "pool.txt")
    pool.symlink_to(tmp_path / "pool.txt")
    assert {"V01", "V14"} <= check(bundle)[0]


def test_too_much_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(verify_draw, "LIMIT", 1000)
    assert "V01" in check(write(tmp_path, vector(V1)))[0]


def statuses(path, *options, capsys):
    status = verify_draw.main([str(path), *options])
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return status, out


def test_what_is_no_bundle_ends_with_status_two(tmp_path, capsys):
    whole = Path(write_zip(tmp_path / "b.zip", vector(V2))).read_bytes()
    empty = tmp_path / "empty"
    empty.mkdir()
    (tmp_path / "text").write_text("hello")
    (tmp_path / "nul").write_bytes(b"")
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    write_zip(tmp_path / "other.zip", {"a/b.txt": b"x"})
    for name in ("empty", "text", "nul", "cut.zip", "other.zip", "absent", "bad\0name"):
        status, out = statuses(f"{tmp_path}/{name}", capsys=capsys)
        assert (name, status, out.startswith("不是可核验的卷宗：")) == (name, 2, True)
    with pytest.raises(SystemExit) as stop:
        verify_draw.main([])
    assert stop.value.code == 2


def test_a_damaged_zip_never_passes_changed_content_and_never_crashes(tmp_path, capsys):
    path = tmp_path / "b.zip"
    whole = Path(write_zip(path, vector(V1))).read_bytes()
    rng = random.Random(20261121)
    for _ in range(300):
        at = rng.randrange(len(whole))
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << rng.randrange(8)]) + whole[at + 1 :])
        status, _ = statuses(path, capsys=capsys)
        if status == 0:
            with zipfile.ZipFile(path) as archive:
                assert {name: archive.read(name).decode() for name in archive.namelist()} == vector(V1)
        path.write_bytes(whole[:at])
        assert statuses(path, capsys=capsys)[0] == 2


class Rewritten:
    """A bundle whose contacts were written anew with a sound chain: what only discipline can catch."""

    def __init__(self, lines, case=V2):
        self.files = vector(case)
        self.files[f"{FOLDER}/contacts.txt"] = draw.contacts_text(case["alg"], case["files"]["result.txt"], lines)


def contacts(case=V2):
    return case["files"]["contacts.txt"].splitlines()[:-1]


def test_v12_and_v13_catch_what_a_sound_chain_hides(tmp_path):
    good = contacts()
    assert check(write(tmp_path / "0", Rewritten(good).files))[0] == set()
    at = "2026-11-20T02:00:00Z"
    field, number, other = "ZBZZ", "ZJK-0030", "ZJK-0028"
    bad = {
        "seq": ([line.replace("contact|1|", "contact|2|") for line in good[:1]], {"V12"}),
        "number": ([good[0].replace("ZJK-0008", "ZJK-0001")], {"V12"}),
        "position": ([good[0].replace("|1|ZJK", "|10|ZJK")], {"V12"}),
        "field": ([good[0].replace("DZXX", "XX")], {"V12"}),
        "order": ([f"contact|1|DZXX|4|ZJK-0016|ACCEPT|-|-|{at}"], {"V12"}),
        "full": ([*good[:-1], f"contact|15|FL|2|ZJK-0036|ACCEPT|-|-|{at}"], {"V12"}),
        "twice": ([*good[:-1], f"contact|15|FL|1|ZJK-0035|ACCEPT|-|-|{at}"], {"V12"}),
        "withdraw": ([f"contact|1|DZXX|1|ZJK-0008|WITHDRAW|-|-|{at}"], {"V12"}),
        "own round": ([good[0].replace("DZXX", "DZXX@0")], {"V12"}),
        "later round": ([good[0].replace("DZXX", "DZXX@1")], {"V12"}),
        "done": ([*good[:-1], "close|DONE|-"], {"V12"}),
        "shortfall": ([*good[:-1], "close|SHORTFALL|DZXX:2,ZBZZ:0,FL:0"], {"V12"}),
        "field order": ([*good[:-1], "close|SHORTFALL|FL:0,ZBZZ:0,DZXX:1"], {"V12"}),
        "skip": ([f"contact|1|{field}|1|ZJK-0029|SKIP|EMPLOYER-CAP|-|{at}"], {"V13"}),
        "skip without reason": ([f"contact|1|{field}|1|ZJK-0029|SKIP|-|-|{at}"], {"V13"}),
        "skip after withdrawal": (
            [
                f"contact|1|DZXX|1|ZJK-0008|ACCEPT|-|-|{at}",
                f"contact|2|DZXX|1|ZJK-0008|WITHDRAW|-|-|{at}",
                f"contact|3|{field}|1|ZJK-0029|DECLINE|-|-|{at}",
                f"contact|4|{field}|2|{other}|DECLINE|-|-|{at}",
                f"contact|5|{field}|3|{number}|SKIP|EMPLOYER-CAP|-|{at}",
            ],
            {"V13"},
        ),
        "time": ([good[0].replace("2026-11-20", "2026-02-30")], {"V01", "V11", "V12", "V13", "V14", "V15"}),
    }
    found = {name: check(write(tmp_path / name, Rewritten(lines).files))[0] for name, (lines, _) in bad.items()}
    assert found == {name: expected for name, (_, expected) in bad.items()}


def supplementary(change=lambda pool, needs: (pool, needs), answered=3, close=None):
    pool = [PoolLine(f"M{i}", f"U{i}", ("AA", "BB")) for i in range(20)]
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
    record.freeze(*change(*record.supplement(pool)))
    record.reveal()
    return record.files


def test_v15_holds_the_supplementary_round_to_the_shortfall(tmp_path):
    def undrawn(pool, needs):
        return [PoolLine(line.number, line.employer, line.fields) for line in pool], needs

    cases = {
        "good": (supplementary(), set()),
        "more seats": (supplementary(lambda pool, _: (pool, [Need("AA", 2, 6)])), {"V15"}),
        "a field that misses nobody": (supplementary(lambda pool, needs: (pool, [*needs, Need("BB", 1, 3)])), {"V15"}),
        "drawn again": (supplementary(undrawn), {"V15"}),
        "the list was not used up": (supplementary(answered=2), {"V15"}),
        "after the end": (supplementary(close="close|ABORT|CANCELLED"), {"V15"}),
    }
    found = {name: check(write(tmp_path / name, files))[0] for name, (files, _) in cases.items()}
    assert found == {name: expected for name, (_, expected) in cases.items()}


def test_v14_catches_gaps_in_rounds_and_attempts(tmp_path):
    files = two_rounds().files
    without_aborted = {name: text for name, text in files.items() if "round-0-attempt-1/" not in name}
    only_round_1 = {name: text for name, text in files.items() if "round-1" in name}
    renamed = {name.replace("round-1", "round-2"): text for name, text in files.items()}
    second_result = files | {name.replace("attempt-2", "attempt-3"): text for name, text in files.items() if "attempt-2" in name}
    for number, changed in enumerate((without_aborted, only_round_1, renamed, second_result)):
        assert "V14" in check(write(tmp_path / str(number), changed))[0]
    stale = dict(files)
    stale["round-0-attempt-1/abort.txt"] = stale["round-0-attempt-1/abort.txt"].replace("POWER", "OTHER")
    assert check(write(tmp_path / "stale", stale))[0] == {"V14"}


def test_v02_to_v05_judge_the_frozen_files(tmp_path):
    def frozen(pool_lines, needs=("need|AA|1|1",)):
        pool = "".join(f"{line}\n" for line in pool_lines)
        record = Recorder("sm3")
        record.freeze([PoolLine("M1", "U1", ("AA",))], [Need("AA", 1, 1)])
        record.abort()
        name = f"{FOLDER}/manifest.txt"
        old = draw.h("sm3", record.files[f"{FOLDER}/pool.txt"])
        record.files[f"{FOLDER}/pool.txt"] = pool
        text = record.files[name].replace(old, draw.h("sm3", pool)).replace("need|AA|1|1", "\n".join(needs))
        return record.files | {name: text}

    top = f"zjkdraw/1|pool|{NUMBER}|0|"
    two = [f"{top}2", "M1|U1|AA|E|-", "M2|U1|AA,BB|E|-"]
    cases = {
        "good": (frozen(two), set()),
        "count": (frozen([f"{top}3", *two[1:]]), {"V02"}),
        "order": (frozen([two[0], two[2], two[1]]), {"V02"}),
        "twice": (frozen([two[0], two[1], two[1]]), {"V02"}),
        "round": (frozen([f"zjkdraw/1|pool|{NUMBER}|1|2", *two[1:]]), {"V02"}),
        "draw": (frozen(["zjkdraw/1|pool|OTHER|0|2", *two[1:]]), {"V02"}),
        "eligible with a reason": (frozen([f"{top}1", "M1|U1|AA|E|AGE"]), {"V02"}),
        "excluded without": (frozen([f"{top}1", "M1|U1|AA|X|-"]), {"V02"}),
        "fields unsorted": (frozen([f"{top}1", "M1|U1|BB,AA|E|-"]), {"V02"}),
        "no requested field": (frozen([f"{top}1", "M1|U1|CC|E|-"]), {"V02"}),
        "a field twice": (frozen(two, ("need|AA|1|1", "need|AA|1|1")), {"V04"}),
        "a stray standby": (frozen(two, ("need|AA|1|1", "standby|BB|1")), {"V04"}),
        "processing order": (frozen(two, ("need|AA|1|1", "need|BB|1|1")), {"V05"}),
        "scarcest first": (frozen(two, ("need|BB|1|1", "need|AA|1|1")), set()),
        "manifest lines": (
            frozen(two, ("standby|AA|1", "need|AA|1|1")),
            {f"V{number:02}" for number in range(2, 16)},
        ),
    }
    found = {name: check(write(tmp_path / name, files))[0] for name, (files, _) in cases.items()}
    assert found == {name: expected for name, (_, expected) in cases.items()}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_project_and_verifier_agree_on_random_draws(tmp_path_factory, seed):
    rng = random.Random(seed)
    codes = rng.sample(["AA", "BB", "CC"], rng.randint(1, 3))
    pool = []
    for index in range(rng.randint(0, 40)):
        fields = tuple(rng.sample(["AA", "BB", "CC", "DD"], rng.randint(1, 3)))
        reasons = tuple(rng.sample(["AGE", "ROTATION", "RECUSE-PERSON"], rng.choice([0, 0, 0, 1, 2])))
        if set(fields) & set(codes):
            pool.append(PoolLine(f"ZJK-{rng.randrange(10**6):06}-{index}", f"U{rng.randrange(6)}", fields, reasons))
    needs = [Need(code, n := rng.randint(1, 3), 3 * n, rng.randint(0, 2)) for code in codes]
    record = Recorder(rng.choice(draw.ALGORITHMS))
    rng.shuffle(pool)
    for round in range(3):
        if round:
            pool_now, needs = record.supplement(pool)
        else:
            pool_now = pool
        if not needs:
            break
        for _ in range(rng.choice([0, 0, 1, 2])):
            record.freeze(pool_now, needs)
            record.abort()
        record.freeze(pool_now, needs)
        record.reveal("".join(rng.choice("0123456789abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(20, 64))))
        record.contact(rng)
        accepted = [line for line, what in seats.outcomes(record.outcomes).items() if what == Outcome.ACCEPT]
        if accepted and rng.random() < 0.5:
            number, field, position = rng.choice(accepted)
            record.say(next(o for o in record.lists if (o.round, o.field) == (number, field)), position, Outcome.WITHDRAW)
            record.contact(rng)
    failed, printed = check(write(tmp_path_factory.mktemp("draw"), record.files), *record.manifests)
    assert failed == set(), printed
    for code in {one.field for one in record.lists}:
        seated = [place.number for place in seats.seated(record.lists, record.outcomes, code)]
        assert any(line.startswith(f"{code} ") and f"占席 {' '.join(seated) or '无'}；" in line for line in printed)


def judged(folder, case, old, new):
    """What fails when one text of result.txt is changed and the contact chain is made anew to fit."""
    files = altered(case, "result.txt", old, new)
    chained = draw.contacts_text(case["alg"], files[f"{FOLDER}/result.txt"], contacts(case))
    return check(write(folder, files | {f"{FOLDER}/contacts.txt": chained}))[0]


def test_v08_to_v10_name_what_is_wrong_in_a_result_even_under_a_sound_chain(tmp_path):
    first = V1["files"]["result.txt"].splitlines()[6]
    found = {
        "manifest": judged(tmp_path / "1", V1, V1["manifest_hash"], "e" * 64),
        "seed": judged(tmp_path / "2", V1, f"seed|{V1['seed']}", f"seed|{'e' * 64}"),
        "ticket": judged(tmp_path / "3", V1, first[-64:], "e" * 64),
        "shorter": judged(tmp_path / "4", V1, f"{first}\n", ""),
        "short": judged(tmp_path / "5", V1, f"{first}\n", f"{first}\nshort|FL|2|3\n"),
    }
    assert found == {"manifest": {"V10"}, "seed": {"V08"}, "ticket": {"V08", "V09"}, "shorter": {"V09"}, "short": {"V09"}}


def test_a_beacon_is_used_exactly_when_it_was_announced(tmp_path):
    def bundle(announced, value):
        pool, needs, secret = [PoolLine("M1", "U1", ("AA",))], [Need("AA", 1, 1)], "7" * 64
        where = {"draw": NUMBER, "round": 0, "attempt": 1}
        office = draw.commitment("sm3", **where, secret=secret)
        manifest = draw.manifest_text(
            alg="sm3", **where, request=REQUEST, rules=RULES, pool=pool, needs=needs, office=office, beacon=announced
        )
        given = {"manifest_hash": draw.h("sm3", manifest), "secret": secret, "share": "1" * 20, "beacon": value}
        result = draw.result_text(alg="sm3", **given, pool=pool, needs=needs)
        texts = {
            "pool": draw.pool_text(draw=NUMBER, round=0, pool=pool),
            "manifest": manifest,
            "result": result,
            "contacts": draw.contacts_text("sm3", result, []),
        }
        return {f"{FOLDER}/{name}.txt": text for name, text in texts.items()}

    named = ("drand", "4812345")
    cases = {(None, None): set(), (named, "00ff"): set(), (named, None): {"V08"}, (None, "00ff"): {"V08"}}
    found = {key: check(write(tmp_path / str(number), bundle(*key)))[0] for number, key in enumerate(cases)}
    assert found == cases


def test_v14_holds_one_draw_to_one_algorithm(tmp_path):
    record = Recorder("sm3")
    pool, needs = [PoolLine("M1", "U1", ("AA",))], [Need("AA", 1, 1)]
    record.freeze(pool, needs)
    record.abort()
    record.alg = "sha256"
    record.freeze(pool, needs)
    record.reveal()
    assert check(write(tmp_path, record.files))[0] == {"V14"}


def test_a_list_shortened_by_an_earlier_field_passes_only_when_it_says_so(tmp_path):
    record = Recorder("sm3")
    record.freeze([PoolLine("M1", "U1", ("AA", "BB")), PoolLine("M2", "U1", ("BB",))], [Need("AA", 1, 1), Need("BB", 1, 2)])
    record.reveal()
    assert check(write(tmp_path / "said", record.files))[0] == set()
    record.result = record.result.replace("short|BB|1|2\n", "")
    record.files[f"{FOLDER}/result.txt"] = record.result
    record.write_contacts()
    assert check(write(tmp_path / "unsaid", record.files))[0] == {"V09"}
