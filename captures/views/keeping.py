"""What the entry page does by itself: keep what is typed for its author, save what can be saved, show what it means."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from captures import selectors, services
from captures.forms import EntryForm, typed_in
from captures.models import DataCapture
from captures.views.entry_page import number_of, show_states
from edc.accounts.models import User
from edc.base.errors import Denied, Invalid, Refused, Stale, Unprocessable

KEPT = "Your changes are kept for you, and not saved yet ({at})."
SAVED = "Saved {at}"
SAVED_IN_PART = "Saved {at}, without what has to be corrected. That is kept for you."
CHANGED = "Somebody else saved this form. What you typed is kept for you; nothing of it is saved."


def keep(request: HttpRequest, user: User, place: selectors.Place) -> HttpResponse:
    """Keep what is typed, as it is typed: unchecked, for its author alone."""
    draft = services.keep_draft(
        place=place, typed=typed_in(request.POST), read_version=number_of(request.POST.get("version")), by=user
    )
    answer = HttpResponse(status=204)
    answer["X-Kept"] = f"Kept {timezone.localtime(draft.saved_at):%H:%M}"
    return answer


def discard(user: User, place: selectors.Place, capture: DataCapture | None) -> HttpResponse:
    """Forget what was typed and not saved."""
    services.drop_draft(place=place, by=user)
    return redirect("captures:edit", capture.pk) if capture else redirect("captures:new", *place.address)


def autosave(
    request: HttpRequest, user: User, entry: EntryForm, place: selectors.Place, capture: DataCapture | None
) -> HttpResponse:
    """Save what can be saved of a draft, and keep the rest for its author; say what the form comes to.

    After submission nothing is saved without its reason: all of it is kept.
    """
    is_valid, read = entry.is_valid(), number_of(request.POST.get("version"))
    is_draft = capture is None or capture.status == DataCapture.Status.IN_PROGRESS
    unsent, status, text = not (is_valid and is_draft), 200, KEPT
    try:
        if capture is not None and capture.version != read:
            raise Stale(CHANGED, row=capture)
        if is_draft:
            capture = _save(user, entry, place, capture, read=read)
            read, text = (capture.version, SAVED if is_valid else SAVED_IN_PART) if capture else (read, KEPT)
    except Denied:
        raise
    except (Stale, Unprocessable, services.CaptureExists):
        unsent, status, text = True, Stale.status, CHANGED
    except Refused as refused:
        unsent, text = True, f"Not saved, and kept for you: {refused}"
        if isinstance(refused, Invalid):
            entry.add_refusals(refused.errors)
    if unsent:
        services.keep_draft(place=place, typed=typed_in(request.POST), read_version=read, by=user)
    else:
        services.drop_draft(place=place, by=user)
    text = text.replace("{at}", f"{timezone.localtime():%H:%M}") if unsent or capture else ""
    saved = capture if status == 200 else None
    return show_states(request, entry, status=status, text=text, capture=saved, unsent=unsent)


def _save(
    user: User, entry: EntryForm, place: selectors.Place, capture: DataCapture | None, *, read: int
) -> DataCapture | None:
    """Save the draft without what is wrong in it; None where there is nothing to begin one with."""
    values = entry.values_without_faults(capture.data if capture else {})
    going: dict[str, Any] = {"values": values, "timestamp": entry.timestamp, "by": user}
    if capture is not None:
        return services.save_capture(capture=capture, version=read, **going)
    if not values:
        return None
    try:
        return services.create_capture(
            subject=place.subject,
            visit=place.visit.oid,
            visit_repeat=place.visit_repeat,
            form=place.form.oid,
            form_repeat=place.form_repeat,
            key=entry.cleaned_data.get("key", ""),
            **going,
        )
    except (services.CaptureExists, Unprocessable):
        begun = selectors.capture_at(user, place)
        # The page did not hear that its first save came through.
        if begun is None or begun.entered_by_id != user.pk or begun.version != 1:
            raise
        return services.save_capture(capture=begun, version=1, **going)
