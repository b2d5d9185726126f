"""The password of the demonstration never guards real data, and the keys are for one account of the machine alone."""

import stat
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core import checks
from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.utils.translation import gettext as _

# Hashing is slow on purpose: of the accounts of experts and employers only the oldest are tried. A database that
# began as a demonstration has its demonstration accounts among them.
OLDEST = 50


class LengthValidator(MinimumLengthValidator):
    """Django's rule with a message in Chinese, which Django's own catalogue lacks."""

    def get_error_message(self) -> str:
        return _("密码太短，至少需要%(n)d位。") % {"n": self.min_length}

    def get_help_text(self) -> str:
        return _("至少%(n)d位。") % {"n": self.min_length}


class DemoPasswordValidator:
    """Refuses the password of the demonstration accounts, which is printed in the documentation."""

    def validate(self, password: str, user: Any = None) -> None:
        if password == settings.DEMO_PASSWORD:
            raise ValidationError(_("这是演示系统公开的密码，请另设密码。"), code="demo-password")

    def get_help_text(self) -> str:
        return _("不能使用演示系统的公开密码。")


@checks.register(checks.Tags.security, deploy=True)
def check_demo_passwords(app_configs: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Refuse production while an account still opens with the demonstration's password (``check --deploy``, ``serve``)."""
    if not settings.PRODUCTION:
        return []
    from expertpool.accounts.models import User
    from expertpool.pools.models import EVERYWHERE, Assignment

    try:
        inside = Assignment.objects.exclude(role__in=EVERYWHERE).values("account")
        oldest = User.objects.filter(is_active=True).exclude(pk__in=inside).order_by("pk")[:OLDEST]
        accounts = [*User.objects.filter(is_active=True, pk__in=inside), *oldest]
    except DatabaseError:
        return []  # no tables yet
    found = [account.username for account in accounts if check_password(settings.DEMO_PASSWORD, account.password)]
    if not found:
        return []
    return [
        checks.Error(
            f"{len(found)} accounts use the published password of the demonstration, the first is {found[0]!r}.",
            hint="Set new passwords, or install into an empty database; demonstration data does not belong into production.",
            id="expertpool.E001",
        )
    ]


@checks.register(checks.Tags.security, deploy=True)
def check_private_files(app_configs: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Refuse production while every account of the machine can read the key ring or enter the data folder."""
    if not settings.PRODUCTION:
        return []
    found: list[checks.CheckMessage] = []
    for path, number in ((Path(settings.KEYRING_FILE), "E002"), (Path(settings.DATA_DIR), "E003")):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & stat.S_IRWXO:
            found.append(checks.Error(f"{path} is open to every account of this machine.", hint="chmod o= it.", id=f"expertpool.{number}"))
    return found
