"""Editions of a deployment's own for tests: a built-in one, by default Xinjiang's, with some of its words exchanged, and the next one."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from expertpool import clock
from expertpool.regulations import Regulation, catalogue


def own_edition(folder: Path, monkeypatch, code: str, *changes: tuple[str, str], like: str = "xinjiang-2025") -> Regulation:
    """Install a copy of the edition of ``like`` under ``code`` with each text exchanged for the other; it is in force."""
    [built_in] = catalogue.editions(like)
    text = built_in.source.decode().replace(f'code = "{like}"', f'code = "{code}"', 1)
    # What the paper's own rules rest on is not so once other people act.
    for practice in ("one_office", "separation", "inspector_read", "watch"):
        text = text.replace(f'practice = "{practice}"\n', "")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    place = folder / code / f"{built_in.effective_from.isoformat()}.toml"
    place.parent.mkdir(parents=True)
    place.write_text(text)
    monkeypatch.setenv(catalogue.EXTRA_VARIABLE, str(folder))
    catalogue.clear_cache()
    [edition] = catalogue.editions(code)
    return edition


def followed_by(path: Path, first_day: date, *changes: tuple[str, str]) -> tuple[Regulation, Regulation]:
    """From ``first_day`` on another edition speaks, the one at ``path`` with these texts exchanged; the two of them.

    Call it before anything is decided: the file of the first one changes too, as it ends the day before.
    """
    text = path.read_text(encoding="utf-8")
    begins = f"effective_from = {path.stem}"
    assert begins in text
    later = text.replace(begins, f"effective_from = {first_day}")
    for old, new in changes:
        assert old in later, old
        later = later.replace(old, new)
    lines = [line for line in text.splitlines() if not line.startswith("effective_to = ")]
    ends = f"{begins}\neffective_to = {first_day - timedelta(days=1)}"
    path.write_text("\n".join(lines).replace(begins, ends), encoding="utf-8")
    path.with_name(f"{first_day}.toml").write_text(later, encoding="utf-8")
    catalogue.clear_cache()
    first, second = catalogue.editions(path.parent.name)
    return first, second


def two_editions(folder: Path, monkeypatch, code: str, first_day: date, *changes: tuple[str, str]) -> None:
    """Install a copy of Xinjiang's edition under ``code``, and from ``first_day`` on one with each text exchanged for the other."""
    own_edition(folder, monkeypatch, code)
    [path] = (folder / code).iterdir()
    followed_by(path, first_day, *changes)


def decided(thing: Any, pool: Any) -> Any:
    """``thing``, decided under the edition of the day."""
    thing.decide_under(pool.regulation_on(clock.today()))
    thing.save()
    return thing
