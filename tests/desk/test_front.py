"""The public front page: the pools, what is in publicity, the rules in force, how a draw is checked, sign in."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from expertpool import clock
from expertpool.addresses import address
from expertpool.desk import front_page
from expertpool.pools.models import Role
from expertpool.regulations import catalogue
from tests.factories import PoolFactory, UserFactory

DAY = date(2026, 11, 20)
pytestmark = [pytest.mark.django_db, pytest.mark.day(DAY)]


@pytest.fixture
def other_pool():
    return PoolFactory(code="B", name="第二专家库", number_prefix="BB", regulation_code="jiaozuo-2024")


@pytest.fixture
def shows(monkeypatch):
    """Installs a room that shows these notices to the public."""

    def show(*notices):
        monkeypatch.setattr(front_page, "rooms", lambda module: [SimpleNamespace(notices=lambda on: notices)] if module == "front" else [])

    show()
    return show


def test_a_visitor_sees_the_pools_their_rules_and_where_to_sign_in(client, pool, other_pool, shows):
    page = client.get(address("front"))
    text = page.content.decode()
    assert page.status_code == 200
    for one in (pool, other_pool):
        edition = one.regulation_on(DAY)
        assert (one.name in text, one.office.name in text, f'href="/rules/{one.regulation_code}/"' in text, edition.name in text) == (
            True,
        ) * 4
    assert ('href="/login/"' in text, "verify_draw.py" in text, "目前没有正在公示的名单" in text) == (True, True, True)


def test_what_is_in_publicity_is_listed_the_nearest_end_first_each_with_its_pool(client, pool, other_pool, shows):
    shows(
        (other_pool.pk, SimpleNamespace(title="第二批", url="/gongshi/B-P002/", until=date(2026, 12, 1))),
        (pool.pk, SimpleNamespace(title="第一批", url="/gongshi/XJ-P001/", until=date(2026, 11, 24))),
    )
    page = client.get(address("front"))
    assert [(one.code, notice.title) for one, notice in page.context["notices"]] == [("XJ", "第一批"), ("B", "第二批")]
    text = page.content.decode()
    assert [words in text for words in ('href="/gongshi/B-P002/"', "至 2026年11月24日", "1 件")] == [True] * 3


def test_an_empty_installation_says_what_to_do_next(client, shows):
    text = client.get(address("front")).content.decode()
    assert [words in text for words in ("还没有专家库", "manage.py open_pool", "manage.py open_account", "xinjiang-2025")] == [True] * 4


def test_a_pool_without_rules_in_force_says_so(client, pool, shows):
    with clock.frozen(date(2035, 1, 1)):
        text = client.get(address("front")).content.decode()
    assert ("目前没有生效的版本" in text, "目前没有生效的管理办法" in text) == (True, True)
    type(pool).objects.update(regulation_code="gone")
    assert "规定文件没有安装" in client.get(address("front")).content.decode()


def test_a_draft_that_the_deployment_does_not_work_under_is_no_rule_in_force(client, pool, shows, monkeypatch):
    type(pool).objects.update(regulation_code="guangxi-draft")
    draft = "广西科技专家库管理办法（征求意见稿）"
    page = client.get(address("front"))
    assert ([(card.edition.name, card.in_force) for card in page.context["cards"]], page.context["editions"]) == ([(draft, False)], ())
    assert "目前没有生效的版本" in page.content.decode()
    monkeypatch.setenv(catalogue.DRAFTS_VARIABLE, "guangxi-draft")
    page = client.get(address("front"))
    assert ([card.in_force for card in page.context["cards"]], [one.name for one in page.context["editions"]]) == ([True], [draft])


def test_who_has_signed_in_enters_his_own_pools_from_here(client, pool, other_pool, shows):
    client.force_login(UserFactory(role=Role.OFFICE, pool=other_pool))
    text = client.get(address("front")).content.decode()
    assert [f'class="button button--quiet button--small" href="/p/{code}/"' in text for code in ("XJ", "B")] == [False, True]
    assert ('href="/login/"' in text, 'href="/home/"' in text) == (False, True)


def test_the_page_costs_the_same_with_one_pool_and_with_three(client, pool, shows):
    counts = []
    for prefix in ("", "AA", "AB"):
        if prefix:
            PoolFactory(code=prefix, number_prefix=prefix)
        with CaptureQueriesContext(connection) as queries:
            client.get(address("front"))
        counts.append(len(queries))
    assert counts == [1, 1, 1]
