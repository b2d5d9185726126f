"""The explanation as text: article by article, then readings, silences, what is not executed and what is not cited."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from ..acting import Acts, Judged, keys
from ..schema import Provision, Regulation, printed
from .order import in_order
from .whole import defaults, head, not_executed, silences
from .words import LABELS, TOPICS, VALUES, value_in_words


def describe(regulation: Regulation, acts: Acts) -> str:
    """The whole explanation: what the edition says, how it is read, what it leaves open, what no code acts on, what it does not cite."""
    parts = (_head(regulation), _articles(regulation, acts), _readings(regulation), _silent(regulation, acts), _idle(regulation, acts))
    return "\n".join(line for part in (*parts, _uncited(regulation)) for line in part) + "\n"


def explain(regulation: Regulation, one: Judged) -> str:
    """One provision in one line: topic, name, parameters, and which of them nobody acts on."""
    parameters = "；".join(f"{label}：{value}" for label, value in _parameters(regulation, one))
    head = _names(one.path, [one.provision])
    text = f"{head}（{parameters}）" if parameters else head
    missing = _details(regulation, one)
    return f"{text}【其中尚未执行：{missing}】" if missing else text


def _head(regulation: Regulation) -> Iterator[str]:
    yield f"《{regulation.name}》"
    yield f"代码：{regulation.code}    版本：{regulation.effective_from.isoformat()}    状态：{VALUES[regulation.status]}"
    yield f"发文机关：{regulation.issuer}" + (f"    文号：{regulation.document_number}" if regulation.document_number else "")
    yield f"管理部门：{regulation.managing_body}"
    until = f"至{_day(regulation.effective_to)}" if regulation.effective_to else "起，未规定失效日期"
    yield f"有效期：自{_day(regulation.effective_from)}{until}（{printed(regulation.effective_article)}）"
    if regulation.effective_note:
        yield f"说明：{regulation.effective_note}"
    for name, value in head(regulation):
        yield f"{name}：{value}"
    yield f"文件校验值：{regulation.file_hash}"
    yield f"原文校验值：{regulation.paper_hash}（引文和条款已与原文核对）" if regulation.paper else regulation.paper_note
    yield ""


def _articles(regulation: Regulation, acts: Acts) -> Iterator[str]:
    yield "一、逐条说明"
    article = ""
    for group in _grouped(in_order(regulation, acts)):
        first, one = group[0], group[0].provision
        if one.printed_article != article:
            article = one.printed_article
            yield article
        mark = "【由人办理】" if first.by_hand else "" if first.executed else "【尚未执行】"
        text = _names(first.path, [each.provision for each in group]) if len(group) > 1 else explain(regulation, first)
        yield f"  · {mark}{text}"
        if one.quote and one.quote != getattr(one, "name", ""):
            yield f"    原文：“{one.quote}”"
        if one.note:
            yield f"    说明：{one.note}"
        if one.readings:
            yield f"    释义：{'、'.join(one.readings)}"
    yield ""


def _readings(regulation: Regulation) -> Iterator[str]:
    yield "二、释义（办法不明确之处如何掌握，请管理部门核定）"
    for one in regulation.readings:
        yield f"  {one.id}（{printed(one.article)}）{one.problem}：{one.text}"
    yield ""


def _silent(regulation: Regulation, acts: Acts) -> Iterator[str]:
    yield "三、办法没有规定的事项"
    for _key, text in silences(regulation, acts):
        yield f"  · {text}"
    for taken in defaults(regulation, acts):
        yield f"  · 系统默认：{taken.name}：{taken.value}。{taken.why}"
    yield ""


def _idle(regulation: Regulation, acts: Acts) -> Iterator[str]:
    yield "四、尚未执行（系统中还没有程序据以办理的规定）"
    idle = _grouped(list(not_executed(regulation, acts)))
    for group in idle:
        first = group[0]
        missing = _details(regulation, first)
        names = _names(first.path, [one.provision for one in group])
        yield f"  · {first.provision.printed_article}：{names}" + (f"——其中：{missing}" if missing else "")
    if not idle:
        yield "  没有。"


def _uncited(regulation: Regulation) -> Iterator[str]:
    if not regulation.paper:
        return
    yield ""
    yield "五、文件没有引用的条款"
    for key in regulation.uncited():
        yield f"  · {printed(key)}"
    if not regulation.uncited():
        yield "  没有。"


def _grouped(provisions: Sequence[Judged]) -> list[list[Judged]]:
    """Provisions as they are shown: the boxes of a form and the fields of one article on one line."""
    groups: list[list[Judged]] = []
    for one in provisions:
        last = groups[-1][0] if groups else None
        if last and one.path.endswith("fields") and _together(last, one):
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _together(last: Judged, one: Judged) -> bool:
    same = last.path == one.path and last.provision.printed_article == one.provision.printed_article
    return same and last.executed == one.executed and _plain(last) and _plain(one)


def _plain(one: Judged) -> bool:
    return not (one.provision.quote or one.provision.note or one.provision.readings)


def _names(path: str, group: Sequence[Provision]) -> str:
    names = [_name(one) for one in group]
    return TOPICS.get(path, path) + (f"：{'、'.join(names)}" if names[0] else "")


def _name(provision: Provision) -> str:
    return str(next((value for one in ("name", "label", "title") if (value := getattr(provision, one, ""))), ""))


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _details(regulation: Regulation, one: Judged) -> str:
    return "、".join(_detail(regulation, name, value) for name, value in one.missing)


def _detail(regulation: Regulation, name: str, value: Any) -> str:
    said = value_in_words(regulation, name, value)
    return LABELS.get(name, name) + (f"（{said}）" if said != "是" and name != "text" else "")


def _parameters(regulation: Regulation, one: Judged) -> Iterator[tuple[str, str]]:
    """What the file says in the keys of a provision, whatever it says, and what code takes where it says nothing."""
    provision = one.provision
    for name in keys(provision):
        if (label := LABELS.get(name)) is None:
            continue
        value = getattr(provision, name)
        if name in provision.given:
            yield label, value_in_words(regulation, name, value)
        elif name in one.taken and value is not True:  # what is so by default is said once, among the defaults
            yield label, f"{value_in_words(regulation, name, value)}（系统默认）"
