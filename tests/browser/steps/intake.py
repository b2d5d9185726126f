"""The way into the pool: from the form of a recommending unit to the record of a member."""

from datetime import date, timedelta

from demo.people import id_number
from expertpool import clock
from experts.models import Application, Batch, Membership, Publicity
from tests.browser.steps.case import NAME, POOL, organisation, pdf


def application(house):
    """Form, files, check; employer, unit; sent back by the office and sent again; passed."""
    house.at(9, 7)
    stranger = house.person()
    stranger.open("/")
    stranger.see("front")
    stranger.press("登录", within="main")
    stranger.see("login")
    stranger.fill(username="office", password="guess")
    stranger.press("登录", within="main")
    stranger.see("login-refused")
    stranger.leave()

    unit = house.person("recommending_unit")
    unit.see("unit-home-empty")
    unit.press("入库申请", within="nav")
    unit.see("applications-empty")
    unit.press("填写入库申请")
    unit.see("application-form-empty")
    birth = date(1979, 5, 18)
    employer_name = organisation("DX01")
    unit.fill(
        {
            "name": NAME, "sex": "male", "birth_date": birth.isoformat(), "id_number": "65010019790518715X", "school": "西安交通大学",
            "degree": "研究生/博士", "major": "机械工程", "employer": employer_name, "position": "教授、实验室主任", "title": "教授", "title_level": "4",
            "years": "21", "expert_type": "professional", "research_area": "大型风电机组可靠性与智能运维", "fields": "装备制造",
            "email": "shen.siyuan@example.org", "phone": "13899120518", "address": "乌鲁木齐市天池路1号", "postcode": "830047",
            "achievements": "主持自治区重点研发项目3项，获自治区科技进步奖二等奖1项。",
            "jobs-0-organisation": employer_name, "jobs-0-kind": "personnel", "jobs-0-position": "教授、实验室主任", "jobs-0-since": "2012-03-01",
        }
    )  # fmt: skip
    unit.press("保存草稿", twice=True)
    unit.reads("已保存草稿")
    assert Application.objects.count() == 1
    unit.press("保存，核对后提交")
    unit.reads("末位校验码不符")
    unit.see("application-check-wrong-id")
    unit.press("返回修改")
    unit.fill(id_number=id_number("6501", birth, 715))
    unit.press("保存，核对后提交")
    unit.see("application-check-missing")
    unit.reads("还不能提交")
    unit.press("返回修改")
    unit.see("application-form-missing")
    unit.fill(upload_id_document=pdf("身份证"), upload_degree_certificate=pdf("学位证书"), upload_achievement=pdf("获奖证书"))
    unit.fill(upload_title_certificate=pdf("职称证书", b"MZ no pdf at all "), consents=True, attests_clean_record=True)
    unit.press("保存草稿")
    unit.see("application-form-wrong-file")
    unit.fill(upload_title_certificate=pdf("职称证书"))
    unit.press("保存，核对后提交")
    unit.see("application-check")
    unit.press("提交入库申请", twice=True)
    unit.reads("申请已提交")
    unit.see("application-submitted")
    found = Application.objects.get()

    endorse(house, unit, "employer")
    house.at(9, 9)
    office = house.person("office")
    office.open(f"{POOL}/admin/")
    office.see("office-home")
    office.take_up(NAME)
    office.see("admin-application")
    office.press("退回补正", within=".acts")
    office.fill(back_achievements=True)
    office.press("退回补正", within="form.act__form")
    office.see("admin-return-no-remark")
    office.fill(remark_achievements="请写明获奖年份和排名。")
    office.press("退回补正", within="form.act__form")
    office.reads("退回")

    unit.take_up("退回补正")
    unit.see("application-returned")
    beside = unit.page.locator(".field", has=unit.page.locator("#id_achievements")).inner_text()
    assert "请写明获奖年份和排名。" in beside
    unit.fill(achievements="主持自治区重点研发项目3项，获2021年自治区科技进步奖二等奖（第一完成人）。")
    unit.press("保存，核对后提交")
    unit.press("提交入库申请")
    endorse(house, unit, "again")
    unit.leave()

    house.at(9, 10)
    office.take_up(NAME)
    office.press("审核通过", within=".acts")
    office.press("审核通过", within="form.act__form")
    office.reads("请填写“精通专业业务（认定理由）”。")
    office.see("admin-pass-not-judged")
    for condition, why in (("expertise", "主持过同领域项目，业绩材料可证。"), ("ethics", "查询科研诚信记录，无不良记录。")):
        office.page.locator(f"[name='tick_{condition}'][value='yes']").check()
        office.fill({f"note_{condition}": why})
    office.see("admin-pass")
    office.press("审核通过", within="form.act__form", twice=True)
    found.refresh_from_db()
    assert found.state == Application.State.PASSED
    office.leave()


def endorse(house, unit, name):
    """The employer confirms, the recommending unit verifies and recommends."""
    employer = house.person("employer")
    if name == "employer":
        employer.see("employer-home")
    employer.take_up(NAME)
    if name == "employer":
        employer.press("提交审核结论")
        employer.see("endorsement-nothing-chosen")
    employer.fill(decision="confirmed")
    employer.press("提交审核结论")
    if name == "employer":
        employer.see("endorsements-employer")
    employer.leave()
    unit.take_up(NAME)
    unit.fill(decision="confirmed", reason="材料属实，同意推荐。")
    if name == "employer":
        unit.see("endorsement-unit")
    unit.press("提交审核结论")


def publicity(house):
    """Collected, decided, made public; admitted not a minute too early."""
    house.at(9, 14)
    office = house.person("office")
    office.open(f"{POOL}/admin/")
    office.take_up("待汇总为批次")
    office.see("admin-applications-passed")
    office.page.locator("input.action-select").check()
    office.fill(action="collect")
    office.press("执行", within="#changelist-form")
    office.see("admin-batch")
    office.press("登记审定", within=".acts")
    office.fill(decision_document="厅长办公会纪要〔2026〕18号")
    office.press("登记审定", within="form.act__form")
    office.press("发布公示", within=".acts")
    office.see("admin-open-publicity")
    office.press("发布公示", within="form.act__form", twice=True)
    office.see("admin-batch-in-publicity")
    shown = Publicity.objects.get()

    public = house.person()
    public.open("/gongshi/")
    public.see("public-list")
    public.press(f"查看名单：{shown.batch.number}")
    public.reads(NAME, "公示中")
    public.never_reads("13899120518", found_id := id_number("6501", date(1979, 5, 18), 715), found_id[-4:], "天池路")
    public.see("public-names")

    house.at_moment(clock.end_of(shown.last_day) - timedelta(minutes=1))
    found = Application.objects.get()
    office.open(f"{POOL}/admin/experts/application/{found.pk}/acts/admit/")
    office.see("admin-admit-too-early")
    assert office.control("批准入库", "form.act__form").count() == 0
    office.open(f"{POOL}/admin/experts/application/{found.pk}/change/")
    office.page.locator(".acts__not > summary").click()
    office.see("admin-application-in-publicity")

    house.at_moment(clock.end_of(shown.last_day) + timedelta(hours=9))
    house.sweep()
    office.take_up(shown.batch.number)
    office.see("batch-publicity-over")
    office.open(f"{POOL}/admin/experts/batch/{shown.batch.pk}/change/")
    office.press("批准整批入库", within=".acts")
    office.see("admin-admit-batch")
    office.press("批准整批入库", within="form.act__form", twice=True)
    office.see("admin-batch-closed")
    assert Batch.objects.get().state == Batch.State.CLOSED
    public.open(f"/gongshi/{shown.batch.number}/")
    public.reads("公示期满")
    public.see("public-names-over")
    public.leave()
    office.leave()


def newcomer(house):
    """The security administrator gives the new expert's account its password; he looks at his record."""
    member = Membership.objects.get(application__isnull=False)
    security = house.person("security_admin")
    security.open(f"/admin/accounts/user/?q={member.number}")
    security.see("admin-accounts")
    security.press(member.number, within="#result_list")
    security.fill(new_password="Yanshi-Mima-2026")
    security.see("admin-account")
    security.press_submit("_save")
    security.leave()
    expert = house.person(member.number, phone=True, password="Yanshi-Mima-2026")
    expert.see("expert-home-empty")
    expert.press("我的档案", within="nav")
    expert.reads(member.number, "0 / 10")
    expert.see("expert-profile")
    expert.press("我的邀请", within="nav")
    expert.see("expert-invitations-empty")
    expert.leave()
