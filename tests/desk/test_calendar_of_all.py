"""The calendar is one for all pools: one pool's office neither exchanges it nor learns who of another loaded it."""

from datetime import date

import pytest

from expertpool.addresses import same_page
from expertpool.pools.services.calendar import load_year
from expertpool.refusals import Refused
from expertpool.workcalendar.models import WorkYear
from expertpool.workcalendar.tablefile import DayRow
from tests.factories import PoolFactory, UserFactory, at

pytestmark = pytest.mark.django_db


def year(by, number=2027):
    rows = [DayRow(2, date(number, 1, 1), False, "元旦")]
    return load_year(year=number, rows=rows, source_document="国办发明电〔2026〕1号", by=by)


def test_an_official_year_is_exchanged_by_the_system_administrator_alone(office_user):
    assert year(office_user).status == WorkYear.Status.OFFICIAL
    with pytest.raises(Refused) as caught:
        year(UserFactory(role="office", pool=PoolFactory(code="XJ2", number_prefix="XJ2")))
    assert [one.code for one in caught.value.refusals] == ["official"]
    assert year(UserFactory(role="system_admin")).year == 2027


def test_who_of_another_pool_loaded_a_year_is_not_shown(client, pool):
    other = UserFactory(role="office", pool=PoolFactory(code="XJ2", number_prefix="XJ2"), name="鱻经办")
    loaded = year(other)
    client.force_login(UserFactory(role="office", pool=pool))
    for page in (at("admin:workcalendar_workyear_changelist", pool=pool), at("admin:workcalendar_workyear_change", loaded.pk, pool=pool)):
        text = client.get(page).content.decode()
        assert ("2027" in text, "鱻经办" in text) == (True, False)


def test_a_long_address_is_looked_at_no_further_than_any_of_ours_goes(pool):
    looked = []
    same_page("/" + "a/" * 15_000, pool, lambda found: looked.append(found) or False)
    assert looked == []
