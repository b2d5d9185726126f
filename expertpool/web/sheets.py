"""Workbooks written so that no cell can act: every text is a text cell, headers included.

A string that begins with ``=`` would otherwise become a formula, and a long number would lose its last digits.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from expertpool import clock

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEXT_FORMAT = "@"
LONGEST_CELL = 32767
LONGEST_SHEET_NAME = 31
THIN = Side(style="thin", color="FF000000")
FRAME = Border(left=THIN, right=THIN, top=THIN, bottom=THIN)
HEAD_FILL = PatternFill("solid", fgColor="FFE8F0FA")


@dataclass(frozen=True)
class Box:
    """One box of an official form: its text, how many columns and rows it covers, whether it is a label."""

    text: Any
    columns: int = 1
    rows: int = 1
    label: bool = False


def words(value: Any) -> str:
    """A value as the text of a cell: Beijing time for moments, ISO dates, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(clock.BEIJING):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return ILLEGAL_CHARACTERS_RE.sub("", str(value))[:LONGEST_CELL]


def put(sheet: Worksheet, row: int, column: int, value: Any) -> Cell:
    """Write one cell: integers stay numbers, everything else becomes text."""
    cell: Any = sheet.cell(row=row, column=column)
    if isinstance(value, int) and not isinstance(value, bool):
        cell.value = value
        return cell
    cell.value = words(value)
    # openpyxl guesses "formula" from a leading "="; the type is set after the value, so that the guess does not stand.
    cell.data_type = "s"
    cell.number_format = TEXT_FORMAT
    return cell


def form_sheet(
    title: str, heading: str, grid: Sequence[Sequence[Box]], *, widths: Sequence[int], heights: dict[int, int], foot: Sequence[str]
) -> bytes:
    """An official form as a workbook for A4.

    ``heading`` stands above the frame, ``foot`` below it, a line each. ``grid``: rows of boxes from left to right; a
    box that covers several rows leaves its place free in the next ones. ``heights``: points by row index of the grid.
    """
    book = Workbook()
    sheet: Any = book.active
    sheet.title = sheet_name(title)
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    _wide(
        sheet,
        1,
        len(widths),
        heading,
        font=Font(name="SimSun", size=16, bold=True),
        alignment=Alignment(horizontal="center", vertical="center", wrap_text=True),
    )
    sheet.row_dimensions[1].height = 48
    taken: set[tuple[int, int]] = set()
    for index, boxes in enumerate(grid):
        row, column = index + 2, 1
        sheet.row_dimensions[row].height = heights.get(index, 26)
        for box in boxes:
            while (row, column) in taken:
                column += 1
            _box(sheet, row, column, box)
            taken |= {(row + down, column + right) for down in range(box.rows) for right in range(box.columns)}
            column += box.columns
    for offset, line in enumerate(foot):
        _wide(
            sheet,
            len(grid) + 2 + offset,
            len(widths),
            line,
            font=Font(name="FangSong", size=10.5),
            alignment=Alignment(wrap_text=True, vertical="top"),
        )
        sheet.row_dimensions[len(grid) + 2 + offset].height = 34 if len(line) > 45 else 20
    sheet.page_setup.paperSize, sheet.page_setup.fitToHeight = 9, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_options.horizontalCentered = True
    return to_bytes(book)


def _wide(sheet: Any, row: int, columns: int, text: str, *, font: Font, alignment: Alignment) -> None:
    cell: Any = put(sheet, row, 1, text)
    cell.font, cell.alignment = font, alignment
    sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=columns)


def _box(sheet: Any, row: int, column: int, box: Box) -> None:
    last_row, last_column = row + box.rows - 1, column + box.columns - 1
    for one_row in range(row, last_row + 1):
        for one_column in range(column, last_column + 1):
            sheet.cell(row=one_row, column=one_column).border = FRAME
    cell: Any = put(sheet, row, column, box.text)
    cell.font = Font(name="FangSong", size=12)
    cell.alignment = Alignment(horizontal="center" if box.label else "left", vertical="center", wrap_text=True)
    if box.rows > 1 or box.columns > 1:
        sheet.merge_cells(start_row=row, start_column=column, end_row=last_row, end_column=last_column)


def sheet_name(title: str) -> str:
    """A title without what Excel forbids in the name of a sheet."""
    return "".join(char for char in title if char not in "[]:*?/\\'")[:LONGEST_SHEET_NAME] or "Sheet"


def to_bytes(book: Workbook) -> bytes:
    """The workbook as the bytes of an .xlsx file."""
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
