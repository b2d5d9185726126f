"""What a Beijing day that somebody states must be."""

from datetime import date

from expertpool import clock
from expertpool.refusals import Refusal


def why_not_day(on: date, field: str = "on") -> Refusal | None:
    """The reason why ``on`` (a Beijing day) cannot be the day of something that has happened: it is still to come."""
    if on <= clock.today():
        return None
    return Refusal("future-day", "日期不能晚于今天，请核对。", field=field)
