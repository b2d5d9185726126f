"""豁免: a soft rule set aside for one request, with a reason; it counts once somebody else has countersigned (readings A3, A8)."""

from datetime import date, datetime

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.ledger.services import plain, record, sealed
from expertpool.pools.duties import Actor, actor, names_of, roles_for
from expertpool.pools.editions import edition_of, edition_or_latest
from expertpool.pools.models import Field
from expertpool.refusals import Refusal, Refused, refuse_if
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from selection.domain.eligibility import ANNUAL_CAP, DRAW_RATIO
from selection.models import Attempt, DrawRequest, Waiver
from selection.services import contacts
from selection.services.acting import draw_of
from selection.services.draws.shortage import standing_waivers
from selection.services.draws.supplements import supplementary_shortages
from selection.services.feasibility import counts

RULE_NAMES = {DRAW_RATIO: "抽取比例", ANNUAL_CAP: "年度参与次数上限"}


def waived_under(request: DrawRequest, on: date) -> Regulation:
    """The edition whose rules a waiver of ``request`` sets aside: that of its draw, before the draw the one of the day."""
    draw = draw_of(request)
    return edition_of(draw, request.pool) if draw else edition_or_latest(request.pool, on)


def _locked(request: DrawRequest) -> DrawRequest:
    return DrawRequest.objects.select_for_update(of=("self",)).select_related("pool").get(pk=request.pk)


@acts_on("draw.shortage", "stop_or_waive")
@acts_on("draw.shortage_waived_by")
def why_not_waive_shortage(request: DrawRequest, who: Actor, edition: Regulation) -> Refusal | None:
    """The reason why ``who`` may not waive the ratio for a field of ``request``, before its draw or for its next round, or None."""
    if refusal := who.why_not("waiver.shortage", organisation=request.department_id, edition=edition):
        return refusal
    if request.state not in {DrawRequest.State.APPROVED, DrawRequest.State.DRAWING}:
        return Refusal("state", f"申请目前的状态是“{request.get_state_display()}”，待抽取或者抽取与联系期间才能提出豁免。")
    return None


@transaction.atomic
@acts_on("draw.shortage_waived_by")
def waive_shortage(*, request: DrawRequest, field: Field, reason: str, by: User, on: date | None = None) -> Waiver:
    """Record that ``field`` is drawn from what there is, although that is less than the ratio (第十三条（二）, reading A8).

    Before the first draw, or for the supplementary round that is due (第十三条（三）): each round that is short needs its own.
    With a reason, and only where candidates are really missing. It counts when it is countersigned (:func:`countersign`). The
    same waiver again returns the one that stands; a waiver that waits for its countersignature takes the new reason.
    Raises Refused.
    """
    on = on or clock.today()
    request = _locked(request)
    edition = waived_under(request, on)
    refuse_if(why_not_waive_shortage(request, actor(by, request.pool, clock.today()), edition))
    article = edition.draw.ratio_article if edition.draw else ""
    draw = draw_of(request)
    drawn = draw.attempts.filter(state=Attempt.State.DRAWN).order_by("round").last() if draw is not None else None
    if draw is not None and drawn is not None:
        book = contacts.read(draw)
        short = {code for fields in supplementary_shortages(book, edition) for code in fields}
        if book.file is None or field.pool_id != request.pool_id or field.code not in short:
            raise Refused(Refusal.under(edition, "no-shortage", "该专业领域不需要豁免。", article, field="field"))
        if standing_waivers(draw).filter(field=field).exists():
            # What was agreed to is not rewritten behind the one who countersigned.
            text = "该项豁免已经会签，但可抽的专家仍不足，不能再豁免。"
            raise Refused(Refusal.under(edition, "countersigned", text, article, field="field"))
        return _waive(request, DRAW_RATIO, field=field, article=article, reason=reason, by=by, since=drawn.drawn_at)
    count = next((one for one in counts(request, regulation=edition, on=on) if one.field_id == field.pk), None)
    if count is None:
        raise Refused(Refusal("field", f"该申请没有“{field.name}”专业领域。", field="field"))
    if not count.missing:
        text = f"“{field.name}”可抽取专家{count.eligible}人，已达到所需候选人数{count.candidates}人，不需要豁免。"
        raise Refused(Refusal.under(edition, "no-shortage", text, article, field="field"))
    if not count.waivable:
        text = f"“{field.name}”可抽取的专家少于名额{count.seats}名，豁免也无法抽取，请调整申请条件后重新审批。"
        raise Refused(Refusal.under(edition, "too-few", text, article, field="field"))
    return _waive(request, DRAW_RATIO, field=field, article=article, reason=reason, by=by)


@acts_on("rotation.annual_cap.waivable")
@acts_on("rotation.annual_cap.waiver_approver")
def why_not_waive_cap(request: DrawRequest, who: Actor, edition: Regulation) -> Refusal | None:
    """The reason why ``who`` may not waive the annual cap for ``request`` now, or None."""
    cap = edition.rotation.annual_cap if edition.rotation else None
    if cap is None or not cap.waivable:
        return Refusal("not-waivable", "现行规定没有可以豁免的年度参与次数上限。")
    if refusal := who.why_not("waiver.cap", organisation=request.department_id, edition=edition):
        return refusal
    if request.state != DrawRequest.State.APPROVED:
        return Refusal.under(edition, "state", "待抽取时才能豁免年度参与次数上限。", cap.article)
    return None


@transaction.atomic
@acts_on("rotation.annual_cap.waivable")
@acts_on("rotation.annual_cap.waiver_approver")
def waive_annual_cap(*, request: DrawRequest, reason: str, by: User, on: date | None = None) -> Waiver:
    """Set the annual cap aside for this one request (第十四条 “原则上”, reading A3); countersigned like every waiver."""
    on = on or clock.today()
    request = _locked(request)
    edition = waived_under(request, on)
    refuse_if(why_not_waive_cap(request, actor(by, request.pool, clock.today()), edition))
    assert edition.rotation and edition.rotation.annual_cap
    return _waive(request, ANNUAL_CAP, field=None, article=edition.rotation.annual_cap.article, reason=reason, by=by)


def _waive(
    request: DrawRequest, rule: str, *, field: Field | None, article: str, reason: str, by: User, since: datetime | None = None
) -> Waiver:
    """File a waiver; one from before the last approval, or before ``since``, was for something else and is asked for afresh."""
    reason = reason.strip()
    if not reason:
        raise Refused(Refusal("reason", "请写明豁免的理由。", article, request.pool.regulation_code, "reason"))
    waiver = Waiver.objects.select_for_update().filter(request=request, rule=rule, field=field).first()
    if waiver and (is_stale(waiver, request) or (since is not None and waiver.at < since)):
        # What was agreed to for other conditions is asked for afresh; the ledger keeps the old one.
        waiver.countersigned_by = waiver.countersigned_at = None
    elif waiver and waiver.reason == reason:
        return waiver
    if waiver and waiver.countersigned_at:
        raise Refused(Refusal("countersigned", "该项豁免已经会签，不能再修改理由。", article, request.pool.regulation_code))
    waiver = waiver or Waiver(request=request, rule=rule, field=field)
    waiver.article, waiver.reason, waiver.by, waiver.at = article, reason, by, clock.now()
    waiver.save()
    record(
        "waiver.filed",
        subject=f"request:{request.pk}",
        by=by,
        pool=request.pool.code,
        body={
            "number": request.number,
            "waiver": waiver.pk,
            "rule": rule,
            "field": field.code if field else None,
            "article": plain(article),
            "reason": sealed(f"waiver.reason:{waiver.pk}", reason),
        },
    )
    return waiver


def is_stale(waiver: Waiver, request: DrawRequest) -> bool:
    """Whether a waiver belongs to an earlier version of its request: it was asked for before the last approval."""
    return request.approved_at is None or waiver.at < request.approved_at


@acts_on("draw.countersigned_by")
def why_not_countersign(waiver: Waiver, who: Actor, edition: Regulation) -> Refusal | None:
    """The reason why ``who`` may not countersign ``waiver``, or None: never who asked for it."""
    if refusal := who.why_not("draw.countersign", organisation=waiver.request.department_id, edition=edition):
        return refusal
    if waiver.by_id == who.account.pk:
        return Refusal("same-account", "提出人不能会签自己提出的豁免。")
    if not waiver.countersigned_at and is_stale(waiver, waiver.request):
        askers = names_of(roles_for("waiver.shortage" if waiver.rule == DRAW_RATIO else "waiver.cap", edition).roles, edition)
        return Refusal("stale", f"使用申请在豁免提出之后又作了调整，需要豁免的，请{askers}重新提出。")
    return None


@transaction.atomic
@acts_on("draw.countersigned_by")
def countersign(*, waiver: Waiver, by: User, on: date | None = None) -> Waiver:
    """Somebody else agrees to a waiver; from then on it counts. Doing it again changes nothing. Raises Refused."""
    on = on or clock.today()
    request = _locked(waiver.request)
    waiver = Waiver.objects.select_for_update(of=("self",)).get(pk=waiver.pk)
    waiver.request = request
    refuse_if(why_not_countersign(waiver, actor(by, request.pool, clock.today()), waived_under(request, on)))
    if waiver.countersigned_at:
        return waiver
    waiver.countersigned_by, waiver.countersigned_at = by, clock.now()
    waiver.save(update_fields=["countersigned_by", "countersigned_at"])
    record(
        "waiver.countersigned",
        subject=f"request:{waiver.request_id}",
        by=by,
        pool=request.pool.code,
        body={
            "number": request.number,
            "waiver": waiver.pk,
            "rule": waiver.rule,
            "reason": sealed(f"waiver.reason:{waiver.pk}", waiver.reason),
        },
    )
    return waiver
