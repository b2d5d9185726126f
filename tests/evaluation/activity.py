"""Short ways to an activity whose experts are settled, held, evaluated."""

from datetime import date
from typing import Any

from evaluation.models import Evaluation
from evaluation.services.activities import close_activity
from evaluation.services.evaluations import countersign, sign
from expertpool import clock
from expertpool.pools.duties import Actor, actor
from expertpool.regulations import catalogue
from selection.models import DrawRequest, Participation
from tests.factories import MembershipFactory, PoolFactory, UserFactory
from tests.selection.drawing import approved

HELD = date(2026, 10, 20)
#: The seventh working day after HELD.
DUE = date(2026, 10, 29)


def rules():
    evaluation = catalogue.in_force("xinjiang-2025", HELD).evaluation
    assert evaluation is not None
    return evaluation


def an_activity(people: int = 2, standbys: int = 0, starts_on: date = HELD, ends_on: date | None = None, **kwargs: Any) -> DrawRequest:
    """A request whose experts are confirmed; its ``filed_by`` is the handler."""
    request = approved(seats={"SHHG": people}, starts_on=starts_on, ends_on=ends_on, state="confirmed", **kwargs)
    for number in range(people + standbys):
        member = MembershipFactory(expert__user=UserFactory(role="expert"), pool=request.pool)
        Participation.objects.create(request=request, membership=member, seated=number < people)
    return request


def who(user, request: DrawRequest | None = None, on: date = HELD) -> Actor:
    """An account as it stands in the pool of ``request`` (default: the usual one)."""
    return actor(user, request.pool if request else PoolFactory(), on)


def handler(request: DrawRequest):
    return request.filed_by


def leader(request: DrawRequest):
    """Another account of the same department."""
    return UserFactory(role="department", organisation=request.department, pool=request.pool)


def seated(request: DrawRequest) -> list[Participation]:
    return list(Participation.objects.filter(request=request, seated=True).order_by("pk"))


def held(request: DrawRequest | None = None, absent: int = 0, on: date = HELD, **kwargs: Any) -> list[Evaluation]:
    """The evaluations of an activity whose attendance is recorded; the last ``absent`` did not come."""
    request = request or an_activity(**kwargs)
    people = seated(request)
    came = {one.pk: number < len(people) - absent for number, one in enumerate(people)}
    with clock.frozen(on):
        return close_activity(request=request, attended=came, by=handler(request))


def scores(**points: int) -> dict[str, tuple[str, int, str]]:
    """The best scores, but for the criteria given by code."""
    filled = {}
    for criterion in rules().criteria:
        value = points.get(criterion.code, criterion.maximum)
        filled[criterion.code] = (criterion.band_of(value).name, value, "")
    return filled


def signed(evaluation: Evaluation | None = None, on: date = date(2026, 10, 21), **points: int) -> Evaluation:
    evaluation = evaluation or held()[0]
    with clock.frozen(on):
        return sign(evaluation=evaluation, scores=scores(**points), by=handler(evaluation.participation.request))


def submitted(evaluation: Evaluation | None = None, on: date = date(2026, 10, 21), **points: int) -> Evaluation:
    evaluation = signed(evaluation, on, **points)
    with clock.frozen(on):
        return countersign(evaluation=evaluation, by=leader(evaluation.participation.request))
