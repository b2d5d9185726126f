"""专家: the person's record, which all pools share, as one pool sees it."""

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from expertpool.accounts.models import User
from expertpool.pools.models import Assignment, Pool
from expertpool.web.admin import HouseInline
from experts.models import DeclaredInterest, Employment, Expert, Membership

from .common import ActAdmin, PersonMixin, show_act
from .standing_forms import ExpertForm

READ = ("members.read",)


class EmploymentInline(HouseInline):
    """任职经历."""

    model = Employment
    view_duties = READ
    fields = ["organisation", "organisation_name", "kind", "position", "since", "until"]
    readonly_fields = fields  # type: ignore[assignment]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Employment]:
        return super().get_queryset(request).select_related("organisation")


class InterestInline(HouseInline):
    """利害关系申明."""

    model = DeclaredInterest
    view_duties = ("members.keep",)
    fields = ["kind", "person_name", "organisation", "relation", "declared_at"]
    readonly_fields = fields  # type: ignore[assignment]

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeclaredInterest]:
        return super().get_queryset(request).select_related("organisation")


class StandingHereFilter(admin.SimpleListFilter):
    """By the standing in the pool whose back office this is; what he is elsewhere is not asked."""

    title = _("在库资格")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return Membership.State.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Expert]) -> QuerySet[Expert]:
        if self.value() not in Membership.State.values:
            return queryset
        here = Membership.objects.filter(pool=request.pool, state=self.value())  # type: ignore[attr-defined]
        return queryset.filter(pk__in=here.values("expert"))


@admin.register(Expert)
class ExpertAdmin(PersonMixin, ActAdmin):
    """专家: general details are edited here, everything that decides about eligibility changes through an act.

    Only who stands or stood in the pool whose back office this is; of his other pools nothing is said.
    """

    view_duties = READ
    change_duties = ("members.keep",)
    # Its own queryset says whose pool: a person has none.
    pool_path = None
    form = ExpertForm
    list_display = ["name", "employer", "title", "title_level", "standing"]
    list_filter = ["title_level", StandingHereFilter]
    list_select_related = ["employer"]
    search_fields = ["name", "employer__name"]
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
        here = Membership.objects.filter(pool=request.pool)  # type: ignore[attr-defined]
        rows = super().get_queryset(request).visible_to(request.actor)  # type: ignore[attr-defined]
        return rows.select_related("employer", "user").prefetch_related(Prefetch("memberships", queryset=here, to_attr="here"))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Expert | None:
        """The person, who remembers through which pool he is looked at."""
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            found.seen_in = request.pool  # type: ignore[attr-defined]
        return found  # type: ignore[no-any-return]

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        """Also by his number in this pool; another pool's number finds nobody."""
        found, duplicates = super().get_search_results(request, queryset, search_term)
        if term := search_term.strip():
            here = Membership.objects.filter(pool=request.pool, number__icontains=term)  # type: ignore[attr-defined]
            found = queryset.filter(Q(pk__in=found.values("pk")) | Q(pk__in=here.values("expert")))
        return found, duplicates

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The record is one for all pools: a pool that somebody has left changes it no more."""
        return super().has_change_permission(request, obj) and (obj is None or _stands_here(obj, request))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without the box for a new phone for those who may only look; of who has left no way to reach him."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is not None and not _stands_here(obj, request):
            return [part for part in fieldsets if "email" not in part[1]["fields"]]
        if self.has_change_permission(request, obj) and "/history/" not in request.path:
            return fieldsets
        return [(title, {**part, "fields": [one for one in part["fields"] if one != "new_phone"]}) for title, part in fieldsets]

    def set_history_delta_changes(self, request: HttpRequest, historical_records: Any, foreign_keys_are_objs: bool = True) -> None:
        """Who of another pool changed the shared record, and why, is not shown here."""
        super().set_history_delta_changes(request, historical_records, foreign_keys_are_objs)
        own = _people_of(request.pool, [row.history_user_id for row in historical_records])  # type: ignore[attr-defined]
        for row in historical_records:
            if row.history_user_id is not None and row.history_user_id not in own and row.history_user_id != row.user_id:
                row.history_user, row.history_change_reason = User(name=str(_("不显示"))), ""

    @admin.display(description=_("在库资格"))
    def standing(self, obj: Expert) -> Any:
        rows = getattr(obj, "here", ())
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


def _stands_here(expert: Expert, request: HttpRequest) -> bool:
    """Whether he is a member of the pool whose back office this is, and has not left it."""
    pool = request.pool  # type: ignore[attr-defined]
    return Membership.objects.filter(pool=pool, expert=expert, state=Membership.State.ACTIVE).exists()


def _people_of(pool: Pool, accounts: list[int | None]) -> set[int]:
    """Which of these accounts ever acted in ``pool``."""
    return set(Assignment.objects.filter(pool=pool, account__in=[one for one in accounts if one]).values_list("account_id", flat=True))
