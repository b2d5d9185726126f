"""The pages of this room: roles, other people's objects, refusals that lose nothing, constant query counts."""

import io
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from evaluation.models import Evaluation, ViolationReport
from evaluation.services.violations import report_violation
from expertpool import clock
from expertpool.addresses import address
from experts.models import ExitCase, Suspension
from tests.evaluation.activity import DUE, HELD, an_activity, handler, held, leader, rules, scores, seated, signed, submitted
from tests.factories import UserFactory, at

DAY = date(2026, 10, 21)
pytestmark = [pytest.mark.django_db, pytest.mark.day(DAY)]


def as_(client, user):
    client.force_login(user)
    return client


def typed(**changes) -> dict[str, str]:
    """A filled 附表3 as the browser sends it."""
    data = {}
    for code, (band, points, note) in scores().items():
        data |= {f"band_{code}": band, f"points_{code}": str(points), f"note_{code}": note}
    return {**data, **changes}


def test_attendance_page_records_and_leads_to_the_evaluations(client):
    request = an_activity(people=2)
    first, second = seated(request)
    as_(client, handler(request))
    page = client.get(at("attendance", request.pk)).content.decode()
    assert first.membership.expert.name in page
    answer = client.post(
        at("attendance", request.pk), {f"attended_{first.pk}": "yes", f"attended_{second.pk}": "no", f"reason_{second.pk}": "因病"}
    )
    assert answer.headers["Location"] == f"{at('evaluations')}?request={request.pk}"
    assert list(Evaluation.objects.values_list("participation", flat=True)) == [first.pk]


def test_an_incomplete_attendance_loses_nothing(client):
    request = an_activity(people=2)
    first, _second = seated(request)
    as_(client, handler(request))
    answer = client.post(at("attendance", request.pk), {f"attended_{first.pk}": "no", f"reason_{first.pk}": "临时出差"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count("请选择出席或者缺席。") == 2  # in the summary and beside the field
    assert 'value="临时出差"' in page
    assert Evaluation.objects.count() == 0


def test_attendance_is_the_departments_and_not_before_the_day(client):
    request = an_activity()
    assert as_(client, UserFactory(role="department")).get(at("attendance", request.pk)).status_code == 404
    for role in ("office", "inspector", "leader", "expert", "employer"):
        assert as_(client, UserFactory(role=role)).get(at("attendance", request.pk)).status_code == 403
    later = an_activity(starts_on=date(2026, 11, 2))
    answer = as_(client, handler(later)).get(at("attendance", later.pk))
    assert (answer.status_code, "2026年11月2日开始" in answer.content.decode()) == (403, True)
    assert seated(later)[0].membership.expert.name not in answer.content.decode()


@pytest.mark.clause("xinjiang-2025", "附表3a")
def test_the_form_shows_every_band_and_signs(client):
    evaluation = held()[0]
    as_(client, handler(evaluation.participation.request))
    page = client.get(at("evaluation", evaluation.pk)).content.decode()
    for criterion in rules().criteria:
        for band in criterion.bands:
            assert f'value="{band.name}"' in page
    assert client.post(at("evaluation", evaluation.pk), typed(band_result="良好", points_result="13")).status_code == 302
    evaluation.refresh_from_db()
    assert (evaluation.state, evaluation.total, evaluation.grade) == ("signed", 93, "优秀")


def test_a_score_outside_its_band_shows_what_was_typed(client):
    evaluation = held()[0]
    as_(client, handler(evaluation.participation.request))
    answer = client.post(at("evaluation", evaluation.pk), typed(band_result="良好", points_result="18", note_result="成果扎实"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "填写的18分属于“优秀”" in page
    assert 'value="成果扎实"' in page
    assert 'href="#id_points_result"' in page
    answer = client.post(at("evaluation", evaluation.pk), typed(points_result="13.5"))
    assert (answer.status_code, "得分只能是整数。" in answer.content.decode()) == (422, True)
    evaluation.refresh_from_db()
    assert evaluation.state == "due"


@pytest.mark.clause("xinjiang-2025", "附表3e")
def test_both_signatures_by_clicking(client):
    request = an_activity(people=2)
    evaluation = signed(held(request)[0])
    as_(client, handler(request))
    assert "负责人签名并提交" not in client.get(at("evaluation", evaluation.pk)).content.decode()
    answer = client.post(at("evaluation_countersign", evaluation.pk))
    assert (answer.status_code, "请由负责人用自己的账号签名" in answer.content.decode()) == (422, True)
    as_(client, leader(request))
    assert "负责人签名并提交" in client.get(at("evaluation", evaluation.pk)).content.decode()
    for _click in range(2):
        assert client.post(at("evaluation_countersign", evaluation.pk)).status_code == 302
    evaluation.refresh_from_db()
    assert evaluation.state == "submitted"


def test_returning_needs_a_reason_and_keeps_the_form(client):
    evaluation = signed(knowledge=5)
    as_(client, leader(evaluation.participation.request))
    assert client.post(at("evaluation_return", evaluation.pk), {"back-reason": ""}).status_code == 422
    assert client.post(at("evaluation_return", evaluation.pk), {"back-reason": "请核对专业知识一项"}).status_code == 302
    page = as_(client, handler(evaluation.participation.request)).get(at("evaluation", evaluation.pk)).content.decode()
    assert "请核对专业知识一项" in page
    assert 'name="points_knowledge" value="5"' in page


def test_who_may_open_an_evaluation(client):
    evaluation = signed()
    url = at("evaluation", evaluation.pk)
    request = evaluation.participation.request
    assert as_(client, UserFactory(role="department")).get(url).status_code == 404
    for role, status in {
        "office": 200,
        "inspector": 200,
        # The edition is silent about who reads the pool: inspector and leader (系统默认).
        "leader": 200,
        "expert": 403,
        "employer": 403,
        "recommending_unit": 403,
        "system_admin": 403,
    }.items():
        assert as_(client, UserFactory(role=role)).get(url).status_code == status, role
    for part in ("print/", "xlsx/"):
        assert as_(client, UserFactory(role="department")).get(url + part).status_code == 404
        assert as_(client, handler(request)).get(url + part).status_code == 200
    for part in ("countersign/", "return/"):
        assert as_(client, UserFactory(role="department")).post(url + part).status_code == 404
        assert as_(client, UserFactory(role="office")).post(url + part).status_code == 403
        assert as_(client, handler(request)).get(url + part).status_code == 405
    client.logout()
    assert client.get(url).status_code == 302


def test_the_department_no_longer_sees_names_when_all_is_in(client):
    request = an_activity(people=1)
    evaluation = submitted(held(request)[0])
    name = evaluation.participation.membership.expert.name
    as_(client, handler(request))
    for part in ("", "print/", "xlsx/"):
        answer = client.get(at("evaluation", evaluation.pk) + part)
        assert (answer.status_code, name in answer.content.decode(errors="ignore")) == (403, False)
    listed = client.get(at("evaluations")).content.decode()
    assert ("已归档" in listed, name in listed) == (True, False)
    assert "还没有履职评价" not in listed
    assert "没有符合条件的履职评价" in client.get(at("evaluations"), {"q": name}).content.decode()
    assert name in as_(client, UserFactory(role="office")).get(at("evaluation", evaluation.pk)).content.decode()


def test_the_list_filters(client):
    request = an_activity(people=2)
    signed(held(request)[0])
    as_(client, handler(request))

    def count(**query):
        return client.get(at("evaluations"), query).context["page"].paginator.count

    assert [count(), count(state="due"), count(state="signed"), count(state="submitted"), count(request=request.pk), count(q="没有")] == [
        2,
        1,
        1,
        0,
        2,
        0,
    ]
    with clock.frozen(DUE):
        assert count(state="overdue") == 0
    with clock.frozen(date(2026, 10, 30)):
        assert count(state="overdue") == 2


def queries(client, url):
    client.get(url)
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len(found)


def test_the_lists_ask_the_same_number_of_questions_for_one_and_for_three(client):
    held(an_activity(people=1))
    as_(client, UserFactory(role="office"))
    one = queries(client, at("evaluations"))
    held(an_activity(people=2))
    assert queries(client, at("evaluations")) == one

    request = an_activity(people=1)
    by = handler(request)
    first = submitted(held(request)[0])

    other = an_activity(people=1, department=by.organisation, filed_by=by)
    as_(client, by)
    one = queries(client, at("attendance", other.pk))
    third = an_activity(people=3, department=by.organisation, filed_by=by)
    assert queries(client, at("attendance", third.pk)) == one

    user = first.participation.membership.expert.user
    as_(client, user)
    one = queries(client, address("my_scores"))
    for _more in range(2):
        again = an_activity(people=1)
        part = seated(again)[0]
        part.membership = first.participation.membership
        part.save()
        submitted(held(again)[0])
    assert queries(client, address("my_scores")) == one


@pytest.mark.clause("xinjiang-2025", "附表3a")
def test_the_paper_bears_the_words_of_the_form(client):
    evaluation = signed()
    as_(client, handler(evaluation.participation.request))
    page = client.get(at("evaluation_print", evaluation.pk)).content.decode()
    for words in (
        "附表3",
        "新疆维吾尔自治区工业和信息化专家履职情况评价表",
        "使用单位（处室）：",
        "填表时间：2026年10月21日",
        "评论指标",
        "一、专业水平（30分）",
        "1.专业知识储备（10分）",
        "违规风险（3-4）",
        "查实违规（0）",
        "总分=专业水平得分+质量效果得分+工作纪律得分+其他得分",
        "评价等级：优秀（90-100分）、良好（80-89分）、合格（60-79分）、不合格（＜60分）",
    ):
        assert words in page, words
    book = load_workbook(io.BytesIO(client.get(at("evaluation_xlsx", evaluation.pk)).content))
    cells = [cell.value for row in book.active.iter_rows() for cell in row if cell.value is not None]
    assert cells[0] == "新疆维吾尔自治区工业和信息化专家履职情况评价表"
    assert (cells.count(10), cells.count(20), cells.count(5), cells.count(100)) == (7, 1, 2, 1)


def test_an_expert_sees_his_own_scores_once_submitted(client):
    request = an_activity(people=2)
    first, second = held(request)
    submitted(first, knowledge=7)
    signed(second)
    page = as_(client, first.participation.membership.expert.user).get(address("my_scores")).content.decode()
    assert ("97" in page, "专业知识储备" in page) == (True, True)
    for user in (second.participation.membership.expert.user, UserFactory(role="expert")):
        assert "还没有履职评价" in as_(client, user).get(address("my_scores")).content.decode()
    assert as_(client, handler(request)).get(address("my_scores")).status_code == 403


@pytest.mark.clause("xinjiang-2025", "19")
def test_reporting_by_the_page(client):
    request = an_activity()
    one = seated(request)[0]
    url = at("report_violation", one.pk)
    as_(client, handler(request))
    assert client.get(url).status_code == 200
    assert client.post(url, {"content": "短"}).status_code == 422
    assert client.post(url, {"content": "评审期间私下联系申报单位。"}).status_code == 302
    assert ViolationReport.objects.get().participation == one
    assert as_(client, UserFactory(role="department")).get(url).status_code == 404
    assert as_(client, UserFactory(role="office")).get(url).status_code == 403
    page = as_(client, UserFactory(role="inspector")).get(at("evaluation", held(request)[0].pk)).content.decode()
    assert "评审期间私下联系申报单位。" in page


@pytest.mark.clause("xinjiang-2025", "16c")
def test_the_dossier_by_role(client):
    request = an_activity(people=1)
    name = seated(request)[0].membership.expert.name
    held(request)
    url = at("dossier", request.pk)
    for user, status, named in (
        (UserFactory(role="inspector"), 200, True),
        (UserFactory(role="office"), 200, True),
        (UserFactory(role="leader"), 200, True),
        (handler(request), 200, True),
        (UserFactory(role="department"), 404, False),
        (UserFactory(role="expert"), 403, False),
        (UserFactory(role="audit_admin"), 403, False),
    ):
        answer = as_(client, user).get(url)
        assert (answer.status_code, name in answer.content.decode()) == (status, named), user.role
    submitted(Evaluation.objects.get())
    assert as_(client, handler(request)).get(url).status_code == 403
    assert name in as_(client, UserFactory(role="leader")).get(url).content.decode()


def test_no_page_has_inline_style_or_script(client):
    request = an_activity(people=2)
    evaluation = held(request)[0]
    as_(client, handler(request))
    for url in (
        at("evaluations"),
        at("evaluation", evaluation.pk),
        at("evaluation_print", evaluation.pk),
        at("dossier", request.pk),
        at("attendance", request.pk),
    ):
        page = client.get(url).content.decode()
        assert " style=" not in page
        assert "<script>" not in page
        assert " onclick=" not in page
    assert HELD < DAY


@pytest.mark.clause("xinjiang-2025", "19(1)")
def test_the_office_settles_a_report_by_its_page(client, office_user):
    request = an_activity()
    with clock.frozen(HELD):
        one, other = (
            report_violation(participation=person, content="评审期间私下联系申报单位。", by=handler(request)) for person in seated(request)
        )
        client.force_login(office_user)
        page = address("admin:evaluation_violationreport_change", one.pk, pool=request.pool)
        act = address("admin:evaluation_violationreport_act", one.pk, "settle", pool=request.pool)
        assert act in client.get(page).content.decode()
        assert "请填写暂停起始日期" in client.post(act, {"outcome": "suspension", "reason": "经核实，情况属实"}).content.decode()
        days = {"starts_on": "2026-10-20", "ends_on": "2027-04-20"}
        assert client.post(act, {"outcome": "suspension", "reason": "经核实，情况属实", **days}).url == page
        assert act not in client.get(page).content.decode()
        second = address("admin:evaluation_violationreport_act", other.pk, "settle", pool=request.pool)
        client.post(second, {"outcome": "removal", "ground": "bribery", "reason": "经核实，情况属实"})
        client.force_login(handler(request))
        assert client.get(act).url.startswith(address("admin:login", pool=request.pool))
    suspension, case = Suspension.objects.get(), ExitCase.objects.get()
    assert (suspension.membership, suspension.starts_on, suspension.ends_on) == (one.participation.membership, HELD, date(2027, 4, 20))
    assert (case.membership, case.ground, case.state) == (other.participation.membership, "bribery", "open")
    assert list(ViolationReport.objects.order_by("pk").values_list("state", "outcome", "settled_by")) == [
        ("settled", "suspension", office_user.pk),
        ("settled", "removal", office_user.pk),
    ]


def test_the_form_of_who_turned_out_absent_is_nowhere(client):
    request = an_activity(people=2)
    held(request)
    (kept,) = held(request, absent=1)
    void = Evaluation.objects.exclude(pk=kept.pk).get()
    as_(client, handler(request))
    assert [client.get(at("evaluation", one.pk)).status_code for one in (kept, void)] == [200, 404]
    assert [one.pk for one in client.get(at("evaluations")).context["page"]] == [kept.pk]


def test_who_uses_the_experts_reads_nothing_of_reports_about_them(client, office_user):
    request = an_activity(people=1)
    (evaluation,) = held(request)
    content = "评审期间私下联系申报单位，收受礼品。"
    with clock.frozen(HELD):
        report_violation(participation=evaluation.participation, content=content, by=handler(request))
    for by, read in ((handler(request), False), (office_user, True)):
        as_(client, by)
        assert (content in client.get(at("evaluation", evaluation.pk)).content.decode()) is read
        assert [one.content for one in client.get(at("dossier", request.pk)).context["dossier"].reports] == ([content] if read else [])
