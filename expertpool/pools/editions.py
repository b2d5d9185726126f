"""Which edition of a pool's regulation speaks: the one in force on a day, the one to show, the one a thing was decided under."""

from datetime import date

from expertpool import clock
from expertpool.refusals import Refusal, Refused
from expertpool.regulations import NoEditionInForce, Regulation, catalogue

from .models import DecidedUnder, Pool


def edition_on(pool: Pool, day: date) -> Regulation:
    """The edition in force on a Beijing day; Refused, in words for an official, where there is none."""
    try:
        return pool.regulation_on(day)
    except NoEditionInForce as missing:
        raise Refused(Refusal("no-edition", str(missing), regulation=pool.regulation_code)) from missing


def edition_to_show(pool: Pool, day: date) -> Regulation | None:
    """The edition in force on a Beijing day, or after a lapse the latest one: for pages that only show what is recorded.

    Never raises; None only where no edition of the regulation is installed at all.
    """
    try:
        return pool.regulation_on(day)
    except NoEditionInForce:
        return next(reversed(catalogue.editions(pool.regulation_code)), None)


def edition_or_latest(pool: Pool, day: date) -> Regulation:
    """:func:`edition_to_show` for work that began under the rules and must be finished; Refused where none is installed at all."""
    return edition_to_show(pool, day) or edition_on(pool, day)


def edition_of(thing: DecidedUnder, pool: Pool) -> Regulation:
    """The edition that ``thing`` was decided under, known by its file's hash.

    If that file is no longer installed: the one in force on the first day of its edition, else the one of today or
    the latest of ``pool``. Refused where none is installed at all.
    """
    try:
        return catalogue.get(thing.rule_code, thing.rule_hash)
    except LookupError:
        pass
    try:
        return catalogue.in_force(thing.rule_code, thing.rule_edition or clock.today())
    except NoEditionInForce:
        return edition_or_latest(pool, clock.today())
