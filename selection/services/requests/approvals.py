"""The answers to a request: a chain of steps by code, as long as the regulation makes it (第十三条（一）, 附表2五)."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.ledger.services import record, sealed
from expertpool.pools.duties import Actor, actor
from expertpool.pools.editions import edition_of
from expertpool.refusals import Refusal, refuse_if
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from expertpool.regulations.schema import ApprovalStep
from expertpool.workcalendar.services import table
from selection.domain import protocol
from selection.domain.lifecycles import REQUEST
from selection.models import Approval, DrawRequest, reach_of_approval

from .canonical import canonical_mapping, text_hash

#: What an answer is called here → what a regulation's step calls it.
STEP_OUTCOMES = {Approval.Outcome.PASSED: "pass", Approval.Outcome.ASKED_MORE: "ask_more", Approval.Outcome.REJECTED: "refuse"}
LONGEST_DOCUMENT = 120


def steps_of(edition: Regulation) -> tuple[ApprovalStep, ...]:
    """The approvals of a request, in order; none where the regulation wants none."""
    return edition.request.approvals if edition.request else ()


def step_due(request: DrawRequest, edition: Regulation) -> ApprovalStep | None:
    """The approval that ``request`` waits for under the edition that it was submitted under, or None."""
    if request.state != DrawRequest.State.UNDER_APPROVAL:
        return None
    return next((step for step in steps_of(edition) if step.code == request.step), None)


@acts_on("request.approvals")
@acts_on("request.approvals.workdays")
def go_on(request: DrawRequest, done: ApprovalStep | None, edition: Regulation, on: date) -> None:
    """Take the request to the approval after ``done`` (None: the first), or make it approved where none is left. The caller saves."""
    steps = steps_of(edition)
    following = 0 if done is None else [step.code for step in steps].index(done.code) + 1
    if following == len(steps):
        _leave(request, DrawRequest.State.APPROVED)
        request.approved_at = clock.now()
        request.canonical = protocol.canonical(canonical_mapping(request))
        return
    step = steps[following]
    REQUEST.go(request, DrawRequest.State.UNDER_APPROVAL)
    request.step = step.code
    request.due_at = clock.end_of(table().add_workdays(on, step.workdays)) if step.workdays is not None else None


def _leave(request: DrawRequest, state: str) -> None:
    """End the approvals: no step is due any more. The caller saves."""
    REQUEST.go(request, state)
    request.step, request.due_at = "", None


@acts_on("request.approvals.role")
@acts_on("request.approvals.unit")
def why_not_approve(request: DrawRequest, who: Actor, edition: Regulation, step: str = "") -> Refusal | None:
    """The reason why ``who`` may not answer ``request`` now, or None: approvals are given strictly in order (附表2五).

    ``step``: the code of the step that he answers; empty: the one that is due. ``edition``: the one that the request was
    submitted under, whose steps they are.
    """
    due = step_due(request, edition)
    mine = next((one for one in steps_of(edition) if one.code == step), None) if step else due
    if mine is None and step:
        return Refusal("step", "本专家库的使用申请没有这一审批环节，请刷新页面后查看最新状态。", field="step")
    if mine is None:
        return Refusal("state", f"申请目前的状态是“{request.get_state_display()}”，没有待办的审批。")
    if refusal := who.why_not(f"approval.{mine.code}", edition=edition):
        return refusal
    reach = reach_of_approval(who, mine)
    if reach is not None and request.department_id not in reach:
        return Refusal.under(edition, "unit", f"“{mine.name}”由提出申请的单位自己的人员办理，您不代表该单位。", mine.article)
    if due is None:
        return Refusal.under(edition, "state", f"申请目前的状态是“{request.get_state_display()}”，没有待办的审批。", mine.article)
    if due.code != mine.code:
        return Refusal.under(
            edition, "approval-order", f"审批按顺序进行，现在应由“{due.name}”办理，还没有轮到“{mine.name}”或该环节已经办结。", mine.article
        )
    return None


@transaction.atomic
@acts_on("request.approvals.role")
def approve(
    *,
    request: DrawRequest,
    step: str,
    outcome: str,
    reason: str = "",
    document: str = "",
    version: int | None = None,
    by: User,
    on: date | None = None,
) -> DrawRequest:
    """One answer to a request: ``pass``, ``ask_more`` (back to the requester) or ``reject`` (第十三条（一）, 附表2五).

    ``step`` is the code of the step that is answered, so that a second click never answers the next one; ``version`` the
    version of the request that was read (None: the present one). An answer has an outcome that the step knows, and a pass
    what the step needs: a ``document``, a ``reason``. Every other answer needs a reason. The last pass approves the
    request: its canonical text is fixed then. The same answer by the same account again changes nothing. Raises Refused.
    """
    on = on or clock.today()
    request = DrawRequest.objects.select_for_update(of=("self",)).select_related("pool", "department").get(pk=request.pk)
    edition = edition_of(request, request.pool)
    reason, document = reason.strip(), document.strip()
    given = request.approvals.filter(version=request.version if version is None else version, step=step).last()
    if given and (given.by_id, given.outcome, given.reason, given.document) == (by.pk, outcome, reason, document):
        return request
    refuse_if(why_not_approve(request, actor(by, request.pool, clock.today()), edition, step))
    if version is not None and version != request.version:
        refuse_if(Refusal("version", "申请已经修改后重新提交，请刷新页面，看过新的内容再答复。"))
    due = step_due(request, edition)
    assert due is not None
    refuse_if(_why_not_outcome(request, due, edition, outcome=outcome, reason=reason, document=document, on=on))
    late = bool(request.due_at and clock.now() >= request.due_at)
    answer = Approval.objects.create(
        request=request, version=request.version, step=due.code, outcome=outcome, reason=reason, document=document, by=by
    )
    if outcome == Approval.Outcome.PASSED:
        go_on(request, due, edition, on)
    elif outcome == Approval.Outcome.ASKED_MORE:
        _leave(request, DrawRequest.State.RETURNED)
    else:
        _leave(request, DrawRequest.State.REJECTED)
    request.save()
    record(
        "request.answered",
        subject=f"request:{request.pk}",
        by=by,
        pool=request.pool.code,
        body={
            "number": request.number,
            "version": request.version,
            "step": due.code,
            "outcome": str(outcome),
            "state": request.state,
            "next": request.step or None,
            "late": late,
            "reason": sealed(f"approval.reason:{answer.pk}", reason) if reason else None,
            "document": sealed(f"approval.document:{answer.pk}", document) if document else None,
            "canonical": text_hash(request.canonical) or None,
            "rules": edition.file_hash,
        },
    )
    return request


def needed_for(step: ApprovalStep) -> Mapping[str, str]:
    """What a pass of ``step`` cannot be given without: the name of its form field, and what is missing where it is empty."""
    words = {"document": "请填写批准文件的名称或文号。", "reason": "请写明同意的理由。"}
    return {need: words[need] for need in step.needs}


@acts_on("request.approvals.outcomes")
@acts_on("request.approvals.needs")
def _why_not_outcome(
    request: DrawRequest, step: ApprovalStep, edition: Regulation, *, outcome: str, reason: str, document: str, on: date
) -> Refusal | None:
    def no(code: str, message: str, field: str) -> Refusal:
        return Refusal.under(edition, code, message, step.article, field=field)

    if outcome not in Approval.Outcome.values:
        return no("outcome", "请选择审批结论。", "outcome")
    if STEP_OUTCOMES[Approval.Outcome(outcome)] not in step.outcomes:
        return no("outcome", f"“{step.name}”没有“{Approval.Outcome(outcome).label}”这一结论。", "outcome")
    if len(document) > LONGEST_DOCUMENT:
        return no("too-long", f"“批准文件”最多{LONGEST_DOCUMENT}个字，请缩短。", "document")
    if outcome != Approval.Outcome.PASSED:
        return None if reason else no("reason", "要求补充信息或者不予批准的，请写明需要补充的内容或理由。", "reason")
    for field, missing in needed_for(step).items():
        if not {"document": document, "reason": reason}[field]:
            return no(field, missing, field)
    # On its first day nobody can be drawn for it any more.
    if request.starts_on and request.starts_on <= on:
        asked = "ask_more" in step.outcomes
        return no("past", f"活动开始日期已到，不能再批准；请{'要求调整日期，或者' if asked else ''}不予批准。", "outcome")
    return None
