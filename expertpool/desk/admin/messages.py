"""The outbox in the back office: what left and what did not, without texts and addresses."""

from django.contrib import admin

from expertpool.messaging.models import Message
from expertpool.pools.models import Role
from expertpool.web.admin import ReadOnlyAdmin


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """Delivery states for the system administrator, who sees no text, no address and no recipient."""

    view_roles = frozenset({Role.SYSTEM_ADMIN})
    pool_path = None
    list_display = ["id", "kind", "state", "gateway", "attempts", "created_at", "due_at", "sent_at", "last_error"]
    list_filter = ["state", "gateway", "kind"]
    fields = ["kind", "state", "gateway", "attempts", "created_at", "due_at", "sent_at", "last_error"]
