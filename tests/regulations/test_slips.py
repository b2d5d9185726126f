"""What says nothing, says it twice, or contradicts itself is refused, wherever in a file it stands."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from expertpool.regulations import Regulation, RegulationError, catalogue
from expertpool.regulations.loader import regulation_of
from expertpool.regulations.schema.base import Rule, without_indexes

NAME = Path("办法.toml")
TABLES = {one.code: tomllib.loads(one.source.decode()) for one in catalogue.editions()}
XINJIANG, XINXIAN, NEIMENGGU, JIAOZUO = (TABLES[code] for code in ("xinjiang-2025", "xinxian-2021", "neimenggu", "jiaozuo-2024"))
#: Numbers that say something where they are nothing, and arrays that do where they are empty.
ZERO = {"low", "high", "lookback_months", "warn_days", "lapse_warn_days", "watchers_required", "minimum"}
EMPTY = {"request.approvals", "request.required_fields", "draw.watched_by", "management.read_by"}


def refusal(table: dict[str, Any]) -> str:
    """Why a file is refused; empty where it loads."""
    try:
        regulation_of(table, NAME)
    except RegulationError as error:
        return f"{error.key}：{error.reason}"
    return ""


def changed(table: dict[str, Any], change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    other = copy.deepcopy(table)
    change(other)
    return other


def keys_in(value: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Every key of a file as (dotted path with indexes, its table, its name)."""
    for name, inner in value.items() if isinstance(value, dict) else ():
        here = f"{path}.{name}" if path else name
        yield here, value, name
        if isinstance(inner, dict):
            yield from keys_in(inner, here)
        for index, one in enumerate(inner if isinstance(inner, list) else [], 1):
            yield from keys_in(one, f"{here}[{index}]")


def one_of_each(kind: type) -> list[tuple[str, str]]:
    """Where in the five files values of a type stand: edition and path, each place once."""
    found: dict[str, tuple[str, str]] = {}
    for code, table in TABLES.items():
        for path, holder, name in keys_in(table):
            if type(holder[name]) is kind:
                found.setdefault(without_indexes(path), (code, path))
    return list(found.values())


def with_value(code: str, path: str, new: Callable[[Any], Any]) -> dict[str, Any]:
    table = copy.deepcopy(TABLES[code])
    _, holder, name = next(one for one in keys_in(table) if one[0] == path)
    holder[name] = new(holder[name])
    return table


@pytest.mark.parametrize(("code", "path"), one_of_each(int))
def test_a_number_is_more_than_nothing(code: str, path: str) -> None:
    said = refusal(with_value(code, path, lambda old: 0))
    if path.rpartition(".")[2] in ZERO:
        assert not said.endswith("应大于 0")
    else:
        assert said == f"{path}：应大于 0"


@pytest.mark.parametrize(("code", "path"), one_of_each(list))
def test_an_array_holds_something_and_each_word_once(code: str, path: str) -> None:
    said = refusal(with_value(code, path, lambda old: []))
    assert said.startswith(f"{path}：不能为空") is (without_indexes(path) not in EMPTY)
    _, holder, name = next(one for one in keys_in(TABLES[code]) if one[0] == path)
    if (words := holder[name]) and isinstance(words[0], str):
        assert refusal(with_value(code, path, lambda old: [*old, old[0]])) == f"{path}：“{words[0]}”重复"


@pytest.mark.parametrize(("code", "path"), one_of_each(str))
def test_no_text_is_empty(code: str, path: str) -> None:
    assert refusal(with_value(code, path, lambda old: " ")).startswith(f"{path}：")


def test_the_five_files_are_what_is_changed_here() -> None:
    assert [refusal(table) for table in TABLES.values()] == [""] * 5
    assert len(one_of_each(int)) > 15
    assert len(one_of_each(list)) > 60
    assert len(one_of_each(str)) > 150


@pytest.mark.parametrize("quote", ["三", "聘用期", "聘 用\n期"])
def test_a_quote_is_long_enough_to_be_one(quote: str) -> None:
    assert refusal(changed(XINXIAN, lambda file: file["term"].update(quote=quote))) == "term.quote：引文太短，至少4个字"


def every_array_of_tables() -> list[tuple[str, str, str]]:
    found: dict[str, tuple[str, str, str]] = {}
    for code, table in TABLES.items():
        for path, holder, name in keys_in(table):
            entries = holder[name]
            if isinstance(entries, list) and isinstance(entries[:1] and entries[0], dict):
                for key in ("code", "name", "label"):
                    if key in entries[0]:
                        found.setdefault(f"{without_indexes(path)}.{key}", (code, path, key))
    return list(found.values())


@pytest.mark.parametrize(("code", "path", "key"), every_array_of_tables())
def test_no_two_of_one_array_are_called_the_same(code: str, path: str, key: str) -> None:
    """A grade is counted by its name, a ground is found by its code, an official reads both."""

    def double(entries: list[Any]) -> list[Any]:
        other = {**entries[0], key: entries[0][key]}
        if key != "code" and "code" in other:
            other["code"] = "ANOTHER"
        if key == "code" and "name" in other:
            other["name"] = "另一个"
        return [entries[0], other, *entries[1:]]

    word = "代码" if key == "code" else "名称"
    [first] = [holder[name][0][key] for here, holder, name in keys_in(TABLES[code]) if here == path]
    assert refusal(with_value(code, path, double)) == f"{path}[2].{key}：{word}“{first}”重复"


def ground(**given: Any) -> dict[str, Any]:
    return {"code": "another", "name": "另一情形", "article": "7(10)", **given}


AGE = {"trigger": "age_reached", "age": 75, "counted": "on_birthday", "warn_days": 30}
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "who draws watches": (
        changed(XINXIAN, lambda file: file["draw"].update(watched_by=["inspector", "department"])),
        "draw.watched_by：抽取人不能自己监督抽取",
    ),
    "a second age": (
        changed(XINJIANG, lambda file: file["exits"]["grounds"].append(ground(**AGE))),
        "exits.grounds[12].trigger：“age_reached”只能有一种情形",
    ),
    "a second way to leave": (
        changed(XINJIANG, lambda file: file["exits"]["grounds"].append(ground(trigger="resignation"))),
        "exits.grounds[12].trigger：“resignation”只能有一种情形",
    ),
    "nobody signs before the leader": (
        changed(XINJIANG, lambda file: file["evaluation"].update(signoffs=["leader"])),
        "evaluation.signoffs：须先由经办人签名（handler）",
    ),
    "one of several alternatives is waived": (
        changed(XINJIANG, lambda file: file["conditions"][3]["alternatives"][2].update(waivable=True, waiver_article="5(4)")),
        "conditions[4].alternatives[3].waivable：条件之一不能单独豁免，请写在外层的条件上",
    ),
    "an approver of what cannot be waived": (
        changed(XINJIANG, lambda file: file["conditions"][0].update(waiver_approver="leader")),
        "conditions[1].waiver_approver：没有写明 waivable，用不到这一项",
    ),
    "a beginning of no ban": (
        changed(XINJIANG, lambda file: file["exits"]["grounds"][0].update(ban_from="exit")),
        "exits.grounds[1].ban_from：没有写明 ban_years、ban_lifetime，用不到这一项",
    ),
    "an article whose key is the system's default": (
        changed(XINJIANG, lambda file: file["draw"].pop("random")),
        "draw.random_article：写了依据，却没有写明所依据的内容：random",
    ),
    "an article of the fields that says nothing": (
        changed(XINJIANG, lambda file: file.pop("fields_extensible")),
        "fields_article：写了依据，却没有写明所依据的内容：fields_extensible",
    ),
    "no fields and none to be added": (
        changed(TABLES["guangxi-draft"], lambda file: file.update(fields_extensible=False)),
        "fields_extensible：没有列出专业领域，又不得增加，就没有专业领域可用",
    ),
    "a clash that is not looked for": (
        changed(XINJIANG, lambda file: file["request"].update(clash_check=False)),
        "exclusions.CLASH：不核对时间冲突（request.clash_check），没有人会因此不进入抽取",
    ),
}


@pytest.mark.parametrize(("table", "message"), REFUSED.values(), ids=REFUSED)
def test_what_contradicts_itself_is_refused_with_the_place(table: dict[str, Any], message: str) -> None:
    assert refusal(table) == message


def resting_on(practice: str, table: dict[str, Any]) -> dict[str, Any]:
    """A file one of whose rules rests on a practice, at a place that we know."""
    rule = {"code": "rests", "name": "有此一条", "article": "1", "practice": practice}
    return changed(table, lambda file: file.update(security=[rule]))


#: Practice: an edition under which it is not so, and what is said.
NOT_SO = {
    "application_form": (NEIMENGGU, "没有入库申请表（application_form）"),
    "request_form": (NEIMENGGU, "没有使用审批表（request_form）"),
    "draw_after_approval": (XINXIAN, "使用申请不须审批（request.approvals）"),
    "invitation": (changed(XINJIANG, lambda file: file.pop("draw")), "没有抽取，不发邀请（draw）"),
    "ask_more": (NEIMENGGU, "答复邀请时不能要求补充资料（contact.ask_more_article）"),
    "resignation": (TABLES["guangxi-draft"], "没有本人申请退出的情形（exits.grounds）"),
    "one_office": (XINXIAN, "抽取人、日常管理人不都是管理部门（draw.drawn_by、management.kept_by）"),
    "separation": (NEIMENGGU, "提出申请的人自己抽取（request.filed_by、draw.drawn_by）"),
    "inspector_read": (
        changed(XINXIAN, lambda file: file["management"].update(read_by=["leader"])),
        "监督人员不能查阅（management.read_by）",
    ),
    "watch": (changed(JIAOZUO, lambda file: file["draw"].update(watched_by=[])), "没有人监督抽取（draw.watched_by）"),
}


@pytest.mark.parametrize("practice", NOT_SO)
def test_no_rule_rests_on_a_practice_that_the_edition_rules_out(practice: str) -> None:
    table, why = NOT_SO[practice]
    assert refusal(resting_on(practice, table)) == f"security[1].practice：“{practice}”与本办法不符：{why}"
    assert refusal(resting_on(practice, XINJIANG)) == ""


def test_whoever_asks_and_draws_is_not_separated_from_himself() -> None:
    office = changed(XINJIANG, lambda file: file["request"].update(filed_by="office"))
    assert refusal(resting_on("separation", office)).startswith("security[1].practice：“separation”")


@pytest.mark.parametrize("code", TABLES)
def test_the_practices_of_the_five_editions_are_so(code: str) -> None:
    edition: Regulation = catalogue.editions(code)[0]
    rests = {one.practice for _, one in edition.provisions() if isinstance(one, Rule) and one.practice}
    assert ("separation" in rests, "one_office" in rests) == {
        "xinjiang-2025": (False, True),
        "jiaozuo-2024": (True, True),
    }.get(code, (False, False))
