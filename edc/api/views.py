"""Addresses under /api/v1/ that no endpoint has, and the documentation."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from edc.base.api.problems import plain_answer


@csrf_exempt  # each endpoint checks the token of a browser's session itself
def elsewhere(request: HttpRequest, rest: str) -> HttpResponseBase:
    """Answer at an address that lacks only its last slash, since a redirected POST loses its body."""
    if not rest.endswith("/"):
        try:
            match = resolve(f"{request.path}/")
        except Resolver404:
            match = None
        if match and match.func is not elsewhere:
            answer: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
            return answer
    return _nothing(request)


def _nothing(request: HttpRequest) -> HttpResponse:
    return plain_answer(request, 404, "not-found", "There is no such address.")


schema = SpectacularAPIView.as_view()
docs = SpectacularSwaggerSplitView.as_view(url_name="api:schema", template_name="api/docs.html")
