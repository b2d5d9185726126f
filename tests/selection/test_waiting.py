"""待办 of a draw: at each stage what waits for whom, and for nobody else (第十三条)."""

import pytest

from expertpool.desk.todos import waiting_for
from expertpool.pools.duties import actor
from selection.services import draws, invitations
from tests.factories import AssignmentFactory, UserFactory
from tests.selection import drawing as d
from tests.selection.editions import members_of, people_of, pool_under, request_of

pytestmark = [pytest.mark.django_db, pytest.mark.day(d.TODAY)]
NOBODY_WATCHES = ("watchers_required = 2", "watchers_required = 0")
DEPARTMENT_DRAWS = ('drawn_by = "leader"', 'drawn_by = "department"')


def waits(*accounts, pool=None):
    """What waits for each of them in a pool: the kinds of to-dos."""
    found = [waiting_for(actor(one, pool, d.TODAY)) for one in accounts]
    return [[item.title.partition("：")[0] for item in items] for items in found]


def test_at_each_stage_it_waits_for_whose_turn_it_is(office_user, inspector_user, leader_user):
    d.members(4)
    request = d.approved()
    pool, colleague = request.pool, UserFactory(role="inspector")
    people = (office_user, inspector_user, colleague, leader_user, request.filed_by)
    watch = ["监督专家抽取"]
    assert waits(*people, pool=pool) == [["抽取专家"], watch, watch, [], []]
    draws.join(request=request, by=inspector_user)
    assert waits(*people, pool=pool) == [["抽取专家"], [], watch, [], []]
    draws.leave(request=request, by=inspector_user)
    assert waits(inspector_user, pool=pool) == [watch]
    draws.join(request=request, by=inspector_user)
    first = draws.freeze(request=request, by=office_user)
    share = ["输入监督份额"]
    assert waits(*people, pool=pool) == [[], share, share, [], []]
    draws.abort(attempt=first, reason="TECHNICAL", by=office_user)
    assert waits(*people, pool=pool) == [["重新冻结名单"], [], [], [], []]
    attempt = draws.freeze(request=request, by=office_user)
    draw = draws.give_share(attempt=attempt, share=d.SHARE, by=inspector_user).draw
    assert waits(*people, pool=pool) == [["邀请候选专家"], [], [], [], []]
    invitations.invite_due(draw=draw, by=office_user)
    assert waits(*people, pool=pool) == [[]] * 5
    d.answer_all(draw, "decline")
    assert waits(*people, pool=pool) == [["专家不足，补充抽取"], [], [], [], []]


def test_who_froze_is_not_asked_for_a_share_though_he_holds_both_duties(tmp_path, monkeypatch):
    with pool_under(tmp_path, monkeypatch, NOBODY_WATCHES) as pool:
        people = people_of(pool)
        members_of(pool, 6)
        AssignmentFactory(account=people["leader"], role="office", pool=pool)
        draws.freeze(request=request_of(pool, people), by=people["leader"])
        assert waits(people["leader"], people["office"], pool=pool) == [[], ["输入监督份额"]]


def test_where_departments_draw_anothers_draw_does_not_wait_for_who_may_read_it(tmp_path, monkeypatch):
    with pool_under(tmp_path, monkeypatch, DEPARTMENT_DRAWS, NOBODY_WATCHES) as pool:
        people = people_of(pool)
        request_of(pool, people)
        reader = UserFactory(role="department", pool=pool)
        AssignmentFactory(account=reader, role="leader", pool=pool)
        assert waits(people["department"], reader, pool=pool) == [["抽取专家"], []]
