"""What waits for somebody: each room tells it in its module ``waiting``; the first page shows it by deadline."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps

from expertpool import clock
from expertpool.accounts.models import User


@dataclass(frozen=True)
class WaitingItem:
    """One thing that waits for an account: what, until when (UTC moment, or None), and the page where it is done."""

    title: str
    url: str
    action: str
    due: datetime | None = None
    detail: str = ""
    article: str = ""
    regulation: str = ""

    def overdue_at(self, moment: datetime) -> bool:
        """Whether the deadline has passed at ``moment``."""
        return self.due is not None and self.due <= moment


def rooms(module: str) -> list[Any]:
    """The modules of this name of all installed rooms, in the order of INSTALLED_APPS."""
    names = [f"{config.name}.{module}" for config in apps.get_app_configs()]
    return [import_module(name) for name in names if name != __name__ and find_spec(name) is not None]


def waiting_for(user: User, on: date | None = None) -> list[WaitingItem]:
    """Everything that waits for ``user`` on the Beijing day ``on``, the nearest deadline first, undated last."""
    on = on or clock.today()
    tellers: list[Callable[[User, date], list[WaitingItem]]] = [room.waiting for room in rooms("waiting")]
    items = [item for teller in tellers for item in teller(user, on)]
    return sorted(items, key=lambda item: (item.due is None, item.due or clock.now(), item.title))
