"""附表2, from the form to its last approval."""

from selection.models import DrawRequest
from tests.browser.steps.case import POOL, TITLE, organisation


def draw_request(house):
    """附表2, first with a wrong sum; three approvals in their order."""
    house.at(10, 12)
    department = house.person("department")
    department.see("department-home")
    department.press("使用申请", within="nav")
    department.see("requests")
    department.press("填写使用申请")
    department.see("request-form-empty")
    for prefix, more in (("projects", 1), ("seats", 2)):
        for _row in range(more):
            department.page.locator(f"button[data-add={prefix}]").click()
    department.fill(
        {
            "leader_name": "陈国栋", "leader_phone": "13999001122", "handler_name": "张海燕", "handler_phone": "13999003344", "title": TITLE,
            "activity_type": "评审", "nature": "acceptance",
            "summary": "对申报首台（套）的风电、农机装备和配套工业软件进行评审，核查创新性、可靠性与应用成效，提出认定意见。",
            "basis_document": "《首台（套）重大技术装备认定管理办法》（演示文号〔2025〕6号）", "total": "7", "qualification": "副高级（含）以上职称",
            "min_title_level": "3", "scope": "全库", "industry": "装备制造业、软件和信息技术服务业", "recusal_text": "申报单位及其上下级单位人员回避",
            "starts_on": "2026-10-22", "ends_on": "2026-10-23", "place": "乌鲁木齐市天山大厦二楼会议室",
            "seats-0-field": "装备制造", "seats-0-count": "3", "seats-1-field": "信息产业", "seats-1-count": "2",
            "seats-2-field": "法律法规", "seats-2-count": "1",
            "projects-0-name": "大兆瓦风电塔筒用高强钢", "projects-0-applicant": organisation("QY16"), "projects-0-leader_name": "孟长江",
            "projects-0-leader_organisation": organisation("QY16"), "projects-0-participants": "叶尔江\n古丽娜尔，" + organisation("QY16"),
            "projects-1-name": "棉花联合采收机", "projects-1-applicant": organisation("JT03-B"), "projects-1-leader_name": "龚庆丰",
            "recusals-0-kind": "organisation", "recusals-0-organisation": organisation("QY02"), "recusals-0-reason": "为申报单位提供配套软件",
        }
    )  # fmt: skip
    department.press("保存并核对")
    department.see("request-form-wrong-sum")
    department.reads("草稿已保存，但还不能提交")
    assert department.page.locator("#error-summary a").first.get_attribute("href") == "#id_total"
    department.fill(total="6")
    department.press("保存并核对")
    department.see("request-check")
    department.press("提交使用申请", twice=True)
    department.see("request-submitted")
    request = DrawRequest.objects.get(title=TITLE)
    assert request.state == DrawRequest.State.UNDER_APPROVAL

    leader = house.person("leader")
    leader.open(f"{POOL}/requests/{request.pk}/")
    assert leader.control("提交审批意见").count() == 0
    other = house.person("department_other")
    assert other.open(f"{POOL}/requests/{request.pk}/") == 404
    other.see("page-of-another-unit")
    assert other.open(f"{POOL}/admin/") == 403
    other.see("page-of-another-role")
    other.leave()

    house.at(10, 13)
    office = house.person("office")
    office.take_up(TITLE)
    office.press("提交审批意见")
    office.see("approval-nothing-chosen")
    office.fill(outcome="pass", reason="符合要求。")
    office.press("提交审批意见", twice=True)
    office.see("approval-office-done")
    office.leave()
    house.at(10, 14)
    inspector = house.person("inspector", phone=True)
    inspector.see("inspector-home")
    inspector.take_up(TITLE)
    inspector.fill(outcome="pass")
    inspector.see("approval-inspector")
    inspector.press("提交审批意见")
    inspector.leave()
    leader.take_up(TITLE)
    leader.fill(outcome="pass")
    leader.press("提交审批意见")
    leader.see("approval-leader-done")
    leader.leave()
    request.refresh_from_db()
    assert request.state == DrawRequest.State.APPROVED
    department.open(f"{POOL}/requests/{request.pk}/")
    department.see("request-approved")
    department.press("打印", within="main")
    department.see("annex-2-print")
    department.leave()
    return request
