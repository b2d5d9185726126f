from datetime import date

import pytest

from expertpool import clock
from expertpool.addresses import address
from expertpool.messaging import services
from expertpool.messaging.models import Message
from expertpool.pools.models import Role
from tests.factories import PoolFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def expert(client):
    user = UserFactory(role=Role.EXPERT)
    client.force_login(user)
    return user


def send(to, idem, title="审核结果"):
    return services.queue_message(kind="t", to=to, address="", title=title, body="已通过", about="application:1", idem=idem)


def test_everybody_sees_his_own_messages_only(client, expert):
    other = UserFactory(role=Role.EXPERT)
    theirs, mine, gone = send(other, "1"), send(expert, "2"), send(expert, "3")
    Message.objects.filter(pk=gone.pk).update(state="cancelled")
    assert list(client.get(address("messages")).context["page"].object_list) == [mine]
    for number in (theirs.pk, gone.pk):
        assert client.get(address("message", number)).status_code == 404
        assert client.post(address("message_open", number)).status_code == 404
    theirs.refresh_from_db()
    assert theirs.read_at is None


def test_looking_changes_nothing_and_opening_marks_it_read_once(client, expert):
    message = send(expert, "1")
    assert client.get(address("message_open", message.pk)).status_code == 405
    client.get(address("message", message.pk))
    assert services.unread_count(expert) == 1
    for day in (date(2099, 1, 1), date(2099, 1, 2)):
        with clock.frozen(day):
            response = client.post(address("message_open", message.pk), follow=True)
    assert "已通过" in response.content.decode()
    message.refresh_from_db()
    assert clock.day_of(message.read_at) == date(2099, 1, 1)
    assert services.unread_count(expert) == 0


def test_an_empty_list_says_so(client, expert):
    assert "没有消息" in client.get(address("messages")).content.decode()


def test_the_list_costs_the_same_with_one_row_and_with_three(client, expert, django_assert_num_queries):
    for rows in (["1"], ["2", "3"]):
        for idem in rows:
            send(expert, idem)
        # session, user, assignments, count, rows, unread, the pools of the header
        with django_assert_num_queries(7):
            assert client.get(address("messages")).status_code == 200


def test_the_back_office_shows_states_without_texts(client):
    client.force_login(UserFactory(role=Role.SYSTEM_ADMIN))
    message = services.queue_message(kind="t", to=None, address="13812345678", title="题名", body="正文", about="a:1", idem="1")
    for page in (address("admin:messaging_message_changelist"), address("admin:messaging_message_change", message.pk)):
        response = client.get(page)
        assert response.status_code == 200
        assert not [text for text in ("13812345678", "题名", "正文") if text in response.content.decode()]


def test_messages_of_several_pools_stand_on_one_page_each_with_its_pool(client, expert):
    pool = PoolFactory(code="B", name="第二专家库", number_prefix="BB")
    services.queue_message(kind="t", to=expert, address="", title="邀请", body="请回复", about="a:1", idem="1", pool=pool.code)
    services.queue_message(kind="t", to=expert, address="", title="口令", body="已设置", about="a:2", idem="2")
    page = client.get(address("messages"))
    assert [(row.title, row.pool_name) for row in page.context["page"]] == [("口令", ""), ("邀请", "第二专家库")]
    assert "第二专家库" in client.get(address("message", Message.objects.get(idem="1").pk)).content.decode()


def test_inside_a_pool_there_is_no_page_of_messages(client, expert):
    assert client.get(f"/p/{PoolFactory().code}/messages/").status_code == 404
