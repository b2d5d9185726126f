"""How organisations hang together, and how names of units and persons are compared. Pure."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

INTERNAL = "internal"


@dataclass(frozen=True)
class OrganisationTree:
    """How organisations hang together: id → (id of the one above or None, kind of the relation).

    An internal unit is part of the legal entity above it; every other relation leads to an entity of its own
    (第十五条（四）, reading A30).
    """

    above: Mapping[int, tuple[int | None, str]] = field(default_factory=dict)

    def _line(self, unit: int) -> Iterator[tuple[int, bool]]:
        """``unit`` and everything above it, each with whether it is an internal unit of the next."""
        seen: set[int] = set()
        here: int | None = unit
        while here is not None and here not in seen:
            seen.add(here)
            parent, relation = self.above.get(here, (None, ""))
            yield here, relation == INTERNAL and parent is not None
            here = parent

    def entity(self, unit: int) -> int:
        """The legal entity that ``unit`` is, or is a part of."""
        entity = unit
        for here, internal in self._line(unit):
            entity = here
            if not internal:
                break
        return entity

    def institution(self, unit: int) -> int | None:
        """The second-level institution of its entity that ``unit`` is or belongs to; None for the entity itself."""
        found = None
        for here, internal in self._line(unit):
            if not internal:
                break
            found = here
        return found

    def superiors(self, unit: int) -> frozenset[int]:
        """The legal entities above the one of ``unit``."""
        own = self.entity(unit)
        return frozenset(self.entity(here) for here, _ in self._line(unit)) - {own}

    def same_entity(self, one: int, other: int, *, institution_level: bool = False) -> bool:
        """Whether two units belong to one legal entity.

        With ``institution_level`` two different second-level institutions of one entity are told apart; a unit of
        which only the entity is known counts as the same.
        """
        if self.entity(one) != self.entity(other):
            return False
        if not institution_level:
            return True
        mine, theirs = self.institution(one), self.institution(other)
        return mine is None or theirs is None or mine == theirs

    def in_line(self, one: int, other: int) -> bool:
        """Whether the entity of one stands anywhere above that of the other."""
        return self.entity(one) in self.superiors(other) or self.entity(other) in self.superiors(one)


@dataclass(frozen=True)
class Unit:
    """An organisation as somebody wrote it down: a registered one by id, any other by its name."""

    id: int | None = None
    name: str = ""


def same_text(one: str, other: str) -> bool:
    """Whether two names are the same, however their characters and spaces were typed."""
    return bool(plain(one)) and plain(one) == plain(other)


def plain(text: str) -> str:
    """A name as it is compared: width, case, spaces and the kind of dot aside."""
    folded = unicodedata.normalize("NFKC", text)
    # The dot inside names has several code points.
    for dot in "・•‧∙⋅.":
        folded = folded.replace(dot, "·")
    return "".join(folded.split()).casefold()
