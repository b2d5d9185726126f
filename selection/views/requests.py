"""使用申请: list, form, check before sending, one page a request, approvals, waivers, the printed form."""

import secrets
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from expertpool import clock
from expertpool.accounts.access import allow
from expertpool.accounts.models import Organisation, Role
from expertpool.core.paging import page_of
from expertpool.core.sheets import CONTENT_TYPE
from expertpool.core.steps import DONE, NOW, TODO, Step
from expertpool.refusals import Refusal, Refused
from expertpool.regulations import Regulation
from experts.models import Pool
from experts.services.editions import edition_on, edition_or_latest
from selection.domain.lifecycles import BEFORE_DRAW, EDITABLE, UNDER_APPROVAL
from selection.exports.requests import print_context, workbook
from selection.forms.requests import AnswerForm, ReasonForm, RequestForms, ShortageWaiverForm
from selection.models import Approval, DrawRequest, Waiver
from selection.services import feasibility
from selection.services import requests as services
from selection.services import waivers as waiver_services

READERS = (Role.DEPARTMENT, Role.OFFICE, Role.INSPECTOR, Role.LEADER)
State = DrawRequest.State
# The kind of badge that a state is shown with.
STATE_KINDS = {
    State.DRAFT: "quiet",
    State.RETURNED: "soon",
    State.OFFICE_REVIEW: "now",
    State.INSPECTOR_REVIEW: "now",
    State.LEADER_REVIEW: "now",
    State.APPROVED: "done",
    State.DRAWING: "now",
    State.CONFIRMED: "done",
    State.HELD: "now",
    State.CLOSED: "done",
    State.REJECTED: "refused",
    State.CANCELLED: "quiet",
}


def _request(request: HttpRequest, pk: int) -> DrawRequest:
    """The draw request ``pk`` if this account may see it, else 404."""
    rows = DrawRequest.objects.visible_to(request.user).select_related("pool", "department", "filed_by")  # type: ignore[arg-type]
    return get_object_or_404(rows, pk=pk)


@allow(*READERS)
@require_GET
def requests(request: HttpRequest) -> HttpResponse:
    """The requests that this account may see; ``?state=`` and ``?q=`` (number, name of the work, department) narrow it."""
    rows = DrawRequest.objects.visible_to(request.user).select_related("department")  # type: ignore[arg-type]
    state, words = request.GET.get("state", ""), request.GET.get("q", "").strip()
    if state in State.values:
        rows = rows.filter(state=state)
    if words:
        rows = rows.filter(Q(number__icontains=words) | Q(title__icontains=words) | Q(department__name__icontains=words))
    page = page_of(request, rows)
    for row in page:
        row.kind = STATE_KINDS[State(row.state)]  # type: ignore[attr-defined]
    states = [(value, label) for value, label in State.choices if value != State.DRAFT or request.user.role == Role.DEPARTMENT]  # type: ignore[union-attr]
    return render(request, "selection/requests.html", {"page": page, "states": states, "state": state, "q": words})


def _organisations() -> list[str]:
    """The names that the page's list of organisations offers."""
    return list(Organisation.objects.order_by("name").values_list("name", flat=True))


def _form_page(request: HttpRequest, forms: RequestForms, draw_request: DrawRequest | None, token: str = "") -> HttpResponse:
    context = {
        "forms": forms,
        "form": forms.form,
        "row_errors": forms.row_errors,
        "draw_request": draw_request,
        "regulation": forms.form.regulation,
        "organisations": _organisations(),
        "token": token,
        "returned": _returned_reason(draw_request) if draw_request else None,
    }
    return render(request, "selection/request_form.html", context)


def _returned_reason(draw_request: DrawRequest) -> Approval | None:
    """The answer that sent the request back, while it lies with the department."""
    if draw_request.state != State.RETURNED:
        return None
    return draw_request.approvals.filter(outcome=Approval.Outcome.ASKED_MORE).select_related("by").last()


def _save(request: HttpRequest, forms: RequestForms, draw_request: DrawRequest | None) -> DrawRequest | None:
    """Save what the form holds; None (with the reasons on the form) where that cannot be done."""
    if not forms.is_valid():
        return None
    try:
        if draw_request is None:
            pool = Pool.objects.get(regulation_code=settings.POOL_REGULATION)
            return services.file_request(pool=pool, by=request.user, **forms.data_for_service())  # type: ignore[arg-type]
        return services.save_request(request=draw_request, by=request.user, **forms.data_for_service())  # type: ignore[arg-type]
    except Refused as refused:
        forms.form.add_refusals(refused.refusals)
        return None


def _after_save(request: HttpRequest, saved: DrawRequest, forms: RequestForms) -> HttpResponse:
    """To the check page if everything is there and that was asked for, else back to the form with what is missing."""
    if "check" not in request.POST:
        messages.success(request, _("草稿已保存，编号 %(number)s。") % {"number": saved.number})
        return redirect("request_edit", pk=saved.pk)
    refusals = services.wrong_parts(saved, clock.today())
    if not refusals:
        return redirect("request_check", pk=saved.pk)
    forms.form.add_refusals(refusals)
    return _form_page(request, forms, saved)


@allow(Role.DEPARTMENT)
def request_new(request: HttpRequest) -> HttpResponse:
    """填写使用申请: an empty 附表2; the first save opens the draft, the same page sent twice opens one draft only."""
    pool = get_object_or_404(Pool, regulation_code=settings.POOL_REGULATION)
    try:
        regulation = edition_on(pool, clock.today())
    except Refused as refused:
        return render(request, "refused.html", {"refusal": refused.refusals[0]}, status=409)
    if request.method != "POST":
        return _form_page(request, RequestForms(pool=pool, regulation=regulation), None, secrets.token_urlsafe(12))
    token = request.POST.get("token", "")[:32]
    filed = request.session.get("filed_requests", {})
    known = DrawRequest.objects.visible_to(request.user).filter(pk=filed.get(token)).first() if token in filed else None  # type: ignore[arg-type]
    if known and known.state not in EDITABLE:
        return redirect("request", pk=known.pk)
    forms = RequestForms(pool=pool, regulation=regulation, data=request.POST)
    saved = _save(request, forms, known)
    if saved is None:
        return _form_page(request, forms, known, token)
    # The last few pages are enough: a repeated click comes at once.
    request.session["filed_requests"] = dict([*list(filed.items())[-9:], (token, saved.pk)])
    return _after_save(request, saved, forms)


@allow(Role.DEPARTMENT)
def request_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a draft or a returned request."""
    draw_request = _request(request, pk)
    if refusal := services.why_not_edit(draw_request, request.user):  # type: ignore[arg-type]
        messages.error(request, str(refusal))
        return redirect("request", pk=pk)
    regulation = edition_or_latest(draw_request.pool, clock.today())
    if request.method != "POST":
        return _form_page(request, RequestForms(pool=draw_request.pool, regulation=regulation, request=draw_request), draw_request)
    forms = RequestForms(pool=draw_request.pool, regulation=regulation, data=request.POST)
    saved = _save(request, forms, draw_request)
    return _form_page(request, forms, draw_request) if saved is None else _after_save(request, saved, forms)


@allow(Role.DEPARTMENT)
def request_check(request: HttpRequest, pk: int) -> HttpResponse:
    """核对后提交: everything that will be sent, with the bands per field; the POST submits."""
    draw_request = _request(request, pk)
    refusals: tuple[Refusal, ...] = ()
    if request.method == "POST":
        try:
            services.submit_request(request=draw_request, by=request.user)  # type: ignore[arg-type]
        except Refused as refused:
            refusals = refused.refusals
        else:
            messages.success(request, _("使用申请已提交，请等待专家库管理处室答复。"))
            return redirect("request", pk=pk)
    elif draw_request.state not in EDITABLE:
        return redirect("request", pk=pk)
    else:
        refusals = tuple(services.wrong_parts(draw_request, clock.today()))
    regulation = edition_or_latest(draw_request.pool, clock.today())
    context = {
        "draw_request": draw_request,
        "refusals": refusals,
        **_rows(draw_request),
        "regulation": regulation,
        "parts": _parts(draw_request, regulation),
        **_feasibility(draw_request, request),
    }
    return render(request, "selection/request_check.html", context)


def _parts(draw_request: DrawRequest, regulation: Regulation) -> list[tuple[str, str, list[tuple[str, Any]]]]:
    """附表2's parts one to four as title, article and facts; phones masked."""
    words = print_context(draw_request, regulation, phones_in_full=False)
    annex = regulation.request_form.article if regulation.request_form else ""
    nature = next((one["name"] + (f"（{one['text']}）" if one["text"] else "") for one in words["natures"] if one["chosen"]), "")
    return [
        (
            "一、申请单位基本信息",
            annex,
            [
                ("单位名称", words["unit"]),
                ("负责人", f"{words['leader_name']}  {words['leader_phone']}".strip()),
                ("经办人", f"{words['handler_name']}  {words['handler_phone']}".strip()),
            ],
        ),
        (
            "二、专家评审工作信息",
            annex,
            [
                ("专家评审工作名称", words["work"]),
                ("活动类型", words["activity_type"]),
                ("评审工作性质", nature),
                ("评审内容及项目概要", words["summary"]),
                ("评审依据文件", words["basis_document"]),
            ],
        ),
        (
            "三、专家使用计划",
            regulation.request.article if regulation.request else "",
            [
                ("拟使用专家总数量", words["total"]),
                ("专业领域及人数分配", words["seats"]),
                ("专家资格要求", words["qualification"]),
                ("回避要求", draw_request.recusal_text),
            ],
        ),
        ("四、时间及地点安排", annex, [("开始及结束日期", words["dates"]), ("使用地点", words["place"])]),
    ]


def _rows(draw_request: DrawRequest) -> dict[str, Any]:
    """The projects with their people and the named recusals."""
    return {
        "recusals": list(draw_request.recusals.select_related("organisation")),
        "projects": list(draw_request.projects.select_related("applicant").prefetch_related("people__organisation")),
    }


def _feasibility(draw_request: DrawRequest, request: HttpRequest) -> dict[str, Any]:
    """Bands for the department, exact counts for the office, nothing for the others (who sees what: docs/roles.md)."""
    role = request.user.role  # type: ignore[union-attr]
    if draw_request.state not in BEFORE_DRAW:
        return {}
    try:
        if role == Role.DEPARTMENT:
            return {"bands": feasibility.bands(draw_request)}
        if role == Role.OFFICE:
            return {"counts": feasibility.counts(draw_request)}
    except Refused as refused:
        return {"feasibility_refusals": refused.refusals}
    return {}


def _steps(draw_request: DrawRequest, regulation: Regulation, approvals: list[Approval]) -> list[Step]:
    """The way of a request: filed, each approval, drawn, confirmed, held, closed."""
    state = State(draw_request.state)
    done = {one.step: one for one in approvals if one.version == draw_request.version and one.outcome == Approval.Outcome.PASSED}
    sent = state not in EDITABLE
    version = f"第{draw_request.version}版" if draw_request.version > 1 else ""
    first = "退回补充" if state == State.RETURNED else "提交申请"
    filed = Step(first, DONE if sent else NOW, draw_request.department.name, draw_request.submitted_at if sent else None, version)
    if state == State.CANCELLED:
        return [filed, Step("已取消", NOW)]
    steps = [filed]
    due = services.step_due(draw_request, regulation)
    for step in services.steps_of(regulation):
        answer = done.get(step.code)
        if answer:
            steps.append(Step(step.name, DONE, answer.by.name, answer.at))
        elif due and due.code == step.code:
            steps.append(Step(step.name, NOW, Role(step.role).label, due=draw_request.office_due_at if step.workdays is not None else None))
        elif state == State.REJECTED:
            refused = next((one for one in reversed(approvals) if one.step == step.code and one.outcome == Approval.Outcome.REJECTED), None)
            steps.append(
                Step(
                    step.name,
                    NOW if refused else TODO,
                    refused.by.name if refused else "",
                    refused.at if refused else None,
                    "不予批准" if refused else "",
                )
            )
        else:
            steps.append(Step(step.name, TODO))
    later = [State.APPROVED, State.DRAWING, State.CONFIRMED, State.HELD, State.CLOSED]
    place = later.index(state) if state in later else -1
    for number, label in enumerate(("抽取专家", "确定专家", "开展活动", "履职评价")):
        # Step "抽取专家" is due while approved, "确定专家" while drawing, and so on.
        steps.append(Step(label, DONE if place > number else NOW if place == number else TODO))
    return steps


def _detail(request: HttpRequest, draw_request: DrawRequest, status: int = 200, **given: Any) -> HttpResponse:
    """The page of one request; ``given`` forms that were refused stand in for fresh ones."""
    user: Any = request.user
    regulation = edition_or_latest(draw_request.pool, clock.today())
    approvals = list(draw_request.approvals.select_related("by"))
    waivers = list(draw_request.waivers.select_related("field", "by", "countersigned_by"))
    for waiver in waivers:
        waiver.rule_name = waiver_services.RULE_NAMES.get(waiver.rule, waiver.rule)  # type: ignore[attr-defined]
        waiver.can_countersign = not waiver.countersigned_at and waiver_services.why_not_countersign(waiver, user) is None  # type: ignore[attr-defined]
    articles = {step.code: step for step in services.steps_of(regulation)}
    for answer in approvals:
        step = articles.get(answer.step)
        answer.step_name = step.name if step else _("退回调整条件")  # type: ignore[attr-defined]
        answer.article = step.article if step else (regulation.draw.shortage_article if regulation.draw else "")  # type: ignore[attr-defined]
        answer.kind = {"pass": "done", "ask_more": "soon", "reject": "refused"}[answer.outcome]  # type: ignore[attr-defined]
    shown = _feasibility(draw_request, request)
    short = [one for one in shown.get("counts", []) if one.missing]
    due = services.step_due(draw_request, regulation)
    context: dict[str, Any] = {
        "draw_request": draw_request,
        "regulation": regulation,
        "kind": STATE_KINDS[State(draw_request.state)],
        "steps": _steps(draw_request, regulation, approvals),
        "parts": _parts(draw_request, regulation),
        **_rows(draw_request),
        "approvals": approvals,
        "returned": _returned_reason(draw_request),
        "due_step": due,
        "late": bool(due and due.workdays is not None and draw_request.office_due_at and draw_request.office_due_at <= clock.now()),
        "waivers": waivers,
        "short": short,
        "under_approval": draw_request.state in UNDER_APPROVAL,
        "may_edit": services.why_not_edit(draw_request, user) is None,
        "may_cancel": services.why_not_cancel(draw_request, user) is None,
        **shown,
    }
    if due and services.why_not_approve(draw_request, user, regulation) is None:
        context["answer_form"] = AnswerForm(outcomes=due.outcomes)
    waived = {waiver.field_id for waiver in waivers}
    open_fields = [one.field_id for one in short if one.eligible and one.field_id not in waived]
    if open_fields and waiver_services.why_not_waive_shortage(draw_request, user) is None:
        context["waiver_form"] = ShortageWaiverForm(request=draw_request, fields=open_fields, prefix="waiver")
    if services.why_not_send_back(draw_request, user) is None:
        context["send_back_form"] = ReasonForm(prefix="back")
    if (
        draw_request.state == State.APPROVED
        and user.role in {Role.LEADER, Role.OFFICE}
        and waiver_services.why_not_waive_cap(draw_request, user) is None
    ):
        context["cap_form"] = ReasonForm(prefix="cap")
    return render(request, "selection/request.html", {**context, **given}, status=status)


@allow(*READERS)
@require_GET
def request_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One request with everything about it on one page."""
    return _detail(request, _request(request, pk))


@allow(Role.OFFICE, Role.INSPECTOR, Role.LEADER)
@require_POST
def request_approve(request: HttpRequest, pk: int) -> HttpResponse:
    """The answer of the approval that is due."""
    draw_request = _request(request, pk)
    user: Any = request.user
    regulation = edition_or_latest(draw_request.pool, clock.today())
    mine = next((step for step in services.steps_of(regulation) if step.role == user.role), None)
    form = AnswerForm(request.POST, outcomes=mine.outcomes if mine else ())
    if form.is_valid():
        try:
            services.approve(request=draw_request, outcome=form.cleaned_data["outcome"], reason=form.cleaned_data["reason"], by=user)
        except Refused as refused:
            form.add_refusals(refused.refusals)
        else:
            messages.success(request, _("审批意见已提交。"))
            return redirect("request", pk=pk)
    return _detail(request, _request(request, pk), status=422, answer_form=form)


@allow(Role.OFFICE)
@require_POST
def request_send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """An approved request for which the pool is too small goes back to the department."""
    draw_request = _request(request, pk)
    form = ReasonForm(request.POST, prefix="back")
    if form.is_valid():
        try:
            services.send_back(request=draw_request, reason=form.cleaned_data["reason"], by=request.user)  # type: ignore[arg-type]
        except Refused as refused:
            form.add_refusals(refused.refusals)
        else:
            messages.success(request, _("已退回使用单位调整条件，重新提交后需再次审批。"))
            return redirect("request", pk=pk)
    return _detail(request, draw_request, status=422, send_back_form=form)


@allow(Role.DEPARTMENT)
def request_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """取消申请: says what follows, then does it."""
    draw_request = _request(request, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.cancel_request(request=draw_request, reason=form.cleaned_data["reason"], by=request.user)  # type: ignore[arg-type]
        except Refused as refused:
            form.add_refusals(refused.refusals)
        else:
            messages.success(request, _("使用申请已取消。"))
            return redirect("request", pk=pk)
    return render(request, "selection/request_cancel.html", {"draw_request": draw_request, "form": form})


@allow(Role.OFFICE)
@require_POST
def waiver_shortage(request: HttpRequest, pk: int) -> HttpResponse:
    """The office waives the ratio for one field."""
    draw_request = _request(request, pk)
    form = ShortageWaiverForm(request.POST, request=draw_request, prefix="waiver")
    if form.is_valid():
        try:
            field, reason = form.cleaned_data["field"], form.cleaned_data["reason"]
            services.waive_shortage(request=draw_request, field=field, reason=reason, by=request.user)  # type: ignore[arg-type]
        except Refused as refused:
            form.add_refusals(refused.refusals)
        else:
            messages.success(request, _("豁免已提出，纪检监察人员会签后生效。"))
            return redirect("request", pk=pk)
    return _detail(request, draw_request, status=422, waiver_form=form)


@allow(Role.OFFICE, Role.LEADER)
@require_POST
def waiver_cap(request: HttpRequest, pk: int) -> HttpResponse:
    """The approver whom the regulation names sets the annual cap aside for this request."""
    draw_request = _request(request, pk)
    form = ReasonForm(request.POST, prefix="cap")
    if form.is_valid():
        try:
            services.waive_annual_cap(request=draw_request, reason=form.cleaned_data["reason"], by=request.user)  # type: ignore[arg-type]
        except Refused as refused:
            form.add_refusals(refused.refusals)
        else:
            messages.success(request, _("豁免已提出，纪检监察人员会签后生效。"))
            return redirect("request", pk=pk)
    return _detail(request, draw_request, status=422, cap_form=form)


@allow(Role.INSPECTOR)
@require_POST
def waiver_countersign(request: HttpRequest, pk: int, waiver_pk: int) -> HttpResponse:
    """The inspector countersigns a waiver."""
    draw_request = _request(request, pk)
    waiver = get_object_or_404(Waiver, pk=waiver_pk, request=draw_request)
    try:
        services.countersign(waiver=waiver, by=request.user)  # type: ignore[arg-type]
    except Refused as refused:
        for refusal in refused.refusals:
            messages.error(request, str(refusal))
    else:
        messages.success(request, _("已会签。"))
    return redirect("request", pk=pk)


def _paper(request: HttpRequest, draw_request: DrawRequest) -> dict[str, Any]:
    in_full = request.user.role == Role.DEPARTMENT  # type: ignore[union-attr]
    return print_context(draw_request, edition_or_latest(draw_request.pool, clock.today()), phones_in_full=in_full)


@allow(*READERS)
@require_GET
def request_print(request: HttpRequest, pk: int) -> HttpResponse:
    """附表2 as the regulation prints it, for A4."""
    draw_request = _request(request, pk)
    return render(request, "selection/request_print.html", {"draw_request": draw_request, "paper": _paper(request, draw_request)})


@allow(*READERS)
@require_GET
def request_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    """附表2 as a workbook."""
    draw_request = _request(request, pk)
    response = HttpResponse(workbook(_paper(request, draw_request)), content_type=CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{draw_request.number}.xlsx"'
    return response
