"""What waits in this room: attendance to record, evaluations to fill in and to sign, reports to settle."""

from collections import defaultdict

from django.db.models import Q
from django.utils.translation import gettext as _

from evaluation.models import UNIT, Evaluation, ViolationReport
from evaluation.services.editions import of_evaluation, of_report
from evaluation.services.evaluations import deadline
from expertpool import clock
from expertpool.addresses import address
from expertpool.pools.duties import Actor
from expertpool.pools.models import Pool
from expertpool.web.waiting_item import WaitingItem
from expertpool.workcalendar.services import table
from selection.models import DrawRequest
from selection.services.acting import edition_of_activity

State = Evaluation.State
KEEP = "members.keep"
RUNNING = (DrawRequest.State.DRAWING, DrawRequest.State.CONFIRMED)


def waiting(actor: Actor) -> list[WaitingItem]:
    """Everything of this room that waits for ``actor`` in his pool; outside the pools nothing does."""
    if actor.pool is None:
        return []
    return [*_attendance(actor, actor.pool), *_evaluations(actor, actor.pool), *_reports(actor, actor.pool)]


def _attendance(actor: Actor, pool: Pool) -> list[WaitingItem]:
    if not actor.opens("attendance.record"):
        return []
    begun = DrawRequest.objects.visible_to(actor).filter(state__in=RUNNING, starts_on__lte=actor.on).select_related("pool", "draw")
    begun = begun.filter(participations__seated=True, participations__state="standing").distinct()
    items: list[WaitingItem] = []
    days = None
    for request in begun:
        edition = edition_of_activity(request)
        if not actor.holds("attendance.record", organisation=request.department_id, edition=edition):
            continue
        days = days or table()
        rules = edition.evaluation
        # No deadline is set for attendance, but that of the evaluations runs from the end of the work.
        last = deadline(rules, request.ends_on, days) if rules and request.ends_on else None
        items.append(
            WaitingItem(
                title=_("登记专家出席情况：%(title)s") % {"title": request.title},
                url=address("attendance", request.pk, pool=pool),
                action=_("登记出席"),
                due=clock.end_of(last.day) if last else None,
                article=rules.due_article if rules else "",
                regulation=edition.code,
                edition=edition.file_hash,
            )
        )
    return items


def _evaluations(actor: Actor, pool: Pool) -> list[WaitingItem]:
    """One item an activity: for forms to fill in, for forms that wait for the other signature, for what others owe the pool."""
    mine = actor.rows("evaluation.score", "evaluation.countersign", unit=UNIT)
    if actor.holds(KEEP):
        mine |= Q(due_on__lt=actor.on)
    rows = Evaluation.objects.filter(mine, participation__request__pool=pool).open()
    rows = rows.select_related("participation__request__pool", "participation__request__department").order_by("due_on", "pk")
    found: dict[tuple[int, str], list[Evaluation]] = defaultdict(list)
    for one in rows:
        found[one.participation.request_id, _work_of(actor, one)].append(one)
    tellers = {State.DUE.value: _to_score, State.SIGNED.value: _to_score, "overdue": _overdue}
    return [tellers[work](some, pool) for (_pk, work), some in found.items() if work]


def _work_of(actor: Actor, one: Evaluation) -> str:
    """What the evaluation asks of ``actor``: its state where he fills in or signs, ``overdue`` where he sees to the pool, or nothing.

    Who fills in and signs is the word of the evaluation's own edition, who keeps the pool that of the day's.
    """
    duty = "evaluation.score" if one.state == State.DUE else "evaluation.countersign"
    if actor.holds(duty, organisation=one.participation.request.department_id, edition=of_evaluation(one)):
        return "" if one.state == State.SIGNED and one.handler_id == actor.account.pk else one.state
    late = one.due_on is not None and one.due_on < actor.on
    return "overdue" if late and actor.holds(KEEP) else ""


def _list(some: list[Evaluation], pool: Pool) -> str:
    """The one form, or the list of an activity's."""
    if len(some) == 1:
        return address("evaluation", some[0].pk, pool=pool)
    return f"{address('evaluations', pool=pool)}?request={some[0].participation.request_id}"


def _to_score(some: list[Evaluation], pool: Pool) -> WaitingItem:
    edition = of_evaluation(some[0])
    to_fill = some[0].state == State.DUE
    title = _("填写专家履职情况评价表：%(title)s（%(n)s份）") if to_fill else _("负责人签署履职评价表：%(title)s（%(n)s份）")
    return WaitingItem(
        title=title % {"title": some[0].participation.request.title, "n": len(some)},
        url=_list(some, pool),
        action=_("填写评价") if to_fill else _("查看并签名"),
        due=some[0].due_at,
        article=edition.evaluation.due_article if edition.evaluation else "",
        regulation=edition.code,
        edition=edition.file_hash,
    )


def _overdue(some: list[Evaluation], pool: Pool) -> WaitingItem:
    request = some[0].participation.request
    return WaitingItem(
        title=_("%(unit)s逾期未提交履职评价：%(title)s（%(n)s份）")
        % {"unit": request.department.name, "title": request.title, "n": len(some)},
        url=f"{address('evaluations', pool=pool)}?request={request.pk}",
        action=_("查看"),
        due=some[0].due_at,
    )


def _reports(actor: Actor, pool: Pool) -> list[WaitingItem]:
    if not actor.opens("violations.settle"):
        return []
    rows = ViolationReport.objects.filter(state=ViolationReport.State.OPEN, participation__request__pool=pool)
    return [
        WaitingItem(
            title=_("处理违规线索：%(title)s") % {"title": one.participation.request.title},
            url=address("admin:evaluation_violationreport_change", one.pk, pool=pool),
            action=_("处理"),
            article=one.article,
            regulation=one.rule_code,
            edition=one.rule_hash,
        )
        for one in rows.select_related("participation__request__pool")
        if actor.holds("violations.settle", edition=of_report(one))
    ]
