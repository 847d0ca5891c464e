"""What every request and answer goes through."""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers, patch_cache_control

from edc.base.actor import Origin, origin
from edc.base.api.problems import plain_answer
from edc.base.errors import refusal_of
from edc.base.ids import uuid7

logger = logging.getLogger(__name__)

Next = Callable[[HttpRequest], HttpResponse]

PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"
# The page that tells of a refusal; one without a page of its own is told of as a conflict, under its own number.
REFUSALS = {status: f"{status}.html" for status in (400, 403, 413, 429)}
SOURCES = (("/api/", "api"), ("/admin/", "admin"))


class RequestGuard:
    """Names where changes of this request come from, and turns away what no page has a use for."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = str(uuid7())
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            if request.path.startswith("/api/"):
                return plain_answer(request, 400, "bad-request", "The address has a NUL character.")
            return render(request, "400.html", status=HTTPStatus.BAD_REQUEST)
        source = next((name for prefix, name in SOURCES if request.path.startswith(prefix)), "page")
        token = origin.set(Origin(source=source, request_id=request_id))
        try:
            response = self.get_response(request)
        finally:
            origin.reset(token)
        response["X-Request-ID"] = request_id
        response["Permissions-Policy"] = PERMISSIONS_POLICY
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        return response


class CompressedPages(GZipMiddleware):
    """Sends pages compressed; answers of the API keep their strong ETags, which a compressed answer may not have.

    What a page holds cannot be guessed from its length (BREACH): the session's cookie comes along with no request that
    another site makes for itself (SameSite), tokens in pages are masked anew each time, and every compressed page is
    lengthened by a random number of bytes.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)


class PrivatePages:
    """Keeps what a signed-in person saw out of every cache, the browser's own included."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers:
            add_never_cache_headers(response)
            patch_cache_control(response, no_store=True)
        return response


class RefusedPages:
    """Shows what a service refused, where a page did not show it beside its form already."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a refusal, of a service or of the database, with its own status; else it is a fault and goes up."""
        refused = refusal_of(exception)
        if refused is None:
            return None
        page = REFUSALS.get(refused.status, "409.html")
        return render(request, page, {"message": str(refused), "code": refused.status}, status=refused.status)


def form_page(request: HttpRequest, template: str, context: Mapping[str, Any]) -> HttpResponse:
    """Return a page with a form (`form` in the context), its status saying how the form fared.

    200 where nothing is wrong, 422 for input that cannot be taken, else that of the refusal the form shows.
    """
    return render(request, template, context, status=context["form"].http_status)


def download(content: File, *, name: str, media_type: str) -> FileResponse:  # type: ignore[type-arg]
    """Return a file that somebody handed in as a download which no browser shows as a page."""
    response = FileResponse(content, as_attachment=True, filename=name, content_type=media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response
