"""Everybody's own messages."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from expertpool import clock
from expertpool.accounts.access import signed_in
from expertpool.accounts.models import User
from expertpool.core.paging import page_of

from . import services
from .models import Message


@signed_in
def messages(request: HttpRequest) -> HttpResponse:
    """The account's messages, newest first."""
    user = cast(User, request.user)
    mine = Message.objects.readable_by(user, clock.now()).only("title", "created_at", "read_at")
    return render(request, "messaging/list.html", {"page": page_of(request, mine), "unread": services.unread_count(user)})


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
    return render(request, "messaging/message.html", {"message_row": found})
