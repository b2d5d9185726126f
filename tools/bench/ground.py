"""The ground floor: working days, and the ledger."""

import hashlib
from datetime import date, timedelta

from .measure import compare


def bench_workdays() -> None:
    """Ten thousand periods of seven working days over the official table, and the same number of plain additions."""
    from expertpool.workcalendar.services import table

    calendar = table()
    starts = [date(2025, 1, 1) + timedelta(days=number % 600) for number in range(10_000)]
    week = timedelta(days=7)
    compare(
        f"{len(starts)} periods of 7 working days",
        lambda: [start + week for start in starts],
        lambda: [calendar.add_workdays(start, 7) for start in starts],
    )


def bench_ledger() -> None:
    """Appending 300 events, each in a transaction of its own, then verifying 5,000."""
    from django.db import connection, transaction

    from expertpool.ledger.models import LedgerEvent
    from expertpool.ledger.services import record, verify

    numbers = iter(range(10**9))

    def append() -> None:
        for number in range(300):
            with transaction.atomic():
                record("bench.done", subject=f"bench:{next(numbers)}", by=None, body={"number": number, "hash": "a" * 64})

    append()
    body = LedgerEvent.objects.order_by("-seq").values_list("body", flat=True)[0]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_floor (seq bigint PRIMARY KEY, kind text, subject text, body text, leaf text, prev text, chain text)"
        )

    def insert() -> None:
        for _ in range(300):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO bench_floor VALUES (%s, %s, %s, %s, %s, %s, %s)",
                    [next(numbers), "bench.done", "bench:1", body, "a" * 64, "b" * 64, "c" * 64],
                )

    compare("300 events appended, a transaction each", insert, append, 3)

    with transaction.atomic():
        for number in range(5_000 - LedgerEvent.objects.count()):
            record("bench.done", subject=f"bench:{number % 500}/more", by=None, body={"number": number})

    def fetch_and_hash() -> None:
        for text in LedgerEvent.objects.order_by("seq").values_list("body", flat=True).iterator(chunk_size=1000):
            hashlib.sha256(text.encode()).hexdigest()

    found = list(verify())
    if found:
        print("verify_ledger:", *found, sep="\n  ")
    compare(f"{LedgerEvent.objects.count()} events verified", fetch_and_hash, lambda: list(verify()), 3)
