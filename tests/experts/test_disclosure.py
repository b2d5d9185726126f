"""Masked values are shown to the office alone, one at a time, and nothing is kept of a look that was refused."""

import pytest

from expertpool.ledger.models import LedgerEvent
from expertpool.ledger.services import data_of
from expertpool.pools.models import Role
from expertpool.refusals import Refused
from experts.models import Disclosure
from experts.services.disclosure import disclose
from tests.factories import MembershipFactory, PoolFactory, UserFactory
from tests.refusing import refusals_of

pytestmark = pytest.mark.django_db
REASON = "电话核实身份信息"


def an_expert():
    """Somebody of the usual pool."""
    return MembershipFactory().expert


def refusals(**kwargs):
    return [(one.code, one.field) for one in refusals_of(disclose, pool=PoolFactory(), **kwargs)]


def kept():
    return (Disclosure.objects.count(), LedgerEvent.objects.filter(kind="disclosure.made").count())


@pytest.mark.parametrize("role", [one for one in Role if one != Role.OFFICE])
def test_no_other_role_sees_a_masked_value(role):
    expert, by = an_expert(), UserFactory(role=role)
    assert refusals(subject=expert, field_name="id_number", reason=REASON, by=by) == [("duty", "")]
    assert kept() == (0, 0)


def test_the_office_sees_it_and_the_ledger_tells_who_and_what_without_the_value(office_user):
    expert = an_expert()
    assert disclose(subject=expert, field_name="phone", reason=REASON, by=office_user, pool=PoolFactory()) == expert.phone
    shown, event = Disclosure.objects.get(), LedgerEvent.objects.get(kind="disclosure.made")
    assert (shown.by, shown.subject, shown.field_name, shown.reason) == (office_user, f"expert:{expert.pk}", "phone", REASON)
    assert (event.subject, data_of(event)) == (f"expert:{expert.pk}", {"disclosure": shown.pk, "field": "phone"})


@pytest.mark.parametrize("name", ["achievements", "password", "leader_phone", "pk"])
def test_only_the_masked_fields_that_the_subject_has_are_shown(office_user, name):
    assert refusals(subject=an_expert(), field_name=name, reason=REASON, by=office_user) == [("field", "")]
    assert kept() == (0, 0)


@pytest.mark.parametrize(("reason", "code"), [("核实", "no-reason"), ("核" * 201, "too-long")])
def test_a_reason_is_given_in_so_many_words(office_user, reason, code):
    assert refusals(subject=an_expert(), field_name="phone", reason=reason, by=office_user) == [(code, "reason")]
    assert kept() == (0, 0)


@pytest.mark.clause("guangxi-draft", "三·第七章a")
@pytest.mark.clause("neimenggu", "12c")
@pytest.mark.parametrize("code", ["guangxi-draft", "neimenggu"])
def test_where_the_edition_wants_personal_data_masked_who_keeps_the_pool_alone_sees_them_whole(code, monkeypatch):
    monkeypatch.setenv("EXPERTPOOL_DRAFT_REGULATIONS", "guangxi-draft")
    pool = PoolFactory(code="GX", regulation_code=code)
    expert = MembershipFactory(pool=pool, fields=[]).expert
    (office, *others) = (UserFactory(role=role, pool=pool) for role in ("office", "leader", "department", "inspector"))
    for by in others:
        with pytest.raises(Refused) as refused:
            disclose(subject=expert, field_name="phone", reason=REASON, by=by, pool=pool)
        assert [one.code for one in refused.value.refusals] == ["duty"]
    assert disclose(subject=expert, field_name="phone", reason=REASON, by=office, pool=pool) == expert.phone
