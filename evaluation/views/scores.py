"""What an expert sees of his own evaluations."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from evaluation.models import Evaluation
from evaluation.services.evaluations import entries_of, evaluation_rules
from expertpool.accounts.access import allow
from expertpool.accounts.models import Role
from expertpool.core.paging import page_of


@allow(Role.EXPERT)
@require_GET
def my_scores(request: HttpRequest) -> HttpResponse:
    """Evaluations received, newest first, with every criterion."""
    user: Any = request.user
    rows = Evaluation.objects.visible_to(user).select_related(
        "participation__request__pool", "participation__request__department", "participation__membership"
    )
    page = page_of(request, rows.prefetch_related("scores").order_by("-leader_at", "-id"), size=10)
    cards = []
    for one in page:
        regulation, rules = evaluation_rules(one)
        entries = entries_of(one)
        sections = [
            {
                "section": section,
                "points": sum(entries[item.code].points or 0 for item in section.criteria if item.code in entries),
                "criteria": [{"criterion": item, "entry": entries.get(item.code)} for item in section.criteria],
            }
            for section in rules.sections
        ]
        cards.append(
            {"evaluation": one, "request": one.participation.request, "sections": sections, "rules": rules, "regulation": regulation}
        )
    return render(request, "evaluation/my_scores.html", {"page": page, "cards": cards})
