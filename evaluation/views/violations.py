"""违规线索: reported by hand."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from evaluation.forms import ViolationForm
from evaluation.services.violations import report_violation as report
from evaluation.services.violations import why_not_report
from expertpool import clock
from expertpool.addresses import address
from expertpool.pools.access import needs, refusal_page
from expertpool.pools.duties import names_of, roles_for
from expertpool.pools.models import Role
from expertpool.refusals import Refused
from selection.models import DrawRequest, Participation
from selection.services.acting import edition_of_activity


@needs("violations.report")
def report_violation(request: HttpRequest, pk: int) -> HttpResponse:
    """Report what an expert did in one activity; says first who will be told."""
    user, actor = request.user, request.actor  # type: ignore[attr-defined]
    # An employer sees no request, but what concerns his own people he may report where the edition names him.
    concerned = Q(request__in=DrawRequest.objects.visible_to(actor)) | Q(
        request__pool=actor.pool, membership__expert__employer__in=actor.organisations(Role.EMPLOYER)
    )
    rows = Participation.objects.filter(concerned)
    participation = get_object_or_404(rows.select_related("request__pool", "request__department", "membership__expert__employer"), pk=pk)
    edition = edition_of_activity(participation.request)
    refusal = why_not_report(participation, user, clock.today(), edition=edition)  # type: ignore[arg-type]
    if refusal:
        return refusal_page(request, refusal)
    told = names_of(edition.sanctions.notify, edition) if edition.sanctions else ""
    sees_request = DrawRequest.objects.visible_to(actor).filter(pk=participation.request_id).exists()
    form = ViolationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            report(participation=participation, content=form.cleaned_data["content"], by=user)  # type: ignore[arg-type]
        except Refused as refused:
            form.add_refusals(refused.refusals)
        else:
            messages.success(request, _("违规线索已报告，并已同步告知%(told)s。") % {"told": told} if told else _("违规线索已报告。"))
            return redirect("request", pk=participation.request_id) if sees_request else redirect(address("front"))
    context = {
        "participation": participation,
        "draw_request": participation.request,
        "expert": participation.membership.expert,
        "form": form,
        "regulation": edition,
        "told": told,
        "sees_request": sees_request,
        "settled_by": names_of(roles_for("violations.settle", edition).roles, edition),
    }
    return render(request, "evaluation/report_violation.html", context, status=422 if form.errors else 200)
