"""使用申请: filing, submitting, approving, sending back, cancelling (第十三条（一）, 附表2)."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from hashlib import sha256
from typing import Any

from django.db import transaction

from expertpool import clock, identity
from expertpool.accounts.models import Role, User
from expertpool.crypto import digest
from expertpool.ledger.services import record, sealed
from expertpool.refusals import Refusal, Refused, refuse_all, refuse_if
from expertpool.regulations import Regulation
from expertpool.regulations.schema import ApprovalStep
from expertpool.workcalendar.services import table
from experts.models import Pool, TitleLevel
from experts.services.editions import edition_on
from selection.domain.draw import canonical_request
from selection.domain.lifecycles import BEFORE_DRAW, EDITABLE, REQUEST, ROLE_DUE, UNDER_APPROVAL, WAITS_FOR
from selection.models import Approval, DrawRequest, ProjectPerson, RequestRecusal, RequestSeats, ReviewedProject
from selection.services.waivers import countersign, waive_annual_cap, waive_shortage

__all__ = [
    "approve",
    "cancel_request",
    "canonical_mapping",
    "countersign",
    "file_request",
    "save_request",
    "send_back",
    "submit_request",
    "waive_annual_cap",
    "waive_shortage",
    "why_not_approve",
    "why_not_cancel",
    "why_not_edit",
    "why_not_send_back",
    "wrong_parts",
]

PLAIN_FIELDS = (
    "leader_name",
    "leader_phone",
    "handler_name",
    "handler_phone",
    "title",
    "activity_type",
    "nature",
    "nature_other",
    "summary",
    "basis_document",
    "total",
    "qualification",
    "min_title_level",
    "min_years",
    "scope",
    "industry",
    "recusal_text",
    "starts_on",
    "ends_on",
    "place",
)
ROWS = ("seats", "recusals", "projects")
NUMBER_PREFIX = "SY"
LANDLINE = re.compile(r"(0\d{2,3}-?)?[2-9]\d{6,7}(-\d{1,6})?")
# What the contract calls an outcome → what a regulation's step calls it.
STEP_OUTCOMES = {Approval.Outcome.PASSED: "pass", Approval.Outcome.ASKED_MORE: "ask_more", Approval.Outcome.REJECTED: "refuse"}


@transaction.atomic
def file_request(*, pool: Pool, by: User, on: date | None = None, **data: Any) -> DrawRequest:
    """Open a draft of 附表2 for the department of ``by`` (第十三条（一）).

    ``data``: any of ``PLAIN_FIELDS``, and the rows
    ``seats`` [{"field": Field, "count": int}],
    ``recusals`` [{"kind": "organisation"|"person", "organisation": Organisation, "person_name": str, "reason": str}],
    ``projects`` [{"name": str, "applicant": Organisation, "applicant_name": str,
    "people": [{"part": "leader"|"participant", "name": str, "organisation": Organisation}]}].
    A draft may be incomplete. Raises Refused.
    """
    on = on or clock.today()
    if by.role != Role.DEPARTMENT or by.organisation is None:
        raise Refused(Refusal("role", "使用申请由使用单位提出，您的账号不是使用单位账号或没有登记单位。"))
    request = DrawRequest(pool=pool, department=by.organisation, filed_by=by, number=_next_number(on))
    _write(request, data)
    record("request.filed", subject=f"request:{request.pk}", by=by, body={"number": request.number, "department": by.organisation.code})
    return request


def _next_number(on: date) -> str:
    """The next number of the year (SY2026-0001), under a lock on the pools, which are few and always there."""
    list(Pool.objects.select_for_update().order_by("pk").values_list("pk", flat=True))
    prefix = f"{NUMBER_PREFIX}{on.year}-"
    last = DrawRequest.objects.filter(number__startswith=prefix).order_by("-pk").values_list("number", flat=True).first()
    return f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:04d}"


def why_not_edit(request: DrawRequest, user: User) -> Refusal | None:
    """The reason why ``user`` may not change or submit ``request``, or None."""
    if user.role != Role.DEPARTMENT or user.organisation_id != request.department_id:
        return Refusal("role", "只有提出申请的使用单位可以修改该申请。")
    if request.state not in EDITABLE:
        return Refusal("state", f"申请目前的状态是“{request.get_state_display()}”，不能修改；需要修改的，请联系专家库管理处室退回。")
    return None


@transaction.atomic
def save_request(*, request: DrawRequest, by: User, on: date | None = None, **data: Any) -> DrawRequest:
    """Change a draft or a returned request; ``data`` as for :func:`file_request`, what is not given stays. Raises Refused."""
    request = DrawRequest.objects.select_for_update().get(pk=request.pk)
    refuse_if(why_not_edit(request, by))
    _write(request, data)
    record("request.saved", subject=f"request:{request.pk}", by=by, body={"number": request.number, "version": request.version})
    return request


def _write(request: DrawRequest, data: Mapping[str, Any]) -> None:
    unknown = set(data) - set(PLAIN_FIELDS) - set(ROWS)
    if unknown:
        raise TypeError(f"unknown fields: {', '.join(sorted(unknown))}")
    refusals = []
    for name in PLAIN_FIELDS:
        if name not in data:
            continue
        value = data[name]
        column: Any = DrawRequest._meta.get_field(name)
        if isinstance(value, str):
            value = value.strip()
            # SQLite does not hold to a column's length.
            if column.max_length and len(value) > column.max_length:
                refusals.append(
                    Refusal("too-long", f"“{column.verbose_name}”最多{column.max_length}个字，现有{len(value)}个字，请缩短。", field=name)
                )
        setattr(request, name, value)
    seats = list(data.get("seats", ()))
    codes = [row["field"].pk for row in seats]
    if len(set(codes)) != len(codes):
        refusals.append(Refusal("field-twice", "同一专业领域填了两行，请合并为一行。", field="seats"))
    if any(row["field"].pool_id != request.pool_id for row in seats):
        refusals.append(Refusal("field-foreign", "所选专业领域不属于该专家库。", field="seats"))
    refuse_all(refusals)
    request.save()
    if "seats" in data:
        request.seats.all().delete()
        RequestSeats.objects.bulk_create(RequestSeats(request=request, field=row["field"], count=row["count"]) for row in seats)
    if "recusals" in data:
        request.recusals.all().delete()
        RequestRecusal.objects.bulk_create(RequestRecusal(request=request, **row) for row in data["recusals"])
    if "projects" in data:
        request.projects.all().delete()
        for row in data["projects"]:
            project = ReviewedProject.objects.create(request=request, **{key: value for key, value in row.items() if key != "people"})
            ProjectPerson.objects.bulk_create(ProjectPerson(project=project, **person) for person in row.get("people", ()))


REQUIRED: Mapping[str, tuple[str, ...]] = {
    "qualification": ("qualification",),
    "scope": ("scope",),
    "industry": ("industry",),
    "dates": ("starts_on", "ends_on"),
    "place": ("place",),
    "basis_document": ("basis_document",),
    "summary": ("summary",),
    "nature": ("nature",),
    "region": ("scope",),
}
ALWAYS_REQUIRED = (
    "leader_name",
    "leader_phone",
    "handler_name",
    "handler_phone",
    "title",
    "activity_type",
    "total",
    "starts_on",
    "ends_on",
)


def required_fields(regulation: Regulation) -> frozenset[str]:
    """The plain fields of the form that must be filled under ``regulation``."""
    listed = regulation.request.required_fields if regulation.request else ()
    return frozenset(ALWAYS_REQUIRED).union(*(REQUIRED.get(code, ()) for code in listed))


def wrong_parts(request: DrawRequest, on: date) -> list[Refusal]:
    """Everything that keeps ``request`` from being submitted on the Beijing day ``on``, each with its field and article."""
    try:
        regulation = edition_on(request.pool, on)
    except Refused as missing:
        return list(missing.refusals)
    rules = regulation.request
    form_article = regulation.request_form.article if regulation.request_form else ""
    own_articles = {
        "summary": "summary_article",
        "nature": "natures_article",
        "total": "sum_article",
        "starts_on": "clash_article",
        "ends_on": "clash_article",
    }
    found: list[Refusal] = []

    def refuse(code: str, message: str, field: str = "", article: str = "") -> None:
        found.append(Refusal(code, message, article or (rules.article if rules else ""), regulation.code, field))

    needed = required_fields(regulation)
    for name in PLAIN_FIELDS:
        if name in needed and getattr(request, name) in ("", None):
            column: Any = DrawRequest._meta.get_field(name)
            label = column.verbose_name
            article = getattr(rules, own_articles[name], "") if rules and name in own_articles else ""
            if name not in own_articles and name in ALWAYS_REQUIRED:
                article = form_article
            refuse("required", f"请填写“{label}”。", name, article)
    for name in ("leader_phone", "handler_phone"):
        phone = getattr(request, name)
        reason = identity.why_not_phone(phone) if phone and not LANDLINE.fullmatch(phone) else None
        if reason:
            refuse("phone", f"{reason}座机请按“0991-4526789”的样式填写。", name, form_article)
    if request.activity_type and request.activity_type not in regulation.activities.types:
        refuse(
            "activity-type", f"活动类型应为{'、'.join(regulation.activities.types)}之一。", "activity_type", regulation.activities.article
        )
    if rules:
        choice = next((one for one in rules.natures if one.code == request.nature), None)
        if request.nature and rules.natures and choice is None:
            refuse("nature", f"评审工作性质应为{'、'.join(one.name for one in rules.natures)}之一。", "nature", rules.natures_article)
        if choice and choice.needs_text and not request.nature_other:
            refuse("nature-other", f"评审工作性质选“{choice.name}”的，请作说明。", "nature_other", rules.natures_article)
        most = rules.summary_max_chars
        if most and len(request.summary) > most:
            refuse(
                "summary-long",
                f"评审内容及项目概要最多{most}字，现有{len(request.summary)}字，请删减{len(request.summary) - most}字。",
                "summary",
                rules.summary_article,
            )
        if "recusal" in rules.required_fields and not request.recusal_text and not request.recusals.exists():
            refuse("recusal", "请填写回避要求；没有的，请填“无”。", "recusal_text")
    found += _wrong_seats(request, regulation)
    found += _wrong_rows(request, regulation)
    found += _wrong_dates(request, regulation, on)
    return found


def _wrong_seats(request: DrawRequest, regulation: Regulation) -> Iterable[Refusal]:
    rules = regulation.request
    article = (rules.sum_article or rules.article) if rules else ""
    rows = list(request.seats.select_related("field"))
    if not rows:
        yield Refusal("seats", "请至少填写一个专业领域及人数。", article, regulation.code, "total")
        return
    for row in rows:
        if row.count < 1:
            yield Refusal("seat-count", f"“{row.field.name}”的人数至少为1人。", article, regulation.code, "total")
        if not row.field.in_use:
            yield Refusal("field-unused", f"专业领域“{row.field.name}”已停用，请另选。", article, regulation.code, "total")
    added = sum(row.count for row in rows)
    if rules and rules.sum_must_match and request.total is not None and added != request.total:
        yield Refusal(
            "sum", f"各专业领域人数合计{added}人，与拟使用专家总数量{request.total}人不一致，请核对。", article, regulation.code, "total"
        )


def _wrong_rows(request: DrawRequest, regulation: Regulation) -> Iterable[Refusal]:
    article = regulation.request.article if regulation.request else ""
    for number, row in enumerate(request.recusals.all(), 1):
        if row.kind == RequestRecusal.Kind.ORGANISATION and row.organisation_id is None:
            yield Refusal("recusal-unit", f"回避名单第{number}行请选择单位。", article, regulation.code, "recusal_text")
        if row.kind == RequestRecusal.Kind.PERSON and not row.person_name:
            yield Refusal("recusal-person", f"回避名单第{number}行请填写姓名。", article, regulation.code, "recusal_text")
    for number, project in enumerate(request.projects.all(), 1):
        if not project.name:
            yield Refusal("project-name", f"被评审项目第{number}项请填写项目名称。", article, regulation.code)
        if project.applicant_id is None and not project.applicant_name:
            yield Refusal("project-unit", f"被评审项目第{number}项请填写申报单位，回避核查需要。", article, regulation.code)


def _wrong_dates(request: DrawRequest, regulation: Regulation, on: date) -> Iterable[Refusal]:
    rules = regulation.request
    if request.starts_on is None:
        return
    if request.ends_on is not None and request.ends_on < request.starts_on:
        yield Refusal("dates", "结束日期不能早于开始日期。", rules.clash_article if rules else "", regulation.code, "ends_on")
    if request.starts_on <= on:
        yield Refusal(
            "past", "开始日期应在今天之后：审批、抽取和联系专家都需要时间。", rules.article if rules else "", regulation.code, "starts_on"
        )
    elif rules and rules.lead_workdays:
        try:
            left = table().workdays_between(on, request.starts_on)
        except Refused as missing:
            yield from missing.refusals
        else:
            if left < rules.lead_workdays:
                message = f"使用申请应提前{rules.lead_workdays}个工作日提出，距开始日期只有{left}个工作日，请调整日期。"
                yield Refusal("lead", message, rules.lead_article or rules.article, regulation.code, "starts_on")
    # 有效期: an activity after the lapse has no rule to be drawn under (reading A19).
    for name in ("starts_on", "ends_on"):
        day = getattr(request, name)
        if day is None or day < on:
            continue
        try:
            edition_on(request.pool, day)
        except Refused as missing:
            yield Refusal("no-edition", str(missing), regulation.effective_article, regulation.code, name)
            break


@transaction.atomic
def submit_request(*, request: DrawRequest, by: User, on: date | None = None) -> DrawRequest:
    """Send 附表2 on its way; every missing or wrong part is refused at once (第十三条（一）, 附表2).

    ``on``: the Beijing day of submission (default today); the office's time to answer is counted from it. Sent again
    after it was returned, the request becomes the next version and the time starts afresh. A second click while it
    waits for the first approval changes nothing. Raises Refused.
    """
    on = on or clock.today()
    request = DrawRequest.objects.select_for_update(of=("self",)).select_related("pool").get(pk=request.pk)
    own = by.role == Role.DEPARTMENT and by.organisation_id == request.department_id
    if own and request.state in UNDER_APPROVAL and not request.approvals.filter(version=request.version).exists():
        return request
    refuse_if(why_not_edit(request, by))
    refuse_all(wrong_parts(request, on))
    regulation = edition_on(request.pool, on)
    again = request.state == DrawRequest.State.RETURNED
    if again:
        request.version += 1
    request.submitted_at = clock.now()
    request.approved_at, request.canonical = None, ""
    request.decide_under(regulation)
    _go_on(request, None, regulation, on)
    request.save()
    record(
        "request.submitted",
        subject=f"request:{request.pk}",
        by=by,
        body={
            "number": request.number,
            "version": request.version,
            "state": request.state,
            "due": request.office_due_at.isoformat() if request.office_due_at else None,
            "rules": regulation.file_hash,
        },
    )
    return request


def steps_of(regulation: Regulation) -> tuple[ApprovalStep, ...]:
    """The approvals of a request, in order."""
    return regulation.request.approvals if regulation.request else ()


def _go_on(request: DrawRequest, done: ApprovalStep | None, regulation: Regulation, on: date) -> None:
    """Take the request to the approval after ``done``, or make it approved where none is left. The caller saves."""
    steps = steps_of(regulation)
    following = 0 if done is None else [step.code for step in steps].index(done.code) + 1
    if following < len(steps):
        step = steps[following]
        REQUEST.go(request, WAITS_FOR[step.role])
        if step.workdays is not None:
            request.office_due_at = clock.end_of(table().add_workdays(on, step.workdays))
        elif done is None:
            request.office_due_at = None
        return
    REQUEST.go(request, DrawRequest.State.APPROVED)
    request.approved_at = clock.now()
    request.decide_under(regulation)
    request.canonical = canonical_request(canonical_mapping(request))


def _text_hash(text: str) -> str:
    return sha256(text.encode()).hexdigest() if text else ""


def canonical_mapping(request: DrawRequest) -> dict[str, Any]:
    """The approved request as the mapping whose canonical text is hashed into the draw's manifest.

    In clear: number, version, department and organisations by code, type, nature, days, fields with their counts,
    the structured qualification, the total. As SHA-256: title, nature_other, summary, basis document, qualification,
    scope, industry, place, recusal text, names of projects and of unregistered applicants, reasons of recusals. Names of
    persons (recusals, project people) as hashes under the installation's key, because a plain hash of a name can be
    guessed. Left out: names and phones of the department's leader and handler.
    """

    def person(name: str) -> str:
        return digest("request-person", name)

    recusals = sorted(
        [
            one.kind,
            one.organisation.code if one.organisation else "",
            person(one.person_name) if one.person_name else "",
            _text_hash(one.reason),
        ]
        for one in request.recusals.select_related("organisation")
    )
    projects = sorted(
        [
            _text_hash(project.name),
            project.applicant.code if project.applicant else "",
            _text_hash(project.applicant_name),
            sorted([one.part, person(one.name), one.organisation.code if one.organisation else ""] for one in project.people.all()),
        ]
        for project in request.projects.select_related("applicant").prefetch_related("people__organisation")
    )
    texts = ("title", "nature_other", "summary", "basis_document", "qualification", "scope", "industry", "place", "recusal_text")
    return {
        "number": request.number,
        "version": request.version,
        "pool": request.pool.code,
        "department": request.department.code,
        "activity_type": request.activity_type,
        "nature": request.nature,
        "total": request.total,
        "seats": [[code, count] for code, count in request.seats.order_by("field__code").values_list("field__code", "count")],
        "min_title_level": int(request.min_title_level),
        "min_years": request.min_years,
        "starts_on": request.starts_on.isoformat() if request.starts_on else None,
        "ends_on": request.ends_on.isoformat() if request.ends_on else None,
        "texts": {name: _text_hash(getattr(request, name)) for name in texts},
        "recusals": recusals,
        "projects": projects,
    }


def step_due(request: DrawRequest, regulation: Regulation) -> ApprovalStep | None:
    """The approval that ``request`` waits for, or None."""
    role = ROLE_DUE.get(request.state)
    return next((step for step in steps_of(regulation) if step.role == role), None) if role else None


def why_not_approve(request: DrawRequest, user: User, regulation: Regulation) -> Refusal | None:
    """The reason why ``user`` may not answer ``request`` now, or None: approvals are given strictly in order (附表2五)."""
    mine = next((step for step in steps_of(regulation) if step.role == user.role), None)
    if mine is None:
        return Refusal("role", "按照现行规定，您的角色不参与使用申请的审批。")
    due = step_due(request, regulation)
    if due is None:
        return Refusal("state", f"申请目前的状态是“{request.get_state_display()}”，没有待办的审批。", mine.article, regulation.code)
    if due.code != mine.code:
        return Refusal(
            "approval-order",
            f"审批按顺序进行，现在应由“{due.name}”办理，还没有轮到“{mine.name}”或该环节已经办结。",
            mine.article,
            regulation.code,
        )
    return None


@transaction.atomic
def approve(*, request: DrawRequest, outcome: str, reason: str = "", by: User, on: date | None = None) -> DrawRequest:
    """One answer to a request: ``pass``, ``ask_more`` (back to the department) or ``reject`` (第十三条（一）, 附表2五).

    The step follows from the state; only its role may answer, and only with an outcome that the step has. The last pass
    approves the request: its canonical text is fixed then. ``reason`` is needed for all but ``pass``. The same answer
    by the same account again changes nothing. Raises Refused.
    """
    on = on or clock.today()
    request = DrawRequest.objects.select_for_update(of=("self",)).select_related("pool", "department").get(pk=request.pk)
    reason = reason.strip()
    regulation = edition_on(request.pool, on)
    last = request.approvals.filter(version=request.version).last()
    if last and (last.by_id, last.outcome, last.reason) == (by.pk, outcome, reason) and ROLE_DUE.get(request.state) != by.role:
        return request
    refuse_if(why_not_approve(request, by, regulation))
    step = step_due(request, regulation)
    assert step is not None
    refuse_if(_why_not_outcome(request, step, outcome=outcome, reason=reason, regulation=regulation, on=on))
    answer = Approval.objects.create(request=request, version=request.version, step=step.code, outcome=outcome, reason=reason, by=by)
    if outcome == Approval.Outcome.PASSED:
        _go_on(request, step, regulation, on)
    elif outcome == Approval.Outcome.ASKED_MORE:
        REQUEST.go(request, DrawRequest.State.RETURNED)
    else:
        REQUEST.go(request, DrawRequest.State.REJECTED)
    request.save()
    record(
        "request.answered",
        subject=f"request:{request.pk}",
        by=by,
        body={
            "number": request.number,
            "version": request.version,
            "step": step.code,
            "outcome": str(outcome),
            "state": request.state,
            "late": bool(step.workdays is not None and request.office_due_at and clock.now() >= request.office_due_at),
            "reason": sealed(f"approval.reason:{answer.pk}", reason) if reason else None,
            "canonical": _text_hash(request.canonical) or None,
            "rules": regulation.file_hash,
        },
    )
    return request


def _why_not_outcome(
    request: DrawRequest, step: ApprovalStep, *, outcome: str, reason: str, regulation: Regulation, on: date
) -> Refusal | None:
    if outcome not in Approval.Outcome.values:
        return Refusal("outcome", "请选择审批结论。", step.article, regulation.code, "outcome")
    if STEP_OUTCOMES[Approval.Outcome(outcome)] not in step.outcomes:
        return Refusal(
            "outcome", f"“{step.name}”没有“{Approval.Outcome(outcome).label}”这一结论。", step.article, regulation.code, "outcome"
        )
    if outcome != Approval.Outcome.PASSED and not reason:
        return Refusal("reason", "要求补充信息或者不予批准的，请写明需要补充的内容或理由。", step.article, regulation.code, "reason")
    if outcome == Approval.Outcome.PASSED and request.starts_on and request.starts_on < on:
        return Refusal(
            "past", "活动开始日期已过，不能再批准；请要求使用单位调整日期，或者不予批准。", step.article, regulation.code, "outcome"
        )
    return None


def why_not_send_back(request: DrawRequest, user: User) -> Refusal | None:
    """The reason why ``user`` may not send an approved request back for other conditions, or None."""
    if user.role != Role.OFFICE:
        return Refusal("role", "已批准的申请由专家库管理处室退回调整。")
    if request.state != DrawRequest.State.APPROVED:
        return Refusal("state", f"申请目前的状态是“{request.get_state_display()}”，只有已批准、尚未抽取的申请可以退回调整条件。")
    return None


@transaction.atomic
def send_back(*, request: DrawRequest, reason: str, by: User, on: date | None = None) -> DrawRequest:
    """The pool is too small for an approved request: back to the department for other conditions (reading A8).

    What comes back is a new version that passes all approvals again. Raises Refused.
    """
    request = DrawRequest.objects.select_for_update().get(pk=request.pk)
    reason = reason.strip()
    last = request.approvals.last()
    if request.state == DrawRequest.State.RETURNED and last and (last.by_id, last.reason) == (by.pk, reason):
        return request
    refuse_if(why_not_send_back(request, by))
    if not reason:
        raise Refused(Refusal("reason", "请写明需要调整的条件。", field="reason"))
    answer = Approval.objects.create(
        request=request, version=request.version, step="shortage", outcome=Approval.Outcome.ASKED_MORE, reason=reason, by=by
    )
    REQUEST.go(request, DrawRequest.State.RETURNED)
    request.approved_at, request.canonical = None, ""
    request.save()
    record(
        "request.sent-back",
        subject=f"request:{request.pk}",
        by=by,
        body={"number": request.number, "version": request.version, "reason": sealed(f"approval.reason:{answer.pk}", reason)},
    )
    return request


def why_not_cancel(request: DrawRequest, user: User) -> Refusal | None:
    """The reason why ``user`` may not cancel ``request``, or None."""
    if user.role != Role.DEPARTMENT or user.organisation_id != request.department_id:
        return Refusal("role", "只有提出申请的使用单位可以取消该申请。")
    if request.state not in BEFORE_DRAW:
        return Refusal("state", f"申请目前的状态是“{request.get_state_display()}”，不能取消；抽取开始后需要取消的，请联系专家库管理处室。")
    return None


@transaction.atomic
def cancel_request(*, request: DrawRequest, reason: str = "", by: User, on: date | None = None) -> DrawRequest:
    """The department takes its request back before the draw; a cancelled one again changes nothing. Raises Refused."""
    request = DrawRequest.objects.select_for_update().get(pk=request.pk)
    own = by.role == Role.DEPARTMENT and by.organisation_id == request.department_id
    if own and request.state == DrawRequest.State.CANCELLED:
        return request
    refuse_if(why_not_cancel(request, by))
    REQUEST.go(request, DrawRequest.State.CANCELLED)
    request.save()
    record(
        "request.cancelled",
        subject=f"request:{request.pk}",
        by=by,
        body={
            "number": request.number,
            "version": request.version,
            "reason": sealed(f"request.cancelled:{request.pk}", reason) if reason else None,
        },
    )
    return request


def qualification_words(request: DrawRequest) -> str:
    """专家资格要求 in words, with what the printed form has no box for (reading A6)."""
    parts = [request.qualification]
    if request.min_title_level:
        parts.append(f"职称：{TitleLevel(request.min_title_level).label}以上")
    if request.min_years:
        parts.append(f"从业年限：{request.min_years}年以上")
    if request.scope:
        parts.append(f"选取范围：{request.scope}")
    if request.industry:
        parts.append(f"行业分类：{request.industry}")
    return "；".join(part for part in parts if part)
