"""附表2 as a browser sends it: which rows it takes, and what it says of a row that it does not."""

from datetime import date, timedelta

import pytest

from expertpool import clock
from selection.models import DrawRequest
from selection.services.requests import approve, submit_request
from tests.factories import AssignmentFactory, OrganisationFactory, at
from tests.selection.request_factories import a_department, a_submitted_request, form_data, passed

MONDAY = date(2026, 10, 12)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday():
    with clock.frozen(MONDAY):
        yield


@pytest.fixture
def send(client, pool):
    """Send the form; the lines of its summary of errors, or the draft that it opened."""
    client.force_login(a_department())

    def sent(**rows):
        answer = client.post(at("request_new"), form_data(pool, **rows))
        if answer.status_code == 302:
            return DrawRequest.objects.get()
        return [line.text for line in (*answer.context["form"].error_summary, *answer.context["row_errors"])]

    return sent


@pytest.fixture
def twice():
    """A name that two units bore."""
    units = [OrganisationFactory(), OrganisationFactory()]
    for unit in units:
        unit.names.create(name="昌吉化工厂", until=MONDAY - timedelta(days=1))
    return "昌吉化工厂"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"recusals": [{"kind": "organisation", "reason": "合作单位"}]}, ["请填写需要回避的单位。"]),
        ({"recusals": [{"kind": "person", "reason": "亲属"}]}, ["请填写需要回避的个人姓名。"]),
        ({"recusals": [{"kind": "", "reason": "只有理由"}]}, ["请填写需要回避的单位。"]),
        ({"projects": [{"name": "", "applicant": "某厂"}]}, ["请填写项目名称。"]),
        ({"projects": [{"name": "", "participants": "李某"}]}, ["请填写项目名称。"]),
        ({"projects": [{"name": "项目甲", "participants": "，昌吉化工厂"}]}, ["第1行没有姓名。"]),
        (
            {"projects": [{"name": "项目甲", "participants": "李某\n" + "长" * 41}]},
            ["第2行的姓名太长：每行只写一人，姓名和单位之间用逗号隔开。"],
        ),
        ({"seats": (("SHHG", ""),)}, ["专业领域和人数请都填写，或者都留空。"]),
    ],
)
def test_a_row_that_is_not_whole_is_refused_in_words(send, rows, said):
    assert send(**rows) == said
    assert not DrawRequest.objects.exists()


def test_a_leaders_unit_needs_the_leader(send):
    unit = OrganisationFactory(name="昌吉炼化厂")
    assert send(projects=[{"name": "项目甲", "leader_organisation": unit.name}]) == ["填写了负责人所在单位的，请填写负责人姓名。"]


def test_a_name_that_two_units_bore_is_neither(send, twice):
    several = f"有多个单位用过“{twice}”这一名称，请输入现用名称。"
    assert send(recusals=[{"kind": "organisation", "organisation": twice}]) == [several]
    assert send(projects=[{"name": "项目甲", "applicant": twice}]) == [several]
    unregistered = f"第1行的单位“{twice}”没有登记；可以只写姓名，系统按姓名核查回避。"
    assert send(projects=[{"name": "项目甲", "participants": f"李某，{twice}"}]) == [unregistered]


def test_a_person_to_be_kept_out_is_no_unit_whatever_else_was_filled_in(send):
    unit = OrganisationFactory(name="昌吉炼化厂")
    request = send(recusals=[{"kind": "person", "organisation": unit.name, "person_name": "孙某"}, {"kind": "", "reason": ""}])
    assert [(one.kind, one.organisation, one.person_name) for one in request.recusals.all()] == [("person", None, "孙某")]


def test_a_field_that_is_out_of_use_is_not_offered(client, pool):
    client.force_login(a_department())
    pool.fields.filter(code="YJ").update(in_use=False)
    offered = {str(value) for value, _label in client.get(at("request_new")).context["forms"].seats.forms[0].fields["field"].choices}
    assert offered == {"", *(str(one.pk) for one in pool.fields.all() if one.code != "YJ")}


# What was sent is changed no more


def test_what_was_sent_is_neither_filled_in_nor_checked_again(client, pool):
    request = a_submitted_request(pool=pool)
    client.force_login(request.filed_by)
    page = at("request", request.pk)
    for name in ("request_edit", "request_check"):
        assert client.get(at(name, request.pk)).url == page
    told = client.get(at("request_edit", request.pk), follow=True).content.decode()
    assert "不能修改；需要修改的，请联系专家库管理处室退回" in told


def test_a_form_that_is_sent_once_more_after_the_request_leads_to_it(client, pool):
    client.force_login(a_department())
    data = form_data(pool)
    client.post(at("request_new"), data)
    request = DrawRequest.objects.get()
    client.post(at("request_check", request.pk))
    assert client.post(at("request_new"), data).url == at("request", request.pk)
    assert DrawRequest.objects.count() == 1


def test_the_list_offers_drafts_to_who_files_and_each_step_its_outcomes(client, pool, office_user, inspector_user):
    request = passed(a_submitted_request(pool=pool), by=office_user)
    for user, offers in ((request.filed_by, True), (office_user, False)):
        client.force_login(user)
        assert ("draft" in dict(client.get(at("requests")).context["states"])) is offers
    client.force_login(inspector_user)
    form = client.get(at("request", request.pk)).context["answer_form"]
    assert [value for value, _label in form.fields["outcome"].choices] == ["pass", "reject"]


def test_the_printed_form_shows_the_answers_to_its_own_version_and_telephones_to_its_own_unit(client, pool, office_user):
    request = a_submitted_request(pool=pool)
    request = approve(request=request, step="office", outcome="ask_more", reason="请补充依据文件文号", by=office_user)
    client.force_login(request.filed_by)
    page = at("request_print", request.pk)
    assert "请补充依据文件文号" in client.get(page).content.decode()
    submit_request(request=request, by=request.filed_by)
    again = client.get(page).content.decode()
    assert ("请补充依据文件文号" in again, "13899990001" in again) == (False, True)
    # Who files for another unit reads this one's request as a leader, and its telephones not.
    reader = a_department()
    AssignmentFactory(account=reader, role="leader")
    client.force_login(reader)
    assert "138****0001" in client.get(page).content.decode()
