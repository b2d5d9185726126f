"""A pool is mounted at /p/<code>/: addresses stay inside it, and nothing of it leaks into the next request."""

import asyncio
import re
from importlib import import_module

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpResponse
from django.test import AsyncClient, override_settings
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, path, reverse

from expertpool import addresses
from expertpool.addresses import address, mounted, same_page
from expertpool.pools import mount
from expertpool.pools.access import public
from expertpool.pools.models import Role
from tests.apart import run_apart
from tests.factories import AssignmentFactory, PoolFactory, UserFactory, at

pytestmark = pytest.mark.django_db


@public
def tell(request):
    """What the view is told of where it stands."""
    return HttpResponse(f"{request.pool.code if request.pool else '-'} {request.path} {request.path_info} {reverse('tell')}")


@public
async def tell_slowly(request):
    await asyncio.sleep(0.01)
    return await sync_to_async(tell)(request)


@public
def fail(request):
    raise RuntimeError


PAGES = [path("tell/", tell, name="tell"), path("slowly/", tell_slowly, name="slowly"), path("fail/", fail)]


class Urls:
    urlpatterns = PAGES


class PoolUrls:
    urlpatterns = PAGES


@pytest.fixture
def pages(monkeypatch):
    for module in (addresses, mount):
        monkeypatch.setattr(module, "POOL_URLS", PoolUrls)
    with override_settings(ROOT_URLCONF=Urls):
        yield


def test_the_address_says_which_pool_it_is_and_reverse_stays_inside(client, pool, pages):
    PoolFactory(code="B", number_prefix="BB")
    assert client.get("/p/XJ/tell/").content.decode() == "XJ /p/XJ/tell/ /tell/ /p/XJ/tell/"
    assert client.get("/p/B/tell/").content.decode() == "B /p/B/tell/ /tell/ /p/B/tell/"
    assert client.get("/tell/").content.decode() == "- /tell/ /tell/ /tell/"


def test_nothing_leaks_into_what_comes_after_not_even_after_an_error(client, pool, pages):
    client.raise_request_exception = False
    before = get_script_prefix(), get_urlconf()
    for page in ("/p/XJ/tell/", "/p/XJ/fail/", "/p/XJ/nowhere/"):
        client.get(page)
        assert (get_script_prefix(), get_urlconf()) == before
        assert client.get("/tell/").content.decode() == "- /tell/ /tell/ /tell/"


@pytest.mark.django_db(transaction=True)
def test_requests_of_two_pools_at_once_do_not_take_each_others_addresses(pages):
    PoolFactory()
    PoolFactory(code="B", number_prefix="BB")

    async def ask(page):
        return (await AsyncClient().get(page)).content.decode()

    async def ask_all():
        told = await asyncio.gather(*[ask(page) for page in ("/p/XJ/slowly/", "/p/B/slowly/", "/slowly/") * 3])
        await sync_to_async(connections.close_all)()
        return told

    told = run_apart(ask_all())
    assert (
        told
        == [
            "XJ /p/XJ/slowly/ /slowly/ /p/XJ/tell/",
            "B /p/B/slowly/ /slowly/ /p/B/tell/",
            "- /slowly/ /slowly/ /tell/",
        ]
        * 3
    )


@pytest.mark.parametrize(
    "page", ["/p/NOPE/", "/p/NOPE/tell/", "/p//", "/p/", "/p", "/p/xj/", "/p/XJ%00/", "/p/../", "/p/" + "A" * 40 + "/"]
)
def test_an_unknown_pool_is_as_unknown_as_an_unknown_page(client, pool, page):
    client.force_login(UserFactory(role=Role.OFFICE))
    answer = client.get(page)
    assert (answer.status_code, "没有这个页面" in answer.content.decode()) == (404, True)


def test_without_its_last_slash_an_address_leads_to_the_one_with_it(client, pool):
    assert client.get("/p/XJ").url == "/p/XJ/"
    client.force_login(UserFactory(role=Role.OFFICE))
    assert client.get("/p/XJ/ledger?subject=draw:").url == "/p/XJ/ledger/?subject=draw:"


def test_a_page_of_no_pool_does_not_stand_inside_one_and_a_pools_not_outside(client, pool):
    client.force_login(UserFactory(role=Role.OFFICE))
    for page in ("messages/", "login/", "password/", "rules/xinjiang-2025/", "p/XJ/"):
        assert client.get(f"/p/XJ/{page}").status_code == 404
    with pytest.raises(NoReverseMatch):
        at("messages")


def test_every_link_of_a_pools_page_leads_into_the_pool_or_to_the_installation(client, pool):
    client.force_login(UserFactory(role=Role.OFFICE))
    outside = {address(name) for name in ("front", "password_change", "logout", "messages")} | {address("rules", pool.regulation_code)}
    for page in (at("home"), at("ledger"), at("admin:index"), at("admin:pools_pool_changelist"), at("admin:pools_pool_change", pool.pk)):
        links = re.findall(r'(?:href|action)="(/[^"#?]*)', client.get(page).content.decode())
        assert len(links) > 5
        strays = {link for link in links if not link.startswith(("/p/XJ/", "/static/"))} - outside
        assert strays == set(), page


def test_an_address_is_found_from_anywhere_and_leaves_nothing_behind(pool):
    other = PoolFactory(code="B", number_prefix="BB")
    with mounted(pool.code):
        assert (reverse("home"), address("home", pool=other), address("messages"), reverse("home")) == (
            "/p/XJ/", "/p/B/", "/messages/", "/p/XJ/",
        )  # fmt: skip
        with pytest.raises(NoReverseMatch):
            address("nowhere", pool=other)
        assert reverse("home") == "/p/XJ/"
    assert get_script_prefix() == "/"


def test_below_a_path_of_a_front_server_everything_stands_below_it(pool, settings):
    settings.FORCE_SCRIPT_NAME = "/zjk"
    assert (address("messages"), address("home", pool=pool)) == ("/zjk/messages/", "/zjk/p/XJ/")


@pytest.mark.parametrize(
    ("page", "there"),
    [
        ("/", "/p/B/"),
        ("/ledger/", "/p/B/ledger/"),
        ("/ledger/?subject=draw:A-1", "/p/B/ledger/"),
        ("/admin/", "/p/B/admin/"),
        ("/admin/pools/assignment/", "/p/B/admin/pools/assignment/"),
        ("/admin/pools/assignment/7/change/", "/p/B/admin/pools/assignment/"),
        ("/admin/pools/assignment/7/history/3/", "/p/B/admin/pools/assignment/"),
        ("/messages/5/", "/p/B/"),
        ("/nowhere/at/all/", "/p/B/"),
        ("https://elsewhere.example/ledger/", "/p/B/"),
        ("//elsewhere.example/", "/p/B/"),
        ("", "/p/B/"),
    ],
)
def test_switching_lands_on_the_same_kind_of_page(client, pool, page, there):
    other = PoolFactory(code="B", number_prefix="BB")
    user = UserFactory(role=Role.OFFICE)
    AssignmentFactory(account=user, role=Role.OFFICE, pool=other)
    client.force_login(user)
    answer = client.get(address("switch", "B"), {"from": page})
    assert (answer.status_code, answer.url) == (302, there)
    assert client.get(there).status_code == 200


def test_switching_lands_where_the_account_may_be_there(client, pool):
    other = PoolFactory(code="B", number_prefix="BB")
    user = UserFactory(role=Role.OFFICE)
    AssignmentFactory(account=user, role=Role.DEPARTMENT, pool=other)
    client.force_login(user)
    for page in ("/ledger/", "/admin/", "/admin/pools/assignment/7/change/"):
        assert client.get(address("switch", "B"), {"from": page}).url == "/p/B/"


@pytest.mark.parametrize("role", [None, *Role])
def test_nobody_switches_into_a_pool_where_he_does_not_act(client, pool, role):
    PoolFactory(code="B", number_prefix="BB")
    client.force_login(UserFactory(role=role))
    assert client.get(address("switch", "B")).status_code == 404


def test_the_header_offers_the_other_pools_with_the_page_that_one_is_on(client, pool):
    other = PoolFactory(code="B", number_prefix="BB", name="第二专家库")
    user = UserFactory(role=Role.OFFICE)
    client.force_login(user)
    assert "/switch/" not in client.get(at("ledger")).content.decode()
    AssignmentFactory(account=user, role=Role.LEADER, pool=other)
    page = client.get(at("ledger")).content.decode()
    assert 'href="/switch/B/?from=/ledger/"' in page
    assert [f"/switch/{code}/" in page for code in ("XJ", "B")] == [False, True]
    assert [f"/switch/{code}/" in client.get(address("messages")).content.decode() for code in ("XJ", "B")] == [True, True]


def test_the_page_of_the_same_kind_is_one_without_arguments(pool):
    assert same_page("/ledger/", pool) == "/p/XJ/ledger/"
    assert same_page("/ledger/", pool, lambda found: False) == "/p/XJ/"


def test_both_tables_of_addresses_name_the_same_pages_for_what_went_wrong():
    outside, inside = import_module("expertpool.urls"), import_module("expertpool.pool_urls")
    assert [getattr(outside, f"handler{code}") == getattr(inside, f"handler{code}") for code in (400, 403, 404, 500)] == [True] * 4
