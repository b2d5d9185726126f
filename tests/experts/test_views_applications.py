"""The pages of applications: who opens what, what they show, how many queries they need."""

import io
from datetime import date

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from expertpool import clock
from expertpool.desk.todos import waiting_for
from expertpool.ledger.models import LedgerEvent
from expertpool.pools.duties import actor
from experts.models import Application
from experts.services import applications as services
from experts.services.attachments import add_attachment
from tests.factories import (
    ApplicationFactory,
    OrganisationFactory,
    PoolFactory,
    RecommendingUnitFactory,
    UserFactory,
    an_id_number,
    at,
    due,
)

pytestmark = [pytest.mark.django_db, pytest.mark.day(date(2026, 10, 12))]
PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture
def filed(pool, unit_user):
    return ApplicationFactory(pool=pool, recommending_unit=unit_user.organisation, filed_by=unit_user)


def here(user):
    """The account as it stands in the usual pool today."""
    return actor(user, PoolFactory(), clock.today())


def queries(client, url):
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def page(client, user, name, *args, **query):
    client.force_login(user)
    return client.get(at(name, *args), query)


def sent(client, name, *args, **data):
    return client.post(at(name, *args), data)


JOBS = {"jobs-TOTAL_FORMS": "1", "jobs-INITIAL_FORMS": "0", "jobs-MIN_NUM_FORMS": "0", "jobs-MAX_NUM_FORMS": "40"}


def whole_form(pool, employer, **changes):
    fields = pool.fields.filter(code__in=["SHHG"]).values_list("pk", flat=True)
    return {
        "name": "曾国强", "sex": "male", "birth_date": "1975-06-15", "id_number": an_id_number(date(1975, 6, 15), 1), "school": "新疆大学",
        "degree": "博士", "major": "化学工程", "employer": employer.pk, "position": "主任", "title": "高级工程师", "title_level": "3",
        "licence": "", "years": "15", "expert_type": "professional", "research_area": "煤化工", "fields": list(fields), "email": "a@example.cn",
        "phone": "13900001111", "address": "乌鲁木齐市", "postcode": "830000", "achievements": "若干", "consents": "on",
        "attests_clean_record": "on", **JOBS, "jobs-0-organisation": employer.pk, "jobs-0-kind": "personnel", "jobs-0-since": "2008-07-01", **changes,
    }  # fmt: skip


def evidence():
    return {
        f"upload_{kind}": SimpleUploadedFile(f"{kind}.pdf", PDF)
        for kind in ("id_document", "degree_certificate", "title_certificate", "achievement")
    }


@pytest.mark.parametrize("role", ["recommending_unit", "office", "inspector"])
def test_the_list_needs_the_same_queries_for_one_and_three(client, pool, unit_user, role):
    user = unit_user if role == "recommending_unit" else UserFactory(role=role)
    client.force_login(user)
    ApplicationFactory(pool=pool, recommending_unit=unit_user.organisation, state="under_review")
    one = queries(client, at("applications"))
    for _ in range(2):
        ApplicationFactory(pool=pool, recommending_unit=unit_user.organisation, state="under_review")
    assert queries(client, at("applications")) == one


def test_the_endorsement_lists_need_the_same_queries_for_one_and_three(client, pool, employer_user):
    client.force_login(employer_user)

    def add(count):
        for _ in range(count):
            made = ApplicationFactory(pool=pool, employer=employer_user.organisation)
            services.submit_application(application=made, by=made.filed_by)
            done = ApplicationFactory(pool=pool, employer=employer_user.organisation)
            services.submit_application(application=done, by=done.filed_by)
            services.endorse(application=done, confirmed=True, step=due(done), by=employer_user)

    add(1)
    one = [queries(client, at("endorsements")), queries(client, at("endorsements") + "?show=done")]
    add(2)
    assert [queries(client, at("endorsements")), queries(client, at("endorsements") + "?show=done")] == one


def test_a_file_page_needs_the_same_queries_for_one_and_three_rows_of_everything(client, filed, unit_user):
    client.force_login(unit_user)
    pages = [at(name, filed.pk) for name in ("application", "application_check", "application_print")]
    one = [queries(client, url) for url in pages]
    for number in range(2):
        filed.employments.create(organisation=OrganisationFactory(), kind="part_time", since=date(2015 + number, 1, 1))
        add_attachment(
            application=filed, kind="achievement", upload=SimpleUploadedFile(f"{number}.pdf", PDF + bytes([number])), by=unit_user
        )
    assert [queries(client, url) for url in pages] == one


def test_what_waits_needs_the_same_queries_for_one_and_three(pool, unit_user):
    def count():
        with CaptureQueriesContext(connection) as captured:
            found = [item for item in waiting_for(here(unit_user)) if "SQ" in item.title]
        return len(captured), len(found)

    ApplicationFactory(pool=pool, recommending_unit=unit_user.organisation, filed_by=unit_user)
    one, first = count()
    for state, step in (("returned", ""), ("under_review", "unit_verification")):
        ApplicationFactory(pool=pool, recommending_unit=unit_user.organisation, filed_by=unit_user, state=state, step=step)
    assert (first, count()) == (1, (one, 3))


def test_filters_stay_in_the_address_and_narrow(client, pool, unit_user):
    for name, state in (("曾国强", "draft"), ("王丽华", "passed")):
        ApplicationFactory(pool=pool, recommending_unit=unit_user.organisation, filed_by=unit_user, name=name, state=state)
    assert [row.name for row in page(client, unit_user, "applications", state="passed").context["page"]] == ["王丽华"]
    assert [row.name for row in page(client, unit_user, "applications", q="zgq").context["page"]] == ["曾国强"]


OWN_PAGES = ["application", "application_edit", "application_check", "application_withdraw", "application_print", "application_xlsx"]


@pytest.mark.parametrize("name", OWN_PAGES)
def test_another_units_page_does_not_exist(client, filed, name):
    stranger = UserFactory(role="recommending_unit", organisation=RecommendingUnitFactory())
    assert page(client, stranger, name, filed.pk).status_code == 404


@pytest.mark.parametrize("name", OWN_PAGES)
@pytest.mark.parametrize("role", ["department", "system_admin"])
def test_who_has_nothing_to_do_with_applications_is_refused(client, filed, name, role):
    assert page(client, UserFactory(role=role), name, filed.pk).status_code == 403


def test_an_employer_sees_nobody_elses_staff_and_no_drafts(client, pool, filed):
    own = UserFactory(role="employer", organisation=filed.employer)
    assert page(client, own, "application", filed.pk).status_code == 404
    services.submit_application(application=filed, by=filed.filed_by)
    assert page(client, own, "application", filed.pk).status_code == 200
    assert page(client, UserFactory(role="employer"), "application", filed.pk).status_code == 404
    assert page(client, UserFactory(role="employer"), "endorsement", filed.pk).status_code == 404


def test_an_expert_sees_the_application_that_he_filed_himself(client, pool):
    mine = UserFactory(role="expert")
    made = services.file_application(pool=pool, by=mine, name="张三", recommending_unit=RecommendingUnitFactory())
    assert page(client, mine, "application", made.pk).status_code == 200
    assert page(client, UserFactory(role="expert"), "application", made.pk).status_code == 404
    unit = UserFactory(role="recommending_unit", organisation=made.recommending_unit)
    assert page(client, unit, "application", made.pk).status_code == 404


def test_a_visitor_is_sent_to_the_door(client, filed):
    for name in OWN_PAGES:
        assert client.get(at(name, filed.pk)).status_code == 302


@pytest.mark.clause("xinjiang-2025", "6(2)a")
def test_the_form_has_the_annexs_boxes_in_its_order(client, pool, unit_user):
    text = page(client, unit_user, "application_new").content.decode()
    names = [
        "name",
        "sex",
        "birth_date",
        "school",
        "degree",
        "major",
        "employer",
        "title",
        "research_area",
        "fields",
        "email",
        "phone",
        "address",
        "postcode",
        "achievements",
    ]
    places = [text.index(f'name="{name}"') for name in names]
    assert places == sorted(places)
    assert "style=" not in text and "onclick" not in text


@pytest.mark.clause("xinjiang-2025", "6(2)a")
def test_from_the_empty_form_to_the_employer(client, pool, unit_user):
    employer = OrganisationFactory()
    client.force_login(unit_user)
    response = client.post(at("application_new"), {**whole_form(pool, employer), **evidence(), "act": "check"})
    made = Application.objects.get()
    assert response.url == at("application_check", made.pk)
    assert client.get(response.url).context["problems"] == []
    response = client.post(response.url)
    made.refresh_from_db()
    assert (response.url, made.state, made.attachments.count(), made.employments.count()) == (
        at("application", made.pk), "under_review", 4, 1,
    )  # fmt: skip
    assert client.post(at("application_check", made.pk)).status_code == 302


def test_a_draft_keeps_whatever_is_there(client, pool, unit_user):
    client.force_login(unit_user)
    response = client.post(at("application_new"), {"name": "张三", "id_number": "6501", "phone": "1", **JOBS})
    made = Application.objects.get()
    assert response.url == at("application_edit", made.pk)
    assert (made.id_number, made.phone, made.title_level, made.state) == ("6501", "1", 0, "draft")


def test_a_draft_sent_twice_is_one_draft(client, pool, unit_user):
    client.force_login(unit_user)
    for _ in range(2):
        client.post(at("application_new"), {"name": "张三", "once": "a1b2", **JOBS})
    assert Application.objects.count() == 1


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(client, pool, unit_user):
    ApplicationFactory(pool=pool, id_number=an_id_number(date(1975, 6, 15), 1), birth_date=date(1975, 6, 15))
    client.force_login(unit_user)
    response = client.post(at("application_new"), whole_form(pool, OrganisationFactory(), achievements="很长的业绩", years="x"))
    assert (response.status_code, list(response.context["form"].errors)) == (200, ["years"])
    response = client.post(at("application_new"), whole_form(pool, OrganisationFactory(), achievements="很长的业绩"))
    assert (response.status_code, list(response.context["form"].errors)) == (200, ["id_number"])
    text = response.content.decode()
    assert ('href="#id_id_number"' in text, "很长的业绩" in text) == (True, True)


def test_files_chosen_beside_a_mistake_are_said_to_be_missing(client, pool, unit_user):
    client.force_login(unit_user)
    upload = SimpleUploadedFile("a.pdf", PDF)
    response = client.post(at("application_new"), whole_form(pool, OrganisationFactory(), years="x", upload_id_document=upload))
    assert response.context["form"].errors["__all__"] == ["所选文件没有上传，请改正后重新选择文件。"]
    assert "所选文件没有上传，请改正后重新选择文件。" in response.content.decode()


def test_an_employment_row_without_its_start_is_named_by_its_row(client, pool, unit_user):
    client.force_login(unit_user)
    response = client.post(at("application_new"), whole_form(pool, OrganisationFactory(), **{"jobs-0-since": ""}))
    assert response.context["formset_errors"] == ["任职经历第1行起始日期：请填写“起始日期”。"]


def test_a_refused_file_leaves_the_draft_saved_and_its_reason_beside_the_input(client, filed, unit_user):
    client.force_login(unit_user)
    data = whole_form(
        filed.pool, filed.employer, upload_id_document=SimpleUploadedFile("a.pdf", b"MZ"), major="新专业", id_number=filed.id_number
    )
    response = client.post(at("application_edit", filed.pk), data)
    filed.refresh_from_db()
    assert (list(response.context["form"].errors), filed.major) == (["upload_id_document"], "新专业")


def test_an_attachment_is_removed_with_everything_else_saved(client, filed, unit_user):
    client.force_login(unit_user)
    first = filed.attachments.first()
    data = whole_form(filed.pool, filed.employer, id_number=filed.id_number, major="新专业", act=f"remove-{first.pk}")
    response = client.post(at("application_edit", filed.pk), data)
    filed.refresh_from_db()
    assert (response.url, filed.attachments.count(), filed.major) == (
        at("application_edit", filed.pk) + "#attachments",
        3,
        "新专业",
    )


def test_the_check_page_lists_what_is_missing_with_links_to_the_fields(client, pool, unit_user):
    made = services.file_application(pool=pool, by=unit_user, name="张三")
    response = page(client, unit_user, "application_check", made.pk)
    edit = at("application_edit", made.pk)
    assert f'href="{edit}?check=1#id_school"' in response.content.decode()
    text = client.get(edit + "?check=1").content.decode()
    assert ("请填写毕业院校。" in text, "提交入库申请" in response.content.decode()) == (True, False)
    client.post(at("application_check", made.pk))
    made.refresh_from_db()
    assert made.state == "draft"


@pytest.mark.clause("xinjiang-2025", "6(3)b")
def test_remarks_stand_beside_their_fields_when_the_file_comes_back(client, filed, unit_user, office_user):
    services.submit_application(application=filed, by=unit_user)
    services.endorse(application=filed, confirmed=True, step=due(filed), by=UserFactory(role="employer", organisation=filed.employer))
    services.endorse(application=filed, confirmed=True, step=due(filed), by=unit_user)
    services.review(application=filed, outcome="returned", remarks={"degree": "请写<b>全称</b>"}, step=due(filed), by=office_user)
    text = page(client, unit_user, "application_edit", filed.pk).content.decode()
    assert "<strong>退回说明：</strong>请写&lt;b&gt;全称&lt;/b&gt;" in text
    assert "退回说明" not in page(client, unit_user, "application", filed.pk).content.decode()


def test_a_submitted_application_has_no_form(client, filed, unit_user):
    services.submit_application(application=filed, by=unit_user)
    assert page(client, unit_user, "application_edit", filed.pk).status_code == 403


def test_withdrawal_asks_for_a_reason(client, filed, unit_user):
    client.force_login(unit_user)
    assert sent(client, "application_withdraw", filed.pk, reason="").status_code == 200
    assert sent(client, "application_withdraw", filed.pk, reason="本人放弃").status_code == 302
    filed.refresh_from_db()
    assert filed.state == "withdrawn"


@pytest.mark.clause("xinjiang-2025", "6(2)c")
def test_the_employer_confirms_below_the_statement(client, filed, unit_user):
    services.submit_application(application=filed, by=unit_user)
    employer = UserFactory(role="employer", organisation=filed.employer)
    response = page(client, employer, "endorsement", filed.pk)
    assert "经核实，该同志无学术道德问题，无不良社会信用记录和违纪违法等记录，申报材料真实。" in response.content.decode()
    assert sent(client, "endorsement", filed.pk, decision="refused", reason="", step="employer_review").status_code == 200
    for _ in range(2):
        assert sent(client, "endorsement", filed.pk, decision="confirmed", reason="", step="employer_review").url == at("endorsements")
    filed.refresh_from_db()
    assert (filed.step, filed.endorsements.count()) == ("unit_verification", 1)
    assert [item.url for item in waiting_for(here(unit_user)) if filed.number in item.title] == [at("endorsement", filed.pk)]


def test_pages_mask_identity_and_phone(client, filed, unit_user):
    for name in ("application", "application_check"):
        text = page(client, unit_user, name, filed.pk).content.decode()
        assert (filed.id_number in text, filed.phone in text, filed.id_number[:4] + "*" * 10 + filed.id_number[-4:] in text) == (
            False,
            False,
            True,
        )


def test_an_attachment_goes_only_to_those_who_may_open_the_file_and_readings_are_noted(client, filed, unit_user, office_user):
    made = add_attachment(application=filed, kind="achievement", upload=SimpleUploadedFile("成果.pdf", PDF), by=unit_user)
    response = page(client, unit_user, "attachment", made.pk)
    assert (response.content, response["Content-Type"], response["Content-Disposition"]) == (
        PDF, "application/pdf", f"attachment; filename=\"attachment-{made.pk}\"; filename*=UTF-8''%E6%88%90%E6%9E%9C.pdf",
    )  # fmt: skip
    assert LedgerEvent.objects.filter(kind="attachment.read").count() == 0
    assert page(client, office_user, "attachment", made.pk).status_code == 404
    services.submit_application(application=filed, by=unit_user)
    assert page(client, office_user, "attachment", made.pk).content == PDF
    assert [event.actor for event in LedgerEvent.objects.filter(kind="attachment.read")] == [office_user]
    for stranger in (
        UserFactory(role="recommending_unit", organisation=RecommendingUnitFactory()),
        UserFactory(role="employer"),
        UserFactory(role="expert"),
    ):
        assert page(client, stranger, "attachment", made.pk).status_code == 404
    assert page(client, UserFactory(role="department"), "attachment", made.pk).status_code == 403


def test_a_lost_file_is_told(client, filed, unit_user):
    assert page(client, unit_user, "attachment", filed.attachments.first().pk).status_code == 410


@pytest.mark.clause("xinjiang-2025", "附表1")
def test_the_paper_has_the_boxes_of_the_annex(client, filed, unit_user):
    paper = page(client, unit_user, "application_print", filed.pk).context["paper"]
    assert [[cell.label for cell in row] for row in paper.rows] == [
        ["姓名", "性别", "出生年月"], ["毕业院校", "学历/学位"], ["专业"], ["工作单位", "职务/职称"], ["研究领域", "申报方向"],
        ["电子邮箱", "联系电话"], ["通信地址", "邮政编码"], ["主要工作业绩及研究成果"],
    ]  # fmt: skip
    assert (paper.annex, paper.stamp, paper.title) == ("附表1", "推荐单位（加盖公章）", "新疆维吾尔自治区工业和信息化专家库入库申请表")


@pytest.mark.clause("xinjiang-2025", "附表1")
def test_the_workbook_says_what_the_paper_says_and_holds_no_formula(client, filed, unit_user, office_user):
    services.save_application(application=filed, by=unit_user, achievements="=1+1", title="高级工程师")
    sheet = openpyxl.load_workbook(io.BytesIO(page(client, unit_user, "application_xlsx", filed.pk).content)).active
    cells = {cell.value: cell for row in sheet.iter_rows() for cell in row if cell.value}
    assert {filed.name, filed.phone, "=1+1", "主任/高级工程师", "新疆大学"} <= set(cells)
    assert cells["=1+1"].data_type == "s"
    services.submit_application(application=filed, by=unit_user)
    sheet = openpyxl.load_workbook(io.BytesIO(page(client, office_user, "application_xlsx", filed.pk).content)).active
    assert filed.phone not in {cell.value for row in sheet.iter_rows() for cell in row}


def test_the_import_page_lists_bad_cells_and_offers_the_template(client, pool, unit_user):
    client.force_login(unit_user)
    assert client.get(at("application_template")).status_code == 200
    from tests.experts.test_imports import book

    response = client.post(at("application_import"), {"file": book({"姓名": "张三"})})
    assert [(one.row, one.column) for one in response.context["problems"]] == [
        (2, "身份证号码"), (2, "工作单位"), (2, "申报方向"), (2, "联系电话"),
    ]  # fmt: skip
    response = client.post(at("application_import"), {"file": SimpleUploadedFile("a.xlsx", b"x")})
    assert list(response.context["form"].errors) == ["file"]


def test_a_good_list_goes_to_the_drafts(client, pool, unit_user):
    from tests.experts.test_imports import book, person

    OrganisationFactory(name="新疆某化工研究院")
    client.force_login(unit_user)
    response = client.post(at("application_import"), {"file": book(person(1))})
    assert (response.url, Application.objects.get().state) == (at("applications") + "?state=draft", "draft")
