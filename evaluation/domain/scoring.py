"""Scores, totals, grades (第十八条, 附表3). Pure: an edition's rules and what was entered go in, refusals or figures come out."""

from collections.abc import Mapping
from dataclasses import dataclass

from expertpool.refusals import Refusal
from expertpool.regulations.acting import acts_on
from expertpool.regulations.schema import Band, Criterion, Evaluation, Grade

#: The schemes that this module knows; the others are refused in words.
SCHEMES = frozenset({"scored"})
LONGEST_NOTE = 200


@dataclass(frozen=True)
class Entry:
    """What was entered under one criterion: the name of the chosen band, the points, a note. ``None``: left empty."""

    band: str = ""
    points: int | None = None
    note: str = ""


def why_not_scheme(rules: Evaluation, regulation: str = "") -> Refusal | None:
    """The reason why an evaluation under ``rules`` cannot be filled in here, or None."""
    if rules.scheme in SCHEMES:
        return None
    return Refusal("scheme", "本规定的评价方式不是评分制，系统尚未支持，请线下填写后归档。", rules.article, regulation)


def span(band: Band) -> str:
    """The points of a band as the form prints them: ``9-10`` or ``5``."""
    return str(band.low) if band.low == band.high else f"{band.low}-{band.high}"


def band_named(criterion: Criterion, name: str) -> Band | None:
    """The band of this name, or None."""
    return next((band for band in criterion.bands if band.name == name), None)


@acts_on("evaluation.scheme", "scored")
@acts_on("evaluation.sections")
@acts_on("evaluation.sections.maximum")
@acts_on("evaluation.sections.criteria")
def check_scores(rules: Evaluation, entries: Mapping[str, Entry], *, regulation: str = "") -> list[Refusal]:
    """Everything that is wrong with the entries (附表3): each criterion once, an integer, inside the chosen band.

    ``entries`` by the code of the criterion. A refusal's ``field`` is ``band_<code>``, ``points_<code>`` or
    ``note_<code>``; ``regulation`` is the code that it names.
    """
    refusal = why_not_scheme(rules, regulation)
    if refusal:
        return [refusal]
    known = {criterion.code for criterion in rules.criteria}
    found = [
        Refusal("criterion", "评价表中没有这一指标，请刷新页面后重新填写。", rules.article, regulation)
        for code in entries
        if code not in known
    ]
    for criterion in rules.criteria:
        found += _check(criterion, entries.get(criterion.code, Entry()), regulation)
    return found


@acts_on("evaluation.sections.criteria.maximum")
@acts_on("evaluation.sections.criteria.bands")
def _check(criterion: Criterion, entry: Entry, regulation: str) -> list[Refusal]:
    found: list[Refusal] = []

    def no(code: str, message: str, part: str) -> None:
        found.append(Refusal(code, message, criterion.article, regulation, f"{part}_{criterion.code}"))

    band = band_named(criterion, entry.band)
    if not entry.band and entry.points is None:
        no("empty", f"请为“{criterion.name}”选择等次并填写得分。", "band")
        return found
    if not entry.band:
        no("no_band", f"请为“{criterion.name}”选择等次。", "band")
    elif band is None:
        no("band", f"“{criterion.name}”没有这一等次，请从表中所列等次中选择。", "band")
    points = entry.points
    if points is None:
        no("no_points", f"请填写“{criterion.name}”的得分。", "points")
    elif type(points) is not int:
        no("integer", f"“{criterion.name}”的得分只能是整数。", "points")
    elif not 0 <= points <= (criterion.maximum or 0):
        no("range", f"“{criterion.name}”的得分应在0至{criterion.maximum}分之间，填写的是{points}分。", "points")
    elif band is not None and not band.low <= points <= band.high:
        other = criterion.band_of(points)
        text = f"“{criterion.name}”选择的等次是“{band.name}”（{span(band)}分），填写的{points}分属于“{other.name}”。请修改等次或者得分。"
        no("mismatch", text, "points")
    if len(entry.note) > LONGEST_NOTE:
        no("note", f"“{criterion.name}”的备注最多{LONGEST_NOTE}字，现有{len(entry.note)}字。", "note")
    return found


@acts_on("evaluation.total_article")
def total(entries: Mapping[str, Entry]) -> int:
    """The sum of the points (附表3 说明); entries that :func:`check_scores` passed."""
    return sum(entry.points or 0 for entry in entries.values())


@acts_on("evaluation.grades")
def grade(rules: Evaluation, points: int) -> Grade:
    """The grade of a total (附表3 说明); ValueError where none holds it."""
    return rules.grade_of(points)


@dataclass(frozen=True)
class Violation:
    """A score in a band that has a consequence, under its article."""

    criterion: str
    criterion_name: str
    band: str
    points: int
    article: str


def violations(rules: Evaluation, entries: Mapping[str, Entry]) -> tuple[Violation, ...]:
    """The scores that open a violation report by themselves, whatever the total is (附表3, reading A17)."""
    found = []
    for criterion in rules.criteria:
        entry = entries.get(criterion.code)
        band = band_named(criterion, entry.band) if entry else None
        if entry and entry.points is not None and band and band.consequence == "violation_report":
            found.append(Violation(criterion.code, criterion.name, band.name, entry.points, band.consequence_article or criterion.article))
    return tuple(found)
