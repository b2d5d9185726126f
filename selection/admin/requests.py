"""The back office of requests: what was asked for, who answered, what was waived. To look at."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from expertpool import masking
from expertpool.pools.editions import edition_of
from selection.models import Approval, DrawRequest, RequestRecusal, RequestSeats, ReviewedProject, Waiver
from selection.pages.request import AnswerLine

from .common import KeepersInline, KeepersReadOnly, page_of


class SeatsInline(KeepersInline):
    """专业领域及人数."""

    model = RequestSeats
    fields = ["field", "count"]
    readonly_fields = fields  # type: ignore[assignment]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RequestSeats]:
        return super().get_queryset(request).select_related("field")


class RecusalInline(KeepersInline):
    """回避单位（人员）."""

    model = RequestRecusal
    fields = ["kind", "organisation", "person_name", "reason"]
    readonly_fields = fields  # type: ignore[assignment]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RequestRecusal]:
        return super().get_queryset(request).select_related("organisation")


class ProjectInline(KeepersInline):
    """被评审项目."""

    model = ReviewedProject
    fields = ["name", "applicant", "applicant_name"]
    readonly_fields = fields  # type: ignore[assignment]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReviewedProject]:
        return super().get_queryset(request).select_related("applicant")


class ApprovalInline(KeepersInline):
    """审批."""

    model = Approval
    fields = ["version", "step_name", "outcome", "document", "reason", "by", "at"]
    readonly_fields = fields  # type: ignore[assignment]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Approval]:
        return super().get_queryset(request).select_related("by", "request__pool")

    @admin.display(description=_("环节"))
    def step_name(self, obj: Approval) -> str:
        return AnswerLine.of(obj, edition_of(obj.request, obj.request.pool)).step


@admin.register(DrawRequest)
class DrawRequestAdmin(KeepersReadOnly):
    """使用申请."""

    list_display = ["number", "title", "department", "shown_state", "starts_on", "total", "due_at"]
    list_display_links = ["number", "title"]
    list_filter = ["state", "activity_type"]
    search_fields = ["number", "title", "department__name"]
    search_help_text = _("按申请编号、工作名称或单位名称查找")
    fields = [
        "portal_page",
        ("number", "shown_state", "version"),
        "department",
        "title",
        ("activity_type", "nature", "nature_other"),
        "summary",
        "basis_document",
        "total",
        "qualification",
        ("min_title_level", "min_years"),
        ("scope", "industry"),
        "recusal_text",
        ("starts_on", "ends_on", "place"),
        ("leader_name", "masked_leader_phone"),
        ("handler_name", "masked_handler_phone"),
        ("submitted_at", "due_at", "approved_at", "held_on"),
        ("cancel_reason", "cancelled_by", "cancelled_at"),
    ]
    readonly_fields = ["portal_page", "shown_state", "masked_leader_phone", "masked_handler_phone"]
    inlines = [SeatsInline, ProjectInline, RecusalInline, ApprovalInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[DrawRequest]:
        """Without drafts."""
        return super().get_queryset(request).exclude(state=DrawRequest.State.DRAFT).select_related("department", "pool")

    @admin.display(description=_("办理页面"))
    def portal_page(self, obj: DrawRequest) -> Any:
        return page_of("request", obj.pk, _("在门户中打开这份申请"))

    @admin.display(description=_("负责人联系方式"))
    def masked_leader_phone(self, obj: DrawRequest) -> str:
        return masking.mask_phone(obj.leader_phone) or "—"

    @admin.display(description=_("经办人联系方式"))
    def masked_handler_phone(self, obj: DrawRequest) -> str:
        return masking.mask_phone(obj.handler_phone) or "—"


@admin.register(Waiver)
class WaiverAdmin(KeepersReadOnly):
    """豁免."""

    pool_path = "request__pool"
    list_display = ["request", "rule", "field", "article", "by", "at", "countersigned_by"]
    list_filter = ["rule"]
    list_select_related = ["request", "field", "by", "countersigned_by"]
    search_fields = ["request__number", "request__title"]
    fields = ["request", "rule", "field", "article", "reason", ("by", "at"), ("countersigned_by", "countersigned_at")]
