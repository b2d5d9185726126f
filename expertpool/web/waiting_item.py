"""One thing that waits for somebody. Each room tells its own in a module ``waiting``; the desk gathers and sorts them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class WaitingItem:
    """What waits, until when (UTC moment, or None), and the page where it is done.

    ``edition`` is the hash of the edition that ``article`` is of, so that the chip quotes what the thing is decided
    under; ``pool`` the name of the pool, shown where several pools' things stand on one page.
    """

    title: str
    url: str
    action: str
    due: datetime | None = None
    detail: str = ""
    article: str = ""
    regulation: str = ""
    edition: str = ""
    pool: str = ""

    def overdue_at(self, moment: datetime) -> bool:
        """Whether the deadline has passed at ``moment``."""
        return self.due is not None and self.due <= moment
