"""`manage.py demo`: prepare a demonstration, once."""

import logging
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from demo.case import Case, beijing
from demo.open_work import make_open_work
from demo.seed import ACCOUNTS, seed
from expertpool import clock
from expertpool.accounts.models import User
from expertpool.pools.models import Pool


class Command(BaseCommand):
    help = "Migrate, seed synthetic people, run one complete case and print the accounts. What is there already is kept."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("演示数据不能写入正式系统（EXPERTPOOL_MODE=production）。")
        call_command("migrate", verbosity=0, interactive=False)
        if Pool.objects.exists():
            self.stdout.write("数据库中已有数据，予以保留。")
        else:
            self.stdout.write("正在生成演示数据……")
            self.prepare()
        self.print_accounts()

    def prepare(self) -> None:
        """Seed, play the case, leave open work."""
        log = logging.getLogger("expertpool.messaging")
        level = log.level
        # No queue runs yet: what the case sends is delivered by its own sweeps, and saying so each time helps nobody.
        log.setLevel(logging.ERROR)
        try:
            # The old register was taken over before the case begins, so the ledger tells all in the order of time.
            with clock.frozen(beijing(9, 1)):
                accounts = seed()
            self.stdout.write(f"已生成 {User.objects.count()} 个账号和一个专家库。以下办理一件完整的事项：")
            Case(accounts, self.stdout.write).run()
            make_open_work(accounts, self.stdout.write)
        finally:
            log.setLevel(level)

    def print_accounts(self) -> None:
        """The table of accounts; all have one password."""
        self.stdout.write(f"\n账号（密码均为 {settings.DEMO_PASSWORD}）：\n")
        for account in ACCOUNTS:
            self.stdout.write(f"  {account.username:<20}{account.role.label}：{account.does}")
        self.stdout.write("")
