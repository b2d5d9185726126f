"""入库: the end of intake, and what follows from it: the person's record, his number, his account (第六条（五）)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Q

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.birthdays import years_after
from expertpool.ledger.services import plain, record
from expertpool.messaging.services import queue_message
from expertpool.pools import duties
from expertpool.pools.models import Assignment, Pool, Role
from expertpool.pools.serials import take_numbers
from expertpool.pools.services.accounts import open_account
from expertpool.pools.services.assignments import assign
from expertpool.refusals import Refusal, refuse_all, refuse_if
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from expertpool.regulations.schema import Step
from experts.domain.chain import duty_of, rest_of, step_after
from experts.domain.lifecycles import APPLICATION
from experts.models import Application, Batch, Employment, Expert, Membership, PersonalFile, Publicity
from experts.services import bans, marks
from experts.services.chain import chain_of, close_if_done, due_step, edition_for, edition_of_list
from experts.services.publicity import end_publicity, has_ended, stands_against

from .changes import DECISIVE, date_changes

#: Reasons that keep a whole list out.
COMMON = frozenset({"step", "undecided", "no-publicity", "publicity-open"})


def _publicity_of(application: Application) -> Publicity | None:
    return Publicity.objects.filter(batch=application.batch_id).first() if application.batch_id else None


def _undone(step: Step, shown: Publicity | None, edition: Regulation) -> Refusal:
    """What a step that nobody has taken says against admission."""
    if step.kind != "publicity":
        return Refusal.under(edition, "undecided" if step.kind == "decide" else "step", f"“{step.name}”尚未办理，不能入库。", step.article)
    if shown is None:
        return Refusal.under(edition, "no-publicity", "该批次尚未公示，不能入库。", step.article)
    day = shown.last_day
    text = f"公示期到{day.year}年{day.month}月{day.day}日24:00才满，期满后才能入库。"
    return Refusal.under(edition, "publicity-open", text, step.article)


def why_not_admit(application: Application, on: date, by: User | None = None) -> list[Refusal]:
    """Every reason why the applicant cannot be admitted on the Beijing day ``on``; empty when he can.

    ``by`` None: whoever may. Whatever ``on`` says, the period of publicity must have ended at this very moment.
    """
    edition = edition_for(application)
    steps = chain_of(application, edition)
    admission = steps[-1]
    if refusal := duties.why_not(by, duty_of(admission), application.pool, clock.today(), edition=edition):
        return [refusal]
    return _why_not_admit(application, on, edition, steps)


@acts_on("publicity.objection.effect")
def _why_not_admit(application: Application, on: date, edition: Regulation, steps: tuple[Step, ...]) -> list[Refusal]:
    if application.state == Application.State.ADMITTED:
        return [Refusal("state", "该申请人已经入库。")]
    due = due_step(application, edition)
    if due is None:
        refusal = APPLICATION.why_not(application.state, Application.State.ADMITTED, labels=dict(Application.State.choices))
        return [refusal or Refusal("state", "申请没有待办的环节，不能入库。")]
    shown = _publicity_of(application)
    if due.kind == "publicity" and shown is not None and has_ended(shown):
        due = step_after(steps, due.code) or due
    found: list[Refusal | None] = [_undone(step, shown, edition) for step in rest_of(steps, due.code)[:-1]]
    if steps[-1].batch and application.batch_id is None and not found:
        found.append(Refusal.under(edition, "no-batch", "请先将申请汇总为批次，再批准入库。", steps[-1].article))
    found += stands_against(application, edition)
    found.append(bans.why_not_return(application.pool, application.id_digest, on))
    here = Membership.objects.active().filter(pool=application.pool_id)
    if application.id_digest and here.filter(expert__id_digest=application.id_digest).exists():
        found.append(Refusal("member", "申请人已经在库，不能重复入库。"))
    return [refusal for refusal in found if refusal is not None]


#: How a person is called, reached and where he works. While he stands in another pool nobody but himself changes it by an application.
HIS_OWN = frozenset({"name", "name_key", "name_initials", "phone", "phone_digest", "email", "address", "postcode", "employer"})


def _locked(applications: Iterable[Application]) -> list[Application]:
    """These applications afresh, locked with everybody else on their lists, and then the lists."""
    wanted = {application.pk for application in applications}
    lists = set(Application.objects.filter(pk__in=wanted, batch__isnull=False).values_list("batch", flat=True))
    files = Application.objects.filter(Q(pk__in=wanted) | Q(batch__in=lists)).select_related("pool", "batch", "applicant")
    mine = [one for one in files.select_for_update(of=("self",)).order_by("pk") if one.pk in wanted]
    list(Batch.objects.filter(pk__in=lists).select_for_update(of=("self",)).order_by("pk"))
    return mine


def _people(applications: Iterable[Application]) -> dict[int, Expert]:
    """By application (id) the record of each person, filled from it; his row, and that of his account, are locked.

    In the order of their identities, known and new alike: two pools that admit the same people wait for each other at the first of
    them. An acceptance takes one person and then the ledger, so it is never waited for from behind the ledger.
    """
    people = {one.pk: _expert_for(one) for one in sorted(applications, key=lambda one: (one.id_digest, one.pk))}
    accounts = {expert.user_id for expert in people.values() if expert.user_id is not None}
    list(User.objects.locked().filter(pk__in=accounts).order_by("pk"))
    return people


def _known(application: Application) -> Expert | None:
    """The record that there is of this person already, locked."""
    return Expert.objects.select_for_update().filter(id_digest=application.id_digest).first() if application.id_digest else None


def _expert_for(application: Application) -> Expert:
    """The person's record, filled from the application: the one that is there already, or a new one."""
    known = _known(application)
    if known is None:
        try:
            with transaction.atomic():
                return _filled(Expert(), application)
        except IntegrityError:
            # Another pool admitted the same person at this moment.
            known = _known(application)
            if known is None:
                raise
    taken = _taken_over(known, application)
    if any(getattr(known, name) != getattr(application, name) for name in (DECISIVE - {"fields"}) & taken):
        # The record is one for all pools: what the application changes in it counts in those where he stands already.
        date_changes(known)
    return _filled(known, application, taken)


def _taken_over(known: Expert, application: Application) -> frozenset[str]:
    """What a known person's record takes over from an application: all of it where he filed or confirmed it, or stands nowhere else."""
    every = frozenset(PersonalFile.personal_fields())
    himself = known.user_id is not None and known.user_id == application.applicant_id
    if himself and (application.filed_by_id == known.user_id or application.endorsements.filter(by=known.user_id).exists()):  # type: ignore[attr-defined]
        return every
    if not Membership.objects.active().filter(expert=known).exclude(pool=application.pool_id).exists():
        return every
    return every - HIS_OWN


def _filled(expert: Expert, application: Application, taken: frozenset[str] | None = None) -> Expert:
    """The record with what is ``taken`` (None: all) of the application, saved, and with its employments."""
    for name in PersonalFile.personal_fields() if taken is None else taken:
        setattr(expert, name, getattr(application, name))
    own = application.applicant
    if expert.user is None and own is not None and not Expert.objects.filter(user=own).exists():
        expert.user = own
    expert.save()
    for job in application.employments.all():  # type: ignore[attr-defined]
        Employment.objects.update_or_create(
            expert=expert,
            organisation=job.organisation,
            organisation_name=job.organisation_name,
            kind=job.kind,
            since=job.since,
            defaults={"position": job.position, "until": job.until},
        )
    return expert


def _account_for(expert: Expert, number: str) -> User:
    """The account of a new member: the one that he has, or a new one without a password, that acts as an expert from today."""
    account = expert.user
    if account is None:
        account = open_account(username=number, password=None, name=expert.name, email=expert.email, by=None)
        expert.user = account
        expert.save()
    # Also of an account that is closed: who opens it again finds him in his role.
    if not Assignment.objects.overlapping(clock.today(), None).filter(account=account, role=Role.EXPERT).exists():
        assign(account=account, role=Role.EXPERT, by=None)
    return account


@transaction.atomic
@acts_on("intake.steps.kind", "admission")
@acts_on("rules.practice", "record_on_admission")
@acts_on("term.years")
@acts_on("fields")
def admit(*, application: Application, by: User, on: date | None = None) -> Membership:
    """Admit an applicant: his record, his number and his account follow from the application (第六条（五）).

    Raises Refused for whoever does not hold the last step of his channel, and with every reason that stands against it; an
    applicant who has been admitted already gets his membership back unchanged. A new account gets no password: the
    security administrator gives it one; who has an account keeps it.
    """
    on = on or clock.today()
    (application,) = _locked([application])
    edition = edition_for(application)
    steps = chain_of(application, edition)
    refuse_if(duties.why_not(by, duty_of(steps[-1]), application.pool, clock.today(), edition=edition))
    if application.state == Application.State.ADMITTED:
        return Membership.objects.get(application=application)
    refuse_all(_why_not_admit(application, on, edition, steps))
    (membership,) = _admit_all([application], by, on)
    return membership


def _admit_all(applications: list[Application], by: User, on: date) -> list[Membership]:
    """Admit applicants, all of one list or a single one, whose files are locked and against whom nothing stands.

    What somebody else may hold comes before the first event: from then on everybody's acts wait for the end of this one. So the
    persons come first, then the numbers, and then the end of a publicity that no sweep has noted yet.
    """
    people = _people(applications)
    numbers = take_numbers(applications[0].pool, "member", on.year, len(applications))
    shown = _publicity_of(applications[0])
    if shown is not None and shown.state == Publicity.State.OPEN and has_ended(shown):
        # Everybody on the list goes on.
        end_publicity(publicity=shown)
        for application in applications:
            application.refresh_from_db(fields=["state", "step"])
    return [_admit(one, people[one.pk], number, by, on) for one, number in zip(applications, numbers, strict=True)]


def _admit(application: Application, expert: Expert, number: str, by: User, on: date) -> Membership:
    """Admit one of them: nothing is locked here that somebody else may hold."""
    pool: Pool = application.pool
    edition = edition_for(application)
    APPLICATION.go(application, Application.State.ADMITTED)
    application.step = ""
    application.expert = expert
    application.changed_at = clock.now()
    application.save()
    if application.batch is not None:
        close_if_done(application.batch)
    membership = Membership(
        pool=pool,
        expert=expert,
        number=number,
        application=application,
        admitted_on=on,
        confirmed_on=on,
        decisive_changed_at=clock.now(),
        term_ends_on=years_after(on, edition.term.years) if edition.term else None,
    )
    membership.decide_under(edition)
    membership.save()
    membership.fields.set(application.fields.all())
    marks.take_along(application=application, membership=membership)
    record(
        "membership.admitted",
        subject=f"membership:{membership.number}",
        by=by,
        pool=pool.code,
        body={
            "application": application.number,
            "batch": application.batch.number if application.batch else None,
            "on": on.isoformat(),
            "fields": sorted(membership.fields.values_list("code", flat=True)),
            "article": plain(chain_of(application, edition)[-1].article),
            "rules": edition.file_hash,
        },
    )
    account = _account_for(expert, membership.number)
    for reader in {one.pk: one for one in (account, application.filed_by)}.values():
        queue_message(
            kind="membership.admitted",
            to=reader,
            address="",
            title=f"入库申请{application.number}已批准入库",
            body=f"{expert.name}已进入{pool.name}，专家编号{membership.number}，入库日期{on.year}年{on.month}月{on.day}日。",
            about=f"membership:{membership.number}",
            idem=f"admitted:{membership.pk}:{reader.pk}",
            pool=pool.code,
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

    Raises Refused where nobody could be admitted: the list is not through its steps, somebody else was quicker, or ``by`` does
    not admit.
    """
    on = on or clock.today()
    waiting = _locked(batch.applications.open())  # type: ignore[attr-defined]
    refuse_if(why_not_admit_batch(batch, on, by))
    result, passing = BatchAdmission(), []
    for application in waiting:
        if application.state in Application.ENDED:
            # He was answered while this act waited for his row.
            continue
        if refusals := why_not_admit(application, on, by):
            result.refused.append((application, tuple(refusals)))
        else:
            passing.append(application)
    if passing:
        result.admitted.extend(_admit_all(passing, by, on))
    return result


def why_not_admit_batch(batch: Batch, on: date, by: User | None = None) -> Refusal | None:
    """The reason why ``by`` (None: whoever may) can admit nobody of the batch now, or None."""
    edition = edition_of_list(batch)
    waiting = batch.applications.open().select_related("pool").order_by("pk").first()  # type: ignore[attr-defined]
    if waiting is None:
        return Refusal("empty", "批次中已没有待入库的申请。")
    steps = chain_of(waiting, edition)
    if refusal := duties.why_not(by, duty_of(steps[-1]), batch.pool, clock.today(), edition=edition):
        return refusal
    return next((refusal for refusal in _why_not_admit(waiting, on, edition, steps) if refusal.code in COMMON), None)
