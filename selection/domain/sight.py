"""Who sees how much of a draw and its people, and when: one table, by duty, for every page, file and export. Pure.

Who holds two duties sees the union of their rows, never more.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, fields
from datetime import date

from expertpool.regulations.acting import acts_on

#: States in which the names are settled.
SETTLED = frozenset({"confirmed", "held", "closed"})
#: States in which there are people to be seen at all.
PEOPLED = SETTLED | {"drawing"}
#: States in which the requester may still change what he asks for.
OPEN_TO_CHANGE = frozenset({"draft", "returned"})
#: States before the draw, in which the pool is looked at for what is asked for.
LOOKED_AT = OPEN_TO_CHANGE | {"under_approval", "approved"}

BANDS, COUNTS = "bands", "counts"


@dataclass(frozen=True)
class Sight:
    """What somebody sees.

    ``progress``: how many of the seats are confirmed. ``counts``: how many are in the pool, eligible and excluded;
    ``reasons``: the same by reason. ``files``: M and the manifest. ``codes``: outcomes under membership numbers, of the
    positions whose turn has come. ``order``: the whole drawn order, the pool file and the bundle, under numbers.
    ``due_names``: name and phone of the position that is due. ``names``: the people.
    """

    progress: bool = False
    counts: bool = False
    reasons: bool = False
    files: bool = False
    codes: bool = False
    order: bool = False
    due_names: bool = False
    names: bool = False

    def __or__(self, other: "Sight") -> "Sight":
        return Sight(**{one.name: getattr(self, one.name) or getattr(other, one.name) for one in fields(Sight)})


@dataclass(frozen=True)
class _Moment:
    """Where a request stands. ``known``: the experts are confirmed or handed over; ``opened``: handed over, by the activity's first day."""

    state: str
    known: bool
    opened: bool


def _asks(at: _Moment) -> Sight:
    """Who asked for the experts, records who came and evaluates them: until the last evaluation is in."""
    return Sight() if at.state == "closed" else Sight(progress=True, names=at.opened)


def _draws(at: _Moment) -> Sight:
    """Who runs the draw, and does not contact: numbers can be looked up in the pool, so they wait for the names."""
    return Sight(progress=True, counts=True, reasons=True, files=True, codes=at.opened, order=at.opened, names=at.opened)


def _contacts(at: _Moment) -> Sight:
    """Who contacts: the one position that is due, the names once they are confirmed."""
    return Sight(progress=True, counts=True, files=True, codes=True, order=at.known, due_names=True, names=at.known)


def _watches(at: _Moment) -> Sight:
    """Who watches or gives the share: everything under numbers, the names once they are confirmed, and always afterwards."""
    return Sight(progress=True, counts=True, reasons=True, files=True, codes=True, order=True, names=at.known)


def _approves(at: _Moment) -> Sight:
    """Who approves, decides a waiver, reads or keeps the pool: counts, the names from the hand-over."""
    return Sight(progress=True, counts=True, names=at.opened)


_ROWS: dict[str, Callable[[_Moment], Sight]] = {
    "requests.file": _asks,
    "attendance.record": _asks,
    "evaluation.score": _asks,
    "draw.run": _draws,
    "contact.run": _contacts,
    "contact.record": _contacts,
    "draw.watch": _watches,
    "draw.share": _watches,
    "approval.*": _approves,
    "requests.send_back": _approves,
    "waiver.shortage": _approves,
    "waiver.cap": _approves,
    "draw.countersign": _approves,
    "members.keep": _approves,
    "pool.read": _approves,
}
#: The duties that let somebody see anything of a draw; ask which of them the reader holds for the request in question.
SEEING = tuple(_ROWS)


@acts_on("rules.practice", "need_to_know", "access_ends")
def sight(duties: Collection[str], *, state: str, starts_on: date | None, on: date) -> Sight:
    """What who holds ``duties`` (of :data:`SEEING`) for a request sees of it, on the Beijing day ``on``.

    ``state`` is the request's, ``starts_on`` the first day of its activity: on it the names are handed over.
    """
    opened = state in PEOPLED and starts_on is not None and starts_on <= on
    moment = _Moment(state, known=state in SETTLED or opened, opened=opened)
    seen = Sight()
    for duty in duties:
        seen |= _ROWS[duty](moment) if duty in _ROWS else Sight()
    return seen


def estimate(duties: Collection[str], *, state: str) -> str:
    """What of the pool is shown before the draw to who holds ``duties``: ``bands``, ``counts`` or nothing.

    Exact counts are for who draws, contacts or asks for a waiver. While somebody can still change what he asks for he sees
    bands and no more: a count that moves when he names a person would tell him that this person is in the pool.
    """
    if state not in LOOKED_AT:
        return ""
    asks = "requests.file" in duties
    if asks and state in OPEN_TO_CHANGE:
        return BANDS
    if not {"draw.run", "contact.run", "waiver.shortage"}.isdisjoint(duties):
        return COUNTS
    return BANDS if asks else ""
