"""There is no superuser; the command of that name says what to use instead.

It stands in the app that is installed before Django's own, whose command it takes the place of.
"""

from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.core.management.base import CommandError


class Command(createsuperuser.Command):
    """Takes the arguments of Django's command, so that the answer is this one and not a complaint about them."""

    help = "本系统没有超级用户；请用 open_account 开通账号。"

    def handle(self, *args: Any, **options: Any) -> None:
        raise CommandError("本系统没有超级用户，请用 manage.py open_account 开通账号，首先开通安全管理员（security_admin）。")
