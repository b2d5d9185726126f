"""The usual places of this room, and the other pools that stand beside the usual one."""

import pytest

from expertpool import clock
from tests.experts.intake import DAY
from tests.factories import PoolFactory, UserFactory


@pytest.fixture
def a_folder(regulations_folder):
    """A deployment's own folder of regulations, on the day on which the made-up town is read."""
    with clock.frozen(DAY):
        yield regulations_folder


@pytest.fixture
def second(db):
    """A pool under the same edition as the usual one."""
    return PoolFactory(code="QT", number_prefix="QT", name="第二专家库")


@pytest.fixture
def jiaozuo(db):
    """A pool in whose edition the leader decides exits and marks are known."""
    return PoolFactory(code="JZ", number_prefix="JZ", regulation_code="jiaozuo-2024", name="焦作市科技专家库")


@pytest.fixture
def office(client):
    """Who keeps the usual pool, signed in, on the day."""
    user = UserFactory(role="office")
    client.force_login(user)
    with clock.frozen(DAY):
        yield user
