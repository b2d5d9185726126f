"""What this room shows to the public on the front page: the lists that are in publicity now."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from expertpool.addresses import address
from expertpool.pools.editions import edition_of
from experts.models import Publicity
from experts.services.publicity import has_ended


@dataclass(frozen=True)
class PublicNotice:
    """A list in publicity: what it is called, its public page, and its last day."""

    title: str
    url: str
    until: date


def notices(on: date) -> Iterator[tuple[int, PublicNotice]]:
    """The publicities that are open on a Beijing day, with their pool, the earliest to end first."""
    rows = Publicity.objects.filter(state=Publicity.State.OPEN, last_day__gte=on).select_related("batch__pool")
    for row in rows.order_by("last_day", "pk"):
        if not has_ended(row):
            title = f"{edition_of(row, row.batch.pool).labels.publicity_notice}（{row.batch.number}）"
            yield row.batch.pool_id, PublicNotice(title, address("publicity_public", row.batch.number), row.last_day)
