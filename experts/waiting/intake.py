"""What waits of intake: files with their filer, steps of one file, applications to be collected, lists and admissions."""

from collections.abc import Callable, Iterator

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from expertpool.addresses import address
from expertpool.pools.duties import Actor
from expertpool.pools.models import Pool
from expertpool.regulations import Regulation
from expertpool.regulations.schema import Step
from expertpool.web.waiting_item import WaitingItem
from experts import sight
from experts.models import Application, Batch
from experts.services import batches, chain
from experts.services.publicity import has_ended

State = Application.State
Teller = Callable[[Actor], list[WaitingItem]]
# So many single items of a kind; further ones are on its list.
MOST = 50
DRAFTS_SHOWN = 5
MANAGE = "applications.manage"


def _own_affairs(actor: Actor) -> bool:
    """Whether what waits for an applicant and for an employer is told here.

    Outside the pools; and in a pool for whom nothing else waits there, so that nobody is told a thing twice.
    """
    return actor.pool is None or not any(one.pool_id is not None for one in actor.assignments)


def _returned_and_drafts(actor: Actor) -> list[WaitingItem]:
    """Applications of one's own side that were sent back, and drafts that nobody has sent yet (many of them as one item)."""
    if actor.pool is None and not actor.roles:
        return []
    mine = Application.objects.filter(sight.filed_by(actor)).select_related("pool", "employer").defer("achievements").order_by("pk")
    if not _own_affairs(actor):
        mine = mine.exclude(applicant=actor.account)
    drafts = list(mine.filter(state=State.DRAFT)[: DRAFTS_SHOWN + 1])
    items = [
        WaitingItem(
            title=(_("退回补正：%s") if application.state == State.RETURNED else _("草稿未提交：%s")) % application,
            url=address("application_edit", application.pk, pool=application.pool),
            action=_("修改后重新提交") if application.state == State.RETURNED else _("继续填写"),
            detail=str(application.employer or ""),
        )
        for application in [*mine.filter(state=State.RETURNED)[:MOST], *(drafts if len(drafts) <= DRAFTS_SHOWN else [])]
    ]
    if len(drafts) > DRAFTS_SHOWN:
        count = mine.filter(state=State.DRAFT).count()
        url = f"{address('applications', pool=actor.pool)}?state={State.DRAFT.value}"
        items.append(WaitingItem(title=_("有%s份草稿未提交") % count, url=url, action=_("查看草稿")))
    return items


def _steps(actor: Actor) -> list[WaitingItem]:
    """Steps of one file that wait for this account: its unit's word, its own consent, a review, a decision on one person."""
    rows = Application.objects.due_for(actor).select_related("pool", "employer", "recommending_unit", "filed_for").defer("achievements")
    items = []
    for application in rows[:MOST]:
        edition = chain.edition_to_read(application)
        step = chain.due_step(application, edition)
        if step is None or (not _own_affairs(actor) and actor.pool is not None and _everywhere(actor, step)):
            continue
        items.append(
            WaitingItem(
                title=f"{step.name}：{application}",
                url=_where_answered(application, actor, step),
                action=_("审核申请") if step.kind == "review" else _("办理") if step.kind == "decide" else _("审核"),
                detail=str((application.recommending_unit if step.unit == "employer" else application.employer) or ""),
                article=step.article,
                regulation=edition.code,
                edition=edition.file_hash,
            )
        )
    return items


def _everywhere(actor: Actor, step: Step) -> bool:
    """Whether the step is taken in a role that belongs to no pool, and is told outside."""
    return any(str(one.role) == step.role and one.pool_id is None for one in actor.assignments)


def _where_answered(application: Application, actor: Actor, step: Step) -> str:
    """Who keeps the pool answers a review in the back office, field by field; everybody else on the page of the step."""
    if actor.pool is not None and step.kind in ("review", "decide") and actor.holds(MANAGE):
        return address("admin:experts_application_change", application.pk, pool=application.pool)
    return address("endorsement", application.pk, pool=application.pool)


def _passed(pool: Pool) -> Iterator[tuple[Q, Step, Regulation, int]]:
    """Each kind of application that has passed: how its rows are found, the step due, the edition, and how many there are.

    One channel and step of an edition tells for all of its kind.
    """
    columns = ("rule_code", "rule_edition", "rule_hash", "channel", "step")
    for one in Application.objects.filter(pool=pool, state=State.PASSED).order_by().values(*columns).annotate(many=Count("pk")):
        many = one.pop("many")
        like = Application(pool=pool, state=State.PASSED, **one)
        edition = chain.edition_to_read(like)
        step = chain.due_step(like, edition)
        if step is not None:
            yield Q(**one), step, edition, many


def _to_collect(actor: Actor) -> list[WaitingItem]:
    """Applications whose next step is taken for a list and that stand on none, as one item."""
    if actor.pool is None or not actor.opens(batches.COLLECT):
        return []
    kinds = [(many, edition) for _like, step, edition, many in _passed(actor.pool) if chain.for_a_list(step)]
    count = sum(many for many, edition in kinds if actor.holds(batches.COLLECT, edition=edition))
    if not count:
        return []
    url = address("admin:experts_application_changelist", pool=actor.pool) + f"?state__exact={State.PASSED.value}"
    return [WaitingItem(title=_("%s份审核通过的申请待汇总为批次") % count, url=url, action=_("汇总批次"))]


def _admissions(actor: Actor) -> list[WaitingItem]:
    """People whose channel asks for no list and who can be admitted one by one."""
    if actor.pool is None or not actor.opens("intake.*"):
        return []
    mine = Q(pk__in=())
    for kind, step, edition, _many in _passed(actor.pool):
        if step.kind == "admission" and not chain.for_a_list(step) and actor.holds(chain.duty_of(step), edition=edition):
            mine |= kind
    rows = Application.objects.filter(mine, pool=actor.pool, state=State.PASSED).select_related("pool", "employer")
    items = []
    for application in rows.defer("achievements").order_by("changed_at", "pk")[:MOST]:
        edition = chain.edition_to_read(application)
        due = chain.due_step(application, edition)
        assert due is not None
        items.append(
            WaitingItem(
                title=f"{due.name}：{application}",
                url=address("application", application.pk, pool=actor.pool),
                action=_("批准入库"),
                detail=str(application.employer or ""),
                article=due.article,
                regulation=edition.code,
                edition=edition.file_hash,
            )
        )
    return items


def _lists(actor: Actor) -> list[WaitingItem]:
    """Lists whose next step is this account's: decide, publish, admit."""
    if actor.pool is None or not (actor.opens("intake.*") or actor.opens(MANAGE)):
        return []
    items: list[WaitingItem] = []
    rows = Batch.objects.filter(pool=actor.pool).exclude(state=Batch.State.CLOSED).select_related("pool", "publicity").order_by("pk")
    for batch in rows:
        if len(items) == MOST:
            break
        edition = chain.edition_of_list(batch)
        step = chain.due_step_of(batch, edition)
        if step is None or step.kind not in WORDS:
            continue
        if step.kind == "publicity":
            shown = getattr(batch, "publicity", None)
            if shown is not None and not has_ended(shown):
                continue
            if shown is not None:
                # The period is over and no sweep has noted it yet.
                step = chain.after(batch, edition, step) or step
        if step.kind not in WORDS or not _takes(actor, step, edition):
            continue
        decides = step.kind == "decide" and actor.holds(chain.duty_of(step), edition=edition)
        title, action = WORDS[step.kind]
        items.append(
            WaitingItem(
                title=(_("批次%s待审定") if decides else title) % batch.number,
                url=address("batch", batch.pk, pool=actor.pool),
                action=_("审定名单") if decides else action,
                detail=step.name,
                article=step.article,
                regulation=edition.code,
                edition=edition.file_hash,
            )
        )
    return items


WORDS = {
    "decide": (_("批次%s待登记审定"), _("登记审定")),
    "publicity": (_("批次%s待发布公示"), _("发布公示")),
    "admission": (_("批次%s待批准入库"), _("批准入库")),
}


def _takes(actor: Actor, step: Step, edition: Regulation) -> bool:
    if actor.holds(chain.duty_of(step), edition=edition):
        return True
    return step.kind == "decide" and batches.records_for_another(step, actor, edition)


TELLERS: tuple[Teller, ...] = (_returned_and_drafts, _steps, _to_collect, _admissions, _lists)
