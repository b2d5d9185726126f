"""The browser verifier: what it computes, held to the protocol's vectors and to random draws; its page; its one-file form."""

import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from django.contrib.staticfiles import finders

from expertpool.addresses import address
from selection.exports import verify_file as exported
from selection.exports.verify_file import verify_file
from tests.browser.roles import House
from tests.selection.random_bundles import SPOILS, Member, expected, h, large_draw, lists_of, random_draw, read, seal, spoilt, together
from tools.browser_bench import PARTS, load, measure

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

DATA = json.loads((Path(__file__).parents[1] / "selection" / "data" / "draw-vectors.json").read_text("utf-8"))
CASES = [pytest.param(case, id=f"{vector['name']}-{case['alg']}") for vector in DATA["vectors"] for case in vector["cases"]]
FIRST = "round-0-attempt-1/"
RUN = """async (given) => {
  const found = [];
  for (const one of given) {
    const report = await ZJK.verifyTexts(one.files, one.expected);
    found.push({
      status: report.status, message: report.message,
      failed: report.checks.filter((check) => check.verdict === "FAIL").map((check) => check.code),
      open: report.checks.filter((check) => check.verdict === "NOT CHECKED").map((check) => check.code),
      compared: report.attempts.map((attempt) => attempt.compared), notCompared: report.checks.map((check) => check.notCompared),
      values: report.attempts.map((attempt) => [attempt.M, attempt.share, attempt.head, attempt.seed]), notes: report.notes,
      passed: report.attempts.map((attempt) => (attempt.lists || []).map((list) => list.passed)),
    });
  }
  return found;
}"""


def bundle(case):
    return {FIRST + name: text for name, text in case["files"].items()}


def head_of(case):
    return case["files"]["contacts.txt"].splitlines()[-1].split("|")[1]


def on_paper(case):
    return {"manifests": [case["manifest_hash"]], "shares": [case["inspector_share"]], "heads": [head_of(case)]}


def vector(name, alg="sm3"):
    return next(case for one in DATA["vectors"] if one["name"].startswith(name) for case in one["cases"] if case["alg"] == alg)


@pytest.fixture(scope="module")
def verify(chromium):
    """verify(files, expected) for one bundle, verify([(files, expected), …]) for many, in an empty page of Chromium."""
    page = chromium.new_page()
    load(page)

    def run(given, paper=None):
        one = isinstance(given, dict)
        pairs = [(given, paper)] if one else given
        found = page.evaluate(RUN, [{"files": files, "expected": expects} for files, expects in pairs])
        return found[0] if one else found

    run.page = page
    yield run
    page.close()


# --- what it computes ---


@pytest.mark.parametrize("case", CASES)
def test_every_vector_passes_and_gives_its_values(verify, case):
    found = verify(bundle(case), on_paper(case))
    assert (found["status"], found["failed"], found["open"]) == (0, [], [])
    assert found["values"] == [[case["manifest_hash"], case["inspector_share"], head_of(case), case["seed"]]]
    assert found["compared"] == [{"M": "same", "share": "same", "head": "same"}]


def test_the_member_passed_over_is_named(verify):
    assert verify(bundle(vector("V3")), None)["passed"] == [[[], ["OV-0012"], []]]


def altered(case, change):
    """The bundle of a vector with its draw changed and everything computed anew."""
    draw = read(bundle(case))
    change(draw.attempts[0])
    return seal(draw)


def edited(case, name, *edits):
    files = bundle(case)
    for before, after in edits:
        assert before in files[FIRST + name], before
        files[FIRST + name] = files[FIRST + name].replace(before, after)
    return files


def swapped(case):
    lines = case["files"]["result.txt"].splitlines()
    one, two = lines[6], lines[7]
    return edited(case, "result.txt", (one, "#"), (two, one.replace("|1|", "|2|")), ("#", two.replace("|2|", "|1|")))


def attempt_two(case):
    files = edited(case, "manifest.txt", ("attempt|1\n", "attempt|2\n"))
    return {name.replace("attempt-1", "attempt-2"): text for name, text in files.items()}


def by_ticket_alone(case):
    """Nobody is passed over, and who was not needed for a list is on the next: one comes out short."""

    def lists(attempt, seed):
        taken, made = set(), {}
        for need in attempt.needs:
            alone = replace(attempt, needs=[need], pool=[one for one in attempt.pool if one.number not in taken])
            made[need.field] = lists_of(alone, seed)[need.field]
            taken |= set(made[need.field])
        assert sorted(map(len, made.values())) == [2, 3, 3]
        return made

    return seal(read(bundle(case)), lists)


def not_together(attempt):
    attempt.pool = [replace(one, fields=("FL",)) if one.number == "OV-0012" else one for one in attempt.pool]
    attempt.needs = [replace(need, c=4) if need.field == "MHG" else need for need in attempt.needs]
    attempt.lines = []


def seated_accepts(attempt):
    at = next(place for place, line in enumerate(attempt.lines) if getattr(line, "reason", "") == "SEATED")
    attempt.lines[at] = replace(attempt.lines[at], outcome="ACCEPT", reason="-")


def chosen_too_late(attempt):
    attempt.lines.insert(3, attempt.lines.pop(2))


def no_evidence(attempt):
    attempt.lines[0] = replace(attempt.lines[0], evidence="-")


def no_preference(attempt):
    attempt.prefer = ""


def no_waiver(attempt):
    attempt.needs = [replace(need, waiver="") for need in attempt.needs]


#: How each alteration of the vectors is made, in their order.
ALTERATIONS = [
    ("V1", lambda case: edited(case, "pool.txt", ("ZJK-0005|U05|FL|X|RECUSE-EMPLOYER", "ZJK-0005|U05|FL|E|-"))),
    ("V1", lambda case: edited(case, "result.txt", ("office|11", "office|12"))),
    ("V1", swapped),
    ("V1", attempt_two),
    ("V1", lambda case: edited(case, "result.txt", ("32384\n", "32385\n"))),
    ("V3", by_ticket_alone),
    ("V3", lambda case: altered(case, not_together)),
    ("V4", lambda case: altered(case, seated_accepts)),
    ("V5", lambda case: altered(case, chosen_too_late)),
    ("V5", lambda case: altered(case, no_evidence)),
    ("V6", lambda case: altered(case, no_preference)),
    ("V7", lambda case: altered(case, no_waiver)),
]


@pytest.mark.parametrize("alg", ["sm3", "sha256"])
@pytest.mark.parametrize("at", range(len(DATA["negative"])))
def test_every_alteration_of_the_vectors_is_caught(verify, at, alg):
    (name, make), told = ALTERATIONS[at], DATA["negative"][at]
    assert told["change"].startswith(f"{name}:") and len(ALTERATIONS) == len(DATA["negative"])
    files = make(vector(name, alg))
    if "got_pool_hash" in told and alg == "sm3":
        assert h("sm3", files[f"{FIRST}pool.txt"]) == told["got_pool_hash"]
    found = verify(files)
    assert (found["status"], told["expect"].split()[1] in found["failed"]) == (1, True), found


#: One edit of one file, and the checks that must fail for it (others may).
EDITS = [
    ("V1", "manifest.txt", "ratio|3\n", "", ["V01", "V04"]),
    ("V1", "manifest.txt", "need|FL|1|3\noffice", "need|FL|1|3\nprefer|A\nmode|merit\noffice", ["V01", "V04"]),
    ("V7", "manifest.txt", "standby|CW|1\nneed|FL|2|4\n", "need|FL|2|4\nstandby|CW|1\n", ["V01", "V04"]),
    ("V1", "manifest.txt", "prev|0", "prev|1", ["V14"]),
    ("V1", "pool.txt", "|0|7\n", "|0|8\n", ["V02", "V03"]),
    ("V1", "pool.txt", "ZJK2026-000001|0|7", "ZJK2026-000002|0|7", ["V14"]),
    ("V1", "pool.txt", "|0|7\n", "|1|7\n", ["V14"]),
    ("V1", "pool.txt", "FL|E|-\nZJK-0002", "FL|E|-\n\nZJK-0002", ["V01"]),
    ("V1", "pool.txt", "ZJK-0001|U01|FL|E|-\n", "ZJK-0001|U01|FL|E|-\r\n", ["V01"]),
    ("V1", "pool.txt", "zjkdraw", "\ufeffzjkdraw", ["V01"]),
    ("V1", "result.txt", "manifest|3", "manifest|4", ["V10"]),
    ("V1", "result.txt", "seed|f", "seed|e", ["V08"]),
    ("V1", "result.txt", "|ZJK-0001|1", "|ZJK-0001|2", ["V08"]),
    ("V1", "result.txt", "list|FL|3|", "list|FL|4|", ["V09"]),
    ("V1", "contacts.txt", "head|2", "head|3", ["V11"]),
    ("V2", "contacts.txt", "contact|2|", "contact|3|", ["V11", "V12"]),
    ("V2", "contacts.txt", "contact|1|DZXX|1|", "contact|1|ZZ|1|", ["V12"]),
    ("V2", "contacts.txt", "|1|ZJK-0006|", "|1|ZJK-0007|", ["V12"]),
    ("V2", "contacts.txt", "2026-11-20T00:01:00Z", "2026-11-31T00:01:00Z", ["V01"]),
    ("V2", "contacts.txt", "|ACCEPT|", "|AGREED|", ["V01"]),
    ("V2", "contacts.txt", "close|SHORTFALL", "head|" + "0" * 64 + "\nclose|SHORTFALL", ["V01"]),
]


@pytest.mark.parametrize(("name", "file", "before", "after", "codes"), EDITS)
def test_every_edit_fails_its_checks(verify, name, file, before, after, codes):
    found = verify(edited(vector(name), file, (before, after)))
    assert (found["status"], [code for code in codes if code not in found["failed"]]) == (1, []), found


def test_needs_are_fillable_together_as_the_definition_says(verify):
    """A flow over sets of fields against every set of fields, one by one."""
    rng, cases, answers = Random(3), [], []
    for _ in range(400):
        width = rng.randint(1, 5)
        held = [sorted(rng.sample(range(width), rng.randint(1, width))) for _member in range(rng.randint(0, 14))]
        wanted = [rng.randint(1, 4) for _field in range(width)]
        cases.append([held, wanted])
        answers.append(
            together([Member("A", "U", tuple(map(str, fields))) for fields in held], {str(at): c for at, c in enumerate(wanted)})
        )
    ask = """(cases) => cases.map(([held, wanted]) => {
      const holders = new ZJK.Holders();
      held.forEach((fields) => holders.of(fields).count++);
      return ZJK.whyNotTogether(holders.sets, wanted) === null;
    })"""
    assert verify.page.evaluate(ask, cases) == answers
    assert 100 < sum(answers) < 300


def test_lists_stand_in_the_processing_order(verify):
    case = vector("V2")
    lines = case["files"]["result.txt"].splitlines(keepends=True)
    files = bundle(case) | {f"{FIRST}result.txt": "".join(lines[:6] + lines[-3:] + lines[6:-3])}
    assert verify(files)["failed"] == ["V09", "V11"]


def test_an_attempt_is_not_both_drawn_and_given_up(verify):
    files = bundle(vector("V1")) | {f"{FIRST}abort.txt": "abort|ZJK2026-000001|0|1|POWER|2026-11-20T00:01:00Z\n"}
    assert verify(files)["failed"] == ["V14"]


def test_no_good_draw_is_refused_and_every_list_agrees(verify):
    draws = [random_draw(seed) for seed in range(200)]
    found = verify([(seal(draw), expected(draw)) for draw in draws])
    assert [(seed, one) for seed, one in enumerate(found) if one["status"]] == []
    assert sum(any(lists and any(lists) for lists in one["passed"]) for one in found) > 5


@pytest.mark.parametrize("name", SPOILS)
def test_a_draw_that_breaks_one_rule_fails_the_check_of_that_rule(verify, name):
    made = next(made for seed in range(300) if (made := spoilt(seed, name)) is not None)
    found = verify(*made)
    assert (found["status"], SPOILS[name][0] in found["failed"]) == (1, True), found


def test_no_change_of_one_byte_passes(verify):
    rng, given = Random(7), []
    draws = [random_draw(seed) for seed in range(40)]
    bundles = [(seal(draw), expected(draw), draw.attempts[-1]) for draw in draws]
    while len(given) < 400:
        files, paper, last = rng.choice(bundles)
        name = rng.choice(sorted(files))
        # The abort line of the last attempt is bound by nothing inside a bundle.
        if name == f"{last.folder}/abort.txt":
            continue
        text, at, byte = files[name], rng.randrange(len(files[name])), rng.choice("AZ09af|,-\n @:\r\té")
        edit = rng.choice([text[:at] + text[at + 1 :], text[:at] + byte + text[at:], text[:at] + byte + text[at + 1 :]])
        if edit != text:
            given.append(({**files, name: edit}, paper))
    assert [one for one in verify(given) if one["status"] == 0] == []


# --- what stands on paper ---


def test_a_value_that_was_not_given_passes_and_is_named_as_not_compared(verify):
    found = verify(bundle(vector("V2")))
    assert (found["status"], found["compared"]) == (0, [{"M": "none", "share": "none", "head": "none"}])
    assert [keys for keys in found["notCompared"] if keys] == [["0/1"]] * 3


@pytest.mark.parametrize(("name", "code"), [("manifests", "V07"), ("shares", "V10"), ("heads", "V11")])
def test_a_value_on_paper_that_matches_no_attempt_fails(verify, name, code):
    paper = {**on_paper(vector("V2")), name: ["0" * 64]}
    assert verify(bundle(vector("V2")), paper)["failed"] == [code]


def test_another_share_with_everything_computed_anew_is_told_by_the_paper_alone(verify):
    def share(attempt):
        attempt.share, attempt.lines = "z" * 20, []

    files = altered(vector("V2"), share)
    assert (verify(files)["status"], verify(files, on_paper(vector("V2")))["failed"]) == (0, ["V10", "V11"])


def test_contacts_cut_and_chained_anew_are_told_by_the_head_on_paper(verify):
    def cut(attempt):
        attempt.lines = attempt.lines[:3]

    files = altered(vector("V2"), cut)
    assert (verify(files)["status"], verify(files, on_paper(vector("V2")))["failed"]) == (0, ["V11"])


# --- files that are missing, strange, or none ---


def test_what_is_no_bundle_has_no_verdict(verify):
    nested = {f"ZJK2026/{name}": text for name, text in bundle(vector("V1")).items()}
    assert [verify(files)["status"] for files in ({}, {"a.txt": "x"}, nested)] == [2, 2, 2]


def test_an_unknown_file_is_noted_and_a_missing_one_fails(verify):
    files = bundle(vector("V1"))
    noted = verify({**files, f"{FIRST}more.txt": "x", "README": "x"})
    assert (noted["status"], len(noted["notes"])) == (0, 2)
    lost = [
        verify({name: text for name, text in files.items() if not name.endswith(f"/{gone}.txt")})
        for gone in ("pool", "manifest", "result", "contacts")
    ]
    assert [(one["status"], "V14" in one["failed"], one["open"] != []) for one in lost] == [(1, True, True)] * 4


def test_a_check_that_cannot_be_made_fails_the_whole(verify):
    found = verify(edited(vector("V1"), "pool.txt", ("|FL|E|-", "|FL|e|-")))
    assert (found["status"], found["failed"], found["open"]) == (1, ["V01", "V03"], ["V02", "V04", "V05", "V09", "V13"])


def test_a_supplementary_line_without_a_field_stands_only_for_who_held_one(verify):
    """Who stood on a list and held a field of this round then has a line though he holds none of them now; nobody else."""
    for seed in range(400):
        draw = random_draw(seed)
        one, first = draw.attempts[-1], draw.drawn(0)
        fields = {need.field for need in one.needs}
        others = {need.field for need in first.needs} - fields if first else set()
        at = next((place for place, member in enumerate(one.pool) if "DRAWN" in member.reasons), None)
        if one.round == 1 and others and at is not None:
            break
    one.lines = []
    one.pool[at] = replace(one.pool[at], fields=(min(others),))
    held = next(member for member in first.pool if member.number == one.pool[at].number)
    assert set(held.fields) & fields
    assert verify(seal(draw))["failed"] == []
    one.pool.append(Member("ZZ-9999", "U01", (min(others),)))
    assert verify(seal(draw))["failed"] == ["V02"]


def test_a_ticket_and_a_large_draw_take_no_longer_than_they_may(verify):
    found = measure(verify.page, large_draw(65_650))
    assert (found["status"], found["sm3"] <= 20, found["sha256"] <= 20, found["seconds"] <= 2) == (0, True, True, True), found


# --- the page ---


@pytest.fixture
def house(chromium, live_server, request):
    """The served project; each test's pictures in a folder of their own."""
    root = Path(os.environ.get("EXPERTPOOL_SCREENSHOTS") or Path(__file__).resolve().parents[2] / "screenshots")
    made = House(chromium, live_server.url, root / "verify" / request.node.name.split("test_the_page_")[-1][:20], "")
    yield made
    made.close()


def archive(path, files, **how):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in files.items():
            made.writestr(name, text, **how)
    return path


def choose(person, path, box="data-zip"):
    person.page.locator(f"[{box}]").set_input_files(path)
    person.page.locator(".verify-verdict").wait_for()


def verdict(person):
    return person.page.locator(".verify-verdict h2").inner_text()


def write(person, what, text, at="0-1"):
    box = person.page.locator(f"#paper-{what}-{at}")
    box.fill(text)
    box.press("Tab")


HALF, WHOLE = "！ 文件自身经得起重算，还没有全部与纸上对照", "✓ 通过：服务器、纸上、自行重算三方一致"


@pytest.mark.django_db(transaction=True)
def test_the_page_takes_a_zip_and_says_whether_server_paper_and_own_computation_agree(house, tmp_path):
    case = vector("V2")
    visitor = house.person()
    assert visitor.open(address("verify")) == 200
    visitor.see("verify-empty")
    choose(visitor, archive(tmp_path / "draw.zip", bundle(case)))
    assert verdict(visitor) == HALF
    visitor.reads("未与纸上对照", "9 位全部一致", "这些文件不能说明的")
    write(visitor, "M", case["manifest_hash"][:13] + "z")
    visitor.reads("从第 14 位起不同", "✕ 不通过：1 项检查有问题")
    write(visitor, "M", case["manifest_hash"][:20])
    visitor.reads("前 20 位相同，还差 44 位")
    write(visitor, "M", " ".join(case["manifest_hash"][at : at + 8] for at in range(0, 64, 8)).upper())
    write(visitor, "share", case["inspector_share"])
    write(visitor, "head", head_of(case))
    assert verdict(visitor) == WHOLE
    visitor.see("verify-agreed")
    write(visitor, "share", "31415926535897932384")
    assert verdict(visitor) == "✕ 不通过：1 项检查有问题"
    visitor.page.get_by_role("button", name="按纸上的份额重算名单").click()
    visitor.page.locator(".verify-list__differs").first.wait_for()
    visitor.reads("按纸上的份额应是另一份名单", "ZJK-0007")
    visitor.see("verify-other-share")
    assert house.problems == []


@pytest.mark.django_db(transaction=True)
def test_the_page_takes_a_folder_and_shows_what_is_wrong_with_it(house, tmp_path):
    draw = next(
        draw
        for seed in range(900)
        if len((draw := random_draw(seed)).attempts) > 3 and draw.attempts[-1].drawn and draw.attempts[1].aborted
    )
    files = {**seal(draw), "round-0-attempt-1/notes.txt": "x"}
    for name, text in files.items():
        (tmp_path / "bundle" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "bundle" / name).write_text(text, newline="")
    visitor = house.person()
    visitor.open(address("verify"))
    choose(visitor, tmp_path / "bundle", "data-folder")
    assert verdict(visitor) == HALF
    visitor.reads("不认识的文件，没有检查：round-0-attempt-1/notes.txt", "已放弃")
    visitor.see("verify-rounds")
    (tmp_path / "bundle" / draw.attempts[-1].folder / "pool.txt").write_text("zjkdraw/1|pool\n")
    choose(visitor, tmp_path / "bundle", "data-folder")
    assert "不通过" in visitor.page.locator("#verify-V01").inner_text()
    visitor.reads("名单没有重算，原因见检查表", "未能检查")
    visitor.see("verify-broken")
    assert house.problems == []


@pytest.mark.django_db(transaction=True)
def test_the_page_says_in_words_what_it_cannot_read(house, tmp_path):
    whole = archive(tmp_path / "whole.zip", bundle(vector("V1"))).read_bytes()
    damaged = tmp_path / "damaged.zip"
    at = whole.index(b"pool.txt") + 40
    damaged.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    locked = tmp_path / "locked.zip"
    locked.write_bytes(whole.replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00"))
    twice = tmp_path / "twice.zip"
    with pytest.warns(UserWarning), zipfile.ZipFile(twice, "w") as made:
        made.writestr("round-0-attempt-1/pool.txt", "a")
        made.writestr("round-0-attempt-1/pool.txt", "b")
    other = tmp_path / "other.zip"
    other.write_text("这不是压缩文件")
    packed = archive(tmp_path / "packed.zip", bundle(vector("V1")), compress_type=zipfile.ZIP_BZIP2)
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole[:-100])
    visitor = house.person(phone=True)
    visitor.open(address("verify"))
    said = []
    for path in (damaged, locked, twice, other, packed, cut):
        choose(visitor, path)
        said.append(visitor.page.locator(".verify-verdict p").inner_text())
        visitor.page.locator("[data-report]").evaluate("(report) => report.replaceChildren()")
    assert [
        words in text for words, text in zip(("已损坏", "已加密", "同名文件", "不是 ZIP", "压缩方法", "不是 ZIP"), said, strict=True)
    ] == [True] * 6, said
    choose(visitor, other)
    visitor.see("verify-no-bundle")
    assert house.problems == []


@pytest.mark.django_db(transaction=True)
def test_a_zip_written_as_a_stream_is_read_by_its_directory(house, tmp_path):
    class Stream:
        """Cannot be sought, so sizes stand behind the data."""

        def __init__(self, path):
            self.file = path.open("wb")

        def write(self, data):
            return self.file.write(data)

        def flush(self):
            self.file.flush()

    stream = Stream(tmp_path / "stream.zip")
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in bundle(vector("V4")).items():
            made.writestr(name, text)
    stream.file.close()
    assert (tmp_path / "stream.zip").read_bytes()[6] & 8
    visitor = house.person()
    visitor.open(address("verify"))
    choose(visitor, tmp_path / "stream.zip")
    assert verdict(visitor) == HALF
    visitor.reads("全员排序", "依规跳过")


@pytest.mark.django_db(transaction=True)
def test_the_share_that_this_browser_remembers_is_held_against_the_bundle(house, tmp_path):
    case = vector("V1")
    path = archive(tmp_path / "draw.zip", bundle(case))
    visitor = house.person()
    visitor.open(address("verify"))
    visitor.page.evaluate("(share) => ZJK.rememberShare('ZJK2026-000001', 0, 1, share)", case["inspector_share"])
    choose(visitor, path)
    visitor.reads("与本浏览器记住的份额相同")
    visitor.page.evaluate("ZJK.rememberShare('ZJK2026-000001', 0, 1, 'another0000000000000')")
    visitor.page.locator("[data-report]").evaluate("(report) => report.replaceChildren()")
    choose(visitor, path)
    visitor.reads("记住的是 another0000000000000", "✕ 不通过：1 项检查有问题")


@pytest.mark.django_db(transaction=True)
def test_the_page_is_worked_by_keyboard(house, tmp_path):
    path = archive(tmp_path / "draw.zip", bundle(vector("V1")))
    visitor = house.person()
    visitor.open(address("verify"))
    visitor.page.locator("h1").click()
    with visitor.page.expect_file_chooser() as chooser:
        visitor.page.locator("[data-choose-zip]").focus()
        visitor.page.keyboard.press("Enter")
    chooser.value.set_files(path)
    visitor.page.locator(".verify-verdict").wait_for()
    assert visitor.page.evaluate("document.activeElement.textContent") == HALF
    visitor.page.keyboard.press("Tab")
    assert visitor.page.evaluate("document.activeElement.id") == "paper-M-0-1"


# --- the one-file form ---


def test_the_file_holds_the_scripts_of_the_site_and_reaches_no_network():
    text = verify_file()
    sources = [Path(finders.find(f"verify/{name}.js")).read_text("utf-8") for name in (*PARTS, "worker", "memory", "page")]
    assert [source in text for source in sources] == [True] * len(sources)
    assert exported.PARTS == PARTS
    assert (" src=" in text.replace("script.src", ""), "<link" in text, "default-src &#x27;none&#x27;" in text) == (False, False, True)


@pytest.mark.parametrize("workers", [True, False])
def test_the_file_works_from_the_disk(chromium, tmp_path, workers):
    case = vector("V3")
    (tmp_path / "verify_draw.html").write_text(verify_file(), "utf-8")
    page = chromium.new_page(viewport={"width": 390, "height": 844})
    problems, asked = [], []
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    if not workers:
        page.add_init_script("window.Worker = function () { throw new Error('none'); }")
    page.goto((tmp_path / "verify_draw.html").as_uri())
    started = []
    page.on("worker", lambda worker: started.append(worker.url))
    page.locator("[data-zip]").set_input_files(archive(tmp_path / "draw.zip", bundle(case)))
    page.locator(".verify-verdict").wait_for()
    for what, value in (("M", case["manifest_hash"]), ("share", case["inspector_share"]), ("head", head_of(case))):
        page.locator(f"#paper-{what}-0-1").fill(value)
    assert page.locator(".verify-verdict h2").inner_text() == WHOLE
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert (problems, len(started), [url for url in asked if not url.startswith(("file:", "blob:"))]) == ([], int(workers), [])
    page.close()


def test_a_browser_that_cannot_unpack_says_so_and_takes_the_folder(chromium, tmp_path):
    (tmp_path / "verify_draw.html").write_text(verify_file(), "utf-8")
    page = chromium.new_page()
    page.add_init_script("delete window.DecompressionStream; window.Worker = undefined")
    page.goto((tmp_path / "verify_draw.html").as_uri())
    page.locator("[data-zip]").set_input_files(archive(tmp_path / "draw.zip", bundle(vector("V1"))))
    page.locator(".verify-verdict").wait_for()
    assert "不能解压 ZIP" in page.locator(".verify-verdict").inner_text()
    with zipfile.ZipFile(tmp_path / "draw.zip") as packed:
        packed.extractall(tmp_path / "bundle")
    page.locator("[data-report]").evaluate("(report) => report.replaceChildren()")
    page.locator("[data-folder]").set_input_files(tmp_path / "bundle")
    page.locator(".verify-verdict").wait_for()
    assert page.locator(".verify-verdict h2").inner_text() == HALF
    page.close()
