"""Who draws, watches, gives the share and contacts is the edition's word; drawer and share-giver never meet in one person."""

from datetime import timedelta

import pytest

from expertpool.clock import frozen
from expertpool.ledger.models import LedgerEvent
from expertpool.pools.models import Role
from expertpool.regulations import catalogue
from selection.models import Draw, Invitation
from selection.services import draws, invitations
from selection.services.participation import record_attendance
from selection.sweeps import sweep_presences
from tests.factories import AssignmentFactory, PoolFactory, UserFactory, at
from tests.refusing import codes_of
from tests.selection import drawing as d
from tests.selection.editions import members_of, people_of, pool_under, request_of

pytestmark = [pytest.mark.django_db, pytest.mark.day(d.TODAY)]
XJ = "xinjiang-2025"
DEPARTMENT_DRAWS = ('drawn_by = "leader"', 'drawn_by = "department"')
NOBODY_WATCHES = ("watchers_required = 2", "watchers_required = 0")
SYSTEM_CONTACTS = ('contact_by = "department"', 'contact_by = "department"\nautomatic = true')


def test_a_department_that_draws_itself_draws_its_own_requests_alone(tmp_path, monkeypatch, client):
    with pool_under(tmp_path, monkeypatch, DEPARTMENT_DRAWS, NOBODY_WATCHES) as pool:
        people = people_of(pool)
        members_of(pool, 6)
        request = request_of(pool, people)
        other = UserFactory(role="department", pool=pool)
        assert codes_of(lambda: draws.freeze(request=request, by=other)) == ["unit"]
        assert codes_of(lambda: draws.freeze(request=request, by=people["leader"])) == ["duty"]
        client.force_login(people["department"])
        assert "冻结名单" in client.get(at("draw", request.pk, pool=pool)).content.decode()
        assert client.post(at("draw_freeze", request.pk, pool=pool), {"alg": "sha256"}).status_code == 302
        assert (Draw.objects.get().opened_by, Draw.objects.get().number) == (people["department"], "HB2026-000001")
        client.force_login(other)
        assert client.get(at("draw", request.pk, pool=pool)).status_code == 404
        client.force_login(people["leader"])
        assert client.post(at("draw_freeze", request.pk, pool=pool), {"alg": "sha256"}).status_code == 403


def test_two_different_persons_of_the_two_bodies_must_watch(tmp_path, monkeypatch):
    with pool_under(tmp_path, monkeypatch) as pool:
        people = people_of(pool)
        members_of(pool, 6)
        request = request_of(pool, people)
        for inspector in (people["inspector"], UserFactory(role="inspector", pool=pool)):
            draws.join(request=request, by=inspector)
        assert codes_of(lambda: draws.freeze(request=request, by=people["leader"])) == ["no_inspector"]
        draws.join(request=request, by=people["office"])
        assert draws.freeze(request=request, by=people["leader"]).frozen_by == people["leader"]


def test_who_draws_does_not_watch_himself_and_an_ended_assignment_watches_no_more(tmp_path, monkeypatch):
    one = ("watchers_required = 2", "watchers_required = 1")
    with pool_under(tmp_path, monkeypatch, one) as pool:
        people = people_of(pool)
        AssignmentFactory(account=people["leader"], role="inspector", pool=pool)  # who draws here watches as well
        members_of(pool, 6)
        request = request_of(pool, people)
        draws.join(request=request, by=people["leader"])
        assert codes_of(lambda: draws.freeze(request=request, by=people["leader"])) == ["no_inspector"]
        draws.join(request=request, by=people["inspector"])
        people["inspector"].assignments.update(ends_on=d.TODAY.replace(day=11))
        assert codes_of(lambda: draws.freeze(request=request, by=people["leader"])) == ["no_inspector"]
        people["inspector"].assignments.update(ends_on=d.TODAY)
        draws.freeze(request=request, by=people["leader"])


def test_an_optional_watcher_is_not_demanded_but_the_share_is_given_on_the_spot(tmp_path, monkeypatch):
    with pool_under(tmp_path, monkeypatch, NOBODY_WATCHES) as pool:
        people = people_of(pool)
        members_of(pool, 6)
        attempt = draws.freeze(request=request_of(pool, people), by=people["leader"])
        assert codes_of(lambda: draws.give_share(attempt=attempt, share=d.SHARE, by=people["inspector"])) == ["duty"]
        assert codes_of(lambda: draws.give_share(attempt=attempt, share=d.SHARE, by=people["office"])) == ["absent"]
        draws.join(request=attempt.draw.request, by=people["office"])
        assert draws.give_share(attempt=attempt, share=d.SHARE, by=people["office"]).state == "drawn"


def test_who_gives_the_share_takes_a_place_and_does_not_watch_for_it(tmp_path, monkeypatch):
    changes = ("watchers_required = 2", "watchers_required = 1"), ('watched_by = ["inspector", "office"]', 'watched_by = ["inspector"]')
    with pool_under(tmp_path, monkeypatch, *changes) as pool:
        people = people_of(pool)
        members_of(pool, 6)
        request = request_of(pool, people)
        draws.join(request=request, by=people["office"])
        assert codes_of(lambda: draws.freeze(request=request, by=people["leader"])) == ["no_inspector"]
        draws.join(request=request, by=people["inspector"])
        attempt = draws.freeze(request=request, by=people["leader"])
        assert codes_of(lambda: draws.give_share(attempt=attempt, share=d.SHARE, by=people["inspector"])) == ["duty"]
        assert draws.give_share(attempt=attempt, share=d.SHARE, by=people["office"]).state == "drawn"


def test_a_department_watches_its_own_draws_alone_and_an_inspector_those_of_his_pool(tmp_path, monkeypatch):
    changes = ("watchers_required = 2", "watchers_required = 1"), ('["inspector", "office"]', '["inspector", "department"]')
    with pool_under(tmp_path, monkeypatch, *changes) as pool:
        people = people_of(pool)
        members_of(pool, 6)
        request = request_of(pool, people)
        other = UserFactory(role="department", pool=pool)
        assert codes_of(lambda: draws.join(request=request, by=other)) == ["unit"]
        # Whoever stood there for the unit, or in the pool, and is now another's watches no more.
        draws.join(request=request, by=people["department"])
        draws.join(request=request, by=people["inspector"])
        people["department"].assignments.update(organisation=other.organisation)
        people["inspector"].assignments.update(pool=PoolFactory())
        assert codes_of(lambda: draws.freeze(request=request, by=people["leader"])) == ["no_inspector"]
        people["department"].assignments.update(organisation=request.department)
        assert draws.freeze(request=request, by=people["leader"]).state == "frozen"


def test_whoever_froze_any_attempt_of_a_draw_gives_no_share_in_it(tmp_path, monkeypatch):
    with pool_under(tmp_path, monkeypatch, NOBODY_WATCHES) as pool:
        people = people_of(pool)
        members_of(pool, 6)
        first, second = people["leader"], UserFactory(role="leader", pool=pool)
        for one in (first, second):
            AssignmentFactory(account=one, role=Role.OFFICE, pool=pool)  # who gives the share here
        request = request_of(pool, people)
        attempt = draws.freeze(request=request, by=first)
        draws.abort(attempt=attempt, reason="TECHNICAL", by=first)
        attempt = draws.freeze(request=request, by=second)
        for one in (first, second):
            draws.join(request=request, by=one)
            assert codes_of(lambda one=one: draws.give_share(attempt=attempt, share=d.SHARE, by=one)) == ["same_person"]


def test_whoever_gave_a_share_in_a_draw_freezes_no_attempt_of_it(tmp_path, monkeypatch):
    with pool_under(tmp_path, monkeypatch, NOBODY_WATCHES, ("ratio = 4", "ratio = 1")) as pool:
        people = people_of(pool)
        members_of(pool, 4)
        drawer, giver = people["leader"], people["office"]
        AssignmentFactory(account=giver, role=Role.LEADER, pool=pool)  # who draws here
        request = request_of(pool, people)
        attempt = draws.freeze(request=request, by=drawer)
        draws.join(request=request, by=giver)
        draw = draws.give_share(attempt=attempt, share=d.SHARE, by=giver).draw
        invitations.invite_due(draw=draw, by=people["department"])
        for invitation in Invitation.objects.all():
            d.answer(invitation, "decline", reason_code="AT-SEA")
        assert codes_of(lambda: draws.open_supplementary_round(draw=draw, by=giver)) == ["share_giver"]
        assert draws.open_supplementary_round(draw=draw, by=drawer).round == 1


@pytest.mark.clause(XJ, "13(2)a")
def test_an_inspector_who_has_left_gives_no_share():
    d.members(4)
    attempt = d.frozen_attempt()
    inspector = d.inspector_of(attempt.draw.request)
    draws.leave(request=attempt.draw.request, by=inspector)
    assert codes_of(lambda: draws.give_share(attempt=attempt, share=d.SHARE, by=inspector)) == ["absent"]
    draws.join(request=attempt.draw.request, by=inspector)
    assert draws.give_share(attempt=attempt, share=d.SHARE, by=inspector).state == "drawn"


def test_where_the_system_contacts_it_invites_as_the_system(tmp_path, monkeypatch):
    with pool_under(tmp_path, monkeypatch, SYSTEM_CONTACTS, NOBODY_WATCHES) as pool:
        people = people_of(pool)
        members_of(pool, 6)
        request = request_of(pool, people)
        attempt = draws.freeze(request=request, by=people["leader"])
        draws.join(request=request, by=people["office"])
        draws.give_share(attempt=attempt, share=d.SHARE, by=people["office"])
        sent = LedgerEvent.objects.filter(kind="invitation.sent")
        assert set(sent.values_list("actor", "pool")) == {(None, "HB")}
        assert Invitation.objects.filter(state="open").count() == sent.count() == 2


def test_the_draw_goes_on_under_the_edition_that_it_was_decided_under(tmp_path, monkeypatch):
    """From 2026-10-13 on the office draws and contacts; a draw that began before is still the leader's and the department's."""
    until = ("effective_from = 2026-01-01", "effective_from = 2026-01-01\neffective_to = 2026-10-12")
    with pool_under(tmp_path, monkeypatch, NOBODY_WATCHES, until) as pool:
        people = people_of(pool)
        members_of(pool, 8)
        request = request_of(pool, people)
        first = draws.freeze(request=request, by=people["leader"])
        folder = tmp_path / "regulations" / "haibin-2026"
        text = (folder / "2026-01-01.toml").read_text(encoding="utf-8")
        later = text.replace(until[1], "effective_from = 2026-10-13")
        later = later.replace('drawn_by = "leader"', 'drawn_by = "office"').replace('contact_by = "department"', 'contact_by = "office"')
        later = later.replace('watched_by = ["inspector", "office"]', 'watched_by = ["inspector"]')
        (folder / "2026-10-13.toml").write_text(later.replace('share_by = "office"', 'share_by = "leader"'), encoding="utf-8")
        paper = folder / "2026-01-01.txt"
        (folder / "2026-10-13.txt").write_text(paper.read_text(encoding="utf-8"), encoding="utf-8")
        catalogue.clear_cache()
        with frozen(d.at(14)):
            draws.abort(attempt=first, reason="TECHNICAL", by=people["leader"])
            assert "duty" in codes_of(lambda: draws.freeze(request=request, by=people["office"]))
            attempt = draws.freeze(request=request, by=people["leader"])
            draws.join(request=request, by=people["office"])
            draw = draws.give_share(attempt=attempt, share=d.SHARE, by=people["office"]).draw
            assert codes_of(lambda: invitations.invite_due(draw=draw, by=people["office"])) == ["duty"]
            assert len(invitations.invite_due(draw=draw, by=people["department"])) == 2


@pytest.mark.clause(XJ, "18a")
def test_attendance_is_recorded_by_whom_the_edition_names(tmp_path, monkeypatch):
    with pool_under(tmp_path, monkeypatch, NOBODY_WATCHES) as pool:
        people = people_of(pool)
        members_of(pool, 6)
        request = request_of(pool, people)
        draws.join(request=request, by=people["office"])
        attempt = draws.freeze(request=request, by=people["leader"])
        draw = draws.give_share(attempt=attempt, share=d.SHARE, by=people["office"]).draw
        invitations.invite_due(draw=draw, by=people["department"])
        for one in Invitation.objects.open():
            d.answer(one)
        seat = request.participations.get(seated=True)
        with frozen(d.at(20)):
            # It evaluates here, so it records who came, where the edition names nobody for it.
            assert codes_of(lambda: record_attendance(request=request, attended={seat.pk: True}, by=people["department"])) == ["duty"]
            assert record_attendance(request=request, attended={seat.pk: True}, by=people["office"]).state == "held"


def test_a_person_with_two_duties_acts_in_both_unless_they_must_not_meet(office_user, inspector_user):
    """The same account may file and watch elsewhere; only the pair of drawer and share-giver is kept apart in one draw."""
    d.members(4)
    request = d.approved()
    AssignmentFactory(account=office_user, role=Role.LEADER)
    draws.join(request=request, by=inspector_user)
    assert draws.freeze(request=request, by=office_user).frozen_by == office_user


def test_who_is_in_his_place_may_leave_it_after_his_duty_has_ended(client):
    request = d.approved()
    watcher = UserFactory(role="inspector", pool=request.pool)
    draws.join(request=request, by=watcher)
    watcher.assignments.update(ends_on=d.TODAY - timedelta(days=1))
    assert codes_of(lambda: draws.leave(request=request, by=UserFactory(role="leader", pool=request.pool))) == ["duty"]
    AssignmentFactory(account=watcher, role="recommending_unit", pool=request.pool, starts_on=d.TODAY)
    client.force_login(watcher)
    assert client.post(at("draw_leave", request.pk)).status_code == 302
    assert not draws.present(request)


def test_the_sweep_writes_down_as_gone_who_holds_no_duty_any_more():
    request = d.approved()
    gone, stays = UserFactory(role="inspector", pool=request.pool), UserFactory(role="inspector", pool=request.pool)
    for one in (gone, stays):
        draws.join(request=request, by=one)
    gone.assignments.update(ends_on=d.TODAY - timedelta(days=1))
    assert [sweep_presences(on=d.TODAY), sweep_presences(on=d.TODAY)] == [1, 0]
    assert [one.inspector for one in draws.present(request)] == [stays]
