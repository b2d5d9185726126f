"""Sweeps: the work that deadlines cause. Each room lists its own in a module ``sweeps``; all are harmless when repeated."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from expertpool import clock
from expertpool.rooms import rooms

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Swept:
    """What one sweep did: how many rows it moved, or the name of the error that stopped it."""

    name: str
    count: int = 0
    error: str = ""


def run_sweeps(on: date | None = None) -> Iterator[Swept]:
    """Run every room's sweeps for the Beijing day ``on`` (default today), one by one.

    Each keeps its own transactions; one that fails is reported and the others still run.
    """
    day = on or clock.today()
    for room in rooms("sweeps"):
        for sweep in room.SWEEPS:
            name = f"{room.__name__}.{sweep.__name__}"
            try:
                yield Swept(name, sweep(on=day))
            except Exception as error:  # a broken sweep must not keep other people's deadlines from being kept
                log.exception("sweep %s failed", name)
                yield Swept(name, error=type(error).__name__)


def sweep_everything() -> int:
    """The job that the schedule runs: every sweep for today; how many rows moved. Raises when one failed."""
    results = list(run_sweeps())
    failed = [result.name for result in results if result.error]
    if failed:
        raise RuntimeError(f"sweeps failed: {', '.join(failed)}")
    return sum(result.count for result in results)


def sweep_messages_now() -> int:
    """The job that the schedule runs every minute: messages that are due."""
    from expertpool.messaging.sweeps import sweep_messages

    return sweep_messages(on=clock.today())
