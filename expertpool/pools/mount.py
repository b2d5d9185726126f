"""Each pool is the site mounted at ``/p/<code>/``.

What a front server does for a site below a path, the middleware does for a pool: it moves ``/p/<code>`` from the path
to the script prefix and chooses the addresses of a pool. So inside a pool ``reverse`` and ``{% url %}`` stay inside it, the
back office too, and no page of a pool can be reached without its pool (docs/adr/0010).
"""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect

from expertpool.addresses import POOL_URLS, address, mounted

from .models import Pool

MOUNT = re.compile(r"/p/(?P<code>[A-Za-z0-9-]{1,16})(?P<rest>/.*)?\Z", re.DOTALL)


class PoolMiddleware:
    """Finds the pool of an address: ``request.pool`` is it, or None on the pages that belong to no pool.

    An unknown pool is as unknown as an unknown page. What a response still computes while it is being sent (a stream) stands
    outside the mount: it asks for its addresses before.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = MOUNT.match(request.path_info)
        pool = Pool.objects.filter(code=found["code"]).select_related("office").first() if found else None
        request.pool = pool  # type: ignore[attr-defined]
        if found is None or pool is None:
            with mounted(None):
                return self.get_response(request)
        if found["rest"] is None:
            return HttpResponsePermanentRedirect(address("home", pool=pool))
        request.urlconf = POOL_URLS  # type: ignore[attr-defined]
        request.path_info = found["rest"]
        with mounted(pool.code):
            return self.get_response(request)
