"""What falls due in the selection room. Every sweep may run twice, late, or once after a month: the result is the same."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from expertpool import clock
from expertpool.refusals import Refused
from expertpool.regulations import NoEditionInForce
from experts.models import ExitCase, Membership, Suspension
from experts.services.exits import raise_exit_case
from selection.domain.counters import Event, attendance_turn, reached, reply_turn
from selection.models import Draw, DrawRequest, Invitation, Participation
from selection.services.invitations import RUNNING, invite_due, lapse
from selection.services.leaving import release_seats


def _moment(on: date) -> Any:
    """The end of ``on`` or, if that lies ahead, now."""
    return min(clock.end_of(on), clock.now())


def sweep_invitations(*, on: date) -> int:
    """Invitations whose deadline has passed lapse, the next in order are invited (第十三条（三）); how many lapsed."""
    due = Invitation.objects.open().filter(deadline__lte=_moment(on)).order_by("deadline", "pk")
    lapsed = 0
    for invitation in due.select_related("candidate__attempt"):
        lapsed += lapse(invitation=invitation).state != Invitation.State.OPEN
    return lapsed


def sweep_contacts(*, on: date) -> int:
    """Draws whose activity has begun invite nobody any more: their contact logs are closed; how many were."""
    begun = DrawRequest.objects.filter(state=DrawRequest.State.DRAWING, starts_on__lte=on)
    closed = 0
    for draw in Draw.objects.filter(request__in=begun).select_related("request").order_by("pk"):
        before = draw.attempts.filter(contact_lines__candidate__isnull=True, contact_lines__isnull=False).count()
        invite_due(draw=draw)
        closed += draw.attempts.filter(contact_lines__candidate__isnull=True, contact_lines__isnull=False).count() > before
    return closed


def sweep_seats(*, on: date) -> int:
    """Who left the pool, is suspended on the days of an activity, or reaches the age by then gives up what he accepted
    (第七条, 第十九条（一）); a standby steps up. How many seats were given up."""
    standing = Q(participations__state=Participation.State.STANDING, participations__request__state__in=RUNNING)
    waiting = Q(candidacies__invitation__state=Invitation.State.OPEN)
    members = Membership.objects.filter(standing | waiting).distinct().select_related("expert", "pool").order_by("pk")
    suspended = set(Suspension.objects.filter(lifted_on__isnull=True).values_list("membership_id", flat=True))
    released = 0
    for membership in members:
        # Only these can have lost a seat; the rest is decided by the rules under the lock.
        if membership.state == Membership.State.ACTIVE and membership.pk not in suspended and not _may_be_old(membership, on):
            continue
        released += len(release_seats(membership=membership, by=None, on=on))
    return released


def _may_be_old(membership: Membership, on: date) -> bool:
    try:
        age = membership.pool.regulation_on(on).age_exit
    except NoEditionInForce:
        return True
    born = membership.expert.birth_date
    # Nobody is drawn for an activity more than a year ahead and a birthday later.
    return age is not None and born is not None and born.year + age.age <= on.year + 2


def sweep_no_reply(*, on: date) -> int:
    """Three invitations in a row without a reply in time raise an exit case (第七条（五）, reading A12); how many new cases."""
    often = Invitation.objects.filter(state=Invitation.State.NO_REPLY).values("candidate__membership").annotate(n=Count("pk"))
    members = {row["candidate__membership"]: row["n"] for row in often}
    rows = (
        Invitation.objects.filter(candidate__membership__in=members)
        # By deadline: what lies before an ended one has ended too, so a late run finds the same rows in the same order.
        .order_by("deadline", "pk")
        .values_list("candidate__membership_id", "pk", "state", "deadline")
    )
    days: dict[int, date] = {}
    events = defaultdict(list)
    for membership, pk, state, deadline in rows:
        events[membership].append(Event(pk, reply_turn(state)))
        days[pk] = clock.day_of(deadline)
    return _raise_cases("no_reply_in_a_row", "no-reply", events, days, members)


def sweep_absences(*, on: date) -> int:
    """Three absences in a row after accepting raise an exit case (第七条（五）); how many new cases."""
    often = Participation.objects.filter(attended=False).values("membership").annotate(n=Count("pk"))
    members = {row["membership"]: row["n"] for row in often}
    rows = (
        Participation.objects.filter(membership__in=members, state=Participation.State.STANDING, request__starts_on__lte=on)
        .order_by("request__starts_on", "pk")
        .values_list("membership_id", "pk", "attended", "request__starts_on")
    )
    days: dict[int, date] = {}
    events = defaultdict(list)
    for membership, pk, attended, starts_on in rows:
        events[membership].append(Event(pk, attendance_turn(attended)))
        days[pk] = starts_on or on
    return _raise_cases("absent_after_accept_in_a_row", "absent", events, days, members)


def _raise_cases(trigger: str, word: str, events: dict[int, list[Event]], days: dict[int, date], often: dict[int, int]) -> int:
    """Raise one case for every completed row of events, once; the key names the event that completed it."""
    known = set(ExitCase.objects.filter(trigger_key__startswith=f"{word}:").values_list("trigger_key", flat=True))
    raised = 0
    for membership in _active(events):
        try:
            exits = membership.pool.regulation_on(clock.today()).exits
        except NoEditionInForce:
            continue
        for ground in exits.triggered_by(trigger) if exits else ():
            if not ground.limit or often[membership.pk] < ground.limit:
                continue
            for key in reached(events[membership.pk], ground.limit):
                trigger_key = f"{word}:{key}"
                if trigger_key in known:
                    continue
                with transaction.atomic():
                    raised += _raise(membership, ground.code, ground.name, trigger_key, days[key])
    return raised


def _raise(membership: Membership, ground: str, name: str, trigger_key: str, day: date) -> bool:
    try:
        case = raise_exit_case(
            membership=membership,
            ground=ground,
            reason=f"系统依规定提出：{name}。最近一次发生于{day.year}年{day.month}月{day.day}日。",
            source=ExitCase.Source.SYSTEM,
            by=None,
            on=day,
            trigger_key=trigger_key,
        )
    except Refused:
        # He left meanwhile.
        return False
    return case.trigger_key == trigger_key


def _active(pks: Iterable[int]) -> Iterable[Membership]:
    return Membership.objects.active().filter(pk__in=list(pks)).select_related("pool").order_by("pk")


SWEEPS = [sweep_invitations, sweep_seats, sweep_contacts, sweep_no_reply, sweep_absences]
