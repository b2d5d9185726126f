"""Which role opens which page.

Every view says so with :func:`allow` or :func:`public`; the middleware refuses a view that says nothing, so a
forgotten declaration shuts a page instead of opening it. What a role may do to one particular object is
decided by the ``why_not_…`` predicates beside the object's services.
"""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from expertpool.refusals import Refusal, Refused
from expertpool.regulations.catalogue import NoEditionInForce

from .models import Role, User

View = TypeVar("View", bound=Callable[..., Any])

EVERYONE = frozenset(Role.values)
PUBLIC: frozenset[str] = frozenset()


def allow(*roles: str) -> Callable[[View], View]:
    """Declare that only accounts in one of ``roles`` may call the view."""

    def declare(view: View) -> View:
        view.access = frozenset(str(role) for role in roles)  # type: ignore[attr-defined]
        return view

    return declare


def signed_in(view: View) -> View:
    """Declare that every signed-in account may call the view."""
    return allow(*EVERYONE)(view)


def public(view: View) -> View:
    """Declare that the view needs no account."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def why_not_enter(user: Any, access: frozenset[str] | None) -> Refusal | None:
    """The reason why ``user`` may not call a view declared with ``access``, or None."""
    if access is None:
        return Refusal("undeclared", _("该页面没有登记访问权限，已拒绝打开。请联系系统管理员。"))
    if access == PUBLIC or (isinstance(user, User) and user.role in access):
        return None
    names = "、".join(str(Role(role).label) for role in sorted(access))
    return Refusal("role", _("该页面仅供%(roles)s使用，您的账号角色是“%(role)s”。") % {"roles": names, "role": user.get_role_display()})


def refusal_page(request: HttpRequest, refusal: Refusal, status: int = 403) -> HttpResponse:
    """The page that tells a user why a door stays shut (403) or an act was not done (409)."""
    heading = _("不能打开这个页面") if status == 403 else _("不能办理，没有作任何改动")
    return render(request, "refused.html", {"refusal": refusal, "heading": heading, "status": status}, status=status)


def _page_of_form(request: HttpRequest) -> str:
    """The page of this site on which a posted form stood; its target where the browser does not tell."""
    try:
        page = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        page = urlsplit("")
    if page.netloc != request.get_host() or not page.path.startswith("/") or page.path.startswith("//"):
        return request.get_full_path()
    return f"{page.path}?{page.query}" if page.query else page.path


class AccessMiddleware:
    """Applies the declarations before a view runs. Django's admin guards itself (expertpool.admin_site)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        if match is not None and match.app_name == "admin":
            return None
        access = getattr(view, "access", None)
        if access != PUBLIC and not request.user.is_authenticated:
            if request.method == "POST":
                messages.warning(request, _("登录已过期，刚才的提交没有保存。重新登录后可以恢复已填的内容。"))
                return redirect_to_login(_page_of_form(request), reverse("login"))
            return redirect_to_login(request.get_full_path(), reverse("login"))
        refusal = why_not_enter(request.user, access)
        return refusal_page(request, refusal) if refusal else None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A refusal that no form could show becomes a page of its own: the service has changed nothing."""
        if isinstance(exception, Refused):
            return refusal_page(request, exception.refusals[0], status=409)
        if isinstance(exception, NoEditionInForce):
            return refusal_page(request, Refusal("no-edition", str(exception)), status=409)
        return None
