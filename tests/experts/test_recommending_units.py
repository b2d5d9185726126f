"""Which units recommend, and in which fields, is each pool's own affair."""

from datetime import date

import pytest

from expertpool.accounts.models import Organisation
from expertpool.pools.duties import actor
from expertpool.pools.models import RecommendingUnit
from experts.services import applications as services
from tests.factories import ApplicationFactory, OrganisationFactory, PoolFactory, RecommendingUnitFactory, UserFactory, at

DAY = date(2026, 10, 12)
pytestmark = [pytest.mark.django_db, pytest.mark.day(DAY)]


def pools():
    return PoolFactory(), PoolFactory(code="XX", number_prefix="XX", regulation_code="xinxian-2021", name="新县评审专家库")


def offered(pool):
    edition = pool.regulation_on(DAY)
    return [one.name for one in services.recommending_units(pool, edition, actor(UserFactory(role="expert"), pool, DAY))]


@pytest.mark.clause("xinjiang-2025", "6(1)b")
def test_a_pool_offers_its_own_recommending_units_alone():
    here, there = pools()
    RecommendingUnitFactory(pool=here, name="本库协会")
    RecommendingUnitFactory(pool=there, name="他库协会")
    RecommendingUnit.objects.filter(organisation=RecommendingUnitFactory(pool=here, name="已停用协会")).update(in_use=False)
    assert [offered(here), offered(there)] == [["本库协会"], ["他库协会"]]


@pytest.mark.clause("xinjiang-2025", "6(1)b")
def test_what_another_pool_lets_a_unit_recommend_says_nothing_here():
    here, there = pools()
    unit = RecommendingUnitFactory(pool=there)
    made = ApplicationFactory(pool=here, recommending_unit=unit)
    assert [(one.code, one.field, one.article) for one in services.why_not_submit(made, DAY)] == [
        ("not_recommending", "recommending_unit", "6(1)b")
    ]
    RecommendingUnit.objects.create(pool=here, organisation=unit)
    assert [(one.code, one.field, one.article) for one in services.why_not_submit(made, DAY)] == [("field_scope", "fields", "6(1)b")]


def test_the_office_ticks_fields_of_its_own_pool_and_none_is_no_error(client):
    here, there = pools()
    unit = OrganisationFactory(name="某协会")
    client.force_login(UserFactory(role="office", pool=here))
    add = at("admin:pools_recommendingunit_add", pool=here)
    boxes = client.get(add).context["adminform"].form.fields["fields"].queryset
    assert list(boxes) == list(here.fields.all())
    assert client.post(add, {"organisation": unit.pk, "in_use": "on"}).status_code == 302
    row = RecommendingUnit.objects.get()
    assert (row.pool, row.organisation, list(row.fields.all())) == (here, unit, [])
    page = at("admin:pools_recommendingunit_change", row.pk, pool=here)
    field = here.fields.get(code="MHG")
    assert client.post(page, {"fields": [field.pk], "in_use": "on"}).status_code == 302
    assert list(row.fields.all()) == [field]
    assert "该单位已经登记" in client.post(add, {"organisation": unit.pk, "in_use": "on"}).content.decode()
    client.force_login(UserFactory(role="office", pool=there))
    elsewhere = at("admin:pools_recommendingunit_change", row.pk, pool=there)
    assert client.get(elsewhere).status_code == 302
    assert client.get(at("admin:pools_recommendingunit_changelist", pool=there)).context["cl"].result_count == 0


def test_the_shared_register_says_nothing_of_any_pool():
    names = {field.name for field in Organisation._meta.get_fields()}
    assert names & {"recommends", "field_scope"} == set()
