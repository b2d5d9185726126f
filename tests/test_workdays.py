from datetime import date, timedelta

import chinese_calendar
import pytest
from chinese_calendar.constants import holidays, workdays
from hypothesis import given
from hypothesis import strategies as st

from expertpool.refusals import Refused
from expertpool.workdays import CalendarMissing, Deadline, WorkdayTable

YEARS = (2024, 2025, 2026)


def build(statuses):
    exceptions = {day: False for day in holidays if day.year in statuses}
    exceptions |= {day: True for day in workdays if day.year in statuses}
    return WorkdayTable(years=statuses, days=exceptions)


TABLE = build(dict.fromkeys(YEARS, "official"))
STARTS = st.dates(date(2023, 12, 31), date(2026, 5, 31))
COUNTS = st.integers(0, 60)


@pytest.mark.parametrize(("year", "days"), [(2024, 366), (2025, 365), (2026, 365)])
def test_every_day_of_the_official_years_is_what_the_notice_says(year, days):
    whole = [date(year, 1, 1) + timedelta(days=number) for number in range(days)]
    assert whole[-1] == date(year, 12, 31)
    assert [TABLE.is_workday(day) for day in whole] == [chinese_calendar.is_workday(day) for day in whole]


def test_spring_festival_2026_by_the_notice():
    february = [day for day in range(1, 29) if TABLE.is_workday(date(2026, 2, day))]
    assert february == [2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14, 24, 25, 26, 27, 28]


def test_seven_working_days_over_spring_festival_end_on_a_make_up_saturday():
    assert TABLE.period_end(date(2026, 2, 12), 7, "workdays") == Deadline(date(2026, 2, 28))
    assert TABLE.period_end(date(2026, 2, 12), 7, "calendar") == Deadline(date(2026, 2, 19))


def test_the_day_of_publication_never_counts_even_on_a_weekend():
    assert TABLE.add_workdays(date(2026, 11, 21), 1) == date(2026, 11, 23)
    assert TABLE.add_workdays(date(2026, 11, 23), 1) == date(2026, 11, 24)
    assert TABLE.add_workdays(date(2026, 11, 21), 0) == date(2026, 11, 21)


def test_days_left_count_down_to_zero_and_below():
    deadline = date(2026, 2, 28)
    today = [date(2026, 2, 12), date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 3)]
    assert [TABLE.workdays_left(day, deadline) for day in today] == [7, 1, 0, 0, -2]


@given(STARTS, COUNTS)
def test_a_period_ends_on_a_working_day_after_exactly_so_many(start, count):
    end = TABLE.add_workdays(start, count)
    assert TABLE.workdays_between(start, end) == count
    assert end == start if count == 0 else chinese_calendar.is_workday(end)


@given(STARTS, COUNTS, COUNTS)
def test_periods_can_be_taken_in_two_steps(start, first, second):
    assert TABLE.add_workdays(TABLE.add_workdays(start, first), second) == TABLE.add_workdays(start, first + second)


@given(STARTS, STARTS, COUNTS)
def test_who_starts_later_never_ends_earlier(one, two, count):
    early, late = sorted((one, two))
    assert TABLE.add_workdays(early, count) <= TABLE.add_workdays(late, count)


@given(STARTS, STARTS)
def test_days_left_and_days_overdue_mirror_each_other(one, two):
    assert TABLE.workdays_left(one, two) == -TABLE.workdays_left(two, one)


@pytest.mark.parametrize(
    "touch",
    [
        lambda table: table.is_workday(date(2027, 1, 1)),
        lambda table: table.add_workdays(date(2026, 12, 31), 1),
        lambda table: table.period_end(date(2026, 12, 28), 7, "workdays"),
        lambda table: table.workdays_between(date(2026, 12, 30), date(2027, 1, 1)),
        lambda table: table.workdays_left(date(2027, 1, 1), date(2026, 12, 30)),
    ],
)
def test_a_year_that_is_not_loaded_is_refused_not_guessed(touch):
    with pytest.raises(CalendarMissing) as missing:
        touch(TABLE)
    assert missing.value.year == 2027
    assert str(missing.value) == ("2027年的工作日安排尚未载入，请管理员在“工作日历”中上传国务院办公厅通知后再办理")
    assert isinstance(missing.value, Refused)


def test_a_period_that_ends_before_the_missing_year_is_not_touched_by_it():
    assert TABLE.period_end(date(2026, 12, 22), 7, "workdays") == Deadline(date(2026, 12, 31))


def test_a_period_that_touches_a_provisional_year_says_so():
    table = build({2025: "official", 2026: "provisional"})
    assert table.period_end(date(2025, 12, 22), 7, "workdays") == Deadline(date(2025, 12, 31), False)
    assert table.period_end(date(2025, 12, 31), 7, "workdays") == Deadline(date(2026, 1, 12), True)
    assert table.period_end(date(2025, 12, 30), 2, "workdays").provisional is True
    assert table.period_end(date(2025, 12, 31), 7, "calendar") == Deadline(date(2026, 1, 7), False)


def test_nonsense_is_an_error():
    with pytest.raises(ValueError, match="unknown counting"):
        TABLE.period_end(date(2026, 1, 1), 1, "weeks")
    with pytest.raises(ValueError, match="negative"):
        TABLE.add_workdays(date(2026, 1, 1), -1)
    with pytest.raises(ValueError, match="negative"):
        TABLE.period_end(date(2026, 1, 1), -1, "calendar")
    with pytest.raises(ValueError, match="unknown status"):
        WorkdayTable(years={2026: "guessed"})
