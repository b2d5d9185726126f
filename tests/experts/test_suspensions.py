"""暂停 (第十九条（一）)."""

from datetime import date, timedelta

import pytest

from expertpool import clock
from expertpool.ledger.models import LedgerEvent
from expertpool.messaging.models import Message
from expertpool.refusals import Refused
from experts.models import Membership, Suspension
from experts.services.suspensions import lift_suspension, note_ended, suspend, why_not_lift, why_not_suspend
from tests.factories import MembershipFactory, PoolFactory, UserFactory
from tests.refusing import codes

DAY = date(2026, 10, 12)
END = date(2026, 12, 31)
pytestmark = pytest.mark.django_db


def suspended(member=None, *, starts_on=DAY, ends_on=END, reason="违反评审纪律", role="office"):
    member = member or MembershipFactory()
    with clock.frozen(DAY):
        return suspend(membership=member, starts_on=starts_on, ends_on=ends_on, reason=reason, by=UserFactory(role=role, pool=member.pool))


def covered(*days):
    return [day for day in days if Suspension.objects.covering(day, day).exists()]


def test_a_suspension_covers_its_first_and_last_day_and_no_other():
    suspension = suspended()
    assert suspension.article == "19(1)"
    assert covered(DAY - timedelta(1), DAY, END, END + timedelta(1)) == [DAY, END]


@pytest.mark.clause("xinjiang-2025", "19(1)")
def test_a_suspension_names_its_article_and_leaves_room_for_the_next_only_outside_its_days():
    member = MembershipFactory()
    assert suspended(member, starts_on=DAY + timedelta(1)).article == "19(1)"
    for days in ({"starts_on": DAY, "ends_on": DAY + timedelta(1)}, {"starts_on": END, "ends_on": END + timedelta(5)}):
        with pytest.raises(Refused) as refused:
            suspended(member, **days)
        assert codes(refused) == ["overlap"]
    for days in ({"starts_on": DAY, "ends_on": DAY}, {"starts_on": END + timedelta(1), "ends_on": END + timedelta(5)}):
        suspended(member, **days)
    assert Suspension.objects.count() == 3


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"ends_on": None}, "no-end"),
        ({"starts_on": DAY - timedelta(1)}, "past"),
        ({"starts_on": END, "ends_on": DAY}, "order"),
        ({"ends_on": date(2076, 10, 13)}, "far-day"),
        ({"reason": "无"}, "no-reason"),
        ({"role": "department"}, "duty"),
    ],
)
def test_a_suspension_needs_office_reason_and_a_period_to_come(given, code):
    with pytest.raises(Refused) as refused:
        suspended(**given)
    assert codes(refused) == [code]


def test_the_same_period_twice_is_one_and_an_overlapping_one_is_refused():
    member = MembershipFactory()
    assert suspended(member) == suspended(member)
    with pytest.raises(Refused) as refused:
        suspended(member, starts_on=END, ends_on=END + timedelta(5))
    assert codes(refused) == ["overlap"]


def test_lifting_lets_back_in_and_twice_is_once(office_user):
    suspension = suspended()
    with clock.frozen(DAY + timedelta(3)):
        lifted = lift_suspension(suspension=suspension, reason="申诉成立，予以解除", by=office_user)
        assert lift_suspension(suspension=suspension, reason="申诉成立，予以解除", by=office_user) == lifted
    assert lifted.lifted_on == DAY + timedelta(3)
    assert covered(DAY + timedelta(4)) == []
    assert LedgerEvent.objects.filter(kind="suspension.lifted").count() == 1


def test_lifting_is_a_change_that_decides(office_user):
    suspension = suspended()
    assert Membership.objects.get().decisive_changed_at is None
    with clock.frozen(DAY + timedelta(3)):
        lift_suspension(suspension=suspension, reason="申诉成立，予以解除", by=office_user)
        assert Membership.objects.get().decisive_changed_at == clock.now()


def test_one_that_has_run_out_is_not_lifted(office_user):
    suspension = suspended()
    with clock.frozen(END + timedelta(1)), pytest.raises(Refused) as refused:
        lift_suspension(suspension=suspension, reason="申诉成立，予以解除", by=office_user)
    assert codes(refused) == ["ended"]
    assert Suspension.objects.get().lifted_on is None


def test_somebody_who_left_is_not_suspended():
    with pytest.raises(Refused) as refused:
        suspended(MembershipFactory(state="exited"))
    assert codes(refused) == ["exited"]


def test_the_office_of_another_pool_neither_suspends_nor_lifts():
    stranger = UserFactory(role="office", pool=PoolFactory(code="QT", number_prefix="QT"))
    member = MembershipFactory()
    with clock.frozen(DAY):
        with pytest.raises(Refused) as refused:
            suspend(membership=member, starts_on=DAY, ends_on=END, reason="违反评审纪律", by=stranger)
        assert codes(refused) == ["duty"]
        assert why_not_suspend(member, DAY, stranger).code == "duty"
        suspension = suspended(member)
        with pytest.raises(Refused) as refused:
            lift_suspension(suspension=suspension, reason="申诉成立，予以解除", by=stranger)
        assert (codes(refused), why_not_lift(suspension, DAY, stranger).code) == (["duty"], "duty")
    assert Suspension.objects.get().lifted_on is None


def test_who_has_left_the_office_suspends_nobody_whatever_day_he_gives():
    gone = UserFactory(role="office", ends_on=DAY - timedelta(1))
    with clock.frozen(DAY), pytest.raises(Refused) as refused:
        suspend(membership=MembershipFactory(), starts_on=DAY, ends_on=END, reason="违反评审纪律", by=gone, on=DAY - timedelta(5))
    assert codes(refused) == ["duty"]


def test_a_suspension_is_of_one_pool_and_says_so():
    member = MembershipFactory(expert__user=UserFactory(role="expert"))
    elsewhere = MembershipFactory(expert=member.expert, pool=PoolFactory(code="QT", number_prefix="QT", name="第二库"))
    suspended(member)
    assert not elsewhere.suspensions.exists()
    assert LedgerEvent.objects.get(kind="suspension.began").pool == member.pool.code
    told = Message.objects.get(recipient=member.expert.user)
    assert (told.pool, member.pool.name in told.body) == (member.pool.code, True)


def test_lifting_is_the_offices_and_needs_a_reason(office_user, inspector_user):
    suspension = suspended()
    for by, reason, code in ((inspector_user, "申诉成立，予以解除", "duty"), (office_user, "同意", "no-reason")):
        with clock.frozen(DAY + timedelta(3)), pytest.raises(Refused) as refused:
            lift_suspension(suspension=suspension, reason=reason, by=by)
        assert codes(refused) == [code]
    assert Suspension.objects.get().lifted_on is None


def test_one_that_was_lifted_does_not_end_once_more(office_user):
    suspension = suspended()
    with clock.frozen(DAY + timedelta(3)):
        lift_suspension(suspension=suspension, reason="申诉成立，予以解除", by=office_user)
    with clock.frozen(END + timedelta(1)):
        assert note_ended(suspension=suspension, on=END + timedelta(1)) is False
    assert LedgerEvent.objects.filter(kind="suspension.ended").count() == 0


def test_nobody_is_suspended_under_a_regulation_that_does_not_suspend():
    member = MembershipFactory(pool=PoolFactory(code="XX", regulation_code="xinxian-2021"), fields=[])
    with pytest.raises(Refused) as refused:
        suspended(member)
    assert codes(refused) == ["no-suspension"]
