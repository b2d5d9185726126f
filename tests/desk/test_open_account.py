"""``manage.py open_account`` and the superuser that does not exist."""

import io

import pytest
from django.core.management import CommandError, call_command

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.desk.management.commands import open_account
from expertpool.ledger.services import events
from expertpool.pools.models import Role
from tests.factories import OrganisationFactory, PoolFactory, UserFactory

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


def test_an_account_is_opened_with_a_password_typed_twice_and_acts_from_today(typed):
    unit = OrganisationFactory(code="GXT")
    typed(PASSWORD, PASSWORD)
    opened("--organisation=GXT")
    account = User.objects.get()
    given = account.assignments.get()
    assert (account.username, account.name, account.check_password(PASSWORD)) == ("zhao", "赵敏", True)
    assert (given.role, given.pool, given.organisation, given.starts_on, given.ends_on) == (
        Role.SECURITY_ADMIN,
        None,
        unit,
        clock.today(),
        None,
    )
    told = [(event.kind, event.actor) for event in events(f"account:{account.pk}")]
    assert told == [("account.opened", None), ("assignment.given", None)]


def test_an_account_of_a_pool_is_opened_with_its_pool(typed, capsys):
    pool = PoolFactory(code="B", number_prefix="BB", name="第二专家库")
    typed(PASSWORD, PASSWORD)
    opened("--pool=B", role=Role.OFFICE)
    given = User.objects.get().assignments.get()
    assert (given.role, given.pool) == (Role.OFFICE, pool)
    assert capsys.readouterr().out == "已开通账号“zhao”，任职：专家库管理处室，专家库：第二专家库。\n"


def test_the_password_can_come_from_the_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\nmore\n"))
    opened("--password-stdin")
    assert User.objects.get().check_password(PASSWORD)


@pytest.mark.parametrize(
    ("answers", "more", "words"),
    [
        ((PASSWORD, "another"), (), "两次输入的密码不一致"),
        (("short", "short"), (), "密码太短，至少需要12位。[^；]*$"),
        (
            (PASSWORD, PASSWORD),
            ("--organisation=NONE",),
            "没有编号为“NONE”的单位，请核对。还没有登记的单位，由专家库管理部门在该专家库的后台（/p/专家库代码/admin/）“单位”中登记。",
        ),
        ((PASSWORD, PASSWORD), ("--pool=NONE",), "没有代码为“NONE”的专家库"),
    ],
)
def test_what_is_refused_opens_nothing(typed, answers, more, words):
    typed(*answers)
    with pytest.raises(CommandError, match=words):
        opened(*more)
    assert User.objects.count() == 0


@pytest.mark.parametrize(
    ("role", "more", "words"),
    [
        (Role.OFFICE, (), "请选择专家库"),
        (Role.EMPLOYER, (), "请选择其所代表的单位。还没有登记的单位，由专家库管理部门在"),
        (Role.AUDIT_ADMIN, ("--pool=XJ",), "专家库请留空"),
    ],
)
def test_a_role_without_what_it_needs_opens_nothing(typed, pool, role, more, words):
    typed(PASSWORD, PASSWORD)
    with pytest.raises(CommandError, match=words):
        opened(*more, role=role)
    assert (User.objects.count(), events().count()) == (0, 0)


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
