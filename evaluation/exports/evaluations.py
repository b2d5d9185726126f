"""附表3 as the regulation prints it: the same cells for paper and for the workbook."""

from dataclasses import dataclass
from typing import Any

from evaluation.domain.scoring import span
from evaluation.models import Evaluation, Score
from expertpool import clock
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from expertpool.regulations.schema import Criterion
from expertpool.web.sheets import Box, form_sheet
from expertpool.web.templatetags.house import cn_date, cn_datetime

NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True)
class PaperRow:
    """One criterion: ``section`` and ``rows`` only in the first row of its section."""

    section: str
    rows: int
    criterion: str
    bands: tuple[str, ...]
    chosen: str
    points: str
    note: str


@dataclass(frozen=True)
class Paper:
    """Everything that stands on the form, as text."""

    annex: str
    title: str
    unit_label: str
    unit: str
    filled_on: str
    labels: dict[str, str]
    facts: tuple[tuple[str, str], ...]
    rows: tuple[PaperRow, ...]
    total: str
    grade: str
    handler: str
    leader: str
    stamp: str
    notes: tuple[str, ...]


def _signature(name: str, moment: Any) -> str:
    return f"{name}（{cn_datetime(moment)} 电子签名）" if name else ""


def _rows(regulation: Regulation, scores: dict[str, Score]) -> tuple[PaperRow, ...]:
    assert regulation.evaluation is not None
    rows = []
    for place, section in enumerate(regulation.evaluation.sections):
        maximum = f"（{section.maximum}分）" if section.maximum else ""
        for number, criterion in enumerate(section.criteria, start=1):
            first = number == 1
            rows.append(
                _row(
                    criterion,
                    number,
                    f"{NUMERALS[place]}、{section.name}{maximum}" if first else "",
                    len(section.criteria) if first else 0,
                    scores,
                )
            )
    return tuple(rows)


def _row(criterion: Criterion, number: int, section: str, rows: int, scores: dict[str, Score]) -> PaperRow:
    score = scores.get(criterion.code)
    return PaperRow(
        section=section,
        rows=rows,
        criterion=f"{number}.{criterion.name}（{criterion.maximum}分）",
        bands=tuple(f"{band.name}（{span(band)}）" for band in criterion.bands),
        chosen=f"{score.band}" if score else "",
        points=str(score.points) if score else "",
        note=score.note if score else "",
    )


@acts_on("evaluation_form")
@acts_on("evaluation_form.fields")
@acts_on("evaluation_form.footnote")
@acts_on("evaluation_form.stamp")
def paper(evaluation: Evaluation, regulation: Regulation) -> Paper:
    """The form of one evaluation; needs participation with request, membership and candidate loaded."""
    participation, form, rules = evaluation.participation, regulation.evaluation_form, regulation.evaluation
    request, expert = participation.request, participation.membership.expert
    assert rules is not None
    labels = {field.code: field.label for field in form.fields} if form else {}
    field = (
        participation.candidate.field.name
        if participation.candidate
        else "、".join(one.name for one in participation.membership.fields.all())
    )
    days = cn_date(request.starts_on)
    if request.ends_on and request.ends_on != request.starts_on:
        days += f"至{cn_date(request.ends_on)}"
    title = "/".join(part for part in (expert.title, expert.position) if part)
    facts = (
        (labels.get("name", "专家姓名"), expert.name),
        (labels.get("field", "所属领域"), field),
        (labels.get("title", "职称/职务"), title),
        (labels.get("project", "参与项目名称"), request.title),
        (labels.get("dates", "参与时间"), days),
    )
    grades = "、".join(
        f"{one.name}（＜{one.high + 1}分）" if one.low == 0 else f"{one.name}（{one.low}-{one.high}分）"
        for one in rules.grades
        if one.low is not None and one.high is not None
    )
    return Paper(
        annex=form.article if form else "",
        title=form.title if form else regulation.labels.evaluation_form,
        unit_label=labels.get("unit", regulation.labels.department),
        unit=request.department.name,
        filled_on=cn_date(clock.day_of(evaluation.handler_at)) if evaluation.handler_at else "",
        labels=labels,
        facts=facts,
        rows=_rows(regulation, {one.criterion: one for one in evaluation.scores.all()}),
        total="" if evaluation.total is None else str(evaluation.total),
        grade=evaluation.grade,
        handler=_signature(evaluation.handler.name, evaluation.handler_at) if evaluation.handler else "",
        leader=_signature(evaluation.leader.name, evaluation.leader_at) if evaluation.leader else "",
        stamp=form.stamp if form else "",
        notes=tuple(note for note in (form.footnote if form else "", f"评价等级：{grades}" if grades else "") if note),
    )


def workbook(form: Paper) -> bytes:
    """The form as an .xlsx file."""
    grid: list[list[Box]] = [
        [
            Box(f"{form.unit_label}：{form.unit}", columns=3),
            Box(f"{form.labels.get('filled_on', '填表时间')}：{form.filled_on}", columns=2),
        ],
        [Box(label, label=True) for label, _value in form.facts],
        [Box(value, label=True) for _label, value in form.facts],
        [
            Box(form.labels.get("criterion", "评价指标"), columns=2, label=True),
            Box(form.labels.get("standard", "评分标准"), label=True),
            Box(form.labels.get("points", "得分"), label=True),
            Box(form.labels.get("remark", "备注"), label=True),
        ],
    ]
    heights = {2: 40}
    for row in form.rows:
        heights[len(grid)] = 17 * max(len(row.bands), 2)
        boxes = [Box(row.section, rows=row.rows, label=True)] if row.section else []
        points = int(row.points) if row.points else ""
        grid.append([*boxes, Box(row.criterion), Box("\n".join(row.bands)), Box(points, label=True), Box(row.note)])
    total = int(form.total) if form.total else ""
    grid.append(
        [
            Box(form.labels.get("grade", "评价等级"), label=True),
            Box(form.grade, label=True),
            Box(form.labels.get("total", "总分"), label=True),
            Box(total, columns=2, label=True),
        ]
    )
    heights[len(grid)] = 52
    grid.append([Box(f"{form.stamp}：\n经办人：{form.handler}\n负责人：{form.leader}", columns=5)])
    return form_sheet(form.annex or form.title, form.title, grid, widths=[16, 22, 30, 22, 24], heights=heights, foot=list(form.notes))
