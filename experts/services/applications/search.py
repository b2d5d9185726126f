"""Finding applications, and what sent one back."""

from django.db.models import Q

from expertpool import crypto, identity
from experts.models import Application, ApplicationQuerySet, Endorsement, Review

State = Application.State


def searched(applications: ApplicationQuerySet, *, text: str = "", state: str = "") -> ApplicationQuerySet:
    """Those with a state, and with ``text`` in name, pinyin, initials or number (a full phone number finds too)."""
    if state in State.values:
        applications = applications.filter(state=state)
    text = text.strip()
    if text:
        compact = text.lower().replace(" ", "")
        found = (
            Q(name__icontains=text)
            | Q(number__icontains=text)
            | Q(name_initials__startswith=compact)
            | Q(name_key__startswith=text.lower())
        )
        if identity.why_not_phone(text) is None:
            found |= Q(phone_digest=crypto.digest("phone", identity.normalise_phone(text)))
        applications = applications.filter(found)
    return applications


def open_remarks(application: Application) -> tuple[Review | Endorsement | None, dict[str, str]]:
    """What sent a returned application back, and the remarks beside its fields."""
    if application.state != State.RETURNED:
        return None, {}
    sent_back = [
        application.reviews.filter(outcome=Review.Outcome.RETURNED).prefetch_related("remarks").order_by("-pk").first(),
        application.endorsements.filter(decision=Endorsement.Decision.REFUSED).order_by("-pk").first(),
    ]
    latest = max((one for one in sent_back if one is not None), key=lambda one: one.at, default=None)
    remarks = {remark.field_name: remark.remark for remark in latest.remarks.all()} if isinstance(latest, Review) else {}
    return latest, remarks
