"""How experts are lent out, a module a subject."""

from .draws import Attempt, Candidate, ContactLine, Draw, Invitation, InvitationQuerySet, Presence
from .participation import Participation, ParticipationQuerySet
from .requests import (
    Approval,
    DrawRequest,
    DrawRequestQuerySet,
    ProjectPerson,
    RequestRecusal,
    RequestSeats,
    ReviewedProject,
    Waiver,
    WaiverQuerySet,
    approves_any,
    reach_of_approval,
)

__all__ = [
    "Approval",
    "Attempt",
    "Candidate",
    "ContactLine",
    "Draw",
    "DrawRequest",
    "DrawRequestQuerySet",
    "Invitation",
    "InvitationQuerySet",
    "Participation",
    "ParticipationQuerySet",
    "Presence",
    "ProjectPerson",
    "RequestRecusal",
    "RequestSeats",
    "ReviewedProject",
    "Waiver",
    "WaiverQuerySet",
    "approves_any",
    "reach_of_approval",
]
