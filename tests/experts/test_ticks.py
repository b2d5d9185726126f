"""A condition has three answers: met, not met, or a person ticks it and says why. A mark of the day exempts from one."""

from datetime import date, timedelta

import pytest

from experts.services import applications as services
from tests.experts.intake import DAY
from tests.experts.towns import refused, sent, step, town
from tests.factories import (
    ApplicationFactory,
    PoolFactory,
    UserFactory,
    an_id_number,
    at,
    due,
    ticks_for,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("a_folder")]


JUDGED = """
[[conditions]]
code = "craft"
name = "学历或者专长"
strategy = "any_of"
article = "4(2)"
[[conditions.alternatives]]
code = "doctor"
name = "博士满三年"
strategy = "degree_and_years"
degree = "博士"
min_years = 3
article = "4(2)"
[[conditions.alternatives]]
code = "known"
name = "经认定确有专长"
strategy = "reviewer_judges"
article = "4(2)"
"""


@pytest.fixture
def reviewed(a_folder):
    """A town whose leader reviews under a condition that a person may have to judge."""
    return town(a_folder, step("see", "review", "leader"), step("in", "admission", "office"), conditions=JUDGED)


@pytest.mark.parametrize(
    ("degree", "since", "to_judge"),
    [
        ("博士", date(2023, 10, 12), False),  # three years on the very day
        ("博士", date(2023, 10, 13), True),
        ("博士", None, True),
        ("硕士", date(2010, 1, 1), True),
    ],
)
def test_an_alternative_that_is_met_needs_no_tick_and_days_decide_whether_it_is(reviewed, degree, since, to_judge):
    office, leader = UserFactory(role="office", pool=reviewed), UserFactory(role="leader", pool=reviewed)
    made = sent(reviewed, office, degree=degree, degree_since=since)
    assert list(ticks_for(made)) == (["craft"] if to_judge else [])
    if to_judge:
        assert refused(services.review, application=made, outcome="passed", by=leader) == ["unticked"]
    given = services.review(application=made, outcome="passed", ticks=ticks_for(made), step=due(made), by=leader)
    assert given.ticks.count() == (1 if to_judge else 0)


def test_a_tick_needs_its_reason_and_a_no_does_not_pass(reviewed):
    office, leader = UserFactory(role="office", pool=reviewed), UserFactory(role="leader", pool=reviewed)
    made = sent(reviewed, office, degree="学士")
    arguments = {"application": made, "outcome": "passed", "by": leader}
    assert refused(services.review, **arguments, ticks={"craft": (True, " ")}) == ["untold"]
    assert refused(services.review, **arguments, ticks={"craft": (False, "没有作品")}) == ["condition.craft"]
    given = services.review(
        application=made, outcome="rejected", reason="没有专长", ticks={"craft": (False, "没有作品")}, step=due(made), by=leader
    )
    assert [(one.condition, one.met, one.note, one.article) for one in given.ticks.all()] == [("craft", False, "没有作品", "4(2)")]


def test_the_tick_is_asked_on_the_page_and_stands_on_the_review_sheet(reviewed, client):
    office, leader = UserFactory(role="office", pool=reviewed), UserFactory(role="leader", pool=reviewed)
    made = sent(reviewed, office, degree="学士")
    client.force_login(leader)
    there = at("endorsement", made.pk, pool=reviewed)
    assert 'name="tick_craft"' in client.get(there).content.decode()
    page = client.post(there, {"outcome": "passed", "step": "see"})
    assert "须由审核人认定" in page.content.decode()
    sent_form = {"outcome": "passed", "step": "see", "tick_craft": "yes", "note_craft": "三项发明专利"}
    assert client.post(there, sent_form).status_code == 302
    client.force_login(office)
    paper = client.get(at("application_print", made.pk, pool=reviewed)).content.decode()
    assert ("学历或者专长" in paper, "三项发明专利" in paper, leader.name in paper) == (True, True, True)
    assert "三项发明专利" in client.get(at("application", made.pk, pool=reviewed)).content.decode()


@pytest.mark.clause("jiaozuo-2024", "6(1)4")
def test_a_mark_of_the_day_exempts_and_one_of_another_pool_does_not():
    from experts.services.marks import set_mark

    jiaozuo, other = (PoolFactory(code=code, number_prefix=code, regulation_code="jiaozuo-2024", name=code) for code in ("JZ", "KF"))
    office, elsewhere = UserFactory(role="office", pool=jiaozuo), UserFactory(role="office", pool=other)
    born = {"birth_date": date(1950, 1, 1), "id_number": an_id_number(date(1950, 1, 1), 3)}

    def too_old(pool, by):
        made = ApplicationFactory(pool=pool, channel="other_city", filed_by=by, fields=[], **born)
        return made, [one.article for one in services.why_not_submit(made, DAY) if one.code == "condition.age"]

    made, before = too_old(jiaozuo, office)
    foreign, _ = too_old(other, elsewhere)
    set_mark(application=foreign, kind="国家级人才", source="证书〔2020〕1号", starts_on=date(2020, 1, 1), by=elsewhere)
    assert before == ["6(1)4"]
    assert "condition.age" in [one.code for one in services.why_not_submit(made, DAY)]
    set_mark(application=made, kind="国家级人才", source="证书〔2020〕1号", starts_on=date(2020, 1, 1), ends_on=DAY, by=office)
    assert "condition.age" not in [one.code for one in services.why_not_submit(made, DAY)]
    assert "condition.age" in [one.code for one in services.why_not_submit(made, DAY + timedelta(days=1))]
