"""Reading an uploaded table of days (xlsx or csv): cells in, rows or complaints out. Knows no database."""

import csv
import io
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from expertpool.refusals import Refusal, Refused, refuse_all
from expertpool.workbooks import UnsafeWorkbook, check_workbook

HEADERS = ("日期", "是否工作日", "说明")
YES = frozenset({"是", "工作日", "上班", "1", "true", "yes", "y"})
NO = frozenset({"否", "休息日", "放假", "休息", "0", "false", "no", "n"})
MAX_BYTES = 1024 * 1024
MAX_ROWS = 1000
NOTE_LENGTH = 60


@dataclass(frozen=True)
class DayRow:
    """One row of the file; ``line`` as the user counts them, the header being 1."""

    line: int
    date: date
    is_workday: bool
    note: str = ""


def template_csv() -> bytes:
    """The empty table to fill in, with a byte order mark so that a Chinese Excel opens it rightly."""
    return ("\ufeff" + ",".join(HEADERS) + "\r\n").encode()


def read_rows(name: str, data: bytes) -> list[DayRow]:
    """The rows of the file ``name``; raises Refused with one reason for every bad row."""
    if len(data) > MAX_BYTES:
        raise Refused(Refusal("file-too-big", "文件超过1MB，请只保留日历表后重新上传。", field="file"))
    cells = _xlsx_cells(data) if name.lower().endswith(".xlsx") else _csv_cells(name, data)
    lines = [(number, [_text(cell) for cell in row], row) for number, row in enumerate(cells, start=1)]
    lines = [line for line in lines if any(line[1])]
    if not lines or tuple(lines[0][1][: len(HEADERS)]) != HEADERS:
        raise Refused(Refusal("bad-header", "第一行应为表头：日期、是否工作日、说明。请下载模板填写。", field="file"))
    if len(lines) > MAX_ROWS:
        raise Refused(Refusal("too-many-rows", f"行数超过{MAX_ROWS}，请只上传一个年度。", field="file"))
    rows, wrong = [], []
    for number, texts, row in lines[1:]:
        day, works = _day(row[0]), _works(texts[1] if len(texts) > 1 else "")
        if day is None:
            wrong.append(Refusal("bad-date", f"第{number}行：日期“{texts[0][:20]}”无法识别，请写成2027-01-01。", field="file"))
        if works is None:
            wrong.append(Refusal("bad-flag", f"第{number}行：“是否工作日”请填“是”或“否”。", field="file"))
        if day is not None and works is not None:
            note = texts[2] if len(texts) > 2 else ""
            rows.append(DayRow(number, day, works, note[:NOTE_LENGTH]))
    refuse_all(wrong)
    return rows


def _xlsx_cells(data: bytes) -> list[list[Any]]:
    from python_calamine import CalamineError, CalamineWorkbook

    unreadable = Refused(Refusal("bad-file", "文件无法读取，请用Excel另存为xlsx后重新上传。", field="file"))
    try:
        check_workbook(data)
        return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    except (UnsafeWorkbook, CalamineError, ValueError, IndexError, OSError):
        raise unreadable from None


def _csv_cells(name: str, data: bytes) -> list[list[Any]]:
    if not name.lower().endswith(".csv"):
        raise Refused(Refusal("bad-file", "请上传xlsx或csv文件。", field="file"))
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return list(csv.reader(io.StringIO(data.decode(encoding), newline="")))
        except (UnicodeDecodeError, csv.Error):
            continue
    raise Refused(Refusal("bad-file", "文件编码无法识别，请另存为UTF-8编码的csv或xlsx。", field="file"))


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip() if cell is not None else ""


def _day(cell: Any) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    match = re.fullmatch(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", _text(cell))
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def _works(text: str) -> bool | None:
    lowered = text.lower()
    return True if lowered in YES else False if lowered in NO else None
