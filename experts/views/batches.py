"""入库审定: the batches for the leader, who decides on them and may leave publicity out."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _

from expertpool import clock
from expertpool.accounts.access import allow
from expertpool.accounts.models import Role
from expertpool.core.forms import HouseForm
from expertpool.core.paging import page_of
from expertpool.refusals import Refused
from experts.models import Batch
from experts.services import batches as services
from experts.services import publicity
from experts.services.editions import edition_on


class DecisionForm(HouseForm):
    """审定."""

    decision_document = forms.CharField(label=_("审定文件名称及文号"), max_length=120)
    on = forms.DateField(label=_("审定日期"), initial=clock.today)


class ExemptionForm(HouseForm):
    """不予公示."""

    provision = forms.CharField(label=_("不宜公示所依据的规定"), max_length=160, help_text=_("文件名称和条款"))
    reason = forms.CharField(label=_("不宜公示的理由"), widget=forms.Textarea(attrs={"rows": 4}))


@allow(Role.LEADER, Role.INSPECTOR)
def batches(request: HttpRequest) -> HttpResponse:
    """The batches, newest first."""
    rows = Batch.objects.select_related("pool", "collected_by", "publicity").order_by("-pk")
    state = request.GET.get("state", "")
    if state in Batch.State.values:
        rows = rows.filter(state=state)
    return render(request, "experts/batch_list.html", {"page": page_of(request, rows), "state": state, "states": Batch.State.choices})


@allow(Role.LEADER, Role.INSPECTOR)
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """One batch with its list; the leader decides on it, or approves that it is not shown in public."""
    row = get_object_or_404(Batch.objects.select_related("pool", "collected_by", "decided_by", "publicity"), pk=pk)
    acting = request.user.role == Role.LEADER  # type: ignore[union-attr]
    decision, exemption = DecisionForm(prefix="d"), ExemptionForm(prefix="e")
    if request.method == "POST" and acting:
        act = request.POST.get("act", "")
        form: Any = DecisionForm(request.POST, prefix="d") if act == "decide" else ExemptionForm(request.POST, prefix="e")
        decision, exemption = (form, exemption) if act == "decide" else (decision, form)
        if form.is_valid():
            try:
                if act == "decide":
                    services.decide_batch(batch=row, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
                    told = _("审定已登记。")
                else:
                    publicity.exempt_publicity(batch=row, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
                    told = _("不予公示已批准，纪检监察可见。")
            except Refused as refused:
                form.add_refusals(refused.refusals)
            else:
                messages.success(request, told)
                return redirect("batch", pk=row.pk)
    regulation = edition_on(row.pool, clock.today())
    rules = regulation.publicity
    context = {
        "batch": row,
        "people": row.applications.select_related("employer", "recommending_unit").prefetch_related("fields").order_by("pk"),  # type: ignore[attr-defined]
        "publicity": getattr(row, "publicity", None),
        "decision": decision,
        "exemption": exemption,
        "may_decide": acting and services.why_not_decide(row) is None,
        "may_exempt": acting and _may_exempt(row, request) and publicity.why_not_exempt(row, clock.today()) is None,
        "regulation": regulation,
        "decision_article": services.step_article(regulation, "department_decision"),
        "exemption_article": rules.exemption.article if rules and rules.exemption else "",
    }
    return render(request, "experts/batch_detail.html", context)


def _may_exempt(row: Batch, request: HttpRequest) -> bool:
    rules = edition_on(row.pool, clock.today()).publicity
    return bool(rules and rules.exemption and rules.exemption.approver == request.user.role)  # type: ignore[union-attr]
