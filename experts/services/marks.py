"""专家标识: facts about a member or an applicant with their source and days; set here, read at intake, at draws and at exits."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.days import why_not_day, why_not_day_of_a_period
from expertpool.ledger.services import plain, record
from expertpool.pools import duties
from expertpool.pools.editions import edition_on
from expertpool.refusals import Refusal, refuse_if, why_not_text
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from expertpool.regulations.schema import Condition
from experts.models import Application, Mark, Membership

KEEP = "members.keep"


def kinds(edition: Regulation) -> tuple[str, ...]:
    """The marks that the edition gives a meaning to: those that exempt from a condition or from a ground of exit, in its order."""
    found = [mark for condition in _conditions(edition) for mark in condition.exempt_marks]
    found += [mark for ground in (edition.exits.grounds if edition.exits else ()) for mark in ground.exempt_marks]
    return tuple(dict.fromkeys(found))


def _conditions(edition: Regulation) -> Iterator[Condition]:
    def walk(conditions: Iterable[Condition]) -> Iterator[Condition]:
        for condition in conditions:
            yield condition
            yield from walk(condition.alternatives)

    yield from walk(edition.conditions)
    for kind in edition.expert_types:
        yield from walk(kind.conditions)


def marks_of_application(application: Application, day: date) -> frozenset[str]:
    """The kinds of marks that hold for an applicant on a Beijing day: set on his application, or known of him in its pool."""
    own = Mark.objects.filter(application=application) | Mark.objects.of_person(application.pool, application.id_digest)
    return frozenset(own.holding_on(day).values_list("kind", flat=True))


def why_not_mark(thing: Membership | Application, by: User | None, on: date) -> Refusal | None:
    """The reason why ``by`` cannot set a mark on a membership or an application, or None."""
    edition = edition_on(thing.pool, on)
    if refusal := duties.why_not(by, KEEP, thing.pool, on, edition=edition):
        return refusal
    if by is not None and not kinds(edition):
        return Refusal("no-marks", f"《{edition.short_name}》没有规定专家标识。", regulation=edition.code)
    if isinstance(thing, Membership) and thing.state != Membership.State.ACTIVE:
        return Refusal("exited", "该专家已出库。")
    if isinstance(thing, Application) and thing.state in Application.ENDED:
        return Refusal("ended", "该申请已经办结。")
    return None


@transaction.atomic
@acts_on("rules.practice", "marks")
def set_mark(
    *,
    membership: Membership | None = None,
    application: Application | None = None,
    kind: str,
    value: str = "",
    source: str,
    starts_on: date,
    ends_on: date | None = None,
    by: User | None,
) -> Mark:
    """Write down that a mark holds for a member or an applicant from ``starts_on`` to ``ends_on``, both included (None: without end).

    ``source``: the document or the record that it rests on; the same kind from the same source is one mark, whose value and
    days are then the new ones. Who keeps the pool sets the kinds that its edition knows; the system (``by`` None) also
    those that only code reads. Raises Refused otherwise. Ledger ``mark.set``.
    """
    thing: Any = membership or application
    if thing is None or (membership is not None and application is not None):
        raise TypeError("a mark is set on a membership or on an application")
    on = clock.today()
    source = source.strip()
    model: Any = type(thing)
    thing = model.objects.select_for_update(of=("self",)).select_related("pool").get(pk=thing.pk)
    edition = edition_on(thing.pool, on) if by is not None else None
    refuse_if(
        why_not_mark(thing, by, on) if by is not None else None,
        Refusal("kind", "请从规定所列的专家标识中选择。", regulation=edition.code, field="kind")
        if edition and kind not in kinds(edition)
        else None,
        why_not_text(source, "来源（文件名称、文号）", "source") if by is not None else None,
        why_not_day(starts_on, "starts_on") if by is not None else None,
        why_not_day_of_a_period(ends_on, "ends_on") if ends_on is not None else None,
        Refusal("order", "止日不能早于起日。", field="ends_on") if ends_on is not None and ends_on < starts_on else None,
    )
    place = {"membership": thing} if membership is not None else {"application": thing, "membership": None}
    wanted = {"value": value, "starts_on": starts_on, "ends_on": ends_on}
    mark = Mark.objects.select_for_update(of=("self",)).filter(kind=kind, source=source, **place).first()
    if mark is not None and all(getattr(mark, name) == given for name, given in wanted.items()):
        return mark
    mark = mark or Mark(kind=kind, source=source, **place)
    for name, given in wanted.items():
        setattr(mark, name, given)
    mark.set_by, mark.set_at = by, clock.now()
    mark.save()
    _decides(mark, by)
    _record("mark.set", mark, by)
    return mark


def why_not_end_mark(mark: Mark, by: User | None, on: date) -> Refusal | None:
    """The reason why ``by`` cannot end the mark, or None."""
    if refusal := duties.why_not(by, KEEP, mark.pool, on):
        return refusal
    if mark.ends_on is not None and mark.ends_on < on:
        return Refusal("ended", "该标识的有效期已过。")
    return None


@transaction.atomic
def end_mark(*, mark: Mark, last_day: date, by: User | None) -> Mark:
    """Let a mark hold through ``last_day`` and no longer; ending it so again changes nothing. Ledger ``mark.ended``."""
    on = clock.today()
    mark = Mark.objects.select_for_update(of=("self",)).select_related("membership__pool", "application__pool").get(pk=mark.pk)
    if mark.ends_on == last_day:
        return mark
    refuse_if(
        why_not_end_mark(mark, by, on),
        why_not_day_of_a_period(last_day, "last_day"),
        Refusal("order", "止日不能早于起日。", field="last_day") if last_day < mark.starts_on else None,
        Refusal("later", "只能提前结束；需要延长的，请重新设置。", field="last_day")
        if mark.ends_on is not None and last_day > mark.ends_on
        else None,
    )
    mark.ends_on = last_day
    mark.save()
    _decides(mark, by)
    _record("mark.ended", mark, by)
    return mark


def take_along(*, application: Application, membership: Membership) -> None:
    """Marks of an applicant become the member's."""
    for mark in Mark.objects.filter(application=application, membership=None):
        mark.membership = membership
        mark.save()


def _decides(mark: Mark, by: User | None) -> None:
    """What a person sets decides about eligibility, so the member is out of draws whose request was approved before."""
    if by is None or mark.membership is None:
        return
    mark.membership.decisive_changed_at = clock.now()
    mark.membership.save(update_fields=["decisive_changed_at"])


def _record(kind: str, mark: Mark, by: User | None) -> None:
    holder = f"membership:{mark.membership.number}" if mark.membership else f"application:{mark.application_id}"
    record(
        kind,
        subject=holder,
        by=by,
        pool=mark.pool.code,
        body={
            "mark": mark.pk,
            "kind": plain(mark.kind)[:200],
            "starts_on": mark.starts_on.isoformat(),
            "ends_on": mark.ends_on.isoformat() if mark.ends_on else None,
        },
    )
