"""What the acts of a draw have in common: whose duty, under which edition, on whose request."""

from datetime import date

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.pools import duties
from expertpool.pools.editions import edition_of, edition_on
from expertpool.refusals import Refusal
from expertpool.regulations import Regulation
from selection.models import Attempt, Draw, DrawRequest

RUNNING = frozenset({DrawRequest.State.DRAWING, DrawRequest.State.CONFIRMED})


def no(code: str, message: str, regulation: Regulation | None = None, article: str = "", field: str = "") -> Refusal:
    """A refusal that names an article where there is one."""
    return Refusal.under(regulation, code, message, article, field=field) if regulation else Refusal(code, message, field=field)


GIVEN_UP = no("given_up", "本次抽取已经终止，使用申请已取消，不能再抽取。")


def draw_of(request: DrawRequest) -> Draw | None:
    """The draw of a request with its request, or None before its first freeze."""
    draw = Draw.objects.filter(request=request).first()
    if draw is not None:
        draw.request = request
    return draw


def edition_for(request: DrawRequest, draw: Draw | None, on: date | None = None) -> Regulation:
    """The edition that a draw was decided under, or before its first freeze the one in force on ``on`` (default: today)."""
    return edition_of(draw, request.pool) if draw is not None else edition_on(request.pool, on or clock.today())


def edition_of_activity(request: DrawRequest) -> Regulation:
    """The edition that an activity follows: its draw's, or where nobody was drawn its request's; ``request`` with its pool."""
    draw: Draw | None = getattr(request, "draw", None)
    return edition_of(draw or request, request.pool)


def why_not_duty(by: User | None, duty: str, request: DrawRequest, regulation: Regulation) -> Refusal | None:
    """The reason why ``by`` does not hold a duty for this request under the edition of its draw, or None.

    A department acts for its own requests only.
    """
    pool = request.pool
    return duties.why_not(by, duty, pool, clock.today(), organisation=request.department_id, edition=regulation)


def newest(draw: Draw | None) -> Attempt | None:
    """The newest attempt of a draw, whatever its state."""
    return draw.attempts.order_by("round", "attempt").last() if draw is not None else None


def approval_article(regulation: Regulation) -> str:
    """The article that lets nobody draw before the request is approved."""
    return regulation.request.article if regulation.request else ""
