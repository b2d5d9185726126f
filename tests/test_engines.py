"""A run on PostgreSQL that leaves its tests out is no run on PostgreSQL."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.wide


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """pytest once more, on SQLite whatever this run is on."""
    settled = {name: value for name, value in os.environ.items() if name != "DATABASE_URL" and not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=ROOT, env=settled | environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["tests/selection/test_concurrency.py"], 0, " skipped"),
        (["tests/selection/test_concurrency.py", "--servers"], 1, "needs PostgreSQL, and this run is on sqlite"),
        (["tests/test_engines.py", "--servers", "-k", "nothing_at_all or about_nothing"], 1, "No test that needs PostgreSQL was run."),
    ],
)
def test_what_needs_postgresql_is_skipped_only_where_nobody_asked_for_it(arguments, code, words):
    done = run(*arguments)
    assert (done.returncode, words in done.stdout) == (code, True), done.stdout


def test_about_nothing():
    """Something to collect for a run that has no test on PostgreSQL."""
