"""The working-day calendar in the back office: looked at as rows, changed by uploading a whole year."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _

from expertpool.desk.calendar_forms import YearUploadForm
from expertpool.pools.models import Role
from expertpool.pools.services import calendar as services
from expertpool.refusals import Refused
from expertpool.web.admin import HouseInline, ReadOnlyAdmin
from expertpool.workcalendar import tablefile
from expertpool.workcalendar.models import WorkDay, WorkYear


class WorkDayInline(HouseInline):
    """The days of the year."""

    model = WorkDay
    fields = ["date", "is_workday", "note"]
    readonly_fields = ["date", "is_workday", "note"]
    view_roles = frozenset({Role.SYSTEM_ADMIN})
    view_duties = ("members.keep",)
    pool_path = None


@admin.register(WorkYear)
class WorkYearAdmin(ReadOnlyAdmin):
    """Years, and the upload of one."""

    view_roles = frozenset({Role.SYSTEM_ADMIN})
    view_duties = ("members.keep",)
    pool_path = None
    list_display = ["year", "status", "source_document", "loaded_at", "loaded_by"]
    list_select_related = ["loaded_by"]
    inlines = [WorkDayInline]
    change_list_template = "workcalendar/change_list.html"

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("upload/", wrap(self.upload), name="workcalendar_workyear_upload"),
            path("template/", wrap(self.template), name="workcalendar_workyear_template"),
            *super().get_urls(),
        ]

    def get_list_display(self, request: HttpRequest) -> Any:
        """Who loaded a year may be of another pool: inside one it is not said."""
        return [name for name in self.list_display if name != "loaded_by" or request.pool is None]  # type: ignore[attr-defined]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """As the list."""
        return [name for name in super().get_fields(request, obj) if name != "loaded_by" or request.pool is None]  # type: ignore[attr-defined]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"may_upload": self._may_upload(request), **(extra_context or {})})

    def _may_upload(self, request: HttpRequest) -> bool:
        return services.why_not_load_year(request.user) is None  # type: ignore[arg-type]

    def upload(self, request: HttpRequest) -> HttpResponse:
        """Load a year from a file; every bad row is named."""
        if not self._may_upload(request):
            raise PermissionDenied
        form = YearUploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            try:
                loaded = services.load_year(
                    year=data["year"],
                    rows=tablefile.read_rows(data["file"].name, data["file"].read(tablefile.MAX_BYTES + 1)),
                    source_document=data["source_document"],
                    status=data["status"],
                    by=request.user,  # type: ignore[arg-type]
                )
            except Refused as refused:
                for refusal in refused.refusals:
                    form.add_error(refusal.field or None, str(refusal))
            else:
                messages.success(request, _("%(year)s年工作日历已载入。") % {"year": loaded.year})
                return redirect("admin:workcalendar_workyear_changelist")
        context = {**self.admin_site.each_context(request), "form": form, "title": _("载入工作日历"), "opts": self.opts}
        return TemplateResponse(request, "workcalendar/upload.html", context)

    def template(self, request: HttpRequest) -> HttpResponse:
        """The empty table to fill in."""
        if not self._may_upload(request):
            raise PermissionDenied
        return HttpResponse(
            tablefile.template_csv(),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="workdays.csv"'},
        )
