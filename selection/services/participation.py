"""出席: who of the seated experts came; the activity is held from then on (第十八条)."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.ledger.services import record
from expertpool.refusals import Refusal, refuse_all, refuse_if
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from expertpool.web.templatetags.house import cn_date
from selection.domain.lifecycles import REQUEST
from selection.models import DrawRequest, Participation
from selection.services import contacts
from selection.services.acting import edition_of_activity, why_not_duty
from selection.services.invitations import end_contacts

LONGEST_REASON = 200
_State = DrawRequest.State
RECORDABLE = frozenset({_State.DRAWING, _State.CONFIRMED, _State.HELD})


def why_not_record_attendance(request: DrawRequest, by: User | None, on: date, *, regulation: Regulation | None = None) -> Refusal | None:
    """The reason why ``by`` cannot record attendance on the Beijing day ``on``, or None.

    ``regulation``: the edition that the activity follows, where the caller has looked it up.
    """
    regulation = regulation or edition_of_activity(request)
    if refusal := why_not_duty(by, "attendance.record", request, regulation):
        return refusal
    if request.state == _State.CLOSED:
        return Refusal("closed", "评价已全部提交，本次活动已办结，出席记录不能再更改。")
    if request.state not in RECORDABLE:
        return Refusal("state", f"使用申请目前的状态是“{request.get_state_display()}”，专家确定并且活动开始后才能登记出席。")
    if request.starts_on is None or on < request.starts_on:
        return Refusal("not_started", f"活动于{cn_date(request.starts_on)}开始，从当日起可以登记出席。")
    return None


def seated_in(request: DrawRequest) -> list[Participation]:
    """The experts who hold a seat, in the order of their fields and positions, with their persons."""
    rows = Participation.objects.filter(request=request, state=Participation.State.STANDING, seated=True)
    return list(
        rows.select_related("membership__expert__employer", "candidate__field").order_by(
            "candidate__field_id", "candidate__attempt__round", "candidate__position", "id"
        )
    )


@transaction.atomic
@acts_on("request.attendance_by")
@acts_on("rules.practice", "participation_count")
def record_attendance(
    *,
    request: DrawRequest,
    attended: Mapping[int, bool],
    reasons: Mapping[int, str] | None = None,
    by: User,
    on: date | None = None,
) -> DrawRequest:
    """Say of every seated expert whether he came; the activity is held, standbys that were not needed are released.

    ``attended`` by the id of the participation, all of them; ``reasons`` for absences, may be empty. From the first day
    of the activity on; corrections until the request is closed, each in the ledger. The same again changes nothing.
    A refusal's ``field`` is ``attended_<id>`` or ``reason_<id>``. Ledger ``attendance.recorded``.

    What follows for evaluations is decided upstairs: pages call ``evaluation.services.activities.close_activity``.
    """
    on = on or clock.today()
    reasons = reasons or {}
    request = contacts.lock_request(request.pk)
    refuse_if(why_not_record_attendance(request, by, on))
    if request.state != _State.HELD:
        # What a late sweep has not done yet: an invitation that ran out counts as unanswered, the contact log is closed.
        end_contacts(request)
        request = contacts.lock_request(request.pk)
    seated = seated_in(request)
    refuse_all(_wrong(seated, attended, reasons))
    changed = [one for one in seated if _differs(one, attended[one.pk], _reason(one, attended, reasons))]
    first = request.state != _State.HELD
    if not changed and not first:
        return request
    corrected = [one.membership.number for one in changed if one.attended is not None]
    for one in changed:
        one.attended, one.absence_reason = attended[one.pk], _reason(one, attended, reasons)
        one.attendance_by, one.attendance_at = by, clock.now()
    Participation.objects.bulk_update(changed, ["attended", "absence_reason", "attendance_by", "attendance_at"])
    released = 0
    if first:
        REQUEST.go(request, _State.HELD)
        request.held_on = request.ends_on
        request.save(update_fields=["state", "held_on"])
        standby = Participation.objects.filter(request=request, state=Participation.State.STANDING, seated=False)
        released = standby.update(state=Participation.State.RELEASED)
    record(
        "attendance.recorded",
        subject=f"request:{request.pk}",
        by=by,
        pool=request.pool.code,
        body={
            "number": request.number,
            "held_on": request.held_on.isoformat() if request.held_on else None,
            "present": [one.membership.number for one in seated if one.attended],
            "absent": [one.membership.number for one in seated if not one.attended],
            "corrected": corrected,
            "released": released,
        },
    )
    return request


def _reason(one: Participation, attended: Mapping[int, bool], reasons: Mapping[int, str]) -> str:
    return "" if attended[one.pk] else reasons.get(one.pk, "").strip()


def _differs(one: Participation, came: bool, reason: str) -> bool:
    return (one.attended, one.absence_reason) != (came, reason)


def _wrong(seated: list[Participation], attended: Mapping[int, bool], reasons: Mapping[int, str]) -> list[Refusal]:
    if not seated:
        return [Refusal("nobody", "本次活动没有已确定的专家，不能登记出席。请联系组织抽取的人员。")]
    known = {one.pk for one in seated}
    found = [Refusal("stranger", "登记中有不属于本次活动正选名单的人员，请刷新页面后重新登记。") for pk in attended if pk not in known]
    for one in seated:
        if type(attended.get(one.pk)) is not bool:
            found.append(Refusal("missing", "请选择出席或者缺席。", field=f"attended_{one.pk}"))
        if len(reasons.get(one.pk, "")) > LONGEST_REASON:
            found.append(Refusal("long", f"缺席说明最多{LONGEST_REASON}字。", field=f"reason_{one.pk}"))
    return found
