"""批量导入: drafts from a list of applicants; all rows or none."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from python_calamine import CalamineError, CalamineWorkbook

from expertpool import clock, identity
from expertpool.accounts.models import Organisation, User
from expertpool.core.sheets import HEAD_FILL, TEXT_FORMAT, put, to_bytes
from expertpool.core.workbooks import UnsafeWorkbook, check_workbook
from expertpool.ledger.services import record
from expertpool.refusals import Refusal, Refused
from expertpool.regulations import Regulation
from experts.models import Application, ApplicationEmployment, Field, Pool, TitleLevel

from .applications import RowsRefused, channels_open_to, file_applications
from .editions import edition_on

MAX_FILE_BYTES = 5 * 1024 * 1024
MAX_ROWS = 500
TEMPLATE_ROWS = 500
EXCEL_EPOCH = date(1899, 12, 30)
SHEET = "入库申请"


@dataclass(frozen=True)
class Column:
    """A column of the template: the form's words, the application's column, and what a reader of the sheet must know."""

    heading: str
    name: str
    help: str = ""
    required: bool = False
    width: int = 16
    longest: int = 0


COLUMNS = (
    Column("姓名", "name", required=True, width=12, longest=40),
    Column("身份证号码", "id_number", "18位，文本格式；性别、出生日期由号码得出", required=True, width=24),
    Column("毕业院校", "school", width=22, longest=80),
    Column("学历/学位", "degree", width=18, longest=40),
    Column("专业", "major", longest=60),
    Column("工作单位", "employer", "人事关系所在单位的全称，须已在系统登记", required=True, width=32),
    Column("任职起始日期", "since", "如2015-07-01", width=16),
    Column("职务", "position", longest=60),
    Column("职称", "title", longest=60),
    Column("职称等级", "title_level", "正高级、副高级、中级、初级或无", width=12),
    Column("注册职业资格", "licence", width=20, longest=80),
    Column("从业年限", "years", "整年数", width=10),
    Column("专家类型", "expert_type", width=16),
    Column("研究领域", "research_area", width=26, longest=200),
    Column("申报方向", "fields", "多个的，用顿号分隔", required=True, width=26),
    Column("电子邮箱", "email", width=26),
    Column("联系电话", "phone", "11位手机号码，文本格式", required=True, width=18),
    Column("通信地址", "address", width=32, longest=160),
    Column("邮政编码", "postcode", "6位，文本格式", width=12),
    Column("主要工作业绩及研究成果", "achievements", width=50, longest=4000),
)
EMPLOYER = next(column for column in COLUMNS if column.name == "employer")
BY_HEADING = {column.heading: column for column in COLUMNS}
# Numbers that a spreadsheet spoils: these columns must come as text.
TEXT_ONLY = ("id_number", "phone", "postcode")


@dataclass(frozen=True)
class RowProblem:
    """One thing that is wrong with one cell: the sheet's own row number, the column's heading, the reason."""

    row: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"第{self.row}行“{self.column}”：{self.reason}" if self.column else f"第{self.row}行：{self.reason}"


class ImportRefused(Refused):
    """Nothing was imported; ``problems`` says everything that is wrong, in the order of the rows."""

    def __init__(self, problems: list[RowProblem]) -> None:
        super().__init__(*(Refusal("row", str(problem), field="file") for problem in problems))
        self.problems = problems


class _Bad(Exception):
    """The value of one cell cannot be taken."""


def template(*, pool: Pool, by: User) -> bytes:
    """The workbook that :func:`import_applications` reads: ID, phone and postcode columns are text."""
    regulation = edition_on(pool, clock.today())
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
        ("可选的申报方向", "、".join(field.name for field in _fields_for(pool, by, regulation))),
        ("可选的专家类型", "、".join(one.name for one in regulation.expert_types)),
        ("导入之后", "每一行成为一份草稿，须逐份上传证明材料、取得本人同意后再提交。任何一行有误，全部不导入。"),
    ]
    for row, (heading, text) in enumerate(lines, start=1):
        put(notes, row, 1, heading)
        put(notes, row, 2, text).alignment = Alignment(wrap_text=True, vertical="top")
    return to_bytes(book)


@transaction.atomic
def import_applications(*, pool: Pool, file: UploadedFile, by: User, on: date | None = None) -> list[Application]:
    """Drafts from an .xlsx list: every row becomes one, or no row does.

    Raises :class:`ImportRefused` with every bad cell (row, column, reason), Refused when the file itself cannot be
    read. The same list a second time is refused, because each person then has an open application.
    """
    on = on or clock.today()
    regulation = edition_on(pool, on)
    if not channels_open_to(regulation, by):
        raise Refused(Refusal("role", "您的账号角色不能填报入库申请。", regulation.intake.article, regulation.code))
    rows = _rows_of(file)
    headings = _headings(rows[0])
    filled = [
        (number, dict(zip(headings, cells, strict=False)))
        for number, cells in enumerate(rows[1:], start=2)
        if any(str(cell).strip() for cell in cells)
    ]
    reader = _RowReader(pool, regulation, by, {_text(cells.get(EMPLOYER.heading, "")) for _, cells in filled})
    parsed = [(number, reader.read(number, cells)) for number, cells in filled]
    if not parsed:
        raise Refused(Refusal("empty", "表中没有申请人。请从第2行起填写，每人一行，然后重新上传。", field="file"))
    if reader.problems:
        raise ImportRefused(reader.problems)
    try:
        made = file_applications(pool=pool, by=by, drafts=[data for _, data in parsed], on=on)
    except RowsRefused as refused:
        headings_by_name = {column.name: column.heading for column in COLUMNS}
        raise ImportRefused(
            [
                RowProblem(parsed[place][0], headings_by_name.get(one.field, ""), str(one.message))
                for place, refusals in refused.rows.items()
                for one in refusals
            ]
        ) from None
    record("applications.imported", subject=f"pool:{pool.pk}", by=by, body={"count": len(made), "numbers": [one.number for one in made]})
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


class _RowReader:
    """Reads rows into data for :func:`file_applications`; what is wrong gathers in ``problems``.

    ``employers``: every name that the list gives as an employer, so that they are looked up together.
    """

    def __init__(self, pool: Pool, regulation: Regulation, by: User, employers: set[str]) -> None:
        self.problems: list[RowProblem] = []
        self.regulation = regulation
        self.all_fields = {field.name: field for field in pool.fields.filter(in_use=True)}
        self.open_fields = {field.name for field in _fields_for(pool, by, regulation)}
        self.seen: dict[str, int] = {}
        self.types = {one.name: one.code for one in regulation.expert_types}
        self.levels = {str(label): value for value, label in TitleLevel.choices}
        self.organisations: dict[str, list[Organisation]] = {name: [] for name in employers}
        bearers = Organisation.objects.filter(Q(name__in=employers) | Q(names__name__in=employers)).distinct().prefetch_related("names")
        for unit in bearers:
            for name in employers & {unit.name, *(former.name for former in unit.names.all())}:
                self.organisations[name].append(unit)

    def read(self, number: int, cells: dict[str, Any]) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for column in COLUMNS:
            try:
                data[column.name] = self._value(column, cells.get(column.heading, ""))
            except _Bad as bad:
                self.problems.append(RowProblem(number, column.heading, str(bad)))
        id_number = data.get("id_number")
        if id_number:
            if id_number in self.seen:
                self.problems.append(RowProblem(number, "身份证号码", f"与第{self.seen[id_number]}行重复，同一人只能有一份申请。"))
            self.seen.setdefault(id_number, number)
            data["birth_date"] = identity.birth_date_of(id_number)
            data["sex"] = {"M": "male", "F": "female"}[identity.sex_of(id_number)]
        since, employer = data.pop("since", None), data.get("employer")
        if employer and since:
            personnel = ApplicationEmployment.Kind.PERSONNEL
            data["employments"] = [{"organisation": employer, "kind": personnel, "position": data.get("position", ""), "since": since}]
        return data

    def _value(self, column: Column, raw: Any) -> Any:
        if column.name in TEXT_ONLY and isinstance(raw, int | float) and not isinstance(raw, bool):
            raise _Bad("单元格是数字格式，Excel会丢失或改写号码的位数：请把这一列设为“文本”格式，重新填写完整号码（可用下载的模板）。")
        text = _text(raw)
        if column.required and not text:
            raise _Bad("必填，不能为空。")
        special: Callable[[str, Any], Any] | None = getattr(self, f"_read_{column.name}", None)
        if special is not None:
            return special(text, raw)
        if column.longest and len(text) > column.longest:
            raise _Bad(f"最多{column.longest}个字，现为{len(text)}个字。")
        return text

    def _read_id_number(self, text: str, raw: Any) -> str:
        if reason := identity.why_not_id_number(text):
            raise _Bad(reason)
        return identity.normalise_id(text)

    def _read_phone(self, text: str, raw: Any) -> str:
        if reason := identity.why_not_phone(text):
            raise _Bad(reason)
        return identity.normalise_phone(text)

    def _read_postcode(self, text: str, raw: Any) -> str:
        if text and not re.fullmatch(r"[0-9]{6}", text):
            raise _Bad("邮政编码应为6位数字。")
        return text

    def _read_email(self, text: str, raw: Any) -> str:
        if text:
            try:
                validate_email(text)
            except ValidationError:
                raise _Bad("电子邮箱的格式不正确。") from None
        return text

    def _read_employer(self, text: str, raw: Any) -> Organisation:
        found = self.organisations[text]
        if not found:
            raise _Bad(f"系统中没有登记单位“{text[:60]}”：请核对全称，或请管理处室先登记该单位。")
        if len(found) > 1:
            raise _Bad("有多个单位使用这一名称，请在线填报并从列表中选择。")
        return found[0]

    def _read_since(self, text: str, raw: Any) -> date | None:
        if not text:
            return None
        if isinstance(raw, datetime):
            return raw.date()
        if isinstance(raw, date):
            return raw
        if isinstance(raw, int | float) and 1 <= raw < 73051:
            return EXCEL_EPOCH + timedelta(days=int(raw))
        match = re.fullmatch(r"(\d{4})[-./年](\d{1,2})(?:[-./月](\d{1,2})日?)?月?", text)
        try:
            return date(int(match[1]), int(match[2]), int(match[3] or 1)) if match else _no_date()
        except ValueError:
            return _no_date()

    def _read_title_level(self, text: str, raw: Any) -> int:
        if not text:
            return TitleLevel.NONE
        if text not in self.levels:
            raise _Bad(f"职称等级只能是{'、'.join(self.levels)}。")
        return self.levels[text]

    def _read_years(self, text: str, raw: Any) -> int | None:
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{1,2}", text):
            raise _Bad("从业年限应为整年数，如12。")
        return int(text)

    def _read_expert_type(self, text: str, raw: Any) -> str:
        if not text:
            return ""
        if text not in self.types:
            raise _Bad(f"专家类型只能是{'、'.join(self.types)}。")
        return self.types[text]

    def _read_fields(self, text: str, raw: Any) -> list[Field]:
        names = [name for name in re.split(r"[、,，;；\s]+", text) if name]
        unknown = [name for name in names if name not in self.all_fields]
        if unknown:
            raise _Bad(f"没有申报方向“{'、'.join(unknown)[:60]}”，可选的方向见模板的“填写说明”。")
        outside = [name for name in names if name not in self.open_fields]
        if outside:
            raise _Bad(f"申报方向“{'、'.join(outside)}”不在本单位的推荐领域内。")
        return [self.all_fields[name] for name in dict.fromkeys(names)]


def _no_date() -> date:
    raise _Bad("日期应写成2015-07-01这样的形式。")


def _text(raw: Any) -> str:
    """The text of a cell; whole floats (Excel has no integers) without their “.0”."""
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return str(raw).strip()


def _choices(name: str, regulation: Regulation) -> list[str]:
    if name == "title_level":
        return [str(label) for _, label in reversed(TitleLevel.choices)]
    if name == "expert_type":
        return [one.name for one in regulation.expert_types]
    return []


def _fields_for(pool: Pool, by: User, regulation: Regulation) -> list[Field]:
    """The fields that the unit of ``by`` may recommend in."""
    fields = pool.fields.filter(in_use=True)
    if regulation.intake.field_scope is not None and by.organisation is not None:
        fields = fields.filter(code__in=by.organisation.field_scope)
    return list(fields)
