"""Pages of objections and exits: entered, judged, raised and decided by whom the edition names."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from expertpool import clock
from expertpool.addresses import address
from expertpool.pools.editions import edition_of
from expertpool.web.templatetags.house import print_article
from experts.front import notices
from experts.models import (
    ExitCase,
    Membership,
    Objection,
    Publicity,
)
from experts.services.publicity import record_objection
from tests.experts.back_office import act, an_exit_case, where
from tests.experts.intake import DAY
from tests.factories import (
    AssignmentFactory,
    AttachmentFactory,
    MembershipFactory,
    OrganisationFactory,
    UserFactory,
    a_publicity,
    at,
)

CANARY = "甲乙丙丁戊"
pytestmark = pytest.mark.django_db


def test_an_objection_is_entered_on_the_publicity_and_judged_on_its_own_page(client, office):
    publicity = a_publicity()
    application = publicity.batch.applications.get()
    assert act(client, publicity, "object", application=application.pk, content="业绩材料与事实不符", on="2026-10-12").status_code == 302
    objection = Objection.objects.get()
    assert act(client, objection, "decide", upheld="upheld", conclusion="经核实，情况属实").status_code == 302
    application.refresh_from_db()
    assert (Objection.objects.get().state, application.state, application.step) == ("upheld", "rejected", "")


def test_the_choice_of_whom_an_objection_is_about_holds_the_list_alone(client, office, second):
    publicity, other, foreign = a_publicity(), a_publicity(), a_publicity(pool=second)
    form = client.get(where(Publicity, "act", publicity.pk, "object")).context["form"]
    assert list(form.fields["application"].queryset) == list(publicity.batch.applications.all())
    for one in (other, foreign):
        wrong = {"application": one.batch.applications.get().pk, "content": "业绩材料与事实不符", "on": "2026-10-12"}
        assert act(client, publicity, "object", **wrong).status_code == 200
    assert not Objection.objects.exists()


def test_a_late_objection_is_recorded_as_a_lead(client, office):
    publicity = a_publicity()
    with clock.frozen(date(2026, 10, 23)):
        objection = record_objection(
            publicity=publicity,
            application=publicity.batch.applications.get(),
            objector="",
            contact="",
            content="业绩材料与事实不符",
            by=office,
        )
        assert client.get(where(Objection, "change", objection.pk)).status_code == 200
    assert objection.late is True


def test_the_front_page_tells_what_is_in_publicity_now_pool_by_pool(second):
    mine, foreign = a_publicity(), a_publicity(pool=second)
    with clock.frozen(DAY):
        told = dict(notices(DAY))
    assert {pool: notice.url for pool, notice in told.items()} == {
        mine.batch.pool_id: address("publicity_public", mine.batch.number),
        second.pk: address("publicity_public", foreign.batch.number),
    }
    assert (mine.batch.number in told[mine.batch.pool_id].title, told[second.pk].until) == (True, date(2026, 10, 21))
    over = clock.end_of(date(2026, 10, 21)) + timedelta(minutes=1)
    with clock.frozen(over):
        assert list(notices(clock.today())) == []


# Exits.


@pytest.mark.clause("xinjiang-2025", "7(2)")
def test_an_exit_case_is_opened_with_evidence_and_decided(client, office):
    member = MembershipFactory()
    evidence = SimpleUploadedFile("举报材料.pdf", b"%PDF-1.4 x", content_type="application/pdf")
    response = act(client, member, "exit", ground="bribery", reason="经纪检部门查实", on="2026-10-12", evidence=[evidence])
    assert response.status_code == 302
    case = ExitCase.objects.get()
    assert case.attachments.count() == 1
    shown = client.get(where(ExitCase, "change", case.pk)).content.decode()
    assert ("举报材料.pdf" in shown, print_article(case.article) in shown, f">{case.article}<" in shown) == (True, True, False)
    assert (edition_of(case, member.pool).short_name in shown, case.rule_code in shown) == (True, False)
    assert act(client, case, "exit", reason="查证属实，终止资格").status_code == 302
    member.refresh_from_db()
    assert (member.state, member.exited_on) == ("exited", DAY)


def test_without_evidence_the_exit_is_refused_until_it_is_added(client, office):
    member = MembershipFactory()
    act(client, member, "exit", ground="bribery", reason="经纪检部门查实", on="2026-10-12")
    case = ExitCase.objects.get()
    assert "须有证据材料" in act(client, case, "exit", reason="查证属实，终止资格").content.decode()
    wrong = SimpleUploadedFile("材料.pdf", b"no pdf at all")
    assert "内容与扩展名不一致" in act(client, case, "evidence", evidence=[wrong]).content.decode()
    act(client, case, "evidence", evidence=[SimpleUploadedFile("材料.pdf", b"%PDF-1.4 x")])
    assert act(client, case, "exit", reason="查证属实，终止资格").status_code == 302


def test_a_case_can_be_dismissed(client, office):
    case = an_exit_case()
    assert act(client, case, "dismiss", reason="情况不属实").status_code == 302
    assert Membership.objects.get().state == "active"


def test_the_leader_decides_on_a_page_of_his_where_the_edition_gives_him_the_decision(client, jiaozuo):
    leader, office = UserFactory(role="leader", pool=jiaozuo), UserFactory(role="office", pool=jiaozuo)
    case = an_exit_case(jiaozuo, ground="resignation")
    AttachmentFactory(application=None, exit_case=case, kind="exit_evidence")
    with clock.frozen(DAY):
        client.force_login(office)
        offered = client.get(where(ExitCase, "change", case.pk, pool=jiaozuo)).context["possible"]
        assert [row["act"].name for row in offered] == ["evidence"]
        assert act(client, case, "exit", jiaozuo, reason="经审议同意出库").status_code == 403
        client.force_login(leader)
        assert f"出库事项待决定：{case.membership.number}" in client.get(at("home", pool=jiaozuo)).content.decode()
        offered = client.get(where(ExitCase, "change", case.pk, pool=jiaozuo)).context["possible"]
        assert [row["act"].name for row in offered] == ["exit", "evidence", "dismiss"]
        assert act(client, case, "exit", jiaozuo, reason="经审议同意出库").status_code == 302
    case.refresh_from_db()
    assert (case.state, case.decided_by) == ("exited", leader)


def test_who_only_raises_cases_names_a_number_and_sees_his_own_cases_without_names(client, second, monkeypatch):
    """As an edition may say that the agency raises exits and does not keep the pool."""
    from expertpool.pools import duties

    asked = duties.roles_for
    holders = {"exits.raise": ("department",)}
    monkeypatch.setattr(
        duties, "roles_for", lambda duty, edition: duties.Holder(holders[duty], "7") if duty in holders else asked(duty, edition)
    )
    member, other = MembershipFactory(expert__name=CANARY), an_exit_case()
    foreign = MembershipFactory(pool=second)
    user = UserFactory(role="department")
    client.force_login(user)
    data = {"ground": "unfit", "reason": "多次评审中表现不再适宜", "on": "2026-10-12"}
    with clock.frozen(DAY):
        assert client.get(where(Membership, "changelist")).status_code in {302, 403}
        for number in (foreign.number, "ZJK999999"):
            refused = client.post(where(ExitCase, "add"), {**data, "number": number})
            assert "本专家库没有您可以提出的这一编号的专家" in refused.content.decode()
        assert "至少5个字" in client.post(where(ExitCase, "add"), {**data, "number": member.number, "reason": "差"}).content.decode()
        response = client.post(where(ExitCase, "add"), {**data, "number": member.number})
        assert response.status_code == 302, response.context["adminform"].form.errors
        case = ExitCase.objects.get(raised_by=user)
        listed = client.get(where(ExitCase, "changelist"))
        assert [row.pk for row in listed.context["cl"].result_list] == [case.pk]
        shown = client.get(where(ExitCase, "change", case.pk)).content.decode()
        assert (member.number in shown, CANARY in shown, CANARY in listed.content.decode()) == (True, False, False)
        assert client.get(where(ExitCase, "change", other.pk)).status_code == 302
        assert list(client.get(where(ExitCase, "changelist"), {"q": CANARY}).context["cl"].result_list) == []


def test_somebody_without_a_unit_of_his_own_speaks_for_no_expert():
    employer = UserFactory(role="employer", organisation=OrganisationFactory())
    from experts.services.exits import why_not_raise_as

    with clock.frozen(DAY):
        member = MembershipFactory()
        assert why_not_raise_as(member, "employer", employer, DAY).code == "not-own"
        AssignmentFactory(account=employer, role="employer", pool=None, organisation=member.expert.employer)
        assert why_not_raise_as(member, "employer", employer, DAY) is None
