"""使用申请: list, form, check before sending, one page a request, approvals, waivers, the printed form."""

import re
import secrets
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from expertpool.accounts.models import Organisation
from expertpool.pools.access import needs
from expertpool.pools.duties import Actor, names_of, roles_for
from expertpool.pools.editions import edition_on, edition_or_latest
from expertpool.refusals import Refusal, Refused
from expertpool.web.paging import page_of
from expertpool.web.sheets import CONTENT_TYPE
from selection.domain.form_words import FormWords
from selection.domain.lifecycles import EDITABLE
from selection.domain.recusal import OF_PROJECTS
from selection.exports.requests import workbook
from selection.forms.requests import AnswerForm, ReasonForm, RequestForms, ShortageWaiverForm
from selection.models import DrawRequest, Waiver
from selection.pages.paper import print_context
from selection.pages.request import STATE_KINDS, Content, Estimate, RequestPage, edition_shown, returned_answer
from selection.services import requests as services
from selection.services import waivers as waiver_services

READ = "requests.read"
FILE = "requests.file"
State = DrawRequest.State


def _who(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined, no-any-return]


def _request(request: HttpRequest, pk: int) -> DrawRequest:
    """The draw request ``pk`` of this pool if this account may see it, else 404."""
    rows = DrawRequest.objects.visible_to(_who(request)).select_related("pool", "department", "filed_by", "cancelled_by")
    return get_object_or_404(rows, pk=pk)


@needs(READ)
@require_GET
def requests(request: HttpRequest) -> HttpResponse:
    """The requests that this account may see; ``?state=`` and ``?q=`` (number, name of the work, department) narrow it."""
    who = _who(request)
    rows = DrawRequest.objects.visible_to(who).select_related("department", "pool")
    state, words = request.GET.get("state", ""), request.GET.get("q", "").strip()
    if state in State.values:
        rows = rows.filter(state=state)
    if words:
        rows = rows.filter(Q(number__icontains=words) | Q(title__icontains=words) | Q(department__name__icontains=words))
    page = page_of(request, rows)
    for row in page:
        due = services.step_due(row, edition_shown(row, who)) if row.state == State.UNDER_APPROVAL else None
        row.kind = STATE_KINDS[State(row.state)]  # type: ignore[attr-defined]
        row.words = f"待{due.name}" if due else row.get_state_display()  # type: ignore[attr-defined]
    may_file = who.holds(FILE)
    states = [(value, label) for value, label in State.choices if value != State.DRAFT or may_file]
    context = {"page": page, "states": states, "state": state, "q": words, "may_file": may_file, "edition": who.edition}
    return render(request, "selection/requests.html", context)


def _organisations() -> list[str]:
    """The names that the page's list of organisations offers."""
    return list(Organisation.objects.order_by("name").values_list("name", flat=True))


def _form_page(
    request: HttpRequest, forms: RequestForms, draw_request: DrawRequest | None, units: list[Organisation], token: str = ""
) -> HttpResponse:
    edition = forms.form.regulation
    context = {
        "forms": forms,
        "form": forms.form,
        "row_errors": forms.row_errors,
        "draw_request": draw_request,
        "department": draw_request.department if draw_request else units[0] if len(units) == 1 else None,
        "regulation": edition,
        "words": FormWords(edition),
        "project_grounds": [ground for ground in edition.recusal if ground.match in OF_PROJECTS],
        "organisations": _organisations(),
        "token": token,
        "returned": returned_answer(draw_request, edition_shown(draw_request, _who(request))) if draw_request else None,
    }
    return render(request, "selection/request_form.html", context)


def _save(request: HttpRequest, forms: RequestForms, draw_request: DrawRequest | None, once: str = "") -> DrawRequest | None:
    """Save what the form holds; None (with the reasons on the form) where that cannot be done."""
    who = _who(request)
    assert who.pool is not None
    if not forms.is_valid():
        return None
    try:
        if draw_request is None:
            return services.file_request(pool=who.pool, by=who.account, once=once, **forms.data_for_service())
        return services.save_request(request=draw_request, by=who.account, **forms.data_for_service())
    except Refused as refused:
        forms.form.add_refusals(refused.refusals)
        return None


def _after_save(request: HttpRequest, saved: DrawRequest, forms: RequestForms) -> HttpResponse:
    """To the check page if everything is there and that was asked for, else back to the form with what is missing."""
    if "check" not in request.POST:
        messages.success(request, _("草稿已保存，编号 %(number)s。") % {"number": saved.number})
        return redirect("request_edit", pk=saved.pk)
    refusals = services.wrong_parts(saved, _who(request).on)
    if not refusals:
        return redirect("request_check", pk=saved.pk)
    forms.form.add_refusals(refusals)
    return _form_page(request, forms, saved, [])


@needs(FILE)
def request_new(request: HttpRequest) -> HttpResponse:
    """填写使用申请: an empty 附表2; the first save opens the draft, the same page sent twice opens one draft only."""
    who = _who(request)
    assert who.pool is not None
    regulation = edition_on(who.pool, who.on)
    units = services.units_to_file_for(who)
    if request.method != "POST":
        return _form_page(request, RequestForms(pool=who.pool, regulation=regulation, units=units), None, units, secrets.token_urlsafe(12))
    token = re.sub(r"[^\w-]", "", request.POST.get("token", ""), flags=re.ASCII)[:32]
    known = services.request_filed_by_page(filer=who.account, once=token) if token else None
    if known and known.state not in EDITABLE:
        return redirect("request", pk=known.pk)
    forms = RequestForms(pool=who.pool, regulation=regulation, data=request.POST, units=[] if known else units)
    saved = _save(request, forms, known, token)
    if saved is None:
        return _form_page(request, forms, known, units, token)
    return _after_save(request, saved, forms)


@needs(FILE)
def request_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a draft or a returned request."""
    who, draw_request = _who(request), _request(request, pk)
    if refusal := services.why_not_edit(draw_request, who):
        messages.error(request, str(refusal))
        return redirect("request", pk=pk)
    regulation = edition_or_latest(draw_request.pool, who.on)
    if request.method != "POST":
        return _form_page(request, RequestForms(pool=draw_request.pool, regulation=regulation, request=draw_request), draw_request, [])
    forms = RequestForms(pool=draw_request.pool, regulation=regulation, data=request.POST)
    saved = _save(request, forms, draw_request)
    return _form_page(request, forms, draw_request, []) if saved is None else _after_save(request, saved, forms)


@needs(FILE)
def request_check(request: HttpRequest, pk: int) -> HttpResponse:
    """核对后提交: everything that will be sent, with the bands per field; the POST submits."""
    who, draw_request = _who(request), _request(request, pk)
    refusals: tuple[Refusal, ...] = ()
    if request.method == "POST":
        try:
            sent = services.submit_request(request=draw_request, by=who.account)
        except Refused as refused:
            refusals = refused.refusals
        else:
            due = services.step_due(sent, edition_shown(sent, who))
            words = (
                _("使用申请已提交，请等待%(step)s。") % {"step": due.name} if due else _("使用申请已提交，按照规定无须审批，可以抽取专家。")
            )
            messages.success(request, words)
            return redirect("request", pk=pk)
    elif draw_request.state not in EDITABLE:
        return redirect("request", pk=pk)
    else:
        refusals = tuple(services.wrong_parts(draw_request, who.on))
    regulation = edition_or_latest(draw_request.pool, who.on)
    context = {
        "draw_request": draw_request,
        "refusals": refusals,
        "regulation": regulation,
        "content": Content.of(draw_request, regulation),
        "estimate": Estimate.of(draw_request, who, regulation),
    }
    return render(request, "selection/request_check.html", context)


def _detail(request: HttpRequest, draw_request: DrawRequest, status: int = 200, **refused: Any) -> HttpResponse:
    """The page of one request; ``refused`` forms stand in for fresh ones."""
    page = RequestPage.of(_who(request), draw_request)
    context: dict[str, Any] = {"page": page, "draw_request": draw_request, "regulation": page.edition}
    if page.may_answer and page.due:
        context["answer_form"] = AnswerForm(due=page.due, initial={"step": page.due.code, "version": draw_request.version})
    if page.waivable_fields:
        context["waiver_form"] = ShortageWaiverForm(request=draw_request, fields=page.waivable_fields, prefix="waiver")
    if page.may_send_back:
        context["send_back_form"] = ReasonForm(prefix="back")
    if page.may_waive_cap:
        context["cap_form"] = ReasonForm(prefix="cap")
    countersigners = names_of(roles_for("draw.countersign", page.waiver_edition).roles, page.waiver_edition)
    return render(request, "selection/request.html", {**context, "countersigners": countersigners, **refused}, status=status)


@needs(READ)
@require_GET
def request_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One request with everything about it on one page."""
    return _detail(request, _request(request, pk))


@needs("approval.*")
@require_POST
def request_approve(request: HttpRequest, pk: int) -> HttpResponse:
    """The answer to the step that the form names."""
    who, draw_request = _who(request), _request(request, pk)
    edition = edition_shown(draw_request, who)
    step = next((one for one in services.steps_of(edition) if one.code == request.POST.get("step")), None)
    form = AnswerForm(request.POST, due=step)
    if form.is_valid():
        try:
            services.approve(request=draw_request, by=who.account, **form.cleaned_data)
        except Refused as refused:
            form.add_refusals(refused.refusals)
        else:
            messages.success(request, _("审批意见已提交。"))
            return redirect("request", pk=pk)
    return _detail(request, _request(request, pk), status=422, answer_form=form)


@needs("requests.send_back")
@require_POST
def request_send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """An approved request for which the pool is too small goes back to who asked."""
    draw_request = _request(request, pk)
    form = ReasonForm(request.POST, prefix="back")
    if form.is_valid():
        try:
            services.send_back(request=draw_request, reason=form.cleaned_data["reason"], by=_who(request).account)
        except Refused as refused:
            form.add_refusals(refused.refusals)
        else:
            messages.success(request, _("已退回提出申请的单位调整条件，重新提交后需再次审批。"))
            return redirect("request", pk=pk)
    return _detail(request, draw_request, status=422, send_back_form=form)


@needs(FILE)
def request_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """取消申请: says what follows, then does it."""
    draw_request = _request(request, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.cancel_request(request=draw_request, reason=form.cleaned_data["reason"], by=_who(request).account)
        except Refused as refused:
            form.add_refusals(refused.refusals)
        else:
            messages.success(request, _("使用申请已取消。"))
            return redirect("request", pk=pk)
    return render(request, "selection/request_cancel.html", {"draw_request": draw_request, "form": form})


def _waived(request: HttpRequest, draw_request: DrawRequest) -> HttpResponse:
    who = _who(request)
    edition = waiver_services.waived_under(draw_request, who.on)
    names = names_of(roles_for("draw.countersign", edition).roles, edition)
    messages.success(request, _("豁免已提出，%(names)s会签后生效。") % {"names": names})
    return redirect("request", pk=draw_request.pk)


@needs("waiver.shortage")
@require_POST
def waiver_shortage(request: HttpRequest, pk: int) -> HttpResponse:
    """The ratio is waived for one field."""
    draw_request = _request(request, pk)
    form = ShortageWaiverForm(request.POST, request=draw_request, prefix="waiver")
    if form.is_valid():
        field, reason = form.cleaned_data["field"], form.cleaned_data["reason"]
        try:
            waiver_services.waive_shortage(request=draw_request, field=field, reason=reason, by=_who(request).account)
        except Refused as refused:
            form.add_refusals(refused.refusals)
        else:
            return _waived(request, draw_request)
    return _detail(request, draw_request, status=422, waiver_form=form)


@needs("waiver.cap")
@require_POST
def waiver_cap(request: HttpRequest, pk: int) -> HttpResponse:
    """The approver whom the regulation names sets the annual cap aside for this request."""
    draw_request = _request(request, pk)
    form = ReasonForm(request.POST, prefix="cap")
    if form.is_valid():
        try:
            waiver_services.waive_annual_cap(request=draw_request, reason=form.cleaned_data["reason"], by=_who(request).account)
        except Refused as refused:
            form.add_refusals(refused.refusals)
        else:
            return _waived(request, draw_request)
    return _detail(request, draw_request, status=422, cap_form=form)


@needs("draw.countersign")
@require_POST
def waiver_countersign(request: HttpRequest, pk: int, waiver_pk: int) -> HttpResponse:
    """A waiver is countersigned."""
    waiver = get_object_or_404(Waiver.objects.select_related("request"), pk=waiver_pk, request=_request(request, pk))
    try:
        waiver_services.countersign(waiver=waiver, by=_who(request).account)
    except Refused as refused:
        for refusal in refused.refusals:
            messages.error(request, str(refusal))
    else:
        messages.success(request, _("已会签。"))
    return redirect("request", pk=pk)


def _paper(request: HttpRequest, draw_request: DrawRequest) -> dict[str, Any]:
    """The printed form; phones in full for who typed them."""
    who = _who(request)
    edition = edition_shown(draw_request, who)
    in_full = who.holds(FILE, organisation=draw_request.department_id, edition=edition)
    return print_context(draw_request, edition, phones_in_full=in_full)


@needs(READ)
@require_GET
def request_print(request: HttpRequest, pk: int) -> HttpResponse:
    """附表2 as the regulation prints it, for A4."""
    draw_request = _request(request, pk)
    return render(request, "selection/request_print.html", {"draw_request": draw_request, "paper": _paper(request, draw_request)})


@needs(READ)
@require_GET
def request_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    """附表2 as a workbook."""
    draw_request = _request(request, pk)
    response = HttpResponse(workbook(_paper(request, draw_request)), content_type=CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{draw_request.number}.xlsx"'
    return response
