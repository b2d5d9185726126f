"""Everybody's own messages."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.messaging import services
from expertpool.messaging.models import Message
from expertpool.pools.access import signed_in
from expertpool.pools.models import Pool
from expertpool.web.paging import page_of


@signed_in
def messages(request: HttpRequest) -> HttpResponse:
    """The account's messages, newest first."""
    user = cast(User, request.user)
    mine = Message.objects.readable_by(user, clock.now()).only("title", "created_at", "read_at", "pool")
    page = page_of(request, mine)
    names = _pool_names({row.pool for row in page})
    for row in page:
        row.pool_name = names.get(row.pool, "")
    return render(request, "desk/messages.html", {"page": page, "unread": services.unread_count(user)})


def _pool_names(codes: set[str]) -> dict[str, str]:
    """The pools that messages tell of, by their codes: one query for a whole page."""
    return dict(Pool.objects.filter(code__in=codes - {""}).values_list("code", "name"))


@signed_in
@require_POST
def message_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one message as read and show it."""
    user = cast(User, request.user)
    get_object_or_404(Message.objects.readable_by(user, clock.now()), pk=pk)
    services.mark_read(message_id=pk, by=user)
    return redirect("message", pk=pk)


@signed_in
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """One message; looking changes nothing."""
    found = get_object_or_404(Message.objects.readable_by(cast(User, request.user), clock.now()), pk=pk)
    return render(request, "desk/message.html", {"message_row": found, "pool_name": _pool_names({found.pool}).get(found.pool, "")})
