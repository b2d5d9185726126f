"""Other people at the places of this room: in an edition made up for it, with its steps in another order, and in the other papers."""

from datetime import date

import pytest

from expertpool import clock
from expertpool.desk.todos import waiting_for
from expertpool.pools.duties import actor
from expertpool.refusals import Refused
from experts.models import Application, Membership
from experts.services import applications as services
from experts.services import memberships
from experts.services.batches import collect_batch, decide_batch
from experts.services.chain import edition_for
from experts.services.exits import decide_exit, raise_exit_case
from experts.services.memberships import admit
from experts.services.publicity import decide_objection, end_publicity, open_publicity, record_objection
from tests.experts.intake import DAY, everything
from tests.experts.towns import refused
from tests.factories import (
    ApplicationFactory,
    MembershipFactory,
    PoolFactory,
    RecommendingUnitFactory,
    UserFactory,
    at,
    due,
)
from tests.refusing import refusals_of

OVER = date(2026, 10, 22)
CODE = "bieku-2026"
pytestmark = [pytest.mark.django_db, pytest.mark.day(DAY)]

#: What the file of the usual pool says, and what this one says instead.
CHANGES = (
    ('"office_review", "department_decision", "publicity", "admission"', '"office_review", "publicity", "department_decision", "admission"'),
    ('kind = "publicity"\nrole = "office"', 'kind = "publicity"\nrole = "department"'),
    ('kind = "admission"\nrole = "office"', 'kind = "admission"\nrole = "leader"'),
    ('[publicity.objection]\n', '[publicity.objection]\nrecorded_by = "inspector"\ndecided_by = "leader"\ndecided_article = "6(5)a"\n'),
    ('[exits]\n', '[exits]\nraised_by = ["department"]\nraised_article = "7"\n'),
    ('decided_by = "office"\ndecided_name = "专家库管理部门"', 'decided_by = "leader"\ndecided_name = "分管领导"'),
)  # fmt: skip


@pytest.fixture
def pool(regulation_like, db):
    regulation_like(CODE, "xinjiang-2025", *CHANGES)
    return PoolFactory(code="BK", number_prefix="BK", regulation_code=CODE, name="别库")


@pytest.fixture
def people(pool):
    return {role: UserFactory(role=role, pool=pool) for role in ("office", "leader", "department", "inspector")}


def only(people, role, act):
    """``act`` as everybody else is refused; what it gives to ``role``."""
    for other, account in people.items():
        if other != role:
            with pytest.raises(Refused) as refused:
                act(account)
            assert {one.code for one in refused.value.refusals} == {"duty"}, other
    return act(people[role])


def shown(pool, people):
    application = ApplicationFactory(pool=pool, state="passed", step="publicity")
    with clock.frozen(DAY):
        batch = collect_batch(applications=[application], by=people["office"])
        return only(people, "department", lambda by: open_publicity(batch=batch, by=by))


def test_shown_by_the_department_then_decided_then_admitted_by_the_leader(pool, people):
    publicity = shown(pool, people)
    batch = publicity.batch
    with clock.frozen(OVER):
        end_publicity(publicity=publicity)
        batch.refresh_from_db()
        application = batch.applications.get()
        assert (batch.step, application.state, application.step) == ("department_decision", "proposed", "department_decision")
        with pytest.raises(Refused) as refused:
            admit(application=application, by=people["leader"])
        assert [one.code for one in refused.value.refusals] == ["undecided"]
        decide_batch(batch=batch, decision_document="别发〔2026〕1号", step=due(batch), by=people["leader"])
        membership = only(people, "leader", lambda by: admit(application=application, by=by))
    batch.refresh_from_db()
    assert (membership.number, membership.rule_code, batch.state) == ("BK000001", CODE, "closed")


def test_an_objection_is_entered_by_the_inspector_and_judged_by_the_leader(pool, people):
    publicity = shown(pool, people)
    with clock.frozen(DAY):
        objection = only(
            people,
            "inspector",
            lambda by: record_objection(
                publicity=publicity,
                application=publicity.batch.applications.get(),
                objector="",
                contact="",
                content="业绩材料与事实不符",
                by=by,
            ),
        )
        only(people, "leader", lambda by: decide_objection(objection=objection, upheld=True, conclusion="经核实，情况属实", by=by))
    assert publicity.batch.applications.get().state == "rejected"


def test_an_objection_that_is_upheld_after_the_period_still_rejects(pool, people):
    publicity = shown(pool, people)
    with clock.frozen(DAY):
        objection = record_objection(
            publicity=publicity,
            application=publicity.batch.applications.get(),
            objector="",
            contact="",
            content="业绩材料与事实不符",
            by=people["inspector"],
        )
    with clock.frozen(OVER):
        end_publicity(publicity=publicity)
        decide_objection(objection=objection, upheld=True, conclusion="经核实，情况属实", by=people["leader"])
    application = publicity.batch.applications.get()
    assert (application.state, application.step) == ("rejected", "")


def test_an_exit_is_raised_by_the_department_and_decided_by_the_leader(pool, people):
    member = MembershipFactory(pool=pool)
    reason = "经核实存在上述情形"
    with clock.frozen(DAY):
        for account in (people["inspector"], people["leader"]):
            with pytest.raises(Refused) as refused:
                raise_exit_case(membership=member, ground="unfit", reason=reason, by=account)
            assert [one.code for one in refused.value.refusals] == ["duty"]
        case = raise_exit_case(membership=member, ground="unfit", reason=reason, by=people["department"])
        # Who decides what follows from a violation, here still the office, may propose an exit for it.
        assert raise_exit_case(membership=member, ground="misconduct", reason=reason, by=people["office"]).raised_by == people["office"]
        only(people, "leader", lambda by: decide_exit(case=case, exit=True, reason=reason, by=by))
    assert Membership.objects.get(pk=member.pk).state == "exited"


# The other papers.


@pytest.mark.clause("neimenggu", "7(2)")
def test_an_invited_expert_agrees_himself_and_completes_his_file(client):
    pool = PoolFactory(code="NM", number_prefix="NM", regulation_code="neimenggu", name="内蒙古科技专家库")
    office, expert = UserFactory(role="office", pool=pool), UserFactory(role="expert", name="巴特尔")
    made = services.file_application(pool=pool, by=office, name="巴特尔", channel="invitation")
    assert refused(services.submit_application, application=made, by=office) == ["applicant"]
    services.save_application(application=made, by=office, applicant=expert)
    made = services.submit_application(application=made, by=office)
    assert (made.step, made.recommending_unit) == ("expert_consent", None)
    for stranger in (office, UserFactory(role="expert"), UserFactory(role="leader", pool=pool)):
        with pytest.raises(Refused):
            services.endorse(application=made, confirmed=True, step=due(made), by=stranger)
    assert [item.url for item in everything(expert)] == [at("endorsement", made.pk, pool=pool)]
    client.force_login(expert)
    assert client.get(at("application_edit", made.pk, pool=pool)).status_code == 200
    assert "sex" in [one.field for one in refusals_of(services.endorse, application=made, confirmed=True, step=due(made), by=expert)]
    whole = ApplicationFactory(
        pool=pool,
        channel="invitation",
        fields=["XK110"],
        name="巴特尔",
        expert_type="research",
        filed_by=office,
        step="",
        recommending_unit=None,
    )
    Application.objects.filter(pk=whole.pk).update(state="under_review", step="expert_consent", applicant=expert, consents=False)
    whole.refresh_from_db()
    client.post(at("endorsement", whole.pk, pool=pool), {"decision": "confirmed", "step": "expert_consent"})
    whole.refresh_from_db()
    assert (whole.consents, whole.state, whole.step) == (True, "passed", "direct_admission")


@pytest.mark.parametrize(
    ("code", "channel", "article"),
    [
        pytest.param("neimenggu", "exchange", "7(3)a", marks=pytest.mark.clause("neimenggu", "7(3)a")),
        pytest.param("neimenggu", "committee", "5(5)", marks=pytest.mark.clause("neimenggu", "5(5)")),
        pytest.param("jiaozuo-2024", "other_city", "7(1)2b", marks=pytest.mark.clause("jiaozuo-2024", "7(1)2b")),
    ],
)
def test_who_is_let_in_directly_is_admitted_without_a_list(code, channel, article):
    pool = PoolFactory(code="D", number_prefix="DD", regulation_code=code)
    office = UserFactory(role="office", pool=pool)
    [admission] = pool.regulation_on(DAY).intake.chain(channel)
    made = ApplicationFactory(pool=pool, channel=channel, fields=[], filed_by=office, state="passed", step=admission.code)
    with clock.frozen(DAY):
        admitted = memberships.admit(application=made, by=office)
    made.refresh_from_db()
    assert (admission.article, admitted.state, made.state, made.batch) == (article, "active", "admitted", None)


@pytest.mark.clause("xinxian-2021", "7(3)a")
def test_the_department_of_the_field_reviews_first_and_the_office_second(client):
    pool = PoolFactory(code="XX", number_prefix="XX", regulation_code="xinxian-2021", name="新县评审专家库")
    department = UserFactory(role="department", pool=pool)
    made = ApplicationFactory(
        pool=pool, channel="call", fields=[], state="under_review", step="unit_verification", recommending_unit=department.organisation
    )
    made.decide_under(edition_for(made))
    made.save()
    other = UserFactory(role="department", pool=pool)
    office = UserFactory(role="office", pool=pool)
    assert refused(services.review, application=made, outcome="passed", by=other) == ["not_this_unit"]
    assert refused(services.review, application=made, outcome="passed", by=office) == ["not_this_unit"]
    assert [item.url for item in waiting_for(actor(department, pool, DAY))] == [at("endorsement", made.pk, pool=pool)]
    assert [waiting_for(actor(other, pool, DAY)), client.force_login(other)] == [[], None]
    assert client.get(at("endorsement", made.pk, pool=pool)).status_code == 404
    given = services.review(application=made, outcome="rejected", reason="不属本行业", step=due(made), by=department)
    assert (given.step, given.organisation) == ("unit_verification", department.organisation)


def unit(pool):
    return UserFactory(role="recommending_unit", pool=pool, organisation=RecommendingUnitFactory())


@pytest.mark.clause("jiaozuo-2024", "7(1)3")
def test_an_association_stamps_its_paper_and_no_decision_stands_before_publicity():
    pool = PoolFactory(code="JZ", number_prefix="JZ", regulation_code="jiaozuo-2024", name="焦作市科技专家库")
    association = unit(pool)
    made = ApplicationFactory(
        pool=pool, channel="industry", fields=[], state="under_review", step="unit_verification", recommending_unit=association.organisation
    )
    assert refused(services.endorse, application=made, confirmed=True, by=association) == ["no-document"]
    services.endorse(application=made, confirmed=True, document="推荐函1号", step=due(made), by=association)
    made.refresh_from_db()
    assert made.step == "office_review"
    Application.objects.filter(pk=made.pk).update(state="passed", step="publicity")
    batch = collect_batch(applications=[made], by=UserFactory(role="office", pool=pool))
    assert (batch.step, batch.state) == ("publicity", "collecting")
