"""Whose affair an exit case is: who raises one about a member, and who brings evidence for it. Files and decisions ask here."""

from dataclasses import replace
from datetime import date

from expertpool.accounts.models import User
from expertpool.pools import duties
from expertpool.pools.duties import Actor
from expertpool.pools.editions import edition_of
from expertpool.pools.models import Role
from expertpool.refusals import Refusal
from expertpool.regulations import Regulation
from experts.models import ExitCase, Membership

#: Whoever holds one of these may raise a case: named for it, or deciding what follows from a violation (which may be an exit).
RAISE = ("exits.raise", "violations.settle")
DECIDE = "exits.decide"
KEEP = "members.keep"


def _about(by: User, membership: Membership, on: date) -> Actor:
    """``by`` as he stands towards this member: an employer speaks for its own people alone."""
    who = duties.actor(by, membership.pool, on)
    own = membership.expert.employer_id
    return replace(who, assignments=tuple(one for one in who.assignments if one.role != Role.EMPLOYER or one.organisation_id == own))


def why_not_raise_by_duty(by: User | None, membership: Membership, on: date, edition: Regulation | None = None) -> Refusal | None:
    """The reason why ``by`` (None: the system) does not raise exit cases about this member, or None: he holds a duty of :data:`RAISE`."""
    return _none_of(by, RAISE, membership, on, edition)


def why_not_add_evidence(case: ExitCase, by: User | None, on: date) -> Refusal | None:
    """The reason why ``by`` cannot add evidence to the case, or None: it is open, and he decides it, keeps the pool or may raise it.

    The edition that the case was raised under says who. That somebody raised the case once gives him nothing today.
    """
    edition = edition_of(case, case.membership.pool)
    if refusal := _none_of(by, (DECIDE, KEEP, *RAISE), case.membership, on, edition):
        return refusal
    return None if case.state == ExitCase.State.OPEN else Refusal("state", "出库事项已经决定，不能再增加证据材料。")


def _none_of(by: User | None, wanted: tuple[str, ...], membership: Membership, on: date, edition: Regulation | None) -> Refusal | None:
    """The first duty's refusal where ``by`` holds none of them towards this member."""
    if by is None:
        return None
    who = _about(by, membership, on)
    found = [who.why_not(duty, edition=edition) for duty in wanted]
    return None if None in found else found[0]
