"""Refusals: what a rule says when it says no, in words a user can act on, with its article."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

SHORTEST_REASON = 5


class Edition(Protocol):
    """What a refusal needs to know of an edition of a regulation."""

    @property
    def code(self) -> str: ...

    @property
    def file_hash(self) -> str: ...


@dataclass(frozen=True)
class Refusal:
    """One reason why an act is not done.

    ``code`` is stable and for programs, ``message`` is Chinese and says what is wrong and what to do,
    ``article`` is the short key of the provision (as ``13(2)b``) and ``regulation`` its code; both are empty when
    no regulation but plain sense forbids it. ``edition`` is the hash of the edition whose words the article has, so that
    a page quotes what was decided under and not what is in force by now; empty means the one of today. ``field`` names
    the form field that the reason belongs to.
    """

    code: str
    message: str
    article: str = ""
    regulation: str = ""
    field: str = ""
    edition: str = ""

    @classmethod
    def under(cls, edition: "Edition", code: str, message: str, article: str = "", *, field: str = "") -> "Refusal":
        """A refusal by ``article`` of ``edition``; where there is no article, by no regulation."""
        if not article:
            return cls(code, message, field=field)
        return cls(code, message, article, edition.code, field, edition.file_hash)

    def __str__(self) -> str:
        return str(self.message)


class Refused(Exception):
    """Raised by a service that does not do what it was asked; nothing has been changed."""

    def __init__(self, *refusals: Refusal) -> None:
        if not refusals:
            raise ValueError("a refusal needs a reason")
        super().__init__("；".join(str(refusal) for refusal in refusals))
        self.refusals = refusals


def refuse_if(*refusals: Refusal | None) -> None:
    """Raise :class:`Refused` with those of ``refusals`` that are not None."""
    standing = [refusal for refusal in refusals if refusal is not None]
    if standing:
        raise Refused(*standing)


def refuse_all(refusals: Iterable[Refusal]) -> None:
    """Raise :class:`Refused` with every refusal of the iterable, if there is one."""
    refuse_if(*refusals)


def why_not_text(text: str, what: str, field: str, *, at_least: int = SHORTEST_REASON) -> Refusal | None:
    """The reason why ``text`` does not do as ``what`` (Chinese), or None."""
    if len(text.strip()) >= at_least:
        return None
    return Refusal("no-reason", f"请填写{what}，至少{at_least}个字。", field=field)
