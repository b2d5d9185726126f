"""What the ledger's events of accounts, assignments and pools are called."""

from django.utils.translation import gettext_lazy as _

WORDS = {
    "account.opened": _("开通账号"),
    "account.changed": _("变更账号"),
    "account.password_set": _("设置密码"),
    "assignment.given": _("任职"),
    "assignment.ended": _("结束任职"),
}
