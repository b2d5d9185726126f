"""What several processes do at the same moment. SQLite writes one after another; these need PostgreSQL."""

from contextlib import suppress
from datetime import date, timedelta
from threading import Barrier, BrokenBarrierError, Event

import pytest
from django.db import connection

from expertpool.ledger.services import verify
from experts.services.memberships import admit_batch
from selection.models import Attempt, Candidate, Draw, DrawRequest, Invitation, Participation
from selection.services import draws, eligibility, invitations
from selection.services.draws import freezing
from selection.services.requests import file_request
from tests.at_once import WITHIN, at_once
from tests.factories import MembershipFactory, PoolFactory, UserFactory, a_publicity
from tests.selection import drawing as d
from tests.selection.request_factories import a_department, a_request

pytest_plugins = ["tests.ledger_flush"]
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True), pytest.mark.day(d.TODAY)]


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
        invitation = d.due_for(draw, member)
        acts.append(reply(invitation.pk, d.token_of(invitation)))
    results = at_once(*acts)
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
        lambda: draws.give_share(attempt=attempt, share="1" * 20, by=one).share,
        lambda: draws.give_share(attempt=attempt, share="2" * 20, by=other).share,
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
        invitation = d.due_for(draw, membership)
        acts.append(reply(invitation.pk, d.token_of(invitation)))
    judge, both = eligibility.judge_again, Barrier(2)

    def judged(**kwargs):
        """Judge, and give the other the time to judge the same before anything is written."""
        found = judge(**kwargs)
        with suppress(BrokenBarrierError):
            both.wait(2)
        return found

    monkeypatch.setattr(eligibility, "judge_again", judged)
    results = at_once(*acts)
    assert sorted(map(str, results)) == sorted(["accepted", str(("not_eligible",))])
    assert Participation.objects.filter(membership__expert=member.expert, state="standing").count() == 1
    assert list(verify()) == []


def a_first_freeze(office):
    request = d.approved()
    draws.join(request=request, by=UserFactory(role="inspector"))
    return request, lambda: draws.freeze(request=request, by=office)


def a_supplementary_freeze(office):
    draw = d.contacting(office=office)
    d.answer_all(draw, "decline")
    return draw.request, lambda: draws.open_supplementary_round(draw=draw, by=office)


@pytest.mark.parametrize("a_freeze", [a_first_freeze, a_supplementary_freeze])
def test_nobody_waits_while_a_pool_is_judged(monkeypatch, pool, a_freeze):
    """A freeze that is still judging holds no number and no ledger: whatever a colleague does then, in this pool or in another, is done."""
    other = PoolFactory(code="QT", name="第二专家库", number_prefix="QT")
    d.members(12)
    office = UserFactory(role="office")
    judged, freeze = a_freeze(office)
    invitation = d.contacting(d.approved(starts_on=date(2026, 11, 16)))
    invited = d.book(invitation).open_invitations[0]
    quick = d.approved()
    draws.join(request=quick, by=UserFactory(role="inspector"))
    acts = [lambda: draws.freeze(request=quick, by=office).attempt, reply(invited.pk, d.token_of(invited))]
    for of, born in ((pool, date(1988, 5, 1)), (other, date(1988, 5, 2))):
        batch = a_publicity(day=date(2026, 9, 14), pool=of, birth_date=born).batch
        acts.append(lambda of=of, by=a_department(of): a_request(pool=of, by=by).number)
        acts.append(
            lambda batch=batch, by=UserFactory(role="office", pool=of): [one.number for one in admit_batch(batch=batch, by=by).admitted]
        )
    judging, done = Event(), Event()
    judge = freezing.judge_pool

    def judge_slowly(*, request, **kwargs):
        found = judge(request=request, **kwargs)
        if request.pk == judged.pk:
            judging.set()
            assert done.wait(WITHIN)
        return found

    def colleague():
        assert judging.wait(WITHIN)
        with connection.cursor() as cursor:
            # A wait is told with the statement that waits.
            cursor.execute("SET lock_timeout = '5s'")
        try:
            return [act() for act in acts]
        finally:
            done.set()

    monkeypatch.setattr(freezing, "judge_pool", judge_slowly)
    attempt, told = at_once(freeze, colleague)
    assert told == [1, "accepted", "ZJK-SY2026-0001", ["ZJK000001"], "QT-SY2026-0001", ["QT000001"]]
    assert (attempt.state, list(verify())) == ("frozen", [])


def test_requests_filed_at_once_are_numbered_one_after_another_in_each_pool(pool):
    other = PoolFactory(code="QT", name="第二专家库", number_prefix="QT")
    acts = [lambda of=of, by=a_department(of): a_request(pool=of, by=by).number for of in (pool, other) * 4]
    numbers = [f"{prefix}-SY2026-{number:04d}" for prefix in ("QT", "ZJK") for number in range(1, 5)]
    assert (sorted(at_once(*acts)), list(verify())) == (numbers, [])


def test_two_freezes_at_once_give_one_attempt():
    d.members(4)
    request = d.approved()
    office, inspector = UserFactory(role="office"), UserFactory(role="inspector")
    draws.join(request=request, by=inspector)
    results = at_once(*[lambda: draws.freeze(request=request, by=office).pk for _ in range(4)])
    assert (len(set(results)), Draw.objects.count(), Attempt.objects.count()) == (1, 1, 1)


def test_draws_frozen_at_once_have_different_numbers():
    d.members(4)
    office, inspector = UserFactory(role="office"), UserFactory(role="inspector")
    requests = [d.approved() for _ in range(4)]
    for request in requests:
        draws.join(request=request, by=inspector)
    at_once(*[lambda request=request: draws.freeze(request=request, by=office).pk for request in requests])
    assert list(Draw.objects.order_by("number").values_list("number", flat=True)) == [f"ZJK2026-{n:06d}" for n in range(1, 5)]


def test_all_invited_answering_at_once_leave_an_orderly_log():
    d.members(12)
    draw = d.contacting(seats={"SHHG": 3})
    opened = [(one.pk, d.token_of(one)) for one in d.book(draw).open_invitations]
    assert at_once(*[reply(*one) for one in opened]) == ["accepted"] * 4
    seated = Participation.objects.filter(seated=True).values_list("candidate__position", flat=True)
    assert (sorted(seated), DrawRequest.objects.get().state, list(verify())) == ([1, 2, 3], "confirmed", [])


def test_four_clicks_at_once_on_one_page_open_one_draft():
    pool = PoolFactory()
    by = a_department(pool)

    def click():
        return file_request(pool=pool, by=by, once="page-1", title="示范项目验收").number

    numbers = at_once(click, click, click, click)
    assert (len(set(numbers)), DrawRequest.objects.count()) == (1, 1)
    assert file_request(pool=pool, by=by, once="page-2", title="示范项目验收").number != numbers[0]
