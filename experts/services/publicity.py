"""公示 and 异议: the proposed list in public, and what is said against somebody on it (第六条（四）（五）)."""

from datetime import date, timedelta

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import Role, User
from expertpool.ledger.services import plain, record, sealed
from expertpool.messaging.services import queue_message
from expertpool.refusals import Refusal, refuse_if
from expertpool.regulations import Regulation
from expertpool.workcalendar.services import table
from experts.domain.lifecycles import APPLICATION, BATCH, PUBLICITY
from experts.domain.membership_cycles import OBJECTION
from experts.models import Application, Batch, Objection, Publicity

from .batches import close_if_done
from .editions import edition_of, edition_on
from .permits import why_not_by, why_not_day, why_not_text


def has_ended(publicity: Publicity) -> bool:
    """Whether the whole period lies behind us at this moment: 24:00 Beijing of its last day has passed."""
    return clock.now() >= clock.end_of(publicity.last_day)


def why_not_open_publicity(batch: Batch, on: date) -> Refusal | None:
    """The reason why publicity of the batch cannot open on the Beijing day ``on``, or None."""
    regulation = edition_on(batch.pool, on)
    if regulation.publicity is None:
        return Refusal("no-publicity", f"《{regulation.short_name}》没有规定公示，无需公示。")
    if batch.state == Batch.State.COLLECTING:
        article = next((step.article for step in regulation.intake.steps if step.code == "department_decision"), "")
        return Refusal("undecided", "名单尚未审定。请先登记审定文件，再发布公示。", article, regulation.code)
    if Publicity.objects.filter(batch=batch).exists():
        return Refusal("state", "该批次已经公示，或已批准不予公示。", regulation.publicity.article, regulation.code)
    if refusal := BATCH.why_not(batch.state, Batch.State.IN_PUBLICITY, labels=dict(Batch.State.choices)):
        return refusal
    if not batch.applications.filter(state=Application.State.PROPOSED).exists():
        return Refusal("empty", "批次中已没有拟入库的申请，无需公示。")
    return None


def why_not_days(regulation: Regulation, days: int) -> Refusal | None:
    """The reason why a publicity of ``days`` days (counted as the regulation counts) is not what it asks for, or None."""
    rules = regulation.publicity
    assert rules is not None
    unit = "个工作日" if rules.counting == "workdays" else "天"
    if rules.bound == "exact" and days != rules.days:
        return Refusal("days", f"公示期为{rules.days}{unit}，不能更改。", rules.article, regulation.code, "days")
    if days < rules.days:
        return Refusal("days", f"公示期不少于{rules.days}{unit}，请修改天数。", rules.article, regulation.code, "days")
    return None


@transaction.atomic
def open_publicity(*, batch: Batch, by: User, on: date | None = None, days: int | None = None) -> Publicity:
    """Show the decided list to the public until 24:00 of the last day of the period (第六条（四）).

    The first day is the next one that counts after today (readings A14); ``days`` may exceed the regulation's
    number only where that is a minimum. ``on`` must be today: the period runs from the moment of publication.
    Raises Refused, also when the period touches a year whose working days are not loaded; a second call returns
    the open publicity.
    """
    on = on or clock.today()
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    regulation = edition_on(batch.pool, on)
    rules = regulation.publicity
    refuse_if(why_not_by(by, Role.OFFICE))
    known = Publicity.objects.filter(batch=batch, state=Publicity.State.OPEN).first()
    if known is not None and (days is None or days == known.days):
        return known
    refuse_if(why_not_open_publicity(batch, on))
    assert rules is not None
    days = rules.days if days is None else days
    refuse_if(
        None
        if on == clock.today()
        else Refusal("not-today", "公示期从实际发布之日起计算，只能以今天为开始日期。", rules.article, regulation.code),
        why_not_days(regulation, days),
    )
    deadline = table().period_end(on, days, rules.counting)
    publicity = Publicity(
        batch=batch,
        opened_on=on,
        opened_at=clock.now(),
        opened_by=by,
        days=days,
        counting=rules.counting,
        last_day=deadline.day,
        provisional=deadline.provisional,
        columns=list(rules.columns),
    )
    publicity.decide_under(regulation)
    publicity.save()
    BATCH.go(batch, Batch.State.IN_PUBLICITY)
    batch.save()
    shown = list(batch.applications.select_for_update().filter(state=Application.State.PROPOSED).order_by("pk"))
    for application in shown:
        APPLICATION.go(application, Application.State.IN_PUBLICITY)
        application.changed_at = clock.now()
        application.save()
    record(
        "publicity.opened",
        subject=f"batch:{batch.number}",
        by=by,
        body={
            "publicity": publicity.pk,
            "opened_on": on.isoformat(),
            "days": days,
            "counting": rules.counting,
            "last_day": deadline.day.isoformat(),
            "provisional": deadline.provisional,
            "columns": list(rules.columns),
            "rules": regulation.file_hash,
            "applications": [application.number for application in shown],
        },
    )
    return publicity


def why_not_exempt(batch: Batch, on: date) -> Refusal | None:
    """The reason why publicity of the batch cannot be left out, or None."""
    regulation = edition_on(batch.pool, on)
    if refusal := why_not_open_publicity(batch, on):
        return refusal
    if regulation.publicity is None or regulation.publicity.exemption is None:
        article = regulation.publicity.article if regulation.publicity else ""
        return Refusal("no-exemption", f"《{regulation.short_name}》没有规定可以不公示的情形，必须公示。", article, regulation.code)
    return None


@transaction.atomic
def exempt_publicity(*, batch: Batch, provision: str, reason: str, by: User, on: date | None = None) -> Publicity:
    """Leave publicity out where the regulation allows it (第六条（四）“不宜进行公示的，从其规定”).

    ``provision`` the rule that says so, ``reason`` why it applies here, ``by`` the approver whom the regulation names.
    The discipline inspector sees every such case. The same a second time returns it.
    """
    on = on or clock.today()
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    regulation = edition_on(batch.pool, on)
    provision, reason = provision.strip(), reason.strip()
    rule = regulation.publicity.exemption if regulation.publicity else None
    if rule is not None:
        refuse_if(why_not_by(by, rule.approver, article=rule.article, regulation=regulation.code))
    known = Publicity.objects.filter(batch=batch, state=Publicity.State.EXEMPT).first()
    if known is not None and (known.exemption_provision, known.exemption_reason) == (provision, reason):
        return known
    refuse_if(why_not_exempt(batch, on))
    assert regulation.publicity is not None
    assert rule is not None
    refuse_if(
        why_not_text(provision, "不宜公示所依据的规定（文件名称、条款）", "provision") if "provision" in rule.requires else None,
        why_not_text(reason, "不宜公示的理由", "reason") if "reason" in rule.requires else None,
    )
    publicity = Publicity(
        batch=batch,
        state=Publicity.State.EXEMPT,
        opened_on=on,
        opened_by=by,
        days=0,
        counting=regulation.publicity.counting,
        last_day=on,
        columns=[],
        exemption_provision=provision,
        exemption_reason=reason,
    )
    publicity.decide_under(regulation)
    publicity.save()
    record(
        "publicity.exempted",
        subject=f"batch:{batch.number}",
        by=by,
        body={
            "publicity": publicity.pk,
            "article": plain(rule.article),
            "provision": sealed(f"publicity.provision:{publicity.pk}", provision),
            "reason": sealed(f"publicity.reason:{publicity.pk}", reason),
            "rules": regulation.file_hash,
        },
    )
    return publicity


def why_not_end(publicity: Publicity) -> Refusal | None:
    """The reason why the publicity cannot end now, or None."""
    if refusal := PUBLICITY.why_not(publicity.state, Publicity.State.ENDED, labels=dict(Publicity.State.choices)):
        return refusal
    if has_ended(publicity):
        return None
    regulation = edition_of(publicity, publicity.batch.pool)
    day = publicity.last_day
    return Refusal(
        "not-over",
        f"公示期到{day.year}年{day.month}月{day.day}日24:00才满，在此之前不能结束公示。",
        regulation.publicity.article if regulation.publicity else "",
        publicity.rule_code,
    )


@transaction.atomic
def end_publicity(*, publicity: Publicity, by: User | None = None, on: date | None = None) -> Publicity:
    """Note that the period is over, with the last moment at which the list counted as shown; ending it twice is harmless."""
    publicity = Publicity.objects.select_for_update(of=("self",)).select_related("batch").get(pk=publicity.pk)
    if publicity.state == Publicity.State.ENDED:
        return publicity
    refuse_if(why_not_end(publicity))
    PUBLICITY.go(publicity, Publicity.State.ENDED)
    publicity.ended_at = clock.now()
    publicity.save()
    close_if_done(publicity.batch)
    record(
        "publicity.ended",
        subject=f"batch:{publicity.batch.number}",
        by=by,
        body={
            "publicity": publicity.pk,
            "first_moment": publicity.opened_at.isoformat(),
            "last_moment": clock.end_of(publicity.last_day).isoformat(),
        },
    )
    return publicity


@transaction.atomic
def recompute_last_day(*, publicity: Publicity, by: User | None = None) -> Publicity:
    """Compute a provisional last day again, now that the year's working days may be official; no change, no event."""
    publicity = Publicity.objects.select_for_update(of=("self",)).select_related("batch").get(pk=publicity.pk)
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
        by=by,
        body={"publicity": publicity.pk, "last_day": deadline.day.isoformat(), "provisional": deadline.provisional},
    )
    return publicity


def why_not_object(publicity: Publicity) -> Refusal | None:
    """The reason why no objection can be recorded to this publicity, or None."""
    if publicity.state == Publicity.State.EXEMPT:
        return Refusal("exempt", "该批次没有公示，不能登记公示异议。如有问题线索，请在申请审核或出库事项中处理。")
    return None


@transaction.atomic
def record_objection(
    *, publicity: Publicity, application: Application, objector: str, contact: str, content: str, by: User, on: date | None = None
) -> Objection:
    """Write down an objection against one person on the list; ``on`` is the Beijing day on which it was received.

    In time until 24:00 of the last day (readings A14): while it is open, that person, and nobody else, is not
    admitted. One received later is kept as a lead and blocks nothing. The same objection twice is one.
    """
    on = on or clock.today()
    # The applicant's row first, as admission does: the two wait for each other instead of both failing.
    application = Application.objects.select_for_update().get(pk=application.pk)
    publicity = Publicity.objects.select_for_update(of=("self",)).select_related("batch").get(pk=publicity.pk)
    regulation = edition_of(publicity, publicity.batch.pool)
    rules = regulation.publicity.objection if regulation.publicity else None
    article = rules.article if rules else ""
    objector, contact, content = objector.strip(), contact.strip(), content.strip()
    refuse_if(
        why_not_by(by, Role.OFFICE),
        why_not_object(publicity),
        why_not_day(on),
        None
        if application.batch_id == publicity.batch_id
        else Refusal("not-on-list", "被异议人不在这一公示名单中，请核对。", article, regulation.code, "application"),
        None if on >= publicity.opened_on else Refusal("too-early", "收到日期早于公示开始日期，请核对。", article, regulation.code, "on"),
        why_not_text(content, "异议内容", "content"),
        Refusal("anonymous", "异议应当实名提出，请填写异议人姓名。", article, regulation.code, "objector")
        if rules and rules.real_name and not objector
        else None,
    )
    for known in Objection.objects.filter(publicity=publicity, application=application):
        if (known.objector, known.content) == (objector or "匿名", content):
            return known
    objection = Objection.objects.create(
        publicity=publicity,
        application=application,
        objector=objector or "匿名",
        contact=contact,
        content=content,
        # One that lay on a desk counts as received at the last moment of its day.
        received_at=clock.now() if on == clock.today() else clock.end_of(on) - timedelta(seconds=1),
        late=on > publicity.last_day,
        recorded_by=by,
    )
    record(
        "objection.recorded",
        subject=f"application:{application.pk}",
        by=by,
        body={
            "number": application.number,
            "objection": objection.pk,
            "publicity": publicity.pk,
            "received_on": on.isoformat(),
            "late": objection.late,
            "article": plain(article),
            "content": sealed(f"objection.content:{objection.pk}", content),
        },
    )
    return objection


@transaction.atomic
def decide_objection(*, objection: Objection, upheld: bool, conclusion: str, by: User, on: date | None = None) -> Objection:
    """Close an objection with what the inquiry found; if it is upheld, that person is not admitted (第六条（五）).

    Somebody who has been admitted meanwhile stays a member: an exit case is the way then. The same decision a second
    time changes nothing.
    """
    on = on or clock.today()
    application = Application.objects.select_for_update().get(pk=objection.application_id)
    objection = Objection.objects.select_for_update(of=("self",)).select_related("publicity__batch").get(pk=objection.pk)
    target = Objection.State.UPHELD if upheld else Objection.State.DISMISSED
    if objection.state == target:
        return objection
    regulation = edition_of(objection.publicity, objection.publicity.batch.pool)
    rules = regulation.publicity.objection if regulation.publicity else None
    refuse_if(why_not_by(by, Role.OFFICE), why_not_text(conclusion, "核实结论", "conclusion"))
    OBJECTION.go(objection, target)
    objection.conclusion, objection.decided_by, objection.decided_at = conclusion.strip(), by, clock.now()
    objection.save()
    rejected = upheld and application.state == Application.State.IN_PUBLICITY
    if rejected:
        APPLICATION.go(application, Application.State.REJECTED)
        application.changed_at = clock.now()
        application.save()
    if (rules and "subject" in rules.notify) or rejected:
        outcome = "成立，不予入库" if upheld else "不成立"
        queue_message(
            kind="objection.decided",
            to=application.filed_by,
            address="",
            title=f"入库申请{application.number}的公示异议已核实",
            body=f"入库申请{application.number}在公示期间收到异议，经核实，异议{outcome}。",
            about=f"application:{application.pk}",
            idem=f"objection:{objection.pk}:subject",
        )
    if rules and "objector" in rules.notify and objection.contact:
        queue_message(
            kind="objection.answered",
            to=None,
            address=objection.contact,
            title="您提出的公示异议已核实",
            body=f"您对{objection.publicity.batch.number}批次公示提出的异议已核实，结论：异议{objection.get_state_display()}。",
            about=f"objection:{objection.pk}",
            idem=f"objection:{objection.pk}:objector",
        )
    close_if_done(objection.publicity.batch)
    record(
        "objection.decided",
        subject=f"application:{application.pk}",
        by=by,
        body={
            "number": application.number,
            "objection": objection.pk,
            "upheld": upheld,
            "application_rejected": rejected,
            "article": plain(rules.article) if rules else "",
            "conclusion": sealed(f"objection.conclusion:{objection.pk}", conclusion),
        },
    )
    return objection
