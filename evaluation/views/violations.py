"""违规线索: the department reports by hand."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from evaluation.forms import ViolationForm
from evaluation.services.violations import report_violation as report
from evaluation.services.violations import why_not_report
from expertpool import clock
from expertpool.accounts.access import allow, refusal_page
from expertpool.accounts.models import Role
from expertpool.refusals import Refused
from experts.services.editions import edition_to_show
from selection.models import Participation


@allow(Role.DEPARTMENT)
def report_violation(request: HttpRequest, pk: int) -> HttpResponse:
    """Report what an expert did in one activity; says first who will be told."""
    user = request.user
    rows = Participation.objects.select_related("request__pool", "request__department", "membership__expert__employer")
    participation = get_object_or_404(rows, pk=pk, request__department=user.organisation_id)  # type: ignore[union-attr]
    refusal = why_not_report(participation, user, clock.today())  # type: ignore[arg-type]
    if refusal:
        return refusal_page(request, refusal)
    form = ViolationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            report(participation=participation, content=form.cleaned_data["content"], by=user)  # type: ignore[arg-type]
        except Refused as refused:
            form.add_refusals(refused.refusals)
        else:
            messages.success(request, _("违规线索已报告，并已同步告知派出单位和专家库管理处室。"))
            return redirect("request", pk=participation.request_id)
    context = {
        "participation": participation,
        "draw_request": participation.request,
        "expert": participation.membership.expert,
        "form": form,
        "regulation": edition_to_show(participation.request.pool, clock.today()),
    }
    return render(request, "evaluation/report_violation.html", context, status=422 if form.errors else 200)
