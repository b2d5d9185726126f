"""Between two pools stands a wall: nothing that one pool knows is found by the people of another, on whatever page.

Addresses, kinds of rows, back-office pages and boxes that search are found and not listed: a new one is tried without
a line here, and an address with an argument that nobody knows fails.
"""

import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import Resolver404, get_resolver, resolve

from expertpool import clock
from expertpool.addresses import POOL_URLS, address, mounted
from expertpool.ledger.models import LedgerEvent
from expertpool.messaging.models import Message
from expertpool.pools.models import ADMINISTRATORS, EVERYWHERE, IN_A_POOL, Assignment, Pool
from experts.models import Expert, Membership, Publicity
from selection.models import DrawRequest
from tests.canaries import DAY, Canary, kinds, three_pools
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.wide]
INSTALLATION = "expertpool.urls"
ROLES_OF_A_POOL = tuple(sorted(str(role) for role in IN_A_POOL | EVERYWHERE))


# ---------------------------------------------------------------- what there is to call


@dataclass(frozen=True)
class Address:
    """One address of a table of addresses, as a text with the names of its arguments."""

    form: str
    arguments: tuple[str, ...]
    back_office: bool

    def paths(self, canary: Canary) -> list[str]:
        """The address with the canary's row in the place of every argument."""
        filled = [{}]
        for name in self.arguments:
            filled = [{**one, name: value} for one in filled for value in _values(name, self, canary)]
        return [self.form % one for one in filled]

    @property
    def names_no_row(self) -> bool:
        """Whether the arguments name no row of a pool."""
        return set(self.arguments) <= {"code", "app_label", "url"}


def _values(name: str, where: Address, canary: Canary) -> list[Any]:
    """What is put in the place of an argument. KeyError for one that nobody knows: say here what it is."""
    known = {
        "pk": [canary.pk],
        "waiver_pk": [canary.pk],
        "invitation": [canary.pk],
        "object_id": [canary.pk],
        "content_type_id": [ContentType.objects.get_for_model(one).pk for one in (Expert, Membership, DrawRequest)],
        "round": [0],
        "attempt": [1],
        "token": ["x" * 43],
        "code": [canary.pool.code],
        "number": [canary.row(Membership).number],
        "app_label": ["experts"],
        "url": ["nothing/"],
        # The library's own way to one state of a history: the row, and the state.
        "_0": [canary.pk],
        "_1": _states(where, canary),
        "name": _acts(where),
    }
    return known[name]


def _model_of(where: Address) -> Any:
    """The back office's page of ``admin/<app>/<model>/…``."""
    parts = where.form.split("/")
    return next((one for one in admin.site._registry if [one._meta.app_label, one._meta.model_name] == parts[1:3]), None)


def _states(where: Address, canary: Canary) -> list[int]:
    model = _model_of(where)
    if model is None or not hasattr(model, "history"):
        return [canary.pk]
    return list(model.history.filter(id=canary.pk).values_list("history_id", flat=True)) or [canary.pk]


def _acts(where: Address) -> list[str]:
    model = _model_of(where)
    return [one.name for one in getattr(admin.site._registry.get(model), "acts", ())] or ["none"]


def addresses(urlconf: str) -> list[Address]:
    """Every address of a table, those of the back office too."""

    def walk(resolver: Any, before: str, back_office: bool) -> Iterator[Address]:
        for name in resolver.reverse_dict:
            for possibilities, _pattern, _defaults, _converters in resolver.reverse_dict.getlist(name):
                yield from (Address(before + form, tuple(given), back_office) for form, given in possibilities)
        for namespace, (prefix, inner) in resolver.namespace_dict.items():
            yield from walk(inner, before + prefix, back_office or namespace == "admin")

    return sorted(set(walk(get_resolver(urlconf), "", False)), key=lambda one: one.form)


def autocompletes() -> list[str]:
    """The boxes of the back office that search while one types: their queries."""
    found = set()
    for page in admin.site._registry.values():
        for one in (page, *(inline(page.model, admin.site) for inline in page.inlines)):
            for name in one.autocomplete_fields:
                found.add(f"app_label={one.model._meta.app_label}&model_name={one.model._meta.model_name}&field_name={name}")
    return sorted(found)


def test_arguments_and_rows_of_every_kind_are_known():
    with clock.frozen(DAY):
        (canary,) = three_pools("XJ").values()
    for urlconf in (POOL_URLS, INSTALLATION):
        for one in addresses(urlconf):
            assert one.paths(canary), one
    assert [kind.__name__ for kind in kinds() if kind not in canary.rows and kind not in {Pool, Assignment}] == []


# ---------------------------------------------------------------- looking for a canary


def text_of(answer: Any) -> str:
    """Everything that an answer carries, what is packed in it too."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            body = b"\n".join(packed.read(name) for name in packed.namelist())
    return body.decode("utf-8", errors="ignore")


def is_public(pool: Pool | None, path: str) -> bool:
    """Whether the page is for everybody, without an account."""
    with mounted(pool.code if pool else None):
        try:
            view = resolve("/" + path.split("?", maxsplit=1)[0]).func
        except Resolver404:
            return False
    access = getattr(view, "access", None)
    return access is not None and access.public


class Visitor:
    """An account that looks for ``secrets`` on every page; what it found, and what opened that should have been shut."""

    def __init__(self, account: Any, secrets: list[str]) -> None:
        self.client = Client()
        self.client.force_login(account)
        self.secrets = secrets
        self.found: list[tuple[str, Any]] = []

    def get(self, pool: Pool | None, path: str, query: dict[str, str] | None = None, typed: str = "") -> int:
        """Ask for a page; what was typed into it may stand on it again."""
        url = address("home", pool=pool) + path if pool else "/" + path
        return self._read(url, self.client.get(url, query or {}), typed)

    def post(self, pool: Pool | None, path: str) -> int:
        """Send a form to a page."""
        url = address("home", pool=pool) + path if pool else "/" + path
        return self._read(url, self.client.post(url, {"post": "yes"}))

    def _read(self, url: str, answer: Any, typed: str = "") -> int:
        # What was typed stands on the page again; whatever else is told of the row that it found is not typed.
        text = text_of(answer).replace(url, "")
        text = text.replace(typed, "") if typed else text
        if marks := [secret for secret in self.secrets if secret in text]:
            self.found.append((url, marks))
        return int(answer.status_code)

    def must_be_shut(self, status: int, one: Address, path: str) -> None:
        """A page of one thing of another pool stays shut; the back office leads away from what it does not know."""
        if not (status in {403, 404, 405} or (one.back_office and status == 302)):
            self.found.append((path, status))


def secrets_of(*canaries: Canary) -> list[str]:
    """What nobody of another pool may read."""
    return [secret for one in canaries for secret in (one.word, *one.numbers)]


def tour(visitor: Visitor, pool: Pool | None, canary: Canary) -> None:
    """Every page of ``pool`` (None: of the installation): lists, searched for the canary, and its things by the canary's key.

    Where the back office as a whole is shut, its lists and its pages of one thing are tried, and not every act on them.
    """
    name, number = canary.row(Expert).name, canary.row(Membership).number
    narrowed = {"q": number, "request": str(canary.pk), "subject": f"application:{canary.pk}"}
    office = visitor.get(pool, "admin/") == 200
    for one in addresses(POOL_URLS if pool else INSTALLATION):
        if one.form == "logout/" or (one.back_office and not office and not one.form.endswith(("/change/", "history/")) and one.arguments):
            continue
        if not one.arguments:
            visitor.get(pool, one.form)
            if not one.back_office or (office and not one.form.endswith("add/")):
                visitor.get(pool, one.form, {"q": name}, typed=name)
                # The back office refuses to be narrowed by what it does not offer.
                visitor.get(pool, one.form, {"q": number} if one.back_office else narrowed, typed=number)
            continue
        for path in one.paths(canary):
            status = visitor.get(pool, path)
            if is_public(pool, path) or one.names_no_row:
                continue
            visitor.must_be_shut(status, one, path)
            if not one.back_office:
                visitor.must_be_shut(visitor.post(pool, path), one, f"POST {path}")
    for query in autocompletes() if office else ():
        for term in ("", name):
            visitor.get(pool, f"admin/autocomplete/?{query}&term={term}", typed=term)


# ---------------------------------------------------------------- the tests


@pytest.fixture
def world():
    with clock.frozen(DAY):
        yield three_pools()


@pytest.mark.parametrize(
    ("mine", "role"),
    [*(("XK", role) for role in ROLES_OF_A_POOL), *(("JZ", role) for role in ("office", "inspector", "department", "leader"))],
)
def test_nobody_of_another_pool_finds_anything(world, mine, role):
    """In his own pool, and on the pages of the installation."""
    others = [canary for code, canary in world.items() if code != mine]
    visitor = Visitor(world[mine].people[role], secrets_of(*others))
    before = (LedgerEvent.objects.count(), Message.objects.count())
    for pool in (world[mine].pool, None):
        tour(visitor, pool, world["XJ"])
    assert visitor.found == []
    assert (LedgerEvent.objects.count(), Message.objects.count()) == before


@pytest.mark.parametrize("role", ROLES_OF_A_POOL)
def test_nobody_of_another_pool_enters_this_one(world, role):
    canary = world["XJ"]
    visitor = Visitor(world["XK"].people[role], secrets_of(canary))
    for one in addresses(POOL_URLS):
        # Experts and employers belong to no pool: whoever would apply to this one reads its list of fields.
        if role in EVERYWHERE and one.form == "applications/new/":
            continue
        if one.back_office and one.arguments and not one.form.endswith("/change/"):
            continue
        for path in one.paths(canary):
            status = visitor.get(canary.pool, path)
            if role in IN_A_POOL and not is_public(canary.pool, path):
                assert status in {403, 404} or (one.back_office and status == 302), (path, status)
    assert visitor.found == []


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
def test_the_administrators_of_the_installation_see_no_pools_people(world, role):
    """They see accounts, numbers, and why a masked value was shown; nobody's name, telephone or file, and no request."""
    secrets = [text for one in world.values() for text in (one.row(Expert).name, one.phone, one.row(DrawRequest).title)]
    visitor = Visitor(UserFactory(role=role), secrets)
    tour(visitor, None, world["XJ"])
    for one in addresses(POOL_URLS):
        for path in one.paths(world["XJ"]) if not one.back_office or not one.arguments else ():
            visitor.get(world["XJ"].pool, path)
    assert [(url, found) for url, found in visitor.found if not isinstance(found, int)] == []


@pytest.mark.parametrize("mine", ["XJ", "XK", "JZ"])
def test_its_own_people_do_find_it(world, mine):
    """Without this the tests above would pass on empty pages."""
    canary = world[mine]
    found = Counter()
    for role in ("office", "inspector", "department", "recommending_unit"):
        visitor = Visitor(canary.people[role], secrets_of(canary))
        for one in addresses(POOL_URLS):
            if not one.arguments and not one.form.endswith(("new/", "template/", "add/")):
                visitor.get(canary.pool, one.form)
        for path in ("requests/%s/", "evaluations/%s/", "applications/%s/", "admin/experts/membership/%s/change/"):
            visitor.get(canary.pool, path % canary.pk)
        found.update(url.split(f"/p/{mine}/")[1] for url, _marks in visitor.found)
    for page in (
        "requests/", "applications/", "evaluations/", "admin/experts/membership/", "admin/experts/expert/", "admin/experts/application/",
        "admin/selection/drawrequest/", "admin/evaluation/evaluation/", f"requests/{canary.pk}/", f"applications/{canary.pk}/",
        f"evaluations/{canary.pk}/", f"admin/experts/membership/{canary.pk}/change/",
    ):  # fmt: skip
        assert found[page], (page, sorted(found))


def test_what_is_public_names_whom_the_list_names_and_nobody_else(client, world):
    """A person in publicity stands on a public page of his pool's list; the rest of the canary stands on none."""
    canary = world["XJ"]
    Publicity.objects.filter(pk=canary.pk).update(state=Publicity.State.OPEN)
    for one in addresses(INSTALLATION):
        if one.arguments or not is_public(None, one.form):
            continue
        text = text_of(client.get("/" + one.form))
        assert canary.phone not in text, one.form
        assert canary.row(DrawRequest).title not in text, one.form


# ---------------------------------------------------------------- sweeps, to-dos, messages


def of_the_pool(canary: Canary) -> dict[str, list[Any]]:
    """All rows of one pool: those with its key, and what has come to them since."""
    found: dict[str, list[Any]] = {}
    for model in kinds():
        if model in {LedgerEvent, Message}:
            rows = model.objects.filter(pool=canary.pool.code).order_by("pk")
            found[model.__name__] = [(one.kind, getattr(one, "subject", getattr(one, "about", ""))) for one in rows]
        elif model is not Assignment:
            found[model.__name__] = [_told(one) for one in model.objects.filter(pk=canary.pk)]
    return found


def _told(row: Any) -> list[Any]:
    return [getattr(row, column.attname) for column in row._meta.fields if not column.is_relation]


def swept(canary: Canary) -> dict[str, list[Any]]:
    with clock.frozen(DAY.replace(month=12)):
        call_command("sweep", verbosity=0)
    return of_the_pool(canary)


def test_a_sweep_leaves_a_pool_as_it_would_without_the_others(capsys):
    """The rows of one pool after all sweeps, alone in the house and beside two others."""
    with clock.frozen(DAY):
        alone = three_pools("XJ")["XJ"]
    with transaction.atomic():
        expected = swept(alone)
        transaction.set_rollback(True)
    with clock.frozen(DAY):
        three_pools("XK", "JZ")
    assert swept(alone) == expected


def test_what_a_sweep_tells_goes_to_the_people_of_the_pool(world, capsys):
    known = set(Message.objects.values_list("pk", flat=True))
    for canary in world.values():
        swept(canary)
    for message in Message.objects.exclude(pk__in=known).exclude(recipient=None):
        assert message.pool, message.kind
        canary = world[message.pool]
        assert message.recipient_id in {one.pk for one in canary.people.values()}, (message.kind, message.pool)
    for event in LedgerEvent.objects.exclude(subject__startswith="account:"):
        assert event.pool, (event.kind, event.subject)


def test_a_page_asks_no_more_questions_for_the_pools_beside_it():
    """The number of questions of a list is the same, however many pools stand in the house."""
    with clock.frozen(DAY):
        canary = three_pools("XJ")["XJ"]
        client = Client()
        client.force_login(canary.people["office"])

        def questions() -> list[int]:
            found = []
            for path in ("", "requests/", "evaluations/", "applications/", "ledger/", "admin/experts/membership/"):
                url = address("home", pool=canary.pool) + path
                client.get(url)
                with CaptureQueriesContext(connection) as asked:
                    assert client.get(url).status_code == 200, path
                found.append(len(asked))
            return found

        alone = questions()
        three_pools("XK", "JZ")
        assert questions() == alone
