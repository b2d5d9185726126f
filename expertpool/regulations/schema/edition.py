"""One edition of a regulation: all its parts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any, Literal

from .articles import printed
from .base import Fail, Provision, Rule, Said, check_code, check_lists, check_together, walk
from .conditions import Condition, ExpertType, check_conditions
from .contact import Contact
from .defaults import SYSTEM_DEFAULTS, silent
from .draw import Draw, check_draw
from .evaluation import AnnualAssessment, Evaluation, check_evaluation
from .exits import AgeExit, Exits, check_exits
from .forms import Form
from .intake import AttachmentKind, Channel, Intake, check_intake
from .labels import Labels
from .paper import Paper
from .papers import Document, Opinions
from .pool import Activities, Doubts, Field, Management, check_fields
from .practices import check_practices
from .publicity import Publicity
from .recusal import SYSTEM_EXCLUSIONS, ExclusionReason, RecusalGround, check_recusal
from .request import RequestRules
from .roles import check_roles
from .rotation import Rotation
from .sanctions import Sanctions
from .standing import Freeze, Term, UpdateRules


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a silence or a contradiction is read. problem: what is unclear; text: the reading."""

    id: str
    article: str
    problem: str
    text: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Regulation:
    """One edition of a regulation.

    effective_from, effective_to: first and last day in force, Beijing dates, both included; effective_to None
    means that no end is given. status `draft`: never in force unless the deployment says so. lapse_warn_days: calendar days
    before the end. fields_extensible: whether the pool may add fields of its own.
    Two loads of one file are two objects; `file_hash` says whether the content is the same.
    """

    code: str
    name: str
    short_name: str
    issuer: str
    document_number: str = ""
    managing_body: str
    status: Literal["in_force", "draft"]
    effective_from: date
    effective_to: date | None = None
    effective_article: str
    effective_note: str = ""
    lapse_warn_days: int = silent("lapse_warn_days")
    labels: Labels
    management: Management | None = None
    activities: Activities
    expert_types: tuple[ExpertType, ...] = ()
    fields: tuple[Field, ...] = ()
    fields_extensible: bool = silent("fields_extensible")
    fields_article: str = ""
    intake: Intake
    conditions: tuple[Condition, ...] = ()
    attachments: tuple[AttachmentKind, ...] = ()
    application_form: Form | None = None
    request_form: Form | None = None
    evaluation_form: Form | None = None
    publicity: Publicity | None = None
    term: Term | None = None
    freeze: Freeze | None = None
    update: UpdateRules | None = None
    exits: Exits | None = None
    recusal: tuple[RecusalGround, ...] = ()
    doubts: Doubts | None = None
    rotation: Rotation | None = None
    exclusions: Mapping[str, ExclusionReason] = field(default_factory=dict)
    request: RequestRules | None = None
    draw: Draw | None = None
    contact: Contact | None = None
    evaluation: Evaluation | None = None
    annual_assessment: AnnualAssessment | None = None
    sanctions: Sanctions | None = None
    documents: tuple[Document, ...] = ()
    opinions: Opinions | None = None
    rights: tuple[Rule, ...] = ()
    sharing: tuple[Rule, ...] = ()
    security: tuple[Rule, ...] = ()
    supervision: tuple[Rule, ...] = ()
    others: tuple[Rule, ...] = ()
    readings: tuple[Reading, ...] = ()
    # Not keys of the file: which of them it gives, where it came from, its bytes, and the published text that stands beside it.
    given: frozenset[str] = field(default=frozenset(), repr=False)
    file: Path = field(default=Path(), repr=False)
    source: bytes = field(default=b"", repr=False)
    paper: Paper | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return self.name

    @property
    def file_hash(self) -> str:
        """SHA-256 of the file's bytes, lower-case hex: the identity of the edition."""
        return hashlib.sha256(self.source).hexdigest()

    @property
    def paper_note(self) -> str:
        """What every print of the edition says where its quotes could not be checked; empty where they were."""
        return "" if self.paper else "原文未附，引文未核对"

    @property
    def paper_hash(self) -> str:
        """SHA-256 of the published text; empty where it does not stand beside the file."""
        return self.paper.hash if self.paper else ""

    def articles(self) -> Iterator[str]:
        """Every article key that the file cites."""
        yield self.effective_article
        if self.fields_article:
            yield self.fields_article
        for _, one in self.provisions():
            yield from (value for item in fields(one) if item.name.endswith("article") and (value := getattr(one, item.name)))
            for item in fields(one):
                inner = getattr(one, item.name)
                for band in inner if isinstance(inner, tuple) else ():
                    yield from filter(None, [getattr(band, "consequence_article", "")])

    def uncited(self) -> tuple[str, ...]:
        """The articles of the published text that nothing in the file cites, in order; empty where the text is not at hand."""
        return self.paper.uncited(self.articles()) if self.paper else ()

    def rules_digest(self, alg: str) -> str:
        """Digest of the file's bytes under `sm3` or `sha256`, for the `rules` line of a draw's manifest."""
        if alg == "sha256":
            return self.file_hash
        if alg != "sm3":
            raise ValueError(alg)
        if "sm3" in hashlib.algorithms_available:
            return hashlib.new("sm3", self.source).hexdigest()
        from cryptography.hazmat.primitives import hashes  # only where OpenSSL was built without SM3

        digest = hashes.Hash(hashes.SM3())
        digest.update(self.source)
        return digest.finalize().hex()

    def said(self, path: str) -> Said:
        """What the edition says at a dotted path (`draw.drawn_by`), or what the system takes where it says nothing.

        KeyError for a path that the schema does not have. Elements of lists are not reached: ask the element.
        """
        *parents, name = path.split(".")
        part: Any = self
        for one in parents:
            part = getattr(part, one) if part is not None else None
        if isinstance(part, Provision):
            if name in part.given or path not in SYSTEM_DEFAULTS:
                article = getattr(part, f"{name.removesuffix('_by')}_article", "") or getattr(part, f"{name}_article", "")
                return Said(value=getattr(part, name), article=article or part.article, given=True)
        elif part is not None:
            raise KeyError(path)
        default = SYSTEM_DEFAULTS[path]
        if default.same_as:
            return Said(value=self.said(default.same_as).value, article="", given=False, default=default)
        return Said(value=default.value, article="", given=False, default=default)

    def in_force_on(self, on: date) -> bool:
        """Whether the edition's days include this Beijing date (its status is not looked at)."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)

    def cite(self, article: str) -> str:
        """The short name and the printed article: 《…》第十三条第（二）项."""
        return f"《{self.short_name}》{printed(article)}"

    @property
    def age_exit(self) -> AgeExit | None:
        """The age at which a membership ends, or None where the regulation has no such ground."""
        for ground in self.exits.triggered_by("age_reached") if self.exits else ():
            birthday = ground.birthday
            if birthday is not None:
                return AgeExit(
                    age=birthday,
                    article=ground.article,
                    warn_days=ground.warn_days or 0,
                    exempt_marks=ground.exempt_marks,
                    ground=ground,
                )
        return None

    def conditions_for(self, expert_type: str) -> tuple[Condition, ...]:
        """The conditions that an applicant of this expert type must meet; `` for none given."""
        own = next((one.conditions for one in self.expert_types if one.code == expert_type), ())
        return tuple(one for one in self.conditions if expert_type not in one.exempt_types) + own

    def channels_for(self, expert_type: str) -> tuple[Channel, ...]:
        """The channels by which this expert type may come."""
        only = next((one.channels for one in self.expert_types if one.code == expert_type), ())
        return tuple(one for one in self.intake.channels if not only or one.code in only)

    def exclusion(self, code: str) -> ExclusionReason:
        """The reason behind a code in pool.txt.

        Where the regulation gives it no article the article is empty: the reason follows from the draw itself.
        KeyError for a code that nobody knows.
        """
        if code in self.exclusions:
            return self.exclusions[code]
        return ExclusionReason(code=code, name=SYSTEM_EXCLUSIONS[code], article="")

    def field_name(self, code: str) -> str:
        """The name of a field; the code itself for one that a deployment added."""
        return next((one.name for one in self.fields if one.code == code), code)

    def provisions(self) -> Iterator[tuple[str, Provision]]:
        """Every provision with its dotted key, in the order of the schema."""
        for item in fields(self):
            yield from walk(item.name, getattr(self, item.name))


def check(regulation: Regulation, fail: Fail) -> None:
    """What the annotations cannot say; `fail` is called with key and reason and does not return."""
    check_code(regulation.code, "code", fail)
    if regulation.effective_to is not None and regulation.effective_to < regulation.effective_from:
        fail("effective_to", "失效日期早于生效日期")
    check_lists(regulation, fail)
    check_together(regulation, fail)
    check_roles(regulation, fail)
    check_fields(regulation, fail)
    check_recusal(regulation.recusal, regulation.exclusions, fail)
    _check_readings(regulation, fail)
    check_intake(regulation.intake, regulation.expert_types, publicity=regulation.publicity is not None, fail=fail)
    check_conditions(regulation.conditions, regulation.expert_types, fail)
    check_exits(
        regulation.exits,
        grades=_names(regulation.evaluation),
        annual=_names(regulation.annual_assessment),
        late_ground=regulation.update.late_ground if regulation.update else "",
        fail=fail,
    )
    check_draw(regulation.draw, fail)
    check_evaluation(regulation.evaluation, fail)
    if "CLASH" in regulation.exclusions and regulation.request is not None and not regulation.request.clash_check:
        fail("exclusions.CLASH", "不核对时间冲突（request.clash_check），没有人会因此不进入抽取")
    check_practices(regulation, fail)


def _names(part: Evaluation | AnnualAssessment | None) -> set[str]:
    return {one.name for one in part.grades} if part else set()


def _check_readings(regulation: Regulation, fail: Fail) -> None:
    known = {one.id for one in regulation.readings}
    if len(known) < len(regulation.readings):
        fail("readings", "编号重复")
    for path, provision in regulation.provisions():
        for one in provision.readings:
            if one not in known:
                fail(f"{path}.readings", f"没有编号为“{one}”的释义")
