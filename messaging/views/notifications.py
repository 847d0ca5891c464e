"""What happened that a person has not looked at yet."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from edc.accounts.http import user_of
from edc.accounts.models import User
from messaging import forms, selectors, services
from messaging.models import Notification
from patients.selectors import subjects_visible_to
from trials.selectors import sites_visible_to

ON_A_PAGE = 30

# The kind of a notification: icon, words for staff, words for the participant.
WORDS = {
    "captures.created": ("pencil-square", "New data was entered", "Your study team began a form about you"),
    "captures.finalised": ("journal-check", "A form was finalised", "A form about you was checked and closed"),
    "captures.query_answered": ("reply-fill", "A data query was answered", ""),
    "captures.query_cancelled": ("x-circle", "A data query was taken back", ""),
    "captures.query_closed": ("lock-fill", "A data query was closed", ""),
    "captures.query_raised": ("question-circle-fill", "A data query was raised", ""),
    "captures.query_requeried": ("question-circle-fill", "A data query is asked again", ""),
    "captures.query_resolved": ("check-lg", "A data query was resolved by the data", ""),
    "captures.moved": ("arrow-repeat", "Forms went to another study version", ""),
    "captures.reopened": ("unlock", "A form was opened again", "A form about you was opened again"),
    "captures.saved": ("pencil-square", "Data was changed", "Your study team changed data about you"),
    "captures.submitted": ("check-lg", "A form was submitted", "Your study team entered data about you"),
    "messaging.sent": ("chat-dots", "New message", "Your study team wrote to you"),
    "patients.appointment_booked": ("calendar-event", "Appointment booked", "You have a new appointment"),
    "patients.appointment_cancelled": ("calendar-x", "Appointment cancelled", "Your appointment was cancelled"),
    "patients.appointment_changed": ("calendar-event", "Appointment changed", "Your appointment was changed"),
    "patients.appointment_completed": ("check-circle-fill", "Visit took place", "Your visit was recorded"),
    "patients.appointment_no_show": ("calendar-x", "Participant did not come", "Your visit was recorded as missed"),
    "patients.appointment_requested": ("hourglass-split", "Asks for an appointment", "You asked for an appointment"),
    "patients.disposition_changed": ("arrow-repeat", "Status of a subject changed", ""),
    "patients.subject_enrolled": ("person-plus", "A subject was enrolled", ""),
    "trials.status_changed": ("flag-fill", "Status of the trial changed", "The state of your study has changed"),
}


@login_required
@require_safe
def notifications(request: HttpRequest) -> HttpResponse:
    """List what others did that concerns this person, newest first."""
    user = user_of(request)
    before = request.GET.get("before", "")
    place = int(before) if before.isdecimal() and len(before) < 16 else None
    found = list(selectors.news_for(user, before=place)[: ON_A_PAGE + 1])
    rows = found[:ON_A_PAGE]
    seen_up_to = selectors.seen_position(user)
    context = {
        "notices": _in_words(user, rows, seen_up_to),
        "older": rows[-1].position if len(found) > ON_A_PAGE else None,
        "is_first": place is None,
        "head": max((row.position or 0 for row in rows), default=0),
        "has_new": any((row.position or 0) > seen_up_to for row in rows),
    }
    return render(request, "messaging/notifications.html", context)


def _in_words(user: User, rows: list[Notification], seen_up_to: int) -> list[dict[str, Any]]:
    """Return each notification as a sentence about a subject number or a site, never about a name."""
    is_participant = user.kind == User.Kind.PARTICIPANT
    about: dict[tuple[Any, Any], str] = {}
    if not is_participant:
        patients = {row.patient_id for row in rows if row.patient_id}
        subjects = subjects_visible_to(user).filter(patient__in=patients)
        about = {(subject.patient_id, subject.trial_id): f"Subject {subject.number}" for subject in subjects}
        sites = sites_visible_to(user).filter(pk__in={row.site_id for row in rows if row.site_id})
        about |= {(site.pk, site.trial_id): str(site) for site in sites}
    notices = []
    for row in rows:
        icon, staff_words, own_words = WORDS.get(row.kind, ("bell", "Something has changed", ""))
        notices.append(
            {
                "row": row,
                "icon": icon,
                "text": (own_words or staff_words) if is_participant else staff_words,
                "about": about.get((row.patient_id, row.trial_id)) or about.get((row.site_id, row.trial_id), ""),
                "is_new": (row.position or 0) > seen_up_to,
            }
        )
    return notices


@login_required
@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """Note how far this person has looked."""
    form = forms.SeenForm(request.POST)
    if form.is_valid():
        services.mark_seen(position=form.cleaned_data["position"], by=user_of(request))
    if "HX-Request" in request.headers:
        return HttpResponse()
    return redirect("messaging:notifications")
