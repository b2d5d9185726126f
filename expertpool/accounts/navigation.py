"""The navigation of each role: labels and URL names, nothing else."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from .models import Role

HOME = (_("待办事项"), "home")
MESSAGES = (_("消息"), "messages")
RULES = (_("现行规定"), "rules")

NAVIGATION: dict[str, list[tuple[Any, str]]] = {
    Role.RECOMMENDING_UNIT: [HOME, (_("入库申请"), "applications"), (_("批量导入"), "application_import"), MESSAGES, RULES],
    Role.EMPLOYER: [HOME, (_("真实性审核"), "endorsements"), MESSAGES, RULES],
    Role.EXPERT: [
        HOME,
        (_("我的档案"), "profile"),
        (_("入库申请"), "applications"),
        (_("我的邀请"), "my_invitations"),
        (_("履职评价"), "my_scores"),
        MESSAGES,
        RULES,
    ],
    Role.OFFICE: [HOME, (_("使用申请"), "requests"), (_("后台管理"), "admin:index"), MESSAGES, RULES],
    Role.LEADER: [HOME, (_("使用申请"), "requests"), (_("入库审定"), "batches"), MESSAGES, RULES],
    Role.DEPARTMENT: [HOME, (_("使用申请"), "requests"), (_("履职评价"), "evaluations"), MESSAGES, RULES],
    Role.INSPECTOR: [HOME, (_("使用申请"), "requests"), (_("公示"), "publicities"), (_("留痕"), "ledger"), MESSAGES, RULES],
    Role.SYSTEM_ADMIN: [HOME, (_("后台管理"), "admin:index"), RULES],
    Role.SECURITY_ADMIN: [HOME, (_("后台管理"), "admin:index"), RULES],
    Role.AUDIT_ADMIN: [HOME, (_("留痕"), "ledger"), (_("后台管理"), "admin:index"), RULES],
}


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Template context: the links of the signed-in account's role, each with whether it is the open page."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"navigation": []}
    links = []
    for label, name in NAVIGATION.get(user.role, []):
        try:
            address = reverse(name)
        except NoReverseMatch:
            continue
        here = request.path == address or (name != "home" and address != "/" and request.path.startswith(address))
        links.append({"label": label, "url": address, "here": here})
    return {"navigation": links}
