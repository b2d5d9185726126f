"""A regulation explained in Chinese, article by article, for the official who answers for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from typing import Any

from .executed import executed, unused_details
from .schema import Band, Choice, ExclusionReason, Grade, Provision, Regulation, printed

_ROLES = ("recommending_unit", "leader", "office", "department", "inspector")

#: What a provision is about, by its dotted path.
TOPICS: dict[str, str] = {
    "activities": "活动类型",
    "expert_types": "专家类别",
    "expert_types.conditions": "类别条件",
    "expert_types.conditions.alternatives": "类别条件之一",
    "fields": "专业领域",
    "intake": "入库",
    "intake.channels": "入库方式",
    "intake.steps": "入库环节",
    "intake.consents": "本人同意",
    "intake.attestations": "声明与证明",
    "intake.field_scope": "推荐范围",
    "intake.certificate": "证书",
    "conditions": "入库条件",
    "conditions.alternatives": "入库条件之一",
    "attachments": "证明材料",
    "application_form": "入库申请表",
    "application_form.fields": "入库申请表栏目",
    "request_form": "使用审批表",
    "request_form.fields": "使用审批表栏目",
    "evaluation_form": "履职评价表",
    "evaluation_form.fields": "履职评价表栏目",
    "publicity": "公示",
    "publicity.objection": "异议",
    "publicity.exemption": "不公示的情形",
    "publicity.lookup": "入库专家查询",
    "term": "聘期",
    "freeze": "冻结",
    "update": "信息更新",
    "exits": "出库",
    "exits.grounds": "出库情形",
    "recusal": "回避事项",
    "rotation.annual_cap": "年度上限",
    "rotation.sit_out": "轮空",
    "rotation.soft": "轮换原则",
    "exclusions": "不进入抽取的原因",
    "request": "使用申请",
    "request.approvals": "使用申请的审批",
    "draw": "抽取",
    "draw.supplementary": "再次抽取",
    "draw.designation": "直接指定",
    "draw.designation.reasons": "直接指定的理由",
    "draw.guest": "特邀专家",
    "draw.emergency": "重大、紧急情形",
    "draw.priority": "优先选取",
    "contact": "联系专家",
    "contact.standby": "候补",
    "contact.decline_reasons": "不参加的原因",
    "evaluation": "履职评价",
    "evaluation.sections": "评价部分",
    "evaluation.sections.criteria": "评价指标",
    "annual_assessment": "年度考核",
    "sanctions": "处置",
    "sanctions.on_experts": "对专家的处置",
    "sanctions.on_units": "对单位的处置",
    "documents": "签署的文书",
    "opinions": "专家意见",
    "rights": "权利义务",
    "sharing": "共享",
    "security": "安全与职责",
    "supervision": "监督",
    "others": "其他规定",
}

#: What an attribute is called. Attributes that are shown otherwise (names, quotes, parts) are not here.
LABELS: dict[str, str] = {
    "types": "范围",
    "strategy": "判断方法",
    "max_age": "最高周岁",
    "min_title": "最低职称等级",
    "min_years": "最少年数",
    "degree": "学位",
    "titles": "职称或资格",
    "exempt_types": "不适用的专家类别",
    "exempt_marks": "不适用的专家标识",
    "waivable": "可以豁免",
    "waiver_approver": "豁免批准人",
    "waiver_article": "豁免依据",
    "channels": "入库方式",
    "role": "由谁办理",
    "batch": "按批次办理",
    "steps": "环节",
    "by": "由谁提出",
    "public": "公开受理",
    "text": "文本",
    "employer_kinds": "所在单位类别",
    "employer_kinds_article": "所在单位类别依据",
    "open": "受理时间",
    "open_article": "受理时间依据",
    "calls_per_year": "每年至少征集次数",
    "calls_article": "征集次数依据",
    "reject_needs_condition": "不予入库须指明未达到的条件",
    "reject_article": "不予入库依据",
    "required": "必须提供",
    "group": "所在部分",
    "footnote": "表注",
    "stamp": "签章",
    "real_name": "须实名",
    "written": "须书面",
    "within_period": "须在公示期内",
    "effect": "效力",
    "inquiry": "处理方式",
    "notify": "告知",
    "notify_article": "告知依据",
    "requires": "须写明",
    "approver": "批准人",
    "days": "天数",
    "counting": "计算方法",
    "bound": "期限性质",
    "columns": "公示内容",
    "columns_article": "公示内容依据",
    "years": "年数",
    "warn_days": "提前提醒天数",
    "after_years": "满多少年",
    "lifted_by": "解除方法",
    "lift_article": "解除依据",
    "general_fields": "一般信息",
    "general_article": "一般信息依据",
    "general_review": "一般信息的审核",
    "key_fields": "关键信息",
    "key_article": "关键信息依据",
    "key_when": "关键信息何时更新",
    "round_months": "集中更新间隔（月）",
    "round_article": "集中更新依据",
    "change_report_workdays": "变更报备期限（工作日）",
    "change_report_article": "变更报备依据",
    "late_ground": "逾期报备对应的出库情形",
    "late_ground_article": "逾期报备依据",
    "self_confirm": "本人可以确认信息无变化",
    "self_confirm_article": "本人确认依据",
    "number": "序号",
    "trigger": "提出原因",
    "limit": "次数",
    "window": "计算范围",
    "age": "年龄",
    "counted": "年龄计算",
    "grade": "等次",
    "reason_required": "须写明理由",
    "evidence_required": "须有证据",
    "ban_years": "重新入库限制年数",
    "ban_lifetime": "终身不得重新入库",
    "ban_from": "限制起算",
    "ban_article": "限制依据",
    "decided_by": "决定人",
    "decided_name": "决定机构",
    "decided_article": "决定依据",
    "match": "核查方法",
    "reason_code": "排除代码",
    "persons": "涉及的人",
    "units": "涉及的单位",
    "relations": "关系",
    "hierarchy": "含上下级单位",
    "institution_level": "区分二级机构",
    "lookback_months": "追溯月数",
    "listed_exempt": "上市公司除外",
    "declarable": "列入回避声明",
    "needs_reason": "须写明理由",
    "year": "年度",
    "counts": "计入",
    "after_in_a_row": "连续选中次数",
    "rounds": "轮空次数",
    "workdays": "答复期限（工作日）",
    "workdays_article": "答复期限依据",
    "outcomes": "答复",
    "required_fields": "必填内容",
    "natures": "工作性质",
    "natures_article": "工作性质依据",
    "summary_max_chars": "概要字数上限",
    "summary_article": "概要依据",
    "sum_must_match": "各领域人数须等于总数",
    "sum_article": "人数核对依据",
    "clash_check": "核对时间冲突",
    "clash_article": "时间冲突依据",
    "lead_workdays": "提前工作日",
    "lead_article": "提前依据",
    "seats": "人数",
    "automatic": "自动进行",
    "approved_by": "批准人",
    "approved_name": "批准机构",
    "filed_with": "报备对象",
    "evidence": "依据材料",
    "rules": "可以不执行的制度",
    "enabled": "启用",
    "stratified": "分领域抽取",
    "stratified_article": "分领域依据",
    "random": "随机方法",
    "random_article": "随机依据",
    "ratio": "倍数",
    "ratio_article": "倍数依据",
    "drawn_by": "抽取人",
    "drawn_by_article": "抽取人依据",
    "watched_by": "监督人",
    "watched_article": "监督依据",
    "watch_required": "监督人必须在场",
    "modes": "选取方式",
    "modes_article": "选取方式依据",
    "alg": "杂凑算法",
    "shortage": "人数不足时",
    "shortage_fallback": "人数不足的补充办法",
    "shortage_article": "人数不足依据",
    "per_seats": "每多少名额1名",
    "minimum": "至少",
    "order": "联系顺序",
    "contact_by": "联系人",
    "contact_article": "联系依据",
    "reply_hours": "答复时限（小时）",
    "step_up_article": "递补依据",
    "declaration_article": "回避声明依据",
    "recusal_until": "可申请回避至",
    "recusal_article": "申请回避依据",
    "ask_more_article": "要求补充资料依据",
    "contact_person_required": "须指定专人",
    "needs_text": "须填写说明",
    "maximum": "分值",
    "bands": "分值区间",
    "scheme": "评价方法",
    "evaluated_by": "评价人",
    "coverage": "评价对象",
    "coverage_article": "评价对象依据",
    "due_workdays": "反馈期限（工作日）",
    "due_article": "反馈期限依据",
    "total_article": "总分依据",
    "grades": "等次",
    "grades_article": "等次依据",
    "grade_each": "逐项评等次",
    "overall_grade": "综合等次",
    "signoffs": "签名",
    "signoffs_article": "签名依据",
    "affects_draw": "对抽取的影响",
    "affects_draw_article": "对抽取的影响依据",
    "assessed_by": "考核人",
    "kind": "系统处理",
    "unit_report_article": "所在单位报告的依据",
    "when": "签署时间",
    "one_each": "每人一份",
    "author_only": "只有本人可改",
    "author_article": "本人意见依据",
    "dissent": "可以提出个人书面意见",
    "dissent_article": "个人书面意见依据",
    "responsible_article": "对意见负责依据",
}

#: Strategies and closed values in words; `attribute.value` where one value means two things.
VALUES: dict[str, str] = {
    "any_of": "具备其中之一",
    "all_of": "同时具备",
    "age_at_most": "按申请日周岁核对",
    "title_at_least": "按职称等级核对",
    "years_at_least": "按从业年限核对",
    "license": "有注册职业（执业）资格",
    "named_title": "有列名的职称或资格",
    "degree_and_years": "按学位和从业年限核对",
    "employer_confirmation": "所在单位在系统中确认",
    "no_prior_removal": "查本系统的取消资格记录并由本人声明",
    "consent": "本人同意",
    "attested": "有声明、证明",
    "reviewer_judges": "审核人判断",
    "expert": "专家本人",
    "employer": "所在单位",
    "system": "系统",
    "applicant": "申请人",
    "units.applicant": "申报单位",
    "units.cooperating": "协作单位",
    "persons.leader": "项目负责人",
    "persons.participant": "项目参与人员",
    "signoffs.leader": "负责人",
    "signoffs.handler": "经办人",
    "expert_consent": "专家本人同意",
    "employer_review": "所在单位审核",
    "unit_verification": "推荐单位核实",
    "office_review": "入库审核",
    "department_decision": "审定",
    "publicity": "公示",
    "admission": "批准入库",
    "always": "常年受理",
    "call": "征集期间受理",
    "blocks_person": "只影响被异议人",
    "verify": "核实",
    "re_review": "复审",
    "objector": "异议申请人",
    "subject": "被异议人",
    "provision": "依据的规定",
    "reason": "理由",
    "requires.approver": "批准人",
    "workdays": "工作日",
    "calendar": "自然日",
    "year.calendar": "自然年",
    "exact": "恰为",
    "minimum": "不少于",
    "name": "姓名",
    "columns.employer": "所在单位",
    "title": "职称",
    "columns.degree": "最高学历",
    "field": "专业领域",
    "lifted_by.self_confirm": "本人确认或更新信息",
    "phone": "手机号码",
    "email": "电子邮箱",
    "address": "通信地址",
    "postcode": "邮政编码",
    "title_level": "职称等级",
    "industry": "行业分类",
    "general_fields.employer": "工作单位",
    "key_fields.employer": "工作单位",
    "all": "全部信息",
    "general_review.none": "不需审核",
    "round": "集中更新时",
    "any_time": "随时",
    "no_reply_in_a_row": "连续未按时回复",
    "absent_after_accept_in_a_row": "连续接受后缺席",
    "unjustified_decline": "无正当理由拒绝",
    "age_reached": "到达年龄",
    "grade_count": "评价等次累计",
    "annual_grade": "年度考核等次",
    "resignation": "本人申请",
    "violation_report": "有违规线索",
    "unreachable": "无法联系",
    "in_a_row": "连续",
    "window.term": "同一聘期",
    "calendar_year": "一个自然年",
    "on_birthday": "生日当天",
    "above": "超过该周岁（下一个生日当天）",
    "occurrence": "发生之日",
    "exit": "出库之日",
    "person_in_project": "与项目负责人、参与人员名单核对",
    "declared_relation": "按申报的亲属等关系核对",
    "declared_unit": "按申报的利害关系单位核对",
    "legal_entity_or_hierarchy": "按法人单位和隶属关系核对",
    "employment_current": "按聘用经历核对",
    "coproject_active": "按在研合作项目核对",
    "named_by_request": "按书面提出的回避名单核对",
    "other": "本人声明，管理部门判断",
    "attended": "已出席",
    "accepted_upcoming": "已接受尚未举行",
    "pass": "通过",
    "ask_more": "要求补充信息",
    "refuse": "不通过",
    "qualification": "专家条件",
    "required_fields.seats": "人数",
    "scope": "选取范围",
    "dates": "工作时间",
    "place": "工作地点",
    "recusal": "回避要求",
    "rules.recusal": "回避",
    "rules.publicity": "向社会公布",
    "region": "所属地域",
    "cooperating_units": "协作单位",
    "basis_document": "依据文件",
    "summary": "内容概要",
    "nature": "工作性质",
    "shortfall_only": "只补不足部分",
    "pool_count": "系统统计的库内人数",
    "document": "文件名称和文号",
    "resolution": "会议决议",
    "modes.random": "随机抽取",
    "rules.random": "随机抽取",
    "uniform": "机会均等",
    "merit": "择优选取",
    "sm3": "SM3",
    "sha256": "SHA-256",
    "stop_or_waive": "停止抽取，调整条件或经会签豁免",
    "invite": "邀请入库",
    "draw_order": "抽取顺序",
    "activity_start": "活动开始",
    "scored": "按分值评价",
    "graded": "按等次评价",
    "marks": "评价标识",
    "all_attendees": "每位参与的专家",
    "as_appropriate": "适时评价",
    "affects_draw.no": "不影响",
    "reference": "作为参考",
    "talk": "谈话、教育",
    "circular": "通报",
    "suspension": "在一定期限内不进入抽取",
    "removal": "出库",
    "timed_removal": "在一定期限内取消资格",
    "nomination_loss": "取消推荐资格",
    "timed_nomination_loss": "在一定期限内取消推荐资格",
    "before_material": "查看资料前",
    "before_activity": "活动开始前",
    "in_force": "已发布",
    "draft": "征求意见稿",
}

#: What the system does where a regulation says nothing: dotted attribute, text.
SILENCES: dict[str, str] = {
    "effective_to": "没有失效日期：一直有效，直到载入新的一版。",
    "expert_types": "未分专家类别：全部专家适用同样的条件。",
    "fields": "未列专业领域：由管理部门在系统中设置。",
    "conditions": "未列入库条件：由审核人判断。",
    "attachments": "未列证明材料：不要求上传。",
    "application_form": "未给出入库申请表：按系统的通用格式打印。",
    "request_form": "未给出使用审批表：按系统的通用格式打印。",
    "evaluation_form": "未给出履职评价表：按系统的通用格式打印。",
    "publicity": "未规定公示：审核通过后直接入库。",
    "publicity.exemption": "未规定可以不公示的情形：一律公示。",
    "publicity.objection.notify": "未规定将核实情况告知谁：由管理部门决定。",
    "term": "未规定聘期：在库资格不因期满失效。",
    "freeze": "未规定冻结：不因未更新信息而冻结。",
    "update": "未规定信息更新：由专家告知，管理部门修改。",
    "update.round_months": "未规定集中更新的间隔：由管理部门发起。",
    "update.change_report_workdays": "未规定变更报备期限：不计算逾期。",
    "exits": "未规定出库：只办理本人退出。",
    "age_exit": "未规定出库年龄：不因年龄出库。",
    "recusal": "未规定回避：只办理本人声明的回避。",
    "rotation.annual_cap": "未规定年度次数上限：不按次数排除。",
    "rotation.sit_out": "未规定轮空：不因连续选中排除。",
    "request": "未规定使用申请：由管理部门登记。",
    "request.approvals": "未规定使用申请须经审批：提出即可抽取。",
    "request.lead_workdays": "未规定提前期：不作限制。",
    "draw": "未规定抽取：不能抽取。",
    "draw.watched_by": "未规定由谁监督抽取：监督人员可以观看，不作为条件。",
    "draw.supplementary": "未规定再次抽取：不足时重新提出申请。",
    "draw.designation": "未规定直接指定：不得直接指定。",
    "draw.guest": "未规定特邀专家：只能从库内选取。",
    "draw.emergency": "未规定例外：随机抽取、回避、公示一律执行。",
    "contact.standby": "未规定候补：不设候补。",
    "evaluation": "未规定履职评价：不评价。",
    "evaluation.due_workdays": "未规定评价期限：只提醒，不计算逾期。",
    "evaluation.grades": "未规定评价等次：只记录评语。",
    "annual_assessment": "未规定年度考核：不考核。",
    "annual_assessment.grades": "未规定年度考核等次：只列出情况。",
    "sanctions": "未规定处置：只登记违规线索。",
    "sanctions.on_experts": "未规定对专家的处置：只能按出库情形办理。",
    "sanctions.on_units": "未规定对单位的处置：不限制单位。",
    "documents": "未规定签署文书：不要求签署。",
    "opinions": "未规定专家意见的管理：系统不作要求。",
}


def describe(regulation: Regulation) -> str:
    """The whole explanation: what the edition says, how it is read, what it leaves open, what no code acts on."""
    return "\n".join(_lines(regulation)) + "\n"


def not_executed(regulation: Regulation) -> tuple[tuple[str, Provision], ...]:
    """The provisions that no code acts on yet, in the order of the articles, with their dotted paths."""
    return tuple((path, one) for path, one in _in_order(regulation) if not executed(path, one))


def silences(regulation: Regulation) -> tuple[tuple[str, str], ...]:
    """Where the regulation is silent: (dotted attribute, what the system then does)."""
    found = []
    for key, text in SILENCES.items():
        value: Any = regulation
        for name in key.split("."):
            parent, value = value, getattr(value, name, None)
            if parent is None:
                break
        else:
            if value is None or value == ():
                found.append((key, text))
    return tuple(found)


def explain(regulation: Regulation, path: str, provision: Provision) -> str:
    """One provision in one line: topic, name, parameters."""
    head = _names(path, [provision])
    parameters = "；".join(f"{label}：{value}" for label, value in _parameters(regulation, provision))
    text = f"{head}（{parameters}）" if parameters else head
    missing = "、".join(_detail(regulation, name, value) for name, value in unused_details(path, provision))
    return f"{text}【其中尚未执行：{missing}】" if missing else text


def _detail(regulation: Regulation, name: str, value: Any) -> str:
    said = _value(regulation, name, value)
    return LABELS.get(name, "释义") + (f"（{said}）" if said != "是" else "")


def _lines(regulation: Regulation) -> Iterator[str]:
    yield f"《{regulation.name}》"
    yield f"代码：{regulation.code}    版本：{regulation.effective_from.isoformat()}    状态：{VALUES[regulation.status]}"
    yield f"发文机关：{regulation.issuer}" + (f"    文号：{regulation.document_number}" if regulation.document_number else "")
    yield f"管理部门：{regulation.managing_body}"
    until = f"至{_day(regulation.effective_to)}" if regulation.effective_to else "起，未规定失效日期"
    yield f"有效期：自{_day(regulation.effective_from)}{until}（{printed(regulation.effective_article)}）"
    if regulation.effective_note:
        yield f"说明：{regulation.effective_note}"
    yield f"文件校验值：{regulation.file_hash}"
    yield ""
    yield "一、逐条说明"
    article = ""
    for path, group in _grouped(_in_order(regulation)):
        first = group[0]
        if first.printed_article != article:
            article = first.printed_article
            yield article
        mark = "" if executed(path, first) else "【尚未执行】"
        yield f"  · {mark}{_names(path, group) if len(group) > 1 else explain(regulation, path, first)}"
        if first.quote and first.quote != getattr(first, "name", ""):
            yield f"    原文：“{first.quote}”"
        if first.note:
            yield f"    说明：{first.note}"
        if first.readings:
            yield f"    释义：{'、'.join(first.readings)}"
    yield ""
    yield "二、释义（办法不明确之处如何掌握，请管理部门核定）"
    for one in regulation.readings:
        yield f"  {one.id}（{printed(one.article)}）{one.problem}：{one.text}"
    yield ""
    yield "三、办法没有规定的事项"
    for _key, text in silences(regulation):
        yield f"  · {text}"
    yield ""
    yield "四、尚未执行（系统中还没有程序据以办理的规定）"
    missing = False
    for path, group in _grouped(_in_order(regulation)):
        first = group[0]
        details = unused_details(path, first)
        if executed(path, first) and not details:
            continue
        missing = True
        within = "——其中：" + "、".join(_detail(regulation, name, value) for name, value in details) if details else ""
        yield f"  · {first.printed_article}：{_names(path, group)}{within}"
    if not missing:
        yield "  没有。"


def _grouped(provisions: list[tuple[str, Provision]]) -> list[tuple[str, list[Provision]]]:
    """Provisions as they are shown: the boxes of a form and the fields of one article on one line."""
    groups: list[tuple[str, list[Provision]]] = []
    for path, one in provisions:
        last_path, last = groups[-1] if groups else ("", [])
        if last_path == path and path.endswith("fields") and _plain(one) and _plain(last[0]):
            if last[0].printed_article == one.printed_article:
                last.append(one)
                continue
        groups.append((path, [one]))
    return groups


def _plain(provision: Provision) -> bool:
    return not (provision.quote or provision.note or provision.readings)


def _names(path: str, group: list[Provision]) -> str:
    names = [_name(one) for one in group]
    return TOPICS.get(path, path) + (f"：{'、'.join(names)}" if names[0] else "")


def _name(provision: Provision) -> str:
    return str(next((value for one in ("name", "label", "title") if (value := getattr(provision, one, ""))), ""))


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


_PARTS = re.compile(r"\d+|[a-z]+|[^\da-z()]+")
_NUMERALS = {char: f"{value:02}" for value, char in enumerate("一二三四五六七八九十", 1)}


def article_order(article: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key: articles by number, then item, then letter; annexes after the articles."""
    parts = _PARTS.findall(article)
    return tuple(_rank(part) for part in parts)


def _rank(part: str) -> tuple[int, int, str]:
    if part.isdigit():
        return 1, int(part), ""
    return (0 if len(part) == 1 and part.isascii() else 2), 0, _in_digits(part)


def _in_digits(part: str) -> str:
    return "".join(_NUMERALS.get(char, char) for char in part)


def _in_order(regulation: Regulation) -> list[tuple[str, Provision]]:
    derived = {one.reason_code for one in regulation.recusal}
    shown = [(path, one) for path, one in regulation.provisions() if not (isinstance(one, ExclusionReason) and one.code in derived)]
    return sorted(shown, key=lambda item: article_order(item[1].article))


def _parameters(regulation: Regulation, provision: Provision) -> Iterator[tuple[str, str]]:
    for item in fields(provision):
        label = LABELS.get(item.name)
        value = getattr(provision, item.name)
        if label is None or value is None or value in ("", (), 0) or value is False:
            continue
        if value is True and item.default is True and item.name not in _ALWAYS_SAID:
            continue
        if isinstance(value, tuple) and isinstance(value[0], Provision):
            continue
        if (needs := _SAID_WITH.get(item.name)) and not any(getattr(provision, one, None) for one in needs):
            continue
        yield label, _value(regulation, item.name, value)


#: Attributes that mean something only together with one of these.
_SAID_WITH = {
    "waiver_approver": ("waivable",),
    "ban_from": ("ban_years", "ban_lifetime"),
}
#: Attributes that are said although they have their usual value.
_ALWAYS_SAID = ("required", "stratified", "clash_check")


def _value(regulation: Regulation, name: str, value: Any) -> str:
    if value is True:
        return "是"
    if isinstance(value, tuple):
        # Steps follow each other, and their names have commas of their own.
        return (" → " if name == "steps" else "、").join(_value(regulation, name, one) for one in value)
    if isinstance(value, Band):
        return f"{value.name}（{_span(value.low, value.high)}）" + ("→生成违规线索" if value.consequence else "")
    if isinstance(value, Grade):
        return value.name + (f"（{_span(value.low, value.high)}）" if value.low is not None else "")
    if isinstance(value, Choice):
        return value.name
    if name.endswith("_article"):
        return printed(value)
    return _word(regulation, name, value) if isinstance(value, str) else str(value)


def _span(low: int | None, high: int | None) -> str:
    return str(low) if low == high else f"{low}-{high}"


def _word(regulation: Regulation, name: str, value: str) -> str:
    if f"{name}.{value}" in VALUES:
        return VALUES[f"{name}.{value}"]
    if name == "channels":
        return regulation.intake.channel(value).name
    if name == "steps":
        return next((one.name for one in regulation.intake.steps if one.code == value), value)
    if name == "exempt_types":
        return next(one.name for one in regulation.expert_types if one.code == value)
    if name == "late_ground" and regulation.exits:
        return regulation.exits.ground(value).name
    if name in ("types", "titles", "employer_kinds", "relations", "text", "group", "footnote", "stamp", "grade"):
        return value
    if value in _ROLES:
        return str(getattr(regulation.labels, value))
    return VALUES.get(value, value)
