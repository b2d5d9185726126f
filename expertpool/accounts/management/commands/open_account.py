"""Open an account from the server's command line: the first ones of an installation."""

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from expertpool.accounts.models import Organisation, Role, User
from expertpool.accounts.services import open_account
from expertpool.refusals import Refused


class Command(BaseCommand):
    """``open_account USERNAME --role ROLE --name NAME [--organisation CODE] [--password-stdin]``."""

    help = "开通账号（系统首次启用时）。其后的账号由安全管理员在后台开通。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="账号")
        parser.add_argument(
            "--role", required=True, choices=Role.values, help="角色：" + "、".join(f"{code}（{name}）" for code, name in Role.choices)
        )
        parser.add_argument("--name", required=True, help="本人姓名")
        parser.add_argument("--organisation", default="", help="单位编号")
        parser.add_argument("--password-stdin", action="store_true", help="从标准输入的第一行读取密码，不再提示输入")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = None
        if options["organisation"]:
            organisation = Organisation.objects.filter(code=options["organisation"]).first()
            if organisation is None:
                raise CommandError(f"没有编号为“{options['organisation']}”的单位，请核对，或先登记单位。")
        draft = User(username=options["username"], name=options["name"], role=options["role"])
        try:
            draft.clean_fields(exclude=["password"])
        except ValidationError as error:
            raise CommandError("；".join(error.messages)) from None
        try:
            account = open_account(
                username=draft.username,
                password=self._password(options["password_stdin"]),
                name=draft.name,
                role=draft.role,
                organisation=organisation,
                by=None,
            )
        except Refused as refused:
            raise CommandError("；".join(str(one.message) for one in refused.refusals)) from None
        self.stdout.write(f"已开通账号“{account.username}”，角色：{account.get_role_display()}。")

    def _password(self, from_stdin: bool) -> str:
        if from_stdin:
            return sys.stdin.readline().rstrip("\r\n")
        password = getpass("密码：")
        if getpass("再次输入密码：") != password:
            raise CommandError("两次输入的密码不一致，没有开通账号。")
        return password
