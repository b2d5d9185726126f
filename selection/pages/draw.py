"""The draw page, its fragment and its panel: everything that they show and offer, read once.

What somebody sees is decided by :mod:`selection.domain.sight`, what he may do by the services' own answers.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from expertpool.desk.ledger_page import actor_words, experts_among
from expertpool.desk.ledger_page import words as event_words
from expertpool.ledger import services as ledger
from expertpool.pools import duties
from expertpool.pools.duties import Actor
from expertpool.pools.editions import edition_of, edition_or_latest
from expertpool.regulations import Regulation
from expertpool.web.steps import DONE, NOW, TODO, Step
from selection.domain.reasons import ABORT_REASONS, GIVE_UP_REASONS, contact_reasons
from selection.domain.seats import OUTCOME_NAMES, Outcome
from selection.domain.sight import Sight, sight
from selection.models import Attempt, Candidate, Draw, DrawRequest, Invitation, Participation, Presence
from selection.pages.draw_rows import EventRow, FieldProgress, ListShown, Offers, PersonRow, PlaceRow
from selection.services import contacts, draws
from selection.services.acting import RUNNING
from selection.services.sight import duties_for

State = DrawRequest.State
SETTLED = frozenset({State.CONFIRMED, State.HELD, State.CLOSED})
#: Who works at a draw, so that its page is live for him.
WORK = frozenset({"draw.run", "draw.watch", "draw.share", "contact.run", "contact.record"})
WATCH = frozenset({"draw.watch", "draw.share"})


def edition_shown(request: DrawRequest, draw: Draw | None, who: Actor) -> Regulation:
    """The edition that a page about a draw speaks of: the one it was decided under, before that the pool's of the day."""
    return edition_of(draw, request.pool) if draw is not None else edition_or_latest(request.pool, who.on)


@dataclass
class DrawPage:
    """A draw as ``who`` sees it, and what he may do at it now; also what its live part and its event list show."""

    who: Actor
    request: DrawRequest
    draw: Draw | None
    regulation: Regulation
    held: frozenset[str]
    sight: Sight
    book: contacts.Book | None
    presences: list[Presence] = field(default_factory=list)

    @classmethod
    def of(cls, who: Actor, request: DrawRequest) -> "DrawPage":
        """The page of ``request`` for ``who``; a constant number of queries."""
        draw = draws.draw_of(request)
        regulation = edition_shown(request, draw, who)
        held = duties_for(request, who, regulation)
        seen = sight(held, state=request.state, starts_on=request.starts_on, on=who.on)
        book = contacts.read(draw) if draw is not None else None
        if book is not None and draw is not None:
            for attempt in book.attempts:
                attempt.draw = draw
        return cls(who, request, draw, regulation, held, seen, book, draws.present(request))

    @property
    def rules(self) -> Any:
        """The edition's provisions on drawing."""
        return self.regulation.draw

    @property
    def contact(self) -> Any:
        """The edition's provisions on contacting."""
        return self.regulation.contact

    @property
    def works(self) -> bool:
        """Whether the reader works at this draw, so that the page is live for him."""
        return not self.held.isdisjoint(WORK)

    @property
    def watches(self) -> bool:
        """Whether the reader has a place among those who watch or give the share."""
        return not self.held.isdisjoint(WATCH)

    @property
    def contacts_people(self) -> bool:
        """Whether the reader contacts the experts of this draw."""
        return "contact.run" in self.held or "contact.record" in self.held

    @property
    def joined(self) -> bool:
        """Whether the reader is in his place."""
        return any(one.inspector_id == self.who.account.pk for one in self.presences)

    @property
    def last(self) -> Attempt | None:
        """The newest attempt."""
        return self.book.last if self.book else None

    @property
    def seen(self) -> str:
        """What decides which parts the page has; when it changes, an open page loads itself anew."""
        last = self.last
        return f"{self.request.state}-{last.round}-{last.attempt}-{last.state}" if last else str(self.request.state)

    @property
    def watcher_names(self) -> str:
        """Who watches, as this pool calls them."""
        return self._holders("draw.watch")

    @property
    def handed_over(self) -> str:
        """When the names are given to whoever asked for them."""
        return "活动开始当日"

    def _holders(self, duty: str) -> str:
        return duties.names_of(duties.roles_for(duty, self.regulation).roles, self.regulation)

    @cached_property
    def names(self) -> dict[str, str]:
        """The pool's fields by code."""
        return {one.code: one.name for one in self.request.pool.fields.all()}

    @cached_property
    def counts(self) -> list[dict[str, object]]:
        """The figures of the newest attempt, as far as the reader sees them."""
        last = self.last
        return draws.reason_counts(last, self.regulation, self.names) if last is not None and self.sight.counts else []

    @property
    def manifest_parts(self) -> list[str]:
        """M in groups, as people copy it."""
        last = self.last
        return [last.manifest_hash[start : start + 8] for start in range(0, 64, 8)] if last else []

    @property
    def command(self) -> str:
        """How the verifier is run over this draw's bundle."""
        if self.draw is None or self.book is None:
            return ""
        return (
            f"python3 verify_draw.py {self.draw.number}.zip --expect-manifest 监督单上的M --expect-share 监督单上的监督份额"
            " --expect-head 记录单上的链头"
        )

    @cached_property
    def _seated(self) -> set[contacts.Key]:
        return self.book.seated() if self.book else set()

    @cached_property
    def _standbys(self) -> list[contacts.Key]:
        return self.book.standbys() if self.book else []

    @cached_property
    def fields(self) -> list[FieldProgress]:
        """How far each field is."""
        if self.book is None:
            return []
        return [
            FieldProgress(
                drawn.field,
                self.names.get(drawn.field, drawn.field),
                drawn.seats,
                sum(key[1] == drawn.field for key in self._seated),
                sum(key[1] == drawn.field for key in self._standbys),
                self.book.missing[drawn.field],
            )
            for drawn in self.book.lists
            if drawn.round == 0
        ]

    @property
    def seated_total(self) -> int:
        """How many seats are taken."""
        return sum(row.seated for row in self.fields)

    @property
    def wanted_total(self) -> int:
        """How many seats there are."""
        return sum(row.wanted for row in self.fields)

    @cached_property
    def lists(self) -> list[ListShown]:
        """The drawn lists, as far as the reader sees them; none without the sight of codes."""
        if self.book is None or not self.sight.codes:
            return []
        return [
            ListShown(
                drawn.round,
                self.names.get(drawn.field, drawn.field),
                drawn.seats,
                drawn.standby,
                len(drawn.numbers),
                [self._place((drawn.round, drawn.field, position), number) for position, number in enumerate(drawn.numbers, 1)],
            )
            for drawn in self.book.lists
        ]

    @cached_property
    def _due(self) -> set[contacts.Key]:
        return {contacts.key_of(one) for one in self.book.due} if self.book else set()

    @cached_property
    def _reasons(self) -> dict[str, str]:
        return contact_reasons(self.regulation)

    def _place(self, key: contacts.Key, number: str) -> PlaceRow:
        assert self.book is not None
        candidate: Candidate = self.book.candidates[key]
        outcome = self.book.outcomes.get(key)
        invitation = contacts.invitation_of(candidate)
        line = self.book.line_by_candidate.get(candidate.pk)
        is_open = outcome is None and invitation is not None and invitation.state == Invitation.State.OPEN
        turn_came = self.sight.order or outcome is not None or is_open or key in self._due
        return PlaceRow(
            position=key[2],
            number=number if turn_came else "",
            badge=self._badge(outcome, key, is_open=is_open),
            reason=self._reasons.get(line.reason, line.reason) if line else "",
            at=line.at if line else None,
            candidate_id=candidate.pk,
            invitation=invitation if is_open else None,
            expert=candidate.membership.expert if self.sight.due_names and is_open else None,
        )

    def _badge(self, outcome: Outcome | None, key: contacts.Key, *, is_open: bool) -> tuple[str, str]:
        if outcome == Outcome.ACCEPT:
            if key in self._seated:
                return "done", f"{OUTCOME_NAMES[outcome]} · 正选"
            place = [one for one in self._standbys if one[1] == key[1]].index(key) + 1
            return "info", f"{OUTCOME_NAMES[outcome]} · 候补第{place}位"
        if outcome is not None:
            return "quiet", OUTCOME_NAMES[outcome]
        if is_open:
            return "now", "已邀请，待回复"
        return ("soon", "轮到邀请") if key in self._due else ("todo", "未轮到")

    @cached_property
    def people(self) -> list[PersonRow]:
        """The experts, once the reader sees names; the standbys for who works at the draw."""
        if not self.sight.names or self.book is None:
            return []
        rows = Participation.objects.filter(request=self.request, state=Participation.State.STANDING).select_related(
            "membership__expert__employer", "candidate__field"
        )
        if not self.works:
            rows = rows.filter(seated=True)
        found = []
        for one in rows.order_by("-seated", "candidate__field_id", "candidate__attempt__round", "candidate__position"):
            expert = one.membership.expert
            of = self.names.get(one.candidate.field.code, "") if one.candidate else ""
            found.append(PersonRow(expert.name, expert.title, expert.employer, one.membership.number, of, one.seated))
        return found

    @property
    def _approvals(self) -> bool:
        """Whether somebody approves requests here at all."""
        return bool(self.regulation.request and self.regulation.request.approvals)

    @property
    def steps(self) -> list[Step]:
        """The way of a draw; done is only what was done."""
        last, request = self.last, self.request
        drawn = any(one.state == Attempt.State.DRAWN for one in self.book.attempts) if self.book else False
        frozen = last is not None and last.state == Attempt.State.FROZEN
        settled = request.state in SETTLED
        note = f"补充抽取第{last.round}轮" if last is not None and last.round else ""
        when = last.frozen_at if last is not None and (frozen or drawn) else None
        by = last.inspector.name if last is not None and last.inspector else self._holders("draw.share")
        # An activity may be held although its experts were never all confirmed.
        confirmed = request.state == State.CONFIRMED or (settled and self.book is not None and not any(self.book.missing.values()))
        called_off = request.state == State.CANCELLED
        return [
            Step(
                "审批通过" if self._approvals else "提交申请",
                DONE if request.approved_at else NOW,
                when=request.approved_at if self._approvals else request.submitted_at,
            ),
            Step(
                "冻结名单",
                DONE if frozen or drawn else NOW if request.approved_at and not called_off else TODO,
                self._holders("draw.run"),
                when,
                note,
            ),
            Step("监督份额与抽取", NOW if frozen else DONE if drawn else TODO, by, last.drawn_at if last is not None else None),
            Step("按序联系", DONE if settled else NOW if drawn and not frozen and not called_off else TODO, self._holders("contact.run")),
            Step("专家确定", DONE if confirmed else TODO, note="未全部确定" if settled and not confirmed else ""),
        ]

    @cached_property
    def offers(self) -> Offers:
        """What the reader may do now, by the services' own answers."""
        if self.request.state == State.CANCELLED and self.draw is not None:
            return Offers()
        me, last, book, request, regulation = self.who.account, self.last, self.book, self.request, self.regulation
        found: dict[str, Any] = {}
        found["leave"] = self.joined
        if self.watches:
            found["join"] = not self.joined and not draws.why_not_join(request=request, regulation=regulation, by=me)
        if "draw.run" in self.held:
            found["give_up"] = self.draw is not None and not draws.why_not_give_up_now(self.draw)
            if last is None or last.state == Attempt.State.ABORTED:
                found["freeze"] = draws.why_not_freeze_next(request, self.draw, last, regulation, me)
        if last is not None and last.state == Attempt.State.FROZEN:
            found["abort"] = draws.why_not_abort(attempt=last, regulation=regulation, by=me) is None
            if "draw.share" in self.held:
                found["share"] = draws.why_not_share_under(last, regulation, me)
        if book is not None and book.file is not None:
            if "contact.run" in self.held and request.state in RUNNING:
                found["to_invite"] = sum(contacts.invitation_of(one) is None for one in book.due)
            found["phone"] = "contact.run" in self.held
            found["unreached"] = "contact.record" in self.held
            if any(book.missing.values()):
                found |= self._supplement(book)
        return Offers(**found)

    def _supplement(self, book: contacts.Book) -> dict[str, Any]:
        runs, waives = "draw.run" in self.held, "waiver.shortage" in self.held
        if not runs and not waives:
            return {}
        refusals = draws.why_not_supplement_under(book, self.regulation, self.who.account)
        if book.due and refusals:
            return {}
        # Judging a whole pool is for when nothing else is in the way.
        if any(one.code in {"unfinished", "no_supplementary", "not_drawn", "nothing_missing"} for one in refusals):
            return {"supplement": refusals if runs else None}
        short = draws.supplementary_shortages(book, self.regulation)
        fields = tuple(code for group in short for code in group)
        return {"supplement": refusals + list(short.values()) if runs else None, "short": fields if waives else ()}

    @cached_property
    def events(self) -> list[EventRow]:
        """The ledger's events of the draw, the newest first; what became of whom only for who sees it on the lists."""
        pool = self.request.pool.code
        found = [one for one in ledger.events(f"request:{self.request.pk}", pool=pool) if one.kind.startswith("presence.")]
        if self.draw is not None:
            found += list(ledger.events(contacts.subject_of(self.draw), pool=pool))
        if not self.sight.codes:
            found = [one for one in found if one.kind.startswith(("presence.", "draw."))]
        experts = experts_among(one.actor_id for one in found)
        known = event_words()
        return [
            EventRow(
                event,
                actor_words(event.actor, by_expert=event.actor_id in experts) if event.actor else "",
                known.get(event.kind, event.kind),
                self._detail(ledger.data_of(event)),
            )
            for event in sorted(found, key=lambda one: -one.seq)
        ]

    def _detail(self, data: dict[str, Any]) -> str:
        detail = []
        if "round" in data:
            detail.append(f"第{data['round']}轮" if data["round"] else "首轮")
        if "field" in data:
            detail.append(f"{self.names.get(data['field'], data['field'])}第{data['position']}位")
        if "number" in data:
            detail.append(data["number"])
        if "outcome" in data:
            detail.append(OUTCOME_NAMES[Outcome(data["outcome"])])
        if code := data.get("reason"):
            detail.append((ABORT_REASONS | GIVE_UP_REASONS).get(code) or self._reasons.get(code, code))
        if "manifest" in data:
            detail.append(f"M {data['manifest'][:8]}…")
        return " · ".join(map(str, detail))
