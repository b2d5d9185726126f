"""What falls due in this room: the end of publicity, birthdays, the end of suspensions.

Every sweep may run twice, late, or after a month without one: the rows are the same afterwards.
"""

from collections import defaultdict
from datetime import date, timedelta

from django.db import transaction

from expertpool import clock
from expertpool.birthdays import birthday
from expertpool.ledger.services import plain, record
from expertpool.messaging.services import queue_message
from expertpool.pools.models import Pool
from expertpool.regulations import NoEditionInForce, Regulation
from expertpool.regulations.acting import acts_on
from expertpool.regulations.schema import AgeExit
from expertpool.workdays import CalendarMissing
from experts.domain.marks import Days, first_day_without
from experts.models import ExitCase, Mark, Membership, Notice, Publicity, Suspension
from experts.services import exits, publicity, suspensions

AGE_NOTICE = "age"


def sweep_publicity(*, on: date) -> int:
    """End every publicity whose last day lies before ``on`` and behind us; provisional last days are computed again first."""
    for row in Publicity.objects.filter(state=Publicity.State.OPEN, provisional=True):
        try:
            publicity.recompute_last_day(publicity=row)
        except CalendarMissing:
            continue
    due = Publicity.objects.filter(state=Publicity.State.OPEN, last_day__lt=min(on, clock.today())).order_by("pk")
    return len([publicity.end_publicity(publicity=row) for row in due])


@transaction.atomic
def _warn(membership: Membership, edition: Regulation, rule: AgeExit, day: date) -> bool:
    """Tell a member once that he comes to the age of exit on ``day``; whether this call did so."""
    _notice, first = Notice.objects.get_or_create(membership=membership, kind=AGE_NOTICE, day=day)
    if not first:
        return False
    pool = membership.pool
    if membership.expert.user is not None:
        queue_message(
            kind="membership.age",
            to=membership.expert.user,
            address="",
            title=f"年满{rule.age}周岁出库提醒",
            body=f"您于{day.year}年{day.month}月{day.day}日达到{pool.name}的出库年龄（{rule.age}周岁，{edition.cite(rule.article)}）。"
            f"自该日起不再参加抽取和评审活动，{edition.labels.office}将办理出库。",
            about=f"membership:{membership.number}",
            idem=f"age:{membership.pk}:{day.isoformat()}",
            pool=pool.code,
        )
    record(
        "membership.age_warned",
        subject=f"membership:{membership.number}",
        by=None,
        pool=pool.code,
        body={"day": day.isoformat(), "article": plain(rule.article)},
        idem=f"age-warned:{membership.pk}:{day.isoformat()}",
    )
    return True


@acts_on("exits.grounds.exempt_marks")
def _exempt_days(pool: Pool, rule: AgeExit) -> dict[int, list[Days]]:
    """The days on which marks keep the pool's members from the ground, by membership."""
    found: dict[int, list[Days]] = defaultdict(list)
    if rule.exempt_marks:
        rows = Mark.objects.filter(membership__pool=pool, kind__in=rule.exempt_marks)
        for member, first, last in rows.values_list("membership", "starts_on", "ends_on"):
            found[member].append((first, last))
    return found


@acts_on("exits.grounds.trigger", "age_reached")
@acts_on("exits.grounds.age")
@acts_on("exits.grounds.counted")
@acts_on("exits.grounds.warn_days")
def _sweep_ages(pool: Pool, edition: Regulation, rule: AgeExit, on: date) -> int:
    latest = birthday(on + timedelta(days=rule.warn_days + 1), -rule.age)
    members = Membership.objects.active().filter(pool=pool, expert__birth_date__lte=latest).select_related("expert__user", "pool")
    # Whom the sweep has dealt with already is left alone, so that a pool full of old cases costs nothing.
    known = ExitCase.objects.filter(membership__pool=pool, trigger_key__startswith="age:")
    raised = set(known.values_list("trigger_key", flat=True))
    exempt = _exempt_days(pool, rule)
    done = 0
    for member in members.order_by("pk"):
        assert member.expert.birth_date is not None
        born = birthday(member.expert.birth_date, rule.age)
        # Who bears a mark that exempts reaches the ground when it ends.
        day = first_day_without(exempt[member.pk], born)
        if day is None or on < day - timedelta(days=rule.warn_days):
            continue
        key = f"age:{member.pk}:{day.isoformat()}"
        if key in raised:
            continue
        done += _warn(member, edition, rule, day)
        if on >= day:
            case = exits.raise_exit_case(
                membership=member,
                ground=rule.ground.code,
                reason=f"系统提示：{born.year}年{born.month}月{born.day}日年满{rule.age}周岁。",
                source=ExitCase.Source.SYSTEM,
                by=None,
                # Who was older when he came in, or when the edition came into force, reached the ground then.
                on=max(day, member.admitted_on, edition.effective_from),
                trigger_key=key,
            )
            done += case.trigger_key == key
    return done


def sweep_age(*, on: date) -> int:
    """Warn whoever comes to the age of exit, and raise the exit case from the birthday on (第七条（九））; how many of both."""
    done = 0
    for pool in Pool.objects.order_by("pk"):
        try:
            edition = pool.regulation_on(on)
        except NoEditionInForce:
            continue
        if edition.age_exit is not None:
            done += _sweep_ages(pool, edition, edition.age_exit, on)
    return done


def sweep_suspensions(*, on: date) -> int:
    """Note every suspension that ran out before ``on``; how many."""
    over = Suspension.objects.filter(ends_on__lt=on, lifted_on__isnull=True, ended_noted=False).order_by("pk")
    return sum(suspensions.note_ended(suspension=row, on=on) for row in over)


SWEEPS = [sweep_publicity, sweep_age, sweep_suspensions]
