"""Who may stand where, and what an edition says of who acts."""

from __future__ import annotations

import dataclasses
import typing
from pathlib import Path

import pytest

from expertpool.regulations import RegulationError, catalogue, schema
from expertpool.regulations.loader import parse
from expertpool.regulations.schema import ROLES, Regulation, Said
from expertpool.regulations.schema.roles import ROLES_AT, why_not_here

EDITIONS = {one.code: one for one in catalogue.editions()}
XINJIANG = EDITIONS["xinjiang-2025"].source.decode()


def changed(*pairs: tuple[str, str]) -> bytes:
    source = XINJIANG
    for old, new in pairs:
        assert old in source, old
        source = source.replace(old, new, 1)
    return source.encode()


def role_places(cls: type, path: str = "") -> list[str]:
    """Every place of the schema where a role stands."""
    found = []
    for item in dataclasses.fields(cls):
        hint = typing.get_type_hints(cls)[item.name]
        here = f"{path}.{item.name}" if path else item.name
        inner = [hint, *(one for arg in typing.get_args(hint) for one in (arg, *typing.get_args(arg)))]
        if schema.RoleCode in inner:
            found.append(here)
        for one in inner:
            if dataclasses.is_dataclass(one) and one is not cls:
                found += role_places(typing.cast(type, one), here)
    return found


def test_the_table_names_every_place_where_a_role_stands() -> None:
    named = {place.partition(":")[0] for place in ROLES_AT}
    # One of several alternatives is never waived by itself.
    assert {place for place in role_places(Regulation) if ".alternatives." not in place} == named


@pytest.mark.parametrize(
    "place",
    [
        place
        for place in ROLES_AT
        if place.endswith(("decided_by", "approved_by", "approver", ":endorse", ":review", ":decide", ":admission"))
    ],
)
def test_a_commissioned_body_never_approves_decides_endorses_or_reviews(place: str) -> None:
    assert "agency" not in ROLES_AT[place]


def test_who_watches_does_not_draw() -> None:
    assert "inspector" not in ROLES_AT["draw.drawn_by"]
    assert "agency" not in ROLES_AT["draw.drawn_by"] | ROLES_AT["draw.share_by"] | ROLES_AT["draw.watched_by"]


def test_all_roles_are_known() -> None:
    assert frozenset().union(*ROLES_AT.values()) == set(ROLES)
    assert why_not_here("draw.drawn_by", "office") == ""
    assert why_not_here("draw.ratio", "3") == ""


OFFICE_REVIEW = 'kind = "review"\nrole = "office"'
DECISION = 'kind = "decide"\nrole = "leader"'
UNIT = 'kind = "endorse"\nrole = "recommending_unit"\nunit = "recommending_unit"'

REFUSED = {
    "agency reviews": (
        changed((OFFICE_REVIEW, OFFICE_REVIEW.replace("office", "agency"))),
        "intake.steps[3].role：“agency”不能在这里办理；可用：department、leader、office、recommending_unit",
    ),
    "agency decides": (
        changed((DECISION, DECISION.replace("leader", "agency"))),
        "intake.steps[4].role：“agency”不能在这里办理；可用：department、leader、office",
    ),
    "inspector draws": (
        changed(('drawn_by = "office"', 'drawn_by = "inspector"')),
        "draw.drawn_by：“inspector”不能在这里办理；可用：department、leader、office",
    ),
    "agency approves a request": (
        changed(('code = "leader"\nname = "分管领导审批"\nrole = "leader"', 'code = "leader"\nname = "分管领导审批"\nrole = "agency"')),
        "request.approvals[3].role：“agency”不能在这里办理；可用：department、inspector、leader、office",
    ),
    "expert is told of a report": (
        changed(('notify = ["employer", "office"]', 'notify = ["employer", "expert"]')),
        "sanctions.notify：“expert”不能在这里办理；可用：department、employer、inspector、leader、office、recommending_unit",
    ),
    "the system contacts": (
        changed(('contact_by = "office"', 'contact_by = "system"')),
        "contact.contact_by：不认识“system”；可用：recommending_unit、employer、expert、office、leader、department、inspector、agency",
    ),
    "who draws gives the share": (
        changed(('drawn_by = "office"', 'drawn_by = "office"\nshare_by = "office"')),
        "draw.share_by：抽取人不能自己投入监督份额",
    ),
    "three watchers": (changed(("watchers_required = 1", "watchers_required = 3")), "draw.watchers_required：至多 2 人"),
    "employer's step by the office": (
        changed(('role = "employer"\nunit = "employer"', 'role = "office"\nunit = "employer"')),
        "intake.steps[1].unit：“employer”的账号没有“office”这个角色",
    ),
    "endorsement by nobody's unit": (
        changed((UNIT, UNIT.replace('\nunit = "recommending_unit"', ""))),
        "intake.steps[2].unit：单位审核环节须写明由哪个单位办理：employer、recommending_unit 或 own",
    ),
    "a unit at a decision": (
        changed((DECISION, DECISION + '\nunit = "own"')),
        "intake.steps[4].unit：只有单位审核、资格审核的环节可以指定由哪个单位办理",
    ),
    "two admissions": (
        changed((DECISION, 'kind = "admission"\nrole = "leader"')),
        'intake.channels[1].steps：最后一个环节应为批准入库（kind = "admission"），而且只有一个',
    ),
}


@pytest.mark.parametrize(("source", "message"), REFUSED.values(), ids=REFUSED)
def test_who_may_not_stand_there_is_refused_with_the_place(source: bytes, message: str) -> None:
    with pytest.raises(RegulationError) as caught:
        parse(source, Path("办法.toml"))
    assert str(caught.value) == f"办法.toml：{message}"


def test_steps_are_a_chain_of_any_length_and_any_role() -> None:
    steps = 'steps = ["employer_review", "unit_verification", "office_review", "department_decision", "publicity", "admission"]'
    again = '[[intake.steps]]\ncode = "second_review"\nname = "复审"\narticle = "6(3)b"\nkind = "review"\nrole = "office"\n'
    source = changed(
        (steps, 'steps = ["office_review", "second_review", "admission"]'),
        (steps, 'steps = ["admission"]'),
        ("[[intake.consents]]", again + "[[intake.consents]]"),
    )
    intake = parse(source, Path("办法.toml")).intake
    assert [(one.code, one.role) for one in intake.chain("self")] == [
        ("office_review", "office"),
        ("second_review", "office"),
        ("admission", "office"),
    ]
    assert [one.code for one in intake.of_kind("review", "self")] == ["office_review", "second_review"]
    assert [one.code for one in intake.chain("industry")] == ["admission"]
    # A channel needs a recommending unit where one opens the application or takes a step.
    assert [intake.needs_recommending_unit(one) for one in ("self", "industry", "invitation")] == [False, True, True]


@pytest.mark.parametrize(
    ("code", "path", "said"),
    [
        ("xinjiang-2025", "draw.drawn_by", (("office",), "2", True)),
        ("xinjiang-2025", "draw.share_by", (("inspector",), "", False)),
        ("xinjiang-2025", "doubts.decided_by", (("office",), "", False)),
        ("xinjiang-2025", "request.attendance_by", (("department",), "", False)),
        ("xinjiang-2025", "exits.decided_by", (("office",), "2", True)),
        ("xinjiang-2025", "sanctions.decided_by", (("office",), "19", True)),
        ("xinxian-2021", "draw.watched_by", (("office", "inspector"), "12b", True)),
        ("xinxian-2021", "request.filed_by", (("department",), "6bis-b", True)),
        ("neimenggu", "management.kept_by", (("office", "agency"), "2", True)),
        ("neimenggu", "contact.recorded_by", (("department",), "", False)),
        ("jiaozuo-2024", "exits.decided_by", (("leader",), "9", True)),
        ("guangxi-draft", "draw.drawn_by", (("office",), "", False)),
        ("guangxi-draft", "contact.contact_by", (("office",), "", False)),
        ("guangxi-draft", "publicity.objection.decided_by", (("office",), "", False)),
    ],
)
def test_who_acts_is_the_editions_word_or_the_systems(code: str, path: str, said: tuple[tuple[str, ...], str, bool]) -> None:
    found = EDITIONS[code].said(path)
    assert isinstance(found, Said)
    assert (found.roles, found.article, found.given) == said
    assert (found.default is None) is found.given


def test_a_place_that_the_schema_does_not_have_is_no_silence() -> None:
    with pytest.raises((KeyError, AttributeError)):
        EDITIONS["xinjiang-2025"].said("draw.drawnby")


def test_bodies_are_called_as_the_edition_calls_them() -> None:
    labels = EDITIONS["jiaozuo-2024"].labels
    assert [labels.of(role) for role in ("office", "department", "agency", "employer")] == [
        "科技人才与基础研究科",
        "承办科室（单位）",
        "受委托机构",
        "专家所在单位",
    ]
    with pytest.raises(KeyError):
        labels.of("pool")
