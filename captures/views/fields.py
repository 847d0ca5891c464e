"""One field of a form: what it says, what was remarked on it, how it came to be so."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from captures import selectors, services
from captures.forms import CommentForm
from captures.permissions import can_change, can_comment
from edc.accounts.http import user_of
from edc.base.errors import Refused, require
from edc.base.forms import new_key
from trials.definition import find_place

PANEL = "field-panel"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def field(request: HttpRequest, pk: UUID, place: str) -> HttpResponse:
    """Show a field with its comments and its history, and take a comment; as a part of the entry page or by itself."""
    user = user_of(request)
    capture = get_object_or_404(selectors.captures_at_work(user), pk=pk)
    known = find_place(capture.form_definition, place) if capture.form_definition else None
    if known is None:
        raise Http404
    asking, status = CommentForm(initial={"key": new_key()}, prefix="comment"), 200
    if request.method == "POST":
        require(can_comment(user, capture))
        asking = CommentForm(request.POST, prefix="comment")
        if asking.is_valid():
            try:
                services.comment_on_field(capture=capture, place=str(known), by=user, **asking.cleaned_data)
                return redirect("captures:field", pk, str(known))
            except Refused as refused:
                asking.refuse(refused)
        status = asking.http_status
    context = {
        "capture": capture,
        "subject": capture.subject,
        "place": str(known),
        "label": f"{known.item.label} ({known.row})" if known.row else known.item.label,
        "text": selectors.Sight(user).words(
            capture, str(known), selectors.in_words(known.item, capture.data.get(str(known)))
        ),
        "comments": selectors.comments_on(capture).filter(place=str(known)),
        "changes": selectors.changes_at(capture, str(known), by=user),
        "form": asking if can_comment(user, capture) else None,
        "can_change": can_change(user, capture),
    }
    name = "field_panel" if request.headers.get("HX-Target") == PANEL else "field_page"
    return render(request, f"captures/entry/{name}.html", context, status=status)
