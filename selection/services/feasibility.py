"""Whether the pool can serve a request: bands for who asks, exact counts for who draws (design §9)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from selection.domain import protocol
from selection.domain.protocol import Census, Need
from selection.models import DrawRequest, RequestSeats
from selection.services.eligibility import Judged, load

ENOUGH, TIGHT, SHORT = "enough", "tight", "short"
BAND_NAMES: dict[str, Any] = {ENOUGH: _("充足"), TIGHT: _("偏紧"), SHORT: _("不足")}
BAND_KINDS = {ENOUGH: "done", TIGHT: "soon", SHORT: "refused"}


@dataclass(frozen=True)
class FieldBand:
    """How well a field is served: ``band`` is enough, tight or short. No number of members stands here."""

    field: str
    name: str
    seats: int
    candidates: int
    band: str

    @property
    def band_name(self) -> Any:
        """充足, 偏紧 or 不足."""
        return BAND_NAMES[self.band]

    @property
    def kind(self) -> str:
        """The kind of its badge."""
        return BAND_KINDS[self.band]


@dataclass(frozen=True)
class ReasonCount:
    """How many members of a field one reason excludes."""

    code: str
    name: str
    article: str
    count: int


@dataclass(frozen=True)
class FieldCount:
    """The exact counts of a field, for who draws, contacts or asks for a waiver.

    ``missing``: how many eligible members are missing for the ratio, together with the fields named in ``together`` where
    the same people hold several; 0 if there are enough. ``waivable``: whether a waiver could help, since there are
    enough for the seats themselves.
    """

    field: str
    field_id: int
    name: str
    seats: int
    candidates: int
    members: int
    eligible: int
    reasons: tuple[ReasonCount, ...]
    band: str
    missing: int = 0
    together: tuple[str, ...] = ()
    waivable: bool = False

    @property
    def band_name(self) -> Any:
        """充足, 偏紧 or 不足."""
        return BAND_NAMES[self.band]

    @property
    def kind(self) -> str:
        """The kind of its badge."""
        return BAND_KINDS[self.band]


@acts_on("draw.ratio")
def candidates_for(regulation: Regulation, seats: int) -> int:
    """How many candidates must be drawn for so many seats: the edition's ratio (第十三条（二）)."""
    return seats * int(regulation.said("draw.ratio").value)


@acts_on("contact.standby")
@acts_on("contact.standby.per_seats")
@acts_on("contact.standby.minimum")
def need_for(regulation: Regulation, field: str, seats: int) -> Need:
    """What a field needs at the full ratio: its seats, its standbys, and a list that is long enough for both."""
    rule = regulation.contact.standby if regulation.contact else None
    standby = rule.count(seats) if rule else 0
    return Need(field, seats, max(candidates_for(regulation, seats), seats + standby), standby)


def band_of(field: str, census: Census, needs: Sequence[Need]) -> str:
    """Short where the lists cannot be filled together, tight where lists twice as long could not, else enough.

    Who holds several fields counts for one of them only, as in the draw.
    """
    if any(field in short.fields for short in protocol.shortages(census, needs)):
        return SHORT
    twice = {need.field: 2 * need.candidates for need in needs}
    return TIGHT if any(field in short.fields for short in protocol.shortages(census, needs, wanted=twice)) else ENOUGH


def bands(request: DrawRequest, *, regulation: Regulation | None = None, on: date | None = None) -> list[FieldBand]:
    """A band per field, in the order of the form; ``regulation``: the edition to judge by (default: the one in force on ``on``).

    Nothing that the department typed as a name is looked at, neither recusals nor projects and their people: a band
    that moves when one person is named would tell who is in the pool. So a band may promise more than the draw finds.
    """
    rows = list(request.seats.select_related("field"))
    if not rows:
        return []
    loaded = load(request, regulation=regulation, on=on)
    census = _census(loaded.judge(replace(loaded.request, projects=(), named_units=(), named_persons=())))
    needs = [need_for(loaded.regulation, row.field.code, row.count) for row in rows]
    return [
        FieldBand(need.field, row.field.name, need.seats, need.candidates, band_of(need.field, census, needs))
        for row, need in zip(rows, needs, strict=True)
    ]


def counts(request: DrawRequest, *, regulation: Regulation | None = None, on: date | None = None) -> list[FieldCount]:
    """The exact counts per field with every reason of exclusion, in the order of the form; ``regulation`` as for :func:`bands`."""
    rows: list[RequestSeats] = list(request.seats.select_related("field"))
    if not rows:
        return []
    loaded = load(request, regulation=regulation, on=on)
    judged = loaded.judge()
    census = _census(judged)
    needs = [need_for(loaded.regulation, row.field.code, row.count) for row in rows]
    names = {row.field.code: row.field.name for row in rows}
    short_with = {code: short for short in protocol.shortages(census, needs) for code in short.fields}
    seatless = {
        code for short in protocol.shortages(census, needs, wanted={need.field: need.seats for need in needs}) for code in short.fields
    }
    found = []
    for row, need in zip(rows, needs, strict=True):
        held = [one for one in judged if need.field in one.fields]
        short = short_with.get(need.field)
        found.append(
            FieldCount(
                field=need.field,
                field_id=row.field_id,
                name=row.field.name,
                seats=need.seats,
                candidates=need.candidates,
                members=len(held),
                eligible=census.eligible_in([need.field]),
                reasons=_reasons(held),
                band=band_of(need.field, census, needs),
                missing=short.missing if short else 0,
                together=tuple(names[code] for code in short.fields) if short and len(short.fields) > 1 else (),
                waivable=short is not None and need.field not in seatless,
            )
        )
    return found


def _reasons(held: Iterable[Judged]) -> tuple[ReasonCount, ...]:
    tally = Counter(reason for one in held for reason in one.exclusions)
    return tuple(
        ReasonCount(reason.code, reason.name, reason.article, count)
        for reason, count in sorted(tally.items(), key=lambda pair: (-pair[1], pair[0].code))
    )


def _census(judged: Iterable[Judged]) -> Census:
    return Census.of((one.fields, one.reasons, False) for one in judged)
