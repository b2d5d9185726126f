import io
import re
import zipfile
from datetime import timedelta

import pytest

from expertpool import clock
from expertpool.addresses import address as outside
from expertpool.clock import frozen
from expertpool.desk.todos import waiting_for
from expertpool.pools.duties import actor
from experts.models import Disclosure
from selection.models import Attempt, DrawRequest, Invitation, Presence, Waiver
from selection.services import contacts, draws, invitations
from tests.factories import PoolFactory, UserFactory, at
from tests.selection import drawing as d

pytestmark = [pytest.mark.django_db, pytest.mark.day(d.TODAY)]


OUTSIDE = {"reply", "my_invitations", "my_invitation"}


def where(name, *args):
    return outside(name, *args) if name in OUTSIDE else at(name, *args)


def page(client, user, name, *args):
    client.force_login(user)
    return client.get(where(name, *args))


def act(client, user, name, *args, **data):
    client.force_login(user)
    return client.post(where(name, *args), data)


def people(draw):
    return {one.candidate.membership.expert.name for one in Invitation.objects.filter(candidate__attempt__draw=draw)}


def department_of(request):
    return request.filed_by


def test_the_way_of_a_draw_by_clicking(client, office_user, inspector_user):
    d.members(8)
    request = d.approved()
    assert "尚未到场" in page(client, office_user, "draw", request.pk).content.decode()
    act(client, inspector_user, "draw_join", request.pk)
    assert Presence.objects.get().inspector == inspector_user
    act(client, office_user, "draw_freeze", request.pk, alg="sha256")
    attempt = Attempt.objects.get()
    shown = page(client, inspector_user, "draw", request.pk).content.decode()
    assert all(part in shown for part in re.findall("." * 8, attempt.manifest_hash))
    act(client, inspector_user, "draw_share", request.pk, share=d.SHARE, took_manifest="on", manifest=attempt.manifest_hash)
    assert (Attempt.objects.get().state, Attempt.objects.get().draw.alg) == ("drawn", "sha256")
    act(client, office_user, "draw_invite", request.pk)
    assert Invitation.objects.filter(state="open").count() == 2


def test_a_share_that_is_too_short_is_refused_and_kept_in_the_form(client):
    d.members(4)
    attempt = d.frozen_attempt()
    request = attempt.draw.request
    response = act(
        client, d.inspector_of(request), "draw_share", request.pk, share="1" * 19, took_manifest="on", manifest=attempt.manifest_hash
    )
    text = response.content.decode()
    assert ("至少20位，现有19位" in text, f'value="{"1" * 19}"' in text, Attempt.objects.get().state) == (True, True, "frozen")


def test_a_share_without_taking_the_manifest_is_refused(client):
    d.members(4)
    attempt = d.frozen_attempt()
    request = attempt.draw.request
    text = act(client, d.inspector_of(request), "draw_share", request.pk, share=d.SHARE, manifest=attempt.manifest_hash).content.decode()
    assert ("请先带走清单校验值" in text, Attempt.objects.get().state) == (True, "frozen")


def test_a_share_or_an_abort_reaches_only_the_list_that_its_page_showed(client, office_user):
    """Who took M of the first list away must not seal a second one that he never saw."""
    d.members(4)
    first = d.frozen_attempt(office=office_user)
    request, inspector = first.draw.request, d.inspector_of(first.draw.request)
    shown = page(client, inspector, "draw", request.pk).content.decode()
    assert f'name="manifest" value="{first.manifest_hash}"' in shown
    act(client, office_user, "draw_abort", request.pk, reason="TECHNICAL", manifest=first.manifest_hash)
    second = draws.freeze(request=request, by=office_user)
    for name, data in (("draw_share", {"share": d.SHARE, "took_manifest": "on"}), ("draw_abort", {"reason": "OTHER"})):
        text = act(client, inspector, name, request.pk, manifest=first.manifest_hash, **data).content.decode()
        assert ("又冻结了新的名单" in text, f'value="{second.manifest_hash}"' in text, d.SHARE in text) == (True, True, False)
        assert act(client, inspector, name, request.pk, **data).status_code == 200
    assert Attempt.objects.get(pk=second.pk).state == "frozen"
    act(client, inspector, "draw_share", request.pk, share=d.SHARE, took_manifest="on", manifest=second.manifest_hash)
    assert Attempt.objects.get(pk=second.pk).state == "drawn"


def test_freezing_a_pool_that_is_too_small_says_why_on_the_page(client, office_user, inspector_user):
    d.members(2)
    request = d.approved()
    draws.join(request=request, by=inspector_user)
    text = act(client, office_user, "draw_freeze", request.pk, alg="sm3").content.decode()
    assert "可抽2名，缺1名" in text


@pytest.mark.parametrize("name", ["draw_join", "draw_leave", "draw_share"])
def test_acts_of_the_inspector_are_closed_to_the_office(client, office_user, name):
    assert act(client, office_user, name, d.approved().pk).status_code == 403


@pytest.mark.parametrize("name", ["draw_freeze", "draw_invite", "draw_supplement"])
def test_acts_of_the_office_are_closed_to_the_inspector(client, inspector_user, name):
    assert act(client, inspector_user, name, d.approved().pk).status_code == 403


def test_the_office_gives_up_a_draw_by_its_page(client, office_user):
    d.members(8)
    draw = d.contacting()
    pk = draw.request_id
    assert "draw/give-up/" in page(client, office_user, "draw", pk).content.decode()
    text = act(client, office_user, "draw_give_up", pk, reason_code="OTHER", reason="无用").content.decode()
    assert ("请写明具体情况" in text, "无用</textarea>" in text) == (True, True)
    assert act(client, office_user, "draw_give_up", pk, reason_code="REDONE").status_code == 302
    shown = page(client, office_user, "draw", pk).content.decode()
    assert (DrawRequest.objects.get().state, "draw/give-up/" in shown, "活动安排变更" in shown) == ("cancelled", False, True)
    assert act(client, office_user, "draw_give_up", pk, reason_code="REDONE").status_code == 302


def test_the_link_of_a_draw_that_was_given_up_says_so(client, office_user):
    d.members(8)
    draw = d.contacting(seats={"SHHG": 2})
    d.answer(d.invitation(draw, 1))
    links = [outside("reply", d.token_of(d.invitation(draw, position))) for position in (1, 2)]
    draws.give_up(draw=draw, reason_code="REDONE", by=office_user)
    shown = [client.get(link).content.decode() for link in links]
    assert ["专家安排已取消" in text and "转给下一顺位" not in text and "您已接受" not in text for text in shown] == [True, True]


def test_a_frozen_list_offers_no_giving_up(client):
    d.members(4)
    office = UserFactory(role="office")
    attempt = d.frozen_attempt(office=office)
    assert "draw/give-up/" not in page(client, office, "draw", attempt.draw.request_id).content.decode()


def test_another_departments_draw_is_not_found(client):
    request = d.approved()
    assert page(client, department_of(request), "draw", request.pk).status_code == 200
    assert page(client, UserFactory(role="department"), "draw", request.pk).status_code == 404


def test_before_the_draw_only_the_two_who_work_see_the_manifest(client, office_user, inspector_user, leader_user):
    d.members(4)
    attempt = d.frozen_attempt()
    request = attempt.draw.request
    seen = {}
    users = {"office": office_user, "inspector": inspector_user, "leader": leader_user, "department": department_of(request)}
    for role, user in users.items():
        text = page(client, user, "draw", request.pk).content.decode()
        seen[role] = (attempt.manifest_hash[:8] in text, "可抽" in text)
    assert seen == {"office": (True, True), "inspector": (True, True), "leader": (False, True), "department": (False, False)}


def test_while_contacting_the_office_sees_the_names_that_are_due_and_nobody_else_any(client, office_user, inspector_user, leader_user):
    d.members(8)
    draw = d.contacting()
    due = people(draw)
    others = {one.membership.expert.name for one in draw.attempts.get().candidates.all()} - due
    office = page(client, office_user, "draw", draw.request.pk).content.decode()
    assert (all(name in office for name in due), [name for name in others if name in office]) == (True, [])
    for user in (inspector_user, leader_user, department_of(draw.request)):
        text = page(client, user, "draw", draw.request.pk).content.decode()
        assert [name for name in due | others if name in text] == []


def confirmed():
    d.members(8)
    draw = d.contacting()
    for position in (1, 2):
        d.answer(d.invitation(draw, position))
    return draw


def test_the_names_are_sealed_for_the_department_until_the_day_of_the_activity(client, office_user, inspector_user, leader_user):
    draw = confirmed()
    seated = d.candidate(draw, 1).membership.expert.name
    users = {"office": office_user, "inspector": inspector_user, "leader": leader_user, "department": department_of(draw.request)}
    seen = {}
    for day in (12, 19, 20):
        with frozen(d.at(day)):
            seen[day] = [role for role, user in users.items() if seated in page(client, user, "draw", draw.request.pk).content.decode()]
    assert seen == {12: ["office", "inspector"], 19: ["office", "inspector"], 20: list(users)}


def test_the_department_sees_no_standby_on_the_day(client):
    draw = confirmed()
    with frozen(d.at(20)):
        text = page(client, department_of(draw.request), "draw", draw.request.pk).content.decode()
    assert d.candidate(draw, 2).membership.expert.name not in text


def test_a_phone_is_shown_one_at_a_time_and_recorded(client, office_user):
    d.members(8)
    draw = d.contacting()
    one = d.invitation(draw, 1)
    phone = one.candidate.membership.expert.phone
    assert phone not in page(client, office_user, "draw", draw.request.pk).content.decode()
    assert phone in act(client, office_user, "draw_phone", draw.request.pk, one.pk).content.decode()
    assert (Disclosure.objects.get().by, Disclosure.objects.get().field_name) == (office_user, "phone")


def test_the_live_part_shows_codes_and_outcomes_only(client, inspector_user):
    draw = confirmed()
    text = page(client, inspector_user, "draw_events", draw.request.pk).content.decode()
    assert d.candidate(draw, 1).membership.number in text and "接受 · 正选" in text and "输入监督份额，抽出名单" in text
    assert [name for name in people(draw) if name in text] == []


def test_the_page_loads_itself_anew_when_its_parts_change(client, inspector_user):
    d.members(4)
    attempt = d.frozen_attempt(inspector=inspector_user)
    request = attempt.draw.request
    seen = re.search(r"seen=([\w-]+)", page(client, inspector_user, "draw", request.pk).content.decode())[1]
    address = at("draw_events", request.pk)
    assert "HX-Trigger" not in client.get(address, {"seen": seen})
    draws.give_share(attempt=attempt, share=d.SHARE, by=inspector_user)
    assert client.get(address, {"seen": seen})["HX-Trigger"] == "draw-moved"


def test_the_files_of_a_draw(client, inspector_user):
    draw = confirmed()
    attempt = draw.attempts.get()
    where = (draw.request.pk, 0, 1)
    assert page(client, inspector_user, "draw_manifest", *where).content == attempt.manifest_text.encode()
    assert page(client, inspector_user, "draw_pool", *where).content == attempt.pool_text.encode()
    assert page(client, inspector_user, "manifest_qr", *where).content.startswith(b"<?xml")
    archive = zipfile.ZipFile(io.BytesIO(page(client, inspector_user, "draw_bundle", draw.request.pk).content))
    assert len(archive.namelist()) == 4
    record = page(client, inspector_user, "draw_record", *where).content.decode()
    assert attempt.manifest_hash in record and d.candidate(draw, 1).membership.number in record
    assert [name for name in people(draw) if name in record] == []
    client.logout()
    assert b"zjkdraw/1" in client.get(outside("verify_script")).content


@pytest.mark.parametrize("name", ["draw_manifest", "draw_pool", "manifest_qr", "draw_record"])
def test_the_files_are_closed_to_the_department(client, name):
    draw = confirmed()
    assert page(client, department_of(draw.request), name, draw.request.pk, 0, 1).status_code == 403


@pytest.mark.parametrize("seats", [1, 3])
def test_the_page_asks_a_constant_number_of_questions(client, inspector_user, django_assert_max_num_queries, seats):
    d.members(16)
    draw = d.contacting(seats={"SHHG": seats})
    for one in d.book(draw).open_invitations:
        d.answer(one)
    client.force_login(inspector_user)
    with django_assert_max_num_queries(23):
        client.get(at("draw", draw.request.pk))


def test_a_reply_by_link_needs_no_login(client):
    d.members(8)
    draw = d.contacting()
    one = d.invitation(draw, 1)
    address = outside("reply", d.token_of(one))
    before = Invitation.objects.filter(pk=one.pk).values().get()
    shown = client.get(address).content.decode()
    assert ("煤化工示范项目验收评审" in shown, "重大利益关系（近亲属、其他重大利益关系）</li>" in shown) == (True, True)
    assert one.candidate.membership.expert.name not in shown
    assert Invitation.objects.filter(pk=one.pk).values().get() == before
    data = {"answer": "accept", "declares_no_conflict": "on", "phone_last4": one.candidate.membership.expert.phone[-4:]}
    assert client.post(address, data).status_code == 302
    assert Invitation.objects.get(pk=one.pk).state == "accepted"
    assert "您已接受邀请" in client.get(address).content.decode()


def test_a_refused_reply_keeps_what_was_typed(client):
    d.members(8)
    one = d.invitation(d.contacting(), 1)
    data = {"answer": "decline", "decline_reason": "OTHER", "phone_last4": one.candidate.membership.expert.phone[-4:]}
    text = client.post(outside("reply", d.token_of(one)), data).content.decode()
    assert ("请写明具体情况" in text, Invitation.objects.get(pk=one.pk).state) == (True, "open")


def test_an_unknown_link_is_not_found(client):
    assert client.get(outside("reply", "x" * 43)).status_code == 404


def test_a_reply_after_the_deadline_is_told_so(client):
    d.members(8)
    one = d.invitation(d.contacting(), 1)
    address = outside("reply", d.token_of(one))
    with frozen(one.deadline + timedelta(hours=1)):
        assert "回复期限已过" in client.get(address).content.decode()
        data = {"answer": "accept", "declares_no_conflict": "on", "phone_last4": one.candidate.membership.expert.phone[-4:]}
        assert "回复期限" in client.post(address, data).content.decode()
    assert Invitation.objects.get(pk=one.pk).state == "open"


@pytest.fixture
def expert_invitation():
    d.members(8)
    one = d.invitation(d.contacting(), 1)
    expert = one.candidate.membership.expert
    expert.user = UserFactory(role="expert")
    expert.save()
    return one


def test_the_signed_in_expert_answers_on_his_own_page(client, expert_invitation):
    user = expert_invitation.candidate.membership.expert.user
    assert "煤化工示范项目验收评审" in page(client, user, "my_invitations").content.decode()
    act(client, user, "my_invitation", expert_invitation.pk, answer="accept", declares_no_conflict="on")
    assert Invitation.objects.get(pk=expert_invitation.pk).state == "accepted"
    act(client, user, "my_invitation", expert_invitation.pk, answer="recuse", recusal_ground="RECUSE-INTEREST", seen_state="accepted")
    assert Invitation.objects.get(pk=expert_invitation.pk).state == "recused"


def test_a_page_opened_before_the_acceptance_does_not_take_it_back(client, expert_invitation):
    user = expert_invitation.candidate.membership.expert.user
    assert 'name="seen_state" value="open"' in page(client, user, "my_invitation", expert_invitation.pk).content.decode()
    act(client, user, "my_invitation", expert_invitation.pk, answer="accept", declares_no_conflict="on", seen_state="open")
    address = outside("my_invitation", expert_invitation.pk)
    stale = {"answer": "decline", "decline_reason": "OTHER", "reason_text": "出差", "seen_state": "open"}
    told = client.post(address, stale, follow=True).content.decode()
    assert ("接受邀请。如需退出，请刷新本页后在下方办理。" in told, 'name="seen_state" value="accepted"' in told) == (True, True)
    digits = {"phone_last4": expert_invitation.candidate.membership.expert.phone[-4:]}
    link = outside("reply", d.token_of(expert_invitation))
    assert client.post(link, stale | digits).status_code == 302
    assert Invitation.objects.get(pk=expert_invitation.pk).state == "accepted"
    client.post(link, stale | digits | {"seen_state": "accepted"})
    assert Invitation.objects.get(pk=expert_invitation.pk).state == "withdrawn"


def test_another_experts_invitation_is_not_found(client, expert_invitation):
    assert page(client, UserFactory(role="expert"), "my_invitation", expert_invitation.pk).status_code == 404


def test_the_experts_list_asks_a_constant_number_of_questions(client, django_assert_num_queries):
    members = d.members(3)
    expert = members[0].expert
    expert.user = UserFactory(role="expert")
    expert.save()
    client.force_login(expert.user)
    counts = []
    for _ in range(2):
        for _ in range(2):
            draw = d.drawn(d.approved())
            while not Invitation.objects.filter(candidate__attempt__draw=draw, candidate__membership=members[0]).exists():
                invitations.invite_due(draw=draw)
                waiting = d.book(draw).open_invitations
                if not any(one.candidate.membership == members[0] for one in waiting):
                    d.answer(waiting[0], "decline")
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(outside("my_invitations"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_panel_on_the_request_page_leads_to_the_draw(client, office_user):
    d.members(4)
    draw = d.drawn()
    text = page(client, office_user, "request", draw.request.pk).content.decode()
    assert at("draw", draw.request.pk) in text
    assert DrawRequest.objects.get().state == "drawing"


def waiting_titles(user):
    who = actor(user, PoolFactory(), clock.today())
    return [(one.title.split("：")[0], one.action) for one in waiting_for(who)]


def test_the_first_page_tells_the_next_step(office_user, inspector_user):
    d.members(8)
    request = d.approved()
    seen = [(waiting_titles(office_user), waiting_titles(inspector_user))]
    draws.join(request=request, by=inspector_user)
    attempt = draws.freeze(request=request, by=office_user)
    seen.append((waiting_titles(office_user), waiting_titles(inspector_user)))
    draws.give_share(attempt=attempt, share=d.SHARE, by=inspector_user)
    seen.append((waiting_titles(office_user), waiting_titles(inspector_user)))
    invitations.invite_due(draw=attempt.draw)
    seen.append((waiting_titles(office_user), waiting_titles(inspector_user)))
    assert seen == [
        ([("抽取专家", "办理抽取")], [("监督专家抽取", "到场监督")]),
        ([], [("输入监督份额", "到抽取监督页")]),
        ([("邀请候选专家", "发出邀请")], []),
        ([], []),
    ]


def test_the_first_page_of_an_expert_shows_his_invitation_with_its_deadline(expert_invitation):
    (item,) = waiting_for(actor(expert_invitation.candidate.membership.expert.user, None, clock.today()))
    assert (item.due, item.url) == (expert_invitation.deadline, outside("my_invitation", expert_invitation.pk))


def test_a_shortage_of_the_supplementary_round_is_waived_on_the_page(client, office_user):
    d.members(4)
    draw = d.contacting()
    d.answer_all(draw, "decline")
    pk = draw.request.pk
    assert "提出抽取比例豁免" in page(client, office_user, "draw", pk).content.decode()
    field = draw.request.pool.fields.get(code="SHHG")
    act(client, office_user, "draw_waiver", pk, field=field.pk, reason="本领域在库专家已不足")
    assert Waiver.objects.get().field == field


def test_before_the_share_the_sheet_is_the_slip_and_afterwards_the_record(client, inspector_user):
    d.members(8)
    attempt = d.frozen_attempt(inspector=inspector_user)
    where = attempt.draw.request_id, 0, 1
    slip = page(client, inspector_user, "draw_record", *where).content.decode()
    assert [text in slip for text in ("<h1>监督单</h1>", attempt.manifest_hash, "先写在这里")] == [True, True, True]
    draws.give_share(attempt=attempt, share=d.SHARE, by=inspector_user)
    record = page(client, inspector_user, "draw_record", *where).content.decode()
    assert [text in record for text in ("<h1>监督单</h1>", d.SHARE, contacts.read(attempt.draw).head)] == [False, True, True]


def test_the_page_never_fills_in_what_only_paper_can_say(client, inspector_user):
    """第十二条: M and share that the system itself writes into the command would compare it with itself."""
    d.members(8)
    draw = d.drawn(inspector=inspector_user)
    text = page(client, inspector_user, "draw", draw.request_id).content.decode()
    command = text.split('<p class="command">')[1].split("</p>")[0]
    attempt = draw.attempts.get()
    assert [value in command for value in (attempt.manifest_hash, attempt.share, contacts.read(draw).head)] == [False, False, False]
    assert "--expect-share" in command and "verify_draw.html" in text
