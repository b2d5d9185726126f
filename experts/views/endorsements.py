"""单位审核: the employer confirms that a file is true, the recommending unit verifies it."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from expertpool import clock
from expertpool.accounts.access import allow
from expertpool.accounts.models import Role
from expertpool.core.paging import page_of
from expertpool.refusals import Refused
from experts.exports.application_steps import application_steps
from experts.forms.applications import EndorsementForm
from experts.models import Application, Endorsement
from experts.services import applications as services
from experts.services.editions import edition_on

from .applications import file_context, visible_application

State = Application.State


@allow(Role.EMPLOYER, Role.RECOMMENDING_UNIT)
def endorsements(request: HttpRequest) -> HttpResponse:
    """What waits for this unit's confirmation, and (``?show=done``) what it has answered."""
    unit = request.user.organisation_id  # type: ignore[union-attr]
    mine = Application.objects.visible_to(request.user).select_related("employer", "recommending_unit").defer("achievements")  # type: ignore[arg-type]
    if request.GET.get("show") == "done":
        answered = (
            Endorsement.objects.filter(organisation=unit, application__in=mine)
            .select_related("application__employer", "by")
            .order_by("-pk")
        )
        return render(request, "experts/endorsements_done.html", {"page": page_of(request, answered)})
    employer, recommending = Q(state=State.EMPLOYER_REVIEW, employer=unit), Q(state=State.UNIT_VERIFICATION, recommending_unit=unit)
    waiting = mine.filter(employer if request.user.role == Role.EMPLOYER else recommending)  # type: ignore[union-attr]
    return render(request, "experts/endorsements.html", {"page": page_of(request, waiting.order_by("submitted_at", "pk"))})


@allow(Role.EMPLOYER, Role.RECOMMENDING_UNIT)
def endorsement(request: HttpRequest, pk: int) -> HttpResponse:
    """The file with the two answers below it."""
    application = visible_application(request, pk)
    form = EndorsementForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        confirmed = form.cleaned_data["decision"] == "confirmed"
        try:
            services.endorse(application=application, confirmed=confirmed, reason=form.cleaned_data["reason"], by=request.user)  # type: ignore[arg-type]
        except Refused as refused:
            form.add_refusals(refused.refusals)
        else:
            messages.success(request, _("已确认，申请转入下一环节。") if confirmed else _("已退回填报人，并附上理由。"))
            return redirect("endorsements")
    regulation = edition_on(application.pool, clock.today())
    step = "employer_review" if request.user.role == Role.EMPLOYER else "unit_verification"  # type: ignore[union-attr]
    context = {
        **file_context(application, regulation),
        "form": form,
        "steps": application_steps(application, regulation),
        "step": regulation.intake.step(step),  # type: ignore[arg-type]
        "statements": [one for one in regulation.intake.attestations if one.by == "employer"] if step == "employer_review" else [],
        "refusal": services.why_not_endorse(application, request.user),  # type: ignore[arg-type]
        "errors_title": _("没有办理成功，请修改下列内容（已填内容均已保留）"),
    }
    return render(request, "experts/endorsement.html", context)
