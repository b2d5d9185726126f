"""The back office of draws, to look at: attempts by their hashes, invitations by position, participations.

Nothing here shows an order of candidates, a secret of a draw, or a name before its time (design §9).
"""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from expertpool import clock
from selection.domain.sight import sight
from selection.models import Attempt, Draw, DrawRequest, Invitation, Participation

from .common import KeepersInline, KeepersReadOnly, page_of

HIDDEN = _("（确定后显示）")


def names_shown(request: DrawRequest) -> bool:
    """Whether who keeps the pool sees the experts of a request today, by his row of the table."""
    return sight({"members.keep"}, state=request.state, starts_on=request.starts_on, on=clock.today()).names


class AttemptInline(KeepersInline):
    """轮次: hashes and times, never the secret, the pool or the lists."""

    model = Attempt
    fields = ["round", "attempt", "state", "manifest_hash", "frozen_by", "frozen_at", "inspector", "drawn_at"]
    readonly_fields = fields  # type: ignore[assignment]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        rows = super().get_queryset(request).select_related("frozen_by", "inspector")
        return rows.defer("secret", "pool_text", "manifest_text", "result_text", "abort_text")


@admin.register(Draw)
class DrawAdmin(KeepersReadOnly):
    """抽取."""

    pool_path = "request__pool"
    list_display = ["number", "request", "alg", "opened_by", "opened_at"]
    list_filter = ["alg"]
    list_select_related = ["request", "opened_by"]
    search_fields = ["number", "request__number", "request__title"]
    search_help_text = _("按抽取编号、申请编号或工作名称查找")
    fields = ["number", "portal_page", "request", "alg", ("opened_by", "opened_at"), ("rule_code", "rule_edition"), "rule_hash"]
    readonly_fields = ["portal_page"]
    inlines = [AttemptInline]

    @admin.display(description=_("办理页面"))
    def portal_page(self, obj: Draw) -> Any:
        return page_of("draw", obj.request_id, _("在门户中打开抽取页面"))


@admin.register(Invitation)
class InvitationAdmin(KeepersReadOnly):
    """邀请: by draw and position; a name once the table of sight opens it, and before that to who contacts, on the draw's page."""

    pool_path = "candidate__attempt__draw__request__pool"
    list_display = ["draw_number", "place", "expert_name", "shown_state", "sent_at", "deadline", "replied_at"]
    list_filter = ["state", "sent_at"]
    search_fields = ["candidate__attempt__draw__number", "candidate__attempt__draw__request__number"]
    search_help_text = _("按抽取编号或申请编号查找")
    fields = ["draw_number", "place", "expert_name", "shown_state", ("sent_at", "deadline", "replied_at"), "reason_code"]
    readonly_fields = ["draw_number", "place", "expert_name", "shown_state"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        rows = super().get_queryset(request)
        return rows.select_related("candidate__attempt__draw__request", "candidate__field", "candidate__membership__expert")

    @admin.display(description=_("抽取"))
    def draw_number(self, obj: Invitation) -> str:
        return obj.candidate.attempt.draw.number

    @admin.display(description=_("顺位"))
    def place(self, obj: Invitation) -> str:
        return f"第{obj.candidate.attempt.round}轮 {obj.candidate.field} 第{obj.candidate.position}位"

    @admin.display(description=_("专家"))
    def expert_name(self, obj: Invitation) -> str:
        return obj.candidate.membership.expert.name if names_shown(obj.candidate.attempt.draw.request) else str(HIDDEN)


@admin.register(Participation)
class ParticipationAdmin(KeepersReadOnly):
    """参与: names once the table of sight opens them."""

    pool_path = "request__pool"
    list_display = ["request", "expert_name", "shown_state", "seated", "accepted_at", "attended"]
    list_filter = ["state", "seated", "attended"]
    search_fields = ["request__number", "request__title"]
    search_help_text = _("按申请编号或工作名称查找")
    fields = [
        "request",
        "expert_name",
        "shown_state",
        "seated",
        "accepted_at",
        "attended",
        "absence_reason",
        ("attendance_by", "attendance_at"),
    ]
    readonly_fields = ["expert_name", "shown_state"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Participation]:
        return super().get_queryset(request).select_related("request", "membership__expert", "attendance_by")

    @admin.display(description=_("专家"))
    def expert_name(self, obj: Participation) -> str:
        return f"{obj.membership.number} {obj.membership.expert.name}" if names_shown(obj.request) else str(HIDDEN)
