"""Whether a draw's files still agree with each other and with what the ledger holds of them."""

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from expertpool import clock
from expertpool.ledger.services import data_of, events
from selection import verify_draw
from selection.domain import protocol
from selection.models import Attempt, ContactLine, Draw
from selection.services import draws

#: The check that has no object but the comparison with paper: what nobody compared is not called passed.
PAPER_ONLY = "V07"


@dataclass(frozen=True)
class CheckRow:
    """One numbered check: ``kind`` and ``word`` of its badge, and the reasons or figures."""

    code: str
    label: str
    kind: str
    word: str
    said: tuple[str, ...]


@dataclass(frozen=True)
class Verification:
    """What the stand-alone verifier says of the draw's files at this moment, without any paper to compare them with.

    ``differing``: what is not as the ledger holds it.
    """

    report: verify_draw.Report
    differing: tuple[str, ...]
    at: datetime

    @property
    def passed(self) -> bool:
        """Whether the files agree with each other and with the ledger; nothing is said of paper."""
        return self.report.status == 0 and not self.differing

    @property
    def rows(self) -> list[CheckRow]:
        """The fifteen checks."""
        words = {"PASS": ("done", "通过"), "FAIL": ("refused", "不通过"), "NOT CHECKED": ("refused", "未能核验")}
        found = []
        for code, label, verdict, said in self.report.checks:
            kind, word = ("soon", "未与纸面核对") if (code, verdict) == (PAPER_ONLY, "PASS") else words[verdict]
            found.append(CheckRow(code, label, kind, word, tuple(said)))
        return found

    @property
    def paper(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Of each attempt what the inspector's slip and the record sheet must say: M, his share, the head."""
        return [(name, [(label, value) for label, value, _same in values]) for name, _draw, _alg, _state, values in self.report.attempts]


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
    differing = tuple(name for part, name in PARTS.items() if told[part] != now[part])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bundle.zip"
        path.write_bytes(draws.bundle(draw))
        report = verify_draw.examine(str(path))
    return Verification(report, differing, clock.now())
