"""Role × URL, the whole table. A URL that is not in it fails; so does one that opens for another role."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from expertpool.accounts.models import BACK_OFFICE_ROLES, Role
from tests.factories import UserFactory

UNIT, EMPLOYER, EXPERT, OFFICE = Role.RECOMMENDING_UNIT, Role.EMPLOYER, Role.EXPERT, Role.OFFICE
LEADER, DEPARTMENT, INSPECTOR = Role.LEADER, Role.DEPARTMENT, Role.INSPECTOR
SYSTEM, SECURITY, AUDIT = Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN

PUBLIC = "public"
EVERYONE = set(Role)
FILES = {UNIT, EXPERT, OFFICE}
READS_FILES = {UNIT, EMPLOYER, EXPERT, OFFICE, INSPECTOR}
REQUESTS = {DEPARTMENT, OFFICE, INSPECTOR, LEADER}
DRAW = {OFFICE, INSPECTOR}
SCORES = {DEPARTMENT, OFFICE, INSPECTOR}

PORTAL: dict[str, Any] = {
    "home": EVERYONE,
    "rules": PUBLIC,
    "login": PUBLIC,
    "logout": PUBLIC,
    "password_change": EVERYONE,
    "ledger": {AUDIT, INSPECTOR, OFFICE},
    "messages": EVERYONE,
    "message": EVERYONE,
    "message_open": EVERYONE,
    "applications": {UNIT, EXPERT, OFFICE, INSPECTOR},
    "application_new": FILES,
    "application": READS_FILES,
    "application_edit": FILES,
    "application_check": FILES,
    "application_withdraw": FILES,
    "application_print": READS_FILES,
    "application_xlsx": READS_FILES,
    "application_import": {UNIT},
    "application_template": {UNIT},
    "attachment": READS_FILES | {LEADER},
    "endorsements": {EMPLOYER, UNIT},
    "endorsement": {EMPLOYER, UNIT},
    "batches": {LEADER, INSPECTOR},
    "batch": {LEADER, INSPECTOR},
    "publicities_public": PUBLIC,
    "publicity_public": PUBLIC,
    "publicities": {OFFICE, INSPECTOR, LEADER},
    "requests": REQUESTS,
    "request_new": {DEPARTMENT},
    "request": REQUESTS,
    "request_edit": {DEPARTMENT},
    "request_check": {DEPARTMENT},
    "request_approve": {OFFICE, INSPECTOR, LEADER},
    "request_send_back": {OFFICE},
    "request_cancel": {DEPARTMENT},
    "waiver_shortage": {OFFICE},
    "waiver_cap": {OFFICE, LEADER},
    "waiver_countersign": {INSPECTOR},
    "request_print": REQUESTS,
    "request_xlsx": REQUESTS,
    "draw": REQUESTS,
    "draw_join": {INSPECTOR},
    "draw_leave": {INSPECTOR},
    "draw_freeze": {OFFICE},
    "draw_share": {INSPECTOR},
    "draw_waiver": {OFFICE},
    "draw_abort": DRAW,
    "draw_give_up": {OFFICE},
    "draw_invite": {OFFICE},
    "draw_supplement": {OFFICE},
    "invitation_unreached": {OFFICE},
    "draw_phone": {OFFICE},
    "draw_events": DRAW,
    "draw_bundle": DRAW,
    "draw_manifest": DRAW,
    "draw_pool": DRAW,
    "manifest_qr": DRAW,
    "draw_record": DRAW,
    "verify_script": PUBLIC,
    "reply": PUBLIC,
    "profile": {EXPERT},
    "profile_leave": {EXPERT},
    "my_invitations": {EXPERT},
    "my_invitation": {EXPERT},
    "attendance": {DEPARTMENT},
    "dossier": REQUESTS,
    "evaluations": SCORES,
    "evaluation": SCORES,
    "evaluation_countersign": {DEPARTMENT},
    "evaluation_return": {DEPARTMENT},
    "evaluation_print": SCORES,
    "evaluation_xlsx": SCORES,
    "report_violation": {DEPARTMENT},
    "my_scores": {EXPERT},
}

ARGUMENTS = {"int": "999999", "str": "none", "slug": "none", "path": "none", "uuid": "00000000-0000-0000-0000-000000000000"}


def patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, str, str]]:
    """(namespace, name, path with dummy arguments) of every URL of the project."""
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            for namespace, name, path in patterns(entry, route):
                yield entry.app_name or namespace, name, path
        elif isinstance(entry, URLPattern):
            yield "", entry.name or "", "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda found: ARGUMENTS[found[1] or "str"], route)


def portal_urls() -> list[tuple[str, str]]:
    return [(name, path) for namespace, name, path in patterns(get_resolver()) if namespace != "admin"]


def test_every_url_is_in_the_table():
    assert sorted(name for name, _path in portal_urls()) == sorted(PORTAL)


@pytest.fixture
def world(pool):
    """A pool stands; the dummy arguments meet nothing."""
    return pool


@pytest.mark.parametrize("role", list(Role))
def test_role_opens_its_pages_and_no_others(role, world):
    client = Client()
    client.force_login(UserFactory(role=role))
    opened = {}
    for name, path in portal_urls():
        if name == "logout":
            continue
        answer = client.get(path)
        assert answer.status_code in {200, 302, 403, 404, 405}, (name, answer.status_code)
        opened[name] = answer.status_code != 403
    expected = {name: roles == PUBLIC or role in roles for name, roles in PORTAL.items() if name != "logout"}
    assert opened == expected


@pytest.mark.parametrize("role", list(Role))
def test_a_post_is_refused_like_a_get(role, world):
    client = Client()
    client.force_login(UserFactory(role=role))
    refused = {name for name, path in portal_urls() if name != "logout" and client.post(path).status_code == 403}
    assert refused == {name for name, roles in PORTAL.items() if name != "logout" and roles != PUBLIC and role not in roles}


def test_without_an_account_only_public_pages_open(world):
    client = Client()
    for name, path in portal_urls():
        answer = client.get(path)
        if PORTAL[name] == PUBLIC:
            assert answer.status_code in {200, 302, 404, 405}, name
        else:
            assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/login/"), name


def test_the_refusal_says_who_may(client, world):
    client.force_login(UserFactory(role=EXPERT))
    answer = client.get("/requests/new/")
    assert answer.status_code == 403
    assert "该页面仅供使用单位使用，您的账号角色是“专家”。" in answer.content.decode()


@pytest.mark.parametrize("role", list(Role))
def test_only_the_back_office_enters_the_admin(role, world):
    client = Client()
    client.force_login(UserFactory(role=role))
    answer = client.get("/admin/", follow=True)
    assert (answer.status_code == 200) == (role in BACK_OFFICE_ROLES)
