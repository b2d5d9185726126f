"""Whose application it is: nobody of another pool, of another unit or of another time touches it."""

from datetime import date, timedelta

import pytest

from expertpool.addresses import address
from expertpool.desk.todos import waiting_for
from expertpool.pools.duties import actor
from experts.services import applications as services
from experts.services.batches import collect_batch, decide_batch
from tests.experts.intake import DAY, everything
from tests.experts.towns import refused
from tests.factories import (
    ApplicationFactory,
    AssignmentFactory,
    OrganisationFactory,
    PoolFactory,
    RecommendingUnitFactory,
    UserFactory,
    at,
)

pytestmark = [pytest.mark.django_db, pytest.mark.day(DAY)]


def test_nobody_of_another_pool_touches_an_application_or_a_list(client):
    here, there = PoolFactory(), PoolFactory(code="QT", number_prefix="QT", name="第二专家库")
    made, passed = ApplicationFactory(pool=here, state="under_review"), ApplicationFactory(pool=here, state="passed")
    batch = collect_batch(applications=[ApplicationFactory(pool=here, state="passed")], by=UserFactory(role="office", pool=here))
    strangers = [
        UserFactory(role=role, pool=there, organisation=made.recommending_unit) for role in ("office", "leader", "recommending_unit")
    ]
    acts = [
        (services.save_application, {"application": made}),
        (services.submit_application, {"application": made}),
        (services.endorse, {"application": made, "confirmed": True}),
        (services.review, {"application": made, "outcome": "passed"}),
        (services.waive_condition, {"application": made, "condition": "age", "reason": "确需入库"}),
        (services.withdraw_application, {"application": made, "reason": "本人放弃"}),
        (collect_batch, {"applications": [passed]}),
        (decide_batch, {"batch": batch, "decision_document": "文件一号"}),
        (services.file_application, {"pool": here, "name": "张三"}),
        (services.file_applications, {"pool": here, "drafts": [{"name": "张三"}]}),
    ]
    for stranger in strangers:
        for call, arguments in acts:
            assert refused(call, by=stranger, **arguments), call
        client.force_login(stranger)
        pages = [("application", made.pk), ("endorsement", made.pk), ("application_print", made.pk), ("batch", batch.pk), ("applications",)]
        assert {client.get(at(name, *args, pool=here)).status_code for name, *args in pages} == {403}
        inside = [client.get(at(name, *args, pool=there)).status_code for name, *args in pages[:4]]
        assert set(inside) <= {403, 404}
        assert made.number not in client.get(at("applications", pool=there)).content.decode()
        assert waiting_for(actor(stranger, there, DAY)) == []


def test_an_employer_finds_his_people_of_all_pools_in_one_list_and_once_in_what_waits(client):
    pools = [PoolFactory(), PoolFactory(code="QT", number_prefix="QT", name="第二专家库")]
    employer = UserFactory(role="employer")
    made = [ApplicationFactory(pool=pool, employer=employer.organisation, state="under_review", step="employer_review") for pool in pools]
    ApplicationFactory(pool=pools[0], state="under_review", step="employer_review")
    client.force_login(employer)
    page = client.get(address("endorsements"))
    assert [row.pk for row in page.context["page"]] == [one.pk for one in made]
    assert [pool.name in page.content.decode() for pool in pools] == [True, True]
    assert client.get(at("endorsement", made[1].pk, pool=pools[1])).status_code == 200
    # The same person keeps one of the pools: still each thing is told once.
    AssignmentFactory(account=employer, role="office", pool=pools[1], organisation=OrganisationFactory())
    urls = [item.url for item in everything(employer)]
    assert sorted(urls) == sorted(at("endorsement", one.pk, pool=one.pool) for one in made)


@pytest.mark.parametrize(("starts_on", "ends_on"), [(DAY + timedelta(days=1), None), (date(2020, 1, 1), DAY - timedelta(days=1))])
def test_an_assignment_that_has_not_begun_or_is_over_opens_nothing(client, pool, starts_on, ends_on):
    by = UserFactory(role="recommending_unit", organisation=RecommendingUnitFactory(), starts_on=starts_on, ends_on=ends_on)
    made = ApplicationFactory(pool=pool, recommending_unit=by.organisation, filed_by=by)
    assert refused(services.save_application, application=made, by=by, major="冶金") != []
    client.force_login(by)
    assert client.get(at("application", made.pk)).status_code == 403


def test_who_files_for_two_units_says_for_which(client, pool):
    by = UserFactory(role="recommending_unit", organisation=RecommendingUnitFactory())
    second = RecommendingUnitFactory()
    AssignmentFactory(account=by, role="recommending_unit", pool=pool, organisation=second)
    assert refused(services.file_application, pool=pool, by=by, name="张三") == ["filed_for"]
    made = services.file_application(pool=pool, by=by, name="张三", filed_for=second)
    assert (made.filed_for, made.recommending_unit) == (second, second)
    client.force_login(by)
    assert 'name="filed_for"' in client.get(at("application_new")).content.decode()
