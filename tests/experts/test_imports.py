"""批量导入: all rows or none, every bad cell named."""

import io
import zipfile
from datetime import date

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from expertpool.ledger.models import LedgerEvent
from expertpool.ledger.services import data_of, verify
from expertpool.refusals import Refused
from experts.models import Application
from experts.services.applications import RowsRefused, file_applications
from experts.services.imports import COLUMNS, MAX_ROWS, ImportRefused, RowProblem, import_applications, template
from tests.factories import ApplicationFactory, OrganisationFactory, RecommendingUnitFactory, UserFactory, an_id_number

pytestmark = [pytest.mark.django_db, pytest.mark.day(date(2026, 10, 12))]
HEADINGS = [column.heading for column in COLUMNS]


@pytest.fixture
def employer(db):
    return OrganisationFactory(name="新疆某化工研究院")


def person(number=1, **changes):
    row = {
        "姓名": "曾国强", "身份证号码": an_id_number(date(1975, 6, 15), number), "毕业院校": "新疆大学", "学历/学位": "博士", "专业": "化学工程",
        "工作单位": "新疆某化工研究院", "任职起始日期": "2008-07-01", "职务": "主任", "职称": "高级工程师", "职称等级": "副高级", "注册职业资格": "",
        "从业年限": "15", "专家类型": "专业技术专家", "研究领域": "煤化工", "申报方向": "石化化工、煤化工", "电子邮箱": "a@example.cn",
        "联系电话": f"1390000{number:04d}", "通信地址": "乌鲁木齐市", "邮政编码": "830000", "主要工作业绩及研究成果": "若干",
    }  # fmt: skip
    return {**row, **changes}


def book(*rows, headings=HEADINGS, name="名单.xlsx"):
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(headings)
    for row in rows:
        sheet.append([row.get(heading) for heading in headings])
    buffer = io.BytesIO()
    workbook.save(buffer)
    return SimpleUploadedFile(name, buffer.getvalue())


def problems(pool, unit_user, *rows, **kwargs):
    with pytest.raises(ImportRefused) as caught:
        import_applications(pool=pool, file=book(*rows, **kwargs), by=unit_user)
    assert Application.objects.filter(recommending_unit=unit_user.organisation).count() == 0
    return caught.value.problems


def test_every_row_becomes_a_draft(pool, unit_user, employer):
    made = import_applications(pool=pool, file=book(person(1), person(2, 姓名="王丽华", 任职起始日期=date(2010, 3, 1))), by=unit_user)
    found = [
        (one.name, one.state, one.birth_date, one.sex, one.employer, one.title_level, one.years, one.expert_type, one.recommending_unit)
        for one in made
    ]
    assert found == [
        ("曾国强", "draft", date(1975, 6, 15), "male", employer, 3, 15, "professional", unit_user.organisation),
        ("王丽华", "draft", date(1975, 6, 15), "female", employer, 3, 15, "professional", unit_user.organisation),
    ]
    assert sorted(made[0].fields.values_list("name", flat=True)) == ["煤化工", "石化化工"]
    assert list(made[1].employments.values_list("organisation", "kind", "since", "until")) == [
        (employer.pk, "personnel", date(2010, 3, 1), None)
    ]


def test_empty_rows_between_and_a_whole_number_of_years_are_fine(pool, unit_user, employer):
    made = import_applications(pool=pool, file=book(person(1, 从业年限=15), {}, person(2)), by=unit_user)
    assert [one.years for one in made] == [15, 15]


def test_an_identity_number_typed_as_a_number_is_refused_with_the_way_out(pool, unit_user, employer):
    (problem,) = problems(pool, unit_user, person(1, 身份证号码=110105194912310021))
    assert problem == RowProblem(
        2, "身份证号码", "单元格是数字格式，Excel会丢失或改写号码的位数：请把这一列设为“文本”格式，重新填写完整号码（可用下载的模板）。"
    )


BAD_CELLS = [
    ("身份证号码", "650102197506150010", "公民身份号码末位校验码不符，通常是某一位填错，请核对。"),
    ("身份证号码", "", "必填，不能为空。"),
    ("姓名", None, "必填，不能为空。"),
    (
        "联系电话",
        13900001111,
        "单元格是数字格式，Excel会丢失或改写号码的位数：请把这一列设为“文本”格式，重新填写完整号码（可用下载的模板）。",
    ),
    ("联系电话", "1390000", "手机号码应为11位，现为7位，请核对。"),
    ("工作单位", "没有的单位", "系统中没有登记单位“没有的单位”：请核对全称，或请专家库管理处室先登记该单位。"),
    ("任职起始日期", "去年", "日期应写成2015-07-01这样的形式。"),
    ("任职起始日期", "2015-13-01", "日期应写成2015-07-01这样的形式。"),
    ("职称等级", "院士", "职称等级只能是无、初级、中级、副高级、正高级。"),
    ("从业年限", "十年", "从业年限应为整年数，如12。"),
    ("专家类型", "其他", "专家类型只能是专业技术专家、高级管理专家。"),
    ("申报方向", "石化化工、航天", "没有申报方向“航天”，可选的方向见模板的“填写说明”。"),
    ("电子邮箱", "无", "电子邮箱的格式不正确。"),
    ("邮政编码", "8300", "邮政编码应为6位数字。"),
    ("专业", "长" * 61, "最多60个字，现为61个字。"),
]


@pytest.mark.parametrize(("column", "value", "reason"), BAD_CELLS)
def test_a_bad_cell_is_named_by_row_column_and_reason(pool, unit_user, employer, column, value, reason):
    assert problems(pool, unit_user, person(1), person(2, **{column: value})) == [RowProblem(3, column, reason)]


def test_every_bad_row_is_reported_and_nothing_is_half_imported(pool, unit_user, employer):
    found = problems(pool, unit_user, person(1), person(2, 电子邮箱="无", 邮政编码="1"), person(3, 姓名=""), person(1))
    assert [(one.row, one.column) for one in found] == [(3, "电子邮箱"), (3, "邮政编码"), (4, "姓名"), (5, "身份证号码")]


@pytest.mark.clause("xinjiang-2025", "6(1)b")
def test_a_field_outside_the_units_scope_is_refused(pool, employer):
    by = UserFactory(role="recommending_unit", organisation=RecommendingUnitFactory(field_scope=["SHHG"]))
    assert problems(pool, by, person(1)) == [RowProblem(2, "申报方向", "申报方向“煤化工”不在本单位的推荐领域内。")]


def test_a_person_with_an_open_application_stops_the_whole_list(pool, unit_user, employer):
    ApplicationFactory(pool=pool, id_number=person(2)["身份证号码"], birth_date=date(1975, 6, 15))
    (problem,) = problems(pool, unit_user, person(1), person(2))
    assert (problem.row, problem.column) == (3, "身份证号码")


def test_the_same_list_a_second_time_is_refused(pool, unit_user, employer):
    import_applications(pool=pool, file=book(person(1)), by=unit_user)
    with pytest.raises(ImportRefused):
        import_applications(pool=pool, file=book(person(1)), by=unit_user)
    assert Application.objects.count() == 1


def statements(work):
    with CaptureQueriesContext(connection) as queries:
        work()
    return len(queries)


def test_three_rows_take_as_many_statements_as_one(pool, unit_user, employer):
    OrganisationFactory(name="甲公司")
    OrganisationFactory(name="乙公司")
    import_applications(pool=pool, file=book(person(9)), by=unit_user)  # the year's first number makes its row
    lists = book(person(1)), book(person(2), person(3, 工作单位="甲公司"), person(4, 工作单位="乙公司"))
    one, three = (statements(lambda file=file: import_applications(pool=pool, file=file, by=unit_user)) for file in lists)
    assert (one, Application.objects.count()) == (three, 5)


def test_each_imported_draft_has_its_number_its_history_and_its_event(pool, unit_user, employer):
    file_applications(pool=pool, by=unit_user, drafts=[{"name": "张三"}])
    made = import_applications(pool=pool, file=book(person(1), person(2)), by=unit_user)
    assert [one.number for one in made] == ["ZJK-SQ2026-000002", "ZJK-SQ2026-000003"]
    assert [one.history.values_list("history_type", "number").get() for one in made] == [("+", one.number) for one in made]
    told = LedgerEvent.objects.filter(subject__in=[f"application:{one.pk}" for one in made]).order_by("seq")
    assert [(event.kind, event.subject_seq, data_of(event)["number"]) for event in told] == [
        ("application.filed", 1, one.number) for one in made
    ]
    assert list(verify()) == []


def test_an_employer_is_found_by_a_former_name_and_two_of_one_name_are_refused(pool, unit_user, employer):
    employer.names.create(name="某化工设计院", until=date(2020, 12, 31))
    (made,) = import_applications(pool=pool, file=book(person(1, 工作单位="某化工设计院")), by=unit_user)
    assert made.employer == employer
    OrganisationFactory(name="某化工设计院")
    with pytest.raises(ImportRefused) as caught:
        import_applications(pool=pool, file=book(person(2, 工作单位="某化工设计院")), by=unit_user)
    assert caught.value.problems == [RowProblem(2, "工作单位", "有多个单位使用这一名称，请在线填报并从列表中选择。")]


def test_one_person_twice_among_several_drafts_is_refused_and_nothing_is_filed(pool, unit_user):
    number = person(1)["身份证号码"]
    with pytest.raises(RowsRefused) as caught:
        file_applications(pool=pool, by=unit_user, drafts=[{"name": "张三"}, *[{"name": "李四", "id_number": number}] * 2])
    assert {place: [one.code for one in refusals] for place, refusals in caught.value.rows.items()} == {2: ["second_application"]}
    assert Application.objects.count() == 0


def test_a_missing_or_doubled_column_is_named(pool, unit_user):
    headings = [heading for heading in HEADINGS if heading != "联系电话"]
    assert problems(pool, unit_user, person(1), headings=headings) == [
        RowProblem(1, "联系电话", "缺少这一列，请使用下载的模板，不要删改第1行。")
    ]
    assert problems(pool, unit_user, person(1), headings=[*HEADINGS, "姓名"]) == [RowProblem(1, "姓名", "这一列出现了两次，请删去一列。")]


def bomb():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"\0" * (90 * 1024 * 1024))
    return buffer.getvalue()


def other_zip():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "x")
    return buffer.getvalue()


FILES = [
    (lambda: b"not a workbook", "unreadable"),
    (lambda: b"", "unreadable"),
    (other_zip, "unreadable"),
    (bomb, "bomb"),
    (lambda: b"PK" + b"\0" * (6 * 1024 * 1024), "too_large"),
    (lambda: book().read(), "empty"),
]


@pytest.mark.parametrize(("make", "code"), FILES)
def test_a_file_that_cannot_be_read_is_refused(pool, unit_user, make, code):
    with pytest.raises(Refused) as caught:
        import_applications(pool=pool, file=SimpleUploadedFile("a.xlsx", make()), by=unit_user)
    assert [(one.code, one.field) for one in caught.value.refusals] == [(code, "file")]


def test_too_many_rows_are_refused(pool, unit_user):
    with pytest.raises(Refused) as caught:
        import_applications(pool=pool, file=book(*[{"姓名": "某"}] * (MAX_ROWS + 1)), by=unit_user)
    assert caught.value.refusals[0].code == "too_many"


def test_the_template_is_what_the_import_reads_and_keeps_numbers_as_text(pool, unit_user, employer):
    workbook = openpyxl.load_workbook(io.BytesIO(template(pool=pool, by=unit_user)))
    sheet = workbook["入库申请"]
    assert [cell.value.rstrip("*") for cell in sheet[1]] == HEADINGS
    assert {cell.number_format for cell in sheet[2]} == {"@"}
    for number, heading in enumerate(HEADINGS, start=1):
        sheet.cell(row=2, column=number).value = person(1)[heading]
    buffer = io.BytesIO()
    workbook.save(buffer)
    (made,) = import_applications(pool=pool, file=SimpleUploadedFile("a.xlsx", buffer.getvalue()), by=unit_user)
    assert (made.name, made.phone) == ("曾国强", "13900000001")


def test_a_list_is_filed_for_others_and_stands_in_the_ledger_as_one_act(pool, unit_user, employer):
    expert = UserFactory(role="expert")
    for act in (lambda: template(pool=pool, by=expert), lambda: import_applications(pool=pool, file=book(person(1)), by=expert)):
        with pytest.raises(Refused) as caught:
            act()
        assert [(one.code, one.article) for one in caught.value.refusals] == [("for_himself", "6")]
    made = import_applications(pool=pool, file=book(person(1), person(2)), by=unit_user)
    event = LedgerEvent.objects.get(kind="applications.imported")
    assert (event.actor, data_of(event)) == (unit_user, {"count": 2, "numbers": [one.number for one in made]})


def test_a_field_that_is_not_in_use_any_more_is_neither_offered_nor_taken(pool, unit_user, employer):
    pool.fields.filter(name="煤化工").update(in_use=False)
    assert problems(pool, unit_user, person(1)) == [RowProblem(2, "申报方向", "没有申报方向“煤化工”，可选的方向见模板的“填写说明”。")]
    notes = openpyxl.load_workbook(io.BytesIO(template(pool=pool, by=unit_user)))["填写说明"]
    offered = {row[0].value: row[1].value for row in notes.iter_rows()}["可选的申报方向"].split("、")
    assert offered == list(pool.fields.filter(in_use=True).values_list("name", flat=True))
