"""One line of the table."""

import time
from collections.abc import Callable
from typing import Any

COLUMN = "{:<60} {:>10} {:>10} {:>7}"


def seconds(work: Callable[[], Any]) -> float:
    """Seconds of one run."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def shown(time_taken: float) -> str:
    return f"{time_taken:.2f} s" if time_taken >= 1 else f"{time_taken * 1e3:.2f} ms"


def compare(what: str, floor: Callable[[], Any], ours: Callable[[], Any], repeats: int = 5) -> None:
    """One line of the table: floor and task in turn, so that a busy minute slows both; the best of each counts."""
    runs = [(seconds(floor), seconds(ours)) for _ in range(repeats)]
    least, taken = (min(column) for column in zip(*runs, strict=True))
    line(what, least, taken)


def heading() -> None:
    print(COLUMN.format("what", "floor", "ours", "ratio"), flush=True)


def line(what: str, least: float, taken: float) -> None:
    """What was done, the seconds of its floor and its own."""
    print(COLUMN.format(what, shown(least), shown(taken), f"{taken / least:.1f}"), flush=True)
