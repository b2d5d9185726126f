"""How those who were drawn are invited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .base import Provision, RoleCode
from .defaults import silent


@dataclass(frozen=True, kw_only=True)
class DeclineReason(Provision):
    """A reason for declining an invitation. counts: it may count against the expert."""

    code: str
    name: str
    counts: bool = False
    needs_text: bool = False


@dataclass(frozen=True, kw_only=True)
class StandbyRule(Provision):
    """Standbys a field: one for each `per_seats` seats begun, at least `minimum`."""

    per_seats: int
    minimum: int

    def count(self, seats: int) -> int:
        """How many standbys for so many seats; none where no seat is needed."""
        return max(self.minimum, -(-seats // self.per_seats)) if seats > 0 else 0


@dataclass(frozen=True, kw_only=True)
class Contact(Provision):
    """How drawn candidates are invited.

    contact_by: who contacts, and with `automatic` for whom the system does. recorded_by: who enters what was answered by
    telephone or could not be delivered (None: who contacts). reply_hours: time to reply.
    recusal_until: until when an expert may declare recusal. ask_more_article: he may ask for more material.
    """

    order: Literal["draw_order"] = silent("contact.order")
    contact_by: RoleCode = silent("contact.contact_by")
    contact_article: str = ""
    recorded_by: RoleCode = silent("contact.recorded_by")
    recorded_article: str = ""
    automatic: bool = False
    reply_hours: int = silent("contact.reply_hours")
    standby: StandbyRule | None = None
    step_up_article: str = ""
    declaration_article: str = ""
    recusal_until: Literal["activity_start"] = silent("contact.recusal_until")
    recusal_article: str = ""
    ask_more_article: str = ""
    contact_person_required: bool = False
    decline_reasons: tuple[DeclineReason, ...] = ()
