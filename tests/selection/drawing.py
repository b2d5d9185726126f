"""Short ways to a request that is approved, drawn, contacted; used by the tests of the draw."""

import re
import subprocess
import sys
from datetime import date, datetime

from expertpool.clock import BEIJING
from expertpool.messaging.models import Message
from experts.models import Membership
from selection import verify_draw
from selection.domain.protocol import canonical
from selection.models import Candidate, Draw, DrawRequest, Invitation, Presence, RequestSeats
from selection.services import contacts, draws, invitations
from tests.factories import MembershipFactory, PoolFactory, UserFactory
from tests.refusing import refusals_of

TODAY = date(2026, 10, 12)
SHARE = "3614252613451626354116"


def at(day: int, hour: int = 9, month: int = 10) -> datetime:
    """A Beijing moment in 2026."""
    return datetime(2026, month, day, hour, tzinfo=BEIJING)


def members(n: int, fields=("SHHG",), **kwargs) -> list[Membership]:
    """Active members; their names are like nobody else's, so that a page can be searched for them."""
    first = Membership.objects.count()
    return [MembershipFactory(fields=list(fields), expert__name=f"祁连{first + number:04d}", **kwargs) for number in range(n)]


def approved(seats=None, starts_on=date(2026, 10, 20), ends_on=None, **kwargs) -> DrawRequest:
    """An approved request for ``seats`` {field code: persons}."""
    pool = kwargs.pop("pool", None) or PoolFactory()
    department = UserFactory(role="department", pool=pool)
    number = f"SY2026-{DrawRequest.objects.count() + 5000:04d}"
    values = {
        "number": number,
        "pool": pool,
        "state": DrawRequest.State.APPROVED,
        "department": department.organisation,
        "filed_by": department,
        "title": "煤化工示范项目验收评审",
        "summary": "对示范项目建设内容、指标完成情况进行评审。",
        "place": "乌鲁木齐市会议中心三号会议室",
        "starts_on": starts_on,
        "ends_on": ends_on or starts_on,
        "approved_at": at(9, 17),
        "canonical": canonical({"number": number, "version": 1}),
    } | kwargs
    request = DrawRequest.objects.create(**values)
    for code, count in (seats or {"SHHG": 1}).items():
        RequestSeats.objects.create(request=request, field=pool.fields.get(code=code), count=count)
    return request


def frozen_attempt(request=None, alg=None, office=None, inspector=None, **kwargs):
    request = request or approved(**kwargs)
    office = office or UserFactory(role="office", pool=request.pool)
    inspector = inspector or UserFactory(role="inspector", pool=request.pool)
    draws.join(request=request, by=inspector)
    return draws.freeze(request=request, by=office, alg=alg)


def pool_file(attempt) -> dict[str, str]:
    """State and reasons by number, as pool.txt of an attempt says them."""
    lines = attempt.pool_text.splitlines()[1:]
    return {line.split("|")[0]: "|".join(line.split("|")[3:]) for line in lines}


def inspector_of(request):
    """Who is in his place at the draw to give the share."""
    there = Presence.objects.filter(request=request, left_at=None, inspector__assignments__role="inspector")
    return there.first().inspector


def drawn(request=None, alg=None, **kwargs) -> Draw:
    """A draw whose first round is drawn."""
    attempt = frozen_attempt(request, alg, **kwargs)
    draws.give_share(attempt=attempt, share=SHARE, by=inspector_of(attempt.draw.request))
    return Draw.objects.get(pk=attempt.draw_id)


def contacting(request=None, **kwargs) -> Draw:
    """A draw whose first invitations are out."""
    draw = drawn(request, **kwargs)
    invitations.invite_due(draw=draw)
    return draw


def book(draw) -> contacts.Book:
    return contacts.read(Draw.objects.get(pk=draw.pk))


def invitation(draw, position=1, field="SHHG", round=0) -> Invitation:
    return Invitation.objects.get(
        candidate__attempt__draw=draw, candidate__attempt__round=round, candidate__field__code=field, candidate__position=position
    )


def candidate(draw, position=1, field="SHHG", round=0) -> Candidate:
    return Candidate.objects.get(attempt__draw=draw, attempt__round=round, field__code=field, position=position)


def token_of(invitation) -> str:
    body = Message.objects.get(idem=f"invitation:{invitation.pk}").body
    return re.search(r"/r/([A-Za-z0-9_-]+)/", body)[1]


def answer(invitation, what="accept", **kwargs) -> Invitation:
    """Answer through the link, as its expert."""
    if what == "accept":
        kwargs.setdefault("declares_no_conflict", True)
    if what == "decline":
        kwargs.setdefault("reason_code", "TIME")
    if what == "recuse":
        kwargs.setdefault("reason_code", "RECUSE-RELATION")
    phone = invitation.candidate.membership.expert.phone
    return invitations.reply(token=token_of(invitation), phone_last4=kwargs.pop("phone_last4", phone[-4:]), answer=what, **kwargs)


def outcomes(draw) -> list[tuple]:
    """(round, field, position, outcome) of every line, in order."""
    return [(line.round, line.field, line.position, line.outcome.value) for line in book(draw).lines]


def answer_all(draw, what="accept", **kwargs) -> None:
    """Answer for whoever is invited until nobody is: the first who is invited first."""
    while waiting := book(draw).open_invitations:
        answer(waiting[0], what, **kwargs)


def due_for(draw, membership) -> Invitation:
    """The invitation of a candidate, whose turn it is because everybody before him has declined."""
    row = Candidate.objects.get(attempt__draw=draw, membership=membership)
    for before in Candidate.objects.filter(attempt__draw=draw, position__lt=row.position).order_by("position"):
        invitations.invite_due(draw=draw)
        answer(Invitation.objects.get(candidate=before), "decline")
    invitations.invite_due(draw=draw)
    return Invitation.objects.get(candidate=row)


def invited(seats=None, n=12, **kwargs) -> Draw:
    """A draw for ``seats`` (default: two persons) from ``n`` members whose first invitations are out."""
    members(n)
    return contacting(seats=seats or {"SHHG": 2}, **kwargs)


def open_positions(draw, field="SHHG") -> list[int]:
    """The positions of a field that are invited and have not answered."""
    return sorted(one.candidate.position for one in book(draw).open_invitations if one.candidate.field.code == field)


def needs(attempt) -> list[str]:
    """What the manifest of an attempt asks for, field by field."""
    return [line for line in attempt.manifest_text.splitlines() if line.startswith("need")]


def refusals(act) -> list[tuple[str, str]]:
    """Code and article of each reason for which ``act`` is refused."""
    return [(one.code, one.article) for one in refusals_of(act)]


def refusals_at(act) -> list[tuple[str, str, str]]:
    """Code, article and field of each reason for which ``act`` is refused."""
    return [(one.code, one.article, one.field) for one in refusals_of(act)]


def verified(data: bytes, tmp_path, *expect: str) -> tuple[int, str]:
    """What the verifier says of a bundle, run alone as the inspector runs it: its exit status and its report."""
    path = tmp_path / "bundle.zip"
    path.write_bytes(data)
    options = [word for one in expect for word in ("--expect-manifest", one)]
    run = subprocess.run([sys.executable, verify_draw.__file__, str(path), *options], capture_output=True, text=True, check=False)
    return run.returncode, run.stdout
