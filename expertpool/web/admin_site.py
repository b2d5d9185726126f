"""The back office: Django's admin, once inside each pool and once for the installation, entered by duty."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from expertpool.addresses import address


class OfficeAdminSite(admin.AdminSite):
    """One sign-in for portal and back office; inside a pool it shows that pool and nothing else."""

    site_header = _("专家库管理后台")
    site_title = _("专家库管理后台")
    index_title = _("待办事项")
    site_url = "/"
    index_template = "admin/house_index.html"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Whoever sees at least one page here: holders of a duty inside a pool, the three administrators outside."""
        if not request.user.is_authenticated or not request.user.is_active:
            return False
        return any(page.has_module_permission(request) for page in self._registry.values())

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Somebody without a page here is told so; somebody unknown signs in at the portal's door."""
        if not request.user.is_authenticated:
            return redirect(f"{address('login')}?{urlencode({'next': request.GET.get('next', reverse('admin:index'))})}")
        if self.has_permission(request):
            return redirect("admin:index")
        if getattr(request, "pool", None) is None:
            raise PermissionDenied(_("这里的后台供系统、安全、审计管理员使用。各专家库的后台请从该专家库的页面进入。"))
        raise PermissionDenied(_("后台供管理本专家库的人员使用，您没有这样的职责。"))

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One's own password has one page, which leaves its trace; Django's own would leave none."""
        return redirect(address("password_change"))


class OfficeAdminConfig(AdminConfig):
    """Puts :class:`OfficeAdminSite` in the place of Django's default site."""

    default_site = "expertpool.web.admin_site.OfficeAdminSite"
