"""The page of a reply: what it lets an expert say at each moment, by link and by account."""

from datetime import date, timedelta

import pytest

from expertpool.addresses import address
from expertpool.clock import frozen, start_of
from expertpool.messaging.models import Message
from selection.models import Invitation
from tests.factories import PoolFactory, UserFactory, at
from tests.selection import drawing as d

pytestmark = pytest.mark.django_db
STARTS = date(2026, 10, 20)


@pytest.fixture(autouse=True)
def _day():
    with frozen(d.at(12)):
        yield


@pytest.fixture
def one():
    d.members(8)
    return d.invitation(d.contacting(starts_on=STARTS), 1)


def state(client, one):
    """Whether the page of the link takes an answer, lets one take an acceptance back, says that it is too late; and the answers that it offers."""
    context = client.get(address("reply", d.token_of(one))).context
    offered = [value for value, _label in context["form"].fields["answer"].choices]
    return context["answerable"], context["can_take_back"], context["late"], offered


FIRST, BACK = ["accept", "decline", "recuse", "ask_more"], ["decline", "recuse"]


def test_a_link_takes_an_answer_until_its_deadline_and_an_acceptance_back_until_the_activity(client, one):
    assert state(client, one) == (True, False, False, FIRST)
    with frozen(one.deadline - timedelta(seconds=1)):
        assert state(client, one) == (True, False, False, FIRST)
    with frozen(one.deadline):
        assert state(client, one) == (False, False, True, FIRST)
    d.answer(one)
    assert state(client, one) == (True, True, False, BACK)
    with frozen(start_of(STARTS)):
        assert state(client, one) == (False, False, False, BACK)
    d.answer(one, "decline")
    assert state(client, one)[:3] == (False, False, False)


def test_a_question_by_link_needs_the_digits_and_says_what_is_asked(client, one):
    page = address("reply", d.token_of(one))
    right = one.candidate.membership.expert.phone[-4:]
    wrong = f"{(int(right) + 1) % 10000:04d}"
    ask = {"answer": "ask_more", "reason_text": "请提供项目任务书"}
    assert "手机号后四位不正确" in client.post(page, ask | {"phone_last4": wrong}).content.decode()
    assert (Invitation.objects.get(pk=one.pk).wrong_answers, Message.objects.filter(kind="more-material").exists()) == (1, False)
    assert client.post(page, ask | {"phone_last4": right}).status_code == 302
    assert Message.objects.filter(kind="more-material").count() == 1
    assert state(client, one) == (True, False, False, FIRST)


def test_the_form_accepts_nothing_without_the_declaration(client, one):
    expert = one.candidate.membership.expert
    expert.user = UserFactory(role="expert")
    expert.save()
    client.force_login(expert.user)
    page = address("my_invitation", one.pk)
    text = client.post(page, {"answer": "accept", "seen_state": "open"}).content.decode()
    assert ("接受邀请前，请逐项确认" in text, Invitation.objects.get(pk=one.pk).state) == (True, "open")


def test_where_the_paper_lets_nobody_ask_for_more_it_is_not_offered(client, regulation_like):
    regulation_like("silent", "xinjiang-2025", ('ask_more_article = "10(1)"\n', ""), ('practice = "ask_more"\n', ""))
    pool = PoolFactory(code="SI", number_prefix="SI", regulation_code="silent")
    d.members(6, pool=pool)
    one = d.invitation(d.contacting(pool=pool), 1)
    assert state(client, one)[3] == ["accept", "decline", "recuse"]


# The pages of a draw


def test_what_happens_live_is_for_who_works_at_the_draw(client, one, office_user, inspector_user, leader_user):
    pk = one.candidate.attempt.draw.request_id
    seen = {}
    for user in (office_user, inspector_user, leader_user):
        client.force_login(user)
        seen[user] = (client.get(at("draw_events", pk)).status_code, client.post(at("draw_phone", pk, one.pk)).status_code)
    assert list(seen.values()) == [(200, 200), (200, 403), (403, 403)]


def test_a_page_reaches_the_invitations_of_its_own_draw_alone(client, one, office_user):
    other = d.contacting(starts_on=date(2026, 11, 3))
    client.force_login(office_user)
    for name in ("draw_phone", "invitation_unreached"):
        assert client.post(at(name, other.request_id, one.pk), {"reason": "手机号为空号"}).status_code == 404
    assert Invitation.objects.get(pk=one.pk).state == "open"


def test_the_events_of_a_draw_tell_outcomes_to_who_sees_them_and_the_draw_to_everybody(client, one, inspector_user, leader_user):
    d.answer(one, "decline")
    pk, number = one.candidate.attempt.draw.request_id, one.candidate.membership.number
    told = {}
    for user in (inspector_user, leader_user):
        client.force_login(user)
        events = client.get(at("draw", pk)).context["page"].events
        told[user] = ({event.event.kind.partition(".")[0] for event in events}, any(number in event.detail for event in events))
    assert list(told.values()) == [({"presence", "draw", "invitation", "contact"}, True), ({"presence", "draw"}, False)]
