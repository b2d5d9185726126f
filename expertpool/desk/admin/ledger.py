"""The ledger in the back office: to look at."""

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from expertpool.desk.ledger_page import actor_words
from expertpool.ledger.models import LedgerEvent
from expertpool.pools.models import Assignment, Role
from expertpool.web.admin import ReadOnlyAdmin


@admin.register(LedgerEvent)
class LedgerEventAdmin(ReadOnlyAdmin):
    """Every event of the installation, newest first; the audit administrator alone. A pool's own stand on its page of the ledger."""

    view_roles = frozenset({Role.AUDIT_ADMIN})
    pool_path = None
    list_display = ["seq", "at", "pool", "kind", "subject", "subject_seq", "who"]
    list_select_related = ["actor"]
    list_filter = ["pool", "kind"]
    search_fields = ["subject", "chain"]
    fields = ["seq", "pool", "kind", "subject", "subject_seq", "who", "at", "body", "leaf", "prev", "chain", "idem"]
    search_help_text = _("对象（如 account:12）或链值")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LedgerEvent]:
        """Each event with whether an expert acted: who that was is not named (actor_words)."""
        experts = Assignment.objects.filter(role=Role.EXPERT, account=OuterRef("actor"))
        return super().get_queryset(request).annotate(by_expert=Exists(experts))

    @admin.display(description=_("操作人"))
    def who(self, obj: LedgerEvent) -> str:
        """Who acted, an expert without his name."""
        return actor_words(obj.actor, by_expert=obj.by_expert)  # type: ignore[attr-defined]
