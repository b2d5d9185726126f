"""卷宗: one activity on one page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from evaluation.services import dossier as services
from expertpool import clock
from expertpool.accounts.access import allow, refusal_page
from expertpool.accounts.models import Role
from selection.models import DrawRequest


@allow(Role.OFFICE, Role.INSPECTOR, Role.LEADER, Role.DEPARTMENT)
@require_GET
def dossier(request: HttpRequest, pk: int) -> HttpResponse:
    """Request, approvals, draw, contacts, attendance, evaluations and ledger of one activity, printable."""
    user = request.user
    rows = DrawRequest.objects.visible_to(user).select_related("pool", "department", "filed_by")  # type: ignore[arg-type]
    draw_request = get_object_or_404(rows.prefetch_related("seats__field", "projects__applicant"), pk=pk)
    refusal = services.why_not_open_dossier(draw_request, user, clock.today())  # type: ignore[arg-type]
    if refusal:
        return refusal_page(request, refusal)
    return render(request, "evaluation/dossier.html", {"dossier": services.dossier(draw_request, user), "draw_request": draw_request})  # type: ignore[arg-type]
