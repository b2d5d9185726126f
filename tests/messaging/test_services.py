from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.messaging import services
from expertpool.messaging.gateways import gateway_for
from expertpool.messaging.jobs import deliver_message
from expertpool.messaging.models import Message
from expertpool.messaging.sweeps import sweep_messages

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 21)
MOMENT = datetime(2026, 11, 21, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def by_mail(settings):
    settings.MESSAGE_GATEWAYS = ["email"]
    with clock.frozen(DAY):
        yield


def queue(idem="1", **changes):
    values = {"kind": "invitation", "to": None, "address": "a@example.org", "title": "邀请", "body": "请回复", "about": "invitation:5"}
    return services.queue_message(**{**values, **changes}, idem=idem)


class BrokenGateway:
    name = "broken"

    def serves(self, address):
        return True

    def send(self, message):
        raise OSError(f"550 {message.address} is unknown")


@pytest.fixture
def broken(settings, monkeypatch):
    from expertpool.messaging import gateways

    monkeypatch.setitem(gateways.GATEWAYS, "broken", BrokenGateway())
    settings.MESSAGE_GATEWAYS = ["broken"]


def test_delivering_twice_sends_once():
    message = queue()
    assert [deliver_message(message.pk), deliver_message(message.pk)] == [True, False]
    assert [(sent.to, sent.subject, sent.body) for sent in mail.outbox] == [(["a@example.org"], "邀请", "请回复")]
    message.refresh_from_db()
    assert (message.state, message.gateway, message.sent_at, message.attempts) == ("sent", "email", MOMENT, 1)


def test_queueing_twice_queues_once():
    assert queue(title="甲") == queue(title="乙")
    assert [message.title for message in Message.objects.all()] == ["甲"]


def test_the_message_belongs_to_its_act():
    with pytest.raises(RuntimeError), transaction.atomic():
        queue()
        raise RuntimeError
    assert Message.objects.count() == 0


def test_without_a_worker_the_act_goes_through_and_the_sweep_sends(settings, tmp_path, caplog, django_capture_on_commit_callbacks):
    settings.RQ_QUEUES["default"]["URL"] = f"unix://{tmp_path}/nobody.sock"
    with django_capture_on_commit_callbacks(execute=True):
        message = queue()
    assert [record.getMessage() for record in caplog.records] == [
        f"message {message.pk} was not enqueued (ConnectionError); the sweep will send it"
    ]
    assert mail.outbox == []
    assert sweep_messages(on=DAY) == 1
    assert sweep_messages(on=DAY) == 0
    assert len(mail.outbox) == 1


def test_nothing_leaves_before_it_is_due(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        message = queue(due=MOMENT + timedelta(hours=2))
    assert callbacks == []
    assert services.deliver(message.pk) is False
    assert sweep_messages(on=DAY) == 0
    with clock.frozen(MOMENT + timedelta(hours=2)):
        assert sweep_messages(on=DAY) == 1


def test_a_failure_is_tried_again_later_and_given_up_in_the_end(broken, caplog):
    message = queue()
    moment, pauses = MOMENT, []
    for _ in range(6):
        with clock.frozen(moment):
            assert services.deliver(message.pk) is False
            assert services.deliver(message.pk) is False
        message.refresh_from_db()
        pauses.append((message.due_at - moment).total_seconds() / 60)
        moment = message.due_at
    assert pauses == [2, 5, 15, 60, 240, 720]
    assert (message.state, message.attempts, message.last_error) == ("failed", 6, "OSError")
    assert "example.org" not in caplog.text
    with clock.frozen(moment):
        assert sweep_messages(on=clock.today()) == 0


def test_after_a_failure_another_attempt_sends(broken, settings):
    message = queue()
    services.deliver(message.pk)
    settings.MESSAGE_GATEWAYS = ["email"]
    with clock.frozen(MOMENT + timedelta(minutes=2)):
        assert sweep_messages(on=DAY) == 1
    message.refresh_from_db()
    assert (message.state, message.last_error, message.attempts) == ("sent", "", 2)


def test_cancelled_messages_stay():
    one, other = queue("1"), queue("2", about="invitation:6")
    assert services.cancel_messages(about="invitation:5") == 1
    assert services.cancel_messages(about="invitation:5") == 0
    assert [services.deliver(one.pk), services.deliver(other.pk)] == [False, True]
    assert len(mail.outbox) == 1


def test_what_has_left_is_not_cancelled():
    message = queue()
    services.deliver(message.pk)
    assert services.cancel_messages(about="invitation:5") == 0


def test_without_an_address_the_row_is_the_message():
    user = User.objects.create_user("e1", name="李四")
    message = queue(to=user, address="")
    assert services.deliver(message.pk) is True
    message.refresh_from_db()
    assert (message.state, message.gateway) == ("sent", "in-app")
    assert mail.outbox == []


def test_an_address_that_no_gateway_serves():
    message = queue(address="13812345678")
    assert gateway_for("13812345678") is None
    assert services.deliver(message.pk) is False
    message.refresh_from_db()
    assert (message.state, message.last_error) == ("pending", "NoGateway")


def test_a_message_needs_a_recipient():
    with pytest.raises(ValueError, match="account or an address"):
        queue(address="")


def test_the_demonstrations_gateway_writes_a_private_file_and_logs_no_personal_data(settings, tmp_path, caplog):
    settings.MESSAGE_GATEWAYS, settings.DATA_DIR = ["console"], tmp_path
    caplog.set_level("INFO", "expertpool")
    message = queue(address="13812345678")
    assert services.deliver(message.pk) is True
    [file] = (tmp_path / "outbox").iterdir()
    assert file.read_text() == "收件：13812345678\n标题：邀请\n\n请回复\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [record.getMessage() for record in caplog.records] == [
        f"message {message.pk} (invitation, invitation:5) written to the outbox folder"
    ]
