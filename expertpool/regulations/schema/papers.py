"""What experts sign and what they write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .base import Provision
from .defaults import silent


@dataclass(frozen=True, kw_only=True)
class Document(Provision):
    """A document that an expert signs. text: what he accepts (empty: the office supplies it)."""

    code: str
    name: str
    when: Literal["before_material", "before_activity"] = silent("documents.when")
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Opinions(Provision):
    """Opinions of the experts. one_each: one from everybody who attended. author_only: nobody else edits it."""

    one_each: bool = silent("opinions.one_each")
    author_only: bool = silent("opinions.author_only")
    author_article: str = ""
    dissent: bool = False
    dissent_article: str = ""
    responsible_article: str = ""
