"""Which role opens which page, and what happens at a page that declares nothing."""

from datetime import date

import pytest
from django.http import HttpResponse
from django.test import override_settings
from django.urls import URLPattern, URLResolver, get_resolver, path, reverse

from expertpool.accounts.access import allow, public, signed_in
from expertpool.accounts.models import Role
from expertpool.ledger.services import data_of, events
from expertpool.refusals import Refusal, Refused
from expertpool.regulations import catalogue
from expertpool.urls import urlpatterns
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def undeclared(request):
    return HttpResponse("open")


@allow(Role.OFFICE)
def office_only(request):
    return HttpResponse("office")


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


class Urls:
    urlpatterns: list[URLPattern] = [
        path("undeclared/", undeclared),
        path("office-only/", office_only),
        path("anybody/", anybody),
        path("everybody/", everybody),
        path("refused/", refused),
        path("lapsed/", lapsed),
        *urlpatterns,
    ]


with_pages = override_settings(ROOT_URLCONF=Urls)


@with_pages
@pytest.mark.parametrize("role", list(Role))
def test_a_page_that_declares_nothing_is_shut_for_every_role(client, role):
    client.force_login(UserFactory(role=role))
    answer = client.get("/undeclared/")
    assert (answer.status_code, "没有登记访问权限" in answer.content.decode()) == (403, True)


@with_pages
@pytest.mark.parametrize("role", list(Role))
def test_a_page_of_one_role_refuses_the_others_and_says_whom_it_serves(client, role):
    client.force_login(UserFactory(role=role))
    answer = client.get("/office-only/")
    if role == Role.OFFICE:
        assert answer.content == b"office"
    else:
        assert answer.status_code == 403
        assert f"该页面仅供专家库管理处室使用，您的账号角色是“{role.label}”。" in answer.content.decode()


@with_pages
@pytest.mark.parametrize("address", ["/undeclared/", "/office-only/?page=2", "/anybody/"])
def test_a_visitor_is_sent_to_the_door_and_comes_back(client, address):
    answer = client.get(address)
    assert answer.status_code == 302
    assert answer.url == f"{reverse('login')}?next={address.replace('?', '%3F').replace('=', '%3D')}"


@with_pages
@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/office-only/?page=2", "/office-only/%3Fpage%3D2"),
        ("http://elsewhere.example/office-only/", "/anybody/"),
        ("http://testserver//elsewhere.example/", "/anybody/"),
        ("http://[", "/anybody/"),
        ("", "/anybody/"),
    ],
)
def test_what_was_sent_after_the_session_ended_leads_back_to_its_form_and_is_said_to_be_lost(client, referer, back):
    answer = client.post("/anybody/", {"text": "typed"}, headers={"referer": referer})
    assert (answer.status_code, answer.url) == (302, f"{reverse('login')}?next={back}")
    assert "登录已过期，刚才的提交没有保存。重新登录后可以恢复已填的内容。" in client.get(answer.url).content.decode()


def test_the_door_has_one_heading(client):
    assert client.get(reverse("login")).content.decode().count("<h1") == 1


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

    assert [
        pattern.name for pattern in views(get_resolver("expertpool.urls").url_patterns) if not hasattr(pattern.callback, "access")
    ] == []


def test_signing_in_leads_to_the_first_page_and_out_to_the_door(client):
    user = UserFactory(username="li", role=Role.EXPERT)
    user.set_password("correct horse battery")
    user.save()
    wrong = client.post(reverse("login"), {"username": "li", "password": "wrong"})
    assert "账号或密码不正确" in wrong.content.decode()
    right = client.post(reverse("login"), {"username": "li", "password": "correct horse battery"})
    assert (right.status_code, right.url) == (302, reverse("home"))
    assert client.get(reverse("logout")).status_code == 405
    out = client.post(reverse("logout"))
    assert (out.status_code, out.url) == (302, reverse("login"))


def test_a_closed_account_cannot_sign_in(client):
    user = UserFactory(username="closed", role=Role.EXPERT, is_active=False)
    user.set_password("correct horse battery")
    user.save()
    assert client.post(reverse("login"), {"username": "closed", "password": "correct horse battery"}).status_code == 200


def test_changing_ones_password(client):
    user = UserFactory(role=Role.EXPERT)
    user.set_password("correct horse battery")
    user.save()
    client.force_login(user)
    new = {"new_password1": "another long phrase 7", "new_password2": "another long phrase 7"}
    assert client.post(reverse("password_change"), {"old_password": "no", **new}).status_code == 200
    assert client.post(reverse("password_change"), {"old_password": "correct horse battery", **new}).status_code == 302
    user.refresh_from_db()
    assert user.check_password("another long phrase 7")
    assert [(event.kind, event.actor, data_of(event)) for event in events(f"account:{user.pk}")] == [("account.password_set", user, {})]
    assert client.get(reverse("home")).status_code == 200


def test_the_back_office_sends_to_the_same_page(client):
    client.force_login(UserFactory(role=Role.SYSTEM_ADMIN))
    answer = client.post(reverse("admin:password_change"), {"old_password": "x"})
    assert (answer.status_code, answer.url) == (302, reverse("password_change"))


@with_pages
def test_a_refusal_that_no_form_shows_becomes_a_page(client):
    answer = client.get("/refused/")
    assert (answer.status_code, "期限已过，请联系管理处室。" in answer.content.decode()) == (409, True)


@with_pages
def test_after_the_regulation_has_lapsed_the_page_says_so(client):
    answer = client.get("/lapsed/")
    assert (answer.status_code, "2027年5月21日没有生效的" in answer.content.decode()) == (409, True)
