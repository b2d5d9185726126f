"""Recompute the ledger's chain."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from expertpool.ledger import services

SHOWN = 100


class Command(BaseCommand):
    """``verify_ledger [--head FILE]``: exit status 1 when anything is wrong."""

    help = "重新计算全部留痕的链值；--head 指定留存在系统之外的链头文件。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--head", type=Path, help="ledger_head 写出的文件")

    def handle(self, *args: Any, **options: Any) -> None:
        kept = None
        if options["head"]:
            try:
                kept = services.Head.parse(options["head"].read_text())
            except (OSError, ValueError) as error:
                raise CommandError(f"链头文件无法读取：{error}") from None
        now = services.head()
        found = 0
        for problem in services.verify(kept):
            found += 1
            if found <= SHOWN:
                self.stdout.write(f"第{problem.seq}条：{problem.message}")
        self.stdout.write(f"共{now.seq}条，链头 {now.chain}")
        if found:
            raise CommandError(f"发现{found}处问题，留痕不可信。")
        self.stdout.write("留痕完整" + ("，并与留存的链头一致。" if kept else "。未与系统之外留存的链头核对。"))
