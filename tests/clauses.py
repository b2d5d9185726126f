"""`make clauses`: which clauses of the regulations have a test that proves them.

A test names the clause by its key in tests/data/clauses.tsv: ``@pytest.mark.clause("xinjiang-2025", "13(2)b")``. A
key that is not in the table is an error, so a typing mistake cannot count as proof.
"""

import csv
from collections import defaultdict
from pathlib import Path

import pytest

TABLE = Path(__file__).parent / "data" / "clauses.tsv"


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
