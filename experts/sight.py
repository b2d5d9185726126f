"""Which files of intake an actor may open, and which of them wait for him, as conditions on rows.

Both follow the editions: who files on a channel and who takes a step of it sees the files of that channel that are under that
edition, as far as they concern the unit for which he acts. Another pool's files stand behind a wall; outside the pools an
applicant and an employer find their own, whatever the pool.
"""

from collections.abc import Iterator

from django.db.models import Q

from expertpool.pools.duties import EVERYTHING, NOTHING, Actor, decided_under
from expertpool.pools.editions import edition_to_show
from expertpool.pools.models import Pool, Role
from expertpool.regulations import Regulation, catalogue
from expertpool.regulations.schema import Step
from experts.domain.chain import OF_A_FILE, for_a_list

#: Whoever holds one of these reads every file of the pool that has been sent.
WHOLE = ("applications.manage", "batches.collect", "pool.read")
SENT = ~Q(state="draft")
#: These are judged under the edition of the day on which they are sent.
WITH_THE_FILER = Q(state__in=("draft", "returned"))
#: The column that names the unit whose account takes a step, by the edition's word for it.
UNIT_COLUMN = {"employer": "employer", "recommending_unit": "recommending_unit", "own": "filed_for"}


def files_of(actor: Actor) -> Q:
    """The applications whose file the actor may open."""
    if not actor.assignments:
        return NOTHING
    whole = actor.rows(*WHOLE)
    seen = whole & SENT | _himself(actor) | filed_by(actor)
    for pool in _pools(actor) if whole != EVERYTHING else ():
        for edition, rows in _editions(pool, actor):
            for channel in edition.intake.channels:
                taken = {(step.role, step.unit): step for step in edition.intake.chain(channel.code)}
                for step in taken.values():
                    if (mine := _taken_by(actor, step)) is not None:
                        seen |= Q(pool=pool, channel=channel.code) & SENT & rows & mine
    return seen & Q(pool=actor.pool) if actor.pool is not None else seen


def filed_by(actor: Actor) -> Q:
    """The applications on whose filing side the actor stands: his own and those of the units for which he files."""
    found = NOTHING
    for pool in _pools(actor):
        for edition, rows in _editions(pool, actor):
            for channel in edition.intake.channels:
                if channel.by in actor.roles:
                    his = Q(filed_by=actor.account) | Q(filed_for__in=actor.organisations(channel.by))
                    found |= Q(pool=pool, channel=channel.code) & rows & his
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
        mine = Q(**{f"{UNIT_COLUMN[step.unit]}__in": actor.organisations(step.role)})
        # What nobody opened for a unit, whoever holds the step takes.
        return mine | Q(filed_for=None) if step.unit == "own" else mine
    return Q()


def _pools(actor: Actor) -> list[Pool]:
    if actor.pool is not None:
        return [actor.pool]
    return list(Pool.objects.order_by("pk")) if actor.roles else []


def _editions(pool: Pool, actor: Actor) -> Iterator[tuple[Regulation, Q]]:
    """Each edition of the pool's regulation with the files that are under it; the present one has the rest, and what is not sent."""
    present = edition_to_show(pool, actor.on)
    others = [one for one in catalogue.editions(pool.regulation_code) if present is not None and one.file_hash != present.file_hash]
    for edition in others:
        yield edition, decided_under(edition) & ~WITH_THE_FILER
    if present is not None:
        rest = ~Q(rule_code=present.code, rule_edition__in=[one.effective_from for one in others])
        yield present, rest | WITH_THE_FILER
