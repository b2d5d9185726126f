"""在库专家 (registered upstairs, where seats are given up), 专家标识, and what is only looked at."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from expertpool import clock, masking
from expertpool.pools.editions import edition_to_show
from expertpool.pools.models import Role
from expertpool.web.acts import Act
from expertpool.web.admin import HouseInline, ReadOnlyAdmin
from experts.models import Disclosure, ExitCase, Mark, Membership, ReentryBan, Suspension
from experts.services import exits, marks, memberships

from .common import ActAdmin, FieldsHereFilter, PersonMixin, badge, show_act
from .standing_forms import DecisiveForm, EndMarkForm, ExitCaseForm, MarkForm

READ = ("members.read",)


class MembershipExitInline(HouseInline):
    """出库事项."""

    model = ExitCase
    view_duties = READ
    fields = ["linked", "article", "source", "state", "raised_on", "decided_at"]
    readonly_fields = fields  # type: ignore[assignment]
    verbose_name_plural = _("出库事项")

    @admin.display(description=_("出库事项"))
    def linked(self, obj: ExitCase) -> Any:
        return format_html('<a href="{}">{}</a>', reverse("admin:experts_exitcase_change", args=[obj.pk]), obj)


class MembershipSuspensionInline(HouseInline):
    """暂停."""

    model = Suspension
    view_duties = READ
    fields = ["linked", "starts_on", "ends_on", "lifted_on", "reason", "by"]
    readonly_fields = fields  # type: ignore[assignment]
    verbose_name_plural = _("暂停")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Suspension]:
        return super().get_queryset(request).select_related("by")

    @admin.display(description=_("暂停"))
    def linked(self, obj: Suspension) -> Any:
        return format_html('<a href="{}">{}</a>', reverse("admin:experts_suspension_change", args=[obj.pk]), obj.pk)


class MarkInline(HouseInline):
    """专家标识."""

    model = Mark
    fk_name = "membership"
    view_duties = READ
    fields = ["linked", "value", "source", "starts_on", "ends_on", "set_by"]
    readonly_fields = fields  # type: ignore[assignment]
    verbose_name_plural = _("专家标识")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mark]:
        return super().get_queryset(request).select_related("set_by")

    @admin.display(description=_("标识"))
    def linked(self, obj: Mark) -> Any:
        return format_html('<a href="{}">{}</a>', reverse("admin:experts_mark_change", args=[obj.pk]), obj.kind)


def _raise(obj: Membership, data: dict[str, Any], user: Any) -> str:
    exits.open_exit_case(
        membership=obj, ground=data["ground"], reason=data["reason"], uploads=data["evidence"] or [], by=user, on=data["on"]
    )
    return str(_("出库事项已提出，决定之前专家资格不变。"))


def _change(obj: Membership, data: dict[str, Any], user: Any) -> str:
    memberships.change_decisive(
        membership=obj,
        by=user,
        reason=data["reason"],
        title=data["title"],
        title_level=data["title_level"],
        employer=data["employer"],
        fields=list(data["fields_"]),
    )
    return str(_("关键信息已变更；此前已批准的使用申请不再抽取该专家。"))


def _mark(obj: Membership, data: dict[str, Any], user: Any) -> str:
    mark = marks.set_mark(membership=obj, by=user, **{name: data[name] for name in ("kind", "value", "source", "starts_on", "ends_on")})
    return f"专家标识“{mark.kind}”已设置；此前已批准的使用申请不再抽取该专家。"


def _exit_articles(obj: Membership) -> list[tuple[str, str, str]]:
    regulation = edition_to_show(obj.pool, clock.today())
    return [(regulation.code, regulation.exits.article, regulation.file_hash)] if regulation and regulation.exits else []


def _update_articles(obj: Membership) -> list[tuple[str, str, str]]:
    regulation = edition_to_show(obj.pool, clock.today())
    return (
        [(regulation.code, regulation.update.key_article or regulation.update.article, regulation.file_hash)]
        if regulation and regulation.update
        else []
    )


class MembershipAdmin(PersonMixin, ActAdmin):
    """在库专家. Registered by the room above, which adds the acts that also give up seats."""

    view_duties = READ
    person = "expert__"
    list_display = ["number", "name", "employer", "title", "shown_fields", "shown_state", "admitted_on"]
    list_display_links = ["number", "name"]
    list_filter = ["state", FieldsHereFilter, "expert__title_level"]
    search_fields = ["number", "expert__name", "expert__employer__name"]
    readonly_fields = [
        "number",
        "pool",
        "linked_expert",
        "shown_state",
        "shown_fields",
        "employer",
        "title",
        "masked_id_number",
        "masked_phone",
        "application",
        "admitted_on",
        "term_ends_on",
        "confirmed_on",
        "frozen_since",
        "decisive_changed_at",
        "exited_on",
    ]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("number", "shown_state"),
                    "linked_expert",
                    ("employer", "title"),
                    "shown_fields",
                    ("masked_id_number", "masked_phone"),
                ]
            },
        ),
        (
            _("在库情况"),
            {
                "fields": [
                    "pool",
                    "application",
                    ("admitted_on", "term_ends_on", "exited_on"),
                    ("confirmed_on", "frozen_since", "decisive_changed_at"),
                ]
            },
        ),
    ]
    inlines = [MembershipSuspensionInline, MembershipExitInline, MarkInline]
    acts = [
        Act(
            "change",
            _("变更关键信息"),
            _change,
            lambda o, u, d: memberships.why_not_change(o, d, u),
            DecisiveForm,
            _update_articles,
            duties=("members.keep",),
        ),
        Act(
            "mark",
            _("设置专家标识"),
            _mark,
            marks.why_not_mark,
            MarkForm,
            lead=_("标识须有文件为据；在其有效期内，入库、抽取和出库按规定考虑。"),
            duties=(marks.KEEP,),
        ),
        Act(
            "exit",
            _("提出出库事项"),
            _raise,
            lambda o, u, d: exits.why_not_raise_by_duty(u, o, d) or exits.why_not_raise(o, d),
            ExitCaseForm,
            _exit_articles,
            lead=_("提出后由规定的决定人核实并决定；决定之前专家资格不变。"),
            grave=True,
            duties=exits.RAISE,
        ),
        show_act("id_number", _("显示身份证号码"), of="expert"),
        show_act("phone", _("显示联系电话"), of="expert"),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        rows = super().get_queryset(request).visible_to(request.actor)  # type: ignore[attr-defined]
        return rows.select_related("pool", "expert__employer", "application").prefetch_related("fields")

    @admin.display(description=_("姓名"), ordering="expert__name_key")
    def name(self, obj: Membership) -> str:
        return obj.expert.name

    @admin.display(description=_("专家"))
    def linked_expert(self, obj: Membership) -> Any:
        return format_html('<a href="{}">{}</a>', reverse("admin:experts_expert_change", args=[obj.expert_id]), obj.expert.name)

    @admin.display(description=_("工作单位"))
    def employer(self, obj: Membership) -> Any:
        return obj.expert.employer or "—"

    @admin.display(description=_("职称"))
    def title(self, obj: Membership) -> str:
        return f"{obj.expert.title}（{obj.expert.get_title_level_display()}）"

    @admin.display(description=_("申报方向"))
    def shown_fields(self, obj: Membership) -> str:
        return "、".join(field.name for field in obj.fields.all())

    @admin.display(description=_("状态"), ordering="state")
    def shown_state(self, obj: Membership) -> Any:
        return badge(obj)

    def act_facts(self, obj: Membership) -> list[tuple[Any, Any]]:
        return [
            (_("专家编号"), obj.number),
            (_("姓名"), obj.expert.name),
            (_("工作单位"), obj.expert.employer),
            (_("职称"), self.title(obj)),
            (_("联系电话"), masking.mask_phone(obj.expert.phone)),
            (_("入库日期"), f"{obj.admitted_on:%Y-%m-%d}"),
            (_("状态"), obj.get_state_display()),
        ]


def _end_mark(obj: Mark, data: dict[str, Any], user: Any) -> str:
    marks.end_mark(mark=obj, last_day=data["last_day"], by=user)
    return str(_("专家标识的止日已登记。"))


@admin.register(Mark)
class MarkAdmin(ActAdmin):
    """专家标识: set on a member's or an applicant's page, ended here."""

    view_duties = READ
    pool_path = None
    list_display = ["kind", "holder", "value", "source", "starts_on", "ends_on"]
    list_filter = ["starts_on"]
    search_fields = ["kind", "source", "membership__number", "membership__expert__name", "application__number", "application__name"]
    search_help_text = _("按标识、来源、专家编号、申请编号或姓名查找")
    readonly_fields = ["kind", "holder", "value", "source", "starts_on", "ends_on", "set_by", "set_at"]
    fieldsets = [(None, {"fields": [("kind", "value"), "holder", "source", ("starts_on", "ends_on"), ("set_by", "set_at")]})]
    acts = [
        Act(
            "end",
            _("提前结束"),
            _end_mark,
            marks.why_not_end_mark,
            EndMarkForm,
            duties=(marks.KEEP,),
        )
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mark]:
        here = request.pool  # type: ignore[attr-defined]
        rows = super().get_queryset(request)
        rows = rows.in_pool(here) if here is not None else rows.none()  # type: ignore[attr-defined]
        return rows.select_related("membership__expert", "membership__pool", "application__pool", "set_by")

    @admin.display(description=_("在库专家或申请人"))
    def holder(self, obj: Mark) -> Any:
        if obj.membership:
            return format_html('<a href="{}">{}</a>', reverse("admin:experts_membership_change", args=[obj.membership_id]), obj.membership)
        return obj.application

    def act_facts(self, obj: Mark) -> list[tuple[Any, Any]]:
        return [
            (_("标识"), obj.kind),
            (_("在库专家或申请人"), obj.membership or obj.application),
            (_("来源"), obj.source),
            (_("期限"), f"{obj.starts_on:%Y-%m-%d} 至 {obj.ends_on:%Y-%m-%d}" if obj.ends_on else f"{obj.starts_on:%Y-%m-%d} 起"),
        ]


@admin.register(ReentryBan)
class ReentryBanAdmin(ReadOnlyAdmin):
    """重新入库限制."""

    view_duties = READ
    list_display = ["exit_case", "member", "article", "until"]
    list_select_related = ["exit_case__membership__expert"]
    search_fields = ["exit_case__membership__number", "exit_case__membership__expert__name"]
    fields = ["exit_case", "member", "article", "until"]
    readonly_fields = ["member"]

    @admin.display(description=_("专家"))
    def member(self, obj: ReentryBan) -> Any:
        return obj.exit_case.membership


@admin.register(Disclosure)
class DisclosureAdmin(ReadOnlyAdmin):
    """个人信息查看记录: who had what shown to him, and why."""

    view_duties = ("members.keep", "pool.read")
    view_roles = frozenset({Role.AUDIT_ADMIN})
    list_display = ["at", "by", "subject", "field_name", "reason"]
    list_select_related = ["by"]
    list_filter = ["field_name"]
    search_fields = ["subject", "by__username", "by__name"]
