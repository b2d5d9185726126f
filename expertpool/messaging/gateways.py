"""The ways by which a message leaves: which addresses each serves, and how it sends."""

import logging
import os
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMessage

from .models import Message

log = logging.getLogger(__name__)


class Gateway(Protocol):
    """One way out."""

    name: str

    def serves(self, address: str) -> bool:
        """Whether this gateway can reach ``address``."""

    def send(self, message: Message) -> None:
        """Send, or raise."""


class ConsoleGateway:
    """Demonstration: a text file a message below DATA_DIR/outbox; the log tells ids only."""

    name = "console"

    def serves(self, address: str) -> bool:
        return True

    def send(self, message: Message) -> None:
        folder = settings.DATA_DIR / "outbox"
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / f"{message.pk:08d}-{message.kind.replace('/', '_')}.txt"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"收件：{message.address}\n标题：{message.title}\n\n{message.body}\n")
        log.info("message %s (%s, %s) written to the outbox folder", message.pk, message.kind, message.about)


class EmailGateway:
    """SMTP, by Django's mail settings. The message id makes a second copy recognisable as one."""

    name = "email"

    def serves(self, address: str) -> bool:
        return "@" in address

    def send(self, message: Message) -> None:
        domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"
        EmailMessage(
            subject=message.title,
            body=message.body,
            to=[message.address],
            headers={"Message-ID": f"<expertpool-{message.pk}@{domain}>"},
        ).send()


GATEWAYS: dict[str, Gateway] = {gateway.name: gateway for gateway in (ConsoleGateway(), EmailGateway())}


def gateway_for(address: str) -> Gateway | None:
    """The first of settings.MESSAGE_GATEWAYS that serves ``address``; None when none does."""
    for name in settings.MESSAGE_GATEWAYS:
        if GATEWAYS[name].serves(address):
            return GATEWAYS[name]
    return None
