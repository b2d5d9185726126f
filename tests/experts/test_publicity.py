"""公示, its end, objections and exemptions."""

from datetime import UTC, date, datetime, timedelta

import pytest

from expertpool import clock
from expertpool.addresses import address
from expertpool.ledger.models import LedgerEvent
from expertpool.ledger.services import data_of
from expertpool.messaging.models import Message
from expertpool.refusals import Refused
from expertpool.workcalendar.services import store_year
from expertpool.workcalendar.tablefile import DayRow
from experts.models import Application, Batch, Objection, Publicity
from experts.services.batches import decide_batch
from experts.services.memberships import admit, why_not_admit
from experts.services.publicity import (
    decide_objection,
    end_publicity,
    exempt_publicity,
    open_publicity,
    record_objection,
    why_not_exempt,
    why_not_open_publicity,
)
from experts.sweeps import sweep_publicity
from tests.factories import OrganisationFactory, PoolFactory, UserFactory, a_batch, a_publicity, at, due
from tests.refusing import codes

DAY = date(2026, 10, 12)
LAST = date(2026, 10, 21)
pytestmark = pytest.mark.django_db


def decided(day, **kwargs):
    batch = a_batch(day=day, **kwargs)
    with clock.frozen(day):
        return decide_batch(batch=batch, decision_document="新工信专家〔2026〕1号", step=due(batch), by=UserFactory(role="office"))


@pytest.mark.clause("xinjiang-2025", "6(4)a")
@pytest.mark.parametrize(
    ("opened", "last"),
    [
        (date(2026, 10, 12), date(2026, 10, 21)),
        # Make-up Saturdays 2026-02-14 and 02-28, Spring Festival in between.
        (date(2026, 2, 12), date(2026, 2, 28)),
        # Published on a Saturday: day 1 is the Monday after.
        (date(2026, 10, 17), date(2026, 10, 27)),
    ],
)
def test_the_period_is_seven_working_days_by_the_official_calendar(office_user, opened, last):
    batch = decided(opened)
    with clock.frozen(opened):
        publicity = open_publicity(batch=batch, by=office_user)
    assert (publicity.opened_on, publicity.last_day, publicity.days, publicity.counting) == (opened, last, 7, "workdays")


def test_opening_shows_the_list_and_twice_is_once(office_user):
    publicity = a_publicity(people=2)
    with clock.frozen(DAY):
        assert open_publicity(batch=publicity.batch, by=office_user) == publicity
    assert [a.state for a in publicity.batch.applications.all()] == ["in_publicity", "in_publicity"]
    assert Batch.objects.get().state == Batch.State.IN_PUBLICITY
    assert LedgerEvent.objects.filter(kind="publicity.opened").count() == 1


@pytest.mark.parametrize("days", [6, 8, 30])
def test_an_exact_period_cannot_be_changed(office_user, days):
    batch = decided(DAY)
    with clock.frozen(DAY), pytest.raises(Refused) as refused:
        open_publicity(batch=batch, by=office_user, days=days)
    assert codes(refused) == ["days"]


@pytest.mark.clause("xinjiang-2025", "6(4)a")
def test_a_period_into_a_year_that_is_not_loaded_is_refused_and_changes_nothing(office_user):
    day = date(2026, 12, 28)
    batch = decided(day)
    with clock.frozen(day), pytest.raises(Refused) as refused:
        open_publicity(batch=batch, by=office_user)
    assert codes(refused) == ["calendar-missing"]
    assert not Publicity.objects.exists()
    assert Batch.objects.get().state == Batch.State.DECIDED
    assert Application.objects.get().state == Application.State.PROPOSED


@pytest.mark.clause("xinjiang-2025", "6(4)a")
def test_a_period_does_not_end_before_24_00_of_its_last_day():
    publicity = a_publicity()
    with clock.frozen(clock.end_of(LAST) - timedelta(seconds=1)), pytest.raises(Refused) as refused:
        end_publicity(publicity=publicity)
    assert codes(refused) == ["not-over"]
    with clock.frozen(clock.end_of(LAST)):
        ended = end_publicity(publicity=publicity)
        assert end_publicity(publicity=publicity) == ended
    assert ended.state == Publicity.State.ENDED
    assert LedgerEvent.objects.filter(kind="publicity.ended").count() == 1


def objection_to(publicity, application=None, *, at=None, on=None, by=None, content="申请人业绩材料与事实不符"):
    with clock.frozen(at or DAY + timedelta(days=1)):
        return record_objection(
            publicity=publicity,
            application=application or publicity.batch.applications.first(),
            objector="",
            contact="13900001111",
            content=content,
            by=by or UserFactory(role="office"),
            on=on,
        )


@pytest.mark.clause("xinjiang-2025", "6(5)a")
def test_an_objection_at_23_59_of_the_last_day_is_in_time_and_a_minute_later_it_is_late():
    publicity = a_publicity()
    last_minute = clock.end_of(LAST) - timedelta(minutes=1)
    assert objection_to(publicity, at=last_minute, content="第一份异议的内容").late is False
    assert objection_to(publicity, at=clock.end_of(LAST), content="第二份异议的内容").late is True


@pytest.mark.clause("xinjiang-2025", "6(5)a")
def test_an_open_objection_holds_that_person_only(office_user):
    publicity = a_publicity(people=2)
    held, other = publicity.batch.applications.order_by("pk")
    objection_to(publicity, held)
    with clock.frozen(clock.end_of(LAST)):
        assert admit(application=other, by=office_user).expert.name == other.name
        with pytest.raises(Refused) as refused:
            admit(application=held, by=office_user)
    assert [(one.code, one.article) for one in refused.value.refusals] == [("objection", "6(5)a")]


def test_a_late_objection_is_kept_and_blocks_nobody(office_user):
    publicity = a_publicity()
    after = clock.end_of(LAST)
    objection = objection_to(publicity, at=after)
    with clock.frozen(after):
        assert admit(application=publicity.batch.applications.get(), by=office_user).state == "active"
    assert Objection.objects.get() == objection


def test_the_same_objection_twice_is_one_and_the_ledger_has_none_of_its_words():
    publicity = a_publicity()
    assert objection_to(publicity) == objection_to(publicity)
    body = LedgerEvent.objects.get(kind="objection.recorded").body
    assert "13900001111" not in body
    assert body.isascii()


def test_an_objection_received_earlier_is_dated_to_its_day():
    publicity = a_publicity()
    objection = objection_to(publicity, at=date(2026, 10, 22), on=LAST)
    assert (objection.late, clock.day_of(objection.received_at)) == (False, LAST)


@pytest.mark.parametrize(("on", "code"), [(date(2026, 10, 14), "future-day"), (date(2026, 10, 11), "too-early")])
def test_an_objection_has_a_possible_day(on, code):
    publicity = a_publicity()
    with pytest.raises(Refused) as refused:
        objection_to(publicity, on=on)
    assert codes(refused) == [code]


def test_somebody_who_is_not_on_the_list_cannot_be_objected_to():
    publicity, other = a_publicity(), a_publicity()
    with pytest.raises(Refused) as refused:
        objection_to(publicity, other.batch.applications.get())
    assert codes(refused) == ["not-on-list"]


@pytest.mark.clause("xinjiang-2025", "6(5)a")
def test_an_upheld_objection_rejects_and_a_dismissed_one_lets_in(office_user):
    publicity = a_publicity(people=2)
    bad, good = publicity.batch.applications.order_by("pk")
    upheld, dismissed = objection_to(publicity, bad), objection_to(publicity, good)
    with clock.frozen(DAY + timedelta(days=2)):
        for _ in range(2):
            decide_objection(objection=upheld, upheld=True, conclusion="经核实，情况属实", by=office_user)
            decide_objection(objection=dismissed, upheld=False, conclusion="经核实，情况不实", by=office_user)
        with pytest.raises(Refused) as refused:
            decide_objection(objection=upheld, upheld=False, conclusion="经核实，情况不实", by=office_user)
        assert [one.code for one in refused.value.refusals] == ["state"]
    with clock.frozen(clock.end_of(LAST)):
        assert admit(application=good, by=office_user).state == "active"
        with pytest.raises(Refused) as refused:
            admit(application=bad, by=office_user)
    assert codes(refused) == ["state"]
    bad.refresh_from_db()
    assert bad.state == Application.State.REJECTED
    assert Batch.objects.get().state == Batch.State.CLOSED
    assert LedgerEvent.objects.filter(kind="objection.decided").count() == 2


@pytest.mark.clause("xinjiang-2025", "6(4)b")
def test_an_exemption_needs_provision_reason_and_the_approver_and_lets_admit(office_user, leader_user):
    batch = decided(DAY)
    given = {"provision": "《某某规定》第三条", "reason": "涉及国家秘密，不宜公开"}
    with clock.frozen(DAY):
        with pytest.raises(Refused) as refused:
            exempt_publicity(batch=batch, by=office_user, **given)
        assert [(one.code, one.article) for one in refused.value.refusals] == [("duty", "")]
        with pytest.raises(Refused) as refused:
            exempt_publicity(batch=batch, by=leader_user, provision="", reason="")
        assert [one.field for one in refused.value.refusals] == ["provision", "reason"]
        publicity = exempt_publicity(batch=batch, by=leader_user, **given)
        assert exempt_publicity(batch=batch, by=leader_user, **given) == publicity
        admit(application=batch.applications.get(), by=office_user)
    assert (publicity.state, publicity.opened_by) == (Publicity.State.EXEMPT, leader_user)
    assert Batch.objects.get().state == Batch.State.CLOSED


@pytest.mark.clause("xinjiang-2025", "6(4)b")
def test_the_inspector_sees_every_exemption_with_its_reason(client, leader_user, inspector_user):
    batch = decided(DAY)
    client.force_login(inspector_user)
    with clock.frozen(DAY):
        exempt_publicity(batch=batch, by=leader_user, provision="《某某规定》第三条", reason="涉及国家秘密，不宜公开")
        page = client.get(at("publicities")).content.decode()
        home = client.get(at("home")).content.decode()
    assert "《某某规定》第三条" in page
    assert "涉及国家秘密，不宜公开" in page
    assert f"批次{batch.number}经批准不予公示" in home


@pytest.mark.clause("xinjiang-2025", "6(4)c")
def test_the_public_page_shows_the_listed_columns_and_nothing_else(client):
    publicity = a_publicity(employer=OrganisationFactory(name="新疆煤化工设计院"))
    person = publicity.batch.applications.get()
    with clock.frozen(DAY):
        response = client.get(address("publicity_public", publicity.batch.number))
    page = response.content.decode()
    assert response.status_code == 200
    assert [person.name in page, "新疆煤化工设计院" in page, person.title in page] == [True, True, True]
    assert "2026年10月21日 24:00" in page
    for hidden in [
        person.id_number,
        person.phone,
        person.email,
        person.address,
        person.school,
        person.number,
        person.recommending_unit.name,
    ]:
        assert hidden not in page


def test_after_the_end_the_public_page_stays_and_says_so(client):
    publicity = a_publicity()
    with clock.frozen(clock.end_of(LAST)):
        page = client.get(address("publicity_public", publicity.batch.number)).content.decode()
        index = client.get(address("publicities_public")).content.decode()
    assert ["公示期满" in page, "公示已经期满" in page, "公示期满" in index] == [True, True, True]


def test_an_exempted_batch_has_no_public_page(client, leader_user):
    batch = decided(DAY)
    with clock.frozen(DAY):
        exempt_publicity(batch=batch, by=leader_user, provision="《某某规定》第三条", reason="涉及国家秘密，不宜公开")
        assert client.get(address("publicity_public", batch.number)).status_code == 404
        assert batch.number not in client.get(address("publicities_public")).content.decode()


@pytest.mark.parametrize("name", ["publicities_public", "publicities"])
def test_the_lists_take_the_same_number_of_queries_for_one_and_three(client, inspector_user, name):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(inspector_user)
    counts = []
    a_publicity()
    for more in (0, 2):
        for _ in range(more):
            a_publicity()
        with clock.frozen(DAY), CaptureQueriesContext(connection) as queries:
            assert client.get(at(name) if name == "publicities" else address(name)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_public_page_takes_the_same_number_of_queries_for_one_and_three(client):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for people in (1, 3):
        publicity = a_publicity(people=people)
        with clock.frozen(DAY), CaptureQueriesContext(connection) as queries:
            client.get(address("publicity_public", publicity.batch.number))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_leader_decides_on_his_own_page(client, leader_user):
    batch = a_batch(people=2)
    client.force_login(leader_user)
    with clock.frozen(DAY):
        assert batch.number in client.get(at("batches")).content.decode()
        form = {"act": "decide", "d-decision_document": "新工信专家〔2026〕1号", "d-on": "2026-10-12", "d-step": due(batch)}
        assert client.post(at("batch", batch.pk), form).status_code == 302
    batch.refresh_from_db()
    assert (batch.state, batch.decisions.get().by) == ("decided", leader_user)


def test_the_inspector_may_look_at_a_batch_but_not_decide(client, inspector_user):
    batch = a_batch()
    client.force_login(inspector_user)
    with clock.frozen(DAY):
        form = {"act": "decide", "d-decision_document": "甲", "d-on": "2026-10-12"}
        page = client.post(at("batch", batch.pk), form)
    batch.refresh_from_db()
    assert (page.status_code, batch.state) == (200, "collecting")


def test_the_period_of_publication_is_recorded_to_the_moment():
    publicity = a_publicity()
    with clock.frozen(clock.end_of(LAST)):
        end_publicity(publicity=publicity)
    assert publicity.opened_at == datetime(2026, 10, 12, 1, 0, tzinfo=UTC)
    assert '"last_moment":"2026-10-21T16:00:00+00:00"' in LedgerEvent.objects.get(kind="publicity.ended").body


def test_the_office_of_another_pool_neither_shows_nor_leaves_out_a_list(leader_user):
    other = PoolFactory(code="QT", number_prefix="QT", name="第二库")
    batch = decided(DAY)
    strangers = UserFactory(role="office", pool=other), UserFactory(role="leader", pool=other)
    given = {"provision": "《某某规定》第三条", "reason": "涉及国家秘密，不宜公开"}
    with clock.frozen(DAY):
        for act in (
            lambda: open_publicity(batch=batch, by=strangers[0]),
            lambda: exempt_publicity(batch=batch, by=strangers[1], **given),
        ):
            with pytest.raises(Refused) as refused:
                act()
            assert codes(refused) == ["duty"]
        assert why_not_open_publicity(batch, DAY, strangers[0]).code == "duty"
        assert why_not_exempt(batch, DAY, strangers[1]).code == "duty"
        assert why_not_open_publicity(batch, DAY) is None
    assert not Publicity.objects.exists()


def test_a_list_is_not_shown_before_the_steps_that_come_first(office_user):
    batch = a_batch()
    with clock.frozen(DAY), pytest.raises(Refused) as refused:
        open_publicity(batch=batch, by=office_user)
    assert [(one.code, one.article) for one in refused.value.refusals] == [("undecided", "6(3)c")]


def test_what_publicity_writes_bears_its_pool():
    publicity = a_publicity(pool=PoolFactory(code="QT", number_prefix="QT", name="第二库"))
    with clock.frozen(clock.end_of(LAST)):
        end_publicity(publicity=publicity)
    events = LedgerEvent.objects.filter(kind__startswith="publicity.")
    assert list(events.values_list("kind", "pool").order_by("seq")) == [("publicity.opened", "QT"), ("publicity.ended", "QT")]


def elsewhere(code, **kwargs):
    """A list in the pool of another paper, due to be shown, and who keeps that pool."""
    pool = PoolFactory(code=code[:2].upper(), regulation_code=code)
    office = UserFactory(role="office", pool=pool)
    batch = a_batch(day=DAY, by=office, pool=pool, channel="call", **kwargs)
    if batch.step == "department_decision":
        with clock.frozen(DAY):
            batch = decide_batch(
                batch=batch, decision_document="局专家〔2026〕1号", step=due(batch), by=UserFactory(role="leader", pool=pool)
            )
    return batch, office


@pytest.mark.parametrize(("days", "last"), [(4, None), (None, date(2026, 10, 19)), (6, date(2026, 10, 20))])
def test_a_shortest_period_may_be_exceeded_and_not_cut(days, last):
    batch, office = elsewhere("xinxian-2021", fields=["CYJS"])
    with clock.frozen(DAY):
        if last:
            assert open_publicity(batch=batch, by=office, days=days).last_day == last
            return
        with pytest.raises(Refused) as refused:
            open_publicity(batch=batch, by=office, days=days)
    assert [(one.code, one.field) for one in refused.value.refusals] == [("days", "days")]


def test_publicity_is_not_left_out_where_the_regulation_knows_no_exemption():
    batch, _office = elsewhere("xinxian-2021", fields=["CYJS"])
    leader = UserFactory(role="leader", pool=batch.pool)
    with clock.frozen(DAY), pytest.raises(Refused) as refused:
        exempt_publicity(batch=batch, provision="《某某规定》第三条", reason="涉及国家秘密，不宜公开", by=leader)
    assert codes(refused) == ["no-exemption"]
    assert not Publicity.objects.exists()


def test_an_objection_bears_a_name_where_the_regulation_asks_for_one():
    batch, office = elsewhere("neimenggu", fields=[], step="publicity")
    with clock.frozen(DAY):
        publicity = open_publicity(batch=batch, by=office)
    with pytest.raises(Refused) as refused:
        objection_to(publicity, by=office)
    assert [(one.code, one.field) for one in refused.value.refusals] == [("anonymous", "objector")]
    assert not Objection.objects.exists()


@pytest.mark.parametrize(("said", "late", "codes"), [("true", True, []), ("false", False, ["objection"])])
def test_whether_an_objection_after_the_period_counts_is_the_editions_word(regulation_like, said, late, codes):
    edition = regulation_like("own-2025", "xinjiang-2025", ("within_period = true", f"within_period = {said}"))
    pool = PoolFactory(code="O", regulation_code=edition.code, number_prefix="OO")
    publicity = a_publicity(pool=pool)
    after = clock.end_of(publicity.last_day)
    objection = objection_to(publicity, at=after, by=UserFactory(role="office", pool=pool))
    with clock.frozen(after):
        found = [one.code for one in why_not_admit(publicity.batch.applications.get(), clock.today())]
    assert (objection.late, [one for one in found if one.startswith("objection")]) == (late, codes)


def test_there_is_nothing_to_object_to_where_nothing_was_shown(leader_user):
    batch = decided(DAY)
    with clock.frozen(DAY):
        exempt = exempt_publicity(batch=batch, provision="《某某规定》第三条", reason="涉及国家秘密，不宜公开", by=leader_user)
    with pytest.raises(Refused) as refused:
        objection_to(exempt)
    assert codes(refused) == ["exempt"]
    assert not Objection.objects.exists()


def told(kind):
    return list(Message.objects.filter(kind=kind).values_list("recipient", "address", "body"))


@pytest.mark.clause("xinxian-2021", "7(4)c")
def test_where_the_paper_says_so_who_objected_and_whom_it_concerns_are_told_what_was_found():
    batch, office = elsewhere("xinxian-2021", fields=["CYJS"])
    with clock.frozen(DAY):
        publicity = open_publicity(batch=batch, by=office)
    made = batch.applications.get()
    objection = objection_to(publicity, by=office)
    with clock.frozen(DAY + timedelta(days=2)):
        decide_objection(objection=objection, upheld=False, conclusion="经核实，情况不实", by=office)
    assert told("objection.answered") == [(None, "13900001111", f"您对{batch.number}批次公示提出的异议已核实，结论：异议不成立。")]
    assert told("objection.decided") == [(made.filed_by.pk, "", f"入库申请{made.number}在公示期间收到异议，经核实，异议不成立。")]


def test_where_the_paper_is_silent_only_who_is_not_admitted_is_told(office_user):
    publicity = a_publicity(people=2)
    bad, good = publicity.batch.applications.order_by("pk")
    upheld, dismissed = objection_to(publicity, bad), objection_to(publicity, good)
    with clock.frozen(DAY + timedelta(days=2)):
        decide_objection(objection=upheld, upheld=True, conclusion="经核实，情况属实", by=office_user)
        decide_objection(objection=dismissed, upheld=False, conclusion="经核实，情况不实", by=office_user)
    assert told("objection.answered") == []
    assert told("objection.decided") == [(bad.filed_by.pk, "", f"入库申请{bad.number}在公示期间收到异议，经核实，异议成立，不予入库。")]


@pytest.mark.clause("xinjiang-2025", "6(4)a")
def test_a_last_day_in_a_year_without_its_notice_is_provisional_and_computed_again_when_the_notice_is_loaded(office_user):
    def load(*rows, status):
        store_year(year=2027, rows=rows, source_document="国办发明电〔2026〕9号", by=None, status=status)

    new_year = DayRow(2, date(2027, 1, 1), False, "元旦")
    load(new_year, status="provisional")
    batch = decided(date(2026, 12, 28))
    with clock.frozen(date(2026, 12, 28)):
        publicity = open_publicity(batch=batch, by=office_user)
        assert (publicity.last_day, publicity.provisional) == (date(2027, 1, 7), True)
        # The same table under the same status says the same.
        sweep_publicity(on=clock.today())
    load(new_year, DayRow(3, date(2027, 1, 4), False, "调休"), status="official")
    with clock.frozen(date(2027, 1, 8)):
        assert sweep_publicity(on=clock.today()) == 0
        publicity.refresh_from_db()
        assert (publicity.state, publicity.last_day, publicity.provisional) == ("open", date(2027, 1, 8), False)
    [event] = LedgerEvent.objects.filter(kind="publicity.recomputed")
    assert data_of(event) == {"publicity": publicity.pk, "last_day": "2027-01-08", "provisional": False}


def test_a_list_that_is_not_shown_stands_on_no_front_page(client, leader_user):
    shown, batch = a_publicity(), decided(DAY)
    with clock.frozen(DAY):
        exempt_publicity(batch=batch, by=leader_user, provision="《某某规定》第三条", reason="涉及国家秘密，不宜公开")
        page = client.get("/").content.decode()
    assert (shown.batch.number in page, batch.number in page) == (True, False)
