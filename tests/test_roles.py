"""Role × URL × pool, the whole table: both tables of addresses, the back offices too, GET and POST.

An address that is not in the table fails; so does one that opens for anybody else. The pages name duties; what the table
says of roles holds under the regulation of Xinjiang, which the usual pool follows.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from expertpool.pools.duties import roles_for
from expertpool.pools.models import ADMINISTRATORS, IN_A_POOL, Role
from tests.factories import AccountFactory, AssignmentFactory, OrganisationFactory, PoolFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.wide]

UNIT, EMPLOYER, EXPERT, OFFICE, AGENCY = Role.RECOMMENDING_UNIT, Role.EMPLOYER, Role.EXPERT, Role.OFFICE, Role.AGENCY
LEADER, DEPARTMENT, INSPECTOR = Role.LEADER, Role.DEPARTMENT, Role.INSPECTOR
SYSTEM, SECURITY, AUDIT = Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN

PUBLIC = "public"
SIGNED_IN = "signed in"

#: Who holds the duties of the pages under the regulation of Xinjiang.
HOLDERS: dict[str, set[Role]] = {
    "applications.file": {EXPERT, UNIT, OFFICE},
    "applications.file_several": {UNIT, OFFICE},
    "applications.read": {EXPERT, UNIT, OFFICE, EMPLOYER, LEADER, INSPECTOR},
    "approval.*": {OFFICE, INSPECTOR, LEADER},
    "attendance.record": {DEPARTMENT},
    "batches.read": {OFFICE, LEADER, INSPECTOR},
    "dossier.read": {DEPARTMENT, OFFICE, INSPECTOR, LEADER},
    "draw.countersign": {INSPECTOR},
    "evaluation.countersign": {DEPARTMENT},
    "evaluation.read": {DEPARTMENT, OFFICE, INSPECTOR, LEADER},
    "evaluation.score": {DEPARTMENT},
    "exits.decide": {OFFICE},
    "exits.raise": {OFFICE},
    "violations.settle": {OFFICE},
    "intake.*": {EMPLOYER, UNIT, OFFICE, LEADER},
    "ledger.read": {OFFICE, INSPECTOR},
    "members.read": {OFFICE},
    "objections.decide": {OFFICE},
    "objections.record": {OFFICE},
    "publicity.read": {OFFICE, LEADER, INSPECTOR},
    "requests.file": {DEPARTMENT},
    "requests.read": {DEPARTMENT, OFFICE, INSPECTOR, LEADER},
    "requests.send_back": {OFFICE},
    "violations.report": {DEPARTMENT},
    "waiver.cap": {LEADER},
    "waiver.shortage": {OFFICE},
}
#: The pages inside a pool: the duties, any of which opens them (and the roles, where a page is a person's own as well).
INSIDE: dict[str, Any] = {
    "home": SIGNED_IN,
    "ledger": ["ledger.read"],
    "applications": ["applications.read"],
    "application_new": ["applications.file"],
    "application": ["applications.read"],
    "application_edit": ["applications.read"],
    "application_check": ["applications.read"],
    "application_admit": ["intake.*"],
    "application_withdraw": ["applications.read"],
    "application_print": ["applications.read"],
    "application_xlsx": ["applications.read"],
    # Who files for others; an applicant files his own.
    "application_import": {UNIT, OFFICE},
    "application_template": ["applications.file_several"],
    "attachment": ["applications.read", "members.read", "exits.decide", "exits.raise", "violations.settle"],
    "endorsements": ["intake.*"],
    "endorsement": ["intake.*"],
    "batches": ["batches.read"],
    "batch": ["batches.read"],
    "publicities": ["publicity.read", "objections.record", "objections.decide"],
    "requests": ["requests.read"],
    "request_new": ["requests.file"],
    "request": ["requests.read"],
    "request_edit": ["requests.file"],
    "request_check": ["requests.file"],
    "request_approve": ["approval.*"],
    "request_send_back": ["requests.send_back"],
    "request_cancel": ["requests.file"],
    "waiver_shortage": ["waiver.shortage"],
    "waiver_cap": ["waiver.cap"],
    "waiver_countersign": ["draw.countersign"],
    "request_print": ["requests.read"],
    "request_xlsx": ["requests.read"],
    # Of a draw the page opens for who reads its request; what he may do and see there is asked of the draw.
    "draw": ["requests.read"],
    "draw_join": ["requests.read"],
    # Whoever is in his place may leave it, whatever became of his duty.
    "draw_leave": SIGNED_IN,
    "draw_freeze": ["requests.read"],
    "draw_share": ["requests.read"],
    "draw_abort": ["requests.read"],
    "draw_give_up": ["requests.read"],
    "draw_invite": ["requests.read"],
    "draw_supplement": ["requests.read"],
    "draw_waiver": ["requests.read"],
    "invitation_unreached": ["requests.read"],
    "draw_phone": ["requests.read"],
    "draw_events": ["requests.read"],
    "draw_bundle": ["requests.read"],
    "draw_manifest": ["requests.read"],
    "draw_pool": ["requests.read"],
    "manifest_qr": ["requests.read"],
    "draw_record": ["requests.read"],
    "attendance": ["attendance.record"],
    "dossier": ["dossier.read"],
    "evaluations": ["evaluation.read"],
    "evaluation": ["evaluation.read"],
    "evaluation_countersign": ["evaluation.countersign"],
    "evaluation_return": ["evaluation.score"],
    "evaluation_print": ["evaluation.read"],
    "evaluation_xlsx": ["evaluation.read"],
    "report_violation": ["violations.report"],
}
#: The pages that belong to no pool: who is one of these.
OUTSIDE: dict[str, Any] = {
    "front": PUBLIC,
    "rules": PUBLIC,
    "login": PUBLIC,
    "logout": PUBLIC,
    "publicities_public": PUBLIC,
    "publicity_public": PUBLIC,
    "verify_script": PUBLIC,
    "verify": PUBLIC,
    "verify_file": PUBLIC,
    "reply": PUBLIC,
    "home": SIGNED_IN,
    "switch": SIGNED_IN,
    "password_change": SIGNED_IN,
    "messages": SIGNED_IN,
    "message": SIGNED_IN,
    "message_open": SIGNED_IN,
    "ledger": {AUDIT},
    "applications": {EXPERT},
    "endorsements": {EMPLOYER},
    "profile": {EXPERT},
    "profile_leave": {EXPERT},
    "my_invitations": {EXPERT},
    "my_invitation": {EXPERT},
    "my_scores": {EXPERT},
}
#: The pages of the back office: who opens their list inside a pool, and who in that of the installation.
BACK_OFFICE: dict[str, tuple[set[Role], set[Role]]] = {
    "accounts_user": (set(), {SECURITY, AUDIT}),
    "accounts_organisation": ({OFFICE}, {SECURITY}),
    "workcalendar_workyear": ({OFFICE}, {SYSTEM}),
    "ledger_ledgerevent": (set(), {AUDIT}),
    "messaging_message": (set(), {SYSTEM}),
    "pools_pool": ({OFFICE}, {SECURITY, SYSTEM}),
    "pools_assignment": ({OFFICE}, {SECURITY, AUDIT}),
    "pools_recommendingunit": ({OFFICE}, set()),
    "experts_application": ({OFFICE, LEADER, INSPECTOR}, set()),
    "experts_batch": ({OFFICE, LEADER, INSPECTOR}, set()),
    "experts_publicity": ({OFFICE, LEADER, INSPECTOR}, set()),
    "experts_objection": ({OFFICE}, set()),
    "experts_expert": ({OFFICE}, set()),
    "experts_membership": ({OFFICE}, set()),
    "experts_mark": ({OFFICE}, set()),
    "experts_reentryban": ({OFFICE}, set()),
    "experts_suspension": ({OFFICE}, set()),
    "experts_exitcase": ({OFFICE}, set()),
    "experts_disclosure": ({OFFICE, LEADER, INSPECTOR}, {AUDIT}),
    "selection_drawrequest": ({OFFICE}, set()),
    "selection_waiver": ({OFFICE}, set()),
    "selection_draw": ({OFFICE}, set()),
    "selection_invitation": ({OFFICE}, set()),
    "selection_participation": ({OFFICE}, set()),
    "evaluation_evaluation": ({OFFICE}, set()),
    "evaluation_violationreport": ({OFFICE}, set()),
}

ARGUMENTS = {"int": "999999", "str": "none", "slug": "none", "path": "none", "uuid": "00000000-0000-0000-0000-000000000000"}
INSIDE_URLS, OUTSIDE_URLS = "expertpool.pool_urls", "expertpool.urls"
MOUNTED = "/p/XJ"


def patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, str, str]]:
    """(namespace, name, path with dummy arguments) of every address below ``resolver``."""
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            for namespace, name, path in patterns(entry, route):
                yield entry.app_name or namespace, name, path
        elif isinstance(entry, URLPattern):
            yield "", entry.name or "", "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda found: ARGUMENTS[found[1] or "str"], route)


def portal(urls: str) -> list[tuple[str, str]]:
    """(name, path) of every page of the portal in one table of addresses."""
    before = MOUNTED if urls == INSIDE_URLS else ""
    return [(name, before + path) for namespace, name, path in patterns(get_resolver(urls)) if namespace != "admin"]


def back_office(urls: str) -> list[tuple[str, str]]:
    """(name, path) of every page of the back office there, but for signing in and out."""
    before = MOUNTED if urls == INSIDE_URLS else ""
    found = [(name, before + path) for namespace, name, path in patterns(get_resolver(urls)) if namespace == "admin"]
    # The last pattern of the admin catches what no other does.
    return [
        (name, path)
        for name, path in found
        if name not in {"login", "logout", "password_change", "password_change_done"} and ".*" not in path
    ]


def expected(table: dict[str, Any], role: Role) -> set[str]:
    """The pages that the table opens for a role."""

    def opens(entry: Any) -> bool:
        if entry in (PUBLIC, SIGNED_IN):
            return True
        return any(role in HOLDERS[one] for one in entry) if isinstance(entry, list) else role in entry

    return {name for name, entry in table.items() if opens(entry)}


def refused(client: Client, pages: list[tuple[str, str]], method: str) -> set[str]:
    """The pages whose door stays shut; a page that breaks fails the test."""
    shut = set()
    for name, path in pages:
        answer = getattr(client, method)(path)
        assert answer.status_code in {200, 302, 400, 403, 404, 405, 409}, (name, answer.status_code)
        if answer.status_code == 403 or (answer.status_code == 302 and "/login/" in answer.headers["Location"]):
            shut.add(name)
    return shut


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


#: Signing out ends the round.
ROUND = {"logout"}


# The table is whole


def test_every_address_is_in_the_table():
    assert sorted(name for name, _path in portal(INSIDE_URLS)) == sorted(INSIDE)
    assert sorted(name for name, _path in portal(OUTSIDE_URLS)) == sorted(OUTSIDE)
    assert {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry} == set(BACK_OFFICE)


def test_the_duties_of_the_table_are_held_as_it_says(pool):
    edition = pool.regulation_on(date(2026, 11, 20))
    assert {duty: set(roles_for(duty, edition).roles) for duty in HOLDERS} == {
        duty: set(map(str, roles)) for duty, roles in HOLDERS.items()
    }


# An assignment of this pool


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", list(Role))
def test_an_assignment_opens_its_pages_of_the_pool_and_no_others(role, pool, method):
    pages = portal(INSIDE_URLS)
    open_to_him = set() if role in ADMINISTRATORS else expected(INSIDE, role)
    assert refused(signed_in(UserFactory(role=role)), pages, method) == set(INSIDE) - open_to_him


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", list(Role))
def test_an_assignment_opens_its_pages_outside_the_pools_and_no_others(role, pool, method):
    pages = [(name, path) for name, path in portal(OUTSIDE_URLS) if name not in ROUND]
    assert refused(signed_in(UserFactory(role=role)), pages, method) == set(OUTSIDE) - expected(OUTSIDE, role)


@pytest.mark.parametrize("role", list(Role))
def test_the_back_offices_show_each_list_to_whom_the_table_says(role, pool):
    client = signed_in(UserFactory(role=role))
    for place, urls in enumerate((INSIDE_URLS, OUTSIDE_URLS)):
        lists = [(name.removesuffix("_changelist"), path) for name, path in back_office(urls) if name.endswith("_changelist")]
        opened = {name for name, path in lists if client.get(path).status_code == 200}
        assert opened == {name for name, roles in BACK_OFFICE.items() if role in roles[place]}, urls


# Any other assignment, or none


def everything(pool: Any, **days: Any) -> Any:
    """An account that holds every role of a pool at once, which no service would give it."""
    account = AccountFactory()
    for role in sorted(IN_A_POOL):
        AssignmentFactory(account=account, role=role, pool=pool, organisation=OrganisationFactory(), **days)
    return account


@pytest.fixture(params=["of another pool", "expired", "not yet begun", "none"])
def stranger(request, pool):
    """An account that acts nowhere, or not here, or not today."""
    if request.param == "none":
        return AccountFactory()
    if request.param == "of another pool":
        return everything(PoolFactory(code="B", number_prefix="BB", name="第二专家库"))
    return everything(pool, **({"ends_on": date(2025, 12, 31)} if request.param == "expired" else {"starts_on": date(2090, 1, 1)}))


@pytest.mark.parametrize("method", ["get", "post"])
def test_nothing_of_a_pool_opens_without_an_assignment_that_stands_in_it(stranger, method):
    assert refused(signed_in(stranger), portal(INSIDE_URLS), method) == set(INSIDE)


@pytest.mark.parametrize("method", ["get", "post"])
def test_outside_the_pools_such_an_account_opens_what_everybody_opens(stranger, method):
    pages = [(name, path) for name, path in portal(OUTSIDE_URLS) if name not in ROUND]
    shut = {name for name, entry in OUTSIDE.items() if entry not in (PUBLIC, SIGNED_IN)}
    assert refused(signed_in(stranger), pages, method) == shut


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("urls", [INSIDE_URLS, OUTSIDE_URLS])
def test_no_page_of_a_back_office_opens_for_such_an_account(stranger, urls, method):
    """Django's own way of saying so: its door, which refuses who has signed in already."""
    pages, client = back_office(urls), signed_in(stranger)
    assert len(pages) > 100
    door = f"{MOUNTED}/admin/login/" if urls == INSIDE_URLS else "/admin/login/"
    answers = {name: getattr(client, method)(path) for name, path in pages}
    assert {
        name for name, answer in answers.items() if answer.status_code != 302 or answer.headers["Location"].split("?")[0] != door
    } == set()
    assert client.get(door).status_code == 403


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_an_account_only_public_pages_open(pool, method):
    client = Client()
    for urls, table in ((INSIDE_URLS, INSIDE), (OUTSIDE_URLS, OUTSIDE)):
        for name, path in portal(urls):
            answer = getattr(client, method)(path)
            if table[name] == PUBLIC:
                assert answer.status_code in {200, 302, 404, 405}, name
            else:
                assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/login/"), name


# Words


def test_the_refusal_says_whose_page_it_is(pool):
    answer = signed_in(UserFactory(role=OFFICE)).get("/p/XJ/requests/new/")
    assert answer.status_code == 403
    assert "“提出使用申请”由" in answer.content.decode()


def test_a_commissioned_body_opens_nothing_where_no_edition_gives_it_work(pool):
    """Xinjiang names no such body: an assignment gives it the first page, and the way out of a draw that is open to whoever is in it."""
    assert expected(INSIDE, AGENCY) == {"home", "draw_leave"}
