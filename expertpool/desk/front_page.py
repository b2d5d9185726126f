"""What the public front page shows. Each room tells what it shows to the public in a module ``front``.

``front.notices(on)`` gives pairs: the primary key of a pool, and a :class:`Notice`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from expertpool.pools.editions import edition_on, edition_to_show
from expertpool.pools.models import Pool
from expertpool.refusals import Refused
from expertpool.regulations import Regulation
from expertpool.rooms import rooms


class Notice(Protocol):
    """Something public of a pool: its title, its address, and until when it stands (a Beijing day or a moment; None: without end)."""

    title: str
    url: str
    until: date | datetime | None


@dataclass(frozen=True)
class PoolCard:
    """A pool on the front page, with the edition that is shown for it; ``in_force`` False: none is in force on the day."""

    pool: Pool
    edition: Regulation | None
    in_force: bool
    notices: tuple[Notice, ...]


@dataclass(frozen=True)
class FrontPage:
    """Template context of the front page: the pools, what is public now, and the regulations that they follow."""

    cards: tuple[PoolCard, ...]
    notices: tuple[tuple[Pool, Notice], ...]
    editions: tuple[Regulation, ...]

    @classmethod
    def on(cls, day: date) -> "FrontPage":
        """The page as it is on a Beijing day; one query for the pools and what each room asks, however many pools there are."""
        pools = {pool.pk: pool for pool in Pool.objects.select_related("office").order_by("code")}
        notices = [given for room in rooms("front") for given in room.notices(day) if given[0] in pools]
        notices.sort(key=lambda given: (given[1].until is None, str(given[1].until or ""), given[1].title))
        of_pool: dict[int, list[Notice]] = {}
        for pool_id, notice in notices:
            of_pool.setdefault(pool_id, []).append(notice)
        cards = tuple(cls._card(pool, day, tuple(of_pool.get(pool.pk, ()))) for pool in pools.values())
        editions = {card.edition.code: card.edition for card in cards if card.edition is not None and card.in_force}
        return cls(cards, tuple((pools[pool_id], notice) for pool_id, notice in notices), tuple(editions.values()))

    @staticmethod
    def _card(pool: Pool, day: date, notices: tuple[Notice, ...]) -> PoolCard:
        try:
            return PoolCard(pool, edition_on(pool, day), True, notices)
        except Refused:
            return PoolCard(pool, edition_to_show(pool, day), False, notices)
