"""豁免: a soft rule set aside for one request, with a reason; it counts once the inspector has countersigned (readings A3, A8)."""

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import Role, User
from expertpool.ledger.services import plain, record, sealed
from expertpool.refusals import Refusal, Refused, refuse_if
from experts.models import Field
from experts.services.editions import edition_on
from selection.domain.eligibility import ANNUAL_CAP, DRAW_RATIO
from selection.models import DrawRequest, Waiver
from selection.services.feasibility import counts

RULE_NAMES = {DRAW_RATIO: "抽取比例", ANNUAL_CAP: "年度参与次数上限"}


def why_not_waive_shortage(request: DrawRequest, user: User) -> Refusal | None:
    """The reason why ``user`` may not waive the ratio for a field of ``request`` now, or None."""
    if user.role != Role.OFFICE:
        return Refusal("role", "抽取比例的豁免由专家库管理处室提出。")
    if request.state not in {DrawRequest.State.APPROVED, DrawRequest.State.DRAWING}:
        return Refusal("state", f"申请目前的状态是“{request.get_state_display()}”，审批通过后、抽取前才能提出豁免。")
    return None


@transaction.atomic
def waive_shortage(*, request: DrawRequest, field: Field, reason: str, by: User) -> Waiver:
    """Record that ``field`` is drawn from what there is, although that is less than the ratio (第十三条（二）, reading A8).

    Office only, with a reason, and only where candidates are really missing. It counts when the inspector has
    countersigned (:func:`countersign`). The same waiver again returns the one that stands; a waiver that waits for
    its countersignature takes the new reason. Raises Refused.
    """
    request = DrawRequest.objects.select_for_update(of=("self",)).select_related("pool").get(pk=request.pk)
    refuse_if(why_not_waive_shortage(request, by))
    regulation = edition_on(request.pool, clock.today())
    article = regulation.draw.ratio_article if regulation.draw else ""
    count = next((one for one in counts(request) if one.field_id == field.pk), None)
    if count is None:
        raise Refused(Refusal("field", f"该申请没有“{field.name}”专业领域。", field="field"))
    if not count.missing:
        raise Refused(
            Refusal(
                "no-shortage",
                f"“{field.name}”可抽取专家{count.eligible}人，已达到所需候选人数{count.candidates}人，不需要豁免。",
                article,
                regulation.code,
                "field",
            )
        )
    if not count.eligible:
        raise Refused(
            Refusal(
                "nobody", f"“{field.name}”没有可抽取的专家，豁免也无法抽取，请调整申请条件后重新审批。", article, regulation.code, "field"
            )
        )
    return _waive(request, DRAW_RATIO, field=field, article=article, reason=reason, by=by)


def why_not_waive_cap(request: DrawRequest, user: User) -> Refusal | None:
    """The reason why ``user`` may not waive the annual cap for ``request`` now, or None."""
    regulation = edition_on(request.pool, clock.today())
    cap = regulation.rotation.annual_cap if regulation.rotation else None
    if cap is None or not cap.waivable:
        return Refusal("not-waivable", "现行规定没有可以豁免的年度参与次数上限。")
    if user.role != cap.waiver_approver:
        return Refusal("role", f"年度参与次数上限的豁免由{Role(cap.waiver_approver).label}批准。", cap.article, regulation.code)
    if request.state != DrawRequest.State.APPROVED:
        return Refusal("state", "审批通过后、抽取前才能豁免年度参与次数上限。", cap.article, regulation.code)
    return None


@transaction.atomic
def waive_annual_cap(*, request: DrawRequest, reason: str, by: User) -> Waiver:
    """Set the annual cap aside for this one request (第十四条 “原则上”, reading A3); countersigned like every waiver."""
    request = DrawRequest.objects.select_for_update(of=("self",)).select_related("pool").get(pk=request.pk)
    refuse_if(why_not_waive_cap(request, by))
    regulation = edition_on(request.pool, clock.today())
    assert regulation.rotation and regulation.rotation.annual_cap
    return _waive(request, ANNUAL_CAP, field=None, article=regulation.rotation.annual_cap.article, reason=reason, by=by)


def _waive(request: DrawRequest, rule: str, *, field: Field | None, article: str, reason: str, by: User) -> Waiver:
    reason = reason.strip()
    if not reason:
        raise Refused(Refusal("reason", "请写明豁免的理由。", article, request.pool.regulation_code, "reason"))
    waiver = Waiver.objects.select_for_update().filter(request=request, rule=rule, field=field).first()
    if waiver and is_stale(waiver, request):
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


def why_not_countersign(waiver: Waiver, user: User) -> Refusal | None:
    """The reason why ``user`` may not countersign ``waiver``, or None."""
    if user.role != Role.INSPECTOR:
        return Refusal("role", "豁免由纪检监察人员会签。")
    if waiver.by_id == user.pk:
        return Refusal("same-account", "提出人不能会签自己提出的豁免。")
    if not waiver.countersigned_at and is_stale(waiver, waiver.request):
        return Refusal("stale", "使用申请在豁免提出之后又作了调整，需要豁免的，请管理处室重新提出。")
    return None


@transaction.atomic
def countersign(*, waiver: Waiver, by: User) -> Waiver:
    """The inspector agrees to a waiver; from then on it counts. Doing it again changes nothing. Raises Refused."""
    waiver = Waiver.objects.select_for_update(of=("self",)).select_related("request").get(pk=waiver.pk)
    refuse_if(why_not_countersign(waiver, by))
    if waiver.countersigned_at:
        return waiver
    waiver.countersigned_by, waiver.countersigned_at = by, clock.now()
    waiver.save(update_fields=["countersigned_by", "countersigned_at"])
    record(
        "waiver.countersigned",
        subject=f"request:{waiver.request_id}",
        by=by,
        body={
            "number": waiver.request.number,
            "waiver": waiver.pk,
            "rule": waiver.rule,
            "reason": sealed(f"waiver.reason:{waiver.pk}", waiver.reason),
        },
    )
    return waiver
