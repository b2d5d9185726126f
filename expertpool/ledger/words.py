"""What the ledger's events are called: each room names its own in a module ``ledger_words``."""

from functools import cache
from typing import Any

from expertpool.accounts.models import Role, User
from expertpool.core.waiting import rooms


@cache
def words() -> dict[str, Any]:
    """Every kind of event with its name."""
    return {kind: text for room in rooms("ledger_words") for kind, text in room.WORDS.items()}


def actor_words(actor: User | None) -> str:
    """Who acted, as the pages of the ledger tell it.

    An expert is not named: beside a draw's position his name would tell who was drawn, to whom it is sealed (design §9).
    The event's body holds the number of his account.
    """
    if actor is None:
        return "系统"
    return "专家本人" if actor.role == Role.EXPERT else f"{actor.name}（{actor.username}）"
