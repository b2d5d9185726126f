"""A pool that somebody has left: it keeps what it decided, and neither reaches him nor changes the record that all pools share."""

import pytest

from expertpool.refusals import Refused
from experts.models import Membership
from experts.services.disclosure import disclose
from experts.services.memberships import change_decisive
from tests.factories import MembershipFactory, PoolFactory, UserFactory, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def left(pool):
    """Somebody who stands in another pool and has left this one."""
    here = MembershipFactory(pool=pool, state=Membership.State.EXITED, expert__phone="13912345678", expert__email="now@example.cn")
    MembershipFactory(pool=PoolFactory(code="XJ2", number_prefix="XJ2"), expert=here.expert)
    return here


def codes(act, **given):
    with pytest.raises(Refused) as caught:
        act(**given)
    return [one.code for one in caught.value.refusals]


def test_his_phone_is_disclosed_to_nobody_there(left, pool, office_user):
    assert codes(disclose, subject=left.expert, field_name="phone", reason="联系本人核实", by=office_user, pool=pool) == ["foreign"]
    Membership.objects.filter(pk=left.pk).update(state=Membership.State.ACTIVE)
    assert disclose(subject=left.expert, field_name="phone", reason="联系本人核实", by=office_user, pool=pool) == "13912345678"


def test_nothing_that_decides_about_him_changes_through_it(left, office_user):
    given = {"membership": left, "by": office_user, "reason": "职称证书更新", "title_level": 1}
    assert codes(change_decisive, **given) == ["left"]


def test_the_back_office_shows_no_way_to_reach_him_and_saves_nothing(left, pool, office_user, client):
    client.force_login(office_user)
    page = at("admin:experts_expert_change", left.expert_id, pool=pool)
    text = client.get(page).content.decode()
    assert (left.expert.name in text, "now@example.cn" in text, "new_phone" in text) == (True, False, False)
    client.post(page, {"new_phone": "13800000000", "email": "other@example.cn"})
    left.expert.refresh_from_db()
    assert (left.expert.phone, left.expert.email) == ("13912345678", "now@example.cn")


@pytest.mark.parametrize("role", ["employer", "expert"])
@pytest.mark.parametrize("admin", ["system_admin", "security_admin", "audit_admin"])
def test_who_runs_the_installation_is_no_expert_and_confirms_no_applicant(role, admin):
    from expertpool.pools.services.assignments import assign
    from tests.factories import OrganisationFactory

    keeper, unit = UserFactory(role="security_admin"), OrganisationFactory()
    for first, second in ((role, admin), (admin, role)):
        account = UserFactory(role=first)
        organisation = unit if second == "employer" else None
        assert codes(assign, account=account, role=second, organisation=organisation, by=keeper) == ["apart"]
