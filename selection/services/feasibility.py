"""Whether the pool can serve a request: bands for who asks, exact counts for who draws (design §9)."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
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
    """The exact counts of a field, for who draws, contacts or asks for a waiver."""

    field: str
    field_id: int
    name: str
    seats: int
    candidates: int
    members: int
    eligible: int
    reasons: tuple[ReasonCount, ...]

    @property
    def missing(self) -> int:
        """How many eligible members are missing for the ratio; 0 if there are enough."""
        return max(0, self.candidates - self.eligible)

    @property
    def band(self) -> str:
        """The band that these numbers make."""
        return band_of(self.eligible, self.candidates)

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


def band_of(eligible: int, candidates: int) -> str:
    """Enough from twice the candidates, tight from once, short below."""
    if eligible >= 2 * candidates:
        return ENOUGH
    return TIGHT if eligible >= candidates else SHORT


def bands(request: DrawRequest, *, regulation: Regulation | None = None, on: date | None = None) -> list[FieldBand]:
    """A band per field, in the order of the form; ``regulation``: the edition to judge by (default: the one in force on ``on``).

    Nothing that the department typed as a name is looked at, neither recusals nor projects and their people: a band
    that moves when one person is named would tell who is in the pool. So a band may promise more than the draw finds.
    """
    rows = list(request.seats.select_related("field"))
    if not rows:
        return []
    loaded = load(request, regulation=regulation, on=on)
    judged = loaded.judge(replace(loaded.request, projects=(), named_units=(), named_persons=()))
    eligible = _eligible(judged)
    found = []
    for row in rows:
        wanted = candidates_for(loaded.regulation, row.count)
        found.append(FieldBand(row.field.code, row.field.name, row.count, wanted, band_of(eligible[row.field.code], wanted)))
    return found


def counts(request: DrawRequest, *, regulation: Regulation | None = None, on: date | None = None) -> list[FieldCount]:
    """The exact counts per field with every reason of exclusion, in the order of the form; ``regulation`` as for :func:`bands`."""
    rows: list[RequestSeats] = list(request.seats.select_related("field"))
    if not rows:
        return []
    loaded = load(request, regulation=regulation, on=on)
    judged = loaded.judge()
    eligible = _eligible(judged)
    found = []
    for row in rows:
        held = [one for one in judged if row.field.code in one.fields]
        tally = Counter(reason for one in held for reason in one.exclusions)
        reasons = tuple(
            ReasonCount(reason.code, reason.name, reason.article, count)
            for reason, count in sorted(tally.items(), key=lambda pair: (-pair[1], pair[0].code))
        )
        found.append(
            FieldCount(
                row.field.code,
                row.field_id,
                row.field.name,
                row.count,
                candidates_for(loaded.regulation, row.count),
                len(held),
                eligible[row.field.code],
                reasons,
            )
        )
    return found


def _eligible(judged: list[Judged]) -> Counter[str]:
    return Counter(code for one in judged if one.eligible for code in one.fields)
