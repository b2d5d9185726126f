"""The guide for who writes a regulation: its file and its examples load, its tables say what the code does."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest

from expertpool.regulations import Regulation, schema
from expertpool.regulations.explain import describe
from expertpool.regulations.loader import regulation_of
from expertpool.regulations.schema import ROLES, SYSTEM_DEFAULTS, Default
from expertpool.regulations.schema.base import Practice
from expertpool.regulations.schema.roles import ROLES_AT
from expertpool.rooms import declared
from tests.regulations import guide

FILE = tomllib.loads(guide.FILE)
EXAMPLES = [tomllib.loads(one) for one in guide.EXAMPLES]
NAME = Path("2026-01-01.toml")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table whose first column has this heading."""
    table = guide.GUIDE.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def with_example(number: int) -> Regulation:
    return regulation_of({**FILE, **EXAMPLES[number]}, NAME)


def test_each_place_and_who_may_stand_there_is_in_the_guide() -> None:
    told = {place.strip("`").replace(" ", ":"): set(roles.split(", ")) for place, roles, _does in rows("place")}
    inner = "expert_types.conditions.waiver_approver"
    assert told == {place: set(roles) for place, roles in ROLES_AT.items() if place != inner}
    assert ROLES_AT[inner] == ROLES_AT["conditions.waiver_approver"]


def words(default: Default) -> str:
    if default.same_as:
        return f"as `{default.same_as}`"
    values = default.value if isinstance(default.value, tuple) else (default.value,)
    return ", ".join("`true`" if one is True else f"`{one}`" for one in values)


def test_each_default_is_in_the_guide() -> None:
    assert {key.strip("`"): value for key, value in rows("key")} == {path: words(one) for path, one in SYSTEM_DEFAULTS.items()}


@pytest.mark.parametrize(
    "values",
    [
        get_args(schema.ConditionStrategy),
        get_args(schema.ExitTrigger),
        get_args(schema.RecusalMatch),
        get_args(schema.StepKind),
        get_args(schema.StepNeed),
        get_args(schema.PublicColumn),
        get_args(Practice)[1:],
        ROLES,
    ],
)
def test_the_guide_names_every_value(values: tuple[str, ...]) -> None:
    named = set(re.findall(r"`([a-z_]+)`", guide.GUIDE))
    assert [value for value in values if value not in named] == []


def test_a_chain_with_a_role_twice_and_one_that_nobody_approves() -> None:
    intake = with_example(0).intake
    assert [(one.kind, one.role) for one in intake.chain("twice")] == [
        ("endorse", "recommending_unit"),
        ("review", "office"),
        ("review", "office"),
        ("admission", "department"),
    ]
    assert [one.role for one in intake.chain("self")] == ["department"]
    assert [intake.needs_recommending_unit(one) for one in ("twice", "self")] == [True, False]


@pytest.mark.parametrize(
    ("path", "roles", "given"),
    [
        ("management.kept_by", ("office", "agency"), True),
        ("request.filed_by", ("department",), True),
        ("draw.drawn_by", ("leader",), True),
        ("draw.watched_by", ("office", "inspector"), True),
        ("draw.share_by", ("office",), True),
        ("draw.countersigned_by", ("inspector",), False),
        ("contact.contact_by", ("department",), True),
        ("contact.recorded_by", ("agency",), True),
    ],
)
def test_other_people_at_every_place(path: str, roles: tuple[str, ...], given: bool) -> None:
    regulation = with_example(1)
    assert (regulation.said(path).roles, regulation.said(path).given) == (roles, given)
    assert regulation.request is not None
    assert [one.role for one in regulation.request.approvals] == ["leader", "leader"]
    assert regulation.draw is not None
    assert regulation.draw.watchers_required == 2


def test_a_draw_of_which_the_paper_says_nothing_is_the_systems_default() -> None:
    regulation: Any = with_example(2)
    draw, contact = regulation.draw, regulation.contact
    assert (draw.drawn_by, draw.watched_by, draw.share_by, draw.ratio, draw.watchers_required) == (
        "office",
        ("inspector",),
        "inspector",
        1,
        0,
    )
    assert (contact.contact_by, contact.recorded_by, contact.reply_hours) == ("office", "office", 24)
    text = describe(regulation, declared())
    assert "抽取（分领域抽取：是" not in text  # said once, among the defaults
    assert "抽取人：专家库管理部门（系统默认）" in text
    assert "系统默认：抽取·分领域抽取：是。" in text
    assert "未规定使用申请须经审批：提出即可抽取。" in text


def test_a_missing_table_means_that_the_step_or_limit_does_not_exist() -> None:
    for part, silence in {
        "exits": "未规定出库：不能办理出库，本人也不能在系统中申请退出。",
        "rotation": "未规定轮换：不按次数排除，也不因连续选中排除。",
        "publicity": "未规定公示：不经公示入库。",
        "contact": "未规定如何联系：不设候补，谢绝邀请不须说明原因。",
        "request": "未规定使用申请：不须审批，提出即可抽取。",
    }.items():
        table = {key: value for key, value in FILE.items() if key != part}
        if part == "publicity":
            table["intake"] = EXAMPLES[0]["intake"]
        assert f"  · {silence}" in describe(regulation_of(table, NAME), declared()).splitlines()
