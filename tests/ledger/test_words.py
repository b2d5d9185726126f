"""Every kind of event that the project writes has a name in Chinese."""

import re
from pathlib import Path

from expertpool.desk.ledger_page import words

ROOT = Path(__file__).resolve().parents[2]


def test_every_kind_of_event_has_a_name():
    written = set()
    for room in ("expertpool", "experts", "selection", "evaluation", "demo"):
        for path in (ROOT / room).rglob("*.py"):
            for call in re.finditer(r"\brecord\(\s*([^,)]+),\s*subject=", path.read_text()):
                written |= set(re.findall(r'"([a-z_]+\.[a-z_-]+)"', call[1]))
    assert len(written) > 50
    assert sorted(written - set(words())) == []
