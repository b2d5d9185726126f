"""What falls due in this room: evaluations to be opened, reminders, overdue evaluations (第十八条).

Every sweep may run twice, late, or after a month without one: the rows are the same afterwards.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q

from evaluation.models import Evaluation
from evaluation.services.editions import of_evaluation, rules_of
from evaluation.services.evaluations import close_if_done, open_evaluations, set_deadline
from expertpool.accounts.models import User
from expertpool.ledger.services import plain, record
from expertpool.messaging.models import Message
from expertpool.messaging.services import queue_message
from expertpool.pools import duties
from expertpool.web.templatetags.house import cn_date
from selection.models import DrawRequest
from selection.services.acting import edition_of_activity

#: Calendar days before the last one on which who evaluates is reminded, once.
REMIND_DAYS = 2


def sweep_evaluations(*, on: date) -> int:
    """Open what is missing for activities that were held, fill in deadlines that could not be computed, close what is done."""
    done = 0
    for request in DrawRequest.objects.filter(state=DrawRequest.State.HELD).select_related("pool").order_by("pk"):
        before = Evaluation.objects.filter(participation__request=request).open().count()
        open_evaluations(request=request)
        done += Evaluation.objects.filter(participation__request=request).open().count() != before
        done += _close(request, on)
    unsettled = Evaluation.objects.open().filter(Q(due_on__isnull=True) | Q(due_provisional=True))
    return done + sum(set_deadline(evaluation=one) for one in unsettled.order_by("pk"))


@transaction.atomic
def _close(request: DrawRequest, on: date) -> bool:
    """Close a request for which nobody waits any more: nobody came, and the time for corrections is over."""
    request = DrawRequest.objects.select_for_update(of=("self",)).select_related("pool").get(pk=request.pk)
    rules = edition_of_activity(request).evaluation
    days = rules.due_workdays if rules else None
    # Two calendar days for a working day: late enough, and needs no table.
    if request.held_on is None or on <= request.held_on + timedelta(days=2 * (days or 0)):
        return False
    return close_if_done(request, None)


def _by_request(evaluations: Iterable[Evaluation]) -> dict[DrawRequest, list[Evaluation]]:
    found: dict[DrawRequest, list[Evaluation]] = defaultdict(list)
    for one in evaluations:
        found[one.participation.request].append(one)
    return found


def _open() -> "list[Evaluation]":
    rows = Evaluation.objects.open().filter(due_on__isnull=False)
    return list(rows.select_related("participation__request__pool").order_by("participation__request_id", "pk"))


def _evaluators(request: DrawRequest, one: Evaluation, on: date) -> list[User]:
    """Who fills in and signs the evaluations of an activity, by the edition that they were opened under."""
    edition = of_evaluation(one)
    return list(duties.accounts_with("evaluation.score", request.pool, on, organisation=request.department_id, edition=edition))


@transaction.atomic
def _send(request: DrawRequest, users: list[User], kind: str, title: str, body: str) -> int:
    """One message to each account, once a request and kind; how many are new."""
    new = 0
    for user in users:
        idem = f"{kind}:{request.pk}:{user.pk}"
        if Message.objects.filter(idem=idem).exists():
            continue
        queue_message(
            kind=kind, to=user, address=user.email, title=title, body=body, about=f"request:{request.pk}", pool=request.pool.code, idem=idem
        )
        new += 1
    return new


def sweep_evaluations_due(*, on: date) -> int:
    """Remind who evaluates, once an activity, when the last day comes near; how many messages."""
    near = [one for one in _open() if one.due_on and one.due_on - timedelta(days=REMIND_DAYS) <= on <= one.due_on]
    sent = 0
    for request, rows in _by_request(near).items():
        last = min(one.due_on for one in rows if one.due_on)
        text = f"“{request.title}”还有{len(rows)}份专家履职情况评价表未提交，请在{cn_date(last)}24:00前完成两人签名。\n"
        sent += _send(request, _evaluators(request, rows[0], on), "evaluation-due", "履职评价即将到期", text)
    return sent


@transaction.atomic
def _note_overdue(evaluation: Evaluation) -> bool:
    """Write down once that an evaluation is overdue."""
    # The request first, as everywhere: whoever records attendance holds it while it waits for its evaluations.
    DrawRequest.objects.select_for_update(of=("self",)).get(pk=evaluation.participation.request_id)
    evaluation = Evaluation.objects.select_for_update(of=("self",)).select_related("participation__request__pool").get(pk=evaluation.pk)
    if evaluation.overdue_noted or evaluation.state not in {Evaluation.State.DUE, Evaluation.State.SIGNED}:
        return False
    rules = rules_of(of_evaluation(evaluation))
    evaluation.overdue_noted = True
    evaluation.save(update_fields=["overdue_noted"])
    record(
        "evaluation.overdue",
        subject=f"evaluation:{evaluation.pk}",
        by=None,
        pool=evaluation.participation.request.pool.code,
        body={"due_on": evaluation.due_on.isoformat() if evaluation.due_on else None, "article": plain(rules.due_article)},
        idem=f"evaluation-overdue:{evaluation.pk}",
    )
    return True


def sweep_evaluations_overdue(*, on: date) -> int:
    """Note every evaluation whose last day has passed and tell who evaluates and who keeps the pool once; how many were noted.

    The duty stays: a late form is taken and marked late.
    """
    late = [one for one in _open() if one.due_on and one.due_on < on and not one.overdue_noted]
    noted = 0
    for request, rows in _by_request(late).items():
        noted += sum(_note_overdue(one) for one in rows)
        text = f"“{request.title}”的{len(rows)}份专家履职情况评价表已经逾期，请尽快提交。\n"
        told = [*_evaluators(request, rows[0], on), *duties.accounts_with("members.keep", request.pool, on)]
        _send(request, list(dict.fromkeys(told)), "evaluation-overdue", "履职评价已经逾期", text)
    return noted


SWEEPS = [sweep_evaluations, sweep_evaluations_due, sweep_evaluations_overdue]
