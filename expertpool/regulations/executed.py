"""Which provisions code acts on.

One line a provision key (see `walk.provision_key`): True when code acts on it, False while none does. The
explanation of a regulation (`describe`) lists what is False, and what is not here at all, as 尚未执行. Set a line
to True together with the code and the test that make it so. `UNUSED_DETAILS` and `UNUSED_EXCLUSIONS` name what is
left undone inside provisions that are executed otherwise.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from .schema import Criterion, ExclusionReason, Provision, Rule, Section
from .walk import provision_key

PROVISIONS: dict[str, bool] = {
    "activities": True,
    "annual_assessment": False,
    "application_form": True,
    "application_form.fields": True,
    "attachments": True,
    "conditions:age_at_most": True,
    "conditions:all_of": True,
    "conditions:any_of": True,
    "conditions:attested": True,
    "conditions:consent": True,
    "conditions:degree_and_years": True,
    "conditions:employer_confirmation": True,
    "conditions:license": True,
    "conditions:named_title": True,
    "conditions:no_prior_removal": False,  # admission looks for running bans only, not for a removal
    "conditions:reviewer_judges": True,
    "conditions:title_at_least": True,
    "conditions:years_at_least": True,
    "contact": True,
    "contact.decline_reasons": True,
    "contact.standby": True,
    "documents:confidentiality": False,
    "documents:integrity": False,
    "documents:recusal": False,
    "documents:undertaking": False,
    "draw": True,
    "draw.designation": False,
    "draw.designation.reasons": False,
    "draw.emergency": False,
    "draw.guest": False,
    "draw.priority": False,
    "draw.supplementary": True,
    "evaluation.sections": True,
    "evaluation.sections.criteria": True,
    "evaluation:graded": False,
    "evaluation:marks": False,
    "evaluation:scored": True,
    "evaluation_form": True,
    "evaluation_form.fields": True,
    "exclusions": True,
    "exits": True,
    "exits.grounds": True,
    "exits.grounds:absent_after_accept_in_a_row": True,
    "exits.grounds:age_reached": True,
    "exits.grounds:annual_grade": False,
    "exits.grounds:grade_count": False,
    "exits.grounds:no_reply_in_a_row": True,
    "exits.grounds:resignation": True,
    "exits.grounds:unjustified_decline": False,
    "exits.grounds:unreachable": False,
    "exits.grounds:violation_report": True,
    "expert_types": True,
    "fields": True,
    "freeze": False,
    "intake": True,
    "intake.attestations": True,
    "intake.certificate:certificate": False,  # xinxian-2021 7(5)a 注册专家（电子）证书
    "intake.channels": True,
    "intake.consents": True,
    "intake.field_scope:unit_field_scope": True,  # xinjiang-2025 6(1)b 推荐单位只在本领域行业内推荐
    "intake.steps:admission": True,
    "intake.steps:department_decision": True,
    "intake.steps:employer_review": True,
    "intake.steps:expert_consent": False,
    "intake.steps:office_review": True,
    "intake.steps:publicity": True,
    "intake.steps:unit_verification": True,
    "opinions": False,
    "others:gx_1": False,  # guangxi-draft 三·第二章 专家库使用单位以及专家推荐单位的职责权限
    "others:gx_10": False,  # guangxi-draft 四(4)a 须定期登录专家库并按要求及时更新信息
    "others:gx_12": True,  # guangxi-draft 四(6)a 原则下应从专家库中统一抽（选）取专家
    "others:gx_13": False,  # guangxi-draft 四(7)a 开展专家活跃度评价
    "others:gx_14": False,  # guangxi-draft 四(7)c 利用大数据和人工智能等技术
    "others:gx_5": True,  # guangxi-draft 三·第七章a 有责任和义务保障专家信息的安全
    "others:gx_6": False,  # guangxi-draft 三·第七章b 专家库使用单位的6种违规情形
    "others:gx_7": False,  # guangxi-draft 三·第七章c 及时反馈专家学术失范、违法违纪等重大事项
    "others:gx_9": False,  # guangxi-draft 四(3) 删除原有的投融资专家类型
    "others:jz_10": False,  # jiaozuo-2024 15(4) 不得泄露科技活动的文件、意见、结果
    "others:jz_11": False,  # jiaozuo-2024 15(5) 专家的名义从事其他活动
    "others:jz_2": True,  # jiaozuo-2024 4 主要负责专家的入（出）库、抽（选）取
    "others:jz_3": False,  # jiaozuo-2024 11 联系确定、专家接送、参加活动、存档计数
    "others:jz_4": False,  # jiaozuo-2024 11(4) 负责对接并接送专家
    "others:jz_6": True,  # jiaozuo-2024 11(6)a 由人才科存档计数
    "others:jz_7": True,  # jiaozuo-2024 14(1) 接受邀请，参加各类科技活动
    "others:nm_10": False,  # neimenggu 19(5) 严禁泄露评审等活动的内容、过程、意见
    "others:nm_13": False,  # neimenggu 21b 不得对专家进行恶意评价
    "others:nm_20": False,  # neimenggu 13a 归口管理部门获知不端行为的，及时报告科技厅
    "others:nm_21": False,  # neimenggu 22 所涉及项目必要时应重新组织评审
    "others:nm_3": True,  # neimenggu 8b 专家信息填报不符合要求的，不予审核入库
    "others:nm_4": True,  # neimenggu 12a 设置专家使用权限
    "others:nm_5": False,  # neimenggu 17a 谁使用、谁负责、谁评价
    "others:nm_9": False,  # neimenggu 19(4) 严禁泄露、侵犯、使用在评审活动过程中知悉
    "others:xj_2": True,  # xinjiang-2025 6(2)a 专家库入库申请表
    "others:xj_3": True,  # xinjiang-2025 6(5)b 将入选专家信息录入专家库系统
    "others:xj_8": True,  # xinjiang-2025 13(1)a 专家库使用审批表
    "others:xj_9": True,  # xinjiang-2025 13(1)d 审核通过的进行随机抽取
    "others:xx_3": True,  # xinxian-2021 6bis-a 专家库办公室牵头专家库建设
    "publicity.exemption": True,
    "publicity.lookup:lookup": False,  # xinxian-2021 7(5)c 入库专家基本信息可查询
    "publicity.objection": True,
    "publicity:calendar": True,
    "publicity:workdays": True,
    "recusal:coproject_active": False,
    "recusal:declared_relation": True,
    "recusal:declared_unit": True,
    "recusal:employment_current": True,
    "recusal:legal_entity_or_hierarchy": True,
    "recusal:named_by_request": True,
    "recusal:other": True,
    "recusal:person_in_project": True,
    "request": True,
    "request.approvals": True,
    "request_form": True,
    "request_form.fields": True,
    "rights:ask_more": True,  # xinjiang-2025 10(1) 可以要求补充相关资料
    "rights:fee": False,  # jiaozuo-2024 14(4) 接受联系单位支付的劳务报酬
    "rights:independent": False,  # xinjiang-2025 10(2) 独立发表意见和建议
    "rights:leave": True,  # jiaozuo-2024 14(6) 书面、电话、短信等提出辞去专家资格
    "rights:no_vanity": False,  # xinjiang-2025 11(4) 不得以专家头衔对外宣传或出席活动
    "rights:report": False,  # jiaozuo-2024 14(5) 抵制和检举违法违规行为
    "rights:tech_report": False,  # xinxian-2021 11(4) 报告前沿技术、提出会商建议
    "rights:title_use": False,  # xinxian-2021 11(5) 以专家名义出席活动须经同意
    "rotation.annual_cap": True,
    "rotation.sit_out": True,
    "rotation.soft:avoid_repeats": False,  # jiaozuo-2024 12b 尽量避免同一专家重复多次参加
    "sanctions": True,
    "sanctions.on_experts:circular": False,
    "sanctions.on_experts:removal": True,
    "sanctions.on_experts:suspension": True,
    "sanctions.on_experts:talk": True,
    "sanctions.on_experts:timed_removal": False,
    "sanctions.on_units:circular": False,
    "sanctions.on_units:nomination_loss": False,
    "sanctions.on_units:talk": False,
    "sanctions.on_units:timed_nomination_loss": False,
    "security:access_ends": True,  # neimenggu 21a 不得留存专家库中的信息和资料
    "security:accounts": False,  # guangxi-draft 四(5)b 分级实名制管理，建立授权使用机制
    "security:admitted_only": True,  # xinjiang-2025 4 经审核纳入专家库的才是专家
    "security:export": False,  # jiaozuo-2024 20b 严禁私自复制、泄露专家的个人信息
    "security:marks": False,  # guangxi-draft 三·第四章b 建立专家标识体系
    "security:mask": True,  # neimenggu 12c 不得泄露专家信息
    "security:need_to_know": True,  # jiaozuo-2024 20a 严格控制知悉范围
    "security:one_office": True,  # xinjiang-2025 2 专家库管理部门统一负责建设、管理维护、选取使用
    "security:operator": False,  # neimenggu 2 可委托专业机构负责日常管理
    "security:separation": True,  # jiaozuo-2024 3 管用分离
    "sharing:agreement": False,  # neimenggu 7(3)a 签订协议的方式实现专家共享
    "sharing:by_application": False,  # guangxi-draft 四(2) 相关单位可申请共享使用专家库专家
    "sharing:prefectures": False,  # xinjiang-2025 6(6) 各地（州、市）共建共享
    "sharing:push": False,  # xinxian-2021 17 向在库专家推送信息
    "supervision:dossier": True,  # xinjiang-2025 16c 专家参与评审过程、结果可追溯
    "supervision:inspector_read": True,  # neimenggu 19(8) 接受有关部门的监督管理
    "supervision:integrity_record": False,  # guangxi-draft 四(8) 按规定纳入科研诚信记录
    "supervision:trail": True,  # guangxi-draft 四(5)a 操作全程留痕
    "supervision:watch": True,  # jiaozuo-2024 18 纪检监察组监督筛选名单、活动过程、履职情况
    "term": True,
    "update": False,
}

#: Details that no code acts on inside provisions that it does act on: `key.attribute`, or `key.attribute=value` for one
#: value of several. Take a line out together with the code and the test that act on it.
UNUSED_DETAILS: set[str] = {
    "contact.contact_person_required",  # jiaozuo-2024 11(3)a 指定专人进行联系
    "draw.modes=merit",  # neimenggu 15(1)a, guangxi-draft 三·第五章a 择优选取
    "draw.shortage_fallback",  # neimenggu 15(1)b, jiaozuo-2024 11(3)c 邀请入库
    "draw.supplementary.automatic",  # xinxian-2021 12d 系统将自动补充：再次抽取由选用处室发起
    "intake.calls_per_year",  # xinxian-2021 8 每年开放申报系统
    "intake.channels.readings=A38",  # jiaozuo-2024 7(1)2 先登记为仅限本次活动
    "intake.employer_kinds",  # xinxian-2021 3 所在单位类别
    "intake.open=call",  # xinjiang-2025 6(1)a 征集期间：可以随时申请
    "recusal:declared_unit.listed_exempt",  # neimenggu 14(4)6 申报单位为上市公司的除外
    "recusal:declared_unit.persons",  # jiaozuo-2024 13(4) 与负责人的经济利益关系：只由本人声明
    "recusal:declared_unit.units=cooperating",  # xinxian-2021 15(3) 协作单位
    "request.required_fields=cooperating_units",  # xinxian-2021 15(3) 协作单位
    "sanctions.unit_report_article",  # xinjiang-2025 17 and its counterparts: 所在单位及时告知
    "term.warn_days",  # xinxian-2021 7(5)b 聘期届满前提醒
}
#: Exclusion reasons that the judgement of eligibility never gives.
UNUSED_EXCLUSIONS: set[str] = {"FROZEN", "OUT-OF-SCOPE"}


def executed(path: str, provision: Provision) -> bool:
    """Whether code acts on a provision that stands at this dotted path, or is not meant to (people do)."""
    if isinstance(provision, Rule) and provision.by_hand:
        return True
    if isinstance(provision, ExclusionReason) and provision.code in UNUSED_EXCLUSIONS:
        return False
    if isinstance(provision, Section | Criterion) and provision.maximum is None:
        # Criteria without points belong to a scheme of grades or marks.
        return PROVISIONS["evaluation:graded"] and PROVISIONS["evaluation:marks"]
    return PROVISIONS.get(provision_key(path, provision), False)


def unused_details(path: str, provision: Provision) -> tuple[tuple[str, Any], ...]:
    """What no code acts on inside a provision that is executed: (attribute, value), one value of a tuple at a time."""
    if not executed(path, provision):
        return ()
    key = provision_key(path, provision)
    found = []
    for item in fields(provision):
        value = getattr(provision, item.name)
        if not value:
            continue
        if f"{key}.{item.name}" in UNUSED_DETAILS:
            found.append((item.name, value))
            continue
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, str) and f"{key}.{item.name}={one}" in UNUSED_DETAILS:
                found.append((item.name, one))
    return tuple(found)
