"""A file of evidence, given out only to those who may open the file it belongs to."""

from urllib.parse import quote

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from expertpool.accounts.access import allow, refusal_page
from expertpool.accounts.models import Role
from expertpool.refusals import Refusal
from experts.models import Application, Attachment
from experts.services.applications import files_for
from experts.services.attachments import AttachmentDamaged, note_reading, read_attachment

CASE_READERS: tuple[str, ...] = (Role.OFFICE, Role.LEADER, Role.INSPECTOR)


@allow(Role.RECOMMENDING_UNIT, Role.EMPLOYER, Role.EXPERT, Role.OFFICE, Role.LEADER, Role.INSPECTOR)
def attachment(request: HttpRequest, pk: int) -> HttpResponse:
    """Download one attachment; a reading by anybody but the filing side is written down."""
    user = request.user
    mine = Q(application__in=Application.objects.visible_to(user))  # type: ignore[arg-type]
    if user.role in CASE_READERS:  # type: ignore[union-attr]
        mine |= Q(exit_case__isnull=False)
    found = get_object_or_404(Attachment.objects.select_related("application__filed_by").filter(mine), pk=pk)
    try:
        data = read_attachment(found)
    except AttachmentDamaged:
        return refusal_page(
            request, Refusal("damaged", str(_("这份材料的文件已损坏或丢失，不能打开。请联系系统管理员从备份恢复。"))), status=410
        )
    if found.application is None or not files_for(found.application, user):  # type: ignore[arg-type]
        note_reading(attachment=found, by=user)  # type: ignore[arg-type]
    response = HttpResponse(data, content_type=found.content_type)
    response["Content-Disposition"] = f"attachment; filename=\"attachment-{found.pk}\"; filename*=UTF-8''{quote(found.original_name)}"
    response["Cache-Control"] = "private, no-store"
    return response
