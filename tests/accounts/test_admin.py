"""Accounts and organisations in the back office."""

import pytest
from django.urls import reverse

from expertpool.accounts.models import Organisation, Role, User
from tests.factories import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db

ACCOUNT = {
    "username": "zhao",
    "name": "赵明",
    "role": Role.EXPERT,
    "organisation": "",
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
    [(role, role in {Role.OFFICE, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN}, role == Role.SECURITY_ADMIN) for role in Role],
)
def test_who_looks_at_accounts_and_who_opens_them(client, role, may_look, may_add):
    client.force_login(UserFactory(role=role))
    assert (client.get(reverse("admin:accounts_user_changelist"), follow=True).status_code == 200) == may_look
    assert (client.get(reverse("admin:accounts_user_add"), follow=True).status_code == 200) == may_add


def test_opening_an_account_hashes_the_password(security):
    assert security.post(reverse("admin:accounts_user_add"), ACCOUNT).status_code == 302
    user = User.objects.get(username="zhao")
    assert (user.name, user.check_password("a long phrase 2026")) == ("赵明", True)


@pytest.mark.parametrize(("password", "why"), [("", "新账号必须设置密码。"), ("short", "12"), ("1q2w3e4r5t6y", "常见")])
def test_an_account_needs_a_good_password(security, password, why):
    answer = security.post(reverse("admin:accounts_user_add"), {**ACCOUNT, "new_password": password})
    assert (answer.status_code, why in answer.content.decode(), User.objects.filter(username="zhao").exists()) == (200, True, False)


def test_changing_an_account_keeps_the_password_unless_a_new_one_is_given(security):
    security.post(reverse("admin:accounts_user_add"), ACCOUNT)
    user = User.objects.get(username="zhao")
    page = reverse("admin:accounts_user_change", args=[user.pk])
    assert user.password not in security.get(page).content.decode()
    security.post(page, {**ACCOUNT, "name": "赵明远", "new_password": ""})
    user.refresh_from_db()
    assert (user.name, user.check_password("a long phrase 2026")) == ("赵明远", True)
    security.post(page, {**ACCOUNT, "new_password": "quite another one 9"})
    user.refresh_from_db()
    assert user.check_password("quite another one 9")


def test_the_office_sees_an_account_without_a_password_field(client):
    user = UserFactory(role=Role.EXPERT)
    client.force_login(UserFactory(role=Role.OFFICE))
    page = client.get(reverse("admin:accounts_user_change", args=[user.pk]))
    assert (page.status_code, "设置密码" in page.content.decode()) == (200, False)


@pytest.mark.parametrize(("words", "codes"), [("旧名", ["A1"]), ("B2", ["B2"]), ("研究院", ["B2"])])
def test_organisations_are_found_by_former_name_code_and_name(client, words, codes):
    OrganisationFactory(code="A1", name="甲公司").names.create(name="旧名公司", until="2020-12-31")
    OrganisationFactory(code="B2", name="乙研究院")
    client.force_login(UserFactory(role=Role.OFFICE, organisation=None))
    page = client.get(reverse("admin:accounts_organisation_changelist"), {"q": words})
    assert [one.code for one in page.context["cl"].result_list] == codes


def test_the_office_keeps_organisations_and_their_former_names(client):
    client.force_login(UserFactory(role=Role.OFFICE))
    form = {
        "code": "C3", "name": "丙大学", "uscc": "", "kind": "university", "parent": "", "relation": "", "field_scope": "[]",
        "names-TOTAL_FORMS": 1, "names-INITIAL_FORMS": 0, "names-0-name": "丙学院", "names-0-until": "2019-08-31",
    }  # fmt: skip
    assert client.post(reverse("admin:accounts_organisation_add"), form).status_code == 302
    assert list(Organisation.objects.named("丙学院").values_list("code", flat=True)) == ["C3"]


@pytest.mark.parametrize(
    "address", ["admin:index", "admin:accounts_user_changelist", "admin:accounts_user_add", "admin:accounts_organisation_changelist"]
)
def test_back_office_pages_carry_nothing_inline(security, address):
    page = security.get(reverse(address)).content.decode()
    assert [bad for bad in (" style=", " onclick=", "<script>", "<style") if bad in page] == []


def test_history_pages_carry_nothing_inline_and_name_the_actor(security):
    security.post(reverse("admin:accounts_user_add"), ACCOUNT)
    user = User.objects.get(username="zhao")
    page = security.get(reverse("admin:accounts_user_history", args=[user.pk])).content.decode()
    assert (" style=" in page, "操作人" in page) == (False, True)
