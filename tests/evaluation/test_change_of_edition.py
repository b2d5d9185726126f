"""After a change of edition: attendance, evaluations and reports of an activity stay with whom its own edition names, to the settlement."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from evaluation.models import Evaluation, ViolationReport
from evaluation.services.activities import close_activity
from evaluation.services.evaluations import sign
from evaluation.services.violations import report_violation, settle_violation
from expertpool import clock
from expertpool.clock import frozen
from expertpool.desk.todos import waiting_for
from expertpool.pools.duties import actor
from expertpool.refusals import Refused
from expertpool.regulations import catalogue
from experts.models import ExitCase, ReentryBan, Suspension
from experts.services.exits import decide_exit
from selection.models import DrawRequest
from tests.evaluation.activity import an_activity, scores, seated
from tests.factories import PoolFactory, UserFactory, at
from tests.pools.own_edition import decided, followed_by, own_edition

pytestmark = pytest.mark.django_db
CODE = "liangping-2026"
OLD, CHANGE, NEW = date(2026, 10, 20), date(2026, 11, 1), date(2026, 11, 9)
REASON = "经核实，情况属实"
TOLD = "评审期间私下联系申报单位。"
#: The department evaluates with one signature, the leader settles, and he reads what the agency keeps.
FIRST = (
    ('[activities]\n', '[management]\narticle = "2"\nkept_by = ["agency"]\nkept_article = "2"\nread_by = ["agency", "leader"]\nread_article = "2"\n\n[activities]\n'),
    ('signoffs = ["handler", "leader"]', 'signoffs = ["handler"]'),
    ('decided_by = "office"\ndecided_article = "19"', 'decided_by = "leader"\ndecided_article = "19"'),
    ('name = "出现学术道德问题、', 'ban_years = 3\nban_article = "7(7)"\nname = "出现学术道德问题、'),
)  # fmt: skip
#: The office evaluates and settles, by other sanctions, and a ground of exit keeps out for another time, under another name.
NEXT = (
    ('read_by = ["agency", "leader"]', 'read_by = ["agency"]'),
    ('evaluated_by = "department"', 'evaluated_by = "office"'),
    ('decided_by = "leader"\ndecided_article = "19"', 'decided_by = "office"\ndecided_article = "19"'),
    ('code = "misconduct"', 'code = "dishonesty"'),
    ('ban_years = 3', 'ban_years = 1'),
    ('kind = "suspension"\narticle = "19(1)"', 'kind = "suspension"\narticle = "20(2)"'),
    ('code = "removal"\nname = "取消资格"', 'code = "expulsion"\nname = "除名"'),
)  # fmt: skip


@pytest.fixture
def editions(tmp_path, monkeypatch):
    own_edition(tmp_path, monkeypatch, CODE, *FIRST)
    yield followed_by(tmp_path / CODE / "2025-04-21.toml", CHANGE, *NEXT)
    catalogue.clear_cache()


@pytest.fixture
def pool(editions):
    return PoolFactory(code="LP", number_prefix="LP", regulation_code=CODE, name="两评专家库")


@pytest.fixture
def people(pool):
    return {role: UserFactory(role=role, pool=pool) for role in ("agency", "leader", "office", "department")}


def an_activity_of_today(pool, people, state: str = "confirmed") -> DrawRequest:
    unit = {"department": people["department"].organisation, "filed_by": people["department"]}
    request = an_activity(people=1, pool=pool, starts_on=clock.today(), **unit)
    request.state, request.held_on = state, clock.today() if state != "confirmed" else None
    return decided(request, pool)


def an_evaluation(pool, people, state: str = "held") -> Evaluation:
    [one] = seated(an_activity_of_today(pool, people, state))
    return decided(Evaluation(participation=one, due_on=date(2026, 12, 1)), pool)


def a_report(pool, people) -> ViolationReport:
    [one] = seated(an_activity_of_today(pool, people, "held"))
    return report_violation(participation=one, content=TOLD, by=people["department"])


@dataclass(frozen=True)
class Kind:
    """Something to be done: how it comes about, the page on which it is done, its button, who does it first, and the act."""

    make: Callable[..., Any]
    page: str
    words: str
    first: str
    act: Callable[[Any, Any], Any]


KINDS = {
    "attendance": Kind(
        an_activity_of_today, "attendance", "登记出席</button>", "department",
        lambda thing, by: close_activity(request=thing, attended={one.pk: False for one in seated(thing)}, by=by),
    ),
    "evaluation": Kind(
        an_evaluation, "evaluation", "经办人签名", "department",
        lambda thing, by: sign(evaluation=thing, scores=scores(), by=by),
    ),
    "report": Kind(
        a_report, "admin:evaluation_violationreport_change", "处理违规线索</a>", "leader",
        lambda thing, by: settle_violation(report=thing, outcome="dismissed", reason=REASON, by=by),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_what_began_under_the_earlier_edition_stays_with_whom_it_names(client, pool, people, name):
    """On the page, among the to-dos and in the service alike. Nobody was drawn: the request's own edition speaks."""
    kind = KINDS[name]
    with frozen(OLD):
        old = kind.make(pool, people)
    with frozen(NEW):
        new = kind.make(pool, people)
        for role, his, others in ((kind.first, old, new), ("office", new, old)):
            by = people[role]
            assert [item.url for item in waiting_for(actor(by, pool, NEW))] == [at(kind.page, his.pk, pool=pool)], role
            client.force_login(by)
            assert kind.words in client.get(at(kind.page, his.pk, pool=pool)).content.decode(), role
            assert kind.words not in client.get(at(kind.page, others.pk, pool=pool)).content.decode(), role
            with pytest.raises(Refused) as refused:
                kind.act(others, by)
            assert [one.code for one in refused.value.refusals] == ["duty"], role
        kind.act(old, people[kind.first])
        kind.act(new, people["office"])
        assert [item.url for role in (kind.first, "office") for item in waiting_for(actor(people[role], pool, NEW))] == []


def test_the_page_of_a_request_offers_what_the_activitys_edition_allows(client, pool, people):
    with frozen(OLD):
        old = an_activity_of_today(pool, people)
    with frozen(NEW):
        new = an_activity_of_today(pool, people)
        offered = {}
        for role in ("department", "office"):
            client.force_login(people[role])
            texts = [client.get(at("request", one.pk, pool=pool)).content.decode() for one in (old, new)]
            offered[role] = ["登记出席</a>" in text for text in texts]
        assert offered == {"department": [True, False], "office": [False, True]}


def test_who_evaluated_under_the_earlier_edition_finds_its_evaluations_and_no_others(client, pool, people):
    with frozen(OLD):
        old = an_evaluation(pool, people)
    with frozen(NEW):
        new = an_evaluation(pool, people)
        shown = {}
        for role in ("department", "office", "agency"):
            client.force_login(people[role])
            shown[role] = set(client.get(at("evaluations", pool=pool)).context["page"].object_list)
        assert shown == {"department": {old}, "office": {old, new}, "agency": {old, new}}


def test_who_read_the_pool_under_the_earlier_edition_reads_what_is_archived_of_it(client, pool, people):
    with frozen(OLD):
        old = an_evaluation(pool, people, "closed")
    with frozen(NEW):
        new = an_evaluation(pool, people, "closed")
        for role, found, status in (("leader", [[old], []], [200, 404]), ("department", [[], []], [403, 404])):
            client.force_login(people[role])
            names = [one.participation.membership.expert.name for one in (old, new)]
            listed = [client.get(at("evaluations", pool=pool), {"q": name}).context["page"].object_list for name in names]
            assert [list(rows) for rows in listed] == found, role
            assert [client.get(at("evaluation", one.pk, pool=pool)).status_code for one in (old, new)] == status, role


def test_what_was_reported_is_told_to_whom_its_own_edition_lets_settle(client, pool, people):
    reports = {}
    for day in (OLD, NEW):
        with frozen(day):
            reports[day] = a_report(pool, people)
    with frozen(NEW):
        client.force_login(people["leader"])
        assert list(client.get(at("admin:evaluation_violationreport_changelist", pool=pool)).context["cl"].result_list) == [reports[OLD]]
        assert client.get(at("admin:evaluation_violationreport_change", reports[NEW].pk, pool=pool)).status_code == 302
        told = []
        for day in (OLD, NEW):
            page = client.get(at("dossier", reports[day].participation.request_id, pool=pool))
            told.append(f"违规线索 {reports[day].pk}：" in page.content.decode())
        assert told == [True, False]
        # Every unit's evaluations are looked at by who keeps the pool today, and by nobody who once did.
        assert client.get(at("admin:evaluation_evaluation_changelist", pool=pool)).status_code == 403


# A settlement is of the report's own edition, whole


def codes_of(form: Any, field: str) -> list[str]:
    return [code for code, _name in form.fields[field].choices if code]


def test_the_form_offers_the_sanctions_and_the_grounds_of_the_reports_edition(client, editions, pool, people):
    first, second = editions
    with frozen(OLD):
        report = a_report(pool, people)
    with frozen(NEW):
        client.force_login(people["leader"])
        form = client.get(at("admin:evaluation_violationreport_act", report.pk, "settle", pool=pool)).context["form"]
    assert codes_of(form, "outcome") == ["talk", "suspension", "removal", "dismissed"]
    assert codes_of(form, "ground") == [one.code for one in first.exits.grounds]
    assert ("misconduct" in codes_of(form, "ground"), "dishonesty" in [one.code for one in second.exits.grounds]) == (True, True)


def settled(client, pool, by, report, **data) -> ViolationReport:
    """Settled on its page in the back office."""
    client.force_login(by)
    sent = client.post(at("admin:evaluation_violationreport_act", report.pk, "settle", pool=pool), {"reason": REASON, **data})
    assert sent.status_code == 302, [line.text for line in sent.context["form"].error_summary]
    return ViolationReport.objects.get(pk=report.pk)


def test_a_suspension_follows_under_the_reports_edition(client, editions, pool, people):
    first, second = editions
    with frozen(OLD):
        report = a_report(pool, people)
    with frozen(NEW):
        assert pool.regulation_on(NEW) == second
        dates = {"starts_on": "2026-11-10", "ends_on": "2026-12-31"}
        assert settled(client, pool, people["leader"], report, outcome="suspension", **dates).outcome == "suspension"
    suspension = Suspension.objects.get()
    assert (suspension.article, suspension.rule_hash, suspension.by) == ("19(1)", first.file_hash, people["leader"])


def test_a_removal_and_the_ban_that_follows_are_of_the_reports_edition(client, editions, pool, people):
    first, _second = editions
    with frozen(OLD):
        report = a_report(pool, people)
    with frozen(NEW):
        settled(client, pool, people["leader"], report, outcome="removal", ground="misconduct")
        case = ExitCase.objects.get()
        assert (case.ground, case.rule_hash, case.raised_by, case.raised_on) == ("misconduct", first.file_hash, people["leader"], NEW)
        case.attachments.create(kind="exit_evidence", stored_as="no/1", size=1, sha256="0" * 64, uploaded_by=people["leader"])
        decide_exit(case=case, exit=True, reason=REASON, by=people["office"])
    assert (ReentryBan.objects.get().until, ReentryBan.objects.get().article) == (date(2029, 11, 9), "7(7)")


def test_a_sanction_that_only_the_next_edition_knows_settles_nothing_of_the_earlier(pool, people):
    with frozen(OLD):
        report = a_report(pool, people)
    with frozen(NEW), pytest.raises(Refused) as refused:
        settle_violation(report=report, outcome="expulsion", ground="dishonesty", reason=REASON, by=people["leader"])
    assert [one.code for one in refused.value.refusals] == ["outcome"]
