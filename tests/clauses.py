"""`make clauses`: which clauses of the regulations have a test that proves them.

A test names the clause by its key in tests/data/clauses.tsv: ``@pytest.mark.clause("xinjiang-2025", "13(2)b")``. A
key that is not in the table is an error, so a typing mistake cannot count as proof. Neither can a helper: a marked test
that enters no service, no page, no to-do and no sweep fails.
"""

import csv
import re
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

TABLE = Path(__file__).parent / "data" / "clauses.tsv"
#: Where a rule acts.
ACTS = re.compile(r"/(experts|selection|evaluation)/(services|views|admin|sweeps|waiting)\b|/expertpool/(pools/services|desk)/")
_acted = pytest.StashKey[bool]()


def in_scope() -> dict[str, list[str]]:
    """The clause keys by regulation that the software acts on (all but OUT-OF-SCOPE), in the table's order."""
    clauses: dict[str, list[str]] = defaultdict(list)
    with TABLE.open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["kind"] != "OUT-OF-SCOPE":
                clauses[row["regulation"]].append(row["article"])
    return clauses


def known() -> set[tuple[str, str]]:
    """Every clause of the table, in scope or not."""
    with TABLE.open(encoding="utf-8") as file:
        return {(row["regulation"], row["article"]) for row in csv.DictReader(file, delimiter="\t")}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--clauses", action="store_true", help="print which clauses are tested, and run nothing")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    marks = {mark.args for item in items for mark in item.iter_markers("clause")}
    unknown = sorted(marks - known())
    if unknown:
        raise pytest.UsageError(f"clauses that tests/data/clauses.tsv does not hold: {unknown}")
    if not config.getoption("--clauses"):
        return
    print(f"\n{'regulation':<16}{'in scope':>10}{'tested':>10}{'missing':>10}")
    for regulation, articles in in_scope().items():
        missing = [article for article in articles if (regulation, article) not in marks]
        print(f"{regulation:<16}{len(articles):>10}{len(articles) - len(missing):>10}{len(missing):>10}")
        if missing:
            print(f"  missing: {', '.join(missing)}")
    items.clear()


@cache
def _is_where_rules_act(filename: str) -> bool:
    return ACTS.search(filename) is not None


def _watched(item: pytest.Item):
    """Run a phase of a marked test and note whether it enters a place where rules act; the look ends with the first."""

    def entered(frame, event, argument):
        if event == "call" and _is_where_rules_act(frame.f_code.co_filename):
            item.stash[_acted] = True
            sys.setprofile(None)

    if item.stash.get(_acted, not any(item.iter_markers("clause"))):
        return (yield)
    sys.setprofile(entered)
    try:
        return (yield)
    finally:
        sys.setprofile(None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item):
    return (yield from _watched(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):
    result = yield from _watched(item)
    if any(item.iter_markers("clause")) and not item.stash.get(_acted, False):
        pytest.fail("A clause is proved where its rule acts: this marked test enters no service, no page, no to-do and no sweep.")
    return result
