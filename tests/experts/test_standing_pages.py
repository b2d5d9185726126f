"""Pages about who is in the pool: members, marks, objections, exits, disclosures; what they offer, hide and keep behind the wall."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from expertpool import clock, crypto
from expertpool.addresses import address
from expertpool.ledger.models import LedgerEvent
from expertpool.names import name_initials, name_key
from expertpool.pools.editions import edition_of
from expertpool.refusals import Refused
from expertpool.web.templatetags.house import print_article
from experts.front import notices
from experts.models import (
    Application,
    Disclosure,
    ExitCase,
    Expert,
    Mark,
    Membership,
    Objection,
    Publicity,
    ReentryBan,
    Suspension,
)
from experts.services.disclosure import disclose
from experts.services.memberships import change_decisive
from experts.services.publicity import record_objection
from tests.factories import (
    AssignmentFactory,
    AttachmentFactory,
    ExpertFactory,
    MembershipFactory,
    OrganisationFactory,
    PoolFactory,
    SuspensionFactory,
    UserFactory,
    a_publicity,
    at,
)

DAY = date(2026, 10, 12)
CANARY = "甲乙丙丁戊"
pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client):
    user = UserFactory(role="office")
    client.force_login(user)
    with clock.frozen(DAY):
        yield user


@pytest.fixture
def jiaozuo(db):
    """A pool in whose edition the leader decides exits and marks are known."""
    return PoolFactory(code="JZ", number_prefix="JZ", regulation_code="jiaozuo-2024", name="焦作市科技专家库")


@pytest.fixture
def second(db):
    """A pool under the same edition as the usual one."""
    return PoolFactory(code="QT", number_prefix="QT", name="第二专家库")


def member_of(pool, **kwargs):
    return MembershipFactory(pool=pool, **({"fields": []} if pool.regulation_code != "xinjiang-2025" else {}), **kwargs)


def an_exit_case(pool=None, *, ground="unfit", **kwargs):
    member = member_of(pool or PoolFactory(), **kwargs)
    case = ExitCase(membership=member, ground=ground, article="7(8)", reason="因病不再适宜", raised_on=DAY)
    case.decide_under(member.pool.regulation_on(DAY))
    case.save()
    return case


def an_objection(pool=None, **kwargs):
    publicity = a_publicity(pool=pool or PoolFactory(), **kwargs)
    return Objection.objects.create(
        publicity=publicity,
        application=publicity.batch.applications.get(),
        objector="匿名",
        contact="13911112222",
        content="材料不实",
        recorded_by=UserFactory(),
    )


def a_ban(pool=None, **kwargs):
    case = an_exit_case(pool, **kwargs)
    return ReentryBan.objects.create(pool=case.membership.pool, id_digest="0" * 64, exit_case=case, article="14(6)")


def a_disclosure(pool=None, **kwargs):
    return Disclosure.objects.create(
        pool=pool or PoolFactory(), by=UserFactory(), subject="expert:1", field_name="phone", reason="电话核实"
    )


MAKERS = {
    Expert: lambda pool=None, **kwargs: member_of(pool or PoolFactory(), **kwargs).expert,
    Membership: lambda pool=None, **kwargs: member_of(pool or PoolFactory(), **kwargs),
    Suspension: lambda pool=None, **kwargs: SuspensionFactory(membership=member_of(pool or PoolFactory(), **kwargs)),
    Mark: lambda pool=None, **kwargs: Mark.objects.create(
        membership=member_of(pool or PoolFactory(), **kwargs), kind="国家级人才", source="证书"
    ),
    ExitCase: an_exit_case,
    ReentryBan: a_ban,
    Disclosure: a_disclosure,
    Publicity: lambda pool=None, **kwargs: an_objection(pool).publicity,
    Objection: an_objection,
}
WITH_HISTORY = [model for model in MAKERS if model not in {ReentryBan, Disclosure}]


def page(model, name, *args, pool=None):
    return at(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", *args, pool=pool)


def act(client, thing, name, pool=None, **data):
    return client.post(page(type(thing), "act", thing.pk, name, pool=pool), data)


def errors(response):
    return [line.text for line in response.context["form"].error_summary]


# The wall.


@pytest.mark.parametrize("model", MAKERS, ids=lambda model: model.__name__)
def test_every_page_opens_in_its_own_pool_and_not_in_another(client, office, second, model):
    thing = MAKERS[model]()
    foreign = MAKERS[model](second)
    names = ["change", *(["history"] if model in WITH_HISTORY else [])]
    assert [client.get(page(model, name, thing.pk)).status_code for name in names] == [200] * len(names)
    # Django leads from an object that is not there to the index.
    assert [client.get(page(model, name, foreign.pk)).status_code for name in names] == [302, *[404] * (len(names) - 1)]
    if model in WITH_HISTORY:
        assert client.get(page(model, "simple_history", thing.pk, thing.history.first().pk)).status_code == 200
        assert client.get(page(model, "simple_history", foreign.pk, foreign.history.first().pk)).status_code == 404
    listed = client.get(page(model, "changelist")).context["cl"].result_list
    assert [row.pk for row in listed] == [thing.pk]


@pytest.mark.parametrize("model", MAKERS, ids=lambda model: model.__name__)
def test_the_other_pools_office_enters_no_page_of_this_one(client, second, model):
    thing = MAKERS[model]()
    client.force_login(UserFactory(role="office", pool=second))
    with clock.frozen(DAY):
        assert client.get(page(model, "changelist")).status_code in {302, 403}
        assert client.get(page(model, "change", thing.pk)).status_code in {302, 403}
        assert client.get(page(model, "change", thing.pk, pool=second)).status_code == 302


@pytest.mark.parametrize("model", [model for model in MAKERS if model not in {Publicity, Disclosure}], ids=lambda model: model.__name__)
def test_no_list_no_search_and_no_filter_shows_the_other_pools_people(client, office, second, model):
    names = {"expert__name": CANARY, "expert__name_key": name_key(CANARY), "number": "QT777777"}
    MAKERS[model](second, **({"name": CANARY} if model is Objection else names))
    MAKERS[model]()
    text = client.get(page(model, "changelist")).content.decode()
    assert (CANARY in text, "QT777777" in text) == (False, False)
    for words in (CANARY, "QT777777", name_initials(CANARY)):
        assert list(client.get(page(model, "changelist"), {"q": words}).context["cl"].result_list) == []


def test_a_person_in_two_pools_is_seen_without_the_other(client, office, second):
    member = MembershipFactory(expert__name=CANARY)
    other = MembershipFactory(expert=member.expert, pool=second, number="QT777777", state="exited")
    shown = client.get(page(Expert, "change", member.expert.pk)).content.decode()
    listed = client.get(page(Expert, "changelist")).content.decode()
    assert (member.number in shown, other.number in shown, other.number in listed) == (True, False, False)
    for query, found in (
        ({"q": other.number}, []),
        ({"q": member.number}, [member.expert]),
        ({"standing": "exited"}, []),
        ({"standing": "active"}, [member.expert]),
    ):
        assert list(client.get(page(Expert, "changelist"), query).context["cl"].result_list) == found


def test_who_of_another_pool_changed_a_shared_record_and_why_is_not_shown(client, office, second):
    member = MembershipFactory()
    other = MembershipFactory(expert=member.expert, pool=second)
    clerk = UserFactory(role="office", pool=second, name=CANARY)
    own = UserFactory(role="office", name="本库经办")
    change_decisive(membership=other, by=clerk, reason="第二库的机密理由", title="研究员")
    member.expert.history.filter(history_user=None).update(history_user=clerk)
    change_decisive(membership=member, by=own, reason="本库核对职称", title="正高级工程师")
    newest = member.expert.history.latest()
    newest.history_user = own
    newest.save()
    shown = client.get(page(Expert, "history", member.expert.pk)).content.decode()
    assert ["本库经办" in shown, CANARY in shown, "机密理由" in shown, "其他专家库" in shown] == [True, False, False, True]
    for row in member.expert.history.all():
        assert CANARY not in client.get(page(Expert, "simple_history", member.expert.pk, row.pk)).content.decode()


@pytest.mark.parametrize("model", MAKERS, ids=lambda model: model.__name__)
def test_a_list_takes_the_same_number_of_queries_for_one_and_three_rows(client, office, model):
    counts = []
    for more in (1, 2):
        for _ in range(more):
            MAKERS[model]()
        client.get(page(model, "changelist"))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page(model, "changelist")).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1], "\n".join(query["sql"][:150] for query in queries)


@pytest.mark.parametrize("model", WITH_HISTORY, ids=lambda model: model.__name__)
def test_history_shows_and_never_writes_an_old_row_back(client, office, model):
    thing = MAKERS[model]()
    assert client.post(page(model, "simple_history", thing.pk, thing.history.first().pk), {"state": "active"}).status_code == 403


# Members.


@pytest.mark.parametrize("words", ["张建国", "zjg", "zhang", "ZJK77777", "13977776666"])
def test_a_member_is_found_by_name_pinyin_number_and_whole_phone(client, office, words):
    name = "张建国"
    MembershipFactory(
        number="ZJK77777",
        expert__name=name,
        expert__name_key=name_key(name),
        expert__name_initials=name_initials(name),
        expert__phone="13977776666",
        expert__phone_digest=crypto.digest("phone", "13977776666"),
    )
    MembershipFactory(
        number="ZJK66666", expert__name="李秀英", expert__name_key=name_key("李秀英"), expert__name_initials=name_initials("李秀英")
    )
    found = client.get(page(Membership, "changelist"), {"q": words})
    assert [member.number for member in found.context["cl"].result_list] == ["ZJK77777"]


def test_the_filter_of_fields_offers_those_of_this_pool_alone(client, office, second):
    second.fields.create(code="ZZZ", name="第二库独有方向")
    text = client.get(page(Membership, "changelist")).content.decode()
    assert ("第二库独有方向" in text, PoolFactory().fields.first().name in text) == (False, True)


def test_key_information_is_changed_with_a_reason(client, office):
    member = MembershipFactory()
    data = {
        "title": "正高级工程师",
        "title_level": "4",
        "employer": member.expert.employer_id,
        "fields_": [member.pool.fields.get(code="MHG").pk],
        "reason": "职称晋升，附证书",
    }
    assert act(client, member, "change", **data).status_code == 302
    member.refresh_from_db()
    assert (member.expert.title_level, list(member.fields.values_list("code", flat=True))) == (4, ["MHG"])


@pytest.mark.clause("xinjiang-2025", "19(1)")
def test_a_member_is_suspended_and_let_back_in(client, office):
    member = MembershipFactory()
    assert errors(act(client, member, "suspend", starts_on="2026-10-12", reason="违反评审纪律")) == ["请填写暂停截止日期。"]
    assert act(client, member, "suspend", starts_on="2026-10-12", ends_on="2026-12-31", reason="违反评审纪律").status_code == 302
    suspension = Suspension.objects.get()
    assert act(client, suspension, "lift", reason="申诉成立，予以解除").status_code == 302
    assert Suspension.objects.get().lifted_on == DAY


def test_a_mark_is_set_on_the_members_page_and_ended_on_its_own(client, jiaozuo):
    client.force_login(UserFactory(role="office", pool=jiaozuo))
    member = member_of(jiaozuo)
    with clock.frozen(DAY):
        data = {"kind": "国家级人才", "source": "人才证书第1号", "starts_on": "2026-10-12"}
        assert act(client, member, "mark", jiaozuo, **data).status_code == 302
        mark = Mark.objects.get()
        assert "国家级人才" in client.get(page(Membership, "change", member.pk, pool=jiaozuo)).content.decode()
        assert act(client, mark, "end", jiaozuo, last_day="2026-11-30").status_code == 302
    assert Mark.objects.get().ends_on == date(2026, 11, 30)


def test_where_the_edition_knows_no_marks_the_page_says_so(client, office):
    member = MembershipFactory()
    impossible = client.get(page(Membership, "change", member.pk)).context["impossible"]
    assert {row["act"].name: row["refusals"][0].code for row in impossible} == {"mark": "no-marks"}


@pytest.mark.clause("xinjiang-2025", "8a")
def test_the_office_replaces_a_phone_without_seeing_the_old_one(client, office):
    expert = MembershipFactory(expert__phone="13811112222").expert
    data = {"new_phone": "13833334444", "email": "new@example.cn", "address": expert.address, "postcode": expert.postcode}
    formsets = {f"{prefix}-{part}": 0 for prefix in ("employments", "interests") for part in ("TOTAL_FORMS", "INITIAL_FORMS")}
    assert client.post(page(Expert, "change", expert.pk), {**data, **formsets}).status_code == 302
    expert.refresh_from_db()
    assert (expert.phone, expert.email) == ("13833334444", "new@example.cn")
    assert expert.phone_digest == crypto.digest("phone", "13833334444")
    history = client.get(page(Expert, "history", expert.pk)).content.decode()
    assert ["13811112222" in history, "13833334444" in history, "加密保存" in history] == [False, False, True]
    assert expert.history.count() == 2


# Disclosures.


def test_a_masked_value_is_shown_once_with_a_reason(client, office):
    expert = MembershipFactory().expert
    assert client.get(page(Expert, "act", expert.pk, "show-id-number")).content.decode().count(expert.id_number) == 0
    assert errors(act(client, expert, "show-id-number", reason="看看")) == ["请填写查看的事由，至少5个字。"]
    response = act(client, expert, "show-id-number", reason="电话核实身份信息")
    assert expert.id_number in response.content.decode()
    assert response["Cache-Control"].split(", ")[0] == "no-store"
    shown = Disclosure.objects.get()
    assert (shown.by, shown.pool.code, shown.subject, shown.field_name, shown.reason) == (
        office, "XJ", f"expert:{expert.pk}", "id_number", "电话核实身份信息",
    )  # fmt: skip
    event = LedgerEvent.objects.get(kind="disclosure.made")
    assert (expert.id_number in event.body, event.pool) == (False, "XJ")


def test_nothing_of_a_person_of_another_pool_is_shown(client, office, second):
    member, stranger = MembershipFactory(pool=second), ExpertFactory()
    assert act(client, member.expert, "show-phone", reason="电话核实身份信息").status_code == 404
    assert act(client, member, "show-phone", reason="电话核实身份信息").status_code == 404
    for person in (member.expert, stranger):
        with pytest.raises(Refused) as refused:
            disclose(subject=person, field_name="phone", reason="电话核实身份信息", by=office, pool=PoolFactory())
        assert [one.code for one in refused.value.refusals] == ["foreign"]
    with pytest.raises(Refused) as refused:
        disclose(subject=member.expert, field_name="phone", reason="电话核实身份信息", by=office, pool=second)
    assert [one.code for one in refused.value.refusals] == ["duty"]
    assert not Disclosure.objects.exists()


@pytest.mark.parametrize("role", ["inspector", "department", "leader", "recommending_unit", "expert", "employer", "audit_admin"])
def test_personal_data_is_shown_to_who_keeps_the_pool_and_to_nobody_else(role):
    member = MembershipFactory()
    with clock.frozen(DAY), pytest.raises(Refused) as refused:
        disclose(subject=member.expert, field_name="phone", reason="电话核实身份信息", by=UserFactory(role=role), pool=member.pool)
    assert [one.code for one in refused.value.refusals] == ["duty"]


def test_the_audit_administrator_sees_who_looked_and_no_names(client, second):
    mine, other = a_disclosure(), a_disclosure(second)
    client.force_login(UserFactory(role="audit_admin"))
    with clock.frozen(DAY):
        listed = client.get(address("admin:experts_disclosure_changelist"))
        assert {row.pk for row in listed.context["cl"].result_list} == {mine.pk, other.pk}
        for model in set(MAKERS) - {Disclosure}:
            assert client.get(address(f"admin:experts_{model._meta.model_name}_changelist")).status_code == 403


# Objections.


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
    form = client.get(page(Publicity, "act", publicity.pk, "object")).context["form"]
    assert list(form.fields["application"].queryset) == list(publicity.batch.applications.all())
    for one in (other, foreign):
        wrong = {"application": one.batch.applications.get().pk, "content": "业绩材料与事实不符", "on": "2026-10-12"}
        assert act(client, publicity, "object", **wrong).status_code == 200
    assert not Objection.objects.exists()


def test_the_other_pools_office_neither_enters_nor_judges_an_objection(second):
    stranger = UserFactory(role="office", pool=second)
    objection = an_objection()
    from experts.services.publicity import decide_objection, why_not_decide_objection, why_not_object

    with clock.frozen(DAY):
        for do in (
            lambda: record_objection(
                publicity=objection.publicity,
                application=objection.application,
                objector="",
                contact="",
                content="材料不实，有证据",
                by=stranger,
            ),
            lambda: decide_objection(objection=objection, upheld=True, conclusion="经核实，情况属实", by=stranger),
        ):
            with pytest.raises(Refused) as refused:
                do()
            assert [one.code for one in refused.value.refusals] == ["duty"]
        codes = [why_not_object(objection.publicity, DAY, stranger).code, why_not_decide_objection(objection, DAY, stranger).code]
    assert (codes, Objection.objects.get().state) == (["duty"] * 2, "open")


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
        assert client.get(page(Objection, "change", objection.pk)).status_code == 200
    assert objection.late is True


# Exits.


@pytest.mark.clause("xinjiang-2025", "7(2)")
def test_an_exit_case_is_opened_with_evidence_and_decided(client, office):
    member = MembershipFactory()
    evidence = SimpleUploadedFile("举报材料.pdf", b"%PDF-1.4 x", content_type="application/pdf")
    response = act(client, member, "exit", ground="bribery", reason="经纪检部门查实", on="2026-10-12", evidence=[evidence])
    assert response.status_code == 302
    case = ExitCase.objects.get()
    assert case.attachments.count() == 1
    shown = client.get(page(ExitCase, "change", case.pk)).content.decode()
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
        offered = client.get(page(ExitCase, "change", case.pk, pool=jiaozuo)).context["possible"]
        assert [row["act"].name for row in offered] == ["evidence"]
        assert act(client, case, "exit", jiaozuo, reason="经审议同意出库").status_code == 403
        client.force_login(leader)
        assert f"出库事项待决定：{case.membership.number}" in client.get(at("home", pool=jiaozuo)).content.decode()
        offered = client.get(page(ExitCase, "change", case.pk, pool=jiaozuo)).context["possible"]
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
        assert client.get(page(Membership, "changelist")).status_code in {302, 403}
        for number in (foreign.number, "ZJK999999"):
            refused = client.post(page(ExitCase, "add"), {**data, "number": number})
            assert "本专家库没有您可以提出的这一编号的专家" in refused.content.decode()
        assert "至少5个字" in client.post(page(ExitCase, "add"), {**data, "number": member.number, "reason": "差"}).content.decode()
        response = client.post(page(ExitCase, "add"), {**data, "number": member.number})
        assert response.status_code == 302, response.context["adminform"].form.errors
        case = ExitCase.objects.get(raised_by=user)
        listed = client.get(page(ExitCase, "changelist"))
        assert [row.pk for row in listed.context["cl"].result_list] == [case.pk]
        shown = client.get(page(ExitCase, "change", case.pk)).content.decode()
        assert (member.number in shown, CANARY in shown, CANARY in listed.content.decode()) == (True, False, False)
        assert client.get(page(ExitCase, "change", other.pk)).status_code == 302
        assert list(client.get(page(ExitCase, "changelist"), {"q": CANARY}).context["cl"].result_list) == []


# What waits, and what the public sees.


def test_what_waits_is_told_in_its_own_pool(client, office, second):
    case, objection = an_exit_case(), an_objection()
    foreign = an_exit_case(second), an_objection(second)
    text = client.get(at("home")).content.decode()
    assert f"出库事项待决定：{case.membership.number}" in text
    assert f"核实公示异议：{objection.application.number}" in text
    assert foreign[0].membership.number not in text
    assert foreign[1].application.number not in text


def test_what_waits_takes_the_same_number_of_queries_for_one_and_three(client, office):
    counts = []
    for more in (1, 2):
        for _ in range(more):
            an_exit_case()
            an_objection()
        with CaptureQueriesContext(connection) as queries:
            client.get(at("home"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_list_of_publicities_is_the_pools_own(client, second):
    mine, foreign = a_publicity(), a_publicity(pool=second)
    both = UserFactory(role="inspector")
    AssignmentFactory(account=both, role="office", pool=second)
    client.force_login(both)
    with clock.frozen(DAY):
        here = client.get(at("publicities")).content.decode()
        there = client.get(at("publicities", pool=second)).content.decode()
    assert (mine.batch.number in here, foreign.batch.number in here) == (True, False)
    assert (mine.batch.number in there, foreign.batch.number in there) == (False, True)


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


def test_a_public_page_shows_one_pools_list(client, second):
    mine = a_publicity()
    a_publicity(pool=second, name=CANARY)
    with clock.frozen(DAY):
        text = client.get(address("publicity_public", mine.batch.number)).content.decode()
    assert CANARY not in text
    assert Application.objects.get(batch=mine.batch).name in text


def test_somebody_without_a_unit_of_his_own_speaks_for_no_expert():
    employer = UserFactory(role="employer", organisation=OrganisationFactory())
    from experts.services.exits import why_not_raise_as

    with clock.frozen(DAY):
        member = MembershipFactory()
        assert why_not_raise_as(member, "employer", employer, DAY).code == "not-own"
        AssignmentFactory(account=employer, role="employer", pool=None, organisation=member.expert.employer)
        assert why_not_raise_as(member, "employer", employer, DAY) is None
