"""Filling in a form and changing it: draft, submit, submit and go on; what two people changed at once."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from captures import selectors, services
from captures.forms import EntryForm, as_posted, chosen_data, is_undecided, typed_in
from captures.models import DataCapture
from captures.permissions import can_change, can_enter
from captures.views.entry_page import (
    AUTOSAVE,
    DISCARD,
    KEEP,
    LOOK,
    UNPROCESSABLE,
    act_of,
    number_of,
    rules_of,
    show_conflict,
    show_page,
    show_refusal,
    show_states,
)
from captures.views.keeping import autosave, discard, keep
from edc.accounts.http import user_of
from edc.accounts.models import User
from edc.base.errors import Denied, Refused, Stale, Unprocessable, require
from edc.base.ids import uuid7


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
    return _answer(request, user, place)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change a form: freely while it is a draft, with a reason once it was submitted."""
    user = user_of(request)
    capture = get_object_or_404(selectors.captures_at_work(user), pk=pk)
    place = _place_of(capture)
    if place is None:
        raise Http404
    require(can_change(user, capture))
    if request.method != "POST" and capture.status == DataCapture.Status.NOT_DONE:
        return redirect("captures:capture", pk)
    if request.method != "POST" and capture.status == DataCapture.Status.FINALISED:
        raise services.CaptureFinalised("This form is finalised. An investigator can open it again.")
    return _answer(request, user, place, capture)


def _answer(
    request: HttpRequest, user: User, place: selectors.Place, capture: DataCapture | None = None
) -> HttpResponse:
    """Show the page of a form, or do what it asks for."""
    act = act_of(request) if request.method == "POST" else ""
    if act == KEEP:
        return keep(request, user, place)
    if act == DISCARD:
        return discard(user, place, capture)
    data = _data_of(request, user, place, capture)
    entry = _entry_form(data, place, capture)
    if not act:
        if data is not None:
            entry.is_valid()
        return show_page(request, user, entry, place, capture=capture, looking=data is not None)
    if act == LOOK:
        entry.is_valid()
        return show_states(request, entry)
    if act == AUTOSAVE:
        return autosave(request, user, entry, place, capture)
    return _save(request, user, entry, place, capture) if capture else _create(request, user, entry, place)


def _data_of(request: HttpRequest, user: User, place: selectors.Place, capture: DataCapture | None) -> QueryDict | None:
    """Return what was posted; or what this person typed before and goes on with; or None."""
    if request.method == "POST":
        return chosen_data(request.POST, capture) if capture else request.POST
    draft = selectors.drafts_at(user, place).first() if request.GET.get("draft") else None
    return as_posted(draft, key=str(uuid7())) if draft else None


def _entry_form(data: QueryDict | None, place: selectors.Place, capture: DataCapture | None) -> EntryForm:
    common = {"definition": place.form, "zone": place.subject.site.time_zone, **rules_of(place, capture)}
    if capture is None:
        return EntryForm(data, key=str(uuid7()), **common)
    made = EntryForm(
        data,
        values=capture.data,
        observed=capture.timestamp,
        version=capture.version,
        reason=capture.submitted_at is not None,
        brought_in=capture.study_import_id is not None,
        **common,
    )
    made.capture_pk = capture.pk
    return made


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
                submit=act_of(request) != "draft",
                drop_hidden=bool(request.POST.get("accept_missing")),
                by=user,
                key=entry.cleaned_data["key"],
            )
        except (services.CaptureExists, Unprocessable) as refused:
            existing = selectors.capture_at(user, place)
            if existing is not None:
                _keep_typed(request, user, place)
                return show_conflict(request, entry, place, existing, read=0, status=refused.status)
            entry.add_error(None, str(refused))
        except Denied:
            raise
        except Refused as refused:
            status = show_refusal(entry, refused)
        else:
            return _after(request, user, capture, place)
    return _again(request, user, entry, place, status=status)


def _save(
    request: HttpRequest, user: User, entry: EntryForm, place: selectors.Place, capture: DataCapture
) -> HttpResponse:
    status = UNPROCESSABLE
    if entry.is_valid():
        read = entry.cleaned_data["version"]
        if is_undecided(request.POST):
            read = number_of(request.POST.get("read"))
            return show_conflict(request, entry, place, capture, read=read, status=UNPROCESSABLE, undecided=True)
        if _asks_first(request, entry, is_correction=capture.submitted_at is not None):
            return _again(request, user, entry, place, capture, status=UNPROCESSABLE)
        try:
            saved = services.save_capture(
                capture=capture,
                values=entry.values,
                timestamp=entry.timestamp,
                reason=entry.reason,
                version=read,
                submit=act_of(request) != "draft",
                drop_hidden=bool(request.POST.get("accept_missing")),
                by=user,
            )
        except Stale as stale:
            _keep_typed(request, user, place)
            fresh = selectors.captures_at_work(user).get(pk=capture.pk)
            return show_conflict(request, entry, place, fresh, read=read, status=stale.status)
        except Denied:
            raise
        except Refused as refused:
            status = show_refusal(entry, refused)
        else:
            return _after(request, user, saved, place)
    return _again(request, user, entry, place, capture, status=status)


def _again(
    request: HttpRequest,
    user: User,
    entry: EntryForm,
    place: selectors.Place,
    capture: DataCapture | None = None,
    *,
    status: int,
) -> HttpResponse:
    """Show the page with what was typed and not saved, which is kept for its author whatever happens next."""
    _keep_typed(request, user, place)
    return show_page(request, user, entry, place, capture=capture, status=status)


def _keep_typed(request: HttpRequest, user: User, place: selectors.Place) -> None:
    read = number_of(request.POST.get("read") or request.POST.get("version"))
    services.keep_draft(place=place, typed=typed_in(request.POST), read_version=read, by=user)


def _asks_first(request: HttpRequest, entry: EntryForm, *, is_correction: bool = False) -> bool:
    """Return whether to ask if required items are meant to stay empty, and answers that are not asked for to go.

    The page names them. Who corrects a submitted form was asked about the empty ones before.
    """
    if request.POST.get("accept_missing") or (act_of(request) == "draft" and not is_correction):
        return False
    if not is_correction:
        entry.name_empty()
    entry.name_left_over()
    return entry.asks


def _place_of(capture: DataCapture) -> selectors.Place | None:
    """Return where a capture belongs, in the study version in which it was entered."""
    form, visit = capture.form_definition, capture.visit_definition
    if form is None or visit is None:
        return None
    return selectors.Place(capture.subject, visit, capture.visit_repeat, form, capture.form_repeat)


def _go_to(user: User, capture: DataCapture) -> HttpResponse:
    open_to_change = capture.status == DataCapture.Status.IN_PROGRESS and can_change(user, capture)
    return redirect("captures:edit" if open_to_change else "captures:capture", pk=capture.pk)


def _after(request: HttpRequest, user: User, capture: DataCapture, place: selectors.Place) -> HttpResponse:
    """Say what was done and go on: back to a draft, to what was submitted, or to the next form."""
    services.drop_draft(place=place, by=user)
    act = act_of(request)
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
