"""The back office: Django's admin, entered by role, opening on what waits."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from expertpool.accounts.models import User


class OfficeAdminSite(admin.AdminSite):
    """One sign-in for portal and back office; the first page lists what waits, by deadline."""

    site_header = _("专家库管理后台")
    site_title = _("专家库管理后台")
    index_title = _("待办事项")
    site_url = "/"
    index_template = "admin/house_index.html"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Only the back-office roles enter."""
        return bool(getattr(request.user, "is_staff", False))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Somebody without the right role is told so; somebody unknown signs in at the portal's door."""
        from django.contrib.auth.views import redirect_to_login
        from django.urls import reverse

        from expertpool.accounts.access import refusal_page, why_not_enter
        from expertpool.accounts.models import BACK_OFFICE_ROLES

        if request.user.is_authenticated:
            refusal = why_not_enter(request.user, frozenset(str(role) for role in BACK_OFFICE_ROLES))
            return refusal_page(request, refusal) if refusal else redirect("admin:index")
        return redirect_to_login(request.GET.get("next", reverse("admin:index")), reverse("login"))

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One's own password has one page, which leaves its trace; Django's own would leave none."""
        return redirect("password_change")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        from expertpool.core.waiting import waiting_for

        return super().index(request, {"waiting": waiting_for(cast("User", request.user)), **(extra_context or {})})


class OfficeAdminConfig(AdminConfig):
    """Puts :class:`OfficeAdminSite` in the place of Django's default site."""

    default_site = "expertpool.admin_site.OfficeAdminSite"
