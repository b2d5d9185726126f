"""Accounts are opened and changed by the security administrator alone, and the ledger tells it without names."""

import pytest
from django.urls import reverse

from expertpool.accounts import services
from expertpool.accounts.models import Role, User
from expertpool.ledger.services import data_of, events, verify
from expertpool.refusals import Refused
from tests.factories import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db

PASSWORD = "a long phrase 2026"
FORM = {"username": "zhao", "name": "赵明", "role": Role.EXPERT, "organisation": "", "email": "", "is_active": "on", "new_password": ""}


@pytest.fixture
def security():
    return UserFactory(role=Role.SECURITY_ADMIN)


def told(account):
    """What the ledger tells of an account: (kind, actor, data) in order."""
    return [(event.kind, event.actor_id, data_of(event)) for event in events(f"account:{account.pk}")]


def opened(by, **fields):
    return services.open_account(**{"username": "zhao", "name": "赵明", "role": Role.EXPERT, "password": PASSWORD, "by": by} | fields)


def codes(caught):
    return [(one.code, one.field) for one in caught.value.refusals]


def test_an_account_is_opened_with_its_rights_in_the_ledger(security):
    unit = OrganisationFactory()
    account = opened(security, organisation=unit)
    account.refresh_from_db()
    assert (account.name, account.role, account.organisation, account.check_password(PASSWORD)) == ("赵明", Role.EXPERT, unit, True)
    assert told(account) == [("account.opened", security.pk, {"role": "expert", "organisation": unit.pk, "is_active": True})]
    assert list(verify()) == []


def test_a_user_name_is_given_once(security):
    opened(security)
    with pytest.raises(Refused) as caught:
        opened(security, name="赵敏")
    assert codes(caught) == [("taken", "username")]
    assert User.objects.filter(username="zhao").count() == 1


@pytest.mark.parametrize("password", ["short", "1q2w3e4r5t6y", "zhao.mingyuan"])
def test_a_weak_password_opens_nothing(security, password):
    with pytest.raises(Refused) as caught:
        opened(security, username="zhao.mingyuan", password=password)
    assert {one.field for one in caught.value.refusals} == {"new_password"}
    assert (User.objects.filter(username="zhao.mingyuan").exists(), events().count()) == (False, 0)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.SECURITY_ADMIN])
def test_other_roles_keep_no_accounts(role):
    by, account = UserFactory(role=role), UserFactory(role=Role.EXPERT)
    acts = [
        lambda: opened(by),
        lambda: services.change_account(account=account, by=by, role=Role.OFFICE),
        lambda: services.change_account(account=by, by=by, role=Role.OFFICE),
        lambda: services.set_password(account=account, password=PASSWORD, by=by),
    ]
    for act in acts:
        with pytest.raises(Refused) as caught:
            act()
        assert codes(caught) == [("role", "")]
    assert events().count() == 0


def test_a_change_tells_rights_before_and_after_and_of_personal_data_only_that_it_changed(security):
    old, new = OrganisationFactory(), OrganisationFactory()
    account = UserFactory(role=Role.EXPERT, organisation=old, name="赵明")
    changes = {"role": Role.DEPARTMENT, "organisation": new, "is_active": False, "name": "赵明远", "email": "zhao@example.cn"}
    for _twice in range(2):
        changed = services.change_account(account=account, by=security, **changes)
    changed.refresh_from_db()
    assert {field: getattr(changed, field) for field in changes} == changes
    body = {"role": ["expert", "department"], "organisation": [old.pk, new.pk], "is_active": [True, False], "also": ["name", "email"]}
    assert told(account) == [("account.changed", security.pk, body)]


@pytest.mark.parametrize("changes", [{"role": Role.OFFICE}, {"is_active": False}])
def test_nobody_changes_what_he_himself_may_do(security, changes):
    with pytest.raises(Refused) as caught:
        services.change_account(account=security, by=security, **changes)
    assert codes(caught) == [("own-account", next(iter(changes)))]
    security.refresh_from_db()
    assert (security.role, security.is_active, events().count()) == (Role.SECURITY_ADMIN, True, 0)
    other = UserFactory(role=Role.SECURITY_ADMIN)
    services.change_account(account=security, by=other, **changes)
    assert [kind for kind, _by, _body in told(security)] == ["account.changed"]


def test_ones_own_name_may_be_corrected(security):
    services.change_account(account=security, by=security, name="钱安", role=Role.SECURITY_ADMIN)
    assert told(security) == [("account.changed", security.pk, {"also": ["name"]})]


def test_a_name_that_another_account_bears_is_not_taken(security):
    UserFactory(username="zhao")
    account = UserFactory(username="qian")
    with pytest.raises(Refused) as caught:
        services.change_account(account=account, by=security, username="zhao")
    assert codes(caught) == [("taken", "username")]


def test_only_listed_columns_change(security):
    with pytest.raises(TypeError, match="password"):
        services.change_account(account=security, by=security, password="x")


def test_a_password_is_set_once_and_the_ledger_holds_nothing_of_it(security):
    account = UserFactory(role=Role.EXPERT)
    for _twice in range(2):
        services.set_password(account=account, password=PASSWORD, by=security)
    account.refresh_from_db()
    assert account.check_password(PASSWORD)
    assert told(account) == [("account.password_set", security.pk, {})]


def test_ones_own_password_and_nobody_elses():
    account, other = UserFactory(role=Role.EXPERT), UserFactory(role=Role.EXPERT)
    services.set_password(account=account, password=PASSWORD, by=account)
    with pytest.raises(Refused) as caught:
        services.set_password(account=other, password=PASSWORD, by=account)
    assert (codes(caught), told(account), told(other)) == ([("role", "")], [("account.password_set", account.pk, {})], [])


def test_the_page_of_accounts_writes_the_ledger(client, security):
    client.force_login(security)
    assert client.post(reverse("admin:accounts_user_add"), {**FORM, "new_password": PASSWORD}).status_code == 302
    account = User.objects.get(username="zhao")
    page = reverse("admin:accounts_user_change", args=[account.pk])
    assert client.post(page, {**FORM, "role": Role.LEADER, "new_password": "quite another one 9"}).status_code == 302
    account.refresh_from_db()
    assert (account.role, account.check_password("quite another one 9")) == (Role.LEADER, True)
    assert told(account) == [
        ("account.opened", security.pk, {"role": "expert", "organisation": None, "is_active": True}),
        ("account.changed", security.pk, {"role": ["expert", "leader"], "also": []}),
        ("account.password_set", security.pk, {}),
    ]
    assert [row.history_user for row in account.history.order_by("history_id")] == [security] * 3


def test_the_page_refuses_ones_own_role_beside_the_field(client, security):
    client.force_login(security)
    page = reverse("admin:accounts_user_change", args=[security.pk])
    mine = {"username": security.username, "name": security.name, "organisation": security.organisation_id, "email": ""}
    answer = client.post(page, {**FORM, **mine, "role": Role.OFFICE})
    assert answer.status_code == 200
    assert answer.context["adminform"].errors == {"role": ["不能变更本人账号的角色，请由另一名安全管理员办理。"]}
    assert client.post(page, {**FORM, **mine, "role": Role.SECURITY_ADMIN, "is_active": ""}).status_code == 200
    security.refresh_from_db()
    assert (security.role, security.is_active) == (Role.SECURITY_ADMIN, True)
