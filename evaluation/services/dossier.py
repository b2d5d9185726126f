"""卷宗: everything about one activity on one page, as much of it as the reader may see (第十六条)."""

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.db.models import Q

from evaluation.models import Evaluation, ViolationReport
from expertpool import clock
from expertpool.accounts.models import User
from expertpool.core.templatetags.house import cn_date
from expertpool.ledger.models import LedgerEvent
from expertpool.ledger.services import Head, data_of, events, head
from expertpool.ledger.words import words
from expertpool.refusals import Refusal
from expertpool.regulations import Regulation
from experts.services.editions import edition_or_latest
from selection import verify_draw
from selection.domain import draw as protocol
from selection.domain.files import needs
from selection.domain.sight import Sight, sight
from selection.models import Approval, Attempt, ContactLine, Draw, DrawRequest, Participation, Presence, Waiver
from selection.services import draws

from .violations import reports_of

OUTCOMES = {
    "ACCEPT": "接受",
    "DECLINE": "谢绝",
    "NOREPLY": "逾期未回复",
    "UNREACHED": "未能送达",
    "RECUSE": "回避",
    "SKIP": "依规定跳过",
    "WITHDRAW": "接受后退出",
}


def sight_of(request: DrawRequest, user: User, on: date) -> Sight:
    """How much of the activity's people ``user`` sees on the Beijing day ``on``."""
    return sight(role=user.role, state=request.state, starts_on=request.starts_on, on=on)


def why_not_open_dossier(request: DrawRequest, user: User, on: date) -> Refusal | None:
    """The reason why the dossier stays shut for ``user``, or None. The request itself is visible to him."""
    seen = sight_of(request, user, on)
    if user.role == "department" and request.state == DrawRequest.State.CLOSED:
        return Refusal("archived", "本次活动的评价已全部提交，卷宗已归档。如需查阅，请联系专家库管理处室。")
    if user.role == "department" and not seen.names:
        return Refusal("not_opened", f"活动开始（{cn_date(request.starts_on)}）后可以查阅卷宗，此前只显示确认进度。")
    return None


@dataclass(frozen=True)
class Verification:
    """What the stand-alone verifier says of the draw's files at this moment."""

    passed: bool
    lines: tuple[str, ...]
    at: Any


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
class Dossier:
    """All of it. Lists that the reader may not see are empty; ``counts`` stand in for them."""

    request: DrawRequest
    regulation: Regulation
    sight: Sight
    approvals: list[Approval] = field(default_factory=list)
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
        return self.sight.names

    @property
    def by_code(self) -> bool:
        return self.sight.codes or self.sight.names


def _told(draw: Draw) -> dict[str, list[str]]:
    """The hashes that the ledger holds of a draw, by what they are of, in their order."""
    found: dict[str, list[str]] = {"manifest": [], "result": [], "abort": [], "head": []}
    keys = {
        "draw.frozen": "manifest",
        "draw.drawn": "result",
        "draw.aborted": "abort",
        "contact.recorded": "head",
        "contact.closed": "head",
    }
    for event in events(f"draw:{draw.number}").filter(kind__in=keys):
        found[keys[event.kind]].append(str(data_of(event).get(keys[event.kind], "")))
    return found


def _computed(draw: Draw, attempts: list[AttemptView], lines: list[ContactLine]) -> dict[str, list[str]]:
    """The same hashes, computed again from the texts as they stand in the database."""
    heads = []
    for view in attempts:
        before = view.result_hash
        for line in (one for one in lines if one.attempt_id == view.attempt.pk):
            before = protocol.h(draw.alg, f"{before}|{line.text}")
            heads.append(before)
    return {
        "manifest": [protocol.h(draw.alg, view.attempt.manifest_text) for view in attempts],
        "result": [view.result_hash for view in attempts if view.result_hash],
        "abort": [view.abort_hash for view in attempts if view.abort_hash],
        "head": heads,
    }


PARTS = {"manifest": "清单", "result": "抽取结果", "abort": "中止记录", "head": "联系记录"}


def verify(draw: Draw, attempts: list[AttemptView], lines: list[ContactLine]) -> Verification | None:
    """Run the stand-alone verifier over the draw's bundle and hold its texts against the ledger; None before the first draw.

    The verifier sees whether the files agree with each other, the ledger whether they are still those of the day.
    """
    if all(view.attempt.state == Attempt.State.FROZEN for view in attempts):
        return None
    told, now = _told(draw), _computed(draw, attempts, lines)
    differing = [name for part, name in PARTS.items() if told[part] != now[part]]
    said: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bundle.zip"
        path.write_bytes(draws.bundle(draw))
        status = verify_draw.verify(str(path), [], out=said.append)
    said.append(f"与留痕比对：{'、'.join(differing)}与当时登记的校验值不符" if differing else "与留痕比对：全部校验值相符")
    return Verification(status == 0 and not differing, tuple(said), clock.now())


def dossier(request: DrawRequest, user: User, *, on: date | None = None) -> Dossier:
    """The dossier of one activity as ``user`` may see it on the Beijing day ``on``; a constant number of queries."""
    on = on or clock.today()
    found = Dossier(request, edition_or_latest(request.pool, request.starts_on or on), sight_of(request, user, on))
    names = {step.code: step.name for step in found.regulation.request.approvals} if found.regulation.request else {}
    found.approvals = list(request.approvals.select_related("by").order_by("id"))
    for answer in found.approvals:
        answer.step_name = names.get(answer.step, answer.step)  # type: ignore[attr-defined]
    found.waivers = list(request.waivers.select_related("by", "countersigned_by", "field").order_by("id"))
    found.presences = list(request.presences.select_related("inspector").order_by("id"))
    found.draw = Draw.objects.filter(request=request).select_related("opened_by").first()
    people = list(
        Participation.objects.filter(request=request)
        .select_related("membership__expert__employer", "candidate__field", "attendance_by")
        .order_by("-seated", "id")
    )
    evaluations = list(
        Evaluation.objects.filter(participation__request=request)
        .exclude(state=Evaluation.State.VOID)
        .select_related("participation__membership__expert", "handler", "leader")
        .order_by("id")
    )
    found.counts = {
        "seats": request.total or 0,
        "seated": sum(one.seated and one.state == Participation.State.STANDING for one in people),
        "standby": sum(not one.seated and one.state in {Participation.State.STANDING, Participation.State.RELEASED} for one in people),
        "attended": sum(bool(one.attended) for one in people),
        "absent": sum(one.attended is False for one in people),
        "evaluations": len(evaluations),
        "submitted": sum(one.state == Evaluation.State.SUBMITTED for one in evaluations),
    }
    lines = _lines(found.draw) if found.draw else []
    tally = Counter(line.outcome for line in lines if line.outcome)
    found.outcomes = [(OUTCOMES.get(code, code), tally[code]) for code in OUTCOMES if tally[code]]
    if found.draw:
        found.attempts = _attempts(found.draw, request, lines)
    if found.by_code:
        # Who declined, stands by or withdrew stays unnamed to the department: it may know who serves, not who is in the pool.
        if user.role == "department":
            people = [one for one in people if one.seated and one.state == Participation.State.STANDING]
        else:
            found.contacts = [_contact(line, found) for line in lines]
        found.participations, found.evaluations = people, evaluations
        if found.draw:
            found.verification = verify(found.draw, found.attempts, lines)
        found.events = _events(request, found.draw, evaluations)
        found.head = head()
    if user.role in {"office", "inspector"}:
        found.reports = reports_of(request)
    return found


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


def _contact(line: ContactLine, found: Dossier) -> dict[str, Any]:
    candidate = line.candidate
    reasons = {one.reason_code: one.name for one in found.regulation.recusal}
    if found.regulation.contact:
        reasons |= {one.code: one.name for one in found.regulation.contact.decline_reasons}
    return {
        "round": line.attempt.round,
        "number": line.number,
        "at": line.at,
        "field": candidate.field.name if candidate else "",
        "position": candidate.position if candidate else "",
        "code": candidate.membership.number if candidate else "",
        "name": candidate.membership.expert.name if candidate and found.by_name else "",
        "outcome": OUTCOMES.get(line.outcome, line.outcome) if line.outcome else "联系结束",
        "reason": reasons.get(line.reason, line.reason),
        "head": line.head,
    }


def _events(request: DrawRequest, draw: Draw | None, evaluations: list[Evaluation]) -> list[dict[str, Any]]:
    subjects = [f"request:{request.pk}", *(f"evaluation:{one.pk}" for one in evaluations)]
    reports = ViolationReport.objects.filter(participation__request=request).values_list("pk", flat=True)
    subjects += [f"violation:{pk}" for pk in reports]
    wanted = Q(subject__in=subjects)
    if draw:
        wanted |= Q(subject=f"draw:{draw.number}") | Q(subject__startswith=f"draw:{draw.number}/")
    rows = LedgerEvent.objects.filter(wanted).select_related("actor").order_by("seq")
    return [
        {"seq": one.seq, "at": one.at, "what": words().get(one.kind, one.kind), "kind": one.kind, "actor": one.actor, "chain": one.chain}
        for one in rows
    ]
