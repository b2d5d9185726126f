"""Who records, scores, reports, settles and reads is the edition's word; another pool's people do none of it and see none of it."""

import re
from datetime import date

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from evaluation.models import Evaluation, ViolationReport
from evaluation.pages.dossier import DossierPage
from evaluation.services.activities import close_activity
from evaluation.services.evaluations import countersign, return_to_handler, sign
from evaluation.services.violations import report_violation, settle_violation
from evaluation.sweeps import SWEEPS
from evaluation.waiting import waiting
from expertpool import clock
from expertpool.addresses import address
from expertpool.ledger.models import LedgerEvent
from expertpool.ledger.services import record
from expertpool.messaging.models import Message
from expertpool.regulations import catalogue
from tests.evaluation.activity import DUE, HELD, an_activity, handler, held, leader, scores, seated, signed, submitted, who
from tests.factories import PoolFactory, UserFactory, at
from tests.pools.own_edition import own_edition
from tests.refusing import codes_of

pytestmark = pytest.mark.django_db
DAY = date(2026, 10, 21)
CODE = "yijiang-2026"
#: What the made-up edition says otherwise: the office evaluates with one signature, the inspector reports, the leader settles.
CHANGES = [
    (r'^code = "xinjiang-2025"$', f'code = "{CODE}"'),
    (r'^evaluated_by = "department"$', 'evaluated_by = "office"'),
    (r'^filed_by = "department"\n(?=required_fields)', 'filed_by = "department"\nattendance_by = "agency"\n'),
    (r'^signoffs = \["handler", "leader"\]$', 'signoffs = ["handler"]'),
    (r'^reported_by = \["department"\]$', 'reported_by = ["inspector"]'),
    (r'(?<=^reported_article = "19"\n)decided_by = "office"$', 'decided_by = "leader"'),
    (r'^notify = \["employer", "office"\]$', 'notify = ["leader"]'),
    (r'^office = ".*"$', 'office = "专家服务中心"'),
]


@pytest.fixture
def other(regulations_folder):
    """A second pool, under an edition with other people at the places of this room."""
    text = catalogue.in_force("xinjiang-2025", HELD).source.decode()
    for pattern, put in CHANGES:
        text, count = re.subn(pattern, put, text, flags=re.M)
        assert count == 1, pattern
    path = regulations_folder / CODE / "2025-04-21.toml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    catalogue.clear_cache()
    return PoolFactory(code="YJ", name="沂江专家库", regulation_code=CODE, number_prefix="YJK")


def codes(call, **kwargs):
    with clock.frozen(DAY):
        return set(codes_of(call, **kwargs))


def close(request, by, on=HELD):
    with clock.frozen(on):
        return close_activity(request=request, attended={one.pk: True for one in seated(request)}, by=by)


def test_other_people_at_every_place(other):
    request = an_activity(pool=other)
    people = {role: UserFactory(role=role, pool=other) for role in ("office", "agency", "inspector", "leader")}
    department = handler(request)
    assert codes(close_activity, request=request, attended={}, by=department) == {"duty"}
    evaluation = close(request, people["agency"])[0]
    assert evaluation.rule_code == CODE
    assert codes(sign, evaluation=evaluation, scores=scores(), by=department) == {"duty"}
    assert codes(sign, evaluation=evaluation, scores=scores(), by=people["agency"]) == {"duty"}
    one = seated(request)[0]
    told = {"participation": one, "content": "评审期间私下联系申报单位。"}
    assert codes(report_violation, **told, by=department) == {"duty"}
    with clock.frozen(DAY):
        report = report_violation(**told, by=people["inspector"])
        # One signature is enough: no second person is waited for.
        assert sign(evaluation=evaluation, scores=scores(), by=people["office"]).state == "submitted"
    assert set(Message.objects.filter(kind="violation").values_list("recipient", "pool")) == {(people["leader"].pk, "YJ")}
    settled = {"report": report, "outcome": "dismissed", "reason": "经核实，情况不属实"}
    assert codes(settle_violation, **settled, by=people["office"]) == {"duty"}
    with clock.frozen(DAY):
        assert settle_violation(**settled, by=people["leader"]).state == "settled"


def test_what_a_page_offers_is_what_the_service_allows(other, client):
    request = an_activity(pool=other)
    office, department = UserFactory(role="office", pool=other), handler(request)
    evaluation = close(request, UserFactory(role="agency", pool=other))[0]
    page = at("evaluation", evaluation.pk, pool=other)
    with clock.frozen(DAY):
        client.force_login(office)
        text = client.get(page).content.decode()
        assert ("经办人签名" in text, "负责人签名</" in text) == (True, False)
        client.force_login(department)
        assert client.get(page).status_code == 403
        assert client.get(at("attendance", request.pk, pool=other)).status_code == 403
        assert [one.url for one in waiting(who(office, request, DAY))] == [f"{at('evaluations', pool=other)}?request={request.pk}"]
        assert waiting(who(department, request, DAY)) == []


@pytest.fixture
def foreign():
    """Accounts of a second pool under the same regulation, by role."""
    pool = PoolFactory(code="XK", name="新库", number_prefix="XKK")
    return {role: UserFactory(role=role, pool=pool) for role in ("office", "inspector", "leader", "department", "agency")}


def test_the_services_refuse_another_pools_people_and_do_nothing(foreign):
    request = an_activity()
    department = UserFactory(role="department", organisation=request.department, pool=PoolFactory(code="XK"))
    evaluation = held(an_activity())[0]
    ready = signed(held(an_activity())[0])
    one = seated(an_activity())[0]
    with clock.frozen(HELD):
        report = report_violation(participation=one, content="评审期间私下联系申报单位。", by=handler(one.request))
    before = LedgerEvent.objects.count()
    for by in (*foreign.values(), department):
        assert codes(close_activity, request=request, attended={}, by=by) == {"duty"}
        assert codes(sign, evaluation=evaluation, scores=scores(), by=by) == {"duty"}
        assert codes(countersign, evaluation=ready, by=by) == {"duty"}
        assert codes(return_to_handler, evaluation=ready, reason="请核对各项得分", by=by) == {"duty"}
        assert codes(report_violation, participation=seated(request)[0], content="评审期间私下联系申报单位。", by=by) == {"duty"}
        assert codes(settle_violation, report=report, outcome="dismissed", reason="经核实，情况不属实", by=by) == {"duty"}
    assert LedgerEvent.objects.count() == before


def test_the_pages_of_another_pool_do_not_know_them(foreign, client):
    request = an_activity()
    evaluation = signed(held(request)[0])
    pool = PoolFactory(code="XK")
    name = evaluation.participation.membership.expert.name
    for by in foreign.values():
        client.force_login(by)
        with clock.frozen(DAY):
            for page, pk in (("evaluation", evaluation.pk), ("evaluation_print", evaluation.pk), ("dossier", request.pk)):
                assert client.get(at(page, pk, pool=pool)).status_code in {403, 404}
                assert client.get(at(page, pk)).status_code == 403
            listed = client.get(at("evaluations", pool=pool), {"q": name, "request": request.pk})
            assert name not in listed.content.decode().replace(f'value="{name}"', "")
        here = who(by, None, DAY)
        assert list(Evaluation.objects.visible_to(here)) == []
        assert Evaluation.objects.visible_to(type(here)(by, pool, DAY, here.assignments)).count() == 0
        assert ViolationReport.objects.visible_to(here).count() == 0


def test_an_assignment_that_ended_or_has_not_begun_holds_nothing():
    evaluation = held()[0]
    unit = evaluation.participation.request.department
    gone = UserFactory(role="department", organisation=unit, ends_on=date(2026, 10, 20))
    coming = UserFactory(role="department", organisation=unit, starts_on=date(2026, 10, 22))
    for by in (gone, coming):
        assert codes(sign, evaluation=evaluation, scores=scores(), by=by) == {"duty"}
        assert waiting(who(by, on=DAY)) == []


def test_sweeps_tell_who_holds_the_duty_in_the_pool_and_nobody_else(foreign):
    request = an_activity()
    held(request)
    late = date(2026, 11, 20)
    office, other_unit = UserFactory(role="office"), UserFactory(role="department")
    left = UserFactory(role="department", organisation=request.department, ends_on=DUE)
    with clock.frozen(late):
        for sweep in SWEEPS:
            sweep(on=late)
    told = set(Message.objects.filter(kind="evaluation-overdue").values_list("recipient", "pool"))
    assert told == {(handler(request).pk, "XJ"), (office.pk, "XJ")}
    assert not told & {(one.pk, "XJ") for one in (*foreign.values(), other_unit, left)}


def test_an_expert_of_two_pools_reads_each_under_its_name(other, client):
    first = submitted(held(an_activity(people=1))[0])
    expert = first.participation.membership.expert
    request = an_activity(pool=other, people=1)
    one = seated(request)[0]
    one.membership.expert = expert
    one.membership.save()
    evaluation = close(request, UserFactory(role="agency", pool=other))[0]
    with clock.frozen(DAY):
        sign(evaluation=evaluation, scores=scores(), by=UserFactory(role="office", pool=other))
        client.force_login(expert.user)
        text = client.get(address("my_scores")).content.decode()
    assert (first.participation.request.pool.name in text, "沂江专家库" in text) == (True, True)


def test_the_dossier_holds_the_events_of_its_pool_only(foreign):
    request = an_activity()
    held(request)
    with clock.frozen(DAY):
        with transaction.atomic():
            record("request.closed", subject=f"request:{request.pk}", by=None, pool="XK")
        kinds = [event["kind"] for event in DossierPage.of(who(UserFactory(role="office"), request, DAY), request).events]
    assert "evaluations.opened" in kinds
    assert "request.closed" not in kinds


def test_the_leader_of_the_department_is_another_account_of_the_same_unit():
    evaluation = signed()
    request = evaluation.participation.request
    assert codes(countersign, evaluation=evaluation, by=UserFactory(role="department")) == {"unit"}
    with clock.frozen(DAY):
        assert countersign(evaluation=evaluation, by=leader(request)).state == "submitted"


def ended(account, last: date) -> None:
    account.assignments.update(ends_on=last)


def test_an_act_dated_back_is_asked_of_todays_assignments():
    evaluation, ready = held(people=2)
    signed(ready)
    by, chief = handler(evaluation.participation.request), leader(evaluation.participation.request)
    report = report_of(evaluation.participation, by)
    office = UserFactory(role="office")
    for account in (by, chief, office):
        ended(account, HELD)
    told = {"participation": ready.participation, "content": "评审期间私下联系申报单位。"}
    assert codes(sign, evaluation=evaluation, scores=scores(), by=by, on=HELD) == {"duty"}
    assert codes(countersign, evaluation=ready, by=chief, on=HELD) == {"duty"}
    assert codes(report_violation, **told, by=by, on=HELD) == {"duty"}
    assert codes(settle_violation, report=report, outcome="dismissed", reason="经核实，情况不属实", by=office, on=HELD) == {"duty"}


def report_of(participation, by):
    with clock.frozen(HELD):
        return report_violation(participation=participation, content="评审期间私下联系申报单位。", by=by)


def test_with_one_signature_the_membership_is_locked_before_anything_is_recorded(other):
    evaluation = close(an_activity(pool=other), UserFactory(role="agency", pool=other))[0]
    before = LedgerEvent.objects.count()
    with clock.frozen(DAY):
        sign(evaluation=evaluation, scores=scores(), by=UserFactory(role="office", pool=other))
    kinds = list(LedgerEvent.objects.order_by("seq").values_list("kind", flat=True)[before:])
    assert kinds[:3] == ["mark.set", "evaluation.signed", "evaluation.submitted"]


def test_a_report_is_locked_after_its_request():
    one = seated(an_activity())[0]
    report = report_of(one, handler(one.request))
    with clock.frozen(DAY), CaptureQueriesContext(connection) as queries:
        settle_violation(report=report, outcome="dismissed", reason="经核实，情况不属实", by=UserFactory(role="office"))
    tables = [re.search(r'FROM "(\w+)"', one["sql"]) for one in queries]
    order = [found[1] for found in tables if found]
    assert order.index("selection_drawrequest") < order.index("evaluation_violationreport")


def test_an_employer_reports_his_own_expert_and_nobody_elses(tmp_path, monkeypatch, client):
    own_edition(tmp_path, monkeypatch, CODE, ('reported_by = ["department"]', 'reported_by = ["department", "employer"]'))
    pool = PoolFactory(code="YJ", name="沂江专家库", regulation_code=CODE, number_prefix="YJK")
    request = an_activity(pool=pool)
    mine, foreign = seated(request)
    employer = UserFactory(role="employer", organisation=mine.membership.expert.employer)
    # Who uses the experts employs none of them: he reports for the activity, whoever the employer is.
    assert mine.membership.expert.employer_id not in {request.department_id, foreign.membership.expert.employer_id}
    assert codes(report_violation, participation=foreign, content="评审期间私下联系申报单位。", by=employer) == {"unit"}
    client.force_login(employer)
    with clock.frozen(DAY):
        assert client.get(at("report_violation", foreign.pk, pool=pool)).status_code == 404
        page = at("report_violation", mine.pk, pool=pool)
        assert client.get(page).status_code == 200
        # What he did in another pool is reported in that one.
        elsewhere = seated(an_activity(people=1))[0]
        elsewhere.membership.expert.employer = employer.organisation
        elsewhere.membership.expert.save()
        assert client.get(at("report_violation", elsewhere.pk, pool=pool)).status_code == 404
        client.post(page, {"content": "评审期间私下联系申报单位。"})
        assert ViolationReport.objects.get().reported_by == employer
        assert report_violation(participation=foreign, content="评审期间私下联系申报单位。", by=handler(request)).pk
    catalogue.clear_cache()


def test_a_returned_form_is_told_to_whoever_can_fill_it_in_now():
    first, second = held(people=2)
    by, chief = handler(first.participation.request), leader(first.participation.request)
    signed(first)
    signed(second)
    with clock.frozen(DAY):
        return_to_handler(evaluation=first, reason="请核对各项得分", by=chief)
    ended(by, HELD)
    successor = leader(first.participation.request)
    with clock.frozen(DAY):
        return_to_handler(evaluation=second, reason="请核对各项得分", by=chief)
    told = Message.objects.filter(kind="evaluation-returned").order_by("pk")
    assert list(told.values_list("about", "recipient")) == [
        (f"evaluation:{first.pk}", by.pk),
        (f"evaluation:{second.pk}", successor.pk),
    ]


def test_whose_account_is_closed_is_told_of_no_returned_form():
    evaluation = signed()
    request = evaluation.participation.request
    by, chief, successor = handler(request), leader(request), leader(request)
    by.is_active = False
    by.save()
    with clock.frozen(DAY):
        return_to_handler(evaluation=evaluation, reason="请核对各项得分", by=chief)
    assert [one.recipient for one in Message.objects.filter(kind="evaluation-returned")] == [successor]


def test_what_can_wait_for_nobody_is_not_loaded(django_assert_num_queries):
    request = held(people=3)[0].participation.request
    idle, elsewhere = who(UserFactory(role="leader"), request, DAY), who(UserFactory(role="department"), request, DAY)
    with django_assert_num_queries(0):
        assert waiting(idle) == []
    # Attendance and forms of his own units; reports are not a department's.
    with CaptureQueriesContext(connection) as queries:
        assert waiting(elsewhere) == []
    assert [f'"department_id" IN ({next(iter(elsewhere.organisations("department")))})' in one["sql"] for one in queries] == [True, True]
