"""Ground for every test: the project on the path, attachments in a folder that goes away, the usual people."""

import sys
from contextlib import nullcontext
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import hypothesis  # noqa: E402
import pytest  # noqa: E402

# TransactionTestCase may empty the database although the ledger's triggers refuse to be emptied.
pytest_plugins = ["tests.ledger_flush", "tests.clauses", "tests.acting", "tests.engines", "tests.long", "tests.migrated"]

# A machine that is busy makes an example slow, not wrong.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


@pytest.fixture(autouse=True)
def attachments_folder(settings, tmp_path):
    """No test writes into the installation's own folder."""
    settings.MEDIA_ROOT = tmp_path / "attachments"
    return settings.MEDIA_ROOT


@pytest.fixture(autouse=True)
def the_day(request):
    """With ``@pytest.mark.day(date)`` the clock stands at nine in the morning of that day, Beijing time."""
    from expertpool import clock

    mark = request.node.get_closest_marker("day")
    with clock.frozen(mark.args[0]) if mark else nullcontext():
        yield


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
def regulations_folder(tmp_path, monkeypatch):
    """A deployment's own folder of regulations, empty at first; whoever has put a file into it calls ``catalogue.clear_cache()``."""
    from expertpool.regulations import catalogue

    folder = tmp_path / "regulations"
    folder.mkdir()
    monkeypatch.setenv(catalogue.EXTRA_VARIABLE, str(folder))
    catalogue.clear_cache()
    yield folder
    catalogue.clear_cache()


@pytest.fixture
def regulation_like(regulations_folder, monkeypatch):
    """Install one more regulation: a built-in one with words exchanged; what the five papers do not say can be tested so.

    ``regulation_like("watching", "xinxian-2021", (old, new), …)`` gives the edition.
    """
    from tests.pools.own_edition import own_edition

    return lambda code, like, *changes: own_edition(regulations_folder, monkeypatch, code, *changes, like=like)
