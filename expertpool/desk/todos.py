"""待办事项: what each room tells in its module ``waiting``, gathered and sorted by deadline."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.pools.duties import Actor, actor
from expertpool.pools.models import Pool
from expertpool.rooms import rooms
from expertpool.web.waiting_item import WaitingItem

Teller = Callable[[Actor], list[WaitingItem]]


def waiting_for(who: Actor) -> list[WaitingItem]:
    """What waits for ``who``, the nearest deadline first, undated last.

    In a pool: what waits for his duties there. In none: what waits for him as an expert or an employer, whatever the pool.
    """
    tellers: list[Teller] = [room.waiting for room in rooms("waiting")]
    items = [item for teller in tellers for item in teller(who)]
    return _by_deadline(items)


def waiting_everywhere(account: User, on: date, pools: Iterable[Pool]) -> list[WaitingItem]:
    """What waits for an account in these pools and outside them on a Beijing day, each with its pool's name."""
    items = waiting_for(actor(account, None, on))
    for pool in pools:
        items += [replace(item, pool=pool.name) for item in waiting_for(actor(account, pool, on))]
    return _by_deadline(items)


def _by_deadline(items: list[WaitingItem]) -> list[WaitingItem]:
    return sorted(items, key=lambda item: (item.due is None, item.due or clock.now(), item.title))
