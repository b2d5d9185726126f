"""A sixth edition, made up, with other people at every place, runs from the application to the seats from its file alone.

The unit reviews, the leader draws, the department contacts, nobody approves an intake, a request needs two approvals of one
role, two watch, and the office gives the share. No line of the house knows this regulation.
"""

import shutil
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.pools.services.pools import open_pool
from expertpool.refusals import Refused
from expertpool.regulations import catalogue
from experts.models import Application
from experts.services import applications, memberships
from selection.models import Invitation, Participation
from selection.services import draws, invitations, requests
from tests.factories import MembershipFactory, OrganisationFactory, RecommendingUnitFactory, UserFactory, an_id_number, due
from tests.selection.drawing import answer

EDITIONS = Path(__file__).parent / "editions"
CODE = "haibin-2026"
pytestmark = pytest.mark.django_db


@pytest.fixture
def haibin(regulations_folder):
    """The pool of the made-up town under its own file."""
    shutil.copytree(EDITIONS, regulations_folder, dirs_exist_ok=True)
    catalogue.clear_cache()
    with clock.frozen(date(2026, 3, 2)):
        yield open_pool(code="HB", name="海滨市评标专家库", regulation_code=CODE, office=OrganisationFactory(), number_prefix="HB")


@pytest.fixture
def people(haibin):
    """One account for each body of the town."""
    unit = RecommendingUnitFactory()
    made = {role: UserFactory(role=role, pool=haibin) for role in ("office", "agency", "leader", "department", "inspector")}
    return {**made, "unit": UserFactory(role="recommending_unit", pool=haibin, organisation=unit), "expert": UserFactory(role="expert")}


def a_file(pool, **changes):
    """What a person of the town writes into the form; two years in the trade are too few, unless somebody judges otherwise."""
    birth = changes.pop("birth_date", date(1955, 7, 1))
    return {
        "name": "卢海生", "sex": "male", "birth_date": birth, "id_number": an_id_number(birth, 77), "school": "海洋大学", "degree": "学士",
        "major": "航道工程", "employer": OrganisationFactory(), "position": "船长", "title": "船长", "title_level": 0, "years": 2,
        "research_area": "疏浚", "email": "lu@example.org", "phone": "13700001234", "address": "海滨路1号", "postcode": "266000",
        "achievements": "主持疏浚工程两项。", "consents": True, "attests_clean_record": True, "fields": list(pool.fields.filter(code="GA")),
        **changes,
    }  # fmt: skip


def on(*day: int, hour: int = 9):
    return clock.frozen(datetime(2026, *day, hour, tzinfo=clock.BEIJING))


def filed(pool, by: User, **changes) -> Application:
    data = a_file(pool, **changes)
    jobs = [{"organisation": data["employer"], "kind": "personnel", "position": "船长", "since": date(2010, 1, 1)}]
    return applications.file_application(pool=pool, by=by, employments=jobs, **data)


def test_nominated_reviewed_by_the_unit_and_enlisted_by_the_department(haibin, people):
    with on(3, 3):
        application = filed(haibin, people["department"], channel="nominated", recommending_unit=people["unit"].organisation)
        application = applications.submit_application(application=application, by=people["department"])
    assert (application.state, application.step) == ("under_review", "unit_check")
    with on(3, 4):
        for stranger in ("office", "agency", "leader", "department", "inspector", "expert"):
            with pytest.raises(Refused):
                applications.review(application=application, outcome="passed", step=due(application), by=people[stranger])
        # Two years are too few, his craft is for a person to judge, and so is the contract: without ticks nothing passes.
        with pytest.raises(Refused) as refused:
            applications.review(application=application, outcome="passed", step=due(application), by=people["unit"])
        assert sorted(one.article for one in refused.value.refusals) == ["4(2)", "4(3)"]
        ticks = {"skill": (True, "二十年引航经验，确有专长。"), "free": (True, "已核实，无承包关系。")}
        applications.review(application=application, outcome="passed", ticks=ticks, step=due(application), by=people["unit"])
    application.refresh_from_db()
    assert (application.state, application.step) == ("passed", "enlist")
    with on(3, 5):
        with pytest.raises(Refused) as refused:
            memberships.admit(application=application, by=people["office"])
        assert refused.value.refusals[0].article == "3"
        membership = memberships.admit(application=application, by=people["department"])
    assert (membership.number, membership.pool, membership.rule_code) == ("HB000001", haibin, CODE)


def test_an_expert_registers_and_nobody_approves(haibin, people):
    with on(3, 3):
        application = filed(haibin, people["expert"], channel="self", years=4)
        application = applications.submit_application(application=application, by=people["expert"])
        assert (application.state, application.step, application.recommending_unit) == ("passed", "register", None)
        membership = memberships.admit(application=application, by=people["office"])
    assert membership.expert.user == people["expert"]


def test_seventy_three_is_too_old_here(haibin, people):
    with on(3, 3):
        application = filed(haibin, people["expert"], channel="self", birth_date=date(1953, 3, 3))
        with pytest.raises(Refused) as refused:
            applications.submit_application(application=application, by=people["expert"])
    assert [one.article for one in refused.value.refusals] == ["4(1)"]


def approved(pool, people):
    """A request for two harbour experts, approved twice by the leader."""
    with on(3, 9):
        request = requests.file_request(
            pool=pool, by=people["department"], title="二号航道疏浚论证", activity_type="论证", total=2, place="港务大厦", leader_name="王港",
            leader_phone="13700005678", handler_name="李航", handler_phone="13700008765", starts_on=date(2026, 3, 30), ends_on=date(2026, 3, 30),
            seats=[{"field": pool.fields.get(code="GA"), "count": 2}],
        )  # fmt: skip
        request = requests.submit_request(request=request, by=people["department"])
        assert (request.state, request.step) == ("under_approval", "first")
        with pytest.raises(Refused):
            requests.approve(request=request, step="first", outcome="pass", by=people["office"])
        request = requests.approve(request=request, outcome="pass", step="first", by=people["leader"])
        assert (request.state, request.step) == ("under_approval", "second")
        # The second click of the same answer does not pass for the second approval.
        request = requests.approve(request=request, outcome="pass", step="first", by=people["leader"])
        assert (request.state, request.step) == ("under_approval", "second")
        request = requests.approve(request=request, outcome="pass", step="second", by=people["leader"])
    assert (request.state, request.step) == ("approved", "")
    return request


def test_from_the_request_to_the_seats(haibin, people):
    for _ in range(9):
        MembershipFactory(pool=haibin, fields=["GA"], admitted_on=date(2026, 3, 1))
    request = approved(haibin, people)
    second_leader = UserFactory(role="leader", pool=haibin)
    with on(3, 10):
        draws.join(request=request, by=people["inspector"])
        with pytest.raises(Refused) as refused:
            draws.freeze(request=request, by=people["leader"])
        assert [one.article for one in refused.value.refusals] == ["8"]  # two must watch, one is there
        draws.join(request=request, by=people["office"])
        with pytest.raises(Refused):
            draws.freeze(request=request, by=people["department"])
        attempt = draws.freeze(request=request, by=people["leader"])
        assert "need|GA|2|8" in attempt.manifest_text.splitlines()
        for stranger in (people["inspector"], people["leader"], second_leader, people["department"]):
            with pytest.raises(Refused):
                draws.give_share(attempt=attempt, share="61626364656667686970", by=stranger)
        attempt = draws.give_share(attempt=attempt, share="61626364656667686970", by=people["office"])
        with pytest.raises(Refused):
            invitations.invite_due(draw=attempt.draw, by=people["office"])
        invitations.invite_due(draw=attempt.draw, by=people["department"])
    opened = list(Invitation.objects.open().order_by("candidate__position"))
    assert [one.candidate.position for one in opened] == [1, 2, 3]  # two seats and one standby begun for each two
    assert {one.deadline - one.sent_at for one in opened} == {timedelta(hours=30)}
    with on(3, 10, hour=15):
        answer(opened[0], "accept")
        answer(opened[1], "decline", reason_code="AT-SEA")
        answer(opened[2], "accept")
        # The third acceptance is the standby that the paper asks for; then nobody is left to be asked.
        answer(Invitation.objects.open().get(), "accept")
    seated = Participation.objects.filter(request=request, seated=True)
    assert sorted(seated.values_list("membership__number", flat=True)) == sorted(
        one.candidate.membership.number for one in (opened[0], opened[2])
    )
    request.refresh_from_db()
    assert request.state == "confirmed"


def test_its_pages_name_its_own_bodies_and_open_for_its_own_people(haibin, people, client):
    request = approved(haibin, people)
    with on(3, 10):
        client.force_login(people["leader"])
        page = client.get(f"/p/HB/requests/{request.pk}/draw/")
        assert page.status_code == 200
        text = page.content.decode()
        assert [word for word in ("新疆", "工信", "分管领导", "厅") if word in text] == []
        client.force_login(people["agency"])
        assert client.post(f"/p/HB/requests/{request.pk}/draw/freeze/").status_code == 403
