"""Pools, fields and assignments in the back office: the security administrator gives, who keeps a pool sees its own."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from expertpool import clock
from expertpool.addresses import address
from expertpool.ledger.services import events
from expertpool.pools.models import IN_A_POOL, Assignment, Role
from tests.factories import AccountFactory, AssignmentFactory, OrganisationFactory, PoolFactory, UserFactory, at

DAY = date(2026, 11, 20)
pytestmark = [pytest.mark.django_db, pytest.mark.day(DAY)]
LIST, ADD, CHANGE = "admin:pools_assignment_changelist", "admin:pools_assignment_add", "admin:pools_assignment_change"


@pytest.fixture
def other_pool():
    return PoolFactory(code="B", name="第二专家库", number_prefix="BB")


@pytest.fixture
def security(client):
    client.force_login(UserFactory(role=Role.SECURITY_ADMIN))
    return client


def form(account, role, pool=None, organisation=None, **changes):
    values = {"account": account.pk, "role": role, "pool": pool.pk if pool else "", "starts_on": "2026-11-20", "ends_on": ""}
    return values | {"organisation": organisation.pk if organisation else ""} | changes


def test_the_security_administrator_gives_an_assignment(security, pool):
    account, unit = AccountFactory(), OrganisationFactory()
    assert security.get(address(ADD)).context["adminform"].form.initial["starts_on"] == "2026-11-20"
    assert security.post(address(ADD), form(account, "department", pool, unit)).status_code == 302
    given = Assignment.objects.get(account=account)
    assert (given.role, given.pool, given.organisation, given.starts_on, given.ends_on) == ("department", pool, unit, DAY, None)
    assert [(event.kind, event.pool) for event in events(f"account:{account.pk}")] == [("assignment.given", "XJ")]


@pytest.mark.parametrize(
    ("role", "with_pool", "field"), [("office", False, "pool"), ("department", True, "organisation"), ("expert", True, "pool")]
)
def test_what_the_service_refuses_stands_beside_its_field(security, pool, role, with_pool, field):
    account = AccountFactory()
    answer = security.post(address(ADD), form(account, role, pool if with_pool else None))
    assert (answer.status_code, list(answer.context["adminform"].form.errors)) == (200, [field])
    assert not Assignment.objects.filter(account=account).exists()


def test_office_and_inspector_of_one_pool_in_one_person_are_refused_beside_the_role(security, pool):
    account = AccountFactory()
    AssignmentFactory(account=account, role=Role.OFFICE, pool=pool)
    answer = security.post(address(ADD), form(account, "inspector", pool))
    [why] = answer.context["adminform"].form.errors["role"]
    assert "管理与监督必须分开" in why


def test_an_assignment_is_ended_by_an_act_and_never_rewritten(security, pool):
    standing = AssignmentFactory(role=Role.LEADER, pool=pool)
    page = address("admin:pools_assignment_act", standing.pk, "end")
    shown = security.get(address(CHANGE, standing.pk)).content.decode()
    assert (page in shown, standing.account.username in shown) == (True, True)
    assert security.post(address(CHANGE, standing.pk), form(standing.account, "office", pool)).status_code == 403
    answer = security.post(page, {"last_day": "2026-01-01"})
    assert answer.context["form"].errors["last_day"] == ["任职止不能早于昨天：已办理的事项须有当时的任职为据。"]
    assert security.post(page, {"last_day": "2026-12-31"}).status_code == 302
    standing.refresh_from_db()
    assert (standing.role, standing.ends_on) == ("leader", date(2026, 12, 31))


def test_ones_own_assignment_is_not_offered_to_be_ended(client):
    user = UserFactory(role=Role.SECURITY_ADMIN)
    client.force_login(user)
    own = user.assignments.get()
    page = address("admin:pools_assignment_act", own.pk, "end")
    shown = client.get(address(CHANGE, own.pk)).content.decode()
    assert (page in shown, "不能变更本人的任职" in shown) == (False, True)
    client.post(page, {"last_day": ""})
    own.refresh_from_db()
    assert own.ends_on is None


@pytest.mark.parametrize("role", sorted(IN_A_POOL))
def test_who_keeps_a_pool_sees_who_acts_in_it_and_changes_nothing(client, pool, other_pool, role):
    """Xinjiang 2: the office keeps the pool."""
    mine = AssignmentFactory(role=Role.LEADER, pool=pool, account__name="本库领导")
    theirs = AssignmentFactory(role=Role.LEADER, pool=other_pool, account__name="别库领导")
    client.force_login(UserFactory(role=role, pool=pool))
    answer = client.get(at(LIST), follow=True)
    if role != Role.OFFICE:
        assert answer.status_code == 403
        return
    for query in ({}, {"q": "领导"}, {"role__exact": "leader"}, {"standing": "yes"}):
        listed = client.get(at(LIST), query).content.decode()
        assert ("本库领导" in listed, "别库领导" in listed) == (True, False)
    assert "别库领导" not in client.get(at(LIST), {"pool__id__exact": other_pool.pk}).content.decode()
    assert client.get(at(CHANGE, mine.pk)).status_code == 200
    assert client.get(at("admin:pools_assignment_history", mine.pk)).status_code == 200
    assert client.get(at("admin:pools_assignment_history", theirs.pk)).status_code == 404
    record = theirs.history.create(id=theirs.pk, account=theirs.account, role=theirs.role, pool=other_pool, starts_on=DAY, history_date=clock.now(), history_type="+")  # fmt: skip
    assert client.get(at("admin:pools_assignment_simple_history", theirs.pk, record.pk)).status_code == 404
    assert client.get(at(CHANGE, theirs.pk)).status_code == 302
    assert client.get(at(ADD)).status_code == 403
    assert client.post(at(CHANGE, mine.pk), {}).status_code == 403
    assert client.post(at("admin:pools_assignment_act", mine.pk, "end"), {"last_day": ""}).status_code == 403
    assert client.get(address(LIST), follow=True).status_code == 403


def test_a_commissioned_body_that_keeps_the_pool_sees_it_too(client):
    pool = PoolFactory(code="NM", number_prefix="NM", regulation_code="neimenggu")
    client.force_login(UserFactory(role=Role.AGENCY, pool=pool))
    assert client.get(at(LIST, pool=pool)).status_code == 200


def test_the_list_says_what_stands_today(security, pool):
    AssignmentFactory(role=Role.LEADER, pool=pool, account__username="now")
    AssignmentFactory(role=Role.LEADER, pool=pool, account__username="over", ends_on=date(2026, 11, 19))
    AssignmentFactory(role=Role.LEADER, pool=pool, account__username="later", starts_on=date(2026, 11, 21))
    rows = security.get(address(LIST), {"standing": "no", "role__exact": "leader"}).context["cl"]
    standing = rows.model_admin.standing
    assert {row.account.username: standing(row) for row in rows.result_list} == {"over": "已结束", "later": "未开始"}


def test_the_list_costs_the_same_with_one_row_and_with_six(security, pool):
    counts = []
    for rows in (1, 5):
        AssignmentFactory.create_batch(rows, role=Role.LEADER, pool=pool)
        with CaptureQueriesContext(connection) as queries:
            assert security.get(address(LIST)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_where_the_edition_closes_the_list_of_fields_none_is_added(client, regulation_like):
    regulation_like("closed", "xinjiang-2025", ("fields_extensible = true", "fields_extensible = false"))
    pool = PoolFactory(code="C", number_prefix="CC", regulation_code="closed")
    before = pool.fields.count()
    client.force_login(UserFactory(role=Role.OFFICE, pool=pool))
    page = at("admin:pools_pool_change", pool.pk, pool=pool)
    formset = client.get(page).context["inline_admin_formsets"][0]
    assert (formset.has_add_permission, formset.has_change_permission) == (False, True)
    new = {f"fields-{before}-code": "NEW", f"fields-{before}-name": "新领域", f"fields-{before}-in_use": "on"}
    client.post(page, {"fields-TOTAL_FORMS": before + 1, "fields-INITIAL_FORMS": before, **new})
    assert (pool.fields.filter(code="NEW").exists(), pool.fields.count()) == (False, before)


@pytest.mark.clause("xinjiang-2025", "附表1注")
def test_the_office_adds_a_field_to_its_own_pool_and_to_no_other(client, pool, other_pool):
    client.force_login(UserFactory(role=Role.OFFICE, pool=pool))
    page = at("admin:pools_pool_change", pool.pk)
    assert client.get(page).status_code == 200
    data = {"fields-TOTAL_FORMS": 1, "fields-INITIAL_FORMS": 0, "fields-0-code": "NEW", "fields-0-name": "新领域", "fields-0-in_use": "on"}
    assert client.post(page, data | {"name": "改名", "number_prefix": "XX"}).status_code == 302
    pool.refresh_from_db()
    assert (pool.fields.filter(code="NEW").count(), pool.name != "改名", pool.number_prefix) == (1, True, "ZJK")
    client.post(at("admin:pools_pool_change", other_pool.pk), data)
    assert not other_pool.fields.filter(code="NEW").exists()
    assert [one.code for one in client.get(at("admin:pools_pool_changelist")).context["cl"].result_list] == ["XJ"]


@pytest.mark.parametrize(
    ("role", "codes"),
    [(Role.SYSTEM_ADMIN, ["B", "XJ"]), (Role.SECURITY_ADMIN, ["B", "XJ"]), (Role.AUDIT_ADMIN, None)],
)
def test_the_administrators_see_the_pools_and_no_pools_people(client, pool, other_pool, role, codes):
    client.force_login(UserFactory(role=role))
    answer = client.get(address("admin:pools_pool_changelist"))
    assert answer.status_code == (403 if codes is None else 200)
    if codes:
        assert sorted(one.code for one in answer.context["cl"].result_list) == codes
    assert client.get(at("admin:index"), follow=True).status_code == 403


def test_organisations_are_one_register_for_all_pools(client, pool, other_pool):
    OrganisationFactory(code="SHARED", name="共有的单位")
    for one in (pool, other_pool):
        client.force_login(UserFactory(role=Role.OFFICE, pool=one))
        listed = client.get(at("admin:accounts_organisation_changelist", pool=one), {"q": "共有的单位"})
        assert [row.code for row in listed.context["cl"].result_list] == ["SHARED"]


def test_the_list_of_pages_shows_only_what_opens_here(client, pool):
    def shown(page):
        return {model["object_name"] for app in client.get(page).context["app_list"] for model in app["models"]}

    client.force_login(UserFactory(role=Role.OFFICE, pool=pool))
    inside = shown(at("admin:index"))
    page = client.get(at("admin:index")).content.decode()
    assert [english for english in ("Model name", "Add link", "Change or view") if english in page] == []
    assert ({"Pool", "Assignment", "Organisation", "WorkYear"} <= inside, inside & {"User", "LedgerEvent", "Message"}) == (True, set())
    client.force_login(UserFactory(role=Role.SECURITY_ADMIN))
    assert shown(address("admin:index")) == {"User", "Organisation", "Assignment", "Pool"}
    client.force_login(UserFactory(role=Role.AUDIT_ADMIN))
    assert {"LedgerEvent", "User", "Assignment"} <= shown(address("admin:index"))


@pytest.mark.parametrize(
    ("role", "page", "words"),
    [
        (Role.LEADER, "admin:pools_pool_changelist", "“维护在库专家信息”由"),
        (Role.OFFICE, "admin:accounts_user_changelist", "该页面不属于某个专家库，供审计管理员、安全管理员在系统后台使用。"),
    ],
)
def test_a_page_of_the_back_office_that_stays_shut_says_why(client, pool, role, page, words):
    client.force_login(UserFactory(role=role))
    answer = client.get(at(page), follow=True)
    assert (answer.status_code, words in answer.content.decode()) == (403, True)


def test_the_back_office_of_the_installation_says_where_that_of_a_pool_is(client, pool):
    client.force_login(UserFactory(role=Role.OFFICE))
    answer = client.get(address("admin:index"), follow=True)
    assert (answer.status_code, "各专家库的后台请从该专家库的页面进入" in answer.content.decode()) == (403, True)


def test_a_visitor_of_the_back_office_signs_in_and_comes_back(client, pool):
    answer = client.get(at("admin:pools_pool_changelist"), follow=True)
    assert answer.redirect_chain[-1][0] == "/login/?next=%2Fp%2FXJ%2Fadmin%2Fpools%2Fpool%2F"
