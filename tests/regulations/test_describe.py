"""The explanation for officials is complete: every provision, every silence, in words."""

from __future__ import annotations

import dataclasses
import re
import typing

import pytest

from expertpool.regulations import catalogue, schema
from expertpool.regulations import executed as register
from expertpool.regulations.describe import (
    LABELS,
    SILENCES,
    TOPICS,
    VALUES,
    article_order,
    describe,
    not_executed,
    silences,
)
from expertpool.regulations.executed import PROVISIONS, UNUSED_DETAILS, UNUSED_EXCLUSIONS, executed, unused_details
from expertpool.regulations.schema import Provision, Rule
from expertpool.regulations.walk import provision_key

EDITIONS = {one.code: one for one in catalogue.editions()}
#: Attributes that the explanation shows in another way, or that are parts with provisions of their own.
SHOWN_OTHERWISE = {
    *("article", "quote", "readings", "note", "code", "name", "label", "title", "by_hand"),
    *("alternatives", "conditions", "consents", "attestations", "field_scope", "certificate", "fields"),
    *("objection", "exemption", "lookup", "grounds", "approvals", "supplementary", "designation", "guest"),
    *("emergency", "priority", "standby", "decline_reasons", "reasons", "sections", "criteria"),
    *("on_experts", "on_units"),
}


def provision_classes() -> list[type]:
    return [one for one in vars(schema).values() if isinstance(one, type) and issubclass(one, Provision)]


def test_every_attribute_of_a_provision_has_a_chinese_label() -> None:
    names = {item.name for cls in provision_classes() for item in dataclasses.fields(cls)}
    assert names - set(LABELS) - SHOWN_OTHERWISE == set()


def closed_values(hint: object) -> list[str]:
    if typing.get_origin(hint) is typing.Literal:
        return [one for one in typing.get_args(hint) if isinstance(one, str)]
    return [value for one in typing.get_args(hint) for value in closed_values(one)]


def test_every_closed_value_has_chinese_words() -> None:
    roles = {"recommending_unit", "leader", "office", "department", "inspector"}  # named by the labels of the file
    missing = {
        f"{item.name}.{value}"
        for cls in provision_classes()
        for item in dataclasses.fields(cls)
        for value in closed_values(typing.get_type_hints(cls)[item.name])
        if value.isascii() and value not in VALUES and f"{item.name}.{value}" not in VALUES and value not in roles
    }
    assert missing == set()


@pytest.mark.parametrize("code", EDITIONS)
def test_every_topic_is_named(code: str) -> None:
    assert {path for path, _ in EDITIONS[code].provisions()} - set(TOPICS) == set()


@pytest.mark.parametrize("code", EDITIONS)
def test_every_article_quote_and_reading_is_in_the_explanation(code: str) -> None:
    regulation = EDITIONS[code]
    text = describe(regulation)
    lines = text.splitlines()
    for _, one in regulation.provisions():
        assert one.printed_article in lines
        assert one.quote in text
        assert one.note in text
    for reading in regulation.readings:
        assert f"{reading.problem}：{reading.text}" in text
    assert not re.search(r"[A-Z]\w+\(|None|True|False|\(\)", text)


def test_the_beginning_of_an_explanation() -> None:
    assert describe(EDITIONS["neimenggu"]).splitlines()[:5] == [
        "《内蒙古自治区科技专家库管理办法》",
        "代码：neimenggu    版本：2023-01-01    状态：已发布",
        "发文机关：内蒙古自治区科学技术厅",
        "管理部门：内蒙古自治区科学技术厅",
        "有效期：自2023年1月1日起，未规定失效日期（第二十五条）",
    ]


def test_a_provision_in_words() -> None:
    text = describe(EDITIONS["xinjiang-2025"])
    assert "年度上限（次数：10；年度：自然年；计入：已出席、已接受尚未举行；可以豁免：是；豁免批准人：分管领导）" in text
    assert (
        "评价指标：保密与合规性（分值：10；分值区间：严格保密（9-10）、基本合格（7-8）、轻微疏漏（5-6）、违规风险（3-4）、"
        "重大失误（0-2）→生成违规线索）"
    ) in text


def test_what_xinjiang_leaves_open() -> None:
    assert [key for key, _ in silences(EDITIONS["xinjiang-2025"])] == [
        "publicity.objection.notify",
        "term",
        "freeze",
        "update.change_report_workdays",
        "rotation.sit_out",
        "request.lead_workdays",
        "draw.designation",
        "draw.guest",
        "draw.emergency",
        "annual_assessment",
        "sanctions.on_units",
    ]


def test_a_silent_part_is_said_once_and_not_again_for_its_details() -> None:
    keys = [key for key, _ in silences(dataclasses.replace(EDITIONS["xinjiang-2025"], publicity=None))]
    assert [key for key in keys if key.startswith("publicity")] == ["publicity"]
    assert set(keys) < set(SILENCES)


def test_articles_are_in_the_order_of_the_text() -> None:
    order = ["1", "9a", "9b", "9(1)", "9(2)", "9(10)", "10(1)", "13a", "13(1)", "附表1", "附表2一", "附表2二a", "附表3a"]
    order_mixed = [*order[5:], *order[:5]]
    assert sorted(order_mixed, key=article_order) == order
    assert sorted(["6bis-a", "6(4)", "7(1)", "6"], key=article_order) == ["6", "6(4)", "6bis-a", "7(1)"]
    chapters = sorted(["四(9)a", "三·第八章", "四(2)", "三·第三章a", "三·第二章"], key=article_order)
    assert chapters == ["三·第二章", "三·第三章a", "三·第八章", "四(2)", "四(9)a"]


def test_the_list_of_what_is_executed_knows_every_provision_and_no_other() -> None:
    keys = {
        provision_key(path, one)
        for regulation in EDITIONS.values()
        for path, one in regulation.provisions()
        if not (isinstance(one, Rule) and one.by_hand)
    }
    assert keys == set(PROVISIONS)


def test_what_people_do_is_never_listed_as_missing() -> None:
    rule = Rule(article="1", code="x", name="x", by_hand=True)
    assert executed("others", rule)
    assert not executed("others", dataclasses.replace(rule, by_hand=False))


@pytest.mark.parametrize("code", EDITIONS)
def test_what_no_code_acts_on_is_marked_and_listed(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in PROVISIONS:
        monkeypatch.setitem(PROVISIONS, key, True)
    monkeypatch.setattr(register, "UNUSED_DETAILS", set())
    monkeypatch.setattr(register, "UNUSED_EXCLUSIONS", set())
    assert not_executed(EDITIONS[code]) == ()
    assert "【尚未执行】" not in describe(EDITIONS[code])
    assert describe(EDITIONS[code]).endswith("四、尚未执行（系统中还没有程序据以办理的规定）\n  没有。\n")
    monkeypatch.setitem(PROVISIONS, "evaluation:graded", False)
    monkeypatch.setitem(PROVISIONS, "evaluation:scored", False)
    monkeypatch.setitem(PROVISIONS, "evaluation:marks", False)
    path, one = not_executed(EDITIONS[code])[0]
    assert (path, one) == ("evaluation", EDITIONS[code].evaluation)
    listed = describe(EDITIONS[code]).split("四、尚未执行")[1].splitlines()[1:]
    assert listed[0] == f"  · {one.printed_article}：履职评价"
    # Criteria without points fall with their scheme; those with points stand by themselves.
    inner = [] if one.scheme == "scored" else [*one.sections, *one.criteria]
    assert len(listed) == 1 + len(inner)


def test_details_that_no_code_acts_on_are_each_said_by_some_edition() -> None:
    said = set()
    for regulation in EDITIONS.values():
        for path, one in regulation.provisions():
            for name, value in unused_details(path, one):
                key = f"{provision_key(path, one)}.{name}"
                said.add(key if key in UNUSED_DETAILS else f"{key}={value}")
    assert said == UNUSED_DETAILS
    assert {code for one in EDITIONS.values() for code in one.exclusions} >= UNUSED_EXCLUSIONS


def test_a_detail_that_no_code_acts_on_is_marked_and_listed() -> None:
    text = describe(EDITIONS["neimenggu"])
    assert "人数不足依据：第十五条第（一）项）【其中尚未执行：选取方式（择优选取）、人数不足的补充办法（邀请入库）】" in text
    assert "  · 第十四条第（二）项：抽取——其中：选取方式（择优选取）、人数不足的补充办法（邀请入库）\n" in text
    assert "  · 第十四条第（四）项第6目：回避事项：与被评审项目单位有经济利害关系——其中：上市公司除外\n" in text
    assert "  · 第十一条：不进入抽取的原因：连续两年未确认或更新信息，资格冻结\n" in text
