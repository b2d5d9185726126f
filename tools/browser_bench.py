"""The browser verifier's speed in Chromium: microseconds a ticket, seconds for a whole bundle.

`measure(page, files)` wants a page that has the verifier's scripts (``load`` adds them to an empty one). Run alone it
prints the figures of a draw from 65,650 eligible members.
"""

import shutil
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("words", "hashes", "bundle", "grammar", "lists", "course", "paper", "checks")
TICKETS = """(algorithm) => {
  const start = new ZJK.Hasher(algorithm).text(`zjkdraw/1|ticket|${"a".repeat(64)}|DZXX|`), work = new ZJK.Hasher(algorithm);
  const run = (count) => {
    const from = performance.now();
    for (let n = 0; n < count; n++) work.copy(start).text(`XJ-${1000000 + n}`).finish().hex();
    return (performance.now() - from) * 1000 / count;
  };
  run(20000);
  return run(100000);
}"""
BUNDLE = """async (files) => {
  const from = performance.now(), report = await ZJK.verifyTexts(files);
  return {seconds: (performance.now() - from) / 1000, status: report.status};
}"""


def load(page: Any) -> None:
    """Give an empty page the scripts that compute."""
    for name in PARTS:
        page.add_script_tag(path=str(ROOT / "static" / "verify" / f"{name}.js"))


def measure(page: Any, files: dict[str, str]) -> dict[str, Any]:
    """Microseconds a ticket by algorithm, seconds of a bundle, and the verdict's status on it."""
    return {**{algorithm: page.evaluate(TICKETS, algorithm) for algorithm in ("sm3", "sha256")}, **page.evaluate(BUNDLE, files)}


def main() -> None:
    from playwright.sync_api import sync_playwright

    sys.path.insert(0, str(ROOT))
    from tests.selection.random_bundles import large_draw

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        load(page)
        for algorithm in ("sm3", "sha256"):
            found = measure(page, large_draw(65_650, algorithm))
            print(f"{algorithm}: {found[algorithm]:.2f} µs a ticket, 65,650 eligible in {found['seconds']:.2f} s, status {found['status']}")
        browser.close()


if __name__ == "__main__":
    main()
