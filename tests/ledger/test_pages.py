import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from expertpool.accounts.models import Role, User
from expertpool.ledger import services, triggers

pytestmark = pytest.mark.django_db


def user_in(role):
    return User.objects.create_user(f"u-{role}", name="张三", role=role)


@pytest.mark.parametrize("role", list(Role))
def test_who_may_read_the_ledger(client, role):
    client.force_login(user_in(role))
    expected = 200 if role in {Role.AUDIT_ADMIN, Role.INSPECTOR, Role.OFFICE} else 403
    assert client.get(reverse("ledger")).status_code == expected


@pytest.mark.parametrize("role", list(Role))
def test_who_may_read_it_in_the_back_office(client, role):
    client.force_login(user_in(role))
    expected = 200 if role == Role.AUDIT_ADMIN else 403
    assert client.get(reverse("admin:ledger_ledgerevent_changelist"), follow=True).status_code == expected


def test_the_list_shows_events_and_narrows(client):
    user = user_in(Role.AUDIT_ADMIN)
    services.record("draw.opened", subject="draw:A-1", by=user, body={"round": 1})
    services.record("draw.opened", subject="draw:A-2", by=None)
    client.force_login(user)
    assert [event.subject for event in client.get(reverse("ledger")).context["page"].object_list] == ["draw:A-2", "draw:A-1"]
    found = client.get(reverse("ledger"), {"subject": "draw:A-1"})
    assert [event.subject for event in found.context["page"].object_list] == ["draw:A-1"]
    assert services.head().chain in found.content.decode()
    assert client.get(reverse("ledger"), {"subject": "draw:X"}).context["page"].paginator.count == 0


def test_the_list_costs_the_same_with_one_row_and_with_three(client, django_assert_num_queries):
    user = user_in(Role.AUDIT_ADMIN)
    client.force_login(user)
    for rows in (1, 2):
        for _ in range(rows):
            services.record("draw.opened", subject="draw:A-1", by=user)
        # session, user, head, count, events
        with django_assert_num_queries(5):
            assert client.get(reverse("ledger")).status_code == 200


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
    from django.db import connection

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
