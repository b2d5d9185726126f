"""What only the desk can tell a template: the kit below it knows neither pools nor the rooms."""

from django import template
from django.template import Context

from expertpool.desk.todos import waiting_for
from expertpool.web.waiting_item import WaitingItem

register = template.Library()


@register.simple_tag(takes_context=True)
def waiting_here(context: Context) -> list[WaitingItem]:
    """``{% waiting_here as waiting %}``: what waits for the signed-in account where the page stands."""
    return waiting_for(context["request"].actor)
