"""An edition that sets other people at the places of this room, and its steps in another order: no line of code knows it."""

from datetime import date

import pytest

from expertpool import clock
from expertpool.refusals import Refused
from expertpool.regulations import catalogue
from experts.models import Membership
from experts.services.batches import collect_batch, decide_batch
from experts.services.exits import decide_exit, raise_exit_case
from experts.services.memberships import admit
from experts.services.publicity import decide_objection, end_publicity, open_publicity, record_objection
from tests.factories import ApplicationFactory, MembershipFactory, PoolFactory, UserFactory, due

DAY = date(2026, 10, 12)
OVER = date(2026, 10, 22)
CODE = "bieku-2026"
pytestmark = pytest.mark.django_db

#: What the file of the usual pool says, and what this one says instead.
CHANGES = (
    ('code = "xinjiang-2025"', f'code = "{CODE}"'),
    ('"office_review", "department_decision", "publicity", "admission"', '"office_review", "publicity", "department_decision", "admission"'),
    ('kind = "publicity"\nrole = "office"', 'kind = "publicity"\nrole = "department"'),
    ('kind = "admission"\nrole = "office"', 'kind = "admission"\nrole = "leader"'),
    ('[publicity.objection]\n', '[publicity.objection]\nrecorded_by = "inspector"\ndecided_by = "leader"\ndecided_article = "6(5)a"\n'),
    ('[exits]\n', '[exits]\nraised_by = ["department"]\nraised_article = "7"\n'),
    ('decided_by = "office"\ndecided_name = "专家库管理部门"', 'decided_by = "leader"\ndecided_name = "分管领导"'),
)  # fmt: skip


@pytest.fixture
def pool(tmp_path, monkeypatch):
    text = catalogue.in_force("xinjiang-2025", DAY).source.decode()
    for old, new in CHANGES:
        assert old in text, old
        text = text.replace(old, new)
    path = tmp_path / CODE / "2025-04-21.toml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    monkeypatch.setenv(catalogue.EXTRA_VARIABLE, str(tmp_path))
    catalogue.clear_cache()
    yield PoolFactory(code="BK", number_prefix="BK", regulation_code=CODE, name="别库")
    catalogue.clear_cache()


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
