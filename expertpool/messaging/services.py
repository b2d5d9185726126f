"""Queue, deliver and cancel messages."""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import User

from .gateways import gateway_for
from .models import Message

log = logging.getLogger(__name__)

# Minutes until the next attempt, by the number of attempts made; after the last one the message has failed.
BACKOFF_MINUTES = (2, 5, 15, 60, 240, 720)
IN_APP = "in-app"


@transaction.atomic
def queue_message(
    *,
    kind: str,
    to: User | None,
    address: str,
    title: str,
    body: str,
    about: str,
    idem: str,
    pool: str = "",
    due: datetime | None = None,
) -> Message:
    """Put a message into the outbox, inside the caller's transaction; it leaves after the commit.

    ``to`` the account on whose page of messages it appears, ``address`` telephone number or e-mail address, either
    may be missing; ``about`` as ``invitation:5``; ``pool`` the code of the pool that it tells of; ``due`` an aware moment
    before which it is not sent. A second call with the same ``idem`` returns the first one's message and changes
    nothing. The title shows in lists and logs of mail servers: no personal data in it.
    """
    if to is None and not address:
        raise ValueError("a message needs an account or an address")
    values = {
        "kind": kind,
        "recipient": to,
        "address": address,
        "title": title,
        "body": body,
        "about": about,
        "pool": pool,
        "due_at": due or clock.now(),
    }
    message, created = Message.objects.get_or_create(idem=idem, defaults=values)
    if created and message.due_at <= clock.now():
        number = message.pk
        transaction.on_commit(lambda: _enqueue(number))
    return message


def _enqueue(message_id: int) -> None:
    """Ask a worker to deliver now. Nobody there: the sweep delivers, so this never fails its caller."""
    from django_rq import get_queue
    from redis.backoff import NoBackoff
    from redis.exceptions import RedisError
    from redis.retry import Retry

    try:
        # "auto" is at once: the commit has happened, and a failure must surface here, where it is caught.
        queue = get_queue("default", commit_mode="auto")
        # The client would otherwise spend seconds on retries while somebody waits for his page.
        queue.connection.set_retry(Retry(NoBackoff(), 0))
        queue.enqueue("expertpool.messaging.jobs.deliver_message", message_id)  # by name: jobs stand above services
    except (RedisError, OSError) as error:
        log.warning("message %s was not enqueued (%s); the sweep will send it", message_id, type(error).__name__)


def deliver(message_id: int) -> bool:
    """Send the message if it is due and not yet sent; True if this call sent it.

    The attempt is written down, and the next one put off, before anything is sent: two workers never send the same
    message, and no lock is held while a mail server thinks. A process killed in between leaves the message to the
    next attempt.
    """
    message = _claim(message_id)
    if message is None:
        return False
    gateway = gateway_for(message.address) if message.address else None
    name, error = (gateway.name if gateway else IN_APP), ""
    if message.address and gateway is None and message.recipient_id is None:
        name, error = "", "NoGateway"
    elif gateway is not None:
        try:
            gateway.send(message)
        except Exception as failure:  # whatever a gateway raises, the message waits for its next attempt
            error = type(failure).__name__
            log.warning("message %s: attempt %s by %s failed (%s)", message_id, message.attempts, name, error)
    _settle(message_id, name, error)
    return not error


@transaction.atomic
def _claim(message_id: int) -> Message | None:
    message = Message.objects.select_for_update().filter(pk=message_id).first()
    if message is None or message.state != Message.State.PENDING or message.due_at > clock.now():
        return None
    pause = BACKOFF_MINUTES[min(message.attempts, len(BACKOFF_MINUTES) - 1)]
    message.attempts += 1
    message.due_at = clock.now() + timedelta(minutes=pause)
    message.save(update_fields=["attempts", "due_at"])
    return message


@transaction.atomic
def _settle(message_id: int, gateway: str, error: str) -> None:
    message = Message.objects.select_for_update().get(pk=message_id)
    message.gateway, message.last_error = gateway, error
    if not error:
        # Also when it was cancelled meanwhile: it has left.
        message.state, message.sent_at = Message.State.SENT, clock.now()
    elif message.state == Message.State.PENDING and message.attempts >= len(BACKOFF_MINUTES):
        message.state = Message.State.FAILED
    message.save(update_fields=["gateway", "last_error", "state", "sent_at"])


@transaction.atomic
def cancel_messages(*, about: str) -> int:
    """Withdraw every message about this subject that has not left yet; how many there were."""
    waiting = Message.objects.select_for_update().filter(about=about, state=Message.State.PENDING)
    return Message.objects.filter(pk__in=[message.pk for message in waiting]).update(state=Message.State.CANCELLED)


@transaction.atomic
def mark_read(*, message_id: int, by: User) -> Message:
    """Note that the recipient opened his message, once; raises Message.DoesNotExist for anybody else."""
    message = Message.objects.readable_by(by, clock.now()).select_for_update().get(pk=message_id)
    if message.read_at is None:
        message.read_at = clock.now()
        message.save(update_fields=["read_at"])
    return message


def unread_count(user: User) -> int:
    """How many messages ``user`` has not opened."""
    return Message.objects.readable_by(user, clock.now()).filter(read_at=None).count()
