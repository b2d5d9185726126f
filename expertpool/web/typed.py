"""What somebody types into an address, judged before anything reads it."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

#: Characters of one value in an address. No page makes a longer one, and a search for a book costs the database minutes or an error.
LONGEST = 2000
#: Figures of the largest number that every database takes for an id.
FIGURES = 18


def whole(text: str) -> int | None:
    """``text`` as a number that can be an id; None for everything else: ² is a digit to Python and no number, 30 figures are no id."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= FIGURES else None


class TypedAddressMiddleware:
    """Answers 400 to an address with a NUL, which PostgreSQL takes nowhere, or with a value longer than any page makes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        typed = [part for name, values in request.GET.lists() for part in (name, *values)]
        if any("\0" in part or len(part) > LONGEST for part in typed):
            # Without what was typed: the message stands in the log.
            raise BadRequest("a value in the address that no page makes")
        return self.get_response(request)
