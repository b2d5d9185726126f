"""入库审定: the lists, for whoever takes one of their steps or reads them."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _

from expertpool.pools.access import needs
from expertpool.refusals import Refused
from expertpool.web.paging import page_of
from experts.forms.batches import DecisionForm, ExemptionForm, PublicityForm, StepOnlyForm
from experts.models import Batch
from experts.pages.batch import BatchPage, admitted_words, words
from experts.services import batches as services
from experts.services import chain, memberships, publicity


@needs("batches.read")
def batches(request: HttpRequest) -> HttpResponse:
    """The batches of the pool, newest first."""
    mine = Batch.objects.visible_to(request.actor)  # type: ignore[attr-defined]
    rows = mine.select_related("pool", "collected_by", "publicity").prefetch_related("decisions").order_by("-pk")
    state = request.GET.get("state", "")
    if state in Batch.State.values:
        rows = rows.filter(state=state)
    page = page_of(request, rows)
    for row in page.object_list:
        row.where = words(row, chain.edition_of_list(row))
        row.documents = "；".join(one.document for one in row.decisions.all() if one.document)
    return render(request, "experts/batch_list.html", {"page": page, "state": state, "states": Batch.State.choices})


@needs("batches.read")
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """One batch with its list, and the step that its reader may take now."""
    mine = Batch.objects.visible_to(request.actor)  # type: ignore[attr-defined]
    row = get_object_or_404(mine.select_related("pool", "collected_by", "publicity"), pk=pk)
    page = BatchPage.of(request.actor, row)  # type: ignore[attr-defined]
    act = request.POST.get("act", "")
    forms: dict[str, Any] = {
        name: form(request.POST if name == act else None, prefix=name[0], page=page) for name, (form, _do) in ACTS.items()
    }
    if request.method == "POST" and act in ACTS and forms[act].is_valid():
        try:
            told = ACTS[act][1](row, forms[act].cleaned_data, request.user)
        except Refused as refused:
            forms[act].add_refusals(refused.refusals)
        else:
            messages.success(request, told)
            return redirect("batch", pk=row.pk)
    return render(request, "experts/batch_detail.html", {"page": page, "batch": row, "regulation": page.regulation, "forms": forms})


def _decide(row: Batch, data: dict[str, Any], user: Any) -> Any:
    services.decide_batch(batch=row, by=user, **data)
    return _("审定已登记。")


def _exempt(row: Batch, data: dict[str, Any], user: Any) -> Any:
    publicity.exempt_publicity(batch=row, by=user, **data)
    return _("不予公示已批准，查阅专家库的人员可见。")


def _publish(row: Batch, data: dict[str, Any], user: Any) -> Any:
    opened = publicity.open_publicity(batch=row, by=user, days=data.get("days"))
    return _("已开始公示，到%(day)s 24:00期满。") % {"day": f"{opened.last_day:%Y-%m-%d}"}


def _admit(row: Batch, data: dict[str, Any], user: Any) -> Any:
    return admitted_words(memberships.admit_batch(batch=row, by=user))


ACTS: dict[str, tuple[Any, Callable[[Batch, dict[str, Any], Any], Any]]] = {
    "decide": (DecisionForm, _decide),
    "exempt": (ExemptionForm, _exempt),
    "publish": (PublicityForm, _publish),
    "admit": (StepOnlyForm, _admit),
}
