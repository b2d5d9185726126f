"""附表1, for paper and as a workbook: the official form as its regulation prints it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from expertpool import clock, masking
from expertpool.regulations import Regulation, printed
from expertpool.regulations.acting import acts_on
from expertpool.web.sheets import Box, form_sheet
from experts.models import Application, ConditionTick
from experts.services.applications.submission import COLUMNS_OF_BOX

# Rows of the form: boxes by their code, with the columns (of six) that the value covers.
LAYOUT: tuple[tuple[tuple[str, int], ...], ...] = (
    (("name", 1), ("gender", 1), ("birth", 1)),
    (("school", 2), ("degree", 2)),
    (("major", 5),),
    (("employer", 2), ("title", 2)),
    (("research", 2), ("field", 2)),
    (("email", 2), ("phone", 2)),
    (("address", 2), ("postcode", 2)),
    (("achievements", 5),),
)
COLUMNS = 6


@dataclass(frozen=True)
class Cell:
    """A labelled box of the form; ``columns``: how many columns the value covers."""

    label: str
    value: str
    columns: int
    tall: bool = False


@dataclass(frozen=True)
class Finding:
    """What a reviewer decided of a condition that only a person can judge, for the review sheet."""

    name: str
    article: str
    met: bool
    note: str
    by: str
    day: date


@dataclass(frozen=True)
class OfficialForm:
    """Everything that the paper shows. ``findings`` stand on the review sheet behind the form."""

    annex: str
    title: str
    stamp: str
    unit: str
    filed_on: date | None
    rows: list[list[Cell]]
    footnote: str
    number: str
    findings: tuple[Finding, ...] = ()


@acts_on("application_form")
@acts_on("application_form.fields")
@acts_on("application_form.footnote")
@acts_on("application_form.stamp")
@acts_on("rules.practice", "application_form")
def official_form(application: Application, regulation: Regulation, *, in_full: bool) -> OfficialForm:
    """The application as 附表1; without ``in_full`` the phone number is masked.

    Boxes that the layout does not know follow at the end, a row each, so that another regulation's form prints too; where it
    lists no boxes the general ones stand.
    """
    form = regulation.application_form
    labels = {box.code: box.label for box in form.fields} if form else {}
    labels = labels or _general_labels()
    values = _values(application, in_full=in_full)
    rows = [
        [Cell(labels[code], values.get(code, ""), columns, code == "achievements") for code, columns in row if code in labels]
        for row in LAYOUT
    ]
    placed = {code for row in LAYOUT for code, _ in row}
    rows += [[Cell(label, values.get(code, ""), COLUMNS - 1)] for code, label in labels.items() if code not in placed]
    return OfficialForm(
        annex=_annex(form.article) if form else "",
        title=form.title if form else regulation.labels.application_form,
        stamp=(form.stamp if form else "") or regulation.labels.recommending_unit,
        unit=_unit(application),
        filed_on=application.filed_on,
        rows=[row for row in rows if row],
        footnote=form.footnote if form else "",
        number=application.number,
        findings=_findings(application),
    )


def _general_labels() -> dict[str, str]:
    """The boxes of a regulation that lists none, by their general names: those that the system itself asks for."""
    columns = {**COLUMNS_OF_BOX, "field": ("fields",)}
    words = {field.name: str(getattr(field, "verbose_name", field.name)) for field in Application._meta.get_fields()}
    return {code: "/".join(words[one] for one in reversed(names)) for code, names in columns.items()}


def _annex(article: str) -> str:
    """The annex that the form is, as it prints at its head; "" where an article of the text asks for the form."""
    name = printed(article)
    return name if article.startswith(name) else ""


def _unit(application: Application) -> str:
    """The unit beside the stamp: who recommends, else who opened the application, else nobody."""
    unit = application.recommending_unit or application.filed_for
    return unit.name if unit is not None else ""


def _findings(application: Application) -> tuple[Finding, ...]:
    """The ticks of the reviews since the application was last sent, in their order."""
    ticks = ConditionTick.objects.filter(review__application=application).select_related("review__by").order_by("pk")
    if application.submitted_at is not None:
        ticks = ticks.filter(review__at__gte=application.submitted_at)
    return tuple(Finding(tick.name, tick.article, tick.met, tick.note, tick.review.by.name, clock.day_of(tick.review.at)) for tick in ticks)


def _values(application: Application, *, in_full: bool) -> dict[str, str]:
    birth = application.birth_date
    return {
        "name": application.name,
        "gender": application.get_sex_display(),
        "birth": f"{birth.year}年{birth.month}月" if birth else "",
        "school": application.school,
        "degree": application.degree,
        "major": application.major,
        "employer": application.employer.name if application.employer else "",
        "title": "/".join(part for part in (application.position, application.title) if part),
        "research": application.research_area,
        "field": "、".join(field.name for field in application.fields.all()),
        "email": application.email,
        "phone": application.phone if in_full else masking.mask_phone(application.phone),
        "address": application.address,
        "postcode": application.postcode,
        "achievements": application.achievements,
    }


def workbook(form: OfficialForm) -> bytes:
    """The form as an .xlsx file, in the order and with the boxes of the paper."""
    day = form.filed_on
    filled = f"填表时间：{day.year}年{day.month}月{day.day}日" if day else "填表时间：    年  月  日"
    grid: list[list[Box]] = [[Box(f"{form.stamp}：{form.unit}", 4), Box(filled, 2)]]
    heights = {}
    for index, row in enumerate(form.rows, start=1):
        boxes: list[Any] = []
        for cell in row:
            boxes += [Box(cell.label, label=True), Box(cell.value, cell.columns)]
        grid.append(boxes)
        if any(cell.tall for cell in row):
            heights[index] = 260
        elif any(len(cell.value) > 14 * cell.columns for cell in row):
            heights[index] = 44
    foot = [
        f"条件认定：{one.name}（{printed(one.article)}）{'符合' if one.met else '不符合'}。{one.note}（{one.by}，{one.day:%Y-%m-%d}）"
        for one in form.findings
    ]
    foot += [line for line in (form.footnote, f"申请编号：{form.number}") if line]
    return form_sheet(form.annex or form.title, form.title, grid, widths=[13, 15, 13, 15, 13, 19], heights=heights, foot=foot)
