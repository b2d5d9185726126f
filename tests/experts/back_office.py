"""Things of this room in a pool, and short ways through their pages of the back office."""

from expertpool.pools.models import Pool
from experts.models import (
    Application,
    Batch,
    Disclosure,
    ExitCase,
    Expert,
    Mark,
    Membership,
    Objection,
    Publicity,
    ReentryBan,
    Suspension,
)
from tests.experts.intake import DAY
from tests.factories import MembershipFactory, PoolFactory, SuspensionFactory, UserFactory, a_publicity, at, due


def member_of(pool: Pool | None = None, **kwargs) -> Membership:
    """A member of a pool (default: the usual one), whatever its fields are called."""
    pool = pool or PoolFactory()
    return MembershipFactory(pool=pool, **({"fields": []} if pool.regulation_code != "xinjiang-2025" else {}), **kwargs)


def an_exit_case(pool: Pool | None = None, *, ground="unfit", **kwargs) -> ExitCase:
    member = member_of(pool, **kwargs)
    case = ExitCase(membership=member, ground=ground, article="7(8)", reason="因病不再适宜", raised_on=DAY)
    case.decide_under(member.pool.regulation_on(DAY))
    case.save()
    return case


def an_objection(pool: Pool | None = None, **kwargs) -> Objection:
    publicity = a_publicity(pool=pool or PoolFactory(), **kwargs)
    return Objection.objects.create(
        publicity=publicity,
        application=publicity.batch.applications.get(),
        objector="匿名",
        contact="13911112222",
        content="材料不实",
        recorded_by=UserFactory(),
    )


def a_ban(pool: Pool | None = None, **kwargs) -> ReentryBan:
    case = an_exit_case(pool, **kwargs)
    return ReentryBan.objects.create(pool=case.membership.pool, id_digest="0" * 64, exit_case=case, article="14(6)")


def a_disclosure(pool: Pool | None = None, **kwargs) -> Disclosure:
    return Disclosure.objects.create(
        pool=pool or PoolFactory(), by=UserFactory(), subject="expert:1", field_name="phone", reason="电话核实"
    )


#: How a thing of each kind is made in a pool; further arguments name the person.
STANDING = {
    Expert: lambda pool=None, **kwargs: member_of(pool, **kwargs).expert,
    Membership: member_of,
    Suspension: lambda pool=None, **kwargs: SuspensionFactory(membership=member_of(pool, **kwargs)),
    Mark: lambda pool=None, **kwargs: Mark.objects.create(membership=member_of(pool, **kwargs), kind="国家级人才", source="证书"),
    ExitCase: an_exit_case,
    ReentryBan: a_ban,
    Disclosure: a_disclosure,
    Publicity: lambda pool=None, **kwargs: an_objection(pool).publicity,
    Objection: an_objection,
}


def where(model, name, *args, pool: Pool | None = None) -> str:
    """The address of a page of the back office of a pool."""
    return at(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", *args, pool=pool)


def act(client, thing, name, pool: Pool | None = None, **data):
    """Send the form of an act on a thing; a step is answered as the one that is due."""
    if isinstance(thing, Application | Batch):
        data.setdefault("step", due(thing))
    return client.post(where(type(thing), "act", thing.pk, name, pool=pool), data)


def errors(response) -> list[str]:
    """What stands above a form that was not taken."""
    return [line.text for line in response.context["form"].error_summary]
