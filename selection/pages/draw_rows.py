"""The rows that the draw page shows, and what it offers; worked out by :class:`selection.pages.draw.DrawPage`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from expertpool.ledger.models import LedgerEvent
from expertpool.refusals import Refusal
from experts.models import Expert
from selection.models import Invitation


@dataclass(frozen=True)
class FieldProgress:
    """How many of a field's seats are taken."""

    code: str
    name: str
    wanted: int
    seated: int
    standbys: int
    missing: int


@dataclass(frozen=True)
class PlaceRow:
    """One position of a list. ``number`` is empty while its turn has not come; ``expert`` is given for the position that is due."""

    position: int
    number: str
    badge: tuple[str, str]
    reason: str
    at: datetime | None
    candidate_id: int
    invitation: Invitation | None
    expert: Expert | None


@dataclass(frozen=True)
class ListShown:
    """The list of one field in one round."""

    round: int
    name: str
    seats: int
    standby: int
    candidates: int
    rows: list[PlaceRow]


@dataclass(frozen=True)
class PersonRow:
    """An expert who takes part, once his name may be seen."""

    name: str
    title: str
    employer: Any
    number: str
    field: str
    seated: bool


@dataclass(frozen=True)
class EventRow:
    """An event of the ledger, in words; codes only."""

    event: LedgerEvent
    who: str
    words: Any
    detail: str


@dataclass(frozen=True)
class Offers:
    """What the reader may do now. A list holds the reasons against an act that is his; None: it is not his, or not now."""

    join: bool = False
    leave: bool = False
    freeze: list[Refusal] | None = None
    share: list[Refusal] | None = None
    abort: bool = False
    give_up: bool = False
    to_invite: int = 0
    supplement: list[Refusal] | None = None
    #: Codes of the fields whose shortage may be waived for the next round.
    short: tuple[str, ...] = ()
    unreached: bool = False
    phone: bool = False
