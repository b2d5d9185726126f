"""The steps of one file at a time: a unit confirms or reviews, the applicant agrees, somebody decides on one person."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from expertpool.pools.access import needs, needs_or_roles
from expertpool.pools.models import Role
from expertpool.refusals import Refused
from expertpool.web.paging import page_of
from experts.domain.chain import step_at
from experts.forms.steps import EndorsementForm, ReviewForm
from experts.models import Application, Endorsement, Review
from experts.pages.application import StepPage
from experts.services import applications as services
from experts.services import chain

from .applications import visible_application


@needs_or_roles(("intake.*",), (Role.EMPLOYER,))
def endorsements(request: HttpRequest) -> HttpResponse:
    """What waits for this account's answer, and (``?show=done``) what it and its units have answered; outside, of all pools."""
    who = request.actor  # type: ignore[attr-defined]
    if request.GET.get("show") == "done":
        return render(request, "experts/endorsements_done.html", {"page": page_of(request, _answered(request))})
    waiting = Application.objects.due_for(who).select_related("pool", "employer", "recommending_unit").defer("achievements")
    page = page_of(request, waiting)
    for row in page.object_list:
        step = chain.due_step(row, chain.edition_to_read(row))
        row.step_name = step.name if step is not None else ""
    return render(request, "experts/endorsements.html", {"page": page})


def _answered(request: HttpRequest) -> list[Any]:
    """Endorsements and reviews of one's own account and units, newest first."""
    who = request.actor  # type: ignore[attr-defined]
    mine = Application.objects.visible_to(who)
    units = who.organisations(*who.roles)
    rows: list[Any] = []
    for model in (Endorsement, Review):
        own = model._default_manager.filter(Q(by=who.account) | Q(organisation__in=units), application__in=mine)
        rows += list(own.select_related("application__pool", "by").defer("application__achievements").order_by("-pk")[:500])
    return sorted(rows, key=lambda row: row.at, reverse=True)


@needs("intake.*")
def endorsement(request: HttpRequest, pk: int) -> HttpResponse:
    """The file with the step's answers below it."""
    application = visible_application(request, pk)
    page = StepPage.of(request.actor, application)  # type: ignore[attr-defined]
    form: Any = _form(request, page)
    if request.method == "POST" and form.is_valid():
        try:
            told = _answer(request, application, form)
        except Refused as refused:
            form.add_refusals(refused.refusals)
        else:
            messages.success(request, told)
            return redirect("endorsements")
    context = {
        "page": page,
        "file": page.file,
        "application": application,
        "regulation": page.file.regulation,
        "form": form,
        "may_edit": page.step is not None and page.step.kind == "consent" and page.refusal is None,
        "errors_title": _("没有办理成功，请修改下列内容（已填内容均已保留）"),
    }
    return render(request, "experts/endorsement.html", context)


def _form(request: HttpRequest, page: StepPage) -> Any:
    """The form of the step that is due; of a form that was sent, the one of the step that it was meant for."""
    application, edition = page.file.application, page.file.regulation
    meant = step_at(chain.chain_of(application, edition), request.POST.get("step", "")) or page.step
    if meant is not None and meant.kind in ("review", "decide"):
        conditions = edition.conditions_for(application.expert_type)
        return ReviewForm(request.POST or None, step=meant, judged=page.judged, conditions=conditions)
    return EndorsementForm(request.POST or None, step=meant)


def _answer(request: HttpRequest, application: Application, form: Any) -> Any:
    data = form.cleaned_data
    common = {
        "application": application,
        "reason": data["reason"],
        "document": data.get("document", ""),
        "step": data["step"],
        "by": request.user,
    }
    if isinstance(form, ReviewForm):
        given = services.review(outcome=data["outcome"], article=data["article"], ticks=form.ticks, **common)
        return _("%(number)s：%(outcome)s。") % {"number": application.number, "outcome": given.get_outcome_display()}
    confirmed = data["decision"] == "confirmed"
    services.endorse(confirmed=confirmed, **common)
    return _("已确认，申请转入下一环节。") if confirmed else _("已退回填报人，并附上理由。")
