"""The back office of this room: evaluations to look at, which the portal's users fill in, and reports to settle."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from evaluation.forms import SettlementForm
from evaluation.services import violations
from evaluation.services.editions import of_evaluation
from expertpool.web.acts import Act, ActMixin
from expertpool.web.admin import HouseInline, ReadOnlyAdmin
from experts.admin.common import badge

from .models import Evaluation, Score, ViolationReport

KEEP = ("members.keep",)
SETTLE = "violations.settle"


class ScoreInline(HouseInline):
    """得分."""

    model = Score
    view_duties = KEEP
    fields = ["criterion_name", "band", "points", "note"]
    readonly_fields = fields  # type: ignore[assignment]

    @admin.display(description=_("指标"))
    def criterion_name(self, obj: Score) -> str:
        rules = of_evaluation(obj.evaluation).evaluation
        return next((one.name for one in rules.criteria if one.code == obj.criterion), obj.criterion) if rules else obj.criterion


class OfParticipation(ReadOnlyAdmin):
    """What is told of one expert in one activity, to look at inside its pool."""

    pool_path = "participation__request__pool"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("participation__request__pool", "participation__membership__expert")

    @admin.display(description=_("评审工作"))
    def activity(self, obj: Any) -> str:
        return str(obj.participation.request)

    @admin.display(description=_("专家"))
    def expert_name(self, obj: Any) -> str:
        return str(obj.participation.membership)

    @admin.display(description=_("状态"), ordering="state")
    def shown_state(self, obj: Any) -> Any:
        """The state with its mark."""
        return badge(obj)


@admin.register(Evaluation)
class EvaluationAdmin(OfParticipation):
    """履职评价."""

    view_duties = KEEP
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
        return super().get_queryset(request).select_related("handler", "leader")

    @admin.display(description=_("评价等级"), ordering="grade")
    def grade_name(self, obj: Evaluation) -> str:
        rules = of_evaluation(obj).evaluation
        return next((one.name for one in rules.grades if one.code == obj.grade), obj.grade) if rules else obj.grade


def _settle(obj: ViolationReport, data: dict[str, Any], user: Any) -> str:
    violations.settle_violation(report=obj, by=user, **data)
    return str(_("违规线索已处理。"))


@admin.register(ViolationReport)
class ViolationReportAdmin(ActMixin, OfParticipation):  # type: ignore[misc]
    """违规线索, settled by whom the edition names."""

    view_duties = (SETTLE, *KEEP)
    under = ""
    acts = [
        Act(
            "settle",
            _("处理违规线索"),
            _settle,
            violations.why_not_settle,
            SettlementForm,
            lambda o: [(o.rule_code, o.article, o.rule_hash)],
            consequence=_("暂停的，活动日期在暂停期间的已接受名额立即让出；出库的，由此提出出库事项，另行决定。处理后不能更改。"),
            grave=True,
            duties=(SETTLE,),
        )
    ]
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
        return super().get_queryset(request).select_related("reported_by", "settled_by")
