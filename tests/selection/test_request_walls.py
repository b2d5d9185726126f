"""Between pools stands a wall: nobody of another pool sees, counts, numbers or changes a request; nor another unit."""

from datetime import date, timedelta

import pytest

from expertpool.desk.todos import waiting_for
from expertpool.pools.duties import actor
from expertpool.refusals import Refused
from selection.models import DrawRequest
from selection.services import requests as services
from selection.services import waivers
from selection.services.sight import duties_for, sight_of
from tests.factories import FIELD_CODES, AssignmentFactory, MembershipFactory, PoolFactory, UserFactory, at
from tests.selection.request_factories import a_department, a_request, a_submitted_request, an_approved_request

MONDAY = date(2026, 10, 12)
pytestmark = [pytest.mark.django_db, pytest.mark.day(MONDAY)]
ROLES = ("office", "inspector", "leader", "department", "agency")
PAGES = ("request", "request_edit", "request_check", "request_cancel", "request_print", "request_xlsx")
POSTS = ("request_approve", "request_send_back", "request_check", "request_cancel", "waiver_shortage", "waiver_cap")


@pytest.fixture
def twin(pool):
    """A second pool under the same regulation."""
    return PoolFactory(code="ER", name="第二专家库", number_prefix="ERK")


@pytest.mark.parametrize("role", ROLES)
def test_nobody_of_another_pool_opens_or_changes_a_request(pool, twin, role, client):
    request = a_submitted_request(pool=pool, title="墙内之事")
    stranger = UserFactory(role=role, pool=twin, organisation=request.department)
    client.force_login(stranger)
    for name in PAGES:
        # In the request's own pool he holds nothing; in his own there is no such request.
        assert client.get(at(name, request.pk, pool=pool)).status_code == 403, name
        assert client.get(at(name, request.pk, pool=twin)).status_code in {403, 404}, name
    for name in POSTS:
        assert client.post(at(name, request.pk, pool=pool), {}).status_code == 403, name
        assert client.post(at(name, request.pk, pool=twin), {}).status_code in {403, 404}, name
    assert client.get(at("requests", pool=pool)).status_code == 403
    if role != "agency":
        page = client.get(at("requests", pool=twin), {"q": "墙内"})
        assert (page.context["page"].paginator.count, "墙内之事" in page.content.decode()) == (0, False)
    assert waiting_for(actor(stranger, twin, MONDAY)) == []
    assert duties_for(request, actor(stranger, twin, MONDAY), pool.regulation_on(MONDAY)) == frozenset()
    request.refresh_from_db()
    assert (request.state, request.step, request.approvals.count()) == ("under_approval", "office", 0)


def test_every_service_refuses_an_actor_of_another_pool(pool, twin):
    MembershipFactory.create_batch(2, pool=pool)
    draft, sent, ready = a_request(pool=pool), a_submitted_request(pool=pool), an_approved_request(pool=pool)
    field = pool.fields.get(code="SHHG")
    waiver = waivers.waive_shortage(request=ready, field=field, reason="该领域全库仅1人", by=UserFactory())
    unit = draft.department
    acts = {
        "file_request": (lambda by: services.file_request(pool=pool, by=by), "department", unit),
        "save_request": (lambda by: services.save_request(request=draft, title="改", by=by), "department", unit),
        "submit_request": (lambda by: services.submit_request(request=draft, by=by), "department", unit),
        "cancel_request": (lambda by: services.cancel_request(request=draft, reason="改期", by=by), "department", unit),
        "approve": (lambda by: services.approve(request=sent, step="office", outcome="pass", by=by), "office", None),
        "waive_shortage": (
            lambda by: waivers.waive_shortage(request=ready, field=field, reason="该领域全库只有一人", by=by),
            "office",
            None,
        ),
        "waive_annual_cap": (lambda by: waivers.waive_annual_cap(request=ready, reason="急", by=by), "leader", None),
        "countersign": (lambda by: waivers.countersign(waiver=waiver, by=by), "inspector", None),
        "send_back": (lambda by: services.send_back(request=ready, reason="人少", by=by), "office", None),
    }
    for name, (act, role, organisation) in acts.items():
        gone, early = MONDAY - timedelta(days=1), MONDAY + timedelta(days=1)
        who = {
            "foreign": UserFactory(role=role, pool=twin, organisation=organisation),
            "expired": UserFactory(role=role, pool=pool, organisation=organisation, ends_on=gone),
            "not begun": UserFactory(role=role, pool=pool, organisation=organisation, starts_on=early),
            "nothing": UserFactory(role=None),
        }
        for why, by in who.items():
            with pytest.raises(Refused) as caught:
                act(by)
            assert [one.code for one in caught.value.refusals] == ["duty"], (name, why)
        # The same act by who holds it here is done, so that it was the pool which refused the others.
        act(UserFactory(role=role, pool=pool, organisation=organisation))


def test_two_pools_under_one_regulation_file_and_number_for_themselves(pool, twin, client):
    user = a_department(pool)
    AssignmentFactory(account=user, role="department", pool=twin, organisation=user.organisation)
    client.force_login(user)
    data = {f"{p}-{k}": "0" for p in ("seats", "recusals", "projects") for k in ("TOTAL_FORMS", "INITIAL_FORMS")}
    for place, offered in ((pool, "XJ"), (twin, "ER")):
        page = client.get(at("request_new", pool=place))
        assert page.status_code == 200
        fields = page.context["forms"].seats.empty_form.fields["field"].queryset
        assert set(fields) == set(place.fields.filter(in_use=True)) and len(fields) == len(FIELD_CODES), offered
        client.post(at("request_new", pool=place), {**data, "token": offered, "title": offered})
    assert sorted(DrawRequest.objects.values_list("pool__code", "number", "title")) == [
        ("ER", "ERK-SY2026-0001", "ER"),
        ("XJ", "ZJK-SY2026-0001", "XJ"),
    ]
    # One person, two pools: each list shows its own.
    for place in (pool, twin):
        assert [row.pool for row in client.get(at("requests", pool=place)).context["page"]] == [place]


def test_a_field_of_another_pool_is_refused_by_the_form_and_by_the_service(pool, twin, client):
    foreign = twin.fields.get(code="SHHG")
    user = a_department(pool)
    with pytest.raises(Refused) as caught:
        services.file_request(pool=pool, by=user, seats=[{"field": foreign, "count": 1}])
    assert [one.code for one in caught.value.refusals] == ["field-foreign"]
    client.force_login(user)
    data = {f"{p}-{k}": "0" for p in ("recusals", "projects") for k in ("TOTAL_FORMS", "INITIAL_FORMS")}
    data |= {"seats-TOTAL_FORMS": "1", "seats-INITIAL_FORMS": "0", "seats-0-field": foreign.pk, "seats-0-count": "1", "token": "x"}
    assert "没有保存成功" in client.post(at("request_new", pool=pool), data).content.decode()
    assert DrawRequest.objects.count() == 0


def test_where_departments_draw_themselves_each_sees_its_own_requests_alone(client):
    pool = PoolFactory(code="NM", regulation_code="neimenggu", number_prefix="NMK")
    field = pool.fields.first()
    MembershipFactory.create_batch(2, pool=pool, fields=[field.code])
    mine, theirs = a_department(pool), a_department(pool)
    draft = a_request(pool=pool, by=mine, seats={field.code: 1}, activity_type="评审", nature="")
    request = a_submitted_request(pool=pool, by=mine, seats={field.code: 1}, activity_type="评审", nature="")
    assert request.state == "approved"
    client.force_login(theirs)
    assert client.get(at("request", request.pk, pool=pool)).status_code == 404
    assert client.get(at("requests", pool=pool)).context["page"].paginator.count == 0
    edition = pool.regulation_on(MONDAY)
    assert duties_for(request, actor(theirs, pool, MONDAY), edition) == frozenset()
    assert {"requests.file", "draw.run"} <= duties_for(request, actor(mine, pool, MONDAY), edition)
    # Who asks and draws sees exact counts, but not while he can still try names.
    client.force_login(mine)
    shown = [client.get(at("request", one.pk, pool=pool)).context["page"].estimate for one in (draft, request)]
    assert [(bool(one.bands), bool(one.counts)) for one in shown] == [(True, False), (False, True)]
    assert sight_of(request, actor(mine, pool, MONDAY), edition).reasons


def test_the_back_office_of_a_pool_shows_its_own_requests(pool, twin, client):
    here, there = a_submitted_request(pool=pool, title="此处之事"), a_submitted_request(pool=twin, title="彼处之事")
    client.force_login(UserFactory(role="office", pool=pool))
    page = client.get(at("admin:selection_drawrequest_changelist", pool=pool)).content.decode()
    assert (here.title in page, there.title in page) == (True, False)
    assert client.get(at("admin:selection_drawrequest_change", here.pk, pool=pool)).status_code == 200
    assert client.get(at("admin:selection_drawrequest_change", there.pk, pool=pool)).status_code in {302, 404}
    client.force_login(a_department(pool))
    assert client.get(at("admin:selection_drawrequest_changelist", pool=pool)).status_code in {302, 403}
