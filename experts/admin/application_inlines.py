"""What stands below an application: where the person worked, what was said at each step, what was waived."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from expertpool.web.admin import HouseInline
from experts.models import ApplicationEmployment, ConditionTick, ConditionWaiver, Endorsement, Review
from experts.services import chain

from .forms import field_label

READ = ("applications.manage", "batches.collect", "pool.read")


class SaidInline(HouseInline):
    """What was said of an application at its steps."""

    view_duties = READ

    @admin.display(description=_("环节"))
    def step_name(self, obj: Any) -> str:
        edition = chain.edition_to_read(obj.application)
        return next((step.name for step in edition.intake.steps if step.code == obj.step), obj.step)


class EmploymentInline(HouseInline):
    """任职经历."""

    model = ApplicationEmployment
    view_duties = READ
    fields = ["organisation", "organisation_name", "kind", "position", "since", "until"]
    readonly_fields = fields  # type: ignore[assignment]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApplicationEmployment]:
        return super().get_queryset(request).select_related("organisation")


class EndorsementInline(SaidInline):
    """单位审核、本人同意."""

    model = Endorsement
    fields = ["step_name", "decision", "reason", "document", "organisation", "by", "at"]
    readonly_fields = fields  # type: ignore[assignment]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Endorsement]:
        return super().get_queryset(request).select_related("organisation", "by", "application__pool")


class ReviewInline(SaidInline):
    """资格审核."""

    model = Review
    fields = ["step_name", "outcome", "reason", "article", "returned", "ticked", "document", "recorded", "by", "at"]
    readonly_fields = fields  # type: ignore[assignment]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Review]:
        return super().get_queryset(request).select_related("by", "application__pool").prefetch_related("remarks", "ticks")

    @admin.display(description=_("退回字段"))
    def returned(self, obj: Review) -> str:
        return "；".join(f"{field_label(remark.field_name)}：{remark.remark}" for remark in obj.remarks.all())  # type: ignore[attr-defined]

    @admin.display(description=_("条件认定"))
    def ticked(self, obj: Review) -> str:
        ticks: list[ConditionTick] = list(obj.ticks.all())  # type: ignore[attr-defined]
        return "；".join(f"{tick.name}：{'符合' if tick.met else '不符合'}（{tick.note}）" for tick in ticks)


class WaiverInline(HouseInline):
    """条件豁免."""

    model = ConditionWaiver
    view_duties = READ
    fields = ["condition", "article", "reason", "by", "at"]
    readonly_fields = fields  # type: ignore[assignment]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ConditionWaiver]:
        return super().get_queryset(request).select_related("by")
