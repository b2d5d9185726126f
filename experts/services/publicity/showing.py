"""公示: the proposed list in public, its end, and the case in which it is left out (第六条（四）). Objections: ``objections``."""

from datetime import date

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.ledger.services import plain, record, sealed
from expertpool.pools import duties
from expertpool.pools.editions import edition_of
from expertpool.refusals import Refusal, refuse_if, why_not_text
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from expertpool.regulations.schema import Step
from expertpool.workcalendar.services import table
from experts.domain.lifecycles import APPLICATION, BATCH, PUBLICITY
from experts.models import Application, Batch, Publicity
from experts.services.chain import due_step_of, duty_of, edition_of_list, list_goes_on

EXEMPT = "publicity.exempt"


def has_ended(publicity: Publicity) -> bool:
    """Whether the whole period lies behind us at this moment: 24:00 Beijing of its last day has passed."""
    return clock.now() >= clock.end_of(publicity.last_day)


def _due(batch: Batch, edition: Regulation) -> Step | None:
    """The step of publicity, if it is the one that the list waits for."""
    step = due_step_of(batch, edition)
    return step if step is not None and step.kind == "publicity" else None


def _why_not_shown(batch: Batch, edition: Regulation) -> Refusal | None:
    """The reason why publicity is not what the list waits for, or None."""
    rules = edition.publicity
    if rules is None or not edition.intake.of_kind("publicity"):
        return Refusal("no-publicity", f"《{edition.short_name}》没有规定公示，无需公示。", regulation=edition.code)
    if Publicity.objects.filter(batch=batch).exists():
        return Refusal.under(edition, "state", "该批次已经公示，或已批准不予公示。", rules.article)
    if _due(batch, edition) is None:
        due = due_step_of(batch, edition)
        if due is None:
            return Refusal.under(edition, "state", "该批次没有待办的公示环节。", rules.article)
        return Refusal.under(edition, "undecided", f"该批次待办的环节是“{due.name}”，办理后才能公示。", due.article)
    return BATCH.why_not(batch.state, Batch.State.IN_PUBLICITY, labels=dict(Batch.State.choices))


def why_not_open_publicity(batch: Batch, on: date, by: User | None = None) -> Refusal | None:
    """The reason why ``by`` (None: whoever may) cannot open publicity of the batch, or None; the list's own edition speaks."""
    edition = edition_of_list(batch)
    return _why_not_show_as(batch, by, on, edition) or _why_not_shown(batch, edition)


def _why_not_show_as(batch: Batch, by: User | None, on: date, edition: Regulation) -> Refusal | None:
    """The reason why ``by`` does not take the step of publicity, or None; where none is due, those of the regulation are asked."""
    due = _due(batch, edition)
    steps = (due,) if due is not None else edition.intake.of_kind("publicity")
    found = [duties.why_not(by, duty_of(step), batch.pool, on, edition=edition) for step in steps]
    return None if not found or None in found else found[0]


@acts_on("publicity.days")
@acts_on("publicity.bound")
def why_not_days(regulation: Regulation, days: int) -> Refusal | None:
    """The reason why a publicity of ``days`` days (counted as the regulation counts) is not what it asks for, or None."""
    rules = regulation.publicity
    assert rules is not None
    unit = "个工作日" if rules.counting == "workdays" else "天"
    if rules.bound == "exact" and days != rules.days:
        return Refusal.under(regulation, "days", f"公示期为{rules.days}{unit}，不能更改。", rules.article, field="days")
    if days < rules.days:
        return Refusal.under(regulation, "days", f"公示期不少于{rules.days}{unit}，请修改天数。", rules.article, field="days")
    return None


def _locked(batch: Batch) -> Batch:
    """The list with its rows locked, the applications first: whoever answers one of them holds its row when he waits for the list."""
    list(Application.objects.filter(batch=batch).select_for_update(of=("self",)).order_by("pk"))
    return Batch.objects.select_for_update(of=("self",)).select_related("pool").get(pk=batch.pk)


@transaction.atomic
@acts_on("intake.steps.kind", "publicity")
@acts_on("publicity.counting", "workdays", "calendar")
@acts_on("publicity.columns")
def open_publicity(*, batch: Batch, by: User, days: int | None = None) -> Publicity:
    """Show the list to the public until 24:00 of the last day of the period (第六条（四）).

    The period runs from this moment; its first day is the next one that counts after today (readings A14). ``days`` may
    exceed the regulation's number only where that is a minimum. Raises Refused, also when the period touches a year whose
    working days are not loaded; a second call returns the open publicity.
    """
    today = clock.today()
    batch = _locked(batch)
    pool = batch.pool
    edition = edition_of_list(batch)
    rules = edition.publicity
    refuse_if(_why_not_show_as(batch, by, today, edition))
    known = Publicity.objects.filter(batch=batch, state=Publicity.State.OPEN).first()
    if known is not None and (days is None or days == known.days):
        return known
    refuse_if(_why_not_shown(batch, edition))
    assert rules is not None
    days = rules.days if days is None else days
    refuse_if(why_not_days(edition, days))
    deadline = table().period_end(today, days, rules.counting)
    publicity = Publicity(
        batch=batch,
        opened_on=today,
        opened_at=clock.now(),
        opened_by=by,
        days=days,
        counting=rules.counting,
        last_day=deadline.day,
        provisional=deadline.provisional,
        columns=list(rules.columns),
    )
    publicity.decide_under(edition)
    publicity.save()
    BATCH.go(batch, Batch.State.IN_PUBLICITY)
    batch.save()
    shown = list(batch.applications.filter(state=Application.State.PROPOSED).order_by("pk"))  # type: ignore[attr-defined]
    for application in shown:
        APPLICATION.go(application, Application.State.IN_PUBLICITY)
        application.changed_at = clock.now()
        application.save()
    record(
        "publicity.opened",
        subject=f"batch:{batch.number}",
        by=by,
        pool=pool.code,
        body={
            "publicity": publicity.pk,
            "opened_on": today.isoformat(),
            "days": days,
            "counting": rules.counting,
            "last_day": deadline.day.isoformat(),
            "provisional": deadline.provisional,
            "columns": list(rules.columns),
            "rules": edition.file_hash,
            "applications": [application.number for application in shown],
        },
    )
    return publicity


def why_not_exempt(batch: Batch, on: date, by: User | None = None) -> Refusal | None:
    """The reason why ``by`` (None: whoever may) cannot leave out publicity of the batch, or None."""
    edition = edition_of_list(batch)
    return _why_not_exempt_at_all(edition) or duties.why_not(by, EXEMPT, batch.pool, on, edition=edition) or _why_not_shown(batch, edition)


def _why_not_exempt_at_all(edition: Regulation) -> Refusal | None:
    rules = edition.publicity
    if rules is None or rules.exemption is None:
        article = rules.article if rules else ""
        return Refusal.under(edition, "no-exemption", f"《{edition.short_name}》没有规定可以不公示的情形，必须公示。", article)
    return None


@transaction.atomic
@acts_on("publicity.exemption")
@acts_on("publicity.exemption.requires")
@acts_on("publicity.exemption.approver")
def exempt_publicity(*, batch: Batch, provision: str, reason: str, by: User) -> Publicity:
    """Leave publicity out where the regulation allows it (第六条（四）“不宜进行公示的，从其规定”).

    ``provision`` the rule that says so, ``reason`` why it applies here, ``by`` the approver whom the regulation names. Whoever
    reads the pool sees every such case. The same a second time returns it.
    """
    today = clock.today()
    batch = _locked(batch)
    pool = batch.pool
    edition = edition_of_list(batch)
    provision, reason = provision.strip(), reason.strip()
    refuse_if(_why_not_exempt_at_all(edition))
    refuse_if(duties.why_not(by, EXEMPT, pool, today, edition=edition))
    known = Publicity.objects.filter(batch=batch, state=Publicity.State.EXEMPT).first()
    if known is not None and (known.exemption_provision, known.exemption_reason) == (provision, reason):
        return known
    refuse_if(_why_not_shown(batch, edition))
    rules = edition.publicity
    assert rules is not None
    rule = rules.exemption
    assert rule is not None
    refuse_if(
        why_not_text(provision, "不宜公示所依据的规定（文件名称、条款）", "provision") if "provision" in rule.requires else None,
        why_not_text(reason, "不宜公示的理由", "reason") if "reason" in rule.requires else None,
    )
    publicity = Publicity(
        batch=batch,
        state=Publicity.State.EXEMPT,
        opened_on=today,
        opened_by=by,
        days=0,
        counting=rules.counting,
        last_day=today,
        columns=[],
        exemption_provision=provision,
        exemption_reason=reason,
    )
    publicity.decide_under(edition)
    publicity.save()
    list_goes_on(batch, edition)
    record(
        "publicity.exempted",
        subject=f"batch:{batch.number}",
        by=by,
        pool=pool.code,
        body={
            "publicity": publicity.pk,
            "article": plain(rule.article),
            "provision": sealed(f"publicity.provision:{publicity.pk}", provision),
            "reason": sealed(f"publicity.reason:{publicity.pk}", reason),
            "rules": edition.file_hash,
        },
    )
    return publicity


def why_not_end(publicity: Publicity) -> Refusal | None:
    """The reason why the publicity cannot end now, or None."""
    if refusal := PUBLICITY.why_not(publicity.state, Publicity.State.ENDED, labels=dict(Publicity.State.choices)):
        return refusal
    if has_ended(publicity):
        return None
    edition = edition_of(publicity, publicity.batch.pool)
    day = publicity.last_day
    return Refusal(
        "not-over",
        f"公示期到{day.year}年{day.month}月{day.day}日24:00才满，在此之前不能结束公示。",
        edition.publicity.article if edition.publicity else "",
        publicity.rule_code,
    )


@transaction.atomic
def end_publicity(*, publicity: Publicity) -> Publicity:
    """Note that the period is over, with the last moment at which the list counted as shown; the list goes on to its next step.

    Nobody's act but the clock's: a sweep does it, or the act that comes after it. Ending it twice is harmless.
    """
    batch = _locked(publicity.batch)
    publicity = Publicity.objects.select_for_update(of=("self",)).get(pk=publicity.pk)
    publicity.batch = batch
    if publicity.state == Publicity.State.ENDED:
        return publicity
    refuse_if(why_not_end(publicity))
    PUBLICITY.go(publicity, Publicity.State.ENDED)
    publicity.ended_at = clock.now()
    publicity.save()
    list_goes_on(batch, edition_of_list(batch))
    record(
        "publicity.ended",
        subject=f"batch:{batch.number}",
        by=None,
        pool=batch.pool.code,
        body={
            "publicity": publicity.pk,
            "first_moment": publicity.opened_at.isoformat(),
            "last_moment": clock.end_of(publicity.last_day).isoformat(),
        },
    )
    return publicity


@transaction.atomic
def recompute_last_day(*, publicity: Publicity) -> Publicity:
    """Compute a provisional last day again, now that the year's working days may be official; no change, no event."""
    publicity = Publicity.objects.select_for_update(of=("self",)).select_related("batch__pool").get(pk=publicity.pk)
    if publicity.state != Publicity.State.OPEN or not publicity.provisional:
        return publicity
    deadline = table().period_end(publicity.opened_on, publicity.days, publicity.counting)
    if (deadline.day, deadline.provisional) == (publicity.last_day, publicity.provisional):
        return publicity
    publicity.last_day, publicity.provisional = deadline.day, deadline.provisional
    publicity.save()
    record(
        "publicity.recomputed",
        subject=f"batch:{publicity.batch.number}",
        by=None,
        pool=publicity.batch.pool.code,
        body={"publicity": publicity.pk, "last_day": deadline.day.isoformat(), "provisional": deadline.provisional},
    )
    return publicity
