"""Invitations: offered in drawn order, answered by link or account, ended by lapse, withdrawal or a rule (第十三条（三）（四）)."""

from selection.services.acting import RUNNING

from .answers import (
    DECLARATION,
    Answer,
    ask_more,
    check_digits,
    declaration_of,
    open_invitation,
    reply,
    reply_signed_in,
    why_locked,
    why_not_as_seen,
)
from .common import declarable, who_contacts
from .endings import call_off, end_contacts, lapse, mark_unreached, skip, take_back, why_not_withdraw
from .offers import invite_due, invite_next, settle, show_phone

__all__ = [
    "DECLARATION",
    "RUNNING",
    "Answer",
    "ask_more",
    "call_off",
    "check_digits",
    "declarable",
    "declaration_of",
    "end_contacts",
    "invite_due",
    "invite_next",
    "lapse",
    "mark_unreached",
    "open_invitation",
    "reply",
    "reply_signed_in",
    "settle",
    "show_phone",
    "skip",
    "take_back",
    "who_contacts",
    "why_locked",
    "why_not_as_seen",
    "why_not_withdraw",
]
