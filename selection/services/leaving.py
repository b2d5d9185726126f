"""Leaving and suspension with what follows from them upstairs: accepted seats are given up, standbys step up."""

from datetime import date

from django.db import transaction

from expertpool.accounts.models import User
from experts.models import ExitCase, Membership, Suspension
from experts.services.editions import edition_of
from experts.services.exits import decide_exit
from experts.services.suspensions import suspend
from selection.models import Draw, DrawRequest, Invitation, Participation
from selection.services import contacts
from selection.services.capacity import why_seat_ends
from selection.services.invitations import RUNNING, skip, why_not_withdraw, withdraw


@transaction.atomic
def exit_member(*, case: ExitCase, reason: str, by: User, on: date | None = None) -> ExitCase:
    """Decide that a membership ends (第七条); its holder gives up his accepted seats in the same transaction."""
    locked = _lock_draws(case.membership)
    case = decide_exit(case=case, exit=True, reason=reason, by=by, on=on)
    _release(case.membership, locked, by=by, on=on)
    return case


@transaction.atomic
def suspend_member(
    *, membership: Membership, starts_on: date, ends_on: date | None, reason: str, by: User, on: date | None = None
) -> Suspension:
    """Suspend a member from ``starts_on`` to ``ends_on``, both included; seats on those days are given up (第十九条（一）)."""
    locked = _lock_draws(membership)
    suspension = suspend(membership=membership, starts_on=starts_on, ends_on=ends_on, reason=reason, by=by, on=on)
    _release(membership, locked, by=by, on=on)
    return suspension


@transaction.atomic
def release_seats(*, membership: Membership, by: User | None, on: date | None = None) -> list[Participation]:
    """Give up what a member accepted but can no longer serve: he left, is suspended on those days, or reaches the age.

    Open invitations of his are skipped with the same reason. Only activities that have not started. A draw whose
    supplementary round is frozen takes no line now; the next sweep does it. Harmless when repeated.
    """
    return _release(membership, _lock_draws(membership), by=by, on=on)


def _release(membership: Membership, locked: list[int], *, by: User | None, on: date | None) -> list[Participation]:
    """Give up his seats in the draws of ``locked`` requests; one that has come to name him since is left to the next sweep.

    The ledger is locked by now, so no further request may be waited for.
    """
    membership = Membership.objects.select_related("expert").get(pk=membership.pk)
    released = []
    standing = (
        Participation.objects.filter(membership=membership, state=Participation.State.STANDING, request__in=locked)
        .select_related("request", "membership__expert", "candidate__attempt__draw__request__pool")
        .order_by("request_id")
    )
    for participation in standing:
        if participation.candidate is None or why_not_withdraw(participation=participation, by=None):
            continue
        draw = participation.candidate.attempt.draw
        why = why_seat_ends(membership=membership, request=participation.request, regulation=edition_of(draw, draw.request.pool))
        if why is None or contacts.why_not_write(contacts.read(draw)):
            continue
        released.append(withdraw(participation=participation, reason_code=why.code, by=by, on=on))
    waiting = (
        Invitation.objects.open()
        .filter(candidate__membership=membership, candidate__attempt__draw__request__in=locked)
        .select_related("candidate__attempt__draw__request__pool")
        .order_by("candidate__attempt__draw__request_id")
    )
    for invitation in waiting:
        draw = invitation.candidate.attempt.draw
        why = why_seat_ends(membership=membership, request=draw.request, regulation=edition_of(draw, draw.request.pool))
        if why is not None and not contacts.why_not_write(contacts.read(draw)):
            skip(invitation=invitation, reason_code=why.code, by=by)
    return released


def _lock_draws(membership: Membership) -> list[int]:
    """Lock the running draws that name the member before anything locks his own row; the ids of their requests."""
    named = Draw.objects.filter(attempts__candidates__membership=membership).values("request_id")
    running = DrawRequest.objects.select_for_update().filter(pk__in=named, state__in=RUNNING)
    return list(running.order_by("pk").values_list("pk", flat=True))
