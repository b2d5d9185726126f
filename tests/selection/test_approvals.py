"""Approvals as the edition has them: any number, any role, one role twice, none, with what a step needs."""

from datetime import date

import pytest

from expertpool import clock
from expertpool.desk.todos import waiting_for
from expertpool.ledger.services import events
from expertpool.pools.duties import actor
from expertpool.pools.editions import edition_of
from selection.models import DrawRequest
from selection.services.requests import approve, file_request, save_request, step_due, submit_request
from tests.factories import AssignmentFactory, OrganisationFactory, UserFactory, at
from tests.refusing import refusals_of
from tests.selection.made_up import pool_under  # noqa: F401
from tests.selection.request_factories import a_department, a_request, a_submitted_request, an_approved_request, passed

MONDAY = date(2026, 10, 12)
pytestmark = [pytest.mark.django_db, pytest.mark.day(MONDAY)]

TWICE = """
[request]
article = "12"
required_fields = ["seats", "dates"]
[[request.approvals]]
code = "first"
name = "初核"
role = "leader"
article = "12(1)"
workdays = 1
workdays_article = "12(1)"
outcomes = ["pass", "ask_more", "refuse"]
[[request.approvals]]
code = "second"
name = "复核"
role = "leader"
article = "12(2)"
workdays = 3
workdays_article = "12(2)"
outcomes = ["pass", "refuse"]
"""
NEEDING = """
[request]
article = "12"
required_fields = ["seats", "dates"]
[[request.approvals]]
code = "own_head"
name = "本单位负责人同意"
role = "department"
unit = "department"
article = "12(1)"
needs = ["document", "reason"]
"""
NONE = """
[request]
article = "12"
required_fields = ["seats", "dates"]
approvals = []
"""
BY_OFFICE = """
[request]
article = "12"
filed_by = "office"
required_fields = ["seats", "dates"]
approvals = []
"""


def codes(act, *args, **kwargs):
    return [(one.code, one.article) for one in refusals_of(act, *args, **kwargs)]


def request_in(pool, **data):
    """A submitted request of a pool of the guide's town."""
    return a_submitted_request(pool=pool, seats={"JZ": 2}, activity_type="评审", nature="", **data)


def test_one_role_approves_twice_and_a_second_click_does_not_answer_the_second_step(pool_under):  # noqa: F811
    pool = pool_under("LJ", request=TWICE)
    chief = UserFactory(role="leader", pool=pool)
    request = request_in(pool)
    assert (request.state, request.step, request.due_at) == ("under_approval", "first", clock.end_of(date(2026, 10, 13)))
    for _click in range(2):
        request = approve(request=request, step="first", outcome="pass", by=chief)
    assert (request.step, request.approvals.count()) == ("second", 1)
    assert request.due_at == clock.end_of(date(2026, 10, 15))
    # Another answer to the step that is done is refused, the next step is answered under its own name, by the same person.
    assert codes(approve, request=request, step="first", outcome="pass", reason="同意", by=chief) == [("approval-order", "12(1)")]
    request = approve(request=request, step="second", outcome="pass", by=chief)
    assert (request.state, request.step, request.due_at) == ("approved", "", None)
    assert [one.step for one in request.approvals.all()] == ["first", "second"]
    told = [event for event in events(f"request:{request.pk}") if event.kind == "request.answered"]
    assert [event.pool for event in told] == ["LJ", "LJ"]


def test_what_is_due_is_told_to_who_holds_the_step_under_its_own_name(pool_under):  # noqa: F811
    pool = pool_under("LJ", request=TWICE)
    chief, office = UserFactory(role="leader", pool=pool), UserFactory(role="office", pool=pool)
    request = passed(request_in(pool))

    def told(user):
        return [(item.detail.split("，")[0], item.due, item.edition) for item in waiting_for(actor(user, pool, MONDAY))]

    assert told(chief) == [("复核", clock.end_of(date(2026, 10, 15)), request.rule_hash)]
    assert told(office) == []


def test_the_form_of_the_page_names_its_step_and_its_version(pool_under, client):  # noqa: F811
    pool = pool_under("LJ", request=TWICE)
    request = request_in(pool)
    client.force_login(UserFactory(role="leader", pool=pool))
    page = client.get(at("request", request.pk, pool=pool))
    form = page.context["answer_form"]
    assert (form.initial, "document" in form.fields) == ({"step": "first", "version": 1}, False)
    where = at("request_approve", request.pk, pool=pool)
    for _click in range(2):
        assert client.post(where, {"step": "first", "version": 1, "outcome": "pass", "reason": ""}).status_code == 302
    request.refresh_from_db()
    assert (request.step, request.approvals.count()) == ("second", 1)
    page = client.post(where, {"step": "first", "version": 1, "outcome": "reject", "reason": "不必"})
    assert (page.status_code, "还没有轮到“初核”或该环节已经办结" in page.content.decode()) == (422, True)
    assert client.post(where, {"outcome": "pass", "reason": ""}).status_code == 422
    bar = client.get(at("request", request.pk, pool=pool)).context["page"].steps
    assert [(one.label, one.state) for one in bar[:4]] == [("提交申请", "done"), ("初核", "done"), ("复核", "now"), ("抽取专家", "todo")]


def test_an_answer_to_an_older_version_is_not_an_answer_to_the_new_one(pool_under):  # noqa: F811
    pool = pool_under("LJ", request=TWICE)
    chief = UserFactory(role="leader", pool=pool)
    request = request_in(pool)
    request = approve(request=request, step="first", outcome="ask_more", reason="请补充地点", version=1, by=chief)
    request = submit_request(request=request, by=request.filed_by)
    assert codes(approve, request=request, step="first", outcome="pass", version=1, by=chief) == [("version", "")]
    assert approve(request=request, step="first", outcome="pass", version=2, by=chief).step == "second"


def test_a_step_that_needs_a_document_and_a_reason_is_not_passed_without(pool_under, client):  # noqa: F811
    pool = pool_under("LJ", request=NEEDING)
    request = request_in(pool)
    head = UserFactory(role="department", pool=pool, organisation=request.department)
    assert codes(approve, request=request, step="own_head", outcome="pass", reason="可", by=head) == [("document", "12(1)")]
    assert codes(approve, request=request, step="own_head", outcome="pass", document="临发3号", by=head) == [("reason", "12(1)")]
    too_long = {"document": "临" * 121, "reason": "可"}
    assert codes(approve, request=request, step="own_head", outcome="pass", by=head, **too_long) == [("too-long", "12(1)")]
    client.force_login(head)
    assert "document" in client.get(at("request", request.pk, pool=pool)).context["answer_form"].fields
    data = {"step": "own_head", "version": 1, "outcome": "pass", "reason": "项目急需", "document": "临发〔2026〕3号"}
    assert client.post(at("request_approve", request.pk, pool=pool), data).status_code == 302
    request.refresh_from_db()
    assert (request.state, request.approvals.get().document) == ("approved", "临发〔2026〕3号")
    assert "临发〔2026〕3号" in client.get(at("request_print", request.pk, pool=pool)).content.decode()


def test_a_step_of_the_requesters_own_unit_is_not_another_units(pool_under, client):  # noqa: F811
    pool = pool_under("LJ", request=NEEDING)
    request = request_in(pool)
    other = a_department(pool)
    given = {"outcome": "pass", "reason": "可", "document": "临发3号"}
    assert codes(approve, request=request, step="own_head", by=other, **given) == [("unit", "12(1)")]
    client.force_login(other)
    assert client.get(at("request", request.pk, pool=pool)).status_code == 404
    assert waiting_for(actor(other, pool, MONDAY)) == []


def test_a_paper_that_wants_no_sum_takes_a_total_beside_the_fields(pool_under):  # noqa: F811
    assert request_in(pool_under("LJ", request=NONE), total=5).state == "approved"


def test_where_the_edition_wants_no_approval_sending_it_approves_it(pool_under, client):  # noqa: F811
    pool = pool_under("LJ", request=NONE)
    request = request_in(pool)
    assert (request.state, request.step, request.approved_at, bool(request.canonical)) == ("approved", "", clock.now(), True)
    again = submit_request(request=request, by=request.filed_by)
    assert (again.version, [event.kind for event in events(f"request:{request.pk}")]) == (1, ["request.filed", "request.submitted"])
    assert request.rule_hash == pool.regulation_on(MONDAY).file_hash
    client.force_login(request.filed_by)
    page = client.get(at("request", request.pk, pool=pool))
    assert [one.label for one in page.context["page"].steps][:2] == ["提交申请", "抽取专家"]
    draft = a_request(pool=pool, by=request.filed_by, seats={"JZ": 1}, activity_type="评审", nature="")
    assert "无须审批" in client.get(at("request_check", draft.pk, pool=pool)).content.decode()


def test_where_the_office_files_it_asks_for_its_own_body_and_a_department_does_not(pool_under, client):  # noqa: F811
    pool = pool_under("LJ", request=BY_OFFICE)
    clerk = UserFactory(role="office", pool=pool, organisation=None)
    request = request_in(pool, by=clerk)
    assert (request.department, request.state) == (pool.office, "approved")
    assert codes(file_request, pool=pool, by=a_department(pool)) == [("duty", "12")]
    client.force_login(clerk)
    assert client.get(at("request_new", pool=pool)).context["department"] == pool.office
    client.force_login(a_department(pool))
    assert client.get(at("request_new", pool=pool)).status_code == 403


def test_who_acts_for_two_units_says_for_which_he_asks(pool, client):
    one, other = OrganisationFactory(), OrganisationFactory()
    user = UserFactory(role="department", organisation=one)
    AssignmentFactory(account=user, role="department", organisation=other, pool=pool)
    assert codes(file_request, pool=pool, by=user) == [("which-unit", "")]
    assert codes(file_request, pool=pool, by=user, department=OrganisationFactory()) == [("unit", "13(1)b")]
    client.force_login(user)
    page = client.get(at("request_new"))
    assert set(page.context["form"].fields["department"].queryset) == {one, other}
    data = {"token": "a", **{f"{p}-{k}": "0" for p in ("seats", "recusals", "projects") for k in ("TOTAL_FORMS", "INITIAL_FORMS")}}
    assert "请选择为哪个单位提出" in client.post(at("request_new"), data).content.decode()
    assert client.post(at("request_new"), {**data, "department": OrganisationFactory().pk}).status_code == 200
    assert DrawRequest.objects.count() == 0
    client.post(at("request_new"), {**data, "department": other.pk})
    request = DrawRequest.objects.get()
    assert request.department == other
    # Either of his units' requests is his to change, and nobody else's.
    save_request(request=request, by=user, title="论证会")
    assert codes(save_request, request=request, by=UserFactory(role="department", organisation=one), title="别的") == [("unit", "13(1)b")]


def test_a_chain_goes_on_under_the_edition_that_the_request_was_submitted_under(pool_under):  # noqa: F811
    pool = pool_under("LJ", request=TWICE)
    request = request_in(pool)
    pool.regulation_code = "xinjiang-2025"
    pool.save()
    request = DrawRequest.objects.get(pk=request.pk)
    assert step_due(request, edition_of(request, pool)).code == "first"
    assert passed(request).step == "second"
    assert codes(approve, request=request, step="second", outcome="pass", by=UserFactory(role="office", pool=pool)) == [("duty", "12(2)")]


def test_an_approved_request_of_the_usual_pool_names_who_passed_it(pool, client, office_user):
    request = an_approved_request(pool=pool)
    client.force_login(office_user)
    bar = client.get(at("request", request.pk)).context["page"].steps
    assert [one.state for one in bar] == ["done"] * 4 + ["now", "todo", "todo", "todo"]
    assert [one.who for one in bar[1:4]] == [one.by.name for one in request.approvals.select_related("by")]
