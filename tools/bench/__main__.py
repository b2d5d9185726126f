"""Print the table: ``python -m tools.bench``."""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .ground import bench_ledger, bench_workdays
from .large import bench_freeze, bench_numbers
from .measure import heading
from .people import DAY, People
from .protocol import bench_draw
from .rooms import bench_rooms


@contextmanager
def a_database(folder: Path) -> Iterator[str]:
    """A migrated database of its own, removed afterwards; gives what it is."""
    from django.db import connection

    sqlite = connection.vendor == "sqlite"
    backend: Any = connection
    connection.settings_dict["TEST"]["NAME"] = str(folder / "bench.sqlite3") if sqlite else "expertpool_bench"
    before = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield f"SQLite {backend.Database.sqlite_version}" if sqlite else f"PostgreSQL {backend.pg_version // 10000}"
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "static").mkdir()
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "expertpool.settings")
        os.environ["EXPERTPOOL_MODE"] = "test"
        os.environ["EXPERTPOOL_DATA"] = name
        os.environ.pop("EXPERTPOOL_REGULATIONS", None)

        import django

        django.setup()
        from expertpool import clock

        started = time.perf_counter()
        with a_database(folder) as database:
            print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}, Python {sys.version.split()[0]}, {database}\n")
            heading()
            bench_draw(folder)
            bench_workdays()
            bench_ledger()
            with clock.frozen(DAY):
                people = People()
                bench_rooms(people)
                bench_numbers(people)
                bench_freeze(people)
        print(f"\n{time.perf_counter() - started:.0f} s in all, load {os.getloadavg()[0]:.0f}")


if __name__ == "__main__":
    main()
