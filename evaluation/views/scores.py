"""What an expert sees of his own evaluations."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from evaluation.models import Evaluation
from evaluation.services.editions import of_evaluation, rules_of
from evaluation.services.evaluations import entries_of
from expertpool.pools.access import for_roles
from expertpool.pools.models import Role
from expertpool.web.paging import page_of


@for_roles(Role.EXPERT)
@require_GET
def my_scores(request: HttpRequest) -> HttpResponse:
    """Evaluations received in all pools, newest first, with every criterion."""
    rows = Evaluation.objects.visible_to(request.actor).select_related(  # type: ignore[attr-defined]
        "participation__request__pool", "participation__request__department", "participation__membership"
    )
    page = page_of(request, rows.prefetch_related("scores").order_by("-leader_at", "-id"), size=10)
    cards = []
    for one in page:
        edition = of_evaluation(one)
        rules = rules_of(edition)
        entries = entries_of(one)
        sections = [
            {
                "section": section,
                "points": sum(entries[item.code].points or 0 for item in section.criteria if item.code in entries),
                "criteria": [{"criterion": item, "entry": entries.get(item.code)} for item in section.criteria],
            }
            for section in rules.sections
        ]
        cards.append({"evaluation": one, "request": one.participation.request, "sections": sections, "rules": rules, "regulation": edition})
    return render(request, "evaluation/my_scores.html", {"page": page, "cards": cards})
