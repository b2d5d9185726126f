"""The pages of an application: list, form, check, file, withdrawal, paper."""

import secrets
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from expertpool import clock, masking
from expertpool.accounts.access import allow, refusal_page
from expertpool.accounts.models import Role
from expertpool.core.paging import page_of
from expertpool.core.sheets import CONTENT_TYPE
from expertpool.refusals import Refusal, Refused
from expertpool.regulations import Regulation
from experts.exports.application_form import official_form, workbook
from experts.exports.application_steps import application_steps
from experts.forms.applications import ApplicationForm, WithdrawalForm, employment_formset
from experts.models import Application, Attachment, Pool, Publicity
from experts.services import applications as services
from experts.services.attachments import add_attachment, remove_attachment
from experts.services.editions import edition_on
from experts.services.pools import the_pool

FILERS = (Role.RECOMMENDING_UNIT, Role.EXPERT, Role.OFFICE)
READERS = (*FILERS, Role.EMPLOYER, Role.INSPECTOR)
State = Application.State
BADGES = {
    State.DRAFT: "quiet", State.RETURNED: "soon", State.ADMITTED: "done", State.PASSED: "done",
    State.REJECTED: "refused", State.WITHDRAWN: "quiet",
}  # fmt: skip


def pool_or_404() -> Pool:
    """The installation's pool."""
    pool = the_pool()
    if pool is None:
        raise Http404
    return pool


def visible_application(request: HttpRequest, pk: int) -> Application:
    """One application that the account may open, with what its pages show."""
    related = ("pool", "employer", "recommending_unit", "filed_by", "batch", "batch__publicity", "membership")
    mine = Application.objects.visible_to(request.user)  # type: ignore[arg-type]
    return get_object_or_404(mine.select_related(*related), pk=pk)


@allow(Role.RECOMMENDING_UNIT, Role.EXPERT, Role.OFFICE, Role.INSPECTOR)
def applications(request: HttpRequest) -> HttpResponse:
    """入库申请: those that the account may see, by state, name, pinyin initials or number."""
    found = services.searched(
        Application.objects.visible_to(request.user),  # type: ignore[arg-type]
        text=request.GET.get("q", ""),
        state=request.GET.get("state", ""),
    )
    page = page_of(request, found.select_related("employer", "recommending_unit").prefetch_related("fields").defer("achievements"))
    for row in page.object_list:
        row.badge = BADGES.get(row.state, "now")
    context = {
        "page": page,
        "states": State.choices,
        "may_file": _may_file(request),
        "narrowed": bool(request.GET.get("q") or request.GET.get("state")),
    }
    return render(request, "experts/applications.html", context)


def _may_file(request: HttpRequest) -> bool:
    pool = the_pool()
    return pool is not None and bool(services.channels_open_to(edition_on(pool, clock.today()), request.user))  # type: ignore[arg-type]


@allow(*FILERS)
def application_new(request: HttpRequest) -> HttpResponse:
    """附表1, empty; the first saving makes a draft."""
    return _form_page(request, pool_or_404(), None)


@allow(*FILERS)
def application_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """附表1 of a draft or returned application."""
    application = visible_application(request, pk)
    refusal = services.why_not_edit(application, request.user)  # type: ignore[arg-type]
    if refusal:
        return refusal_page(request, refusal)
    return _form_page(request, application.pool, application)


def _form_page(request: HttpRequest, pool: Pool, application: Application | None) -> HttpResponse:
    regulation = edition_on(pool, clock.today())
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
        "directions": [form[name] for name in ("recommending_unit", "channel") if name in form.fields],
        "action": reverse("application_edit", args=[application.pk]) if application else reverse("application_new"),
    }  # fmt: skip
    return render(request, "experts/application_edit.html", context)


def _application_form(
    request: HttpRequest, pool: Pool, regulation: Regulation, application: Application | None, *, bound: bool
) -> ApplicationForm:
    data = (request.POST, request.FILES) if bound else ()
    instance = application or Application(pool=pool)
    return ApplicationForm(*data, instance=instance, pool=pool, user=request.user, regulation=regulation)  # type: ignore[arg-type]


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
        return redirect("application_check", pk=application.pk)
    if act == "more":
        return redirect(f"{edit}?rows=more#jobs")
    if act.startswith("remove-") and act.removeprefix("remove-").isdigit():
        for attachment in application.attachments.filter(pk=int(act.removeprefix("remove-"))):
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


@allow(*FILERS)
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
    refusal = services.why_not_edit(application, request.user)  # type: ignore[arg-type]
    if refusal:
        return redirect("application", pk=application.pk)
    return _check_page(request, application, services.why_not_submit(application, clock.today()))


def _check_page(request: HttpRequest, application: Application, refusals: list[Refusal]) -> HttpResponse:
    regulation = edition_on(application.pool, clock.today())
    problems = [(refusal, _anchor(refusal.field)) for refusal in refusals]
    first = regulation.intake.channel(application.channel).steps[0]
    context = {**file_context(application, regulation), "problems": problems, "next_step": regulation.intake.step(first)}
    return render(request, "experts/application_check.html", context)


def _anchor(field: str) -> str:
    return {"employments": "jobs", "": ""}.get(field, f"id_{field}")


@allow(*READERS)
def application(request: HttpRequest, pk: int) -> HttpResponse:
    """One application: where it stands, the file, what was said of it, what may be done now."""
    found = visible_application(request, pk)
    regulation = edition_on(found.pool, clock.today())
    sent_back, remarks = services.open_remarks(found)
    user: Any = request.user
    labels = {field.name: str(getattr(field, "verbose_name", field.name)) for field in Application._meta.get_fields()}
    context = {
        **file_context(found, regulation),
        "steps": application_steps(found, regulation),
        "badge": BADGES.get(State(found.state), "now"),
        "sent_back": sent_back,
        "remarks": [("", labels.get(name, name), remark) for name, remark in remarks.items()],
        "may_edit": services.why_not_edit(found, user) is None,
        "why_not_edit": services.why_not_edit(found, user) if services.files_for(found, user) else None,
        "may_endorse": services.why_not_endorse(found, user) is None,
        "may_withdraw": services.files_for(found, user) and services.why_not_withdraw(found, user) is None,
    }
    return render(request, "experts/application.html", context)


def file_context(application: Application, regulation: Regulation) -> dict[str, Any]:
    """The file as a reader sees it: ID number and phone masked."""
    attachments = list(application.attachments.all())
    types = {one.code: one.name for one in regulation.expert_types}
    publicity = getattr(application.batch, "publicity", None) if application.batch else None
    shown = publicity is not None and publicity.state in (Publicity.State.OPEN, Publicity.State.ENDED)
    groups = [
        (_("基本情况"), [
            (_("姓名"), application.name), (_("性别"), application.get_sex_display()), (_("出生日期"), _day(application.birth_date)),
            (_("身份证号码"), masking.mask_id_number(application.id_number)), (_("毕业院校"), application.school),
            (_("学历/学位"), application.degree), (_("专业"), application.major),
        ]),
        (_("工作与专业"), [
            (_("工作单位"), application.employer), (_("职务"), application.position), (_("职称"), application.title),
            (_("职称等级"), application.get_title_level_display()), (_("注册职业资格"), application.licence),
            (_("从业年限"), "" if application.years is None else f"{application.years}年"),
            (_("专家类型"), types.get(application.expert_type, "")),
            (_("研究领域"), application.research_area), (_("申报方向"), "、".join(field.name for field in application.fields.all())),
        ]),
        (_("联系方式"), [
            (_("电子邮箱"), application.email), (_("联系电话"), masking.mask_phone(application.phone)),
            (_("通信地址"), application.address), (_("邮政编码"), application.postcode),
        ]),
        (_("业绩成果"), [(_("主要工作业绩及研究成果"), application.achievements)]),
        (_("推荐与承诺"), [
            (_("入库方式"), regulation.intake.channel(application.channel).name), (_("推荐单位"), application.recommending_unit),
            (_("填报人"), application.filed_by.name), (_("本人意愿与承诺"), _stated(application)),
        ]),
    ]  # fmt: skip
    return {
        "application": application,
        "regulation": regulation,
        "groups": groups,
        "jobs": application.employments.select_related("organisation"),
        "kinds": [(kind, [one for one in attachments if one.kind == kind.code]) for kind in regulation.attachments],
        "endorsements": application.endorsements.select_related("organisation", "by"),
        "reviews": application.reviews.select_related("by").prefetch_related("remarks"),
        "waivers": application.waivers.select_related("by"),
        "publicity": publicity if shown else None,
    }


def _day(day: Any) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def _stated(application: Application) -> Any:
    if application.consents and application.attests_clean_record:
        return _("已承诺")
    return _("尚未作出")


@allow(*FILERS)
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
    refusal = services.why_not_withdraw(found, request.user)  # type: ignore[arg-type]
    if refusal and request.method == "GET":
        return refusal_page(request, refusal)
    return render(request, "experts/application_withdraw.html", {"form": form, "application": found})


@allow(*READERS)
def application_print(request: HttpRequest, pk: int) -> HttpResponse:
    """附表1 as the regulation prints it."""
    found = visible_application(request, pk)
    return render(request, "experts/application_print.html", {"application": found, "paper": _paper(request, found)})


@allow(*READERS)
def application_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    """附表1 as a workbook."""
    found = visible_application(request, pk)
    response = HttpResponse(workbook(_paper(request, found)), content_type=CONTENT_TYPE)
    response["Content-Disposition"] = (
        f"attachment; filename=\"{found.number}.xlsx\"; filename*=UTF-8''{quote(f'入库申请表{found.number}.xlsx')}"
    )
    return response


def _paper(request: HttpRequest, found: Application) -> Any:
    regulation = edition_on(found.pool, clock.today())
    # The filing side knows the number already; everybody else gets it through a disclosure only.
    return official_form(found, regulation, in_full=services.files_for(found, request.user))  # type: ignore[arg-type]
