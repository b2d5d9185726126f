"""After a change of edition: what began under the earlier one is found, told and finished by whom that one names, the rest by whom the next."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from expertpool import clock
from expertpool.clock import frozen
from expertpool.desk.todos import waiting_for
from expertpool.pools.duties import actor
from expertpool.refusals import Refused
from expertpool.regulations import catalogue
from experts.models import Application, Batch, ExitCase, Membership, Objection, Publicity, Suspension
from experts.services.applications import review
from experts.services.batches import collect_batch, decide_batch
from experts.services.exits import decide_exit, raise_exit_case
from experts.services.publicity import decide_objection
from experts.services.suspensions import lift_suspension, suspend
from tests.factories import (
    ApplicationFactory,
    MembershipFactory,
    PoolFactory,
    RecommendingUnitFactory,
    UserFactory,
    at,
    due,
    ticks_for,
)
from tests.pools.own_edition import decided, followed_by, own_edition

pytestmark = pytest.mark.django_db
CODE = "lianghui-2026"
OLD, CHANGE, NEW = date(2026, 10, 12), date(2026, 11, 1), date(2026, 11, 9)
REASON = "经核实存在上述情形"
#: The agency keeps the pool and reads it, under both: what the leader and the office see, they see for what they decide.
FIRST = (
    ('[activities]\n', '[management]\narticle = "2"\nkept_by = ["agency"]\nkept_article = "2"\nread_by = ["agency"]\nread_article = "2"\n\n[activities]\n'),
    ('open_article = "6(1)a"\n', 'open_article = "6(1)a"\ncollected_by = "department"\ncollected_article = "6"\n'),
    ('name = "定向邀请"\narticle = "6"\nby = "office"', 'name = "定向邀请"\narticle = "6"\nby = "employer"'),
    ('kind = "review"\nrole = "office"', 'kind = "review"\nrole = "leader"'),
    ('kind = "publicity"\nrole = "office"', 'kind = "publicity"\nrole = "department"'),
    ('kind = "admission"\nrole = "office"', 'kind = "admission"\nrole = "department"'),
    ('[publicity.objection]\n', '[publicity.objection]\nrecorded_by = "agency"\ndecided_by = "leader"\ndecided_article = "6(5)a"\n'),
    ('requires = ["provision", "reason", "approver"]', 'requires = ["provision", "reason", "approver"]\napprover = "leader"'),
    ('[exits]\n', '[exits]\nraised_by = ["agency", "department"]\nraised_article = "7"\n'),
    ('decided_by = "office"\ndecided_name', 'decided_by = "leader"\ndecided_name'),
    ('decided_by = "office"\ndecided_article = "19"', 'decided_by = "leader"\ndecided_article = "19"'),
)  # fmt: skip
#: From the leader to the office; a list is collected by the agency, no department raises exit cases and no employer invites any more.
NEXT = (
    ('name = "定向邀请"\narticle = "6"\nby = "employer"', 'name = "定向邀请"\narticle = "6"\nby = "recommending_unit"'),
    ('raised_by = ["agency", "department"]', 'raised_by = ["agency"]'),
    ('kind = "review"\nrole = "leader"', 'kind = "review"\nrole = "office"'),
    ('kind = "decide"\nrole = "leader"', 'kind = "decide"\nrole = "office"'),
    ('decided_by = "leader"', 'decided_by = "office"'),
    ('approver = "leader"', 'approver = "office"'),
    ('collected_by = "department"', 'collected_by = "agency"'),
)


@pytest.fixture
def pool(tmp_path, monkeypatch):
    own_edition(tmp_path, monkeypatch, CODE, *FIRST)
    followed_by(tmp_path / CODE / "2025-04-21.toml", CHANGE, *NEXT)
    yield PoolFactory(code="LH", number_prefix="LH", regulation_code=CODE, name="两会专家库")
    catalogue.clear_cache()


@pytest.fixture
def people(pool):
    return {role: UserFactory(role=role, pool=pool) for role in ("agency", "leader", "office", "department")}


def a_case(pool, people, decides) -> ExitCase:
    return raise_exit_case(membership=MembershipFactory(pool=pool), ground="unfit", reason=REASON, by=people["agency"])


def a_suspension(pool, people, decides) -> Suspension:
    last = date(2026, 12, 31)
    return suspend(membership=MembershipFactory(pool=pool), starts_on=clock.today(), ends_on=last, reason=REASON, by=decides)


def a_list(pool, people, decides) -> Batch:
    batch = Batch(pool=pool, number=f"P{clock.today():%m%d}", step="department_decision", collected_by=people["department"])
    decided(batch, pool)
    decided(ApplicationFactory(pool=pool, state="proposed", step="department_decision", batch=batch), pool)
    return batch


def an_objection(pool, people, decides) -> Objection:
    batch = a_list(pool, people, decides)
    day = clock.today()
    shown = Publicity(batch=batch, opened_on=day, opened_by=people["department"], days=7, counting="workdays", last_day=day)
    Batch.objects.filter(pk=batch.pk).update(state="in_publicity", step="publicity")
    batch.applications.update(state="in_publicity", step="publicity")
    return Objection.objects.create(
        publicity=decided(shown, pool), application=batch.applications.get(), objector="群众", content=REASON, recorded_by=people["agency"]
    )


def a_file(pool, people, decides) -> Application:
    return decided(ApplicationFactory(pool=pool, state="under_review"), pool)


@dataclass(frozen=True)
class Kind:
    """Something that is decided: how it is made, the page on which it is done, the words of its button, the list, and the act."""

    make: Callable[..., Any]
    page: str
    words: str
    listed: str
    act: Callable[[Any, Any], Any]
    waits: bool = True


KINDS = {
    "exit": Kind(
        a_case, "admin:experts_exitcase_change", "决定出库</a>", "admin:experts_exitcase_changelist",
        lambda thing, by: decide_exit(case=thing, exit=True, reason=REASON, by=by),
    ),
    "suspension": Kind(
        a_suspension, "admin:experts_suspension_change", "解除暂停</a>", "admin:experts_suspension_changelist",
        lambda thing, by: lift_suspension(suspension=thing, reason=REASON, by=by), waits=False,
    ),
    "objection": Kind(
        an_objection, "admin:experts_objection_change", "登记核实结论</a>", "admin:experts_objection_changelist",
        lambda thing, by: decide_objection(objection=thing, upheld=False, conclusion=REASON, by=by),
    ),
    "list": Kind(
        a_list, "batch", "审定拟入库名单", "admin:experts_batch_changelist",
        lambda thing, by: decide_batch(batch=thing, decision_document="新工信〔2026〕1号", step=due(thing), by=by),
    ),
    "file": Kind(
        a_file, "endorsement", "提交审核结论", "applications",
        lambda thing, by: review(application=thing, outcome="passed", ticks=ticks_for(thing), step=due(thing), by=by),
    ),
}  # fmt: skip


def listed(client: Any, kind: Kind, pool: Any) -> list[Any]:
    context = client.get(at(kind.listed, pool=pool)).context
    return list(context["cl"].result_list if "cl" in context else context["page"].object_list)


@pytest.mark.parametrize("name", KINDS)
def test_what_began_under_the_earlier_edition_stays_with_whom_it_names(client, pool, people, name):
    """On the list, on the page, among the to-dos and in the service alike."""
    kind = KINDS[name]
    with frozen(OLD):
        old = kind.make(pool, people, people["leader"])
    with frozen(NEW):
        new = kind.make(pool, people, people["office"])
        for role, his, others in (("leader", old, new), ("office", new, old)):
            by = people[role]
            page = at(kind.page, his.pk, pool=pool)
            assert [item.url for item in waiting_for(actor(by, pool, NEW))] == ([page] if kind.waits else []), role
            client.force_login(by)
            assert kind.words in client.get(page).content.decode(), role
            assert kind.words not in client.get(at(kind.page, others.pk, pool=pool)).content.decode(), role
            with pytest.raises(Refused) as refused:
                kind.act(others, by)
            assert [one.code for one in refused.value.refusals] == ["duty"], role
        client.force_login(people["leader"])
        assert listed(client, kind, pool) == [old]
        # The next one's holder finds what is his to do; the back office shows him the earlier things too, to look at.
        client.force_login(people["office"])
        assert listed(client, kind, pool)[0] == new
        kind.act(old, people["leader"])
        kind.act(new, people["office"])
        assert [item.url for role in ("leader", "office") for item in waiting_for(actor(people[role], pool, NEW))] == []


def test_whom_a_case_is_about_is_named_to_who_decides_it_and_the_register_stays_shut(client, pool, people):
    with frozen(OLD):
        old = a_case(pool, people, None)
    with frozen(NEW):
        client.force_login(people["leader"])
        text = client.get(at("admin:experts_exitcase_change", old.pk, pool=pool)).content.decode()
        register = at("admin:experts_membership_change", old.membership_id, pool=pool)
        assert (old.membership.expert.name in text, register in text) == (True, False)
        # The register is kept under no rule that has passed: neither its pages nor what nobody decided open by it.
        assert client.get(register).status_code == 403
        for name in ("membership", "expert", "mark", "disclosure"):
            assert client.get(at(f"admin:experts_{name}_changelist", pool=pool)).status_code == 403, name
        client.force_login(people["agency"])
        assert register in client.get(at("admin:experts_exitcase_change", old.pk, pool=pool)).content.decode()


def test_who_raised_a_case_finds_it_where_its_own_edition_let_him_raise(client, pool, people):
    by = people["department"]
    cases = {}
    for day in (OLD, NEW):
        with frozen(day):
            a_case(pool, people, None)
            try:
                cases[day] = raise_exit_case(membership=MembershipFactory(pool=pool), ground="unfit", reason=REASON, by=by)
            except Refused as refused:
                assert (day, [one.code for one in refused.refusals]) == (NEW, ["duty"])
    with frozen(NEW):
        client.force_login(by)
        [mine] = client.get(at("admin:experts_exitcase_changelist", pool=pool)).context["cl"].result_list
        text = client.get(at("admin:experts_exitcase_change", mine.pk, pool=pool)).content.decode()
        assert (mine, mine.membership.expert.name in text, "补充证据</a>" in text) == (cases[OLD], False, True)


def test_what_is_to_be_collected_is_told_to_whom_its_own_edition_names(client, pool, people):
    applications = {}
    for day in (OLD, NEW):
        with frozen(day):
            applications[day] = decided(ApplicationFactory(pool=pool, state="passed"), pool)
    with frozen(NEW):
        for role, his, others in (("department", OLD, NEW), ("agency", NEW, OLD)):
            titles = [item.title for item in waiting_for(actor(people[role], pool, NEW)) if "汇总" in item.title]
            assert titles == ["1份审核通过的申请待汇总为批次"], role
            with pytest.raises(Refused) as refused:
                collect_batch(applications=[applications[others]], by=people[role])
            assert [one.code for one in refused.value.refusals] == ["duty"]
            client.force_login(people[role])
            sent = {"action": "collect", "_selected_action": [applications[his].pk]}
            assert client.post(at("admin:experts_application_changelist", pool=pool), sent).status_code == 302
            batch = Batch.objects.get(applications=applications[his])
            assert (batch.collected_by, batch.rule_hash) == (people[role], applications[his].rule_hash)


def test_a_file_that_came_back_is_judged_under_the_days_edition_whatever_it_was_sent_under(pool, people):
    """The step of the earlier edition is nobody's any more; its filer finds the file and sends it anew."""
    filer = UserFactory(role="recommending_unit", pool=pool)
    with frozen(OLD):
        about = {"recommending_unit": filer.organisation, "filed_by": filer}
        back = decided(ApplicationFactory(pool=pool, state="returned", step="", **about), pool)
    with frozen(NEW):
        assert [Application.objects.visible_to(actor(one, pool, NEW)).count() for one in (filer, people["office"], people["leader"])] == [
            1,
            1,
            0,
        ]
        assert [item.url for item in waiting_for(actor(filer, pool, NEW))] == [at("application_edit", back.pk, pool=pool)]


def test_who_filed_on_a_channel_finds_the_files_of_the_edition_that_let_him(client, pool):
    """Two accounts of one unit, of which first the one and then the other invites."""
    unit = RecommendingUnitFactory()
    first, then = UserFactory(role="employer", organisation=unit), UserFactory(role="recommending_unit", pool=pool, organisation=unit)
    filed = {}
    for by, day in ((first, OLD), (then, NEW)):
        with frozen(day):
            about = {"channel": "invitation", "filed_by": by, "filed_for": unit, "recommending_unit": RecommendingUnitFactory()}
            filed[by] = decided(ApplicationFactory(pool=pool, state="under_review", **about), pool)
    with frozen(NEW):
        for by in (first, then):
            client.force_login(by)
            assert list(client.get(at("applications", pool=pool)).context["page"].object_list) == [filed[by]]


def test_a_file_of_an_edition_whose_text_was_corrected_meanwhile_still_waits_for_its_holder(tmp_path, pool, people):
    with frozen(OLD):
        old = a_file(pool, people, None)
    path = tmp_path / CODE / "2025-04-21.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('name = "入库审核"', 'name = "入库复核"'), encoding="utf-8")
    catalogue.clear_cache()
    with frozen(NEW):
        assert [item.url for item in waiting_for(actor(people["leader"], pool, NEW))] == [at("endorsement", old.pk, pool=pool)]
        assert waiting_for(actor(people["office"], pool, NEW)) == []


def test_the_ledger_is_read_by_whom_the_days_edition_names(client, tmp_path, pool, people):
    """An event is of no edition."""
    with frozen(NEW):
        client.force_login(people["agency"])
        assert client.get(at("ledger", pool=pool)).status_code == 200
        path = tmp_path / CODE / f"{CHANGE}.toml"
        path.write_text(path.read_text(encoding="utf-8").replace('kept_by = ["agency"]', 'kept_by = ["office"]'), encoding="utf-8")
        catalogue.clear_cache()
        assert client.get(at("ledger", pool=pool)).status_code == 403
        # Nor does a back office of what remembers no edition open by the earlier one, under which he kept the pool.
        assert client.get(at("admin:selection_drawrequest_changelist", pool=pool)).status_code == 403
        assert Membership.objects.visible_to(actor(people["agency"], pool, NEW)).count() == 0
