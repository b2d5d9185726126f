"""Working days: the table that deadlines are computed with, and loading a year into it."""

from collections.abc import Iterable
from datetime import date, timedelta
from hashlib import sha256

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.ledger.services import record, sealed
from expertpool.refusals import Refusal, refuse_all
from expertpool.workdays import WorkdayTable

from .models import WorkDay, WorkYear
from .tablefile import DayRow

MOST_ROWS_SHOWN = 50

_cached: tuple[tuple[tuple[int, str, str], ...], WorkdayTable] | None = None


def table() -> WorkdayTable:
    """The table of all loaded years.

    One cheap query asks whether this process's copy is still right; the days are read again only when it is not.
    """
    global _cached
    stamp = tuple(WorkYear.objects.order_by("year").values_list("year", "status", "content_hash"))
    if _cached is None or _cached[0] != stamp:
        days = dict(WorkDay.objects.values_list("date", "is_workday"))
        _cached = stamp, WorkdayTable(years={year: status for year, status, _ in stamp}, days=days)
    return _cached[1]


def days_of(year: int) -> list[date]:
    """Every day of a calendar year."""
    first = date(year, 1, 1)
    return [first + timedelta(days=number) for number in range((date(year + 1, 1, 1) - first).days)]


def hash_of(days: dict[date, bool]) -> str:
    """SHA-256 (hex) of a year's days, a line a day."""
    return sha256("".join(f"{day:%Y-%m-%d} {int(works)}\n" for day, works in sorted(days.items())).encode()).hexdigest()


def wrong_rows(year: int, rows: list[DayRow]) -> list[Refusal]:
    """Every reason why ``rows`` are no table of ``year``: neither the whole year nor its deviations from Monday to Friday."""
    found: list[Refusal] = []

    def complain(row: DayRow, text: str) -> None:
        found.append(Refusal("bad-row", f"第{row.line}行（{row.date:%Y-%m-%d}）：{text}", field="file"))

    seen: dict[date, int] = {}
    for row in rows:
        if row.date.year != year:
            complain(row, f"不是{year}年的日期。")
        if row.date in seen:
            complain(row, f"与第{seen[row.date]}行日期重复。")
        seen.setdefault(row.date, row.line)
    if found:
        return found
    if set(seen) != set(days_of(year)):
        for row in rows:
            if row.is_workday == (row.date.weekday() < 5):
                plain = "工作日" if row.is_workday else "休息日"
                complain(row, f"这一天按周一至周五本来就是{plain}。请上传全年每一天，或者只上传调休和放假的日子。")
    if not any(row.is_workday != (row.date.weekday() < 5) for row in rows) and not found:
        found.append(Refusal("no-deviation", "表中没有任何放假或调休安排，请核对国务院办公厅通知后重新上传。", field="file"))
    return found


@transaction.atomic
def store_year(
    *, year: int, rows: Iterable[DayRow], source_document: str, by: User | None, status: str = WorkYear.Status.OFFICIAL
) -> WorkYear:
    """Load (or load again) the working days of ``year``; who may is judged by expertpool.pools.services.calendar.

    ``rows`` are all days of the year, or only those that differ from Monday to Friday; ``source_document`` the
    notice they come from (国务院办公厅通知 and its number). Raises Refused with a reason for every bad row. The same
    content a second time changes nothing.
    """
    given = list(rows)
    source_document = source_document.strip()
    refusals = wrong_rows(year, given)
    if not source_document:
        refusals.append(Refusal("no-source", "请填写依据文件的名称和文号。", field="source_document"))
    if len(refusals) > MOST_ROWS_SHOWN:
        refusals = [*refusals[:MOST_ROWS_SHOWN], Refusal("more", f"另有{len(refusals) - MOST_ROWS_SHOWN}处问题未列出。", field="file")]
    refuse_all(refusals)

    days = {day: day.weekday() < 5 for day in days_of(year)} | {row.date: row.is_workday for row in given}
    notes = {row.date: row.note for row in given}
    content = hash_of(days)
    loaded = WorkYear.objects.select_for_update().filter(year=year).first()
    if loaded and (loaded.status, loaded.content_hash, loaded.source_document) == (status, content, source_document):
        return loaded
    loaded = loaded or WorkYear(year=year)
    loaded.status, loaded.content_hash, loaded.source_document = status, content, source_document
    loaded.loaded_at, loaded.loaded_by = clock.now(), by
    loaded.save()
    loaded.days.all().delete()
    WorkDay.objects.bulk_create(
        WorkDay(work_year=loaded, date=day, is_workday=works, note=notes.get(day, "")) for day, works in sorted(days.items())
    )
    record(
        "calendar.loaded",
        subject=f"workyear:{year}",
        by=by,
        body={
            "status": str(status),
            "workdays": sum(days.values()),
            "days": content,
            "source": sealed(f"calendar.source:{year}", source_document),
        },
    )
    return loaded
