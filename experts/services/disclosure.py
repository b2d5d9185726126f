"""One masked value shown to one person, with his reason written down first (design §9)."""

from typing import Any

from django.db import transaction

from expertpool.accounts.models import Role, User
from expertpool.ledger.services import record
from expertpool.refusals import Refusal, refuse_if
from experts.models import Disclosure

from .permits import why_not_by, why_not_text

FIELDS = {
    "id_number": "身份证号码",
    "phone": "联系电话",
    "leader_phone": "负责人联系方式",
    "handler_phone": "经办人联系方式",
    "contact": "联系方式",
}


@transaction.atomic
def disclose(*, subject: Any, field_name: str, reason: str, by: User) -> str:
    """The whole value of a masked field of ``subject`` (an expert, an application …).

    Who, when, what and why is kept, and recorded in the ledger without the value; every showing is one record.
    """
    longest = Disclosure._meta.get_field("reason").max_length or 0
    refuse_if(
        why_not_by(by, Role.OFFICE),
        None if field_name in FIELDS and hasattr(subject, field_name) else Refusal("field", "该内容不能查看。"),
        why_not_text(reason, "查看的事由", "reason"),
        Refusal("too-long", f"事由不超过{longest}个字。", field="reason") if len(reason.strip()) > longest else None,
    )
    about = f"{subject._meta.model_name}:{subject.pk}"
    shown = Disclosure.objects.create(by=by, subject=about, field_name=field_name, reason=reason.strip())
    record("disclosure.made", subject=about, by=by, body={"disclosure": shown.pk, "field": field_name})
    return str(getattr(subject, field_name))
