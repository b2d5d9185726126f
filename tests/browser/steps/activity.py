"""The activity, 附表3, and what each finds afterwards."""

from evaluation.models import Evaluation
from experts.models import Application
from selection.models import DrawRequest, Participation
from tests.browser.steps.case import POOL


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
    inspector.reads("文件相互一致", request.title)
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
