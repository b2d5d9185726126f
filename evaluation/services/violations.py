"""违规线索 (第十九条): reported by a department or by a score, told at once to the employer and the office, settled by the office."""

from datetime import date

from django.db import transaction

from evaluation.domain.lifecycles import VIOLATION
from evaluation.domain.scoring import Violation
from evaluation.models import Evaluation, ViolationReport
from expertpool import clock
from expertpool.accounts.models import Role, User
from expertpool.ledger.services import plain, record, sealed
from expertpool.messaging.services import queue_message
from expertpool.refusals import Refusal, refuse_if
from expertpool.regulations import Regulation
from expertpool.regulations.schema import Sanction
from experts.models import ExitCase
from experts.services.editions import edition_of, edition_or_latest
from experts.services.exits import raise_exit_case
from experts.services.permits import why_not_by, why_not_text
from selection.models import DrawRequest, Participation
from selection.services.leaving import suspend_member
from selection.services.participation import why_not_of_department

DISMISSED = "dismissed"
#: Kinds of sanctions that an expert's violation can be settled with here.
SETTLING = frozenset({"talk", "circular", "suspension", "removal"})
_State = DrawRequest.State
REPORTABLE = frozenset({_State.DRAWING, _State.CONFIRMED, _State.HELD})


def reports_of(request: DrawRequest) -> list[ViolationReport]:
    """All reports about one activity, oldest first, with their persons."""
    rows = ViolationReport.objects.filter(participation__request=request)
    return list(rows.select_related("participation__membership__expert", "reported_by", "settled_by").order_by("id"))


def sanctions_of(regulation: Regulation) -> tuple[Sanction, ...]:
    """The sanctions on experts that a report can be settled with (第十九条（一）)."""
    listed = regulation.sanctions.on_experts if regulation.sanctions else ()
    return tuple(one for one in listed if one.kind in SETTLING)


def _article(regulation: Regulation) -> str:
    return regulation.sanctions.notify_article or regulation.sanctions.article if regulation.sanctions else ""


def why_not_report(participation: Participation, by: User | None, on: date) -> Refusal | None:
    """The reason why ``by`` cannot report a violation of this expert in this activity, or None."""
    request = participation.request
    refusal = why_not_of_department(request, by)
    if refusal:
        return refusal
    if request.state not in REPORTABLE or request.starts_on is None or on < request.starts_on:
        return Refusal("not_started", "活动开始后至评价提交完毕前可以报告违规线索；其他时间请直接联系专家库管理处室。")
    if participation.state != Participation.State.STANDING or not participation.seated:
        return Refusal("not_seated", "该专家没有参加本次活动。")
    return None


@transaction.atomic
def report_violation(*, participation: Participation, content: str, by: User, on: date | None = None) -> ViolationReport:
    """The department reports what an expert did; employer and office are told at once (第十九条).

    One report an expert and activity: the same text again returns it, another text is refused.
    Ledger ``violation.reported``.
    """
    on = on or clock.today()
    request = DrawRequest.objects.select_for_update(of=("self",)).select_related("pool").get(pk=participation.request_id)
    participation = Participation.objects.select_related("membership__expert__employer").get(pk=participation.pk)
    participation.request = request
    refuse_if(why_not_report(participation, by, on), why_not_text(content, "违规情况", "content", at_least=10))
    regulation = edition_or_latest(request.pool, on)
    known = ViolationReport.objects.filter(participation=participation, criterion="").first()
    if known is not None:
        if known.content == content.strip():
            return known
        refuse_if(
            Refusal(
                "reported",
                "该专家在本次活动中的违规线索已经报告过。需要补充情况的，请联系专家库管理处室。",
                _article(regulation),
                regulation.code,
            )
        )
    return _open(participation, regulation, criterion="", article=_article(regulation), content=content.strip(), by=by)


def report_from_score(evaluation: Evaluation, violation: Violation, regulation: Regulation, by: User) -> ViolationReport:
    """The report that a score opens by itself (附表3f); once a criterion. Call it inside the submission's transaction."""
    participation = evaluation.participation
    known = ViolationReport.objects.filter(participation=participation, criterion=violation.criterion).first()
    if known is not None:
        return known
    content = f"履职评价“{violation.criterion_name}”评为“{violation.band}”（{violation.points}分）。"
    return _open(participation, regulation, criterion=violation.criterion, article=violation.article, content=content, by=by)


def _open(participation: Participation, regulation: Regulation, *, criterion: str, article: str, content: str, by: User) -> ViolationReport:
    report = ViolationReport(
        participation=participation, criterion=criterion, article=article, content=content, reported_by=by, reported_at=clock.now()
    )
    report.decide_under(regulation)
    report.save()
    told = _tell(report, regulation)
    record(
        "violation.reported",
        subject=f"violation:{report.pk}",
        by=by,
        body={
            "request": participation.request.number,
            "member": participation.membership.number,
            "criterion": criterion,
            "article": plain(article),
            "told": told,
            "content": sealed(f"violation.content:{report.pk}", content),
            "rules": regulation.file_hash,
        },
    )
    return report


def _tell(report: ViolationReport, regulation: Regulation) -> dict[str, int]:
    """Messages to whom the regulation names; how many accounts of each role."""
    expert = report.participation.membership.expert
    roles = regulation.sanctions.notify if regulation.sanctions else ()
    accounts = {role: list(_accounts(role, expert.employer_id)) for role in roles}
    basis = f"依据{regulation.cite(_article(regulation))}，" if _article(regulation) else ""
    text = f"{basis}现告知：{expert.name}在“{report.participation.request.title}”中的违规线索。\n{report.content}\n"
    if "employer" in accounts and not accounts["employer"]:
        text += "该专家的所在单位没有账号，请另行书面告知。\n"
    for role, users in accounts.items():
        for user in users:
            queue_message(
                kind="violation",
                to=user,
                address=user.email,
                title="专家违规线索告知",
                body=text,
                about=f"violation:{report.pk}",
                idem=f"violation:{report.pk}:{role}:{user.pk}",
            )
    return {role: len(users) for role, users in accounts.items()}


def _accounts(role: str, employer_id: int | None) -> list[User]:
    users = User.objects.filter(role=role, is_active=True)
    if role == Role.EMPLOYER:
        users = users.filter(organisation_id=employer_id) if employer_id else users.none()
    return list(users.order_by("pk"))


def why_not_settle(report: ViolationReport, by: User | None) -> Refusal | None:
    """The reason why ``by`` cannot settle the report, or None."""
    regulation = edition_of(report, report.participation.request.pool)
    article = regulation.sanctions.article if regulation.sanctions else ""
    refusal = why_not_by(by, Role.OFFICE, article=article, regulation=regulation.code)
    return refusal or VIOLATION.why_not(report.state, ViolationReport.State.SETTLED, labels=dict(ViolationReport.State.choices))


@transaction.atomic
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
    report = (
        ViolationReport.objects.select_for_update(of=("self",))
        .select_related("participation__membership__expert__user", "participation__membership__pool", "participation__request__pool")
        .get(pk=report.pk)
    )
    if report.state == ViolationReport.State.SETTLED and (report.outcome, report.settled_by_id) == (outcome, by.pk):
        return report
    membership = report.participation.membership
    regulation = edition_of(report, membership.pool)
    sanction = next((one for one in sanctions_of(regulation) if one.code == outcome), None)
    article = regulation.sanctions.article if regulation.sanctions else ""
    refuse_if(
        why_not_settle(report, by),
        None if sanction or outcome == DISMISSED else Refusal("outcome", "请选择处理方式。", article, regulation.code, "outcome"),
        why_not_text(reason, "处理的理由", "reason"),
        Refusal("no-start", "请填写暂停起始日期。", article, regulation.code, "starts_on")
        if sanction and sanction.kind == "suspension" and starts_on is None
        else None,
    )
    case = None
    if sanction and sanction.kind == "suspension" and starts_on is not None:
        suspend_member(membership=membership, starts_on=starts_on, ends_on=ends_on, reason=reason, by=by, on=on)
    elif sanction and sanction.kind == "removal":
        case = raise_exit_case(membership=membership, ground=ground, reason=reason, source=ExitCase.Source.OFFICE, by=by, on=on)
    elif sanction and membership.expert.user is not None:
        queue_message(
            kind="sanction",
            to=membership.expert.user,
            address="",
            title=f"{sanction.name}通知",
            body=f"依据{regulation.cite(sanction.article)}，对您在“{report.participation.request.title}”中的情况给予{sanction.name}。\n{reason.strip()}\n",
            about=f"violation:{report.pk}",
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
