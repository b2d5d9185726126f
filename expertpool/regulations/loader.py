"""From a TOML file, and the paper beside it, to a `Regulation`, or to an error that says what is wrong where."""

from __future__ import annotations

import tomllib
from dataclasses import fields, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .reader import Reader, RegulationError
from .schema import SYSTEM_DEFAULTS, ExclusionReason, Provision, Regulation
from .schema.edition import check
from .schema.paper import Paper, check_against


def load(path: Path) -> Regulation:
    """Read one edition, and its paper (`<same name>.txt`) where it stands beside it.

    Raises RegulationError; an unreadable file raises OSError.
    """
    paper = path.with_suffix(".txt")
    return parse(path.read_bytes(), path, paper.read_bytes() if paper.is_file() else None)


@lru_cache(maxsize=32)  # A folder that is read again holds mostly what it held.
def parse(source: bytes, path: Path, paper: bytes | None = None) -> Regulation:
    """The regulation in these bytes, held against the paper if there is one; `path` is kept and its name stands in errors."""
    try:
        table = tomllib.loads(source.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RegulationError(path.name, "", f"不是有效的 TOML 文件（{error}）") from None
    return regulation_of(table, path, source, paper)


def regulation_of(table: dict[str, Any], path: Path, source: bytes = b"", paper: bytes | None = None) -> Regulation:
    """The regulation that a file's tables say; source: the bytes that they were read from."""
    reader = Reader(path.name)
    if isinstance(exclusions := table.get("exclusions"), dict):
        for code, entry in exclusions.items():
            if isinstance(entry, dict) and "code" in entry:
                reader.fail(f"exclusions.{code}.code", "代码就是表名，不必另写")
    regulation: Regulation = _follow(reader.build(Regulation, table, ""))
    check(regulation, reader.fail)
    text = None
    if paper is not None:
        try:
            text = Paper.of(paper)
        except UnicodeDecodeError:
            reader.fail("", f"原文 {path.with_suffix('.txt').name} 不是 UTF-8 文本")
        check_against(table, text, reader.fail)
    recusal = {
        ground.reason_code: ExclusionReason(code=ground.reason_code, name=ground.name, article=ground.article)
        for ground in regulation.recusal
    }
    return replace(
        regulation,
        exclusions=MappingProxyType({**recusal, **regulation.exclusions}),
        file=path,
        source=source,
        paper=text,
    )


def _follow(regulation: Regulation) -> Regulation:
    """Silences that follow another provision (who records is who contacts) get its value."""
    for item in fields(regulation):
        part = getattr(regulation, item.name)
        if isinstance(part, Provision):
            found: dict[str, Any] = {
                name: regulation.said(f"{item.name}.{name}").value
                for name in sorted(part.defaulted)
                if SYSTEM_DEFAULTS[f"{item.name}.{name}"].same_as
            }
            if found:
                changed: dict[str, Any] = {item.name: replace(part, **found)}
                regulation = replace(regulation, **changed)
    return regulation


__all__ = ["Provision", "RegulationError", "load", "parse", "regulation_of"]
