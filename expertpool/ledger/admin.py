"""The ledger in the back office: to look at."""

from django.contrib import admin

from expertpool.accounts.models import Role
from expertpool.core.admin import ReadOnlyAdmin

from .models import LedgerEvent


@admin.register(LedgerEvent)
class LedgerEventAdmin(ReadOnlyAdmin):
    """Every event, newest first; the audit administrator alone."""

    view_roles = frozenset({Role.AUDIT_ADMIN})
    list_display = ["seq", "at", "kind", "subject", "subject_seq", "actor"]
    list_select_related = ["actor"]
    list_filter = ["kind"]
    search_fields = ["subject", "chain"]
    search_help_text = "对象（如 draw:ZJK2026-000001）或链值"
