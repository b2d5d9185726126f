"""Which duties somebody holds for one request, and what he therefore sees of it."""

from expertpool.pools.duties import APPROVALS, Actor
from expertpool.regulations import Regulation
from selection.domain.sight import SEEING, Sight, sight
from selection.models import DrawRequest, approves_any


def duties_for(request: DrawRequest, who: Actor, edition: Regulation) -> frozenset[str]:
    """The duties of :data:`selection.domain.sight.SEEING` that ``who`` holds for ``request``, nothing in another pool."""
    if who.pool is None or who.pool.pk != request.pool_id:
        return frozenset()
    held = {duty for duty in SEEING if duty != APPROVALS and who.holds(duty, organisation=request.department_id, edition=edition)}
    if approves_any(who, request.department_id, edition):
        held.add(APPROVALS)
    return frozenset(held)


def sight_of(request: DrawRequest, who: Actor, edition: Regulation) -> Sight:
    """What ``who`` sees of the draw and the people of ``request`` on his day; ``edition`` is the one it was decided under."""
    return sight(duties_for(request, who, edition), state=request.state, starts_on=request.starts_on, on=who.on)
