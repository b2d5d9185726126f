"""Leaving and suspension with what follows from them upstairs: accepted seats are given up, standbys step up.

The experts' services alone end a membership or suspend it; here they are wrapped, so that seats follow in the same
transaction.
"""

from datetime import date

from django.db import transaction

from expertpool.accounts.models import User
from expertpool.regulations import Regulation
from experts.models import ExitCase, Membership, Suspension
from experts.services.exits import decide_exit
from experts.services.suspensions import suspend
from selection.models import Candidate, Draw, DrawRequest, Invitation, Participation
from selection.services import contacts
from selection.services.acting import RUNNING
from selection.services.eligibility import seats_ended
from selection.services.invitations import skip, take_back, why_not_withdraw
from selection.services.running import RunningDraw


@transaction.atomic
def exit_member(*, case: ExitCase, reason: str, by: User) -> ExitCase:
    """Decide that a membership ends (第七条); its holder gives up his accepted seats in the same transaction."""
    running = _lock_draws(case.membership)
    case = decide_exit(case=case, exit=True, reason=reason, by=by)
    _release(case.membership, running, by=by)
    return case


@transaction.atomic
def suspend_member(
    *, membership: Membership, starts_on: date, ends_on: date | None, reason: str, by: User, edition: Regulation | None = None
) -> Suspension:
    """Suspend a member from ``starts_on`` to ``ends_on``, both included; seats on those days are given up (第十九条（一）).

    ``edition`` as of :func:`experts.services.suspensions.suspend`.
    """
    running = _lock_draws(membership)
    suspension = suspend(membership=membership, starts_on=starts_on, ends_on=ends_on, reason=reason, by=by, edition=edition)
    _release(membership, running, by=by)
    return suspension


@transaction.atomic
def release_seats(*, membership: Membership, by: User | None) -> list[Participation]:
    """Give up what a member accepted but can no longer serve: he left, is suspended on those days, or reaches the age.

    Open invitations of his are skipped with the same reason. Only activities that have not started. A draw whose
    supplementary round is frozen takes no line now; the next sweep does it. Harmless when repeated. A consequence of
    what was decided elsewhere: it asks for no duty.
    """
    return _release(membership, _lock_draws(membership), by=by)


def _release(membership: Membership, draws: list[RunningDraw], *, by: User | None) -> list[Participation]:
    """Give up his seats in the locked ``draws``; one that has come to name him since is left to the next sweep.

    The ledger may be locked by now, so no further request is waited for, and whoever may be asked next was judged before.
    """
    released = []
    for running in draws:
        why = seats_ended(memberships=[membership.pk], request=running.request, regulation=running.regulation).get(membership.pk)
        if why is None or contacts.why_not_write(running.book):
            continue
        candidate = _his(running, membership)
        participation: Participation | None = getattr(candidate, "participation", None)
        if participation is not None and participation.state == Participation.State.STANDING:
            participation.request = running.request
            if why_not_withdraw(participation=participation) is None:
                released.append(take_back(running, participation, reason_code=why.code, by=by))
            continue
        invitation = contacts.invitation_of(candidate)
        if invitation is not None:
            skip(running, invitation, why=why, by=by)
    return released


def _his(running: RunningDraw, membership: Membership) -> Candidate:
    return next(one for one in running.book.candidates.values() if one.membership_id == membership.pk)


def _lock_draws(membership: Membership) -> list[RunningDraw]:
    """Lock the running draws that drew the member before anything locks his own row, and judge who may be asked next."""
    named = Draw.objects.filter(attempts__candidates__membership=membership).values("request_id")
    running = DrawRequest.objects.select_for_update().filter(pk__in=named, state__in=RUNNING).order_by("pk")
    pks = list(running.values_list("pk", flat=True))
    draws = [RunningDraw.of(draw) for draw in Draw.objects.filter(request__in=pks).order_by("request_id")]
    for one in draws:
        if _may_be_replaced(one, membership):
            one.look_ahead()
    return draws


def _may_be_replaced(running: RunningDraw, membership: Membership) -> bool:
    """Whether the member holds a seat or an open invitation in this draw, so that somebody may be asked in his place."""
    candidate = _his(running, membership)
    invitation = contacts.invitation_of(candidate)
    return invitation is not None and invitation.state in {Invitation.State.OPEN, Invitation.State.ACCEPTED}
