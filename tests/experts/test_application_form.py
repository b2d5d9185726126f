"""The printed application form in editions whose own form lists no boxes, or that give none."""

import io
from datetime import date

import openpyxl
import pytest

from experts.exports.application_form import official_form
from tests.factories import ApplicationFactory, OrganisationFactory, PoolFactory, UserFactory, at

DAY = date(2026, 10, 12)
pytestmark = [pytest.mark.django_db, pytest.mark.day(DAY)]

GENERAL = [
    ["姓名", "性别", "出生日期"], ["毕业院校", "学历/学位"], ["专业"], ["工作单位（人事关系所在单位）", "职务/职称"], ["研究领域", "申报方向"],
    ["电子邮箱", "联系电话"], ["通信地址", "邮政编码"], ["主要工作业绩及研究成果"],
]  # fmt: skip


@pytest.mark.parametrize(
    ("regulation", "channel", "title", "stamp"),
    [
        ("xinxian-2021", "call", "新县工业和信息化局专家资格审查表", "业务处室"),
        ("jiaozuo-2024", "open", "焦作市科技专家库申请入库信息表", "行业协会、学会"),
        ("neimenggu", "call", "专家入库申请表", "归口管理部门"),
    ],
)
def test_a_form_without_boxes_prints_the_general_ones(client, regulation, channel, title, stamp):
    pool = PoolFactory(code="PF", number_prefix="PF", regulation_code=regulation, name="某库")
    unit = OrganisationFactory(name="某局")
    made = ApplicationFactory(
        pool=pool, filed_by=UserFactory(role="expert"), filed_for=None, fields=[], recommending_unit=unit, channel=channel, name="曾国强",
    )  # fmt: skip
    paper = official_form(made, pool.regulation_on(DAY), in_full=True)
    assert [[cell.label for cell in row] for row in paper.rows] == GENERAL
    assert (paper.annex, paper.title, paper.stamp, paper.rows[0][0].value) == ("", title, stamp, "曾国强")
    client.force_login(made.filed_by)
    page = client.get(at("application_print", made.pk, pool=pool)).content.decode()
    assert ("曾国强" in page, "official-form__annex" in page, f"{stamp}：某局" in page) == (True, False, True)
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(at("application_xlsx", made.pk, pool=pool)).content)).active
    assert "曾国强" in [cell.value for row in sheet.iter_rows() for cell in row]


def test_a_form_that_is_an_annex_says_which():
    made = ApplicationFactory()
    paper = official_form(made, made.pool.regulation_on(DAY), in_full=True)
    assert (paper.annex, paper.stamp) == ("附表1", "推荐单位（加盖公章）")
