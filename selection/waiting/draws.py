"""What waits for somebody at a draw, and the invitations that an expert has not answered (第十三条)."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import F

from expertpool.addresses import address
from expertpool.pools.duties import Actor
from expertpool.pools.editions import edition_of
from expertpool.pools.models import Role
from expertpool.regulations import Regulation
from expertpool.web.waiting_item import WaitingItem
from selection.models import Attempt, ContactLine, DrawRequest, Invitation, Presence

# Enough for a first page; the list of requests holds the rest.
MOST = 50
State = DrawRequest.State
#: The duties of who has anything to do at a draw.
ACTS = ("draw.run", "draw.watch", "draw.share", "contact.run")


@dataclass(frozen=True)
class _Stage:
    """How far one draw is."""

    request: DrawRequest
    edition: Regulation
    last: Attempt | None
    line: str
    invited: bool
    drawers: frozenset[int]
    present: frozenset[int]


def draws_waiting(actor: Actor) -> list[WaitingItem]:
    """Draws that wait for the next act of who draws, contacts, watches or gives the share."""
    if actor.pool is None or not any(actor.opens(duty) for duty in ACTS):
        return []
    rows = list(
        DrawRequest.objects.visible_to(actor)
        .filter(state__in=[State.APPROVED, State.DRAWING])
        .select_related("pool", "draw")
        .order_by("starts_on", "pk")
    )
    # What runs is no more than a pool's present work; the first page is cut from what is his, not from what runs.
    found: list[WaitingItem] = []
    for stage in _stages(rows, actor):
        if (act := _act(stage, actor)) is not None:
            title, button, article = act
            request = stage.request
            where = address("draw", request.pk, pool=actor.pool)
            edition = stage.edition
            title = f"{title}：{request.number} {request.title}"
            found.append(WaitingItem(title, where, button, article=article, regulation=edition.code, edition=edition.file_hash))
            if len(found) == MOST:
                break
    return found


def _stages(rows: list[DrawRequest], actor: Actor) -> list[_Stage]:
    attempts: dict[int, list[Attempt]] = {}
    pks = [row.pk for row in rows]
    for attempt in (
        Attempt.objects.filter(draw__request__in=pks)
        .defer("secret", "pool_text", "manifest_text", "result_text", "abort_text")
        .order_by("round", "attempt")
        .select_related("draw")
    ):
        attempts.setdefault(attempt.draw.request_id, []).append(attempt)
    newest = [known[-1].pk for known in attempts.values()]
    lines: dict[int, str] = dict(ContactLine.objects.filter(attempt__in=newest).order_by("number").values_list("attempt_id", "text"))
    invited = set(Invitation.objects.filter(candidate__attempt__in=newest).values_list("candidate__attempt_id", flat=True))
    present: dict[int, set[int]] = {}
    for request, account in Presence.objects.filter(request__in=pks, left_at__isnull=True).values_list("request_id", "inspector_id"):
        present.setdefault(request, set()).add(account)
    found = []
    for row in rows:
        known = attempts.get(row.pk, [])
        last = known[-1] if known else None
        edition = edition_of(last.draw, row.pool) if last is not None else actor.edition
        found.append(
            _Stage(
                row,
                edition,
                last,
                lines.get(last.pk, "") if last is not None else "",
                last is not None and last.pk in invited,
                frozenset(one.frozen_by_id for one in known),
                frozenset(present.get(row.pk, ())),
            )
        )
    return found


def _act(stage: _Stage, actor: Actor) -> tuple[str, str, str] | None:
    """What a draw waits for from this actor: what it is, its button, its article; None where it waits for somebody else."""
    rules = stage.edition.draw
    if rules is None:
        return None

    def holds(duty: str) -> bool:
        return actor.holds(duty, organisation=stage.request.department_id, edition=stage.edition)

    last, me = stage.last, actor.account.pk
    if last is None or last.state == Attempt.State.ABORTED:
        if holds("draw.run"):
            return ("抽取专家" if last is None else "重新冻结名单"), "办理抽取", rules.article
        if last is None and me not in stage.present and (holds("draw.watch") or holds("draw.share")):
            return "监督专家抽取", "到场监督", rules.watched_article
        return None
    if last.state == Attempt.State.FROZEN:
        if holds("draw.share") and me not in stage.drawers:
            return "输入监督份额", "到抽取监督页", rules.share_article or rules.watched_article
        return None
    if stage.line.startswith("close|SHORTFALL"):
        return ("专家不足，补充抽取", "办理补充抽取", rules.article) if holds("draw.run") and rules.supplementary else None
    if not stage.invited and holds("contact.run"):
        contact = stage.edition.contact
        return "邀请候选专家", "发出邀请", contact.contact_article if contact else ""
    return None


def invitations_waiting(actor: Actor) -> list[WaitingItem]:
    """Invitations that the expert has not answered, over all his pools."""
    if actor.pool is not None or not actor.has_role(Role.EXPERT):
        return []
    rows = (
        Invitation.objects.visible_to(actor)
        .open()
        .select_related("candidate__attempt__draw__request__pool")
        .order_by(F("deadline").asc(), "pk")[:MOST]
    )
    found = []
    for row in rows:
        request = row.candidate.attempt.draw.request
        title = f"回复评审工作邀请：{request.title}"
        found.append(WaitingItem(title, address("my_invitation", row.pk), "查看并回复", due=row.deadline, pool=request.pool.name))
    return found


TELLERS: tuple[Callable[[Actor], list[WaitingItem]], ...] = (draws_waiting, invitations_waiting)
