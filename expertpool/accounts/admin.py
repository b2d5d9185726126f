"""Accounts and organisations in the back office."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from expertpool.core.admin import HouseAdmin, HouseInline

from . import services
from .forms import AccountForm
from .models import Organisation, OrganisationName, Role, User

if admin.site.is_registered(Group):
    admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(HouseAdmin):
    """账号: the security administrator opens and closes them, the office looks them up."""

    view_roles = frozenset({Role.OFFICE, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
    change_roles = frozenset({Role.SECURITY_ADMIN})
    add_roles = frozenset({Role.SECURITY_ADMIN})
    form = AccountForm
    list_display = ["username", "name", "role", "organisation", "is_active", "last_login"]
    list_filter = ["role", "is_active"]
    list_select_related = ["organisation"]
    search_fields = ["username", "name", "organisation__name"]
    search_help_text = _("按账号、姓名或单位名称查找")
    autocomplete_fields = ["organisation"]
    readonly_fields = ["date_joined", "last_login"]
    fieldsets = [
        (None, {"fields": ["username", "name", "role", "organisation", "email", "is_active"]}),
        (_("密码"), {"fields": ["new_password"]}),
        (_("使用情况"), {"fields": ["date_joined", "last_login"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Without the experts for the audit administrator: the ledger tells him whose account answered, by its number."""
        rows = super().get_queryset(request)
        return rows.exclude(role=Role.EXPERT) if getattr(request.user, "role", "") == Role.AUDIT_ADMIN else rows

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
    add_roles = frozenset({Role.OFFICE})
    change_roles = frozenset({Role.OFFICE})
    view_roles = frozenset({Role.OFFICE, Role.SECURITY_ADMIN})


@admin.register(Organisation)
class OrganisationAdmin(HouseAdmin):
    """单位: kept by the office."""

    view_roles = frozenset({Role.OFFICE, Role.SECURITY_ADMIN})
    add_roles = frozenset({Role.OFFICE})
    list_display = ["code", "name", "kind", "parent", "relation", "recommends"]
    list_filter = ["kind", "recommends"]
    list_select_related = ["parent"]
    search_fields = ["name", "code", "uscc", "names__name"]
    search_help_text = _("按单位名称（含曾用名）、编号或统一社会信用代码查找")
    autocomplete_fields = ["parent"]
    inlines = [OrganisationNameInline]
