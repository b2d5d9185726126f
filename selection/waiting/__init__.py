"""What waits for somebody in this room: one module a subject, one teller a kind of thing, each with a constant number of queries."""

from collections.abc import Callable

from expertpool.pools.duties import Actor
from expertpool.web.waiting_item import WaitingItem

from . import draws, requests

TELLERS: tuple[Callable[[Actor], list[WaitingItem]], ...] = (*requests.TELLERS, *draws.TELLERS)


def waiting(actor: Actor) -> list[WaitingItem]:
    """Everything of this room that waits for ``actor``."""
    return [item for teller in TELLERS for item in teller(actor)]
