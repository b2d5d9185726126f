"""复核: the browser verifier, for anybody who holds the files of a draw."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from expertpool.pools.access import public
from selection.exports.verify_file import verify_file, verify_page_context


@public
@require_GET
def verify(request: HttpRequest) -> HttpResponse:
    """The page that computes a draw again in the visitor's browser; it sends nothing back."""
    return render(request, "selection/verify.html", verify_page_context())


@public
@require_GET
def verify_download(request: HttpRequest) -> HttpResponse:
    """The same as one file to keep: only ever downloaded, since inline scripts do not run under this site's policy."""
    response = HttpResponse(verify_file(), content_type="text/html; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="verify_draw.html"'
    return response
