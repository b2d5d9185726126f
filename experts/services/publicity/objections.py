"""异议: what is said against somebody on a list in publicity, and what the inquiry found (第六条（五）)."""

from datetime import date, timedelta

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.days import why_not_day
from expertpool.ledger.services import plain, record, sealed
from expertpool.messaging.services import queue_message
from expertpool.pools import duties
from expertpool.pools.editions import edition_of
from expertpool.refusals import Refusal, refuse_if, why_not_text
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from experts.domain.lifecycles import APPLICATION
from experts.domain.membership_cycles import OBJECTION
from experts.models import Application, Objection, Publicity
from experts.services.chain import close_if_done

RECORD, DECIDE = "objections.record", "objections.decide"
NAMELESS = "匿名"


def stands_against(application: Application, edition: Regulation) -> list[Refusal]:
    """What objections in time say against admitting the applicant: one that is open, one that was upheld (第六条（五）)."""
    article = edition.publicity.objection.article if edition.publicity else ""
    states = set(Objection.objects.filter(application=application, late=False).values_list("state", flat=True))
    found = []
    if Objection.State.OPEN in states:
        found.append(Refusal.under(edition, "objection", "公示期内收到的异议正在核实，核实结束前不能入库。", article))
    if Objection.State.UPHELD in states:
        found.append(Refusal.under(edition, "objection-upheld", "公示异议经核实成立，不予入库。", article))
    return found


def why_not_object(publicity: Publicity, on: date | None = None, by: User | None = None) -> Refusal | None:
    """The reason why ``by`` (None: whoever may) cannot record an objection to this publicity, or None."""
    pool = publicity.batch.pool
    return _why_not_object(publicity, by, on or clock.today(), edition_of(publicity, pool))


def _why_not_object(publicity: Publicity, by: User | None, on: date, edition: Regulation) -> Refusal | None:
    if refusal := duties.why_not(by, RECORD, publicity.batch.pool, on, edition=edition):
        return refusal
    if publicity.state == Publicity.State.EXEMPT:
        return Refusal("exempt", "该批次没有公示，不能登记公示异议。如有问题线索，请在申请审核或出库事项中处理。")
    return None


@transaction.atomic
@acts_on("publicity.objection")
@acts_on("publicity.objection.recorded_by")
@acts_on("publicity.objection.real_name")
@acts_on("publicity.objection.within_period")
def record_objection(
    *, publicity: Publicity, application: Application, objector: str, contact: str, content: str, by: User, on: date | None = None
) -> Objection:
    """Write down an objection against one person on the list; ``on`` is the Beijing day on which it was received.

    In time until 24:00 of the last day (readings A14): while it is open, that person, and nobody else, is not
    admitted. One received later is kept as a lead and blocks nothing. The same objection twice is one.
    """
    today = clock.today()
    on = on or today
    # The applicant's row first, as admission does: the two wait for each other instead of both failing.
    application = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    publicity = Publicity.objects.select_for_update(of=("self",)).select_related("batch__pool").get(pk=publicity.pk)
    pool = publicity.batch.pool
    edition = edition_of(publicity, pool)
    rules = edition.publicity.objection if edition.publicity else None
    article = rules.article if rules else ""
    objector, contact, content = objector.strip(), contact.strip(), content.strip()
    refuse_if(_why_not_object(publicity, by, today, edition))
    refuse_if(
        why_not_day(on),
        None
        if application.batch_id == publicity.batch_id
        else Refusal.under(edition, "not-on-list", "被异议人不在这一公示名单中，请核对。", article, field="application"),
        None
        if on >= publicity.opened_on
        else Refusal.under(edition, "too-early", "收到日期早于公示开始日期，请核对。", article, field="on"),
        why_not_text(content, "异议内容", "content"),
        Refusal.under(edition, "anonymous", "异议应当实名提出，请填写异议人姓名。", article, field="objector")
        if rules and rules.real_name and not objector
        else None,
    )
    for known in Objection.objects.filter(publicity=publicity, application=application):
        if (known.objector, known.content) == (objector or NAMELESS, content):
            return known
    objection = Objection.objects.create(
        publicity=publicity,
        application=application,
        objector=objector or NAMELESS,
        contact=contact,
        content=content,
        # One that lay on a desk counts as received at the last moment of its day.
        received_at=clock.now() if on == today else clock.end_of(on) - timedelta(seconds=1),
        late=on > publicity.last_day and bool(rules and rules.within_period),
        recorded_by=by,
    )
    record(
        "objection.recorded",
        subject=f"application:{application.pk}",
        by=by,
        pool=pool.code,
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


def why_not_decide_objection(objection: Objection, on: date, by: User | None = None) -> Refusal | None:
    """The reason why ``by`` (None: whoever may) cannot close the objection, or None."""
    pool = objection.publicity.batch.pool
    if refusal := duties.why_not(by, DECIDE, pool, on, edition=edition_of(objection.publicity, pool)):
        return refusal
    return None if objection.state == Objection.State.OPEN else Refusal("state", "该异议已经核实。")


@transaction.atomic
@acts_on("publicity.objection.decided_by")
@acts_on("publicity.objection.inquiry", "verify")
@acts_on("publicity.objection.notify")
def decide_objection(*, objection: Objection, upheld: bool, conclusion: str, by: User) -> Objection:
    """Close an objection with what the inquiry found; if it is upheld, that person is not admitted (第六条（五）).

    Somebody who has been admitted meanwhile stays a member: an exit case is the way then. The same decision a second
    time changes nothing.
    """
    application = Application.objects.select_for_update(of=("self",)).get(pk=objection.application_id)
    objection = Objection.objects.select_for_update(of=("self",)).select_related("publicity__batch__pool").get(pk=objection.pk)
    batch = objection.publicity.batch
    pool = batch.pool
    edition = edition_of(objection.publicity, pool)
    rules = edition.publicity.objection if edition.publicity else None
    refuse_if(duties.why_not(by, DECIDE, pool, clock.today(), edition=edition))
    target = Objection.State.UPHELD if upheld else Objection.State.DISMISSED
    if objection.state == target:
        return objection
    refuse_if(why_not_text(conclusion, "核实结论", "conclusion"))
    OBJECTION.go(objection, target)
    objection.conclusion, objection.decided_by, objection.decided_at = conclusion.strip(), by, clock.now()
    objection.save()
    rejected = upheld and application.state in Application.ON_A_LIST
    if rejected:
        APPLICATION.go(application, Application.State.REJECTED)
        application.step = ""
        application.changed_at = clock.now()
        application.save()
    if (rules and "subject" in rules.notify) or rejected:
        outcome = "成立，不予入库" if upheld else "不成立"
        queue_message(
            kind="objection.decided",
            to=application.applicant or application.filed_by,
            address="",
            title=f"入库申请{application.number}的公示异议已核实",
            body=f"入库申请{application.number}在公示期间收到异议，经核实，异议{outcome}。",
            about=f"application:{application.pk}",
            idem=f"objection:{objection.pk}:subject",
            pool=pool.code,
        )
    if rules and "objector" in rules.notify and objection.contact:
        queue_message(
            kind="objection.answered",
            to=None,
            address=objection.contact,
            title="您提出的公示异议已核实",
            body=f"您对{batch.number}批次公示提出的异议已核实，结论：{objection.get_state_display()}。",
            about=f"objection:{objection.pk}",
            idem=f"objection:{objection.pk}:objector",
            pool=pool.code,
        )
    close_if_done(batch)
    record(
        "objection.decided",
        subject=f"application:{application.pk}",
        by=by,
        pool=pool.code,
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
