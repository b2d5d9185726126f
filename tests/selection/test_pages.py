"""What the pages of a request, its draw and an expert's own record show and offer: by whom, at which stage."""

from dataclasses import fields
from datetime import date, timedelta

import pytest

from expertpool.addresses import address
from expertpool.clock import frozen
from expertpool.pools.duties import actor
from experts.models import ExitCase
from selection.models import DrawRequest, Participation
from selection.pages.draw import DrawPage
from selection.pages.draw_rows import Offers
from selection.pages.panels import AttendancePanel, DrawPanel
from selection.pages.profile import ProfilePage
from selection.pages.request import RequestPage
from selection.services import draws, invitations
from selection.services.requests import approve, save_request, submit_request
from selection.services.waivers import waive_shortage
from tests.factories import MembershipFactory, PoolFactory, SuspensionFactory, UserFactory
from tests.selection import drawing as d
from tests.selection.request_factories import a_submitted_request, an_approved_request, passed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _day():
    with frozen(d.at(12)):
        yield


def who(user, request, day=d.TODAY):
    return actor(user, request.pool, day)


def afresh(request) -> DrawRequest:
    return DrawRequest.objects.get(pk=request.pk)


def page_of(user, request, day=d.TODAY) -> DrawPage:
    return DrawPage.of(who(user, request, day), afresh(request))


def offered(user, request) -> set[str]:
    """The names of what the page of a draw offers: also what is his and cannot be done yet."""
    offers = page_of(user, request).offers
    return {one.name for one in fields(Offers) if getattr(offers, one.name) or getattr(offers, one.name) == []}


def decline_all(draw):
    while waiting := d.book(draw).open_invitations:
        d.answer(waiting[0], "decline")


def test_at_each_stage_the_page_offers_what_is_ones_own_to_do(office_user, inspector_user, leader_user):
    d.members(8)
    request = d.approved()
    others = (leader_user, request.filed_by)

    def both():
        assert [offered(one, request) for one in others] == [set(), set()]
        return offered(office_user, request), offered(inspector_user, request)

    assert both() == ({"freeze"}, {"join"})
    draws.join(request=request, by=inspector_user)
    assert both() == ({"freeze"}, {"leave"})
    first = draws.freeze(request=request, by=office_user)
    assert both() == ({"abort"}, {"leave", "abort", "share"})
    draws.abort(attempt=first, reason="TECHNICAL", by=office_user)
    assert both() == ({"freeze", "give_up"}, {"leave"})
    attempt = draws.freeze(request=request, by=office_user)
    draw = draws.give_share(attempt=attempt, share=d.SHARE, by=inspector_user).draw
    contact = {"give_up", "phone", "unreached"}
    # Seats are missing, but there is somebody to be asked: no further round yet.
    assert both() == (contact | {"to_invite"}, {"leave"})
    invitations.invite_due(draw=draw, by=office_user)
    assert both() == (contact, {"leave"})
    decline_all(draw)
    assert both() == (contact | {"supplement"}, {"leave"})
    draws.give_up(draw=draw, reason_code="REDONE", by=office_user)
    assert both() == (set(), set())


def test_nobody_is_invited_from_the_page_of_an_activity_that_is_over(office_user):
    d.members(8)
    draw = d.drawn()
    assert page_of(office_user, draw.request).offers.to_invite == 2
    DrawRequest.objects.update(state="held")
    assert page_of(office_user, draw.request).offers.to_invite == 0


def test_a_place_is_told_when_its_turn_has_come_and_its_name_when_it_is_asked(office_user, inspector_user):
    d.members(8)
    draw = d.drawn()

    def rows(user):
        (shown,) = page_of(user, draw.request).lists
        return [(bool(row.number), row.expert is not None, row.badge[1]) for row in shown.rows]

    due, later = "轮到邀请", "未轮到"
    assert rows(office_user) == [(True, False, due), (True, False, due), (False, False, later)]
    assert rows(inspector_user) == [(True, False, due), (True, False, due), (True, False, later)]
    invitations.invite_due(draw=draw, by=office_user)
    asked = "已邀请，待回复"
    assert rows(office_user) == [(True, True, asked), (True, True, asked), (False, False, later)]
    assert rows(inspector_user) == [(True, False, asked), (True, False, asked), (True, False, later)]
    d.answer(d.invitation(draw, 1), "decline")
    assert rows(office_user) == [(True, False, "不能参加"), (True, True, asked), (True, True, asked)]


def test_seats_and_standbys_are_counted_a_field_and_who_gave_his_back_is_gone(office_user):
    d.members(6, ("SHHG",))
    d.members(6, ("MHG",))
    draw = d.contacting(seats={"SHHG": 1, "MHG": 1})
    for one in d.book(draw).open_invitations:
        d.answer(one)
    lists = page_of(office_user, draw.request).lists
    badges = [[row.badge[1] for row in shown.rows if row.badge[0] != "todo"] for shown in lists]
    assert badges == [["接受 · 正选", "接受 · 候补第1位"]] * 2
    progress = [(one.wanted, one.seated, one.standbys, one.missing) for one in page_of(office_user, draw.request).fields]
    assert progress == [(1, 1, 1, 0)] * 2
    d.answer(d.invitation(draw, 1), "decline")
    gone, stepped_up = (d.candidate(draw, position).membership.number for position in (1, 2))
    with frozen(d.at(20)):
        people = {one.number: one.seated for one in page_of(office_user, draw.request, date(2026, 10, 20)).people}
        asked_for = [one.number for one in page_of(draw.request.filed_by, draw.request, date(2026, 10, 20)).people]
    assert (gone in people, people[stepped_up], len(people)) == (False, True, 3)
    assert set(asked_for) == {number for number, seated in people.items() if seated}


def test_the_way_of_a_draw_shows_done_only_what_was_done(office_user, inspector_user):
    d.members(8)
    request = d.approved()

    def states():
        return [one.state for one in page_of(office_user, request).steps]

    assert states() == ["done", "now", "todo", "todo", "todo"]
    draws.join(request=request, by=inspector_user)
    attempt = draws.freeze(request=request, by=office_user)
    assert states() == ["done", "done", "now", "todo", "todo"]
    draw = draws.give_share(attempt=attempt, share=d.SHARE, by=inspector_user).draw
    invitations.invite_due(draw=draw, by=office_user)
    assert states() == ["done", "done", "done", "now", "todo"]
    DrawRequest.objects.update(state="held")
    # The activity was held although its experts were never all confirmed.
    assert (states(), page_of(office_user, request).steps[-1].note) == (["done", "done", "done", "done", "todo"], "未全部确定")
    DrawRequest.objects.update(state="cancelled")
    assert states() == ["done", "done", "done", "todo", "todo"]
    DrawRequest.objects.update(state="drawing")
    for one in d.book(draw).open_invitations:
        d.answer(one)
    assert states() == ["done"] * 5


def test_the_command_leaves_open_what_only_paper_can_say(office_user):
    d.members(8)
    first = d.frozen_attempt(office=office_user)
    command = page_of(office_user, first.draw.request).command
    assert command.startswith(f"python3 verify_draw.py {first.draw.number}.zip --expect-manifest 监督单上的M ")
    assert first.manifest_hash not in command


# The panels on the page of a request


def test_the_panel_of_a_draw_counts_seats_and_leads_each_to_his_work(office_user, inspector_user, leader_user):
    draft = d.approved(state="draft", approved_at=None)
    assert DrawPanel.of(who(draft.filed_by, draft), draft).shown is False
    d.members(8)
    draw = d.contacting(seats={"SHHG": 2})
    for position in (1, 2, 3):
        d.answer(d.invitation(draw, position))
    users = (office_user, inspector_user, leader_user, draw.request.filed_by)
    panels = [DrawPanel.of(who(user, draw.request), afresh(draw.request)) for user in users]
    assert {(one.shown, one.number, one.state, one.taken, one.wanted) for one in panels} == {(True, draw.number, "已抽取", 2, 2)}
    assert [one.way for one in panels] == ["办理抽取与联系", "到抽取监督页", "查看抽取进度", "查看抽取进度"]
    for state in ("rejected", "cancelled", "returned"):
        request = d.approved(state=state)
        assert DrawPanel.of(who(office_user, request), request).shown is False


STARTS = date(2026, 10, 20)


def letters(panel) -> str:
    told = (panel.shown, panel.begun, panel.records, panel.scores, panel.reads, panel.dossier)
    return "".join(letter if one else "." for letter, one in zip("sbrcvd", told, strict=True))


@pytest.mark.parametrize(
    ("state", "day", "asked", "keeps"),
    [
        ("approved", STARTS, ".br...", ".b...d"),
        ("drawing", STARTS - timedelta(days=1), "s.r...", "s....d"),
        ("confirmed", STARTS, "sbr..d", "sb...d"),
        ("held", STARTS, "sbrc.d", "sb..vd"),
        ("closed", STARTS, "sb....", "sb..vd"),
    ],
)
def test_the_panel_of_attendance_offers_each_his_part(office_user, state, day, asked, keeps):
    """s shown, b begun, r records attendance, c scores, v reads the evaluations, d opens the dossier."""
    request = d.approved(state=state)
    with frozen(day):
        panels = [AttendancePanel.of(who(user, request, day), request) for user in (request.filed_by, office_user)]
    assert [letters(one) for one in panels] == [asked, keeps]


# The page of a request


def test_an_answer_is_late_from_its_deadline_on(pool, office_user):
    request = a_submitted_request(pool=pool)
    late = []
    for moment in (request.due_at - timedelta(seconds=1), request.due_at):
        with frozen(moment):
            late.append(RequestPage.of(actor(office_user, pool, d.TODAY), afresh(request)).late)
    assert late == [False, True]


def test_a_field_may_be_waived_that_has_somebody_and_not_enough_and_is_not_waived_yet(pool, office_user):
    MembershipFactory(pool=pool, fields=["SHHG"])
    MembershipFactory.create_batch(6, pool=pool, fields=["MHG"])
    request = an_approved_request(pool=pool, seats={"SHHG": 1, "MHG": 1, "YJ": 1})
    by_code = {one.code: one.pk for one in pool.fields.all()}

    def waivable(user):
        return RequestPage.of(actor(user, pool, d.TODAY), afresh(request)).waivable_fields

    assert (waivable(office_user), waivable(request.filed_by)) == ([by_code["SHHG"]], [])
    waive_shortage(request=request, field=pool.fields.get(code="SHHG"), reason="全库仅一人", by=office_user)
    assert waivable(office_user) == []


def test_a_request_that_came_back_shows_why_and_its_next_version_begins_anew(pool, office_user):
    request = passed(a_submitted_request(pool=pool), by=office_user)
    by = request.filed_by

    def page():
        return RequestPage.of(actor(by, pool, d.TODAY), afresh(request))

    def states():
        return [(one.label, one.state) for one in page().steps[:4]]

    way = ["提交申请", "管理处室审核", "纪检部门审批", "分管领导审批"]
    labels = [one.label for one in page().steps[:4]]
    assert (len(labels), [state for _label, state in states()]) == (len(way), ["done", "done", "now", "todo"])
    assert page().returned is None
    DrawRequest.objects.filter(pk=request.pk).update(step="office")
    approve(request=request, step="office", outcome="ask_more", reason="请补充依据", by=UserFactory(role="office"))
    assert (page().returned.reason, states()[0]) == ("请补充依据", ("退回补充", "now"))
    assert [state for _label, state in states()[1:]] == ["todo"] * 3
    save_request(request=request, by=by, place="昌吉")
    submit_request(request=request, by=by)
    assert page().returned is None
    # What was passed in the first version is to be passed again.
    assert [state for _label, state in states()] == ["done", "now", "todo", "todo"]
    assert page().steps[0].note == "第2版"


def test_the_way_of_a_request_says_where_it_was_refused_and_what_was_left_open(pool, office_user, inspector_user):
    request = passed(a_submitted_request(pool=pool), by=office_user)
    approve(request=request, step="inspector", outcome="reject", reason="与既有任务重复", by=inspector_user)

    def steps(of):
        return [(one.state, one.note) for one in RequestPage.of(actor(office_user, pool, d.TODAY), afresh(of)).steps]

    assert steps(request)[1:4] == [("done", ""), ("now", "不予批准"), ("todo", "")]
    held = an_approved_request(pool=pool)
    DrawRequest.objects.filter(pk=held.pk).update(state="held", held_on=d.TODAY)
    assert steps(held)[4:] == [("done", ""), ("todo", "未全部确定"), ("done", ""), ("now", "")]
    held = afresh(held)
    held.state = "confirmed"
    held.save()
    DrawRequest.objects.filter(pk=held.pk).update(state="closed")
    assert steps(held)[4:] == [("done", "")] * 4


# An expert's own record


@pytest.fixture
def expert():
    return UserFactory(role="expert")


def standing(expert, day=d.TODAY):
    (one,) = ProfilePage.of(actor(expert, None, day)).standing
    return one


def test_a_suspension_is_told_to_its_last_day_and_not_once_it_is_lifted(expert):
    member = MembershipFactory(expert__user=expert)
    lasts = SuspensionFactory(membership=member, starts_on=date(2026, 10, 1), ends_on=d.TODAY)
    SuspensionFactory(membership=member, starts_on=date(2026, 10, 1), lifted_on=date(2026, 10, 5))
    assert standing(expert).suspensions == [lasts]
    assert (standing(expert).badge, standing(expert, d.TODAY + timedelta(days=1)).badge) == (("soon", "暂停中或将暂停"), ("done", "在库"))


def test_who_has_left_is_not_offered_to_leave_and_has_nothing_to_use_up(expert):
    member = MembershipFactory(expert__user=expert)
    assert (standing(expert).may_leave, len(standing(expert).counters)) == (True, 3)
    case = ExitCase.objects.create(membership=member, ground="unfit", raised_on=d.TODAY)
    assert standing(expert).open_cases == 1
    ExitCase.objects.filter(pk=case.pk).update(state="dismissed")
    assert (standing(expert).may_leave, standing(expert).open_cases) == (True, 0)
    type(member).objects.update(state="exited")
    assert (standing(expert).may_leave, standing(expert).counters, standing(expert).badge[0]) == (False, [], "refused")


def test_where_the_paper_knows_no_resignation_none_is_offered(expert, client, regulation_like):
    regulation_like("staying", "xinjiang-2025", ('trigger = "resignation"\n', ""), ('practice = "resignation"\n', ""))
    member = MembershipFactory(expert__user=expert, pool=PoolFactory(code="ST", number_prefix="ST", regulation_code="staying"))
    client.force_login(expert)
    assert standing(expert).may_leave is False
    assert client.get(address("profile_leave", member.number)).status_code == 404


def test_a_counter_is_full_at_its_limit(expert):
    member = MembershipFactory(expert__user=expert)
    for number in range(10):
        request = d.approved(starts_on=date(2026, 3, 2 + number), state="held")
        Participation.objects.create(request=request, membership=member, attended=True)
    used = standing(expert).counters[0]
    assert (used.count, used.limit, used.full) == (10, 10, True)
    Participation.objects.first().delete()
    assert standing(expert).counters[0].full is False
