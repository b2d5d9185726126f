"""卷宗: everything about one activity on one page, as much of it as the reader may see (第十六条)."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from evaluation.models import Evaluation, ViolationReport, reads_reports
from evaluation.services.dossier import only_asks
from evaluation.services.verification import Verification, verify
from evaluation.services.violations import reports_of
from expertpool.accounts.models import User
from expertpool.desk.ledger_page import actor_words, experts_among, words
from expertpool.ledger.services import Head, events, head
from expertpool.pools.duties import Actor
from expertpool.pools.editions import edition_of
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from selection.domain import protocol
from selection.domain.protocol.reading import needs
from selection.domain.reasons import contact_reasons
from selection.domain.seats import OUTCOME_NAMES, Outcome
from selection.domain.sight import Sight
from selection.models import Attempt, ContactLine, Draw, DrawRequest, Participation, Presence, Waiver
from selection.pages.request import AnswerLine
from selection.services.acting import edition_of_activity
from selection.services.sight import sight_of


@dataclass(frozen=True)
class AttemptView:
    """One attempt with the hashes that its files have."""

    attempt: Attempt
    seats: list[tuple[str, protocol.Need]]
    pool_hash: str
    result_hash: str
    abort_hash: str
    head: str


@dataclass
class DossierPage:
    """All of it. Lists that the reader may not see are empty; ``counts`` stand in for them."""

    request: DrawRequest
    regulation: Regulation
    sight: Sight
    approvals: list[AnswerLine] = field(default_factory=list)
    waivers: list[Waiver] = field(default_factory=list)
    presences: list[Presence] = field(default_factory=list)
    draw: Draw | None = None
    attempts: list[AttemptView] = field(default_factory=list)
    verification: Verification | None = None
    contacts: list[dict[str, Any]] = field(default_factory=list)
    outcomes: list[tuple[str, int]] = field(default_factory=list)
    participations: list[Participation] = field(default_factory=list)
    evaluations: list[Evaluation] = field(default_factory=list)
    reports: list[ViolationReport] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    head: Head | None = None

    @property
    def article(self) -> str:
        """The provision that asks for the dossier; empty where the regulation is silent."""
        return next((rule.article for rule in self.regulation.supervision if rule.code == "dossier"), "")

    @property
    def by_name(self) -> bool:
        """Whether the people are named."""
        return self.sight.names

    @property
    def by_code(self) -> bool:
        """Whether the people are shown at all, at least by their numbers."""
        return self.sight.codes or self.sight.names

    @classmethod
    @acts_on("rules.practice", "dossier")
    def of(cls, actor: Actor, request: DrawRequest) -> "DossierPage":
        """The dossier of one activity as ``actor`` may see it on his day; a constant number of queries."""
        edition = edition_of_activity(request)
        page = cls(request, edition, sight_of(request, actor, edition))
        people, evaluations = _people(request), _evaluations(request)
        page._read_request()
        page.counts = _counts(request, people, evaluations)
        lines = _lines(page.draw) if page.draw else []
        tally = Counter(line.outcome for line in lines if line.outcome)
        page.outcomes = [(name, tally[outcome.value]) for outcome, name in OUTCOME_NAMES.items() if tally[outcome.value]]
        if page.draw:
            page.attempts = _attempts(page.draw, request, lines)
        if page.by_code:
            # Who declined, stands by or withdrew stays unnamed to who asked for them: he may know who serves, not who is in the pool.
            if only_asks(request, actor, edition):
                people = [one for one in people if one.seated and one.state == Participation.State.STANDING]
            else:
                reasons = contact_reasons(edition)
                page.contacts = [_contact(line, reasons, named=page.by_name) for line in lines]
            page.participations, page.evaluations = people, evaluations
            if page.draw:
                page.verification = verify(page.draw, [view.attempt for view in page.attempts], lines)
            page.events = _events(request, page.draw, evaluations)
            page.head = head()
        if reads_reports(actor, edition):
            page.reports = reports_of(request)
        return page

    def _read_request(self) -> None:
        """What was asked for and answered before the draw, and the draw."""
        filed_under = edition_of(self.request, self.request.pool)
        self.approvals = [AnswerLine.of(one, filed_under) for one in self.request.approvals.select_related("by").order_by("id")]
        self.waivers = list(self.request.waivers.select_related("by", "countersigned_by", "field").order_by("id"))
        self.presences = list(self.request.presences.select_related("inspector").order_by("id"))
        self.draw = Draw.objects.filter(request=self.request).select_related("opened_by", "request__pool").first()


def _people(request: DrawRequest) -> list[Participation]:
    rows = Participation.objects.filter(request=request)
    return list(rows.select_related("membership__expert__employer", "candidate__field", "attendance_by").order_by("-seated", "id"))


def _evaluations(request: DrawRequest) -> list[Evaluation]:
    rows = Evaluation.objects.filter(participation__request=request).exclude(state=Evaluation.State.VOID)
    return list(rows.select_related("participation__membership__expert", "handler", "leader").order_by("id"))


def _counts(request: DrawRequest, people: list[Participation], evaluations: list[Evaluation]) -> dict[str, int]:
    state = Participation.State
    return {
        "seats": request.total or 0,
        "seated": sum(one.seated and one.state == state.STANDING for one in people),
        "standby": sum(not one.seated and one.state in {state.STANDING, state.RELEASED} for one in people),
        "attended": sum(bool(one.attended) for one in people),
        "absent": sum(one.attended is False for one in people),
        "evaluations": len(evaluations),
        "submitted": sum(one.state == Evaluation.State.SUBMITTED for one in evaluations),
    }


def _lines(draw: Draw) -> list[ContactLine]:
    rows = ContactLine.objects.filter(attempt__draw=draw).select_related(
        "attempt", "candidate__field", "candidate__attempt", "candidate__membership__expert"
    )
    return list(rows.order_by("attempt__round", "attempt__attempt", "number"))


def _attempts(draw: Draw, request: DrawRequest, lines: list[ContactLine]) -> list[AttemptView]:
    heads = {line.attempt_id: line.head for line in lines}
    names = dict(request.pool.fields.values_list("code", "name"))
    rows = []
    for one in draw.attempts.select_related("frozen_by", "inspector").order_by("round", "attempt"):
        result = protocol.h(draw.alg, one.result_text) if one.result_text else ""
        rows.append(
            AttemptView(
                attempt=one,
                seats=[(names.get(need.field, need.field), need) for need in needs(one.manifest_text)],
                pool_hash=protocol.h(draw.alg, one.pool_text),
                result_hash=result,
                abort_hash=protocol.h(draw.alg, one.abort_text) if one.abort_text else "",
                head=heads.get(one.pk, result),
            )
        )
    return rows


def _contact(line: ContactLine, reasons: dict[str, str], *, named: bool) -> dict[str, Any]:
    candidate = line.candidate
    return {
        "round": line.attempt.round,
        "number": line.number,
        "at": line.at,
        "field": candidate.field.name if candidate else "",
        "position": candidate.position if candidate else "",
        "code": candidate.membership.number if candidate else "",
        "name": candidate.membership.expert.name if candidate and named else "",
        "outcome": OUTCOME_NAMES[Outcome(line.outcome)] if line.outcome else "联系结束",
        "reason": reasons.get(line.reason, line.reason),
        "head": line.head,
    }


def _who(account: User | None, experts: frozenset[int]) -> str:
    """As the ledger tells it, but without the name that an account signs in with: the dossier has other readers."""
    by_expert = account is not None and account.pk in experts
    return actor_words(account, by_expert=by_expert) if account is None or by_expert else account.name


def _events(request: DrawRequest, draw: Draw | None, evaluations: list[Evaluation]) -> list[dict[str, Any]]:
    subjects = [f"request:{request.pk}", *(f"evaluation:{one.pk}" for one in evaluations)]
    reports = ViolationReport.objects.filter(participation__request=request).values_list("pk", flat=True)
    subjects += [f"violation:{pk}" for pk in reports]
    wanted = Q(subject__in=subjects)
    if draw:
        wanted |= Q(subject=f"draw:{draw.number}") | Q(subject__startswith=f"draw:{draw.number}/")
    rows = list(events(pool=request.pool.code).filter(wanted))
    known, experts = words(), experts_among(one.actor_id for one in rows)
    return [
        {
            "seq": one.seq,
            "at": one.at,
            "what": known.get(one.kind, one.kind),
            "kind": one.kind,
            "who": _who(one.actor, experts),
            "chain": one.chain,
        }
        for one in rows
    ]
