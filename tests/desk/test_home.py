"""The first page of every role, the rules in force, and the pages that say what went wrong."""

import re
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string
from django.test import Client

from expertpool import clock
from expertpool.addresses import address
from expertpool.desk import todos
from expertpool.pools.models import ADMINISTRATORS, EVERYWHERE, IN_A_POOL, Role
from expertpool.regulations import catalogue
from expertpool.web.waiting_item import WaitingItem
from tests.factories import AssignmentFactory, PoolFactory, UserFactory, at

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 20)


@pytest.fixture
def other_pool():
    return PoolFactory(code="B", number_prefix="BB", name="第二专家库", regulation_code="jiaozuo-2024")


@pytest.mark.parametrize("role", sorted(IN_A_POOL))
def test_the_first_page_of_a_pool_opens_for_everybody_who_acts_in_it(client, pool, role):
    client.force_login(UserFactory(role=role, pool=pool, name="阿布都热依木·买买提"))
    page = client.get(at("home"))
    assert page.status_code == 200
    called = pool.regulation_on(DAY).labels.of(role)
    shown = ("阿布都热依木·买买提", called, "待办事项", "退出", pool.name)
    assert [words for words in shown if words not in page.content.decode()] == []


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS | EVERYWHERE))
def test_the_first_page_outside_all_pools_opens_for_those_who_belong_to_none(client, role):
    client.force_login(UserFactory(role=role, name="阿布都热依木·买买提"))
    page = client.get(address("home"))
    assert page.status_code == 200
    assert [
        words for words in ("阿布都热依木·买买提", str(Role(role).label), "待办事项", "退出") if words not in page.content.decode()
    ] == []


def test_who_acts_in_one_pool_only_is_led_into_it_and_who_acts_in_two_sees_both(client, pool, other_pool):
    user = UserFactory(role=Role.OFFICE, pool=pool)
    client.force_login(user)
    assert client.get(address("home")).url == at("home")
    AssignmentFactory(account=user, role=Role.LEADER, pool=other_pool)
    page = client.get(address("home"))
    assert [f'href="/p/{one.code}/"' in page.content.decode() for one in (pool, other_pool)] == [True, True]


@pytest.mark.parametrize("days", [{"ends_on": date(2025, 12, 31)}, {"starts_on": date(2030, 1, 1)}])
def test_an_account_whose_assignment_does_not_stand_is_told_so(client, days):
    client.force_login(UserFactory(role=Role.OFFICE, **days))
    assert "您目前没有任职" in client.get(address("home")).content.decode()
    refused = client.get(at("home"))
    assert (refused.status_code, "没有任职，不能打开它的页面" in refused.content.decode()) == (403, True)


def test_what_waits_in_several_pools_stands_on_one_page_each_with_its_pool(client, pool, other_pool, monkeypatch):
    """A room that tells of each pool what waits there."""
    room = SimpleNamespace(waiting=lambda who: [WaitingItem(f"事项 {who.pool.code if who.pool else '本人'}", "/x/", "办理")])
    monkeypatch.setattr(todos, "rooms", lambda module: [room])
    user = UserFactory(role=Role.OFFICE, pool=pool)
    AssignmentFactory(account=user, role=Role.OFFICE, pool=other_pool)
    client.force_login(user)
    items = client.get(address("home")).context["items"]
    assert [(item.title, item.pool) for item in items] == [("事项 B", other_pool.name), ("事项 XJ", pool.name), ("事项 本人", "")]
    assert [item.title for item in client.get(at("home", pool=other_pool)).context["items"]] == ["事项 B"]
    assert "事项 XJ" in client.get(at("admin:index")).content.decode()


def test_what_waits_is_shown_with_its_deadline_its_rule_and_one_button():
    due = clock.end_of(DAY - timedelta(days=1))
    item = WaitingItem("提交履职评价", "/evaluations/", "填写评价", due, "", "18", "xinjiang-2025")
    with clock.frozen(DAY):
        page = render_to_string("components/waiting.html", {"items": [item]})
    assert page.count('class="button"') == 1
    assert [words in page for words in ("逾期", "2026年11月19日（周四）24:00 截止", "已逾期 1 个工作日", "第十八条")] == [True] * 4


def test_the_rules_in_force_name_every_article_once(client):
    with clock.frozen(DAY):
        page = client.get(address("rules", "xinjiang-2025")).content.decode()
    anchors = re.findall(r'<section class="rule" id="([^"]+)"', page)
    assert len(anchors) == len(set(anchors)) > 20
    assert "按不低于所需专家数量3倍的比例在专家库随机抽取候选专家名单" in page


def test_the_chip_of_every_article_leads_to_its_place_in_the_rules(client):
    from expertpool.web.templatetags.house import article_anchor, regulation_of

    with clock.frozen(DAY):
        page = client.get(address("rules", "xinjiang-2025")).content.decode()
        regulation = regulation_of("xinjiang-2025")
        assert [one.article for _path, one in regulation.provisions() if f'id="{article_anchor(one.article)}"' not in page] == []


def test_an_earlier_edition_is_shown_by_its_hash_and_said_to_be_one(client):
    [edition] = catalogue.editions("xinjiang-2025")
    with clock.frozen(date(2020, 1, 6)):
        page = client.get(address("rules", "xinjiang-2025"), {"edition": edition.file_hash}).content.decode()
    assert ("这不是今天施行的版本" in page, 'class="rule"' in page) == (True, True)
    with clock.frozen(DAY):
        assert "这不是今天施行的版本" not in client.get(address("rules", "xinjiang-2025"), {"edition": edition.file_hash}).content.decode()


@pytest.mark.parametrize("code", sorted({one.code for one in catalogue.editions()}))
def test_every_regulation_has_its_page_and_it_prints_no_code(client, code):
    [edition, *_] = catalogue.editions(code)
    page = client.get(address("rules", code), {"edition": edition.file_hash}).content.decode()
    shown = re.sub(r"<[^>]+>", " ", page[page.index("<main") : page.index("</main")]).replace(edition.file_hash, "")
    assert re.findall(r"\b[A-Z]{3,}(?:-[A-Z]+)+\b|\b[a-z]+_[a-z_]+\b", shown) == []


def test_an_unknown_regulation_or_edition_has_no_page(client):
    assert client.get(address("rules", "nowhere")).status_code == 404
    assert "没有" in client.get(address("rules", "xinjiang-2025"), {"edition": "00"}).content.decode()


def test_no_edition_in_force_is_said_in_words(client):
    with clock.frozen(date(2020, 1, 6)):
        assert "今天没有施行中的管理办法" in client.get(address("rules", "xinjiang-2025")).content.decode()


def test_an_unknown_address_says_what_to_do(client):
    page = client.get("/nowhere/")
    assert (page.status_code, "没有这个页面" in page.content.decode()) == (404, True)


def test_an_expired_form_says_that_nothing_was_saved():
    page = Client(enforce_csrf_checks=True).post(address("login"), {"username": "x", "password": "y"})
    assert (page.status_code, "页面已过期，没有提交" in page.content.decode()) == (403, True)


@pytest.mark.parametrize("template", ["400.html", "500.html"])
def test_the_pages_of_last_resort_need_no_request(template):
    assert "返回首页" in render_to_string(template)


@pytest.mark.parametrize("page", [("front",), ("home",), ("rules", "xinjiang-2025"), ("login",), ("password_change",), ("messages",)])
def test_portal_pages_carry_nothing_inline(client, page):
    if page != ("login",):
        client.force_login(UserFactory(role=Role.EXPERT))
    page = client.get(address(*page)).content.decode()
    assert re.findall(r"""\sstyle=|<script(?![^>]*\bsrc=)|<style|\son[a-z]+=""", page) == []
