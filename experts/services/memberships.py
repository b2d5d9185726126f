"""在库资格: admission at the end of intake, and changes of what decides about eligibility (第六条（五）, 第八条)."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from expertpool import clock
from expertpool.accounts.models import Role, User
from expertpool.ledger.services import plain, record, sealed
from expertpool.messaging.services import queue_message
from expertpool.refusals import Refusal, Refused, refuse_all, refuse_if
from expertpool.regulations import Regulation
from experts.domain.birthdays import years_after
from experts.domain.lifecycles import APPLICATION
from experts.models import (
    Application,
    Batch,
    Employment,
    EmploymentFacts,
    Expert,
    Membership,
    Objection,
    PersonalFile,
    Pool,
    Publicity,
    ReentryBan,
)

from .batches import close_if_done, step_article
from .editions import edition_on
from .permits import why_not_by, why_not_text
from .publicity import end_publicity, has_ended

# What an expert's eligibility hangs on; everything else is plain editing.
DECISIVE = frozenset({"birth_date", "employer", "expert_type", "fields", "licence", "name", "title", "title_level", "years"})


def _why_not_publicity(application: Application, regulation: Regulation) -> Refusal | None:
    """The reason why publicity still stands against admission, or None."""
    rules = regulation.publicity
    if rules is None:
        return None
    publicity = Publicity.objects.filter(batch=application.batch_id).first() if application.batch_id else None
    if publicity is None:
        return Refusal("no-publicity", "该批次尚未公示，不能入库。", rules.article, regulation.code)
    if publicity.state == Publicity.State.EXEMPT:
        return None
    if not has_ended(publicity):
        day = publicity.last_day
        return Refusal(
            "publicity-open",
            f"公示期到{day.year}年{day.month}月{day.day}日24:00才满，期满后才能入库。",
            rules.article,
            regulation.code,
        )
    return None


def why_not_admit(application: Application, on: date) -> list[Refusal]:
    """Every reason why the applicant cannot be admitted on the Beijing day ``on``; empty when he can.

    Whatever ``on`` says, the period of publicity must have ended at this very moment.
    """
    regulation = edition_on(application.pool, on)
    if application.state == Application.State.ADMITTED:
        return [Refusal("state", "该申请人已经入库。")]
    found: list[Refusal | None] = []
    batch: Batch | None = application.batch
    steps = next((channel.steps for channel in regulation.intake.channels if channel.code == application.channel), ())
    if "department_decision" in steps and (batch is None or batch.decided_on is None):
        found.append(Refusal("undecided", "名单尚未审定，不能入库。", step_article(regulation, "department_decision"), regulation.code))
    if "publicity" in steps or not steps:
        found.append(_why_not_publicity(application, regulation))
    article = regulation.publicity.objection.article if regulation.publicity else ""
    states = set(Objection.objects.filter(application=application, late=False).values_list("state", flat=True))
    if Objection.State.OPEN in states:
        found.append(Refusal("objection", "公示期内收到的异议正在核实，核实结束前不能入库。", article, regulation.code))
    if Objection.State.UPHELD in states:
        found.append(Refusal("objection-upheld", "公示异议经核实成立，不予入库。", article, regulation.code))
    if application.id_digest:
        ban = ReentryBan.objects.filter(
            Q(until__isnull=True) | Q(until__gte=on), pool=application.pool_id, id_digest=application.id_digest
        ).first()
        if ban is not None:
            until = f"{ban.until.year}年{ban.until.month}月{ban.until.day}日前" if ban.until else "终身"
            found.append(Refusal("ban", f"申请人曾出库，{until}不得重新入库。", ban.article, regulation.code))
        if Membership.objects.active().filter(pool=application.pool_id, expert__id_digest=application.id_digest).exists():
            found.append(Refusal("member", "申请人已经在库，不能重复入库。"))
    refusals = [refusal for refusal in found if refusal is not None]
    state = APPLICATION.why_not(application.state, Application.State.ADMITTED, labels=dict(Application.State.choices))
    return refusals or ([state] if state else [])


def _expert_for(application: Application) -> Expert:
    """The person's record, filled from the application: the one that is there already, or a new one."""
    known = Expert.objects.select_for_update().filter(id_digest=application.id_digest).first() if application.id_digest else None
    expert = known or Expert()
    if known is not None and any(getattr(known, name) != getattr(application, name) for name in DECISIVE - {"fields"}):
        # The record is one for all pools: what the application changes in it counts in those where he stands already.
        for membership in Membership.objects.active().select_for_update(of=("self",)).filter(expert=known).order_by("pk"):
            membership.decisive_changed_at = clock.now()
            membership.save()
    for name in PersonalFile.personal_fields():
        setattr(expert, name, getattr(application, name))
    if (
        expert.user_id is None
        and application.filed_by.role == Role.EXPERT
        and not Expert.objects.filter(user=application.filed_by).exists()
    ):
        expert.user = application.filed_by
    expert.save()
    for job in application.employments.all():
        Employment.objects.update_or_create(
            expert=expert,
            organisation=job.organisation,
            organisation_name=job.organisation_name,
            kind=job.kind,
            since=job.since,
            defaults={"position": job.position, "until": job.until},
        )
    return expert


def _next_number(pool: Pool) -> str:
    """The next membership number; the caller holds the lock on ``pool``."""
    length = len(pool.number_prefix) + 6
    numbers = Membership.objects.filter(number__startswith=pool.number_prefix).values_list("number", flat=True)
    taken = [
        int(number[len(pool.number_prefix) :])
        for number in numbers
        if len(number) == length and number[len(pool.number_prefix) :].isdigit()
    ]
    return f"{pool.number_prefix}{max(taken, default=0) + 1:06d}"


@transaction.atomic
def admit(*, application: Application, by: User, on: date | None = None) -> Membership:
    """Admit an applicant: his record, his number and his account follow from the application (第六条（五）).

    Raises Refused with every reason that stands against it; an applicant who has been admitted already gets his
    membership back unchanged. The account gets no password: the security administrator gives it one.
    """
    on = on or clock.today()
    pool = Pool.objects.select_for_update().get(pk=application.pool_id)
    application = Application.objects.select_for_update().get(pk=application.pk)
    regulation = edition_on(pool, on)
    refuse_if(why_not_by(by, Role.OFFICE))
    if application.state == Application.State.ADMITTED:
        return Membership.objects.get(application=application)
    refuse_all(why_not_admit(application, on))
    publicity = Publicity.objects.filter(batch=application.batch_id).first() if application.batch_id else None
    if publicity is not None and publicity.state == Publicity.State.OPEN:
        end_publicity(publicity=publicity)

    expert = _expert_for(application)
    membership = Membership(
        pool=pool,
        expert=expert,
        number=_next_number(pool),
        application=application,
        admitted_on=on,
        confirmed_on=on,
        decisive_changed_at=clock.now(),
        term_ends_on=years_after(on, regulation.term.years) if regulation.term else None,
    )
    membership.decide_under(regulation)
    membership.save()
    membership.fields.set(application.fields.all())
    if expert.user_id is None:
        user = User(username=membership.number, name=expert.name, role=Role.EXPERT, organisation=expert.employer, email=expert.email)
        user.set_unusable_password()
        user.save()
        expert.user = user
        expert.save()
    APPLICATION.go(application, Application.State.ADMITTED)
    application.expert = expert
    application.changed_at = clock.now()
    application.save()
    if application.batch is not None:
        close_if_done(application.batch)
    for reader in {one.pk: one for one in (expert.user, application.filed_by) if one is not None}.values():
        queue_message(
            kind="membership.admitted",
            to=reader,
            address="",
            title=f"入库申请{application.number}已批准入库",
            body=f"{expert.name}已进入{pool.name}，专家编号{membership.number}，入库日期{on.year}年{on.month}月{on.day}日。",
            about=f"membership:{membership.number}",
            idem=f"admitted:{membership.pk}:{reader.pk}",
        )
    record(
        "membership.admitted",
        subject=f"membership:{membership.number}",
        by=by,
        body={
            "application": application.number,
            "batch": application.batch.number if application.batch else None,
            "on": on.isoformat(),
            "fields": sorted(membership.fields.values_list("code", flat=True)),
            "article": plain(step_article(regulation, "admission")),
            "rules": regulation.file_hash,
        },
    )
    return membership


@dataclass(frozen=True)
class BatchAdmission:
    """What came of admitting a whole batch: the new memberships, and per application why it was left out."""

    admitted: list[Membership] = field(default_factory=list)
    refused: list[tuple[Application, tuple[Refusal, ...]]] = field(default_factory=list)


@transaction.atomic
def admit_batch(*, batch: Batch, by: User, on: date | None = None) -> BatchAdmission:
    """Admit everybody of a batch against whom nothing stands; the others stay as they are, each with his reasons.

    Raises Refused when the batch is not over its publicity, so that nobody could be admitted.
    """
    on = on or clock.today()
    refuse_if(why_not_by(by, Role.OFFICE), why_not_admit_batch(batch, on))
    result = BatchAdmission()
    # All rows before the first event: whoever records an objection holds its row while he waits for the ledger.
    Pool.objects.select_for_update().get(pk=batch.pool_id)
    waiting = list(batch.applications.open().select_for_update(of=("self",)).order_by("pk"))  # type: ignore[attr-defined]
    for application in waiting:
        try:
            with transaction.atomic():
                result.admitted.append(admit(application=application, by=by, on=on))
        except Refused as refused:
            result.refused.append((application, refused.refusals))
    return result


def why_not_admit_batch(batch: Batch, on: date) -> Refusal | None:
    """The reason why nobody of the batch can be admitted now, or None."""
    waiting = batch.applications.open().first()  # type: ignore[attr-defined]
    if waiting is None:
        return Refusal("empty", "批次中已没有待入库的申请。")
    common = {"undecided", "no-publicity", "publicity-open"}
    return next((refusal for refusal in why_not_admit(waiting, on) if refusal.code in common), None)


def _move_employer(expert: Expert, on: date) -> None:
    """End the former personnel employment on ``on`` and begin the new one."""
    Employment.objects.filter(expert=expert, kind=EmploymentFacts.Kind.PERSONNEL, until__isnull=True).exclude(
        organisation=expert.employer
    ).update(until=on)
    Employment.objects.get_or_create(
        expert=expert, organisation=expert.employer, kind=EmploymentFacts.Kind.PERSONNEL, until=None, defaults={"since": on}
    )


@transaction.atomic
def change_decisive(*, membership: Membership, by: User, reason: str, on: date | None = None, **changes: Any) -> Membership:
    """Change what decides about eligibility (第八条: 职称、职称等级、行业分类 …), with the reason and its evidence named.

    ``changes``: fields of the expert's record out of :data:`DECISIVE`; ``fields`` is a list of
    :class:`experts.models.Field`. Whoever is changed after a request was approved stays out of its draw. Values that
    are there already change nothing.
    """
    on = on or clock.today()
    if unknown := set(changes) - DECISIVE:
        raise ValueError(f"not decisive: {sorted(unknown)}")
    membership = Membership.objects.select_for_update(of=("self",)).select_related("pool").get(pk=membership.pk)
    expert = Expert.objects.select_for_update().get(pk=membership.expert_id)
    regulation = edition_on(membership.pool, on)
    article = regulation.update.key_article or regulation.update.article if regulation.update else ""
    refuse_if(
        why_not_by(by, Role.OFFICE, article=article, regulation=regulation.code), why_not_text(reason, "变更理由和依据材料", "reason")
    )
    fields = changes.pop("fields", None)
    changed = [name for name, value in changes.items() if getattr(expert, name) != value]
    if fields is not None and {one.pk for one in fields} != set(membership.fields.values_list("pk", flat=True)):
        if not fields:
            raise Refused(Refusal("no-field", "至少保留一个申报方向。", article, regulation.code, "fields"))
        membership.fields.set(fields)
        changed.append("fields")
    if not changed:
        return membership
    for name in changed:
        if name != "fields":
            setattr(expert, name, changes[name])
    expert._change_reason = reason.strip()[:100]  # type: ignore[attr-defined]
    expert.save()
    if "employer" in changed:
        _move_employer(expert, on)
    # All pools of the person: his title or employer counts in each of them.
    for one in Membership.objects.select_for_update().filter(expert=expert):
        if one.pk == membership.pk or changed != ["fields"]:
            one.decisive_changed_at = clock.now()
            one.save()
    membership.refresh_from_db()
    record(
        "membership.changed",
        subject=f"membership:{membership.number}",
        by=by,
        body={
            "changed": sorted(changed),
            "on": on.isoformat(),
            "article": plain(article),
            "reason": sealed(f"membership.reason:{membership.pk}", reason),
        },
    )
    return membership
