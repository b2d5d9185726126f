"""Open a pool at the first start of an installation."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from expertpool.accounts.models import Organisation
from expertpool.pools.models import Pool
from expertpool.pools.services.pools import open_pool
from expertpool.refusals import Refused
from expertpool.regulations import NoEditionInForce


class Command(BaseCommand):
    """``open_pool --code XJ --name … --regulation … --office-code … --office-name … [--prefix XJ]``.

    A second call only adds fields that are missing.
    """

    help = "开设专家库：按适用规定建立专业领域；管理部门未登记的，先登记单位。重复执行不会重复开设。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--code", required=True, help="专家库代码，如 XJ")
        parser.add_argument("--name", required=True, help="专家库名称")
        parser.add_argument("--regulation", required=True, help="适用规定的代码，如 xinjiang-2025")
        parser.add_argument("--prefix", default="", help="编号前缀，2至8个大写字母，各专家库不同；默认取代码中的字母")
        parser.add_argument("--office-code", required=True, help="管理部门的单位编号")
        parser.add_argument("--office-name", required=True, help="管理部门的名称，登记新单位时使用")

    def handle(self, *args: Any, **options: Any) -> None:
        known = Pool.objects.filter(code=options["code"]).first()
        if known is not None and known.regulation_code != options["regulation"]:
            raise CommandError(f"专家库“{known.code}”已经开设，适用规定是{known.regulation_code}，没有改动。")
        try:
            with transaction.atomic():
                office = self._office(options["office_code"], options["office_name"])
                pool = open_pool(
                    code=options["code"],
                    name=options["name"],
                    regulation_code=options["regulation"],
                    office=office,
                    number_prefix=options["prefix"],
                )
        except NoEditionInForce as error:
            raise CommandError(str(error)) from None
        except (Refused, ValidationError) as error:
            texts = [str(one) for one in error.refusals] if isinstance(error, Refused) else error.messages
            raise CommandError("；".join(texts)) from None
        words = "已经开设" if known else "已开设"
        self.stdout.write(f"专家库“{pool.name}”（{pool.code}）{words}，管理部门：{pool.office}，专业领域{pool.fields.count()}个。")

    def _office(self, code: str, name: str) -> Organisation:
        known = Organisation.objects.filter(code=code).first()
        if known is not None:
            return known
        office = Organisation(code=code, name=name, kind=Organisation.Kind.GOVERNMENT)
        office.full_clean()
        office.save()
        return office
