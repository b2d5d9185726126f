"""What waits for somebody in this room: one module a subject, one teller a kind of thing."""

from expertpool.pools.duties import Actor
from expertpool.web.waiting_item import WaitingItem

from . import intake, standing

TELLERS = (*standing.TELLERS, *intake.TELLERS)


def waiting(actor: Actor) -> list[WaitingItem]:
    """Everything of this room that waits for ``actor``."""
    return [item for teller in TELLERS for item in teller(actor)]
