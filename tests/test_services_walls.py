"""Every service refuses the people of another pool, whatever duty they hold in their own, and changes nothing.

The services are found: every public function of the rooms' services that is told who acts (``by``). The table says how each
is called about a thing of the pool; a service that is missing in it fails.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from evaluation.models import Evaluation, ViolationReport
from expertpool import clock
from expertpool.accounts.models import User
from expertpool.clock import BEIJING
from expertpool.ledger.models import LedgerEvent
from expertpool.messaging.models import Message
from expertpool.pools.models import EVERYWHERE, Field
from expertpool.refusals import Refused
from experts.models import Application, Attachment, Batch, ExitCase, Mark, Membership, Objection, Publicity, Suspension
from selection.models import DrawRequest, Participation, Waiver
from tests.canaries import Canary, kinds, three_pools
from tests.factories import ApplicationFactory, ExpertFactory, MembershipFactory, PoolFactory, UserFactory, a_batch
from tests.selection import drawing

pytestmark = [pytest.mark.django_db, pytest.mark.wide]
ROOMS = ("experts.services", "selection.services", "evaluation.services", "expertpool.pools.services")
NOW = datetime(2026, 10, 12, 9, tzinfo=BEIJING)
LATER = date(2026, 10, 21)
REASON = "理由写在这里，足够长"
#: Who tries: whatever their pool lets them do, they do it there.
ROLES = ("office", "leader", "inspector", "department", "agency", "recommending_unit", "employer", "expert")
#: How a refusal of somebody from outside is told: no such duty here, not for this unit, not his own file, person or invitation,
#: nobody's but his own, not his to read.
CODES = {"duty", "unit", "not_this_unit", "not_filer", "not_himself", "for_himself", "not-own", "owner", "sight"}

#: They belong to no pool: accounts, assignments, pools and the calendar are kept by the administrators of the installation.
OF_THE_INSTALLATION = {
    "expertpool.pools.services.accounts.change_account",
    "expertpool.pools.services.accounts.open_account",
    "expertpool.pools.services.accounts.set_password",
    "expertpool.pools.services.accounts.why_not_change_account",
    "expertpool.pools.services.accounts.why_not_keep_accounts",
    "expertpool.pools.services.accounts.why_not_set_password",
    "expertpool.pools.services.assignments.assign",
    "expertpool.pools.services.assignments.end_assignment",
    "expertpool.pools.services.assignments.why_not_assign",
    "expertpool.pools.services.assignments.why_not_end_assignment",
    "expertpool.pools.services.calendar.load_year",
    "expertpool.pools.services.calendar.why_not_load_year",
    "expertpool.pools.services.pools.open_pool",
}
#: They ask for no duty: what they do follows from an act that was permitted, inside its transaction, or from a sweep. No page calls them.
CONSEQUENCES = {
    "experts.services.disclosure.show",
    "evaluation.services.evaluations.close_if_done",
    "evaluation.services.evaluations.open_evaluations",
    "evaluation.services.violations.report_from_score",
    "selection.services.contacts.append_abort",
    "selection.services.invitations.common.append_skip",
    "selection.services.contacts.append_outcome",
    "selection.services.draws.freezing.write_attempt",
    "selection.services.invitations.endings.call_off",
    "selection.services.invitations.endings.skip",
    "selection.services.invitations.endings.take_back",
    "selection.services.invitations.offers.invite_next",
    "selection.services.leaving.release_seats",
}


@dataclass
class Things:
    """One thing of every kind of the pool: rows as they are, and draws as they become by being drawn."""

    canary: Canary
    draws: dict[str, Any] = field(default_factory=dict)
    due: dict[str, Any] = field(default_factory=dict)
    batch: Any = None
    case: Any = None

    def __getitem__(self, model: Any) -> Any:
        return self.canary.row(model)

    @property
    def pool(self) -> Any:
        return self.canary.pool

    @property
    def edition(self) -> Any:
        return self.pool.regulation_on(clock.today())

    def settle(self) -> None:
        """A file at each kind of step, a list; a request that is approved, a draw that is frozen, one with invitations, a seat."""
        people, unit = self.canary.people, self.canary.unit
        self.due = {one.kind: ApplicationFactory(pool=self.pool, state="under_review", step=one.code) for one in self.edition.intake.steps}
        self.batch = a_batch(pool=self.pool, by=people["office"], day=clock.today())
        about = {"pool": self.pool, "department": unit, "filed_by": people["department"], "starts_on": date(2026, 10, 20)}
        drawing.members(12, pool=self.pool)
        acting = {"office": people["office"], "inspector": people["inspector"]}
        self.draws["approved"] = drawing.approved(**about)
        self.draws["frozen"] = drawing.frozen_attempt(drawing.approved(**about), **acting)
        self.draws["draw"] = drawing.contacting(drawing.approved(seats={"SHHG": 2}, **about), **acting)
        self.draws["invitation"] = drawing.invitation(self.draws["draw"])
        accepted = drawing.answer(drawing.invitation(self.draws["draw"], 2))
        member = MembershipFactory(pool=self.pool)
        self.case = ExitCase.objects.create(membership=member, ground=self[ExitCase].ground, raised_on=clock.today())
        self.draws["seat"] = Participation.objects.get(candidate=accepted.candidate)


def upload(name: str = "证据.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"%PDF-1.4\n%%EOF\n", content_type="application/pdf")


Call = Callable[[Things], Mapping[str, Any]]

#: How each service is called about a thing of the pool. ``by`` is added.
HOW: dict[str, Call] = {
    # --- experts: files, lists, publicity
    "experts.services.applications.endorsements.endorse": lambda t: {
        "application": t.due["endorse"], "confirmed": True, "reason": REASON, "step": t.due["endorse"].step,
    },
    "experts.services.applications.filing.file_application": lambda t: {"pool": t.pool, **_a_file(t)},
    "experts.services.applications.filing.file_applications": lambda t: {"pool": t.pool, "drafts": [_a_file(t)]},
    "experts.services.applications.filing.save_application": lambda t: {"application": t[Application], "school": "新疆大学"},
    "experts.services.applications.reviews.review": lambda t: {
        "application": t.due["review"], "outcome": "passed", "reason": REASON, "step": t.due["review"].step,
    },
    "experts.services.applications.submission.submit_application": lambda t: {"application": t[Application]},
    "experts.services.applications.waivers.waive_condition": lambda t: {
        "application": t[Application], "condition": next(one.code for one in t.edition.conditions), "reason": REASON,
    },
    "experts.services.applications.withdrawal.withdraw_application": lambda t: {"application": t[Application], "reason": REASON},
    "experts.services.attachments.add_attachment": lambda t: {"application": t[Application], "kind": "id_document", "upload": upload()},
    "experts.services.attachments.note_reading": lambda t: {"attachment": t[Attachment]},
    "experts.services.attachments.remove_attachment": lambda t: {"attachment": t[Attachment]},
    "experts.services.batches.collect_batch": lambda t: {"applications": [t[Application]]},
    "experts.services.batches.decide_batch": lambda t: {
        "batch": t.batch, "decision_document": "新工信〔2026〕1号", "reason": REASON, "step": t.batch.step,
    },
    "experts.services.imports.import_applications": lambda t: {"pool": t.pool, "file": upload("名单.xlsx")},
    "experts.services.imports.template": lambda t: {"pool": t.pool},
    "experts.services.publicity.showing.open_publicity": lambda t: {"batch": t[Batch]},
    "experts.services.publicity.showing.exempt_publicity": lambda t: {"batch": t[Batch], "provision": "保密规定第三条", "reason": REASON},
    "experts.services.publicity.showing.why_not_open_publicity": lambda t: {"batch": t[Batch], "on": clock.today()},
    "experts.services.publicity.showing.why_not_exempt": lambda t: {"batch": t[Batch], "on": clock.today()},
    "experts.services.publicity.objections.record_objection": lambda t: {
        "publicity": t[Publicity], "application": t[Application], "objector": "群众", "contact": "0991-1", "content": REASON,
    },
    "experts.services.publicity.objections.decide_objection": lambda t: {"objection": t[Objection], "upheld": True, "conclusion": REASON},
    "experts.services.publicity.objections.why_not_object": lambda t: {"publicity": t[Publicity], "on": clock.today()},
    "experts.services.publicity.objections.why_not_decide_objection": lambda t: {"objection": t[Objection], "on": clock.today()},
    # --- experts: members
    "experts.services.memberships.admission.admit": lambda t: {"application": t[Application]},
    "experts.services.memberships.admission.admit_batch": lambda t: {"batch": t.batch},
    "experts.services.memberships.admission.why_not_admit": lambda t: {"application": t[Application], "on": clock.today()},
    "experts.services.memberships.admission.why_not_admit_batch": lambda t: {"batch": t.batch, "on": clock.today()},
    "experts.services.memberships.changes.change_decisive": lambda t: {"membership": t[Membership], "reason": REASON, "title": "研究员"},
    "experts.services.memberships.changes.why_not_change": lambda t: {"membership": t[Membership], "on": clock.today()},
    "experts.services.disclosure.disclose": lambda t: {
        "subject": t[Membership].expert, "field_name": "phone", "reason": REASON, "pool": t.pool,
    },
    "experts.services.exits.add_evidence": lambda t: {"case": t[ExitCase], "uploads": [upload()]},
    "experts.services.exits.decide_exit": lambda t: {"case": t[ExitCase], "exit": True, "reason": REASON},
    "experts.services.exits.open_exit_case": lambda t: {
        "membership": t[Membership], "ground": t[ExitCase].ground, "reason": REASON, "uploads": [],
    },
    "experts.services.exits.raise_exit_case": lambda t: {"membership": t[Membership], "ground": t[ExitCase].ground, "reason": REASON},
    "experts.services.cases.why_not_add_evidence": lambda t: {"case": t[ExitCase], "on": clock.today()},
    "experts.services.exits.why_not_decide_exit": lambda t: {"case": t[ExitCase], "exit": True},
    "experts.services.exits.why_not_raise_as": lambda t: {"membership": t[Membership], "source": "office", "on": clock.today()},
    "experts.services.cases.why_not_raise_by_duty": lambda t: {"membership": t[Membership], "on": clock.today()},
    "experts.services.marks.set_mark": lambda t: {
        "membership": t[Membership], "kind": "talent", "source": "新工信〔2026〕1号", "starts_on": clock.today(),
    },
    "experts.services.marks.end_mark": lambda t: {"mark": t[Mark], "last_day": clock.today()},
    "experts.services.marks.why_not_end_mark": lambda t: {"mark": t[Mark], "on": clock.today()},
    "experts.services.marks.why_not_mark": lambda t: {"thing": t[Membership], "on": clock.today()},
    "experts.services.suspensions.suspend": lambda t: {
        "membership": t[Membership], "starts_on": LATER, "ends_on": LATER, "reason": REASON,
    },
    "experts.services.suspensions.lift_suspension": lambda t: {"suspension": t[Suspension], "reason": REASON},
    "experts.services.suspensions.why_not_suspend": lambda t: {"membership": t[Membership], "on": clock.today()},
    "experts.services.suspensions.why_not_lift": lambda t: {"suspension": t[Suspension], "on": clock.today()},
    # --- selection: requests
    "selection.services.requests.filing.file_request": lambda t: {"pool": t.pool, "title": "评审", "department": t.canary.unit},
    "selection.services.requests.filing.save_request": lambda t: {"request": t[DrawRequest], "title": "评审"},
    "selection.services.requests.submission.submit_request": lambda t: {"request": t[DrawRequest]},
    "selection.services.requests.approvals.approve": lambda t: {
        "request": t[DrawRequest], "step": t.edition.request.approvals[0].code, "outcome": "pass", "reason": REASON,
    },
    "selection.services.requests.changes.cancel_request": lambda t: {"request": t[DrawRequest], "reason": REASON},
    "selection.services.requests.changes.send_back": lambda t: {"request": t.draws["approved"], "reason": REASON},
    "selection.services.waivers.waive_shortage": lambda t: {"request": t.draws["approved"], "field": t[Field], "reason": REASON},
    "selection.services.waivers.waive_annual_cap": lambda t: {"request": t.draws["approved"], "reason": REASON},
    "selection.services.waivers.countersign": lambda t: {"waiver": t[Waiver]},
    # --- selection: draws
    "selection.services.acting.why_not_duty": lambda t: {"duty": "draw.run", "request": t.draws["approved"], "regulation": t.edition},
    "selection.services.draws.freezing.freeze": lambda t: {"request": t.draws["approved"]},
    "selection.services.draws.freezing.why_not_freeze_next": lambda t: {
        "request": t.draws["approved"], "draw": None, "last": None, "regulation": t.edition,
    },
    "selection.services.draws.freezing.why_not_run": lambda t: {"request": t.draws["approved"], "draw": None, "regulation": t.edition},
    "selection.services.draws.presence.join": lambda t: {"request": t.draws["approved"]},
    "selection.services.draws.presence.leave": lambda t: {"request": t.draws["approved"]},
    "selection.services.draws.presence.why_not_join": lambda t: {"request": t.draws["approved"], "regulation": t.edition},
    "selection.services.draws.presence.why_not_watch": lambda t: {"request": t.draws["approved"], "regulation": t.edition},
    "selection.services.draws.sharing.give_share": lambda t: {"attempt": t.draws["frozen"], "share": drawing.SHARE},
    "selection.services.draws.sharing.abort": lambda t: {"attempt": t.draws["frozen"], "reason": "EQUIPMENT"},
    "selection.services.draws.sharing.why_not_abort": lambda t: {"attempt": t.draws["frozen"], "regulation": t.edition},
    "selection.services.draws.sharing.why_not_share_under": lambda t: {"attempt": t.draws["frozen"], "regulation": t.edition},
    "selection.services.draws.giving_up.give_up": lambda t: {"draw": t.draws["draw"], "reason_code": "CANCELLED", "reason": REASON},
    "selection.services.draws.supplements.open_supplementary_round": lambda t: {"draw": t.draws["draw"]},
    "selection.services.draws.supplements.why_not_supplement_under": lambda t: {
        "book": drawing.book(t.draws["draw"]), "regulation": t.edition,
    },
    # --- selection: contacts
    "selection.services.invitations.offers.show_phone": lambda t: {"invitation": t.draws["invitation"]},
    "selection.services.invitations.offers.invite_due": lambda t: {"draw": t.draws["draw"]},
    "selection.services.invitations.answers.ask_more": lambda t: {"invitation": t.draws["invitation"], "text": REASON},
    "selection.services.invitations.answers.reply_signed_in": lambda t: {"invitation": t.draws["invitation"], "answer": _an_answer()},
    "selection.services.invitations.endings.mark_unreached": lambda t: {"invitation": t.draws["invitation"], "reason": REASON},
    "selection.services.leaving.exit_member": lambda t: {"case": t.case, "reason": REASON},
    "selection.services.leaving.suspend_member": lambda t: {
        "membership": t.case.membership, "starts_on": LATER, "ends_on": LATER, "reason": REASON,
    },
    "selection.services.participation.record_attendance": lambda t: {"request": t[DrawRequest], "attended": {t[Participation].pk: True}},
    "selection.services.participation.why_not_record_attendance": lambda t: {"request": t[DrawRequest], "on": LATER},
    # --- evaluation
    "evaluation.services.activities.close_activity": lambda t: {"request": t[DrawRequest], "attended": {t[Participation].pk: True}},
    "evaluation.services.evaluations.sign": lambda t: {"evaluation": t[Evaluation], "scores": {}},
    "evaluation.services.evaluations.countersign": lambda t: {"evaluation": t[Evaluation]},
    "evaluation.services.evaluations.return_to_handler": lambda t: {"evaluation": t[Evaluation], "reason": REASON},
    "evaluation.services.evaluations.why_not_sign": lambda t: {"evaluation": t[Evaluation], "on": LATER},
    "evaluation.services.evaluations.why_not_countersign": lambda t: {"evaluation": t[Evaluation], "on": LATER},
    "evaluation.services.evaluations.why_not_return": lambda t: {"evaluation": t[Evaluation], "on": LATER},
    "evaluation.services.violations.report_violation": lambda t: {"participation": t[Participation], "content": REASON},
    "evaluation.services.violations.settle_violation": lambda t: {
        "report": t[ViolationReport], "outcome": "dismissed", "reason": REASON,
    },
    "evaluation.services.violations.why_not_report": lambda t: {"participation": t[Participation], "on": LATER},
    "evaluation.services.violations.why_not_settle": lambda t: {"report": t[ViolationReport], "on": LATER},
}  # fmt: skip


#: What a person who belongs to no pool does in any of them by right; everything else refuses him. With the role, and with what he
#: brings of his own: about anybody else the very same call is refused.
BY_RIGHT: dict[tuple[str, str], tuple[str, Callable[[Things, User], Mapping[str, Any]]]] = {
    ("experts.services.applications.filing.file_application", "expert"): (
        "whoever is an expert applies himself, for himself, where the edition has a channel for it (第六条 个人自荐)",
        lambda t, by: {"pool": t.pool, **_a_file(t), "channel": "self", "id_number": by.expert.id_number},
    ),
}


def _a_file(t: Things) -> dict[str, Any]:
    known = t[Application]
    return {
        "channel": known.channel, "recommending_unit": known.recommending_unit, "name": "某某", "birth_date": known.birth_date,
        "id_number": known.id_number, "phone": "13700000000", "fields": [], "employer": known.employer,
    }  # fmt: skip


def _an_answer() -> Any:
    from selection.services.invitations.answers import Answer

    return Answer("accept", declares_no_conflict=True)


def services() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every public function that is told who acts, under the module that it is written in."""
    for room in ROOMS:
        package = importlib.import_module(room)
        for name in (room, *(one.name for one in pkgutil.walk_packages(package.__path__, f"{room}."))):
            module = importlib.import_module(name)
            for called, found in sorted(vars(module).items()):
                inner = inspect.unwrap(found) if callable(found) else found
                if called.startswith("_") or not inspect.isfunction(inner) or inner.__module__ != name:
                    continue
                if "by" in inspect.signature(inner).parameters:
                    yield f"{name}.{called}", found


def test_every_service_stands_in_the_table():
    found = {name for name, _call in services()}
    assert sorted(found - set(HOW) - OF_THE_INSTALLATION - CONSEQUENCES) == []
    assert sorted((set(HOW) | OF_THE_INSTALLATION | CONSEQUENCES) - found) == []


@pytest.fixture
def things():
    with clock.frozen(NOW):
        pools = three_pools("XJ")
        things = Things(pools["XJ"])
        things.settle()
    with clock.frozen(NOW + timedelta(hours=1)):
        yield things


@pytest.fixture(params=["same", "other"])
def strangers(request, things) -> list[User]:
    """One account of each body of another pool, under the same regulation or another, acting for the very same unit.

    Employers and experts are bound to no pool: these are of another organisation, and another person, with their rows in the
    other pool.
    """
    values = {
        "same": {"code": "XK", "number_prefix": "XKK"},
        "other": {"code": "JZ", "regulation_code": "jiaozuo-2024", "number_prefix": "JZK"},
    }
    pool = PoolFactory(name="另一个库", **values[request.param])
    bound = [UserFactory(role=role, organisation=things.canary.unit, pool=pool) for role in ROLES if role not in EVERYWHERE]
    employer, expert = UserFactory(role="employer"), UserFactory(role="expert")
    person = ExpertFactory(user=expert, employer=employer.organisation)
    MembershipFactory(pool=pool, expert=person)
    ApplicationFactory(pool=pool, expert=person, applicant=expert, employer=employer.organisation, filed_by=expert, filed_for=None)
    return [*bound, employer, expert]


def counts() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in (*kinds(), LedgerEvent, Message)}


def codes_of(answer: Any) -> set[str]:
    """The codes of what a predicate or a service says against an act."""
    given = [] if answer is None else [answer] if hasattr(answer, "code") else list(answer)
    return {one.code for one in given}


DONE = "it was done"


def answer_of(name: str, call: Callable[..., Any], given: Mapping[str, Any], by: User) -> set[str]:
    """The codes of what ``by`` hears; :data:`DONE` where nothing stood against it, an error where something else broke."""
    try:
        answer = call(**given, by=by)
    except Refused as refused:
        return codes_of(refused.refusals)
    except Exception as error:  # a stranger must be refused before anything else is looked at
        return {repr(error)}
    return (codes_of(answer) or {DONE}) if ".why_not" in name else {DONE}


def people_of(things: Things, name: str) -> dict[str, User]:
    """Who acts in the pool, by role, with those whose own thing it is: the filer, the unit, the person asked."""
    people = dict(things.canary.people)
    for key, value in HOW[name](things).items():
        about = getattr(value, "filed_by", None)
        if about is not None:
            people[f"{key}: filer"] = about
        for unit_role, unit in (
            ("employer", getattr(value, "employer", None)),
            ("recommending_unit", getattr(value, "recommending_unit", None)),
        ):
            if unit is not None:
                people[f"{key}: {unit_role}"] = UserFactory(
                    role=unit_role, organisation=unit, **({} if unit_role == "employer" else {"pool": things.pool})
                )
        department = getattr(value, "department", None)
        if department is not None:
            people[f"{key}: department"] = UserFactory(role="department", organisation=department, pool=things.pool)
        candidate = getattr(value, "candidate", None)
        if candidate is not None:
            expert = candidate.membership.expert
            if expert.user is None:
                expert.user = UserFactory(role="expert")
                expert.save()
            people[f"{key}: expert"] = expert.user
    return people


def test_every_service_refuses_another_pools_people_and_changes_nothing(things, strangers):
    wrong = []
    before = counts()
    for name, call in services():
        if name not in HOW:
            continue
        for by in strangers:
            role = by.assignments.get().role
            found = answer_of(name, call, HOW[name](things), by)
            # What is said beside it is of his own typing; without it, he got past the wall.
            if not found & CODES or DONE in found:
                wrong.append((name, str(role), sorted(found)))
    assert not wrong, "\n".join(map(str, wrong))
    assert counts() == before


def test_what_somebody_does_in_any_pool_by_right_he_does_about_himself(things, strangers):
    of = {str(by.assignments.get().role): by for by in strangers}
    known, heard = dict(services()), {}
    for (name, role), (_why, how) in BY_RIGHT.items():
        with transaction.atomic():
            heard[name, role] = answer_of(name, known[name], how(things, of[role]), of[role])
            transaction.set_rollback(True)
    assert heard == {key: {DONE} for key in BY_RIGHT}


@pytest.mark.parametrize("source", ["expert", "employer"])
def test_that_a_member_should_leave_is_said_by_himself_and_by_his_own_employer(things, strangers, source):
    """The call of the table is by duty; whoever speaks for himself or for his people says so, and is believed about them alone."""
    name = "experts.services.exits.raise_exit_case"
    call = {"membership": things[Membership], "ground": things[ExitCase].ground, "reason": REASON, "source": source}
    heard = {}
    for by in strangers:
        with pytest.raises(Refused) as refused:
            dict(services())[name](**call, by=by)
        heard[str(by.assignments.get().role)] = codes_of(refused.value.refusals)
    assert heard == {role: {"not-own"} for role in ROLES}


@pytest.mark.parametrize("room", ["experts", "selection", "evaluation"])
def test_somebody_of_the_pool_gets_past_the_question_of_duty(things, room):
    """Without this the test above would pass where everything is refused to everybody: he does it, or hears something else."""
    refused_to_all = []
    for name, call in services():
        if name not in HOW or not name.startswith(f"{room}."):
            continue
        heard: dict[str, list[str]] = {}
        for role, by in people_of(things, name).items():
            with transaction.atomic():
                found = answer_of(name, call, HOW[name](things), by)
                transaction.set_rollback(True)
            heard[role] = sorted(found)
            if not found & CODES:
                break
        else:
            refused_to_all.append((name, heard))
    assert not refused_to_all, "\n".join(map(str, refused_to_all))
