"""Accounts and organisations in the back office."""

from datetime import date

import pytest

from expertpool import clock
from expertpool.accounts.models import Organisation, User
from expertpool.addresses import address
from expertpool.pools.models import Role
from tests.factories import AssignmentFactory, OrganisationFactory, PoolFactory, UserFactory, at

pytestmark = pytest.mark.django_db

ACCOUNT = {
    "username": "zhao",
    "name": "赵明",
    "email": "",
    "is_active": "on",
    "new_password": "a long phrase 2026",
}


@pytest.fixture
def security(client):
    client.force_login(UserFactory(role=Role.SECURITY_ADMIN))
    return client


@pytest.mark.parametrize(
    ("role", "may_look", "may_add"),
    [(role, role in {Role.SECURITY_ADMIN, Role.AUDIT_ADMIN}, role == Role.SECURITY_ADMIN) for role in Role],
)
def test_who_looks_at_accounts_and_who_opens_them(client, role, may_look, may_add):
    client.force_login(UserFactory(role=role))
    assert (client.get(address("admin:accounts_user_changelist"), follow=True).status_code == 200) == may_look
    assert (client.get(address("admin:accounts_user_add"), follow=True).status_code == 200) == may_add


def test_opening_an_account_hashes_the_password(security):
    assert security.post(address("admin:accounts_user_add"), ACCOUNT).status_code == 302
    user = User.objects.get(username="zhao")
    assert (user.name, user.check_password("a long phrase 2026")) == ("赵明", True)


@pytest.mark.parametrize(("password", "why"), [("", "新账号必须设置密码。"), ("short", "12"), ("1q2w3e4r5t6y", "常见")])
def test_an_account_needs_a_good_password(security, password, why):
    answer = security.post(address("admin:accounts_user_add"), {**ACCOUNT, "new_password": password})
    assert (answer.status_code, why in answer.content.decode(), User.objects.filter(username="zhao").exists()) == (200, True, False)


def test_changing_an_account_keeps_the_password_unless_a_new_one_is_given(security):
    security.post(address("admin:accounts_user_add"), ACCOUNT)
    user = User.objects.get(username="zhao")
    page = address("admin:accounts_user_change", user.pk)
    assert user.password not in security.get(page).content.decode()
    security.post(page, {**ACCOUNT, "name": "赵明远", "new_password": ""})
    user.refresh_from_db()
    assert (user.name, user.check_password("a long phrase 2026")) == ("赵明远", True)
    security.post(page, {**ACCOUNT, "new_password": "quite another one 9"})
    user.refresh_from_db()
    assert user.check_password("quite another one 9")


def test_the_audit_administrator_looks_at_accounts_without_a_password_and_without_the_experts(client):
    office, expert = UserFactory(role=Role.OFFICE), UserFactory(role=Role.EXPERT, name="某位专家")
    both = UserFactory(role=Role.DEPARTMENT, name="兼任的人")
    AssignmentFactory(account=both, role=Role.EXPERT, ends_on=date(2021, 1, 1))
    client.force_login(UserFactory(role=Role.AUDIT_ADMIN))
    page = client.get(address("admin:accounts_user_change", office.pk))
    assert (page.status_code, "设置密码" in page.content.decode()) == (200, False)
    for name in ("admin:accounts_user_changelist", "admin:pools_assignment_changelist"):
        listed = client.get(address(name)).content.decode()
        assert (office.name in listed, expert.name in listed, both.name in listed) == (True, False, False), name
    for one in (expert, both):
        assert client.get(address("admin:accounts_user_change", one.pk)).status_code == 302
        assert client.get(address("admin:accounts_user_history", one.pk)).status_code == 404
    assert client.post(address("admin:accounts_user_change", office.pk), ACCOUNT).status_code == 403


@pytest.mark.parametrize(("words", "codes"), [("旧名", ["A1"]), ("B2", ["B2"]), ("研究院", ["B2"])])
def test_organisations_are_found_by_former_name_code_and_name(client, words, codes):
    OrganisationFactory(code="A1", name="甲公司").names.create(name="旧名公司", until="2020-12-31")
    OrganisationFactory(code="B2", name="乙研究院")
    client.force_login(UserFactory(role=Role.OFFICE, organisation=None))
    page = client.get(at("admin:accounts_organisation_changelist"), {"q": words})
    assert [one.code for one in page.context["cl"].result_list] == codes


def test_the_office_keeps_organisations_and_their_former_names(client):
    client.force_login(UserFactory(role=Role.OFFICE))
    form = {
        "code": "C3", "name": "丙大学", "uscc": "", "kind": "university", "parent": "", "relation": "",
        "names-TOTAL_FORMS": 1, "names-INITIAL_FORMS": 0, "names-0-name": "丙学院", "names-0-until": "2019-08-31",
    }  # fmt: skip
    assert client.post(at("admin:accounts_organisation_add"), form).status_code == 302
    assert list(Organisation.objects.named("丙学院").values_list("code", flat=True)) == ["C3"]


@pytest.mark.parametrize(
    "name", ["admin:index", "admin:accounts_user_changelist", "admin:accounts_user_add", "admin:accounts_organisation_changelist"]
)
def test_back_office_pages_carry_nothing_inline(security, name):
    page = security.get(address(name)).content.decode()
    assert [bad for bad in (" style=", " onclick=", "<script>", "<style") if bad in page] == []


def test_history_pages_carry_nothing_inline_and_name_the_actor(security):
    security.post(address("admin:accounts_user_add"), ACCOUNT)
    user = User.objects.get(username="zhao")
    page = security.get(address("admin:accounts_user_history", user.pk)).content.decode()
    assert (" style=" in page, "操作人" in page) == (False, True)


@pytest.mark.parametrize(("role", "keeps"), [(Role.OFFICE, True), (Role.AGENCY, False)])
def test_a_commissioned_body_looks_organisations_up_and_changes_none(client, role, keeps):
    pool = PoolFactory(code="NMG", regulation_code="neimenggu", number_prefix="NMG")
    unit = OrganisationFactory(name="某研究所")
    client.force_login(UserFactory(role=role, pool=pool))
    page = at("admin:accounts_organisation_change", unit.pk, pool=pool)
    assert client.get(page).status_code == 200
    assert client.get(at("admin:accounts_organisation_add", pool=pool)).status_code == (200 if keeps else 403)
    form = {"code": unit.code, "name": "新名称", "kind": unit.kind}
    form |= {f"names-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    assert client.post(page, form).status_code == (302 if keeps else 403)
    unit.refresh_from_db()
    assert unit.name == ("新名称" if keeps else "某研究所")


def test_the_history_of_an_organisation_names_nobody_of_another_pool(client):
    here, there = PoolFactory(), PoolFactory(code="XK", name="新库", number_prefix="XKK")
    unit = OrganisationFactory()
    names = {}
    for name, values in {
        "本库": {"role": "office", "pool": here},
        "他库": {"role": "office", "pool": there},
        "管理": {"role": "security_admin"},
    }.items():
        by = UserFactory(name=f"{name}人员甲", **values)
        names[name] = by.name
        unit.history.create(
            id=unit.pk, code=unit.code, name=unit.name, kind=unit.kind, history_date=clock.now(), history_type="~", history_user=by
        )
    client.force_login(UserFactory(role="office", pool=here))
    text = client.get(at("admin:accounts_organisation_history", unit.pk, pool=here)).content.decode()
    assert {name: shown in text for name, shown in names.items()} == {"本库": True, "他库": False, "管理": True}
    assert "其他专家库的人员" in text
