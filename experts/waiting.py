"""What waits in this room, by role."""

from collections.abc import Callable
from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from expertpool import clock
from expertpool.accounts.models import Role, User
from expertpool.core.waiting import WaitingItem
from expertpool.regulations import NoEditionInForce
from experts.services.editions import edition_or_latest

from .models import Application, Batch, ExitCase, Objection, Pool, Publicity
from .services.batches import step_article
from .services.publicity import has_ended

State = Application.State
Teller = Callable[[User, date], list[WaitingItem]]
# So many single items of a kind; further ones are on its list.
MOST = 50
DRAFTS_SHOWN = 5
# So many days an exemption from publicity stays on the inspector's first page.
SHOWN_DAYS = 30


def _returned_and_drafts(user: User, on: date) -> list[WaitingItem]:
    """Applications of one's own that were sent back, and drafts that nobody has sent yet (many of them as one item)."""
    mine = Application.objects.visible_to(user).select_related("employer").defer("achievements").order_by("pk")
    drafts = list(mine.filter(state=State.DRAFT)[: DRAFTS_SHOWN + 1])
    items = [
        WaitingItem(
            title=(_("退回补正：%s") if application.state == State.RETURNED else _("草稿未提交：%s")) % application,
            url=reverse("application_edit", args=[application.pk]),
            action=_("修改后重新提交") if application.state == State.RETURNED else _("继续填写"),
            detail=str(application.employer or ""),
        )
        for application in [*mine.filter(state=State.RETURNED)[:MOST], *(drafts if len(drafts) <= DRAFTS_SHOWN else [])]
    ]
    if len(drafts) > DRAFTS_SHOWN:
        count = mine.filter(state=State.DRAFT).count()
        items.append(
            WaitingItem(
                title=_("有%s份草稿未提交") % count, url=f"{reverse('applications')}?state={State.DRAFT.value}", action=_("查看草稿")
            )
        )
    return items


def _endorsements(user: User, on: date) -> list[WaitingItem]:
    """Applications that wait for this unit's word."""
    if user.organisation_id is None:
        return []
    employer = user.role == Role.EMPLOYER
    state, column, step = (
        (State.EMPLOYER_REVIEW, "employer", "employer_review")
        if employer
        else (State.UNIT_VERIFICATION, "recommending_unit", "unit_verification")
    )
    mine = Application.objects.filter(state=state, **{column: user.organisation_id}).select_related("pool", "employer", "recommending_unit")
    items = []
    for application in mine.order_by("submitted_at", "pk")[:MOST]:
        regulation = edition_or_latest(application.pool, on)
        items.append(
            WaitingItem(
                title=(_("真实性审核：%s") if employer else _("核实推荐：%s")) % application,
                url=reverse("endorsement", args=[application.pk]),
                action=_("审核"),
                detail=str((application.recommending_unit if employer else application.employer) or ""),
                article=regulation.intake.step(step).article,  # type: ignore[arg-type]
                regulation=regulation.code,
            )
        )
    return items


def _reviews(user: User, on: date) -> list[WaitingItem]:
    """Applications that wait for the office's review, and those that passed and stand on no list yet."""
    items = []
    rows = Application.objects.filter(state=State.OFFICE_REVIEW).select_related("pool", "employer").order_by("changed_at", "pk")
    for application in rows[:MOST]:
        regulation = edition_or_latest(application.pool, on)
        items.append(
            WaitingItem(
                title=_("资格审核：%s") % application,
                url=reverse("admin:experts_application_change", args=[application.pk]),
                action=_("审核申请"),
                detail=str(application.employer or ""),
                article=step_article(regulation, "office_review"),
                regulation=regulation.code,
            )
        )
    passed = Application.objects.filter(state=State.PASSED).count()
    if passed:
        address = reverse("admin:experts_application_changelist") + f"?state__exact={State.PASSED.value}"
        items.append(WaitingItem(title=_("%s份审核通过的申请待汇总为批次") % passed, url=address, action=_("汇总批次")))
    return items


def _batches(user: User, on: date) -> list[WaitingItem]:
    """Batches whose next step is the office's: record the decision, open publicity, admit."""
    items = []
    open_batches = Batch.objects.exclude(state=Batch.State.CLOSED).select_related("pool", "publicity").order_by("pk")
    for batch in open_batches[:MOST]:
        regulation = edition_or_latest(batch.pool, on)
        shown = getattr(batch, "publicity", None)
        rule = regulation.publicity.article if regulation.publicity else ""
        if batch.state == Batch.State.COLLECTING:
            words, action, article = _("批次%s待登记审定"), _("登记审定"), step_article(regulation, "department_decision")
        elif shown is None:
            words, action, article = _("批次%s已审定，待发布公示"), _("发布公示"), rule
        elif shown.state != Publicity.State.OPEN or has_ended(shown):
            words, action, article = _("批次%s公示期满，待批准入库"), _("批准入库"), step_article(regulation, "admission")
        else:
            continue
        address = reverse("admin:experts_batch_change", args=[batch.pk])
        items.append(WaitingItem(title=words % batch.number, url=address, action=action, article=article, regulation=regulation.code))
    return items


def _objections(user: User, on: date) -> list[WaitingItem]:
    """Objections that nobody has looked into yet; one in time should be settled when the period ends."""
    rows = Objection.objects.filter(state=Objection.State.OPEN).select_related("publicity__batch__pool", "application").order_by("pk")
    items = []
    for objection in rows[:MOST]:
        regulation = edition_or_latest(objection.publicity.batch.pool, on)
        items.append(
            WaitingItem(
                title=_("核实公示异议：%s") % objection.application,
                url=reverse("admin:experts_objection_change", args=[objection.pk]),
                action=_("登记结论"),
                detail=_("公示期后收到，作为线索") if objection.late else _("核实结束前不予入库"),
                article=regulation.publicity.objection.article if regulation.publicity else "",
                regulation=regulation.code,
            )
        )
    return items


def _exit_cases(user: User, on: date) -> list[WaitingItem]:
    """Exit cases that wait for a decision."""
    rows = ExitCase.objects.filter(state=ExitCase.State.OPEN).select_related("membership__expert").order_by("raised_on", "pk")
    return [
        WaitingItem(
            title=_("出库事项待决定：%s") % case.membership,
            url=reverse("admin:experts_exitcase_change", args=[case.pk]),
            action=_("核实并决定"),
            detail=str(case.get_source_display()),
            article=case.article,
            regulation=case.rule_code,
        )
        for case in rows[:MOST]
    ]


def _lapses(user: User, on: date) -> list[WaitingItem]:
    """Pools whose regulation soon ends with nothing loaded that would follow it."""
    items = []
    for pool in Pool.objects.order_by("pk"):
        try:
            regulation = pool.regulation_on(on)
        except NoEditionInForce:
            # It has lapsed already; every page that needs it says so.
            continue
        last = regulation.effective_to
        if last is None or (last - on).days > regulation.lapse_warn_days or _has_edition(pool, last + timedelta(days=1)):
            continue
        items.append(
            WaitingItem(
                title=_("《%s》即将失效") % regulation.short_name,
                url=reverse("rules"),
                action=_("查看现行规定"),
                due=clock.end_of(last),
                detail=_("%(pool)s：还没有载入接续的规定。请将新的规定文件交系统管理员载入，否则届满后不能再办理须依规定决定的事项。")
                % {"pool": pool.name},
                article=regulation.effective_article,
                regulation=regulation.code,
            )
        )
    return items


def _has_edition(pool: Pool, on: date) -> bool:
    try:
        pool.regulation_on(on)
    except NoEditionInForce:
        return False
    return True


def _decisions(user: User, on: date) -> list[WaitingItem]:
    """Batches on which the leader decides, where the regulation gives him the decision."""
    items = []
    for batch in Batch.objects.filter(state=Batch.State.COLLECTING).select_related("pool").order_by("pk")[:MOST]:
        regulation = edition_or_latest(batch.pool, on)
        step = next((one for one in regulation.intake.steps if one.code == "department_decision"), None)
        if step is not None and step.role == user.role:
            address = reverse("batch", args=[batch.pk])
            items.append(
                WaitingItem(
                    title=_("批次%s待审定") % batch.number,
                    url=address,
                    action=_("审定名单"),
                    article=step.article,
                    regulation=regulation.code,
                )
            )
    return items


def _exemptions(user: User, on: date) -> list[WaitingItem]:
    """Publicity that was left out lately, for the discipline inspector's eye."""
    lately = Publicity.objects.filter(state=Publicity.State.EXEMPT, opened_on__gt=on - timedelta(days=SHOWN_DAYS), opened_on__lte=on)
    items = []
    for row in lately.select_related("batch__pool").order_by("pk"):
        regulation = edition_or_latest(row.batch.pool, on)
        rule = regulation.publicity.exemption if regulation.publicity else None
        items.append(
            WaitingItem(
                title=_("批次%s经批准不予公示") % row.batch.number,
                url=reverse("publicities") + f"?state={Publicity.State.EXEMPT.value}",
                action=_("查看依据和理由"),
                article=rule.article if rule else "",
                regulation=regulation.code,
            )
        )
    return items


TELLERS: dict[str, tuple[Teller, ...]] = {
    Role.RECOMMENDING_UNIT: (_returned_and_drafts, _endorsements),
    Role.EMPLOYER: (_endorsements,),
    Role.EXPERT: (_returned_and_drafts,),
    Role.OFFICE: (_lapses, _reviews, _batches, _objections, _exit_cases),
    Role.LEADER: (_decisions,),
    Role.INSPECTOR: (_exemptions,),
}


def waiting(user: User, on: date) -> list[WaitingItem]:
    """Everything of this room that waits for ``user`` on the Beijing day ``on``."""
    return [item for teller in TELLERS.get(user.role, ()) for item in teller(user, on)]
