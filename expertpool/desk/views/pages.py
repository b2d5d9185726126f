"""The public front page, the first page of an account, the rules in force, and the pages that say what went wrong."""

from copy import copy
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, ResolverMatch
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from expertpool import clock
from expertpool.addresses import address, same_page
from expertpool.desk.front_page import FrontPage
from expertpool.desk.rules_page import rules_in_force
from expertpool.desk.todos import waiting_everywhere, waiting_for
from expertpool.pools.access import Access, public, signed_in, why_not_enter
from expertpool.pools.duties import actor
from expertpool.pools.models import Pool, Role
from expertpool.refusals import Refusal, Refused
from expertpool.regulations import catalogue
from expertpool.web.admin import DutyPermissions


@public
@require_GET
def front(request: HttpRequest) -> HttpResponse:
    """The public front page: the pools, what is in publicity, the rules in force, how a draw is checked, sign in."""
    page = FrontPage.on(clock.today())
    context = {"cards": page.cards, "notices": page.notices, "editions": page.editions, **_verifiers()}
    return render(request, "desk/front.html", context if page.cards else {**context, "installed": _installed()})


def _verifiers() -> dict[str, str]:
    """The addresses of the verifiers, which are pages of a room above; none where that room is not installed."""
    try:
        return {name: address(name) for name in ("verify", "verify_file", "verify_script")}
    except NoReverseMatch:
        return {}


def _installed() -> list[Any]:
    """The newest edition of each installed regulation."""
    return list({one.code: one for one in catalogue.editions()}.values())


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """待办事项: what waits, the nearest deadline first, each with one button.

    Inside a pool what waits there; outside what waits in all pools of the account. Who acts in one pool only is led into it.
    """
    who = request.actor  # type: ignore[attr-defined]
    if who.pool is not None:
        return render(request, "desk/home.html", {"items": waiting_for(who)})
    pools = list(Pool.objects.of(who.account, who.on))
    if len(pools) == 1 and not who.assignments:
        return redirect(address("home", pool=pools[0]))
    context = {
        "items": waiting_everywhere(who.account, who.on, pools),
        "own_pools": pools,
        "nothing_held": not pools and not who.assignments,
    }
    return render(request, "desk/home.html", context)


@signed_in
@require_GET
def switch(request: HttpRequest, code: str) -> HttpResponse:
    """Lead from a page of one pool (``?from=``) to the same kind of page of another, if it opens for the account there."""
    account = request.actor.account  # type: ignore[attr-defined]
    pool = get_object_or_404(Pool.objects.of(account, clock.today()), code=code)
    there: Any = copy(request)
    there.pool, there.actor = pool, actor(account, pool, clock.today())

    def opens(found: ResolverMatch) -> bool:
        try:
            if found.app_name == "admin":
                page = getattr(found.func, "model_admin", None)
                return admin.site.has_permission(there) and (page is None or page.has_view_permission(there))
            return why_not_enter(there.actor, getattr(found.func, "access", None)) is None
        except Refused:
            return False

    return redirect(same_page(request.GET.get("from", "/"), pool, opens))


@public
def rules(request: HttpRequest, code: str) -> HttpResponse:
    """现行规定: a regulation article by article, and what the software does with each; ``?edition=<hash>`` an earlier edition."""
    if not catalogue.editions(code):
        raise Http404
    return render(request, "desk/rules.html", rules_in_force(code, clock.today(), request.GET.get("edition", "")))


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was open for too long or came from elsewhere (Django's CSRF protection); nothing was saved."""
    return render(request, "csrf.html", {"back": request.path}, status=403)


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """400, without context processors: the address itself may be what is wrong."""
    return HttpResponse(render_to_string("400.html"), status=400)


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """403 from a view that raised PermissionDenied; of a page of the back office it says whose it is."""
    return render(request, "403.html", {"why": str(exception or "") or _why_not_back_office(request)}, status=403)


def _why_not_back_office(request: HttpRequest) -> str:
    match, who = getattr(request, "resolver_match", None), getattr(request, "actor", None)
    page = getattr(getattr(match, "func", None), "model_admin", None)
    if who is None or not isinstance(page, DutyPermissions):
        return ""
    duties = page.view_duties + page.change_duties + page.add_duties
    roles = page.view_roles | page.change_roles | page.add_roles
    if who.pool is None and not roles:
        return str(_("该页面在各专家库自己的后台中，请从该专家库的页面进入。"))
    if who.pool is not None and not duties:
        names = "、".join(str(Role(role).label) for role in sorted(roles))
        return str(_("该页面不属于某个专家库，供%(roles)s在系统后台使用。") % {"roles": names})
    try:
        refusal: Refusal | None = why_not_enter(who, Access(duties=duties) if who.pool is not None else Access(roles=tuple(sorted(roles))))
    except Refused as refused:
        refusal = refused.refusals[0]
    return str(refusal or "")


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """404."""
    return render(request, "404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """500, without context processors: they may be what is broken."""
    return HttpResponse(render_to_string("500.html"), status=500)
