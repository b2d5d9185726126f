"""Lets ``TransactionTestCase`` (``@pytest.mark.django_db(transaction=True)``) empty the database after a test.

The ledger's triggers refuse to be emptied, rightly. They are taken away for the flush alone and put back at once;
what migrations had put into the tables is put back as well.
"""

from importlib import import_module

import pytest
from django.db import connection
from django.test import TransactionTestCase


@pytest.fixture(scope="session", autouse=True)
def _flush_with_triggers():
    from django.apps import apps

    from expertpool.ledger import triggers

    flush = TransactionTestCase._fixture_teardown

    def teardown(self):
        triggers.drop(connection)
        try:
            flush(self)
        finally:
            triggers.create(connection)
        import_module("expertpool.workcalendar.migrations.0002_seed").forwards(apps, None)

    TransactionTestCase._fixture_teardown = teardown
    yield
    TransactionTestCase._fixture_teardown = flush
