"""The page of the ledger."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from expertpool.accounts.access import allow
from expertpool.accounts.models import Role
from expertpool.core.paging import page_of

from . import services
from .words import actor_words, words

PAGE = 50


@allow(Role.AUDIT_ADMIN, Role.INSPECTOR, Role.OFFICE)
def ledger(request: HttpRequest) -> HttpResponse:
    """Events, newest first, narrowed by ``?subject=``; shows the head of the chain."""
    subject = request.GET.get("subject", "").strip()
    page = page_of(request, services.events(subject).order_by("-seq"), size=PAGE)
    known = words()
    for event in page:
        event.words, event.who = known.get(event.kind, event.kind), actor_words(event.actor)
    return render(request, "ledger/list.html", {"page": page, "subject": subject, "head": services.head()})
