"""Chinese working-day arithmetic, pure: a table goes in, days come out.

Working days follow the yearly notice of the State Council, with its days off on weekdays and its make-up working
days on weekends. A year whose notice is not in the table is never guessed: whatever touches one of its days is
refused with :class:`CalendarMissing`. All days are Beijing calendar dates.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from expertpool.refusals import Refusal, Refused

OFFICIAL = "official"
PROVISIONAL = "provisional"
WORKDAYS = "workdays"
CALENDAR = "calendar"

_ONE_DAY = timedelta(days=1)


class CalendarMissing(Refused):
    """The working days of ``year`` are not loaded, so nothing that touches that year can be computed."""

    def __init__(self, year: int) -> None:
        self.year = year
        message = f"{year}年的工作日安排尚未载入，请管理员在“工作日历”中上传国务院办公厅通知后再办理"
        super().__init__(Refusal(code="calendar-missing", message=message))


@dataclass(frozen=True)
class Deadline:
    """The last day of a period; the period ends at 24:00 Beijing of ``day``.

    ``provisional`` says that a day of a year was counted whose table does not rest on the official notice yet: the
    deadline must be computed again when the notice is loaded.
    """

    day: date
    provisional: bool = False


@dataclass(frozen=True)
class WorkdayTable:
    """Which days are working days.

    ``years``: every loaded year with its status, ``"official"`` or ``"provisional"``.
    ``days``: day → works; needed only for the days that differ from Monday to Friday, a full table does as well.
    """

    years: Mapping[int, str]
    days: Mapping[date, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for year, status in self.years.items():
            if status not in (OFFICIAL, PROVISIONAL):
                raise ValueError(f"year {year}: unknown status {status!r}")

    def is_workday(self, day: date) -> bool:
        """Whether ``day`` is a working day; raises :class:`CalendarMissing` for a year that is not loaded."""
        if day.year not in self.years:
            raise CalendarMissing(day.year)
        return self.days.get(day, day.weekday() < 5)

    def add_workdays(self, start: date, count: int) -> date:
        """The last of ``count`` working days, where day 1 is the first working day after ``start``.

        ``start`` itself never counts, working day or not; zero working days end on ``start``.
        """
        if count < 0:
            raise ValueError("a period has no negative length")
        day = start
        while count:
            day += _ONE_DAY
            count -= self.is_workday(day)
        return day

    def workdays_between(self, after: date, until: date) -> int:
        """How many working days lie after ``after`` up to and including ``until``; 0 if there are none."""
        days = range(1, (until - after).days + 1)
        return sum(self.is_workday(after + timedelta(days=number)) for number in days)

    def workdays_left(self, today: date, deadline: date) -> int:
        """Working days left after ``today`` until the end of ``deadline``.

        0 on the deadline itself; below zero, by working days, once it has passed.
        """
        if today <= deadline:
            return self.workdays_between(today, deadline)
        return -self.workdays_between(deadline, today)

    def period_end(self, start: date, days: int, counting: str) -> Deadline:
        """The deadline of a period of ``days`` that is counted from the day after ``start``.

        ``counting`` is ``"workdays"`` or ``"calendar"``. Calendar days need no table and are never provisional.
        """
        if counting == CALENDAR:
            if days < 0:
                raise ValueError("a period has no negative length")
            return Deadline(start + timedelta(days=days))
        if counting != WORKDAYS:
            raise ValueError(f"unknown counting {counting!r}")
        last = self.add_workdays(start, days)
        touched = range((start + _ONE_DAY).year, last.year + 1)
        return Deadline(last, any(self.years[year] == PROVISIONAL for year in touched))
