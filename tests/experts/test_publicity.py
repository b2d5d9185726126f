"""公示, its end, objections and exemptions."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from expertpool import clock
from expertpool.ledger.models import LedgerEvent
from expertpool.refusals import Refused
from experts.models import Application, Batch, Objection, Publicity
from experts.services.batches import decide_batch
from experts.services.memberships import admit
from experts.services.publicity import decide_objection, end_publicity, exempt_publicity, open_publicity, record_objection
from tests.factories import OrganisationFactory, UserFactory, a_batch, a_publicity

DAY = date(2026, 10, 12)
LAST = date(2026, 10, 21)
pytestmark = pytest.mark.django_db


def codes(refused):
    return [refusal.code for refusal in refused.value.refusals]


def decided(day, **kwargs):
    batch = a_batch(day=day, **kwargs)
    with clock.frozen(day):
        return decide_batch(batch=batch, decision_document="新工信专家〔2026〕1号", by=UserFactory(role="office"))


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


@pytest.mark.parametrize("on", [DAY - timedelta(days=20), DAY + timedelta(days=1)])
def test_a_period_runs_from_the_day_on_which_it_is_published(office_user, on):
    batch = decided(DAY)
    with clock.frozen(DAY), pytest.raises(Refused) as refused:
        open_publicity(batch=batch, by=office_user, on=on)
    assert codes(refused) == ["not-today"]


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
        end_publicity(publicity=publicity, on=date(2027, 1, 1))
    assert codes(refused) == ["not-over"]
    with clock.frozen(clock.end_of(LAST)):
        ended = end_publicity(publicity=publicity)
        assert end_publicity(publicity=publicity) == ended
    assert ended.state == Publicity.State.ENDED
    assert LedgerEvent.objects.filter(kind="publicity.ended").count() == 1


def objection_to(publicity, application=None, *, at=None, on=None, content="申请人业绩材料与事实不符"):
    with clock.frozen(at or DAY + timedelta(days=1)):
        return record_objection(
            publicity=publicity,
            application=application or publicity.batch.applications.first(),
            objector="",
            contact="13900001111",
            content=content,
            by=UserFactory(role="office"),
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
        with pytest.raises(Refused):
            decide_objection(objection=upheld, upheld=False, conclusion="经核实，情况不实", by=office_user)
    with clock.frozen(clock.end_of(LAST)):
        assert admit(application=good, by=office_user).state == "active"
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
        assert [(one.code, one.article) for one in refused.value.refusals] == [("role", "6(4)b")]
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
        page = client.get(reverse("publicities")).content.decode()
        home = client.get(reverse("home")).content.decode()
    assert "《某某规定》第三条" in page
    assert "涉及国家秘密，不宜公开" in page
    assert f"批次{batch.number}经批准不予公示" in home


@pytest.mark.clause("xinjiang-2025", "6(4)c")
def test_the_public_page_shows_the_listed_columns_and_nothing_else(client):
    publicity = a_publicity(employer=OrganisationFactory(name="新疆煤化工设计院"))
    person = publicity.batch.applications.get()
    with clock.frozen(DAY):
        response = client.get(reverse("publicity_public", args=[publicity.batch.number]))
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
        page = client.get(reverse("publicity_public", args=[publicity.batch.number])).content.decode()
        index = client.get(reverse("publicities_public")).content.decode()
    assert ["公示期满" in page, "公示已经期满" in page, "公示期满" in index] == [True, True, True]


def test_an_exempted_batch_has_no_public_page(client, leader_user):
    batch = decided(DAY)
    with clock.frozen(DAY):
        exempt_publicity(batch=batch, by=leader_user, provision="《某某规定》第三条", reason="涉及国家秘密，不宜公开")
        assert client.get(reverse("publicity_public", args=[batch.number])).status_code == 404
        assert batch.number not in client.get(reverse("publicities_public")).content.decode()


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
            assert client.get(reverse(name)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_public_page_takes_the_same_number_of_queries_for_one_and_three(client):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for people in (1, 3):
        publicity = a_publicity(people=people)
        with clock.frozen(DAY), CaptureQueriesContext(connection) as queries:
            client.get(reverse("publicity_public", args=[publicity.batch.number]))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_leader_decides_on_his_own_page(client, leader_user):
    batch = a_batch(people=2)
    client.force_login(leader_user)
    with clock.frozen(DAY):
        assert batch.number in client.get(reverse("batches")).content.decode()
        form = {"act": "decide", "d-decision_document": "新工信专家〔2026〕1号", "d-on": "2026-10-12"}
        assert client.post(reverse("batch", args=[batch.pk]), form).status_code == 302
    batch.refresh_from_db()
    assert (batch.state, batch.decided_by) == ("decided", leader_user)


def test_the_inspector_may_look_at_a_batch_but_not_decide(client, inspector_user):
    batch = a_batch()
    client.force_login(inspector_user)
    with clock.frozen(DAY):
        form = {"act": "decide", "d-decision_document": "甲", "d-on": "2026-10-12"}
        page = client.post(reverse("batch", args=[batch.pk]), form)
    batch.refresh_from_db()
    assert (page.status_code, batch.state) == (200, "collecting")


def test_the_period_of_publication_is_recorded_to_the_moment():
    publicity = a_publicity()
    with clock.frozen(clock.end_of(LAST)):
        end_publicity(publicity=publicity)
    assert publicity.opened_at == datetime(2026, 10, 12, 1, 0, tzinfo=UTC)
    assert '"last_moment":"2026-10-21T16:00:00+00:00"' in LedgerEvent.objects.get(kind="publicity.ended").body
