"""Write the ledger's head for keeping outside the system."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from expertpool import clock
from expertpool.ledger import services


class Command(BaseCommand):
    """``ledger_head [FILE]``: number and chain value of the last event, to a file or to standard output."""

    help = "写出当前链头，供留存在系统之外，日后用 verify_ledger --head 核对。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        text = f"# expertpool ledger head, {services.stamp(clock.now())}\n{services.head()}\n"
        if options["file"]:
            options["file"].write_text(text)
        else:
            self.stdout.write(text, ending="")
