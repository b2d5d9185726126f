"""The demonstration: the case runs through, its draw verifies, the chain holds, and a second run keeps everything."""

from datetime import datetime
from io import StringIO

import pytest
from django.core.management import call_command

from demo.people import ORGANISATIONS, WORKS, people
from evaluation.models import Evaluation
from expertpool import clock, identity
from expertpool.accounts.models import User
from expertpool.ledger.models import LedgerEvent
from expertpool.ledger.services import verify
from experts.models import Application, ExitCase, Membership, Objection, Publicity
from selection.models import DrawRequest, Invitation
from tests.worlds import kept

pytestmark = [pytest.mark.django_db, pytest.mark.wide, pytest.mark.xdist_group("demo")]

NOW = datetime(2026, 11, 20, 9, tzinfo=clock.BEIJING)


@pytest.fixture(scope="module")
def told(django_db_setup, django_db_blocker):
    """What the command prints on the demonstration's own day; all tests look at one run, which is undone at the end."""
    out = StringIO()
    with kept(django_db_blocker):
        with clock.frozen(NOW):
            call_command("demo", stdout=out)
        yield out.getvalue()


def test_the_case_ends_with_a_verified_draw_and_a_caught_alteration(told):
    passed = [line for line in told.splitlines() if " PASS " in line]
    assert len(passed) == 15
    assert "→ 退出码 0" in told
    after = told[told.index("改掉后再次核验") :]
    assert "V08 FAIL" in after
    assert "→ 退出码 1" in after


def test_every_role_finds_something_that_waits(told):
    assert set(Application.objects.values_list("state", flat=True)) == {
        "draft", "under_review", "returned", "passed", "in_publicity", "admitted"
    }  # fmt: skip
    assert set(Application.objects.filter(state="under_review").values_list("step", flat=True)) == {"employer_review", "office_review"}
    assert set(DrawRequest.objects.exclude(number__startswith="LS").values_list("state", flat=True)) == {
        "closed", "returned", "under_approval", "approved", "drawing", "held",
    }  # fmt: skip
    assert Objection.objects.filter(state="open").count() == 1
    assert Publicity.objects.filter(state="open").count() == 1
    assert set(Evaluation.objects.values_list("state", flat=True)) == {"submitted", "due"}
    assert sorted(ExitCase.objects.filter(state="open").values_list("ground", flat=True)) == ["age", "unfit"]
    expert = User.objects.get(username="expert").expert
    assert Invitation.objects.open().filter(candidate__membership__expert=expert).count() == 1


def test_the_chain_holds(told):
    assert list(verify()) == []


def test_the_ledger_tells_it_in_the_order_of_time(told):
    moments = list(LedgerEvent.objects.order_by("seq").values_list("at", flat=True))
    assert moments == sorted(moments)
    assert moments[-1] <= NOW


def test_a_second_run_keeps_what_is_there(told):
    before = (User.objects.count(), Membership.objects.count(), LedgerEvent.objects.count())
    out = StringIO()
    call_command("demo", stdout=out)
    assert "数据库中已有数据，予以保留。" in out.getvalue()
    assert (User.objects.count(), Membership.objects.count(), LedgerEvent.objects.count()) == before


def test_the_people_are_plausible():
    made = people(400)
    assert made == people(400)
    assert len({person.id_number for person in made}) == 400
    assert {person.field for person in made} == set(WORKS)
    assert [identity.why_not_id_number(person.id_number) for person in made] == [None] * 400
    assert {person.employer for person in made} <= {code for code, *_rest in ORGANISATIONS}
    assert len(ORGANISATIONS) == 60
