"""Loading a year of working days: the calendar is one for all pools."""

from collections.abc import Iterable

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.pools.duties import why_not_role
from expertpool.pools.models import Role
from expertpool.refusals import Refusal, refuse_if
from expertpool.workcalendar.models import WorkYear
from expertpool.workcalendar.services import store_year
from expertpool.workcalendar.tablefile import DayRow


def why_not_load_year(by: User | None) -> Refusal | None:
    """The reason why ``by`` may not load a calendar, or None."""
    if why_not_role(by, clock.today(), Role.OFFICE, Role.SYSTEM_ADMIN) is None:
        return None
    return Refusal("role", "工作日历由专家库管理部门或系统管理员载入。")


def _why_not_replace(year: int, by: User | None) -> Refusal | None:
    if by is None or why_not_role(by, clock.today(), Role.SYSTEM_ADMIN) is None:
        return None
    if not WorkYear.objects.filter(year=year, status=WorkYear.Status.OFFICIAL).exists():
        return None
    return Refusal("official", f"{year}年的工作日历已经正式载入，各专家库的期限都以它为准；确需更正的，请联系系统管理员。", field="year")


@transaction.atomic
def load_year(
    *, year: int, rows: Iterable[DayRow], source_document: str, by: User | None, status: str = WorkYear.Status.OFFICIAL
) -> WorkYear:
    """:func:`expertpool.workcalendar.services.store_year` for the office of a pool, the system administrator or the system.

    The calendar is one for all pools: once a year is official, the deadlines of them all stand on it, and the office of one of
    them does not exchange it.
    """
    refuse_if(why_not_load_year(by), _why_not_replace(year, by))
    return store_year(year=year, rows=rows, source_document=source_document, by=by, status=status)
