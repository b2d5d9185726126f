"""From a TOML file to a `Regulation`, or to an error that says what is wrong where.

The grammar is the schema's annotations. What annotations cannot say (score bands without gap or overlap,
sums, references between parts, the parameters of a strategy) is checked afterwards.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Literal, NoReturn, Union, get_args, get_origin, get_type_hints

from . import schema
from .schema import Condition, Criterion, ExclusionReason, ExitGround, Provision, Regulation

_TYPE_NAMES: dict[type, str] = {
    str: "文字",
    int: "整数",
    bool: "true 或 false",
    date: "日期",
    datetime: "日期时间",
    float: "小数",
    dict: "表",
    list: "数组",
}
_NOT_IN_FILE = {Regulation: {"file", "source"}, ExclusionReason: {"code"}}
#: Codes that end up in the draw's files (see the draw protocol's encoding).
_DRAW_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,31}\Z")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")

_CONDITION_PARAMETERS: dict[str, tuple[set[str], set[str]]] = {
    # strategy: (required, optional)
    "any_of": ({"alternatives"}, set()),
    "all_of": ({"alternatives"}, set()),
    "age_at_most": ({"max_age"}, set()),
    "title_at_least": ({"min_title"}, set()),
    "years_at_least": ({"min_years"}, set()),
    "license": (set(), {"min_years"}),
    "named_title": ({"titles"}, set()),
    "degree_and_years": ({"degree", "min_years"}, set()),
    "employer_confirmation": (set(), set()),
    "no_prior_removal": (set(), set()),
    "consent": (set(), set()),
    "attested": (set(), set()),
    "reviewer_judges": (set(), set()),
}
_EXIT_PARAMETERS: dict[str | None, tuple[set[str], set[str]]] = {
    None: (set(), set()),
    "no_reply_in_a_row": ({"limit"}, {"window"}),
    "absent_after_accept_in_a_row": ({"limit"}, {"window"}),
    "unjustified_decline": (set(), {"limit"}),
    "age_reached": ({"age", "counted", "warn_days"}, {"exempt_marks"}),
    "grade_count": ({"limit", "grade", "window"}, set()),
    "annual_grade": ({"grade"}, set()),
    "resignation": (set(), set()),
    "violation_report": (set(), set()),
    "unreachable": (set(), set()),
}


class RegulationError(ValueError):
    """A regulation file is not usable. file: its name; key: dotted path; reason: Chinese, for an official."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        self.file = file
        self.key = key
        self.reason = reason
        super().__init__(f"{file}：{key}：{reason}" if key else f"{file}：{reason}")


def load(path: Path) -> Regulation:
    """Read one edition. Raises RegulationError; an unreadable file raises OSError."""
    return parse(path.read_bytes(), path)


def parse(source: bytes, path: Path) -> Regulation:
    """The regulation in these bytes; `path` is kept and its name stands in errors."""
    try:
        table = tomllib.loads(source.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RegulationError(path.name, "", f"不是有效的 TOML 文件（{error}）") from None
    reader = _Reader(path.name)
    if isinstance(exclusions := table.get("exclusions"), dict):
        for code, entry in exclusions.items():
            if isinstance(entry, dict) and "code" in entry:
                reader.fail(f"exclusions.{code}.code", "代码就是表名，不必另写")
    regulation: Regulation = reader.build(Regulation, table, "")
    _check(regulation, reader.fail)
    recusal = {
        ground.reason_code: ExclusionReason(code=ground.reason_code, name=ground.name, article=ground.article)
        for ground in regulation.recusal
    }
    return replace(
        regulation,
        exclusions=MappingProxyType({**recusal, **regulation.exclusions}),
        file=path,
        source=source,
    )


@cache
def _hints(cls: type) -> Mapping[str, Any]:
    return get_type_hints(cls)


@dataclass(frozen=True)
class _Reader:
    """Builds dataclasses from tables, following their annotations."""

    file: str

    def fail(self, key: str, reason: str) -> NoReturn:
        raise RegulationError(self.file, key, reason)

    def build(self, cls: Any, table: Any, path: str, **given: Any) -> Any:
        if not isinstance(table, dict):
            self.fail(path, f"应为表，写成了{self._type_of(table)}")
        allowed = {item.name: item for item in fields(cls) if item.name not in _NOT_IN_FILE.get(cls, ())}
        for key in table:
            if key not in allowed:
                self.fail(_join(path, key), f"没有这个键；这里可用的键：{'、'.join(allowed)}")
        values = dict(given)
        for name, item in allowed.items():
            if name in table:
                values[name] = self.value(_hints(cls)[name], table[name], _join(path, name))
            elif item.default is MISSING and item.default_factory is MISSING:
                self.fail(_join(path, name), "缺少条款号" if name == "article" else "缺少这一项")
        for name in table:
            if name == "article" or name.endswith("_article"):
                self._article(values[name], _join(path, name))
        return cls(**values)

    def value(self, hint: Any, raw: Any, path: str) -> Any:
        origin = get_origin(hint)
        if origin in (Union, UnionType):
            (inner,) = (one for one in get_args(hint) if one is not NoneType)
            return self.value(inner, raw, path)
        if origin is Literal:
            if raw not in get_args(hint) or isinstance(raw, bool):
                self.fail(path, f"不认识“{raw}”；可用：{'、'.join(get_args(hint))}")
            return raw
        if origin is tuple:
            if not isinstance(raw, list):
                self.fail(path, f"应为数组，写成了{self._type_of(raw)}")
            return tuple(self.value(get_args(hint)[0], one, f"{path}[{i}]") for i, one in enumerate(raw, 1))
        if origin is not None and issubclass(origin, Mapping):
            if not isinstance(raw, dict):
                self.fail(path, f"应为表，写成了{self._type_of(raw)}")
            return {key: self.build(get_args(hint)[1], one, _join(path, key), code=key) for key, one in raw.items()}
        if is_dataclass(hint):
            return self.build(hint, raw, path)
        if type(raw) is not hint:
            self.fail(path, f"应为{_TYPE_NAMES[hint]}，写成了{self._type_of(raw)}")
        if hint is int and raw < 0:
            self.fail(path, "不能是负数")
        return raw

    def _article(self, value: str, path: str) -> None:
        try:
            if not schema.printed(value):
                raise ValueError
        except ValueError:
            self.fail(path, f"条款号“{value}”写法不对，应如 13(2)b、附表1")

    @staticmethod
    def _type_of(raw: Any) -> str:
        return _TYPE_NAMES.get(type(raw), type(raw).__name__)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


Fail = Callable[[str, str], NoReturn]


def _check(regulation: Regulation, fail: Fail) -> None:
    """What the annotations cannot say."""
    if not _CODE.match(regulation.code):
        fail("code", f"代码“{regulation.code}”只能用字母、数字、连字符和下划线")
    if regulation.effective_to is not None and regulation.effective_to < regulation.effective_from:
        fail("effective_to", "失效日期早于生效日期")
    for path, items in _coded(regulation):
        seen: set[str] = set()
        for index, code in enumerate(items, 1):
            if not _CODE.match(code):
                fail(f"{path}[{index}].code", f"代码“{code}”只能用字母、数字、连字符和下划线")
            if code in seen:
                fail(f"{path}[{index}].code", f"代码“{code}”重复")
            seen.add(code)
    _check_draw_codes(regulation, fail)
    _check_readings(regulation, fail)
    _check_intake(regulation, fail)
    _check_conditions(regulation.conditions, "conditions", fail)
    for index, kind in enumerate(regulation.expert_types, 1):
        _check_conditions(kind.conditions, f"expert_types[{index}].conditions", fail)
    _check_exits(regulation, fail)
    _check_numbers(regulation, fail)
    _check_evaluation(regulation, fail)


def _coded(value: Any, path: str = "") -> Iterable[tuple[str, list[str]]]:
    """Every array of things with a code: (path, codes)."""
    if is_dataclass(value):
        for item in fields(value):
            yield from _coded(getattr(value, item.name), _join(path, item.name))
    elif isinstance(value, tuple):
        if value and hasattr(value[0], "code"):
            yield path, [one.code for one in value]
        for index, one in enumerate(value, 1):
            yield from _coded(one, f"{path}[{index}]")


def _check_draw_codes(regulation: Regulation, fail: Fail) -> None:
    codes = [(f"fields[{i}].code", one.code) for i, one in enumerate(regulation.fields, 1)]
    codes += [(f"recusal[{i}].reason_code", one.reason_code) for i, one in enumerate(regulation.recusal, 1)]
    codes += [(f"exclusions.{code}", code) for code in regulation.exclusions]
    for key, code in codes:
        if not _DRAW_CODE.match(code):
            fail(key, f"代码“{code}”要写入抽取文件，只能用大写字母、数字和连字符，至多32位")
    seen: set[str] = set()
    for key, code in codes:
        if key.startswith("recusal["):
            if code in seen:
                fail(key, f"代码“{code}”重复")
            seen.add(code)
    known = set(schema.SYSTEM_EXCLUSIONS) | seen
    for code in regulation.exclusions:
        if code not in known:
            fail(f"exclusions.{code}", f"没有这个排除原因；可用：{'、'.join(sorted(known))}")


def _check_readings(regulation: Regulation, fail: Fail) -> None:
    known = {one.id for one in regulation.readings}
    if len(known) < len(regulation.readings):
        fail("readings", "编号重复")
    for path, provision in regulation.provisions():
        for one in provision.readings:
            if one not in known:
                fail(f"{path}.readings", f"没有编号为“{one}”的释义")


def _check_intake(regulation: Regulation, fail: Fail) -> None:
    steps = {step.code for step in regulation.intake.steps}
    channels = {channel.code for channel in regulation.intake.channels}
    for index, channel in enumerate(regulation.intake.channels, 1):
        key = f"intake.channels[{index}].steps"
        for step in channel.steps:
            if step not in steps:
                fail(key, f"环节“{step}”没有在 intake.steps 中写明")
        if not channel.steps or channel.steps[-1] != "admission":
            fail(key, "最后一个环节应为 admission（批准入库）")
        if len(set(channel.steps)) < len(channel.steps):
            fail(key, "环节重复")
        if "publicity" in channel.steps and regulation.publicity is None:
            fail(key, "有公示环节，却没有 publicity 表")
    for index, kind in enumerate(regulation.expert_types, 1):
        for one in kind.channels:
            if one not in channels:
                fail(f"expert_types[{index}].channels", f"没有代码为“{one}”的入库方式")
    types = {kind.code for kind in regulation.expert_types}
    for path, condition in _all_conditions(regulation):
        for one in condition.exempt_types:
            if one not in types:
                fail(f"{path}.exempt_types", f"没有代码为“{one}”的专家类别")


def _all_conditions(regulation: Regulation) -> Iterable[tuple[str, Condition]]:
    return ((path, one) for path, one in regulation.provisions() if isinstance(one, Condition))


def _parameters(item: Any, strategy: str | None, table: Mapping[Any, tuple[set[str], set[str]]], key: str, fail: Fail) -> None:
    """The parameters that a strategy needs are there, and no others."""
    required, optional = table[strategy]
    every = set().union(*(one | other for one, other in table.values()))
    for name in sorted(every):
        present = getattr(item, name) not in (None, "", ())
        if present and name not in required | optional:
            fail(f"{key}.{name}", f"“{strategy or '没有触发条件的事项'}”用不到这一项")
        if not present and name in required:
            fail(f"{key}.{name}", f"“{strategy}”缺少这一项")


def _check_conditions(conditions: tuple[Condition, ...], path: str, fail: Fail) -> None:
    for index, one in enumerate(conditions, 1):
        key = f"{path}[{index}]"
        _parameters(one, one.strategy, _CONDITION_PARAMETERS, key, fail)
        if one.waivable and not one.waiver_article:
            fail(f"{key}.waiver_article", "可以豁免的条件须写明豁免依据的条款号")
        _check_conditions(one.alternatives, f"{key}.alternatives", fail)


def _check_exits(regulation: Regulation, fail: Fail) -> None:
    if regulation.exits is None:
        return
    grades = {one.name for one in regulation.evaluation.grades} if regulation.evaluation else set()
    annual = {one.name for one in regulation.annual_assessment.grades} if regulation.annual_assessment else set()
    for index, ground in enumerate(regulation.exits.grounds, 1):
        key = f"exits.grounds[{index}]"
        _parameters(ground, ground.trigger, _EXIT_PARAMETERS, key, fail)
        _check_ban(ground, key, fail)
        if ground.trigger == "grade_count" and ground.grade not in grades:
            fail(f"{key}.grade", f"履职评价没有“{ground.grade}”这个等次")
        if ground.trigger == "annual_grade" and ground.grade not in annual:
            fail(f"{key}.grade", f"年度考核没有“{ground.grade}”这个等次")
    if regulation.update and regulation.update.late_ground:
        if regulation.update.late_ground not in {one.code for one in regulation.exits.grounds}:
            fail("update.late_ground", f"没有代码为“{regulation.update.late_ground}”的出库情形")


def _check_ban(ground: ExitGround, key: str, fail: Fail) -> None:
    if ground.ban_years is not None and ground.ban_lifetime:
        fail(f"{key}.ban_years", "终身不得重新入库的，不能再写年限")
    if (ground.ban_years is not None or ground.ban_lifetime) and not ground.ban_article:
        fail(f"{key}.ban_article", "缺少条款号")


def _check_numbers(regulation: Regulation, fail: Fail) -> None:
    positive = ("publicity.days", "term.years", "freeze.after_years", "draw.ratio", "contact.reply_hours", "contact.standby.per_seats")
    for key in positive:
        number: Any = regulation
        for name in key.split("."):
            number = getattr(number, name, None)
        if number == 0:
            fail(key, "应大于 0")
    if regulation.draw and regulation.draw.watch_required and not regulation.draw.watched_by:
        fail("draw.watched_by", "须有人监督抽取，却没有写明由谁监督")


def _check_evaluation(regulation: Regulation, fail: Fail) -> None:
    evaluation = regulation.evaluation
    if evaluation is None:
        return
    scored = evaluation.scheme == "scored"
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


__all__ = ["Provision", "RegulationError", "load", "parse"]
