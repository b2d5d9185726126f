"""履职评价: the list, the form, both signatures, the paper."""

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.db.models import Case, IntegerField, Q, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from evaluation.exports.evaluations import paper, workbook
from evaluation.forms import EvaluationForm, ReturnForm
from evaluation.models import Evaluation, ViolationReport, read_whole, reads_all, reads_reports
from evaluation.services import evaluations as services
from evaluation.services.editions import of_evaluation, rules_of
from evaluation.services.violations import why_not_report
from expertpool import clock
from expertpool.pools.access import needs, refusal_page
from expertpool.pools.duties import Actor
from expertpool.refusals import Refusal, Refused
from expertpool.web.paging import page_of
from expertpool.web.sheets import CONTENT_TYPE
from expertpool.web.steps import DONE, NOW, TODO, Step
from expertpool.web.typed import whole
from selection.models import DrawRequest

State = Evaluation.State
FILTERS = [("", _("全部")), ("due", _("待填写")), ("signed", _("待负责人签名")), ("overdue", _("已逾期")), ("submitted", _("已提交"))]
KINDS = {State.DUE: "todo", State.SIGNED: "now", State.SUBMITTED: "done", State.VOID: "quiet"}


def _archived(evaluation: Evaluation, actor: Actor) -> bool:
    """Whether the names are closed again to who only evaluates: the activity's last evaluation is in."""
    return evaluation.participation.request.state == DrawRequest.State.CLOSED and not reads_all(actor, of_evaluation(evaluation))


@needs("evaluation.read")
@require_GET
def evaluations(request: HttpRequest) -> HttpResponse:
    """Evaluations that the account may see, those that are due first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    rows = Evaluation.objects.visible_to(actor).exclude(state=State.VOID)
    rows = rows.select_related(
        "participation__request__pool",
        "participation__request__department",
        "participation__membership__expert__employer",
        "participation__candidate__field",
    )
    wanted, text, one_request = request.GET.get("state", ""), request.GET.get("q", "").strip(), request.GET.get("request", "")
    if wanted == "overdue":
        rows = rows.overdue_on(clock.today())
    elif wanted in State.values:
        rows = rows.filter(state=wanted)
    if (number := whole(one_request)) is not None:
        rows = rows.filter(participation__request=number)
    if text:
        found = Q(participation__request__title__icontains=text) | Q(participation__request__number__iexact=text)
        person = Q(participation__membership__number__iexact=text) | Q(participation__membership__expert__name=text)
        person |= Q(participation__membership__expert__name_initials__iexact=text)
        # Whom somebody no longer sees by name he cannot find by his name either.
        rows = rows.filter(found | person & (~Q(participation__request__state=DrawRequest.State.CLOSED) | read_whole(actor)))
    order = Case(When(state=State.SUBMITTED, then=Value(1)), default=Value(0), output_field=IntegerField())
    page = page_of(request, rows.order_by(order, "due_on", "participation__request_id", "id"))
    for one in page:
        one.hidden = _archived(one, actor)
        one.kind = KINDS[State(one.state)]
    filtered = bool(wanted or text or one_request)
    context = {"page": page, "filters": FILTERS, "wanted": wanted, "filtered": filtered, "labels": actor.edition.labels}
    return render(request, "evaluation/evaluations.html", context)


def _evaluation(request: HttpRequest, pk: int) -> Evaluation:
    rows = Evaluation.objects.visible_to(request.actor).exclude(state=State.VOID)  # type: ignore[attr-defined]
    rows = rows.select_related(
        "participation__request__pool", "participation__request__department", "participation__membership__expert__employer",
        "participation__candidate__field", "participation__attendance_by", "handler", "leader",
    )  # fmt: skip
    return get_object_or_404(rows.prefetch_related("scores"), pk=pk)


def _shut(request: HttpRequest, evaluation: Evaluation) -> HttpResponse | None:
    if not _archived(evaluation, request.actor):  # type: ignore[attr-defined]
        return None
    office = of_evaluation(evaluation).labels.office
    text = _("本次活动的评价已全部提交并归档。如需查阅，请联系%(office)s。") % {"office": office}
    return refusal_page(request, Refusal("archived", text))


def _steps(evaluation: Evaluation, signoffs: Collection[str]) -> list[Step]:
    participation, state = evaluation.participation, evaluation.state
    steps = [
        Step(_("出席登记"), DONE, participation.attendance_by or "", participation.attendance_at),
        Step(
            _("经办人填写并签名"),
            NOW if state == State.DUE else DONE,
            evaluation.handler or "",
            evaluation.handler_at,
            note=_("退回修改") if evaluation.return_reason else "",
            due=evaluation.due_at if state == State.DUE else None,
        ),
    ]
    if "leader" in signoffs:
        steps.append(
            Step(
                _("负责人签名"),
                {State.DUE: TODO, State.SIGNED: NOW}.get(State(state), DONE),
                evaluation.leader or "",
                evaluation.leader_at,
                due=evaluation.due_at if state == State.SIGNED else None,
            )
        )
    submitted = DONE if state == State.SUBMITTED else TODO
    steps.append(Step(_("提交归档"), submitted, "", evaluation.submitted_at, note=_("逾期提交") if evaluation.late else ""))
    return steps


def _page(request: HttpRequest, evaluation: Evaluation, *, status: int = 200, **given: Any) -> HttpResponse:
    user: Any = request.user
    actor: Actor = request.actor  # type: ignore[attr-defined]
    edition, today = of_evaluation(evaluation), clock.today()
    rules = rules_of(edition)
    why_not_sign = services.why_not_sign(evaluation, user, today, edition=edition)
    why_not_countersign = services.why_not_countersign(evaluation, user, today, edition=edition)
    why_not_return = services.why_not_return(evaluation, user, today, edition=edition)
    reports = ViolationReport.objects.visible_to(actor).filter(participation=evaluation.participation)
    context = {
        "evaluation": evaluation,
        "participation": evaluation.participation,
        "draw_request": evaluation.participation.request,
        "expert": evaluation.participation.membership.expert,
        "regulation": edition,
        "rules": rules,
        "steps": _steps(evaluation, rules.signoffs),
        "kind": KINDS[State(evaluation.state)],
        "may_countersign": why_not_countersign is None,
        "own_signature": why_not_countersign is not None and why_not_countersign.code == "same_person",
        "may_report": why_not_report(evaluation.participation, user, today) is None,
        "reports": list(reports) if reads_reports(actor, edition) else [],
        "form": EvaluationForm(rules=rules, entries=services.entries_of(evaluation)) if why_not_sign is None else None,
        "return_form": ReturnForm(prefix="back") if why_not_return is None else None,
        "paper": paper(evaluation, edition),
    }
    return render(request, "evaluation/evaluation.html", {**context, **given}, status=status)


def _after_signature(request: HttpRequest, pk: int) -> HttpResponse:
    """To the form, or to the list where the last signature has closed it to who signed."""
    if _archived(_evaluation(request, pk), request.actor):  # type: ignore[attr-defined]
        messages.success(request, _("本次活动的评价已全部提交，使用申请已办结。"))
        return redirect("evaluations")
    return redirect("evaluation", pk=pk)


@needs("evaluation.read")
def evaluation(request: HttpRequest, pk: int) -> HttpResponse:
    """One 附表3: filled in and signed by the handler, shown to everybody else."""
    row = _evaluation(request, pk)
    shut = _shut(request, row)
    if shut:
        return shut
    if request.method != "POST":
        return _page(request, row)
    form = EvaluationForm(request.POST, rules=rules_of(of_evaluation(row)))
    if form.is_valid():
        try:
            signed = services.sign(evaluation=row, scores=form.scores(), by=request.user)  # type: ignore[arg-type]
        except Refused as refused:
            form.add_refusals(refused.refusals)
        else:
            told = _("已签名：总分%(total)s分，评价等级%(grade)s。") % {"total": signed.total, "grade": signed.grade}
            messages.success(request, told + (_("请负责人用自己的账号签名后提交。") if signed.state == State.SIGNED else ""))
            return _after_signature(request, pk)
    return _page(request, row, status=422, form=form)


@needs("evaluation.countersign")
@require_POST
def evaluation_countersign(request: HttpRequest, pk: int) -> HttpResponse:
    """The leader's signature."""
    row = _evaluation(request, pk)
    try:
        services.countersign(evaluation=row, by=request.user)  # type: ignore[arg-type]
    except Refused as refused:
        return _page(request, _evaluation(request, pk), status=422, why_not=refused.refusals)
    messages.success(request, _("负责人已签名，评价已提交。"))
    return _after_signature(request, pk)


@needs("evaluation.score")
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


@needs("evaluation.read")
@require_GET
def evaluation_print(request: HttpRequest, pk: int) -> HttpResponse:
    """附表3 as the regulation prints it, for A4."""
    row = _evaluation(request, pk)
    shown = {"evaluation": row, "paper": paper(row, of_evaluation(row))}
    return _shut(request, row) or render(request, "evaluation/evaluation_print.html", shown)


@needs("evaluation.read")
@require_GET
def evaluation_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    """附表3 as a workbook."""
    row = _evaluation(request, pk)
    shut = _shut(request, row)
    if shut:
        return shut
    response = HttpResponse(workbook(paper(row, of_evaluation(row))), content_type=CONTENT_TYPE)
    number = f"{row.participation.request.number}-{row.participation.membership.number}"
    response["Content-Disposition"] = f'attachment; filename="{number}.xlsx"'
    return response
