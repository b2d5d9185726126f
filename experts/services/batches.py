"""入库批次: applications collected into a list, and the decisions on it (第六条（三）)."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.days import why_not_day
from expertpool.ledger.services import record, sealed
from expertpool.pools.duties import Actor, actor
from expertpool.pools.serials import take_number
from expertpool.refusals import Refusal, Refused, refuse_all, refuse_if
from expertpool.regulations.acting import acts_on
from experts.domain.chain import rest_of
from experts.domain.lifecycles import APPLICATION, BATCH
from experts.models import Application, Batch, BatchDecision
from experts.services import chain

from .applications.reviews import records_for_another

__all__ = ["collect_batch", "decide_batch", "why_not_collect", "why_not_decide"]

COLLECT = "batches.collect"


def why_not_collect(applications: Iterable[Application], who: Actor) -> list[Refusal]:
    """Every reason why ``who`` cannot put these applications onto one new list."""
    rows = list(applications)
    if not rows:
        return [Refusal("empty", "请先选择待汇总的申请。")]
    if len({row.pool_id for row in rows}) > 1:
        return [Refusal("pools", "一个批次只能包含同一专家库的申请，请分别汇总。")]
    found, ways = [], set()
    for row in rows:
        edition = chain.edition_to_read(row)
        if refusal := who.why_not(COLLECT, edition=edition):
            return [refusal]
        step = chain.due_step(row, edition)
        if row.state != Application.State.PASSED or step is None:
            found.append(Refusal("state", f"{row.number} {row.name}的状态是“{row.get_state_display()}”，只有审核通过的申请可以汇总。"))
        elif not chain.for_a_list(step):
            found.append(Refusal.under(edition, "alone", f"{row.number} {row.name}的“{step.name}”逐人办理，不需要汇总。", step.article))
        else:
            ways.add((edition.file_hash, tuple(one.code for one in rest_of(chain.chain_of(row, edition), step.code))))
    if len(ways) > 1:
        found.append(Refusal("ways", "这些申请其后的环节或所依规定的版本不同，请分别汇总。"))
    return found


@transaction.atomic
@acts_on("intake.collected_by")
def collect_batch(*, applications: Iterable[Application], by: User, on: date | None = None) -> Batch:
    """Put applications whose next step is taken for a list onto a new named list (第六条（三）).

    The same applications a second time give the list that they already stand on. Raises Refused naming every
    application that cannot be collected.
    """
    on = on or clock.today()
    wanted = {application.pk for application in applications}
    rows = list(Application.objects.select_for_update(of=("self",)).select_related("pool").filter(pk__in=wanted).order_by("pk"))
    if not rows:
        raise Refused(Refusal("empty", "请先选择待汇总的申请。"))
    pool = rows[0].pool
    who = actor(by, pool, clock.today())
    edition = chain.edition_to_read(rows[0])
    refuse_if(who.why_not(COLLECT, edition=edition))
    batches = {row.batch_id for row in rows}
    if len(batches) == 1 and None not in batches:
        known = Batch.objects.get(pk=next(one for one in batches if one is not None))
        if known.state == Batch.State.COLLECTING and set(known.applications.values_list("pk", flat=True)) == wanted:
            return known
    refuse_all(why_not_collect(rows, who))
    batch = Batch(pool=pool, collected_by=by, step=rows[0].step, number=take_number(pool, "batch", on.year))
    batch.decide_under(edition)
    batch.save()
    for row in rows:
        APPLICATION.go(row, Application.State.PROPOSED)
        row.batch = batch
        row.changed_at = clock.now()
        row.save()
    record(
        "batch.collected",
        subject=f"batch:{batch.number}",
        by=by,
        pool=pool.code,
        body={"applications": [row.number for row in rows], "step": batch.step, "on": on.isoformat()},
    )
    return batch


def why_not_decide(batch: Batch, who: Actor) -> Refusal | None:
    """The reason why ``who`` records no decision on the list now, or None."""
    edition = chain.edition_of_list(batch)
    step = chain.due_step_of(batch, edition)
    if step is None or step.kind != "decide":
        waits = f"待“{step.name}”" if step is not None else batch.get_state_display()
        return Refusal("state", f"入库批次目前{waits}，不能登记审定。可能已有人办理，请刷新页面后查看最新状态。")
    refusal = who.why_not(chain.duty_of(step), edition=edition)
    if refusal is not None and not records_for_another(step, who, edition):
        return refusal
    return None


@transaction.atomic
@acts_on("intake.steps.kind", "decide")
def decide_batch(*, batch: Batch, decision_document: str = "", reason: str = "", step: str, by: User, on: date | None = None) -> Batch:
    """Record the decision on the list that is due, with the document where the step needs one; ``on`` is the day of the decision.

    Whom the edition names decides himself; of a step that needs a document who keeps the pool, and is not an agency, may
    record the decision on paper, and the record says so (第六条（三）“审定”).
    ``step``: the code of the step that it is meant for. The same document a second time changes nothing.
    """
    on = on or clock.today()
    batch = chain.locked_list(batch)
    who = actor(by, batch.pool, clock.today())
    edition = chain.edition_of_list(batch)
    document = decision_document.strip()
    refusal = why_not_decide(batch, who)
    if refusal is not None or step != batch.step:
        last = batch.decisions.filter(step=step).order_by("-pk").first()  # type: ignore[attr-defined]
        if last is not None and last.document == document and last.by_id == by.pk:
            return batch
        raise Refused(refusal or Refusal("state", "该环节已经办理，请刷新页面查看。"))
    due = chain.due_step_of(batch, edition)
    assert due is not None
    before = batch.decisions.order_by("-pk").first()  # type: ignore[attr-defined]
    earliest = before.decided_on if before is not None else clock.day_of(batch.collected_at)
    refuse_if(
        why_not_day(on),
        Refusal.under(edition, "no-document", "请填写审定文件的名称和文号。", due.article, field="decision_document")
        if "document" in due.needs and not document
        else None,
        Refusal.under(edition, "reason", f"“{due.name}”须写明理由。", due.article, field="reason")
        if "reason" in due.needs and not reason.strip()
        else None,
        None
        if on >= earliest
        else Refusal.under(edition, "too-early", "审定日期不能早于汇总或前一次审定的日期，请核对。", due.article, field="on"),
    )
    decision = BatchDecision.objects.create(
        batch=batch,
        step=due.code,
        document=document,
        reason=reason.strip(),
        decided_on=on,
        by=by,
        recorded=records_for_another(due, who, edition),
    )
    decided = list(Application.objects.on_the_list(batch).order_by("pk").values_list("number", flat=True))
    BATCH.go(batch, Batch.State.DECIDED)
    chain.list_goes_on(batch, edition)
    record(
        "batch.decided",
        subject=f"batch:{batch.number}",
        by=by,
        pool=batch.pool.code,
        body={
            "on": on.isoformat(),
            "step": due.code,
            "document": sealed(f"batch.document:{batch.number}:{due.code}", document),
            "recorded": decision.recorded,
            "rules": edition.file_hash,
            "applications": decided,
        },
    )
    return batch
