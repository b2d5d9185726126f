"""What the page of a request shows of its draw and of the activity: two panels, read for whoever looks."""

from dataclasses import dataclass

from expertpool import clock
from expertpool.pools.duties import Actor
from selection.domain.sight import sight
from selection.models import DrawRequest, Participation, RequestSeats
from selection.pages.draw import SETTLED, WATCH, State, edition_shown
from selection.services import draws
from selection.services.acting import edition_of_activity
from selection.services.sight import duties_for

BEFORE = frozenset({State.DRAFT, State.RETURNED, State.CANCELLED, State.REJECTED})
#: Who asked for the experts, records who came and evaluates them.
ASKS = frozenset({"requests.file", "attendance.record", "evaluation.score"})


@dataclass(frozen=True)
class DrawPanel:
    """How far the draw of a request is, in figures that every reader may know, and what the way to its page is called."""

    shown: bool
    number: str
    state: str
    taken: int
    wanted: int
    way: str

    @classmethod
    def of(cls, who: Actor, request: DrawRequest) -> "DrawPanel":
        """The panel on the page of a request."""
        draw = draws.draw_of(request)
        attempt = draw.attempts.order_by("round", "attempt").last() if draw else None
        held = duties_for(request, who, edition_shown(request, draw, who))
        watching = "到抽取监督页" if held & WATCH else "查看抽取进度"
        return cls(
            shown=request.approved_at is not None and request.state not in BEFORE,
            number=draw.number if draw else "",
            state=str(attempt.get_state_display()) if attempt else "",
            taken=Participation.objects.filter(request=request, state=Participation.State.STANDING, seated=True).count(),
            wanted=sum(RequestSeats.objects.filter(request=request).values_list("count", flat=True)),
            way="办理抽取与联系" if held & {"draw.run", "contact.run"} else watching,
        )


@dataclass(frozen=True)
class AttendancePanel:
    """Who came and how they worked, as far as it is: what the reader may do about it on the page of a request."""

    shown: bool
    begun: bool
    state: str
    article: str
    records: bool
    scores: bool
    reads: bool
    dossier: bool

    @classmethod
    def of(cls, who: Actor, request: DrawRequest) -> "AttendancePanel":
        """The panel on the page of a request."""
        regulation = edition_of_activity(request)
        unit = request.department_id
        held = duties_for(request, who, regulation)
        state = str(request.state)
        scores = "evaluation.score" in held
        reads = who.holds("evaluation.read", organisation=unit, edition=regulation)
        # Who only used the experts has the dossier while he sees their names.
        names = sight(held, state=state, starts_on=request.starts_on, on=who.on).names
        dossier = who.holds("dossier.read", organisation=unit, edition=regulation) and (names or not held <= ASKS)
        return cls(
            shown=state in SETTLED | {State.DRAWING},
            begun=request.starts_on is not None and clock.today() >= request.starts_on,
            state=state,
            article=regulation.evaluation.article if regulation.evaluation else "",
            records="attendance.record" in held and state != State.CLOSED,
            scores=scores and state == State.HELD,
            reads=reads and not scores and state in {State.HELD, State.CLOSED},
            dossier=dossier,
        )
