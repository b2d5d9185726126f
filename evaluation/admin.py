"""The back office of this room, to look at; evaluations are filled in the portal by those who used the experts."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from experts.services.editions import edition_of
from selection.admin import OfficeInline, OfficeReadOnly

from .models import Evaluation, Score, ViolationReport


class ScoreInline(OfficeInline):
    """得分."""

    model = Score
    fields = ["criterion_name", "band", "points", "note"]
    readonly_fields = fields  # type: ignore[assignment]

    @admin.display(description=_("指标"))
    def criterion_name(self, obj: Score) -> str:
        rules = edition_of(obj.evaluation, obj.evaluation.participation.request.pool).evaluation
        return next((one.name for one in rules.criteria if one.code == obj.criterion), obj.criterion) if rules else obj.criterion


@admin.register(Evaluation)
class EvaluationAdmin(OfficeReadOnly):
    """履职评价."""

    list_display = ["activity", "expert_name", "shown_state", "due_on", "total", "grade_name", "overdue_noted"]
    list_filter = ["state", "overdue_noted", "grade"]
    search_fields = [
        "participation__request__number",
        "participation__request__title",
        "participation__membership__number",
        "participation__membership__expert__name",
        "participation__membership__expert__name_initials",
    ]
    search_help_text = _("按申请编号、工作名称、专家编号、姓名或拼音首字母查找")
    fields = [
        ("activity", "expert_name"),
        ("shown_state", "due_on"),
        ("total", "grade_name"),
        ("handler", "handler_at"),
        ("leader", "leader_at"),
        "overdue_noted",
    ]
    readonly_fields = ["activity", "expert_name", "shown_state", "grade_name"]
    inlines = [ScoreInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Evaluation]:
        return (
            super()
            .get_queryset(request)
            .select_related("participation__request__pool", "participation__membership__expert", "handler", "leader")
        )

    @admin.display(description=_("评审工作"))
    def activity(self, obj: Evaluation) -> str:
        return str(obj.participation.request)

    @admin.display(description=_("专家"))
    def expert_name(self, obj: Evaluation) -> str:
        return str(obj.participation.membership)

    @admin.display(description=_("评价等级"), ordering="grade")
    def grade_name(self, obj: Evaluation) -> str:
        rules = edition_of(obj, obj.participation.request.pool).evaluation
        return next((one.name for one in rules.grades if one.code == obj.grade), obj.grade) if rules else obj.grade


@admin.register(ViolationReport)
class ViolationReportAdmin(OfficeReadOnly):
    """违规线索."""

    list_display = ["__str__", "expert_name", "activity", "article", "shown_state", "reported_at"]
    list_filter = ["state"]
    search_fields = ["participation__request__number", "participation__membership__number", "participation__membership__expert__name"]
    search_help_text = _("按申请编号、专家编号或姓名查找")
    fields = [
        "activity", "expert_name", ("article", "shown_state"), "content", ("reported_by", "reported_at"), ("outcome", "outcome_reason"),
        ("settled_by", "settled_at"),
    ]  # fmt: skip
    readonly_fields = ["activity", "expert_name", "shown_state"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ViolationReport]:
        return (
            super()
            .get_queryset(request)
            .select_related("participation__request", "participation__membership__expert", "reported_by", "settled_by")
        )

    @admin.display(description=_("评审工作"))
    def activity(self, obj: ViolationReport) -> str:
        return str(obj.participation.request)

    @admin.display(description=_("专家"))
    def expert_name(self, obj: ViolationReport) -> Any:
        return str(obj.participation.membership)
