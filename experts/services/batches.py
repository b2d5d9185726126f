"""入库批次: applications that passed the review, collected into a list on which the department decides (第六条（三）)."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import Role, User
from expertpool.ledger.services import record, sealed
from expertpool.refusals import Refusal, Refused, refuse_if
from expertpool.regulations import Regulation
from experts.domain.lifecycles import APPLICATION, BATCH
from experts.models import Application, Batch, Pool, Publicity

from .editions import edition_on
from .permits import why_not_by, why_not_day


def step_article(regulation: Regulation, code: str) -> str:
    """The article of an intake step; empty where the regulation has no such step."""
    return next((step.article for step in regulation.intake.steps if step.code == code), "")


def why_not_collect(applications: Iterable[Application]) -> list[Refusal]:
    """Every reason why these applications cannot stand on one new list."""
    rows = list(applications)
    if not rows:
        return [Refusal("empty", "请先选择审核通过的申请。")]
    found = []
    if len({row.pool_id for row in rows}) > 1:
        found.append(Refusal("pools", "一个批次只能包含同一专家库的申请，请分别汇总。"))
    for row in rows:
        if row.state != Application.State.PASSED:
            found.append(Refusal("state", f"{row.number} {row.name}的状态是“{row.get_state_display()}”，只有审核通过的申请可以汇总。"))
    return found


@transaction.atomic
def collect_batch(*, applications: Iterable[Application], by: User, on: date | None = None) -> Batch:
    """Put applications that passed the review onto a new named list (第六条（三）).

    The same applications a second time give the list that they already stand on. Raises Refused naming every
    application that cannot be collected.
    """
    on = on or clock.today()
    refuse_if(why_not_by(by, Role.OFFICE))
    wanted = {application.pk for application in applications}
    rows = list(Application.objects.select_for_update().filter(pk__in=wanted).order_by("pk"))
    batches = {row.batch_id for row in rows}
    if rows and len(batches) == 1 and None not in batches:
        known = Batch.objects.get(pk=next(one for one in batches if one is not None))
        if known.state == Batch.State.COLLECTING and set(known.applications.values_list("pk", flat=True)) == wanted:
            return known
    if refusals := why_not_collect(rows):
        raise Refused(*refusals)
    pool = Pool.objects.select_for_update().get(pk=rows[0].pool_id)
    start = f"{pool.number_prefix}{on.year}-P"
    numbers = Batch.objects.filter(number__startswith=start).values_list("number", flat=True)
    serial = max((int(number.removeprefix(start)) for number in numbers), default=0) + 1
    batch = Batch.objects.create(number=f"{start}{serial:03d}", pool=pool, collected_by=by)
    for row in rows:
        APPLICATION.go(row, Application.State.PROPOSED)
        row.batch = batch
        row.changed_at = clock.now()
        row.save()
    record(
        "batch.collected", subject=f"batch:{batch.number}", by=by, body={"applications": [row.number for row in rows], "on": on.isoformat()}
    )
    return batch


def why_not_decide(batch: Batch) -> Refusal | None:
    """The reason why no decision can be recorded for the batch, or None."""
    if refusal := BATCH.why_not(batch.state, Batch.State.DECIDED, labels=dict(Batch.State.choices)):
        return refusal
    if not batch.applications.filter(state=Application.State.PROPOSED).exists():
        return Refusal("empty", "批次中已没有拟入库的申请，无需审定。")
    return None


@transaction.atomic
def decide_batch(*, batch: Batch, decision_document: str, by: User, on: date | None = None) -> Batch:
    """Record the department's decision on the list, with the document that carries it; ``on`` is the day of the decision.

    The office records it, or the leader decides himself (第六条（三）“审定”). The same document a second time
    changes nothing.
    """
    on = on or clock.today()
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    regulation = edition_on(batch.pool, on)
    article = step_article(regulation, "department_decision")
    deciders = {step.role for step in regulation.intake.steps if step.code == "department_decision"}
    refuse_if(why_not_by(by, *sorted(deciders | {Role.OFFICE.value}), article=article, regulation=regulation.code), why_not_day(on))
    document = decision_document.strip()
    if batch.decided_on is not None and batch.decision_document == document:
        return batch
    refuse_if(
        why_not_decide(batch),
        None if document else Refusal("no-document", "请填写审定文件的名称和文号。", article, regulation.code, "decision_document"),
        None
        if on >= clock.day_of(batch.collected_at)
        else Refusal("too-early", "审定日期不能早于批次的汇总日期，请核对。", article, regulation.code, "on"),
    )
    BATCH.go(batch, Batch.State.DECIDED)
    batch.decision_document, batch.decided_on, batch.decided_by = document, on, by
    batch.save()
    record(
        "batch.decided",
        subject=f"batch:{batch.number}",
        by=by,
        body={
            "on": on.isoformat(),
            "document": sealed(f"batch.document:{batch.number}", document),
            "rules": regulation.file_hash,
            "applications": list(batch.applications.filter(state=Application.State.PROPOSED).values_list("number", flat=True)),
        },
    )
    return batch


def close_if_done(batch: Batch) -> None:
    """Close a list on which everybody has been admitted, rejected or has withdrawn, once publicity is over. Locks the row."""
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    publicity = Publicity.objects.filter(batch=batch).first()
    over = publicity is not None and publicity.state != Publicity.State.OPEN
    if over and batch.state != Batch.State.CLOSED and not batch.applications.open().exists():  # type: ignore[attr-defined]
        BATCH.go(batch, Batch.State.CLOSED)
        batch.save()
