"""The public page of the rules in force: the paper's words, defaults that say what they are, and no codes."""

import re
from datetime import date

import pytest

from expertpool import clock
from expertpool.addresses import address
from expertpool.desk.rules_page import articles_of
from expertpool.regulations import catalogue
from expertpool.regulations.explain import explain, in_order
from expertpool.rooms import declared

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


@pytest.mark.parametrize("edition", catalogue.editions(), ids=lambda one: one.code)
def test_the_page_says_of_each_provision_whether_it_is_executed_and_by_whom(client, edition):
    """The same answer as check_regulation's, in words that a reader sees."""
    acts = declared()
    listed = in_order(edition, acts)
    said = {(explain(edition, one), one.executed, one.by_hand) for one in listed if not one.path.endswith("fields")}
    lines = [line for article in articles_of(edition) for line in article.acts]
    assert {
        (line.text, line.executed, line.by_hand) for line in lines if "栏目：" not in line.text and "专业领域：" not in line.text
    } == said
    with clock.frozen(DAY):
        page = client.get(address("rules", edition.code), {"edition": edition.file_hash}).content.decode()
    shown = [len(re.findall(rf"</span>{words}</span>", page)) for words in ("尚未执行", "由人办理")]
    assert shown == [sum(not line.executed for line in lines), sum(line.by_hand for line in lines)]


def test_the_head_says_what_the_file_says_of_itself(client):
    assert "专业领域可以增加是（附表1注）" in shown(client, "xinjiang-2025")
    assert "专业领域可以增加：是。" in shown(client, "xinxian-2021")


def test_what_the_paper_does_not_give_is_said_to_be_the_systems(client):
    words = shown(client, "xinjiang-2025")
    assert "答复时限（小时）：24（系统默认）" in words
    assert "抽取·投入监督份额的人：纪检部门。" in words
    assert "引文和条款已与原文核对" in words


def test_an_edition_without_its_paper_says_so(client, regulation_like):
    regulation_like("no-paper", "xinjiang-2025")
    assert "原文未附，引文未核对" in shown(client, "no-paper")
