"""What waits in this room: attendance to record, evaluations to fill in and to sign, reports to settle."""

from collections import defaultdict
from datetime import date

from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from evaluation.models import Evaluation, ViolationReport
from evaluation.services.evaluations import deadline
from expertpool import clock
from expertpool.accounts.models import Role, User
from expertpool.core.waiting import WaitingItem
from expertpool.workcalendar.services import table
from experts.services.editions import edition_or_latest
from selection.models import DrawRequest

RUNNING = (DrawRequest.State.DRAWING, DrawRequest.State.CONFIRMED)


def waiting(user: User, on: date) -> list[WaitingItem]:
    """Everything of this room that waits for ``user`` on the Beijing day ``on``."""
    if user.role == Role.DEPARTMENT:
        return [*_attendance(user, on), *_evaluations(user)]
    if user.role == Role.OFFICE:
        return [*_overdue(on), *_reports()]
    return []


def _attendance(user: User, on: date) -> list[WaitingItem]:
    begun = DrawRequest.objects.filter(department=user.organisation_id, state__in=RUNNING, starts_on__lte=on).select_related("pool")
    begun = begun.filter(participations__seated=True, participations__state="standing").distinct()
    items: list[WaitingItem] = []
    days = table() if begun else None
    for request in begun:
        regulation = edition_or_latest(request.pool, on)
        # No deadline is set for attendance, but that of the evaluations runs from the end of the work.
        last = deadline(regulation.evaluation, request.ends_on, days) if days and regulation.evaluation and request.ends_on else None
        items.append(
            WaitingItem(
                title=_("登记专家出席情况：%(title)s") % {"title": request.title},
                url=reverse("attendance", args=[request.pk]),
                action=_("登记出席"),
                due=clock.end_of(last.day) if last else None,
                article=regulation.evaluation.due_article if regulation.evaluation else "",
                regulation=regulation.code,
            )
        )
    return items


def _evaluations(user: User) -> list[WaitingItem]:
    """One item an activity for forms to fill in, one for forms that wait for the other signature."""
    rows = Evaluation.objects.visible_to(user).open().filter(Q(state=Evaluation.State.DUE) | ~Q(handler=user))
    found: dict[tuple[int, str], list[Evaluation]] = defaultdict(list)
    for one in rows.select_related("participation__request__pool").order_by("due_on", "pk"):
        found[one.participation.request_id, one.state].append(one)
    items = []
    for (_pk, state), some in found.items():
        request = some[0].participation.request
        regulation = edition_or_latest(request.pool, request.held_on or clock.today())
        to_fill = state == Evaluation.State.DUE
        title = _("填写专家履职情况评价表：%(title)s（%(n)s份）") if to_fill else _("负责人签署履职评价表：%(title)s（%(n)s份）")
        items.append(
            WaitingItem(
                title=title % {"title": request.title, "n": len(some)},
                url=reverse("evaluation", args=[some[0].pk]) if len(some) == 1 else f"{reverse('evaluations')}?request={request.pk}",
                action=_("填写评价") if to_fill else _("查看并签名"),
                due=some[0].due_at,
                article=regulation.evaluation.due_article if regulation.evaluation else "",
                regulation=regulation.code,
            )
        )
    return items


def _overdue(on: date) -> list[WaitingItem]:
    found: dict[DrawRequest, list[Evaluation]] = defaultdict(list)
    for one in Evaluation.objects.overdue_on(on).select_related("participation__request__department", "participation__request__pool"):
        found[one.participation.request].append(one)
    return [
        WaitingItem(
            title=_("%(unit)s逾期未提交履职评价：%(title)s（%(n)s份）")
            % {"unit": request.department.name, "title": request.title, "n": len(some)},
            url=f"{reverse('evaluations')}?request={request.pk}",
            action=_("查看"),
            due=some[0].due_at,
        )
        for request, some in found.items()
    ]


def _reports() -> list[WaitingItem]:
    rows = ViolationReport.objects.filter(state=ViolationReport.State.OPEN).select_related("participation__request")
    return [
        WaitingItem(
            title=_("处理违规线索：%(title)s") % {"title": one.participation.request.title},
            url=_report_page(one),
            action=_("处理"),
            article=one.article,
            regulation=one.rule_code,
        )
        for one in rows
    ]


def _report_page(report: ViolationReport) -> str:
    try:
        return reverse("admin:evaluation_violationreport_change", args=[report.pk])
    except NoReverseMatch:
        return reverse("evaluations")
