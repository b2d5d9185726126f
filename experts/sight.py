"""Which files of intake an actor may open, and which of them wait for him, as conditions on rows.

Both follow the editions: who files on a channel and who takes a step of it sees the files of that channel, as far as they
concern the unit for which he acts. Another pool's files stand behind a wall; outside the pools an applicant and an
employer find their own, whatever the pool.
"""

from collections.abc import Iterator

from django.db.models import Q

from expertpool.pools.duties import Actor
from expertpool.pools.editions import edition_to_show
from expertpool.pools.models import Pool, Role
from expertpool.regulations import Regulation, catalogue
from expertpool.regulations.schema import Step
from experts.domain.chain import OF_A_FILE, for_a_list

#: Whoever holds one of these reads every file of the pool that has been sent.
WHOLE = ("applications.manage", "batches.collect", "pool.read")
NOTHING = Q(pk__in=())
SENT = ~Q(state="draft")
#: The column that names the unit whose account takes a step, by the edition's word for it.
UNIT_COLUMN = {"employer": "employer", "recommending_unit": "recommending_unit", "own": "filed_for"}


def files_of(actor: Actor) -> Q:
    """The applications whose file the actor may open."""
    if not actor.assignments:
        return NOTHING
    whole = actor.pool is not None and any(actor.holds(duty) for duty in WHOLE)
    seen = (Q(pool=actor.pool) & SENT if whole else NOTHING) | _himself(actor) | filed_by(actor)
    for pool in _pools(actor):
        taken: dict[tuple[str, str, str], Step] = {}
        for edition, _rows in _editions(pool, actor):
            for channel in edition.intake.channels:
                taken |= {(channel.code, step.role, step.unit): step for step in edition.intake.chain(channel.code)}
        for (code, _role, _unit), step in taken.items():
            if not whole and (mine := _taken_by(actor, step)) is not None:
                seen |= Q(pool=pool, channel=code) & SENT & mine
    return seen & Q(pool=actor.pool) if actor.pool is not None else seen


def filed_by(actor: Actor) -> Q:
    """The applications on whose filing side the actor stands: his own and those of the units for which he files."""
    found = NOTHING
    for pool in _pools(actor):
        for code, by in {(channel.code, channel.by) for edition, _rows in _editions(pool, actor) for channel in edition.intake.channels}:
            if by in actor.roles:
                found |= Q(pool=pool, channel=code) & (Q(filed_by=actor.account) | Q(filed_for__in=actor.organisations(by)))
    return found


def due_for(actor: Actor) -> Q:
    """The applications that wait for a step which the actor may take for one file at a time."""
    found = NOTHING
    for pool in _pools(actor):
        for edition, rows in _editions(pool, actor):
            for step in edition.intake.steps:
                if step.kind in OF_A_FILE and not (step.kind == "decide" and for_a_list(step)):
                    mine = _taken_by(actor, step)
                    if mine is not None:
                        found |= Q(pool=pool, step=step.code) & rows & mine
    return Q(state__in=("under_review", "proposed")) & found


def _himself(actor: Actor) -> Q:
    return Q(applicant=actor.account) | Q(expert__user=actor.account) if actor.has_role(Role.EXPERT) else NOTHING


def _taken_by(actor: Actor, step: Step) -> Q | None:
    """The files of which the actor takes this step; None where he takes it of none."""
    if step.role not in actor.roles:
        return None
    if step.role == Role.EXPERT:
        return Q(applicant=actor.account)
    if step.unit:
        return Q(**{f"{UNIT_COLUMN[step.unit]}__in": actor.organisations(step.role)})
    return Q()


def _pools(actor: Actor) -> list[Pool]:
    if actor.pool is not None:
        return [actor.pool]
    return list(Pool.objects.order_by("pk")) if actor.roles else []


def _editions(pool: Pool, actor: Actor) -> Iterator[tuple[Regulation, Q]]:
    """Each edition of the pool's regulation with the rows that are decided under it; the present one has the rest."""
    present = edition_to_show(pool, actor.on)
    editions = catalogue.editions(pool.regulation_code)
    others = [edition.file_hash for edition in editions if present is not None and edition.file_hash != present.file_hash]
    for edition in editions:
        is_present = present is not None and edition.file_hash == present.file_hash
        yield edition, ~Q(rule_hash__in=others) if is_present else Q(rule_hash=edition.file_hash)
