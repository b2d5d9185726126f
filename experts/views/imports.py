"""批量导入: drafts from a list, and the empty list to fill in."""

from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from expertpool import clock
from expertpool.pools.access import needs, refusal_page
from expertpool.pools.editions import edition_on
from expertpool.refusals import Refused
from expertpool.web.sheets import CONTENT_TYPE
from experts.forms.applications import ImportForm
from experts.services.applications import why_not_file_several
from experts.services.imports import COLUMNS, MAX_ROWS, ImportRefused, RowProblem, import_applications, template

SHOWN = 200


@needs("applications.file_several")
def application_import(request: HttpRequest) -> HttpResponse:
    """Upload a list: every row becomes a draft, or nothing happens and every bad cell is named."""
    pool, who = request.pool, request.actor  # type: ignore[attr-defined]
    regulation = edition_on(pool, clock.today())
    if refusal := why_not_file_several(who, regulation):
        return refusal_page(request, refusal)
    form = ImportForm(request.POST or None, request.FILES or None, pool=pool, who=who, regulation=regulation)
    problems: list[RowProblem] = []
    if request.method == "POST" and form.is_valid():
        try:
            made = import_applications(pool=pool, file=form.cleaned_data["file"], by=who.account, **form.common)
        except ImportRefused as refused:
            problems = refused.problems
        except Refused as refused:
            form.add_refusals(refused.refusals)
        else:
            messages.success(request, _("已导入%(count)s份草稿。请逐份上传证明材料、取得本人同意后提交。") % {"count": len(made)})
            return redirect(f"{reverse('applications')}?state=draft")
    context = {
        "form": form, "problems": problems[:SHOWN], "problem_count": len(problems),
        "bad_rows": len({problem.row for problem in problems}), "columns": COLUMNS, "most": MAX_ROWS,
        "regulation": regulation, "errors_title": _("没有导入，请处理后重新上传"),
    }  # fmt: skip
    return render(request, "experts/application_import.html", context)


@needs("applications.file_several")
def application_template(request: HttpRequest) -> HttpResponse:
    """The empty list, with ID and phone columns as text."""
    data = template(pool=request.pool, by=request.user)  # type: ignore[attr-defined, arg-type]
    response = HttpResponse(data, content_type=CONTENT_TYPE)
    response["Content-Disposition"] = f"attachment; filename=\"applications.xlsx\"; filename*=UTF-8''{quote('入库申请批量导入模板.xlsx')}"
    return response
