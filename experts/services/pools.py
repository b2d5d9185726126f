"""Open a pool."""

from django.conf import settings
from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import Organisation, User
from expertpool.ledger.services import record
from experts.models import Field, Pool


@transaction.atomic
def open_pool(*, code: str, name: str, regulation_code: str, office: Organisation, by: User | None = None) -> Pool:
    """The pool ``code`` with the fields that its regulation lists (附表1注); an existing one only gets missing fields.

    Raises expertpool.regulations.NoEditionInForce when the regulation has no edition in force today.
    """
    pool, created = Pool.objects.get_or_create(code=code, defaults={"name": name, "regulation_code": regulation_code, "office": office})
    listed = pool.regulation_on(clock.today()).fields
    known = set(pool.fields.values_list("code", flat=True))
    missing = [Field(pool=pool, code=one.code, name=one.name) for one in listed if one.code not in known]
    for field in missing:
        field.save()
    if created or missing:
        record("pool.opened", subject=f"pool:{pool.pk}", by=by, body={"code": code, "regulation": regulation_code, "fields": len(listed)})
    return pool


def the_pool() -> Pool | None:
    """The pool that this installation keeps (``settings.POOL_REGULATION``), or None before it is opened."""
    return Pool.objects.filter(regulation_code=settings.POOL_REGULATION).order_by("pk").first()
