"""Who may be drawn for a request, and why somebody may not: every reason with its article. Pure.

Facts come in as frozen dataclasses, reasons go out. All days are Beijing calendar dates; eligibility is judged on the
days of the activity, both included.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from expertpool.birthdays import birthday
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on

from .facts import MemberFacts, RequestFacts
from .recusal import grounds_found, named

# Rules that a waiver of this name sets aside.
ANNUAL_CAP = "annual_cap"
DRAW_RATIO = "draw_ratio"


@dataclass(frozen=True)
class Exclusion:
    """One reason why a member is not drawn; ``code`` stands in pool.txt, ``article`` is a short key."""

    code: str
    article: str
    name: str


Rule = Callable[[Regulation, RequestFacts, MemberFacts], Exclusion | None]


def reason(regulation: Regulation, code: str, article: str = "") -> Exclusion:
    """The reason behind a code, with the name and the article that the edition gives it, else with ``article``."""
    known = regulation.exclusion(code)
    return Exclusion(code, known.article or article, known.name)


def overlap(first: date, last: date | None, begins: date, ends: date) -> bool:
    """Whether the period from ``first`` to ``last`` (None: without end) shares a day with that from ``begins`` to ``ends``."""
    return first <= ends and (last is None or last >= begins)


@acts_on("exclusions.code", "EXITED")
@acts_on("rules.practice", "admitted_only")
def _exited(regulation: Regulation, request: RequestFacts, member: MemberFacts) -> Exclusion | None:
    return reason(regulation, "EXITED") if member.exited else None


@acts_on("exclusions.code", "SUSPENDED")
def _suspended(regulation: Regulation, request: RequestFacts, member: MemberFacts) -> Exclusion | None:
    on_the_days = any(overlap(first, last, request.starts_on, request.ends_on) for first, last in member.suspensions)
    return reason(regulation, "SUSPENDED") if on_the_days else None


def _frozen(regulation: Regulation, request: RequestFacts, member: MemberFacts) -> Exclusion | None:
    return reason(regulation, "FROZEN", regulation.freeze.article if regulation.freeze else "") if member.frozen else None


@acts_on("exclusions.code", "TERM-ENDED")
@acts_on("term")
def _term_ended(regulation: Regulation, request: RequestFacts, member: MemberFacts) -> Exclusion | None:
    if member.term_ends_on is None or member.term_ends_on >= request.ends_on:
        return None
    return reason(regulation, "TERM-ENDED", regulation.term.article if regulation.term else "")


@acts_on("exclusions.code", "AGE")
def _too_old(regulation: Regulation, request: RequestFacts, member: MemberFacts) -> Exclusion | None:
    age = regulation.age_exit
    if not age or not member.birth_date or member.marks & set(age.exempt_marks):
        return None
    return reason(regulation, "AGE", age.article) if birthday(member.birth_date, age.age) <= request.ends_on else None


@acts_on("exclusions.code", "CHANGED-AFTER-REQUEST")
def _changed_after_request(regulation: Regulation, request: RequestFacts, member: MemberFacts) -> Exclusion | None:
    if request.approved_at is None:
        return None
    changed = member.decisive_changed_at is not None and member.decisive_changed_at > request.approved_at
    entered = member.admitted_on is not None and request.approved_on is not None and member.admitted_on > request.approved_on
    return reason(regulation, "CHANGED-AFTER-REQUEST") if changed or entered else None


@acts_on("exclusions.code", "UNQUALIFIED")
def _unqualified(regulation: Regulation, request: RequestFacts, member: MemberFacts) -> Exclusion | None:
    too_low = member.title_level < request.min_title_level
    too_short = request.min_years is not None and (member.years or 0) < request.min_years
    return reason(regulation, "UNQUALIFIED") if too_low or too_short else None


@acts_on("exclusions.code", "ANNUAL-CAP")
@acts_on("rotation.annual_cap.limit")
@acts_on("rotation.annual_cap.year")
def _annual_cap(regulation: Regulation, request: RequestFacts, member: MemberFacts) -> Exclusion | None:
    cap = regulation.rotation.annual_cap if regulation.rotation else None
    if cap is None or ANNUAL_CAP in request.waived:
        return None
    used = sum(one.counts and one.starts_on.year == request.starts_on.year for one in member.engagements)
    return reason(regulation, "ANNUAL-CAP", cap.article) if used >= cap.limit else None


@acts_on("exclusions.code", "ROTATION")
@acts_on("rotation.sit_out.after_in_a_row")
@acts_on("rotation.sit_out.rounds")
def _rotation(regulation: Regulation, request: RequestFacts, member: MemberFacts) -> Exclusion | None:
    sit_out = regulation.rotation.sit_out if regulation.rotation else None
    if sit_out is None or not sits_out(member.draws, sit_out.after_in_a_row, sit_out.rounds):
        return None
    return reason(regulation, "ROTATION", sit_out.article)


@acts_on("exclusions.code", "CLASH")
@acts_on("request.clash_check")
def _clash(regulation: Regulation, request: RequestFacts, member: MemberFacts) -> Exclusion | None:
    """He has accepted something on one of the days. What it is, and in which pool, is not said."""
    if regulation.request is not None and not regulation.request.clash_check:
        return None
    elsewhere = (one.standing and overlap(one.starts_on, one.ends_on, request.starts_on, request.ends_on) for one in member.engagements)
    article = regulation.request.clash_article if regulation.request else ""
    return reason(regulation, "CLASH", article) if any(elsewhere) else None


@acts_on("exclusions.code", "RECUSE-NAMED")
def _named(regulation: Regulation, request: RequestFacts, member: MemberFacts) -> Exclusion | None:
    """Whom the request names is never drawn, also where the paper has no such ground of its own (系统默认)."""
    if any(ground.match == "named_by_request" for ground in regulation.recusal):
        return None
    held = [one for one in member.employments if one.covers(request.starts_on, request.ends_on)]
    return reason(regulation, "RECUSE-NAMED") if named(request, member, held) else None


@acts_on("exclusions.code", "DRAWN")
def _drawn(regulation: Regulation, request: RequestFacts, member: MemberFacts) -> Exclusion | None:
    return reason(regulation, "DRAWN") if member.number in request.already_drawn else None


#: Reasons aside from recusal, in the order in which they are printed.
EXCLUSIONS: tuple[Rule, ...] = (
    _exited,
    _suspended,
    _frozen,
    _term_ended,
    _too_old,
    _changed_after_request,
    _unqualified,
    _annual_cap,
    _rotation,
    _clash,
    _named,
    _drawn,
)
#: What belongs to the moment of the draw alone and is not asked again.
AT_THE_DRAW = frozenset({_changed_after_request, _rotation, _drawn})
#: What ends a seat that was accepted (第七条, 第十九条（一）): the one list of it.
ENDS_A_SEAT: tuple[Rule, ...] = (_exited, _suspended, _too_old)


def exclusions(regulation: Regulation, request: RequestFacts, member: MemberFacts) -> tuple[Exclusion, ...]:
    """Every reason that keeps ``member`` out of the draw for ``request``; none means that he is eligible.

    Serves 第七条, 第十三条, 第十四条, 第十五条 of the first regulation and their counterparts; each reason names its
    article. Every code occurs once.
    """
    return _judge(EXCLUSIONS, regulation, request, member)


def exclusions_since(regulation: Regulation, request: RequestFacts, member: MemberFacts) -> tuple[Exclusion, ...]:
    """What keeps a drawn member from serving after all: everything but the reasons of the draw's own moment."""
    return _judge((rule for rule in EXCLUSIONS if rule not in AT_THE_DRAW), regulation, request, member)


def why_seat_ends(regulation: Regulation, request: RequestFacts, member: MemberFacts) -> Exclusion | None:
    """Why ``member`` cannot keep a seat that he accepted, or None."""
    return next((found for rule in ENDS_A_SEAT if (found := rule(regulation, request, member)) is not None), None)


def _judge(rules: Iterable[Rule], regulation: Regulation, request: RequestFacts, member: MemberFacts) -> tuple[Exclusion, ...]:
    found: dict[str, Exclusion] = {}
    for rule in rules:
        if (one := rule(regulation, request, member)) is not None:
            found.setdefault(one.code, one)
    for ground in grounds_found(regulation.recusal, request, member):
        found.setdefault(ground.reason_code, Exclusion(ground.reason_code, ground.article, ground.name))
    return tuple(found.values())


def sits_out(draws: tuple[str, ...], after_in_a_row: int, rounds: int) -> bool:
    """Whether a member sits out the next draw (轮空): selected in the last ``after_in_a_row`` draws that he was eligible for.

    ``draws`` newest first, draws that he was not eligible for left out; after ``rounds`` sat out he starts afresh
    (reading A26).
    """
    sat = 0
    while sat < len(draws) and draws[sat] == "sat_out":
        sat += 1
    if sat:
        return sat < rounds
    latest = draws[:after_in_a_row]
    return len(latest) == after_in_a_row and all(one == "selected" for one in latest)
