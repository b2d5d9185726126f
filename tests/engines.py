"""Tests that need PostgreSQL: left out on SQLite, and never left out in silence where PostgreSQL was asked for.

SQLite writes one after another, so what several processes do at once shows on PostgreSQL alone. Six such tests were
green for weeks because every run skipped them. A run asks for PostgreSQL by ``DATABASE_URL``; with ``--servers`` it
also fails where no such test was run at all.
"""

import os
from collections import Counter
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--servers", action="store_true", help="fail unless the tests marked postgres have run, every one of them")


def asked_for(config: pytest.Config) -> bool:
    """Whether this run was to be one on PostgreSQL."""
    return bool(config.getoption("--servers")) or os.environ.get("DATABASE_URL", "").startswith("postgres")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    from django.db import connection

    if item.get_closest_marker("postgres") is None or connection.vendor == "postgresql":
        return
    if asked_for(item.config):
        pytest.fail(f"needs PostgreSQL, and this run is on {connection.vendor}", pytrace=False)
    pytest.skip("needs PostgreSQL (DATABASE_URL)")


class Tally:
    """What became of the tests marked postgres; with xdist it counts what the workers report."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.count: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if "postgres" in report.keywords and (report.when == "call" or report.outcome != "passed"):
            self.count[report.outcome] += 1

    @property
    def complaint(self) -> str:
        """What is wrong with the run, or nothing."""
        if self.count["skipped"]:
            return f"{self.count['skipped']} tests that need PostgreSQL were skipped in a run on PostgreSQL."
        if self.config.getoption("--servers") and not self.count:
            return "No test that needs PostgreSQL was run."
        return ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.complaint and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.complaint:
            terminalreporter.write_line(f"FAILED: {self.complaint}", red=True)


def pytest_configure(config: pytest.Config) -> None:
    if asked_for(config) and not hasattr(config, "workerinput") and not config.getoption("collectonly"):
        config.pluginmanager.register(Tally(config))
