"""Who may be drawn for a request, and why somebody may not: every reason with its article. Pure.

Facts come in as frozen dataclasses, reasons go out. All days are Beijing calendar dates; eligibility is judged on the
days of the activity, both included. Names of persons are compared, never stored.
"""

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from expertpool.regulations.schema import RecusalGround, Regulation

INTERNAL = "internal"
# Rules that a waiver of this name sets aside.
ANNUAL_CAP = "annual_cap"
DRAW_RATIO = "draw_ratio"


@dataclass(frozen=True)
class Exclusion:
    """One reason why a member is not drawn; ``code`` stands in pool.txt, ``article`` is a short key."""

    code: str
    article: str
    name: str


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
    """An activity that the member accepted. ``counts``: attended, or accepted and still to come. ``standing``: not given back."""

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

    applicant: Unit = Unit()
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
    tree: OrganisationTree = OrganisationTree()


def birthday(born: date, age: int) -> date:
    """The day on which somebody completes ``age`` years; born on 29 February: the last day of that month."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 2, 28)


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last day of that month."""
    month = day.year * 12 + day.month - 1 - months
    year, month = divmod(month, 12)
    for number in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(number, day.day))
        except ValueError:
            continue
    raise ValueError(day)


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


def exclusions(regulation: Regulation, request: RequestFacts, member: MemberFacts) -> tuple[Exclusion, ...]:
    """Every reason that keeps ``member`` out of the draw for ``request``; none means that he is eligible.

    Serves 第七条, 第十三条, 第十四条, 第十五条 of the first regulation and their counterparts; each reason names its
    article. Every code occurs once.
    """
    found: dict[str, Exclusion] = {}
    for one in (*_standing(regulation, request, member), *_use(regulation, request, member), *_recusals(regulation, request, member)):
        found.setdefault(one.code, one)
    return tuple(found.values())


def _reason(regulation: Regulation, code: str, article: str = "") -> Exclusion:
    reason = regulation.exclusion(code)
    return Exclusion(code, reason.article or article, reason.name)


def _standing(regulation: Regulation, request: RequestFacts, member: MemberFacts) -> Iterator[Exclusion]:
    """Reasons that lie in his membership."""
    if member.exited:
        yield _reason(regulation, "EXITED")
    if any(first <= request.ends_on and (last is None or last >= request.starts_on) for first, last in member.suspensions):
        yield _reason(regulation, "SUSPENDED")
    if member.frozen:
        yield _reason(regulation, "FROZEN", regulation.freeze.article if regulation.freeze else "")
    if member.term_ends_on is not None and member.term_ends_on < request.ends_on:
        yield _reason(regulation, "TERM-ENDED", regulation.term.article if regulation.term else "")
    age = regulation.age_exit
    if age and member.birth_date and not member.marks & set(age.exempt_marks) and birthday(member.birth_date, age.age) <= request.ends_on:
        yield _reason(regulation, "AGE", age.article)
    if request.approved_at is not None:
        changed = member.decisive_changed_at is not None and member.decisive_changed_at > request.approved_at
        entered = member.admitted_on is not None and request.approved_on is not None and member.admitted_on > request.approved_on
        if changed or entered:
            yield _reason(regulation, "CHANGED-AFTER-REQUEST")
    if member.title_level < request.min_title_level or (request.min_years is not None and (member.years or 0) < request.min_years):
        yield _reason(regulation, "UNQUALIFIED")


def _use(regulation: Regulation, request: RequestFacts, member: MemberFacts) -> Iterator[Exclusion]:
    """Reasons that lie in how he has been used."""
    rotation = regulation.rotation
    cap = rotation.annual_cap if rotation else None
    if cap and ANNUAL_CAP not in request.waived:
        used = sum(one.counts and one.starts_on.year == request.starts_on.year for one in member.engagements)
        if used >= cap.limit:
            yield _reason(regulation, "ANNUAL-CAP", cap.article)
    sit_out = rotation.sit_out if rotation else None
    if sit_out and sits_out(member.draws, sit_out.after_in_a_row, sit_out.rounds):
        yield _reason(regulation, "ROTATION", sit_out.article)
    checked = regulation.request is None or regulation.request.clash_check
    overlapping = (one.standing and one.starts_on <= request.ends_on and one.ends_on >= request.starts_on for one in member.engagements)
    if checked and any(overlapping):
        yield _reason(regulation, "CLASH", regulation.request.clash_article if regulation.request else "")
    if member.number in request.already_drawn:
        yield _reason(regulation, "DRAWN")


def sits_out(draws: tuple[str, ...], after_in_a_row: int, rounds: int) -> bool:
    """Whether a member sits out the next draw (轮空): selected in the last ``after_in_a_row`` draws that he was eligible for.

    ``draws`` newest first, draws that he was not eligible for left out; after ``rounds`` sat out he starts afresh
    (reading A26).
    """
    sat = 0
    while sat < len(draws) and draws[sat] == "sat_out":
        sat += 1
    if sat:
        return sat < rounds
    latest = draws[:after_in_a_row]
    return len(latest) == after_in_a_row and all(one == "selected" for one in latest)


Check = Callable[[RecusalGround, RequestFacts, MemberFacts], bool]


def _recusals(regulation: Regulation, request: RequestFacts, member: MemberFacts) -> Iterator[Exclusion]:
    """The grounds of recusal that the record itself shows; the others are asked of the expert with each invitation."""
    for ground in regulation.recusal:
        check = CHECKS.get(ground.match)
        if check and check(ground, request, member):
            yield Exclusion(ground.reason_code, ground.article, ground.name)


def _people(ground: RecusalGround, request: RequestFacts) -> Iterator[ProjectPersonFacts]:
    return (person for project in request.projects for person in project.people if person.part in ground.persons)


def _applicants(ground: RecusalGround, request: RequestFacts) -> Iterator[Unit]:
    return (project.applicant for project in request.projects if "applicant" in ground.units)


def _held(ground: RecusalGround, request: RequestFacts, member: MemberFacts) -> tuple[EmploymentFacts, ...]:
    """His employments on the days of the activity, and so many months back as the ground looks."""
    first = months_before(request.starts_on, ground.lookback_months)
    return tuple(one for one in member.employments if one.covers(first, request.ends_on))


def _same_unit(ground: RecusalGround, request: RequestFacts, one: Unit, other: Unit) -> bool:
    if one.id is not None and other.id is not None:
        return request.tree.same_entity(one.id, other.id, institution_level=ground.institution_level)
    return same_text(one.name, other.name)


def _person_in_project(ground: RecusalGround, request: RequestFacts, member: MemberFacts) -> bool:
    """Same name, and the unit unknown or one where he works or ever worked: rather one too many than one too few."""
    for person in _people(ground, request):
        if not same_text(person.name, member.name):
            continue
        theirs = person.unit
        if theirs is None or not member.employments:
            return True
        if any(one.unit.id is not None and request.tree.same_entity(one.unit.id, theirs) for one in member.employments):
            return True
    return False


def _declared_relation(ground: RecusalGround, request: RequestFacts, member: MemberFacts) -> bool:
    return any(same_text(person.name, known) for person in _people(ground, request) for known in member.declared_persons)


def _declared_unit(ground: RecusalGround, request: RequestFacts, member: MemberFacts) -> bool:
    units = [unit.id for unit in _applicants(ground, request) if unit.id is not None]
    return any(request.tree.same_entity(unit, declared) for unit in units for declared in member.declared_units)


def _legal_entity_or_hierarchy(ground: RecusalGround, request: RequestFacts, member: MemberFacts) -> bool:
    held = _held(ground, request, member)
    applicants = list(_applicants(ground, request))
    units = applicants + [Unit(person.unit) for person in _people(ground, request) if person.unit is not None]
    if any(_same_unit(ground, request, one.unit, unit) for one in held for unit in units):
        return True
    return ground.hierarchy and any(
        one.unit.id is not None and unit.id is not None and request.tree.in_line(one.unit.id, unit.id)
        for one in held
        for unit in applicants
    )


def _employment_current(ground: RecusalGround, request: RequestFacts, member: MemberFacts) -> bool:
    return any(
        _same_unit(ground, request, one.unit, unit) for one in _held(ground, request, member) for unit in _applicants(ground, request)
    )


def _named_by_request(ground: RecusalGround, request: RequestFacts, member: MemberFacts) -> bool:
    if any(same_text(name, member.name) for name in request.named_persons):
        return True
    held = [one.unit.id for one in _held(ground, request, member) if one.unit.id is not None]
    return any(
        request.tree.same_entity(own, named, institution_level=ground.institution_level) for own in held for named in request.named_units
    )


# A match that is not here (co-projects, other circumstances) is not in the record: the expert declares it.
CHECKS: Mapping[str, Check] = {
    "person_in_project": _person_in_project,
    "declared_relation": _declared_relation,
    "declared_unit": _declared_unit,
    "legal_entity_or_hierarchy": _legal_entity_or_hierarchy,
    "employment_current": _employment_current,
    "named_by_request": _named_by_request,
}
