"""What waits for somebody in this room; one teller a subject, each with a constant number of queries."""

from collections.abc import Callable
from datetime import date

from django.db.models import F
from django.urls import reverse

from expertpool.accounts.models import Role, User
from expertpool.core.templatetags.house import cn_date
from expertpool.core.waiting import WaitingItem
from experts.services.editions import edition_or_latest
from selection.domain.lifecycles import WAITS_FOR
from selection.models import Attempt, ContactLine, DrawRequest, Invitation, Waiver
from selection.services.requests import step_due

# Enough for a first page; the list of requests holds the rest.
MOST = 50


def requests_waiting(user: User, on: date) -> list[WaitingItem]:
    """Drafts and returned requests of a department; requests that wait for this role's approval."""
    rows = DrawRequest.objects.visible_to(user).select_related("department", "pool").order_by("pk")
    if user.role == Role.DEPARTMENT:
        return [_own(row) for row in rows.filter(state__in=["draft", "returned"])[:MOST]]
    if user.role not in WAITS_FOR:
        return []
    return [_approval(row, on) for row in rows.filter(state=WAITS_FOR[user.role])[:MOST]]


def _own(row: DrawRequest) -> WaitingItem:
    address = reverse("request_edit", args=[row.pk])
    name = f"{row.number} {row.title}".strip()
    if row.state == DrawRequest.State.RETURNED:
        return WaitingItem(f"使用申请需要补充信息：{name}", reverse("request", args=[row.pk]), "查看并补充")
    return WaitingItem(f"使用申请草稿：{name}", address, "继续填写")


def _approval(row: DrawRequest, on: date) -> WaitingItem:
    regulation = edition_or_latest(row.pool, on)
    step = step_due(row, regulation)
    timed = step is not None and step.workdays is not None
    return WaitingItem(
        f"审批使用申请：{row.number} {row.title}",
        reverse("request", args=[row.pk]),
        "办理",
        due=row.office_due_at if timed else None,
        detail=f"{row.department.name}，活动时间 {cn_date(row.starts_on)}至{cn_date(row.ends_on)}",
        article=(step.workdays_article or step.article) if step else "",
        regulation=regulation.code,
    )


def waivers_waiting(user: User, on: date) -> list[WaitingItem]:
    """Waivers that wait for the inspector's countersignature."""
    if user.role != Role.INSPECTOR:
        return []
    rows = Waiver.objects.filter(
        countersigned_at__isnull=True, request__state__in=["approved", "drawing"], at__gte=F("request__approved_at")
    ).select_related("request__pool")[:MOST]
    return [
        WaitingItem(
            f"会签豁免：{row.request.number} {row.request.title}",
            reverse("request", args=[row.request_id]) + "#waivers",
            "查看并会签",
            article=row.article,
            regulation=row.request.pool.regulation_code,
        )
        for row in rows
    ]


def draws_waiting(user: User, on: date) -> list[WaitingItem]:
    """Draws that wait for the office's next step, or for the inspector: presence, share （第十三条）."""
    if user.role not in {Role.OFFICE, Role.INSPECTOR}:
        return []
    rows = DrawRequest.objects.filter(state__in=["approved", "drawing"]).select_related("pool", "draw").order_by("starts_on", "pk")[:MOST]
    attempts: dict[int, Attempt] = {}
    for attempt in Attempt.objects.filter(draw__request__in=[row.pk for row in rows]).order_by("round", "attempt").select_related("draw"):
        attempts[attempt.draw.request_id] = attempt
    newest = [one.pk for one in attempts.values()]
    lines: dict[int, str] = dict(ContactLine.objects.filter(attempt__in=newest).order_by("number").values_list("attempt_id", "text"))
    invited = set(Invitation.objects.filter(candidate__attempt__in=newest).values_list("candidate__attempt_id", flat=True))
    found = []
    for row in rows:
        last = attempts.get(row.pk)
        act = _draw_act(user, last, lines.get(last.pk, "") if last else "", last is not None and last.pk in invited)
        if act:
            rules = edition_or_latest(row.pool, on).draw
            title = f"{act[0]}：{row.number} {row.title}"
            address = reverse("draw", args=[row.pk])
            article = (rules.watched_article if user.role == Role.INSPECTOR else rules.article) if rules else ""
            found.append(WaitingItem(title, address, act[1], article=article, regulation=row.pool.regulation_code))
    return found


def _draw_act(user: User, last: Attempt | None, line: str, invited: bool) -> tuple[str, str] | None:
    """What a draw waits for from this role: what it is, and its button."""
    inspector = user.role == Role.INSPECTOR
    if last is None:
        return ("监督专家抽取", "到场监督") if inspector else ("抽取专家", "办理抽取")
    if last.state == Attempt.State.FROZEN:
        return ("输入监督份额", "到抽取监督页") if inspector else None
    if inspector:
        return None
    if last.state == Attempt.State.ABORTED:
        return "重新冻结名单", "办理抽取"
    if line.startswith("close|SHORTFALL"):
        return "专家不足，补充抽取", "办理补充抽取"
    return None if invited or line else ("邀请候选专家", "发出邀请")


def invitations_waiting(user: User, on: date) -> list[WaitingItem]:
    """Invitations that the expert has not answered."""
    if user.role != Role.EXPERT:
        return []
    rows = (
        Invitation.objects.open()
        .filter(candidate__membership__expert__user=user)
        .select_related("candidate__attempt__draw__request__pool")
        .order_by("deadline")[:MOST]
    )
    found = []
    for row in rows:
        request = row.candidate.attempt.draw.request
        address = reverse("my_invitation", args=[row.pk])
        found.append(WaitingItem(f"回复评审工作邀请：{request.title}", address, "查看并回复", due=row.deadline))
    return found


TELLERS: list[Callable[[User, date], list[WaitingItem]]] = [requests_waiting, waivers_waiting, draws_waiting, invitations_waiting]


def waiting(user: User, on: date) -> list[WaitingItem]:
    """Everything of this room that waits for ``user`` on the Beijing day ``on``."""
    return [item for teller in TELLERS for item in teller(user, on)]
