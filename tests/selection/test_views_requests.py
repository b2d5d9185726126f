"""The pages of draw requests: who opens them, what they show, what they keep on an error."""

from datetime import date
from io import BytesIO

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from expertpool import clock
from expertpool.desk.todos import waiting_for
from expertpool.pools.duties import actor
from selection.models import DrawRequest
from selection.services.requests import approve, file_request, wrong_parts
from selection.services.waivers import waive_shortage
from tests.factories import MembershipFactory, OrganisationFactory, PoolFactory, UserFactory, at
from tests.selection.request_factories import a_department, a_request, a_submitted_request, an_approved_request, form_data

MONDAY = date(2026, 10, 12)
pytestmark = [pytest.mark.django_db, pytest.mark.day(MONDAY)]


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.clause("xinjiang-2025", "13(1)a")
def test_a_department_fills_checks_and_submits(pool):
    unit = OrganisationFactory(name="昌吉化工厂")
    user = a_department()
    client = signed_in(user)
    assert client.get(at("request_new")).status_code == 200
    answer = client.post(
        at("request_new"),
        {
            **form_data(
                pool,
                recusals=[{"kind": "organisation", "organisation": "昌吉化工厂"}, {"kind": "", "person_name": "孙某"}],
                projects=[
                    {
                        "name": "项目甲",
                        "applicant": "未登记的厂",
                        "leader_name": "赵某",
                        "leader_organisation": "昌吉化工厂",
                        "participants": "钱某，昌吉化工厂\n李某",
                    }
                ],
            ),
            "check": "1",
        },
    )
    request = DrawRequest.objects.get()
    assert answer.url == at("request_check", request.pk)
    assert [(one.kind, one.organisation, one.person_name) for one in request.recusals.all()] == [
        ("organisation", unit, ""),
        ("person", None, "孙某"),
    ]
    project = request.projects.get()
    assert (project.applicant, project.applicant_name) == (None, "未登记的厂")
    assert [(one.part, one.name, one.organisation) for one in project.people.all()] == [
        ("leader", "赵某", unit),
        ("participant", "钱某", unit),
        ("participant", "李某", None),
    ]
    page = client.get(answer.url).content.decode()
    assert "提交使用申请" in page and "赵某" in page and "139" not in page
    # The form shows again what was saved, and saving it once more changes nothing.
    assert client.get(at("request_edit", request.pk)).content.decode().count("昌吉化工厂") >= 3
    assert client.post(answer.url).url == at("request", request.pk)
    assert client.post(answer.url).url == at("request", request.pk)
    request.refresh_from_db()
    assert (request.state, request.step, request.version) == ("under_approval", "office", 1)


def test_the_same_page_sent_twice_opens_one_draft(pool):
    client = signed_in(a_department())
    data = form_data(pool)
    first = client.post(at("request_new"), data)
    second = client.post(at("request_new"), data)
    assert first.url == second.url
    assert DrawRequest.objects.count() == 1


def test_what_is_missing_is_told_with_its_article_and_nothing_typed_is_lost(pool):
    client = signed_in(a_department())
    answer = client.post(at("request_new"), {**form_data(pool, total="5", place="", summary="概" * 201), "check": "1"})
    page = answer.content.decode()
    assert answer.status_code == 200
    for text in ("草稿已保存", "请填写“使用地点”", "合计2人，与拟使用专家总数量5人不一致", "现有201字", "附表2", "概" * 201, "周处长"):
        assert text in page
    request = DrawRequest.objects.get()
    assert (request.state, request.total) == ("draft", 5)
    assert f'action="{at("request_edit", request.pk)}"' in page


def test_a_draft_may_be_empty_but_not_nonsense(pool):
    client = signed_in(a_department())
    assert (
        client.post(
            at("request_new"),
            {"token": "a", **{f"{p}-{k}": "0" for p in ("seats", "recusals", "projects") for k in ("TOTAL_FORMS", "INITIAL_FORMS")}},
        ).status_code
        == 302
    )
    bad = form_data(
        pool,
        token="b",
        starts_on="明天",
        seats=(("SHHG", ""),),
        recusals=[{"kind": "organisation", "organisation": "没有的单位"}],
        projects=[{"name": "项目", "participants": "甲，没有的单位"}],
    )
    page = client.post(at("request_new"), bad).content.decode()
    for text in (
        "没有保存成功",
        "没有登记名为“没有的单位”的单位",
        "第1行的单位“没有的单位”没有登记",
        "专业领域和人数请都填写",
        'value="明天"',
        "回避名单第1行",
    ):
        assert text in page
    assert DrawRequest.objects.count() == 1


def test_another_department_gets_404_on_every_page(pool):
    request = a_request(pool=pool)
    client = signed_in(a_department())
    for name in ("request", "request_edit", "request_check", "request_cancel", "request_print", "request_xlsx"):
        assert client.get(at(name, request.pk)).status_code == 404, name
    assert client.post(at("request_check", request.pk)).status_code == 404


@pytest.mark.parametrize(
    ("role", "listed", "filing"),
    [
        ("department", 200, 200),
        ("office", 200, 403),
        ("inspector", 200, 403),
        ("leader", 200, 403),
        ("expert", 403, 403),
        ("employer", 403, 403),
        ("audit_admin", 403, 403),
    ],
)
def test_each_role_opens_its_pages_only(pool, role, listed, filing):
    client = signed_in(UserFactory(role=role))
    assert client.get(at("requests")).status_code == listed
    assert client.get(at("request_new")).status_code == filing


def test_a_draft_is_its_departments_own(pool, office_user):
    request = a_request(pool=pool)
    assert signed_in(office_user).get(at("request", request.pk)).status_code == 404
    assert signed_in(request.filed_by).get(at("request", request.pk)).status_code == 200


def test_the_department_sees_bands_the_office_counts_the_others_neither(pool, office_user, inspector_user, leader_user):
    MembershipFactory.create_batch(3, pool=pool)
    request = a_submitted_request(pool=pool)
    address = at("request", request.pk)
    users = {"department": request.filed_by, "office": office_user, "inspector": inspector_user, "leader": leader_user}
    shown = {role: signed_in(user).get(address) for role, user in users.items()}
    estimates = {role: answer.context["page"].estimate for role, answer in shown.items()}
    assert {role: (bool(one.bands), bool(one.counts)) for role, one in estimates.items()} == {
        "department": (True, False),
        "office": (False, True),
        "inspector": (False, False),
        "leader": (False, False),
    }
    for answer in shown.values():
        assert "13899990001" not in answer.content.decode()


def test_the_due_role_answers_and_the_others_have_no_form(pool, office_user, inspector_user):
    request = a_submitted_request(pool=pool)
    address = at("request", request.pk)
    assert "answer_form" not in signed_in(inspector_user).get(address).context
    early = signed_in(inspector_user).post(at("request_approve", request.pk), {"step": "inspector", "version": 1, "outcome": "pass"})
    assert (early.status_code, "审批按顺序进行" in early.content.decode()) == (422, True)
    office = signed_in(office_user)
    assert "answer_form" in office.get(address).context
    bad = office.post(at("request_approve", request.pk), {"step": "office", "version": 1, "outcome": "ask_more", "reason": ""})
    assert (bad.status_code, "请写明需要补充的内容" in bad.content.decode()) == (422, True)
    for _ in range(2):
        assert (
            office.post(
                at("request_approve", request.pk), {"step": "office", "version": 1, "outcome": "ask_more", "reason": "补充文号"}
            ).status_code
            == 302
        )
    request.refresh_from_db()
    assert (request.state, request.approvals.count()) == ("returned", 1)
    assert "补充文号" in signed_in(request.filed_by).get(address).content.decode()


def test_a_shortage_is_waived_and_countersigned_on_the_page(pool, office_user, inspector_user):
    MembershipFactory.create_batch(2, pool=pool)
    request = an_approved_request(pool=pool)
    office, address = signed_in(office_user), at("request", request.pk)
    assert "waiver_form" in office.get(address).context
    data = {"waiver-field": pool.fields.get(code="SHHG").pk, "waiver-reason": "该领域专家少"}
    assert office.post(at("waiver_shortage", request.pk), {**data, "waiver-reason": ""}).status_code == 422
    assert office.post(at("waiver_shortage", request.pk), data).status_code == 302
    waiver = request.waivers.get()
    assert "会签同意" in signed_in(inspector_user).get(address).content.decode()
    assert signed_in(office_user).post(at("waiver_countersign", request.pk, waiver.pk)).status_code == 403
    signed_in(inspector_user).post(at("waiver_countersign", request.pk, waiver.pk))
    waiver.refresh_from_db()
    assert waiver.countersigned_by == inspector_user


def test_sending_back_cancelling_and_the_cap(pool, office_user, leader_user):
    request = an_approved_request(pool=pool)
    assert signed_in(leader_user).post(at("waiver_cap", request.pk), {"cap-reason": "确有需要"}).status_code == 302
    assert signed_in(office_user).post(at("waiver_cap", request.pk), {"cap-reason": "确有需要"}).status_code == 403
    assert signed_in(office_user).post(at("request_send_back", request.pk), {"back-reason": "人数不足"}).status_code == 302
    department = signed_in(request.filed_by)
    assert department.get(at("request_cancel", request.pk)).status_code == 200
    assert department.post(at("request_cancel", request.pk), {"reason": "不办了"}).status_code == 302
    request.refresh_from_db()
    assert request.state == "cancelled"
    for user in (request.filed_by, office_user):
        page = signed_in(user).get(at("request", request.pk))
        assert "不办了" in page.content.decode()
        assert [(one.label, one.state) for one in page.context["page"].steps][-1] == ("已取消", "now")


@pytest.mark.clause("xinjiang-2025", "附表2一")
def test_the_form_is_printed_and_exported_as_text(pool, office_user):
    request = a_submitted_request(pool=pool, title="=SUM(A1)")
    own, office = signed_in(request.filed_by), signed_in(office_user)
    page = own.get(at("request_print", request.pk)).content.decode()
    for text in ("新疆维吾尔自治区工业和信息化厅专家库使用审批表", "☑项目验收", "石化化工2人", "13899990001", "纪检部门审批"):
        assert text in page
    assert "13899990001" not in office.get(at("request_print", request.pk)).content.decode()
    answer = own.get(at("request_xlsx", request.pk))
    sheet = openpyxl.load_workbook(BytesIO(answer.content)).active
    cells = {cell.value: cell.data_type for row in sheet.iter_rows() for cell in row if cell.value}
    assert cells["=SUM(A1)"] == "s"
    assert "新疆维吾尔自治区工业和信息化厅专家库使用审批表" in cells


def test_what_waits_for_whom(pool, office_user, inspector_user, leader_user):
    def titles(user):
        return [
            (item.title.split("：")[0], item.due)
            for item in waiting_for(actor(user, pool, MONDAY))
            if "申请" in item.title or "豁免" in item.title
        ]

    MembershipFactory.create_batch(2, pool=pool)
    request = a_request(pool=pool)
    assert titles(request.filed_by) == [("使用申请草稿", None)]
    request = a_submitted_request(pool=pool)
    assert titles(office_user) == [("审批使用申请", clock.end_of(date(2026, 10, 14)))]
    assert titles(inspector_user) == []
    request = approve(request=request, step="office", outcome="pass", by=office_user)
    assert (titles(office_user), titles(inspector_user)) == ([], [("审批使用申请", None)])
    request = approve(request=request, step="inspector", outcome="pass", by=inspector_user)
    request = approve(request=request, step="leader", outcome="pass", by=leader_user)
    waive_shortage(request=request, field=pool.fields.get(code="SHHG"), reason="少", by=office_user)
    assert titles(inspector_user) == [("会签豁免", None)]
    returned = approve(request=a_submitted_request(pool=pool), step="office", outcome="ask_more", reason="补充", by=office_user)
    assert titles(returned.filed_by) == [("使用申请需要补充信息", None)]


def queries(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_the_list_costs_the_same_for_one_and_for_three(pool, office_user):
    office = signed_in(office_user)
    a_submitted_request(pool=pool)
    one = queries(office, at("requests")), len(waiting_for(actor(office_user, pool, MONDAY)))
    a_submitted_request(pool=pool)
    a_submitted_request(pool=pool)
    assert (queries(office, at("requests")), len(waiting_for(actor(office_user, pool, MONDAY)))) == (one[0], one[1] + 2)


def test_the_page_costs_the_same_for_one_row_and_for_three(pool, office_user):
    unit = OrganisationFactory()
    department = a_department()

    def a_page(number, codes):
        people = [{"part": "participant", "name": f"某{n}", "organisation": unit} for n in range(number)]
        return a_submitted_request(
            pool=pool,
            by=department,
            seats=dict.fromkeys(codes, 1),
            recusals=[{"kind": "organisation", "organisation": unit}] * number,
            projects=[{"name": "项目", "applicant": unit, "people": people}] * number,
        )

    small, large = a_page(1, ["SHHG"]), a_page(3, ["SHHG", "MHG", "YJ"])
    for user in (office_user, department):
        client = signed_in(user)
        for name in ("request", "request_print"):
            assert queries(client, at(name, small.pk)) == queries(client, at(name, large.pk)), (user.name, name)
    drafts = [
        a_request(
            pool=pool,
            by=department,
            recusals=[{"kind": "organisation", "organisation": unit}] * n,
            projects=[{"name": "项目", "applicant": unit}] * n,
        )
        for n in (1, 3)
    ]
    client = signed_in(department)
    for name in ("request_edit", "request_check"):
        assert len({queries(client, at(name, draft.pk)) for draft in drafts}) == 1, name


def test_the_list_is_narrowed_by_state_and_words(pool, office_user):
    first, _second = a_submitted_request(pool=pool, title="煤化工验收"), a_submitted_request(pool=pool, title="无线电论证")
    office = signed_in(office_user)
    assert [row.pk for row in office.get(at("requests"), {"q": "煤化"}).context["page"]] == [first.pk]
    assert [row.pk for row in office.get(at("requests"), {"q": first.number}).context["page"]] == [first.pk]
    assert list(office.get(at("requests"), {"state": "approved"}).context["page"]) == []


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "why"),
    [
        ("2028-10-13", "2028-10-13", "开始日期不能晚于2年之后，请核对。"),
        ("9999-12-31", "9999-12-31", "开始日期不能晚于2年之后，请核对。"),
        ("2026-12-20", "2027-12-21", "结束日期不能晚于开始日期后1年，请核对。"),
        ("2026-12-20", "9999-12-31", "结束日期不能晚于开始日期后1年，请核对。"),
        ("", "9999-12-31", "结束日期不能晚于开始日期后1年，请核对。"),
        ("0001-01-01", "2026-12-20", "日期不能早于1900年，请核对。"),
        ("2026-12-20", "0001-01-01", "日期不能早于1900年，请核对。"),
    ],
)
def test_days_that_nobodys_calendar_holds_are_refused_on_the_form(pool, starts_on, ends_on, why):
    client = signed_in(a_department())
    answer = client.post(at("request_new"), form_data(pool, starts_on=starts_on, ends_on=ends_on))
    page = answer.content.decode()
    assert (answer.status_code, why in page, f'value="{ends_on}"' in page, DrawRequest.objects.count()) == (200, True, True, 0)


def test_the_last_days_that_can_be_asked_for_are_kept(pool):
    client = signed_in(a_department())
    assert client.post(at("request_new"), form_data(pool, starts_on="2028-10-12", ends_on="2029-10-12")).status_code == 302
    assert DrawRequest.objects.get().ends_on == date(2029, 10, 12)


@pytest.mark.parametrize(("starts_on", "ends_on"), [(date.min, date.min), (date.max, date.max), (date(2026, 12, 20), date.max)])
@pytest.mark.parametrize("code", ["xinjiang-2025", "jiaozuo-2024", "neimenggu", "xinxian-2021"])
def test_drafts_from_before_open_everywhere_and_are_not_sent(code, starts_on, ends_on):
    pool = PoolFactory(code="P", number_prefix="PP", regulation_code=code)
    department = a_department(pool)
    request = file_request(pool=pool, by=department, title="远期评审", seats=[{"field": pool.fields.first(), "count": 1}])
    DrawRequest.objects.filter(pk=request.pk).update(starts_on=starts_on, ends_on=ends_on)
    client = signed_in(department)
    for name in ("request", "request_edit", "request_check", "request_print", "draw"):
        assert client.get(at(name, request.pk, pool=pool)).status_code in {200, 302, 403, 404}
    answer = client.post(at("request_check", request.pk, pool=pool))
    request.refresh_from_db()
    assert (answer.status_code, request.state) == (200, "draft")
    request.starts_on, request.ends_on = starts_on, ends_on
    slips = {"early-day", "far-day", "long"}
    assert {one.code for one in wrong_parts(request, MONDAY)} & slips
