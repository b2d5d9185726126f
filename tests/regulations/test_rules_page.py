"""The public page of the rules in force: the paper's words, defaults that say what they are, and no codes."""

import re
from datetime import date

import pytest

from expertpool import clock
from expertpool.addresses import address
from expertpool.regulations import catalogue

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 20)


def shown(client, code: str) -> str:
    """What a reader sees of the page, without its marks and the two fingerprints."""
    with clock.frozen(DAY):
        page = client.get(address("rules", code)).content.decode()
    (main,) = re.findall(r"<main[^>]*>(.*)</main>", page, re.DOTALL)
    return re.sub(r"[0-9a-f]{64}", "", re.sub(r"<[^>]+>", "", main))


@pytest.mark.parametrize("code", ["xinjiang-2025", "xinxian-2021", "neimenggu", "jiaozuo-2024"])
def test_the_page_prints_no_codes(client, code):
    words = shown(client, code)
    assert set(re.findall(r"[A-Za-z][A-Za-z_-]{2,}", words)) <= {"SM3", "SHA-256"}
    assert "系统默认" in words


def test_what_the_paper_does_not_give_is_said_to_be_the_systems(client):
    words = shown(client, "xinjiang-2025")
    assert "答复时限（小时）：24（系统默认）" in words
    assert "抽取·投入监督份额的人：纪检部门。" in words
    assert "引文和条款已与原文核对" in words


def test_an_edition_without_its_paper_says_so(client, tmp_path, monkeypatch):
    [known] = catalogue.editions("xinjiang-2025")
    path = tmp_path / "no-paper" / known.file.name
    path.parent.mkdir()
    path.write_bytes(known.source.replace(b'code = "xinjiang-2025"', b'code = "no-paper"', 1))
    monkeypatch.setenv(catalogue.EXTRA_VARIABLE, str(tmp_path))
    catalogue.clear_cache()
    try:
        assert "原文未附，引文未核对" in shown(client, "no-paper")
    finally:
        catalogue.clear_cache()
