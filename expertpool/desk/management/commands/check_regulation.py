"""Explain a regulation file to an official, or say what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from expertpool.regulations.catalogue import check_file
from expertpool.regulations.explain import describe
from expertpool.regulations.loader import RegulationError
from expertpool.rooms import declared

_UNREADABLE = (
    (FileNotFoundError, "没有这个文件"),
    (IsADirectoryError, "这是一个目录"),
    (PermissionError, "没有读取的权限"),
)


class Command(BaseCommand):
    """Checks one file against the grammar and the installed editions; exit status 1 with the reason if bad."""

    help = "检查一份办法文件：逐条说明其内容、未作规定之处和尚未执行的规定；文件有错时说明文件、键和原因。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="办法文件（TOML）")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            regulation = check_file(path)
        except RegulationError as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            reason = next((text for kind, text in _UNREADABLE if isinstance(error, kind)), error.strerror)
            raise CommandError(f"{path}：读不了这个文件（{reason}）") from None
        self.stdout.write(describe(regulation, declared()))
