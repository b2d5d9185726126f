"""What the system takes where a regulation says nothing: one table, by dotted path.

A key that stands here may be left out of a file. Its value then is not the regulation's, and every print says 系统默认
with the reason. A key that is neither here nor optional must be given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Default:
    """A value for a silence. why: for an official. reading: the project's reading that it follows, or empty.

    same_as: the path whose answer is taken instead of `value`.
    """

    value: Any = None
    why: str
    reading: str = ""
    same_as: str = ""


SYSTEM_DEFAULTS: Mapping[str, Default] = MappingProxyType(
    {
        "lapse_warn_days": Default(value=90, why="办法未规定失效前多少日提醒。"),
        "fields_extensible": Default(value=True, why="办法未规定专业领域能否增加，由管理部门按需要增加。"),
        "management.kept_by": Default(value=("office",), why="办法未写明由谁日常管理，由专家库管理部门办理。"),
        "management.read_by": Default(value=("inspector", "leader"), why="办法未写明由谁查阅，监督人员和分管领导可以查阅。"),
        "intake.open": Default(value="call", why="办法未规定随时受理，征集期间受理。"),
        "intake.collected_by": Default(value="office", why="办法未写明由谁汇总名单，由专家库管理部门汇总。"),
        "conditions.waiver_approver": Default(value="office", why="办法未写明由谁批准例外，由专家库管理部门批准。", reading="A3"),
        "publicity.columns": Default(value=("name", "employer", "title"), why="办法未规定公示内容。"),
        "publicity.exemption.approver": Default(value="leader", why="办法未写明由谁批准不公示，由分管领导批准。"),
        "publicity.objection.recorded_by": Default(value="office", why="办法未写明由谁登记异议，由专家库管理部门登记。"),
        "publicity.objection.decided_by": Default(value="office", why="办法未写明由谁核实异议，由专家库管理部门核实。", reading="A14"),
        "publicity.objection.within_period": Default(value=True, why="办法未规定，公示期满前提出的异议有效。", reading="A14"),
        "publicity.objection.effect": Default(value="blocks_person", why="办法未规定，异议只影响被异议人。", reading="A14"),
        "publicity.objection.inquiry": Default(value="verify", why="办法未规定处理方式，由核实人核实。"),
        "update.general_review": Default(value="none", why="办法未规定审核，一般信息由专家自行更新。"),
        "update.key_when": Default(value="any_time", why="办法未规定时间，关键信息随时可以申请更新。"),
        "freeze.lifted_by": Default(value="self_confirm", why="办法未规定，本人确认或更新信息即解除。"),
        "term.warn_days": Default(value=90, why="办法未规定提前多少日提醒。"),
        "exits.decided_by": Default(value="office", why="办法未写明由谁决定出库，由专家库管理部门决定。"),
        "exits.raised_by": Default(value=("office",), why="办法未写明由谁提出出库事项，由专家库管理部门提出。"),
        "exits.grounds.reason_required": Default(value=True, why="办法未规定，出库须写明理由。"),
        "exits.grounds.evidence_required": Default(value=True, why="办法未规定，出库须有证据。"),
        "exits.grounds.ban_from": Default(value="exit", why="办法未规定限制从何时起算，从出库之日起算。"),
        "attachments.required": Default(value=True, why="办法未规定可以不提供，须提供。"),
        "recusal.declarable": Default(value=True, why="办法未规定，列入每次邀请的回避声明。"),
        "doubts.decided_by": Default(
            value="office", why="办法未规定身份存疑由谁认定，由专家库管理部门中未参与申请和冻结的人认定。", reading="A44"
        ),
        "rotation.annual_cap.year": Default(value="calendar", why="办法未规定年度如何划分，按自然年。", reading="A11"),
        "rotation.annual_cap.waiver_approver": Default(value="leader", why="办法未写明由谁批准例外，由分管领导批准。", reading="A3"),
        "request.filed_by": Default(value="department", why="办法未写明由谁提出，由使用单位提出。"),
        "request.attendance_by": Default(same_as="evaluation.evaluated_by", why="办法未写明由谁登记出席，由评价人登记。"),
        "request.approvals.outcomes": Default(value=("pass", "refuse"), why="办法未规定答复种类，通过或者不通过。"),
        "request.clash_check": Default(value=True, why="办法未规定，同一时间不重复安排。"),
        "draw.stratified": Default(value=True, why="办法未规定，按专业领域分别抽取。", reading="A7"),
        "draw.random": Default(value="uniform", why="办法未规定随机方法，机会均等。", reading="A37"),
        "draw.ratio": Default(value=1, why="办法未规定抽取倍数，按所需人数抽取。", reading="A27"),
        "draw.drawn_by": Default(value="office", why="办法未写明由谁抽取，由专家库管理部门抽取。"),
        "draw.watched_by": Default(value=("inspector",), why="办法未写明由谁监督，监督人员可以到场。"),
        "draw.watchers_required": Default(value=0, why="办法未规定须有人到场监督，不作为抽取的条件。"),
        "draw.share_by": Default(value="inspector", why="办法未规定监督份额，由监督人员投入。"),
        "draw.countersigned_by": Default(value="inspector", why="办法未规定会签，由监督人员会签。", reading="A8"),
        "draw.modes": Default(value=("random",), why="办法未规定其他方式，随机抽取。"),
        "draw.alg": Default(value="sm3", why="办法不涉及杂凑算法，采用国家密码标准。"),
        "draw.shortage": Default(value="stop_or_waive", why="办法未规定，不足时停止抽取，不得悄悄少抽。", reading="A8"),
        "draw.shortage_waived_by": Default(value="office", why="办法未规定，由专家库管理部门提出。", reading="A8"),
        "draw.supplementary.seats": Default(value="shortfall_only", why="办法未规定，只补不足部分。"),
        "draw.designation.approved_by": Default(value="leader", why="办法未写明由谁批准直接指定，由分管领导批准。"),
        "draw.guest.approved_by": Default(value="leader", why="办法未写明由谁批准特邀专家，由分管领导批准。"),
        "draw.emergency.approved_by": Default(value="leader", why="办法未写明由谁批准例外，由分管领导批准。", reading="A40"),
        "contact.order": Default(value="draw_order", why="办法未规定联系顺序，按抽取顺序。", reading="A9"),
        "contact.contact_by": Default(same_as="draw.drawn_by", why="办法未写明由谁联系，由抽取人联系。"),
        "contact.recorded_by": Default(same_as="contact.contact_by", why="办法未写明由谁代录，由联系人登记。"),
        "contact.reply_hours": Default(value=24, why="办法未规定答复时限。", reading="A27"),
        "contact.recusal_until": Default(value="activity_start", why="办法未规定截止时间，活动开始前均可提出。"),
        "evaluation.evaluated_by": Default(same_as="request.filed_by", why="办法未规定履职评价，由提出申请的单位登记。"),
        "evaluation.coverage": Default(value="all_attendees", why="办法未规定评价对象，评价每位参与的专家。"),
        "evaluation.overall_grade": Default(value=True, why="办法未规定，另评综合等次。"),
        "evaluation.affects_draw": Default(value="no", why="办法未规定评价影响抽取，机会均等。"),
        "annual_assessment.year": Default(value="calendar", why="办法未规定年度如何划分，按自然年。"),
        "annual_assessment.assessed_by": Default(value="office", why="办法未写明由谁考核，由专家库管理部门考核。"),
        "sanctions.reported_by": Default(value=("department",), why="办法未写明由谁报告，由使用单位报告。"),
        "sanctions.decided_by": Default(value="office", why="办法未写明由谁处置，由专家库管理部门处置。"),
        "documents.when": Default(value="before_activity", why="办法未规定签署时间，活动开始前签署。"),
        "opinions.one_each": Default(value=True, why="办法未规定份数，每位参与的专家一份。"),
        "opinions.author_only": Default(value=True, why="办法未规定，只有本人可以修改。"),
    }
)


def silent(path: str) -> Any:
    """A dataclass field that a file may leave out: its value is then the table's, and is printed as 系统默认."""
    return field(default=SYSTEM_DEFAULTS[path].value, metadata={"silent": path})
