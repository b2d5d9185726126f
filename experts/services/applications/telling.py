"""Telling the filing side what became of an application."""

from expertpool.messaging.services import queue_message
from experts.models import Application


def tell_filer(application: Application, source: str, outcome: str, reason: str) -> None:
    """Put an answer into the filer's messages; once for each ``source``."""
    body = f"入库申请{application.number}：{outcome}。"
    if reason.strip():
        body += f"\n理由：{reason.strip()}"
    queue_message(
        kind="application.answered",
        to=application.filed_by,
        address="",
        title=f"入库申请{application.number}{outcome}",
        body=body,
        about=f"application:{application.pk}",
        idem=f"application.answered:{source}",
        pool=application.pool.code,
    )
