"""What falls due in the selection room. Every sweep may run twice, late, or once after a month: the result is the same.

A sweep goes over all pools; each thing is judged by its own pool and its own edition.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Count, Q

from expertpool import clock
from expertpool.pools.editions import edition_of
from expertpool.pools.models import Pool
from expertpool.refusals import Refused
from expertpool.regulations import NoEditionInForce
from expertpool.regulations.acting import acts_on
from experts.models import ExitCase, Membership
from experts.services.exits import raise_exit_case
from selection.domain.counters import reached
from selection.models import Draw, DrawRequest, Invitation, Participation, Presence
from selection.services.acting import RUNNING, draw_of, edition_for
from selection.services.counters import ABSENT, NO_REPLY, Past, attendances_of, replies_of
from selection.services.draws.presence import leave, why_not_watch
from selection.services.eligibility import seats_ended
from selection.services.invitations import invite_due, lapse
from selection.services.leaving import release_seats

logger = logging.getLogger(__name__)


def _moment(on: date) -> datetime:
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
    (第七条, 第十九条（一）); a standby steps up. How many seats were given up.
    """
    lost: set[int] = set()
    for draw in Draw.objects.filter(request__state__in=RUNNING, request__starts_on__gt=on).select_related("request__pool"):
        accepted = Q(participations__request=draw.request, participations__state=Participation.State.STANDING)
        invited = Q(candidacies__attempt__draw=draw, candidacies__invitation__state=Invitation.State.OPEN)
        holders = list(Membership.objects.filter(accepted | invited).distinct().values_list("pk", flat=True))
        lost |= seats_ended(memberships=holders, request=draw.request, regulation=edition_of(draw, draw.request.pool)).keys()
    members = Membership.objects.filter(pk__in=lost).order_by("pk")
    return sum(len(release_seats(membership=membership, by=None)) for membership in members)


def sweep_presences(*, on: date) -> int:
    """Who holds no duty any more for which he stands at a draw stands there no longer; how many were written down as gone."""
    gone = 0
    for one in Presence.objects.filter(left_at__isnull=True).select_related("request__pool", "inspector").order_by("pk"):
        request = one.request
        try:
            edition = edition_for(request, draw_of(request))
        except Refused:
            # No edition is in force and nothing is drawn: nobody is told to stay or to go.
            continue
        if why_not_watch(one.inspector, request, edition) is not None:
            leave(request=request, by=one.inspector)
            gone += 1
    return gone


@acts_on("exits.grounds.trigger", "no_reply_in_a_row")
@acts_on("exits.grounds.limit")
def sweep_no_reply(*, on: date) -> int:
    """Three invitations in a row without a reply in time raise an exit case (第七条（五）, reading A12); how many new cases."""
    rows = Invitation.objects.filter(state=Invitation.State.NO_REPLY).values("candidate__membership").annotate(n=Count("pk"))
    often = {row["candidate__membership"]: row["n"] for row in rows}
    return _raise_cases(NO_REPLY, "no-reply", replies_of(often), often)


@acts_on("exits.grounds.trigger", "absent_after_accept_in_a_row")
def sweep_absences(*, on: date) -> int:
    """Three absences in a row after accepting raise an exit case (第七条（五）); how many new cases."""
    rows = Participation.objects.filter(attended=False).values("membership").annotate(n=Count("pk"))
    often = {row["membership"]: row["n"] for row in rows}
    return _raise_cases(ABSENT, "absent", attendances_of(often, on), often)


@dataclass(frozen=True)
class _Rule:
    """A ground of the edition that was in force on the day of an event."""

    ground: str
    name: str
    limit: int


def _rules_on(trigger: str, pool: Pool, day: date) -> tuple[_Rule, ...]:
    """The grounds that ``trigger`` raises under the edition of a day, under which the case is then raised and decided."""
    try:
        exits = pool.regulation_on(day).exits
    except NoEditionInForce:
        return ()
    return tuple(_Rule(one.code, one.name, one.limit) for one in (exits.triggered_by(trigger) if exits else ()) if one.limit)


def _raise_cases(trigger: str, word: str, pasts: dict[int, Past], often: dict[int, int]) -> int:
    """Raise one case for every completed row of events, once; the key names the event that completed it."""
    known = set(ExitCase.objects.filter(trigger_key__startswith=f"{word}:").values_list("trigger_key", flat=True))
    raised = 0
    for membership in _active(pasts):
        past = pasts[membership.pk]
        rules = {key: _rules_on(trigger, membership.pool, day) for key, day in past.days.items()}
        for limit in sorted({rule.limit for found in rules.values() for rule in found}):
            if often[membership.pk] < limit:
                continue
            for key in reached(past.events, limit):
                trigger_key = f"{word}:{key}"
                if trigger_key in known:
                    continue
                for rule in rules.get(key, ()):
                    if rule.limit == limit:
                        with transaction.atomic():
                            raised += _raise(membership, rule.ground, rule.name, trigger_key, past.days[key])
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
    except Refused as refused:
        # He left meanwhile; anything else would come back every night, so it is told.
        if any(one.code != "exited" for one in refused.refusals):
            logger.warning("case %s of membership %s was not raised: %s", trigger_key, membership.pk, refused.refusals[0].code)
        return False
    return case.trigger_key == trigger_key


def _active(pks: Iterable[int]) -> Iterable[Membership]:
    return Membership.objects.active().filter(pk__in=list(pks)).select_related("pool").order_by("pk")


SWEEPS = [sweep_invitations, sweep_seats, sweep_contacts, sweep_presences, sweep_no_reply, sweep_absences]
