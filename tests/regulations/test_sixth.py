"""A sixth regulation needs a file and nothing else: the one that docs/regulations.md writes."""

import io
from datetime import date

import pytest
from django.core.management import call_command

from expertpool import clock
from expertpool.regulations import catalogue
from tests.factories import ApplicationFactory, OrganisationFactory, UserFactory
from tests.regulations import guide

CODE = "linjiang-2026"
DAY = date(2026, 9, 30)  # a Wednesday before the National Day holidays


@pytest.fixture
def sixth(regulations_folder):
    """A deployment's folder with the guide's file in its place."""
    path = regulations_folder / CODE / "2026-01-01.toml"
    path.parent.mkdir()
    path.write_text(guide.FILE, encoding="utf-8")
    catalogue.clear_cache()
    return path


def test_the_file_of_the_guide_is_in_force_with_its_own_numbers(sixth):
    regulation = catalogue.in_force(CODE, DAY)
    assert (regulation.publicity.days, regulation.publicity.counting, regulation.publicity.bound) == (3, "calendar", "exact")
    assert (regulation.draw.ratio, regulation.draw.alg, regulation.rotation.annual_cap.limit) == (2, "sha256", 6)
    assert regulation.evaluation.maximum == 20
    assert [regulation.evaluation.grade_of(total).name for total in (0, 9, 10, 16, 20)] == ["较差", "较差", "一般", "良好", "良好"]
    assert [one.max_age for one in regulation.conditions if one.strategy == "age_at_most"] == [60]
    assert regulation.age_exit.age == 65
    assert len(catalogue.editions()) == 6


def test_the_first_day_is_the_first_day(sixth):
    with pytest.raises(catalogue.NoEditionInForce):
        catalogue.in_force(CODE, date(2025, 12, 31))


def test_an_official_can_read_it(sixth):
    out = io.StringIO()
    call_command("check_regulation", str(sixth), stdout=out)
    assert out.getvalue().startswith("《临江市评审专家库管理办法》\n代码：linjiang-2026    版本：2026-01-01    状态：")


@pytest.mark.django_db
def test_a_pool_under_it_shows_its_lists_for_its_own_days(sixth):
    from expertpool.pools.services.pools import open_pool
    from experts.models import Application
    from experts.services.batches import collect_batch, decide_batch
    from experts.services.publicity import open_publicity

    with clock.frozen(DAY):
        pool = open_pool(code="LJ", name="临江市评审专家库", regulation_code=CODE, office=OrganisationFactory())
        office, leader = UserFactory(role="office", pool=pool), UserFactory(role="leader", pool=pool)
        application = ApplicationFactory(pool=pool, fields=["JZ"], state=Application.State.PASSED)
        batch = collect_batch(applications=[application], by=office)
        batch = decide_batch(batch=batch, decision_document="临发〔2026〕3号", step=batch.step, by=leader)
        publicity = open_publicity(batch=batch, by=office)
    # Three calendar days right through the holidays, where Xinjiang's working days would reach beyond them.
    assert (publicity.days, publicity.last_day, publicity.columns) == (3, date(2026, 10, 3), ["name", "employer"])
    assert (publicity.rule_code, publicity.rule_hash) == (CODE, catalogue.in_force(CODE, DAY).file_hash)
