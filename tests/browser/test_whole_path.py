"""The whole path on Xinjiang's regulation, by clicking: from a recommending unit's form to a score on 附表3."""

import re
import subprocess
import sys
import zipfile
from datetime import date, timedelta

import pytest

from demo.case import PDF, SHARE
from demo.people import id_number
from demo.seed import POOL_CODE, seed
from evaluation.models import Evaluation
from expertpool import clock
from expertpool.accounts.models import Organisation, User
from expertpool.messaging.models import Message
from experts.models import Application, Batch, Membership, Publicity
from selection.models import Attempt, DrawRequest, Invitation, Participation

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]

NAME = "沈思远"
#: Where the pool is mounted.
POOL = f"/p/{POOL_CODE}"
TITLE = "2026年自治区首台（套）重大技术装备认定评审"


def pdf(name, content=PDF):
    return {"name": f"{name}.pdf", "mimeType": "application/pdf", "buffer": content + name.encode()}


def organisation(code):
    return Organisation.objects.get(code=code).name


def test_the_whole_path_by_clicking(house, tmp_path):
    seed()
    application(house)
    publicity(house)
    newcomer(house)
    request = draw_request(house)
    draw(house, request, tmp_path)
    contact(house, request)
    activity(house, request)
    afterwards(house, request)
    assert house.problems == []


# --- the way into the pool ---


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


# --- the request ---


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


# --- the draw ---


def draw(house, request, tmp_path):
    """Refused without an inspector; frozen, shared, drawn; what happens appears by itself; anybody can verify it."""
    house.at(10, 15)
    address = f"{POOL}/requests/{request.pk}/draw/"
    office = house.person("office")
    office.open(address)
    office.reads("尚未到场，不能开始抽取")
    office.see("draw-without-inspector")
    assert office.control("冻结名单", "main form").count() == 0
    inspector = house.person("inspector", phone=True)
    inspector.open(f"{POOL}/requests/{request.pk}/")
    inspector.press("到抽取监督页")
    inspector.press("到场监督", twice=True)
    inspector.see("draw-inspector-joined")
    office.open(address)
    office.see("draw-ready")
    office.press("冻结名单", within="main form", twice=True)
    attempt = Attempt.objects.get()
    office.see("draw-frozen")

    # The inspector touches nothing: the page finds out.
    inspector.page.get_by_text("输入监督份额", exact=True).wait_for()
    inspector.see("draw-inspector-frozen")
    house.at(10, 15, 9, 6)
    inspector.fill(share=SHARE[:19], took_manifest=True)
    inspector.press("提交监督份额，抽出名单")
    inspector.see("draw-share-too-short")
    assert inspector.page.locator("#id_share").input_value() == SHARE[:19]
    inspector.fill(share=SHARE, took_manifest=True)
    inspector.press("提交监督份额，抽出名单", twice=True)
    inspector.reads("已经抽出")
    inspector.see("draw-inspector-drawn")
    attempt.refresh_from_db()
    assert attempt.state == Attempt.State.DRAWN
    first = attempt.candidates.select_related("membership").order_by("field", "position")[0].membership
    inspector.reads(first.number)
    inspector.never_reads(first.expert.name)

    office.page.locator("#contacts").wait_for()
    office.reads(first.number)
    office.see("draw-drawn")
    with inspector.page.expect_download() as bundle:
        inspector.control(f"下载卷宗 {attempt.draw.number}.zip").click()
    with inspector.page.expect_download() as verifier:
        inspector.control("下载核验程序 verify_draw.py").click()
    path, script = tmp_path / "bundle.zip", tmp_path / "verify_draw.py"
    bundle.value.save_as(path)
    verifier.value.save_as(script)
    command = [sys.executable, str(script), str(path), "--expect-manifest", attempt.manifest_hash]
    passed = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert passed.returncode == 0, passed.stdout
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "unpacked")
    result = next((tmp_path / "unpacked").rglob("result.txt"))
    data = result.read_bytes()
    result.write_bytes(data[:-20] + bytes([data[-20] ^ 1]) + data[-19:])
    folder = result.parent.parent
    assert subprocess.run([sys.executable, str(script), str(folder)], capture_output=True, check=False, cwd=tmp_path).returncode == 1

    record = house.person("inspector", phone=True)
    record.open(f"{address}0/1/record/")
    record.see("draw-record-print")
    record.leave()

    # A result that the office causes appears on the inspector's page, which is the same page as before.
    inspector.page.evaluate("window.untouched = true")
    before = inspector.page.locator(".live li").count()
    office.press("按顺序发出邀请", twice=True)
    office.reads(f"已按抽取顺序发出{Invitation.objects.count()}份邀请")
    inspector.page.wait_for_function("(before) => document.querySelectorAll('.live li').length > before", arg=before)
    assert inspector.page.evaluate("window.untouched") is True
    inspector.see("draw-inspector-inviting")
    office.see("contacts")
    inspector.leave()
    office.leave()
    house.sweep()


# --- replies ---


def link(invitation):
    """The address in the message that the expert got."""
    message = Message.objects.filter(about=f"invitation:{invitation.pk}").order_by("pk")[0]
    assert message.state == Message.State.SENT
    return re.search(r"/r/[\w-]+/", message.body)[0]


def still_open(request):
    rows = Invitation.objects.open().filter(candidate__attempt__draw__request=request)
    return rows.select_related("candidate__membership__expert").order_by("pk")


def answer(house, invitation, what, name=""):
    """One expert at his phone opens the link and answers."""
    expert = house.person(phone=True)
    digits = invitation.candidate.membership.expert.phone[-4:]
    expert.open(link(invitation))
    if what == "accept" and name:
        expert.see("reply")
        expert.press("提交答复")
        expert.see("reply-nothing-chosen")
        expert.fill(answer="accept", declares_no_conflict=True, phone_last4=f"{(int(digits) + 1) % 10000:04d}")
        expert.press("提交答复")
        expert.see("reply-wrong-digits")
    if what == "accept":
        expert.fill(answer="accept", declares_no_conflict=True, phone_last4=digits)
    elif what == "decline" or what == "withdraw":
        expert.fill(answer="decline", decline_reason="TIME", phone_last4=digits)
    else:
        expert.fill(answer="recuse", recusal_ground="RECUSE-INTEREST", reason_text="曾为申报单位提供有偿咨询", phone_last4=digits)
    expert.press("提交退出或回避" if what == "withdraw" else "提交答复", twice=True)
    if name:
        expert.see(name)
    expert.leave()


def contact(house, request):
    """Every kind of answer, a lapse, standbys; one withdraws and a standby steps up."""
    house.at(10, 15, 9, 30)
    # The demonstration's expert account belongs to the first who is invited.
    first = still_open(request)[0]
    person = first.candidate.membership.expert
    person.user = User.objects.get(username="expert")
    person.user.name = person.name
    person.user.save()
    person.save()
    signed_in = house.person("expert", phone=True)
    signed_in.see("expert-home")
    signed_in.press("我的邀请", within="nav")
    signed_in.see("expert-invitations")
    signed_in.press(TITLE)
    signed_in.fill(answer="accept", declares_no_conflict=True)
    signed_in.see("expert-invitation")
    signed_in.press("提交答复", twice=True)
    signed_in.reads("您已接受邀请")
    signed_in.leave()

    moment = clock.now()
    plan = [("accept", "reply-accepted"), ("decline", "reply-declined"), ("recuse", "reply-recused"), ("silent", "")]
    silent = None
    for turn in range(40):
        moment += timedelta(minutes=7)
        house.at_moment(moment)
        house.sweep()
        waiting = still_open(request).exclude(pk=silent.pk if silent else None).first()
        if waiting is None:
            break
        what, name = plan[turn] if turn < len(plan) else ("accept", "")
        if what == "silent":
            silent = waiting
            token = link(waiting)
        else:
            answer(house, waiting, what, name)
        if turn == len(plan):
            office = house.person("office")
            office.open(f"{POOL}/requests/{request.pk}/draw/")
            office.press("显示电话（留痕）")
            office.see("contacts-phone-shown")
            office.leave()
    house.at_moment(silent.deadline + timedelta(minutes=1))
    late = house.person(phone=True)
    late.open(token)
    late.reads("回复期限已过")
    late.see("reply-too-late")
    late.leave()
    house.sweep()
    silent.refresh_from_db()
    assert silent.state == Invitation.State.NO_REPLY
    for _turn in range(40):
        waiting = still_open(request).first()
        if waiting is None:
            break
        house.at_moment(clock.now() + timedelta(minutes=5))
        house.sweep()
        answer(house, waiting, "accept")
    request.refresh_from_db()
    assert request.state == DrawRequest.State.CONFIRMED

    department = house.person("department")
    department.open(f"{POOL}/requests/{request.pk}/draw/")
    seated = Participation.objects.filter(request=request, state="standing", seated=True).select_related("membership__expert")
    standbys = Participation.objects.filter(request=request, state="standing", seated=False)
    assert (seated.count(), standbys.count() > 0) == (request.total, True)
    department.never_reads(*(one.membership.expert.name for one in seated))
    department.see("draw-department-confirmed")
    department.leave()

    # Somebody whose field has a standby takes his word back.
    field = standbys[0].candidate.field
    leaving = next(one for one in seated if one.candidate.field == field and one.membership.expert_id != person.pk)
    waiting_standby = standbys.filter(candidate__field=field).order_by("candidate__position").first()
    house.sweep()
    answer(house, Invitation.objects.get(candidate=leaving.candidate), "withdraw", "reply-withdrawn")
    waiting_standby.refresh_from_db()
    assert waiting_standby.seated is True
    for viewer in ("office", "inspector"):
        someone = house.person(viewer, phone=viewer == "inspector")
        someone.open(f"{POOL}/requests/{request.pk}/draw/")
        someone.reads(waiting_standby.membership.expert.name)
        someone.see(f"draw-{viewer}-confirmed")
        someone.leave()


# --- the activity and after ---


def activity(house, request):
    """Names on the day, attendance, 附表3 by two hands."""
    house.at(10, 22)
    seated = list(Participation.objects.filter(request=request, state="standing", seated=True).select_related("membership__expert"))
    department = house.person("department")
    department.see("department-home-activity")
    department.open(f"{POOL}/requests/{request.pk}/draw/")
    department.reads(*(one.membership.expert.name for one in seated))
    department.see("draw-department-opened")
    house.at(10, 23, 18)
    department.take_up("登记专家出席情况")
    department.press("登记出席", within="main form")
    department.see("attendance-nothing-chosen")
    absent = next(one for one in seated if one.membership.expert.user is None)
    department.fill(
        {f"attended_{one.pk}": "no" if one == absent else "yes" for one in seated} | {f"reason_{absent.pk}": "临时生病，已电话告知。"}
    )
    department.press("登记出席", within="main form", twice=True)
    department.see("evaluations")
    forms = list(Evaluation.objects.filter(participation__request=request).order_by("pk"))
    assert len(forms) == len(seated) - 1

    house.at(10, 27)
    leader = house.person("department_leader")
    for number, one in enumerate(forms):
        department.open(f"{POOL}/evaluations/{one.pk}/")
        if number == 0:
            department.press("经办人签名并送负责人")
            department.see("evaluation-empty")
        for place, row in enumerate(department.page.locator("[data-criterion]").all()):
            band = row.locator("input[type=radio]").nth(int((number + place) % 5 == 0))
            band.check()
            row.locator("input[type=number]").fill(band.get_attribute("data-low"))
        if number == 0:
            points = department.page.locator("[data-criterion] input[type=number]").first
            points.fill("10")
            department.press("经办人签名并送负责人")
            department.see("evaluation-outside-band")
            department.page.locator("#error-summary").wait_for()
            points = department.page.locator("[data-criterion]").first
            points.locator("input[type=number]").fill(points.locator("input[type=radio]:checked").get_attribute("data-low"))
            department.see("evaluation-filled")
        department.press("经办人签名并送负责人", twice=True)
        department.reads("已签名")
        if number == 0:
            department.see("evaluation-signed")
            assert department.control("负责人签名并提交").count() == 0
            leader.see("department-leader-home")
        leader.open(f"{POOL}/evaluations/{one.pk}/")
        if number == 0:
            leader.see("evaluation-countersign")
            leader.press("打印评价表")
            leader.see("annex-3-print")
            leader.open(f"{POOL}/evaluations/{one.pk}/")
        leader.press("负责人签名并提交")
    leader.see("evaluations-done")
    leader.leave()
    request.refresh_from_db()
    assert request.state == DrawRequest.State.CLOSED
    assert {(one.state, bool(one.total), bool(one.grade)) for one in Evaluation.objects.filter(participation__request=request)} == {
        ("submitted", True, True)
    }
    # The names are closed to the department again.
    assert department.open(f"{POOL}/evaluations/{forms[0].pk}/") == 403
    department.open(f"{POOL}/requests/{request.pk}/draw/")
    department.never_reads(*(one.membership.expert.name for one in seated))
    department.leave()


def afterwards(house, request):
    """What each finds afterwards."""
    expert = house.person("expert", phone=True)
    mine = Participation.objects.get(request=request, membership__expert__user__username="expert")
    assert mine.attended is True
    expert.press("履职评价", within="nav")
    expert.reads(str(Evaluation.objects.get(participation=mine).total))
    expert.see("expert-scores")
    expert.press("我的档案", within="nav")
    expert.see("expert-profile-after")
    assert expert.open(f"{POOL}/requests/") == 403
    expert.see("expert-wrong-door")
    expert.press("消息", within="nav") if expert.control("消息", "nav").count() else expert.open("/messages/")
    expert.see("expert-messages")
    expert.leave()

    inspector = house.person("inspector", phone=True)
    inspector.open(f"{POOL}/requests/{request.pk}/dossier/")
    inspector.reads("核验通过", request.title)
    inspector.see("dossier")
    inspector.press("留痕", within="nav")
    inspector.see("ledger")
    inspector.press("公示", within="nav")
    inspector.see("publicities")
    inspector.press("现行规定", within="nav")
    inspector.see("rules")
    assert inspector.open("/no-such-page/") == 404
    inspector.leave()

    office = house.person("office")
    office.open(f"{POOL}/requests/{request.pk}/")
    office.see("request-closed")
    office.open(f"{POOL}/admin/experts/application/{Application.objects.get().pk}/change/")
    office.see("admin-application-admitted")
    office.open(f"{POOL}/applications/{Application.objects.get().pk}/print/")
    office.see("annex-1-print")
    office.open(f"{POOL}/admin/experts/membership/")
    office.see("admin-memberships")
    office.leave()
