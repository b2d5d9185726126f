"""出库事项 and 暂停, registered by the room above, whose seats they give up."""

from typing import Any

from django.contrib import admin
from django.db.models import Case, QuerySet, Value, When
from django.db.models.fields import BooleanField
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from expertpool.pools.editions import edition_of
from expertpool.web.acts import Act
from expertpool.web.templatetags.house import print_article
from experts.models import ExitCase, Suspension
from experts.services import bans, exits, suspensions

from .common import ActAdmin, AttachmentInline, badge
from .forms import ReasonForm
from .standing_forms import EvidenceForm, NewExitCaseForm

CASES = ("members.read", exits.DECIDE, *exits.RAISE)


def case_articles(obj: ExitCase) -> list[tuple[str, str, str]]:
    """The ground's article, of the edition that the case was raised under."""
    return [(obj.rule_code, obj.article, obj.rule_hash)]


def _dismiss(obj: ExitCase, data: dict[str, Any], user: Any) -> str:
    exits.decide_exit(case=obj, exit=False, reason=data["reason"], by=user)
    return str(_("已决定不予出库，专家资格不变。"))


def _add_evidence(obj: ExitCase, data: dict[str, Any], user: Any) -> str:
    exits.add_evidence(case=obj, uploads=data["evidence"], by=user)
    return str(_("证据材料已保存。"))


class EvidenceInline(AttachmentInline):
    """证据材料 of an exit case."""

    view_duties = CASES
    fk_name = "exit_case"
    verbose_name_plural = _("证据材料")


class ExitCaseAdmin(ActAdmin):
    """出库事项: all of the pool's for who looks members up or decides, his own for who raises them."""

    view_duties = CASES
    add_duties = exits.RAISE
    pool_path = "membership__pool"
    under = ""
    list_display = ["__str__", "member", "ground_name", "source", "shown_state", "raised_on", "decided_at"]
    list_filter = ["state", "source"]
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
        Act(
            "evidence",
            _("补充证据"),
            _add_evidence,
            exits.why_not_add_evidence,
            EvidenceForm,
            case_articles,
            duties=(exits.DECIDE, "members.keep", *exits.RAISE),
        ),
        Act(
            "dismiss",
            _("不予出库"),
            _dismiss,
            lambda o, u, d: exits.why_not_decide_exit(o, exit=False, by=u),
            ReasonForm,
            case_articles,
            duties=(exits.DECIDE,),
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ExitCase]:
        actor = request.actor  # type: ignore[attr-defined]
        rows = super().get_queryset(request).visible_to(actor)  # type: ignore[attr-defined]
        # Whoever decides under the case's own edition knows whom about; the register itself opens by the day's.
        rows = rows.annotate(
            named=Case(When(actor.rows("members.read"), then=True), default=False, output_field=BooleanField()),
            registered=Value(actor.holds("members.read"), output_field=BooleanField()),
        )
        return rows.select_related("membership__expert", "membership__pool", "raised_by", "decided_by")

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        """Who only raises cases does not find them by a name that he is not shown."""
        return list(self.search_fields) if request.actor.holds("members.read") else ["membership__number"]  # type: ignore[attr-defined]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return list(self.readonly_fields) if obj else []

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None:
            return self.fieldsets
        return [(None, {"fields": ["number", "ground", "reason", "on", "evidence"]})]

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else []

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """A new case has a form of its own, which knows who raises it and where."""
        if obj is not None:
            return super().get_form(request, obj, change=change, **kwargs)
        return type("RaiseForm", (NewExitCaseForm,), {"actor": request.actor})  # type: ignore[attr-defined]

    def save_model(self, request: HttpRequest, obj: ExitCase, form: Any, change: bool) -> None:
        """The form's service has written it."""
        obj.pk = form.case.pk
        obj.refresh_from_db()

    @admin.display(description=_("在库专家"))
    def member(self, obj: ExitCase) -> Any:
        if not getattr(obj, "named", False):
            return obj.membership.number
        if not getattr(obj, "registered", False):
            return str(obj.membership)
        return format_html('<a href="{}">{}</a>', reverse("admin:experts_membership_change", args=[obj.membership_id]), obj.membership)

    @admin.display(description=_("出库情形"))
    def ground_name(self, obj: ExitCase) -> str:
        return exits.ground_of(obj).name

    @admin.display(description=_("条款"))
    def shown_article(self, obj: ExitCase) -> str:
        return print_article(obj.article)

    @admin.display(description=_("依据规定"))
    def shown_rule(self, obj: ExitCase) -> str:
        return edition_of(obj, obj.membership.pool).short_name

    @admin.display(description=_("状态"), ordering="state")
    def shown_state(self, obj: ExitCase) -> Any:
        return badge(obj)

    def act_facts(self, obj: ExitCase) -> list[tuple[Any, Any]]:
        ground = exits.ground_of(obj)
        return [
            (_("在库专家"), obj.membership if getattr(obj, "named", False) else obj.membership.number),
            (_("出库情形"), f"{ground.printed_article} {ground.name}"),
            (_("事实与理由"), obj.reason),
            (_("来源"), obj.get_source_display()),
            (_("证据材料"), f"{obj.attachments.count()}件"),  # type: ignore[attr-defined]
            (_("重新入库限制"), bans.words(ground)),
        ]


def _lift(obj: Suspension, data: dict[str, Any], user: Any) -> str:
    suspensions.lift_suspension(suspension=obj, reason=data["reason"], by=user)
    return str(_("暂停已解除。"))


class SuspensionAdmin(ActAdmin):
    """暂停."""

    view_duties = ("members.read",)
    pool_path = "membership__pool"
    under = ""
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
        Act(
            "lift",
            _("解除暂停"),
            _lift,
            lambda o, u, d: suspensions.why_not_lift(o, d, u),
            ReasonForm,
            lambda o: [(o.rule_code, o.article, o.rule_hash)],
            duties=(suspensions.DUTY,),
        )
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Suspension]:
        return super().get_queryset(request).select_related("membership__expert", "membership__pool", "by")

    @admin.display(description=_("在库专家"))
    def member(self, obj: Suspension) -> Any:
        return format_html('<a href="{}">{}</a>', reverse("admin:experts_membership_change", args=[obj.membership_id]), obj.membership)

    def act_facts(self, obj: Suspension) -> list[tuple[Any, Any]]:
        until = f"{obj.ends_on:%Y-%m-%d}" if obj.ends_on else "—"
        return [(_("在库专家"), obj.membership), (_("暂停期间"), f"{obj.starts_on:%Y-%m-%d} 至 {until}"), (_("理由"), obj.reason)]
