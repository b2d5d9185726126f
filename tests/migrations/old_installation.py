"""Run as a script with the environment of an installation: `build` makes the state of 2026-11, `tell` prints what is found now;
`several` makes the same installation with more in it, updates it at once and prints what became of that.

It runs in a process of its own, since it takes the database back to an earlier state. The facts go out as JSON.
"""

import json
import lzma
import os
import sys
from datetime import date
from pathlib import Path

DATA = Path(__file__).parent / "data" / "installation-2026-11.json.xz"
#: The last migration of each app in 2026-11.
TARGETS = [
    ("workcalendar", "0002_seed"),
    ("messaging", "0001_initial"),
    ("ledger", "0002_triggers"),
    ("evaluation", "0002_deadlines_and_returns"),
    ("selection", "0002_waiver_once"),
    ("experts", "0001_initial"),
    ("accounts", "0001_initial"),
]


def rows_of_2026_11() -> dict:
    return json.loads(lzma.decompress(DATA.read_bytes()))


def empty() -> None:
    """The tables of 2026-11."""
    from django.core.management import call_command

    for app, name in TARGETS:
        call_command("migrate", app, name, verbosity=0, skip_checks=True)


def build() -> None:
    """The tables of 2026-11 with their rows."""
    from django.db import connection, transaction

    from expertpool.ledger import triggers

    empty()
    kept = rows_of_2026_11()
    (Path(os.environ["EXPERTPOOL_DATA"]) / "keyring.json").write_text(json.dumps(kept["keyring"]))
    with transaction.atomic(), connection.cursor() as cursor:
        triggers.drop(connection)
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("DELETE FROM ledger_head")
        for table, content in in_order(connection, kept["tables"]):
            types = {one.name: one.type_code for one in connection.introspection.get_table_description(cursor, table)}
            columns = ", ".join(f'"{name}"' for name in content["columns"])
            marks = ", ".join(["%s"] * len(content["columns"]))
            cursor.executemany(
                f'INSERT INTO "{table}" ({columns}) VALUES ({marks})',
                [[fit(connection, types[name], value) for name, value in zip(content["columns"], row, strict=True)] for row in content["rows"]],
            )
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        triggers.create(connection)
        if connection.vendor == "postgresql":
            for table, content in kept["tables"].items():
                key = content["columns"][0]
                if key in {"id", "history_id", "seq", "m2m_history_id"}:
                    cursor.execute(
                        f"SELECT setval(pg_get_serial_sequence('\"{table}\"', '{key}'), (SELECT MAX(\"{key}\") FROM \"{table}\")) "
                        f"WHERE pg_get_serial_sequence('\"{table}\"', '{key}') IS NOT NULL"
                    )


def in_order(connection, tables: dict) -> list:
    """The tables so that rows stand before those that point to them."""
    with connection.cursor() as cursor:
        needs = {
            table: {target for _column, target in connection.introspection.get_relations(cursor, table).values()} - {table}
            for table in tables
        }
    done: list[str] = []
    while len(done) < len(tables):
        ready = [table for table in tables if table not in done and not (needs[table] & set(tables) - set(done))]
        done += ready or [next(table for table in tables if table not in done)]
    return [(table, tables[table]) for table in done]


def fit(connection, kind, value):
    """PostgreSQL tells booleans from numbers."""
    return bool(value) if connection.vendor == "postgresql" and kind == 16 and value is not None else value


def tell() -> dict:
    """What an official would look for after the update."""
    from django.db.models import Count

    from evaluation.models import Evaluation, Score
    from expertpool.accounts.models import Organisation, User
    from expertpool.ledger import services as ledger
    from expertpool.ledger.models import LedgerEvent
    from expertpool.pools import duties
    from expertpool.pools.models import Assignment, Field, Pool, RecommendingUnit
    from expertpool.pools.serials import take_number
    from experts.models import Application, Batch, ExitCase, Expert, Mark, Membership, Publicity, Suspension
    from selection.models import Candidate, ContactLine, Draw, DrawRequest, Invitation, Participation
    from selection.services import draws

    pool = Pool.objects.get()
    day = date(2026, 11, 26)
    edition = pool.regulation_on(day)
    reachable = duties.actor(User.objects.get(username="office"), pool, day)
    expert = Expert.objects.order_by("pk").first()
    from django.db import transaction

    with transaction.atomic():
        following = {kind: take_number(pool, kind, 2026) for kind in ("member", "application", "batch", "request", "draw")}
        transaction.set_rollback(True)
    return {
        "pool": [pool.code, pool.name, pool.regulation_code, pool.number_prefix, edition.code],
        "fields": Field.objects.filter(pool=pool).count(),
        "assignments": sorted(
            [one.account.username, str(one.role), one.pool.code if one.pool else None, one.organisation.code if one.organisation else None]
            for one in Assignment.objects.exclude(role="expert").select_related("account", "pool", "organisation")
        ),
        "recommending": sorted(
            [one.pool.code, one.organisation.code, sorted(one.fields.values_list("code", flat=True))]
            for one in RecommendingUnit.objects.select_related("pool", "organisation")
        ),
        "experts_with_account": Assignment.objects.filter(role="expert", pool=None).count(),
        "counts": {
            model._meta.label: model.objects.count()
            for model in (Organisation, User, Expert, Mark, Suspension, Publicity, Evaluation, Score, Candidate, ContactLine, Invitation, Participation)
        },
        "applications": dict(Application.objects.filter(pool=pool).values_list("state").annotate(n=Count("pk")).order_by("state")),
        "requests": dict(DrawRequest.objects.filter(pool=pool).values_list("state").annotate(n=Count("pk")).order_by("state")),
        "memberships": Membership.objects.filter(pool=pool).count(),
        "exit_cases": ExitCase.objects.filter(membership__pool=pool).count(),
        "batches": sorted(Batch.objects.filter(pool=pool).values_list("number", flat=True)),
        "seen_by_the_office": [
            Application.objects.visible_to(reachable).count(),
            DrawRequest.objects.visible_to(reachable).count(),
        ],
        "steps_due": sorted(DrawRequest.objects.exclude(step="").values_list("number", "step")),
        "application_steps": sorted(Application.objects.filter(state="under_review").values_list("number", "step")),
        "phone": expert.phone,
        "history": Expert.history.count(),
        "ledger": [LedgerEvent.objects.count(), LedgerEvent.objects.filter(pool=pool.code).count(), [str(one) for one in ledger.verify()]],
        "head": str(ledger.head()),
        "bundles": {draw.number: sorted(draws.files(draw)) for draw in Draw.objects.order_by("number")},
        "following": following,
    }


def several() -> dict:
    """Without a pool the update is refused; then a second pool whose numbers alternate with the first one's, and changed roles."""
    from contextlib import redirect_stdout
    from datetime import UTC, datetime
    from io import StringIO

    from django.core.management import call_command
    from django.db import connection, transaction
    from django.db.migrations.executor import MigrationExecutor

    empty()
    old = MigrationExecutor(connection).loader.project_state(TARGETS).apps
    User, History = old.get_model("accounts", "User"), old.get_model("accounts", "HistoricalUser")
    lonely = User.objects.create(username="lonely", name="某某", role="office")
    refused = ""
    try:
        call_command("migrate", verbosity=0, skip_checks=True)
    except RuntimeError as error:
        refused = str(error)
    untouched = "experts_pool" in connection.introspection.table_names()
    lonely.delete()

    build()
    Pool, Membership = old.get_model("experts", "Pool"), old.get_model("experts", "Membership")
    first, office = Pool.objects.get(), User.objects.get(username="office")
    second = Pool.objects.create(code="SECOND", name="第二个库", regulation_code=first.regulation_code, office_id=office.organisation.parent_id or 1)
    Membership.objects.filter(number__in=["ZJK000399", "ZJK000401"]).update(pool=second)
    old.get_model("experts", "Batch").objects.filter(number="ZJK2026-P002").update(pool=second)
    drawn = old.get_model("selection", "Draw").objects.get(number="ZJK2026-000003")
    old.get_model("selection", "DrawRequest").objects.filter(pk=drawn.request_id).update(pool=second)
    both = Membership.objects.get(number="ZJK000001")
    elsewhere = Membership.objects.create(
        pool=second, expert=both.expert, number="ZJK000402", admitted_on=both.admitted_on, confirmed_on=both.confirmed_on,
        decisive_changed_at=both.decisive_changed_at, rule_code=both.rule_code, rule_edition=both.rule_edition, rule_hash=both.rule_hash,
    )  # fmt: skip
    leader = User.objects.get(username="leader")
    History.objects.filter(id=leader.pk).update(role="office", organisation=office.organisation_id, history_date=datetime(2026, 9, 1, 1, tzinfo=UTC))
    now = {"id": leader.pk, "username": "leader", "name": leader.name, "date_joined": leader.date_joined, "history_type": "~"}
    History.objects.create(**now, role="leader", organisation=leader.organisation, history_date=datetime(2026, 10, 1, 1, tzinfo=UTC))
    User.objects.create(username="roving", name="某某", role="office", organisation_id=User.objects.get(username="department").organisation_id)
    Disclosure = old.get_model("experts", "Disclosure")
    about = {"field_name": "phone", "reason": "核对联系方式"}
    for one, by in (
        (f"expert:{both.expert_id}", leader),
        (f"expert:{both.expert_id}", office),
        (f"expert:{Membership.objects.get(number='ZJK000401').expert_id}", office),
    ):
        Disclosure.objects.create(subject=one, by=by, **about)

    printed = StringIO()
    with redirect_stdout(printed):
        call_command("migrate", verbosity=0, skip_checks=True)

    from expertpool.ledger.models import LedgerEvent
    from expertpool.pools.models import Assignment
    from expertpool.pools.models import Pool as PoolNow
    from expertpool.pools.serials import PATTERNS, take_number
    from experts.models import Disclosure as DisclosureNow

    with transaction.atomic():
        following = {pool.code: {kind: take_number(pool, kind, 2026) for kind in sorted(PATTERNS)} for pool in PoolNow.objects.order_by("pk")}
        transaction.set_rollback(True)
    return {
        "refused": refused,
        "untouched": untouched,
        "printed": printed.getvalue(),
        "following": following,
        "assignments": {
            name: sorted(
                [one.role, one.pool.code, str(one.starts_on), str(one.ends_on or "")]
                for one in Assignment.objects.filter(account__username=name).select_related("pool")
            )
            for name in ("leader", "office", "roving")
        },
        "disclosed_in": [one.pool.code if one.pool else "" for one in DisclosureNow.objects.order_by("pk")],
        "events": {
            subject: sorted(set(LedgerEvent.objects.filter(subject__startswith=subject).values_list("pool", flat=True)))
            for subject in ("draw:ZJK2026-000001", "draw:ZJK2026-000003", "pool:", "batch:ZJK2026-P002")
        },
        "elsewhere": elsewhere.number,
    }


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "expertpool.settings")
    import django

    django.setup()
    if sys.argv[1] == "build":
        build()
    elif sys.argv[1] == "several":
        json.dump(several(), sys.stdout, ensure_ascii=False)
    else:
        json.dump(tell(), sys.stdout, ensure_ascii=False)
