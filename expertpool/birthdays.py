"""Birthdays and days that come round after years. Pure.

One home for 29 February: in a common year it is 28 February (reading A47, 民法典 第二百零二条).
"""

from datetime import date


def birthday(birth_date: date, years: int) -> date:
    """The day on which somebody born on ``birth_date`` completes ``years`` years."""
    return years_after(birth_date, years)


def completed_years(birth_date: date, on: date) -> int:
    """Completed years of age on the Beijing day ``on``."""
    years = on.year - birth_date.year
    return years if birthday(birth_date, years) <= on else years - 1


def years_after(day: date, years: int) -> date:
    """The same day of the month, ``years`` years later (negative: earlier); 29 February becomes 28 February where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
