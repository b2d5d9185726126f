"""专家库、专业领域、专家、在库专家 (registered upstairs), and what is only looked at."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from expertpool import clock, masking
from expertpool.accounts.models import Role
from expertpool.core.acts import Act, ActMixin
from expertpool.core.admin import HouseAdmin, HouseInline, ReadOnlyAdmin
from experts.models import DeclaredInterest, Disclosure, Employment, ExitCase, Expert, Field, Membership, Pool, ReentryBan, Suspension
from experts.services import exits, memberships
from experts.services.editions import edition_to_show

from .common import OFFICE_ONLY, ActAdmin, PersonMixin, badge, show_act
from .forms import DecisiveForm, ExitCaseForm, ExpertForm


@admin.register(Pool)
class PoolAdmin(ActAdmin):
    """专家库."""

    list_display = ["code", "name", "regulation_code", "office", "number_prefix"]
    list_select_related = ["office"]
    search_fields = ["code", "name"]
    readonly_fields = ["code", "name", "regulation_code", "office", "number_prefix"]


@admin.register(Field)
class FieldAdmin(ActMixin, HouseAdmin):
    """专业领域: the office may extend the regulation's list (附表1注“等”)."""

    add_roles = OFFICE_ONLY
    list_display = ["code", "name", "pool", "in_use"]
    list_filter = ["pool", "in_use"]
    list_select_related = ["pool"]
    search_fields = ["code", "name"]
    autocomplete_fields = ["pool"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A code stands in the files of past draws and is never changed."""
        return ["pool", "code"] if obj else []


class EmploymentInline(HouseInline):
    """任职经历."""

    model = Employment
    fields = ["organisation", "organisation_name", "kind", "position", "since", "until"]
    readonly_fields = fields  # type: ignore[assignment]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Employment]:
        return super().get_queryset(request).select_related("organisation")


class InterestInline(HouseInline):
    """利害关系申明."""

    model = DeclaredInterest
    view_roles = OFFICE_ONLY
    fields = ["kind", "person_name", "organisation", "relation", "declared_at"]
    readonly_fields = fields  # type: ignore[assignment]

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeclaredInterest]:
        return super().get_queryset(request).select_related("organisation")


@admin.register(Expert)
class ExpertAdmin(PersonMixin, ActAdmin):
    """专家: general details are edited here, everything that decides about eligibility changes through an act."""

    change_roles = OFFICE_ONLY
    form = ExpertForm
    list_display = ["name", "employer", "title", "title_level", "standing"]
    list_filter = ["title_level", "memberships__state"]
    list_select_related = ["employer"]
    search_fields = ["name", "employer__name", "memberships__number"]
    readonly_fields = [
        "name",
        "sex",
        "birth_date",
        "masked_id_number",
        "school",
        "degree",
        "major",
        "employer",
        "position",
        "title",
        "title_level",
        "licence",
        "years",
        "expert_type",
        "research_area",
        "masked_phone",
        "achievements",
        "user",
        "standing",
    ]
    fieldsets = [
        (None, {"fields": [("name", "sex", "birth_date"), "masked_id_number", "standing", "user"]}),
        (
            _("学历和职业"),
            {
                "fields": [
                    ("school", "degree", "major"),
                    "employer",
                    ("position", "title", "title_level"),
                    ("licence", "years"),
                    "research_area",
                    "achievements",
                ]
            },
        ),
        (_("联系方式（一般信息）"), {"fields": ["masked_phone", "new_phone", "email", ("address", "postcode")]}),
    ]
    inlines = [EmploymentInline, InterestInline]
    acts = [show_act("id_number", _("显示身份证号码")), show_act("phone", _("显示联系电话"))]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Expert]:
        return super().get_queryset(request).select_related("employer", "user").prefetch_related("memberships")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without the box for a new phone for those who may only look."""
        fieldsets = super().get_fieldsets(request, obj)
        if self.has_change_permission(request, obj) and "/history/" not in request.path:
            return fieldsets
        return [(title, {**part, "fields": [one for one in part["fields"] if one != "new_phone"]}) for title, part in fieldsets]

    @admin.display(description=_("在库资格"))
    def standing(self, obj: Expert) -> Any:
        rows = obj.memberships.all() if obj.pk else []  # type: ignore[attr-defined]
        return (
            format_html_join(
                "、",
                '<a href="{}">{}</a>（{}）',
                ((reverse("admin:experts_membership_change", args=[m.pk]), m.number, m.get_state_display()) for m in rows),
            )
            or "—"
        )

    def act_facts(self, obj: Expert) -> list[tuple[Any, Any]]:
        return [(_("姓名"), obj.name), (_("工作单位"), obj.employer)]


class MembershipExitInline(HouseInline):
    """出库事项."""

    model = ExitCase
    fields = ["linked", "article", "source", "state", "raised_on", "decided_at"]
    readonly_fields = fields  # type: ignore[assignment]
    verbose_name_plural = _("出库事项")

    @admin.display(description=_("出库事项"))
    def linked(self, obj: ExitCase) -> Any:
        return format_html('<a href="{}">{}</a>', reverse("admin:experts_exitcase_change", args=[obj.pk]), obj)


class MembershipSuspensionInline(HouseInline):
    """暂停."""

    model = Suspension
    fields = ["linked", "starts_on", "ends_on", "lifted_on", "reason", "by"]
    readonly_fields = fields  # type: ignore[assignment]
    verbose_name_plural = _("暂停")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Suspension]:
        return super().get_queryset(request).select_related("by")

    @admin.display(description=_("暂停"))
    def linked(self, obj: Suspension) -> Any:
        return format_html('<a href="{}">{}</a>', reverse("admin:experts_suspension_change", args=[obj.pk]), obj.pk)


def _raise(obj: Membership, data: dict[str, Any], user: Any) -> str:
    exits.open_exit_case(
        membership=obj, ground=data["ground"], reason=data["reason"], uploads=data["evidence"] or [], by=user, on=data["on"]
    )
    return str(_("出库事项已提出，请在“出库事项”中核实并作出决定。"))


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


def _exit_articles(obj: Membership) -> list[tuple[str, str]]:
    regulation = edition_to_show(obj.pool, clock.today())
    return [(regulation.code, regulation.exits.article)] if regulation and regulation.exits else []


def _update_articles(obj: Membership) -> list[tuple[str, str]]:
    regulation = edition_to_show(obj.pool, clock.today())
    return [(regulation.code, regulation.update.key_article or regulation.update.article)] if regulation and regulation.update else []


class MembershipAdmin(PersonMixin, ActAdmin):
    """在库专家. Registered by the room above, which adds the acts that also give up seats."""

    person = "expert__"
    list_display = ["number", "name", "employer", "title", "shown_fields", "shown_state", "admitted_on"]
    list_display_links = ["number", "name"]
    list_filter = ["state", "pool", "fields", "expert__title_level"]
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
    inlines = [MembershipSuspensionInline, MembershipExitInline]
    acts = [
        Act("change", _("变更关键信息"), _change, lambda o, u, d: None, DecisiveForm, _update_articles),
        Act(
            "exit",
            _("提出出库事项"),
            _raise,
            lambda o, u, d: exits.why_not_raise(o, d),
            ExitCaseForm,
            _exit_articles,
            lead=_("提出后由管理处室核实并决定；决定之前专家资格不变。"),
            grave=True,
        ),
        show_act("id_number", _("显示身份证号码"), of="expert"),
        show_act("phone", _("显示联系电话"), of="expert"),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("pool", "expert__employer", "application").prefetch_related("fields")

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


@admin.register(ReentryBan)
class ReentryBanAdmin(ReadOnlyAdmin):
    """重新入库限制."""

    list_display = ["exit_case", "pool", "article", "until"]
    list_select_related = ["exit_case", "pool"]
    list_filter = ["pool"]
    search_fields = ["exit_case__membership__number", "exit_case__membership__expert__name"]
    fields = ["exit_case", "pool", "article", "until"]


@admin.register(Disclosure)
class DisclosureAdmin(ReadOnlyAdmin):
    """个人信息查看记录: who had what shown to him, and why."""

    view_roles = frozenset({Role.OFFICE, Role.AUDIT_ADMIN})
    list_display = ["at", "by", "subject", "field_name", "reason"]
    list_select_related = ["by"]
    list_filter = ["field_name"]
    search_fields = ["subject", "by__username", "by__name"]
