"""Where an application stands: the steps of its channel for the step bar, ticked only where they were taken."""

from datetime import date, datetime
from typing import Any

from expertpool import clock
from expertpool.regulations import Regulation
from expertpool.regulations.schema import Step as RuleStep
from expertpool.web.steps import DONE, NOW, TODO, Step
from experts.models import Application, Publicity
from experts.services.chain import unit_of

State = Application.State
Answered = dict[str, tuple[Any, date | datetime | None]]


def application_steps(application: Application, regulation: Regulation) -> list[Step]:
    """Filing and every step of the channel: done (when, by whom), now (who must act), or still to come."""
    channel = next((one for one in regulation.intake.channels if one.code == application.channel), None)
    chain = regulation.intake.chain(channel.code) if channel is not None else ()
    codes = ["", *(step.code for step in chain)]
    answers = _answers(application, chain)
    present = _present(application, codes, answers)
    publicity = getattr(application.batch, "publicity", None) if application.batch else None
    shown = [_filing(application, present, answers)]
    for index, step in enumerate(chain, start=1):
        if index < present:
            who, when = answers.get(step.code, ("", None))
            shown.append(Step(step.name, DONE, who, when))
        elif index > present:
            shown.append(Step(step.name, TODO))
        else:
            open_now = step.kind == "publicity" and publicity is not None and publicity.state == Publicity.State.OPEN
            due = clock.end_of(publicity.last_day) if open_now and publicity is not None else None
            shown.append(Step(step.name, NOW, _who_acts(application, step, regulation), None, _note(application), due))
    return shown


def _filing(application: Application, present: int, answers: Answered) -> Step:
    if present > 0:
        who, when = answers.get("", (application.filed_by.name, None))
        return Step("填报", DONE, who, when)
    return Step("填报", NOW, application.filed_by.name, None, _note(application))


def _present(application: Application, codes: list[str], answers: Answered) -> int:
    """Index of the step that is on; beyond the last one when everything is done."""
    if application.state == State.ADMITTED:
        return len(codes)
    if application.state in (State.DRAFT, State.RETURNED) or (application.state == State.WITHDRAWN and not application.step):
        return 0
    if application.step and application.step in codes:
        return codes.index(application.step)
    # An objection ended it, or it ended before steps were kept by code: what was answered was done.
    return min(max((codes.index(code) for code in answers if code in codes), default=-1) + 1, len(codes) - 1)


def _answers(application: Application, chain: tuple[RuleStep, ...]) -> Answered:
    """Who finished which step and when, since the application was last sent."""
    answers: Answered = {}
    code_of = {step.kind: step.code for step in chain if step.kind in ("publicity", "admission")}
    sent = application.submitted_at
    if sent is None:
        return answers
    answers[""] = (application.filed_by.name, sent)
    for endorsement in application.endorsements.all():
        if endorsement.at >= sent:
            answers[endorsement.step] = (endorsement.organisation.name if endorsement.organisation else endorsement.by.name, endorsement.at)
    for review in application.reviews.all():
        if review.at >= sent:
            answers[review.step] = (f"{review.by.name}代录" if review.recorded else review.by.name, review.at)
    batch = application.batch
    if batch is not None:
        for decision in batch.decisions.all():  # type: ignore[attr-defined]
            answers[decision.step] = (f"{decision.by.name}代录" if decision.recorded else decision.by.name, decision.decided_on)
        publicity = getattr(batch, "publicity", None)
        if publicity is not None and publicity.state != Publicity.State.OPEN:
            answers[code_of.get("publicity", "publicity")] = (publicity.get_state_display(), publicity.last_day)
    if application.state == State.ADMITTED and hasattr(application, "membership"):
        answers[code_of.get("admission", "admission")] = (application.membership.number, application.membership.admitted_on)
    return answers


def _who_acts(application: Application, step: RuleStep, regulation: Regulation) -> str:
    unit = unit_of(application, step)
    if unit is not None:
        return unit.name
    if step.kind == "consent":
        return application.name
    return regulation.labels.of(step.role)


def _note(application: Application) -> str:
    ended = (State.RETURNED, State.REJECTED, State.WITHDRAWN)
    return str(application.get_state_display()) if application.state in ended else ""
