"""The back office of the lending room: what it keeps covered, and the two acts from which seats follow (第七条, 第十九条（一）)."""

from datetime import date

import pytest

from expertpool.clock import frozen
from experts.models import ExitCase
from selection.models import DrawRequest, Participation
from tests.factories import at
from tests.selection import drawing as d
from tests.selection.request_factories import a_request, a_submitted_request

pytestmark = pytest.mark.django_db
XJ = "xinjiang-2025"


@pytest.fixture(autouse=True)
def _day():
    with frozen(d.at(12)):
        yield


def shown(client, model, pk=None) -> str:
    name = f"admin:selection_{model}"
    return client.get(at(f"{name}_change", pk) if pk else at(f"{name}_changelist")).content.decode()


def test_names_stand_there_from_the_first_day_on_and_not_before(client, office_user):
    d.members(8)
    draw = d.contacting()
    for position in (1, 2):
        d.answer(d.invitation(draw, position))
    name = d.candidate(draw, 1).membership.expert.name
    invitation, participation = d.invitation(draw, 1), d.candidate(draw, 1).participation
    client.force_login(office_user)
    pages = [("invitation", None), ("invitation", invitation.pk), ("participation", None), ("participation", participation.pk)]
    for day, visible in ((19, False), (20, True)):
        with frozen(d.at(day)):
            assert [name in shown(client, *one) for one in pages] == [visible] * 4
            assert ["确定后显示" in shown(client, *one) for one in pages] == [not visible] * 4


def test_drafts_are_their_departments_own_and_numbers_of_telephones_nobodys(client, pool, office_user):
    draft, sent = a_request(pool=pool, title="草拟之事"), a_submitted_request(pool=pool, title="已报之事")
    client.force_login(office_user)
    page = shown(client, "drawrequest")
    assert (draft.title in page, sent.title in page) == (False, True)
    assert client.get(at("admin:selection_drawrequest_change", draft.pk)).status_code == 302
    page = shown(client, "drawrequest", sent.pk)
    DrawRequest.objects.filter(pk=sent.pk).update(leader_phone="13899990002")
    assert [number in shown(client, "drawrequest", sent.pk) for number in ("13899990001", "13899990002")] == [False, False]
    assert "138****0001" in page


@pytest.fixture
def seated(office_user, client):
    """A member who has accepted a seat on 2026-10-20, with a standby behind him; the office is signed in."""
    d.members(8)
    draw = d.contacting()
    for position in (1, 2):
        d.answer(d.invitation(draw, position))
    client.force_login(office_user)
    return draw


def seats(draw):
    return [one.seated for one in Participation.objects.filter(request=draw.request, state="standing")]


@pytest.mark.clause(XJ, "19(1)")
def test_a_suspension_given_in_the_back_office_gives_up_the_seats_of_its_days(client, seated):
    member = d.candidate(seated, 1).membership
    page = at("admin:experts_membership_act", member.pk, "suspend")
    given = {"starts_on": "2026-10-15", "ends_on": "2026-11-15", "reason": "违反评审纪律"}
    assert client.post(page, given).status_code == 302
    assert d.outcomes(seated)[-1] == (0, "SHHG", 1, "WITHDRAW")
    assert (d.candidate(seated, 1).participation.state, seats(seated)) == ("withdrawn", [True])
    client.post(page, given)
    assert member.suspensions.count() == 1


@pytest.mark.clause(XJ, "7")
def test_an_exit_decided_in_the_back_office_gives_up_the_seats(client, seated):
    member = d.candidate(seated, 1).membership
    case = ExitCase(membership=member, ground="unfit", article="7(8)", reason="因病不再适宜", raised_on=date(2026, 10, 12))
    case.decide_under(member.pool.regulation_on(d.TODAY))
    case.save()
    change = at("admin:experts_exitcase_change", case.pk)
    assert "决定出库" in client.get(change).content.decode()
    assert client.post(at("admin:experts_exitcase_act", case.pk, "exit"), {"reason": "本人身体原因，查实"}).status_code == 302
    member.refresh_from_db()
    assert (member.state, d.outcomes(seated)[-1], seats(seated)) == ("exited", (0, "SHHG", 1, "WITHDRAW"), [True])
