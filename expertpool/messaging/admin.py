"""The outbox in the back office: what left and what did not, without texts and addresses."""

from django.contrib import admin

from expertpool.accounts.models import Role
from expertpool.core.admin import ReadOnlyAdmin

from .models import Message


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """Delivery states for the system administrator, who sees no text, no address and no recipient."""

    view_roles = frozenset({Role.SYSTEM_ADMIN})
    list_display = ["id", "kind", "state", "gateway", "attempts", "created_at", "due_at", "sent_at", "last_error"]
    list_filter = ["state", "gateway", "kind"]
    fields = ["kind", "state", "gateway", "attempts", "created_at", "due_at", "sent_at", "last_error"]
