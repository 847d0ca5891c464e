"""Filling in a form and changing it: draft, submit, submit and go on; what two people changed at once."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from captures import selectors, services
from captures.forms import EntryForm, chosen_data, clashes_of, is_undecided
from captures.models import DataCapture
from captures.permissions import can_change, can_enter
from edc.accounts.http import user_of
from edc.accounts.models import User
from edc.base.errors import Denied, Invalid, Refused, Stale, Unprocessable, require
from edc.base.ids import uuid7

UNPROCESSABLE = 422
LOOK = "look"
ACTS = ("draft", "submit", "next", LOOK)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, pk: UUID, *, visit: str, visit_repeat: int, form: str, form_repeat: int) -> HttpResponse:
    """Fill in a form for a subject."""
    user = user_of(request)
    subject = get_object_or_404(selectors.subjects_at_work(user), pk=pk)
    place = selectors.place_in(subject, visit, visit_repeat, form, form_repeat)
    if place is None:
        raise Http404
    require(can_enter(user, subject, place.form))
    if request.method != "POST":
        existing = selectors.capture_at(user, place)
        if existing is not None:
            return _go_to(user, existing)
        entry = EntryForm(definition=place.form, zone=subject.site.time_zone, key=str(uuid7()), **rules_of(place))
        return _page(request, user, entry, place)
    entry = EntryForm(request.POST, definition=place.form, zone=subject.site.time_zone, **rules_of(place))
    if _act(request) == LOOK:
        return _look(request, user, entry, place)
    return _create(request, user, entry, place)


def _create(request: HttpRequest, user: User, entry: EntryForm, place: selectors.Place) -> HttpResponse:
    status = UNPROCESSABLE
    if entry.is_valid() and not _asks_first(request, entry):
        try:
            capture = services.create_capture(
                subject=place.subject,
                visit=place.visit.oid,
                visit_repeat=place.visit_repeat,
                form=place.form.oid,
                form_repeat=place.form_repeat,
                values=entry.values,
                timestamp=entry.timestamp,
                submit=_act(request) != "draft",
                drop_hidden=bool(request.POST.get("accept_missing")),
                by=user,
                key=entry.cleaned_data["key"],
            )
        except (services.CaptureExists, Unprocessable) as refused:
            existing = selectors.capture_at(user, place)
            if existing is not None:
                return _conflict(request, entry, place, existing, read=0, status=refused.status)
            entry.add_error(None, str(refused))
        except Denied:
            raise
        except Refused as refused:
            status = show_refusal(entry, refused)
        else:
            return _after(request, capture, place)
    return _page(request, user, entry, place, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change a form: freely while it is a draft, with a reason once it was submitted."""
    user = user_of(request)
    capture = get_object_or_404(selectors.captures_at_work(user), pk=pk)
    definition, place = capture.form_definition, _place_of(capture)
    if definition is None or place is None:
        raise Http404
    require(can_change(user, capture))
    if request.method != "POST" and capture.status == DataCapture.Status.FINALISED:
        raise services.CaptureFinalised("This form is finalised. An investigator can open it again.")
    data = chosen_data(request.POST, capture) if request.method == "POST" else None
    entry = EntryForm(
        data,
        definition=definition,
        values=capture.data,
        observed=capture.timestamp,
        version=capture.version,
        zone=capture.site.time_zone,
        reason=capture.submitted_at is not None,
        **rules_of(place, capture),
    )
    if data is None:
        return _page(request, user, entry, place, capture=capture)
    if _act(request) == LOOK:
        return _look(request, user, entry, place, capture=capture)
    return _save(request, user, entry, place, capture)


def _save(
    request: HttpRequest, user: User, entry: EntryForm, place: selectors.Place, capture: DataCapture
) -> HttpResponse:
    status = UNPROCESSABLE
    if entry.is_valid():
        read = entry.cleaned_data["version"]
        if is_undecided(request.POST):
            read = _number(request.POST.get("read"))
            return _conflict(request, entry, place, capture, read=read, status=UNPROCESSABLE, undecided=True)
        if _asks_first(request, entry, is_correction=capture.submitted_at is not None):
            return _page(request, user, entry, place, capture=capture, status=UNPROCESSABLE)
        try:
            saved = services.save_capture(
                capture=capture,
                values=entry.values,
                timestamp=entry.timestamp,
                reason=entry.reason,
                version=read,
                submit=_act(request) != "draft",
                drop_hidden=bool(request.POST.get("accept_missing")),
                by=user,
            )
        except Stale as stale:
            fresh = selectors.captures_at_work(user).get(pk=capture.pk)
            return _conflict(request, entry, place, fresh, read=read, status=stale.status)
        except Denied:
            raise
        except Refused as refused:
            status = show_refusal(entry, refused)
        else:
            return _after(request, saved, place)
    return _page(request, user, entry, place, capture=capture, status=status)


def rules_of(place: selectors.Place, capture: DataCapture | None = None) -> dict[str, Any]:
    """Return the rules of the form at its place, in the study version in which it is or will be entered."""
    version = capture.study_version if capture else place.subject.study_version
    definition = (version or place.subject.study_version).definition
    return selectors.rules_at(
        place.subject, definition, place.form.oid, visit=place.visit.oid, visit_repeat=place.visit_repeat
    )


def _look(
    request: HttpRequest,
    user: User,
    entry: EntryForm,
    place: selectors.Place,
    *,
    capture: DataCapture | None = None,
) -> HttpResponse:
    """Show the page with what was typed, checked and calculated; nothing is saved."""
    entry.is_valid()
    return _page(request, user, entry, place, capture=capture, status=200, looking=True)


def _asks_first(request: HttpRequest, entry: EntryForm, *, is_correction: bool = False) -> bool:
    """Return whether to ask if required items are meant to stay empty, and answers that are not asked for to go.

    The page names them. Who corrects a submitted form was asked about the empty ones before.
    """
    if request.POST.get("accept_missing") or (_act(request) == "draft" and not is_correction):
        return False
    if not is_correction:
        entry.name_empty()
    entry.name_left_over()
    return entry.asks


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0


def _act(request: HttpRequest) -> str:
    act = request.POST.get("accept_missing") or request.POST.get("act", "draft")
    return act if act in ACTS else "draft"


def show_refusal(entry: EntryForm, refused: Refused) -> int:
    """Show a refusal on the page; return the status to answer with."""
    if isinstance(refused, Invalid):
        entry.add_refusals(refused.errors)
        return UNPROCESSABLE
    entry.add_error(None, str(refused))
    return refused.status


def _place_of(capture: DataCapture) -> selectors.Place | None:
    """Return where a capture belongs, in the study version in which it was entered."""
    form, visit = capture.form_definition, capture.visit_definition
    if form is None or visit is None:
        return None
    return selectors.Place(capture.subject, visit, capture.visit_repeat, form, capture.form_repeat)


def _go_to(user: User, capture: DataCapture) -> HttpResponse:
    open_to_change = capture.status == DataCapture.Status.IN_PROGRESS and can_change(user, capture)
    return redirect("captures:edit" if open_to_change else "captures:capture", pk=capture.pk)


def _after(request: HttpRequest, capture: DataCapture, place: selectors.Place) -> HttpResponse:
    """Say what was done and go on: back to a draft, to what was submitted, or to the next form."""
    act = _act(request)
    is_draft = capture.status == DataCapture.Status.IN_PROGRESS
    moment = timezone.localtime(capture.updated_at)
    word = "Draft saved" if is_draft else "Submitted" if act != "draft" else "Change saved"
    messages.success(request, f"{word} at {moment:%H:%M}: {place.title}, {place.visit_title}.")
    if act == "next":
        following = selectors.place_after(place)
        if following is not None:
            return redirect("captures:new", *following.address)
        messages.info(request, f"Nothing else is left to enter for {place.visit_title}.")
        return redirect("captures:casebook", pk=place.subject.pk)
    return redirect("captures:edit" if is_draft else "captures:capture", pk=capture.pk)


def _page(
    request: HttpRequest,
    user: User,
    entry: EntryForm,
    place: selectors.Place,
    *,
    capture: DataCapture | None = None,
    status: int = 200,
    looking: bool = False,
) -> HttpResponse:
    before = selectors.capture_before(user, place, at=capture.timestamp if capture else timezone.now())
    entry.show_before(before)
    context = {
        "form": entry,
        "place": place,
        "subject": place.subject,
        "capture": capture,
        "before": before,
        "page_has_errors": entry.asks,
        "act": _act(request),
        "looking": looking,
    }
    return render(request, "captures/entry/page.html", context, status=status)


def _conflict(
    request: HttpRequest,
    entry: EntryForm,
    place: selectors.Place,
    capture: DataCapture,
    *,
    read: int,
    status: int,
    undecided: bool = False,
) -> HttpResponse:
    """Show what is saved and what is typed side by side; nothing is saved until a side is chosen for each field."""
    last = next(iter(selectors.versions_of(capture, most=1)), None)
    typed = [(name, value) for name in request.POST for value in request.POST.getlist(name)]
    context = {
        "place": place,
        "subject": place.subject,
        "capture": capture,
        "clashes": clashes_of(entry, capture, read=read),
        "last": last,
        "typed": [pair for pair in typed if not pair[0].startswith("choose_") and pair[0] not in NOT_KEPT],
        "read": read,
        "undecided": undecided,
        "page_has_errors": True,
        "needs_reason": capture.submitted_at is not None and not entry.reason,
    }
    return render(request, "captures/entry/conflict.html", context, status=status)


NOT_KEPT = {"csrfmiddlewaretoken", "version", "key", "clash", "read", "act", "accept_missing"}
