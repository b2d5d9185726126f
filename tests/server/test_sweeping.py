from datetime import date

import pytest
from django.core.management import CommandError, call_command

from expertpool import clock
from expertpool.messaging import services
from expertpool.server import sweeping

pytestmark = pytest.mark.django_db

BROKEN_ROOM = """
DAYS = []

def sweep_one(*, on):
    DAYS.append(on)
    return 2

def sweep_broken(*, on):
    raise ZeroDivisionError

def sweep_three(*, on):
    DAYS.append(on)
    return 3

SWEEPS = [sweep_one, sweep_broken, sweep_three]
"""


@pytest.fixture
def days(monkeypatch, tmp_path, settings):
    """Installs a room with three sweeps, the second of which is broken; the days that it was swept for."""
    settings.MESSAGE_GATEWAYS, settings.DATA_DIR = ["console"], tmp_path
    folder = tmp_path / "brokenroom"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "sweeps.py").write_text(BROKEN_ROOM)
    monkeypatch.syspath_prepend(tmp_path)
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "brokenroom"]
    from brokenroom import sweeps

    sweeps.DAYS.clear()
    return sweeps.DAYS


def test_one_failing_sweep_does_not_stop_the_others(days, capsys):
    with pytest.raises(CommandError, match="1项到期处理失败"):
        call_command("sweep", on=date(2026, 3, 1))
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "brokenroom.sweeps.sweep_one: 2",
        "brokenroom.sweeps.sweep_broken: 失败 ZeroDivisionError",
        "brokenroom.sweeps.sweep_three: 3",
    ]
    assert days == [date(2026, 3, 1)] * 2


def test_the_job_fails_when_a_sweep_failed_and_uses_today(days):
    with clock.frozen(date(2026, 3, 2)), pytest.raises(RuntimeError, match=r"brokenroom\.sweeps\.sweep_broken"):
        sweeping.sweep_everything()
    assert days == [date(2026, 3, 2)] * 2


def test_the_rooms_own_sweeps_are_found_and_may_run_twice(settings, tmp_path):
    settings.MESSAGE_GATEWAYS, settings.DATA_DIR = ["console"], tmp_path
    services.queue_message(kind="t", to=None, address="a@example.org", title="t", body="b", about="a:1", idem="1")
    counts = [{swept.name: swept.count for swept in sweeping.run_sweeps()}["expertpool.messaging.sweeps.sweep_messages"] for _ in range(2)]
    assert counts == [1, 0]
