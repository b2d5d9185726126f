"""What falls due in this room: the end of publicity, birthdays, the end of suspensions.

Every sweep may run twice, late, or after a month without one: the rows are the same afterwards.
"""

from datetime import date, timedelta

from django.db import transaction

from expertpool import clock
from expertpool.ledger.services import plain, record
from expertpool.messaging.services import queue_message
from expertpool.regulations import NoEditionInForce, Regulation
from expertpool.regulations.schema import AgeExit
from expertpool.workdays import CalendarMissing
from experts.domain.birthdays import birthday
from experts.models import ExitCase, Membership, Notice, Pool, Publicity, Suspension
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
    return len([publicity.end_publicity(publicity=row, on=on) for row in due])


@transaction.atomic
def _warn(membership: Membership, rule: AgeExit, day: date) -> bool:
    """Tell a member once that he comes to the age of exit on ``day``; whether this call did so."""
    _notice, first = Notice.objects.get_or_create(membership=membership, kind=AGE_NOTICE, day=day)
    if not first:
        return False
    if membership.expert.user is not None:
        queue_message(
            kind="membership.age",
            to=membership.expert.user,
            address="",
            title=f"年满{rule.age}周岁出库提醒",
            body=f"您于{day.year}年{day.month}月{day.day}日年满{rule.age}周岁。依据规定，自该日起不再参加抽取和评审活动，专家库管理处室将办理出库。",
            about=f"membership:{membership.number}",
            idem=f"age:{membership.pk}:{day.isoformat()}",
        )
    record(
        "membership.age_warned",
        subject=f"membership:{membership.number}",
        by=None,
        body={"day": day.isoformat(), "article": plain(rule.article)},
        idem=f"age-warned:{membership.pk}:{day.isoformat()}",
    )
    return True


def _sweep_ages(pool: Pool, regulation: Regulation, rule: AgeExit, on: date) -> int:
    latest = birthday(on + timedelta(days=rule.warn_days + 1), -rule.age)
    members = Membership.objects.active().filter(pool=pool, expert__birth_date__lte=latest).select_related("expert__user", "pool")
    # Whom the sweep has dealt with already is left alone, so that a pool full of old cases costs nothing.
    raised = set(ExitCase.objects.filter(trigger_key__startswith="age:").values_list("trigger_key", flat=True))
    exempt = set(Membership.objects.filter(marks__kind__in=rule.exempt_marks).values_list("pk", flat=True)) if rule.exempt_marks else set()
    done = 0
    for member in members.order_by("pk"):
        assert member.expert.birth_date is not None
        day = birthday(member.expert.birth_date, rule.age)
        key = f"age:{member.pk}:{day.isoformat()}"
        if member.pk in exempt or on < day - timedelta(days=rule.warn_days) or key in raised:
            continue
        done += _warn(member, rule, day)
        if on >= day:
            case = exits.raise_exit_case(
                membership=member,
                ground=rule.ground.code,
                reason=f"系统提示：{day.year}年{day.month}月{day.day}日年满{rule.age}周岁。",
                source=ExitCase.Source.SYSTEM,
                by=None,
                # Who was older when he came in, or when the edition came into force, reached the ground then.
                on=max(day, member.admitted_on, regulation.effective_from),
                trigger_key=key,
            )
            done += case.trigger_key == key
    return done


def sweep_age(*, on: date) -> int:
    """Warn whoever comes to the age of exit, and raise the exit case from the birthday on (第七条（九））; how many of both."""
    done = 0
    for pool in Pool.objects.order_by("pk"):
        try:
            regulation = pool.regulation_on(on)
        except NoEditionInForce:
            continue
        if regulation.age_exit is not None:
            done += _sweep_ages(pool, regulation, regulation.age_exit, on)
    return done


def sweep_suspensions(*, on: date) -> int:
    """Note every suspension that ran out before ``on``; how many."""
    over = Suspension.objects.filter(ends_on__lt=on, lifted_on__isnull=True, ended_noted=False).order_by("pk")
    return sum(suspensions.note_ended(suspension=row, on=on) for row in over)


SWEEPS = [sweep_publicity, sweep_age, sweep_suspensions]
