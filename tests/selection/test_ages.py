"""年龄 as the draw judges it: on the days of the activity, aside from whom the edition exempts while his mark lasts."""

from datetime import date

import pytest

from experts.models import Mark
from tests.factories import PoolFactory
from tests.selection import drawing as d

pytestmark = [pytest.mark.django_db, pytest.mark.day(d.TODAY)]
XJ = "xinjiang-2025"
JZ = "jiaozuo-2024"


@pytest.mark.clause(XJ, "7(9)")
def test_who_turns_seventy_by_an_activity_of_next_year_is_not_drawn_for_it():
    d.members(3)
    (turns,) = d.members(1, expert__birth_date=date(1957, 1, 20))
    found = [d.pool_file(d.frozen_attempt(starts_on=date(2027, 1, 18), ends_on=date(2027, 1, day)))[turns.number] for day in (19, 20)]
    assert found == ["E|-", "X|AGE"]


@pytest.mark.clause(JZ, "9(2)")
def test_an_exempt_mark_keeps_whoever_is_older_while_it_lasts():
    pool = PoolFactory(code="JZ", regulation_code=JZ)
    d.members(3, ["XCL"], pool=pool, expert__birth_date=date(1980, 1, 1))
    old = d.members(5, ["XCL"], pool=pool, expert__birth_date=date(1950, 1, 1))
    # It must hold on every day of the activity.
    ends = [None, date(2026, 10, 21), date(2026, 10, 20)]
    for member, ends_on in zip(old, ends, strict=False):
        Mark.objects.create(membership=member, kind="中原学者", source="office", ends_on=ends_on)
    Mark.objects.create(membership=old[3], kind="grade", value="excellent", source="evaluation:1")
    found = d.pool_file(d.frozen_attempt(seats={"XCL": 1}, pool=pool, starts_on=date(2026, 10, 20), ends_on=date(2026, 10, 21)))
    assert [found[member.number] for member in old] == ["E|-", "E|-", "X|AGE", "X|AGE", "X|AGE"]
