"""Who loads the working days, which are one table for all pools."""

from datetime import date

import pytest

from expertpool.pools.models import Role
from expertpool.pools.services.calendar import load_year
from expertpool.refusals import Refused
from expertpool.workcalendar.tablefile import DayRow
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def load(by):
    return load_year(year=2027, rows=[DayRow(2, date(2027, 1, 1), False, "元旦")], source_document="通知〔2026〕9号", by=by)


@pytest.mark.parametrize("role", list(Role))
def test_the_office_of_a_pool_and_the_system_administrator_load_it_and_nobody_else(role):
    user = UserFactory(role=role)
    if role in {Role.OFFICE, Role.SYSTEM_ADMIN}:
        assert load(user).loaded_by == user
        return
    with pytest.raises(Refused, match="工作日历由专家库管理部门或系统管理员载入。"):
        load(user)


def test_who_was_in_the_office_yesterday_loads_nothing():
    with pytest.raises(Refused):
        load(UserFactory(role=Role.OFFICE, ends_on=date(2025, 12, 31)))


def test_the_system_loads_it_at_the_installation():
    assert load(None).loaded_by is None
