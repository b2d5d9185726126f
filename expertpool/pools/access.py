"""Which page opens for whom.

Every view says so with :func:`needs`, :func:`for_roles`, :func:`signed_in` or :func:`public`; the middleware refuses a view
that says nothing, so a forgotten declaration shuts a page instead of opening it. Inside a pool a page names **duties**; who
holds them is the edition's word. What somebody may do to one particular object is decided by the ``why_not_…`` predicates
beside the object's services, which ask the same duties of the edition that the object was decided under. So a page opens
for who holds a duty under any edition of the pool's regulation that has begun: what began under an earlier one is finished
under it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from expertpool import clock
from expertpool.addresses import address
from expertpool.refusals import Refusal, Refused
from expertpool.regulations.catalogue import NoEditionInForce

from .duties import Actor, actor, names_of, roles_for, words_of
from .models import Role

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Access:
    """Who may call a view: everybody (``public``), every account (``signed_in``), holders of a duty, holders of a role."""

    public: bool = False
    signed_in: bool = False
    duties: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


def _declare(access: Access) -> Callable[[View], View]:
    def declare(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return declare


def needs(*duties: str) -> Callable[[View], View]:
    """Declare that inside a pool only who holds one of these duties there may call the view."""
    return _declare(Access(duties=duties))


def for_roles(*roles: str) -> Callable[[View], View]:
    """Declare that only who is one of these may call the view: for the pages of experts, employers and administrators."""
    return _declare(Access(roles=tuple(str(role) for role in roles)))


def needs_or_roles(duties: tuple[str, ...], roles: tuple[str, ...]) -> Callable[[View], View]:
    """Declare a page that stands inside a pool (then ``duties`` count) and among a person's own pages (then ``roles``)."""
    return _declare(Access(duties=duties, roles=tuple(str(role) for role in roles)))


def signed_in(view: View) -> View:
    """Declare that every signed-in account may call the view; inside a pool: every account that holds anything there."""
    return _declare(Access(signed_in=True))(view)


def public(view: View) -> View:
    """Declare that the view needs no account."""
    return _declare(Access(public=True))(view)


def why_not_enter(who: Actor, access: Access | None) -> Refusal | None:
    """The reason why ``who`` may not call a view declared with ``access``, or None."""
    if access is None:
        return Refusal("undeclared", _("该页面没有登记访问权限，已拒绝打开。请联系系统管理员。"))
    if access.public:
        return None
    if who.pool is None:
        if access.signed_in or (access.roles and who.has_role(*access.roles)):
            return None
        if not access.roles:
            return Refusal("pool", _("请先选择专家库。"))
        names = "、".join(str(Role(role).label) for role in access.roles)
        return Refusal("role", _("该页面仅供%(roles)s使用，您没有这样的任职。") % {"roles": names})
    if not who.assignments:
        return Refusal("no-assignment", _("您在“%(pool)s”没有任职，不能打开它的页面。") % {"pool": who.pool.name})
    if access.signed_in or any(who.opens(duty) for duty in access.duties):
        return None
    if access.roles and who.has_role(*access.roles):
        return None
    if len(access.duties) == 1 and (refusal := who.why_not(access.duties[0])) is not None:
        return refusal
    roles = dict.fromkeys(role for duty in access.duties for role in roles_for(duty, who.edition).roles)
    what = "、".join(dict.fromkeys(words_of(duty, who.edition) for duty in access.duties))
    names = names_of(roles, who.edition)
    return Refusal("duty", _("该页面供%(roles)s（%(what)s）使用，您在本专家库没有这样的职责。") % {"roles": names, "what": what})


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
    """Applies the declarations before a view runs; ``request.actor`` is who asks. The back office guards itself (web.admin)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = actor(request.user, request.pool, clock.today())  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        if match is not None and match.app_name == "admin":
            return None
        access: Access | None = getattr(view, "access", None)
        if not (access is not None and access.public) and not request.user.is_authenticated:
            if request.method == "POST":
                messages.warning(request, _("登录已过期，刚才的提交没有保存。重新登录后可以恢复已填的内容。"))
                return redirect_to_login(_page_of_form(request), address("login"))
            return redirect_to_login(request.get_full_path(), address("login"))
        try:
            refusal = why_not_enter(request.actor, access)  # type: ignore[attr-defined]
        except Refused as refused:
            return refusal_page(request, refused.refusals[0], status=409)
        return refusal_page(request, refusal) if refusal else None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A refusal that no form could show becomes a page of its own: the service has changed nothing."""
        if isinstance(exception, Refused):
            return refusal_page(request, exception.refusals[0], status=409)
        if isinstance(exception, NoEditionInForce):
            return refusal_page(request, Refusal("no-edition", str(exception)), status=409)
        return None
