"""The page of the ledger: of one pool to who reads it there, of everything to the audit administrator."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from expertpool.desk.ledger_page import actor_words, experts_among, words
from expertpool.ledger import services
from expertpool.pools.access import needs_or_roles, refusal_page
from expertpool.pools.models import Role
from expertpool.web.paging import page_of

PAGE = 50


@needs_or_roles(("ledger.read",), (Role.AUDIT_ADMIN,))
def ledger(request: HttpRequest) -> HttpResponse:
    """Events, newest first, narrowed by ``?subject=``; shows the head of the chain, which is one for the whole installation."""
    subject = request.GET.get("subject", "").strip()
    pool, who = request.pool, request.actor  # type: ignore[attr-defined]
    # An event is of no edition: who reads them all is the word of the day's, whatever he may still have to finish under another.
    if pool is not None and (refusal := who.why_not("ledger.read")):
        return refusal_page(request, refusal)
    page = page_of(request, services.events(subject, pool=pool.code if pool else None).order_by("-seq"), size=PAGE)
    known = words()
    experts = experts_among(event.actor_id for event in page)
    for event in page:
        event.words, event.who = known.get(event.kind, event.kind), actor_words(event.actor, by_expert=event.actor_id in experts)
    context = {"page": page, "subject": subject, "head": services.head(), "example": f"{pool.number_prefix if pool else 'ZJK'}2026-000001"}
    return render(request, "desk/ledger.html", context)
