"""The pages of the ledger: of one pool to who reads it there, of everything to the audit administrator."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from expertpool.addresses import address
from expertpool.ledger import services, triggers
from expertpool.pools.models import Role
from tests.factories import PoolFactory, UserFactory, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def other_pool():
    return PoolFactory(code="B", number_prefix="BB", name="第二专家库")


@pytest.mark.parametrize("role", list(Role))
def test_who_may_read_the_ledger_of_a_pool_and_who_that_of_the_installation(client, role):
    client.force_login(UserFactory(role=role))
    assert client.get(at("ledger")).status_code == (200 if role in {Role.INSPECTOR, Role.OFFICE} else 403)
    assert client.get(address("ledger")).status_code == (200 if role == Role.AUDIT_ADMIN else 403)


@pytest.mark.parametrize("role", list(Role))
def test_who_may_read_it_in_the_back_office(client, role):
    client.force_login(UserFactory(role=role))
    page = "admin:ledger_ledgerevent_changelist"
    assert client.get(address(page), follow=True).status_code == (200 if role == Role.AUDIT_ADMIN else 403)
    assert client.get(at(page), follow=True).status_code == 403


def test_the_list_shows_events_and_narrows(client):
    user = UserFactory(role=Role.AUDIT_ADMIN)
    services.record("draw.opened", subject="draw:A-1", by=user, body={"round": 1})
    services.record("draw.opened", subject="draw:A-2", by=None)
    client.force_login(user)
    assert [event.subject for event in client.get(address("ledger")).context["page"]] == ["draw:A-2", "draw:A-1"]
    found = client.get(address("ledger"), {"subject": "draw:A-1"})
    assert [event.subject for event in found.context["page"]] == ["draw:A-1"]
    assert services.head().chain in found.content.decode()
    assert client.get(address("ledger"), {"subject": "draw:X"}).context["page"].paginator.count == 0


def test_a_pool_shows_its_own_events_and_nothing_finds_another_pools(client, pool, other_pool):
    services.record("draw.opened", subject="draw:A-1", by=None, pool=pool.code)
    services.record("draw.opened", subject="draw:B-1", by=None, pool=other_pool.code)
    services.record("account.opened", subject="account:1", by=None)
    client.force_login(UserFactory(role=Role.INSPECTOR, pool=pool))
    for query in ({}, {"subject": "draw:"}, {"subject": "draw:B-1"}, {"pool": other_pool.code}):
        page = client.get(at("ledger"), query)
        assert [event.subject for event in page.context["page"] if event.pool != pool.code] == []
        assert "draw:B-1</a>" not in page.content.decode()
    assert [event.subject for event in client.get(at("ledger")).context["page"]] == ["draw:A-1"]
    assert client.get(at("ledger", pool=other_pool)).status_code == 403


def test_an_expert_is_not_named_and_others_are(client):
    office, expert = UserFactory(role=Role.OFFICE, name="办公室人员"), UserFactory(role=Role.EXPERT, name="某位专家")
    services.record("invitation.accepted", subject="invitation:1", by=expert, pool=PoolFactory().code)
    services.record("draw.opened", subject="draw:A-1", by=office, pool=PoolFactory().code)
    client.force_login(office)
    assert [event.who for event in client.get(at("ledger")).context["page"]] == [f"办公室人员（{office.username}）", "专家本人"]
    client.force_login(UserFactory(role=Role.AUDIT_ADMIN))
    page = client.get(address("admin:ledger_ledgerevent_changelist")).content.decode()
    assert ("某位专家" in page, "专家本人" in page, "办公室人员" in page) == (False, True, True)


@pytest.mark.parametrize("name", ["ledger", "admin:ledger_ledgerevent_changelist"])
def test_the_list_costs_the_same_with_one_row_and_with_six(client, name):
    client.force_login(UserFactory(role=Role.AUDIT_ADMIN))
    counts = []
    for rows in (1, 5):
        for _ in range(rows):
            services.record("draw.opened", subject="draw:A-1", by=UserFactory(role=Role.OFFICE))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address(name)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_commands(tmp_path, capsys):
    services.record("draw.opened", subject="draw:A-1", by=None)
    file = tmp_path / "head.txt"
    call_command("ledger_head", file)
    services.record("draw.opened", subject="draw:A-1", by=None)
    call_command("verify_ledger", head=file)
    assert capsys.readouterr().out == f"共2条，链头 {services.head().chain}\n留痕完整，并与留存的链头一致。\n"
    file.write_text(f"1 {'a' * 64}\n")
    with pytest.raises(CommandError, match="发现1处问题"):
        call_command("verify_ledger", head=file)
    file.write_text("nothing")
    with pytest.raises(CommandError, match="链头文件无法读取"):
        call_command("verify_ledger", head=file)


def test_the_command_finds_an_altered_row(capsys):
    services.record("draw.opened", subject="draw:A-1", by=None)
    connection.check_constraints()
    triggers.drop(connection)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_event SET kind = 'draw.closed'")
    connection.check_constraints()
    triggers.create(connection)
    with pytest.raises(CommandError):
        call_command("verify_ledger")
    assert capsys.readouterr().out.splitlines()[0] == "第1条：登记的事项、对象、操作人或时间与内容不符"
