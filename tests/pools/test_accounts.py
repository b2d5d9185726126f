"""Accounts are opened and changed by the security administrator alone, and the ledger tells it without names."""

import pytest

from expertpool.accounts.models import User
from expertpool.addresses import address
from expertpool.ledger.services import data_of, events, verify
from expertpool.pools.models import Role
from expertpool.pools.services import accounts as services
from expertpool.refusals import Refused
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

PASSWORD = "a long phrase 2026"
FORM = {"username": "zhao", "name": "赵明", "email": "", "is_active": "on", "new_password": ""}


@pytest.fixture
def security():
    return UserFactory(role=Role.SECURITY_ADMIN)


def told(account):
    """What the ledger tells of an account: (kind, actor, data) in order."""
    return [(event.kind, event.actor_id, data_of(event)) for event in events(f"account:{account.pk}")]


def opened(by, **fields):
    return services.open_account(**{"username": "zhao", "name": "赵明", "password": PASSWORD, "by": by} | fields)


def codes(caught):
    return [(one.code, one.field) for one in caught.value.refusals]


def test_an_account_is_opened_and_may_nothing_yet(security):
    account = opened(security)
    account.refresh_from_db()
    assert (account.name, account.assignments.count(), account.check_password(PASSWORD)) == ("赵明", 0, True)
    assert told(account) == [("account.opened", security.pk, {"is_active": True})]
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
        lambda: services.change_account(account=account, by=by, is_active=False),
        lambda: services.change_account(account=by, by=by, name="甲"),
        lambda: services.set_password(account=account, password=PASSWORD, by=by),
    ]
    for act in acts:
        with pytest.raises(Refused) as caught:
            act()
        assert codes(caught) == [("role", "")]
    assert events().count() == 0


def test_a_change_tells_access_before_and_after_and_of_personal_data_only_that_it_changed(security):
    account = UserFactory(role=Role.EXPERT, name="赵明")
    changes = {"is_active": False, "name": "赵明远", "email": "zhao@example.cn"}
    for _twice in range(2):
        changed = services.change_account(account=account, by=security, **changes)
    changed.refresh_from_db()
    assert {field: getattr(changed, field) for field in changes} == changes
    assert told(account) == [("account.changed", security.pk, {"is_active": [True, False], "also": ["name", "email"]})]


def test_nobody_shuts_his_own_account(security):
    with pytest.raises(Refused) as caught:
        services.change_account(account=security, by=security, is_active=False)
    assert codes(caught) == [("own-account", "is_active")]
    security.refresh_from_db()
    assert (security.is_active, events().count()) == (True, 0)
    services.change_account(account=security, by=UserFactory(role=Role.SECURITY_ADMIN), is_active=False)
    assert [kind for kind, _by, _body in told(security)] == ["account.changed"]


def test_ones_own_name_may_be_corrected(security):
    services.change_account(account=security, by=security, name="钱安", is_active=True)
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
    assert client.post(address("admin:accounts_user_add"), {**FORM, "new_password": PASSWORD}).status_code == 302
    account = User.objects.get(username="zhao")
    page = address("admin:accounts_user_change", account.pk)
    assert client.post(page, {**FORM, "email": "zhao@example.cn", "new_password": "quite another one 9"}).status_code == 302
    account.refresh_from_db()
    assert (account.email, account.check_password("quite another one 9")) == ("zhao@example.cn", True)
    assert told(account) == [
        ("account.opened", security.pk, {"is_active": True}),
        ("account.changed", security.pk, {"also": ["email"]}),
        ("account.password_set", security.pk, {}),
    ]
    assert [row.history_user for row in account.history.order_by("history_id")] == [security] * 3


def test_the_page_refuses_to_shut_ones_own_account_beside_the_field(client, security):
    client.force_login(security)
    page = address("admin:accounts_user_change", security.pk)
    answer = client.post(page, {**FORM, "username": security.username, "name": security.name, "is_active": ""})
    assert answer.status_code == 200
    assert answer.context["adminform"].errors == {"is_active": ["不能停用本人的账号，请由另一名安全管理员办理。"]}
    security.refresh_from_db()
    assert security.is_active
