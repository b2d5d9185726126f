"""What several processes do at the same moment. SQLite writes one after another; these need PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, timedelta
from threading import Barrier, BrokenBarrierError, Event
from time import sleep

import pytest
from django.db import connection, transaction

from expertpool.clock import frozen
from expertpool.ledger.services import verify
from expertpool.refusals import Refused
from experts.models import Application
from experts.services.memberships import admit_batch
from experts.services.publicity import record_objection
from selection.models import Attempt, Candidate, Draw, DrawRequest, Invitation, Participation
from selection.services import draws, eligibility, invitations
from selection.services.draws import freezing
from tests.factories import MembershipFactory, PoolFactory, UserFactory, a_publicity
from tests.selection import drawing as d

pytest_plugins = ["tests.ledger_flush"]
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _day():
    with frozen(d.at(12)):
        yield


def at_once(acts):
    """Run all acts in threads of their own; what each returned, or the codes of its refusal."""

    def run(act):
        try:
            return act()
        except Refused as refused:
            return tuple(one.code for one in refused.refusals)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def reply(invitation_id, token):
    def act():
        row = Invitation.objects.select_related("candidate__membership__expert").get(pk=invitation_id)
        phone = row.candidate.membership.expert.phone
        return invitations.reply(token=token, phone_last4=phone[-4:], answer="accept", declares_no_conflict=True).state

    return act


@pytest.mark.clause("xinjiang-2025", "14")
def test_at_nine_of_ten_exactly_one_of_many_acceptances_passes():
    member = d.members(3)[0]
    for number in range(9):
        request = d.approved(starts_on=date(2026, 3, 2) + timedelta(days=7 * number), state="held")
        Participation.objects.create(request=request, membership=member, attended=True)
    acts = []
    for number in range(8):
        draw = d.drawn(d.approved(starts_on=date(2026, 11, 2) + timedelta(days=2 * number)))
        row = Candidate.objects.get(attempt__draw=draw, membership=member)
        # Bring his place to the front, so that it is due.
        for before in Candidate.objects.filter(attempt__draw=draw, position__lt=row.position).order_by("position"):
            invitations.invite_due(draw=draw)
            d.answer(Invitation.objects.get(candidate=before), "decline")
        invitations.invite_due(draw=draw)
        invitation = Invitation.objects.get(candidate=row)
        acts.append(reply(invitation.pk, d.token_of(invitation)))
    results = at_once(acts)
    assert sorted(map(str, results)) == sorted(["accepted"] + [str(("not_eligible",))] * 7)
    assert Participation.objects.counting_in(2026).filter(membership=member).count() == 10
    assert list(verify()) == []


def test_two_shares_at_once_give_one_result():
    d.members(4)
    attempt = d.frozen_attempt()
    one = d.inspector_of(attempt.draw.request)
    other = UserFactory(role="inspector")
    draws.join(request=attempt.draw.request, by=other)
    results = at_once(
        [
            lambda: draws.give_share(attempt=attempt, share="1" * 20, by=one).share,
            lambda: draws.give_share(attempt=attempt, share="2" * 20, by=other).share,
        ]
    )
    row = Attempt.objects.get()
    assert sorted(map(str, results)) == sorted([row.share, str(("drawn",))])
    assert (Candidate.objects.count(), row.share in {"1" * 20, "2" * 20}) == (3, True)


@pytest.mark.clause("xinjiang-2025", "附表2四")
def test_two_pools_that_promise_one_person_on_one_day_at_once_promise_him_once(monkeypatch):
    second = PoolFactory(code="XJ2", name="第二专家库", number_prefix="ZJE")
    here = d.members(3)
    there = [MembershipFactory(pool=second, expert=one.expert, number=f"ZJE{one.number[3:]}") for one in here]
    member = here[0]
    acts = []
    for pool, membership in ((member.pool, member), (second, there[0])):
        office, inspector = UserFactory(role="office", pool=pool), UserFactory(role="inspector", pool=pool)
        draw = d.drawn(d.approved(pool=pool), office=office, inspector=inspector)
        row = Candidate.objects.get(attempt__draw=draw, membership=membership)
        for before in Candidate.objects.filter(attempt__draw=draw, position__lt=row.position).order_by("position"):
            invitations.invite_due(draw=draw)
            d.answer(Invitation.objects.get(candidate=before), "decline")
        invitations.invite_due(draw=draw)
        invitation = Invitation.objects.get(candidate=row)
        acts.append(reply(invitation.pk, d.token_of(invitation)))
    judge, both = eligibility.judge_again, Barrier(2)

    def judged(**kwargs):
        """Judge, and give the other the time to judge the same before anything is written."""
        found = judge(**kwargs)
        with suppress(BrokenBarrierError):
            both.wait(2)
        return found

    monkeypatch.setattr(eligibility, "judge_again", judged)
    results = at_once(acts)
    assert sorted(map(str, results)) == sorted(["accepted", str(("not_eligible",))])
    assert Participation.objects.filter(membership__expert=member.expert, state="standing").count() == 1
    assert list(verify()) == []


def test_nobody_waits_for_a_number_while_a_pool_is_judged(monkeypatch):
    """A freeze that is still judging holds no number; the colleague's freeze passes it by."""
    d.members(4)
    office, inspector = UserFactory(role="office"), UserFactory(role="inspector")
    slow, quick = d.approved(), d.approved()
    for request in (slow, quick):
        draws.join(request=request, by=inspector)
    judging, done = Event(), Event()
    judge = freezing.judge_pool

    def judged(*, request, **kwargs):
        found = judge(request=request, **kwargs)
        if request.pk == slow.pk:
            judging.set()
            assert done.wait(10)
        return found

    def freeze_quick():
        assert judging.wait(10)
        try:
            return draws.freeze(request=quick, by=office).draw.number
        finally:
            done.set()

    monkeypatch.setattr(freezing, "judge_pool", judged)
    numbers = at_once([lambda: draws.freeze(request=slow, by=office).draw.number, freeze_quick])
    assert numbers == ["ZJK2026-000002", "ZJK2026-000001"]


def test_two_freezes_at_once_give_one_attempt():
    d.members(4)
    request = d.approved()
    office, inspector = UserFactory(role="office"), UserFactory(role="inspector")
    draws.join(request=request, by=inspector)
    results = at_once([lambda: draws.freeze(request=request, by=office).pk for _ in range(4)])
    assert (len(set(results)), Draw.objects.count(), Attempt.objects.count()) == (1, 1, 1)


def test_draws_frozen_at_once_have_different_numbers():
    d.members(4)
    office, inspector = UserFactory(role="office"), UserFactory(role="inspector")
    requests = [d.approved() for _ in range(4)]
    for request in requests:
        draws.join(request=request, by=inspector)
    at_once([lambda request=request: draws.freeze(request=request, by=office).pk for request in requests])
    assert list(Draw.objects.order_by("number").values_list("number", flat=True)) == [f"ZJK2026-{n:06d}" for n in range(1, 5)]


def test_all_invited_answering_at_once_leave_an_orderly_log():
    d.members(12)
    draw = d.contacting(seats={"SHHG": 3})
    opened = [(one.pk, d.token_of(one)) for one in d.book(draw).open_invitations]
    assert at_once([reply(*one) for one in opened]) == ["accepted"] * 4
    seated = Participation.objects.filter(seated=True).values_list("candidate__position", flat=True)
    assert (sorted(seated), DrawRequest.objects.get().state, list(verify())) == ([1, 2, 3], "confirmed", [])


def test_a_batch_is_admitted_while_an_objection_is_written_down():
    publicity = a_publicity(people=3)
    first, second, last = publicity.batch.applications.order_by("pk")
    office, holds = UserFactory(role="office"), Event()

    def object_to_the_last():
        with transaction.atomic():
            Application.objects.select_for_update().get(pk=last.pk)
            holds.set()
            sleep(0.5)
            return record_objection(
                publicity=publicity, application=last, objector="张三", contact="", content="业绩材料不实", by=office, on=date(2026, 10, 21)
            )

    def admit_all():
        holds.wait(5)
        return [one.application_id for one in admit_batch(batch=publicity.batch, by=office).admitted]

    with frozen(date(2026, 10, 22)):
        _, admitted = at_once([object_to_the_last, admit_all])
    assert admitted == [first.pk, second.pk]
    assert list(verify()) == []
