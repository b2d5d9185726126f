"""违规线索 (第十九条): reported by whom the edition names or by a score, told at once to whom it names, settled by who decides."""

from datetime import date

from django.db import transaction
from django.db.models import Q

from evaluation.domain.lifecycles import VIOLATION
from evaluation.domain.scoring import Violation
from evaluation.models import Evaluation, ViolationReport
from expertpool import clock
from expertpool.accounts.models import User
from expertpool.ledger.services import plain, record, sealed
from expertpool.messaging.services import queue_message
from expertpool.pools import duties
from expertpool.pools.models import FOR_A_UNIT, Role
from expertpool.refusals import Refusal, refuse_if, why_not_text
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from expertpool.regulations.schema import Sanction
from experts.models import ExitCase
from experts.services.exits import raise_exit_case
from selection.models import Draw, DrawRequest, Participation
from selection.services.acting import RUNNING, edition_of_activity
from selection.services.leaving import suspend_member

from .editions import of_report

DISMISSED = "dismissed"
#: Kinds of sanctions that an expert's violation can be settled with here.
SETTLING = frozenset({"talk", "circular", "suspension", "removal"})
_State = DrawRequest.State
REPORTABLE = frozenset({_State.DRAWING, _State.CONFIRMED, _State.HELD})


def reports_of(request: DrawRequest) -> list[ViolationReport]:
    """All reports about one activity, oldest first, with their persons."""
    rows = ViolationReport.objects.filter(participation__request=request)
    return list(rows.select_related("participation__membership__expert", "reported_by", "settled_by").order_by("id"))


def sanctions_of(edition: Regulation) -> tuple[Sanction, ...]:
    """The sanctions on experts that a report can be settled with (第十九条（一）)."""
    listed = edition.sanctions.on_experts if edition.sanctions else ()
    return tuple(one for one in listed if one.kind in SETTLING)


def _article(edition: Regulation) -> str:
    return edition.sanctions.notify_article or edition.sanctions.article if edition.sanctions else ""


def why_not_report(participation: Participation, by: User | None, on: date, *, edition: Regulation | None = None) -> Refusal | None:
    """The reason why ``by`` cannot report a violation of this expert in this activity, or None."""
    request = participation.request
    edition = edition or edition_of_activity(request)
    # Of today's assignments, whatever day the report is dated: who acts must hold the duty when he acts.
    refusal = duties.why_not(
        by, "violations.report", request.pool, clock.today(), organisation=_units_concerned(participation), edition=edition
    )
    if refusal:
        return refusal
    if request.state not in REPORTABLE or request.starts_on is None or on < request.starts_on:
        return Refusal("not_started", f"活动开始后至评价提交完毕前可以报告违规线索；其他时间请直接联系{edition.labels.office}。")
    if participation.state != Participation.State.STANDING or not participation.seated:
        return Refusal("not_seated", "该专家没有参加本次活动。")
    return None


@transaction.atomic
@acts_on("sanctions")
@acts_on("sanctions.reported_by")
def report_violation(*, participation: Participation, content: str, by: User, on: date | None = None) -> ViolationReport:
    """Report what an expert did in an activity; whom the edition names is told at once (第十九条).

    One report an expert and activity: the same text again returns it, another text is refused.
    Ledger ``violation.reported``.
    """
    on = on or clock.today()
    request = DrawRequest.objects.select_for_update(of=("self",)).select_related("pool").get(pk=participation.request_id)
    participation = Participation.objects.select_related("membership__expert__employer").get(pk=participation.pk)
    participation.request = request
    edition = edition_of_activity(request)
    refuse_if(why_not_report(participation, by, on, edition=edition), why_not_text(content, "违规情况", "content", at_least=10))
    known = ViolationReport.objects.filter(participation=participation, criterion="").first()
    if known is not None:
        if known.content == content.strip():
            return known
        refuse_if(
            Refusal.under(
                edition,
                "reported",
                f"该专家在本次活动中的违规线索已经报告过。需要补充情况的，请联系{edition.labels.office}。",
                _article(edition),
            )
        )
    return _open(participation, edition, criterion="", article=_article(edition), content=content.strip(), by=by, on=on)


def report_from_score(evaluation: Evaluation, violation: Violation, edition: Regulation, by: User, on: date) -> ViolationReport:
    """The report that a score opens by itself (附表3f). Call it inside the submission's transaction, of which there is one."""
    participation = evaluation.participation
    content = f"履职评价“{violation.criterion_name}”评为“{violation.band}”（{violation.points}分）。"
    return _open(participation, edition, criterion=violation.criterion, article=violation.article, content=content, by=by, on=on)


def _open(
    participation: Participation, edition: Regulation, *, criterion: str, article: str, content: str, by: User, on: date
) -> ViolationReport:
    report = ViolationReport(
        participation=participation, criterion=criterion, article=article, content=content, reported_by=by, reported_at=clock.now()
    )
    report.decide_under(edition)
    report.save()
    told = _tell(report, edition, on)
    record(
        "violation.reported",
        subject=f"violation:{report.pk}",
        by=by,
        pool=participation.request.pool.code,
        body={
            "request": participation.request.number,
            "member": participation.membership.number,
            "criterion": criterion,
            "article": plain(article),
            "told": told,
            "content": sealed(f"violation.content:{report.pk}", content),
            "rules": edition.file_hash,
        },
    )
    return report


@acts_on("sanctions.notify")
def _tell(report: ViolationReport, edition: Regulation, on: date) -> dict[str, int]:
    """Messages to whom the edition names; how many accounts of each role."""
    participation, article = report.participation, _article(edition)
    pool, expert = participation.request.pool, participation.membership.expert
    roles = edition.sanctions.notify if edition.sanctions else ()
    accounts = {str(role): _accounts(str(role), participation, on) for role in roles}
    basis = f"依据{edition.cite(article)}，" if article else ""
    text = f"{basis}现告知：{expert.name}在“{participation.request.title}”中的违规线索。\n{report.content}\n"
    for role, users in accounts.items():
        if not users:
            text += f"{edition.labels.of(role)}没有可以接收消息的账号，请另行书面告知。\n"
    for role, users in accounts.items():
        for user in users:
            queue_message(
                kind="violation",
                to=user,
                address=user.email,
                title="专家违规线索告知",
                body=text,
                about=f"violation:{report.pk}",
                pool=pool.code,
                idem=f"violation:{report.pk}:{role}:{user.pk}",
            )
    return {role: len(users) for role, users in accounts.items()}


def _accounts(role: str, participation: Participation, on: date) -> list[User]:
    """Who holds a role in the pool; where it acts for a unit, for the one that this participation concerns."""
    if role not in FOR_A_UNIT:
        return list(duties.accounts_in([role], participation.request.pool, on))
    unit = _units_concerned(participation)[role]
    return list(duties.accounts_in([role], participation.request.pool, on, organisation=unit)) if unit is not None else []


def _units_concerned(participation: Participation) -> dict[str, int | None]:
    """Which unit a violation concerns, for each role that acts for one."""
    membership = participation.membership
    return {
        str(Role.EMPLOYER): membership.expert.employer_id,
        str(Role.DEPARTMENT): participation.request.department_id,
        str(Role.RECOMMENDING_UNIT): membership.application.recommending_unit_id if membership.application else None,
    }


def why_not_settle(report: ViolationReport, by: User | None, on: date, *, edition: Regulation | None = None) -> Refusal | None:
    """The reason why ``by`` cannot settle the report, or None; ``on`` the day on which he would."""
    refusal = duties.why_not(by, "violations.settle", report.participation.request.pool, on, edition=edition or of_report(report))
    return refusal or VIOLATION.why_not(report.state, ViolationReport.State.SETTLED, labels=dict(ViolationReport.State.choices))


def _lock_requests(report: ViolationReport) -> None:
    """The activity's request and those whose draws a suspension would change, in their order and before the report itself."""
    participation = Participation.objects.get(pk=report.participation_id)
    drawn = Draw.objects.filter(attempts__candidates__membership=participation.membership_id).values("request_id")
    rows = DrawRequest.objects.filter(Q(pk=participation.request_id) | Q(pk__in=drawn, state__in=RUNNING))
    list(rows.select_for_update(of=("self",)).order_by("pk"))


@transaction.atomic
@acts_on("sanctions.decided_by")
@acts_on("sanctions.on_experts.kind", "talk", "circular", "suspension", "removal")
@acts_on("exits.grounds.trigger", "violation_report")
def settle_violation(
    *,
    report: ViolationReport,
    outcome: str,
    reason: str,
    by: User,
    on: date | None = None,
    starts_on: date | None = None,
    ends_on: date | None = None,
    ground: str = "",
) -> ViolationReport:
    """What follows from a report (第十九条（一）): nothing, a talk, a suspension, or a case of removal.

    ``outcome``: ``dismissed`` or the code of a sanction; a suspension needs ``starts_on`` and ``ends_on`` (both
    included) and gives up seats on those days, a removal needs the ``ground`` of the exit case that it opens and that
    is then decided by itself. The same outcome again changes nothing. Ledger ``violation.settled``.
    """
    on = on or clock.today()
    _lock_requests(report)
    report = (
        ViolationReport.objects.select_for_update(of=("self",))
        .select_related("participation__membership__expert__user", "participation__request__pool")
        .get(pk=report.pk)
    )
    if report.state == ViolationReport.State.SETTLED and (report.outcome, report.settled_by_id) == (outcome, by.pk):
        return report
    membership, pool = report.participation.membership, report.participation.request.pool
    edition = of_report(report)
    sanction = next((one for one in sanctions_of(edition) if one.code == outcome), None)
    article = edition.sanctions.article if edition.sanctions else ""
    refuse_if(
        # Whatever day it is dated: who acts must hold the duty when he acts.
        why_not_settle(report, by, clock.today(), edition=edition),
        None if sanction or outcome == DISMISSED else Refusal.under(edition, "outcome", "请选择处理方式。", article, field="outcome"),
        why_not_text(reason, "处理的理由", "reason"),
        Refusal.under(edition, "no-start", "请填写暂停起始日期。", article, field="starts_on")
        if sanction and sanction.kind == "suspension" and starts_on is None
        else None,
    )
    case = None
    if sanction and sanction.kind == "suspension" and starts_on is not None:
        suspend_member(membership=membership, starts_on=starts_on, ends_on=ends_on, reason=reason, by=by, edition=edition)
    elif sanction and sanction.kind == "removal":
        # Under the report's edition, as the settlement itself: whom that names settles it whole.
        case = raise_exit_case(
            membership=membership, ground=ground, reason=reason, source=ExitCase.Source.OFFICE, by=by, on=on, edition=edition
        )
    elif sanction and membership.expert.user is not None:
        queue_message(
            kind="sanction",
            to=membership.expert.user,
            address="",
            title=f"{sanction.name}通知",
            body=f"依据{edition.cite(sanction.article)}，对您在“{report.participation.request.title}”中的情况给予{sanction.name}。\n{reason.strip()}\n",
            about=f"violation:{report.pk}",
            pool=pool.code,
            idem=f"sanction:{report.pk}",
        )
    VIOLATION.go(report, ViolationReport.State.SETTLED)
    report.outcome, report.outcome_reason = outcome, reason.strip()
    report.settled_by, report.settled_at = by, clock.now()
    report.save()
    record(
        "violation.settled",
        subject=f"violation:{report.pk}",
        by=by,
        pool=pool.code,
        body={
            "member": membership.number,
            "outcome": outcome,
            "article": plain(sanction.article if sanction else article),
            "case": case.pk if case else None,
            "starts_on": starts_on.isoformat() if starts_on else None,
            "ends_on": ends_on.isoformat() if ends_on else None,
            "reason": sealed(f"violation.outcome:{report.pk}", reason),
        },
    )
    return report
