"""Accounts and organisations in the back office."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from expertpool.accounts.models import Organisation, OrganisationName, User
from expertpool.codes import is_code
from expertpool.desk.forms import AccountForm
from expertpool.pools.models import ADMINISTRATORS, Assignment, Role
from expertpool.pools.services import accounts as services
from expertpool.web.admin import HouseAdmin, HouseInline

KEEP = ("organisations.keep",)

if admin.site.is_registered(Group):
    admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(HouseAdmin):
    """账号: the security administrator opens and closes them; what they may do are assignments (任职)."""

    pool_path = None
    view_roles = frozenset({Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
    change_roles = frozenset({Role.SECURITY_ADMIN})
    add_roles = frozenset({Role.SECURITY_ADMIN})
    form = AccountForm
    list_display = ["username", "name", "is_active", "last_login"]
    list_filter = ["is_active"]
    search_fields = ["username", "name"]
    search_help_text = _("按账号或姓名查找")
    readonly_fields = ["date_joined", "last_login"]
    fieldsets = [
        (None, {"fields": ["username", "name", "email", "is_active"]}),
        (_("密码"), {"fields": ["new_password"]}),
        (_("使用情况"), {"fields": ["date_joined", "last_login"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Without the experts for the audit administrator: the ledger tells him whose account answered, by its number."""
        rows = super().get_queryset(request)
        if request.actor.has_role(Role.SECURITY_ADMIN):  # type: ignore[attr-defined]
            return rows
        return rows.exclude(pk__in=Assignment.objects.filter(role=Role.EXPERT).values("account"))

    def get_fieldsets(self, request, obj=None):  # type: ignore[no-untyped-def]
        """Without the password for those who may only look: the field is no model field and has nothing to show."""
        fieldsets = super().get_fieldsets(request, obj)
        if not (self.has_change_permission(request, obj) if obj else self.has_add_permission(request)):
            return [part for part in fieldsets if "new_password" not in part[1]["fields"]]
        return fieldsets

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> Any:
        """The form knows who fills it in, so that it can refuse what the service would refuse."""
        form = super().get_form(request, obj, change=change, **kwargs)
        form.by = request.user  # type: ignore[attr-defined]
        return form

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Opens or changes the account through its services, which write the ledger."""
        by: Any = request.user
        data = {name: form.cleaned_data[name] for name in services.CHANGEABLE}
        password = form.cleaned_data["new_password"]
        if change:
            services.change_account(account=obj, by=by, **data)
            if password:
                services.set_password(account=obj, password=password, by=by)
        else:
            obj.pk = services.open_account(password=password, by=by, **data).pk
        obj.refresh_from_db()


class OrganisationNameInline(HouseInline):
    """曾用名: recusal by unit also finds an organisation under the name that it bore then."""

    model = OrganisationName
    view_duties = ("members.keep",)
    add_duties = change_duties = KEEP
    view_roles = frozenset({Role.SECURITY_ADMIN})


@admin.register(Organisation)
class OrganisationAdmin(HouseAdmin):
    """单位: one register for all pools, kept by their offices; who keeps a pool's members by commission looks it up."""

    pool_path = None
    view_roles = frozenset({Role.SECURITY_ADMIN})
    view_duties = ("members.keep",)
    change_duties = add_duties = KEEP
    list_display = ["code", "name", "kind", "parent", "relation"]
    list_filter = ["kind"]
    list_select_related = ["parent"]
    search_fields = ["name", "code", "uscc", "names__name"]
    search_help_text = _("按单位名称（含曾用名）、编号或统一社会信用代码查找")
    autocomplete_fields = ["parent"]
    inlines = [OrganisationNameInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Organisation | None = None) -> list[str]:
        """Files of draws name a unit by its code: it stays, unless no file could take it."""
        return ["code"] if obj is not None and is_code(obj.code) else []

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Who changed it is named where he acts in this pool; of another pool's people only that it was one of them."""
        pool = request.actor.pool  # type: ignore[attr-defined]
        known = Assignment.objects.filter(Q(pool=pool) | Q(role__in=ADMINISTRATORS))
        here = set(known.values_list("account", flat=True)) if pool is not None else None
        return super().history_view(request, object_id, {**(extra_context or {}), "accounts_here": here})
