"""Every page of the back office of the three rooms: in the table, constant in its questions, without whole numbers; nothing is deleted."""

import re
from datetime import timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from simple_history.admin import SimpleHistoryAdmin

from evaluation.models import Evaluation, ViolationReport
from expertpool import clock
from expertpool.addresses import address
from expertpool.pools.duties import actor
from experts.models import (
    Application,
    Batch,
    Disclosure,
    Expert,
    Membership,
)
from selection.models import Attempt, Candidate, Draw, DrawRequest, Invitation, Participation, Waiver
from tests.experts.back_office import STANDING, a_disclosure, where
from tests.experts.intake import DAY
from tests.factories import (
    ApplicationFactory,
    MembershipFactory,
    OrganisationFactory,
    PoolFactory,
    UserFactory,
    a_batch,
)

pytestmark = pytest.mark.django_db


ROOMS = {"experts", "selection", "evaluation"}


def a_request():
    number = DrawRequest.objects.count()
    return DrawRequest.objects.create(
        number=f"SY{number:06d}", pool=PoolFactory(), state="drawing", department=OrganisationFactory(), filed_by=UserFactory(role="department"),
        title="验收评审", starts_on=DAY, ends_on=DAY, leader_phone="13900000001", handler_phone="13900000002",
    )  # fmt: skip


def a_draw():
    request = a_request()
    return Draw.objects.create(request=request, number=f"ZJK{request.number}", alg="sm3", opened_by=UserFactory())


def a_candidate():
    draw = a_draw()
    attempt = Attempt.objects.create(
        draw=draw, round=1, attempt=1, pool_text="p", manifest_text="m", manifest_hash="0" * 64, frozen_by=draw.opened_by, secret="s" * 64
    )
    member = MembershipFactory()
    return Candidate.objects.create(attempt=attempt, field=member.fields.first(), position=1, membership=member, ticket="0" * 64)


def an_invitation():
    candidate = a_candidate()
    return Invitation.objects.create(candidate=candidate, token_digest=f"{candidate.pk:064d}", deadline=clock.end_of(DAY))


def a_participation():
    candidate = a_candidate()
    return Participation.objects.create(request=candidate.attempt.draw.request, membership=candidate.membership, candidate=candidate)


def an_evaluation():
    evaluation = Evaluation(participation=a_participation(), due_on=DAY, grade="excellent")
    evaluation.decide_under(evaluation.participation.request.pool.regulation_on(DAY))
    evaluation.save()
    return evaluation


#: How a thing of each kind is made.
EVERYTHING = {
    **STANDING,
    Application: lambda: ApplicationFactory(state="under_review"),
    Batch: a_batch,
    DrawRequest: a_request,
    Draw: a_draw,
    Waiver: lambda: Waiver.objects.create(request=a_request(), rule="shortage", article="13(2)b", reason="人数不足", by=UserFactory()),
    Invitation: an_invitation,
    Participation: a_participation,
    Evaluation: an_evaluation,
    ViolationReport: lambda: ViolationReport.objects.create(participation=a_participation(), article="19", content="泄露评审信息"),
}


WITH_HISTORY = [model for model in EVERYTHING if isinstance(admin.site._registry.get(model), SimpleHistoryAdmin)]


def test_every_page_of_these_rooms_is_in_the_table():
    registered = {
        model for model in admin.site._registry if model._meta.app_label in ROOMS and not model._meta.model_name.startswith("historical")
    }
    assert registered == set(EVERYTHING)


@pytest.mark.parametrize("model", EVERYTHING, ids=lambda model: model.__name__)
def test_a_list_takes_the_same_number_of_queries_for_one_and_three_rows(client, office, model):
    counts = []
    for more in (1, 2):
        for _ in range(more):
            EVERYTHING[model]()
        client.get(where(model, "changelist"))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(where(model, "changelist")).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1], "\n".join(query["sql"][:150] for query in queries)


@pytest.mark.parametrize("model", EVERYTHING, ids=lambda model: model.__name__)
def test_no_page_shows_a_whole_number_or_runs_inline_code(client, office, model):
    thing = EVERYTHING[model]()
    pages = [client.get(where(model, "changelist")), client.get(where(model, "change", thing.pk))]
    if model in WITH_HISTORY:
        pages.append(client.get(where(model, "history", thing.pk)))
        pages.append(client.get(where(model, "simple_history", thing.pk, thing.history.first().pk)))
    assert [page.status_code for page in pages] == [200] * len(pages)
    people = [*Expert.objects.all(), *Application.objects.all()]
    numbers = {text for person in people for text in (person.id_number, person.phone)} | {"13911112222", "13900000001", "13900000002"}
    for page in pages:
        text = page.content.decode()
        assert [number for number in numbers if number in text] == []
        assert re.findall(r"<[^>]+\sstyle=|<[^>]+\son[a-z]+=", text) == []
        assert re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", text) == []


@pytest.mark.parametrize("model", EVERYTHING, ids=lambda model: model.__name__)
def test_nothing_is_deleted(client, office, model):
    thing = EVERYTHING[model]()
    assert client.post(where(model, "delete", thing.pk), {"post": "yes"}).status_code == 403
    client.post(where(model, "changelist"), {"action": "delete_selected", "_selected_action": [thing.pk], "post": "yes"})
    assert model.objects.filter(pk=thing.pk).exists()


@pytest.mark.parametrize("model", WITH_HISTORY, ids=lambda model: model.__name__)
def test_history_shows_and_never_writes_an_old_row_back(client, office, model):
    thing = EVERYTHING[model]()
    old = thing.history.first()
    assert client.post(where(model, "simple_history", thing.pk, old.pk), {"state": "active"}).status_code == 403


def test_a_member_who_left_does_not_come_back_through_the_history(client, office):
    member = MembershipFactory()
    member.state = "exited"
    member.save()
    active = member.history.earliest()
    client.post(where(Membership, "simple_history", member.pk, active.pk), {"number": member.number})
    member.refresh_from_db()
    assert member.state == "exited"


# Who sees what.


@pytest.mark.parametrize("model", EVERYTHING, ids=lambda model: model.__name__)
@pytest.mark.parametrize("role", ["system_admin", "security_admin", "audit_admin"])
def test_the_three_administrators_see_no_names(client, model, role):
    thing = EVERYTHING[model]()
    client.force_login(UserFactory(role=role))
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    inside = [client.get(where(model, "changelist"), follow=True), client.get(where(model, "change", thing.pk), follow=True)]
    outside = [client.get(address(f"{name}_changelist")), client.get(address(f"{name}_change", thing.pk))]
    assert [page.status_code for page in inside] == [403, 403]
    # Who looked at what is the audit administrator's business, in no pool's back office.
    expected = 200 if (role, model) == ("audit_admin", Disclosure) else 403
    assert [page.status_code for page in outside] == [expected] * 2


OPEN_TO = {
    "system_admin": {"workyear", "message", "pool"},
    "security_admin": {"user", "organisation", "pool", "assignment"},
    "audit_admin": {"ledgerevent", "disclosure", "user", "assignment"},
}


@pytest.mark.parametrize("role", OPEN_TO)
def test_each_administrator_opens_these_pages_and_no_others(rf, role):
    request = rf.get("/admin/")
    request.user, request.pool = UserFactory(role=role), None
    request.actor = actor(request.user, None, DAY)
    assert {model._meta.model_name for model, page in admin.site._registry.items() if page.has_view_permission(request)} == OPEN_TO[role]


def test_the_audit_administrator_sees_who_looked_and_no_names(client, second):
    mine, other = a_disclosure(), a_disclosure(second)
    client.force_login(UserFactory(role="audit_admin"))
    with clock.frozen(DAY):
        listed = client.get(address("admin:experts_disclosure_changelist"))
        assert {row.pk for row in listed.context["cl"].result_list} == {mine.pk, other.pk}
        for model in set(STANDING) - {Disclosure}:
            assert client.get(address(f"admin:experts_{model._meta.model_name}_changelist")).status_code == 403


def test_a_draw_shows_neither_secret_nor_lists(client, office):
    candidate = a_candidate()
    text = client.get(where(Draw, "change", candidate.attempt.draw.pk)).content.decode()
    for hidden in ("s" * 64, candidate.membership.number, candidate.membership.expert.name):
        assert hidden not in text


def test_an_invitation_names_nobody_in_the_back_office_before_the_activity_begins(client, office):
    """Who keeps the pool reads the names from the hand-over; the one that is due stands on the draw's page, for who contacts."""
    invitation = an_invitation()
    name = "祁连雪"  # not the reader's own, which stands on every page
    Expert.objects.filter(pk=invitation.candidate.membership.expert_id).update(name=name)
    for state, starts_on, shown in (
        ("drawing", DAY + timedelta(days=1), False),
        ("confirmed", DAY + timedelta(days=1), False),
        ("confirmed", DAY, True),
    ):
        DrawRequest.objects.update(state=state, starts_on=starts_on)
        assert (name in client.get(where(Invitation, "changelist")).content.decode()) is shown, (state, starts_on)
