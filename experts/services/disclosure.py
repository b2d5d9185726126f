"""One masked value shown to one person, with his reason written down first (design §9)."""

from typing import Any

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.ledger.services import record
from expertpool.pools import duties
from expertpool.pools.models import Pool
from expertpool.refusals import Refusal, refuse_if, why_not_text
from expertpool.regulations.acting import acts_on
from experts.models import Disclosure, Expert, Membership, Objection

DUTY = "disclosure.make"
FIELDS = {
    "id_number": "身份证号码",
    "phone": "联系电话",
    "leader_phone": "负责人联系方式",
    "handler_phone": "经办人联系方式",
    "contact": "联系方式",
}


def belongs(subject: Any, pool: Pool) -> bool:
    """Whether ``subject`` is of ``pool``: a person while he is a member there, any other thing by its own pool.

    What somebody who has left enters in another pool afterwards is not this one's to see.
    """
    if isinstance(subject, Expert):
        return Membership.objects.filter(pool=pool, expert=subject, state=Membership.State.ACTIVE).exists()
    owner = subject.publicity.batch if isinstance(subject, Objection) else subject
    return bool(owner.pool_id == pool.pk)


@transaction.atomic
@acts_on("rules.practice", "mask")
def disclose(*, subject: Any, field_name: str, reason: str, by: User, pool: Pool) -> str:
    """The whole value of a masked field of ``subject`` (an expert, an application …), shown to ``by`` in ``pool``.

    Who, when, what and why is kept, and recorded in the ledger without the value; every showing is one record. Raises Refused
    for whoever does not hold the duty in ``pool``, and for a subject that is not of it.
    """
    refuse_if(duties.why_not(by, DUTY, pool, clock.today()))
    refuse_if(
        None if belongs(subject, pool) else Refusal("foreign", "该人员或事项不属于本专家库，不能查看。"),
        why_not_text(reason, "查看的事由", "reason"),
    )
    return show(subject=subject, field_name=field_name, reason=reason, by=by, pool=pool)


@transaction.atomic
def show(*, subject: Any, field_name: str, reason: str, by: User, pool: Pool) -> str:
    """The whole value of a masked field, written down and recorded; whether ``by`` may see it the caller has judged."""
    longest = Disclosure._meta.get_field("reason").max_length or 0
    refuse_if(
        None if field_name in FIELDS and hasattr(subject, field_name) else Refusal("field", "该内容不能查看。"),
        Refusal("too-long", f"事由不超过{longest}个字。", field="reason") if len(reason.strip()) > longest else None,
    )
    about = f"{subject._meta.model_name}:{subject.pk}"
    shown = Disclosure.objects.create(pool=pool, by=by, subject=about, field_name=field_name, reason=reason.strip())
    record("disclosure.made", subject=about, by=by, pool=pool.code, body={"disclosure": shown.pk, "field": field_name})
    return str(getattr(subject, field_name))
