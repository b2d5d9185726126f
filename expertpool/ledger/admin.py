"""The ledger in the back office: to look at."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from expertpool.accounts.models import Role
from expertpool.core.admin import ReadOnlyAdmin

from .models import LedgerEvent
from .words import actor_words


@admin.register(LedgerEvent)
class LedgerEventAdmin(ReadOnlyAdmin):
    """Every event, newest first; the audit administrator alone."""

    view_roles = frozenset({Role.AUDIT_ADMIN})
    list_display = ["seq", "at", "kind", "subject", "subject_seq", "who"]
    list_select_related = ["actor"]
    list_filter = ["kind"]
    search_fields = ["subject", "chain"]
    fields = ["seq", "kind", "subject", "subject_seq", "who", "at", "body", "leaf", "prev", "chain", "idem"]
    search_help_text = "对象（如 draw:ZJK2026-000001）或链值"

    @admin.display(description=_("操作人"))
    def who(self, obj: LedgerEvent) -> str:
        return actor_words(obj.actor)
