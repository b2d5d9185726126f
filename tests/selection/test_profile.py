"""我的档案: own record, own counters, own way out."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from expertpool import clock
from expertpool.addresses import address
from experts.models import ExitCase
from selection.models import Candidate, DrawRequest, Invitation, Participation
from tests.factories import MembershipFactory, SuspensionFactory, UserFactory
from tests.selection.drawing import approved

DAY = date(2026, 10, 12)
pytestmark = pytest.mark.django_db


@pytest.fixture
def member(client):
    user = UserFactory(role="expert")
    client.force_login(user)
    with clock.frozen(DAY):
        yield MembershipFactory(expert__user=user)


def took_part(member, day, attended=None, state="standing"):
    return Participation.objects.create(request=approved(starts_on=day), membership=member, attended=attended, state=state)


def invited(member, state, hour):
    from selection.models import Attempt, Draw
    from tests.selection.drawing import at

    request = approved()
    draw = Draw.objects.create(request=request, number=f"D{request.number}", alg="sm3", opened_by=request.filed_by)
    attempt = Attempt.objects.create(
        draw=draw, round=1, attempt=1, pool_text="", manifest_text="", manifest_hash="", frozen_by=request.filed_by
    )
    candidate = Candidate.objects.create(attempt=attempt, field=member.fields.first(), position=1, membership=member, ticket="")
    return Invitation.objects.create(
        candidate=candidate, token_digest=f"{candidate.pk:064d}", state=state, sent_at=at(10, hour), deadline=at(11, hour)
    )


def counters(client):
    row = client.get(address("profile")).context["page"].standing[0]
    return {counter.article: (counter.count, counter.limit) for counter in row.counters}


@pytest.mark.clause("xinjiang-2025", "14")
def test_participations_of_the_year_are_counted_against_the_cap(client, member):
    took_part(member, date(2026, 3, 1), attended=True)
    took_part(member, date(2026, 12, 1))
    took_part(member, date(2026, 4, 1), attended=False)
    took_part(member, date(2025, 12, 1), attended=True)
    took_part(member, date(2026, 5, 1), state="withdrawn")
    page = client.get(address("profile")).content.decode()
    assert "2 / 10" in page
    assert (2, 10) in counters(client).values()


def test_missed_replies_and_absences_in_a_row_are_shown_with_their_limit(client, member):
    for hour, state in enumerate(["no_reply", "declined", "no_reply", "unreached", "no_reply"], start=8):
        invited(member, state, hour)
    took_part(member, date(2026, 3, 1), attended=True)
    took_part(member, date(2026, 4, 1), attended=False)
    found = counters(client)
    assert (found["7(5)a"], found["7(5)b"]) == ((2, 3), (1, 3))


def test_his_numbers_are_masked_and_nobody_elses_record_is_there(client, member):
    other = MembershipFactory()
    SuspensionFactory(membership=member)
    page = client.get(address("profile")).content.decode()
    assert [member.number in page, member.expert.name in page, "2026年12月31日" in page] == [True, True, True]
    for hidden in (member.expert.id_number, member.expert.phone, other.number, other.expert.id_number):
        assert hidden not in page


def test_an_account_without_a_record_gets_a_page(client):
    client.force_login(UserFactory(role="expert"))
    assert "您还没有专家档案" in client.get(address("profile")).content.decode()


@pytest.mark.parametrize("role", ["office", "department", "employer", "inspector"])
def test_the_page_is_for_experts(client, role):
    client.force_login(UserFactory(role=role))
    assert client.get(address("profile")).status_code == 403


@pytest.mark.clause("xinjiang-2025", "7(8)")
def test_an_expert_asks_to_leave_once(client, member):
    where = address("profile_leave", member.number)
    assert "退出由专家库管理部门办理" in client.get(where).content.decode()  # as the paper calls the body
    for _ in range(2):
        assert client.post(where, {"reason": "身体原因，不再适宜"}).status_code == 302
    case = ExitCase.objects.get()
    assert (case.ground, case.source, case.state, case.membership.state) == ("unfit", "expert", "open", "active")


def test_nobody_asks_for_somebody_else(client, member):
    other = MembershipFactory()
    assert client.post(address("profile_leave", other.number), {"reason": "身体原因，不再适宜"}).status_code == 404
    assert not ExitCase.objects.exists()


def test_the_page_takes_the_same_number_of_queries_for_one_and_three(client, member):
    counts = []
    for more in (1, 2):
        for n in range(more):
            invited(member, "accepted", 8 + n)
            took_part(member, date(2026, 3, 1 + n), attended=True)
        with CaptureQueriesContext(connection) as queries:
            client.get(address("profile"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert DrawRequest.objects.count() == 6
