"""Pages of participants: what to do today, their forms, their data and its history, their studies."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from captures import selectors, services
from captures.forms import EntryForm
from captures.models import DataCapture
from captures.permissions import can_change, can_enter
from captures.selectors.versions import ACTIONS
from captures.views.entry_page import LOOK, UNPROCESSABLE, rules_of, show_refusal
from edc.accounts.http import user_of
from edc.accounts.models import User
from edc.base.errors import Denied, Refused, Stale, Unprocessable, require
from edc.base.forms import new_key
from edc.base.paging import page_of
from messaging.selectors import unread_messages
from patients.selectors import own_subjects, upcoming_appointments

MOST_DONE = 5
MOST_UNREAD = 100
ON_A_PAGE = 20
# Charts are drawn from this many of the latest forms, at most so many of them.
DRAWN_FROM, MOST_CHARTS = 200, 2
MOST_VERSIONS = 200
NOON, EVENING = 12, 18
# What happened to a form, in the participant's words.
HAPPENED = {
    ACTIONS["captures.created"]: "Begun",
    ACTIONS["captures.submitted"]: "Sent",
    ACTIONS["captures.saved"]: "Changed",
    ACTIONS["captures.finalised"]: "Checked and closed",
    ACTIONS["captures.reopened"]: "Opened again",
    ACTIONS["captures.marked_not_done"]: "Marked as not needed",
    ACTIONS["captures.restored"]: "Needed again",
}
STATES = {
    DataCapture.Status.IN_PROGRESS: "Not sent yet",
    DataCapture.Status.SUBMITTED: "Sent",
    DataCapture.Status.FINALISED: "Checked and closed",
    DataCapture.Status.NOT_DONE: "Not needed",
}


@login_required
@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """Show a participant what waits for them, what comes next and what they have done."""
    user = _participant(request)
    subjects = selectors.in_own_words(user, own_subjects(user))
    now = timezone.localtime()
    tasks = selectors.tasks_of(user, subjects, now=now)
    unread = unread_messages(user)[:MOST_UNREAD].count()
    context = {
        "greeting": "Good morning" if now.hour < NOON else "Good afternoon" if now.hour < EVENING else "Good evening",
        "subjects": subjects,
        "tasks": tasks,
        "unread": unread,
        "count": len(tasks.waiting) + (1 if unread else 0),
        "done": selectors.in_own_words(user, selectors.done_lately(user)[:MOST_DONE]),
        "appointment": upcoming_appointments(user).first(),
    }
    return render(request, "captures/participant/today.html", context)


@login_required
@require_safe
def my_data(request: HttpRequest) -> HttpResponse:
    """Show a participant everything that was entered about them, latest first."""
    user = _participant(request)
    captures = selectors.own_captures(user)
    page = page_of(request, captures, by="-timestamp", size=ON_A_PAGE)
    is_first, sight = not page.previous_url, selectors.Sight(user)
    context = {
        "page": page,
        "entries": [_entry(sight, row) for row in selectors.in_own_words(user, page.rows)],
        "charts": selectors.series_of(user, selectors.in_own_words(user, captures[:DRAWN_FROM]))[:MOST_CHARTS]
        if is_first
        else [],
    }
    return render(request, "captures/participant/my_data.html", context)


@login_required
@require_safe
def my_capture(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a participant one form about them, and each change since it was begun."""
    user = _participant(request)
    [row] = selectors.in_own_words(user, [get_object_or_404(selectors.own_captures(user), pk=pk)])
    versions = selectors.versions_of(row, by=user, most=MOST_VERSIONS)
    context = _entry(selectors.Sight(user), row) | {
        "sections": selectors.answers_of(row, by=user),
        "versions": [
            {"happened": HAPPENED.get(version.what, version.what), "version": version} for version in versions
        ],
    }
    return render(request, "captures/participant/my_capture.html", context)


@login_required
@require_safe
def my_trials(request: HttpRequest) -> HttpResponse:
    """Show a participant the studies they take part in, and whom to call."""
    user = _participant(request)
    return render(
        request, "captures/participant/my_trials.html", {"subjects": selectors.in_own_words(user, own_subjects(user))}
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def my_form(
    request: HttpRequest, pk: UUID, *, visit: str, visit_repeat: int, form: str, form_repeat: int
) -> HttpResponse:
    """Let a participant answer a form of theirs: go on later, or send it."""
    user = _participant(request)
    [subject] = selectors.in_own_words(user, [get_object_or_404(own_subjects(user), pk=pk)])
    place = selectors.place_in(subject, visit, visit_repeat, form, form_repeat)
    if place is None or not can_enter(user, subject, place.form):
        raise Http404
    begun = _begun(user, place)
    if begun is not None and not can_change(user, begun):
        if request.method == "POST":
            messages.info(request, "This form was sent before. Here is what was sent.")
        return redirect("captures:my_capture", pk=begun.pk)
    _refuse_closed(place)
    entry = _entry_form(request, place, begun)
    status = 200
    if request.method == "POST":
        sent = _take(request, user, entry, place, begun)
        if isinstance(sent, HttpResponse):
            return sent
        status = sent
    context = {"form": entry, "place": place, "subject": subject, "page_has_errors": entry.asks}
    return render(request, "captures/participant/my_form.html", context, status=status)


def _begun(user: User, place: selectors.Place) -> DataCapture | None:
    begun = selectors.capture_at(user, place)
    return selectors.in_own_words(user, [begun])[0] if begun else None


def _take(
    request: HttpRequest, user: User, entry: EntryForm, place: selectors.Place, begun: DataCapture | None
) -> HttpResponse | int:
    """Save or send what was posted, and go on; or return the status with which the page is shown again."""
    act = request.POST.get("act")
    valid = entry.is_valid()
    if act == LOOK:
        return 200
    if valid and act == "submit":
        # Ask first if empty answers are meant; nobody is made to answer.
        entry.name_empty()
        entry.name_left_over()
    if (not valid and act == "submit") or entry.asks:
        return UNPROCESSABLE
    try:
        if valid:
            return _save(request, user, entry, place, begun, act=act)
        _keep_the_rest(request, user, entry, place, begun)
    except Denied:
        raise
    except (Stale, Unprocessable, services.CaptureExists) as refused:
        return _offer_again(request, entry, place, user, refused)
    except Refused as refused:
        return show_refusal(entry, refused)
    return UNPROCESSABLE


def _keep_the_rest(
    request: HttpRequest, user: User, entry: EntryForm, place: selectors.Place, begun: DataCapture | None
) -> None:
    """Save as a draft the answers without faults, so that one fault does not cost the others."""
    if "version" not in entry.cleaned_data or entry.non_field_errors():
        return
    values = entry.values_without_faults(begun.data if begun else {})
    if not values:
        return
    capture = _store(user, entry, place, begun, values=values)
    entry.data = typed = request.POST.copy()
    typed["version"] = str(capture.version)
    messages.info(request, "The other answers are saved. Correct the marked ones, or leave them for later.")


def _entry_form(request: HttpRequest, place: selectors.Place, begun: DataCapture | None) -> EntryForm:
    made = EntryForm(
        request.POST if request.method == "POST" else None,
        definition=place.form,
        values=begun.data if begun else None,
        version=begun.version if begun else 0,
        key=new_key(),
        zone=place.subject.site.time_zone,
        touch=True,
        **rules_of(place, begun),
    )
    made.capture_pk = begun.pk if begun else None
    return made


def _refuse_closed(place: selectors.Place) -> None:
    """Say before anything is typed that the study takes no answers, or not yet."""
    subject = place.subject
    if subject.trial.status not in selectors.OPEN_TRIALS:
        raise services.TrialNotOpen("This study takes no answers at the moment. Your study team can tell you more.")
    if not selectors.has_come(place.visit, subject, subject.site.day_of(timezone.now())):
        raise services.VisitNotOpen("It is too early for this form: its days have not come yet.")


def _offer_again(request: HttpRequest, entry: EntryForm, place: selectors.Place, user: User, refused: Refused) -> int:
    """Keep what is typed beside what another window saved: sent once more, it takes that one's place.

    Return the status to answer with.
    """
    begun = _begun(user, place)
    if begun is None:
        entry.add_error(None, str(refused))
        return refused.status
    entry.data = typed = request.POST.copy()
    typed["version"] = str(begun.version)
    entry.add_error(
        None, "This form was saved from another window in the meantime. Check your answers, then send them."
    )
    entry.show_before(selectors.words_of(begun))
    return refused.status


def _save(
    request: HttpRequest,
    user: User,
    entry: EntryForm,
    place: selectors.Place,
    begun: DataCapture | None,
    *,
    act: str | None,
) -> HttpResponse:
    submit = act in {"submit", "anyway"}
    capture = _store(user, entry, place, begun, values=entry.values, submit=submit, drop_hidden=act == "anyway")
    at = f"{timezone.localtime(capture.updated_at):%H:%M}"
    if submit:
        messages.success(request, f"Thank you. “{place.title}” was sent at {at}.")
    else:
        messages.success(request, f"Your answers were saved at {at}. Go on whenever you like.")
    return redirect("captures:today")


def _store(
    user: User,
    entry: EntryForm,
    place: selectors.Place,
    begun: DataCapture | None,
    *,
    values: Mapping[str, Any],
    submit: bool = False,
    drop_hidden: bool = False,
) -> DataCapture:
    version = entry.cleaned_data["version"]
    going: dict[str, Any] = {"values": values, "submit": submit, "drop_hidden": drop_hidden}
    # The first send of a form that was new: sent twice, its key gives the same draft again.
    if begun is None or version == 0:
        return services.create_capture(
            subject=place.subject,
            visit=place.visit.oid,
            visit_repeat=place.visit_repeat,
            form=place.form.oid,
            form_repeat=place.form_repeat,
            **going,
            by=user,
            key=entry.cleaned_data["key"],
        )
    return services.save_capture(capture=begun, version=version, **going, by=user)


def _participant(request: HttpRequest) -> User:
    user = user_of(request)
    require(user.kind == User.Kind.PARTICIPANT, "This page is for participants.")
    return user


def _entry(sight: selectors.Sight, row: DataCapture) -> dict[str, Any]:
    """Return a form of the participant's with its title and state in plain words."""
    user = sight.user
    visit = row.visit_definition
    return {
        "capture": row,
        "visit": visit.name if visit else "",
        "state": STATES[DataCapture.Status(row.status)],
        "is_mine": row.entered_by_id == user.pk,
        "may_go_on": can_change(user, row) and bool(row.form),
        "values": _first_values(sight, row),
    }


def _first_values(sight: selectors.Sight, row: DataCapture, most: int = 3) -> list[tuple[str, str]]:
    form = row.form_definition
    if form is None:
        return [("Value", row.data_value)]
    seen = sight.seen(row)
    found = [(item.name, selectors.in_words(item, seen[oid])) for oid, item in form.items.items() if oid in seen]
    return found[:most]
