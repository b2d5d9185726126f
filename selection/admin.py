"""The back office of this room: requests, draws and invitations to look at; members whose leaving gives up seats.

Nothing here shows an order of candidates, a secret of a draw, or a name before its time (design §9).
"""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from expertpool import clock, masking
from expertpool.core.acts import Act
from expertpool.core.admin import HouseInline, ReadOnlyAdmin
from expertpool.core.templatetags.house import print_article, regulation_of
from expertpool.refusals import Refusal
from experts.admin.common import OFFICE_ONLY, ActAdmin, AttachmentInline, badge
from experts.admin.forms import EvidenceForm, ReasonForm, SuspensionForm
from experts.admin.members import MembershipAdmin
from experts.models import ExitCase, Membership, Suspension
from experts.services import exits, suspensions
from experts.services.editions import edition_to_show
from selection.models import (
    Approval,
    Attempt,
    Draw,
    DrawRequest,
    Invitation,
    Participation,
    RequestRecusal,
    RequestSeats,
    ReviewedProject,
    Waiver,
)
from selection.services import leaving

NAMED = (DrawRequest.State.CONFIRMED, DrawRequest.State.HELD, DrawRequest.State.CLOSED)


def page_of(name: str, key: Any, text: Any) -> Any:
    """A link to a page of the portal, or the plain text where it has no such page."""
    try:
        return format_html('<a href="{}">{}</a>', reverse(name, args=[key]), text)
    except NoReverseMatch:
        return text


def _suspend(obj: Membership, data: dict[str, Any], user: Any) -> str:
    leaving.suspend_member(membership=obj, starts_on=data["starts_on"], ends_on=data["ends_on"], reason=data["reason"], by=user)
    return str(_("暂停已登记，暂停期间不参加抽取；期间已接受的名额已让出。"))


def _sanction_articles(obj: Membership) -> list[tuple[str, str]]:
    regulation = edition_to_show(obj.pool, clock.today())
    article = suspensions.suspension_article(regulation) if regulation else ""
    return [(obj.pool.regulation_code, article)] if article else []


@admin.register(Membership)
class SeatedMembershipAdmin(MembershipAdmin):
    """在库专家, with the suspension that also gives up seats."""

    acts = [
        *MembershipAdmin.acts,
        Act(
            "suspend",
            _("暂停参与评审活动"),
            _suspend,
            lambda o, u, d: suspensions.why_not_suspend(o, d),
            SuspensionForm,
            _sanction_articles,
            consequence=_("暂停期间不参加抽取；活动日期在暂停期间的已接受名额立即让出，由候补递补。"),
            grave=True,
        ),
    ]


def _exit(obj: ExitCase, data: dict[str, Any], user: Any) -> str:
    case = leaving.exit_member(case=obj, reason=data["reason"], by=user)
    return f"{case.membership.number}已出库，已接受的名额已让出。"


def _dismiss(obj: ExitCase, data: dict[str, Any], user: Any) -> str:
    exits.decide_exit(case=obj, exit=False, reason=data["reason"], by=user)
    return str(_("已决定不予出库，专家资格不变。"))


def _add_evidence(obj: ExitCase, data: dict[str, Any], user: Any) -> str:
    exits.add_evidence(case=obj, uploads=data["evidence"], by=user)
    return str(_("证据材料已保存。"))


def _why_not_evidence(obj: ExitCase, user: Any, day: Any) -> Refusal | None:
    return None if obj.state == ExitCase.State.OPEN else Refusal("state", "出库事项已经决定，不能再增加证据材料。")


def _case_articles(obj: ExitCase) -> list[tuple[str, str]]:
    return [(obj.rule_code, obj.article)]


class EvidenceInline(AttachmentInline):
    """证据材料 of an exit case."""

    fk_name = "exit_case"
    verbose_name_plural = _("证据材料")


@admin.register(ExitCase)
class ExitCaseAdmin(ActAdmin):
    """出库事项."""

    list_display = ["__str__", "member", "ground_name", "source", "shown_state", "raised_on", "decided_at"]
    list_filter = ["state", "source", "ground"]
    search_fields = ["membership__number", "membership__expert__name", "membership__expert__name_initials"]
    search_help_text = _("按专家编号、姓名或拼音首字母查找")
    readonly_fields = [
        "member",
        "ground_name",
        "shown_article",
        "source",
        "reason",
        "shown_state",
        "raised_by",
        "raised_at",
        "raised_on",
        "decided_by",
        "decided_at",
        "decision_reason",
        "shown_rule",
        "rule_edition",
    ]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "member",
                    ("ground_name", "shown_article"),
                    ("source", "shown_state"),
                    "reason",
                    ("raised_on", "raised_by", "raised_at"),
                ]
            },
        ),
        (_("决定"), {"fields": [("decided_by", "decided_at"), "decision_reason", ("shown_rule", "rule_edition")]}),
    ]
    inlines = [EvidenceInline]
    acts = [
        Act("evidence", _("补充证据"), _add_evidence, _why_not_evidence, EvidenceForm, _case_articles),
        Act(
            "exit",
            _("决定出库"),
            _exit,
            lambda o, u, d: exits.why_not_decide_exit(o, exit=True),
            ReasonForm,
            _case_articles,
            consequence=_("出库后不再参加抽取，已接受的名额立即让出，由候补递补；规定有重新入库限制的同时生效。档案保留，不删除。"),
            grave=True,
        ),
        Act(
            "dismiss",
            _("不予出库"),
            _dismiss,
            lambda o, u, d: exits.why_not_decide_exit(o, exit=False),
            ReasonForm,
            _case_articles,
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ExitCase]:
        return super().get_queryset(request).select_related("membership__expert", "membership__pool", "raised_by", "decided_by")

    @admin.display(description=_("在库专家"))
    def member(self, obj: ExitCase) -> Any:
        return format_html('<a href="{}">{}</a>', reverse("admin:experts_membership_change", args=[obj.membership_id]), obj.membership)

    @admin.display(description=_("出库情形"))
    def ground_name(self, obj: ExitCase) -> str:
        return exits.ground_of(obj).name

    @admin.display(description=_("条款"))
    def shown_article(self, obj: ExitCase) -> str:
        return print_article(obj.article)

    @admin.display(description=_("依据规定"))
    def shown_rule(self, obj: ExitCase) -> str:
        edition = regulation_of(obj.rule_code, obj.raised_on)
        return edition.short_name if edition else obj.rule_code

    @admin.display(description=_("状态"), ordering="state")
    def shown_state(self, obj: ExitCase) -> Any:
        return badge(obj)

    def act_facts(self, obj: ExitCase) -> list[tuple[Any, Any]]:
        ground = exits.ground_of(obj)
        ban = _("终身") if ground.ban_lifetime else f"{ground.ban_years}年" if ground.ban_years else _("无")
        return [
            (_("在库专家"), obj.membership),
            (_("出库情形"), f"{ground.printed_article} {ground.name}"),
            (_("事实与理由"), obj.reason),
            (_("来源"), obj.get_source_display()),
            (_("证据材料"), f"{obj.attachments.count()}件"),  # type: ignore[attr-defined]
            (_("重新入库限制"), ban),
        ]


def _lift(obj: Suspension, data: dict[str, Any], user: Any) -> str:
    suspensions.lift_suspension(suspension=obj, reason=data["reason"], by=user)
    return str(_("暂停已解除。"))


@admin.register(Suspension)
class SuspensionAdmin(ActAdmin):
    """暂停."""

    list_display = ["__str__", "member", "starts_on", "ends_on", "lifted_on", "ended_noted"]
    list_filter = ["ended_noted", "starts_on"]
    search_fields = ["membership__number", "membership__expert__name", "membership__expert__name_initials"]
    search_help_text = _("按专家编号、姓名或拼音首字母查找")
    readonly_fields = ["member", "starts_on", "ends_on", "reason", "article", "by", "at", "lifted_on", "lift_reason", "ended_noted"]
    fieldsets = [
        (None, {"fields": ["member", ("starts_on", "ends_on"), "reason", "article", ("by", "at"), "ended_noted"]}),
        (_("提前解除"), {"fields": ["lifted_on", "lift_reason"]}),
    ]
    acts = [
        Act("lift", _("解除暂停"), _lift, lambda o, u, d: suspensions.why_not_lift(o, d), ReasonForm, lambda o: [(o.rule_code, o.article)])
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Suspension]:
        return super().get_queryset(request).select_related("membership__expert", "by")

    @admin.display(description=_("在库专家"))
    def member(self, obj: Suspension) -> Any:
        return format_html('<a href="{}">{}</a>', reverse("admin:experts_membership_change", args=[obj.membership_id]), obj.membership)

    def act_facts(self, obj: Suspension) -> list[tuple[Any, Any]]:
        until = f"{obj.ends_on:%Y-%m-%d}" if obj.ends_on else "—"
        return [(_("在库专家"), obj.membership), (_("暂停期间"), f"{obj.starts_on:%Y-%m-%d} 至 {until}"), (_("理由"), obj.reason)]


class OfficeReadOnly(ReadOnlyAdmin):
    """A page for the office alone: the three administrators see nothing of a request (design §9)."""

    view_roles = OFFICE_ONLY

    @admin.display(description=_("状态"), ordering="state")
    def shown_state(self, obj: Any) -> Any:
        """The state with its mark."""
        return badge(obj)


class OfficeInline(HouseInline):
    """Rows below such a page."""

    view_roles = OFFICE_ONLY


class SeatsInline(OfficeInline):
    """专业领域及人数."""

    model = RequestSeats
    fields = ["field", "count"]
    readonly_fields = fields  # type: ignore[assignment]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RequestSeats]:
        return super().get_queryset(request).select_related("field")


class RecusalInline(OfficeInline):
    """回避单位（人员）."""

    model = RequestRecusal
    fields = ["kind", "organisation", "person_name", "reason"]
    readonly_fields = fields  # type: ignore[assignment]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RequestRecusal]:
        return super().get_queryset(request).select_related("organisation")


class ProjectInline(OfficeInline):
    """被评审项目."""

    model = ReviewedProject
    fields = ["name", "applicant", "applicant_name"]
    readonly_fields = fields  # type: ignore[assignment]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReviewedProject]:
        return super().get_queryset(request).select_related("applicant")


class ApprovalInline(OfficeInline):
    """审批."""

    model = Approval
    fields = ["version", "step_name", "outcome", "reason", "by", "at"]
    readonly_fields = fields  # type: ignore[assignment]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Approval]:
        return super().get_queryset(request).select_related("by", "request__pool")

    @admin.display(description=_("环节"))
    def step_name(self, obj: Approval) -> str:
        regulation = edition_to_show(obj.request.pool, clock.day_of(obj.at))
        rules = regulation.request if regulation else None
        return next((one.name for one in rules.approvals if one.code == obj.step), obj.step) if rules else obj.step


@admin.register(DrawRequest)
class DrawRequestAdmin(OfficeReadOnly):
    """使用申请."""

    list_display = ["number", "title", "department", "shown_state", "starts_on", "total", "office_due_at"]
    list_display_links = ["number", "title"]
    list_filter = ["state", "pool", "activity_type"]
    search_fields = ["number", "title", "department__name"]
    search_help_text = _("按申请编号、工作名称或单位名称查找")
    fields = [
        "portal_page",
        ("number", "shown_state", "version"),
        ("pool", "department"),
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
        ("submitted_at", "office_due_at", "approved_at", "held_on"),
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


class AttemptInline(OfficeInline):
    """轮次: hashes and times, never the secret, the pool or the lists."""

    model = Attempt
    fields = ["round", "attempt", "state", "manifest_hash", "frozen_by", "frozen_at", "inspector", "drawn_at"]
    readonly_fields = fields  # type: ignore[assignment]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        rows = super().get_queryset(request).select_related("frozen_by", "inspector")
        return rows.defer("secret", "pool_text", "manifest_text", "result_text", "abort_text")


@admin.register(Draw)
class DrawAdmin(OfficeReadOnly):
    """抽取."""

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


@admin.register(Waiver)
class WaiverAdmin(OfficeReadOnly):
    """豁免."""

    list_display = ["request", "rule", "field", "article", "by", "at", "countersigned_by"]
    list_filter = ["rule"]
    list_select_related = ["request", "field", "by", "countersigned_by"]
    search_fields = ["request__number", "request__title"]
    fields = ["request", "rule", "field", "article", "reason", ("by", "at"), ("countersigned_by", "countersigned_at")]


@admin.register(Invitation)
class InvitationAdmin(OfficeReadOnly):
    """邀请: by draw and position; a name only for the one that is due now, or once the experts are confirmed."""

    list_display = ["draw_number", "place", "expert_name", "shown_state", "sent_at", "deadline", "replied_at"]
    list_filter = ["state", "sent_at"]
    search_fields = ["candidate__attempt__draw__number", "candidate__attempt__draw__request__number"]
    search_help_text = _("按抽取编号或申请编号查找")
    fields = ["draw_number", "place", "expert_name", "shown_state", ("sent_at", "deadline", "replied_at"), "reason_code"]
    readonly_fields = ["draw_number", "place", "expert_name", "shown_state"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        return (
            super()
            .get_queryset(request)
            .select_related("candidate__attempt__draw__request", "candidate__field", "candidate__membership__expert")
        )

    @admin.display(description=_("抽取"))
    def draw_number(self, obj: Invitation) -> str:
        return obj.candidate.attempt.draw.number

    @admin.display(description=_("顺位"))
    def place(self, obj: Invitation) -> str:
        return f"第{obj.candidate.attempt.round}轮 {obj.candidate.field} 第{obj.candidate.position}位"

    @admin.display(description=_("专家"))
    def expert_name(self, obj: Invitation) -> str:
        state = obj.candidate.attempt.draw.request.state
        due = obj.state == Invitation.State.OPEN
        return obj.candidate.membership.expert.name if due or state in NAMED else str(_("（确定后显示）"))


@admin.register(Participation)
class ParticipationAdmin(OfficeReadOnly):
    """参与: names once the experts are confirmed."""

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
        return f"{obj.membership.number} {obj.membership.expert.name}" if obj.request.state in NAMED else str(_("（确定后显示）"))
