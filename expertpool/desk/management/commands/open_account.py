"""Open an account from the server's command line: the first ones of an installation."""

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from expertpool.accounts.models import Organisation, User
from expertpool.pools.models import Pool, Role
from expertpool.pools.services.accounts import open_account
from expertpool.pools.services.assignments import UNITS, assign
from expertpool.refusals import Refused


class Command(BaseCommand):
    """``open_account USERNAME --role ROLE --name NAME [--pool CODE] [--organisation CODE] [--password-stdin]``."""

    help = "开通账号并登记其任职（系统首次启用时）。其后的账号和任职由安全管理员在后台办理。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="账号")
        parser.add_argument(
            "--role", required=True, choices=Role.values, help="角色：" + "、".join(f"{code}（{name}）" for code, name in Role.choices)
        )
        parser.add_argument("--name", required=True, help="本人姓名")
        parser.add_argument("--pool", default="", help="专家库代码；所在单位、专家和三员不填")
        parser.add_argument("--organisation", default="", help="单位编号")
        parser.add_argument("--password-stdin", action="store_true", help="从标准输入的第一行读取密码，不再提示输入")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = self._found(Organisation, options["organisation"], "没有编号为“%s”的单位，请核对。" + UNITS)
        pool = self._found(Pool, options["pool"], "没有代码为“%s”的专家库，请核对，或先用 open_pool 建立。")
        draft = User(username=options["username"], name=options["name"])
        try:
            draft.clean_fields(exclude=["password"])
        except ValidationError as error:
            raise CommandError("".join(error.messages)) from None
        password = self._password(options["password_stdin"])
        try:
            with transaction.atomic():
                account = open_account(username=draft.username, password=password, name=draft.name, by=None)
                given = assign(account=account, role=options["role"], pool=pool, organisation=organisation, by=None)
        except Refused as refused:
            raise CommandError("".join(str(one.message) for one in refused.refusals)) from None
        where = f"，专家库：{pool}" if pool else ""
        self.stdout.write(f"已开通账号“{account.username}”，任职：{given.get_role_display()}{where}。")

    @staticmethod
    def _found(model: Any, code: str, missing: str) -> Any:
        if not code:
            return None
        found = model.objects.filter(code=code).first()
        if found is None:
            raise CommandError(missing % code)
        return found

    def _password(self, from_stdin: bool) -> str:
        if from_stdin:
            return sys.stdin.readline().rstrip("\r\n")
        password = getpass("密码：")
        if getpass("再次输入密码：") != password:
            raise CommandError("两次输入的密码不一致，没有开通账号。")
        return password
