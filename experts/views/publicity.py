"""公示 for everybody, and the list of a pool's publicities for those who watch over them."""

from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _

from expertpool.pools.access import needs, public
from expertpool.pools.editions import edition_of
from expertpool.web.paging import page_of
from experts.models import Application, Publicity
from experts.services.publicity import has_ended

COLUMNS = {
    "name": _("姓名"),
    "employer": _("工作单位"),
    "title": _("职称"),
    "degree": _("学历/学位"),
    "field": _("申报方向"),
}


def _cell(application: Application, column: str) -> str:
    if column == "field":
        return "、".join(field.name for field in application.fields.all())
    if column == "employer":
        return application.employer.name if application.employer else ""
    return str(getattr(application, column))


@public
def publicities_public(request: HttpRequest) -> HttpResponse:
    """Every publicity of every pool that was opened, newest first."""
    rows = Publicity.objects.public().select_related("batch__pool").order_by("-opened_at", "-pk")
    page = page_of(request, rows)
    return render(request, "experts/publicity_index.html", {"page": page, "rows": [(row, has_ended(row)) for row in page]})


@public
def publicity_public(request: HttpRequest, number: str) -> HttpResponse:
    """One publicity: the columns that its regulation lists and nothing else, the last day, and how to object."""
    publicity = get_object_or_404(Publicity.objects.public().select_related("batch__pool__office"), batch__number=number)
    # Whoever withdrew or was rejected meanwhile is no longer proposed.
    people = (
        Application.objects.filter(batch=publicity.batch, state__in=[*Application.ON_A_LIST, Application.State.ADMITTED])
        .select_related("employer")
        .prefetch_related("fields")
        .order_by("pk")
    )
    columns = [column for column in publicity.columns if column in COLUMNS]
    edition = edition_of(publicity, publicity.batch.pool)
    context: dict[str, Any] = {
        "publicity": publicity,
        "over": has_ended(publicity),
        "headings": [COLUMNS[column] for column in columns],
        "rows": [[(COLUMNS[column], _cell(person, column)) for column in columns] for person in people],
        "edition": edition,
        "rules": edition.publicity,
    }
    return render(request, "experts/publicity_public.html", context)


@needs("publicity.read", "objections.record", "objections.decide")
def publicities(request: HttpRequest) -> HttpResponse:
    """The pool's publicities and exemptions, with their objections counted; the state stays in the address."""
    rows = (
        Publicity.objects.visible_to(request.actor)  # type: ignore[attr-defined]
        .select_related("batch", "opened_by")
        .annotate(
            objections_open=Count("objections", filter=Q(objections__state="open"), distinct=True),
            objections_all=Count("objections", distinct=True),
            people=Count("batch__applications", distinct=True),
        )
    )
    state = request.GET.get("state", "")
    if state in Publicity.State.values:
        rows = rows.filter(state=state)
    context = {"page": page_of(request, rows.order_by("-pk")), "state": state, "states": Publicity.State.choices}
    return render(request, "experts/publicity_list.html", context)
