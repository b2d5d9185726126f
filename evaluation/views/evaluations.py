"""履职评价: the list, the form, both signatures, the paper."""

from typing import Any

from django.contrib import messages
from django.db.models import Case, IntegerField, Q, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from evaluation.exports.evaluations import paper, workbook
from evaluation.forms import EvaluationForm, ReturnForm
from evaluation.models import Evaluation, ViolationReport
from evaluation.services import evaluations as services
from evaluation.services.violations import why_not_report
from expertpool import clock
from expertpool.accounts.access import allow, refusal_page
from expertpool.accounts.models import Role, User
from expertpool.core.paging import page_of
from expertpool.core.sheets import CONTENT_TYPE
from expertpool.core.steps import DONE, NOW, TODO, Step
from expertpool.refusals import Refusal, Refused
from selection.models import DrawRequest

READERS = (Role.DEPARTMENT, Role.OFFICE, Role.INSPECTOR)
State = Evaluation.State
FILTERS = [("", _("全部")), ("due", _("待填写")), ("signed", _("待负责人签名")), ("overdue", _("已逾期")), ("submitted", _("已提交"))]
KINDS = {State.DUE: "todo", State.SIGNED: "now", State.SUBMITTED: "done", State.VOID: "quiet"}


def _archived(evaluation: Evaluation, user: User) -> bool:
    """Whether the names are closed to the department again: its last evaluation is in."""
    return user.role == Role.DEPARTMENT and evaluation.participation.request.state == DrawRequest.State.CLOSED


@allow(*READERS)
@require_GET
def evaluations(request: HttpRequest) -> HttpResponse:
    """Evaluations that the account may see, those that are due first."""
    user: Any = request.user
    rows = Evaluation.objects.visible_to(user).exclude(state=State.VOID)
    rows = rows.select_related(
        "participation__request__department", "participation__membership__expert__employer", "participation__candidate__field"
    )
    wanted, text, one_request = request.GET.get("state", ""), request.GET.get("q", "").strip(), request.GET.get("request", "")
    if wanted == "overdue":
        rows = rows.overdue_on(clock.today())
    elif wanted in State.values:
        rows = rows.filter(state=wanted)
    if one_request.isdigit():
        rows = rows.filter(participation__request=int(one_request))
    if text:
        found = Q(participation__request__title__icontains=text) | Q(participation__request__number__iexact=text)
        person = Q(participation__membership__number__iexact=text) | Q(participation__membership__expert__name=text)
        person |= Q(participation__membership__expert__name_initials__iexact=text)
        # Whom the department no longer sees by name cannot be found by his name either.
        if user.role == Role.DEPARTMENT:
            person &= ~Q(participation__request__state=DrawRequest.State.CLOSED)
        rows = rows.filter(found | person)
    order = Case(When(state=State.SUBMITTED, then=Value(1)), default=Value(0), output_field=IntegerField())
    page = page_of(request, rows.order_by(order, "due_on", "participation__request_id", "id"))
    for one in page:
        one.hidden = _archived(one, user)
        one.kind = KINDS[State(one.state)]
    filtered = bool(wanted or text or one_request)
    return render(request, "evaluation/evaluations.html", {"page": page, "filters": FILTERS, "wanted": wanted, "filtered": filtered})


def _evaluation(request: HttpRequest, pk: int) -> Evaluation:
    rows = Evaluation.objects.visible_to(request.user).exclude(state=State.VOID)  # type: ignore[arg-type]
    rows = rows.select_related(
        "participation__request__pool", "participation__request__department", "participation__membership__expert__employer",
        "participation__candidate__field", "participation__attendance_by", "handler", "leader",
    )  # fmt: skip
    return get_object_or_404(rows.prefetch_related("scores"), pk=pk)


def _shut(request: HttpRequest, evaluation: Evaluation) -> HttpResponse | None:
    if not _archived(evaluation, request.user):  # type: ignore[arg-type]
        return None
    text = _("本次活动的评价已全部提交并归档。如需查阅，请联系专家库管理处室。")
    return refusal_page(request, Refusal("archived", text))


def _steps(evaluation: Evaluation) -> list[Step]:
    participation, state = evaluation.participation, evaluation.state
    return [
        Step(_("出席登记"), DONE, participation.attendance_by or "", participation.attendance_at),
        Step(
            _("经办人填写并签名"),
            NOW if state == State.DUE else DONE,
            evaluation.handler or "",
            evaluation.handler_at,
            note=_("退回修改") if evaluation.return_reason else "",
            due=evaluation.due_at if state == State.DUE else None,
        ),
        Step(
            _("负责人签名"),
            {State.DUE: TODO, State.SIGNED: NOW}.get(State(state), DONE),
            evaluation.leader or "",
            evaluation.leader_at,
            due=evaluation.due_at if state == State.SIGNED else None,
        ),
        Step(
            _("提交归档"),
            DONE if state == State.SUBMITTED else TODO,
            "",
            evaluation.submitted_at,
            note=_("逾期提交") if evaluation.late else "",
        ),
    ]


def _page(request: HttpRequest, evaluation: Evaluation, *, status: int = 200, **given: Any) -> HttpResponse:
    user: Any = request.user
    regulation, rules = services.evaluation_rules(evaluation)
    entries = services.entries_of(evaluation)
    why_not_sign = services.why_not_sign(evaluation, user, clock.today())
    why_not_countersign = services.why_not_countersign(evaluation, user)
    context = {
        "evaluation": evaluation,
        "participation": evaluation.participation,
        "draw_request": evaluation.participation.request,
        "expert": evaluation.participation.membership.expert,
        "regulation": regulation,
        "rules": rules,
        "steps": _steps(evaluation),
        "kind": KINDS[State(evaluation.state)],
        "may_sign": why_not_sign is None,
        "may_countersign": why_not_countersign is None,
        "own_signature": why_not_countersign is not None and why_not_countersign.code == "same_person",
        "may_report": why_not_report(evaluation.participation, user, clock.today()) is None,
        "reports": list(ViolationReport.objects.visible_to(user).filter(participation=evaluation.participation))
        if user.role != Role.DEPARTMENT
        else [],
        "form": EvaluationForm(rules=rules, entries=entries) if why_not_sign is None else None,
        "return_form": ReturnForm(prefix="back") if evaluation.state == State.SIGNED and user.role == Role.DEPARTMENT else None,
        "paper": paper(evaluation, regulation),
    }
    return render(request, "evaluation/evaluation.html", {**context, **given}, status=status)


@allow(*READERS)
def evaluation(request: HttpRequest, pk: int) -> HttpResponse:
    """One 附表3: filled in and signed by the handler, shown to everybody else."""
    row = _evaluation(request, pk)
    shut = _shut(request, row)
    if shut:
        return shut
    if request.method != "POST":
        return _page(request, row)
    _regulation, rules = services.evaluation_rules(row)
    form = EvaluationForm(request.POST, rules=rules)
    if form.is_valid():
        try:
            signed = services.sign(evaluation=row, scores=form.scores(), by=request.user)  # type: ignore[arg-type]
        except Refused as refused:
            form.add_refusals(refused.refusals)
        else:
            messages.success(
                request,
                _("已签名：总分%(total)s分，评价等级%(grade)s。请负责人用自己的账号签名后提交。")
                % {"total": signed.total, "grade": signed.grade},
            )
            return redirect("evaluation", pk=pk)
    return _page(request, row, status=422, form=form)


@allow(Role.DEPARTMENT)
@require_POST
def evaluation_countersign(request: HttpRequest, pk: int) -> HttpResponse:
    """The leader's signature."""
    row = _evaluation(request, pk)
    try:
        services.countersign(evaluation=row, by=request.user)  # type: ignore[arg-type]
    except Refused as refused:
        return _page(request, _evaluation(request, pk), status=422, why_not=refused.refusals)
    messages.success(request, _("负责人已签名，评价已提交。"))
    row = _evaluation(request, pk)
    if _archived(row, request.user):  # type: ignore[arg-type]
        messages.success(request, _("本次活动的评价已全部提交，使用申请已办结。"))
        return redirect("evaluations")
    return redirect("evaluation", pk=pk)


@allow(Role.DEPARTMENT)
@require_POST
def evaluation_return(request: HttpRequest, pk: int) -> HttpResponse:
    """Back to the handler before the leader signs."""
    row = _evaluation(request, pk)
    form = ReturnForm(request.POST, prefix="back")
    if form.is_valid():
        try:
            services.return_to_handler(evaluation=row, reason=form.cleaned_data["reason"], by=request.user)  # type: ignore[arg-type]
        except Refused as refused:
            form.add_refusals(refused.refusals)
        else:
            messages.success(request, _("已退回经办人修改，已填内容保留。"))
            return redirect("evaluation", pk=pk)
    return _page(request, _evaluation(request, pk), status=422, return_form=form)


@allow(*READERS)
@require_GET
def evaluation_print(request: HttpRequest, pk: int) -> HttpResponse:
    """附表3 as the regulation prints it, for A4."""
    row = _evaluation(request, pk)
    regulation, _rules = services.evaluation_rules(row)
    return _shut(request, row) or render(request, "evaluation/evaluation_print.html", {"evaluation": row, "paper": paper(row, regulation)})


@allow(*READERS)
@require_GET
def evaluation_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    """附表3 as a workbook."""
    row = _evaluation(request, pk)
    shut = _shut(request, row)
    if shut:
        return shut
    regulation, _rules = services.evaluation_rules(row)
    response = HttpResponse(workbook(paper(row, regulation)), content_type=CONTENT_TYPE)
    number = f"{row.participation.request.number}-{row.participation.membership.number}"
    response["Content-Disposition"] = f'attachment; filename="{number}.xlsx"'
    return response
