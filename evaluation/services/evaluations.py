"""履职评价: one 附表3 for each expert who took part, filled by the handler, signed by the leader as well (第十八条)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from evaluation.domain import scoring
from evaluation.domain.lifecycles import EVALUATION
from evaluation.domain.scoring import Entry
from evaluation.models import Evaluation, Score
from expertpool import clock
from expertpool.accounts.models import User
from expertpool.ledger.services import canonical, record, sealed
from expertpool.messaging.services import queue_message
from expertpool.pools import duties
from expertpool.refusals import Refusal, refuse_all, refuse_if, why_not_text
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from expertpool.regulations.schema import Evaluation as EvaluationRules
from expertpool.workcalendar.services import table
from expertpool.workdays import WORKDAYS, CalendarMissing, Deadline, WorkdayTable
from experts.services.marks import set_mark
from selection.domain.lifecycles import REQUEST
from selection.models import DrawRequest, Participation
from selection.services.acting import edition_of_activity

from .editions import of_evaluation, rules_of
from .violations import report_from_score

GRADE_MARK = "grade"
State = Evaluation.State


@acts_on("evaluation.due_workdays")
def deadline(rules: EvaluationRules, completed_on: date, days: WorkdayTable) -> Deadline | None:
    """The last day to submit; None where the rules give none, or while the year's working days are not loaded."""
    if rules.due_workdays is None:
        return None
    try:
        return days.period_end(completed_on, rules.due_workdays, WORKDAYS)
    except CalendarMissing:
        return None


@transaction.atomic
@acts_on("evaluation.coverage", "all_attendees")
def open_evaluations(*, request: DrawRequest, by: User | None = None) -> list[Evaluation]:
    """One evaluation for everybody who attended, due by the regulation's working days after completion (第十八条).

    Follows from recorded attendance and asks no duty of its own: ``by`` recorded it, None is the sweep.

    Corrections of attendance before anybody signed are followed: who turns out absent needs none. Harmless when
    repeated. Ledger ``evaluations.opened`` when something changed.
    """
    request = DrawRequest.objects.select_for_update(of=("self",)).select_related("pool").get(pk=request.pk)
    if request.state != DrawRequest.State.HELD or request.held_on is None:
        return []
    edition = edition_of_activity(request)
    rules = edition.evaluation
    if rules is None or scoring.why_not_scheme(rules):
        return []  # a form that nobody can fill in here would keep the activity open for ever
    last = deadline(rules, request.held_on, table())
    known = {one.participation_id: one for one in Evaluation.objects.select_for_update().filter(participation__request=request)}
    opened, voided = [], []
    for participation in Participation.objects.filter(request=request).select_related("membership").order_by("pk"):
        evaluation = known.get(participation.pk)
        came = bool(participation.attended)
        if came and evaluation is None:
            evaluation = Evaluation(
                participation=participation, due_on=last.day if last else None, due_provisional=bool(last and last.provisional)
            )
            evaluation.decide_under(edition)
            evaluation.save()
            opened.append(participation.membership.number)
        elif evaluation is not None and came and evaluation.state == State.VOID:
            EVALUATION.go(evaluation, State.DUE)
            evaluation.save(update_fields=["state"])
            opened.append(participation.membership.number)
        elif evaluation is not None and not came and evaluation.state == State.DUE:
            EVALUATION.go(evaluation, State.VOID)
            evaluation.save(update_fields=["state"])
            voided.append(participation.membership.number)
    if opened or voided:
        record(
            "evaluations.opened",
            subject=f"request:{request.pk}",
            by=by,
            pool=request.pool.code,
            body={
                "number": request.number,
                "due_on": last.day.isoformat() if last else None,
                "opened": opened,
                "voided": voided,
                "rules": edition.file_hash,
            },
        )
    found = Evaluation.objects.filter(participation__request=request).exclude(state=State.VOID)
    return list(found.select_related("participation__membership__expert").order_by("pk"))


@transaction.atomic
def set_deadline(*, evaluation: Evaluation) -> bool:
    """Compute a deadline that is missing or provisional again, once the year's working days are loaded; whether it changed."""
    evaluation = _locked(evaluation)
    rules = rules_of(of_evaluation(evaluation))
    held_on = evaluation.participation.request.held_on
    last = deadline(rules, held_on, table()) if held_on else None
    if last is None or (evaluation.due_on, evaluation.due_provisional) == (last.day, last.provisional):
        return False
    evaluation.due_on, evaluation.due_provisional = last.day, last.provisional
    evaluation.save(update_fields=["due_on", "due_provisional"])
    record(
        "evaluation.deadline_set",
        subject=f"evaluation:{evaluation.pk}",
        by=None,
        pool=evaluation.participation.request.pool.code,
        body={"due_on": last.day.isoformat(), "provisional": last.provisional},
    )
    return True


def _locked(evaluation: Evaluation) -> Evaluation:
    """The evaluation afresh, under the lock of its request and its own."""
    request_id = Participation.objects.values_list("request_id", flat=True).get(pk=evaluation.participation_id)
    request = DrawRequest.objects.select_for_update(of=("self",)).select_related("pool").get(pk=request_id)
    fresh = (
        Evaluation.objects.select_for_update(of=("self",))
        .select_related("participation__membership__expert__user", "handler", "leader")
        .get(pk=evaluation.pk)
    )
    fresh.participation.request = request
    return fresh


def _why_not_duty(duty: str, evaluation: Evaluation, by: User | None, edition: Regulation) -> Refusal | None:
    """Who used the experts evaluates them (谁使用、谁评价), or whom else the evaluation's edition names.

    Asked of today's assignments, whatever day the act is dated: who acts must hold the duty when he acts.
    """
    request = evaluation.participation.request
    return duties.why_not(by, duty, request.pool, clock.today(), organisation=request.department_id, edition=edition)


def why_not_sign(evaluation: Evaluation, by: User | None, on: date, *, edition: Regulation | None = None) -> Refusal | None:
    """The reason why ``by`` cannot fill in and sign the evaluation as its handler, or None."""
    edition = edition or of_evaluation(evaluation)
    request = evaluation.participation.request
    refusal = _why_not_duty("evaluation.score", evaluation, by, edition)
    if refusal:
        return refusal
    if evaluation.state != State.DUE:
        words = {
            State.SIGNED: "经办人已经签名，评价正在等待负责人签名。需要修改的，请先退回修改。",
            State.SUBMITTED: "评价已经提交，不能再修改。",
            State.VOID: "该专家登记为缺席，无需评价。",
        }
        return Refusal("state", words[State(evaluation.state)])
    rules = rules_of(edition)
    if request.held_on is None or on < request.held_on:
        return Refusal.under(edition, "not_over", "工作尚未完成，完成后再进行评价。", rules.due_article)
    return scoring.why_not_scheme(rules, edition.code)


def entries_of(evaluation: Evaluation) -> dict[str, Entry]:
    """What is entered in an evaluation, by criterion."""
    return {row.criterion: Entry(row.band, row.points, row.note) for row in evaluation.scores.all()}


def content_of(entries: Mapping[str, Entry]) -> str:
    """The one text of a filled form; the ledger holds its keyed hash."""
    return canonical([[code, entries[code].band, entries[code].points, entries[code].note] for code in sorted(entries)])


@transaction.atomic
@acts_on("evaluation.evaluated_by")
def sign(*, evaluation: Evaluation, scores: Mapping[str, Any], by: User, on: date | None = None) -> Evaluation:
    """The handler fills the form and signs it (附表3).

    ``scores``: criterion code → (name of the band, points, note). Total and grade are computed. The form is late, not
    refused, after its deadline. The same scores by the same account again change nothing. A refusal's ``field`` is as
    in :func:`evaluation.domain.scoring.check_scores`. Ledger ``evaluation.signed``.
    """
    on = on or clock.today()
    evaluation = _locked(evaluation)
    entries = {code: one if isinstance(one, Entry) else Entry(*one) for code, one in scores.items()}
    if evaluation.state in {State.SIGNED, State.SUBMITTED} and evaluation.handler_id == by.pk and entries_of(evaluation) == entries:
        return evaluation
    edition = of_evaluation(evaluation)
    refuse_if(why_not_sign(evaluation, by, on, edition=edition))
    rules = rules_of(edition)
    refuse_all(scoring.check_scores(rules, entries, regulation=edition.code))
    _write(evaluation, entries)
    evaluation.total = scoring.total(entries)
    grade = scoring.grade(rules, evaluation.total)
    evaluation.grade = grade.name
    evaluation.handler, evaluation.handler_at = by, clock.now()
    evaluation.return_reason = ""
    only_one = "leader" not in rules.signoffs
    EVALUATION.go(evaluation, State.SUBMITTED if only_one else State.SIGNED)
    evaluation.save()
    if only_one:
        _set_grade(evaluation, rules, on)
    record(
        "evaluation.signed",
        subject=f"evaluation:{evaluation.pk}",
        by=by,
        pool=evaluation.participation.request.pool.code,
        body=_body(evaluation, edition, entries, grade.code),
    )
    if only_one:
        _submitted(evaluation, edition, rules, by, on)
    return evaluation


def _write(evaluation: Evaluation, entries: Mapping[str, Entry]) -> None:
    """The rows of the form; those of an earlier, returned filling are overwritten."""
    rows = [
        Score(evaluation=evaluation, criterion=code, band=entry.band, points=entry.points or 0, note=entry.note.strip())
        for code, entry in entries.items()
    ]
    Score.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["evaluation", "criterion"], update_fields=["band", "points", "note"]
    )


def _body(evaluation: Evaluation, edition: Regulation, entries: Mapping[str, Entry], grade: str) -> dict[str, Any]:
    return {
        "request": evaluation.participation.request.number,
        "member": evaluation.participation.membership.number,
        "total": evaluation.total,
        "grade": grade,
        "content": sealed(f"evaluation.scores:{evaluation.pk}", content_of(entries)),
        "rules": edition.file_hash,
    }


def why_not_countersign(evaluation: Evaluation, by: User | None, on: date, *, edition: Regulation | None = None) -> Refusal | None:
    """The reason why ``by`` cannot sign as the leader, or None (附表3: two signatures by different accounts)."""
    edition = edition or of_evaluation(evaluation)
    refusal = _why_not_duty("evaluation.countersign", evaluation, by, edition)
    if refusal:
        return refusal
    if evaluation.state != State.SIGNED:
        words = {
            State.DUE: "经办人尚未填写签名，负责人不能签名。",
            State.SUBMITTED: "评价已经提交。",
            State.VOID: "该专家登记为缺席，无需评价。",
        }
        return Refusal("state", words[State(evaluation.state)])
    if by is not None and by.pk == evaluation.handler_id:
        text = "经办人和负责人须由不同的人签名，您已作为经办人签名，请由负责人用自己的账号签名。"
        return Refusal.under(edition, "same_person", text, rules_of(edition).signoffs_article)
    return None


@transaction.atomic
@acts_on("evaluation.signoffs")
def countersign(*, evaluation: Evaluation, by: User, on: date | None = None) -> Evaluation:
    """The second account of those who evaluate signs; the evaluation counts as submitted from then on (附表3).

    Sets the grade as a mark on the membership, opens the violation reports that a score demands, tells the expert, and
    closes the request when it was the last. A second click is harmless. Ledger ``evaluation.submitted``.
    """
    on = on or clock.today()
    evaluation = _locked(evaluation)
    if evaluation.state == State.SUBMITTED and evaluation.leader_id == by.pk:
        return evaluation
    edition = of_evaluation(evaluation)
    refuse_if(why_not_countersign(evaluation, by, on, edition=edition))
    EVALUATION.go(evaluation, State.SUBMITTED)
    evaluation.leader, evaluation.leader_at = by, clock.now()
    evaluation.save()
    rules = rules_of(edition)
    _set_grade(evaluation, rules, on)
    _submitted(evaluation, edition, rules, by, on)
    return evaluation


def _set_grade(evaluation: Evaluation, rules: EvaluationRules, on: date) -> None:
    """The grade becomes a mark on the membership. It locks the membership: before anything is recorded, as everywhere."""
    set_mark(
        membership=evaluation.participation.membership,
        kind=GRADE_MARK,
        value=scoring.grade(rules, evaluation.total or 0).code,
        source=f"evaluation:{evaluation.pk}",
        starts_on=on,
        ends_on=None,
        # What follows from a permitted act: who evaluates does not keep the members.
        by=None,
    )


def _submitted(evaluation: Evaluation, edition: Regulation, rules: EvaluationRules, by: User, on: date) -> None:
    """What else follows from the last signature; nothing here waits for a lock."""
    participation, entries = evaluation.participation, entries_of(evaluation)
    pool = participation.request.pool
    grade = scoring.grade(rules, evaluation.total or 0)
    for violation in scoring.violations(rules, entries):
        report_from_score(evaluation, violation, edition, by, on)
    user = participation.membership.expert.user
    if user is not None:
        queue_message(
            kind="evaluation",
            to=user,
            address="",
            title="您收到一份履职评价",
            body=f"“{participation.request.title}”的履职评价已经提交：总分{evaluation.total}分，评价等级{evaluation.grade}。登录后可在“履职评价”中查看。\n",
            about=f"evaluation:{evaluation.pk}",
            pool=pool.code,
            idem=f"evaluation:{evaluation.pk}",
        )
    record(
        "evaluation.submitted",
        subject=f"evaluation:{evaluation.pk}",
        by=by,
        pool=pool.code,
        body={**_body(evaluation, edition, entries, grade.code), "late": evaluation.late},
    )
    close_if_done(participation.request, by)


def close_if_done(request: DrawRequest, by: User | None) -> bool:
    """Close a held request whose evaluations are all in; whether this call did. Under the request's lock."""
    waiting = Evaluation.objects.filter(participation__request=request).open().exists()
    if waiting or request.state != DrawRequest.State.HELD:
        return False
    REQUEST.go(request, DrawRequest.State.CLOSED)
    request.save(update_fields=["state"])
    record("request.closed", subject=f"request:{request.pk}", by=by, pool=request.pool.code, body={"number": request.number})
    return True


def why_not_return(evaluation: Evaluation, by: User | None, on: date, *, edition: Regulation | None = None) -> Refusal | None:
    """The reason why ``by`` cannot send the form back to its handler, or None."""
    refusal = _why_not_duty("evaluation.score", evaluation, by, edition or of_evaluation(evaluation))
    if refusal or evaluation.state == State.SIGNED:
        return refusal
    return Refusal("state", "只有经办人已签名、等待负责人签名的评价可以退回修改。")


@transaction.atomic
def return_to_handler(*, evaluation: Evaluation, reason: str, by: User) -> Evaluation:
    """Send a form that the handler signed back to him before the leader signs; what is filled in stays.

    ``reason`` is kept with the evaluation. Ledger ``evaluation.returned``.
    """
    evaluation = _locked(evaluation)
    edition = of_evaluation(evaluation)
    refuse_if(why_not_return(evaluation, by, clock.today(), edition=edition), why_not_text(reason, "退回的理由", "reason"))
    pool, handler = evaluation.participation.request.pool, evaluation.handler
    EVALUATION.go(evaluation, State.DUE)
    evaluation.handler = evaluation.handler_at = None
    evaluation.return_reason = reason.strip()
    evaluation.save()
    for account in _who_fills_in(evaluation, handler, edition):
        if account.pk == by.pk:
            continue
        queue_message(
            kind="evaluation-returned",
            to=account,
            address="",
            title="履职评价表退回修改",
            body=f"“{evaluation.participation.request.title}”的一份履职评价表退回修改：{reason.strip()}\n",
            about=f"evaluation:{evaluation.pk}",
            pool=pool.code,
            # A form may be returned more than once.
            idem=f"evaluation-returned:{evaluation.pk}:{account.pk}:{clock.now().isoformat()}",
        )
    record(
        "evaluation.returned",
        subject=f"evaluation:{evaluation.pk}",
        by=by,
        pool=pool.code,
        body={"member": evaluation.participation.membership.number, "reason": sealed(f"evaluation.returned:{evaluation.pk}", reason)},
    )
    return evaluation


def _who_fills_in(evaluation: Evaluation, handler: User | None, edition: Regulation) -> list[User]:
    """The handler while he still holds the duty; else everybody who holds it now, so that no form waits for somebody who left."""
    if handler is not None and _why_not_duty("evaluation.score", evaluation, handler, edition) is None:
        return [handler]
    request = evaluation.participation.request
    unit = request.department_id
    return list(duties.accounts_with("evaluation.score", request.pool, clock.today(), organisation=unit, edition=edition))
