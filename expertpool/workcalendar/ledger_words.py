"""What the ledger's events of the working calendar are called."""

from django.utils.translation import gettext_lazy as _

WORDS = {
    "calendar.loaded": _("载入工作日历"),
}
