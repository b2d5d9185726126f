"""What other pages show of a draw."""

from typing import Any

from django import template

from selection.models import DrawRequest, Participation, RequestSeats

register = template.Library()

BEFORE = frozenset({DrawRequest.State.DRAFT, DrawRequest.State.RETURNED, DrawRequest.State.CANCELLED, DrawRequest.State.REJECTED})


@register.simple_tag
def draw_panel(draw_request: DrawRequest) -> dict[str, Any]:
    """How far the draw of a request is, in figures that every role may know: ``k`` of ``n`` seats taken."""
    draw = getattr(draw_request, "draw", None)
    wanted = sum(RequestSeats.objects.filter(request=draw_request).values_list("count", flat=True))
    standing = Participation.objects.filter(request=draw_request, state=Participation.State.STANDING)
    attempt = draw.attempts.order_by("round", "attempt").last() if draw else None
    return {
        "shown": draw_request.approved_at is not None and draw_request.state not in BEFORE,
        "number": draw.number if draw else "",
        "state": attempt.get_state_display() if attempt else "",
        "taken": standing.filter(seated=True).count(),
        "wanted": wanted,
    }
