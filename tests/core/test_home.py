"""The first page of every role, the rules in force, and the pages that say what went wrong."""

import re
from datetime import date, timedelta

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from expertpool import clock
from expertpool.accounts.models import Role
from expertpool.core.waiting import WaitingItem
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 20)


@pytest.mark.parametrize("role", list(Role))
def test_the_first_page_opens_for_every_role(client, role):
    client.force_login(UserFactory(role=role, name="阿布都热依木·买买提"))
    page = client.get(reverse("home"))
    assert page.status_code == 200
    assert [words in page.content.decode() for words in ("阿布都热依木·买买提", str(role.label), "待办事项", "退出")] == [True] * 4


def test_what_waits_is_shown_with_its_deadline_its_rule_and_one_button():
    due = clock.end_of(DAY - timedelta(days=1))
    item = WaitingItem("提交履职评价", "/evaluations/", "填写评价", due, "", "18", "xinjiang-2025")
    with clock.frozen(DAY):
        page = render_to_string("components/waiting.html", {"items": [item]})
    assert page.count('class="button"') == 1
    assert [words in page for words in ("逾期", "2026年11月19日（周四）24:00 截止", "已逾期 1 个工作日", "第十八条")] == [True] * 4


def test_the_rules_in_force_name_every_article_once(client):
    with clock.frozen(DAY):
        page = client.get(reverse("rules")).content.decode()
    anchors = re.findall(r'<section class="rule" id="([^"]+)"', page)
    assert len(anchors) == len(set(anchors)) > 20
    assert "按不低于所需专家数量3倍的比例在专家库随机抽取候选专家名单" in page


def test_the_chip_of_every_article_leads_to_its_place_in_the_rules(client):
    from expertpool.core.templatetags.house import article_anchor, regulation_of

    with clock.frozen(DAY):
        page = client.get(reverse("rules")).content.decode()
        regulation = regulation_of("xinjiang-2025")
        assert [one.article for _path, one in regulation.provisions() if f'id="{article_anchor(one.article)}"' not in page] == []


def test_no_edition_in_force_is_said_in_words(client):
    with clock.frozen(date(2020, 1, 6)):
        assert "今天没有施行中的管理办法" in client.get(reverse("rules")).content.decode()


def test_an_unknown_address_says_what_to_do(client):
    page = client.get("/nowhere/")
    assert (page.status_code, "没有这个页面" in page.content.decode()) == (404, True)


def test_an_expired_form_says_that_nothing_was_saved():
    page = Client(enforce_csrf_checks=True).post(reverse("login"), {"username": "x", "password": "y"})
    assert (page.status_code, "页面已过期，没有提交" in page.content.decode()) == (403, True)


@pytest.mark.parametrize("template", ["400.html", "500.html"])
def test_the_pages_of_last_resort_need_no_request(template):
    assert "返回待办事项" in render_to_string(template)


@pytest.mark.parametrize("address", ["home", "rules", "login", "password_change"])
def test_portal_pages_carry_nothing_inline(client, address):
    if address != "login":
        client.force_login(UserFactory(role=Role.EXPERT))
    page = client.get(reverse(address)).content.decode()
    assert re.findall(r"""\sstyle=|<script(?![^>]*\bsrc=)|<style|\son[a-z]+=""", page) == []
