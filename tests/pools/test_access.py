"""Which page opens for whom, inside a pool and outside all, and what happens at a page that declares nothing."""

from datetime import date

import pytest
from django.http import HttpResponse
from django.test import override_settings
from django.urls import URLPattern, URLResolver, get_resolver, path

import expertpool.pool_urls
import expertpool.urls
from expertpool import addresses
from expertpool.addresses import address
from expertpool.ledger.services import data_of, events
from expertpool.pools import mount
from expertpool.pools.access import for_roles, needs, needs_or_roles, public, signed_in
from expertpool.pools.models import Role
from expertpool.refusals import Refusal, Refused
from expertpool.regulations import catalogue
from tests.factories import PoolFactory, UserFactory, at

pytestmark = pytest.mark.django_db


def undeclared(request):
    return HttpResponse("open")


@needs("draw.run")
def draws(request):
    return HttpResponse("draws")


@needs("draw.watch", "waiver.cap")
def watches_or_waives(request):
    return HttpResponse("either")


@for_roles(Role.EXPERT)
def of_experts(request):
    return HttpResponse("expert")


@needs_or_roles(("draw.run",), (Role.AUDIT_ADMIN,))
def both(request):
    return HttpResponse("both")


@signed_in
def anybody(request):
    return HttpResponse("anybody")


@public
def everybody(request):
    return HttpResponse("everybody")


@public
def refused(request):
    raise Refused(Refusal("late", "期限已过，请联系管理处室。"))


@public
def lapsed(request):
    catalogue.in_force("xinjiang-2025", date(2027, 5, 21))


PAGES: list[URLPattern] = [
    path("undeclared/", undeclared),
    path("draws/", draws),
    path("either/", watches_or_waives),
    path("of-experts/", of_experts),
    path("both/", both),
    path("anybody/", anybody),
    path("everybody/", everybody),
    path("refused/", refused),
    path("lapsed/", lapsed),
]


class Urls:
    urlpatterns = [*PAGES, *expertpool.urls.urlpatterns]


class PoolUrls:
    urlpatterns = [*PAGES, *expertpool.pool_urls.urlpatterns]


with_pages = override_settings(ROOT_URLCONF=Urls)


@pytest.fixture(autouse=True)
def pages_inside_pools(monkeypatch):
    for module in (addresses, mount):
        monkeypatch.setattr(module, "POOL_URLS", PoolUrls)


def inside(page):
    return f"/p/{PoolFactory().code}{page}"


@with_pages
@pytest.mark.parametrize("where", [inside, str], ids=["inside", "outside"])
@pytest.mark.parametrize("role", list(Role))
def test_a_page_that_declares_nothing_is_shut_for_everybody(client, role, where):
    client.force_login(UserFactory(role=role))
    answer = client.get(where("/undeclared/"))
    assert answer.status_code == 403
    if where is str or role not in {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN}:
        assert "没有登记访问权限" in answer.content.decode()


@with_pages
@pytest.mark.parametrize("role", list(Role))
def test_a_page_of_a_duty_opens_for_who_holds_it_and_says_to_others_whose_it_is(client, role):
    client.force_login(UserFactory(role=role))
    answer = client.get(inside("/draws/"))
    if role == Role.OFFICE:
        assert answer.content == b"draws"
        return
    assert answer.status_code == 403
    why = "没有任职" if role in {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN} else "“组织抽取”由"
    assert why in answer.content.decode()


@with_pages
def test_a_page_of_two_duties_opens_for_either_and_names_both_to_others(client):
    for role, status in ((Role.INSPECTOR, 200), (Role.LEADER, 200), (Role.DEPARTMENT, 403)):
        client.force_login(UserFactory(role=role))
        answer = client.get(inside("/either/"))
        assert answer.status_code == status, role
    assert "到场监督抽取、批准年度上限的豁免" in answer.content.decode()


@with_pages
def test_a_page_of_duties_needs_a_pool_and_a_page_of_a_role_needs_none(client):
    client.force_login(UserFactory(role=Role.OFFICE))
    answer = client.get("/draws/")
    assert (answer.status_code, "请先选择专家库" in answer.content.decode()) == (403, True)
    answer = client.get("/of-experts/")
    assert (answer.status_code, "该页面仅供专家使用" in answer.content.decode()) == (403, True)
    client.force_login(UserFactory(role=Role.EXPERT))
    assert client.get("/of-experts/").content == b"expert"


@with_pages
def test_a_page_inside_pools_and_outside_asks_duties_here_and_roles_there(client):
    client.force_login(UserFactory(role=Role.OFFICE))
    assert (client.get(inside("/both/")).status_code, client.get("/both/").status_code) == (200, 403)
    client.force_login(UserFactory(role=Role.AUDIT_ADMIN))
    assert (client.get(inside("/both/")).status_code, client.get("/both/").status_code) == (403, 200)


@with_pages
@pytest.mark.parametrize(
    "days", [{"ends_on": date(2025, 12, 31)}, {"starts_on": date(2090, 1, 1)}, {"is_active": False}], ids=["expired", "not yet", "shut"]
)
def test_an_assignment_that_does_not_stand_opens_nothing(client, days):
    client.force_login(UserFactory(role=Role.OFFICE, **days))
    for page in ("/draws/", "/anybody/"):
        assert client.get(inside(page)).status_code in ({403} if "is_active" not in days else {302})


@with_pages
def test_who_acts_in_another_pool_opens_nothing_here(client):
    other = PoolFactory(code="B", number_prefix="BB")
    client.force_login(UserFactory(role=Role.OFFICE, pool=other))
    for page in ("/draws/", "/anybody/"):
        assert (client.get(inside(page)).status_code, client.get(f"/p/B{page}").status_code) == (403, 200)


@with_pages
@pytest.mark.parametrize("page", ["/undeclared/", "/draws/?page=2", "/anybody/", "/p/XJ/draws/?page=2", "/p/XJ/"])
def test_a_visitor_is_sent_to_the_door_and_comes_back(client, pool, page):
    answer = client.get(page)
    assert answer.status_code == 302
    assert answer.url == f"{address('login')}?next={page.replace('?', '%3F').replace('=', '%3D')}"


@with_pages
@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/draws/?page=2", "/draws/%3Fpage%3D2"),
        ("http://testserver/p/XJ/draws/", "/p/XJ/draws/"),
        ("http://elsewhere.example/draws/", "/anybody/"),
        ("http://testserver//elsewhere.example/", "/anybody/"),
        ("http://[", "/anybody/"),
        ("", "/anybody/"),
    ],
)
def test_what_was_sent_after_the_session_ended_leads_back_to_its_form_and_is_said_to_be_lost(client, referer, back):
    answer = client.post("/anybody/", {"text": "typed"}, headers={"referer": referer})
    assert (answer.status_code, answer.url) == (302, f"{address('login')}?next={back}")
    assert "登录已过期，刚才的提交没有保存。重新登录后可以恢复已填的内容。" in client.get(answer.url).content.decode()


def test_the_door_has_one_heading(client):
    assert client.get(address("login")).content.decode().count("<h1") == 1


@with_pages
def test_a_public_page_needs_no_account(client):
    assert client.get("/everybody/").content == b"everybody"


def test_every_page_of_the_installation_declares_who_may_open_it():
    def views(patterns):
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                if pattern.app_name != "admin":
                    yield from views(pattern.url_patterns)
            else:
                yield pattern

    for urls in ("expertpool.urls", "expertpool.pool_urls"):
        found = list(views(get_resolver(urls).url_patterns))
        assert found
        assert [pattern.name for pattern in found if not hasattr(pattern.callback, "access")] == []


def test_signing_in_leads_to_the_first_page_and_out_to_the_public_one(client):
    user = UserFactory(username="li", role=Role.EXPERT)
    user.set_password("correct horse battery")
    user.save()
    wrong = client.post(address("login"), {"username": "li", "password": "wrong"})
    assert "账号或密码不正确" in wrong.content.decode()
    right = client.post(address("login"), {"username": "li", "password": "correct horse battery"})
    assert (right.status_code, right.url) == (302, address("home"))
    assert client.get(address("logout")).status_code == 405
    out = client.post(address("logout"))
    assert (out.status_code, out.url) == (302, address("front"))


def test_a_closed_account_cannot_sign_in(client):
    user = UserFactory(username="closed", role=Role.EXPERT, is_active=False)
    user.set_password("correct horse battery")
    user.save()
    assert client.post(address("login"), {"username": "closed", "password": "correct horse battery"}).status_code == 200


def test_changing_ones_password(client):
    user = UserFactory(role=Role.EXPERT)
    user.set_password("correct horse battery")
    user.save()
    client.force_login(user)
    new = {"new_password1": "another long phrase 7", "new_password2": "another long phrase 7"}
    assert client.post(address("password_change"), {"old_password": "no", **new}).status_code == 200
    assert client.post(address("password_change"), {"old_password": "correct horse battery", **new}).status_code == 302
    user.refresh_from_db()
    assert user.check_password("another long phrase 7")
    assert [(event.kind, event.actor, data_of(event)) for event in events(f"account:{user.pk}")] == [("account.password_set", user, {})]
    assert client.get(address("home")).status_code == 200


@pytest.mark.parametrize(("role", "where"), [(Role.SYSTEM_ADMIN, address), (Role.OFFICE, at)])
def test_the_back_office_sends_to_the_same_page(client, role, where):
    client.force_login(UserFactory(role=role))
    answer = client.post(where("admin:password_change"), {"old_password": "x"})
    assert (answer.status_code, answer.url) == (302, "/password/")


def test_a_pool_whose_regulation_is_not_installed_says_so_instead_of_breaking(client):
    pool = PoolFactory()
    client.force_login(UserFactory(role=Role.OFFICE, pool=pool))
    type(pool).objects.update(regulation_code="gone-2020")
    for page in ("ledger", "admin:index"):
        answer = client.get(at(page, pool=pool))
        assert (answer.status_code, "没有代码为“gone-2020”的管理办法" in answer.content.decode()) == (409, True), page


@with_pages
def test_a_refusal_that_no_form_shows_becomes_a_page(client):
    answer = client.get("/refused/")
    assert (answer.status_code, "期限已过，请联系管理处室。" in answer.content.decode()) == (409, True)


@with_pages
def test_after_the_regulation_has_lapsed_the_page_says_so(client):
    answer = client.get("/lapsed/")
    assert (answer.status_code, "2027年5月21日没有生效的" in answer.content.decode()) == (409, True)
