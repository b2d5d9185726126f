"""What the pages of this room have in common: masked numbers, search for people, reading roles."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from expertpool import crypto, identity, masking
from expertpool.web.acts import Act, ActMixin
from expertpool.web.admin import HouseAdmin, HouseInline
from expertpool.web.typed import whole
from experts.models import Attachment
from experts.services import disclosure
from experts.services.chain import edition_to_read

STATE_KINDS = {
    "draft": "quiet",
    "returned": "soon",
    "rejected": "refused",
    "withdrawn": "quiet",
    "admitted": "done",
    "passed": "done",
    "closed": "done",
    "ended": "done",
    "exempt": "soon",
    "upheld": "refused",
    "dismissed": "quiet",
    "exited": "refused",
    "active": "done",
}


def badge(obj: Any) -> SafeString:
    """The state of ``obj`` as a word with a mark."""
    from expertpool.web.templatetags.house import status_badge

    return status_badge(STATE_KINDS.get(obj.state, "now"), obj.get_state_display())


class FieldsHereFilter(admin.SimpleListFilter):
    """By field of the pool whose back office this is."""

    title = _("申报方向")
    parameter_name = "field"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [(str(field.pk), field.name) for field in request.pool.fields.all()]  # type: ignore[attr-defined]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        number = whole(self.value() or "")
        return queryset if number is None else queryset.filter(fields=number)


class ActAdmin(ActMixin, HouseAdmin):
    """A page whose object changes through acts alone: every column is only shown."""

    change_roles: frozenset[str] = frozenset()

    @staticmethod
    def _masked(admin: "ActAdmin", obj: Any, name: str, masked: str) -> SafeString | str:
        if not masked:
            return "—"
        return format_html('{} <a href="{}">{}</a>', masked, admin.act_url(obj, f"show-{name.replace('_', '-')}"), _("显示"))

    def has_view_history_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request, obj)


class PersonMixin:
    """Search and masked numbers of a page over people. ``person`` is the path to the person's columns ("" or "expert__")."""

    person = ""
    search_help_text = _("按姓名、拼音、拼音首字母、编号查找；也可输入完整的手机号或身份证号")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        """A whole phone or ID number is looked up by its hash; anything else by name, pinyin or number."""
        term = search_term.strip()
        if term and identity.why_not_phone(term) is None:
            return queryset.filter(**{f"{self.person}phone_digest": crypto.digest("phone", identity.normalise_phone(term))}), False
        if term and identity.why_not_id_number(term) is None:
            return queryset.filter(**{f"{self.person}id_digest": crypto.digest("id-number", identity.normalise_id(term))}), False
        found, duplicates = super().get_search_results(request, queryset, search_term)  # type: ignore[misc]
        compact = term.lower().replace(" ", "")
        if compact.isascii() and compact.isalpha():
            initials = Q(**{f"{self.person}name_initials__istartswith": compact}) | Q(**{f"{self.person}name_key__istartswith": term})
            return queryset.filter(Q(pk__in=found.values("pk")) | initials), duplicates
        return found, duplicates

    def masked_id_number(self, obj: Any) -> Any:
        """身份证号码, masked."""
        person = obj.expert if self.person else obj
        return self._masked(self, obj, "id_number", masking.mask_id_number(person.id_number))  # type: ignore[attr-defined]

    masked_id_number.short_description = _("身份证号码")  # type: ignore[attr-defined]

    def masked_phone(self, obj: Any) -> Any:
        """联系电话, masked."""
        person = obj.expert if self.person else obj
        return self._masked(self, obj, "phone", masking.mask_phone(person.phone))  # type: ignore[attr-defined]

    masked_phone.short_description = _("联系电话")  # type: ignore[attr-defined]


def _pool_of(obj: Any) -> Any:
    """The pool through which ``obj`` is looked at: its own, or for a person's record the one whose page shows it (``seen_in``)."""
    if hasattr(obj, "seen_in"):
        return obj.seen_in
    return obj.publicity.batch.pool if hasattr(obj, "publicity") else obj.pool


def show_act(field_name: str, label: Any, *, of: str = "") -> Act:
    """The act that shows a masked value, with its reason; ``of`` the attribute that holds the person."""
    from .forms import DisclosureForm

    def do(obj: Any, data: dict[str, Any], user: Any) -> str:
        subject = getattr(obj, of) if of else obj
        return disclosure.disclose(subject=subject, field_name=field_name, reason=data["reason"], by=user, pool=_pool_of(obj))

    return Act(
        name=f"show-{field_name.replace('_', '-')}",
        label=label,
        form=DisclosureForm,
        do=do,
        lead=_("个人信息加密保存，查看须写明事由，并逐次留痕。"),
        shows=True,
        menu=False,
        duties=(disclosure.DUTY,),
    )


class AttachmentInline(HouseInline):
    """证明材料, opened through the portal's permission check."""

    model = Attachment
    fields = ["kind_name", "file", "size", "uploaded_by", "uploaded_at"]
    readonly_fields = fields  # type: ignore[assignment]
    view_duties: tuple[str, ...] = ("applications.manage", "batches.collect", "pool.read", "members.read", "exits.raise")
    fk_name: str | None = "application"
    verbose_name_plural = _("证明材料")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attachment]:
        return super().get_queryset(request).select_related("uploaded_by", "application__pool")

    def kind_name(self, obj: Attachment) -> str:
        """材料种类."""
        regulation = edition_to_read(obj.application) if obj.application else None
        kinds = {one.code: one.name for one in regulation.attachments} if regulation else {}
        return kinds.get(obj.kind, str(_("证据材料")))

    kind_name.short_description = _("材料种类")  # type: ignore[attr-defined]

    def file(self, obj: Attachment) -> Any:
        """The file's name, linked to its download."""
        try:
            return format_html('<a href="{}">{}</a>', reverse("attachment", args=[obj.pk]), obj.original_name)
        except NoReverseMatch:
            return obj.original_name

    file.short_description = _("文件")  # type: ignore[attr-defined]
