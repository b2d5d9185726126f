"""The way in: channels, the steps of each, and what the applicant hands in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from .base import Fail, Provision, RoleCode, Rule
from .conditions import ExpertType
from .defaults import silent

StepKind = Literal["consent", "endorse", "review", "decide", "publicity", "admission"]
StepNeed = Literal["document", "batch", "consent", "reason"]


@dataclass(frozen=True, kw_only=True)
class Step(Provision):
    """A step of intake. code: its own, free; the chain of a channel names it. role: who takes it.

    kind: what is done in it. consent: the expert himself agrees and completes his file; endorse: a unit confirms
    and recommends, or returns; review: the conditions are judged one by one, with a reason for each refusal; decide:
    one decision on a list; publicity: the list is published; admission: who is on it becomes a member.
    needs: what the step cannot be done without: a `document` (number and name of the paper), a `batch` (it is taken
    for a list, not for one person), the applicant's `consent`, a `reason` also for a yes.
    unit: whose account must take it: the applicant's `employer`, the `recommending_unit` that the application
    names, the unit that opened it (`own`); empty: anybody who holds the role in this pool.
    """

    strategy_key: ClassVar[str] = "kind"

    code: str
    name: str
    kind: StepKind
    role: RoleCode
    needs: tuple[StepNeed, ...] = ()
    unit: Literal["employer", "recommending_unit", "own", ""] = ""

    @property
    def batch(self) -> bool:
        """Whether the step is taken for a list."""
        return "batch" in self.needs


@dataclass(frozen=True, kw_only=True)
class Channel(Provision):
    """A way into the pool. steps: codes of its steps, in order. by: who opens an application on it.

    after_activity: in an emergency the person takes part first, for that activity only, and goes this way afterwards.
    """

    code: str
    name: str
    steps: tuple[str, ...]
    by: RoleCode
    after_activity: bool = False


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
    call is open. calls_per_year: at least so many calls (None: not given). collected_by: who puts applications on a list.
    """

    channels: tuple[Channel, ...]
    steps: tuple[Step, ...]
    consents: tuple[Consent, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    field_scope: Rule | None = None
    employer_kinds: tuple[str, ...] = ()
    employer_kinds_article: str = ""
    open: Literal["always", "call"] = silent("intake.open")
    open_article: str = ""
    collected_by: RoleCode = silent("intake.collected_by")
    collected_article: str = ""
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

    def chain(self, channel: str) -> tuple[Step, ...]:
        """The steps of a channel, in order; KeyError if the regulation has no such channel."""
        return tuple(self.step(code) for code in self.channel(channel).steps)

    def of_kind(self, kind: str, channel: str = "") -> tuple[Step, ...]:
        """The steps of this kind, of one channel or of all."""
        return tuple(step for step in (self.chain(channel) if channel else self.steps) if step.kind == kind)

    def needs_recommending_unit(self, channel: str) -> bool:
        """Whether an application on this channel must name a recommending unit: one opens it, or one of its steps is its."""
        return self.channel(channel).by == "recommending_unit" or any(step.unit == "recommending_unit" for step in self.chain(channel))


@dataclass(frozen=True, kw_only=True)
class AttachmentKind(Provision):
    """A kind of evidence that goes with an application."""

    code: str
    name: str
    required: bool = silent("attachments.required")


#: The roles whose accounts belong to the unit that takes a step.
_ROLES_OF_UNIT = {"employer": ("employer",), "recommending_unit": ("recommending_unit", "department")}


def check_intake(intake: Intake, types: tuple[ExpertType, ...], *, publicity: bool, fail: Fail) -> None:
    """publicity: whether the regulation has any."""
    for index, step in enumerate(intake.steps, 1):
        _check_step(step, f"intake.steps[{index}]", fail)
    known = {step.code for step in intake.steps}
    for index, channel in enumerate(intake.channels, 1):
        key = f"intake.channels[{index}].steps"
        for code in channel.steps:
            if code not in known:
                fail(key, f"环节“{code}”没有在 intake.steps 中写明")
        if len(set(channel.steps)) < len(channel.steps):
            fail(key, "环节重复；同一角色办理两次的，写成两个代码不同的环节")
        _check_chain([step.kind for step in intake.chain(channel.code)], key, publicity, fail)
    channels = {channel.code for channel in intake.channels}
    for index, kind in enumerate(types, 1):
        for one in kind.channels:
            if one not in channels:
                fail(f"expert_types[{index}].channels", f"没有代码为“{one}”的入库方式")


def _check_chain(kinds: list[StepKind], key: str, publicity: bool, fail: Fail) -> None:
    if not kinds or kinds[-1] != "admission" or "admission" in kinds[:-1]:
        fail(key, '最后一个环节应为批准入库（kind = "admission"），而且只有一个')
    if kinds.count("publicity") > 1:
        fail(key, "只能有一个公示环节")
    if "publicity" in kinds and not publicity:
        fail(key, "有公示环节，却没有 publicity 表")


def _check_step(step: Step, key: str, fail: Fail) -> None:
    if step.unit and step.kind not in ("endorse", "review"):
        fail(f"{key}.unit", "只有单位审核、资格审核的环节可以指定由哪个单位办理")
    if step.unit in _ROLES_OF_UNIT and step.role not in _ROLES_OF_UNIT[step.unit]:
        fail(f"{key}.unit", f"“{step.unit}”的账号没有“{step.role}”这个角色")
    if step.kind == "endorse" and not step.unit:
        fail(f"{key}.unit", "单位审核环节须写明由哪个单位办理：employer、recommending_unit 或 own")
    if step.kind == "consent" and step.batch:
        fail(f"{key}.needs", "本人同意不能按批次办理")
