"""What a regulation can say, as frozen dataclasses.

One edition of a regulation is one TOML file; `loader` turns it into a `Regulation`. The annotations below
are the grammar of that file: an attribute without a default must be given, an attribute that is not here is
an unknown key, a `Literal` is a closed list of strategies. A part that is `None` or empty means that the
regulation is silent about it.

Every class derived from `Provision` carries the `article` it comes from, in the short form of the clause
table (`13(2)b`); `printed(article)` gives the form a reader knows (第十三条第（二）项).

Source: the five regulations the project was built for, and the readings that each file lists.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Literal

RoleCode = Literal["recommending_unit", "employer", "expert", "office", "leader", "department", "inspector", "system"]
TitleLevel = Literal["初级", "中级", "副高级", "正高级"]
Degree = Literal["学士", "硕士", "博士"]

TITLE_LEVELS: tuple[TitleLevel, ...] = ("初级", "中级", "副高级", "正高级")
DEGREES: tuple[Degree, ...] = ("学士", "硕士", "博士")

_DIGITS = "零一二三四五六七八九"
_SHORT = re.compile(r"(\d+)(bis)?(?:\((\d+)\))?(\d+)?(end)?-?[a-z]?\Z")
_EXPLANATION = re.compile(r"([一二三四五六七八九十]+)\((\d+)\)[a-z]?\Z")
_CHAPTER = re.compile(r"([一二三四五六七八九十]+)·(第[一二三四五六七八九十]+章)[a-z]?\Z")
_ANNEX = re.compile(r"(附表\d[一二三四五六七八九十]?注?)[a-z]?\Z")


def title_reaches(level: str, minimum: str) -> bool:
    """Whether a title level is at least the minimum, in the order 初级, 中级, 副高级, 正高级.

    An empty or unknown level reaches nothing.
    """
    return level in TITLE_LEVELS and TITLE_LEVELS.index(level) >= TITLE_LEVELS.index(minimum)


def degree_reaches(degree: str, minimum: str) -> bool:
    """Whether a degree is at least the minimum, in the order 学士, 硕士, 博士."""
    return degree in DEGREES and DEGREES.index(degree) >= DEGREES.index(minimum)


def _chinese(number: int) -> str:
    if not 0 < number < 100:
        raise ValueError(f"no Chinese numeral for {number}")
    tens, ones = divmod(number, 10)
    head = {0: "", 1: "十"}.get(tens, _DIGITS[tens] + "十")
    return head + (_DIGITS[ones] if ones else "")


def printed(article: str) -> str:
    """The printed form of a short article key: `13(2)b` is 第十三条第（二）项, `附表1` stays `附表1`.

    The letter at the end only separates several duties inside one provision and is not printed.
    An empty key (no article) stays empty. Raises ValueError for a key that has none of the known forms.
    """
    if not article:
        return ""
    if found := _SHORT.match(article):
        number, second, item, point, end = found.groups()
        text = f"第{_chinese(int(number))}条" + ("（第二个）" if second else "")
        text += f"第（{_chinese(int(item))}）项" if item else ""
        text += f"第{point}目" if point else ""
        return text + ("末段" if end else "")
    if found := _EXPLANATION.match(article):
        return f"说明第{found[1]}部分第（{_chinese(int(found[2]))}）项"
    if found := _CHAPTER.match(article):
        return f"说明第{found[1]}部分{found[2]}"
    if found := _ANNEX.match(article):
        return found[1]
    raise ValueError(article)


@dataclass(frozen=True, kw_only=True)
class Provision:
    """Something a regulation says.

    article: short key of the clause table. quote: the regulation's own words, verbatim, or empty.
    readings: ids of the readings that this provision rests on. note: a remark for officials.
    """

    article: str
    quote: str = ""
    readings: tuple[str, ...] = ()
    note: str = ""

    @property
    def printed_article(self) -> str:
        """The article as a reader knows it."""
        return printed(self.article)


@dataclass(frozen=True, kw_only=True)
class Rule(Provision):
    """A provision that is described and recorded as it stands (rights, security, sharing, supervision).

    by_hand: people act on it, no code is meant to.
    """

    code: str
    name: str
    by_hand: bool = False


@dataclass(frozen=True, kw_only=True)
class Labels:
    """Names that a deployment may have to change: titles of forms, certificate, bodies."""

    pool: str
    managing_body: str
    office: str = "专家库管理处室"
    department: str = "专家使用单位"
    leader: str = "分管领导"
    inspector: str = "纪检部门"
    recommending_unit: str = "推荐单位"
    application_form: str = ""
    request_form: str = ""
    evaluation_form: str = ""
    certificate: str = ""


@dataclass(frozen=True, kw_only=True)
class Activities(Provision):
    """The closed list of activities for which experts may be drawn."""

    types: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Field(Provision):
    """A professional field; `code` is what the draw's files carry."""

    code: str
    name: str


ConditionStrategy = Literal[
    "any_of",
    "all_of",
    "age_at_most",
    "title_at_least",
    "years_at_least",
    "license",
    "named_title",
    "degree_and_years",
    "employer_confirmation",
    "no_prior_removal",
    "consent",
    "attested",
    "reviewer_judges",
]


@dataclass(frozen=True, kw_only=True)
class Condition(Provision):
    """A condition of admission.

    strategy and its parameters:
      any_of, all_of: `alternatives`; age_at_most: `max_age`, completed years on the day of application;
      title_at_least: `min_title`; years_at_least: `min_years` in the trade; license: a registered professional
      qualification, `min_years` of practice when given; named_title: one of `titles`;
      degree_and_years: `degree` and `min_years` since; employer_confirmation, no_prior_removal, consent,
      attested: what the record itself shows; reviewer_judges: a human ticks it on the review sheet.
    exempt_types, exempt_marks: expert types and marks that skip the condition.
    waivable: blocked by default, but `waiver_approver` may waive it with a reason.
    """

    code: str
    name: str
    strategy: ConditionStrategy
    max_age: int | None = None
    min_title: TitleLevel | None = None
    min_years: int | None = None
    degree: Degree | None = None
    titles: tuple[str, ...] = ()
    alternatives: tuple[Condition, ...] = ()
    exempt_types: tuple[str, ...] = ()
    exempt_marks: tuple[str, ...] = ()
    waivable: bool = False
    waiver_article: str = ""
    waiver_approver: RoleCode = "office"


@dataclass(frozen=True, kw_only=True)
class ExpertType(Provision):
    """A class of experts. channels: the only channels it may come by (empty: any). conditions: in addition."""

    code: str
    name: str
    channels: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()


StepCode = Literal[
    "expert_consent",
    "employer_review",
    "unit_verification",
    "office_review",
    "department_decision",
    "publicity",
    "admission",
]


@dataclass(frozen=True, kw_only=True)
class Step(Provision):
    """A step of intake; `code` is the strategy, `role` who takes it."""

    code: StepCode
    name: str
    role: RoleCode
    batch: bool = False


@dataclass(frozen=True, kw_only=True)
class Channel(Provision):
    """A way into the pool. steps: codes of its steps, in order. by: who opens an application on it."""

    code: str
    name: str
    steps: tuple[StepCode, ...]
    by: RoleCode = "expert"
    public: bool = True


@dataclass(frozen=True, kw_only=True)
class Consent(Provision):
    """A consent that the applicant himself must give before he can submit. text: what he agrees to."""

    code: str
    name: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Attestation(Provision):
    """A dated statement that the applicant or his employer must make. text: what is stated."""

    code: str
    name: str
    by: Literal["applicant", "employer"]
    text: str


@dataclass(frozen=True, kw_only=True)
class Intake(Provision):
    """How somebody becomes a member of the pool.

    field_scope: a recommending unit may recommend only inside its own fields. open: always, or only while a
    call is open. calls_per_year: at least so many calls (None: not given).
    """

    channels: tuple[Channel, ...]
    steps: tuple[Step, ...]
    consents: tuple[Consent, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    field_scope: Rule | None = None
    employer_kinds: tuple[str, ...] = ()
    employer_kinds_article: str = ""
    open: Literal["always", "call"] = "call"
    open_article: str = ""
    calls_per_year: int | None = None
    calls_article: str = ""
    reject_needs_condition: bool = False
    reject_article: str = ""
    certificate: Rule | None = None

    def step(self, code: str) -> Step:
        """The step with this code; KeyError if the regulation has none."""
        for step in self.steps:
            if step.code == code:
                return step
        raise KeyError(code)

    def channel(self, code: str) -> Channel:
        """The channel with this code; KeyError if the regulation has none."""
        for channel in self.channels:
            if channel.code == code:
                return channel
        raise KeyError(code)


@dataclass(frozen=True, kw_only=True)
class AttachmentKind(Provision):
    """A kind of evidence that goes with an application."""

    code: str
    name: str
    required: bool = True


@dataclass(frozen=True, kw_only=True)
class FormField(Provision):
    """A box of an official form; `label` is verbatim."""

    code: str
    label: str
    group: str = ""


@dataclass(frozen=True, kw_only=True)
class Form(Provision):
    """An official form, to be printed exactly. footnote: the form's own note, verbatim."""

    title: str
    fields: tuple[FormField, ...] = ()
    footnote: str = ""
    stamp: str = ""


@dataclass(frozen=True, kw_only=True)
class Objection(Provision):
    """Rules for objections during publicity. notify: who is told the conclusion."""

    real_name: bool = False
    written: bool = False
    within_period: bool = True
    effect: Literal["blocks_person"] = "blocks_person"
    inquiry: Literal["verify", "re_review"] = "verify"
    notify: tuple[Literal["objector", "subject"], ...] = ()
    notify_article: str = ""


@dataclass(frozen=True, kw_only=True)
class PublicityExemption(Provision):
    """Publicity may be left out: what must be recorded, and who approves."""

    requires: tuple[Literal["provision", "reason", "approver"], ...]
    approver: RoleCode


PublicColumn = Literal["name", "employer", "title", "degree", "field"]


@dataclass(frozen=True, kw_only=True)
class Publicity(Provision):
    """Publication of the proposed list.

    days: length; counting: workdays or calendar days; bound: exactly so long, or at least.
    columns: exactly what the public page shows.
    """

    days: int
    counting: Literal["workdays", "calendar"]
    bound: Literal["exact", "minimum"]
    columns: tuple[PublicColumn, ...]
    columns_article: str
    objection: Objection
    exemption: PublicityExemption | None = None
    lookup: Rule | None = None


@dataclass(frozen=True, kw_only=True)
class Term(Provision):
    """Term of appointment, in years from admission; warn so many calendar days before its end."""

    years: int
    warn_days: int = 90


@dataclass(frozen=True, kw_only=True)
class Freeze(Provision):
    """A membership freezes after so many years without confirmation or update (from the last, else admission)."""

    after_years: int
    lifted_by: Literal["self_confirm"] = "self_confirm"
    lift_article: str = ""


UpdateField = Literal["phone", "email", "address", "postcode", "title", "title_level", "industry", "employer", "all"]


@dataclass(frozen=True, kw_only=True)
class UpdateRules(Provision):
    """How an expert's data are kept current.

    general_fields: changed by the expert himself; general_review: whether the office must confirm.
    key_fields: changed only with evidence and review; key_when: only in a round that the office opened, or any time.
    round_months: interval of the rounds (None: not given). change_report_workdays: a change of a key field must be
    reported within so many working days. late_ground: exit ground that a late report can lead to.
    """

    general_fields: tuple[UpdateField, ...] = ()
    general_article: str = ""
    general_review: Literal["office", "none"] = "none"
    key_fields: tuple[UpdateField, ...] = ()
    key_article: str = ""
    key_when: Literal["round", "any_time"] = "any_time"
    round_months: int | None = None
    round_article: str = ""
    change_report_workdays: int | None = None
    change_report_article: str = ""
    late_ground: str = ""
    late_ground_article: str = ""
    self_confirm: bool = False
    self_confirm_article: str = ""


ExitTrigger = Literal[
    "no_reply_in_a_row",
    "absent_after_accept_in_a_row",
    "unjustified_decline",
    "age_reached",
    "grade_count",
    "annual_grade",
    "resignation",
    "violation_report",
    "unreachable",
]


@dataclass(frozen=True, kw_only=True)
class ExitGround(Provision):
    """A ground on which a membership ends.

    number: the regulation's own count (two triggers of one ground share it). trigger: what raises a proposal by
    itself (None: somebody must file it). limit: how many for the counters; window: inside what they are counted.
    age and counted: `on_birthday` = on the birthday that completes `age`; `above` = older than `age` completed
    years, that is the next birthday. grade: the grade that is counted. warn_days: calendar days before.
    ban_years / ban_lifetime: no new application after this ground, from the day given by ban_from.
    """

    code: str
    number: int
    name: str
    trigger: ExitTrigger | None = None
    limit: int | None = None
    window: Literal["in_a_row", "term", "calendar_year"] | None = None
    age: int | None = None
    counted: Literal["on_birthday", "above"] | None = None
    grade: str = ""
    exempt_marks: tuple[str, ...] = ()
    warn_days: int | None = None
    reason_required: bool = True
    evidence_required: bool = True
    ban_years: int | None = None
    ban_lifetime: bool = False
    ban_from: Literal["occurrence", "exit"] = "exit"
    ban_article: str = ""

    @property
    def birthday(self) -> int | None:
        """The birthday on which an age ground bites, or None."""
        if self.age is None:
            return None
        return self.age + 1 if self.counted == "above" else self.age


@dataclass(frozen=True, kw_only=True)
class Exits(Provision):
    """Exit from the pool: the closed list of grounds and who decides."""

    decided_by: RoleCode
    decided_name: str
    decided_article: str
    grounds: tuple[ExitGround, ...]

    def ground(self, code: str) -> ExitGround:
        """The ground with this code; KeyError if the regulation has none."""
        for ground in self.grounds:
            if ground.code == code:
                return ground
        raise KeyError(code)

    def triggered_by(self, trigger: str) -> tuple[ExitGround, ...]:
        """All grounds with this trigger, in the regulation's order."""
        return tuple(ground for ground in self.grounds if ground.trigger == trigger)


@dataclass(frozen=True)
class AgeExit:
    """The age at which a membership ends: on the birthday that completes `age` years."""

    age: int
    article: str
    warn_days: int
    exempt_marks: tuple[str, ...]
    ground: ExitGround


RecusalMatch = Literal[
    "person_in_project",
    "declared_relation",
    "declared_unit",
    "legal_entity_or_hierarchy",
    "employment_current",
    "coproject_active",
    "named_by_request",
    "other",
]


@dataclass(frozen=True, kw_only=True)
class RecusalGround(Provision):
    """A ground of recusal.

    match: how it is found. reason_code: what the draw's files show. persons, units: whom of the project it looks
    at. relations: kinds of relation that an expert declares. hierarchy: also units above and below.
    institution_level: inside an entity that has second-level institutions, only the same institution counts.
    lookback_months: for employment, so many months back (0: current only). listed_exempt: shares of listed companies
    do not count. declarable: asked in the declaration of each invitation. needs_reason: free text is required.
    """

    code: str
    name: str
    match: RecusalMatch
    reason_code: str
    persons: tuple[Literal["leader", "participant"], ...] = ()
    units: tuple[Literal["applicant", "cooperating"], ...] = ()
    relations: tuple[str, ...] = ()
    hierarchy: bool = False
    institution_level: bool = False
    lookback_months: int = 0
    listed_exempt: bool = False
    declarable: bool = True
    needs_reason: bool = False


@dataclass(frozen=True, kw_only=True)
class AnnualCap(Provision):
    """At most `limit` participations in a year. counts: what is a participation."""

    limit: int
    year: Literal["calendar"] = "calendar"
    counts: tuple[Literal["attended", "accepted_upcoming"], ...] = ("attended", "accepted_upcoming")
    waivable: bool = False
    waiver_approver: RoleCode = "leader"


@dataclass(frozen=True, kw_only=True)
class SitOut(Provision):
    """After `after_in_a_row` selections in consecutive draws that he was eligible for, sit out `rounds` draws."""

    after_in_a_row: int
    rounds: int


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """Who has been used often steps back."""

    annual_cap: AnnualCap | None = None
    sit_out: SitOut | None = None
    soft: Rule | None = None


@dataclass(frozen=True, kw_only=True)
class ExclusionReason(Provision):
    """A reason why a member is not in a draw; `code` stands in pool.txt."""

    code: str
    name: str


#: Reasons that the draw itself needs; a regulation that gives one an article overrides the entry.
SYSTEM_EXCLUSIONS: Mapping[str, str] = MappingProxyType(
    {
        "ANNUAL-CAP": "本年度参与次数已达上限",
        "ROTATION": "连续选中后轮空",
        "SUSPENDED": "暂停参与评审活动",
        "FROZEN": "专家资格冻结",
        "EXITED": "已出库",
        "TERM-ENDED": "聘期届满",
        "AGE": "达到出库年龄",
        "LEAVE": "本人请假",
        "CLASH": "与已接受的活动时间冲突",
        "DRAWN": "已在本次抽取前面轮次的名单中",
        "CHANGED-AFTER-REQUEST": "使用申请审批后变更了关键信息",
        "UNQUALIFIED": "不符合专家资格要求",
        "OUT-OF-SCOPE": "不在选取范围内",
        "EMPLOYER-CAP": "同一单位人数已满",
    }
)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One value of a closed list on a form. needs_text: an explanation must be given with it."""

    code: str
    name: str
    needs_text: bool = False


@dataclass(frozen=True, kw_only=True)
class DeclineReason(Provision):
    """A reason for declining an invitation. counts: it may count against the expert."""

    code: str
    name: str
    counts: bool = False
    needs_text: bool = False


@dataclass(frozen=True, kw_only=True)
class ApprovalStep(Provision):
    """One approval of a draw request, in order. workdays: time to answer (None: not given)."""

    code: str
    name: str
    role: RoleCode
    workdays: int | None = None
    workdays_article: str = ""
    outcomes: tuple[Literal["pass", "ask_more", "refuse"], ...] = ("pass", "refuse")


RequestField = Literal[
    "qualification",
    "seats",
    "scope",
    "industry",
    "dates",
    "place",
    "recusal",
    "region",
    "cooperating_units",
    "basis_document",
    "summary",
    "nature",
]


@dataclass(frozen=True, kw_only=True)
class RequestRules(Provision):
    """What a draw request must hold and who approves it.

    summary_max_chars: characters. lead_workdays: to be filed so many working days before the activity.
    """

    required_fields: tuple[RequestField, ...]
    natures: tuple[Choice, ...] = ()
    natures_article: str = ""
    summary_max_chars: int | None = None
    summary_article: str = ""
    sum_must_match: bool = False
    sum_article: str = ""
    clash_check: bool = True
    clash_article: str = ""
    approvals: tuple[ApprovalStep, ...]
    lead_workdays: int | None = None
    lead_article: str = ""


@dataclass(frozen=True, kw_only=True)
class Supplementary(Provision):
    """A further round for what is missing: same conditions, same ratio, nobody twice."""

    seats: Literal["shortfall_only"] = "shortfall_only"
    automatic: bool = False


@dataclass(frozen=True, kw_only=True)
class Designation(Provision):
    """Experts named without a draw. reasons: allowed reasons; approved_by; filed_with: who is told, before use."""

    reasons: tuple[DesignationReason, ...] = ()
    approved_by: RoleCode
    approved_name: str
    filed_with: RoleCode | None = None


@dataclass(frozen=True, kw_only=True)
class DesignationReason(Provision):
    """A reason for designation. evidence: what must back it."""

    code: str
    name: str
    evidence: Literal["pool_count", "document", "resolution"]


@dataclass(frozen=True, kw_only=True)
class Guest(Provision):
    """A guest expert from outside the pool, after approval, with the same recusal checks."""

    approved_by: RoleCode


@dataclass(frozen=True, kw_only=True)
class EmergencyExemption(Provision):
    """Major or urgent work may skip named rules; the checks still run and are stored with the waiver."""

    rules: tuple[Literal["random", "recusal", "publicity"], ...]
    approved_by: RoleCode


@dataclass(frozen=True, kw_only=True)
class Priority(Provision):
    """Experts with a grade come first next time in the same field: only as a stratum that is disclosed; off by default."""

    grade: str
    enabled: bool = False


@dataclass(frozen=True, kw_only=True)
class Draw(Provision):
    """How experts are drawn.

    ratio: candidates for each person needed. drawn_by: the role that runs the draw. watched_by: roles that must
    watch (watch_required) or may. shortage: what happens when the pool is too small for the ratio.
    """

    stratified: bool = True
    stratified_article: str
    random: Literal["uniform"] = "uniform"
    random_article: str
    ratio: int
    ratio_article: str
    drawn_by: RoleCode
    drawn_by_article: str
    watched_by: tuple[RoleCode, ...] = ()
    watched_article: str = ""
    watch_required: bool = False
    modes: tuple[Literal["random", "merit"], ...] = ("random",)
    modes_article: str = ""
    alg: Literal["sm3", "sha256"] = "sm3"
    shortage: Literal["stop_or_waive"] = "stop_or_waive"
    shortage_fallback: Literal["invite"] | None = None
    shortage_article: str = ""
    supplementary: Supplementary | None = None
    designation: Designation | None = None
    guest: Guest | None = None
    emergency: EmergencyExemption | None = None
    priority: Priority | None = None


@dataclass(frozen=True, kw_only=True)
class StandbyRule(Provision):
    """Standbys a field: one for each `per_seats` seats begun, at least `minimum`."""

    per_seats: int
    minimum: int

    def count(self, seats: int) -> int:
        """How many standbys for so many seats; none where no seat is needed."""
        return max(self.minimum, -(-seats // self.per_seats)) if seats > 0 else 0


@dataclass(frozen=True, kw_only=True)
class Contact(Provision):
    """How drawn candidates are invited.

    reply_hours: time to reply (where the regulation is silent: a reading). contact_by: who contacts.
    recusal_until: until when an expert may declare recusal. ask_more_article: he may ask for more material.
    """

    order: Literal["draw_order"] = "draw_order"
    contact_by: RoleCode
    contact_article: str
    automatic: bool = False
    reply_hours: int = 24
    standby: StandbyRule | None = None
    step_up_article: str = ""
    declaration_article: str = ""
    recusal_until: Literal["activity_start"] = "activity_start"
    recusal_article: str = ""
    ask_more_article: str = ""
    contact_person_required: bool = False
    decline_reasons: tuple[DeclineReason, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Band:
    """A band of points, both ends included. consequence: what a score in it opens, under consequence_article."""

    name: str
    low: int
    high: int
    consequence: Literal["violation_report"] | None = None
    consequence_article: str = ""


@dataclass(frozen=True, kw_only=True)
class Criterion(Provision):
    """One criterion. maximum and bands: for the scored scheme only."""

    code: str
    name: str
    maximum: int | None = None
    bands: tuple[Band, ...] = ()

    def band_of(self, points: int) -> Band:
        """The band that holds so many points; ValueError outside 0…maximum."""
        for band in self.bands:
            if band.low <= points <= band.high:
                return band
        raise ValueError(points)


@dataclass(frozen=True, kw_only=True)
class Section(Provision):
    """A group of criteria. maximum: the sum of theirs."""

    code: str
    name: str
    maximum: int | None = None
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, kw_only=True)
class Grade:
    """A grade, best first. low and high: points, both ends included, for the scored scheme only."""

    code: str
    name: str
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, kw_only=True)
class Evaluation(Provision):
    """Evaluation of the experts after an activity.

    scheme: `scored` (points, bands, derived grade), `graded` (a grade chosen), `marks` (a text mark a dimension).
    due_workdays: working days after the activity's completion (None: not given). signoffs: by different accounts.
    grade_each: in the graded scheme, each criterion has its own grade besides the overall one.
    """

    scheme: Literal["scored", "graded", "marks"]
    evaluated_by: RoleCode = "department"
    coverage: Literal["all_attendees", "as_appropriate"] = "all_attendees"
    coverage_article: str = ""
    due_workdays: int | None = None
    due_article: str = ""
    sections: tuple[Section, ...] = ()
    total_article: str = ""
    grades: tuple[Grade, ...] = ()
    grades_article: str = ""
    grade_each: bool = False
    overall_grade: bool = True
    signoffs: tuple[Literal["handler", "leader"], ...] = ()
    signoffs_article: str = ""
    affects_draw: Literal["no", "reference"] = "no"
    affects_draw_article: str = ""

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """All criteria in the order of the form."""
        return tuple(criterion for section in self.sections for criterion in section.criteria)

    @property
    def maximum(self) -> int:
        """The highest total; 0 where nothing is scored."""
        return sum(section.maximum or 0 for section in self.sections)

    def grade_of(self, total: int) -> Grade:
        """The grade of a total; ValueError where none holds it."""
        for grade in self.grades:
            if grade.low is not None and grade.high is not None and grade.low <= total <= grade.high:
                return grade
        raise ValueError(total)


@dataclass(frozen=True, kw_only=True)
class AnnualAssessment(Provision):
    """A yearly assessment of the members. grades: empty where the regulation gives none."""

    year: Literal["calendar"] = "calendar"
    assessed_by: RoleCode = "office"
    grades: tuple[Grade, ...] = ()
    grades_article: str = ""


@dataclass(frozen=True, kw_only=True)
class Sanction(Provision):
    """A sanction. kind: what it does in the system; `suspension` and the timed kinds carry an end date."""

    code: str
    name: str
    kind: Literal["talk", "circular", "suspension", "removal", "timed_removal", "nomination_loss", "timed_nomination_loss"]


@dataclass(frozen=True, kw_only=True)
class Sanctions(Provision):
    """What may be imposed on experts and on the units behind them. notify: told at once of a violation report."""

    on_experts: tuple[Sanction, ...] = ()
    on_units: tuple[Sanction, ...] = ()
    notify: tuple[RoleCode, ...] = ()
    notify_article: str = ""
    unit_report_article: str = ""


@dataclass(frozen=True, kw_only=True)
class Document(Provision):
    """A document that an expert signs. text: what he accepts (empty: the office supplies it)."""

    code: str
    name: str
    when: Literal["before_material", "before_activity"] = "before_activity"
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Opinions(Provision):
    """Opinions of the experts. one_each: one from everybody who attended. author_only: nobody else edits it."""

    one_each: bool = True
    author_only: bool = True
    author_article: str
    dissent: bool = False
    dissent_article: str = ""
    responsible_article: str = ""


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
    means that no end is given. status `draft`: never in force unless the deployment says so.
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
    lapse_warn_days: int = 90
    labels: Labels
    activities: Activities
    expert_types: tuple[ExpertType, ...] = ()
    fields: tuple[Field, ...] = ()
    fields_extensible: bool = True
    fields_article: str = ""
    fields_standards: tuple[str, ...] = ()
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
    # Not keys of the file: where it came from and its bytes.
    file: Path = field(default=Path(), repr=False)
    source: bytes = field(default=b"", repr=False)

    def __str__(self) -> str:
        return self.name

    @property
    def file_hash(self) -> str:
        """SHA-256 of the file's bytes, lower-case hex: the identity of the edition."""
        return hashlib.sha256(self.source).hexdigest()

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

    @property
    def age_admission(self) -> Condition | None:
        """The age condition of admission, or None."""
        return next((one for one in self.conditions if one.strategy == "age_at_most"), None)

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
        from .walk import provisions  # the walker needs this module

        return provisions(self)
