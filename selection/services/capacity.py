"""Whether one expert may still serve one activity, now: what can have changed between the draw and his answer."""

from expertpool.regulations import Regulation
from experts.models import Membership, Suspension
from selection.domain.eligibility import Exclusion, MemberFacts, RequestFacts, exclusions
from selection.models import DrawRequest, Participation, Waiver
from selection.services.eligibility import engagement

#: Reasons for which a seat that was accepted is given up again (第七条, 第十九条（一）).
ENDS_A_SEAT = ("EXITED", "SUSPENDED", "AGE")


def changes_since(*, membership: Membership, request: DrawRequest, regulation: Regulation) -> tuple[Exclusion, ...]:
    """Reasons against ``membership`` at ``request`` that come with time: exit, suspension, freeze, term, age, cap, clash.

    Reads the membership's row as it was given; take it under a lock where the answer decides (第十四条).
    """
    starts_on, ends_on = request.starts_on, request.ends_on
    if starts_on is None or ends_on is None:
        raise ValueError("an approved request has its dates")
    participations = Participation.objects.filter(membership=membership).exclude(request=request).select_related("request")
    member = MemberFacts(
        number=membership.number,
        exited=membership.state != Membership.State.ACTIVE,
        birth_date=membership.expert.birth_date,
        suspensions=tuple(
            Suspension.objects.covering(starts_on, ends_on).filter(membership=membership).values_list("starts_on", "ends_on")
        ),
        frozen=membership.frozen_since is not None,
        term_ends_on=membership.term_ends_on,
        marks=frozenset(one.kind for one in membership.marks.all() if one.ends_on is None or one.ends_on >= starts_on),
        engagements=tuple(engagement(one) for one in participations if one.request.starts_on and one.request.ends_on),
    )
    waived = Waiver.objects.filter(request=request, countersigned_at__isnull=False, field__isnull=True).values_list("rule", flat=True)
    return exclusions(regulation, RequestFacts(starts_on=starts_on, ends_on=ends_on, waived=frozenset(waived)), member)


def why_seat_ends(*, membership: Membership, request: DrawRequest, regulation: Regulation) -> Exclusion | None:
    """Why ``membership`` cannot keep a seat that it accepted, or None."""
    found = changes_since(membership=membership, request=request, regulation=regulation)
    return next((one for one in found if one.code in ENDS_A_SEAT), None)
