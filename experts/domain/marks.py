"""The days of a mark: when one holds, and the first day on which none does. Pure."""

from collections.abc import Iterable
from datetime import date, timedelta

#: First and last day, both included; None: without end.
Days = tuple[date, date | None]


def holds(days: Days, day: date) -> bool:
    """Whether ``day`` lies inside ``days``."""
    first, last = days
    return first <= day and (last is None or day <= last)


def first_day_without(periods: Iterable[Days], day: date) -> date | None:
    """The first day from ``day`` on which none of ``periods`` covers; None where one never ends."""
    free = day
    for first, last in sorted(periods, key=lambda days: days[0]):
        if not holds((first, last), free):
            continue
        if last is None:
            return None
        free = last + timedelta(days=1)
    return free
