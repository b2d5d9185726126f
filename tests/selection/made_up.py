"""Editions made up for one test: the guide's file with another table in the place of one of its own."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from expertpool.pools.models import Field, Pool
from expertpool.regulations import catalogue
from tests.factories import OrganisationFactory
from tests.regulations import guide

Maker = Callable[..., Pool]


@pytest.fixture
def pool_under(regulations_folder: Path, db: Any) -> Maker:
    """``pool_under("LJ", request=…, draw=…)``: a pool under the guide's edition with these tables instead of its own.

    ``labels``: lines that replace its table of names. A table reaches to the next one that is not below it.
    """

    def make(code: str, **tables: str) -> Pool:
        text = guide.FILE.replace('code = "linjiang-2026"', f'code = "{code.lower()}-2026"', 1)
        for name, table in tables.items():
            found = re.compile(rf"^\[{name}\]\n.*?(?=^\[{{1,2}}(?!\[|{name}[.\]]))", re.M | re.S)
            text, count = found.subn(lambda _match, table=table: table.strip() + "\n\n", text, count=1)  # type: ignore[misc]
            assert count == 1, name
        path = regulations_folder / f"{code.lower()}-2026" / "2026-01-01.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        catalogue.clear_cache()
        edition = catalogue.in_force(f"{code.lower()}-2026", catalogue.check_file(path).effective_from)
        office = OrganisationFactory(name=f"{code}管理办公室")
        pool = Pool.objects.create(code=code, name=f"{code}专家库", regulation_code=edition.code, office=office, number_prefix=code)
        Field.objects.bulk_create(Field(pool=pool, code=one.code, name=one.name) for one in edition.fields)
        return pool

    return make
