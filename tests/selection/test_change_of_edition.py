"""After a change of edition: what began under the earlier one is found, shown and finished by whom that one names."""

from datetime import date

import pytest

from expertpool import clock
from expertpool.clock import frozen
from expertpool.desk.todos import waiting_for
from expertpool.pools.duties import actor, why_not
from expertpool.web.acts import Act, ActMixin
from selection.models import Draw, DrawRequest
from selection.services import draws
from tests.factories import UserFactory, at
from tests.selection import drawing as d
from tests.selection.editions import members_of, next_edition, people_of, pool_under, request_of

pytestmark = pytest.mark.django_db
RUN = "draw.run"
CHANGE = date(2026, 11, 1)
# Under the next edition the leader has nothing to do with requests, draws and waivers any more.
NO_LEADER = (
    ('role = "leader"', 'role = "office"'),
    ('drawn_by = "leader"', 'drawn_by = "department"'),
    ("[rotation.annual_cap]", '[rotation.annual_cap]\nwaiver_approver = "office"'),
    ('kept_by = ["office", "agency"]', 'kept_by = ["office", "agency"]\nread_by = ["office"]\nread_article = "2"'),
)


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
