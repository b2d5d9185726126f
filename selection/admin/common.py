"""What the pages of this room's back office have in common: who opens them, and their links into the portal."""

from typing import Any

from django.contrib import admin
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from expertpool.web.admin import HouseInline, ReadOnlyAdmin
from experts.admin.common import badge

#: Who keeps the pool looks at what happened in it. Nobody else: a row here shows every unit's requests.
KEEPERS = ("members.keep",)


def page_of(name: str, key: Any, text: Any) -> Any:
    """A link to a page of the portal, or the plain text where it has no such page."""
    try:
        return format_html('<a href="{}">{}</a>', reverse(name, args=[key]), text)
    except NoReverseMatch:
        return text


class KeepersReadOnly(ReadOnlyAdmin):
    """A page for who keeps the pool: the three administrators see nothing of a request (design §9)."""

    view_duties = KEEPERS

    @admin.display(description=_("状态"), ordering="state")
    def shown_state(self, obj: Any) -> Any:
        """The state with its mark."""
        return badge(obj)


class KeepersInline(HouseInline):
    """Rows below such a page."""

    view_duties = KEEPERS
