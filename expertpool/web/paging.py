"""Pages of a long list; the filters stay in the address (``{% page_query page=3 %}``)."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

PAGE_SIZE = 30


def page_of(request: HttpRequest, rows: Any, size: int = PAGE_SIZE) -> Page:
    """The page of ``rows`` (a queryset or list) that ``?page=`` asks for.

    A number that is none, or lies beyond the end, gives the first or the last page instead of an error.
    """
    return Paginator(rows, size).get_page(request.GET.get("page"))
