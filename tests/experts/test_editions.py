"""Which edition speaks."""

from datetime import date, timedelta

import pytest

from expertpool import clock
from expertpool.pools.editions import edition_of, edition_on, edition_or_latest, edition_to_show
from expertpool.pools.models import Pool
from expertpool.refusals import Refused
from expertpool.regulations import catalogue
from experts.models import Publicity

CODE = "xinjiang-2025"
DAY = date(2026, 10, 12)
ONLY = catalogue.in_force(CODE, DAY)
LAPSED = ONLY.effective_to + timedelta(days=1)
POOL, LOST = Pool(regulation_code=CODE), Pool(regulation_code="nowhere")


def decided(**given: object) -> Publicity:
    return Publicity(**{"rule_code": CODE, "rule_edition": ONLY.effective_from, "rule_hash": ONLY.file_hash, **given})


def test_in_force_or_refused_in_words():
    assert edition_on(POOL, DAY).file_hash == ONLY.file_hash
    with pytest.raises(Refused) as caught:
        edition_on(POOL, LAPSED)
    (refusal,) = caught.value.refusals
    assert (refusal.code, refusal.regulation) == ("no-edition", CODE)
    assert refusal.message == (f"2027年5月21日没有生效的《{ONLY.short_name}》（有效期至2027年5月20日）。请载入新的办法文件后再办理。")


def test_pages_show_the_latest_one_after_a_lapse():
    assert [edition_to_show(POOL, day).file_hash for day in (DAY, LAPSED)] == [ONLY.file_hash] * 2
    assert edition_to_show(LOST, DAY) is None


def test_work_that_began_goes_on_under_the_latest_one():
    assert edition_or_latest(POOL, LAPSED).file_hash == ONLY.file_hash
    with pytest.raises(Refused) as refused:
        edition_or_latest(LOST, DAY)
    assert [one.code for one in refused.value.refusals] == ["no-edition"]


@pytest.mark.parametrize(
    "thing",
    [
        decided(),
        decided(rule_hash="0" * 64),
        decided(rule_hash="0" * 64, rule_edition=None),
        decided(rule_code="", rule_hash="", rule_edition=None),
        decided(rule_hash="0" * 64, rule_edition=date(2001, 1, 1)),
    ],
    ids=["by its hash", "file replaced", "day unknown", "nothing noted", "edition gone"],
)
def test_a_decision_keeps_its_edition(thing):
    for day in (DAY, LAPSED):
        with clock.frozen(day):
            assert edition_of(thing, POOL).file_hash == ONLY.file_hash


def test_nothing_installed_at_all_is_refused():
    with clock.frozen(DAY), pytest.raises(Refused) as refused:
        edition_of(decided(rule_code="nowhere"), LOST)
    assert [one.code for one in refused.value.refusals] == ["no-edition"]
