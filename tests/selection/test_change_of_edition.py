"""After a change of edition: what began under the earlier one is found, shown and finished by whom that one names."""

from datetime import date

import pytest

from expertpool import clock
from expertpool.clock import frozen
from expertpool.desk.todos import waiting_for
from expertpool.pools.duties import actor, why_not
from expertpool.refusals import Refused
from expertpool.web.acts import Act, ActMixin
from selection.models import Draw, DrawRequest, Invitation
from selection.services import draws, invitations
from selection.services.requests import cancel_request
from tests.factories import AssignmentFactory, UserFactory, at
from tests.selection import drawing as d
from tests.selection.editions import members_of, next_edition, people_of, pool_under, request_of

pytestmark = pytest.mark.django_db
RUN = "draw.run"
CHANGE = date(2026, 11, 1)
# Under the next edition the leader has nothing to do with requests, draws and waivers any more.
NO_LEADER = (
    ('role = "leader"', 'role = "office"'),
    ('drawn_by = "leader"', 'drawn_by = "department"'),
    ("[rotation.annual_cap]", '[rotation.annual_cap]\nwaivable = true\nwaiver_approver = "office"'),
    ('kept_by = ["office", "agency"]', 'kept_by = ["office", "agency"]\nread_by = ["office"]\nread_article = "2"'),
)


# The department contacts under the first edition, the agency under the next; the office asks for experts under the next alone.
CONTACTS = ('contact_by = "department"', 'contact_by = "agency"')
FILES = ('filed_by = "department"', 'filed_by = "office"')


@pytest.fixture
def pool(tmp_path, monkeypatch):
    with pool_under(tmp_path, monkeypatch) as opened:
        next_edition(tmp_path, CHANGE, *NO_LEADER)
        yield opened


def test_an_approval_under_the_earlier_edition_is_answered_on_its_page(client, pool):
    people = people_of(pool)
    with frozen(d.at(12)):
        old = actor(people["leader"], pool, clock.today()).edition
        request = request_of(pool, people, state="under_approval", step=old.request.approvals[0].code, starts_on=date(2026, 11, 20))
        request.decide_under(old)
        request.save()
        foreign = request_of(pool, people, starts_on=date(2026, 11, 20))
    with frozen(d.at(5, month=11)):
        foreign.decide_under(actor(people["leader"], pool, clock.today()).edition)
        foreign.save()
        who = actor(people["leader"], pool, clock.today())
        assert not who.holds("requests.read")
        assert [item.action for item in waiting_for(who)] == ["办理"]
        client.force_login(people["leader"])
        assert client.get(at("requests", pool=pool)).status_code == 200
        assert client.get(at("request", request.pk, pool=pool)).status_code == 200
        assert client.get(at("request", foreign.pk, pool=pool)).status_code == 404
        needs = {"document": "海工〔2026〕7号", "reason": "情况属实"}
        sent = client.post(at("request_approve", request.pk, pool=pool), {"step": request.step, "version": 1, "outcome": "pass", **needs})
        assert sent.status_code == 302, sent.content.decode()
        assert DrawRequest.objects.get(pk=request.pk).step != request.step


def test_a_draw_under_the_earlier_edition_is_finished_by_who_began_it(client, pool):
    people = people_of(pool)
    members_of(pool, 6)
    with frozen(d.at(12)):
        request = request_of(pool, people, starts_on=date(2026, 11, 20))
        request.decide_under(actor(people["leader"], pool, clock.today()).edition)
        request.save()
        for name in ("inspector", "office"):
            draws.join(request=request, by=people[name])
        attempt = draws.freeze(request=request, by=people["leader"])
    with frozen(d.at(5, month=11)):
        client.force_login(people["leader"])
        where = at("draw", request.pk, pool=pool)
        assert "中止本次抽取" in client.get(where).content.decode()
        sent = {"reason": "TECHNICAL", "manifest": attempt.manifest_hash}
        assert client.post(at("draw_abort", request.pk, pool=pool), sent).status_code == 302
        assert [item.action for item in waiting_for(actor(people["leader"], pool, clock.today()))] == ["办理抽取"]
        assert client.post(at("draw_freeze", request.pk, pool=pool), {"alg": "sha256"}).status_code == 302
        assert Draw.objects.get().attempts.count() == 2


def test_an_edition_that_has_not_begun_opens_nothing(client, pool):
    """The agency reads nothing of requests under either edition; the department draws under the next one alone."""
    people = people_of(pool)
    with frozen(d.at(12)):
        assert not actor(people["department"], pool, clock.today()).opens("draw.run")
        client.force_login(UserFactory(role="recommending_unit", pool=pool))
        assert client.get(at("requests", pool=pool)).status_code == 403
    with frozen(d.at(5, month=11)):
        assert actor(people["department"], pool, clock.today()).opens("draw.run")


def test_an_act_of_the_back_office_is_offered_by_the_edition_of_its_thing(rf, pool):
    """The leader draws under the earlier edition alone: his things are offered to him, of those of the next one nothing is said."""

    class Page(ActMixin):
        acts = [
            Act(
                "run",
                "抽取",
                lambda obj, data, user: None,
                lambda obj, user, day: why_not(user, RUN, pool, day, edition=obj),
                duties=(RUN,),
            )
        ]

        def act_url(self, obj, name):
            return name

    people = people_of(pool)
    with frozen(d.at(5, month=11)):
        request = rf.get("/")
        request.user, request.actor = people["leader"], actor(people["leader"], pool, clock.today())
        new, old = request.actor.editions
        assert [one["act"].name for one in Page()._offer(request, old)[0]] == ["run"]
        assert Page()._offer(request, new) == ([], [])


@pytest.fixture
def moved(tmp_path, monkeypatch):
    with pool_under(tmp_path, monkeypatch) as opened:
        next_edition(tmp_path, CHANGE, CONTACTS, FILES)
        yield opened


def drawn(pool, people):
    """A draw of the day whose list waits to be asked."""
    request = request_of(pool, people, starts_on=date(2026, 11, 20))
    request.decide_under(actor(people["leader"], pool, clock.today()).edition)
    request.save()
    for name in ("inspector", "office"):
        draws.join(request=request, by=people[name])
    attempt = draws.freeze(request=request, by=people["leader"])
    draws.give_share(attempt=attempt, share=d.SHARE, by=people["office"])
    return Draw.objects.get(request=request)


def test_who_contacted_under_the_earlier_edition_goes_on_with_its_draw_and_with_no_other(client, moved):
    """Invites, sees whom he telephones and writes down that nobody was reached; to-do, page and service name the same body."""
    people = people_of(moved)
    members_of(moved, 12)
    with frozen(d.at(12)):
        old = drawn(moved, people)
    with frozen(d.at(5, month=11)):
        new = drawn(moved, people)
        for role, his, others in (("department", old, new), ("agency", new, old)):
            by = people[role]
            where = at("draw", his.request_id, pool=moved)
            assert [item.url for item in waiting_for(actor(by, moved, clock.today())) if item.action == "发出邀请"] == [where], role
            with pytest.raises(Refused) as refused:
                invitations.invite_due(draw=others, by=by)
            assert [one.code for one in refused.value.refusals] == ["duty"], role
            client.force_login(by)
            assert client.post(at("draw_invite", his.request_id, pool=moved)).status_code == 302, role
        asked = {draw: d.invitation(draw, 1, field="GA") for draw in (old, new)}
        phones = {draw: one.candidate.membership.expert.phone for draw, one in asked.items()}
        for role, his, others in (("department", old, new), ("agency", new, old)):
            client.force_login(people[role])
            told = {}
            for draw in (his, others):
                page = client.post(at("draw_phone", draw.request_id, asked[draw].pk, pool=moved))
                told[draw] = (page.status_code == 200, phones[draw] in page.content.decode())
            assert told == {his: (True, True), others: (False, False)}, role
            for draw in (others, his):
                client.post(at("invitation_unreached", draw.request_id, asked[draw].pk, pool=moved), {"reason": "空号，邮件被退回"})
            asked[his].refresh_from_db()
            assert asked[his].state == "unreached", role
            if role == "department":
                asked[others].refresh_from_db()
                assert asked[others].state == "open"


def test_the_invitations_of_another_draw_are_not_found_by_who_contacts_for_one(moved):
    """By the edition of each draw, and for a unit those of its own requests, whatever else the account reads."""
    people = people_of(moved)
    AssignmentFactory(account=people["department"], role="leader", pool=moved)
    members_of(moved, 12)
    with frozen(d.at(12)):
        old, other = drawn(moved, people), drawn(moved, {**people, "department": UserFactory(role="department", pool=moved)})
    with frozen(d.at(5, month=11)):
        new = drawn(moved, people)
        for draw in (old, other, new):
            invitations.invite_due(draw=draw)
        seen = {}
        for role in ("department", "agency", "office"):
            rows = Invitation.objects.visible_to(actor(people[role], moved, clock.today()))
            seen[role] = set(rows.values_list("candidate__attempt__draw", flat=True))
        assert seen == {"department": {old.pk}, "agency": {old.pk, other.pk, new.pk}, "office": {old.pk, other.pk, new.pk}}


def test_who_asked_under_the_earlier_edition_takes_his_request_back(client, moved):
    people = people_of(moved)
    requests = {}
    for name, day in (("old", d.at(12)), ("new", d.at(5, month=11))):
        with frozen(day):
            edition = actor(people["leader"], moved, clock.today()).edition
            request = request_of(
                moved, people, state="under_approval", step=edition.request.approvals[0].code, starts_on=date(2026, 11, 20)
            )
            request.leader_phone = "13900001111"
            request.decide_under(edition)
            request.save()
            requests[name] = request
    with frozen(d.at(6, month=11)):
        for role, his, others in (("department", requests["old"], requests["new"]), ("office", requests["new"], requests["old"])):
            client.force_login(people[role])
            pages = [client.get(at("request", one.pk, pool=moved)).content.decode() for one in (his, others)]
            assert ["取消申请" in text for text in pages] == [True, False], role
            printed = [client.get(at("request_print", one.pk, pool=moved)).content.decode() for one in (his, others)]
            assert ["13900001111" in text for text in printed] == [True, False], role
            with pytest.raises(Refused) as refused:
                cancel_request(request=others, by=people[role])
            assert [one.code for one in refused.value.refusals] == ["duty"], role
            assert client.post(at("request_cancel", his.pk, pool=moved), {"reason": "活动取消"}).status_code == 302
        assert set(DrawRequest.objects.values_list("state", flat=True)) == {"cancelled"}
