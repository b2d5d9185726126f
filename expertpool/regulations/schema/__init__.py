"""What a regulation can say, as frozen dataclasses, one module a provision.

One edition of a regulation is one TOML file; `loader` turns it into a `Regulation`. The annotations are the grammar of
that file: an attribute without a default must be given, an attribute that is not there is an unknown key, a `Literal`
is a closed list of strategies. A part that is `None` or empty means that the regulation is silent about it; a key that
stands in `defaults` may be left out, and what the system takes then is printed as 系统默认. What annotations cannot say
(bands without gap, references between parts, the parameters of a strategy) is checked beside the provision.

Every class derived from `Provision` carries the `article` it comes from, in the short form of the clause table
(`13(2)b`); `printed(article)` gives the form a reader knows (第十三条第（二）项).
"""

from .articles import printed
from .base import ROLES, Choice, Provision, RoleCode, Rule, Said
from .conditions import (
    DEGREES,
    TITLE_LEVELS,
    Condition,
    ConditionStrategy,
    Degree,
    ExpertType,
    TitleLevel,
    degree_reaches,
    title_reaches,
)
from .contact import Contact, DeclineReason, StandbyRule
from .defaults import SYSTEM_DEFAULTS, Default
from .draw import Designation, DesignationReason, Draw, EmergencyExemption, Guest, Priority, Supplementary
from .edition import Reading, Regulation
from .evaluation import AnnualAssessment, Band, Criterion, Evaluation, Grade, Section
from .exits import AgeExit, ExitGround, Exits, ExitTrigger
from .forms import Form, FormField
from .intake import AttachmentKind, Attestation, Channel, Consent, Intake, Step, StepKind, StepNeed
from .labels import Labels
from .papers import Document, Opinions
from .pool import Activities, Doubts, Field, Management
from .publicity import Objection, PublicColumn, Publicity, PublicityExemption
from .recusal import SYSTEM_EXCLUSIONS, ExclusionReason, RecusalGround, RecusalMatch
from .request import ApprovalStep, RequestField, RequestRules
from .rotation import AnnualCap, Rotation, SitOut
from .sanctions import Sanction, Sanctions
from .standing import Freeze, Term, UpdateField, UpdateRules

__all__ = [
    "DEGREES",
    "ROLES",
    "SYSTEM_DEFAULTS",
    "SYSTEM_EXCLUSIONS",
    "TITLE_LEVELS",
    "Activities",
    "AgeExit",
    "AnnualAssessment",
    "AnnualCap",
    "ApprovalStep",
    "AttachmentKind",
    "Attestation",
    "Band",
    "Channel",
    "Choice",
    "Condition",
    "ConditionStrategy",
    "Consent",
    "Contact",
    "Criterion",
    "DeclineReason",
    "Default",
    "Degree",
    "Designation",
    "DesignationReason",
    "Document",
    "Doubts",
    "Draw",
    "EmergencyExemption",
    "Evaluation",
    "ExclusionReason",
    "ExitGround",
    "ExitTrigger",
    "Exits",
    "ExpertType",
    "Field",
    "Form",
    "FormField",
    "Freeze",
    "Grade",
    "Guest",
    "Intake",
    "Labels",
    "Management",
    "Objection",
    "Opinions",
    "Priority",
    "Provision",
    "PublicColumn",
    "Publicity",
    "PublicityExemption",
    "Reading",
    "RecusalGround",
    "RecusalMatch",
    "Regulation",
    "RequestField",
    "RequestRules",
    "RoleCode",
    "Rotation",
    "Rule",
    "Said",
    "Sanction",
    "Sanctions",
    "Section",
    "SitOut",
    "StandbyRule",
    "Step",
    "StepKind",
    "StepNeed",
    "Supplementary",
    "Term",
    "TitleLevel",
    "UpdateField",
    "UpdateRules",
    "degree_reaches",
    "printed",
    "title_reaches",
]
