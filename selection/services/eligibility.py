"""Who of the pool may be drawn for a request: loads what the rules need in a constant number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from expertpool import clock
from expertpool.accounts.models import Organisation, OrganisationName
from expertpool.regulations import Regulation
from experts.models import DeclaredInterest, Employment, Mark, Membership, Suspension
from experts.services.editions import edition_on
from selection.domain.eligibility import (
    EmploymentFacts,
    Engagement,
    Exclusion,
    MemberFacts,
    OrganisationTree,
    ProjectFacts,
    ProjectPersonFacts,
    RequestFacts,
    Unit,
    exclusions,
    plain,
)
from selection.models import Attempt, DrawRequest, Participation, RequestRecusal, Waiver

# What stands in a draw's files for a member without a registered employer.
NO_EMPLOYER = "NONE"
# How many draws back the rotation is looked for.
DRAWS_LOOKED_AT = 40


@dataclass(frozen=True)
class Judged:
    """A member of the pool who holds a requested field, with everything that excludes him (nothing: eligible)."""

    membership_id: int
    number: str
    employer: str
    fields: tuple[str, ...]
    exclusions: tuple[Exclusion, ...]

    @property
    def eligible(self) -> bool:
        """Whether he may be drawn."""
        return not self.exclusions

    @property
    def reasons(self) -> tuple[str, ...]:
        """The codes of his exclusions, sorted, as pool.txt carries them."""
        return tuple(sorted(one.code for one in self.exclusions))


@dataclass(frozen=True)
class Loaded:
    """Everything that judging one request needs."""

    regulation: Regulation
    request: RequestFacts
    members: tuple[tuple[int, str, MemberFacts], ...]

    def judge(self, request: RequestFacts | None = None) -> list[Judged]:
        """The members judged, ascending by number; ``request`` stands in for the request's own facts."""
        facts = request or self.request
        return [
            Judged(pk, member.number, employer, member.fields, exclusions(self.regulation, facts, member))
            for pk, employer, member in self.members
        ]


def judge_pool(*, request: DrawRequest, on: date | None = None, already_drawn: Collection[str] = frozenset()) -> list[Judged]:
    """Every member of the request's pool who holds a requested field, eligible or not, ascending by number (第十三条（二）).

    ``on``: the Beijing day whose edition of the regulation applies (default today). ``already_drawn``: numbers that
    stand on lists of earlier rounds. Raises Refused where no edition is in force on that day.
    """
    loaded = load(request, on=on)
    return loaded.judge(replace(loaded.request, already_drawn=frozenset(already_drawn)))


def load(request: DrawRequest, *, on: date | None = None) -> Loaded:
    """Load the facts of a request and of everybody who holds one of its fields."""
    on = on or clock.today()
    regulation = edition_on(request.pool, on)
    codes = tuple(request.seats.values_list("field__code", flat=True))
    register = _register()
    facts = _request_facts(request, on, register)
    return Loaded(regulation, facts, tuple(_members(request, codes, _draws(request, regulation), register)))


def judge_again(*, membership: Membership, request: DrawRequest, regulation: Regulation) -> tuple[Exclusion, ...]:
    """What now keeps ``membership`` from ``request``, recusal included, read afresh from the database (第十四条, 第十五条).

    Aside from what belongs to the moment of the draw alone: changes after the approval, the rotation, earlier lists.
    """
    register = _register()
    facts = replace(_request_facts(request, clock.today(), register), approved_at=None, approved_on=None)
    ((_pk, _employer, member),) = _members(request, None, {}, register, only=membership.pk)
    return exclusions(regulation, facts, member)


@dataclass(frozen=True)
class Register:
    """The registered organisations: how they hang together, and who bears or bore a name."""

    tree: OrganisationTree
    named: dict[str, tuple[int, ...]]

    def units(self, text: str) -> tuple[Unit, ...]:
        """The units that a written name means: the registered ones that bear or bore it, else an unregistered one."""
        return tuple(Unit(pk, text) for pk in self.named.get(plain(text), ())) or (Unit(None, text),)


def _register() -> Register:
    above: dict[int, tuple[int | None, str]] = {}
    named: defaultdict[str, set[int]] = defaultdict(set)
    for pk, name, parent, relation in Organisation.objects.order_by().values_list("pk", "name", "parent_id", "relation"):
        above[pk] = (parent, relation)
        named[plain(name)].add(pk)
    for pk, name in OrganisationName.objects.order_by().values_list("organisation_id", "name"):
        named[plain(name)].add(pk)
    named.pop("", None)
    return Register(OrganisationTree(above), {name: tuple(sorted(pks)) for name, pks in named.items()})


def _request_facts(request: DrawRequest, on: date, register: Register) -> RequestFacts:
    recusals = list(request.recusals.all())
    projects = tuple(
        ProjectFacts(
            applicant,
            tuple(ProjectPersonFacts(person.part, person.name, person.organisation_id) for person in project.people.all()),
        )
        for project in request.projects.select_related("applicant").prefetch_related("people")
        # A name that two units bore stands for both: rather one recusal too many than one too few.
        for applicant in (
            (Unit(project.applicant_id, project.applicant_name or project.applicant.name),)
            if project.applicant
            else register.units(project.applicant_name)
        )
    )
    return RequestFacts(
        starts_on=request.starts_on or on,
        ends_on=request.ends_on or request.starts_on or on,
        approved_at=request.approved_at,
        approved_on=clock.day_of(request.approved_at) if request.approved_at else None,
        projects=projects,
        named_units=tuple(one.organisation_id for one in recusals if one.kind == RequestRecusal.Kind.ORGANISATION and one.organisation_id),
        named_persons=tuple(one.person_name for one in recusals if one.kind == RequestRecusal.Kind.PERSON and one.person_name),
        min_title_level=request.min_title_level,
        min_years=request.min_years,
        waived=frozenset(Waiver.objects.standing(request).filter(field__isnull=True).values_list("rule", flat=True)),
        tree=register.tree,
    )


def _members(
    request: DrawRequest,
    codes: tuple[str, ...] | None,
    draws: dict[str, tuple[str, ...]],
    register: Register,
    *,
    only: int | None = None,
) -> Iterator[tuple[int, str, MemberFacts]]:
    """The holders of the requested fields, ascending by number, as id, code of the employer and facts.

    ``only``: the id of the one membership to read, whatever fields it holds.

    Bare values, one statement a table: rows as objects cost most of the time of judging a large pool. Nothing
    encrypted is read.
    """
    through = Membership.fields.through
    if only is None:
        holders = through.objects.filter(field__pool_id=request.pool_id, field__code__in=codes or ()).values("membership_id")
        held = Membership.objects.filter(pool_id=request.pool_id, pk__in=holders).order_by()
    else:
        held = Membership.objects.filter(pk=only).order_by()
    ids, persons = held.values("pk"), held.values("expert_id")

    fields = _gathered(
        through.objects.filter(membership__in=ids, field__code__in=codes or ()).values_list("membership_id", "field__code"),
    )
    marks = _gathered(Mark.objects.filter(membership__in=ids).values_list("membership_id", "kind", "ends_on"))
    suspensions = _gathered(
        Suspension.objects.filter(membership__in=ids, lifted_on__isnull=True).values_list("membership_id", "starts_on", "ends_on")
    )
    engagements = _gathered(
        Participation.objects.filter(membership__in=ids, request__starts_on__isnull=False, request__ends_on__isnull=False)
        .exclude(request=request)
        .values_list("membership_id", "request__starts_on", "request__ends_on", "request__state", "state", "attended")
    )
    employments = _gathered(
        Employment.objects.filter(expert__in=persons).values_list(
            "expert_id", "organisation_id", "organisation_name", "organisation__name", "since", "until"
        )
    )
    interests = _gathered(
        DeclaredInterest.objects.filter(expert__in=persons).values_list("expert_id", "kind", "person_name", "organisation_id")
    )

    rows = held.order_by("number").values_list(
        "pk", "number", "state", "frozen_since", "term_ends_on", "admitted_on", "decisive_changed_at",
        "expert_id", "expert__name", "expert__birth_date", "expert__title_level", "expert__years",
        "expert__employer_id", "expert__employer__code", "expert__employer__name",
    )  # fmt: skip
    for (
        pk, number, state, frozen_since, term_ends_on, admitted_on, decisive_changed_at,
        expert, name, birth_date, title_level, years,
        employer, employer_code, employer_name,
    ) in rows:  # fmt: skip
        works_at = [
            EmploymentFacts(meant, since, until)
            for unit, as_written, registered, since, until in employments[expert]
            for meant in ((Unit(unit, as_written or registered or ""),) if unit is not None else register.units(as_written))
        ]
        if employer is not None:
            works_at.append(EmploymentFacts(Unit(employer, employer_name)))
        declared = interests[expert]
        yield (
            pk,
            employer_code if employer is not None else NO_EMPLOYER,
            MemberFacts(
                number=number,
                name=name,
                exited=state != Membership.State.ACTIVE,
                fields=tuple(sorted(code for (code,) in fields[pk])),
                employments=tuple(works_at),
                birth_date=birth_date,
                suspensions=tuple(suspensions[pk]),
                frozen=frozen_since is not None,
                term_ends_on=term_ends_on,
                marks=frozenset(
                    kind for kind, ends_on in marks[pk] if ends_on is None or not request.starts_on or ends_on >= request.starts_on
                ),
                engagements=tuple(_engagement(*one) for one in engagements[pk]),
                admitted_on=admitted_on,
                decisive_changed_at=decisive_changed_at,
                title_level=title_level,
                years=years,
                declared_persons=tuple(person for kind, person, _ in declared if kind == DeclaredInterest.Kind.PERSON and person),
                declared_units=tuple(unit for kind, _, unit in declared if kind == DeclaredInterest.Kind.UNIT and unit),
                draws=draws.get(number, ()),
            ),
        )


def _gathered(rows: Iterable[tuple[Any, ...]]) -> defaultdict[int, list[tuple[Any, ...]]]:
    """The rows without their first column, by what stands in it."""
    found: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for key, *values in rows:
        found[key].append(tuple(values))
    return found


def _engagement(starts_on: date, ends_on: date, request_state: str, state: str, attended: bool | None) -> Engagement:
    """The one place that says what counts (第十四条, reading A11)."""
    upcoming = state == Participation.State.STANDING and attended is None
    alive = request_state != DrawRequest.State.CANCELLED
    return Engagement(starts_on, ends_on, counts=bool(attended) or (upcoming and alive), standing=upcoming and alive)


def _draws(request: DrawRequest, regulation: Regulation) -> dict[str, tuple[str, ...]]:
    """Number → what became of him in the pool's latest draws, newest first; empty where the regulation has no rotation."""
    if regulation.rotation is None or regulation.rotation.sit_out is None:
        return {}
    attempts = (
        Attempt.objects.filter(draw__request__pool_id=request.pool_id, round=0, state=Attempt.State.DRAWN)
        .exclude(draw__request=request)
        .order_by("-drawn_at", "-pk")
        .values_list("draw__request_id", "pool_text")[:DRAWS_LOOKED_AT]
    )
    latest = list(attempts)
    seated: dict[int, set[str]] = {}
    for pk, number in Participation.objects.filter(
        request_id__in=[pk for pk, _text in latest], state=Participation.State.STANDING, seated=True
    ).values_list("request_id", "membership__number"):
        seated.setdefault(pk, set()).add(number)
    told: dict[str, list[str]] = {}
    for pk, text in latest:
        for line in text.splitlines()[1:]:
            number, _employer, _fields, state, reasons = line.split("|")
            if state == "E":
                told.setdefault(number, []).append("selected" if number in seated.get(pk, ()) else "eligible")
            elif reasons == "ROTATION":
                told.setdefault(number, []).append("sat_out")
    return {number: tuple(outcomes) for number, outcomes in told.items()}
