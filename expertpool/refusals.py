"""Refusals: what a rule says when it says no, in words a user can act on, with its article."""

from collections.abc import Iterable
from dataclasses import dataclass

SHORTEST_REASON = 5


@dataclass(frozen=True)
class Refusal:
    """One reason why an act is not done.

    ``code`` is stable and for programs, ``message`` is Chinese and says what is wrong and what to do,
    ``article`` is the short key of the provision (as ``13(2)b``) and ``regulation`` its code; both are empty when
    no regulation but plain sense forbids it. ``field`` names the form field that the reason belongs to.
    """

    code: str
    message: str
    article: str = ""
    regulation: str = ""
    field: str = ""

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
