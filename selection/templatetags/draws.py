"""What other pages show of a draw."""

from django import template
from django.template import Context

from selection.models import DrawRequest
from selection.pages.panels import AttendancePanel, DrawPanel

register = template.Library()


@register.simple_tag(takes_context=True)
def draw_panel(context: Context, draw_request: DrawRequest) -> DrawPanel:
    """How far the draw of a request is, for whoever looks at the page."""
    return DrawPanel.of(context["request"].actor, draw_request)


@register.simple_tag(takes_context=True)
def attendance_panel(context: Context, draw_request: DrawRequest) -> AttendancePanel:
    """Who came and how they worked, for whoever looks at the page."""
    return AttendancePanel.of(context["request"].actor, draw_request)
