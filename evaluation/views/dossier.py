"""卷宗: one activity on one page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from evaluation.pages.dossier import DossierPage
from evaluation.services.dossier import why_not_open_dossier
from expertpool.pools.access import needs, refusal_page
from selection.models import DrawRequest


@needs("dossier.read")
@require_GET
def dossier(request: HttpRequest, pk: int) -> HttpResponse:
    """Request, approvals, draw, contacts, attendance, evaluations and ledger of one activity, printable."""
    actor = request.actor  # type: ignore[attr-defined]
    rows = DrawRequest.objects.visible_to(actor).select_related("pool", "department", "filed_by")
    draw_request = get_object_or_404(rows.prefetch_related("seats__field", "projects__applicant"), pk=pk)
    refusal = why_not_open_dossier(draw_request, actor)
    if refusal:
        return refusal_page(request, refusal)
    return render(request, "evaluation/dossier.html", {"dossier": DossierPage.of(actor, draw_request), "draw_request": draw_request})
