"""Who may not be drawn for this activity, and the reasons that stand in a draw's files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Literal

from expertpool.codes import is_code

from .base import Fail, Provision
from .defaults import silent

RecusalMatch = Literal[
    "person_in_project",
    "declared_relation",
    "declared_unit",
    "legal_entity_or_hierarchy",
    "employment_current",
    "coproject_active",
    "named_by_request",
    "other",
]


@dataclass(frozen=True, kw_only=True)
class RecusalGround(Provision):
    """A ground of recusal.

    match: how it is found. reason_code: what the draw's files show. persons, units: whom of the project it looks
    at. relations: kinds of relation that an expert declares. hierarchy: also units above and below.
    institution_level: inside an entity that has second-level institutions, only the same institution counts.
    lookback_months: for employment, so many months back (0: current only). listed_exempt: shares of listed companies
    do not count. declarable: asked in the declaration of each invitation. needs_reason: free text is required.
    """

    strategy_key: ClassVar[str] = "match"

    code: str
    name: str
    match: RecusalMatch
    reason_code: str
    persons: tuple[Literal["leader", "participant"], ...] = ()
    units: tuple[Literal["applicant", "cooperating"], ...] = ()
    relations: tuple[str, ...] = ()
    hierarchy: bool = False
    institution_level: bool = False
    lookback_months: int = 0
    listed_exempt: bool = False
    declarable: bool = silent("recusal.declarable")
    needs_reason: bool = False


@dataclass(frozen=True, kw_only=True)
class ExclusionReason(Provision):
    """A reason why a member is not in a draw; `code` stands in pool.txt."""

    code: str
    name: str


#: Reasons that the draw itself needs; a regulation that gives one an article overrides the entry.
SYSTEM_EXCLUSIONS: Mapping[str, str] = MappingProxyType(
    {
        "ANNUAL-CAP": "本年度参与次数已达上限",
        "ROTATION": "连续选中后轮空",
        "SUSPENDED": "暂停参与评审活动",
        "FROZEN": "专家资格冻结",
        "EXITED": "已出库",
        "TERM-ENDED": "聘期届满",
        "AGE": "达到出库年龄",
        "LEAVE": "本人请假",
        "CLASH": "与已接受的活动时间冲突",
        "DRAWN": "已在本次抽取前面轮次的名单中",
        "CHANGED-AFTER-REQUEST": "使用申请审批后变更了关键信息",
        "UNQUALIFIED": "不符合专家资格要求",
        "OUT-OF-SCOPE": "不在选取范围内",
        "EMPLOYER-CAP": "同一单位人数已满",
        "RECUSE-NAMED": "使用申请列入回避名单",
    }
)


def check_draw_code(code: str, key: str, fail: Fail) -> None:
    """A code that is written into the files of a draw."""
    if not is_code(code):
        fail(key, f"代码“{code}”要写入抽取文件，只能用大写字母、数字和连字符，至多32位")


def check_recusal(grounds: tuple[RecusalGround, ...], exclusions: Mapping[str, ExclusionReason], fail: Fail) -> None:
    seen: set[str] = set()
    for index, ground in enumerate(grounds, 1):
        key = f"recusal[{index}].reason_code"
        check_draw_code(ground.reason_code, key, fail)
        if ground.reason_code in seen:
            fail(key, f"代码“{ground.reason_code}”重复")
        seen.add(ground.reason_code)
    known = set(SYSTEM_EXCLUSIONS) | seen
    for code in exclusions:
        check_draw_code(code, f"exclusions.{code}", fail)
        if code not in known:
            fail(f"exclusions.{code}", f"没有这个排除原因；可用：{'、'.join(sorted(known))}")
