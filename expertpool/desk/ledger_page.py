"""What the ledger's events are called (each room names its own in a module ``ledger_words``), and who acted."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from expertpool.accounts.models import User
from expertpool.pools.models import Assignment, Role
from expertpool.rooms import rooms


@cache
def words() -> dict[str, Any]:
    """Every kind of event with its name."""
    return {kind: text for room in rooms("ledger_words") for kind, text in room.WORDS.items()}


def experts_among(accounts: Iterable[int | None]) -> frozenset[int]:
    """Which of these accounts (primary keys) are or were an expert's: one query for a whole page."""
    known = {number for number in accounts if number is not None}
    return frozenset(Assignment.objects.filter(role=Role.EXPERT, account__in=known).values_list("account", flat=True))


def actor_words(account: User | None, *, by_expert: bool) -> str:
    """Who acted, as the pages of the ledger tell it; ``by_expert``: whether the account is or was an expert's.

    An expert is not named: beside a draw's position his name would tell who was drawn, to whom it is sealed (design §9).
    The event's body holds the number of his account.
    """
    if account is None:
        return "系统"
    return "专家本人" if by_expert else f"{account.name}（{account.username}）"
