"""Pools under made-up editions: the sixth one of the tests, with other people at a place where a test says so."""

import shutil
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from expertpool import clock
from expertpool.pools.services.pools import open_pool
from expertpool.regulations import catalogue
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory
from tests.pools.own_edition import followed_by
from tests.selection import drawing as d

SIXTH = Path(__file__).resolve().parents[1] / "sixth" / "editions"
CODE = "haibin-2026"
ROLES = ("office", "agency", "leader", "department", "inspector")


@contextmanager
def pool_under(folder, monkeypatch, *changes):
    """A pool under the sixth edition with these ``(line, line)`` replacements in its file."""
    root = folder / "regulations"
    shutil.copytree(SIXTH, root)
    path = root / CODE / "2026-01-01.toml"
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    monkeypatch.setenv(catalogue.EXTRA_VARIABLE, str(root))
    catalogue.clear_cache()
    with clock.frozen(date(2026, 3, 2)):
        pool = open_pool(code="HB", name="海滨市评标专家库", regulation_code=CODE, office=OrganisationFactory(), number_prefix="HB")
    yield pool
    catalogue.clear_cache()


def next_edition(folder, first_day, *changes):
    """From ``first_day`` on another edition speaks (:func:`followed_by`)."""
    return followed_by(folder / "regulations" / CODE / "2026-01-01.toml", first_day, *changes)


def people_of(pool):
    """One account for each body of a pool."""
    return {role: UserFactory(role=role, pool=pool) for role in ROLES}


def request_of(pool, people, count=1, **kwargs):
    """An approved request of the pool's department for harbour experts."""
    department = people["department"]
    return d.approved(seats={"GA": count}, pool=pool, department=department.organisation, filed_by=department, **kwargs)


def members_of(pool, n):
    return [MembershipFactory(pool=pool, fields=["GA"]) for _ in range(n)]
