"""Pages under ASGI leave no database connection behind."""

import asyncio
import time

import pytest
from django.core.asgi import get_asgi_application
from django.db import connection

from tests.apart import run_apart

VISITORS = 20


async def visit(application, path):
    """One request as a server makes it; the status of its answer."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"testserver")],
        "client": ("127.0.0.1", 1),
        "server": ("testserver", 80),
        "scheme": "http",
    }
    asked, answered, ended = False, [], asyncio.Event()

    async def receive():
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await ended.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        answered.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            ended.set()

    await application(scope, receive, send)
    return answered[0]["status"]


def connections():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        return cursor.fetchone()[0]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_twenty_visitors_at_once_leave_no_connection_behind():
    application = get_asgi_application()

    async def all_at_once():
        return await asyncio.gather(*(visit(application, "/") for _ in range(VISITORS)))

    before = connections()
    assert run_apart(all_at_once()) == [200] * VISITORS
    # A backend takes a moment to end after its client has gone.
    for _ in range(100):
        if connections() == before:
            return
        time.sleep(0.1)
    raise AssertionError(f"{connections()} connections are left, {before} were there")
