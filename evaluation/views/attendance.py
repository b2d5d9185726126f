"""登记出席: whoever the edition names says who came."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from evaluation.forms import AttendanceForm
from evaluation.services.activities import close_activity
from expertpool import clock
from expertpool.pools.access import needs, refusal_page
from expertpool.refusals import Refused
from selection.models import DrawRequest
from selection.services.acting import edition_of_activity
from selection.services.participation import seated_in, why_not_record_attendance


@needs("attendance.record")
def attendance(request: HttpRequest, pk: int) -> HttpResponse:
    """Came or not for every seated expert; evaluations are opened by the same act."""
    user = request.user
    rows = DrawRequest.objects.visible_to(request.actor).select_related("pool")  # type: ignore[attr-defined]
    draw_request = get_object_or_404(rows, pk=pk)
    refusal = why_not_record_attendance(draw_request, user, clock.today())  # type: ignore[arg-type]
    if refusal:
        return refusal_page(request, refusal)
    form = AttendanceForm(request.POST or None, seated=seated_in(draw_request))
    if request.method == "POST" and form.is_valid():
        try:
            opened = close_activity(request=draw_request, attended=form.attended(), reasons=form.reasons(), by=user)  # type: ignore[arg-type]
        except Refused as refused:
            form.add_refusals(refused.refusals)
        else:
            messages.success(
                request, _("出席情况已登记，共%(n)s份履职评价表待提交。") % {"n": sum(one.submitted_at is None for one in opened)}
            )
            return redirect(f"{reverse('evaluations')}?request={pk}")
    context = {"draw_request": draw_request, "form": form, "regulation": edition_of_activity(draw_request)}
    return render(request, "evaluation/attendance.html", context, status=422 if form.errors else 200)
