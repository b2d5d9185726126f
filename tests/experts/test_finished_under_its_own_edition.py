"""After a change of edition: what began under the earlier one is finished under it, by whom that one names; what is new, under the new."""

from datetime import date, timedelta

import pytest

from expertpool import clock
from expertpool.desk.todos import waiting_for
from expertpool.ledger.services import data_of, events
from expertpool.pools.duties import actor
from expertpool.regulations import catalogue
from experts.services import applications as services
from experts.services.exits import decide_exit, raise_exit_case
from experts.services.publicity import decide_objection, open_publicity, record_objection
from experts.services.suspensions import lift_suspension, suspend
from tests.experts.intake import DAY
from tests.experts.towns import a_list, refused, sent, step, town
from tests.factories import MembershipFactory, PoolFactory, UserFactory, at
from tests.pools.own_edition import two_editions
from tests.refusing import codes_of
from tests.selection.editions import next_edition

CHANGE = date(2026, 11, 1)
AFTER = date(2026, 11, 5)
REASON = "经核实存在上述情形"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("a_folder")]


def people_of(pool, *roles):
    return [UserFactory(role=role, pool=pool) for role in roles]


def test_a_file_that_comes_again_is_sent_under_the_edition_of_that_day_and_one_under_way_stays_under_its_own(a_folder, client):
    pool = town(a_folder, step("look", "review", "leader"), step("in", "admission", "office"))
    next_edition(a_folder.parent, CHANGE, ('kind = "review"\nrole = "leader"', 'kind = "review"\nrole = "department"'))
    office, leader, department = people_of(pool, "office", "leader", "department")
    back, under_way = sent(pool, office), sent(pool, office)
    services.review(application=back, outcome="returned", reason="请补正材料", step="look", by=leader)
    old = under_way.rule_hash
    with clock.frozen(AFTER):
        back = services.submit_application(application=back, by=office)
        assert [one.rule_hash == old for one in (back, under_way)] == [False, True]
        assert (back.rule_edition, data_of(events(f"application:{back.pk}").last())["rules"]) == (CHANGE, back.rule_hash)
        for by, mine, other in ((department, back, under_way), (leader, under_way, back)):
            client.force_login(by)
            assert [row.pk for row in client.get(at("endorsements", pool=pool)).context["page"]] == [mine.pk]
            assert [item.url for item in waiting_for(actor(by, pool, AFTER))] == [at("endorsement", mine.pk, pool=pool)]
            assert refused(services.review, application=other, outcome="passed", by=by) == ["duty"]
        for by, mine in ((department, back), (leader, under_way)):
            assert services.review(application=mine, outcome="passed", step="look", by=by).application.step == "in"


def test_an_exit_is_raised_under_the_edition_of_the_day_of_its_fact_and_decided_under_its_own(a_folder):
    pool = town(a_folder, step("in", "admission", "office"))
    next_edition(a_folder.parent, CHANGE, ('code = "wish"', 'code = "will"'), ('decided_by = "leader"', 'decided_by = "office"'))
    agency, leader, office = people_of(pool, "agency", "leader", "office")
    member = MembershipFactory(pool=pool, fields=["GA"])
    with clock.frozen(AFTER):
        about = {"membership": member, "reason": REASON, "by": agency}
        assert codes_of(lambda: raise_exit_case(ground="will", on=DAY, **about)) == ["ground"]
        old = raise_exit_case(ground="wish", on=CHANGE - timedelta(days=1), **about)
        new = raise_exit_case(ground="will", on=CHANGE, **about)
        assert (old.rule_edition, new.rule_edition) == (date(2026, 1, 1), CHANGE)
        for case, by, other in ((old, leader, office), (new, office, leader)):
            assert codes_of(lambda: decide_exit(case=case, exit=False, reason=REASON, by=other)) == ["duty"]  # noqa: B023
            assert decide_exit(case=case, exit=False, reason=REASON, by=by).decided_by == by


def test_an_objection_is_judged_by_whom_the_edition_of_its_publicity_names(a_folder):
    chain = [step("show", "publicity", "office", "batch"), step("in", "admission", "office")]
    pool = town(a_folder, *chain)
    judged = '[publicity.objection]\narticle = "3"'
    next_edition(a_folder.parent, CHANGE, (judged, f'{judged}\ndecided_by = "leader"\ndecided_article = "3"'))
    office, leader = people_of(pool, "office", "leader")
    with clock.frozen(CHANGE - timedelta(days=1)):
        publicity = open_publicity(batch=a_list(pool, office, people=1), by=office)
    with clock.frozen(CHANGE):
        about = {"objector": "", "contact": "", "content": "业绩材料与事实不符", "application": publicity.batch.applications.get()}
        objection = record_objection(publicity=publicity, by=office, **about)
        conclusion = {"objection": objection, "upheld": False, "conclusion": "经核实，情况不实"}
        assert codes_of(lambda: decide_objection(by=leader, **conclusion)) == ["duty"]
        assert decide_objection(by=office, **conclusion).decided_by == office


def test_a_suspension_is_lifted_by_whom_the_edition_names_that_suspended(tmp_path, monkeypatch):
    changed = 'reported_article = "19"\ndecided_by = "leader"'
    two_editions(tmp_path / "two", monkeypatch, "liangban-2025", CHANGE, ('reported_article = "19"\ndecided_by = "office"', changed))
    pool = PoolFactory(code="LB", number_prefix="LB", regulation_code="liangban-2025", name="两版库")
    office, leader = people_of(pool, "office", "leader")
    member = MembershipFactory(pool=pool)
    days = {"membership": member, "reason": "违反评审纪律"}
    with clock.frozen(DAY):
        old = suspend(starts_on=DAY, ends_on=date(2026, 12, 31), by=office, **days)
    with clock.frozen(AFTER):
        new = suspend(starts_on=date(2027, 1, 1), ends_on=date(2027, 2, 1), by=leader, **days)
        assert [one.rule_edition for one in (old, new)] == [date(2025, 4, 21), CHANGE]
        for suspension, by, other in ((old, office, leader), (new, leader, office)):
            given = {"suspension": suspension, "reason": "申诉成立，予以解除"}
            assert codes_of(lambda: lift_suspension(by=other, **given)) == ["duty"]  # noqa: B023
            assert lift_suspension(by=by, **given).lifted_on == AFTER
    catalogue.clear_cache()
