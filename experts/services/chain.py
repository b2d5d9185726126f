"""An application on its way through the steps of its channel: which edition speaks, which step is due, how it goes on.

Every change of step of an application or of a list goes through here; the services around it decide and record.
"""

from datetime import date
from typing import Any

from expertpool import clock
from expertpool.accounts.models import Organisation
from expertpool.pools.duties import Actor
from expertpool.pools.editions import edition_of, edition_on, edition_or_latest
from expertpool.refusals import Refusal, Refused
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from expertpool.regulations.schema import Channel, Step
from experts.domain import chain
from experts.domain.chain import duty_of, for_a_list, of_a_file
from experts.domain.lifecycles import APPLICATION, BATCH
from experts.models import Application, Batch, Publicity

__all__ = [
    "NOT_SENT",
    "after",
    "answered_alone",
    "chain_of",
    "channel_of",
    "close_if_done",
    "due_step",
    "due_step_of",
    "duty_of",
    "edition_for",
    "edition_of_list",
    "edition_to_read",
    "for_a_list",
    "go_back",
    "go_on",
    "list_catches_up",
    "list_goes_on",
    "locked_list",
    "of_a_file",
    "steps_of",
    "unit_of",
    "why_not_bare",
    "why_not_step",
]

State = Application.State
# A draft, and a file that came back, is judged under the edition of the day on which it is sent.
NOT_SENT = (State.DRAFT, State.RETURNED)


def edition_for(application: Application, on: date | None = None) -> Regulation:
    """The edition that speaks on an application: the one it was sent under; of one that is not sent, the one in force."""
    if application.state in NOT_SENT:
        return edition_on(application.pool, on or clock.today())
    return edition_of(application, application.pool)


def edition_to_read(application: Application) -> Regulation:
    """:func:`edition_for` for pages that only show: after a lapse the latest one."""
    if application.state in NOT_SENT:
        return edition_or_latest(application.pool, clock.today())
    return edition_of(application, application.pool)


def edition_of_list(batch: Batch) -> Regulation:
    """The edition under which the applications of a list were sent."""
    return edition_of(batch, batch.pool)


def channel_of(application: Application, edition: Regulation) -> Channel:
    """The channel of an application; Refused where the edition has none of that name."""
    try:
        return edition.intake.channel(application.channel)
    except KeyError:
        raise Refused(
            Refusal.under(
                edition, "channel", f"《{edition.short_name}》没有这一入库方式，请改选。", edition.intake.article, field="channel"
            )
        ) from None


def chain_of(application: Application, edition: Regulation) -> tuple[Step, ...]:
    """The steps of an application's channel, in order."""
    channel_of(application, edition)
    return edition.intake.chain(application.channel)


def due_step(application: Application, edition: Regulation) -> Step | None:
    """The step that an application waits for; None while it is with its filer, and when it has ended."""
    if application.state in (*NOT_SENT, *Application.ENDED):
        return None
    return chain.step_at(chain_of(application, edition), application.step)


def answered_alone(application: Application, step: Step) -> bool:
    """Whether a step is answered for this one person: by itself, or for a list one after the other, once he stands on it."""
    if step.kind == "decide":
        return not for_a_list(step)
    return step.kind in chain.OF_A_FILE and (not for_a_list(step) or application.state == State.PROPOSED)


def steps_of(batch: Batch, edition: Regulation) -> tuple[Step, ...]:
    """The steps of the channel of a list's applications, in order; all have the same rest."""
    one = batch.applications.order_by("pk").first()  # type: ignore[attr-defined]
    return chain_of(one, edition) if one is not None else ()


def due_step_of(batch: Batch, edition: Regulation) -> Step | None:
    """The step that a list waits for; None when it is done."""
    if batch.state == Batch.State.CLOSED or not batch.step:
        return None
    return next((step for step in edition.intake.steps if step.code == batch.step), None)


def after(batch: Batch, edition: Regulation, step: Step) -> Step | None:
    """The step that follows ``step`` on the way of a list."""
    return chain.step_after(steps_of(batch, edition), step.code)


def locked_list(batch: Batch) -> Batch:
    """The list with its rows locked, the applications first: whoever answers one of them holds its row when he waits for the list."""
    list(Application.objects.filter(batch=batch).select_for_update(of=("self",)).order_by("pk"))
    return Batch.objects.select_for_update(of=("self",)).select_related("pool").get(pk=batch.pk)


def unit_of(application: Application, step: Step) -> Organisation | None:
    """The unit whose account must take a step of this application; None: anybody who holds the step in the pool."""
    units: dict[str, Any] = {
        "employer": application.employer,
        "recommending_unit": application.recommending_unit,
        "own": application.filed_for,
    }
    return units[step.unit] if step.unit else None


@acts_on("intake.steps.needs")
def why_not_bare(application: Application | None, step: Step, edition: Regulation, *, document: str, reason: str) -> list[Refusal]:
    """Everything that the step needs and that is not there: its paper, its reason also for a yes, the applicant's consent."""
    found = []
    if "document" in step.needs and not document.strip():
        found.append(
            Refusal.under(edition, "no-document", f"“{step.name}”须有文件：请填写文件的名称和文号。", step.article, field="document")
        )
    if "reason" in step.needs and not reason.strip():
        found.append(Refusal.under(edition, "reason", f"“{step.name}”须写明理由。", step.article, field="reason"))
    if "consent" in step.needs and application is not None and not application.consents:
        found.append(Refusal.under(edition, "no-consent", f"“{step.name}”须以申请人本人同意为前提，本人尚未同意。", step.article))
    return found


UNIT_WORDS = {"employer": "申请人的人事关系所在单位", "recommending_unit": "该申请的{recommends}", "own": "填报该申请的单位"}


@acts_on("intake.steps.role")
@acts_on("intake.steps.unit")
def why_not_step(application: Application, step: Step, who: Actor, edition: Regulation) -> Refusal | None:
    """The reason why ``who`` does not take a step of this application: the duty, and the unit or the person it belongs to."""
    refusal = who.why_not(duty_of(step), edition=edition)
    if step.unit == "own" and application.filed_for_id is None:
        # Nobody opened it for a unit: whoever holds the step takes it.
        return refusal
    if step.unit:
        unit = unit_of(application, step)
        if refusal is None and unit is not None and who.why_not(duty_of(step), organisation=unit.pk, edition=edition) is None:
            return None
        whose = UNIT_WORDS[step.unit].format(recommends=edition.labels.recommending_unit)
        return Refusal.under(edition, "not_this_unit", f"这一环节只能由{whose}办理。", step.article)
    if refusal is None and step.kind == "consent" and application.applicant_id != who.account.pk:
        return Refusal.under(edition, "not_himself", "这一环节只能由申请人本人办理。", step.article)
    return refusal


@acts_on("intake.channels.steps")
def go_on(application: Application, edition: Regulation) -> Step:
    """Lead an application that has finished its present step (a draft: that is being sent) to the next one; the caller saves.

    On a list it stays there as long as its steps are taken for a list, and for the admission.
    """
    following = chain.step_after(chain_of(application, edition), "" if application.state in NOT_SENT else application.step)
    if following is None:
        raise Refused(Refusal("state", "申请已没有待办的环节。"))
    if of_a_file(following):
        target = State.UNDER_REVIEW
    elif application.state not in Application.ON_A_LIST:
        target = State.PASSED
    elif application.state == State.IN_PUBLICITY and following.kind == "admission":
        target = State.IN_PUBLICITY
    else:
        target = State.PROPOSED
    if application.state != target or target == State.UNDER_REVIEW:
        APPLICATION.go(application, target)
    application.step = following.code
    application.changed_at = clock.now()
    return following


def go_back(application: Application) -> None:
    """Send an application back to its filer, off any list; the caller saves. It begins anew with the first step."""
    APPLICATION.go(application, State.RETURNED)
    application.step, application.batch = "", None
    application.changed_at = clock.now()


def list_goes_on(batch: Batch, edition: Regulation) -> None:
    """Lead a list, whose row the caller has locked, and everybody on it past its present step; saves.

    It is done when the rest of the way is each one's own, or everybody has left it.
    """
    steps = steps_of(batch, edition)
    here = batch.step
    rows = Application.objects.on_the_list(batch).filter(step=here).select_for_update(of=("self",)).order_by("pk")
    for application in rows:
        go_on(application, edition)
        application.save()
    following = chain.step_after(steps, here) if here else None
    batch.step = "" if following is None or of_a_file(following) else following.code
    batch.save()
    close_if_done(batch)


def list_catches_up(batch: Batch, edition: Regulation) -> None:
    """Lead a list on whose people were answered one by one, once nobody on it waits for its present step; saves."""
    if not Application.objects.on_the_list(batch).filter(step=batch.step).exists():
        list_goes_on(batch, edition)


def close_if_done(batch: Batch) -> None:
    """Close a list on which nobody waits any more; while it is shown in public it stays open. Locks the row."""
    locked = Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    shown = Publicity.objects.filter(batch=batch, state=Publicity.State.OPEN).exists()
    if not shown and locked.state != Batch.State.CLOSED and not Application.objects.on_the_list(batch).exists():
        BATCH.go(locked, Batch.State.CLOSED)
        locked.step = ""
        locked.save()
    batch.state, batch.step = locked.state, locked.step
