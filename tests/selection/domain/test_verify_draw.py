"""The stand-alone verifier on single bundles: it runs alone, reads any file, and names what is wrong."""

import ast
import hashlib
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from selection import verify_draw
from selection.domain import protocol
from selection.domain.protocol import Need, PoolLine
from tests.selection.domain.bundles import CASES, DATA, FOLDER, V1, V2, V3, V4, V5, V6, V7, altered, failed, rechained, refrozen, vector
from tests.selection.domain.recording import Recorder, two_rounds, write, write_zip

PAPER = ["--expect-manifest", V1["manifest_hash"], "--expect-share", V1["inspector_share"], "--expect-head", V1["result_hash"]]


def statuses(path, *options, capsys):
    status = verify_draw.main([str(path), *options])
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return status, out


def test_it_imports_nothing_but_the_standard_library():
    tree = ast.parse(Path(verify_draw.__file__).read_text("utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names <= set(sys.stdlib_module_names)
    assert not names & {"socket", "urllib", "http", "subprocess", "ssl"}


def test_it_runs_alone_and_speaks_to_the_inspector(tmp_path):
    bundle = write_zip(tmp_path / "b.zip", vector(V2))
    script = [sys.executable, "-I", verify_draw.__file__]
    slip = ["--expect-manifest", V2["manifest_hash"], "--expect-share", V2["inspector_share"]]
    paper = [*slip, "--expect-head", V2["files"]["contacts.txt"].splitlines()[-1].removeprefix("head|")]
    good = subprocess.run([*script, bundle, *paper], capture_output=True, text=True, check=False)
    assert (good.returncode, good.stderr) == (0, "")
    lines = good.stdout.splitlines()
    assert [line.split()[:2] for line in lines if line[:1] == "V"] == [[f"V{number:02}", "PASS"] for number in range(1, 16)]
    assert "DZXX 名额 3：占席 ZJK-0006 ZJK-0014；候补 无；缺 1" in lines
    assert lines[-2].startswith("本程序无法知道：应当回避的人是否都已排除，电话是否真的打过")
    assert lines[-1] == "结论：全部通过，并与纸面一致"
    bad = subprocess.run([*script, bundle, "--expect-manifest", "0" * 64], capture_output=True, text=True, check=False)
    assert (bad.returncode, bad.stderr) == (1, "")
    none = subprocess.run([*script, str(tmp_path / "nothing")], capture_output=True, text=True, check=False)
    assert (none.returncode, none.stderr) == (2, "")


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("packed", [False, True])
def test_the_vectors_pass(case, packed, tmp_path):
    bundle = (write_zip if packed else write)(tmp_path / "bundle", vector(case))
    assert failed(bundle, [case["manifest_hash"]], [case["inspector_share"]]) == set()


def test_what_was_not_compared_with_paper_is_never_called_the_same(tmp_path):
    bundle = write(tmp_path, vector(V2))
    m, share, head = V2["manifest_hash"], V2["inspector_share"], V2["files"]["contacts.txt"].splitlines()[-1][5:]
    left = {
        ((), (), ()): ["清单校验值 M", "监督份额", "链头"],
        ((m,), (), ()): ["监督份额", "链头"],
        ((m,), (share,), ()): ["链头"],
        ((m,), (share,), (head,)): [],
    }
    for given, open_values in left.items():
        report = verify_draw.examine(bundle, *given)
        assert (report.status, report.open) == (0, open_values)
        assert ("与纸面一致" in report.conclusion) == (not open_values)
        told = list(report.lines())
        assert sum(line.strip().endswith("未与纸面核对") for line in told) == len(open_values)
        assert sum(line.strip().endswith("＝纸面") for line in told) == 3 - len(open_values)


def test_a_value_on_paper_that_is_in_no_attempt_fails_its_own_check(tmp_path):
    bundle = write(tmp_path, two_rounds().files)
    record = two_rounds()
    assert failed(bundle, record.manifests, record.shares, [record.head]) == set()
    grouped = " ".join(record.manifests[0][at : at + 8] for at in range(0, 64, 8)).upper()
    assert failed(bundle, [grouped]) == set()
    assert failed(bundle, [*record.manifests, "c" * 64]) == {"V07"}
    assert failed(bundle, ["not a hash"]) == {"V07"}
    assert failed(bundle, (), ["1" * 20]) == {"V10"}
    assert failed(bundle, (), [], ["c" * 64]) == {"V11"}


@pytest.mark.parametrize("size", [0, 3, 55, 56, 63, 64, 65, 119, 120, 1000])
def test_its_own_sm3_is_sm3(size):
    assert verify_draw.SM3(b"x" * size).hexdigest() == protocol.h("sm3", "x" * size)
    begun = verify_draw.SM3(b"x" * (size // 2))
    twin = begun.copy()
    twin.update(b"x" * (size - size // 2))
    assert (twin.hexdigest(), begun.hexdigest()) == (protocol.h("sm3", "x" * size), protocol.h("sm3", "x" * (size // 2)))


def test_without_sm3_in_the_system_it_uses_its_own(tmp_path, monkeypatch):
    def lacking(name, data=b""):
        if name == "sm3":
            raise ValueError("unsupported hash type sm3")
        return getattr(hashlib, name)(data)

    bundle = write(tmp_path, vector(V2))
    monkeypatch.setattr(verify_draw.hashlib, "new", lacking)
    assert failed(bundle) == set()


def test_the_twelve_alterations_that_the_vectors_list_are_caught(tmp_path):
    """In the order of the list; each is made as its text says."""
    swapped = V1["files"]["result.txt"].splitlines(keepends=True)
    swapped[6:8] = [swapped[7].replace("|2|", "|1|"), swapped[6].replace("|1|", "|2|")]
    second = {name.replace("attempt-1", "attempt-2"): text for name, text in altered(V1, "manifest.txt", "attempt|1", "attempt|2").items()}
    lists, taken = [], set()
    members = [line.split("|") for line in V3["files"]["pool.txt"].splitlines()[1:]]
    for field in ("MHG", "FL", "HG"):
        of = [who for who, _, fields, state, _ in members if field in fields.split(",") and state == "E" and who not in taken]
        order = sorted((protocol.ticket(V3["alg"], V3["seed"], field, who), who) for who in of)[:3]
        lists += [f"list|{field}|{place}|{who}|{ticket}" for place, (ticket, who) in enumerate(order, 1)]
        taken |= {who for _, who in order}
    head = [line for line in V3["files"]["result.txt"].splitlines() if not line.startswith("list")]
    assert len(lists) == 8
    in_ticket_order = "".join(f"{line}\n" for line in [*head, *lists])
    said = [line.replace("|SKIP|SEATED|", "|ACCEPT|-|", 1) for line in V4["files"]["contacts.txt"].splitlines()[:-1]]
    choice = V5["files"]["contacts.txt"].splitlines()[:-1]
    late = [choice[0], choice[1], choice[3], choice[2], choice[4], choice[5]]
    late = [line.replace(line.split("|")[1], str(seq), 1) if line.startswith("contact") else line for seq, line in enumerate(late, 1)]
    bare = [choice[0].replace(choice[0].split("|")[7], "-"), *choice[1:]]
    made = [
        (altered(V1, "pool.txt", "ZJK-0005|U05|FL|X|RECUSE-EMPLOYER", "ZJK-0005|U05|FL|E|-"), "V03"),
        (altered(V1, "result.txt", V1["office_secret"], V1["office_secret"].replace("11", "12", 1)), "V06"),
        (vector(V1) | {f"{FOLDER}/result.txt": "".join(swapped)}, "V09"),
        (second, "V06"),
        (altered(V1, "result.txt", "inspector|31415926535897932384", "inspector|31415926535897932385"), "V08"),
        (rechained(V3, in_ticket_order), "V09"),
        (refrozen(V3, lambda text: text.replace("need|MHG|1|3", "need|MHG|1|4"), lambda text: text.replace("|FL,HG|", "|FL|")), "V04"),
        (rechained(V4, lines=said), "V12"),
        (rechained(V5, lines=late), "V13"),
        (rechained(V5, lines=bare), "V13"),
        (refrozen(V6, lambda text: text.replace("prefer|GRADE-A\n", "")), "V04"),
        (refrozen(V7, lambda text: "".join(line for line in text.splitlines(keepends=True) if not line.startswith("waiver"))), "V04"),
    ]
    assert [one["expect"].split()[1] for one in DATA["negative"]] == [check for _, check in made]
    for number, (files, check) in enumerate(made):
        assert check in failed(write(tmp_path / str(number), files)), DATA["negative"][number]["change"]


@pytest.mark.parametrize("name", sorted(two_rounds().files))
def test_a_missing_file_is_caught_and_what_it_hides_is_not_called_checked(name, tmp_path):
    files = two_rounds().files
    del files[name]
    report = verify_draw.examine(write(tmp_path, files))
    verdicts = {check: verdict for check, _, verdict, _ in report.checks}
    assert (report.status, verdicts["V14"]) == (1, "FAIL")
    hidden = {
        "pool": {"V02", "V03", "V04", "V05", "V09", "V13", "V15"},
        "result": {"V06", "V08", "V09", "V10", "V11", "V12", "V13", "V15"},
        "contacts": {"V11", "V12", "V13", "V15"},
        "manifest": {f"V{number:02}" for number in range(2, 16)} - {"V14"},
        "abort": set() if "attempt-1" in name else None,
    }[Path(name).stem]
    if hidden:
        assert {check for check, verdict in verdicts.items() if verdict == "NOT CHECKED"} == hidden


def test_the_limit_that_the_docstring_admits(tmp_path):
    """The reason in the last attempt's abort.txt: only the ledger and the paper cover it."""
    record = Recorder("sm3", ratio=1)
    record.freeze([PoolLine("M1", "U1", ("AA",))], [Need("AA", 1, 1)])
    record.abort()
    assert failed(write(tmp_path, record.files), record.manifests) == set()
    name = f"{FOLDER}/abort.txt"
    assert failed(write(tmp_path, record.files | {name: record.files[name].replace("POWER", "OTHER")})) == set()
    assert failed(write(tmp_path, record.files | {name: record.files[name].replace("|0|1|", "|0|2|")})) == {"V14"}


def test_what_is_frozen_and_not_drawn_is_reported_as_pending(tmp_path):
    record = Recorder("sm3", ratio=1)
    record.freeze([PoolLine("M1", "U1", ("AA",))], [Need("AA", 1, 1)])
    report = verify_draw.examine(write(tmp_path, record.files), record.manifests)
    assert (report.status, report.attempts[0][3], report.open) == (0, "已冻结，未抽取", [])


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"\xff\xfe\x00", b"\xef\xbb\xbfzjkdraw/1|pool|D|0|0\n", b"\0" * 5000, b"x" * 200_000, "甲\n".encode(), b"|" * 999 + b"\n"],
)
@pytest.mark.parametrize("name", ["pool", "manifest", "result", "contacts", "abort"])
def test_a_broken_file_ends_in_a_reason(content, name, tmp_path):
    files = vector(V2) | {f"{FOLDER}/{name}.txt": content}
    report = verify_draw.examine(write(tmp_path, files))
    wrong = {check: why for check, _, verdict, why in report.checks if verdict == "FAIL"}
    assert wrong.keys() & {"V01", "V14"}
    assert any(f"{name}.txt" in reason for reasons in wrong.values() for reason in reasons)


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
    assert "V01" in failed(write(tmp_path, files))


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
def test_whatever_does_not_belong_is_named_and_not_read(extra, tmp_path):
    bundle = write_zip(tmp_path / "b.zip", vector(V1) | {extra: b"" if extra.endswith("/") else b"x"})
    report = verify_draw.examine(bundle)
    assert report.status == 0
    assert report.checks[0][3] == [f"不属于卷宗、未予理会：{extra!a}"]


def test_folders_in_the_zip_are_no_finding_and_empty_attempts_are(tmp_path):
    assert failed(write_zip(tmp_path / "a.zip", {f"{FOLDER}/": b""} | vector(V1))) == set()
    assert "V14" in failed(write_zip(tmp_path / "b.zip", vector(V1) | {"round-0-attempt-2/": b""}))


def test_a_name_twice_in_the_zip_is_caught(tmp_path):
    path = tmp_path / "b.zip"
    write_zip(path, vector(V1))
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(f"{FOLDER}/pool.txt", V1["files"]["pool.txt"])
    assert failed(str(path)) == {"V01"}


def test_a_link_in_the_folder_is_not_followed(tmp_path):
    bundle = write(tmp_path / "b", vector(V1))
    pool = Path(bundle, FOLDER, "pool.txt")
    pool.rename(tmp_path / "pool.txt")
    pool.symlink_to(tmp_path / "pool.txt")
    assert "V14" in failed(bundle)


@pytest.mark.parametrize(("name", "limit"), [("WHOLE", 300), ("TOTAL", 1000)])
def test_what_is_refused_for_its_size_says_so_and_is_no_failed_draw(name, limit, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(verify_draw, name, limit)
    status, out = statuses(write(tmp_path, vector(V1)), capsys=capsys)
    assert (status, "超过本程序" in out) == (2, True)


def test_a_line_without_end_is_bad_grammar_and_not_read_into_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(verify_draw, "LINE", 200)
    files = vector(V1) | {f"{FOLDER}/pool.txt": V1["files"]["pool.txt"] + "M" * 5000}
    assert {"V01", "V03"} <= failed(write(tmp_path, files))


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
        status, _ = statuses(path, *PAPER, capsys=capsys)
        if status == 0:
            with zipfile.ZipFile(path) as archive:
                assert {name: archive.read(name).decode() for name in archive.namelist()} == vector(V1)
        path.write_bytes(whole[:at])
        assert statuses(path, capsys=capsys)[0] == 2
