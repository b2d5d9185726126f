"""Which edition is in force when, and what two editions may not do."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expertpool.regulations import NoEditionInForce, RegulationError, catalogue
from expertpool.regulations.catalogue import BUILT_IN, check_file, read

XINJIANG = BUILT_IN / "xinjiang-2025" / "2025-04-21.toml"
TEXT = XINJIANG.read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(catalogue.EXTRA_VARIABLE, raising=False)
    monkeypatch.delenv(catalogue.DRAFTS_VARIABLE, raising=False)
    catalogue.clear_cache()
    yield
    catalogue.clear_cache()


def edition(folder: Path, first: str, last: str | None, code: str = "xinjiang-2025") -> Path:
    """Another edition of the Xinjiang file, in force from `first` to `last`."""
    text = TEXT.replace('code = "xinjiang-2025"', f'code = "{code}"', 1)
    text = text.replace("effective_from = 2025-04-21", f"effective_from = {first}")
    text = text.replace("effective_to = 2027-05-20\n", f"effective_to = {last}\n" if last else "")
    path = folder / code / f"{first}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (
            date(2025, 4, 20),
            "2025年4月20日没有生效的《新疆维吾尔自治区工业和信息化专家库管理办法（试行）》（自2025年4月21日起施行）。请载入新的办法文件后再办理。",
        ),
        (date(2025, 4, 21), None),
        (date(2027, 5, 20), None),
        (
            date(2027, 5, 21),
            "2027年5月21日没有生效的《新疆维吾尔自治区工业和信息化专家库管理办法（试行）》（有效期至2027年5月20日）。请载入新的办法文件后再办理。",
        ),
    ],
)
def test_xinjiang_is_in_force_on_its_first_and_last_day_and_not_outside(day: date, text: str | None) -> None:
    if text is None:
        assert catalogue.in_force("xinjiang-2025", day).code == "xinjiang-2025"
        return
    with pytest.raises(NoEditionInForce) as caught:
        catalogue.in_force("xinjiang-2025", day)
    assert str(caught.value) == text
    assert (caught.value.code, caught.value.on) == ("xinjiang-2025", day)


@pytest.mark.parametrize(
    ("code", "before", "first"),
    [
        ("xinxian-2021", date(2021, 10, 29), date(2021, 10, 30)),
        ("jiaozuo-2024", date(2024, 3, 11), date(2024, 3, 12)),
        ("neimenggu", date(2022, 12, 31), date(2023, 1, 1)),
    ],
)
def test_open_ended_regulations_begin_on_their_day(code: str, before: date, first: date) -> None:
    assert catalogue.in_force(code, first) is catalogue.in_force(code, date(2099, 1, 1))
    with pytest.raises(NoEditionInForce):
        catalogue.in_force(code, before)


def test_a_draft_is_in_force_only_where_the_deployment_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoEditionInForce) as caught:
        catalogue.in_force("guangxi-draft", date(2026, 11, 21))
    assert str(caught.value) == "《广西科技专家库管理办法（征求意见稿）》尚未发布（征求意见稿），未经启用不能据以办理。"
    monkeypatch.setenv(catalogue.DRAFTS_VARIABLE, "guangxi-draft")
    assert catalogue.in_force("guangxi-draft", date(2026, 11, 21)).status == "draft"


def test_an_unknown_code_is_said() -> None:
    with pytest.raises(NoEditionInForce) as caught:
        catalogue.in_force("nowhere", date(2026, 11, 21))
    assert str(caught.value) == "没有代码为“nowhere”的管理办法，请检查办法文件目录。"


def test_two_editions_in_force_on_one_day_are_refused_naming_both_files(tmp_path: Path) -> None:
    edition(tmp_path, "2027-05-20", None)
    with pytest.raises(RegulationError) as caught:
        read([BUILT_IN, tmp_path])
    assert str(caught.value) == (
        "xinjiang-2025/2025-04-21.toml、xinjiang-2025/2027-05-20.toml：effective_from：“xinjiang-2025”的两版办法在2027-05-20同时有效"
    )


def test_the_next_edition_follows_on_the_next_day(tmp_path: Path) -> None:
    edition(tmp_path, "2027-05-21", None)
    both = read([BUILT_IN, tmp_path])
    assert [one.effective_from for one in both.editions("xinjiang-2025")] == [date(2025, 4, 21), date(2027, 5, 21)]
    assert both.in_force("xinjiang-2025", date(2027, 5, 20)).effective_from == date(2025, 4, 21)
    assert both.in_force("xinjiang-2025", date(2027, 5, 21)).effective_from == date(2027, 5, 21)


def test_a_day_between_two_editions_has_none(tmp_path: Path) -> None:
    edition(tmp_path, "2027-06-01", None)
    with pytest.raises(NoEditionInForce) as caught:
        read([BUILT_IN, tmp_path]).in_force("xinjiang-2025", date(2027, 5, 25))
    assert "（有效期至2027年5月20日）" in str(caught.value)


@given(
    st.lists(st.tuples(st.dates(date(2024, 1, 1), date(2026, 12, 31)), st.integers(0, 400)), min_size=2, max_size=2),
    st.dates(date(2024, 1, 1), date(2028, 12, 31)),
)
def test_overlap_is_refused_exactly_when_a_day_is_shared(spans: list[tuple[date, int]], day: date) -> None:
    import dataclasses
    from datetime import timedelta

    base = catalogue.editions("xinjiang-2025")[0]
    one, other = (dataclasses.replace(base, effective_from=first, effective_to=first + timedelta(days=length)) for first, length in spans)
    shared = max(one.effective_from, other.effective_from) <= min(one.effective_to, other.effective_to)
    try:
        catalogue.refuse_overlap(one, other)
    except RegulationError:
        assert shared
    else:
        assert not shared
        assert not (one.in_force_on(day) and other.in_force_on(day))


def test_a_sixth_regulation_needs_a_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edition(tmp_path, "2026-01-01", None, code="sixth-2026")
    monkeypatch.setenv(catalogue.EXTRA_VARIABLE, str(tmp_path))
    sixth = catalogue.in_force("sixth-2026", date(2026, 11, 21))
    assert sixth.draw.ratio == 3
    assert {one.code for one in catalogue.editions()} == {
        "guangxi-draft",
        "jiaozuo-2024",
        "neimenggu",
        "sixth-2026",
        "xinjiang-2025",
        "xinxian-2021",
    }


def test_a_misplaced_file_is_refused(tmp_path: Path) -> None:
    path = edition(tmp_path, "2027-05-21", None)
    path.rename(tmp_path / "neu.toml")
    with pytest.raises(RegulationError) as caught:
        read([tmp_path])
    assert str(caught.value) == "neu.toml：文件应放在 xinjiang-2025/2027-05-21.toml"


def test_a_missing_extra_folder_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(catalogue.EXTRA_VARIABLE, str(tmp_path / "no"))
    with pytest.raises(RegulationError) as caught:
        catalogue.editions()
    assert caught.value.reason == "环境变量 EXPERTPOOL_REGULATIONS 所指的目录不存在"


def test_an_edition_is_found_by_the_hash_that_a_decision_stored() -> None:
    regulation = catalogue.in_force("xinjiang-2025", date(2026, 11, 21))
    assert regulation.file_hash == hashlib.sha256(XINJIANG.read_bytes()).hexdigest()
    assert catalogue.get("xinjiang-2025", regulation.file_hash) is regulation
    assert catalogue.get("xinjiang-2025", date(2026, 11, 21)) is regulation
    with pytest.raises(LookupError):
        catalogue.get("xinjiang-2025", "0" * 64)
    with pytest.raises(LookupError):
        catalogue.get("neimenggu", regulation.file_hash)


def test_digests_of_the_file() -> None:
    from cryptography.hazmat.primitives import hashes

    regulation = catalogue.in_force("xinjiang-2025", date(2026, 11, 21))
    sm3 = hashes.Hash(hashes.SM3())
    sm3.update(XINJIANG.read_bytes())
    assert regulation.rules_digest("sm3") == sm3.finalize().hex()
    assert regulation.rules_digest("sha256") == regulation.file_hash
    with pytest.raises(ValueError, match="md5"):
        regulation.rules_digest("md5")


def test_check_file_holds_a_file_against_the_installed_editions(tmp_path: Path) -> None:
    assert check_file(XINJIANG).code == "xinjiang-2025"
    assert check_file(edition(tmp_path, "2027-05-21", None)).effective_from == date(2027, 5, 21)
    with pytest.raises(RegulationError):
        check_file(edition(tmp_path, "2026-01-01", None))


def test_command_explains_a_good_file_and_refuses_a_bad_one(tmp_path: Path) -> None:
    from io import StringIO

    from django.core.management import CommandError, call_command

    out = StringIO()
    call_command("check_regulation", str(XINJIANG), stdout=out)
    assert out.getvalue().splitlines()[0] == "《新疆维吾尔自治区工业和信息化专家库管理办法（试行）》"
    bad = tmp_path / "bad.toml"
    bad.write_text(TEXT.replace("days = 7", "days = 0", 1), encoding="utf-8")
    with pytest.raises(CommandError) as caught:
        call_command("check_regulation", str(bad), stdout=StringIO())
    assert (str(caught.value), caught.value.returncode) == ("bad.toml：publicity.days：应大于 0", 1)
    with pytest.raises(CommandError) as missing:
        call_command("check_regulation", str(tmp_path / "none.toml"), stdout=StringIO())
    assert "读不了这个文件" in str(missing.value)
