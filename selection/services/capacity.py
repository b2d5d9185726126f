"""Whether one expert may still serve one activity, now: what can have changed between the draw and his answer."""

from expertpool.regulations import Regulation
from experts.models import Membership
from selection.domain.eligibility import Exclusion
from selection.models import DrawRequest
from selection.services.eligibility import judge_again

#: Reasons for which a seat that was accepted is given up again (第七条, 第十九条（一）).
ENDS_A_SEAT = ("EXITED", "SUSPENDED", "AGE")


def changes_since(*, membership: Membership, request: DrawRequest, regulation: Regulation) -> tuple[Exclusion, ...]:
    """Reasons against ``membership`` at ``request`` as things stand now, those of the draw's own moment left out.

    Exit, suspension, freeze, term, age, qualification, cap, clash, and recusal: an employer that has become the
    applicant's unit since the freeze counts (第十四条, 第十五条). Reads the member's rows afresh; hold the lock of his
    membership where the answer decides.
    """
    if request.starts_on is None or request.ends_on is None:
        raise ValueError("an approved request has its dates")
    return judge_again(membership=membership, request=request, regulation=regulation)


def why_seat_ends(*, membership: Membership, request: DrawRequest, regulation: Regulation) -> Exclusion | None:
    """Why ``membership`` cannot keep a seat that it accepted, or None."""
    found = changes_since(membership=membership, request=request, regulation=regulation)
    return next((one for one in found if one.code in ENDS_A_SEAT), None)
