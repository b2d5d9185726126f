"""Waivers: asked for by one, countersigned by another, for one version of one request (readings A3, A8)."""

from datetime import date, timedelta

import pytest

from expertpool import clock
from expertpool.pools.duties import actor
from selection.models import DrawRequest, Waiver
from selection.services.requests import send_back, submit_request
from selection.services.waivers import countersign, waive_annual_cap, waive_shortage, why_not_countersign
from selection.waiting.requests import waivers_waiting
from tests.factories import AssignmentFactory, MembershipFactory, PoolFactory, UserFactory, at
from tests.selection import drawing
from tests.selection.made_up import pool_under  # noqa: F401
from tests.selection.request_factories import a_request, a_submitted_request, an_approved_request, kinds, passed, refused

MONDAY = date(2026, 10, 12)
pytestmark = [pytest.mark.django_db, pytest.mark.day(MONDAY)]


@pytest.mark.clause("xinjiang-2025", "13(2)b")
def test_a_shortage_is_waived_with_reason_and_countersignature_by_another_account(pool, office_user, inspector_user):
    for _ in range(5):
        MembershipFactory(pool=pool)
    request = an_approved_request(pool=pool)
    field = pool.fields.get(code="SHHG")
    assert refused(waive_shortage, request=request, field=field, reason=" ", by=office_user) == [("reason", "reason", "13(2)b")]
    assert refused(waive_shortage, request=request, field=field, reason="急", by=inspector_user) == [("duty", "", "")]
    waiver = waive_shortage(request=request, field=field, reason="该领域全库仅5人", by=office_user)
    assert waive_shortage(request=request, field=field, reason="该领域全库仅5人", by=office_user) == waiver
    assert (waiver.rule, waiver.article, waiver.countersigned_at) == ("draw_ratio", "13(2)b", None)
    assert refused(countersign, waiver=waiver, by=office_user) == [("duty", "", "")]
    waiver = countersign(waiver=waiver, by=inspector_user)
    assert (waiver.countersigned_by, waiver.countersigned_at) == (inspector_user, clock.now())
    assert countersign(waiver=waiver, by=inspector_user) == waiver
    assert kinds(request)[-2:] == ["waiver.filed", "waiver.countersigned"]
    assert refused(waive_shortage, request=request, field=field, reason="别的理由", by=office_user) == [("countersigned", "", "13(2)b")]


def test_there_is_nothing_to_waive_where_the_pool_suffices_or_has_too_few_for_the_seats(pool, office_user):
    request = an_approved_request(pool=pool, seats={"SHHG": 1, "YJ": 1})
    for _ in range(3):
        MembershipFactory(pool=pool)
    assert refused(waive_shortage, request=request, field=pool.fields.get(code="YJ"), reason="急", by=office_user) == [
        ("too-few", "field", "13(2)b")
    ]
    MembershipFactory.create_batch(3, pool=pool, admitted_on=date(2026, 10, 1))
    assert refused(waive_shortage, request=request, field=pool.fields.get(code="SHHG"), reason="急", by=office_user) == [
        ("no-shortage", "field", "13(2)b")
    ]


@pytest.mark.clause("xinjiang-2025", "14")
def test_the_annual_cap_is_waived_by_the_approver_of_the_regulation(pool, office_user, leader_user):
    request = an_approved_request(pool=pool)
    assert refused(waive_annual_cap, request=request, reason="急", by=office_user) == [("duty", "", "")]
    waiver = waive_annual_cap(request=request, reason="全区仅两名专家熟悉该工艺", by=leader_user)
    assert (waiver.rule, waiver.field, waiver.article) == ("annual_cap", None, "14")
    assert Waiver.objects.count() == 1


@pytest.mark.clause("xinjiang-2025", "13(2)b")
def test_a_waiver_counts_for_the_version_that_it_was_agreed_to_for(pool, office_user, inspector_user):
    MembershipFactory.create_batch(2, pool=pool)
    request = an_approved_request(pool=pool)
    field = pool.fields.get(code="SHHG")
    waiver = waive_shortage(request=request, field=field, reason="该领域全库仅2人", by=office_user)
    countersign(waiver=waiver, by=inspector_user)
    assert list(Waiver.objects.standing(request)) == [waiver]
    send_back(request=request, reason="人数增加", by=office_user)
    with clock.frozen(clock.now() + timedelta(hours=1)):
        request = submit_request(request=request, by=request.filed_by)
        assert list(Waiver.objects.standing(request)) == []
        while request.state == "under_approval":
            request = passed(request)
        assert list(Waiver.objects.standing(request)) == []
        again = waive_shortage(request=request, field=field, reason="该领域全库仅2人", by=office_user)
        assert (again.pk, again.countersigned_by, again.countersigned_at) == (waiver.pk, None, None)
        countersign(waiver=again, by=inspector_user)
        assert list(Waiver.objects.standing(request)) == [again]


def test_a_waiver_of_an_earlier_version_is_not_countersigned(pool, office_user, inspector_user):
    MembershipFactory.create_batch(2, pool=pool)
    request = an_approved_request(pool=pool)
    waiver = waive_shortage(request=request, field=pool.fields.get(code="SHHG"), reason="该领域全库仅2人", by=office_user)
    send_back(request=request, reason="人数增加", by=office_user)
    assert refused(countersign, waiver=waiver, by=inspector_user) == [("stale", "", "")]


OTHER_PEOPLE = """
[draw]
article = "13"
ratio = 2
ratio_article = "13"
drawn_by = "department"
drawn_by_article = "13"
watched_by = ["leader"]
watched_article = "14"
watchers_required = 1
share_by = "leader"
countersigned_by = "leader"
countersigned_article = "15"
shortage_waived_by = "department"
alg = "sha256"
"""


def test_where_the_department_asks_and_the_leader_countersigns_nobody_else_does(pool_under, client):  # noqa: F811
    pool = pool_under("LJ", draw=OTHER_PEOPLE)
    MembershipFactory(pool=pool, fields=["JZ"])
    request = an_approved_request(pool=pool, seats={"JZ": 1}, activity_type="评审", nature="")
    office, chief = UserFactory(role="office", pool=pool), UserFactory(role="leader", pool=pool)
    field = pool.fields.get(code="JZ")
    assert refused(waive_shortage, request=request, field=field, reason="全市只有一人", by=office) == [("duty", "", "13")]
    other = UserFactory(role="department", pool=pool)
    assert refused(waive_shortage, request=request, field=field, reason="全市只有一人", by=other) == [("unit", "", "13")]
    client.force_login(request.filed_by)
    page = client.get(at("request", request.pk, pool=pool))
    assert ("waiver_form" in page.context, [one.missing for one in page.context["page"].short]) == (True, [1])
    data = {"waiver-field": field.pk, "waiver-reason": "全市只有一人"}
    assert client.post(at("waiver_shortage", request.pk, pool=pool), data).status_code == 302
    waiver = Waiver.objects.get()
    inspector = UserFactory(role="inspector", pool=pool)
    assert refused(countersign, waiver=waiver, by=inspector) == [("duty", "", "15")]
    assert [len(waivers_waiting(actor(one, pool, MONDAY))) for one in (chief, inspector, office)] == [1, 0, 0]
    client.force_login(chief)
    assert client.post(at("waiver_countersign", request.pk, waiver.pk, pool=pool)).status_code == 302
    waiver.refresh_from_db()
    assert (waiver.countersigned_by, list(Waiver.objects.standing(request))) == (chief, [waiver])


def test_who_asked_for_a_waiver_never_countersigns_it_though_he_holds_both_duties(pool_under):  # noqa: F811
    pool = pool_under("LJ", draw=OTHER_PEOPLE)
    MembershipFactory(pool=pool, fields=["JZ"])
    request = an_approved_request(pool=pool, seats={"JZ": 1}, activity_type="评审", nature="")
    both = request.filed_by
    AssignmentFactory(account=both, role="leader", pool=pool)
    waiver = waive_shortage(request=request, field=pool.fields.get(code="JZ"), reason="全市只有一人", by=both)
    assert refused(countersign, waiver=waiver, by=both) == [("same-account", "", "")]
    assert why_not_countersign(waiver, actor(UserFactory(role="leader", pool=pool), pool, MONDAY), pool.regulation_on(MONDAY)) is None
    assert waivers_waiting(actor(both, pool, MONDAY)) == []


def test_an_inspector_who_has_left_countersigns_nothing(pool, office_user):
    MembershipFactory.create_batch(2, pool=pool)
    request = an_approved_request(pool=pool)
    waiver = waive_shortage(request=request, field=pool.fields.get(code="SHHG"), reason="该领域全库仅2人", by=office_user)
    left = UserFactory(role="inspector", ends_on=MONDAY - timedelta(days=1))
    assert refused(countersign, waiver=waiver, by=left) == [("duty", "", "")]


def test_nothing_is_waived_before_the_approval(pool, office_user, leader_user):
    request = a_submitted_request(pool=pool)
    field = pool.fields.get(code="SHHG")
    assert [one[0] for one in refused(waive_shortage, request=request, field=field, reason="急", by=office_user)] == ["state"]
    assert [one[0] for one in refused(waive_annual_cap, request=request, reason="急", by=leader_user)] == ["state"]


@pytest.mark.parametrize(("state", "cap", "ratio"), [("drawing", ["state"], ["no-shortage"]), ("confirmed", ["state"], ["state"])])
def test_once_it_is_drawn_no_cap_is_waived_and_once_it_is_confirmed_no_ratio(office_user, leader_user, state, cap, ratio):
    drawing.members(8)
    draw = drawing.contacting()
    DrawRequest.objects.update(state=state)
    request, field = draw.request, draw.request.pool.fields.get(code="SHHG")
    assert [one[0] for one in refused(waive_annual_cap, request=request, reason="急", by=leader_user)] == cap
    assert [one[0] for one in refused(waive_shortage, request=request, field=field, reason="急", by=office_user)] == ratio


def test_a_waiver_that_nobody_countersigned_yet_takes_a_better_reason(pool, office_user, inspector_user):
    MembershipFactory.create_batch(2, pool=pool)
    request = an_approved_request(pool=pool)
    act = {"request": request, "field": pool.fields.get(code="SHHG"), "by": office_user}
    first = waive_shortage(**act, reason="急")
    again = waive_shortage(**act, reason="该领域全库仅2人，工期紧迫")
    assert (again.pk, again.reason) == (first.pk, "该领域全库仅2人，工期紧迫")
    assert kinds(request).count("waiver.filed") == 2
    countersign(waiver=again, by=inspector_user)
    assert Waiver.objects.get().reason == "该领域全库仅2人，工期紧迫"


def test_a_field_of_another_pool_has_no_shortage_here(office_user):
    drawing.members(8)
    draw = drawing.contacting(seats={"SHHG": 2})
    drawing.answer_all(draw, "decline")
    foreign = PoolFactory(code="XJ2").fields.get(code="SHHG")
    assert refused(waive_shortage, request=draw.request, field=foreign, reason="该领域人少", by=office_user) == [
        ("no-shortage", "field", "13(2)b")
    ]


def test_no_cap_is_waived_where_the_regulation_has_none():
    pool = PoolFactory(code="XX", regulation_code="xinxian-2021")
    request = a_request(pool=pool, seats={"CYJS": 1})
    DrawRequest.objects.update(state="approved", approved_at=clock.now())
    assert refused(waive_annual_cap, request=request, reason="确有需要", by=UserFactory(role="leader", pool=pool)) == [
        ("not-waivable", "", "")
    ]
