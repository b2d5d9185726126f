"""Whether a draw's files still agree with each other and with what the ledger holds of them."""

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from expertpool import clock
from expertpool.ledger.services import data_of, events
from selection import verify_draw
from selection.domain import draw as protocol
from selection.models import Attempt, ContactLine, Draw
from selection.services import draws


@dataclass(frozen=True)
class Verification:
    """What the stand-alone verifier says of the draw's files at this moment."""

    passed: bool
    lines: tuple[str, ...]
    at: datetime


def _told(draw: Draw) -> dict[str, list[str]]:
    """The hashes that the ledger holds of a draw, by what they are of, in their order."""
    found: dict[str, list[str]] = {"manifest": [], "result": [], "abort": [], "head": []}
    keys = {
        "draw.frozen": "manifest",
        "draw.drawn": "result",
        "draw.aborted": "abort",
        "contact.recorded": "head",
        "contact.closed": "head",
    }
    for event in events(f"draw:{draw.number}", pool=draw.request.pool.code).filter(kind__in=keys):
        found[keys[event.kind]].append(str(data_of(event).get(keys[event.kind], "")))
    return found


def _computed(draw: Draw, attempts: list[Attempt], lines: list[ContactLine]) -> dict[str, list[str]]:
    """The same hashes, computed again from the texts as they stand in the database."""
    results = {one.pk: protocol.h(draw.alg, one.result_text) for one in attempts if one.result_text}
    heads = []
    for attempt in attempts:
        before = results.get(attempt.pk, "")
        for line in (one for one in lines if one.attempt_id == attempt.pk):
            before = protocol.h(draw.alg, f"{before}|{line.text}")
            heads.append(before)
    return {
        "manifest": [protocol.h(draw.alg, one.manifest_text) for one in attempts],
        "result": [results[one.pk] for one in attempts if one.pk in results],
        "abort": [protocol.h(draw.alg, one.abort_text) for one in attempts if one.abort_text],
        "head": heads,
    }


PARTS = {"manifest": "清单", "result": "抽取结果", "abort": "中止记录", "head": "联系记录"}


def verify(draw: Draw, attempts: list[Attempt], lines: list[ContactLine]) -> Verification | None:
    """Run the stand-alone verifier over the draw's bundle and hold its texts against the ledger; None before the first draw.

    The verifier sees whether the files agree with each other, the ledger whether they are still those of the day.
    """
    if all(one.state == Attempt.State.FROZEN for one in attempts):
        return None
    told, now = _told(draw), _computed(draw, attempts, lines)
    differing = [name for part, name in PARTS.items() if told[part] != now[part]]
    said: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bundle.zip"
        path.write_bytes(draws.bundle(draw))
        status = verify_draw.verify(str(path), [], out=said.append)
    said.append(f"与留痕比对：{'、'.join(differing)}与当时登记的校验值不符" if differing else "与留痕比对：全部校验值相符")
    return Verification(status == 0 and not differing, tuple(said), clock.now())
