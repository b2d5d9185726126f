"""Addresses from anywhere: of a page inside a pool, or of one that belongs to none.

Each pool is the site mounted at ``/p/<code>/`` (expertpool.pools.mount): inside it ``reverse`` and ``{% url %}`` speak of its own
pages. This module leads out of it, into another one, and serves whoever has no request: messages, sweeps, to-dos.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from django.conf import settings
from django.urls import Resolver404, ResolverMatch, get_script_prefix, get_urlconf, resolve, reverse, set_script_prefix, set_urlconf

POOL_URLS = "expertpool.pool_urls"


class HasCode(Protocol):
    """A pool, as far as an address needs it."""

    code: str


def base() -> str:
    """Where the installation itself is mounted; ends with a slash."""
    return (settings.FORCE_SCRIPT_NAME or "").rstrip("/") + "/"


@contextmanager
def mounted(code: str | None) -> Iterator[None]:
    """Make ``reverse`` speak of the pool with this code, or (None) of the pages that belong to no pool."""
    before = get_script_prefix(), get_urlconf()
    set_script_prefix(f"{base()}p/{code}/" if code else base())
    set_urlconf(POOL_URLS if code else settings.ROOT_URLCONF)
    try:
        yield
    finally:
        set_script_prefix(before[0])
        set_urlconf(before[1])


def address(name: str, *args: Any, pool: HasCode | None = None) -> str:
    """The address of a page by its URL name: inside ``pool``, or (None) of one that belongs to no pool. Raises NoReverseMatch."""
    with mounted(pool.code if pool is not None else None):
        return reverse(name, args=args)


DEEPEST = 8


def same_page(path: str, pool: HasCode, opens: Callable[[ResolverMatch], bool] = lambda found: True) -> str:
    """The page of ``pool`` that is of the same kind as ``path``, an address inside another pool without its ``/p/<code>``.

    A page of one thing leads to the list above it: the other pool has no such thing. ``opens``: whether a page may be
    gone to; where it may not, the one above it is tried. The pool's first page, where nothing above will do.
    """
    # No address of ours has more parts; of a longer one only the beginning is looked at.
    parts = path.strip("/").split("/", DEEPEST)[:DEEPEST]
    with mounted(pool.code):
        while parts and parts != [""]:
            try:
                found = resolve("/" + "/".join(parts) + "/")
            except Resolver404:
                pass
            else:
                if not found.kwargs and not found.args and opens(found):
                    return reverse(found.view_name)
            parts.pop()
        return reverse("home")
