"""Two pools beside each other: nobody of the one acts in the other or sees anything of it; a person is one person."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from expertpool import clock
from expertpool.addresses import address
from expertpool.desk.todos import waiting_for
from expertpool.ledger.models import LedgerEvent
from expertpool.messaging.models import Message
from expertpool.pools.duties import actor
from expertpool.refusals import Refused
from selection.models import Draw, Invitation, Participation
from selection.services import draws, invitations, leaving, participation, waivers
from selection.services.eligibility import judge_pool
from tests.factories import MembershipFactory, PoolFactory, UserFactory, at
from tests.refusing import refusals_of
from tests.selection import drawing as d

pytestmark = [pytest.mark.django_db, pytest.mark.day(d.TODAY)]
ROLES = ("office", "inspector", "leader", "department", "agency")


@pytest.fixture
def second():
    """A pool under the same regulation."""
    return PoolFactory(code="XJ2", name="第二专家库", number_prefix="ZJE")


def refused(act):
    return {one.code for one in refusals_of(act)}


def in_both(second, **kwargs):
    """Persons who are members of both pools: (membership here, membership there) each."""
    here = d.members(4, **kwargs)
    return [(one, MembershipFactory(pool=second, expert=one.expert, number=f"ZJE{one.number[3:]}")) for one in here]


def test_every_act_of_a_draw_refuses_whoever_acts_in_another_pool(second):
    d.members(8)
    request = d.approved()
    foreign = {role: UserFactory(role=role, pool=second) for role in ROLES}
    # Even one who speaks for the very department, but in the other pool.
    foreign["department"] = UserFactory(role="department", pool=second, organisation=request.department)
    own = {"office": UserFactory(role="office"), "inspector": UserFactory(role="inspector")}
    field = request.pool.fields.get(code="SHHG")

    def all_refused(act, but=()):
        for role, by in foreign.items():
            assert refused(lambda by=by: act(by)) & {"duty", "unit"}, role

    all_refused(lambda by: draws.join(request=request, by=by))
    all_refused(lambda by: draws.leave(request=request, by=by))
    all_refused(lambda by: draws.freeze(request=request, by=by))
    draws.join(request=request, by=own["inspector"])
    attempt = draws.freeze(request=request, by=own["office"])
    all_refused(lambda by: draws.give_share(attempt=attempt, share=d.SHARE, by=by))
    all_refused(lambda by: draws.abort(attempt=attempt, reason="OTHER", by=by))
    draw = draws.give_share(attempt=attempt, share=d.SHARE, by=own["inspector"]).draw
    all_refused(lambda by: invitations.invite_due(draw=draw, by=by))
    invitations.invite_due(draw=draw, by=own["office"])
    first = d.invitation(draw, 1)
    all_refused(lambda by: invitations.mark_unreached(invitation=first, reason="空号，邮件被退回", by=by))
    all_refused(lambda by: draws.open_supplementary_round(draw=draw, by=by), but=())
    all_refused(lambda by: waivers.waive_shortage(request=draw.request, field=field, reason="人数不足需要豁免", by=by))
    all_refused(lambda by: draws.give_up(draw=draw, reason_code="REDONE", by=by))
    d.answer(first)
    seat = Participation.objects.get()
    all_refused(lambda by: participation.record_attendance(request=request, attended={seat.pk: True}, by=by))
    member = first.candidate.membership
    all_refused(lambda by: leaving.suspend_member(membership=member, starts_on=d.TODAY, ends_on=d.TODAY, reason="违反评审纪律", by=by))
    assert set(LedgerEvent.objects.filter(pool="XJ2").values_list("pk", flat=True)) == set()


def test_no_page_of_a_draw_opens_from_another_pool(client, second):
    d.members(8)
    draw = d.contacting()
    pk, one = draw.request_id, d.invitation(draw, 1)
    gets = [("draw", pk), ("draw_events", pk), ("draw_bundle", pk), ("draw_manifest", pk, 0, 1), ("draw_pool", pk, 0, 1)]
    gets += [("manifest_qr", pk, 0, 1), ("draw_record", pk, 0, 1)]
    acts = [
        "draw_join",
        "draw_leave",
        "draw_freeze",
        "draw_share",
        "draw_abort",
        "draw_give_up",
        "draw_invite",
        "draw_supplement",
        "draw_waiver",
    ]
    posts = [(name, pk) for name in acts] + [("draw_phone", pk, one.pk), ("invitation_unreached", pk, one.pk)]
    for role in ROLES:
        client.force_login(UserFactory(role=role, pool=second))
        # Through his own pool's address the thing is not there, through the other's he has no business.
        assert {client.get(at(*where, pool=second)).status_code for where in gets} <= {403, 404}, role
        assert {client.post(at(*where, pool=second)).status_code for where in posts} <= {403, 404}, role
        assert {client.get(at(*where)).status_code for where in gets} == {403}, role
        assert {client.post(at(*where)).status_code for where in posts} == {403}, role


def test_nothing_of_one_pools_draw_stands_in_the_others_to_dos_messages_or_numbers(second):
    d.members(6)
    for number in range(6):
        MembershipFactory(pool=second, number=f"ZJE{number:06d}")
    here, there = d.contacting(), None
    office, inspector = UserFactory(role="office", pool=second), UserFactory(role="inspector", pool=second)
    request = d.approved(pool=second)
    draws.join(request=request, by=inspector)
    draws.give_share(attempt=draws.freeze(request=request, by=office), share=d.SHARE, by=inspector)
    there = Draw.objects.get(request=request)
    assert (here.number, there.number) == ("ZJK2026-000001", "ZJE2026-000001")
    titles = {pool.code: [one.title for one in waiting_for(actor(office, pool, clock.today()))] for pool in (here.request.pool, second)}
    assert (titles["XJ"], [here.request.number in one for one in titles["XJ2"]]) == ([], [False])
    invitations.invite_due(draw=there, by=office)
    pools = {message.pool for message in Message.objects.filter(kind="invitation", about__startswith="invitation:")}
    assert pools == {"XJ", "XJ2"}
    assert set(LedgerEvent.objects.filter(subject="draw:ZJE2026-000001").values_list("pool", flat=True)) == {"XJ2"}
    assert {line.split("|")[0][:3] for line in there.attempts.get().pool_text.splitlines()[1:]} == {"ZJE"}


def accepted_elsewhere(second, membership, day=date(2026, 10, 20)):
    """The person has accepted an activity of the other pool."""
    request = d.approved(pool=second, starts_on=day, state="confirmed", title="另一专家库的保密项目")
    return Participation.objects.create(request=request, membership=membership)


@pytest.mark.clause("xinjiang-2025", "附表2四")
def test_what_somebody_accepted_in_another_pool_keeps_him_out_on_its_days_and_nothing_more_is_said(second):
    pairs = in_both(second)
    accepted_elsewhere(second, pairs[0][1])
    accepted_elsewhere(second, pairs[1][1], date(2026, 10, 21))
    judged = {one.membership_id: one.exclusions for one in judge_pool(request=d.approved())}
    assert [(one.code, one.article, one.name) for one in judged[pairs[0][0].pk]] == [("CLASH", "附表2四", "与已接受的活动时间冲突")]
    assert judged[pairs[1][0].pk] == judged[pairs[2][0].pk] == ()


@pytest.mark.clause("xinjiang-2025", "14")
def test_the_cap_counts_what_was_done_in_this_pool_alone(second):
    here, there = in_both(second)[0]
    for number in range(10):
        accepted_elsewhere(second, there, date(2026, 1 + number % 9, 3 + number))
    judged = {one.membership_id: one.reasons for one in judge_pool(request=d.approved())}
    assert judged[here.pk] == ()
    judged = {one.membership_id: one.reasons for one in judge_pool(request=d.approved(pool=second))}
    assert judged[there.pk] == ("ANNUAL-CAP",)


def test_a_clash_across_pools_is_found_again_when_he_accepts(second):
    pairs = in_both(second)
    draw = d.contacting()
    one = d.invitation(draw, 1)
    there = next(there for here, there in pairs if here.pk == one.candidate.membership_id)
    other = accepted_elsewhere(second, there)
    with pytest.raises(Refused) as caught:
        d.answer(one)
    (refusal,) = caught.value.refusals
    assert (refusal.code, refusal.article) == ("not_eligible", "附表2四")
    assert other.request.title not in refusal.message and second.name not in refusal.message
    assert d.outcomes(draw) == [(0, "SHHG", 1, "SKIP")]
    other.state = "withdrawn"
    other.save()
    assert Invitation.objects.get(pk=one.pk).state == "cancelled"


def test_who_came_on_the_first_of_several_days_is_not_free_on_the_others_and_who_stayed_away_is(second):
    pairs = in_both(second)
    for (_here, there), attended in zip(pairs, (True, False, None), strict=False):
        request = d.approved(pool=second, starts_on=date(2026, 10, 19), ends_on=date(2026, 10, 21), state="held")
        Participation.objects.create(request=request, membership=there, attended=attended)
    judged = {one.membership_id: one.reasons for one in judge_pool(request=d.approved())}
    assert [judged[here.pk] for here, _there in pairs] == [("CLASH",), (), ("CLASH",), ()]


def test_an_experts_own_pages_show_all_his_pools_each_by_its_name(client, second):
    pairs = in_both(second)
    draw = d.contacting()
    here, there = next(pair for pair in pairs if pair[0].pk == d.candidate(draw, 1).membership_id)
    user = UserFactory(role="expert")
    type(here.expert).objects.filter(pk=here.expert_id).update(user=user)
    client.force_login(user)
    text = client.get(address("profile")).content.decode()
    assert [word in text for word in (here.pool.name, second.name, here.number, there.number)] == [True] * 4
    listed = client.get(address("my_invitations")).content.decode()
    assert here.pool.name in listed
    # Inside a pool these pages are not there: they belong to him.
    assert client.get(f"/p/{second.code}/profile/").status_code == 404


def test_a_failed_freeze_takes_no_number(office_user, inspector_user):
    d.members(2)
    request = d.approved()
    draws.join(request=request, by=inspector_user)
    assert refused(lambda: draws.freeze(request=request, by=office_user)) == {"shortage"}
    d.members(4)
    assert draws.freeze(request=request, by=office_user).draw.number == "ZJK2026-000001"


def test_everything_is_judged_before_the_ledger_is_locked():
    """From its first event on an act holds up all others: by then nothing is left to be judged, and the registers were read once."""
    d.members(12)
    request = d.approved({"SHHG": 2})
    request.recusals.create(kind="person", person_name="无此人")
    draw = d.contacting(request)
    one = d.invitation(draw, 1)
    token, phone = d.token_of(one), one.candidate.membership.expert.phone
    with CaptureQueriesContext(connection) as queries:
        invitations.reply(token=token, phone_last4=phone[-4:], answer="decline", reason_code="TIME")
    texts = [query["sql"] for query in queries]
    first_event = next(number for number, text in enumerate(texts) if "ledger_head" in text or "ledger_event" in text)
    registers = [number for number, text in enumerate(texts) if 'FROM "accounts_organisation"' in text or "experts_employment" in text]
    assert registers and max(registers) < first_event
    assert sum('FROM "accounts_organisation"' in text and "WHERE" not in text for text in texts) == 1
