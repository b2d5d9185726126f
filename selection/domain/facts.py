"""What the rules of eligibility are told: a request, a member, what he is engaged in. Frozen values. Pure.

All days are Beijing calendar dates. Names of persons are compared, never stored.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from .organisations import OrganisationTree, Unit


@dataclass(frozen=True)
class EmploymentFacts:
    """Where a member works or worked; ``until`` None while it lasts."""

    unit: Unit
    since: date | None = None
    until: date | None = None

    def covers(self, first: date, last: date) -> bool:
        """Whether it held on at least one day from ``first`` to ``last``."""
        return (self.since is None or self.since <= last) and (self.until is None or self.until >= first)


@dataclass(frozen=True)
class Engagement:
    """An activity that the person accepted, in this pool or in another.

    ``counts``: towards this pool's cap. ``standing``: not given back, so that he cannot be elsewhere on its days.
    """

    starts_on: date
    ends_on: date
    counts: bool = True
    standing: bool = True


@dataclass(frozen=True)
class MemberFacts:
    """A member as the rules see him.

    ``suspensions``: first and last day (None: open end). ``draws``: the pool's latest draws that concern the rotation,
    newest first: ``selected``, ``eligible`` or ``sat_out``.
    """

    number: str
    name: str = ""
    exited: bool = False
    fields: tuple[str, ...] = ()
    employments: tuple[EmploymentFacts, ...] = ()
    birth_date: date | None = None
    suspensions: tuple[tuple[date, date | None], ...] = ()
    frozen: bool = False
    term_ends_on: date | None = None
    marks: frozenset[str] = frozenset()
    engagements: tuple[Engagement, ...] = ()
    admitted_on: date | None = None
    decisive_changed_at: datetime | None = None
    title_level: int = 0
    years: int | None = None
    declared_persons: tuple[str, ...] = ()
    declared_units: tuple[int, ...] = ()
    draws: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProjectPersonFacts:
    """A leader or participant of a project, with his unit where it is known."""

    part: str
    name: str
    unit: int | None = None


@dataclass(frozen=True)
class ProjectFacts:
    """A project that the activity judges."""

    applicant: Unit = field(default_factory=Unit)
    people: tuple[ProjectPersonFacts, ...] = ()


@dataclass(frozen=True)
class RequestFacts:
    """A request as the rules see it. ``approved_at`` aware, ``approved_on`` its Beijing day; both None before approval."""

    starts_on: date
    ends_on: date
    approved_at: datetime | None = None
    approved_on: date | None = None
    projects: tuple[ProjectFacts, ...] = ()
    named_units: tuple[int, ...] = ()
    named_persons: tuple[str, ...] = ()
    min_title_level: int = 0
    min_years: int | None = None
    waived: frozenset[str] = frozenset()
    already_drawn: frozenset[str] = frozenset()
    tree: OrganisationTree = field(default_factory=OrganisationTree)
