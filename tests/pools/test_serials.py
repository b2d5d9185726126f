"""Serial numbers: constant time, no end, no lock and no number that two pools share."""

from threading import Event

import pytest
from django.db import connection, transaction

from expertpool.pools.models import Serial
from expertpool.pools.serials import PATTERNS, take_number, take_numbers
from tests.at_once import WITHIN, at_once, until, waiting
from tests.factories import PoolFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def other_pool(db):
    return PoolFactory(code="B", name="第二专家库", number_prefix="BB")


def test_numbers_go_up_by_one_and_each_kind_and_year_has_its_own(pool):
    assert [take_number(pool, "request", year) for year in (2026, 2026, 2027, 2026)] == [
        "ZJK-SY2026-0001",
        "ZJK-SY2026-0002",
        "ZJK-SY2027-0001",
        "ZJK-SY2026-0003",
    ]
    assert (take_number(pool, "application", 2026), take_number(pool, "batch", 2026), take_number(pool, "draw", 2026)) == (
        "ZJK-SQ2026-000001",
        "ZJK2026-P001",
        "ZJK2026-000001",
    )


def test_members_are_counted_on_over_the_years(pool):
    assert [take_number(pool, "member", year) for year in (2025, 2026)] == ["ZJK000001", "ZJK000002"]


def test_several_numbers_are_taken_at_once(pool):
    assert take_numbers(pool, "member", 2026, 3) == ["ZJK000001", "ZJK000002", "ZJK000003"]
    assert take_number(pool, "member", 2026) == "ZJK000004"


@pytest.mark.parametrize("kind", sorted(PATTERNS))
def test_there_is_a_number_after_the_millionth(pool, kind):
    Serial.objects.create(pool=pool, kind=kind, year=0 if kind == "member" else 2026, last=1_000_000)
    assert take_number(pool, kind, 2026).endswith("1000001")


@pytest.mark.parametrize("kind", sorted(PATTERNS))
def test_two_pools_never_give_one_number(pool, other_pool, kind):
    mine, theirs = (set(take_numbers(one, kind, 2026, 20)) for one in (pool, other_pool))
    assert (len(mine), len(theirs), mine & theirs) == (20, 20, set())


def test_a_number_costs_the_same_at_the_first_and_at_the_millionth(pool, django_assert_num_queries):
    take_number(pool, "member", 2026)
    for last in (1, 1_000_000):
        Serial.objects.update(last=last)
        # the row, its update, its value
        with django_assert_num_queries(3):
            take_number(pool, "member", 2026)


def test_an_act_that_fails_gives_its_number_back(pool):
    take_number(pool, "draw", 2026)
    with pytest.raises(RuntimeError), transaction.atomic():
        take_number(pool, "draw", 2026)
        raise RuntimeError
    assert take_number(pool, "draw", 2026) == "ZJK2026-000002"


def test_an_unknown_kind_is_an_error(pool):
    with pytest.raises(KeyError):
        take_number(pool, "invoice", 2026)
    assert not Serial.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_take_ten_numbers():
    pool = PoolFactory()

    def take():
        with transaction.atomic():
            return take_number(pool, "member", 2026)

    assert sorted(at_once(*[take] * 10)) == [f"ZJK{number:06d}" for number in range(1, 11)]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_an_act_of_one_pool_does_not_keep_another_pool_waiting():
    mine, theirs = PoolFactory(), PoolFactory(code="B", number_prefix="BB")
    taken, go_on = Event(), Event()

    def holds_its_number():
        with transaction.atomic():
            number = take_number(mine, "request", 2026)
            taken.set()
            assert go_on.wait(WITHIN)
            return number

    def other_pool():
        assert taken.wait(WITHIN)
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '2s'")
                return take_number(theirs, "request", 2026)
        finally:
            go_on.set()

    assert at_once(holds_its_number, other_pool) == ["ZJK-SY2026-0001", "BB-SY2026-0001"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_who_waited_for_an_act_that_failed_takes_its_number():
    pool = PoolFactory()
    taken = Event()

    def fails():
        with pytest.raises(RuntimeError), transaction.atomic():
            take_number(pool, "draw", 2026)
            taken.set()
            until(lambda: waiting() == 1)
            raise RuntimeError

    def waits():
        assert taken.wait(WITHIN)
        with transaction.atomic():
            return take_number(pool, "draw", 2026)

    assert at_once(fails, waits) == [None, "ZJK2026-000001"]
