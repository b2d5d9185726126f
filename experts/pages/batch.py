"""A list of applications: where it stands, who is on it, what was decided, and what the reader may do now."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from expertpool import clock
from expertpool.pools.duties import Actor
from expertpool.regulations import Regulation
from expertpool.regulations.schema import Step as RuleStep
from expertpool.web.steps import DONE, NOW, TODO, Step
from experts.domain.chain import for_a_list, step_at
from experts.models import Application, Batch, BatchDecision, Publicity
from experts.services import batches, chain, memberships
from experts.services.publicity import has_ended, why_not_exempt, why_not_open_publicity


def words(batch: Batch, edition: Regulation) -> str:
    """Where a list stands, in words."""
    step = chain.due_step_of(batch, edition)
    shown = getattr(batch, "publicity", None)
    if step is None or (shown is not None and shown.state == Publicity.State.OPEN and not has_ended(shown)):
        return str(batch.get_state_display())
    return f"待{step.name}"


def batch_steps(batch: Batch, edition: Regulation) -> list[Step]:
    """汇总, and every further step of the list's chain; ticked only where it was taken."""
    shown = getattr(batch, "publicity", None)
    decisions = {one.step: one for one in batch.decisions.select_related("by")}  # type: ignore[attr-defined]
    steps = [Step(_("汇总"), DONE, batch.collected_by, batch.collected_at)]
    way = _way(batch, edition)
    due = step_at(way, batch.step)
    closed = batch.state == Batch.State.CLOSED
    place = way.index(due) if due is not None else len(way) if closed else -1
    for index, step in enumerate(way):
        state = DONE if index < place else NOW if index == place else TODO
        decision = decisions.get(step.code)
        who: Any = decision_words(decision) if decision is not None else edition.labels.of(step.role) if state == NOW else ""
        when: Any = decision.decided_on if decision is not None else None
        note: Any = shown.get_state_display() if step.kind == "publicity" and shown is not None else ""
        open_now = state == NOW and step.kind == "publicity" and shown is not None and not has_ended(shown)
        steps.append(Step(step.name, state, who, when, note, clock.end_of(shown.last_day) if open_now and shown is not None else None))
    return steps


def decision_words(decision: BatchDecision) -> str:
    """Who decided; and that a clerk entered a decision on paper, where one did."""
    return f"{decision.by.name}（代录）" if decision.recorded else decision.by.name


def _way(batch: Batch, edition: Regulation) -> tuple[RuleStep, ...]:
    """The steps of the list: those of the chain that are taken for lists, and the admission."""
    return tuple(step for step in chain.steps_of(batch, edition) if for_a_list(step) or step.kind == "admission")


def admitted_words(result: memberships.BatchAdmission) -> str:
    """What came of admitting a list: how many, and who was left out and why."""
    told = f"已入库{len(result.admitted)}人。"
    for application, refusals in result.refused:
        told += f"{application.name}（{application.number}）未入库：{'；'.join(str(refusal) for refusal in refusals)}"
    return told


@dataclass(frozen=True)
class BatchPage:
    """One list."""

    batch: Batch
    regulation: Regulation
    where: str
    steps: list[Step]
    people: Iterable[Application]
    decisions: list[BatchDecision]
    publicity: Publicity | None
    due: RuleStep | None
    may_decide: bool
    records: bool
    may_publish: bool
    may_exempt: bool
    may_admit: bool
    exemption_article: str

    @classmethod
    def of(cls, who: Actor, batch: Batch) -> "BatchPage":
        """The page of a list for ``who``."""
        edition = chain.edition_of_list(batch)
        due = chain.due_step_of(batch, edition)
        rules = edition.publicity
        people = batch.applications.select_related("employer", "recommending_unit").prefetch_related("fields")  # type: ignore[attr-defined]
        decisions = list(batch.decisions.select_related("by"))  # type: ignore[attr-defined]
        for decision in decisions:
            decision.words = decision_words(decision)  # type: ignore[attr-defined]
        return cls(
            batch=batch,
            regulation=edition,
            where=words(batch, edition),
            steps=batch_steps(batch, edition),
            people=people.order_by("pk"),
            decisions=decisions,
            publicity=getattr(batch, "publicity", None),
            due=due,
            may_decide=batches.why_not_decide(batch, who) is None,
            records=due is not None and batches.records_for_another(due, who, edition),
            may_publish=why_not_open_publicity(batch, who.on, who.account) is None,
            may_exempt=why_not_exempt(batch, who.on, who.account) is None,
            may_admit=memberships.why_not_admit_batch(batch, who.on, who.account) is None,
            exemption_article=rules.exemption.article if rules and rules.exemption else "",
        )
