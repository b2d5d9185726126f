"""Editions of a deployment's own for tests: a built-in one, by default Xinjiang's, with some of its words exchanged."""

from pathlib import Path

from expertpool.regulations import Regulation, catalogue


def own_edition(folder: Path, monkeypatch, code: str, *changes: tuple[str, str], like: str = "xinjiang-2025") -> Regulation:
    """Install a copy of the edition of ``like`` under ``code`` with each text exchanged for the other; it is in force."""
    [built_in] = catalogue.editions(like)
    text = built_in.source.decode().replace(f'code = "{like}"', f'code = "{code}"', 1)
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
