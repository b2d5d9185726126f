"""Who may do what: a duty is asked of the edition (which role holds it) and then of the assignments (who has that role here, today).

A page, a service and a to-do name the same duty, so what a page offers and what a service allows cannot differ. The
edition is the pool's of the day unless the caller hands in the one that a thing was decided under.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet

from expertpool.accounts.models import User
from expertpool.refusals import Refusal
from expertpool.regulations import Regulation, catalogue
from expertpool.regulations.acting import acts_on

from .editions import edition_or_latest
from .models import FOR_A_UNIT, Assignment, Pool, Role

#: How far a duty goes: None, the whole pool; else the units (primary keys) whose things it is about, none of them where it is not held.
Reach = frozenset[int] | None
#: Conditions on rows. A bare Q() is no "all": joined to another by "or", it is lost.
EVERYTHING, NOTHING = ~Q(pk__in=()), Q(pk__in=())

#: The unit (primary key) whose thing it is, or one for each role that acts for a unit; None: the thing is no unit's.
Unit = int | Mapping[str, int | None] | None


@dataclass(frozen=True)
class Holder:
    """Who holds a duty under an edition.

    ``roles``: role codes, any of them; empty where the edition has no such thing. ``article``: where the edition says so.
    ``given`` False: the edition is silent and the system's default stands in (系统默认).
    """

    roles: tuple[str, ...]
    article: str = ""
    given: bool = True


@dataclass(frozen=True)
class Duty:
    """A duty: what it is called on a page, and where the edition names its holder.

    ``path``: the place in the edition (``draw.drawn_by``); its silence is answered by the table of system defaults.
    ``any_of``: instead of a path, other duties; whoever holds one of them holds this one (for reading).
    ``without``: roles that never hold it, although the edition names them at that place.
    """

    words: str
    path: str = ""
    any_of: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


#: All steps of intake, those of them that are taken for a list of applications, all approvals of a request.
STEPS, LISTED, APPROVALS = "intake.*", "intake.@list", "approval.*"
WATCH = ("draw.watch", "draw.share")

#: Every duty by its name. ``intake.<step>`` and ``approval.<step>`` are not here: the edition names the steps, and
#: ``intake.*`` and ``approval.*`` stand for all of them.
DUTIES: dict[str, Duty] = {
    "applications.file": Duty("填报入库申请", "intake.channels.by"),
    # A list is filed for others: nobody's own application.
    "applications.file_several": Duty("批量填报入库申请", "intake.channels.by", without=(Role.EXPERT,)),
    "applications.manage": Duty("管理入库申请", "management.kept_by"),
    # A paper that somebody else has signed: an agency that keeps the pool prepares, and never decides in his place.
    "decisions.record": Duty("代录已作出的审定", "management.kept_by", without=(Role.AGENCY,)),
    "applications.waive": Duty("批准入库条件的豁免", "conditions.waiver_approver"),
    "applications.read": Duty("查看入库申请", any_of=("applications.file", "applications.manage", "batches.collect", STEPS, "pool.read")),
    "batches.collect": Duty("汇总入库批次", "intake.collected_by"),
    "batches.read": Duty("查看入库批次", any_of=("batches.collect", LISTED, "publicity.exempt", "pool.read")),
    "publicity.exempt": Duty("批准不公示", "publicity.exemption.approver"),
    "publicity.read": Duty("查看公示", any_of=("batches.read",)),
    "objections.record": Duty("登记公示异议", "publicity.objection.recorded_by"),
    "objections.decide": Duty("核实公示异议", "publicity.objection.decided_by"),
    "members.keep": Duty("维护在库专家信息", "management.kept_by"),
    "members.suspend": Duty("暂停专家参与评审活动", "sanctions.decided_by"),
    # One register for all pools: whoever keeps one pool by commission does not rename what the others stand on.
    "organisations.keep": Duty("维护单位名录", "management.kept_by", without=(Role.AGENCY,)),
    "members.read": Duty("查看在库专家", any_of=("members.keep", "members.suspend", "exits.decide")),
    "exits.raise": Duty("提出出库事项", "exits.raised_by"),
    "exits.decide": Duty("决定出库", "exits.decided_by"),
    "disclosure.make": Duty("查看加密保存的个人信息", "management.kept_by"),
    "requests.file": Duty("提出使用申请", "request.filed_by"),
    "requests.send_back": Duty("退回已批准的使用申请", "draw.shortage_waived_by"),
    "requests.read": Duty(
        "查看使用申请",
        any_of=(
            "requests.file",
            APPROVALS,
            "requests.send_back",
            "waiver.shortage",
            "waiver.cap",
            "draw.countersign",
            "draw.run",
            *WATCH,
            "contact.run",
            "contact.record",
            "attendance.record",
            "evaluation.score",
            "pool.read",
            "members.keep",
        ),
    ),
    "draw.run": Duty("组织抽取", "draw.drawn_by"),
    "draw.watch": Duty("到场监督抽取", "draw.watched_by"),
    "draw.share": Duty("输入监督份额", "draw.share_by"),
    "draw.countersign": Duty("会签豁免", "draw.countersigned_by"),
    "waiver.shortage": Duty("提出抽取比例的豁免", "draw.shortage_waived_by"),
    "waiver.cap": Duty("批准年度上限的豁免", "rotation.annual_cap.waiver_approver"),
    "contact.run": Duty("联系专家", "contact.contact_by"),
    "contact.record": Duty("登记未能送达和退出", "contact.recorded_by"),
    "attendance.record": Duty("登记出席", "request.attendance_by"),
    "evaluation.score": Duty("履职评价", "evaluation.evaluated_by"),
    "evaluation.countersign": Duty("履职评价负责人签名", "evaluation.evaluated_by"),
    "evaluation.read": Duty("查看履职评价", any_of=("evaluation.score", "members.keep", *WATCH, "pool.read")),
    "violations.report": Duty("报告违规线索", "sanctions.reported_by"),
    "violations.settle": Duty("处理违规线索", "sanctions.decided_by"),
    "dossier.read": Duty("查看卷宗", any_of=("requests.read", "evaluation.read")),
    "ledger.read": Duty("查看留痕", any_of=("members.keep", *WATCH)),
    "pool.read": Duty("查阅专家库", "management.read_by"),
}


@acts_on("management.kept_by")
@acts_on("management.read_by")
@acts_on("rules.practice", "inspector_read")
def roles_for(duty: str, edition: Regulation) -> Holder:
    """Who holds a duty under an edition. KeyError for a duty that nobody defined."""
    if (steps := _steps_of(duty, edition)) is not None:
        return _all([(one.role, one.article) for one in steps])
    known = DUTIES[duty]
    if known.any_of:
        roles = [role for name in known.any_of for role in roles_for(name, edition).roles]
        return Holder(tuple(dict.fromkeys(roles)))
    # Two places are lists: whoever stands in one of their entries holds the duty, and the service asks the entry.
    if known.path == "intake.channels.by":
        return _all([(one.by, one.article) for one in edition.intake.channels if one.by not in known.without])
    if known.path == "conditions.waiver_approver":
        of_types = (one for kind in edition.expert_types for one in kind.conditions)
        return _all([(one.waiver_approver, one.waiver_article) for one in (*edition.conditions, *of_types) if one.waivable])
    said = edition.said(known.path)
    named = said.value if isinstance(said.value, tuple) else (said.value,)
    return Holder(tuple(str(role) for role in named if role and role not in known.without), said.article, said.given)


def _steps_of(duty: str, edition: Regulation) -> tuple[Any, ...] | None:
    """The steps that a duty is about; None for a duty that is about none."""
    kind, _dot, code = duty.partition(".")
    if kind == "approval":
        return tuple(one for one in (edition.request.approvals if edition.request else ()) if code in {"*", one.code})
    if kind != "intake":
        return None
    if duty == LISTED:
        return tuple(one for one in edition.intake.steps if one.batch or one.kind in {"publicity", "admission"})
    return tuple(one for one in edition.intake.steps if code in {"*", one.code})


def _all(entries: list[tuple[str, str]]) -> Holder:
    return Holder(tuple(dict.fromkeys(str(role) for role, _article in entries)), entries[0][1] if entries else "")


def words_of(duty: str, edition: Regulation) -> str:
    """What a duty is called on a page, a step by the name that the edition gives it."""
    if (steps := _steps_of(duty, edition)) is not None:
        return "、".join(one.name for one in steps)
    return DUTIES[duty].words


@dataclass(frozen=True)
class Actor:
    """An account as it stands in one pool (None: on the pages of no pool) on a Beijing day."""

    account: User
    pool: Pool | None
    on: date
    assignments: tuple[Assignment, ...]

    @cached_property
    def roles(self) -> frozenset[str]:
        """The roles that the account holds here."""
        return frozenset(str(one.role) for one in self.assignments)

    @cached_property
    def edition(self) -> Regulation:
        """The edition of the pool's regulation on the day, or the latest after a lapse."""
        assert self.pool is not None
        return edition_or_latest(self.pool, self.on)

    @cached_property
    def editions(self) -> tuple[Regulation, ...]:
        """The editions under which things of the pool may stand: the day's first, then the others that have begun, newest first."""
        assert self.pool is not None
        begun = [one for one in catalogue.catalogue().usable(self.pool.regulation_code) if one.effective_from <= self.on]
        return (self.edition, *(one for one in reversed(begun) if one.file_hash != self.edition.file_hash))

    def opens(self, duty: str) -> bool:
        """Whether the account holds the duty here under any edition that has begun: the door to things that were decided under it.

        What may be done to one thing is judged by the thing's own edition.
        """
        return self.pool is not None and any(self.holds(duty, edition=edition) for edition in self.editions)

    def has_role(self, *roles: str) -> bool:
        """Whether the account holds one of the roles here."""
        return not self.roles.isdisjoint(str(role) for role in roles)

    def organisations(self, *roles: str) -> frozenset[int]:
        """The units (primary keys) for which the account holds one of the roles here."""
        wanted = {str(role) for role in roles}
        return frozenset(one.organisation_id for one in self.assignments if str(one.role) in wanted and one.organisation_id is not None)

    def units_for(self, duty: str, edition: Regulation | None = None) -> frozenset[int]:
        """The units (primary keys) for which the account holds the duty here."""
        return self.organisations(*roles_for(duty, edition or self.edition).roles)

    def reach(self, duty: str, edition: Regulation | None = None) -> Reach:
        """How far the duty goes here."""
        if self.pool is None:
            return frozenset()
        roles = roles_for(duty, edition or self.edition).roles
        mine = [one for one in self.assignments if str(one.role) in roles]
        if any(one.role not in FOR_A_UNIT for one in mine):
            return None
        return frozenset(one.organisation_id for one in mine if one.organisation_id is not None)

    def rows(self, *duties: str, under: str = "", unit: str = "") -> Q:
        """The rows of the pool that the account may look at by one of these duties (:func:`looks_at`).

        ``under``: the way from a row to what remembers its edition; ``unit``: the way to the unit whose thing it is, empty for
        things that are no unit's.
        """
        if self.pool is None:
            return NOTHING

        def reach(edition: Regulation) -> Reach:
            if unit:
                return widest(self.reach(duty, edition) for duty in duties)
            return None if any(self.holds(duty, edition=edition) for duty in duties) else frozenset()

        def within(units: Reach) -> Q:
            return EVERYTHING if units is None else Q(**{f"{unit}__in": units}) if unit else NOTHING

        return looks_at(self, reach, within, lambda edition: decided_under(edition, under))

    def why_not(self, duty: str, *, organisation: int | None = None, edition: Regulation | None = None) -> Refusal | None:
        """:func:`why_not` for this account, pool and day, without asking the database again."""
        if self.pool is None:
            return Refusal("pool", "请先选择专家库。")
        return _judge(duty, edition or self.edition, self.assignments, organisation)

    def holds(self, duty: str, *, organisation: int | None = None, edition: Regulation | None = None) -> bool:
        """Whether the account holds the duty here."""
        return self.why_not(duty, organisation=organisation, edition=edition) is None


def widest(reaches: Iterable[Reach]) -> Reach:
    """How far several duties go together."""
    units: set[int] = set()
    for reach in reaches:
        if reach is None:
            return None
        units |= reach
    return frozenset(units)


def decided_under(edition: Regulation, path: str = "") -> Q:
    """The rows that were decided under an edition; ``path``: the way from a row to what remembers it (:class:`DecidedUnder`)."""
    return Q(**{f"{path}rule_code": edition.code, f"{path}rule_edition": edition.effective_from})


def looks_at(who: Actor, reach: Callable[[Regulation], Reach], within: Callable[[Reach], Q], under: Callable[[Regulation], Q]) -> Q:
    """The rows that ``who`` may look at: all of his reach by the day's edition, and by an earlier one those decided under it.

    What began under an earlier edition is finished by whom that one names, so he must find it. To act, he is asked again: by
    the thing's own edition alone. ``reach``: how far he looks under an edition; ``within``: the rows of so far a reach;
    ``under``: the rows decided under an edition.
    """
    today = reach(who.edition)
    found = within(today)
    for edition in who.editions[1:]:
        then = reach(edition)
        if today is not None and (then is None or then - today):
            found |= under(edition) & within(then)
    return found


def actor(account: Any, pool: Pool | None, on: date) -> Actor:
    """``account`` as it stands in ``pool`` on a Beijing day; somebody who has not signed in holds nothing."""
    if not isinstance(account, User):
        return Actor(account, pool, on, ())
    rows = Assignment.objects.standing_on(on).filter(account=account).in_pool(pool).select_related("organisation")
    return Actor(account, pool, on, tuple(rows))


@acts_on("rules.practice", "access_by_duty", "one_office", "separation")
def why_not(
    account: User | None, duty: str, pool: Pool, on: date, *, organisation: Unit = None, edition: Regulation | None = None
) -> Refusal | None:
    """The reason why ``account`` may not do what the duty is about in ``pool`` on a Beijing day, or None.

    ``organisation``: the unit (primary key) whose thing it is, as a department its own request: who holds the duty in a role
    that acts for a unit must act for this one, who holds it for the whole pool need not. A thing that is another unit's for
    each role (an activity the department's, its expert the employer's) says so by role. ``edition``: the
    one that the thing was decided under; default: the one of the day, or the latest after a lapse. ``account`` None is the
    system: a sweep, or what follows from an act that was permitted.
    """
    if account is None:
        return None
    return _judge(duty, edition or edition_or_latest(pool, on), actor(account, pool, on).assignments, organisation)


def holds(
    account: User | None, duty: str, pool: Pool, on: date, *, organisation: int | None = None, edition: Regulation | None = None
) -> bool:
    """Whether :func:`why_not` has nothing to say."""
    return why_not(account, duty, pool, on, organisation=organisation, edition=edition) is None


def accounts_with(duty: str, pool: Pool, on: date, *, organisation: int | None = None, edition: Regulation | None = None) -> QuerySet[User]:
    """The accounts that hold a duty in ``pool`` on a Beijing day, for messages; in their order. Arguments as of :func:`why_not`."""
    roles = roles_for(duty, edition or edition_or_latest(pool, on)).roles
    return accounts_in(roles, pool, on, organisation=organisation)


def accounts_in(roles: Iterable[str], pool: Pool, on: date, *, organisation: int | None = None) -> QuerySet[User]:
    """The accounts that hold one of ``roles`` in ``pool`` on a Beijing day; ``organisation`` as of :func:`why_not`."""
    rows = Assignment.objects.standing_on(on).in_pool(pool).filter(role__in=tuple(roles))
    if organisation is not None:
        rows = rows.filter(~Q(role__in=FOR_A_UNIT) | Q(organisation=organisation))
    return User.objects.filter(pk__in=rows.values("account")).order_by("pk")


def names_of(roles: Iterable[str], edition: Regulation) -> str:
    """Roles as this pool's edition calls them, joined."""
    return "、".join(edition.labels.of(role) for role in roles)


def _acts_for(one: Assignment, organisation: Unit) -> bool:
    """Whether an assignment that holds the duty reaches the thing."""
    if organisation is None or one.role not in FOR_A_UNIT:
        return True
    unit = organisation.get(str(one.role)) if isinstance(organisation, Mapping) else organisation
    return unit is not None and one.organisation_id == unit


def _judge(duty: str, edition: Regulation, assignments: Iterable[Assignment], organisation: Unit) -> Refusal | None:
    holder = roles_for(duty, edition)
    mine = [one for one in assignments if str(one.role) in holder.roles]
    if any(_acts_for(one, organisation) for one in mine):
        return None
    what = words_of(duty, edition)
    if not holder.roles:
        nobody = f"没有规定由谁{what}" if what else "没有这一环节"
        return Refusal("duty", f"《{edition.short_name}》{nobody}，不能办理。", regulation=edition.code)
    article = holder.article if holder.given else ""
    if mine:
        return Refusal.under(edition, "unit", f"“{what}”只能由该事项所属的单位办理，您不代表该单位。", article)
    note = "" if holder.given else "（系统默认）"
    return Refusal.under(edition, "duty", f"“{what}”由{names_of(holder.roles, edition)}办理{note}，您在本专家库没有这一职责。", article)


def why_not_role(account: User | None, on: date, *roles: Role) -> Refusal | None:
    """The reason why ``account`` (None: the system) holds none of these roles of the installation on a Beijing day, or None."""
    if account is None or Assignment.objects.standing_on(on).filter(account=account, role__in=roles).exists():
        return None
    names = "、".join(str(role.label) for role in roles)
    return Refusal("role", f"这一事项由{names}办理。")
