"""A file of evidence, given out only to those who may open the file it belongs to."""

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from expertpool.pools.access import needs, refusal_page
from expertpool.refusals import Refusal
from experts.models import Attachment
from experts.services import exits
from experts.services.applications import files_for
from experts.services.attachments import AttachmentDamaged, note_reading, read_attachment


@needs("applications.read", "members.read", exits.DECIDE, *exits.RAISE)
def attachment(request: HttpRequest, pk: int) -> HttpResponse:
    """Download one attachment; a reading by anybody but the filing side is written down."""
    who = request.actor  # type: ignore[attr-defined]
    mine = Attachment.objects.visible_to(who).select_related("application__filed_by", "application__pool", "exit_case__membership__pool")
    found = get_object_or_404(mine, pk=pk)
    try:
        data = read_attachment(found)
    except AttachmentDamaged:
        return refusal_page(
            request, Refusal("damaged", str(_("这份材料的文件已损坏或丢失，不能打开。请联系系统管理员从备份恢复。"))), status=410
        )
    if found.application is None or not files_for(found.application, who):
        note_reading(attachment=found, by=who.account)
    response = HttpResponse(data, content_type=found.content_type)
    response["Content-Disposition"] = f"attachment; filename=\"attachment-{found.pk}\"; filename*=UTF-8''{quote(found.original_name)}"
    response["Cache-Control"] = "private, no-store"
    return response
