"""The explanation for officials is complete: every provision, every default, every silence, in words and without codes."""

from __future__ import annotations

import dataclasses
import re
import typing

import pytest

from expertpool.regulations import catalogue, schema
from expertpool.regulations.acting import Acts, Declaration, judged
from expertpool.regulations.explain import (
    LABELS,
    SILENCES,
    TOPICS,
    VALUES,
    article_order,
    defaults,
    describe,
    explain,
    not_executed,
    silences,
)
from expertpool.regulations.loader import parse
from expertpool.regulations.schema import SYSTEM_DEFAULTS, Provision, Regulation
from expertpool.rooms import declared

EDITIONS = {one.code: one for one in catalogue.editions()}
NOBODY = Acts()
#: Attributes that the explanation shows in another way, or that are parts with provisions of their own.
SHOWN_OTHERWISE = {
    *("article", "quote", "readings", "note", "code", "name", "label", "title", "by_hand", "reason_code", "given"),
    *("alternatives", "conditions", "consents", "attestations", "field_scope", "certificate", "fields"),
    *("objection", "exemption", "lookup", "grounds", "approvals", "supplementary", "designation", "guest"),
    *("emergency", "priority", "standby", "decline_reasons", "reasons", "sections", "criteria"),
    *("on_experts", "on_units"),
}


def everybody(*, without: tuple[str, ...] = ()) -> Acts:
    """A house that acts on everything that the five editions say, but for these places."""
    places: set[str] = {"rules.practice", "exclusions.code", *SYSTEM_DEFAULTS}
    for regulation in EDITIONS.values():
        for path, one in regulation.provisions():
            place = "conditions" if isinstance(one, schema.Condition) else path
            places |= {place, *(f"{place}.{item.name}" for item in dataclasses.fields(one))}
    return Acts(tuple(Declaration(place, (), everybody) for place in sorted(places - set(without))))


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
    roles = set(schema.ROLES)  # named by the labels of the file
    missing = {
        f"{item.name}.{value}"
        for cls in provision_classes()
        for item in dataclasses.fields(cls)
        for value in closed_values(typing.get_type_hints(cls)[item.name])
        if value and value.isascii() and value not in VALUES and f"{item.name}.{value}" not in VALUES and value not in roles
    }
    assert missing == set()


@pytest.mark.parametrize("code", EDITIONS)
def test_every_topic_is_named(code: str) -> None:
    assert {path for path, _ in EDITIONS[code].provisions()} - set(TOPICS) == set()


@pytest.mark.parametrize("code", EDITIONS)
def test_every_article_quote_and_reading_is_in_the_explanation(code: str) -> None:
    regulation = EDITIONS[code]
    text = describe(regulation, NOBODY)
    lines = text.splitlines()
    for _, one in regulation.provisions():
        assert one.printed_article in lines
        assert one.quote in text
        assert one.note in text
    for reading in regulation.readings:
        assert f"{reading.problem}：{reading.text}" in text
    assert not re.search(r"[A-Z]\w+\(|None|True|False|\(\)", text)


@pytest.mark.parametrize("code", EDITIONS)
def test_what_a_provision_says_holds_no_code(code: str) -> None:
    regulation = EDITIONS[code]
    said = [explain(regulation, one) for one in judged(regulation, NOBODY)]
    said += [f"{one.name}{one.value}{one.why}" for one in defaults(regulation, everybody())]
    said += [text for _key, text in silences(regulation, everybody())]
    assert "RECUSE" not in "".join(said)
    assert set(re.findall(r"[A-Za-z_-]{3,}", "".join(said))) <= {"SM3", "SHA-256"}


def test_the_beginning_of_an_explanation() -> None:
    neimenggu = EDITIONS["neimenggu"]
    lines = describe(neimenggu, NOBODY).splitlines()
    assert lines[:5] == [
        "《内蒙古自治区科技专家库管理办法》",
        "代码：neimenggu    版本：2023-01-01    状态：已发布",
        "发文机关：内蒙古自治区科学技术厅",
        "管理部门：内蒙古自治区科学技术厅",
        "有效期：自2023年1月1日起，未规定失效日期（第二十五条）",
    ]
    assert lines[6:8] == [f"文件校验值：{neimenggu.file_hash}", f"原文校验值：{neimenggu.paper_hash}（引文和条款已与原文核对）"]


def test_a_provision_in_words() -> None:
    text = describe(EDITIONS["xinjiang-2025"], everybody())
    assert (
        "评价指标：保密与合规性（分值：10；分值区间：严格保密（9-10）、基本合格（7-8）、轻微疏漏（5-6）、违规风险（3-4）、"
        "重大失误（0-2）→生成违规线索）"
    ) in text
    assert "入库环节：推荐单位核实（系统处理：单位审核、推荐；由谁办理：推荐单位；由哪个单位办理：申请所写的推荐单位）" in text


def test_a_default_that_the_paper_does_not_give_is_said_to_be_one() -> None:
    text = describe(EDITIONS["xinjiang-2025"], everybody())
    assert "年度上限（次数：10；年度：自然年（系统默认）；可以豁免：是；例外批准人：分管领导（系统默认））" in text
    assert "  · 系统默认：联系专家·答复时限（小时）：24。办法未规定答复时限。" in text
    assert "  · 系统默认：抽取·投入监督份额的人：纪检部门。办法未规定监督份额，由监督人员投入。" in text
    assert "  · 系统默认：身份存疑·决定人：专家库管理处室。" in text
    guide = b'reply_hours = 24\norder = "draw_order"\n'
    source = EDITIONS["xinjiang-2025"].source.replace(b'order = "draw_order"\n', guide, 1)
    given = describe(parse(source, EDITIONS["xinjiang-2025"].file), everybody())
    assert "答复时限（小时）：24；" in given
    assert "系统默认：联系专家·答复时限" not in given


@pytest.mark.parametrize("path", SYSTEM_DEFAULTS)
def test_every_default_is_a_key_of_the_schema_with_words_and_a_reason(path: str) -> None:
    place, _, name = path.rpartition(".")
    cls: typing.Any = Regulation
    for step in path.split("."):
        hint = typing.get_type_hints(cls)[step]
        cls = next((one for one in (hint, *flat(hint)) if dataclasses.is_dataclass(one)), None)
    assert not place or place in TOPICS
    assert name in LABELS
    assert SYSTEM_DEFAULTS[path].why.endswith("。")


def flat(hint: object) -> list[object]:
    return [one for arg in typing.get_args(hint) for one in (arg, *flat(arg))]


def test_what_xinjiang_leaves_open() -> None:
    assert [key for key, _ in silences(EDITIONS["xinjiang-2025"], everybody())] == [
        "publicity.objection.notify",
        "term",
        "freeze",
        "rotation.sit_out",
        "request.lead_workdays",
        "draw.designation",
        "draw.guest",
        "draw.emergency",
        "annual_assessment",
        "sanctions.on_units",
    ]


def test_a_silent_part_is_said_once_and_not_again_for_its_details() -> None:
    keys = [key for key, _ in silences(dataclasses.replace(EDITIONS["xinjiang-2025"], publicity=None), everybody())]
    assert [key for key in keys if key.startswith("publicity")] == ["publicity"]
    assert set(keys) < set(SILENCES)


def test_articles_are_in_the_order_of_the_text() -> None:
    order = ["1", "9a", "9b", "9(1)", "9(2)", "9(10)", "10(1)", "13a", "13(1)", "附表1", "附表2一", "附表2二a", "附表3a"]
    order_mixed = [*order[5:], *order[:5]]
    assert sorted(order_mixed, key=article_order) == order
    assert sorted(["6bis-a", "6(4)", "7(1)", "6"], key=article_order) == ["6", "6(4)", "6bis-a", "7(1)"]
    chapters = sorted(["四(9)a", "三·第八章", "四(2)", "三·第三章a", "三·第二章"], key=article_order)
    assert chapters == ["三·第二章", "三·第三章a", "三·第八章", "四(2)", "四(9)a"]


@pytest.mark.parametrize("code", EDITIONS)
def test_where_code_acts_on_everything_only_rules_without_a_practice_are_listed(code: str) -> None:
    listed = not_executed(EDITIONS[code], everybody())
    rules = [one for one in listed if isinstance(one.provision, schema.Rule)]
    # 失信惩戒期: the paper has no sanction that would put anybody under it.
    nobody_comes_under = [("exclusions", ())] if code == "neimenggu" else []
    assert [(one.path, one.missing) for one in listed if one not in rules] == nobody_comes_under
    assert [one for one in rules if one.provision.practice or one.by_hand] == []


@pytest.mark.parametrize("code", EDITIONS)
def test_where_nobody_acts_everything_is_listed_but_what_people_do(code: str) -> None:
    regulation = EDITIONS[code]
    executed = [one.provision for one in judged(regulation, NOBODY) if one.executed]
    derived = {one.reason_code for one in regulation.recusal}
    # A reason that a ground of recusal gives is the ground's, and is not listed apart.
    assert [one for one in executed if not getattr(one, "by_hand", False) and getattr(one, "code", "") not in derived] == []


def test_what_is_false_or_nothing_is_said_like_anything_else() -> None:
    jiaozuo = describe(EDITIONS["jiaozuo-2024"], everybody())
    assert "须在场监督的人数：0；" in jiaozuo
    assert "出库情形：本人申请不再担任专家的（序号：1；提出原因：本人申请；须写明理由：否；须有证据：否；" in jiaozuo
    source = EDITIONS["xinjiang-2025"].source.replace(b"stratified = true", b"stratified = false").replace(b"watchers_required = 1\n", b"")
    source = source.replace(b'watched_by = ["inspector"]', b"watched_by = []")
    text = describe(parse(source, EDITIONS["xinjiang-2025"].file), everybody(without=("draw.stratified",)))
    assert "抽取（分领域抽取：否；" in text
    assert "监督人：无；" in text
    assert "须在场监督的人数：0（系统默认）；" in text
    assert "  · 第十三条第（二）项：抽取——其中：分领域抽取（否）\n" in text


@pytest.mark.parametrize("code", EDITIONS)
def test_nothing_is_said_of_what_would_stand_in_a_part_that_nobody_acts_on(code: str) -> None:
    idle = {one.path for one in judged(EDITIONS[code], declared()) if not one.executed}
    keys = [key for key, _ in silences(EDITIONS[code], declared())]
    assert [key for key in keys if key.rpartition(".")[0] in idle] == []
    assert ("evaluation_form" in keys) is (EDITIONS[code].evaluation_form is None and "evaluation" not in idle)
    assert [key for key, _ in silences(EDITIONS[code], NOBODY) if "." in key and key.split(".")[0] not in ("rotation",)] == []


def test_silences_that_hold_of_some_editions_only() -> None:
    said = {code: dict(silences(one, declared())) for code, one in EDITIONS.items()}
    assert [code for code, one in said.items() if "exits.resignation" in one] == ["guangxi-draft"]
    assert [code for code, one in said.items() if "rotation" in one] == ["guangxi-draft", "neimenggu"]
    assert [code for code, one in said.items() if "evaluation.due_workdays" in one] == []


def test_who_acts_where_the_paper_has_no_such_part_is_said_all_the_same() -> None:
    guangxi = {one.path for one in defaults(EDITIONS["guangxi-draft"], everybody())}
    assert {"doubts.decided_by", "sanctions.reported_by", "sanctions.decided_by"} <= guangxi
    without = dataclasses.replace(EDITIONS["guangxi-draft"], request=None, contact=None)
    assert {"request.filed_by", "request.attendance_by", "contact.contact_by"} <= {one.path for one in defaults(without, everybody())}
    undrawn = dataclasses.replace(without, draw=None)
    assert [one.path for one in defaults(undrawn, everybody()) if one.path.startswith(("contact", "draw"))] == []


def test_a_default_that_nobody_acts_on_is_not_said_beside_what_the_paper_gives() -> None:
    xinxian = describe(EDITIONS["xinxian-2021"], everybody(without=("term.warn_days", "annual_assessment.assessed_by")))
    assert "  · 聘期（年数：3）\n" in xinxian
    assert "提前提醒天数" not in xinxian
    assert "  · 聘期（年数：3；提前提醒天数：90（系统默认））\n" in describe(EDITIONS["xinxian-2021"], everybody())


def test_what_people_do_is_marked_as_theirs() -> None:
    lines = describe(EDITIONS["xinjiang-2025"], NOBODY).splitlines()
    assert "  · 【由人办理】其他规定：加强对所属行业专家的培训指导" in lines
    by_hand = [one for one in judged(EDITIONS["xinjiang-2025"], NOBODY) if one.by_hand]
    assert sum("【由人办理】" in line for line in lines) == len(by_hand) == 8


def test_a_detail_that_no_code_acts_on_is_marked_and_listed() -> None:
    acts = everybody(without=("draw.modes", "draw.shortage_fallback", "recusal.listed_exempt"))
    text = describe(EDITIONS["neimenggu"], acts)
    assert "【其中尚未执行：选取方式（随机抽取）、选取方式（择优选取）、人数不足的补充办法（邀请入库）】" in text
    assert "  · 第十四条第（四）项第6目：回避事项：与被评审项目单位有经济利害关系——其中：上市公司除外\n" in text


def test_an_edition_without_its_paper_says_so() -> None:
    regulation = parse(EDITIONS["neimenggu"].source, EDITIONS["neimenggu"].file)
    assert regulation.paper is None
    text = describe(regulation, NOBODY)
    assert "原文未附，引文未核对" in text.splitlines()
    assert "五、文件没有引用的条款" not in text


def test_articles_that_nothing_cites_are_listed() -> None:
    text = describe(EDITIONS["guangxi-draft"], NOBODY)
    assert text.endswith(
        "五、文件没有引用的条款\n" + "".join(f"  · 说明第二部分第（{one}）项\n" for one in "一二三四五") + "  · 说明第三部分第一章\n"
    )
    assert describe(EDITIONS["xinjiang-2025"], NOBODY).endswith("五、文件没有引用的条款\n  没有。\n")
