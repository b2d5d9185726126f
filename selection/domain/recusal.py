"""回避: the grounds that the record itself shows; the others are asked of the expert with each invitation. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

from expertpool.regulations.acting import acts_on
from expertpool.regulations.schema import RecusalGround

from .facts import EmploymentFacts, MemberFacts, ProjectPersonFacts, RequestFacts
from .organisations import Unit, same_text


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last day of that month; not before the calendar begins."""
    month = day.year * 12 + day.month - 1 - months
    if month < 12:
        return date.min
    year, month = divmod(month, 12)
    for number in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(number, day.day))
        except ValueError:
            continue
    raise ValueError(day)


Check = Callable[[RecusalGround, RequestFacts, MemberFacts], bool]


def grounds_found(grounds: Iterable[RecusalGround], request: RequestFacts, member: MemberFacts) -> Iterator[RecusalGround]:
    """Those of ``grounds`` that the record shows to stand between ``member`` and ``request``."""
    for ground in grounds:
        check = CHECKS.get(ground.match)
        if check and check(ground, request, member):
            yield ground


@acts_on("recusal.persons")
def _people(ground: RecusalGround, request: RequestFacts) -> Iterator[ProjectPersonFacts]:
    return (person for project in request.projects for person in project.people if person.part in ground.persons)


@acts_on("recusal.units", "applicant")
def _applicants(ground: RecusalGround, request: RequestFacts) -> Iterator[Unit]:
    return (project.applicant for project in request.projects if "applicant" in ground.units)


@acts_on("recusal.lookback_months")
def _held(ground: RecusalGround, request: RequestFacts, member: MemberFacts) -> tuple[EmploymentFacts, ...]:
    """His employments on the days of the activity, and so many months back as the ground looks."""
    first = months_before(request.starts_on, ground.lookback_months)
    return tuple(one for one in member.employments if one.covers(first, request.ends_on))


@acts_on("recusal.institution_level")
def _same_unit(ground: RecusalGround, request: RequestFacts, one: Unit, other: Unit) -> bool:
    if one.id is not None and other.id is not None:
        return request.tree.same_entity(one.id, other.id, institution_level=ground.institution_level)
    return same_text(one.name, other.name)


@acts_on("recusal.match", "person_in_project")
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


@acts_on("recusal.match", "declared_relation")
def _declared_relation(ground: RecusalGround, request: RequestFacts, member: MemberFacts) -> bool:
    return any(same_text(person.name, known) for person in _people(ground, request) for known in member.declared_persons)


@acts_on("recusal.match", "declared_unit")
def _declared_unit(ground: RecusalGround, request: RequestFacts, member: MemberFacts) -> bool:
    units = [unit.id for unit in _applicants(ground, request) if unit.id is not None]
    return any(request.tree.same_entity(unit, declared) for unit in units for declared in member.declared_units)


@acts_on("recusal.match", "legal_entity_or_hierarchy")
@acts_on("recusal.hierarchy")
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


@acts_on("recusal.match", "employment_current")
def _employment_current(ground: RecusalGround, request: RequestFacts, member: MemberFacts) -> bool:
    return any(
        _same_unit(ground, request, one.unit, unit) for one in _held(ground, request, member) for unit in _applicants(ground, request)
    )


@acts_on("recusal.match", "named_by_request")
def _named_by_request(ground: RecusalGround, request: RequestFacts, member: MemberFacts) -> bool:
    return named(request, member, _held(ground, request, member), institution_level=ground.institution_level)


def named(request: RequestFacts, member: MemberFacts, held: Iterable[EmploymentFacts], *, institution_level: bool = False) -> bool:
    """Whether the request names ``member`` or a unit of those where he is ``held``."""
    if any(same_text(name, member.name) for name in request.named_persons):
        return True
    units = [one.unit.id for one in held if one.unit.id is not None]
    return any(request.tree.same_entity(own, unit, institution_level=institution_level) for own in units for unit in request.named_units)


#: Grounds that are found by what the request says of its projects.
OF_PROJECTS = frozenset({"person_in_project", "declared_relation", "declared_unit", "legal_entity_or_hierarchy", "employment_current"})


# A match that is not here (co-projects, other circumstances) is not in the record: the expert declares it.
CHECKS: Mapping[str, Check] = {
    "person_in_project": _person_in_project,
    "declared_relation": _declared_relation,
    "declared_unit": _declared_unit,
    "legal_entity_or_hierarchy": _legal_entity_or_hierarchy,
    "employment_current": _employment_current,
    "named_by_request": _named_by_request,
}
