"""What a Beijing day that somebody states must be."""

from datetime import date

from expertpool import clock
from expertpool.birthdays import years_after
from expertpool.identity import EARLIEST
from expertpool.refusals import Refusal

#: No period that somebody states here ends later than so many years from today: a slip of the pen, and no calendar holds the year 10000.
FARTHEST_YEARS = 50


def why_not_day(on: date, field: str = "on") -> Refusal | None:
    """The reason why ``on`` (a Beijing day) cannot be the day of something that has happened: still to come, or before 1900."""
    if on > clock.today():
        return Refusal("future-day", "日期不能晚于今天，请核对。", field=field)
    return _why_not_early(on, field)


def why_not_day_of_a_period(on: date, field: str) -> Refusal | None:
    """The reason why ``on`` (a Beijing day) cannot begin or end a period, or None: before 1900, or more than 50 years ahead."""
    if on > years_after(clock.today(), FARTHEST_YEARS):
        return Refusal("far-day", f"日期不能晚于{FARTHEST_YEARS}年之后，请核对。", field=field)
    return _why_not_early(on, field)


def _why_not_early(on: date, field: str) -> Refusal | None:
    if on >= EARLIEST:
        return None
    return Refusal("early-day", f"日期不能早于{EARLIEST.year}年，请核对。", field=field)
