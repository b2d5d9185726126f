"""The page of one request: everything that it shows and offers, read once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from expertpool import clock
from expertpool.pools.duties import Actor
from expertpool.pools.editions import edition_of, edition_or_latest
from expertpool.refusals import Refusal, Refused
from expertpool.regulations import Regulation
from expertpool.regulations.schema import ApprovalStep
from expertpool.web.steps import DONE, NOW, TODO, Step
from selection.domain.form_words import FormWords
from selection.domain.lifecycles import EDITABLE
from selection.domain.sight import BANDS, COUNTS, estimate
from selection.models import Approval, DrawRequest, RequestRecusal, ReviewedProject, Waiver
from selection.pages.paper import print_context
from selection.services import feasibility
from selection.services import requests as services
from selection.services import waivers as waiver_services
from selection.services.sight import duties_for

State = DrawRequest.State
# The kind of badge that a state is shown with.
STATE_KINDS = {
    State.DRAFT: "quiet",
    State.RETURNED: "soon",
    State.UNDER_APPROVAL: "now",
    State.APPROVED: "done",
    State.DRAWING: "now",
    State.CONFIRMED: "done",
    State.HELD: "now",
    State.CLOSED: "done",
    State.REJECTED: "refused",
    State.CANCELLED: "quiet",
}
OUTCOME_KINDS = {"pass": "done", "ask_more": "soon", "reject": "refused"}


def edition_shown(request: DrawRequest, who: Actor) -> Regulation:
    """The edition that a page of ``request`` quotes: the one it was submitted under; of a draft the one of the day."""
    return edition_of(request, request.pool) if request.rule_hash else edition_or_latest(request.pool, who.on)


@dataclass(frozen=True)
class AnswerLine:
    """One answer on the way of the request."""

    step: str
    article: str
    kind: str
    outcome: str
    reason: str
    document: str
    by: str
    at: datetime
    version: int

    @classmethod
    def of(cls, answer: Approval, edition: Regulation) -> "AnswerLine":
        """An answer in the words of the edition that its step is of."""
        step = next((one for one in services.steps_of(edition) if one.code == answer.step), None)
        sent_back = answer.step == Approval.SENT_BACK
        name = step.name if step else "退回调整条件" if sent_back else answer.step
        article = step.article if step else edition.draw.shortage_article if sent_back and edition.draw else ""
        outcome = "退回" if sent_back else str(answer.get_outcome_display())
        kind = OUTCOME_KINDS[answer.outcome]
        return cls(name, article, kind, outcome, answer.reason, answer.document, answer.by.name, answer.at, answer.version)


@dataclass(frozen=True)
class WaiverLine:
    """One waiver, and whether the reader may countersign it."""

    pk: int
    rule: str
    field: str
    article: str
    reason: str
    by: str
    at: datetime
    countersigned_by: str
    countersigned_at: datetime | None
    can_countersign: bool

    @classmethod
    def of(cls, waiver: Waiver, who: Actor, edition: Regulation) -> "WaiverLine":
        """A waiver as ``who`` sees it; ``edition``: the one whose rule is set aside."""
        may = not waiver.countersigned_at and waiver_services.why_not_countersign(waiver, who, edition) is None
        return cls(
            waiver.pk,
            waiver_services.RULE_NAMES.get(waiver.rule, waiver.rule),
            waiver.field.name if waiver.field else "",
            waiver.article,
            waiver.reason,
            waiver.by.name,
            waiver.at,
            waiver.countersigned_by.name if waiver.countersigned_by else "",
            waiver.countersigned_at,
            may,
        )


@dataclass(frozen=True)
class Content:
    """What was asked for: the form's parts as title, article and facts; the projects and the named recusals."""

    parts: list[tuple[str, str, list[tuple[str, Any]]]]
    projects: list[ReviewedProject]
    recusals: list[RequestRecusal]

    @classmethod
    def of(cls, request: DrawRequest, edition: Regulation) -> "Content":
        """The content of a request; phones masked."""
        return cls(
            _parts(request, edition),
            list(request.projects.select_related("applicant").prefetch_related("people__organisation")),
            list(request.recusals.select_related("organisation")),
        )


@dataclass(frozen=True)
class Estimate:
    """What of the pool the reader sees before the draw: bands, exact counts, why neither can be told, or nothing."""

    bands: tuple[feasibility.FieldBand, ...] = ()
    counts: tuple[feasibility.FieldCount, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    @classmethod
    def of(cls, request: DrawRequest, who: Actor, edition: Regulation) -> "Estimate":
        """What ``who`` may see of the pool for ``request`` (selection.domain.sight)."""
        shown = estimate(duties_for(request, who, edition), state=request.state)
        try:
            if shown == BANDS:
                return cls(bands=tuple(feasibility.bands(request, on=who.on)))
            if shown == COUNTS:
                return cls(counts=tuple(feasibility.counts(request, on=who.on)))
        except Refused as refused:
            return cls(refusals=refused.refusals)
        return cls()


@dataclass(frozen=True)
class RequestPage:
    """Everything about one request, as ``who`` may see it, and what he may do now."""

    request: DrawRequest
    edition: Regulation
    waiver_edition: Regulation
    words: FormWords
    kind: str
    state: str
    steps: list[Step]
    content: Content
    answers: list[AnswerLine]
    returned: AnswerLine | None
    due: ApprovalStep | None
    late: bool
    waivers: list[WaiverLine]
    estimate: Estimate
    may_edit: bool
    may_cancel: bool
    may_answer: bool
    may_send_back: bool
    may_waive_cap: bool
    waivable_fields: list[int]

    @property
    def short(self) -> list[feasibility.FieldCount]:
        """The fields for which candidates are missing."""
        return [one for one in self.estimate.counts if one.missing]

    @classmethod
    def of(cls, who: Actor, request: DrawRequest) -> "RequestPage":
        """The page of ``request`` for ``who``; a constant number of queries."""
        edition = edition_shown(request, who)
        waived_under = waiver_services.waived_under(request, who.on)
        approvals = list(request.approvals.select_related("by"))
        waivers = list(request.waivers.select_related("field", "by", "countersigned_by"))
        for one in waivers:
            one.request = request
        due = services.step_due(request, edition)
        seen = Estimate.of(request, who, edition)
        may_waive = waiver_services.why_not_waive_shortage(request, who, waived_under) is None
        waived = {one.field_id for one in waivers}
        return cls(
            request=request,
            edition=edition,
            waiver_edition=waived_under,
            words=FormWords(edition),
            kind=STATE_KINDS[State(request.state)],
            state=f"待{due.name}" if due else str(request.get_state_display()),
            steps=steps_shown(request, edition, approvals),
            content=Content.of(request, edition),
            answers=[AnswerLine.of(one, edition) for one in approvals],
            returned=returned_answer(request, edition, approvals),
            due=due,
            late=bool(due and request.due_at and request.due_at <= clock.now()),
            waivers=[WaiverLine.of(one, who, waived_under) for one in waivers],
            estimate=seen,
            may_edit=services.why_not_edit(request, who) is None,
            may_cancel=services.why_not_cancel(request, who) is None,
            may_answer=services.why_not_approve(request, who, edition) is None,
            may_send_back=services.why_not_send_back(request, who) is None,
            may_waive_cap=waiver_services.why_not_waive_cap(request, who, waived_under) is None,
            waivable_fields=[one.field_id for one in seen.counts if may_waive and one.waivable and one.field_id not in waived],
        )


def returned_answer(request: DrawRequest, edition: Regulation, approvals: list[Approval] | None = None) -> AnswerLine | None:
    """The answer that sent the request back, while it lies with who asked."""
    if request.state != State.RETURNED:
        return None
    rows = approvals if approvals is not None else list(request.approvals.select_related("by"))
    last = next((one for one in reversed(rows) if one.outcome == Approval.Outcome.ASKED_MORE), None)
    return AnswerLine.of(last, edition) if last else None


def steps_shown(request: DrawRequest, edition: Regulation, approvals: list[Approval]) -> list[Step]:
    """The way of a request: filed, each approval, drawn, confirmed, held, closed; done is only what was done."""
    state = State(request.state)
    this_version = [one for one in approvals if one.version == request.version]
    passed = {one.step: one for one in this_version if one.outcome == Approval.Outcome.PASSED}
    sent = request.submitted_at is not None and state != State.RETURNED
    steps = [
        Step(
            "退回补充" if state == State.RETURNED else "提交申请",
            DONE if sent else NOW if state in EDITABLE else TODO,
            request.department.name,
            request.submitted_at if sent else None,
            f"第{request.version}版" if request.version > 1 else "",
        )
    ]
    due = services.step_due(request, edition)
    for step in services.steps_of(edition):
        answer = passed.get(step.code) if sent else None
        refused = next((one for one in this_version if one.step == step.code and one.outcome == Approval.Outcome.REJECTED), None)
        if answer:
            steps.append(Step(step.name, DONE, answer.by.name, answer.at))
        elif due and due.code == step.code:
            steps.append(Step(step.name, NOW, edition.labels.of(step.role), due=request.due_at))
        elif refused:
            steps.append(Step(step.name, NOW, refused.by.name, refused.at, "不予批准"))
        elif state != State.CANCELLED:
            steps.append(Step(step.name))
    if state == State.CANCELLED:
        by = request.cancelled_by.name if request.cancelled_by else ""
        return [*steps, Step("已取消", NOW, by, request.cancelled_at)]
    return [*steps, *_after_approval(request, edition)]


def _after_approval(request: DrawRequest, edition: Regulation) -> list[Step]:
    """Drawn, confirmed, held, evaluated. An activity may be held although its experts were never all confirmed."""
    state = State(request.state)
    held = state in {State.HELD, State.CLOSED}
    confirmed = state == State.CONFIRMED or (held and request.history.filter(state=State.CONFIRMED).exists())
    drawn = state == State.DRAWING or confirmed or held
    left = "未全部确定" if held and not confirmed else ""
    steps = [
        Step("抽取专家", DONE if drawn else NOW if state == State.APPROVED else TODO),
        Step("确定专家", DONE if confirmed else NOW if state == State.DRAWING else TODO, note=left),
        Step("开展活动", DONE if held else NOW if state == State.CONFIRMED else TODO, when=request.held_on if held else None),
    ]
    if edition.evaluation is not None:
        steps.append(Step("履职评价", DONE if state == State.CLOSED else NOW if held else TODO))
    return steps


def _parts(request: DrawRequest, edition: Regulation) -> list[tuple[str, str, list[tuple[str, Any]]]]:
    words = print_context(request, edition, phones_in_full=False)
    form = FormWords(edition)
    nature = next((one["name"] + (f"（{one['text']}）" if one["text"] else "") for one in words["natures"] if one["chosen"]), "")
    work = [
        (form.box("work_name"), words["work"]),
        ("活动类型", words["activity_type"]),
        (form.box("nature"), nature),
        (form.box("summary"), words["summary"]),
        (form.box("basis_document"), words["basis_document"]),
    ]
    return [
        (
            form.part("applicant"),
            form.article,
            [
                (form.box("unit"), words["unit"]),
                ("负责人", f"{words['leader_name']}  {words['leader_phone']}".strip()),
                ("经办人", f"{words['handler_name']}  {words['handler_phone']}".strip()),
            ],
        ),
        (form.part("work"), form.article, [one for one in work if words["natures"] or one[0] != form.box("nature")]),
        (
            form.part("plan"),
            edition.request.article if edition.request else "",
            [
                (form.box("total"), words["total"]),
                (form.box("seats"), words["seats"]),
                (form.box("qualification"), words["qualification"]),
                (form.box("recusal"), request.recusal_text),
            ],
        ),
        (form.part("schedule"), form.article, [(form.box("dates"), words["dates"]), (form.box("place"), words["place"])]),
    ]
