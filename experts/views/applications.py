"""The pages of an application: list, form, check, file, admission, withdrawal, paper."""

import secrets
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from expertpool import clock
from expertpool.pools.access import needs, needs_or_roles, refusal_page
from expertpool.pools.duties import Actor, actor
from expertpool.pools.editions import edition_on
from expertpool.pools.models import Pool, Role
from expertpool.refusals import Refusal, Refused
from expertpool.regulations import Regulation
from expertpool.web.paging import page_of
from expertpool.web.sheets import CONTENT_TYPE
from expertpool.web.typed import whole
from experts.exports.application_form import official_form, workbook
from experts.forms.applications import ApplicationForm, WithdrawalForm, employment_formset
from experts.models import Application, Attachment
from experts.pages.application import ApplicationFile, ApplicationPage, badge_of
from experts.services import applications as services
from experts.services import chain, memberships
from experts.services.applications.filers import channels_for_others, completes
from experts.services.attachments import add_attachment, remove_attachment

State = Application.State
READ = "applications.read"


def visible_application(request: HttpRequest, pk: int) -> Application:
    """One application that the account may open, with what its pages show."""
    related = ("pool", "employer", "recommending_unit", "filed_for", "filed_by", "applicant", "batch", "batch__publicity", "membership")
    mine = Application.objects.visible_to(request.actor)  # type: ignore[attr-defined]
    return get_object_or_404(mine.select_related(*related), pk=pk)


@needs_or_roles((READ,), (Role.EXPERT,))
def applications(request: HttpRequest) -> HttpResponse:
    """入库申请: those that the account may see, by state, name, pinyin initials or number; outside the pools one's own, of all."""
    who = request.actor  # type: ignore[attr-defined]
    found = services.searched(
        Application.objects.visible_to(who),
        text=request.GET.get("q", ""),
        state=request.GET.get("state", ""),
    )
    rows = found.select_related("pool", "employer", "recommending_unit").prefetch_related("fields").defer("achievements")
    page = page_of(request, rows)
    for row in page.object_list:
        row.badge = badge_of(row)
    context = {
        "page": page,
        "states": State.choices,
        "may_file": _may_file(who),
        "may_import": who.pool is not None and _may_file(who) and bool(channels_for_others(who.edition, who)),
        # Not "pools": that is the header's switch between those in which the account acts.
        "pools_to_file_in": [] if who.pool is not None else _pools_to_file_in(who),
        "narrowed": bool(request.GET.get("q") or request.GET.get("state")),
    }
    return render(request, "experts/applications.html", context)


def _pools_to_file_in(who: Actor) -> list[Pool]:
    """The pools in which who stands outside them may open an application."""
    return [pool for pool in Pool.objects.order_by("code") if _may_file(actor(who.account, pool, who.on))]


def _may_file(who: Actor) -> bool:
    """Whether ``who`` opens applications in his pool today."""
    try:
        return who.pool is not None and bool(services.channels_open_to(edition_on(who.pool, who.on), who))
    except Refused:
        return False


@needs("applications.file")
def application_new(request: HttpRequest) -> HttpResponse:
    """附表1, empty; the first saving makes a draft."""
    return _form_page(request, request.pool, None)  # type: ignore[attr-defined]


@needs(READ)
def application_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """附表1 of a draft or returned application, or of one that its applicant completes."""
    application = visible_application(request, pk)
    refusal = services.why_not_edit(application, request.actor)  # type: ignore[attr-defined]
    if refusal:
        return refusal_page(request, refusal)
    return _form_page(request, application.pool, application)


def _form_page(request: HttpRequest, pool: Pool, application: Application | None) -> HttpResponse:
    regulation = chain.edition_for(application) if application is not None else edition_on(pool, clock.today())
    source, remarks = services.open_remarks(application) if application else (None, {})
    if request.method == "POST":
        form = _application_form(request, pool, regulation, application, bound=True)
        jobs = employment_formset(data=request.POST)
        saved = False
        if form.is_valid() and jobs.is_valid():
            try:
                application = _save(request, pool, application, {**form.data_for_service, "employments": jobs.rows})
            except Refused as refused:
                form.add_refusals(refused.refusals)
            else:
                saved = True
                refusals = _take_uploads(request, application, form)
                if not refusals:
                    return _after_saving(request, application)
                form.add_refusals(refusals)
        if request.FILES and not saved:
            form.add_error(None, _("所选文件没有上传，请改正后重新选择文件。"))
    else:
        form = _application_form(request, pool, regulation, application, bound=False)
        rows = (
            []
            if application is None
            else list(application.employments.values("organisation", "organisation_name", "kind", "position", "since", "until"))
        )
        blank = 3 if "rows" in request.GET else 1
        jobs = employment_formset(initial=rows, blank=blank)
        if application is not None and "check" in request.GET:
            form.show_refusals(services.why_not_submit(application, clock.today()))
    form.show_files(_attached(application))
    form.show_remarks(remarks)
    kinds = [form[name] for name, _kind in form.upload_kinds]
    context = {
        "form": form, "jobs": jobs, "formset_errors": jobs.error_lines if jobs.is_bound else [], "kinds": kinds, "application": application,
        "regulation": regulation, "remarks": _remark_lines(remarks, form), "sent_back": source,
        "once": request.POST.get("once") or secrets.token_hex(16),
        "errors_title": _("还有下列内容需要填写或修改（已填内容均已保留）"),
        "most": settings.ATTACHMENT_MAX_BYTES,
        "himself": application is not None and completes(application, request.actor),  # type: ignore[attr-defined]
        "directions": [form[name] for name in ("filed_for", "recommending_unit", "channel", "applicant_account") if name in form.fields],
        "action": reverse("application_edit", args=[application.pk]) if application else reverse("application_new"),
    }  # fmt: skip
    return render(request, "experts/application_edit.html", context)


def _application_form(
    request: HttpRequest, pool: Pool, regulation: Regulation, application: Application | None, *, bound: bool
) -> ApplicationForm:
    who = request.actor  # type: ignore[attr-defined]
    data = (request.POST, request.FILES) if bound else ()
    himself = application is not None and completes(application, who)
    return ApplicationForm(
        *data, instance=application or Application(pool=pool), pool=pool, who=who, regulation=regulation, himself=himself
    )


def _save(request: HttpRequest, pool: Pool, application: Application | None, data: dict[str, Any]) -> Application:
    if application is None:
        once = request.POST.get("once", "")
        return services.file_application(pool=pool, by=request.user, once=once if once.isalnum() and len(once) <= 40 else "", **data)  # type: ignore[arg-type]
    return services.save_application(application=application, by=request.user, **data)  # type: ignore[arg-type]


def _take_uploads(request: HttpRequest, application: Application, form: ApplicationForm) -> list[Refusal]:
    refusals = []
    for name, kind in form.upload_kinds:
        for upload in form.cleaned_data[name]:
            try:
                add_attachment(application=application, kind=kind.code, upload=upload, by=request.user)  # type: ignore[arg-type]
            except Refused as refused:
                refusals += [replace(refusal, field=name) for refusal in refused.refusals]
    return refusals


def _after_saving(request: HttpRequest, application: Application) -> HttpResponse:
    act = request.POST.get("act", "")
    edit = reverse("application_edit", args=[application.pk])
    if act == "check":
        sent = application.state not in chain.NOT_SENT
        return redirect("endorsement" if sent else "application_check", pk=application.pk)
    if act == "more":
        return redirect(f"{edit}?rows=more#jobs")
    if act.startswith("remove-") and (number := whole(act.removeprefix("remove-"))) is not None:
        for attachment in application.attachments.filter(pk=number):
            remove_attachment(attachment=attachment, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("已删除该证明材料，其他内容已保存。"))
        return redirect(f"{edit}#attachments")
    messages.success(request, _("已保存草稿，尚未提交。"))
    return redirect(edit)


def _attached(application: Application | None) -> dict[str, SafeString]:
    """The files that are already there, as HTML by kind."""
    by_kind: dict[str, list[Attachment]] = {}
    for attachment in application.attachments.all() if application else ():
        by_kind.setdefault(attachment.kind, []).append(attachment)
    return {kind: render_to_string("experts/application_files.html", {"files": files}) for kind, files in by_kind.items()}


def _remark_lines(remarks: dict[str, str], form: ApplicationForm) -> list[tuple[str, str, str]]:
    """Anchor, label and remark of each field that was sent back."""
    lines = []
    for name, remark in remarks.items():
        known = name in form.fields
        lines.append((form[name].auto_id if known else name, str(form.fields[name].label) if known else "", remark))
    return lines


@needs(READ)
def application_check(request: HttpRequest, pk: int) -> HttpResponse:
    """核对并提交: everything once more, what is still missing, and the button."""
    application = visible_application(request, pk)
    if request.method == "POST":
        try:
            application = services.submit_application(application=application, by=request.user)  # type: ignore[arg-type]
        except Refused as refused:
            return _check_page(request, application, list(refused.refusals))
        messages.success(request, _("申请已提交，目前为“%(state)s”。") % {"state": application.get_state_display()})
        return redirect("application", pk=application.pk)
    refusal = services.why_not_edit(application, request.actor)  # type: ignore[attr-defined]
    if refusal or application.state not in chain.NOT_SENT:
        return redirect("application", pk=application.pk)
    return _check_page(request, application, services.why_not_submit(application, clock.today()))


def _check_page(request: HttpRequest, application: Application, refusals: list[Refusal]) -> HttpResponse:
    regulation = chain.edition_to_read(application)
    problems = [(refusal, _anchor(refusal.field)) for refusal in refusals]
    context = {
        "file": ApplicationFile.of(application, regulation),
        "application": application,
        "regulation": regulation,
        "problems": problems,
        "next_step": chain.chain_of(application, regulation)[0],
    }
    return render(request, "experts/application_check.html", context)


def _anchor(field: str) -> str:
    return {"employments": "jobs", "": ""}.get(field, f"id_{field}")


@needs(READ)
def application(request: HttpRequest, pk: int) -> HttpResponse:
    """One application: where it stands, the file, what was said of it, what may be done now."""
    found = visible_application(request, pk)
    page = ApplicationPage.of(request.actor, found)  # type: ignore[attr-defined]
    context = {"page": page, "file": page.file, "application": found, "sent_back": page.sent_back, "remarks": page.remarks}
    return render(request, "experts/application.html", context)


@needs("intake.*")
@require_POST
def application_admit(request: HttpRequest, pk: int) -> HttpResponse:
    """批准入库 of one person whose channel asks for no list; what stands against it is told on the page of the refusal."""
    found = visible_application(request, pk)
    membership = memberships.admit(application=found, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("%(name)s已入库，专家编号%(number)s。") % {"name": found.name, "number": membership.number})
    return redirect("application", pk=pk)


@needs(READ)
def application_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """撤回: a page of its own, because it cannot be undone."""
    found = visible_application(request, pk)
    form = WithdrawalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.withdraw_application(application=found, reason=form.cleaned_data["reason"], by=request.user)  # type: ignore[arg-type]
        except Refused as refused:
            form.add_refusals(refused.refusals)
        else:
            messages.success(request, _("申请已撤回。"))
            return redirect("application", pk=pk)
    refusal = services.why_not_withdraw(found, request.actor)  # type: ignore[attr-defined]
    if refusal and request.method == "GET":
        return refusal_page(request, refusal)
    return render(request, "experts/application_withdraw.html", {"form": form, "application": found})


@needs(READ)
def application_print(request: HttpRequest, pk: int) -> HttpResponse:
    """附表1 as the regulation prints it, and the review sheet behind it."""
    found = visible_application(request, pk)
    regulation = chain.edition_to_read(found)
    context = {"application": found, "paper": _paper(request, found), "regulation": regulation}
    return render(request, "experts/application_print.html", context)


@needs(READ)
def application_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    """附表1 as a workbook."""
    found = visible_application(request, pk)
    response = HttpResponse(workbook(_paper(request, found)), content_type=CONTENT_TYPE)
    response["Content-Disposition"] = (
        f"attachment; filename=\"{found.number}.xlsx\"; filename*=UTF-8''{quote(f'入库申请表{found.number}.xlsx')}"
    )
    return response


def _paper(request: HttpRequest, found: Application) -> Any:
    who = request.actor  # type: ignore[attr-defined]
    # The filing side knows the number already; everybody else gets it through a disclosure only.
    in_full = services.files_for(found, who) or found.applicant_id == who.account.pk
    return official_form(found, chain.edition_to_read(found), in_full=in_full)
