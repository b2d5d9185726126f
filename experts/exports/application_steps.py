"""Where an application stands: the steps of its channel for the step bar."""

from datetime import date, datetime
from typing import Any

from expertpool import clock
from expertpool.core.steps import DONE, NOW, TODO, Step
from expertpool.regulations import Regulation
from experts.models import Application, Publicity

State = Application.State
# The step that a state waits for; drafts and returned files wait for their filer.
STEP_OF_STATE = {
    State.DRAFT: "",
    State.RETURNED: "",
    State.EMPLOYER_REVIEW: "employer_review",
    State.UNIT_VERIFICATION: "unit_verification",
    State.OFFICE_REVIEW: "office_review",
    State.PASSED: "department_decision",
    State.PROPOSED: "publicity",
    State.IN_PUBLICITY: "publicity",
}


def application_steps(application: Application, regulation: Regulation) -> list[Step]:
    """Filing and every step of the channel: done (when, by whom), now (who must act), or still to come."""
    codes = ["", *regulation.intake.channel(application.channel).steps]
    present = _present(application, codes)
    answers = _answers(application)
    publicity = getattr(application.batch, "publicity", None) if application.batch else None
    steps = []
    for index, code in enumerate(codes):
        label: Any = regulation.intake.step(code).name if code else "填报"  # type: ignore[arg-type]
        state = DONE if index < present else NOW if index == present else TODO
        who, when = answers.get(code, ("", None))
        note, due = "", None
        if state == NOW:
            who, when, note = _who_acts(application, code, regulation), None, _note(application)
            if code == "publicity" and publicity is not None and publicity.state == Publicity.State.OPEN:
                due = clock.end_of(publicity.last_day)
        elif state == TODO:
            who, when = "", None
        steps.append(Step(label, state, who, when, note, due))
    return steps


def _present(application: Application, codes: list[str]) -> int:
    """Index of the step that is on; beyond the last one when everything is done."""
    if application.state == State.ADMITTED:
        return len(codes)
    if application.state in (State.REJECTED, State.WITHDRAWN):
        done = [code for code in _answers(application) if code in codes]
        return min(max((codes.index(code) for code in done), default=-1) + (application.state == State.WITHDRAWN), len(codes) - 1)
    code = STEP_OF_STATE[State(application.state)]
    if code == "publicity" and application.batch and getattr(application.batch, "publicity", None):
        if application.batch.publicity.state != Publicity.State.OPEN:
            code = "admission"
    return codes.index(code) if code in codes else len(codes) - 1


def _answers(application: Application) -> dict[str, tuple[Any, date | datetime | None]]:
    """Who finished which step and when, the latest round counting."""
    answers: dict[str, tuple[Any, date | datetime | None]] = {}
    if application.submitted_at:
        answers[""] = (application.filed_by.name, application.submitted_at)
    for endorsement in application.endorsements.all():
        answers[endorsement.step] = (endorsement.organisation.name, endorsement.at)
    for review in application.reviews.all():
        answers["office_review"] = (review.by.name, review.at)
    batch = application.batch
    if batch is not None and batch.decided_on:
        answers["department_decision"] = (batch.number, batch.decided_on)
        publicity = getattr(batch, "publicity", None)
        if publicity is not None and publicity.state != Publicity.State.OPEN:
            answers["publicity"] = (publicity.get_state_display(), publicity.last_day)
    if application.state == State.ADMITTED and hasattr(application, "membership"):
        answers["admission"] = (application.membership.number, application.membership.admitted_on)
    return answers


def _who_acts(application: Application, code: str, regulation: Regulation) -> str:
    if code == "employer_review" and application.employer:
        return application.employer.name
    if code in ("", "unit_verification"):
        return application.recommending_unit.name if code else application.filed_by.name
    return regulation.labels.leader if code == "department_decision" else regulation.labels.office


def _note(application: Application) -> str:
    ended = (State.RETURNED, State.REJECTED, State.WITHDRAWN)
    return str(application.get_state_display()) if application.state in ended else ""
