"""Tests over large counts: `make long` runs all of them, `make test` a tenth with the same seeds."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run tests over large counts in full, not a tenth of them")


@pytest.fixture
def many(request: pytest.FixtureRequest):
    """How many of ``count`` cases are run now."""
    full = request.config.getoption("--long")
    return lambda count: count if full else count // 10
