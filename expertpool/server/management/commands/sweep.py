"""Run every sweep."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from expertpool.server.sweeping import run_sweeps


class Command(BaseCommand):
    """``sweep [--on YYYY-MM-DD]``: does what deadlines up to that Beijing day ask for; may run twice, late, or after a month."""

    help = "执行全部到期处理；可重复执行。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--on", type=date.fromisoformat, metavar="YYYY-MM-DD", help="按哪一天判断（北京时间），默认今天")

    def handle(self, *args: Any, **options: Any) -> None:
        failed = 0
        for swept in run_sweeps(options["on"]):
            self.stdout.write(f"{swept.name}: {'失败 ' + swept.error if swept.error else swept.count}")
            failed += bool(swept.error)
        if failed:
            raise CommandError(f"{failed}项到期处理失败，其余已执行；原因见日志。")
