"""A draw under its lock, for one act: what is looked up once at the act's beginning is handed on from here."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from expertpool import clock
from expertpool.pools.editions import edition_of
from expertpool.pools.models import Pool
from expertpool.regulations import Regulation
from selection.domain.eligibility import Exclusion
from selection.models import Candidate, Draw, DrawRequest
from selection.services import contacts, eligibility


@dataclass
class RunningDraw:
    """A locked draw, the edition that it was decided under, its book as it stands, and who may still serve.

    ``prospects``: by membership (id) what keeps a candidate who may yet be asked from serving, as judged by
    :meth:`look_ahead` before the act writes into the ledger.
    """

    draw: Draw
    regulation: Regulation
    book: contacts.Book
    prospects: dict[int, tuple[Exclusion, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, draw: Draw) -> "RunningDraw":
        """Lock the draw until the transaction ends, and read it afresh."""
        draw = contacts.lock(draw)
        return cls(draw, edition_of(draw, draw.request.pool), contacts.read(draw))

    @property
    def request(self) -> DrawRequest:
        """The draw's request, locked with it."""
        return self.draw.request

    @property
    def pool(self) -> Pool:
        """The pool whose members are drawn."""
        return self.draw.request.pool

    def reread(self) -> contacts.Book:
        """The book after a line was written."""
        self.book = contacts.read(self.draw)
        return self.book

    def look_ahead(self, *also: int) -> None:
        """Judge everybody who may be asked as this act goes on, and the memberships ``also``, all at once.

        Before the first event of the act: from then on all other acts wait for its end. Once the activity has begun nobody is
        asked any more, and nobody is judged for it.
        """
        started = self.request.starts_on is not None and clock.now() >= clock.start_of(self.request.starts_on)
        asked = (set() if started else {one.membership_id for one in self._unasked()}) | set(also)
        if not asked - self.prospects.keys():
            return
        self.prospects |= eligibility.judge_again(
            memberships=asked - self.prospects.keys(), request=self.request, regulation=self.regulation
        )

    def why_not_serve(self, candidate: Candidate) -> tuple[Exclusion, ...]:
        """What keeps a candidate from serving now (第十四条, 第十五条)."""
        if candidate.membership_id not in self.prospects:
            self.look_ahead(candidate.membership_id)
        return self.prospects[candidate.membership_id]

    def _unasked(self) -> Iterable[Candidate]:
        for key, candidate in self.book.candidates.items():
            if key not in self.book.outcomes and contacts.invitation_of(candidate) is None:
                yield candidate
