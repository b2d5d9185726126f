"""The end of an activity: attendance and what follows from it in one act (第十八条)."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction

from evaluation.models import Evaluation
from expertpool import clock
from expertpool.accounts.models import User
from expertpool.refusals import Refusal, refuse_all, refuse_if
from selection.models import DrawRequest
from selection.services.participation import record_attendance, why_not_record_attendance

from .evaluations import open_evaluations


@transaction.atomic
def close_activity(
    *,
    request: DrawRequest,
    attended: Mapping[int, bool],
    reasons: Mapping[int, str] | None = None,
    by: User,
    on: date | None = None,
) -> list[Evaluation]:
    """Record who came and open an evaluation for each of them; the evaluations that are wanted.

    Arguments as :func:`selection.services.participation.record_attendance`. May be repeated to correct attendance, but
    not for an expert whose evaluation is signed.
    """
    on = on or clock.today()
    request = DrawRequest.objects.select_for_update(of=("self",)).select_related("pool").get(pk=request.pk)
    refuse_if(why_not_record_attendance(request, by, on))
    refuse_all(_signed(request, attended))
    record_attendance(request=request, attended=attended, reasons=reasons, by=by, on=on)
    return open_evaluations(request=request, by=by)


def _signed(request: DrawRequest, attended: Mapping[int, bool]) -> list[Refusal]:
    signed = Evaluation.objects.filter(
        participation__request=request, state__in=[Evaluation.State.SIGNED, Evaluation.State.SUBMITTED]
    ).select_related("participation")
    text = "该专家的履职评价已经签名，出席记录不能再更改；确有错误的，请先将评价退回修改。"
    return [
        Refusal("signed", text, field=f"attended_{one.participation_id}")
        for one in signed
        if attended.get(one.participation_id, one.participation.attended) != one.participation.attended
    ]
