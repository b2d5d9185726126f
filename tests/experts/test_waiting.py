"""What waits for the office because of the regulation itself."""

from datetime import date, timedelta

import pytest
from django.test import Client

from expertpool import clock
from expertpool.pools import duties
from expertpool.pools.duties import actor
from expertpool.regulations import catalogue
from expertpool.regulations.catalogue import BUILT_IN
from experts.models import ExitCase, Objection
from experts.services.batches import decide_batch
from experts.services.publicity import exempt_publicity, record_objection
from experts.waiting import standing
from experts.waiting import waiting as waiting_for_actor
from tests.factories import MembershipFactory, PoolFactory, UserFactory, a_batch, a_publicity, at, due

pytestmark = [pytest.mark.django_db, pytest.mark.clause("xinjiang-2025", "21")]
LAST = date(2027, 5, 20)
DAY = date(2026, 10, 12)


def waiting(user, on):
    """What waits for an account in the usual pool on a day."""
    return waiting_for_actor(actor(user, PoolFactory(), on))


@pytest.mark.parametrize(
    ("on", "warned"),
    [(LAST - timedelta(days=91), False), (LAST - timedelta(days=90), True), (LAST, True), (LAST + timedelta(days=1), False)],
)
def test_the_office_is_warned_before_its_regulation_lapses(pool, office_user, on, warned):
    expected = [("《新疆维吾尔自治区工业和信息化专家库管理办法（试行）》即将失效", clock.end_of(LAST), "21", "xinjiang-2025")]
    assert [(item.title, item.due, item.article, item.regulation) for item in waiting(office_user, on)] == (expected if warned else [])


def test_nobody_else_is_warned(pool, leader_user, inspector_user, department_user):
    assert [waiting(user, LAST) for user in (leader_user, inspector_user, department_user)] == [[], [], []]


def test_the_warning_goes_when_a_following_edition_is_loaded(pool, office_user, regulations_folder):
    file = BUILT_IN / "xinjiang-2025" / "2025-04-21.toml"
    text = file.read_text().replace("effective_from = 2025-04-21", "effective_from = 2027-05-21").replace("effective_to = 2027-05-20\n", "")
    (regulations_folder / "xinjiang-2025").mkdir()
    (regulations_folder / "xinjiang-2025" / "2027-05-21.toml").write_text(text)
    catalogue.clear_cache()
    assert catalogue.in_force("xinjiang-2025", LAST + timedelta(days=1)).effective_to is None
    assert waiting(office_user, LAST) == []


def test_the_first_page_shows_it_with_its_last_day(pool, office_user):
    client = Client()
    client.force_login(office_user)
    with clock.frozen(date(2027, 3, 1)):
        page = client.get(at("home")).content.decode()
    assert [words in page for words in ("即将失效", "2027年5月20日（周四）24:00 截止", "第二十一条", "查看现行规定")] == [True] * 4


def test_what_is_not_ones_own_takes_no_place_from_what_is(pool, monkeypatch):
    """Fifty older cases under an edition that names somebody else do not hide the one that is to be decided here."""
    monkeypatch.setattr(standing, "MOST", 1)
    asked = duties.roles_for
    nobody = duties.Holder(("leader",))
    ours = ("exits.decide", "objections.decide")
    monkeypatch.setattr(
        duties, "roles_for", lambda duty, edition: nobody if duty in ours and edition.code == "jiaozuo-2024" else asked(duty, edition)
    )
    office, leader = UserFactory(role="office"), UserFactory(role="leader")
    other = catalogue.in_force("jiaozuo-2024", DAY)
    with clock.frozen(DAY):
        for edition in (other, pool.regulation_on(DAY)):
            case = ExitCase(membership=MembershipFactory(), ground=edition.exits.grounds[0].code, raised_on=DAY)
            case.decide_under(edition)
            case.save()
            publicity = a_publicity()
            record_objection(
                publicity=publicity,
                application=publicity.batch.applications.get(),
                objector="",
                contact="",
                content="业绩与事实不符",
                by=office,
            )
            publicity.decide_under(edition)
            publicity.save()
        urls = {name: {item.url for item in waiting(user, DAY)} for name, user in (("office", office), ("leader", leader))}
    cases = [at("admin:experts_exitcase_change", one.pk) for one in ExitCase.objects.order_by("pk")]
    found = [at("admin:experts_objection_change", one.pk) for one in Objection.objects.order_by("pk")]
    assert [[url in urls["office"] for url in both] for both in (cases, found)] == [[False, True], [False, True]]
    assert [[url in urls["leader"] for url in both] for both in (cases, found)] == [[True, False], [True, False]]


@pytest.mark.parametrize(("days", "told"), [(0, True), (29, True), (30, False)])
def test_publicity_that_was_left_out_is_told_for_thirty_days_to_who_reads_the_pool_but_not_to_who_left_it_out(pool, days, told):
    approver, leader, office = UserFactory(role="leader"), UserFactory(role="leader"), UserFactory(role="office")
    batch = a_batch()
    with clock.frozen(DAY):
        batch = decide_batch(batch=batch, decision_document="新工信专家〔2026〕1号", step=due(batch), by=office)
        exempt_publicity(batch=batch, by=approver, provision="《某某规定》第三条", reason="涉及国家秘密，不宜公开")
    title = f"批次{batch.number}经批准不予公示"
    heard = [title in {str(item.title) for item in waiting(user, DAY + timedelta(days=days))} for user in (leader, approver, office)]
    assert heard == [told, False, False]
