"""Birthdays that decide something. Pure."""

from datetime import date


def birthday(birth_date: date, years: int) -> date:
    """The day on which somebody born on ``birth_date`` completes ``years`` years.

    Who was born on 29 February completes them on 1 March of a year that has no such day.
    """
    return same_day(birth_date, birth_date.year + years)


def years_after(day: date, years: int) -> date:
    """The same day of the month, ``years`` years later; 29 February becomes 1 March where there is none."""
    return same_day(day, day.year + years)


def same_day(day: date, year: int) -> date:
    """``day``'s month and day in another year."""
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 3, 1)
