"""What waits for the office because of the regulation itself."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from expertpool import clock
from expertpool.regulations import catalogue
from expertpool.regulations.catalogue import BUILT_IN, EXTRA_VARIABLE
from experts.waiting import waiting

pytestmark = [pytest.mark.django_db, pytest.mark.clause("xinjiang-2025", "21")]
LAST = date(2027, 5, 20)


@pytest.mark.parametrize(
    ("on", "warned"),
    [(LAST - timedelta(days=91), False), (LAST - timedelta(days=90), True), (LAST, True), (LAST + timedelta(days=1), False)],
)
def test_the_office_is_warned_before_its_regulation_lapses(pool, office_user, on, warned):
    expected = [("《新疆维吾尔自治区工业和信息化专家库管理办法（试行）》即将失效", clock.end_of(LAST), "21", "xinjiang-2025")]
    assert [(item.title, item.due, item.article, item.regulation) for item in waiting(office_user, on)] == (expected if warned else [])


def test_nobody_else_is_warned(pool, leader_user, inspector_user, department_user):
    assert [waiting(user, LAST) for user in (leader_user, inspector_user, department_user)] == [[], [], []]


def test_the_warning_goes_when_a_following_edition_is_loaded(pool, office_user, tmp_path, monkeypatch):
    file = BUILT_IN / "xinjiang-2025" / "2025-04-21.toml"
    text = file.read_text().replace("effective_from = 2025-04-21", "effective_from = 2027-05-21").replace("effective_to = 2027-05-20\n", "")
    (tmp_path / "xinjiang-2025").mkdir()
    (tmp_path / "xinjiang-2025" / "2027-05-21.toml").write_text(text)
    monkeypatch.setenv(EXTRA_VARIABLE, str(tmp_path))
    assert catalogue.in_force("xinjiang-2025", LAST + timedelta(days=1)).effective_to is None
    assert waiting(office_user, LAST) == []


def test_the_first_page_shows_it_with_its_last_day(pool, office_user):
    client = Client()
    client.force_login(office_user)
    with clock.frozen(date(2027, 3, 1)):
        page = client.get(reverse("home")).content.decode()
    assert [words in page for words in ("即将失效", "2027年5月20日（周四）24:00 截止", "第二十一条", "查看现行规定")] == [True] * 4
