"""Ground for every test: the project on the path, attachments in a folder that goes away, the usual people."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import hypothesis  # noqa: E402
import pytest  # noqa: E402

# TransactionTestCase may empty the database although the ledger's triggers refuse to be emptied.
pytest_plugins = ["tests.ledger_flush", "tests.clauses", "tests.acting", "tests.engines"]

# A machine that is busy makes an example slow, not wrong.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


@pytest.fixture(autouse=True)
def attachments_folder(settings, tmp_path):
    """No test writes into the installation's own folder."""
    settings.MEDIA_ROOT = tmp_path / "attachments"
    return settings.MEDIA_ROOT


@pytest.fixture
def pool(db):
    from tests.factories import PoolFactory

    return PoolFactory()


@pytest.fixture
def office_user(db):
    from tests.factories import UserFactory

    return UserFactory(role="office")


@pytest.fixture
def leader_user(db):
    from tests.factories import UserFactory

    return UserFactory(role="leader")


@pytest.fixture
def inspector_user(db):
    from tests.factories import UserFactory

    return UserFactory(role="inspector")


@pytest.fixture
def department_user(db):
    from tests.factories import UserFactory

    return UserFactory(role="department")


@pytest.fixture
def unit_user(db):
    """An account of a recommending unit whose scope is every field."""
    from tests.factories import RecommendingUnitFactory, UserFactory

    return UserFactory(role="recommending_unit", organisation=RecommendingUnitFactory())


@pytest.fixture
def employer_user(db):
    from tests.factories import UserFactory

    return UserFactory(role="employer")


@pytest.fixture
def regulation_like(tmp_path, monkeypatch):
    """Install one more regulation: a built-in one with words exchanged; what the five papers do not say can be tested so.

    ``regulation_like("watching", "xinxian-2021", (old, new), …)`` gives the edition.
    """
    from expertpool.regulations import catalogue
    from tests.pools.own_edition import own_edition

    yield lambda code, like, *changes: own_edition(tmp_path / "regulations", monkeypatch, code, *changes, like=like)
    catalogue.clear_cache()
