"""How experts are evaluated after an activity, and once a year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from .base import Fail, Provision, RoleCode
from .defaults import silent


@dataclass(frozen=True, kw_only=True)
class Band:
    """A band of points, both ends included. consequence: what a score in it opens, under consequence_article."""

    name: str
    low: int
    high: int
    consequence: Literal["violation_report"] | None = None
    consequence_article: str = ""


@dataclass(frozen=True, kw_only=True)
class Criterion(Provision):
    """One criterion. maximum and bands: for the scored scheme only."""

    code: str
    name: str
    maximum: int | None = None
    bands: tuple[Band, ...] = ()

    def band_of(self, points: int) -> Band:
        """The band that holds so many points; ValueError outside 0…maximum."""
        for band in self.bands:
            if band.low <= points <= band.high:
                return band
        raise ValueError(points)


@dataclass(frozen=True, kw_only=True)
class Section(Provision):
    """A group of criteria. maximum: the sum of theirs."""

    code: str
    name: str
    maximum: int | None = None
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, kw_only=True)
class Grade:
    """A grade, best first. low and high: points, both ends included, for the scored scheme only."""

    code: str
    name: str
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, kw_only=True)
class Evaluation(Provision):
    """Evaluation of the experts after an activity.

    scheme: `scored` (points, bands, derived grade), `graded` (a grade chosen), `marks` (a text mark a dimension).
    due_workdays: working days after the activity's completion (None: not given). signoffs: by different accounts.
    grade_each: in the graded scheme, each criterion has its own grade besides the overall one.
    """

    strategy_key: ClassVar[str] = "scheme"

    scheme: Literal["scored", "graded", "marks"]
    evaluated_by: RoleCode
    coverage: Literal["all_attendees", "as_appropriate"] = silent("evaluation.coverage")
    coverage_article: str = ""
    due_workdays: int | None = None
    due_article: str = ""
    sections: tuple[Section, ...] = ()
    total_article: str = ""
    grades: tuple[Grade, ...] = ()
    grades_article: str = ""
    grade_each: bool = False
    overall_grade: bool = silent("evaluation.overall_grade")
    signoffs: tuple[Literal["handler", "leader"], ...] = ()
    signoffs_article: str = ""
    affects_draw: Literal["no", "reference"] = silent("evaluation.affects_draw")
    affects_draw_article: str = ""

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """All criteria in the order of the form."""
        return tuple(criterion for section in self.sections for criterion in section.criteria)

    @property
    def maximum(self) -> int:
        """The highest total; 0 where nothing is scored."""
        return sum(section.maximum or 0 for section in self.sections)

    def grade_of(self, total: int) -> Grade:
        """The grade of a total; ValueError where none holds it."""
        for grade in self.grades:
            if grade.low is not None and grade.high is not None and grade.low <= total <= grade.high:
                return grade
        raise ValueError(total)


@dataclass(frozen=True, kw_only=True)
class AnnualAssessment(Provision):
    """A yearly assessment of the members. grades: empty where the regulation gives none."""

    year: Literal["calendar"] = silent("annual_assessment.year")
    assessed_by: RoleCode = silent("annual_assessment.assessed_by")
    grades: tuple[Grade, ...] = ()
    grades_article: str = ""


def check_evaluation(evaluation: Evaluation | None, fail: Fail) -> None:
    if evaluation is None:
        return
    scored = evaluation.scheme == "scored"
    if evaluation.signoffs and evaluation.signoffs[0] != "handler":
        fail("evaluation.signoffs", "须先由经办人签名（handler）")
    for s, section in enumerate(evaluation.sections, 1):
        path = f"evaluation.sections[{s}]"
        for c, criterion in enumerate(section.criteria, 1):
            _check_bands(criterion, scored, f"{path}.criteria[{c}]", fail)
        total = sum(criterion.maximum or 0 for criterion in section.criteria)
        if scored and section.maximum != total:
            fail(f"{path}.maximum", f"各指标分值合计 {total}，与本部分分值 {section.maximum} 不符")
    if evaluation.scheme == "graded" and not evaluation.grades:
        fail("evaluation.grades", "按等次评价的，须写明等次")
    if not scored:
        return
    if not evaluation.sections:
        fail("evaluation.sections", "按分值评价的，须写明评价指标")
    spans = []
    for g, grade in enumerate(evaluation.grades, 1):
        if grade.low is None or grade.high is None:
            fail(f"evaluation.grades[{g}]", "按分值评价的等次须写明起止分值")
        spans.append((grade.name, grade.low, grade.high))
    _check_spans(spans, evaluation.maximum, "evaluation.grades", "总分", fail)


def _check_bands(criterion: Criterion, scored: bool, key: str, fail: Fail) -> None:
    if not scored:
        if criterion.bands or criterion.maximum is not None:
            fail(f"{key}.bands", "不按分值评价的指标，不应有分值")
        return
    if criterion.maximum is None:
        fail(f"{key}.maximum", "缺少这一项")
    spans = [(band.name, band.low, band.high) for band in criterion.bands]
    _check_spans(spans, criterion.maximum, f"{key}.bands", "指标分值", fail)
    for index, band in enumerate(criterion.bands, 1):
        if band.consequence and not band.consequence_article:
            fail(f"{key}.bands[{index}].consequence_article", "缺少条款号")


def _check_spans(spans: list[tuple[str, int, int]], maximum: int, key: str, what: str, fail: Fail) -> None:
    """Integer spans cover 0…maximum once each."""
    for name, low, high in spans:
        if low > high:
            fail(key, f"“{name}”的下限 {low} 大于上限 {high}")
    following, before = 0, ""
    for name, low, high in sorted(spans, key=lambda span: span[1]):
        if low < following:
            fail(key, f"“{name}”（{low}-{high}）与“{before}”重叠")
        if low > following:
            gap = str(following) if low == following + 1 else f"{following}-{low - 1}"
            fail(key, f"{gap} 分没有对应的区间")
        following, before = high + 1, name
    if following != maximum + 1:
        fail(key, f"区间最高 {following - 1} 分，与{what} {maximum} 不符")
