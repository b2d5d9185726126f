"""暂停 (第十九条（一）)."""

from datetime import date, timedelta

import pytest

from expertpool import clock
from expertpool.ledger.models import LedgerEvent
from expertpool.refusals import Refused
from experts.models import Membership, Suspension
from experts.services.suspensions import lift_suspension, suspend
from tests.factories import MembershipFactory, UserFactory

DAY = date(2026, 10, 12)
END = date(2026, 12, 31)
pytestmark = pytest.mark.django_db


def suspended(member=None, *, starts_on=DAY, ends_on=END, reason="违反评审纪律", role="office"):
    with clock.frozen(DAY):
        return suspend(
            membership=member or MembershipFactory(), starts_on=starts_on, ends_on=ends_on, reason=reason, by=UserFactory(role=role)
        )


def codes(refused):
    return [refusal.code for refusal in refused.value.refusals]


@pytest.mark.clause("xinjiang-2025", "19(1)")
def test_a_suspension_covers_its_first_and_last_day_and_no_other():
    suspension = suspended()
    assert suspension.article == "19(1)"
    covered = [day for day in (DAY - timedelta(1), DAY, END, END + timedelta(1)) if Membership.objects.all().suspended_on(day).exists()]
    assert covered == [DAY, END]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"ends_on": None}, "no-end"),
        ({"starts_on": DAY - timedelta(1)}, "past"),
        ({"starts_on": END, "ends_on": DAY}, "order"),
        ({"reason": "无"}, "no-reason"),
        ({"role": "department"}, "role"),
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
    assert not Membership.objects.all().suspended_on(DAY + timedelta(4)).exists()
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
