"""Admissions at the same moment: of two pools, of one list, and beside who keeps the accounts. They need PostgreSQL."""

from datetime import date
from threading import Event

import pytest
from django.db import transaction
from django.db.models.signals import post_save, pre_save

from expertpool import crypto
from expertpool.accounts.models import User
from expertpool.ledger.models import LedgerEvent
from expertpool.ledger.services import verify
from expertpool.pools.services.accounts import change_account
from experts.models import Application, Expert, Membership
from experts.services.memberships import admit, admit_batch
from experts.services.publicity import end_publicity, record_objection
from tests.at_once import WITHIN, at_once, crossing, until, waiting
from tests.factories import ExpertFactory, MembershipFactory, PoolFactory, UserFactory, a_publicity, an_id_number

pytest_plugins = ["tests.ledger_flush"]

AFTER = date(2026, 10, 22)
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True), pytest.mark.day(AFTER)]


@pytest.fixture
def other_pool(db):
    return PoolFactory(code="QT", number_prefix="QT", name="第二专家库")


def somebody(serial):
    """Whom no pool knows yet, and no factory makes."""
    born = date(1988, 5, serial)
    number = an_id_number(born, serial)
    return {"birth_date": born, "id_number": number, "id_digest": crypto.digest("id-number", number)}


def a_list(pool, persons, noted=False):
    """The publicity of a list of these persons, in their order; its time is over, and the sweep has ``noted`` it."""
    publicity = a_publicity(pool=pool, people=len(persons))
    for application, person in zip(publicity.batch.applications.order_by("pk"), persons, strict=True):
        Application.objects.filter(pk=application.pk).update(**person)
    if noted:
        end_publicity(publicity=publicity)
    return publicity


def admits(batch, office=None):
    """The act of who admits a list: the numbers of those whom it admitted."""
    office = office or UserFactory(role="office", pool=batch.pool)
    return lambda: [one.number for one in admit_batch(batch=batch, by=office).admitted]


def after(event, act):
    def waits_for_it():
        assert event.wait(WITHIN)
        return act()

    return waits_for_it


def admitted_events():
    return sorted(LedgerEvent.objects.filter(kind="membership.admitted").values_list("subject", flat=True))


def somebody_known():
    """Whom a third pool knows, with his account."""
    expert = ExpertFactory(user=UserFactory(role="expert"))
    MembershipFactory(pool=PoolFactory(code="DR", number_prefix="DR", name="第三专家库"), expert=expert, number="DR000001")
    return {name: getattr(expert, name) for name in somebody(1)}


@pytest.mark.parametrize("noted", [True, False], ids=["the sweep has ended the publicity", "the admission ends the publicity"])
@pytest.mark.parametrize("third", [lambda: somebody(3), somebody_known], ids=["all new", "one known"])
def test_two_pools_admit_the_same_people_at_once_each_of_them_once(pool, other_pool, noted, third):
    shared = [somebody(1), somebody(2), third()]
    one = a_list(pool, [*shared, somebody(5)], noted)
    other = a_list(other_pool, [*reversed(shared), somebody(4)], noted)
    with crossing(2, post_save, Expert):
        admitted = at_once(admits(one.batch), admits(other.batch))
    assert admitted == [[f"{prefix}{number:06d}" for number in range(1, 5)] for prefix in ("ZJK", "QT")]
    assert Expert.objects.count() == User.objects.filter(expert__isnull=False).count() == 5
    digests = [person["id_digest"] for person in shared]
    for of in (pool, other_pool):
        persons = Membership.objects.filter(pool=of, expert__id_digest__in=digests).values_list("expert__id_digest", flat=True)
        assert sorted(persons) == sorted(digests)
    assert admitted_events() == sorted(f"membership:{number}" for number in [*admitted[0], *admitted[1]])
    assert list(verify()) == []


def test_two_pools_that_admit_the_same_new_person_at_once_share_his_record(pool, other_pool):
    person = somebody(1)
    files = [a_list(of, [person]).batch.applications.get() for of in (pool, other_pool)]
    office = {one.pk: UserFactory(role="office", pool=one.pool) for one in files}
    # Both have looked for him, and found nobody.
    with crossing(2, pre_save, Expert):
        at_once(*[lambda one=one: admit(application=one, by=office[one.pk]) for one in files])
    expert = Expert.objects.get()
    assert sorted(expert.memberships.values_list("number", flat=True)) == ["QT000001", "ZJK000001"]
    assert list(User.objects.filter(assignments__role="expert")) == [expert.user]
    assert list(verify()) == []


def test_who_admits_the_same_list_a_moment_later_finds_nobody_left(pool):
    batch = a_list(pool, [somebody(number) for number in (1, 2, 3)]).batch
    acts, held = [admits(batch), admits(batch)], Event()

    def holds_them_up():
        with transaction.atomic():
            list(Application.objects.filter(batch=batch).select_for_update())
            held.set()
            until(lambda: waiting() == 2)

    _, *admitted = at_once(holds_them_up, *[after(held, act) for act in acts])
    assert sorted(admitted, key=len) == [("empty",), ["ZJK000001", "ZJK000002", "ZJK000003"]]
    assert (Membership.objects.count(), Expert.objects.count()) == (3, 3)
    assert admitted_events() == [f"membership:ZJK{number:06d}" for number in (1, 2, 3)]
    assert list(verify()) == []


def test_two_lists_of_one_pool_are_admitted_at_once_also_where_one_ends_its_publicity(pool):
    first, second = (admits(a_list(pool, [somebody(number)], noted).batch) for number, noted in ((1, True), (2, False)))
    # The first has its number and no event yet.
    with crossing(2, post_save, Membership) as held:
        assert at_once(first, after(held, second)) == [["ZJK000001"], ["ZJK000002"]]
    assert list(verify()) == []


def test_an_account_is_changed_while_it_admits_a_list(pool):
    office, keeper = UserFactory(role="office"), UserFactory(role="security_admin")
    batch = a_list(pool, [somebody(1), somebody(2)]).batch
    # The second person: by then the first one's event holds the chain.
    with crossing(2, post_save, Membership, row=2) as held:
        changes = after(held, lambda: change_account(account=office, name="阿依古丽", by=keeper).name)
        numbers, name = at_once(admits(batch, office), changes)
    assert (numbers, name) == (["ZJK000001", "ZJK000002"], "阿依古丽")
    assert list(verify()) == []


def test_a_batch_is_admitted_while_an_objection_is_written_down():
    publicity = a_publicity(people=3)
    first, second, last = publicity.batch.applications.order_by("pk")
    office, held = UserFactory(role="office"), Event()

    def object_to_the_last():
        with transaction.atomic():
            Application.objects.select_for_update().get(pk=last.pk)
            held.set()
            until(lambda: waiting() == 1)
            return record_objection(
                publicity=publicity, application=last, objector="张三", contact="", content="业绩材料不实", by=office, on=date(2026, 10, 21)
            )

    def admit_all():
        return [one.application_id for one in admit_batch(batch=publicity.batch, by=office).admitted]

    _, admitted = at_once(object_to_the_last, after(held, admit_all))
    assert admitted == [first.pk, second.pk]
    assert list(verify()) == []
