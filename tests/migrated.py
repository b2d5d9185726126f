"""A migrated database is kept and copied: migrating an empty one takes as long as hundreds of tests, and each process of a run wants one.

It is kept in pytest's own cache under a digest of everything that made it, so a migration that is new or altered is carried
out. Django's ``migrate`` goes over the copy as over any installation's database. ``--create-db`` migrates anew. SQLite only.
"""

import ast
import hashlib
import inspect
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection


def sources() -> set[Path]:
    """What makes a migrated, empty database: all migrations, what they import of the project, and the versions of the rest."""
    from django.db.migrations.loader import MigrationLoader

    names = {one.__module__ for one in MigrationLoader(None).disk_migrations.values()}
    for name in set(names):
        for node in ast.walk(ast.parse(inspect.getsource(sys.modules[name]))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                above = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
                names |= {above.rstrip("."), *(f"{above}{one.name}" for one in node.names)}
    files = {Path(path) for name in names if (path := getattr(sys.modules.get(name), "__file__", None))}
    return {one for one in files if one.is_relative_to(settings.BASE_DIR)} | {settings.BASE_DIR / "requirements.txt"}


def digest() -> str:
    """The name of what the sources make."""
    found = hashlib.sha256()
    for path in sorted(sources()):
        found.update(f"{path.relative_to(settings.BASE_DIR)}\n".encode() + path.read_bytes())
    return found.hexdigest()


@pytest.fixture(scope="session")
def migrated_database(pytestconfig: pytest.Config) -> Path | None:
    """Where a database as the migrations leave it is kept, once one has been made; None where none is kept."""
    cache = getattr(pytestconfig, "cache", None)
    otherwise = any(pytestconfig.getvalue(one) for one in ("nomigrations", "create_db", "reuse_db"))
    if connection.vendor != "sqlite" or cache is None or otherwise:
        return None
    return Path(cache.mkdir("migrated")) / f"{digest()}.sqlite3"


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool, migrated_database: Path | None) -> bool:
    """Django takes the database that it finds, and leaves it to us to take it away."""
    return django_db_keepdb or migrated_database is not None


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, migrated_database: Path | None) -> None:
    """Just before the databases are set up: the kept one in the place of an empty one."""
    if migrated_database is not None:
        _away(_place())
        if migrated_database.exists():
            shutil.copyfile(migrated_database, _place())


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: Any, django_db_blocker: Any, migrated_database: Path | None) -> Iterator[None]:
    """The database of this process; as it is before the first test, it is kept for the next run."""
    # Where no test asked for a database, the connection is still the installation's own.
    is_ours = migrated_database is not None and connection.settings_dict["NAME"] == str(_place())
    if migrated_database is not None and is_ours and not migrated_database.exists():
        made = migrated_database.with_name(f"{os.getpid()}.new")
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(made)])
        for old in migrated_database.parent.glob("*.sqlite3"):
            old.unlink(missing_ok=True)
        made.replace(migrated_database)
    yield
    if migrated_database is not None:
        with django_db_blocker.unblock():
            connection.close()
        _away(_place())


def _place() -> Path:
    return Path(settings.DATABASES["default"]["TEST"]["NAME"])


def _away(database: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{database}{suffix}").unlink(missing_ok=True)
