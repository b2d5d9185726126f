"""Canaries: in each pool one row of every kind, with words, numbers and telephones that stand nowhere else.

All rows of a pool have the same primary key, so that an address with a number in it meets that pool's row, whatever it
is of. The kinds are found, not listed: every model from which a foreign key leads to a pool or to a person, and every
model with a column for a pool's code.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.db import models, transaction

from expertpool import clock
from expertpool.accounts.models import Organisation, User
from expertpool.clock import BEIJING
from expertpool.crypto import EncryptedTextField
from expertpool.ledger.models import LedgerEvent
from expertpool.ledger.services import record
from expertpool.messaging.models import Message
from expertpool.messaging.services import queue_message
from expertpool.pools.models import EVERYWHERE, IN_A_POOL, Assignment, Field, Pool
from experts.models import Application, Batch, Expert, Membership, Publicity
from selection.models import Attempt, DrawRequest
from tests.factories import OrganisationFactory, PoolFactory, UserFactory, an_id_number

ROOMS = {"expertpool", "experts", "selection", "evaluation"}
DAY = date(2026, 10, 12)
#: They are not made by :func:`row`: the pool itself, who acts in it, and what only a service writes.
MADE_APART = {Pool, Assignment, LedgerEvent, Message}


def kinds() -> list[type[models.Model]]:
    """Every model whose rows belong to a pool or to a person, each after those that it needs."""
    mine = [one for one in apps.get_models() if one.__module__.split(".")[0] in ROOMS and not hasattr(one, "instance_type")]
    found: set[type[models.Model]] = {Pool, Expert}
    grew = True
    while grew:
        more = {one for one in mine if one not in found and (_leads_to(one, found) or _names_a_pool(one))}
        grew = bool(more)
        found |= more
    return list(_sorted(found))


def _relations(model: type[models.Model]) -> list[Any]:
    return [one for one in model._meta.fields if one.is_relation]


def _leads_to(model: type[models.Model], found: set[type[models.Model]]) -> bool:
    return any(one.related_model in found for one in _relations(model))


def _names_a_pool(model: type[models.Model]) -> bool:
    return any(one.name == "pool" for one in model._meta.fields)


def _sorted(found: set[type[models.Model]]) -> Iterator[type[models.Model]]:
    """After all that they point to; where that is a circle, after what they must point to."""
    done: set[type[models.Model]] = set()
    waiting = sorted(found, key=lambda one: one._meta.label)
    while waiting:
        ready = [one for one in waiting if _stands_on(one, found) <= done]
        ready = ready or [one for one in waiting if _stands_on(one, found, optional=False) <= done][:1]
        assert ready, f"a circle of foreign keys: {waiting}"
        yield from ready
        done |= set(ready)
        waiting = [one for one in waiting if one not in done]


def _stands_on(model: type[models.Model], found: set[type[models.Model]], *, optional: bool = True) -> set[type[models.Model]]:
    targets = {one.related_model for one in _relations(model) if optional or not one.null}
    return (targets & found) - {model}


@dataclass
class Canary:
    """One pool with its rows. ``word`` stands in every text, ``prefix`` begins every number, ``pk`` is every primary key."""

    pool: Pool
    word: str
    pk: int
    #: The same in all pools: who acts for it here must not see what it did there.
    unit: Organisation
    employer: Organisation = field(init=False)
    people: dict[str, User] = field(default_factory=dict)
    rows: dict[type[models.Model], models.Model] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        return self.pool.number_prefix

    @property
    def phone(self) -> str:
        return f"139{self.pk:08d}"

    @property
    def numbers(self) -> tuple[str, ...]:
        """What nobody of another pool may read, besides :attr:`word`."""
        return (f"{self.prefix}-", self.phone)

    def row(self, model: type[models.Model]) -> Any:
        """The row of a kind."""
        return self.rows[model]

    def settle(self) -> None:
        """Accounts for every role, then one row of every kind."""
        self.employer = OrganisationFactory()
        for role in sorted(IN_A_POOL):
            self.people[role] = UserFactory(role=role, pool=self.pool, organisation=self.unit)
        self.people["employer"] = UserFactory(role="employer", organisation=self.employer)
        self.people["expert"] = UserFactory(role="expert")
        assert set(self.people) == {str(role) for role in IN_A_POOL | EVERYWHERE}
        for model in kinds():
            if model not in MADE_APART:
                self.rows[model] = self._make(model)
        self.row(Membership).fields.add(self.row(Field))
        self.row(Application).fields.add(self.row(Field))
        with transaction.atomic():
            self.rows[LedgerEvent] = record(
                "application.submitted",
                subject=f"application:{self.pk}",
                by=self.people["office"],
                pool=self.pool.code,
                body={"number": f"{self.prefix}-1"},
            )
            self.rows[Message] = queue_message(
                kind="canary", to=self.people["office"], address="", title=f"{self.word}消息", body=f"{self.word}正文",
                about=f"application:{self.pk}", pool=self.pool.code, idem=f"canary:{self.pk}",
            )  # fmt: skip

    def _make(self, model: type[models.Model]) -> models.Model:
        given = {"id": self.pk, **_GIVEN.get(model.__name__, dict)(self)} if model.__name__ in _GIVEN else {"id": self.pk}
        for column in model._meta.fields:
            if column.name not in given and not column.primary_key:
                value = self._value(model, column)
                if value is not KEEP:
                    given[column.name] = value
        made = model(**given)
        if any(one.name == "rule_hash" for one in model._meta.fields):
            made.decide_under(self.pool.regulation_on(DAY))  # type: ignore[attr-defined]
        made.save(force_insert=True)
        return made

    def _value(self, model: type[models.Model], column: Any) -> Any:
        if column.is_relation:
            return self._related(column)
        if column.name in LEFT or column.choices:
            return next(iter(dict(column.flatchoices))) if column.choices and not column.has_default() and not column.blank else KEEP
        if column.name.endswith(("digest", "_hash", "sha256")) or column.name in {"ticket", "head"}:
            return f"{self.pk:064x}"
        if column.name == "number" and isinstance(column, models.CharField):
            return f"{self.prefix}-{model.__name__[:4]}{self.pk}"
        if isinstance(column, EncryptedTextField) and "phone" in column.name:
            return self.phone
        if isinstance(column, models.EmailField):
            return f"{self.prefix.lower()}-@example.org"
        if isinstance(column, models.CharField | models.TextField | EncryptedTextField):
            return f"{self.word}{column.verbose_name}"[: column.max_length or 60]
        if column.has_default() or column.null:
            return KEEP
        if isinstance(column, models.DateTimeField):
            return datetime(2026, 10, 12, 9, tzinfo=BEIJING)
        if isinstance(column, models.DateField):
            return DAY
        if isinstance(column, models.BooleanField):
            return False
        if isinstance(column, models.JSONField):
            return []
        return 1

    def _related(self, column: Any) -> Any:
        wanted = column.related_model
        if wanted is Pool:
            return self.pool
        if wanted is User:
            return KEEP if column.null else self.people["office"]
        if wanted is Organisation:
            return self.employer if column.name == "employer" else self.unit
        return self.rows.get(wanted, KEEP)


class _Keep:
    """The column keeps its default."""


KEEP = _Keep()
#: Columns whose values mean something to code: they keep their default unless :data:`_GIVEN` says otherwise.
LEFT = {
    "rule_code", "rule_edition", "rule_hash", "step", "condition", "criterion", "article", "channel", "expert_type", "kind", "nature",
    "degree", "ground", "reason_code", "columns", "counting", "alg", "rule", "field_name", "source", "trigger_key", "content_type",
    "activity_type", "stored_as",
}  # fmt: skip

#: What a page or a sweep needs to make sense of a row; everything else is filled in.
_GIVEN: dict[str, Any] = {
    "Field": lambda c: {"code": f"{c.prefix}X", "name": f"{c.word}领域"},
    "Serial": lambda c: {"kind": "canary", "year": 2026, "last": c.pk},
    "Expert": lambda c: _person(c) | {"user": c.people["expert"]},
    "Application": lambda c: (
        _person(c)
        | {
            "state": Application.State.ADMITTED,
            "channel": c.pool.regulation_on(DAY).intake.channels[0].code,
            "recommending_unit": c.unit,
            "filed_by": c.people["recommending_unit"],
            "filed_on": DAY,
            "submitted_at": clock.now(),
        }
    ),
    "Batch": lambda c: {"state": Batch.State.values[0]},
    "Publicity": lambda c: {
        "state": Publicity.State.EXEMPT,
        "opened_on": DAY,
        "last_day": DAY,
        "days": 7,
        "counting": "workdays",
        "columns": ["name"],
    },
    "Membership": lambda c: {"admitted_on": DAY},
    "Suspension": lambda c: {"starts_on": DAY, "ends_on": DAY},
    "ExitCase": lambda c: {"ground": c.pool.regulation_on(DAY).exits.grounds[0].code, "raised_on": DAY},
    "Mark": lambda c: {"kind": "grade", "value": f"{c.word}标识", "source": f"{c.word}来源"},
    "Disclosure": lambda c: {"subject": f"expert:{c.pk}", "field_name": "phone"},
    "Attachment": lambda c: {"kind": "id_document", "stored_as": f"no/{c.prefix}", "content_type": "application/pdf", "exit_case": None},
    "DrawRequest": lambda c: {
        "state": DrawRequest.State.CONFIRMED,
        "department": c.unit,
        "filed_by": c.people["department"],
        "title": f"{c.word}评审",
        "starts_on": date(2026, 10, 20),
        "ends_on": date(2026, 10, 20),
        "submitted_at": clock.now(),
        "approved_at": clock.now(),
        "total": 1,
    },
    "Approval": lambda c: {"version": 1, "step": c.pool.regulation_on(DAY).request.approvals[0].code},
    "Waiver": lambda c: {"rule": "shortage"},
    "Draw": lambda c: {"alg": c.pool.regulation_on(DAY).draw.alg},
    "Attempt": lambda c: {"round": 0, "attempt": 1, "state": Attempt.State.ABORTED},
    "Participation": lambda c: {"seated": True},
    "ContactLine": lambda c: {"outcome": "ACCEPT"},
    "Evaluation": lambda c: {"due_on": date(2026, 10, 29)},
}


def _person(canary: Canary) -> dict[str, Any]:
    birth = date(1975, 5, 17)
    return {
        "name": f"{canary.word}某",
        "birth_date": birth,
        "id_number": an_id_number(birth, canary.pk % 999),
        "id_digest": f"{canary.pk:064x}",
    }


def three_pools(*codes: str) -> dict[str, Canary]:
    """The usual pool, one under the same regulation and one under another, all settled; only ``codes`` where some are given."""
    unit = OrganisationFactory(name="三库共用单位")
    plan = {
        "XJ": ("朱鹮", 11_000_001, {"code": "XJ", "number_prefix": "CANXJ"}),
        "XK": ("白鹤", 22_000_002, {"code": "XK", "name": "同一办法的库", "number_prefix": "CANXK"}),
        "JZ": ("黑鹳", 33_000_003, {"code": "JZ", "name": "另一办法的库", "regulation_code": "jiaozuo-2024", "number_prefix": "CANJZ"}),
    }
    found = {}
    for code, (word, pk, values) in plan.items():
        if codes and code not in codes:
            continue
        found[code] = Canary(PoolFactory(**values), word, pk, unit)
        found[code].settle()
    return found
