"""批量导入: drafts from a list of applicants; all rows or none."""

import io
import re
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from python_calamine import CalamineError, CalamineWorkbook

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.ledger.services import record
from expertpool.pools.duties import actor
from expertpool.pools.editions import edition_on
from expertpool.pools.models import Pool
from expertpool.refusals import Refusal, Refused, refuse_if
from expertpool.regulations import Regulation
from expertpool.web.sheets import HEAD_FILL, TEXT_FORMAT, put, to_bytes
from expertpool.workbooks import UnsafeWorkbook, check_workbook
from experts.models import Application, TitleLevel

from .applications.filers import channels_for_others, why_not_file_several
from .applications.filing import RowsRefused, file_applications
from .import_rows import COLUMNS, EMPLOYER, ImportRefused, RowProblem, RowReader, fields_within_scope, text_of

MAX_FILE_BYTES = 5 * 1024 * 1024
MAX_ROWS = 500
TEMPLATE_ROWS = 500
SHEET = "入库申请"

__all__ = [
    "COLUMNS",
    "MAX_ROWS",
    "SHEET",
    "ImportRefused",
    "RowProblem",
    "fields_within_scope",
    "import_applications",
    "template",
]


def template(*, pool: Pool, by: User) -> bytes:
    """The workbook that :func:`import_applications` reads: ID, phone and postcode columns are text."""
    regulation, who = edition_on(pool, clock.today()), actor(by, pool, clock.today())
    refuse_if(why_not_file_several(who, regulation))
    book = Workbook()
    sheet: Any = book.active
    sheet.title = SHEET
    for number, column in enumerate(COLUMNS, start=1):
        cell: Any = put(sheet, 1, number, column.heading + ("*" if column.required else ""))
        cell.font, cell.fill = Font(bold=True), HEAD_FILL
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = column.width
        for row in range(2, TEMPLATE_ROWS + 2):
            sheet.cell(row=row, column=number).number_format = TEXT_FORMAT
        choices = _choices(column.name, regulation)
        if choices:
            rule = DataValidation(type="list", formula1=f'"{",".join(choices)}"', allow_blank=True, showErrorMessage=True)
            sheet.add_data_validation(rule)
            rule.add(f"{letter}2:{letter}{TEMPLATE_ROWS + 1}")
    sheet.freeze_panes = "B2"
    notes: Any = book.create_sheet("填写说明")
    notes.column_dimensions["A"].width, notes.column_dimensions["B"].width = 26, 80
    lines = [(column.heading, ("必填。" if column.required else "") + column.help) for column in COLUMNS]
    lines += [
        ("可选的申报方向", "、".join(field.name for field in fields_within_scope(pool, who, regulation))),
        ("可选的专家类型", "、".join(one.name for one in regulation.expert_types)),
        ("导入之后", "每一行成为一份草稿，须逐份上传证明材料、取得本人同意后再提交。任何一行有误，全部不导入。"),
    ]
    for row, (heading, text) in enumerate(lines, start=1):
        put(notes, row, 1, heading)
        put(notes, row, 2, text).alignment = Alignment(wrap_text=True, vertical="top")
    return to_bytes(book)


@transaction.atomic
def import_applications(*, pool: Pool, file: UploadedFile, by: User, on: date | None = None, **common: Any) -> list[Application]:
    """Drafts from an .xlsx list: every row becomes one, or no row does.

    ``common``: what all have in common, as :func:`file_application` takes it (``channel``, ``recommending_unit``, ``filed_for``).
    Raises :class:`ImportRefused` with every bad cell (row, column, reason), Refused when the file itself cannot be read. The
    same list a second time is refused, because each person then has an open application.
    """
    on = on or clock.today()
    regulation = edition_on(pool, on)
    who = actor(by, pool, clock.today())
    refuse_if(why_not_file_several(who, regulation))
    common.setdefault("channel", channels_for_others(regulation, who)[0].code)
    rows = _rows_of(file)
    headings = _headings(rows[0])
    filled = [
        (number, dict(zip(headings, cells, strict=False)))
        for number, cells in enumerate(rows[1:], start=2)
        if any(str(cell).strip() for cell in cells)
    ]
    reader = RowReader(pool, regulation, who, {text_of(cells.get(EMPLOYER.heading, "")) for _, cells in filled})
    parsed = [(number, reader.read(number, cells)) for number, cells in filled]
    if not parsed:
        raise Refused(Refusal("empty", "表中没有申请人。请从第2行起填写，每人一行，然后重新上传。", field="file"))
    if reader.problems:
        raise ImportRefused(reader.problems)
    try:
        made = file_applications(pool=pool, by=by, drafts=[{**common, **data} for _, data in parsed], on=on)
    except RowsRefused as refused:
        headings_by_name = {column.name: column.heading for column in COLUMNS}
        raise ImportRefused(
            [
                RowProblem(parsed[place][0], headings_by_name.get(one.field, ""), str(one.message))
                for place, refusals in refused.rows.items()
                for one in refusals
            ]
        ) from None
    body = {"count": len(made), "numbers": [one.number for one in made]}
    record("applications.imported", subject=f"pool:{pool.pk}", by=by, pool=pool.code, body=body)
    return made


def _rows_of(file: UploadedFile) -> list[list[Any]]:
    data = file.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise Refused(Refusal("too_large", f"文件超过{MAX_FILE_BYTES // 1048576} MB，请分成几个文件分别导入。", field="file"))
    _look_into(data)
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
        rows: list[list[Any]] = sheet.to_python(skip_empty_area=False, nrows=MAX_ROWS + 2)
    except (CalamineError, OSError, ValueError, IndexError):
        raise Refused(_unreadable()) from None
    if len(rows) > MAX_ROWS + 1:
        raise Refused(Refusal("too_many", f"一次最多导入{MAX_ROWS}人，请分成几个文件分别导入。", field="file"))
    if not rows:
        raise Refused(Refusal("empty", "表中没有内容，请用下载的模板填写后重新上传。", field="file"))
    return rows


def _look_into(data: bytes) -> None:
    """Refuse a file that would take too much memory, before the parser sees it."""
    try:
        check_workbook(data)
    except UnsafeWorkbook as unsafe:
        words = {
            "bomb": "文件内部异常（展开后过大），没有读取。请用下载的模板重新填写。",
            "far": f"表中离第1行第1列很远的地方有内容，没有读取。一次最多导入{MAX_ROWS}人，请删去多余的行和列，或者用下载的模板重新填写。",
        }
        raise Refused(Refusal(unsafe.code, words[unsafe.code], field="file") if unsafe.code in words else _unreadable()) from None


def _unreadable() -> Refusal:
    return Refusal(
        "unreadable",
        "文件不是可以读取的Excel工作簿（.xlsx），可能是旧格式（.xls）、已加密或已损坏。请用下载的模板填写后重新上传。",
        field="file",
    )


def _headings(first: list[Any]) -> list[str]:
    headings = [re.sub(r"[\s*＊]", "", str(cell)) for cell in first]
    missing = [column.heading for column in COLUMNS if column.heading not in headings]
    if missing:
        problems = [RowProblem(1, heading, "缺少这一列，请使用下载的模板，不要删改第1行。") for heading in missing]
        raise ImportRefused(problems)
    twice = {heading for heading in headings if heading and headings.count(heading) > 1}
    if twice:
        raise ImportRefused([RowProblem(1, heading, "这一列出现了两次，请删去一列。") for heading in sorted(twice)])
    return headings


def _choices(name: str, regulation: Regulation) -> list[str]:
    if name == "title_level":
        return [str(label) for _, label in reversed(TitleLevel.choices)]
    if name == "expert_type":
        return [one.name for one in regulation.expert_types]
    return []
