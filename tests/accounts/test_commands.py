"""``manage.py open_account`` and the superuser that does not exist."""

import io

import pytest
from django.core.management import CommandError, call_command

from expertpool.accounts.management.commands import open_account
from expertpool.accounts.models import Role, User
from expertpool.ledger.services import data_of, events
from tests.factories import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "a long phrase 2026"


def opened(*more, username="zhao", role=Role.SECURITY_ADMIN):
    call_command("open_account", username, f"--role={role}", "--name=赵敏", *more)


@pytest.fixture
def typed(monkeypatch):
    """What is typed at the two prompts, in turn."""

    def type_in(*answers):
        lines = iter(answers)
        monkeypatch.setattr(open_account, "getpass", lambda prompt: next(lines))

    return type_in


def test_an_account_is_opened_with_a_password_typed_twice(typed):
    unit = OrganisationFactory(code="GXT")
    typed(PASSWORD, PASSWORD)
    opened("--organisation=GXT")
    account = User.objects.get()
    assert (account.username, account.name, account.role, account.organisation, account.check_password(PASSWORD)) == (
        "zhao", "赵敏", Role.SECURITY_ADMIN, unit, True,
    )  # fmt: skip
    told = [(event.kind, event.actor, data_of(event)) for event in events(f"account:{account.pk}")]
    assert told == [("account.opened", None, {"role": "security_admin", "organisation": unit.pk, "is_active": True})]


def test_the_password_can_come_from_the_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\nmore\n"))
    opened("--password-stdin")
    assert User.objects.get().check_password(PASSWORD)


@pytest.mark.parametrize(
    ("answers", "more", "words"),
    [
        ((PASSWORD, "another"), (), "两次输入的密码不一致"),
        (("short", "short"), (), "12"),
        ((PASSWORD, PASSWORD), ("--organisation=NONE",), "没有编号为“NONE”的单位"),
    ],
)
def test_what_is_refused_opens_nothing(typed, answers, more, words):
    typed(*answers)
    with pytest.raises(CommandError, match=words):
        opened(*more)
    assert User.objects.count() == 0


def test_a_user_name_is_given_once(typed):
    UserFactory(username="zhao")
    typed(PASSWORD, PASSWORD)
    with pytest.raises(CommandError, match="已被使用"):
        opened()


def test_an_unknown_role_is_refused():
    with pytest.raises(CommandError, match="superuser"):
        opened(role="superuser")


@pytest.mark.parametrize("arguments", [(), ("--noinput",), ("--username=root", "--name=root")])
def test_there_is_no_superuser(arguments):
    with pytest.raises(CommandError, match=r"没有超级用户.*open_account"):
        call_command("createsuperuser", *arguments)
    assert User.objects.count() == 0
