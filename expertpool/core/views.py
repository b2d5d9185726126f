"""The first page of every role, the rules in force, and the pages that say what went wrong."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from expertpool import clock
from expertpool.accounts.access import public, signed_in
from expertpool.core.rules_page import rules_in_force
from expertpool.core.waiting import waiting_for


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """待办事项: what waits for this account, the nearest deadline first, each with one button."""
    return render(request, "core/home.html", {"items": waiting_for(request.user)})  # type: ignore[arg-type]


@public
def rules(request: HttpRequest) -> HttpResponse:
    """现行规定: the pool's regulation article by article, and what the software does with each."""
    return render(request, "core/rules.html", rules_in_force(settings.POOL_REGULATION, clock.today()))


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was open for too long or came from elsewhere (Django's CSRF protection); nothing was saved."""
    return render(request, "csrf.html", {"back": request.path}, status=403)


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """400, without context processors: the address itself may be what is wrong."""
    return HttpResponse(render_to_string("400.html"), status=400)


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """403 from a view that raised PermissionDenied."""
    return render(request, "403.html", {"why": str(exception or "")}, status=403)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """404."""
    return render(request, "404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """500, without context processors: they may be what is broken."""
    return HttpResponse(render_to_string("500.html"), status=500)
