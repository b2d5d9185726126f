"""监督份额: a second hand adds to the randomness, and the lists are computed at once; or the attempt is given up before (第十二条)."""

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.ledger.services import record
from expertpool.refusals import Refusal, Refused, refuse_all, refuse_if
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from experts.models import Membership
from selection.domain import protocol
from selection.domain.protocol import reading
from selection.domain.reasons import ABORT_REASONS
from selection.models import Attempt, Candidate
from selection.services import contacts, invitations
from selection.services.acting import no, why_not_duty
from selection.services.running import RunningDraw

from .presence import is_present, why_not_watch


def why_not_share_under(attempt: Attempt, regulation: Regulation, by: User) -> list[Refusal]:
    """Why ``by`` cannot give the share of this attempt under the edition of its draw (第十三条（二）); empty if he can.

    He holds the duty today, is in his place, and froze no attempt of this draw: who draws and who gives the share never
    meet in one person.
    """
    request = attempt.draw.request
    article = (regulation.draw.share_article or regulation.draw.watched_article) if regulation.draw else ""
    found = []
    if attempt.state == Attempt.State.ABORTED:
        found.append(no("aborted", "本次抽取已经中止，请在新的一次冻结后再输入监督份额。"))
    if attempt.state == Attempt.State.DRAWN:
        found.append(no("drawn", "本次抽取已经输入过监督份额，名单已经抽出，不能再输入。"))
    if refusal := why_not_duty(by, "draw.share", request, regulation):
        found.append(refusal)
    elif attempt.draw.attempts.filter(frozen_by=by).exists():
        found.append(no("same_person", "冻结过本次抽取名单的人不能输入监督份额，须由另一名监督人员输入。", regulation, article))
    elif not is_present(request, by):
        found.append(no("absent", "您尚未到场监督，请先点“到场监督”，核对并带走清单校验值后再输入监督份额。", regulation, article))
    return found


def _locked(attempt: Attempt) -> tuple[RunningDraw, Attempt]:
    running = RunningDraw.of(attempt.draw)
    fresh = Attempt.objects.select_for_update().get(pk=attempt.pk)
    fresh.draw = running.draw
    return running, fresh


@transaction.atomic
@acts_on("draw.share_by")
@acts_on("contact.automatic")
def give_share(*, attempt: Attempt, share: str, by: User) -> Attempt:
    """Take the watcher's share; in the same transaction the secret is revealed and the lists are computed (第十二条).

    ``share``: 20 to 64 characters of 0-9 and a-z, as typed. The same share by the same person once more returns the
    same attempt; another share is refused. Where the edition has the system contact, it invites at once. Ledger
    ``draw.drawn``.
    """
    running, attempt = _locked(attempt)
    draw = running.draw
    if attempt.state == Attempt.State.DRAWN and attempt.share == share and attempt.inspector_id == by.pk:
        return attempt
    refuse_all(why_not_share_under(attempt, running.regulation, by))
    wrong = protocol.why_not_share(share)
    if wrong:
        raise Refused(no("share", wrong, field="share"))
    if draw.attempts.filter(share=share).exists():
        # Whoever knows the share beforehand could choose his secret by it.
        raise Refused(no("share_used", "该份额已在本次抽取的前一轮用过，请重新掷骰子或者另想一组。", field="share"))
    needs, conditions = reading.needs(attempt.manifest_text), reading.conditions(attempt.manifest_text)
    eligible = reading.eligible_of(attempt.pool_text, attempt.manifest_text)
    seed = protocol.seed(draw.alg, manifest_hash=attempt.manifest_hash, secret=attempt.secret, share=share)
    lists = protocol.compute_lists(alg=draw.alg, seed=seed, eligible=eligible, needs=needs, mode=conditions.mode)
    attempt.result_text = protocol.result_text(
        manifest_hash=attempt.manifest_hash, secret=attempt.secret, share=share, seed=seed, lists=lists.values()
    )
    attempt.share, attempt.inspector, attempt.drawn_at = share, by, clock.now()
    attempt.state = Attempt.State.DRAWN
    attempt.save(update_fields=["result_text", "share", "inspector", "drawn_at", "state"])
    fields = {one.code: one for one in running.pool.fields.all()}
    numbers = [place.number for listed in lists.values() for place in listed]
    members = dict(Membership.objects.filter(pool=running.pool, number__in=numbers).values_list("number", "pk"))
    Candidate.objects.bulk_create(
        Candidate(attempt=attempt, field=fields[code], position=place.position, membership_id=members[place.number], ticket=place.ticket)
        for code, listed in lists.items()
        for place in listed
    )
    contact = running.regulation.contact
    automatic = contact is not None and contact.automatic
    running.reread()
    if automatic:
        running.look_ahead()
    record(
        "draw.drawn",
        subject=contacts.subject_of(draw),
        by=by,
        pool=running.pool.code,
        body={
            "round": attempt.round,
            "attempt": attempt.attempt,
            "manifest": attempt.manifest_hash,
            "result": protocol.h(draw.alg, attempt.result_text),
            "candidates": len(numbers),
        },
    )
    if automatic:
        invitations.invite_next(running, by=None)
    return attempt


def why_not_abort(*, attempt: Attempt, regulation: Regulation, by: User) -> Refusal | None:
    """Why ``by`` cannot give up this attempt, or None: who runs the draw and who watches it can, until the share is in."""
    request = attempt.draw.request
    if refusal := why_not_duty(by, "draw.run", request, regulation):
        return refusal if why_not_watch(by, request, regulation) else None
    return None


@transaction.atomic
def abort(*, attempt: Attempt, reason: str, by: User) -> Attempt:
    """Give up a frozen attempt before its share was entered; its number stays used and the next one is chained to it.

    ``reason`` is a code of :data:`ABORT_REASONS`. Ledger ``draw.aborted``.
    """
    running, attempt = _locked(attempt)
    draw = running.draw
    refuse_if(why_not_abort(attempt=attempt, regulation=running.regulation, by=by))
    if attempt.state == Attempt.State.ABORTED:
        return attempt
    if attempt.state == Attempt.State.DRAWN:
        raise Refused(no("drawn", "监督份额已经输入，名单已经抽出，不能中止，也不能重抽。"))
    if reason not in ABORT_REASONS:
        raise Refused(no("reason", "请选择中止的原因。", field="reason"))
    attempt.abort_text = protocol.abort_text(draw=draw.number, round=attempt.round, attempt=attempt.attempt, reason=reason, at=clock.now())
    attempt.state = Attempt.State.ABORTED
    attempt.save(update_fields=["abort_text", "state"])
    record(
        "draw.aborted",
        subject=contacts.subject_of(draw),
        by=by,
        pool=running.pool.code,
        body={"round": attempt.round, "attempt": attempt.attempt, "reason": reason, "abort": protocol.h(draw.alg, attempt.abort_text)},
    )
    return attempt
