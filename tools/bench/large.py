"""What must not grow with the pool: a number after a million, and a colleague's request while a large pool is judged."""

import multiprocessing
from typing import Any

from .measure import compare, line, seconds, shown
from .people import People, generate_members, generate_requests, multiply
from .rooms import bench_page, judged_rows

MILLION = 1_000_000
MEMBERS = 100_000


def _file(pool: Any, people: People) -> None:
    """A department opens a draft of 附表2: what a colleague does who needs the next number."""
    from selection.services.requests import file_request

    file_request(pool=pool, by=people["department"], title="技术改造项目验收")


def bench_numbers(people: People) -> None:
    """Numbers, and requests filed, in a pool that has given ten and in one that has given a million, each of them with its row."""
    from django.db import transaction

    from expertpool.pools.models import Serial
    from expertpool.pools.serials import take_number

    few, many = people.pool("FEW"), people.pool("MANY")
    for pool, count in ((few, 10), (many, MILLION)):
        multiply(generate_requests(pool, people, 1)[0], count - 1) if pool is many else generate_requests(pool, people, count)
        Serial.objects.create(pool=pool, kind="request", year=2026, last=count)

    def take(pool: Any) -> None:
        for _ in range(50):
            with transaction.atomic():
                take_number(pool, "request", 2026)

    compare(f"50 numbers after {MILLION:,} (floor: after 10)", lambda: take(few), lambda: take(many))
    compare(f"a request filed after {MILLION:,} (floor: after 10)", lambda: _file(few, people), lambda: _file(many, people), 20)
    bench_page(many, people["office"], f"page of 30 requests out of {MILLION:,}")


def bench_freeze(people: People) -> None:
    """A freeze of a large pool, what a colleague waits meanwhile, and the list of its members."""
    from django.db import connection, transaction

    from selection.services import draws

    pool = people.pool("LARGE")
    generate_members(pool, people, MEMBERS, first=200_000)
    (request,) = generate_requests(pool, people, 1)
    draws.join(request=request, by=people["inspector"])

    def freeze() -> None:
        with transaction.atomic():
            draws.freeze(request=request, by=people["office"])
            transaction.set_rollback(True)

    compare(f"pool of {MEMBERS:,} frozen", lambda: judged_rows(pool), freeze, 2)
    if connection.vendor == "sqlite":
        print("a colleague's request meanwhile: not on SQLite, which writes one after another")
    else:
        bench_colleague(pool, people, freeze)


def bench_colleague(pool: Any, people: People, freeze: Any) -> None:
    """Requests filed in the same pool one after another while another process freezes it; the floor is one filed without a freeze."""
    from django.db import connections

    alone = min(seconds(lambda: _file(pool, people)) for _ in range(20))
    connections.close_all()
    other = multiprocessing.get_context("fork").Process(target=freeze)
    other.start()
    waited: list[float] = []

    def file_meanwhile() -> None:
        while other.is_alive():
            waited.append(seconds(lambda: _file(pool, people)))

    lasted = shown(seconds(file_meanwhile))
    other.join()
    waited.sort()
    line(f"a request filed during a freeze of {lasted}, median of {len(waited)}", alone, waited[len(waited) // 2])
    line(f"a request filed during a freeze of {lasted}, the longest", alone, waited[-1])
