"""What several processes do at the same moment: acts in threads, each with a connection of its own. For tests on PostgreSQL.

SQLite writes one after another. No stopwatch decides here: an act is held at a place until the others have come to theirs, or
stand before a lock, which PostgreSQL tells.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import Model
from django.db.models.signals import ModelSignal

from expertpool.refusals import Refused

#: Seconds after which an act that never comes is a failure; nothing is measured by it.
WITHIN = 20.0


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run all acts in threads of their own; what each returned, or the codes of its refusal."""

    def run(act: Callable[[], Any]) -> Any:
        try:
            return act()
        except Refused as refused:
            return tuple(one.code for one in refused.refusals)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def waiting() -> int:
    """How many connections to this database stand before a lock that another one holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
        return int(cursor.fetchone()[0])


def until(found: Callable[[], bool]) -> None:
    """Wait for something that other threads bring about."""
    last = time.monotonic() + WITHIN
    while not found():
        assert time.monotonic() < last, "what was waited for did not happen"
        time.sleep(0.01)


@contextmanager
def crossing(acts: int, signal: ModelSignal, model: type[Model], row: int = 1) -> Iterator[threading.Event]:
    """Hold each of ``acts`` threads where it saves its ``row``-th new ``model``, until all are there or stand before a lock.

    Gives what is set when the first one is there, for an act that begins only then.
    """
    here: list[int] = []
    first, mine = threading.Event(), threading.local()

    def hold(created: bool = True, **kwargs: Any) -> None:
        mine.rows = getattr(mine, "rows", 0) + created
        if created and mine.rows == row:
            here.append(threading.get_ident())
            first.set()
            until(lambda: len(here) + waiting() >= acts)

    signal.connect(hold, sender=model)
    try:
        yield first
    finally:
        signal.disconnect(hold, sender=model)
