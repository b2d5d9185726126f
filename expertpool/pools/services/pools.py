"""Open a pool."""

from django.core.exceptions import ValidationError
from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import Organisation, User
from expertpool.ledger.services import record
from expertpool.pools.duties import why_not_role
from expertpool.pools.models import Field, Pool, Role
from expertpool.refusals import Refusal, Refused, refuse_if


@transaction.atomic
def open_pool(*, code: str, name: str, regulation_code: str, office: Organisation, number_prefix: str = "", by: User | None = None) -> Pool:
    """The pool ``code`` with the fields that its regulation lists (附表1注); an existing one only gets missing fields.

    ``number_prefix``: two to eight capital letters that begin all its numbers, its own among all pools; default: the letters
    of the code. The system administrator or the system opens pools. Raises Refused, and NoEditionInForce when the
    regulation has no edition in force today.
    """
    refuse_if(why_not_role(by, clock.today(), Role.SYSTEM_ADMIN))
    prefix = number_prefix or "".join(letter for letter in code.upper() if "A" <= letter <= "Z")[:8]
    pool = Pool.objects.filter(code=code).first()
    created = pool is None
    if pool is None:
        pool = Pool(code=code, name=name, regulation_code=regulation_code, office=office, number_prefix=prefix)
        pool.regulation_on(clock.today())
        if not prefix:
            raise Refused(Refusal("prefix", "代码中没有字母，请另定编号前缀：2至8个大写字母。", field="number_prefix"))
        if Pool.objects.filter(number_prefix=prefix).exists():
            raise Refused(Refusal("prefix", f"编号前缀“{prefix}”已被另一专家库使用，请另选。", field="number_prefix"))
        try:
            pool.full_clean()
        except ValidationError as error:
            raise Refused(*(Refusal("pool", text, field=field) for field, texts in error.message_dict.items() for text in texts)) from None
        pool.save()
    listed = pool.regulation_on(clock.today()).fields
    known = set(pool.fields.values_list("code", flat=True))
    missing = [Field(pool=pool, code=one.code, name=one.name) for one in listed if one.code not in known]
    for field in missing:
        field.save()
    if created or missing:
        record(
            "pool.opened",
            subject=f"pool:{pool.pk}",
            by=by,
            pool=pool.code,
            body={"code": code, "regulation": regulation_code, "fields": len(listed)},
        )
    return pool
