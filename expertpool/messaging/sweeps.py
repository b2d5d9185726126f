"""Messages that are due: what no worker sent in time."""

from datetime import date

from expertpool import clock

from . import services
from .models import Message

BATCH = 500


def sweep_messages(*, on: date) -> int:
    """Send what is due at the end of ``on`` or, today, by now; how many were sent."""
    until = min(clock.end_of(on), clock.now())
    due = list(Message.objects.due_by(until).order_by("due_at", "pk").values_list("pk", flat=True)[:BATCH])
    return sum(services.deliver(number) for number in due)


SWEEPS = [sweep_messages]
