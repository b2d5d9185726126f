"""What waits for somebody about requests: his drafts, the approval that is his, a waiver to countersign."""

from collections.abc import Callable

from django.db.models import F, Q

from expertpool.addresses import address
from expertpool.pools.duties import Actor
from expertpool.pools.editions import edition_of
from expertpool.pools.models import Pool
from expertpool.web.templatetags.house import cn_date
from expertpool.web.waiting_item import WaitingItem
from selection.domain.lifecycles import EDITABLE
from selection.models import DrawRequest, Waiver, reach_of_approval
from selection.services.requests import step_due, why_not_approve
from selection.services.waivers import why_not_countersign

# Enough for a first page; the list of requests holds the rest.
MOST = 50
State = DrawRequest.State


def drafts_waiting(actor: Actor) -> list[WaitingItem]:
    """Drafts and returned requests of the units for which the actor files."""
    if actor.pool is None or not actor.holds("requests.file"):
        return []
    rows = DrawRequest.objects.filter(pool=actor.pool, state__in=EDITABLE).order_by("pk")
    units = actor.reach("requests.file")
    if units is not None:
        rows = rows.filter(department__in=units)
    return [_own(row, actor.pool) for row in rows[:MOST]]


def _own(row: DrawRequest, pool: Pool) -> WaitingItem:
    name = f"{row.number} {row.title}".strip()
    if row.state == State.RETURNED:
        return WaitingItem(f"使用申请需要补充信息：{name}", address("request", row.pk, pool=pool), "查看并补充")
    return WaitingItem(f"使用申请草稿：{name}", address("request_edit", row.pk, pool=pool), "继续填写")


def approvals_waiting(actor: Actor) -> list[WaitingItem]:
    """Requests whose step that is due the actor may answer, each by the edition that it was submitted under."""
    if actor.pool is None:
        return []
    under = DrawRequest.objects.filter(pool=actor.pool, state=State.UNDER_APPROVAL)
    mine = Q(pk__in=[])
    # One request stands for all that wait at the same step of the same edition; a unit's own step is asked row by row.
    for one in _one_of_each(actor.pool):
        edition = edition_of(one, actor.pool)
        step = step_due(one, edition)
        reach = reach_of_approval(actor, step) if step is not None else frozenset()
        here = Q(rule_code=one.rule_code, rule_hash=one.rule_hash, rule_edition=one.rule_edition, step=one.step)
        mine |= here if reach is None else here & Q(department__in=reach)
    rows = under.filter(mine).select_related("department", "pool").order_by(F("due_at").asc(nulls_last=True), "pk")[:MOST]
    return [item for row in rows if (item := _approval(row, actor)) is not None]


def _one_of_each(pool: Pool) -> list[DrawRequest]:
    kinds = (
        DrawRequest.objects.filter(pool=pool, state=State.UNDER_APPROVAL)
        .order_by()
        .values_list("rule_code", "rule_edition", "rule_hash", "step")
        .distinct()
    )
    return [
        DrawRequest(pool=pool, state=State.UNDER_APPROVAL, rule_code=code, rule_edition=edition, rule_hash=file_hash, step=step)
        for code, edition, file_hash, step in kinds
    ]


def _approval(row: DrawRequest, actor: Actor) -> WaitingItem | None:
    edition = edition_of(row, row.pool)
    step = step_due(row, edition)
    if step is None or why_not_approve(row, actor, edition) is not None:
        return None
    return WaitingItem(
        f"审批使用申请：{row.number} {row.title}",
        address("request", row.pk, pool=row.pool),
        "办理",
        due=row.due_at,
        detail=f"{step.name}，{row.department.name}，活动时间 {cn_date(row.starts_on)}至{cn_date(row.ends_on)}",
        article=(step.workdays_article if step.workdays is not None else "") or step.article,
        regulation=edition.code,
        edition=row.rule_hash,
    )


def waivers_waiting(actor: Actor) -> list[WaitingItem]:
    """Waivers that wait for the actor's countersignature."""
    if actor.pool is None or not actor.opens("draw.countersign"):
        return []
    rows = (
        Waiver.objects.filter(
            request__pool=actor.pool,
            countersigned_at__isnull=True,
            request__state__in=[State.APPROVED, State.DRAWING],
            at__gte=F("request__approved_at"),
        )
        .exclude(by=actor.account)
        .select_related("request__pool", "request__draw")
        .order_by("pk")
    )
    # Each is judged by its draw's edition, so the first page is cut from what is his, not from what waits.
    found: list[WaitingItem] = []
    for row in rows:
        draw = getattr(row.request, "draw", None)
        edition = edition_of(draw, actor.pool) if draw else actor.edition
        if why_not_countersign(row, actor, edition) is None:
            where = address("request", row.request_id, pool=actor.pool) + "#waivers"
            title = f"会签豁免：{row.request.number} {row.request.title}"
            found.append(WaitingItem(title, where, "查看并会签", article=row.article, regulation=edition.code, edition=edition.file_hash))
    return found[:MOST]


TELLERS: tuple[Callable[[Actor], list[WaitingItem]], ...] = (drafts_waiting, approvals_waiting, waivers_waiting)
