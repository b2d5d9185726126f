"""The base of every page of the back office: permission by role, no deletion, and a history that only shows."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from simple_history.admin import SimpleHistoryAdmin

from expertpool.accounts.models import Role


class RolePermissions:
    """Permission of a back-office page by role. Nothing is ever deleted here.

    The three administrators see no names: a page that one of them opens says so in its own ``view_roles``.
    """

    view_roles: frozenset[str] = frozenset({Role.OFFICE})
    change_roles: frozenset[str] = frozenset({Role.OFFICE})
    add_roles: frozenset[str] = frozenset()

    def _is(self, request: HttpRequest, roles: frozenset[str]) -> bool:
        return bool(request.user.is_active and getattr(request.user, "role", "") in roles)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only the page's own filters narrow its list.

        Django also lets every column and every relation of the model stand in the address: a list of members narrowed to
        ``candidacies=17`` would tell who was drawn, a list of messages narrowed by recipient who was invited.
        """
        filters = [one[0] if isinstance(one, tuple | list) else one for one in getattr(self, "list_filter", ())]
        offered = [one if isinstance(one, str) else one.parameter_name for one in filters]
        if not any(lookup == name or lookup.startswith(f"{name}__") for name in offered):
            return False
        return super().lookup_allowed(lookup, value, request)  # type: ignore[misc]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is(request, self.view_roles | self.change_roles | self.add_roles)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is(request, self.change_roles)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is(request, self.add_roles)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class HouseInline(RolePermissions, admin.TabularInline):
    """Rows below another page; to look at unless a subclass opens them."""

    extra = 0
    change_roles = frozenset()


class HouseAdmin(RolePermissions, SimpleHistoryAdmin):
    """A page of the back office over a model with history."""

    list_per_page = 50
    show_full_result_count = False
    actions_selection_counter = True

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without "delete selected": what has a life cycle is never deleted."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def history_form_view(self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None) -> HttpResponse:
        """Show an old version; a POST would write the whole old row back over the present one, so it is refused."""
        if request.method != "GET":
            raise PermissionDenied
        return super().history_form_view(request, object_id, version_id, extra_context)


class ReadOnlyAdmin(RolePermissions, admin.ModelAdmin):
    """A page of the back office that only shows."""

    change_roles = frozenset()
    list_per_page = 50
    show_full_result_count = False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Nothing can be done to rows that are only shown."""
        return {}
