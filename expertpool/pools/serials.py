"""Serial numbers: constant time, one row's lock, no lock shared between pools, no end at a million.

Take a number last, when everything has been judged: the row stays locked until the act commits, and no longer. An act that
fails gives its number back.
"""

from django.db import transaction
from django.db.models import F

from .models import Pool, Serial

#: How the number of a kind is written. The prefix is the pool's own, so that no two pools ever give one number.
PATTERNS = {
    "member": "{prefix}{serial:06d}",
    "application": "{prefix}-SQ{year}-{serial:06d}",
    "request": "{prefix}-SY{year}-{serial:04d}",
    "batch": "{prefix}{year}-P{serial:03d}",
    "draw": "{prefix}{year}-{serial:06d}",
}
#: Numbers of members go on over the years.
WITHOUT_YEAR = frozenset({"member"})


def take_numbers(pool: Pool, kind: str, year: int, count: int = 1) -> list[str]:
    """The next ``count`` numbers of a kind in a pool and year, ascending. KeyError for an unknown kind."""
    pattern = PATTERNS[kind]
    counted_in = 0 if kind in WITHOUT_YEAR else year
    with transaction.atomic(savepoint=False):
        row, _created = Serial.objects.get_or_create(pool=pool, kind=kind, year=counted_in)
        Serial.objects.filter(pk=row.pk).update(last=F("last") + count)
        row.refresh_from_db(fields=["last"])
    first = row.last - count + 1
    return [pattern.format(prefix=pool.number_prefix, year=year, serial=first + step) for step in range(count)]


def take_number(pool: Pool, kind: str, year: int) -> str:
    """The next number of a kind in a pool and year."""
    return take_numbers(pool, kind, year)[0]
