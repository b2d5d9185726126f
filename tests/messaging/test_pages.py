from datetime import date

import pytest
from django.urls import reverse

from expertpool import clock
from expertpool.accounts.models import Role, User
from expertpool.messaging import services
from expertpool.messaging.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def expert(client):
    user = User.objects.create_user("e1", name="李四", role=Role.EXPERT)
    client.force_login(user)
    return user


def send(to, idem, title="审核结果"):
    return services.queue_message(kind="t", to=to, address="", title=title, body="已通过", about="application:1", idem=idem)


def test_everybody_sees_his_own_messages_only(client, expert):
    other = User.objects.create_user("e2", name="王五", role=Role.EXPERT)
    theirs, mine, gone = send(other, "1"), send(expert, "2"), send(expert, "3")
    Message.objects.filter(pk=gone.pk).update(state="cancelled")
    assert list(client.get(reverse("messages")).context["page"].object_list) == [mine]
    for number in (theirs.pk, gone.pk):
        assert client.get(reverse("message", args=[number])).status_code == 404
        assert client.post(reverse("message_open", args=[number])).status_code == 404
    theirs.refresh_from_db()
    assert theirs.read_at is None


def test_looking_changes_nothing_and_opening_marks_it_read_once(client, expert):
    message = send(expert, "1")
    assert client.get(reverse("message_open", args=[message.pk])).status_code == 405
    client.get(reverse("message", args=[message.pk]))
    assert services.unread_count(expert) == 1
    for day in (date(2099, 1, 1), date(2099, 1, 2)):
        with clock.frozen(day):
            response = client.post(reverse("message_open", args=[message.pk]), follow=True)
    assert "已通过" in response.content.decode()
    message.refresh_from_db()
    assert clock.day_of(message.read_at) == date(2099, 1, 1)
    assert services.unread_count(expert) == 0


def test_an_empty_list_says_so(client, expert):
    assert "没有消息" in client.get(reverse("messages")).content.decode()


def test_the_list_costs_the_same_with_one_row_and_with_three(client, expert, django_assert_num_queries):
    for rows in (["1"], ["2", "3"]):
        for idem in rows:
            send(expert, idem)
        # session, user, unread, count, rows
        with django_assert_num_queries(5):
            assert client.get(reverse("messages")).status_code == 200


def test_the_back_office_shows_states_without_texts(client):
    client.force_login(User.objects.create_user("s1", name="系统", role=Role.SYSTEM_ADMIN))
    message = services.queue_message(kind="t", to=None, address="13812345678", title="题名", body="正文", about="a:1", idem="1")
    for address in (reverse("admin:messaging_message_changelist"), reverse("admin:messaging_message_change", args=[message.pk])):
        response = client.get(address)
        assert response.status_code == 200
        assert not [text for text in ("13812345678", "题名", "正文") if text in response.content.decode()]
