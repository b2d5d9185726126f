"""任职: who acts in which role, in which pool, for which unit, from when to when. The security administrator keeps them."""

from datetime import date, timedelta

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import Organisation, User
from expertpool.ledger.services import plain, record
from expertpool.pools.models import ADMINISTRATORS, EVERYWHERE, FOR_A_UNIT, IN_A_POOL, Assignment, Pool, Role
from expertpool.refusals import Refusal, refuse_all, refuse_if

from .accounts import why_not_keep_accounts

#: Pairs of roles that never meet in one person: who manages a pool does not watch it.
APART = (frozenset({Role.OFFICE, Role.INSPECTOR}), frozenset({Role.AGENCY, Role.INSPECTOR}))

#: Where a unit that is on no list comes from.
UNITS = "还没有登记的单位，由专家库管理部门在该专家库的后台（/p/专家库代码/admin/）“单位”中登记。"


def why_not_assign(
    account: User,
    *,
    role: str,
    pool: Pool | None,
    organisation: Organisation | None,
    starts_on: date,
    ends_on: date | None,
    by: User | None,
) -> list[Refusal]:
    """Every reason why ``account`` cannot be given this assignment."""
    if refusal := why_not_keep_accounts(by):
        return [refusal]
    found = []
    if by is not None and by.pk == account.pk:
        found.append(Refusal("own-account", "不能变更本人的任职，请由另一名安全管理员办理。", field="role"))
    if role in IN_A_POOL and pool is None:
        found.append(Refusal("no-pool", "这一角色属于某个专家库，请选择专家库。", field="pool"))
    if role in ADMINISTRATORS | EVERYWHERE and pool is not None:
        found.append(Refusal("pool", "这一角色不属于某个专家库，专家库请留空。", field="pool"))
    if role in FOR_A_UNIT and organisation is None:
        found.append(Refusal("no-unit", f"请选择其所代表的单位。{UNITS}", field="organisation"))
    if ends_on is not None and ends_on < starts_on:
        found.append(Refusal("order", "任职止不能早于任职起。", field="ends_on"))
    if found:
        return found
    others = Assignment.objects.filter(account=account).overlapping(starts_on, ends_on)
    # A unit tells two assignments apart only where the role acts for one.
    for_unit = {"organisation": organisation} if role in FOR_A_UNIT else {}
    same = others.filter(role=role, pool=pool, **for_unit).first()
    if same is not None:
        found.append(Refusal("twice", "该账号在这一期间已有同样的任职。", field="starts_on"))
    for pair in APART:
        if role not in pair or pool is None:
            continue
        if others.filter(pool=pool, role__in=pair - {Role(role)}).exists():
            names = "、".join(sorted(str(one.label) for one in pair))
            found.append(Refusal("apart", f"同一人在同一专家库不能兼任{names}：管理与监督必须分开。", field="role"))
    if role in ADMINISTRATORS and others.filter(role__in=IN_A_POOL | EVERYWHERE).exists():
        found.append(Refusal("apart", "系统、安全、审计管理员不办理专家库业务，该账号已有专家库业务的任职。", field="role"))
    if role in ADMINISTRATORS and others.filter(role__in=ADMINISTRATORS - {Role(role)}).exists():
        found.append(Refusal("apart", "系统、安全、审计管理员须由不同的人担任。", field="role"))
    if role in IN_A_POOL | EVERYWHERE and others.filter(role__in=ADMINISTRATORS).exists():
        found.append(Refusal("apart", "系统、安全、审计管理员不办理专家库业务，不能兼任专家库业务的任职。", field="role"))
    return found


@transaction.atomic
def assign(
    *,
    account: User,
    role: str,
    pool: Pool | None = None,
    organisation: Organisation | None = None,
    starts_on: date | None = None,
    ends_on: date | None = None,
    by: User | None,
) -> Assignment:
    """Give ``account`` a role in ``pool``, for ``organisation``, from ``starts_on`` (default: today) to ``ends_on``, both included.

    Raises Refused with every reason: another role than the security administrator's, one's own assignment, a role without its
    pool or unit, office and inspector of one pool in one person, an administrator who would act in a pool. The same
    assignment twice is refused, so that a period is never counted double. Ledger ``assignment.given``.
    """
    account = User.objects.locked().get(pk=account.pk)
    first = starts_on or clock.today()
    refuse_all(why_not_assign(account, role=role, pool=pool, organisation=organisation, starts_on=first, ends_on=ends_on, by=by))
    given = Assignment.objects.create(
        account=account, role=Role(role), pool=pool, organisation=organisation, starts_on=first, ends_on=ends_on
    )
    _record("assignment.given", given, by)
    return given


def why_not_end_assignment(assignment: Assignment, by: User | None) -> Refusal | None:
    """The reason why ``by`` may not end an assignment, or None: nobody ends his own."""
    if refusal := why_not_keep_accounts(by):
        return refusal
    if by is not None and by.pk == assignment.account_id:
        return Refusal("own-account", "不能变更本人的任职，请由另一名安全管理员办理。")
    return None


def _why_not_day(assignment: Assignment, last_day: date, yesterday: date) -> Refusal | None:
    ends_on = assignment.ends_on
    if last_day < yesterday:
        return Refusal("past", "任职止不能早于昨天：已办理的事项须有当时的任职为据。", field="last_day")
    if ends_on is not None and ends_on < yesterday:
        return Refusal("ended", "该任职已经结束。", field="last_day")
    if ends_on is not None and last_day > ends_on:
        return Refusal("later", "只能提前结束任职；需要延长的，请另行任职。", field="last_day")
    return None


@transaction.atomic
def end_assignment(*, assignment: Assignment, last_day: date | None = None, by: User | None) -> Assignment:
    """End an assignment after ``last_day`` (default: yesterday, so that it no longer counts today); ending it so again changes nothing.

    An end never lies before today's eve: what was done under the assignment stays explained by it. Ledger ``assignment.ended``.
    """
    yesterday = clock.today() - timedelta(days=1)
    last_day = last_day or yesterday
    assignment = Assignment.objects.select_for_update().get(pk=assignment.pk)
    refuse_if(why_not_end_assignment(assignment, by))
    if assignment.ends_on == last_day:
        return assignment
    refuse_if(_why_not_day(assignment, last_day, yesterday))
    assignment.ends_on = last_day
    assignment.save()
    _record("assignment.ended", assignment, by)
    return assignment


def _record(kind: str, assignment: Assignment, by: User | None) -> None:
    record(
        kind,
        subject=f"account:{assignment.account_id}",
        by=by,
        pool=assignment.pool.code if assignment.pool else "",
        body={
            "assignment": assignment.pk,
            "role": str(assignment.role),
            "organisation": plain(assignment.organisation.code) if assignment.organisation else None,
            "starts_on": assignment.starts_on.isoformat(),
            "ends_on": assignment.ends_on.isoformat() if assignment.ends_on else None,
        },
    )
