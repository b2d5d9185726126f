"""The guide to writing an edition (docs/regulations.md), and the whole file that it writes piece by piece."""

import re
from pathlib import Path

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "regulations.md").read_text(encoding="utf-8")
FILE = "\n".join(re.findall(r"^```toml\n(.*?)^```$", GUIDE, re.M | re.S))
EXAMPLES = re.findall(r"^```toml example\n(.*?)^```$", GUIDE, re.M | re.S)
