"""Birthdays: one home, one answer on 29 February (reading A47)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expertpool.birthdays import birthday, completed_years, years_after

BIRTHS = st.dates(date(1900, 1, 1), date(2010, 12, 31))
AGES = st.integers(0, 89)
#: Leap days are one day in 1461: they are drawn as often as all others.
BORN = BIRTHS | st.integers(1904, 2008).filter(lambda year: year % 4 == 0).map(lambda year: date(year, 2, 29))


@given(BORN, AGES)
def test_a_year_is_completed_on_the_birthday_and_not_a_day_before(born, age):
    day = birthday(born, age)
    assert completed_years(born, day) == age
    assert completed_years(born, day - timedelta(days=1)) == age - 1


@given(BORN, st.integers(0, 36500))
def test_who_has_completed_so_many_years_has_had_that_birthday_and_not_the_next(born, days):
    on = born + timedelta(days=days)
    age = completed_years(born, on)
    assert birthday(born, age) <= on < birthday(born, age + 1)


@given(BORN, AGES)
def test_a_birthday_keeps_its_day_of_the_month_but_for_the_leap_day(born, age):
    day = birthday(born, age)
    assert day.year == born.year + age
    leap = (born.month, born.day) == (2, 29)
    assert (day.month, day.day) == (born.month, born.day) or (leap and (day.month, day.day) == (2, 28))


@given(BORN, AGES)
def test_birthdays_come_in_order(born, age):
    assert birthday(born, age) < birthday(born, age + 1)


@pytest.mark.parametrize(
    ("born", "years", "day"),
    [
        (date(1956, 2, 29), 70, date(2026, 2, 28)),
        (date(1956, 2, 29), 72, date(2028, 2, 29)),
        (date(1956, 2, 28), 70, date(2026, 2, 28)),
        (date(1956, 3, 1), 70, date(2026, 3, 1)),
        (date(2024, 2, 29), -4, date(2020, 2, 29)),
        (date(2024, 2, 29), -1, date(2023, 2, 28)),
    ],
)
def test_the_twenty_ninth_of_february_is_the_twenty_eighth_in_a_common_year(born, years, day):
    assert years_after(born, years) == day
