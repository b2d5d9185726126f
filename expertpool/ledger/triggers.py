"""The SQL that makes the table of events append-only, for the migration and for the tests that must empty it."""

from typing import Any

REFUSAL = "ledger_event is append-only"

SQLITE_CREATE = [
    f"CREATE TRIGGER ledger_event_no_update BEFORE UPDATE ON ledger_event BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
    f"CREATE TRIGGER ledger_event_no_delete BEFORE DELETE ON ledger_event BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
    # INSERT OR REPLACE removes the rows it collides with without firing DELETE triggers.
    f"""CREATE TRIGGER ledger_event_no_replace BEFORE INSERT ON ledger_event
    WHEN EXISTS (SELECT 1 FROM ledger_event WHERE seq = NEW.seq OR chain = NEW.chain OR prev = NEW.prev OR idem = NEW.idem
                 OR (subject = NEW.subject AND subject_seq = NEW.subject_seq))
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END""",  # noqa: S608 - no value from outside
]
SQLITE_DROP = [f"DROP TRIGGER IF EXISTS ledger_event_no_{act}" for act in ("update", "delete", "replace")]

POSTGRESQL_CREATE = [
    f"""CREATE OR REPLACE FUNCTION ledger_event_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $refuse$ BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $refuse$""",
    "CREATE TRIGGER ledger_event_no_change BEFORE UPDATE OR DELETE ON ledger_event FOR EACH ROW EXECUTE FUNCTION ledger_event_refuse()",
    "CREATE TRIGGER ledger_event_no_truncate BEFORE TRUNCATE ON ledger_event FOR EACH STATEMENT EXECUTE FUNCTION ledger_event_refuse()",
    # ALWAYS: session_replication_role = replica would silence an ordinary trigger.
    "ALTER TABLE ledger_event ENABLE ALWAYS TRIGGER ledger_event_no_change",
    "ALTER TABLE ledger_event ENABLE ALWAYS TRIGGER ledger_event_no_truncate",
]
POSTGRESQL_DROP = [
    "DROP TRIGGER IF EXISTS ledger_event_no_change ON ledger_event",
    "DROP TRIGGER IF EXISTS ledger_event_no_truncate ON ledger_event",
    "DROP FUNCTION IF EXISTS ledger_event_refuse()",
]

STATEMENTS = {"sqlite": (SQLITE_CREATE, SQLITE_DROP), "postgresql": (POSTGRESQL_CREATE, POSTGRESQL_DROP)}


def create(connection: Any) -> None:
    """Install the triggers; raises KeyError on a database that is neither SQLite nor PostgreSQL."""
    _run(connection, STATEMENTS[connection.vendor][0])


def drop(connection: Any) -> None:
    """Remove the triggers (a migration backwards, or the flush of a test database)."""
    _run(connection, STATEMENTS[connection.vendor][1])


def _run(connection: Any, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
