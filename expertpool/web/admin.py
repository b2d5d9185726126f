"""The base of every page of the back office: permission by duty, no deletion, and a history that only shows."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from simple_history.admin import SimpleHistoryAdmin

from .typed import whole


class HouseAutocomplete(AutocompleteSelect):
    """A box that looks its choices up; what was typed instead of choosing is refused by its field, and not looked up."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        """The chosen one, if a number was sent at all."""
        return super().optgroups(name, [one for one in value if whole(str(one)) is not None], attr)


class DutyPermissions:
    """Permission of a back-office page by duty inside a pool, by role among the installation's own pages. Nothing is deleted.

    Inside a pool (``/p/<code>/admin/``) who holds one of ``view_duties`` there sees the page, and only rows of that pool:
    ``pool_path`` is the way from the model to its pool (None: the rows belong to all pools, as organisations do).
    ``under`` is the way to what remembers the edition of a row ("": the row itself): then the page also opens for who holds the
    duty under an earlier edition, and shows him what was decided under that one. None: who looks is the word of the day's
    edition alone, as with the register, which nobody keeps under a rule that has passed. In the installation's back office
    (``/admin/``) the three administrators see the pages that name their role; they see no names.
    """

    view_duties: tuple[str, ...] = ()
    change_duties: tuple[str, ...] = ()
    add_duties: tuple[str, ...] = ()
    view_roles: frozenset[str] = frozenset()
    change_roles: frozenset[str] = frozenset()
    add_roles: frozenset[str] = frozenset()
    pool_path: str | None = "pool"
    under: str | None = None

    @property
    def _looking(self) -> tuple[str, ...]:
        return self.view_duties + self.change_duties + self.add_duties

    def _may(self, request: HttpRequest, duties: tuple[str, ...], roles: frozenset[str], *, to_look: bool = False) -> bool:
        """``to_look``: also by an earlier edition of the pool's regulation, where the rows remember theirs."""
        actor = getattr(request, "actor", None)
        if actor is None:
            return False
        if actor.pool is None:
            return bool(actor.has_role(*roles))
        earlier = to_look and self.under is not None
        return any(actor.opens(duty) if earlier else actor.holds(duty) for duty in duties)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows of the pool in whose back office we are, as far as the account looks at them."""
        rows = super().get_queryset(request)  # type: ignore[misc]
        pool = getattr(request, "pool", None)
        if self.pool_path is None or pool is None:
            return rows  # type: ignore[no-any-return]
        rows = rows.filter(**{self.pool_path: pool.pk})
        if self.under is None:
            return rows  # type: ignore[no-any-return]
        return rows.filter(request.actor.rows(*self._looking, under=self.under))  # type: ignore[attr-defined, no-any-return]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """With the house's box where choices are looked up."""
        if db_field.name in self.get_autocomplete_fields(request):  # type: ignore[attr-defined]
            kwargs.setdefault("widget", HouseAutocomplete(db_field, self.admin_site, using=kwargs.get("using")))  # type: ignore[attr-defined]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only the page's own filters narrow its list.

        Django also lets every column and every relation of the model stand in the address: a list of members narrowed to
        ``candidacies=17`` would tell who was drawn, a list of messages narrowed by recipient who was invited.
        """
        filters = [one[0] if isinstance(one, tuple | list) else one for one in getattr(self, "list_filter", ())]
        offered = [one if isinstance(one, str) else one.parameter_name for one in filters]
        if not any(lookup == name or lookup.startswith(f"{name}__") for name in offered):
            return False
        # Figures that no column holds: the database would refuse them with an error.
        if any(one.isdecimal() and whole(one) is None for one in str(value).split(",")):
            return False
        return super().lookup_allowed(lookup, value, request)  # type: ignore[misc]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self._looking, self.view_roles | self.change_roles | self.add_roles, to_look=True)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.change_duties, self.change_roles)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.add_duties, self.add_roles)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class HouseInline(DutyPermissions, admin.TabularInline):
    """Rows below another page, whose pool and edition are theirs; to look at unless a subclass opens them."""

    extra = 0
    pool_path = None
    under = ""


class HouseAdmin(DutyPermissions, SimpleHistoryAdmin):
    """A page of the back office over a model with history."""

    list_per_page = 50
    show_full_result_count = False
    actions_selection_counter = True

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without "delete selected": what has a life cycle is never deleted."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The history of a row that this page shows.

        The base class also shows the history of a row that it does not find, taking it for a deleted one: it would show
        another pool's.
        """
        self._refuse_unseen(request, object_id)
        return super().history_view(request, object_id, extra_context)

    def history_form_view(self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None) -> HttpResponse:
        """Show an old version; a POST would write the whole old row back over the present one, so it is refused."""
        if request.method != "GET":
            raise PermissionDenied
        self._refuse_unseen(request, object_id)
        if whole(version_id) is None:
            raise Http404
        return super().history_form_view(request, object_id, version_id, extra_context)

    def _refuse_unseen(self, request: HttpRequest, object_id: str) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if self.get_object(request, unquote(object_id)) is None:
            raise Http404


class ReadOnlyAdmin(DutyPermissions, admin.ModelAdmin):
    """A page of the back office that only shows."""

    list_per_page = 50
    show_full_result_count = False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Nothing can be done to rows that are only shown."""
        return {}
