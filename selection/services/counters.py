"""An expert's past as the counters see it: missed replies, absences after accepting, use in a year (第七条（五）, 第十四条).

The sweeps that raise exit cases and the expert's own page ask here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from expertpool import clock
from expertpool.regulations import Regulation
from expertpool.regulations.schema import ExitGround
from selection.domain.counters import Event, attendance_turn, in_a_row, reply_turn
from selection.models import Invitation, Participation

NO_REPLY, ABSENT = "no_reply_in_a_row", "absent_after_accept_in_a_row"


@dataclass
class Past:
    """What a membership has behind it, oldest first, and the Beijing day of each event."""

    events: list[Event] = field(default_factory=list)
    days: dict[int, date] = field(default_factory=dict)


def replies_of(memberships: Iterable[int]) -> dict[int, Past]:
    """The invitations of each membership (id), by deadline: what lies before an ended one has ended too, whenever a sweep runs."""
    rows = (
        Invitation.objects.filter(candidate__membership__in=set(memberships))
        .order_by("deadline", "pk")
        .values_list("candidate__membership_id", "pk", "state", "deadline")
    )
    found: dict[int, Past] = {}
    for membership, pk, state, deadline in rows:
        past = found.setdefault(membership, Past())
        past.events.append(Event(pk, reply_turn(state)))
        past.days[pk] = clock.day_of(deadline)
    return found


def attendances_of(memberships: Iterable[int], on: date) -> dict[int, Past]:
    """The accepted activities of each membership (id) that had begun on the Beijing day ``on``."""
    rows = (
        Participation.objects.filter(membership__in=set(memberships), state=Participation.State.STANDING, request__starts_on__lte=on)
        .order_by("request__starts_on", "pk")
        .values_list("membership_id", "pk", "attended", "request__starts_on")
    )
    found: dict[int, Past] = {}
    for membership, pk, attended, starts_on in rows:
        past = found.setdefault(membership, Past())
        past.events.append(Event(pk, attendance_turn(attended)))
        past.days[pk] = starts_on or on
    return found


@dataclass(frozen=True)
class Counter:
    """One figure with its limit, the article that gives it, and what happens when it is reached."""

    label: str
    count: int
    limit: int
    article: str
    reached: str

    @property
    def full(self) -> bool:
        """Whether the limit is reached."""
        return self.count >= self.limit


def _ground(regulation: Regulation, trigger: str) -> ExitGround | None:
    grounds = regulation.exits.triggered_by(trigger) if regulation.exits else ()
    return next((one for one in grounds if one.limit), None)


def counters_of(membership: int, regulation: Regulation, on: date) -> list[Counter]:
    """What a membership (id) has used up on the Beijing day ``on``, each figure with the limit of ``regulation``."""
    found = []
    cap = regulation.rotation.annual_cap if regulation.rotation else None
    if cap is not None:
        used = Participation.objects.filter(membership=membership).counting_in(on.year).count()
        found.append(Counter("本年度参与次数", used, cap.limit, cap.article, "本年度不再参加抽取"))
    if (ground := _ground(regulation, NO_REPLY)) is not None:
        count = in_a_row(replies_of([membership]).get(membership, Past()).events)
        found.append(Counter("连续未按时回复邀请", count, ground.limit or 0, ground.article, "将提出出库事项"))
    if (ground := _ground(regulation, ABSENT)) is not None:
        count = in_a_row(attendances_of([membership], on).get(membership, Past()).events)
        found.append(Counter("连续接受邀请后缺席", count, ground.limit or 0, ground.article, "将提出出库事项"))
    return found
