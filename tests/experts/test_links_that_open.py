"""What a page offers opens: the switch between pools, the import, the file of who puts it on a list, the rules of a draft."""

from datetime import date

import pytest

from expertpool.addresses import address
from expertpool.desk.front_page import FrontPage
from expertpool.pools.access import why_not_enter
from expertpool.pools.duties import DUTIES, actor
from expertpool.regulations import catalogue
from experts.views.imports import application_import
from tests.factories import PoolFactory, UserFactory, at

DAY = date(2026, 10, 12)
pytestmark = [pytest.mark.django_db, pytest.mark.day(DAY)]


def test_the_pools_to_apply_to_are_no_pools_to_switch_to(client):
    pool = PoolFactory()
    client.force_login(UserFactory(role="expert"))
    page = client.get(address("applications")).content.decode()
    assert (pool.name in page, "进入专家库" in page, "/switch/" in page) == (True, False, False)


@pytest.mark.parametrize(("role", "offered"), [("expert", False), ("recommending_unit", True), ("office", True)])
def test_the_import_is_offered_to_whom_it_opens(client, role, offered):
    pool = PoolFactory()
    by = UserFactory(role=role)
    client.force_login(by)
    page = client.get(at("applications", pool=pool)).content.decode()
    opens = why_not_enter(actor(by, pool, DAY), application_import.access) is None
    assert (f'href="{at("application_import", pool=pool)}"' in page, "批量导入" in page, opens) == (offered,) * 3


def test_a_pool_without_publicity_offers_none(client, monkeypatch):
    monkeypatch.setenv(catalogue.DRAFTS_VARIABLE, "guangxi-draft")
    pools = {"XJ": PoolFactory(), "GX": PoolFactory(code="GX", number_prefix="GX", regulation_code="guangxi-draft", name="广西库")}
    shown = {}
    for code, pool in pools.items():
        client.force_login(UserFactory(role="office", pool=pool))
        links = client.get(at("home", pool=pool)).context["navigation"]
        shown[code] = "公示" in [str(one["label"]) for one in links]
    assert shown == {"XJ": pools["XJ"].regulation_on(DAY).publicity is not None, "GX": False}


def test_a_draft_that_is_not_put_in_force_is_no_rule_in_force(monkeypatch):
    monkeypatch.setenv(catalogue.DRAFTS_VARIABLE, "guangxi-draft")
    PoolFactory(code="GX", number_prefix="GX", regulation_code="guangxi-draft", name="广西库")
    assert [one.code for one in FrontPage.on(DAY).editions] == ["guangxi-draft"]
    monkeypatch.setenv(catalogue.DRAFTS_VARIABLE, "")
    page = FrontPage.on(DAY)
    assert (page.editions, [card.in_force for card in page.cards]) == ((), [False])


def test_who_puts_applications_on_a_list_reads_their_files():
    assert "batches.collect" in DUTIES["applications.read"].any_of
