"""What the pool is for, who keeps it, and its fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .base import Fail, Provision, RoleCode
from .defaults import silent
from .recusal import check_draw_code


@dataclass(frozen=True, kw_only=True)
class Management(Provision):
    """Who keeps the pool day by day, and who may look into it without keeping it.

    kept_by: who prepares, records and looks up. read_by: who reads its files, its ledger and its dossiers.
    """

    kept_by: tuple[RoleCode, ...] = silent("management.kept_by")
    kept_article: str = ""
    read_by: tuple[RoleCode, ...] = silent("management.read_by")
    read_article: str = ""


@dataclass(frozen=True, kw_only=True)
class Doubts(Provision):
    """Who decides whether two entries mean the same person or unit; never who filed the request or freezes the list."""

    decided_by: RoleCode = silent("doubts.decided_by")
    decided_article: str = ""


@dataclass(frozen=True, kw_only=True)
class Activities(Provision):
    """The closed list of activities for which experts may be drawn."""

    types: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Field(Provision):
    """A professional field; `code` is what the draw's files carry."""

    code: str
    name: str


def check_fields(regulation: Any, fail: Fail) -> None:
    """The fields of an edition, and whether there may be more."""
    for index, one in enumerate(regulation.fields, 1):
        check_draw_code(one.code, f"fields[{index}].code", fail)
    if regulation.fields_article and "fields_extensible" not in regulation.given:
        fail("fields_article", "写了依据，却没有写明所依据的内容：fields_extensible")
    if not regulation.fields and not regulation.fields_extensible:
        fail("fields_extensible", "没有列出专业领域，又不得增加，就没有专业领域可用")
