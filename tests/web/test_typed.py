"""Typed addresses and forms get a word or nothing, never an error of the server."""

from datetime import date

import pytest

from expertpool.addresses import address
from expertpool.clock import frozen
from expertpool.pools.models import Role
from expertpool.web.typed import LONGEST, whole
from experts.models import Employment
from experts.services.memberships import change_decisive
from tests.factories import ApplicationFactory, MembershipFactory, OrganisationFactory, UserFactory, at

pytestmark = pytest.mark.django_db
DAY = date(2026, 10, 12)
NONE = ["²", "9" * 30, "-1", "１", "张三"]


@pytest.fixture(autouse=True)
def today():
    with frozen(DAY):
        yield


@pytest.fixture
def office(client, pool):
    client.force_login(UserFactory(role=Role.OFFICE, pool=pool))
    return client


@pytest.mark.parametrize(
    ("text", "number"), [("7", 7), ("9" * 18, 10**18 - 1), ("9" * 19, None), ("", None), *((one, None) for one in NONE)]
)
def test_a_whole_number_is_one_that_can_be_an_id(text, number):
    assert whole(text) == number


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_number_narrows_nothing(office, text):
    ApplicationFactory(state="submitted")
    MembershipFactory()
    for name in ("application", "membership"):
        answer = office.get(at(f"admin:experts_{name}_changelist"), {"field": text})
        # Figures that are no id are a bad request, everything else narrows nothing.
        assert answer.status_code == 400 if text.isdecimal() else (answer.status_code, answer.context["cl"].result_count) == (200, 1)
    assert office.get(at("evaluations"), {"request": text}).status_code == 200


def test_figures_that_no_column_holds_are_a_bad_request(office):
    page = at("admin:experts_membership_changelist")
    assert [office.get(page, {"expert__title_level__in": text}).status_code for text in ("3", "3," + "9" * 30, "9" * 30)] == [200, 400, 400]


@pytest.mark.parametrize("text", ["²", "9" * 30])
def test_a_row_without_a_number_is_no_row(office, text):
    for name in ("change", "history"):
        assert office.get(at(f"admin:experts_application_{name}", text)).status_code in {302, 404}
    member = MembershipFactory()
    assert office.get(at("admin:experts_membership_simple_history", member.pk, text)).status_code == 404


@pytest.mark.parametrize("typed", ["甲\0", "a" * (LONGEST + 1)])
def test_a_nul_or_a_book_in_the_address_is_a_bad_request(office, typed):
    pages = [at("requests"), at("evaluations"), at("ledger"), at("admin:experts_membership_changelist"), address("login")]
    found = [office.get(page, {name: typed}) for page in pages for name in ("q", "subject", "state__exact")]
    assert {answer.status_code for answer in found} == {400}
    assert "无法识别的请求" in found[0].content.decode()
    assert office.get(at("requests"), {"q": "甲" * LONGEST}).status_code == 200


@pytest.mark.parametrize("text", [one for one in NONE if one != "１"])
def test_what_is_typed_into_a_box_that_looks_up_is_refused_beside_it(office, text):
    unit = OrganisationFactory(name="丙大学")
    names = {"names-TOTAL_FORMS": 0, "names-INITIAL_FORMS": 0, "names-MIN_NUM_FORMS": 0, "names-MAX_NUM_FORMS": 1000}
    form = {"code": unit.code, "name": "丙大学", "uscc": "", "kind": "university", "parent": text, "relation": "", **names}
    answer = office.post(at("admin:accounts_organisation_change", unit.pk), form)
    assert (answer.status_code, list(answer.context["adminform"].form.errors)) == (200, ["parent"])
    member = MembershipFactory()
    answer = office.post(at("admin:experts_membership_act", member.pk, "change"), {"employer": text, "reason": "工作调动文件"})
    assert (answer.status_code, "employer" in answer.context["form"].errors) == (200, True)


def test_who_stands_twice_at_his_new_unit_moves_there(office_user):
    member, unit = MembershipFactory(), OrganisationFactory()
    for position in ("院长", "教授"):
        Employment.objects.create(expert=member.expert, organisation=unit, kind="personnel", position=position, since=date(2020, 1, 1))
    change_decisive(membership=member, by=office_user, reason="工作调动文件", employer=unit)
    still = Employment.objects.filter(expert=member.expert, kind="personnel", until=None)
    assert sorted(still.values_list("organisation", "position")) == [(unit.pk, "教授"), (unit.pk, "院长")]
