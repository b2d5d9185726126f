"""Official forms, printed exactly."""

from __future__ import annotations

from dataclasses import dataclass

from .base import Provision


@dataclass(frozen=True, kw_only=True)
class FormField(Provision):
    """A box of an official form; `label` is verbatim."""

    code: str
    label: str
    group: str = ""


@dataclass(frozen=True, kw_only=True)
class Form(Provision):
    """An official form, to be printed exactly. footnote: the form's own note, verbatim."""

    title: str
    fields: tuple[FormField, ...] = ()
    footnote: str = ""
    stamp: str = ""
