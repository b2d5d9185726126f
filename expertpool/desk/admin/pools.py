"""Pools, their fields and assignments in the back office."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from expertpool import clock
from expertpool.accounts.models import Organisation
from expertpool.codes import is_code
from expertpool.pools.models import Assignment, Field, Pool, RecommendingUnit, Role
from expertpool.pools.services import assignments as services
from expertpool.regulations.acting import acts_on
from expertpool.web.acts import Act, ActForm, ActMixin
from expertpool.web.admin import HouseAdmin, HouseInline
from expertpool.web.templatetags.house import cn_date


class FieldForm(forms.ModelForm):
    """A field; files of draws name it by its code, which stays, unless no file could take it."""

    class Meta:
        model = Field
        fields = ["code", "name", "in_use"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "code" in self.fields and is_code(self.instance.code):
            self.fields["code"].disabled = True


class FieldInline(HouseInline):
    """专业领域 of the pool."""

    model = Field
    form = FieldForm
    fields = ["code", "name", "in_use"]
    view_roles = frozenset({Role.SYSTEM_ADMIN})
    add_duties = change_duties = ("members.keep",)

    @acts_on("fields_extensible")
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only where the edition lets a pool have fields of its own (附表1注 “等”)."""
        return super().has_add_permission(request, obj) and request.actor.edition.fields_extensible  # type: ignore[attr-defined]


@admin.register(Pool)
class PoolAdmin(HouseAdmin):
    """专家库: opened with ``manage.py open_pool``; the office keeps its fields."""

    pool_path = "id"
    view_roles = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN})
    change_duties = ("members.keep",)
    list_display = ["code", "name", "regulation_code", "office", "number_prefix"]
    list_select_related = ["office"]
    readonly_fields = ["code", "name", "regulation_code", "office", "number_prefix"]
    inlines = [FieldInline]


class RecommendingUnitForm(forms.ModelForm):
    """Which unit recommends in this pool, and in which of the pool's fields."""

    pool: Any = None

    class Meta:
        model = RecommendingUnit
        fields = ["organisation", "fields", "in_use"]
        widgets = {"fields": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "fields" in self.fields:
            self.fields["fields"].queryset = Field.objects.filter(pool=self.pool)  # type: ignore[attr-defined]

    def clean_organisation(self) -> Organisation:
        """A unit stands once in a pool."""
        unit: Organisation = self.cleaned_data["organisation"]
        if RecommendingUnit.objects.filter(pool=self.pool, organisation=unit).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("该单位已经登记，请在原有记录中修改推荐领域。"))
        return unit


@admin.register(RecommendingUnit)
class RecommendingUnitAdmin(HouseAdmin):
    """推荐单位和领域 of the pool: kept by its office, and no other pool's affair."""

    view_duties = ("members.keep",)
    change_duties = add_duties = ("organisations.keep",)
    form = RecommendingUnitForm
    fields = ["organisation", "fields", "in_use"]
    list_display = ["organisation", "shown_fields", "in_use"]
    list_select_related = ["organisation"]
    search_fields = ["organisation__name", "organisation__code"]
    search_help_text = _("按单位名称或编号查找")
    autocomplete_fields = ["organisation"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RecommendingUnit]:
        """With their fields, which the list shows."""
        return super().get_queryset(request).prefetch_related("fields")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form offers the fields of the pool whose back office this is."""
        form = super().get_form(request, obj, change=change, **kwargs)
        form.pool = request.pool  # type: ignore[attr-defined]
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Another unit is another row."""
        return ["organisation"] if obj is not None else []

    def save_model(self, request: HttpRequest, obj: RecommendingUnit, form: Any, change: bool) -> None:
        """In the pool whose back office this is."""
        obj.pool = request.pool  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    @admin.display(description=_("推荐领域"))
    def shown_fields(self, obj: RecommendingUnit) -> str:
        """The names of the fields."""
        return "、".join(field.name for field in obj.fields.all()) or "—"


class AssignmentForm(forms.ModelForm):
    """A new assignment; what the service refuses is shown beside its field."""

    by: Any = None

    class Meta:
        model = Assignment
        fields = ["account", "role", "pool", "organisation", "starts_on", "ends_on"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        for refusal in services.why_not_assign(by=self.by, **cleaned):
            self.add_error(refusal.field or None, str(refusal))
        return cleaned


class StandingFilter(admin.SimpleListFilter):
    """Whether assignments count today."""

    title = _("状态")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Now, or not."""
        return [("yes", _("任职中")), ("no", _("未开始或已结束"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The rows of the choice."""
        if self.value() is None:
            return queryset
        standing = Assignment.objects.standing_on(clock.today()).values("pk")
        return queryset.filter(pk__in=standing) if self.value() == "yes" else queryset.exclude(pk__in=standing)


class EndForm(ActForm):
    """The last day of an assignment."""

    last_day = forms.DateField(label=_("任职止（含）"), required=False, help_text=_("留空：自今天起不再任职"))


def _end(assignment: Assignment, data: dict[str, Any], user: Any) -> str:
    services.end_assignment(assignment=assignment, last_day=data["last_day"], by=user)
    return str(_("任职已结束。"))


@admin.register(Assignment)
class AssignmentAdmin(ActMixin, HouseAdmin):
    """任职: given and ended by the security administrator; who keeps a pool sees who acts in it."""

    view_roles = frozenset({Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
    add_roles = frozenset({Role.SECURITY_ADMIN})
    view_duties = ("members.keep",)
    form = AssignmentForm
    fields = ["account", "role", "pool", "organisation", "starts_on", "ends_on"]
    list_display = ["account", "role", "pool", "organisation", "starts_on", "ends_on", "standing"]
    list_filter = [StandingFilter, "role", "pool"]
    list_select_related = ["account", "pool", "organisation"]
    search_fields = ["account__username", "account__name", "organisation__name"]
    search_help_text = _("按账号、姓名或单位名称查找")
    autocomplete_fields = ["account", "organisation"]
    acts = [
        Act(
            name="end",
            label=_("结束任职"),
            form=EndForm,
            do=_end,
            why_not=lambda obj, user, day: services.why_not_end_assignment(obj, user),
            roles=frozenset({Role.SECURITY_ADMIN}),
            consequence=_("结束后，该账号不再以这一任职办理任何事项；已办理的事项和留痕不变。"),
            grave=True,
        )
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Assignment]:
        """Inside a pool its own; outside all, for the audit administrator without the experts (desk.admin.accounts)."""
        rows = super().get_queryset(request)
        if request.pool is not None or request.actor.has_role(Role.SECURITY_ADMIN):  # type: ignore[attr-defined]
            return rows
        return rows.exclude(account__in=Assignment.objects.filter(role=Role.EXPERT).values("account"))

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Inside a pool there is one pool."""
        return [one for one in self.list_filter if one != "pool" or request.pool is None]  # type: ignore[attr-defined]

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """The pool stands in the header of its own pages."""
        return [one for one in self.list_display if one != "pool" or request.pool is None]  # type: ignore[attr-defined]

    def get_fields(self, request: HttpRequest, obj: Assignment | None = None) -> list[str]:
        """What stands is shown in words: a link to the account would refuse most of those who read it."""
        return ["whose", "role", "where", "for_whom", "starts_on", "ends_on", "standing"] if obj is not None else list(self.fields)

    def get_readonly_fields(self, request: HttpRequest, obj: Assignment | None = None) -> list[str]:
        """An assignment is given and ended, never rewritten."""
        return self.get_fields(request, obj) if obj is not None else []

    @admin.display(description=_("账号"))
    def whose(self, obj: Assignment) -> str:
        """The name and the account."""
        return f"{obj.account.name}（{obj.account.username}）"

    @admin.display(description=_("专家库"))
    def where(self, obj: Assignment) -> str:
        """The pool, or that it belongs to none."""
        return str(obj.pool or _("不属于某个专家库"))

    @admin.display(description=_("所代表的单位"))
    def for_whom(self, obj: Assignment) -> str:
        """The unit."""
        return str(obj.organisation or "—")

    @admin.display(description=_("状态"))
    def standing(self, obj: Assignment) -> str:
        """Whether it counts today."""
        today = clock.today()
        if obj.stands_on(today):
            return str(_("任职中"))
        ended = obj.ends_on is not None and (obj.ends_on < today or obj.ends_on < obj.starts_on)
        return str(_("已结束") if ended else _("未开始"))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form knows who fills it in."""
        form = super().get_form(request, obj, change=change, **kwargs)
        form.by = request.user  # type: ignore[attr-defined]
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, str]:
        """Assignments begin today unless another day is given."""
        return {"starts_on": clock.today().isoformat(), **super().get_changeform_initial_data(request)}

    def act_facts(self, obj: Assignment) -> list[tuple[Any, Any]]:
        """Whose assignment is ended."""
        return [
            (_("账号"), self.whose(obj)),
            (_("角色"), obj.get_role_display()),
            (_("专家库"), self.where(obj)),
            (_("所代表的单位"), self.for_whom(obj)),
            (_("任职起"), cn_date(obj.starts_on)),
            (_("任职止（含）"), cn_date(obj.ends_on) or "—"),
        ]

    def save_model(self, request: HttpRequest, obj: Assignment, form: Any, change: bool) -> None:
        """Given through its service, which writes the ledger."""
        obj.pk = services.assign(by=request.user, **{name: form.cleaned_data[name] for name in form.Meta.fields}).pk  # type: ignore[arg-type]
        obj.refresh_from_db()
