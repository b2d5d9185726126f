"""A world that all tests of a module look at: built once, left as it was by each test, undone at the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction


@contextmanager
def kept(django_db_blocker: Any) -> Iterator[None]:
    """For a fixture of the module: rows made inside stand until it ends. Mark the tests with one ``xdist_group``.

    ``with kept(django_db_blocker): yield build()``; ask for ``django_db_setup`` as well.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)
