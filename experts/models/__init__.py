"""The way into a pool, standing in it, and the ways out, a module a subject."""

from .applications import (
    Answer,
    Application,
    ApplicationEmployment,
    ApplicationQuerySet,
    Batch,
    BatchDecision,
    BatchQuerySet,
    ConditionTick,
    ConditionWaiver,
    Endorsement,
    Review,
    ReviewRemark,
)
from .evidence import Attachment, AttachmentQuerySet
from .exits import ExitCase, ExitCaseQuerySet, ReentryBan
from .people import DeclaredInterest, Employment, EmploymentFacts, Expert, ExpertQuerySet, PersonalFile, Sex, TitleLevel
from .publicity import Objection, ObjectionQuerySet, Publicity, PublicityQuerySet
from .standing import Disclosure, Mark, MarkQuerySet, Membership, MembershipQuerySet, Notice, Suspension, SuspensionQuerySet

__all__ = [
    "Answer",
    "Application",
    "ApplicationEmployment",
    "ApplicationQuerySet",
    "Attachment",
    "AttachmentQuerySet",
    "Batch",
    "BatchDecision",
    "BatchQuerySet",
    "ConditionTick",
    "ConditionWaiver",
    "DeclaredInterest",
    "Disclosure",
    "Employment",
    "EmploymentFacts",
    "Endorsement",
    "ExitCase",
    "ExitCaseQuerySet",
    "Expert",
    "ExpertQuerySet",
    "Mark",
    "MarkQuerySet",
    "Membership",
    "MembershipQuerySet",
    "Notice",
    "Objection",
    "ObjectionQuerySet",
    "PersonalFile",
    "Publicity",
    "PublicityQuerySet",
    "ReentryBan",
    "Review",
    "ReviewRemark",
    "Sex",
    "Suspension",
    "SuspensionQuerySet",
    "TitleLevel",
]
