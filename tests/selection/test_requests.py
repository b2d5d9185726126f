"""Filing, submitting and approving a request (附表2, 第十三条（一）)."""

from datetime import date, timedelta

import pytest

from expertpool import clock
from expertpool.accounts.models import Organisation
from expertpool.ledger.models import LedgerEvent
from expertpool.ledger.services import data_of, sealed, verify
from selection.domain.lifecycles import REQUEST
from selection.domain.protocol import canonical
from selection.models import DrawRequest
from selection.services.requests import (
    approve,
    cancel_request,
    canonical_mapping,
    file_request,
    save_request,
    send_back,
    submit_request,
    wrong_parts,
)
from selection.services.requests.canonical import text_hash
from tests.factories import OrganisationFactory, PoolFactory, UserFactory
from tests.selection.request_factories import a_department, a_request, a_submitted_request, an_approved_request, kinds, passed, refused

MONDAY = date(2026, 10, 12)
pytestmark = [pytest.mark.django_db, pytest.mark.day(MONDAY)]


def test_a_draft_is_numbered_in_its_year_and_may_be_incomplete(pool):
    department = a_department()
    first = file_request(pool=pool, by=department)
    second = file_request(pool=pool, by=department, title="论证会")
    with clock.frozen(date(2027, 1, 1)):
        next_year = file_request(pool=pool, by=department)
    assert [one.number for one in (first, second, next_year)] == ["ZJK-SY2026-0001", "ZJK-SY2026-0002", "ZJK-SY2027-0001"]
    assert (second.state, second.title, second.department) == ("draft", "论证会", department.organisation)
    assert kinds(first) == ["request.filed"]


def test_only_a_department_files(pool, office_user):
    assert refused(file_request, pool=pool, by=office_user) == [("duty", "", "13(1)b")]
    assert DrawRequest.objects.count() == 0


def test_a_text_longer_than_its_column_is_refused_and_nothing_is_kept(pool):
    assert refused(a_request, pool=pool, place="乌" * 161) == [("too-long", "place", "")]
    assert DrawRequest.objects.count() == 0


def test_rows_replace_rows_and_what_is_not_given_stays(pool):
    request = a_request(pool=pool, recusals=[{"kind": "person", "person_name": "钱某"}])
    field = pool.fields.get(code="YJ")
    save_request(request=request, by=request.filed_by, seats=[{"field": field, "count": 3}], total=3)
    request.refresh_from_db()
    assert list(request.seats.values_list("field__code", "count")) == [("YJ", 3)]
    assert [one.person_name for one in request.recusals.all()] == ["钱某"]
    assert request.place == "乌鲁木齐市"


def test_another_department_may_not_save(pool):
    request = a_request(pool=pool)
    assert refused(save_request, request=request, by=a_department(), place="别处") == [("unit", "", "13(1)b")]


def test_one_field_twice_is_refused(pool):
    field = pool.fields.get(code="YJ")
    rows = [{"field": field, "count": 1}, {"field": field, "count": 2}]
    assert refused(file_request, pool=pool, by=a_department(), seats=rows) == [("field-twice", "seats", "")]


@pytest.mark.clause("xinjiang-2025", "附表2一")
@pytest.mark.clause("xinjiang-2025", "13(1)b")
def test_everything_that_is_missing_is_told_at_once_with_its_field(pool):
    request = file_request(pool=pool, by=a_department())
    assert [(code, field) for code, field, _article in refused(submit_request, request=request, by=request.filed_by)] == [
        *(
            ("required", field)
            for field in [
                "leader_name",
                "leader_phone",
                "handler_name",
                "handler_phone",
                "title",
                "activity_type",
                "nature",
                "summary",
                "basis_document",
                "total",
                "qualification",
                "scope",
                "industry",
                "starts_on",
                "ends_on",
                "place",
            ]
        ),
        ("recusal", "recusal_text"),
        ("seats", "total"),
    ]
    request.refresh_from_db()
    assert (request.state, request.submitted_at) == ("draft", None)


WRONG = [
    ({"summary": "字" * 201}, ("summary-long", "summary", "附表2二b")),
    ({"total": 3}, ("sum", "total", "附表2三")),
    ({"starts_on": date(2026, 11, 5)}, ("dates", "ends_on", "附表2四")),
    ({"starts_on": MONDAY, "ends_on": MONDAY}, ("past", "starts_on", "13(1)b")),
    ({"leader_phone": "1389999000"}, ("phone", "leader_phone", "附表2")),
    ({"handler_phone": "1389999000"}, ("phone", "handler_phone", "附表2")),
    ({"recusal_text": ""}, ("recusal", "recusal_text", "13(1)b")),
    ({"activity_type": "聚餐"}, ("activity-type", "activity_type", "3")),
    ({"nature": "party"}, ("nature", "nature", "附表2二a")),
    ({"nature": "other"}, ("nature-other", "nature_other", "附表2二a")),
    ({"starts_on": date(2027, 5, 20), "ends_on": date(2027, 5, 21)}, ("no-edition", "ends_on", "21")),
    ({"recusals": [{"kind": "person"}]}, ("recusal-person", "recusal_text", "13(1)b")),
    ({"recusals": [{"kind": "organisation"}]}, ("recusal-unit", "recusal_text", "13(1)b")),
    ({"projects": [{"name": "项目"}]}, ("project-unit", "", "13(1)b")),
    ({"projects": [{"name": "", "applicant_name": "某厂"}]}, ("project-name", "", "13(1)b")),
    ({"seats": {"SHHG": 2, "MHG": 0}}, ("seat-count", "total", "附表2三")),
]


@pytest.mark.parametrize(("data", "expected"), WRONG, ids=[f"{case[1][0]} {case[1][1]}" for case in WRONG])
@pytest.mark.clause("xinjiang-2025", "3")
@pytest.mark.clause("xinjiang-2025", "21")
@pytest.mark.clause("xinjiang-2025", "附表2二a")
@pytest.mark.clause("xinjiang-2025", "附表2二b")
@pytest.mark.clause("xinjiang-2025", "附表2二c")
@pytest.mark.clause("xinjiang-2025", "附表2三")
@pytest.mark.clause("xinjiang-2025", "附表2四")
def test_each_wrong_part_is_refused_with_its_article(pool, data, expected):
    request = a_request(pool=pool, **data)
    assert refused(submit_request, request=request, by=request.filed_by) == [expected]
    assert {one.regulation for one in wrong_parts(request, MONDAY)} == {"xinjiang-2025"}


def test_who_is_named_to_be_kept_out_is_an_answer_to_the_box(pool):
    assert wrong_parts(a_request(pool=pool, recusal_text="", recusals=[{"kind": "person", "person_name": "孙某"}]), MONDAY) == []


def test_the_summary_is_counted_in_characters(pool):
    assert wrong_parts(a_request(pool=pool, summary="字" * 199 + "𠮷"), MONDAY) == []


def test_a_regulation_with_lead_time_refuses_a_late_request(pool):
    request = a_request(pool=pool, starts_on=date(2026, 10, 14), ends_on=date(2026, 10, 14))
    pool.regulation_code = "jiaozuo-2024"
    pool.save()
    request = DrawRequest.objects.get(pk=request.pk)
    lead = [one for one in wrong_parts(request, MONDAY) if one.code == "lead"]
    assert [(one.field, one.regulation) for one in lead] == [("starts_on", "jiaozuo-2024")]
    request.starts_on = request.ends_on = date(2026, 10, 15)
    assert [one for one in wrong_parts(request, MONDAY) if one.code == "lead"] == []


@pytest.mark.clause("xinjiang-2025", "13(1)c")
def test_the_office_has_until_the_end_of_the_second_working_day(pool):
    assert a_submitted_request(pool=pool).due_at == clock.end_of(date(2026, 10, 14))
    with clock.frozen(date(2026, 9, 30)):
        # 1 to 7 October are days off, Saturday 10 October is made up.
        assert a_submitted_request(pool=pool).due_at == clock.end_of(date(2026, 10, 9))


def test_a_second_click_submits_nothing_twice(pool):
    request = a_submitted_request(pool=pool)
    again = submit_request(request=request, by=request.filed_by)
    assert (again.version, again.state, again.step) == (1, "under_approval", "office")
    assert kinds(request) == ["request.filed", "request.submitted"]


def test_a_submitted_request_is_not_changed(pool):
    request = a_submitted_request(pool=pool)
    assert refused(save_request, request=request, by=request.filed_by, place="别处") == [("state", "", "")]


def test_what_was_answered_or_is_another_units_is_not_submitted_again(pool):
    request = a_submitted_request(pool=pool)
    assert refused(submit_request, request=request, by=a_department()) == [("unit", "", "13(1)b")]
    passed(request)
    assert refused(submit_request, request=request, by=request.filed_by) == [("state", "", "")]


@pytest.mark.clause("xinjiang-2025", "附表2五a")
@pytest.mark.clause("xinjiang-2025", "附表2五b")
@pytest.mark.clause("xinjiang-2025", "附表2五c")
def test_three_approvals_in_order_approve_the_request(pool, office_user, inspector_user, leader_user):
    request = a_submitted_request(pool=pool)
    states = [(request.state, request.step)]
    for user in (office_user, inspector_user, leader_user):
        request = passed(request, by=user)
        states.append((request.state, request.step))
    request.refresh_from_db()
    assert states == [("under_approval", "office"), ("under_approval", "inspector"), ("under_approval", "leader"), ("approved", "")]
    assert request.due_at is None
    assert [(one.step, one.outcome, one.by) for one in request.approvals.all()] == [
        ("office", "pass", office_user),
        ("inspector", "pass", inspector_user),
        ("leader", "pass", leader_user),
    ]
    assert request.approved_at == clock.now()
    assert request.rule_hash == pool.regulation_on(MONDAY).file_hash
    assert request.canonical == canonical(canonical_mapping(request))
    assert kinds(request) == ["request.filed", "request.submitted", "request.answered", "request.answered", "request.answered"]
    assert list(verify()) == []


@pytest.mark.clause("xinjiang-2025", "13(1)d")
@pytest.mark.parametrize("early", ["inspector", "leader"])
def test_an_approval_out_of_order_is_refused(pool, early):
    request = a_submitted_request(pool=pool)
    article = {"inspector": "附表2五b", "leader": "附表2五c"}[early]
    assert refused(approve, request=request, step=early, outcome="pass", by=UserFactory(role=early)) == [("approval-order", "", article)]
    assert request.approvals.count() == 0


def test_another_role_does_not_approve(pool):
    request = a_submitted_request(pool=pool)
    for by in (request.filed_by, UserFactory(role="leader"), UserFactory(role="office", ends_on=MONDAY - timedelta(days=1))):
        assert refused(approve, request=request, step="office", outcome="pass", by=by) == [("duty", "", "附表2五a")]
    assert refused(approve, request=request, step="secretary", outcome="pass", by=UserFactory()) == [("step", "step", "")]


def test_the_same_answer_twice_counts_once_and_a_second_colleague_is_refused(pool, office_user):
    request = a_submitted_request(pool=pool)
    approve(request=request, step="office", outcome="pass", by=office_user)
    approve(request=request, step="office", outcome="pass", by=office_user)
    assert request.approvals.count() == 1
    assert refused(approve, request=request, step="office", outcome="pass", by=UserFactory(role="office")) == [
        ("approval-order", "", "附表2五a")
    ]


@pytest.mark.clause("xinjiang-2025", "13(1)c")
def test_asking_for_more_sends_back_and_the_clock_starts_afresh(pool, office_user):
    request = a_submitted_request(pool=pool)
    assert refused(approve, request=request, step="office", outcome="ask_more", by=office_user) == [("reason", "reason", "附表2五a")]
    request = approve(request=request, step="office", outcome="ask_more", reason="请补充依据文件文号", by=office_user)
    assert request.state == "returned"
    with clock.frozen(date(2026, 10, 20)):
        save_request(request=request, by=request.filed_by, basis_document="新工信规〔2025〕8号、9号")
        request = submit_request(request=request, by=request.filed_by)
        assert (request.step, request.version, request.due_at) == ("office", 2, clock.end_of(date(2026, 10, 22)))
        assert request.submitted_at == clock.now()
        request = approve(request=request, step="office", outcome="pass", by=office_user)
    assert [(one.version, one.outcome) for one in request.approvals.all()] == [(1, "ask_more"), (2, "pass")]


def test_a_step_has_only_the_outcomes_of_the_regulation(pool, office_user, inspector_user):
    request = approve(request=a_submitted_request(pool=pool), step="office", outcome="pass", by=office_user)
    assert refused(approve, request=request, step="inspector", outcome="ask_more", reason="?", by=inspector_user) == [
        ("outcome", "outcome", "附表2五b")
    ]
    request = approve(request=request, step="inspector", outcome="reject", reason="与既有任务重复", by=inspector_user)
    assert request.state == "rejected"


def test_what_has_begun_is_no_longer_approved(pool, office_user):
    request = a_submitted_request(pool=pool)
    # Nobody is drawn for an activity on its first day: an approval would lead nowhere.
    with clock.frozen(request.starts_on):
        assert refused(approve, request=request, step="office", outcome="pass", by=office_user) == [("past", "outcome", "附表2五a")]
        assert (
            approve(request=request, step="office", outcome="ask_more", reason="活动日期已过，请调整", by=office_user).state == "returned"
        )


def test_a_late_answer_is_taken_and_told_as_late(pool, office_user):
    request = a_submitted_request(pool=pool)
    with clock.frozen(request.due_at):
        approve(request=request, step="office", outcome="pass", by=office_user)
    in_time = a_submitted_request(pool=pool)
    with clock.frozen(in_time.due_at - timedelta(seconds=1)):
        approve(request=in_time, step="office", outcome="pass", by=office_user)
    assert [data_of(event)["late"] for event in LedgerEvent.objects.filter(kind="request.answered").order_by("seq")] == [True, False]


def test_the_canonical_text_holds_no_personal_data(pool):
    unit = OrganisationFactory(name="昌吉化工厂")
    request = an_approved_request(
        pool=pool,
        recusals=[{"kind": "person", "person_name": "孙某某"}],
        projects=[{"name": "项目甲", "applicant": unit, "people": [{"part": "leader", "name": "赵某某", "organisation": unit}]}],
    )
    assert request.canonical.isascii()
    for text in ("孙某某", "赵某某", "周处长", "13899990001"):
        assert text.encode("unicode_escape").decode() not in request.canonical
        assert text not in request.canonical
        # A plain hash of a name can be guessed.
        assert text_hash(text) not in request.canonical


DECISIVE = {
    **dict.fromkeys(("title", "nature_other", "summary", "basis_document", "qualification", "scope", "industry"), "另一内容"),
    **dict.fromkeys(("place", "recusal_text"), "另一内容"),
    "activity_type": "论证",
    "nature": "other",
    "total": 3,
    "min_title_level": 3,
    "min_years": 8,
    "version": 2,
    "starts_on": date(2026, 11, 3),
    "ends_on": date(2026, 11, 5),
}


@pytest.mark.parametrize("name", DECISIVE)
def test_the_canonical_text_changes_with_every_decisive_value(pool, name):
    request = a_request(pool=pool, min_years=5)
    before = canonical_mapping(request)
    setattr(request, name, DECISIVE[name])
    assert canonical_mapping(request) != before


@pytest.mark.parametrize(
    ("rows", "change"),
    [
        ("seats", {"count": 3}),
        ("recusals", {"person_name": "孙某"}),
        ("recusals", {"reason": "曾是同事"}),
        ("projects", {"name": "项目乙"}),
        ("projects", {"applicant_name": "另一厂"}),
        ("people", {"name": "赵某"}),
        ("people", {"part": "participant"}),
    ],
)
def test_the_canonical_text_changes_with_every_row(pool, rows, change):
    request = a_request(
        pool=pool,
        recusals=[{"kind": "person", "person_name": "孙某某"}],
        projects=[{"name": "项目甲", "applicant_name": "某厂", "people": [{"part": "leader", "name": "赵某某"}]}],
    )
    before = canonical_mapping(request)
    held = request.projects.get().people if rows == "people" else getattr(request, rows)
    held.update(**change)
    assert canonical_mapping(request) != before


def test_an_approved_request_goes_back_for_other_conditions_and_passes_all_approvals_again(pool, office_user, inspector_user):
    request = an_approved_request(pool=pool)
    assert refused(send_back, request=request, reason="", by=office_user) == [("reason", "reason", "")]
    assert refused(send_back, request=request, reason="人数不足", by=inspector_user) == [("duty", "", "")]
    for _click in range(2):
        request = send_back(request=request, reason="人数不足", by=office_user)
    assert (request.state, request.canonical, request.approved_at) == ("returned", "", None)
    assert kinds(request).count("request.sent-back") == 1
    assert refused(send_back, request=request, reason="还是不足", by=office_user) == [("state", "", "")]
    request = submit_request(request=request, by=request.filed_by)
    assert (request.step, request.version) == ("office", 2)
    assert refused(approve, request=request, step="inspector", outcome="pass", by=inspector_user) == [("approval-order", "", "附表2五b")]


def test_the_department_cancels_before_the_draw(pool, office_user):
    request = a_submitted_request(pool=pool)
    assert refused(cancel_request, request=request, by=office_user) == [("duty", "", "13(1)b")]
    assert cancel_request(request=request, reason="任务取消", by=request.filed_by).state == "cancelled"
    assert cancel_request(request=request, reason="任务取消", by=request.filed_by).state == "cancelled"
    assert kinds(request).count("request.cancelled") == 1
    assert refused(cancel_request, request=request, reason="任务取消", by=a_department()) == [("unit", "", "13(1)b")]
    assert refused(submit_request, request=request, by=request.filed_by) == [("state", "", "")]


@pytest.mark.parametrize("state", ["drawing", "confirmed", "held", "closed", "rejected"])
def test_what_is_drawn_or_decided_is_neither_cancelled_nor_sent_back(pool, office_user, state):
    request = a_request(pool=pool)
    DrawRequest.objects.update(state=state)
    assert refused(cancel_request, request=request, by=request.filed_by) == [("state", "", "")]
    assert refused(send_back, request=request, reason="人数不足", by=office_user) == [("state", "", "")]


def test_every_transition_joins_states_that_exist():
    known = set(DrawRequest.State.values)
    assert {state for row in REQUEST.transitions for state in row} == known


def test_an_activity_in_a_year_without_calendar_is_refused_when_its_lead_time_is_counted(pool):
    request = a_request(pool=pool, starts_on=date(2027, 1, 20), ends_on=date(2027, 1, 20))
    pool.regulation_code = "jiaozuo-2024"
    pool.save()
    request = DrawRequest.objects.get(pk=request.pk)
    assert "calendar-missing" in [one.code for one in wrong_parts(request, MONDAY)]


def test_names_of_organisations_are_found_by_former_names_too():
    unit = OrganisationFactory(name="新名称")
    unit.names.create(name="旧名称", until=MONDAY - timedelta(days=1))
    assert list(Organisation.objects.named("旧名称")) == [unit]


def test_the_reason_of_a_cancellation_is_kept_beside_who_and_when_and_the_ledger_holds_to_it(pool):
    request = a_submitted_request(pool=pool)
    cancel_request(request=request, reason=" 任务取消，经费未落实 ", by=request.filed_by)
    request.refresh_from_db()
    assert (request.cancel_reason, request.cancelled_by, request.cancelled_at) == ("任务取消，经费未落实", request.filed_by, clock.now())
    assert (request.step, request.due_at) == ("", None)
    event = LedgerEvent.objects.get(kind="request.cancelled")
    assert (event.pool, data_of(event)["reason"]) == ("XJ", sealed(f"request.cancelled:{request.pk}", request.cancel_reason))


def test_a_field_is_one_of_the_pool_and_in_use(pool):
    foreign = PoolFactory(code="XJ2").fields.get(code="SHHG")
    request = a_request(pool=pool)
    act = {"request": request, "by": request.filed_by}
    assert refused(save_request, **act, seats=[{"field": foreign, "count": 2}]) == [("field-foreign", "seats", "")]
    pool.fields.filter(code="SHHG").update(in_use=False)
    assert refused(submit_request, **act) == [("field-unused", "total", "附表2三")]
