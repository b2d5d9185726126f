"""违规线索: until when it is reported, what its settlement brings about, and under which edition."""

from datetime import date

import pytest

from evaluation.models import ViolationReport
from evaluation.services.violations import report_violation, settle_violation
from evaluation.waiting import waiting
from expertpool import clock
from expertpool.ledger.services import data_of, events
from expertpool.messaging.models import Message
from expertpool.regulations import catalogue
from experts.models import ExitCase, Suspension
from selection.models import Participation
from tests.evaluation.activity import HELD, an_activity, handler, held, seated, submitted, who
from tests.factories import PoolFactory, UserFactory, at
from tests.pools.own_edition import two_editions
from tests.refusing import codes_of
from tests.selection import drawing as d

DAY = date(2026, 10, 21)
CONTENT = "评审期间私下联系申报单位，收受礼品。"
REASON = "经核实，情况属实"
pytestmark = pytest.mark.django_db


def reported(participation, on=HELD):
    with clock.frozen(on):
        return report_violation(participation=participation, content=CONTENT, by=handler(participation.request))


def settle(report, outcome, by, *, on=DAY, **kwargs):
    with clock.frozen(on):
        return settle_violation(report=report, outcome=outcome, reason=REASON, by=by, **kwargs)


def test_nothing_is_reported_of_an_activity_that_is_closed():
    evaluation = submitted(held(an_activity(people=1))[0])
    assert codes_of(lambda: reported(evaluation.participation, DAY)) == ["not_started"]


@pytest.mark.clause("xinjiang-2025", "19")
def test_whom_no_message_reaches_is_named_to_the_others():
    office = UserFactory(role="office")
    report = reported(seated(an_activity())[0])
    told = Message.objects.get(about=f"violation:{report.pk}")
    assert (told.recipient, "专家所在单位没有可以接收消息的账号，请另行书面告知。" in told.body) == (office, True)
    assert data_of(events(f"violation:{report.pk}").get())["told"] == {"employer": 0, "office": 1}


def test_a_report_waits_for_who_settles_it_and_for_nobody_else():
    report = reported(seated(an_activity())[0])
    request = report.participation.request
    page = at("admin:evaluation_violationreport_change", report.pk)
    heard = {role: [one.url for one in waiting(who(UserFactory(role=role), request, DAY))] for role in ("office", "leader", "inspector")}
    assert heard == {"office": [page], "leader": [], "inspector": []}
    settle(report, "dismissed", UserFactory(role="office"))
    assert waiting(who(UserFactory(role="office"), request, DAY)) == []


def test_a_settlement_stands_in_the_ledger_and_is_nobody_elses_to_repeat(office_user):
    report = reported(seated(an_activity())[0])
    settle(report, "talk", office_user)
    event = events(f"violation:{report.pk}").last()
    assert (event.kind, event.actor, data_of(event)["outcome"], data_of(event)["article"]) == (
        "violation.settled",
        office_user,
        "talk",
        "19(1)",
    )
    assert codes_of(lambda: settle(report, "talk", UserFactory(role="office"))) == ["state"]


@pytest.mark.clause("xinjiang-2025", "19(1)")
def test_who_is_suspended_for_a_violation_gives_up_his_seat_on_those_days(office_user):
    with clock.frozen(d.at(12)):
        d.members(8)
        draw = d.contacting(starts_on=date(2026, 10, 28))
        for position in (1, 2):
            d.answer(d.invitation(draw, position))
        member = d.candidate(draw, 1).membership
    one = seated(an_activity(people=1))[0]
    one.membership = member
    one.save()
    settle(reported(one), "suspension", office_user, starts_on=DAY, ends_on=date(2026, 12, 31))
    seats = Participation.objects.filter(candidate__attempt__draw=draw).order_by("candidate__position")
    assert list(seats.values_list("state", "seated")) == [("withdrawn", False), ("standing", True)]


def test_the_case_of_a_removal_is_of_the_day_of_the_settlement(office_user):
    report = reported(seated(an_activity())[0])
    settle(report, "removal", office_user, ground="bribery", on=date(2026, 10, 23))
    other = reported(seated(an_activity())[0])
    with clock.frozen(date(2026, 10, 23)):
        settle_violation(report=other, outcome="removal", reason=REASON, by=office_user, ground="bribery", on=DAY)
    assert list(ExitCase.objects.order_by("pk").values_list("raised_on", flat=True)) == [date(2026, 10, 23), DAY]


def test_after_a_change_of_edition_a_report_is_settled_whole_under_its_own(tmp_path, monkeypatch, client):
    change, later = date(2026, 11, 1), date(2026, 11, 5)
    changes = ('reported_article = "19"\ndecided_by = "office"', 'reported_article = "19"\ndecided_by = "leader"'), ('"bribery"', '"graft"')
    two_editions(tmp_path, monkeypatch, "liangban-2025", change, *changes)
    pool = PoolFactory(code="LB", number_prefix="LB", regulation_code="liangban-2025", name="两版库")
    first, second = (reported(seated(an_activity(pool=pool, people=1))[0]) for _ in range(2))
    old = first.rule_hash
    office, leader = UserFactory(role="office", pool=pool), UserFactory(role="leader", pool=pool)
    assert codes_of(lambda: settle(first, "suspension", leader, on=later, starts_on=later, ends_on=later)) == ["duty"]
    settle(first, "suspension", office, on=later, starts_on=later, ends_on=later)
    client.force_login(office)
    with clock.frozen(later):
        act = at("admin:evaluation_violationreport_act", second.pk, "settle", pool=pool)
        grounds = dict(client.get(act).context["form"].fields["ground"].choices)
        assert ("bribery" in grounds, "graft" in grounds) == (True, False)
        assert client.post(act, {"outcome": "removal", "ground": "bribery", "reason": REASON}).status_code == 302
    assert [Suspension.objects.get().rule_hash, ExitCase.objects.get().rule_hash] == [old, old]
    assert set(ViolationReport.objects.values_list("outcome", flat=True)) == {"suspension", "removal"}
    catalogue.clear_cache()


def test_a_report_is_settled_with_what_the_edition_lists_and_the_system_knows(regulation_like):
    circular = ('name = "约谈提醒"\nkind = "talk"', 'name = "通报"\nkind = "circular"')
    edition = regulation_like("tongbao-2025", "xinjiang-2025", circular, ('kind = "removal"', 'kind = "nomination_loss"'))
    pool = PoolFactory(code="TB", number_prefix="TB", regulation_code=edition.code, name="通报库")
    office = UserFactory(role="office", pool=pool)
    report = reported(seated(an_activity(pool=pool))[0])
    assert codes_of(lambda: settle(report, "removal", office)) == ["outcome"]
    settle(report, "talk", office)
    told = Message.objects.get(kind="sanction")
    assert (told.recipient, told.title) == (report.participation.membership.expert.user, "通报通知")
