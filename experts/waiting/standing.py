"""What waits about who is in the pool: objections, exit cases, publicity that was left out, a regulation that ends."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from expertpool import clock
from expertpool.addresses import address
from expertpool.pools.duties import Actor
from expertpool.pools.editions import edition_of
from expertpool.pools.models import DecidedUnder, Pool
from expertpool.regulations import NoEditionInForce
from expertpool.regulations.acting import acts_on
from expertpool.web.waiting_item import WaitingItem
from experts.models import ExitCase, Objection, Publicity
from experts.services import exits
from experts.services.publicity import objections

Teller = Callable[[Actor], list[WaitingItem]]
# So many single items of a kind; further ones are on its list.
MOST = 50
# So many days an exemption from publicity stays on the first page of whoever reads the pool.
SHOWN_DAYS = 30


def _his(actor: Actor, duty: str, bearer: type[DecidedUnder], rows: QuerySet[Any], path: str = "") -> QuerySet[Any]:
    """Those of ``rows`` on which the actor holds the duty, judged under the edition that each was decided under.

    ``bearer`` remembers the edition and is reached by ``path``. Chosen before anything is cut off at the end.
    """
    if actor.pool is None:
        return rows.none()
    names = {name: f"{path}{name}" for name in ("rule_code", "rule_edition", "rule_hash")}
    held = Q(pk__in=())
    for one in rows.order_by().values(*names.values()).distinct():
        thing = bearer(**{name: one[column] for name, column in names.items()})
        if actor.holds(duty, edition=edition_of(thing, actor.pool)):
            held |= Q(**{names["rule_code"]: thing.rule_code, names["rule_hash"]: thing.rule_hash})
    return rows.filter(held)


def _objections(actor: Actor) -> list[WaitingItem]:
    """Objections that nobody has looked into yet; one in time should be settled when the period ends."""
    rows = Objection.objects.filter(state=Objection.State.OPEN, publicity__batch__pool=actor.pool)
    mine = _his(actor, objections.DECIDE, Publicity, rows, "publicity__")
    items = []
    for objection in mine.select_related("publicity__batch__pool", "application").order_by("pk")[:MOST]:
        edition = edition_of(objection.publicity, objection.publicity.batch.pool)
        items.append(
            WaitingItem(
                title=_("核实公示异议：%s") % objection.application,
                url=address("admin:experts_objection_change", objection.pk, pool=actor.pool),
                action=_("登记结论"),
                detail=_("公示期后收到，作为线索") if objection.late else _("核实结束前不予入库"),
                article=edition.publicity.objection.article if edition.publicity else "",
                regulation=edition.code,
                edition=objection.publicity.rule_hash,
            )
        )
    return items


def _exit_cases(actor: Actor) -> list[WaitingItem]:
    """Exit cases that wait for a decision."""
    rows = ExitCase.objects.filter(state=ExitCase.State.OPEN, membership__pool=actor.pool)
    return [
        WaitingItem(
            title=_("出库事项待决定：%s") % case.membership,
            url=address("admin:experts_exitcase_change", case.pk, pool=actor.pool),
            action=_("核实并决定"),
            detail=str(case.get_source_display()),
            article=case.article,
            regulation=case.rule_code,
            edition=case.rule_hash,
        )
        for case in _his(actor, exits.DECIDE, ExitCase, rows)
        .select_related("membership__expert", "membership__pool")
        .order_by("raised_on", "pk")[:MOST]
    ]


@acts_on("lapse_warn_days")
def _lapses(actor: Actor) -> list[WaitingItem]:
    """The pool's regulation soon ends with nothing loaded that would follow it."""
    pool = actor.pool
    if pool is None or not actor.holds("members.keep"):
        return []
    try:
        edition = pool.regulation_on(actor.on)
    except NoEditionInForce:
        # It has lapsed already; every page that needs it says so.
        return []
    last = edition.effective_to
    if last is None or (last - actor.on).days > edition.lapse_warn_days or _has_edition(pool, last + timedelta(days=1)):
        return []
    return [
        WaitingItem(
            title=_("《%s》即将失效") % edition.short_name,
            url=address("rules", edition.code),
            action=_("查看现行规定"),
            due=clock.end_of(last),
            detail=_("%(pool)s：还没有载入接续的规定。请将新的规定文件交系统管理员载入，否则届满后不能再办理须依规定决定的事项。")
            % {"pool": pool.name},
            article=edition.effective_article,
            regulation=edition.code,
            edition=edition.file_hash,
        )
    ]


def _has_edition(pool: Pool, on: date) -> bool:
    try:
        pool.regulation_on(on)
    except NoEditionInForce:
        return False
    return True


def _exemptions(actor: Actor) -> list[WaitingItem]:
    """Publicity that was left out lately, for the eyes of whoever reads the pool without keeping it."""
    if not actor.holds("pool.read"):
        return []
    lately = Publicity.objects.filter(
        batch__pool=actor.pool,
        state=Publicity.State.EXEMPT,
        opened_on__gt=actor.on - timedelta(days=SHOWN_DAYS),
        opened_on__lte=actor.on,
    )
    items = []
    for row in lately.exclude(opened_by=actor.account).select_related("batch__pool").order_by("pk"):
        edition = edition_of(row, row.batch.pool)
        rule = edition.publicity.exemption if edition.publicity else None
        items.append(
            WaitingItem(
                title=_("批次%s经批准不予公示") % row.batch.number,
                url=address("publicities", pool=actor.pool) + f"?state={Publicity.State.EXEMPT.value}",
                action=_("查看依据和理由"),
                article=rule.article if rule else "",
                regulation=edition.code,
                edition=row.rule_hash,
            )
        )
    return items


#: Each asks the very duty that the service behind it asks; outside the pools nothing of this room waits.
TELLERS: tuple[Teller, ...] = (_lapses, _objections, _exit_cases, _exemptions)
