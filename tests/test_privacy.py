"""What must not be learned by any channel before its time (design §9)."""

import pytest

from evaluation.models import ViolationReport
from expertpool import clock
from expertpool.addresses import address as outside
from expertpool.ledger.models import LedgerEvent
from expertpool.pools.duties import actor
from expertpool.pools.models import Role
from experts.models import Application
from selection.models import Candidate
from selection.services import invitations
from tests.factories import ApplicationFactory, PoolFactory, UserFactory, at
from tests.selection import drawing as d

pytestmark = [pytest.mark.django_db, pytest.mark.day(d.TODAY)]


@pytest.fixture
def draw():
    d.members(12)
    return d.contacting()


def waiting_numbers(draw) -> set[str]:
    """The numbers on the list whose turn has not come."""
    return set(Candidate.objects.filter(attempt__draw=draw, invitation__isnull=True).values_list("membership__number", flat=True))


def test_the_office_reads_the_order_only_as_far_as_the_turn_has_come(client, office_user, inspector_user, draw):
    later = waiting_numbers(draw)
    assert later
    address = at("draw", draw.request_id)
    client.force_login(office_user)
    text = client.get(address).content.decode()
    assert [number for number in later if number in text] == []
    assert d.invitation(draw, 1).candidate.membership.number in text
    client.force_login(inspector_user)
    text = client.get(address).content.decode()
    assert [number for number in later if number not in text] == []


@pytest.mark.parametrize("name", ["draw_pool", "draw_record", "draw_bundle"])
def test_files_with_the_order_stay_shut_to_the_office_until_the_experts_are_confirmed(client, office_user, inspector_user, draw, name):
    args = [draw.request_id] if name == "draw_bundle" else [draw.request_id, 0, 1]
    address = at(name, *args)
    client.force_login(inspector_user)
    assert client.get(address).status_code == 200
    client.force_login(office_user)
    assert client.get(address).status_code == 403
    draw.request.state = "confirmed"
    draw.request.save()
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("lookup", ["candidacies", "candidacies__isnull", "candidacies__in", "participations", "participations__isnull"])
def test_the_list_of_members_cannot_be_narrowed_to_who_was_drawn(client, office_user, draw, lookup):
    candidate = Candidate.objects.filter(attempt__draw=draw, invitation__isnull=True).first()
    client.force_login(office_user)
    value = "False" if lookup.endswith("isnull") else candidate.pk
    assert client.get(at("admin:experts_membership_changelist"), {lookup: value}).status_code == 400


@pytest.mark.parametrize(
    ("role", "page", "lookup"),
    [
        (Role.SYSTEM_ADMIN, "messaging_message", "recipient"),
        (Role.SYSTEM_ADMIN, "messaging_message", "recipient__id__exact"),
        (Role.SYSTEM_ADMIN, "messaging_message", "title__startswith"),
        (Role.SECURITY_ADMIN, "accounts_user", "inbox"),
        (Role.SECURITY_ADMIN, "accounts_user", "password__startswith"),
        (Role.OFFICE, "selection_participation", "membership"),
        (Role.OFFICE, "selection_invitation", "candidate"),
    ],
)
def test_a_list_of_the_back_office_is_narrowed_by_its_own_filters_alone(client, role, page, lookup):
    client.force_login(UserFactory(role=role))
    list_of = at if role == Role.OFFICE else outside
    assert client.get(list_of(f"admin:{page}_changelist"), {lookup: "1"}).status_code == 400


def test_the_filters_of_a_list_still_work(client, office_user):
    client.force_login(office_user)
    for query in ("state__exact=active", "field=1", "expert__title_level__exact=4", "q=张", "o=1"):
        assert client.get(f"{at('admin:experts_membership_changelist')}?{query}").status_code == 200, query


@pytest.mark.parametrize("page", ["ledger", "draw", "draw_events", "admin"])
def test_an_expert_who_answers_is_not_named_beside_his_position(client, inspector_user, draw, page):
    one = d.invitation(draw, 1)
    expert = one.candidate.membership.expert
    expert.user = UserFactory(role=Role.EXPERT, username="zhuanjia-jia", name=expert.name)
    expert.save()
    invitations.reply_signed_in(invitation=one, by=expert.user, answer=invitations.Answer("accept", declares_no_conflict=True))
    event = LedgerEvent.objects.get(kind="contact.recorded")
    assert event.actor == expert.user
    addresses = {
        "ledger": at("ledger"),
        "draw": at("draw", draw.request_id),
        "draw_events": at("draw_events", draw.request_id),
        "admin": outside("admin:ledger_ledgerevent_change", event.pk),
    }
    client.force_login(UserFactory(role=Role.AUDIT_ADMIN) if page == "admin" else inspector_user)
    text = client.get(addresses[page]).content.decode()
    assert ("专家本人" in text, expert.name in text, "zhuanjia-jia" in text) == (True, False, False)


def test_the_audit_administrator_finds_no_expert_behind_an_accounts_number(client):
    expert, clerk = UserFactory(role=Role.EXPERT), UserFactory(role=Role.OFFICE)
    client.force_login(UserFactory(role=Role.AUDIT_ADMIN))
    shown = [client.get(outside("admin:accounts_user_change", one.pk)).status_code for one in (expert, clerk)]
    assert shown == [302, 200]


def test_an_account_without_a_unit_opens_no_file_that_names_none():
    ApplicationFactory(employer=None, state=Application.State.UNDER_REVIEW)
    user = UserFactory(role=Role.EMPLOYER, organisation=None)
    for pool in (PoolFactory(), None):
        assert Application.objects.visible_to(actor(user, pool, clock.today())).count() == 0
        assert ViolationReport.objects.visible_to(actor(user, pool, clock.today())).count() == 0
