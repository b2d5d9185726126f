"""Open a pool at the first start of an installation."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from expertpool.accounts.models import Organisation
from expertpool.regulations import NoEditionInForce
from experts.models import Pool
from experts.services.pools import open_pool


class Command(BaseCommand):
    """``open_pool --code XJ --name … --office-code … --office-name …``; again it only adds fields that are missing."""

    help = "开设专家库：按适用规定建立专业领域；管理处室未登记的，先登记单位。重复执行不会重复开设。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--code", required=True, help="专家库代码，如 XJ")
        parser.add_argument("--name", required=True, help="专家库名称")
        parser.add_argument("--regulation", default=settings.POOL_REGULATION, help="适用规定的代码（默认 %(default)s）")
        parser.add_argument("--office-code", required=True, help="管理处室的单位编号")
        parser.add_argument("--office-name", required=True, help="管理处室的名称，登记新单位时使用")

    def handle(self, *args: Any, **options: Any) -> None:
        known = Pool.objects.filter(code=options["code"]).first()
        if known is not None and known.regulation_code != options["regulation"]:
            raise CommandError(f"专家库“{known.code}”已经开设，适用规定是{known.regulation_code}，没有改动。")
        try:
            with transaction.atomic():
                office = self._office(options["office_code"], options["office_name"])
                pool = known or Pool(code=options["code"], name=options["name"], regulation_code=options["regulation"], office=office)
                pool.full_clean(validate_unique=False)
                pool = open_pool(code=pool.code, name=pool.name, regulation_code=pool.regulation_code, office=office)
        except NoEditionInForce as error:
            raise CommandError(str(error)) from None
        except ValidationError as error:
            raise CommandError("；".join(error.messages)) from None
        words = "已经开设" if known else "已开设"
        self.stdout.write(f"专家库“{pool.name}”（{pool.code}）{words}，管理处室：{pool.office}，专业领域{pool.fields.count()}个。")

    def _office(self, code: str, name: str) -> Organisation:
        known = Organisation.objects.filter(code=code).first()
        if known is not None:
            return known
        office = Organisation(code=code, name=name, kind=Organisation.Kind.GOVERNMENT)
        office.full_clean()
        office.save()
        return office
