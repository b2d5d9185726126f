"""Who of the pool may be drawn for a request: loads what the rules need in a constant number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db.models import QuerySet

from expertpool import clock
from expertpool.accounts.models import Organisation, OrganisationName
from expertpool.pools.editions import edition_on
from expertpool.regulations import Regulation
from experts.models import DeclaredInterest, Employment, Mark, Membership, Suspension
from selection.domain.eligibility import Exclusion, exclusions, exclusions_since, why_seat_ends
from selection.domain.facts import EmploymentFacts, Engagement, MemberFacts, ProjectFacts, ProjectPersonFacts, RequestFacts
from selection.domain.organisations import OrganisationTree, Unit, plain
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


def judge_pool(*, request: DrawRequest, regulation: Regulation | None = None, already_drawn: Collection[str] = frozenset()) -> list[Judged]:
    """Every member of the request's pool who holds a requested field, eligible or not, ascending by number (第十三条（二）).

    ``regulation``: the edition that the draw is decided under; default: the one in force today. ``already_drawn``:
    numbers that stand on lists of earlier rounds. Raises Refused where no edition is in force.
    """
    loaded = load(request, regulation=regulation)
    return loaded.judge(replace(loaded.request, already_drawn=frozenset(already_drawn)))


def load(request: DrawRequest, *, regulation: Regulation | None = None, on: date | None = None) -> Loaded:
    """Load the facts of a request and of every member of its pool who holds one of its fields.

    ``regulation``: the edition to judge by; default: the one in force on the Beijing day ``on`` (default today).
    """
    on = on or clock.today()
    regulation = regulation or edition_on(request.pool, on)
    codes = tuple(request.seats.values_list("field__code", flat=True))
    register = _register()
    facts = _request_facts(request, on, register)
    holders = Membership.fields.through.objects.filter(field__pool_id=request.pool_id, field__code__in=codes).values("membership_id")
    held = Membership.objects.filter(pool_id=request.pool_id, pk__in=holders)
    return Loaded(regulation, facts, tuple(_members(held, request, codes, _draws(request, regulation), register)))


def judge_again(*, memberships: Iterable[int], request: DrawRequest, regulation: Regulation) -> dict[int, tuple[Exclusion, ...]]:
    """What now keeps each of ``memberships`` (ids) from ``request``, recusal included, read afresh (第十四条, 第十五条).

    Aside from what belongs to the moment of the draw alone: changes after the approval, the rotation, earlier lists.
    One statement a table, however many are asked about. Hold the locks of the person and of his membership where the
    answer decides.
    """
    wanted = set(memberships)
    if not wanted:
        return {}
    if request.starts_on is None or request.ends_on is None:
        raise ValueError("an approved request has its dates")
    register = _register(request)
    facts = _request_facts(request, request.starts_on, register)
    members = _members(Membership.objects.filter(pk__in=wanted), request, None, {}, register)
    return {pk: exclusions_since(regulation, facts, member) for pk, _employer, member in members}


def seats_ended(*, memberships: Iterable[int], request: DrawRequest, regulation: Regulation) -> dict[int, Exclusion]:
    """By membership (id): why it cannot keep a seat that it accepted at ``request``; who can keep it is left out."""
    assert request.starts_on is not None and request.ends_on is not None
    facts = RequestFacts(starts_on=request.starts_on, ends_on=request.ends_on)
    members = _members(Membership.objects.filter(pk__in=set(memberships)), request, None, {}, Register())
    found = ((pk, why_seat_ends(regulation, facts, member)) for pk, _employer, member in members)
    return {pk: why for pk, why in found if why is not None}


@dataclass(frozen=True)
class Register:
    """The registered organisations: how they hang together, and who bears or bore a name."""

    tree: OrganisationTree = field(default_factory=OrganisationTree)
    named: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def units(self, text: str) -> tuple[Unit, ...]:
        """The units that a written name means: the registered ones that bear or bore it, else an unregistered one."""
        return tuple(Unit(pk, text) for pk in self.named.get(plain(text), ())) or (Unit(None, text),)


def _register(request: DrawRequest | None = None) -> Register:
    """The register; empty where ``request`` names no unit that anybody's employer could be compared with."""
    if request is not None and not request.projects.exists() and not request.recusals.exists():
        return Register()
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
    held: QuerySet[Membership],
    request: DrawRequest,
    codes: tuple[str, ...] | None,
    draws: dict[str, tuple[str, ...]],
    register: Register,
) -> Iterator[tuple[int, str, MemberFacts]]:
    """The members ``held``, ascending by number, as id, code of the employer and facts.

    ``codes``: the requested fields, of which each member's are told. Bare values, one statement a table: rows as
    objects cost most of the time of judging a large pool. Nothing encrypted is read.
    """
    held = held.order_by()
    through = Membership.fields.through
    ids, persons = held.values("pk"), held.values("expert_id")

    fields = _gathered(
        through.objects.filter(membership__in=ids, field__code__in=codes or ()).values_list("membership_id", "field__code"),
    )
    # A mark counts that holds on every day of the activity.
    first, last = request.starts_on or clock.today(), request.ends_on or request.starts_on or clock.today()
    marks = _gathered(Mark.objects.filter(membership__in=ids).holding_on(first).holding_on(last).values_list("membership_id", "kind"))
    suspensions = _gathered(
        Suspension.objects.filter(membership__in=ids, lifted_on__isnull=True).values_list("membership_id", "starts_on", "ends_on")
    )
    # What a person accepted in any pool keeps him from being elsewhere; towards the cap counts what this membership did.
    engagements = _gathered(
        Participation.objects.with_use()
        .filter(membership__expert__in=persons, request__starts_on__isnull=False, request__ends_on__isnull=False)
        .exclude(request=request)
        .values_list("membership__expert_id", "membership_id", "request__starts_on", "request__ends_on", "counts", "binds")  # type: ignore[misc]
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
                marks=frozenset(kind for (kind,) in marks[pk]),
                engagements=tuple(
                    Engagement(starts_on, ends_on, counts=counts and of == pk, standing=binds)
                    for of, starts_on, ends_on, counts, binds in engagements[expert]
                ),
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
            if state in "EP":
                told.setdefault(number, []).append("selected" if number in seated.get(pk, ()) else "eligible")
            elif reasons == "ROTATION":
                told.setdefault(number, []).append("sat_out")
    return {number: tuple(outcomes) for number, outcomes in told.items()}
