"""All editions that are installed: the built-in folder, and the deployment's own."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path

from .loader import RegulationError, load
from .schema import Regulation

BUILT_IN = Path(__file__).parent / "data"
#: Environment: a folder with further editions.
EXTRA_VARIABLE = "EXPERTPOOL_REGULATIONS"
#: Environment: codes of drafts that this deployment works under, comma-joined.
DRAFTS_VARIABLE = "EXPERTPOOL_DRAFT_REGULATIONS"


class NoEditionInForce(LookupError):
    """No edition of a regulation is in force on a day. code, on: what was asked for."""

    def __init__(self, code: str, on: date, reason: str) -> None:
        self.code = code
        self.on = on
        super().__init__(reason)


@dataclass(frozen=True)
class Catalogue:
    """Editions, sorted by code and first day. drafts: codes of drafts that count as in force."""

    all: tuple[Regulation, ...]
    drafts: frozenset[str] = frozenset()

    @cached_property
    def _by_hash(self) -> dict[tuple[str, str], Regulation]:
        return {(one.code, one.file_hash): one for one in self.all}

    def editions(self, code: str | None = None) -> tuple[Regulation, ...]:
        """All editions, or those of one regulation, oldest first."""
        return tuple(one for one in self.all if code is None or one.code == code)

    def usable(self, code: str) -> tuple[Regulation, ...]:
        """The editions of a regulation that may be worked under on their days, oldest first: no draft, unless the deployment says so."""
        return tuple(one for one in self.editions(code) if one.status == "in_force" or code in self.drafts)

    def in_force(self, code: str, on: date) -> Regulation:
        """The edition in force on a Beijing date. Raises NoEditionInForce with a text for an official."""
        editions = self.editions(code)
        if not editions:
            raise NoEditionInForce(code, on, f"没有代码为“{code}”的管理办法，请检查办法文件目录。")
        day = f"{on.year}年{on.month}月{on.day}日"
        name = editions[-1].short_name
        usable = self.usable(code)
        if not usable:
            raise NoEditionInForce(code, on, f"《{name}》尚未发布（征求意见稿），未经启用不能据以办理。")
        for one in usable:
            if one.in_force_on(on):
                return one
        if on < usable[0].effective_from:
            first = usable[0].effective_from
            reason = f"自{first.year}年{first.month}月{first.day}日起施行"
        else:
            last = max(one.effective_to for one in usable if one.effective_to and one.effective_to < on)
            reason = f"有效期至{last.year}年{last.month}月{last.day}日"
        raise NoEditionInForce(code, on, f"{day}没有生效的《{name}》（{reason}）。请载入新的办法文件后再办理。")

    def get(self, code: str, which: str | date) -> Regulation:
        """An edition by its file hash, or the one in force on a date.

        An unknown hash raises LookupError: the file that a decision was taken under is no longer installed.
        """
        if isinstance(which, date):
            return self.in_force(code, which)
        try:
            return self._by_hash[code, which]
        except KeyError:
            raise LookupError(f"没有找到“{code}”的这一版办法文件（{which[:12]}…）。") from None


def read(folders: Iterable[Path], *, drafts: Iterable[str] = ()) -> Catalogue:
    """All editions under these folders.

    Raises RegulationError for a bad or misplaced file and for two editions of one regulation in force on one day.
    """
    editions = [_load_placed(folder, path) for folder in folders for path in sorted(folder.rglob("*.toml"))]
    editions.sort(key=lambda one: (one.code, one.effective_from, str(one.file)))
    for one, following in pairwise(editions):
        refuse_overlap(one, following)
    return Catalogue(tuple(editions), frozenset(drafts))


def _load_placed(folder: Path, path: Path) -> Regulation:
    """One edition of a folder; it must stand at `<code>/<first day>.toml`, where the next official looks for it."""
    try:
        regulation = load(path)
    except RegulationError as error:
        # Editions of several regulations may bear one date: the folder tells them apart.
        raise RegulationError(path.relative_to(folder).as_posix(), error.key, error.reason) from None
    place = f"{regulation.code}/{regulation.effective_from.isoformat()}.toml"
    if path.relative_to(folder).as_posix() != place:
        raise RegulationError(path.relative_to(folder).as_posix(), "", f"文件应放在 {place}")
    return regulation


def refuse_overlap(one: Regulation, other: Regulation) -> None:
    """Raise RegulationError if both are editions of one regulation and share a day."""
    first, second = sorted((one, other), key=lambda edition: edition.effective_from)
    if first.code != second.code or not first.in_force_on(second.effective_from):
        return
    raise RegulationError(
        f"{first.file.parent.name}/{first.file.name}、{second.file.parent.name}/{second.file.name}",
        "effective_from",
        f"“{first.code}”的两版办法在{second.effective_from.isoformat()}同时有效",
    )


@lru_cache(maxsize=8)
def _cached(extra: str, drafts: str) -> Catalogue:
    folders = [BUILT_IN]
    if extra:
        if not Path(extra).is_dir():
            raise RegulationError(extra, "", f"环境变量 {EXTRA_VARIABLE} 所指的目录不存在")
        folders.append(Path(extra))
    return read(folders, drafts=[code for code in drafts.split(",") if code])


def catalogue(extra: Path | None = None) -> Catalogue:
    """The catalogue of the built-in folder and of `extra` (default: the folder that the environment names)."""
    folder = str(extra) if extra is not None else os.environ.get(EXTRA_VARIABLE, "")
    return _cached(folder, os.environ.get(DRAFTS_VARIABLE, ""))


def clear_cache() -> None:
    """Read the files again at the next call."""
    _cached.cache_clear()


def editions(code: str | None = None) -> tuple[Regulation, ...]:
    """All installed editions, or those of one regulation, oldest first."""
    return catalogue().editions(code)


def in_force(code: str, on: date) -> Regulation:
    """The edition in force on a Beijing date. Raises NoEditionInForce."""
    return catalogue().in_force(code, on)


def get(code: str, which: str | date) -> Regulation:
    """An edition by its file hash, or the one in force on a date. Raises LookupError."""
    return catalogue().get(code, which)


def check_file(path: Path) -> Regulation:
    """Read one file as if it were added to the catalogue.

    Raises RegulationError if it is bad or if it overlaps an installed edition; OSError if it cannot be read.
    """
    regulation = load(path)
    for other in catalogue().all:
        if other.file.resolve() != path.resolve():
            refuse_overlap(regulation, other)
    return regulation
