"""Pages and refusals of pools whose paper is not Xinjiang's: what they say is so there, and done by code."""

from datetime import date

import pytest

from expertpool.refusals import Refused
from selection.services.eligibility import judge_pool
from selection.services.requests import submit_request
from tests.factories import MembershipFactory, PoolFactory, at
from tests.selection.request_factories import a_request, an_approved_request

pytestmark = [pytest.mark.django_db, pytest.mark.day(date(2026, 10, 12))]


def a_pool(code, regulation):
    return PoolFactory(code=code, number_prefix=code, regulation_code=regulation)


def test_whom_a_request_names_is_never_drawn_also_where_the_paper_has_no_such_ground():
    pool = a_pool("NM", "neimenggu")
    field = pool.fields.first().code
    named, free = MembershipFactory(pool=pool, fields=[field], expert__name="王建国"), MembershipFactory(pool=pool, fields=[field])
    recusals = [{"kind": "person", "person_name": "王建国"}]
    request = a_request(pool=pool, seats={field: 1}, activity_type="评审", nature="", recusals=recusals)
    found = {one.number: [(reason.code, reason.article) for reason in one.exclusions] for one in judge_pool(request=request)}
    assert found == {named.number: [("RECUSE-NAMED", "")], free.number: []}


def test_a_refusal_cites_no_article_that_does_not_ask_for_it():
    """Xinxian's paper says nothing of who heads the work: the system itself needs it, and says so without an article."""
    pool = a_pool("XX", "xinxian-2021")
    request = a_request(pool=pool, seats={"CYJS": 1}, leader_name="", title="", activity_type="评审", nature="")
    with pytest.raises(Refused) as caught:
        submit_request(request=request, by=request.filed_by)
    said = {one.field: (one.message, one.article, one.regulation) for one in caught.value.refusals}
    assert said["leader_name"] == ("请填写“负责人姓名”。", "", "")
    assert said["title"] == ("请填写“工作名称”。", "", "")


def test_where_nobody_approves_no_approval_is_ticked(client):
    pool = a_pool("XX", "xinxian-2021")
    request = an_approved_request(pool=pool, seats={"CYJS": 1}, activity_type="抽查检查", nature="")
    client.force_login(request.filed_by)
    page = client.get(at("draw", request.pk, pool=pool))
    text = page.content.decode()
    assert ("提交申请" in text, "审批通过" in text) == (True, False)
    assert request.get_state_display() == "待抽取"
