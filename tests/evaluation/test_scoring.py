"""附表3 as data: every band of every criterion, totals, grades, consequences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.scoring import Entry, check_scores, grade, total, violations, why_not_scheme
from expertpool.regulations import catalogue
from tests.evaluation.activity import HELD, rules

# Typed from the printed form, not from the project's own file: criterion → (maximum, bands as (name, low, high)).
FORM = {
    "专业知识储备": (10, [("优秀", 9, 10), ("良好", 7, 8), ("一般", 5, 6), ("较差", 0, 4)]),
    "分析解决问题能力": (10, [("优秀", 9, 10), ("逻辑清晰且提出创新方案", 7, 8), ("基本达标", 5, 6), ("能力欠佳", 0, 4)]),
    "技术指导能力": (10, [("优秀", 9, 10), ("有效指导", 7, 8), ("一般", 5, 6), ("指导不足", 0, 4)]),
    "工作成果质量": (20, [("优秀", 16, 20), ("良好", 12, 15), ("基本完成", 8, 11), ("未达标", 0, 7)]),
    "实际应用效果": (10, [("显著提升", 9, 10), ("总分有效", 7, 8), ("效果一般", 5, 6), ("效果微弱", 0, 4)]),
    "创新性贡献": (10, [("重大突破", 9, 10), ("局部创新", 7, 8), ("常规改进", 5, 6), ("无创新", 0, 4)]),
    "服从管理、遵守各项规定": (10, [("优秀", 9, 10), ("良好", 7, 8), ("一般", 5, 6), ("较差", 0, 4)]),
    "保密与合规性": (10, [("严格保密", 9, 10), ("基本合格", 7, 8), ("轻微疏漏", 5, 6), ("违规风险", 3, 4), ("重大失误", 0, 2)]),
    "协作沟通能力": (5, [("优秀", 4, 5), ("良好", 3, 3), ("一般", 2, 2), ("较差", 0, 1)]),
    "廉洁自律": (5, [("无投诉", 5, 5), ("轻微反馈", 3, 4), ("存在争议", 1, 2), ("查实违规", 0, 0)]),
}
SECTIONS = [("专业水平", 30, 3), ("质量效果", 40, 3), ("工作纪律", 20, 2), ("其他方面", 10, 2)]


def best() -> dict[str, Entry]:
    return {one.code: Entry(one.bands[0].name, one.maximum) for one in rules().criteria}


def with_(code: str, *entry) -> dict[str, Entry]:
    return {**best(), code: Entry(*entry)}


def checked(entries):
    return [(one.code, one.field, one.article) for one in check_scores(rules(), entries, regulation="xinjiang-2025")]


def test_the_ten_criteria_and_their_bands_are_those_of_the_form():
    assert {one.name: (one.maximum, [(band.name, band.low, band.high) for band in one.bands]) for one in rules().criteria} == FORM


def test_the_sections_add_up_to_a_hundred():
    assert [(one.name, one.maximum, len(one.criteria)) for one in rules().sections] == SECTIONS
    assert rules().maximum == 100


@pytest.mark.parametrize("name", FORM)
def test_every_integer_belongs_to_one_band_and_to_no_other(name):
    maximum, bands = FORM[name]
    criterion = next(one for one in rules().criteria if one.name == name)
    for points in range(maximum + 1):
        for band, low, high in bands:
            found = checked(with_(criterion.code, band, points))
            wanted = [] if low <= points <= high else [("mismatch", f"points_{criterion.code}", criterion.article)]
            assert found == wanted, (name, band, points)


def test_confidentiality_has_five_bands():
    criterion = next(one for one in rules().criteria if one.name == "保密与合规性")
    assert [band.name for band in criterion.bands] == ["严格保密", "基本合格", "轻微疏漏", "违规风险", "重大失误"]
    assert checked(with_(criterion.code, "违规风险", 4)) == []
    assert checked(with_(criterion.code, "违规风险", 2)) == [("mismatch", "points_confidentiality", "附表3b")]


@pytest.mark.parametrize(
    ("entry", "code", "field"),
    [
        (("优秀", 11), "range", "points_knowledge"),
        (("优秀", -1), "range", "points_knowledge"),
        (("优秀", 9.5), "integer", "points_knowledge"),
        (("优秀", True), "integer", "points_knowledge"),
        (("优秀", None), "no_points", "points_knowledge"),
        (("", 9), "no_band", "band_knowledge"),
        (("卓越", 9), "band", "band_knowledge"),
        (("优秀", 9, "字" * 201), "note", "note_knowledge"),
    ],
)
def test_what_is_wrong_is_named_with_its_field(entry, code, field):
    assert checked(with_("knowledge", *entry)) == [(code, field, "附表3a")]


def test_a_mismatch_says_where_the_points_belong():
    (refusal,) = check_scores(rules(), with_("result", "良好", 18))
    assert refusal.message == "“工作成果质量”选择的等次是“良好”（12-15分），填写的18分属于“优秀”。请修改等次或者得分。"


def test_a_missing_criterion_is_named_once_and_a_strange_one_is_refused():
    entries = best()
    del entries["integrity"]
    entries["courtesy"] = Entry("优秀", 5)
    assert checked(entries) == [
        ("criterion", "", "18a"),
        ("empty", "band_integrity", "附表3a"),
    ]


@pytest.mark.parametrize(
    ("points", "name"),
    [(100, "优秀"), (90, "优秀"), (89, "良好"), (80, "良好"), (79, "合格"), (60, "合格"), (59, "不合格"), (0, "不合格")],
)
def test_the_grade_follows_from_the_total(points, name):
    assert grade(rules(), points).name == name


@given(st.tuples(*(st.integers(0, one.maximum or 0) for one in rules().criteria)))
def test_any_points_in_their_bands_give_their_sum_and_its_grade(points):
    entries = {one.code: Entry(one.band_of(n).name, n) for one, n in zip(rules().criteria, points, strict=True)}
    assert check_scores(rules(), entries) == []
    assert total(entries) == sum(points)
    wanted = "优秀" if sum(points) >= 90 else "良好" if sum(points) >= 80 else "合格" if sum(points) >= 60 else "不合格"
    assert grade(rules(), total(entries)).name == wanted


@pytest.mark.parametrize(
    ("code", "band", "points", "found"),
    [
        ("confidentiality", "重大失误", 2, ["confidentiality"]),
        ("confidentiality", "违规风险", 3, []),
        ("integrity", "查实违规", 0, ["integrity"]),
        ("integrity", "存在争议", 1, []),
        ("knowledge", "较差", 0, []),
    ],
)
def test_two_bands_have_a_consequence_whatever_the_total_is(code, band, points, found):
    entries = with_(code, band, points)
    assert [one.criterion for one in violations(rules(), entries)] == found
    # Reading A17: the grade stands as it is written.
    assert grade(rules(), total(entries)).name == "优秀"


def test_a_scheme_without_points_is_refused_in_words():
    other = catalogue.in_force("xinxian-2021", HELD).evaluation
    assert other is not None and other.scheme == "graded"
    refusal = why_not_scheme(other, "xinxian-2021")
    assert refusal is not None and (refusal.code, refusal.article) == ("scheme", other.article)
    assert [one.code for one in check_scores(other, {})] == ["scheme"]
