"""The navigation: which pages stand in the header, by duty inside a pool and by role outside; and the switch between pools."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import NoReverseMatch, Resolver404, get_script_prefix, resolve, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from expertpool.addresses import address
from expertpool.pools.access import Access, why_not_enter
from expertpool.pools.duties import Actor
from expertpool.pools.models import Pool, Role
from expertpool.refusals import Refused

BACK_OFFICE = "admin:index"


@dataclass(frozen=True)
class Link:
    """A page of the navigation: its name, and whose work it is (a duty inside a pool, roles outside)."""

    label: Any
    name: str
    duties: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()


#: Inside a pool, in this order. A page may also open for others who follow a link to it; here stand those who work on it.
IN_A_POOL = (
    Link(_("入库申请"), "applications", ("applications.file", "applications.manage")),
    Link(_("批量导入"), "application_import", ("applications.file_several",)),
    Link(_("入库审核"), "endorsements", ("intake.*",)),
    Link(_("入库审定"), "batches", ("intake.@list", "publicity.exempt")),
    Link(_("公示"), "publicities", ("publicity.read",)),
    Link(_("使用申请"), "requests", ("requests.read",)),
    Link(_("履职评价"), "evaluations", ("evaluation.score",)),
    Link(_("留痕"), "ledger", ("ledger.read",)),
)
#: On the pages of no pool.
OUTSIDE = (
    Link(_("真实性审核"), "endorsements", roles=frozenset({Role.EMPLOYER})),
    Link(_("我的档案"), "profile", roles=frozenset({Role.EXPERT})),
    Link(_("入库申请"), "applications", roles=frozenset({Role.EXPERT})),
    Link(_("我的邀请"), "my_invitations", roles=frozenset({Role.EXPERT})),
    Link(_("履职评价"), "my_scores", roles=frozenset({Role.EXPERT})),
    Link(_("留痕"), "ledger", roles=frozenset({Role.AUDIT_ADMIN})),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Template context: the pool, the links of the signed-in account here, what it is here, and its pools.

    Each is worked out when a page shows it: a fragment that has no header asks the database nothing.
    """
    who: Actor | None = getattr(request, "actor", None)
    pool: Pool | None = getattr(request, "pool", None)
    if who is None or not who.account.is_authenticated:
        return {"pool": pool, "navigation": [], "pools": [], "roles_here": ""}
    return {
        "pool": pool,
        "navigation": SimpleLazyObject(lambda: _links(request, who)),
        "pools": SimpleLazyObject(lambda: list(Pool.objects.of(who.account, who.on))),
        "roles_here": SimpleLazyObject(lambda: _unless_refused(lambda: roles_here(who), "")),
    }


def _links(request: HttpRequest, who: Actor) -> list[dict[str, Any]]:
    links = [(_("待办事项"), "home")]
    if who.pool is not None:
        held = _unless_refused(lambda: {duty for one in IN_A_POOL for duty in one.duties if who.holds(duty)}, set())
        chosen = [one for one in IN_A_POOL if held.intersection(one.duties) and _is_here(one, who)]
    else:
        chosen = [one for one in OUTSIDE if who.has_role(*one.roles)]
    links += [(one.label, one.name) for one in chosen]
    shown = [_shown(request, who, label, name) for label, name in links]
    if _unless_refused(lambda: admin.site.has_permission(request), False):
        shown.append(_shown(request, who, _("后台管理"), BACK_OFFICE))
    messages = address("messages")
    shown.append({"label": _("消息"), "url": messages, "here": request.path.startswith(messages)})
    if who.pool is not None:
        shown.append({"label": _("现行规定"), "url": address("rules", who.pool.regulation_code), "here": False})
    return [link for link in shown if link is not None]


def _is_here(link: Link, who: Actor) -> bool:
    """Whether the pool's edition knows what the page is about."""
    return link.name != "publicities" or _unless_refused(lambda: who.edition.publicity is not None, True)


def _shown(request: HttpRequest, who: Actor, label: Any, name: str) -> dict[str, Any] | None:
    """A link, if there is such a page here and it opens for ``who``: the navigation offers nothing that refuses."""
    try:
        url = reverse(name)
        view = resolve("/" + url.removeprefix(get_script_prefix())).func
    except (NoReverseMatch, Resolver404):
        return None
    access: Access | None = getattr(view, "access", None)
    if name != BACK_OFFICE and _unless_refused(lambda: why_not_enter(who, access), True) is not None:
        return None
    here = request.path == url or (name != "home" and request.path.startswith(url))
    return {"label": label, "url": url, "here": here}


def roles_here(who: Actor) -> str:
    """The account's roles as this pool's edition calls them, each with its unit; outside a pool by their general names."""
    if who.pool is None:
        return "、".join(dict.fromkeys(str(Role(one.role).label) for one in who.assignments))
    return "、".join(dict.fromkeys(who.edition.labels.of(str(one.role)) for one in who.assignments if one.pool_id))


def _unless_refused(ask: Callable[[], Any], otherwise: Any) -> Any:
    """The answer; ``otherwise`` where no edition of the regulation is installed, so that the page that says so can be shown."""
    try:
        return ask()
    except Refused:
        return otherwise
