"""``manage.py open_pool``."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command

from expertpool import clock
from expertpool.accounts.models import Organisation
from expertpool.ledger.models import LedgerEvent
from expertpool.pools.models import Pool, Role
from expertpool.pools.services.pools import open_pool
from expertpool.refusals import Refused
from tests.factories import (
    OrganisationFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.day(date(2026, 10, 12))]


def opened(capsys, **changes):
    options = {"code": "XJ", "name": "专家库", "regulation": "xinjiang-2025", "office_code": "GXT", "office_name": "管理处室"} | changes
    call_command("open_pool", *[f"--{name.replace('_', '-')}={value}" for name, value in options.items()])
    return capsys.readouterr().out


def test_a_pool_stands_with_its_fields_and_its_office(capsys):
    assert opened(capsys) == "专家库“专家库”（XJ）已开设，管理部门：管理处室，专业领域17个。\n"
    pool = Pool.objects.get()
    assert (pool.code, pool.name, pool.regulation_code, pool.office.code, pool.office.kind) == (
        "XJ", "专家库", "xinjiang-2025", "GXT", "government",
    )  # fmt: skip
    assert list(LedgerEvent.objects.values_list("kind", "actor", "subject")) == [("pool.opened", None, f"pool:{pool.pk}")]


def test_a_registered_office_is_taken_as_it_is_and_a_second_call_changes_nothing(capsys):
    office = OrganisationFactory(code="GXT", name="原有的处室")
    opened(capsys)
    assert opened(capsys, name="另一个名称") == "专家库“专家库”（XJ）已经开设，管理部门：原有的处室，专业领域17个。\n"
    assert (Pool.objects.get().office, Organisation.objects.count(), LedgerEvent.objects.count()) == (office, 1, 1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"regulation": "nowhere"}, "没有代码为“nowhere”的管理办法"), ({"code": "X" * 17}, "17"), ({"office_code": "A" * 17}, "17")],
)
def test_what_cannot_be_opened_leaves_nothing(capsys, changes, words):
    with pytest.raises(CommandError, match=words):
        opened(capsys, **changes)
    assert (Pool.objects.count(), Organisation.objects.count()) == (0, 0)


def test_two_pools_have_two_prefixes(capsys):
    opened(capsys)
    opened(capsys, code="XJ-2", name="第二专家库", prefix="XE")
    assert list(Pool.objects.values_list("code", "number_prefix")) == [("XJ", "XJ"), ("XJ-2", "XE")]
    with pytest.raises(CommandError, match="编号前缀“XJ”已被另一专家库使用"):
        opened(capsys, code="XJ-3", name="第三专家库")
    with pytest.raises(CommandError, match="2至8个大写字母"):
        opened(capsys, code="XJ-4", name="第四专家库", prefix="X1")
    with pytest.raises(CommandError, match="2至8个大写字母"):
        opened(capsys, code="2026", name="没有字母的代码")
    assert Pool.objects.count() == 2


def test_a_code_that_could_not_stand_in_an_address_is_refused(capsys):
    with pytest.raises(CommandError, match="只能用字母、数字和连字符"):
        opened(capsys, code="新疆", prefix="XJ")
    with pytest.raises(CommandError, match="只能用字母、数字和连字符"):
        opened(capsys, code="a/b", prefix="XJ")


@pytest.mark.parametrize("role", [role for role in Role if role != Role.SYSTEM_ADMIN])
def test_only_the_system_administrator_opens_pools_otherwise(role):
    by = UserFactory(role=role)
    with pytest.raises(Refused, match="由系统管理员办理"):
        open_pool(code="C", name="第三专家库", regulation_code="xinjiang-2025", office=OrganisationFactory(), number_prefix="CC", by=by)
    assert not Pool.objects.filter(code="C").exists()


def test_an_open_pool_keeps_its_regulation(capsys):
    opened(capsys)
    with pytest.raises(CommandError, match="适用规定是xinjiang-2025，没有改动"):
        opened(capsys, regulation="jiaozuo-2024")
    assert Pool.objects.get().regulation_code == "xinjiang-2025"


def test_open_pool_creates_the_fields_of_the_regulation_once():
    office = OrganisationFactory()
    pool = open_pool(code="P1", name="专家库", regulation_code="xinjiang-2025", office=office, number_prefix="PA")
    again = open_pool(code="P1", name="专家库", regulation_code="xinjiang-2025", office=office, number_prefix="PA")
    assert (again, pool.fields.count(), LedgerEvent.objects.filter(kind="pool.opened").count()) == (pool, 17, 1)


@pytest.mark.clause("xinjiang-2025", "附表1注")
def test_a_pool_opens_with_the_seventeen_fields_of_the_annex(db):
    with clock.frozen(date(2026, 10, 12)):
        pool = open_pool(code="ZZ", name="专家库", regulation_code="xinjiang-2025", office=OrganisationFactory(), number_prefix="ZZ")
    assert "、".join(pool.fields.values_list("name", flat=True)) == (
        "石化化工、煤化工、冶金、建材、采矿、纺织服装、信息产业、装备制造、新能源新材料、轻工、园区管理、无线电、节能环保、生物医药、民爆、法律法规、综合经济"
    )
