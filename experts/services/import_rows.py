"""The rows of a list of applicants: its columns, and each cell read into what an application takes."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q, QuerySet

from expertpool import identity
from expertpool.accounts.models import Organisation
from expertpool.pools.duties import Actor
from expertpool.pools.models import Field, Pool, RecommendingUnit
from expertpool.refusals import Refusal, Refused
from expertpool.regulations import Regulation
from experts.domain.chain import recommending_roles
from experts.models import ApplicationEmployment, TitleLevel

from .applications.filers import channels_for_others, units_that_file

EXCEL_EPOCH = date(1899, 12, 30)


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


class Bad(Exception):
    """The value of one cell cannot be taken."""


class RowReader:
    """Reads rows into data for :func:`file_applications`; what is wrong gathers in ``problems``.

    ``employers``: every name that the list gives as an employer, so that they are looked up together.
    """

    def __init__(self, pool: Pool, regulation: Regulation, who: Actor, employers: set[str]) -> None:
        self.problems: list[RowProblem] = []
        self.regulation = regulation
        self.all_fields = {field.name: field for field in pool.fields.filter(in_use=True)}
        self.open_fields = {field.name for field in fields_within_scope(pool, who, regulation)}
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
            except Bad as bad:
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
            raise Bad("单元格是数字格式，Excel会丢失或改写号码的位数：请把这一列设为“文本”格式，重新填写完整号码（可用下载的模板）。")
        text = text_of(raw)
        if column.required and not text:
            raise Bad("必填，不能为空。")
        special: Callable[[str, Any], Any] | None = getattr(self, f"_read_{column.name}", None)
        if special is not None:
            return special(text, raw)
        if column.longest and len(text) > column.longest:
            raise Bad(f"最多{column.longest}个字，现为{len(text)}个字。")
        return text

    def _read_id_number(self, text: str, raw: Any) -> str:
        if reason := identity.why_not_id_number(text):
            raise Bad(reason)
        return identity.normalise_id(text)

    def _read_phone(self, text: str, raw: Any) -> str:
        if reason := identity.why_not_phone(text):
            raise Bad(reason)
        return identity.normalise_phone(text)

    def _read_postcode(self, text: str, raw: Any) -> str:
        if text and not re.fullmatch(r"[0-9]{6}", text):
            raise Bad("邮政编码应为6位数字。")
        return text

    def _read_email(self, text: str, raw: Any) -> str:
        if text:
            try:
                validate_email(text)
            except ValidationError:
                raise Bad("电子邮箱的格式不正确。") from None
        return text

    def _read_employer(self, text: str, raw: Any) -> Organisation:
        found = self.organisations[text]
        if not found:
            raise Bad(f"系统中没有登记单位“{text[:60]}”：请核对全称，或请{self.regulation.labels.office}先登记该单位。")
        if len(found) > 1:
            raise Bad("有多个单位使用这一名称，请在线填报并从列表中选择。")
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
            raise Bad(f"职称等级只能是{'、'.join(self.levels)}。")
        return self.levels[text]

    def _read_years(self, text: str, raw: Any) -> int | None:
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{1,2}", text):
            raise Bad("从业年限应为整年数，如12。")
        return int(text)

    def _read_expert_type(self, text: str, raw: Any) -> str:
        if not text:
            return ""
        if text not in self.types:
            raise Bad(f"专家类型只能是{'、'.join(self.types)}。")
        return self.types[text]

    def _read_fields(self, text: str, raw: Any) -> list[Field]:
        names = [name for name in re.split(r"[、,，;；\s]+", text) if name]
        unknown = [name for name in names if name not in self.all_fields]
        if unknown:
            raise Bad(f"没有申报方向“{'、'.join(unknown)[:60]}”，可选的方向见模板的“填写说明”。")
        outside = [name for name in names if name not in self.open_fields]
        if outside:
            raise Bad(f"申报方向“{'、'.join(outside)}”不在本单位的推荐领域内。")
        return [self.all_fields[name] for name in dict.fromkeys(names)]


def _no_date() -> date:
    raise Bad("日期应写成2015-07-01这样的形式。")


def text_of(raw: Any) -> str:
    """The text of a cell; whole floats (Excel has no integers) without their “.0”."""
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return str(raw).strip()


def fields_within_scope(pool: Pool, who: Actor, regulation: Regulation) -> QuerySet[Field]:
    """The fields in use, where the edition binds recommending units to theirs those of the units for which ``who`` recommends."""
    fields = pool.fields.filter(in_use=True)
    mine: set[int] = set()
    for channel in channels_for_others(regulation, who):
        if channel.by in recommending_roles(regulation, channel):
            mine |= units_that_file(channel, who)
    if regulation.intake.field_scope is None or not mine:
        return fields
    scopes = RecommendingUnit.objects.filter(pool=pool, in_use=True, organisation__in=mine)
    return fields.filter(pk__in=scopes.values("fields"))
