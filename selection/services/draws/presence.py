"""到场监督: who watches a draw, and whether enough watch it (第十三条（二））."""

from django.db import transaction
from django.db.models import Q

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.ledger.services import record
from expertpool.pools import duties
from expertpool.pools.models import FOR_A_UNIT, Assignment
from expertpool.refusals import Refusal, refuse_if
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from selection.models import DrawRequest, Presence
from selection.services import contacts
from selection.services.acting import RUNNING, approval_article, draw_of, edition_for, no, why_not_duty


def present(request: DrawRequest) -> list[Presence]:
    """Who is in his place at the draw of ``request`` now."""
    return list(Presence.objects.filter(request=request, left_at__isnull=True).select_related("inspector"))


def is_present(request: DrawRequest, account: User) -> bool:
    """Whether ``account`` is in his place at the draw of ``request`` now."""
    return Presence.objects.filter(request=request, inspector=account, left_at__isnull=True).exists()


def why_not_watch(by: User, request: DrawRequest, regulation: Regulation) -> Refusal | None:
    """The reason why ``by`` has no place at this draw, or None: he watches it, or gives the share."""
    refusal = why_not_duty(by, "draw.watch", request, regulation)
    return refusal if refusal and why_not_duty(by, "draw.share", request, regulation) else None


def why_not_join(*, request: DrawRequest, regulation: Regulation, by: User) -> list[Refusal]:
    """Why ``by`` cannot take a place at the draw of ``request`` now; empty if he can."""
    found = [refusal] if (refusal := why_not_watch(by, request, regulation)) else []
    if request.state not in RUNNING | {DrawRequest.State.APPROVED}:
        text = "使用申请通过后，监督人员才能到场监督抽取。"
        found.append(no("state", text, regulation, approval_article(regulation)))
    return found


@acts_on("draw.watchers_required")
def why_not_watched(request: DrawRequest, regulation: Regulation, drawer: User) -> Refusal | None:
    """The reason why too few watch a draw that ``drawer`` is about to run, or None.

    So many different persons as the edition requires, of different roles as far as it names several; who draws does not
    watch himself.
    """
    rules = regulation.draw
    if rules is None or not rules.watchers_required:
        return None
    roles = duties.roles_for("draw.watch", regulation).roles
    there = [one.inspector_id for one in present(request) if one.inspector_id != drawer.pk]
    # A watcher whose assignment has ended since he came watches no more; a department watches its own draws.
    rows = Assignment.objects.standing_on(clock.today()).in_pool(request.pool).filter(account__in=there, role__in=roles)
    rows = rows.filter(~Q(role__in=FOR_A_UNIT) | Q(organisation=request.department_id))
    found = [(one.account_id, str(one.role)) for one in rows]
    persons, kinds = {account for account, _role in found}, {role for _account, role in found}
    if len(persons) >= rules.watchers_required and len(kinds) >= min(rules.watchers_required, len(roles)):
        return None
    names = duties.names_of([role for role in roles if role not in kinds] or roles, regulation)
    if rules.watchers_required == 1:
        text = f"监督人员（{names}）尚未到场，不能开始抽取。请监督人员登录后在抽取页面点“到场监督”。"
    else:
        text = f"抽取须有{rules.watchers_required}名监督人员到场，现有{len(persons)}名（尚缺{names}），不能开始抽取。"
    return no("no_inspector", text, regulation, rules.watched_article)


@transaction.atomic
@acts_on("draw.watched_by")
@acts_on("rules.practice", "watch")
def join(*, request: DrawRequest, by: User) -> Presence:
    """Somebody takes his place at a draw (第十三条（二）); doing it twice is one presence. Ledger ``presence.joined``.

    Refused for an account that neither watches nor gives the share, and before the approval.
    """
    request = contacts.lock_request(request.pk)
    regulation = edition_for(request, draw_of(request))
    refuse_if(*why_not_join(request=request, regulation=regulation, by=by))
    presence, created = Presence.objects.get_or_create(request=request, inspector=by, left_at=None)
    if created:
        subject, body = f"request:{request.pk}", {"presence": presence.pk}
        record("presence.joined", subject=subject, by=by, pool=request.pool.code, body=body)
    return presence


@transaction.atomic
def leave(*, request: DrawRequest, by: User) -> None:
    """A watcher leaves the draw; harmless when he is not there. Ledger ``presence.left``.

    Who is in his place may always leave it, also when his assignment has ended since he came.
    """
    request = contacts.lock_request(request.pk)
    presence = Presence.objects.filter(request=request, inspector=by, left_at__isnull=True).first()
    if presence is None:
        refuse_if(why_not_watch(by, request, edition_for(request, draw_of(request))))
        return
    presence.left_at = clock.now()
    presence.save(update_fields=["left_at"])
    record("presence.left", subject=f"request:{request.pk}", by=by, pool=request.pool.code, body={"presence": presence.pk})
