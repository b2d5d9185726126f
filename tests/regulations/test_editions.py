"""The five built-in editions say what the regulations say: parameters as literals, quotes verbatim."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from expertpool.regulations import catalogue
from expertpool.regulations.schema import Condition, Provision, Regulation, StandbyRule

TABLE = Path(__file__).parents[1] / "data" / "clauses.tsv"
CODES = ("guangxi-draft", "jiaozuo-2024", "neimenggu", "xinjiang-2025", "xinxian-2021")


def edition(code: str) -> Regulation:
    (only,) = catalogue.editions(code)
    return only


@pytest.fixture(scope="module")
def xinjiang() -> Regulation:
    return edition("xinjiang-2025")


@pytest.fixture(scope="module")
def xinxian() -> Regulation:
    return edition("xinxian-2021")


@pytest.fixture(scope="module")
def neimenggu() -> Regulation:
    return edition("neimenggu")


@pytest.fixture(scope="module")
def jiaozuo() -> Regulation:
    return edition("jiaozuo-2024")


@pytest.fixture(scope="module")
def guangxi() -> Regulation:
    return edition("guangxi-draft")


@pytest.mark.parametrize("code", CODES)
def test_every_clause_of_the_table_is_in_the_file(code: str) -> None:
    rows = [line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines()[1:]]
    clauses = {row[1] for row in rows if row[0] == code}
    file = next(one.file for one in catalogue.editions(code)).read_text(encoding="utf-8")
    assert clauses - set(re.findall(r'\b(?:\w+_)?article = "([^"]+)"', file)) == set()


def test_all_five_are_there() -> None:
    assert tuple(one.code for one in catalogue.editions()) == CODES


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("xinjiang-2025", (7, "workdays", "exact")),
        ("xinxian-2021", (5, "workdays", "minimum")),
        ("neimenggu", (7, "calendar", "exact")),
        ("jiaozuo-2024", (5, "workdays", "minimum")),
    ],
)
def test_publicity(code: str, expected: tuple[int, str, str]) -> None:
    publicity = edition(code).publicity
    assert (publicity.days, publicity.counting, publicity.bound) == expected


@pytest.mark.parametrize(
    ("code", "admission", "leaving"),
    [
        ("xinjiang-2025", 65, 70),
        ("xinxian-2021", 65, None),
        ("neimenggu", 65, None),
        ("jiaozuo-2024", 65, 66),
        ("guangxi-draft", None, None),
    ],
)
def test_ages(code: str, admission: int | None, leaving: int | None) -> None:
    """`leaving` is the birthday on which the membership ends: Jiaozuo says 'over 65', hence the 66th."""
    regulation = edition(code)
    assert next((one.max_age for one in regulation.conditions if one.strategy == "age_at_most"), None) == admission
    assert (regulation.age_exit.age if regulation.age_exit else None) == leaving


def _years(condition: Condition) -> list[int]:
    inner = [years for one in condition.alternatives for years in _years(one)]
    return ([condition.min_years] if condition.strategy == "years_at_least" else []) + inner


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("xinjiang-2025", [8]),
        ("xinxian-2021", [5, 10]),
        ("neimenggu", []),
        ("jiaozuo-2024", []),
        ("guangxi-draft", []),
    ],
)
def test_years_in_the_trade(code: str, expected: list[int]) -> None:
    regulation = edition(code)
    everywhere = [*regulation.conditions, *(one for kind in regulation.expert_types for one in kind.conditions)]
    assert [years for one in everywhere for years in _years(one)] == expected


@pytest.mark.parametrize(
    ("code", "ratio", "automatic"),
    [
        ("xinjiang-2025", 3, False),
        ("xinxian-2021", 1, True),
        ("neimenggu", 1, False),
        ("jiaozuo-2024", 3, False),
    ],
)
def test_ratio_and_refill(code: str, ratio: int, automatic: bool) -> None:
    draw = edition(code).draw
    assert (draw.ratio, draw.supplementary.automatic) == (ratio, automatic)


@pytest.mark.parametrize(
    ("code", "cap", "sit_out"),
    [
        ("xinjiang-2025", 10, None),
        ("xinxian-2021", None, (2, 1)),
        ("neimenggu", None, None),
        ("jiaozuo-2024", 10, None),
        ("guangxi-draft", None, None),
    ],
)
def test_cap_and_rotation(code: str, cap: int | None, sit_out: tuple[int, int] | None) -> None:
    rotation = edition(code).rotation
    assert (rotation.annual_cap.limit if rotation and rotation.annual_cap else None) == cap
    found = rotation.sit_out if rotation else None
    assert ((found.after_in_a_row, found.rounds) if found else None) == sit_out


@pytest.mark.parametrize(
    ("code", "lead", "answer"),
    [
        ("xinjiang-2025", None, [2, None, None]),
        ("xinxian-2021", None, []),
        ("neimenggu", None, []),
        ("jiaozuo-2024", 3, [None]),
    ],
)
def test_request_lead_and_answer(code: str, lead: int | None, answer: list[int | None]) -> None:
    request = edition(code).request
    assert (request.lead_workdays, [step.workdays for step in request.approvals]) == (lead, answer)


@pytest.mark.parametrize(
    ("code", "scheme", "due", "grades"),
    [
        ("xinjiang-2025", "scored", 7, ("优秀", "良好", "合格", "不合格")),
        ("xinxian-2021", "graded", None, ("优秀", "一般", "差")),
        ("neimenggu", "marks", None, ()),
        ("jiaozuo-2024", "graded", None, ("优", "良", "一般", "差")),
        ("guangxi-draft", "graded", None, ("良好", "一般", "较差", "差")),
    ],
)
def test_scale(code: str, scheme: str, due: int | None, grades: tuple[str, ...]) -> None:
    evaluation = edition(code).evaluation
    assert (evaluation.scheme, evaluation.due_workdays) == (scheme, due)
    assert tuple(one.name for one in evaluation.grades) == grades


@pytest.mark.parametrize(
    ("code", "term", "freeze"),
    [
        ("xinjiang-2025", None, None),
        ("xinxian-2021", 3, None),
        ("neimenggu", None, 2),
        ("jiaozuo-2024", None, None),
        ("guangxi-draft", None, None),
    ],
)
def test_term_and_freeze(code: str, term: int | None, freeze: int | None) -> None:
    regulation = edition(code)
    assert (regulation.term.years if regulation.term else None) == term
    assert (regulation.freeze.after_years if regulation.freeze else None) == freeze


@pytest.mark.parametrize(
    ("code", "bans"),
    [
        ("xinjiang-2025", {}),
        ("xinxian-2021", {}),
        ("neimenggu", {}),
        (
            "jiaozuo-2024",
            {
                "resignation": 5,
                "misconduct": 5,
                "leak": 5,
                "corruption": "life",
                "crime": "life",
                "fair_grades": 2,
                "poor_grades": 5,
            },
        ),
        ("guangxi-draft", {"annual_fail": 2}),
    ],
)
def test_re_entry_bans(code: str, bans: dict[str, int | str]) -> None:
    found = {one.code: "life" if one.ban_lifetime else one.ban_years for one in edition(code).exits.grounds}
    assert {ground: ban for ground, ban in found.items() if ban is not None} == bans


@pytest.mark.parametrize(
    ("code", "workdays"), [("xinjiang-2025", None), ("xinxian-2021", 10), ("neimenggu", None), ("guangxi-draft", None)]
)
def test_change_report(code: str, workdays: int | None) -> None:
    assert edition(code).update.change_report_workdays == workdays


@pytest.mark.parametrize(
    ("code", "drawn_by", "watched_by", "required"),
    [
        ("xinjiang-2025", "office", ("inspector",), True),
        ("xinxian-2021", "department", ("office", "inspector"), True),
        ("neimenggu", "department", ("inspector",), True),
        ("jiaozuo-2024", "office", ("inspector",), False),
        ("guangxi-draft", "office", ("inspector",), False),
    ],
)
def test_who_draws_and_who_watches(code: str, drawn_by: str, watched_by: tuple[str, ...], required: bool) -> None:
    draw = edition(code).draw
    assert (draw.drawn_by, draw.watched_by, draw.watch_required) == (drawn_by, watched_by, required)


@pytest.mark.parametrize(
    ("code", "days"),
    [
        ("xinjiang-2025", (date(2025, 4, 21), date(2027, 5, 20), "in_force")),
        ("xinxian-2021", (date(2021, 10, 30), None, "in_force")),
        ("neimenggu", (date(2023, 1, 1), None, "in_force")),
        ("jiaozuo-2024", (date(2024, 3, 12), None, "in_force")),
        ("guangxi-draft", (date(2024, 1, 1), None, "draft")),
    ],
)
def test_days_in_force(code: str, days: tuple[date, date | None, str]) -> None:
    regulation = edition(code)
    assert (regulation.effective_from, regulation.effective_to, regulation.status) == days


def test_xinjiang_activities(xinjiang: Regulation) -> None:
    assert xinjiang.activities.types == ("评审", "论证", "咨询", "评估", "评价", "认定")


def test_xinjiang_fields(xinjiang: Regulation) -> None:
    assert "、".join(one.name for one in xinjiang.fields) == (
        "石化化工、煤化工、冶金、建材、采矿、纺织服装、信息产业、装备制造、新能源新材料、轻工、园区管理、无线电、"
        "节能环保、生物医药、民爆、法律法规、综合经济"
    )
    assert xinjiang.fields_extensible


def test_xinjiang_channels_and_their_steps(xinjiang: Regulation) -> None:
    assert [one.name for one in xinjiang.intake.channels] == ["个人自荐", "行业推荐", "定向邀请"]
    order = ("employer_review", "unit_verification", "office_review", "department_decision", "publicity", "admission")
    assert {one.steps for one in xinjiang.intake.channels} == {order}
    assert tuple(one.code for one in xinjiang.intake.steps) == order


def test_xinjiang_title_condition_has_three_ways_and_an_exempt_type(xinjiang: Regulation) -> None:
    condition = next(one for one in xinjiang.conditions if one.article == "5(4)")
    assert [(one.strategy, one.min_title, one.min_years) for one in condition.alternatives] == [
        ("title_at_least", "副高级", None),
        ("license", None, None),
        ("years_at_least", None, 8),
    ]
    assert condition in xinjiang.conditions_for("professional")
    assert condition not in xinjiang.conditions_for("senior_manager")


def test_xinjiang_attachments(xinjiang: Regulation) -> None:
    assert [(one.code, one.name, one.required) for one in xinjiang.attachments] == [
        ("id_document", "身份证件", True),
        ("degree_certificate", "学历证书", True),
        ("title_certificate", "技术职称", True),
        ("achievement", "业绩成果", True),
    ]


def test_xinjiang_application_form_has_the_fifteen_boxes(xinjiang: Regulation) -> None:
    assert [one.label for one in xinjiang.application_form.fields] == [
        "姓名",
        "性别",
        "出生年月",
        "毕业院校",
        "学历/学位",
        "专业",
        "工作单位",
        "职务/职称",
        "研究领域",
        "申报方向",
        "电子邮箱",
        "联系电话",
        "通信地址",
        "邮政编码",
        "主要工作业绩及研究成果",
    ]


def test_xinjiang_grounds_are_ten(xinjiang: Regulation) -> None:
    assert [one.number for one in xinjiang.exits.grounds] == [1, 2, 3, 4, 5, 5, 6, 7, 8, 9, 10]
    counters = [one for one in xinjiang.exits.grounds if one.number == 5]
    assert [(one.article, one.trigger, one.limit) for one in counters] == [
        ("7(5)a", "no_reply_in_a_row", 3),
        ("7(5)b", "absent_after_accept_in_a_row", 3),
    ]
    assert (xinjiang.age_exit.article, xinjiang.age_exit.warn_days) == ("7(9)", 90)


def test_xinjiang_recusal(xinjiang: Regulation) -> None:
    assert [(one.article, one.match, one.reason_code) for one in xinjiang.recusal if one.declarable] == [
        ("15(1)", "person_in_project", "RECUSE-PERSON"),
        ("15(2)", "declared_relation", "RECUSE-RELATION"),
        ("15(3)", "declared_unit", "RECUSE-INTEREST"),
        ("15(4)", "legal_entity_or_hierarchy", "RECUSE-ENTITY"),
        ("15(5)", "other", "RECUSE-OTHER"),
    ]


def test_xinjiang_exclusions_name_their_articles(xinjiang: Regulation) -> None:
    assert {code: one.article for code, one in xinjiang.exclusions.items()} == {
        "RECUSE-PERSON": "15(1)",
        "RECUSE-RELATION": "15(2)",
        "RECUSE-INTEREST": "15(3)",
        "RECUSE-ENTITY": "15(4)",
        "RECUSE-OTHER": "15(5)",
        "RECUSE-NAMED": "13(1)b",
        "ANNUAL-CAP": "14",
        "SUSPENDED": "19(1)",
        "EXITED": "7",
        "AGE": "7(9)",
        "CLASH": "附表2四",
        "DRAWN": "13(3)b",
        "CHANGED-AFTER-REQUEST": "8b",
        "UNQUALIFIED": "附表2三b",
        "OUT-OF-SCOPE": "13(1)b",
    }
    assert (xinjiang.exclusion("LEAVE").name, xinjiang.exclusion("LEAVE").printed_article) == ("本人请假", "")
    with pytest.raises(KeyError):
        xinjiang.exclusion("WHIM")


def test_xinjiang_natures_and_approvals(xinjiang: Regulation) -> None:
    assert [(one.name, one.needs_text) for one in xinjiang.request.natures] == [
        ("项目验收", False),
        ("技术咨询", False),
        ("政策论证", False),
        ("资金评审", False),
        ("其他", True),
    ]
    assert [(one.code, one.role, one.article) for one in xinjiang.request.approvals] == [
        ("office", "office", "附表2五a"),
        ("inspector", "inspector", "附表2五b"),
        ("leader", "leader", "附表2五c"),
    ]
    assert (xinjiang.request.summary_max_chars, xinjiang.request.sum_must_match) == (200, True)


@pytest.mark.parametrize(("seats", "standby"), [(0, 0), (1, 1), (3, 1), (4, 2), (6, 2), (7, 3)])
def test_xinjiang_standbys(xinjiang: Regulation, seats: int, standby: int) -> None:
    assert isinstance(xinjiang.contact.standby, StandbyRule)
    assert xinjiang.contact.standby.count(seats) == standby


BANDS = """
专业知识储备 10：优秀 9-10 良好 7-8 一般 5-6 较差 0-4
分析解决问题能力 10：优秀 9-10 逻辑清晰且提出创新方案 7-8 基本达标 5-6 能力欠佳 0-4
技术指导能力 10：优秀 9-10 有效指导 7-8 一般 5-6 指导不足 0-4
工作成果质量 20：优秀 16-20 良好 12-15 基本完成 8-11 未达标 0-7
实际应用效果 10：显著提升 9-10 总分有效 7-8 效果一般 5-6 效果微弱 0-4
创新性贡献 10：重大突破 9-10 局部创新 7-8 常规改进 5-6 无创新 0-4
服从管理、遵守各项规定 10：优秀 9-10 良好 7-8 一般 5-6 较差 0-4
保密与合规性 10：严格保密 9-10 基本合格 7-8 轻微疏漏 5-6 违规风险 3-4 重大失误 0-2
协作沟通能力 5：优秀 4-5 良好 3-3 一般 2-2 较差 0-1
廉洁自律 5：无投诉 5-5 轻微反馈 3-4 存在争议 1-2 查实违规 0-0
"""


def test_xinjiang_bands_verbatim(xinjiang: Regulation) -> None:
    lines = [
        f"{one.name} {one.maximum}：" + " ".join(f"{band.name} {band.low}-{band.high}" for band in one.bands)
        for one in xinjiang.evaluation.criteria
    ]
    assert lines == BANDS.strip().splitlines()


def test_xinjiang_every_point_has_one_band_and_every_total_one_grade(xinjiang: Regulation) -> None:
    for criterion in xinjiang.evaluation.criteria:
        for points in range(criterion.maximum + 1):
            assert [one for one in criterion.bands if one.low <= points <= one.high] == [criterion.band_of(points)]
        with pytest.raises(ValueError, match=str(criterion.maximum + 1)):
            criterion.band_of(criterion.maximum + 1)
    assert xinjiang.evaluation.maximum == 100
    grades = [xinjiang.evaluation.grade_of(total).name for total in (0, 59, 60, 79, 80, 89, 90, 100)]
    assert grades == ["不合格", "不合格", "合格", "合格", "良好", "良好", "优秀", "优秀"]


def test_xinjiang_two_bands_open_a_violation_report(xinjiang: Regulation) -> None:
    found = [
        (one.name, band.name, band.consequence_article) for one in xinjiang.evaluation.criteria for band in one.bands if band.consequence
    ]
    assert found == [("保密与合规性", "重大失误", "附表3f"), ("廉洁自律", "查实违规", "附表3f")]
    assert xinjiang.evaluation.signoffs == ("handler", "leader")


def test_xinxian_employers_come_from_a_closed_list(xinxian: Regulation) -> None:
    assert xinxian.intake.employer_kinds == ("事业单位", "企业", "政府机关", "社会组织")


def test_xinxian_special_industry_has_its_own_condition(xinxian: Regulation) -> None:
    codes = [one.code for one in xinxian.conditions_for("special_industry")]
    assert codes == ["character", "knowledge", "years", "age", "no_prior_removal", "special"]
    special = xinxian.conditions_for("special_industry")[-1]
    assert [(one.min_years, one.min_title) for one in special.alternatives] == [(10, None), (None, "中级")]


def test_xinxian_designation_needs_the_leader_and_is_filed(xinxian: Regulation) -> None:
    designation = xinxian.draw.designation
    assert (designation.approved_by, designation.filed_with) == ("leader", "inspector")
    assert [(one.article, one.evidence) for one in designation.reasons] == [
        ("13(1)", "pool_count"),
        ("13(2)", "document"),
    ]


def test_xinxian_late_change_leads_to_ground_four(xinxian: Regulation) -> None:
    ground = xinxian.exits.ground(xinxian.update.late_ground)
    assert (ground.number, ground.article) == (4, "9(4)")
    assert xinxian.publicity.objection.notify == ("objector", "subject")


def test_neimenggu_strategy_experts_only_by_invitation(neimenggu: Regulation) -> None:
    assert [one.code for one in neimenggu.channels_for("strategy")] == ["invitation"]
    assert [one.code for one in neimenggu.channels_for("research")] == ["call", "invitation", "exchange", "committee"]
    assert neimenggu.intake.channel("invitation").steps == ("expert_consent", "direct_admission")
    assert neimenggu.intake.channel("committee").steps == ("committee_admission",)


@pytest.mark.parametrize(
    ("code", "channel", "article"),
    [
        ("neimenggu", "call", "9d"),
        ("neimenggu", "invitation", "7(2)"),
        ("neimenggu", "exchange", "7(3)a"),
        ("neimenggu", "committee", "5(5)"),
        ("jiaozuo-2024", "open", "7(2)b"),
        ("jiaozuo-2024", "other_city", "7(1)2b"),
    ],
)
def test_only_who_was_in_publicity_is_admitted_from_a_list(code: str, channel: str, article: str) -> None:
    """直接入库、自动纳入: one file by itself, under the words that let it in."""
    chain = edition(code).intake.chain(channel)
    assert (chain[-1].article, chain[-1].batch) == (article, any(one.kind == "publicity" for one in chain))


def test_neimenggu_recusal_differs(neimenggu: Regulation) -> None:
    by_code = {one.code: one for one in neimenggu.recusal}
    assert (by_code["entity"].institution_level, by_code["entity"].hierarchy) == (True, False)
    assert by_code["interest"].listed_exempt
    assert by_code["coproject"].match == "coproject_active"


def test_jiaozuo_recusal_looks_back_two_years(jiaozuo: Regulation) -> None:
    (ground,) = [one for one in jiaozuo.recusal if one.match == "employment_current"]
    assert (ground.article, ground.lookback_months) == ("13(3)", 24)


def test_jiaozuo_publishes_four_columns(jiaozuo: Regulation) -> None:
    assert (jiaozuo.publicity.columns, jiaozuo.publicity.columns_article) == (
        ("name", "employer", "degree", "title"),
        "8",
    )


def test_jiaozuo_priority_is_off(jiaozuo: Regulation) -> None:
    assert (jiaozuo.draw.priority.grade, jiaozuo.draw.priority.enabled) == ("优", False)


def test_guangxi_annual_grades(guangxi: Regulation) -> None:
    assert [one.name for one in guangxi.annual_assessment.grades] == ["优秀", "合格", "不合格"]
    assert guangxi.draw.emergency.rules == ("random", "recusal", "publicity")


@pytest.mark.parametrize("code", CODES)
def test_every_provision_can_be_cited(code: str) -> None:
    regulation = edition(code)
    for _, one in regulation.provisions():
        assert isinstance(one, Provision)
        assert regulation.cite(one.article) == f"《{regulation.short_name}》{one.printed_article}"
