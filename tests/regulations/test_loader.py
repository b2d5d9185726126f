"""Bad files are refused with file, key and reason; good values arrive typed."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from expertpool.regulations import RegulationError, load, printed
from expertpool.regulations.catalogue import BUILT_IN
from expertpool.regulations.loader import parse

XINJIANG = BUILT_IN / "xinjiang-2025" / "2025-04-21.toml"
TEXT = XINJIANG.read_text(encoding="utf-8")
NAME = Path("办法.toml")


def changed(old: str, new: str) -> bytes:
    """The Xinjiang file with one passage replaced; the passage must be there."""
    assert old in TEXT, old
    return TEXT.replace(old, new, 1).encode()


PUBLICITY = 'days = 7\ncounting = "workdays"\nbound = "exact"\n'
CONFIDENTIALITY = '{ name = "轻微疏漏", low = 5, high = 6 }'
ARTICLE_14 = '[rotation.annual_cap]\narticle = "14"\n'
AGE_GROUND = 'age = 70\ncounted = "on_birthday"\nwarn_days = 90\n'

BAD = {
    "unknown key": (
        changed(ARTICLE_14, ARTICLE_14 + "limits = 3\n"),
        "rotation.annual_cap.limits：没有这个键；这里可用的键：article、quote、readings、note、limit、year、waivable、waiver_approver",
    ),
    "missing article": (changed(ARTICLE_14, "[rotation.annual_cap]\n"), "rotation.annual_cap.article：缺少条款号"),
    "empty article": (
        changed(ARTICLE_14, '[rotation.annual_cap]\narticle = ""\n'),
        "rotation.annual_cap.article：条款号“”写法不对，应如 13(2)b、附表1",
    ),
    "article in another form": (
        changed(ARTICLE_14, '[rotation.annual_cap]\narticle = "第十四条"\n'),
        "rotation.annual_cap.article：条款号“第十四条”写法不对，应如 13(2)b、附表1",
    ),
    "missing value": (changed(PUBLICITY, 'counting = "workdays"\nbound = "exact"\n'), "publicity.days：缺少这一项"),
    "text for a number": (
        changed(PUBLICITY, PUBLICITY.replace("days = 7", 'days = "7"')),
        "publicity.days：应为整数，写成了文字",
    ),
    "true for a number": (
        changed(PUBLICITY, PUBLICITY.replace("days = 7", "days = true")),
        "publicity.days：应为整数，写成了true 或 false",
    ),
    "negative number": (changed(PUBLICITY, PUBLICITY.replace("7", "-7")), "publicity.days：不能是负数"),
    "zero days": (changed(PUBLICITY, PUBLICITY.replace("7", "0")), "publicity.days：应大于 0"),
    "unknown strategy": (
        changed(PUBLICITY, PUBLICITY.replace("workdays", "weekdays")),
        "publicity.counting：不认识“weekdays”；可用：workdays、calendar",
    ),
    "text for a list": (
        changed('types = ["评审", "论证", "咨询", "评估", "评价", "认定"]', 'types = "评审"'),
        "activities.types：应为数组，写成了文字",
    ),
    "text for a table": (
        changed('{ code = "acceptance", name = "项目验收" }', '"项目验收"'),
        "request.natures[1]：应为表，写成了文字",
    ),
    "unknown part": (changed("[labels]", "[label]"), "label：没有这个键；这里可用的键："),
    "moment for a date": (
        changed("effective_from = 2025-04-21", "effective_from = 2025-04-21T00:00:00"),
        "effective_from：应为日期，写成了日期时间",
    ),
    "ends before it begins": (
        changed("effective_to = 2027-05-20", "effective_to = 2025-04-20"),
        "effective_to：失效日期早于生效日期",
    ),
    "overlapping bands": (
        changed(CONFIDENTIALITY, CONFIDENTIALITY.replace("low = 5", "low = 4")),
        "evaluation.sections[3].criteria[2].bands：“轻微疏漏”（4-6）与“违规风险”重叠",
    ),
    "gap between bands": (
        changed(CONFIDENTIALITY, CONFIDENTIALITY.replace("low = 5", "low = 6")),
        "evaluation.sections[3].criteria[2].bands：5 分没有对应的区间",
    ),
    "band upside down": (
        changed(CONFIDENTIALITY, CONFIDENTIALITY.replace("low = 5", "low = 7")),
        "evaluation.sections[3].criteria[2].bands：“轻微疏漏”的下限 7 大于上限 6",
    ),
    "bands end below the maximum": (
        changed('{ name = "优秀", low = 16, high = 20 }', '{ name = "优秀", low = 16, high = 19 }'),
        "evaluation.sections[2].criteria[1].bands：区间最高 19 分，与指标分值 20 不符",
    ),
    "consequence without article": (
        changed(', consequence_article = "附表3f"', ""),
        "evaluation.sections[3].criteria[2].bands[5].consequence_article：缺少条款号",
    ),
    "section sum": (
        changed('name = "质量效果"\nmaximum = 40', 'name = "质量效果"\nmaximum = 30'),
        "evaluation.sections[2].maximum：各指标分值合计 40，与本部分分值 30 不符",
    ),
    "grades overlap": (
        changed('name = "良好", low = 80, high = 89', 'name = "良好", low = 80, high = 90'),
        "evaluation.grades：“优秀”（90-100）与“良好”重叠",
    ),
    "grades leave a gap": (
        changed('name = "良好", low = 80, high = 89', 'name = "良好", low = 81, high = 89'),
        "evaluation.grades：80 分没有对应的区间",
    ),
    "grades end below the total": (
        changed('name = "优秀", low = 90, high = 100', 'name = "优秀", low = 90, high = 99'),
        "evaluation.grades：区间最高 99 分，与总分 100 不符",
    ),
    "parameter missing": (
        changed("max_age = 65\n", ""),
        "conditions[6].max_age：“age_at_most”缺少这一项",
    ),
    "parameter of another strategy": (
        changed("max_age = 65\n", "max_age = 65\nmin_years = 3\n"),
        "conditions[6].min_years：“age_at_most”用不到这一项",
    ),
    "waiver without article": (
        changed('waiver_article = "5(5)b"\n', ""),
        "conditions[6].waiver_article：可以豁免的条件须写明豁免依据的条款号",
    ),
    "limit without trigger": (
        changed('trigger = "no_reply_in_a_row"\n', ""),
        "exits.grounds[5].limit：“没有触发条件的事项”用不到这一项",
    ),
    "age ground without age": (
        changed(AGE_GROUND, 'counted = "on_birthday"\nwarn_days = 90\n'),
        "exits.grounds[10].age：“age_reached”缺少这一项",
    ),
    "ban without article": (
        changed(AGE_GROUND, AGE_GROUND + "ban_years = 2\n"),
        "exits.grounds[10].ban_article：缺少条款号",
    ),
    "ban for years and for life": (
        changed(AGE_GROUND, AGE_GROUND + 'ban_years = 2\nban_lifetime = true\nban_article = "7"\n'),
        "exits.grounds[10].ban_years：终身不得重新入库的，不能再写年限",
    ),
    "step that is not described": (
        changed('code = "unit_verification"', 'code = "expert_consent"'),
        "intake.channels[1].steps：环节“unit_verification”没有在 intake.steps 中写明",
    ),
    "channel that ends elsewhere": (
        changed('"department_decision", "publicity", "admission"]', '"department_decision", "publicity"]'),
        'intake.channels[1].steps：最后一个环节应为批准入库（kind = "admission"），而且只有一个',
    ),
    "unknown expert type": (
        changed('exempt_types = ["senior_manager"]', 'exempt_types = ["manager"]'),
        "conditions[4].exempt_types：没有代码为“manager”的专家类别",
    ),
    "unknown reading": (
        changed('readings = ["A10"]', 'readings = ["A99"]'),
        "contact.standby.readings：没有编号为“A99”的释义",
    ),
    "field code in lower case": (
        changed('code = "SHHG"', 'code = "shhg"'),
        "fields[1].code：代码“shhg”要写入抽取文件，只能用大写字母、数字和连字符，至多32位",
    ),
    "code twice": (changed('code = "MHG"', 'code = "SHHG"'), "fields[2].code：代码“SHHG”重复"),
    "reason code twice": (
        changed('reason_code = "RECUSE-RELATION"', 'reason_code = "RECUSE-PERSON"'),
        "recusal[2].reason_code：代码“RECUSE-PERSON”重复",
    ),
    "nobody to watch": (
        changed('watched_by = ["inspector"]', "watched_by = []"),
        "draw.watched_by：须有人监督抽取，却没有写明由谁监督",
    ),
}


@pytest.mark.parametrize(("source", "text"), BAD.values(), ids=BAD)
def test_bad_file_is_refused_with_file_key_and_reason(source: bytes, text: str) -> None:
    with pytest.raises(RegulationError) as caught:
        parse(source, NAME)
    if text.endswith("："):  # the list of keys of the whole file is long: only its beginning is compared
        assert str(caught.value)[: len(f"办法.toml：{text}")] == f"办法.toml：{text}"
    else:
        assert str(caught.value) == f"办法.toml：{text}"


def test_error_carries_its_three_parts() -> None:
    with pytest.raises(RegulationError) as caught:
        parse(changed("ratio = 3", "ratio = 0"), NAME)
    assert (caught.value.file, caught.value.key, caught.value.reason) == ("办法.toml", "draw.ratio", "应大于 0")


def test_unknown_exclusion_is_refused() -> None:
    with pytest.raises(RegulationError) as caught:
        parse(changed("[exclusions.AGE]", "[exclusions.AGED]"), NAME)
    assert (caught.value.key, caught.value.reason[:11]) == ("exclusions.AGED", "没有这个排除原因；可用")


@pytest.mark.parametrize("source", [b"\xff\xfe", b"code = ", b"code = 1\ncode = 2"])
def test_what_is_not_toml_is_refused(source: bytes) -> None:
    with pytest.raises(RegulationError) as caught:
        parse(source, NAME)
    assert str(caught.value).startswith("办法.toml：不是有效的 TOML 文件（")


@pytest.mark.parametrize("path", sorted(BUILT_IN.glob("*/*.toml")), ids=lambda path: path.parent.name)
def test_any_key_that_is_dropped_or_misspelt_never_crashes(path: Path) -> None:
    """Each line of each built-in file, left out or misspelt, is either still a regulation or a RegulationError."""
    lines = path.read_text(encoding="utf-8").splitlines()
    refused = 0
    for number, line in enumerate(lines):
        if not re.match(r"\w+ = ", line) or number % 7:
            continue
        for replacement in ("", "x" + line):
            try:
                parse("\n".join([*lines[:number], replacement, *lines[number + 1 :]]).encode(), path)
            except RegulationError:
                refused += 1
            else:
                assert replacement == "", line
    assert refused > 0


@pytest.mark.parametrize(
    ("article", "text"),
    [
        ("13(2)b", "第十三条第（二）项"),
        ("7(10)", "第七条第（十）项"),
        ("12a", "第十二条"),
        ("20", "第二十条"),
        ("21", "第二十一条"),
        ("6bis-a", "第六条（第二个）"),
        ("14(4)4", "第十四条第（四）项第4目"),
        ("7(1)end", "第七条第（一）项末段"),
        ("附表1", "附表1"),
        ("附表1注", "附表1注"),
        ("附表2五a", "附表2五"),
        ("三·第六章c", "说明第三部分第六章"),
        ("四(7)d", "说明第四部分第（七）项"),
        ("", ""),
    ],
)
def test_printed_article(article: str, text: str) -> None:
    assert printed(article) == text


def test_values_arrive_typed_and_frozen() -> None:
    regulation = load(XINJIANG)
    assert regulation.effective_from == date(2025, 4, 21)
    assert regulation.activities.types == ("评审", "论证", "咨询", "评估", "评价", "认定")
    with pytest.raises(dataclasses.FrozenInstanceError):
        regulation.draw.ratio = 1  # type: ignore[misc,union-attr]
    with pytest.raises(TypeError):
        regulation.exclusions["AGE"] = None  # type: ignore[index]


def test_the_package_needs_neither_django_nor_a_clock() -> None:
    code = (
        "import sys; import expertpool.regulations.explain, expertpool.regulations.catalogue as c; "
        "assert len(c.editions()) >= 5; "
        "sys.exit(any(name.split('.')[0] == 'django' or name == 'expertpool.clock' for name in sys.modules))"
    )
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
