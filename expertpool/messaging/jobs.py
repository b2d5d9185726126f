"""What a worker does for messages."""

from . import services


def deliver_message(message_id: int) -> bool:
    """Deliver one message; harmless when it runs twice."""
    return services.deliver(message_id)
