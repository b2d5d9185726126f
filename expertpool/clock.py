"""The one place that knows what time it is.

Deadlines are Beijing time, the database holds UTC. Domain code is handed ``on=``; only services, views and
sweeps ask here. Tests and the demonstration case stop the clock with :func:`frozen`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")

_frozen: datetime | None = None


def now() -> datetime:
    """This moment, aware, in UTC, to the second (the precision that the draw's files carry)."""
    return (_frozen or datetime.now(UTC)).replace(microsecond=0)


def day_of(moment: datetime) -> date:
    """The Beijing calendar day of an aware moment."""
    return moment.astimezone(BEIJING).date()


def today() -> date:
    """The Beijing calendar day of this moment."""
    return day_of(now())


def start_of(day: date) -> datetime:
    """00:00 Beijing time of ``day``, in UTC; of the calendar's first day, which began before UTC's, UTC's own."""
    if day == date.min:
        return datetime.min.replace(tzinfo=UTC)
    return datetime.combine(day, time.min, BEIJING).astimezone(UTC)


def end_of(day: date) -> datetime:
    """24:00 Beijing time of ``day``, in UTC: the first moment at which a deadline on that day has passed."""
    return start_of(day + timedelta(days=1))


@contextmanager
def frozen(at: datetime | date) -> Iterator[None]:
    """Stop the clock of this process; a plain date means 09:00 Beijing time of that day."""
    global _frozen
    moment = at if isinstance(at, datetime) else datetime.combine(at, time(9), BEIJING)
    if moment.tzinfo is None:
        raise ValueError("the frozen moment needs a time zone")
    before, _frozen = _frozen, moment.astimezone(UTC)
    try:
        yield
    finally:
        _frozen = before
