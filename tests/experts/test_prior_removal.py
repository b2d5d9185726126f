"""未被取消资格: read from the exits of the same person in this pool and from his own statement, also where no ban period runs."""

from datetime import date

import pytest

from expertpool import clock
from expertpool.refusals import Refused
from experts.models import ExitCase
from experts.services import applications as services
from experts.services.chain import edition_for
from tests.factories import ApplicationFactory, MembershipFactory, PoolFactory, UserFactory, at, due, ticks_for

DAY = date(2026, 10, 12)
pytestmark = [pytest.mark.django_db, pytest.mark.clause("xinxian-2021", "5(6)"), pytest.mark.day(DAY)]


@pytest.fixture
def pool():
    return PoolFactory(code="XX", number_prefix="XX", regulation_code="xinxian-2021", name="新县评审专家库")


def left(pool, ground, state=ExitCase.State.EXITED, regulation="xinxian-2021"):
    """A member of ``pool`` who left it yesterday on a ground."""
    member = MembershipFactory(pool=pool, fields=[], state="exited", exited_on=date(2026, 10, 11))
    case = ExitCase(membership=member, ground=ground, article="9", reason="事实", raised_on=date(2026, 10, 1), state=state)
    case.decide_under(pool.regulation_on(DAY))
    case.save()
    return member


def again(pool, member, **changes):
    """The same person's new application to ``pool``, at its department's review."""
    person = {name: getattr(member.expert, name) for name in ("name", "birth_date", "id_number", "id_digest", "sex")}
    department = UserFactory(role="department", pool=pool)
    made = ApplicationFactory(
        pool=pool, channel="call", fields=[], expert_type="", state="under_review", step="unit_verification",
        recommending_unit=department.organisation, submitted_at=clock.now(), filed_on=DAY, **person, **changes,
    )  # fmt: skip
    made.decide_under(edition_for(made))
    made.save()
    return made, department


def found(made):
    (one,) = [one for one in services.check_strip(made, edition_for(made)) if one.condition.strategy == "no_prior_removal"]
    return str(one.answer), one.reason


@pytest.mark.parametrize(
    ("ground", "answer", "told"),
    [
        ("no_reply", "not_met", "连续三次未在规定时间内回复工作邀请"),
        ("leak", "to_judge", "履行专家职责期间，泄露获取的技术、商业秘密、未公开的政策信息以及其他不宜公开情况的"),
        ("resignation", "met", ""),
    ],
)
def test_an_exit_for_his_conduct_is_never_met(pool, ground, answer, told):
    made, _ = again(pool, left(pool, ground))
    assert found(made) == (answer, f"申请人曾于2026年10月11日出库（{told}）。" if told else "")


def test_a_case_that_was_dismissed_or_another_pools_says_nothing(pool):
    dismissed = left(pool, "no_reply", state=ExitCase.State.DISMISSED)
    elsewhere = left(PoolFactory(code="XY", number_prefix="XY", regulation_code="xinxian-2021"), "no_reply")
    assert [found(again(pool, one)[0]) for one in (dismissed, elsewhere)] == [("met", "")] * 2


def test_what_he_himself_does_not_state_is_not_met(pool):
    made, _ = again(pool, MembershipFactory(fields=[]), attests_clean_record=False)
    assert found(made) == ("not_met", "本人尚未声明符合“未被取消评审专家资格”，请勾选后再提交。")


def test_the_review_passes_nobody_who_was_removed_and_asks_where_a_person_must_say(pool, client):
    made, department = again(pool, left(pool, "no_reply"))
    with pytest.raises(Refused) as caught:
        services.review(application=made, outcome="passed", ticks=ticks_for(made), step=due(made), by=department)
    assert ("condition.no_prior_removal", "5(6)") in [(one.code, one.article) for one in caught.value.refusals]
    made, department = again(pool, left(pool, "leak"))
    ticks = ticks_for(made)
    del ticks["no_prior_removal"]
    with pytest.raises(Refused) as caught:
        services.review(application=made, outcome="passed", ticks=ticks, step=due(made), by=department)
    assert ("unticked", "tick_no_prior_removal") in [(one.code, one.field) for one in caught.value.refusals]
    client.force_login(department)
    page = client.get(at("endorsement", made.pk, pool=pool)).content.decode()
    assert "申请人曾于2026年10月11日出库（履行专家职责期间，泄露获取的技术" in page
