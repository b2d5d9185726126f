"""Codes that a draw's files and the ledger carry: judged where they are typed, and never renamed once they are there."""

import pytest

from expertpool.accounts.models import Organisation
from expertpool.clock import frozen
from expertpool.codes import is_code
from expertpool.ledger.services import data_of, events
from expertpool.pools.models import Field, Role
from expertpool.pools.services.assignments import assign
from expertpool.refusals import Refused
from selection.domain.protocol import codes
from selection.services import draws, requests
from tests.factories import AccountFactory, OrganisationFactory, UserFactory, at
from tests.selection import drawing as d

pytestmark = pytest.mark.django_db
WRONG = ["新领域|一", "a b", "yj", "-A", "A|B", "=1+1", "甲乙", "A_B", "13812345678"]


@pytest.fixture
def office(client, pool):
    with frozen(d.at(12)):
        client.force_login(UserFactory(role=Role.OFFICE, pool=pool))
        yield client


def unit_form(code):
    names = {"names-TOTAL_FORMS": 0, "names-INITIAL_FORMS": 0, "names-MIN_NUM_FORMS": 0, "names-MAX_NUM_FORMS": 1000}
    return {"code": code, "name": "丙大学", "uscc": "", "kind": "university", "parent": "", "relation": "", **names}


def field_form(*rows):
    """Rows of (pk or "", code, name)."""
    form = {"fields-TOTAL_FORMS": len(rows), "fields-INITIAL_FORMS": sum(1 for pk, *_ in rows if pk)}
    form |= {"fields-MIN_NUM_FORMS": 0, "fields-MAX_NUM_FORMS": 1000}
    for n, (pk, code, name) in enumerate(rows):
        form |= {f"fields-{n}-id": pk, f"fields-{n}-code": code, f"fields-{n}-name": name, f"fields-{n}-in_use": "on"}
    return form


def rows_of(pool, **changes):
    return [(one.pk, changes.get(one.code, one.code), one.name) for one in pool.fields.all()]


@pytest.mark.parametrize(("text", "whole"), [("A", True), ("7-B", True), ("A" * 32, True), ("A" * 33, False), ("", False), ("A\n", False)])
def test_a_code_is_the_protocols(text, whole):
    assert is_code(text) == whole
    if whole:
        assert codes.code(text, "code") == text
    else:
        with pytest.raises(ValueError, match="does not match"):
            codes.code(text, "code")


@pytest.mark.parametrize("code", WRONG)
def test_a_unit_with_another_code_is_refused_on_the_form(office, code):
    answer = office.post(at("admin:accounts_organisation_add"), unit_form(code))
    assert (answer.status_code, list(answer.context["adminform"].form.errors)) == (200, ["code"])
    assert not Organisation.objects.filter(name="丙大学").exists()


@pytest.mark.parametrize("code", WRONG)
def test_a_field_with_another_code_is_refused_on_the_form(office, pool, code):
    page = at("admin:pools_pool_change", pool.pk)
    answer = office.post(page, field_form(*rows_of(pool), ("", code, "新领域")))
    assert (answer.status_code, Field.objects.filter(name="新领域").exists()) == (200, False)
    assert office.post(page, field_form(*rows_of(pool), ("", "NEW-1", "新领域"))).status_code == 302
    assert Field.objects.get(name="新领域").code == "NEW-1"


def test_the_code_of_a_unit_stays_and_one_that_no_file_takes_is_corrected(office):
    right, wrong = OrganisationFactory(code="DX01", name="丙大学"), OrganisationFactory(code="dx|2", name="丙大学")
    for unit in (right, wrong):
        assert office.post(at("admin:accounts_organisation_change", unit.pk), unit_form("DX09")).status_code == 302
        unit.refresh_from_db()
    assert (right.code, wrong.code) == ("DX01", "DX09")


def test_the_code_of_a_field_stays_and_one_that_no_file_takes_is_corrected(office, pool):
    right, wrong = pool.fields.get(code="SHHG"), Field.objects.create(pool=pool, code="新|一", name="新领域")
    form = field_form(*rows_of(pool, SHHG="RENAMED", **{"新|一": "NEW-1"}))
    assert office.post(at("admin:pools_pool_change", pool.pk), form).status_code == 302
    right.refresh_from_db()
    wrong.refresh_from_db()
    assert (right.code, wrong.code) == ("SHHG", "NEW-1")


def test_old_codes_are_named_at_the_freeze_instead_of_breaking_it(office_user, inspector_user):
    with frozen(d.at(12)):
        members = d.members(6)
        Field.objects.create(pool=members[0].pool, code="新|一", name="新领域")
        request = d.approved(seats={"SHHG": 1, "新|一": 1})
        Organisation.objects.filter(pk=members[0].expert.employer_id).update(code="甲乙")
        draws.join(request=request, by=inspector_user)
        with pytest.raises(Refused) as caught:
            draws.freeze(request=request, by=office_user)
        assert [(one.code, one.message) for one in caught.value.refusals] == [
            ("codes", "专业领域代码“新|一”，单位编号“甲乙”不能写入抽取文件（只能用大写字母、数字和连字符），请先在后台更正再冻结名单。")
        ]


def test_old_codes_of_units_enter_the_ledger_escaped(pool):
    with frozen(d.at(12)):
        unit, account = OrganisationFactory(code="甲乙"), AccountFactory()
        given = assign(
            account=account, role=Role.DEPARTMENT, pool=pool, organisation=unit, starts_on=d.TODAY, ends_on=None,
            by=UserFactory(role=Role.SECURITY_ADMIN),
        )  # fmt: skip
        filed = requests.file_request(pool=pool, by=account)
    assert data_of(events(f"account:{given.account_id}").get())["organisation"] == r"\u7532\u4e59"
    assert data_of(events(f"request:{filed.pk}").get())["department"] == r"\u7532\u4e59"
