"""登记出席: the department says who came."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from evaluation.forms import AttendanceForm
from evaluation.services.activities import close_activity
from expertpool import clock
from expertpool.accounts.access import allow, refusal_page
from expertpool.accounts.models import Role
from expertpool.refusals import Refused
from experts.services.editions import edition_to_show
from selection.models import DrawRequest
from selection.services.participation import seated_in, why_not_record_attendance


@allow(Role.DEPARTMENT)
def attendance(request: HttpRequest, pk: int) -> HttpResponse:
    """Came or not for every seated expert; evaluations are opened by the same act."""
    user = request.user
    draw_request = get_object_or_404(DrawRequest.objects.visible_to(user).select_related("pool"), pk=pk)  # type: ignore[arg-type]
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
    context = {"draw_request": draw_request, "form": form, "regulation": edition_to_show(draw_request.pool, clock.today())}
    return render(request, "evaluation/attendance.html", context, status=422 if form.errors else 200)
