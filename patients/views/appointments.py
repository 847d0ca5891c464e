"""Appointments: the list of both kinds of people, and each act on one of them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from edc.accounts.http import user_of
from edc.accounts.models import User
from edc.base.errors import Refused, require
from edc.base.http import form_page
from edc.base.paging import page_of
from patients import forms, permissions, selectors, services
from patients.models import Appointment, Subject
from patients.views.subjects import choose_subject, key_in
from trials.models import Site
from trials.roles import Right
from trials.selectors import has_right_anywhere, sites_with, staff_with

ON_A_PAGE = 25
# What a participant asks for is half an hour, until the team decides.
ASKED_MINUTES = 30
OPEN = (Appointment.Status.REQUESTED, Appointment.Status.BOOKED)


@login_required
@require_safe
def appointments(request: HttpRequest) -> HttpResponse:
    """List what is ahead, or with ?when=past what is over."""
    user = user_of(request)
    past = request.GET.get("when") == "past"
    rows = selectors.past_appointments(user) if past else selectors.upcoming_appointments(user)
    sites = [] if user.kind == User.Kind.PARTICIPANT else list(sites_with(user, Right.VIEW_APPOINTMENTS))
    chosen = next((site for site in sites if str(site.pk) == request.GET.get("site")), None)
    if chosen:
        rows = rows.filter(site=chosen)
    page = page_of(request, rows, by="-start_at" if past else "start_at", size=ON_A_PAGE)
    context = {
        "page": page,
        "past": past,
        "sites": sites,
        "chosen": chosen,
        "tabs": [
            {"label": "Coming up", "url": _list_address(chosen), "current": not past},
            {"label": "Past", "url": _list_address(chosen, when="past"), "current": past},
        ],
        "may_book": bool(sites) and has_right_anywhere(user, Right.BOOK_APPOINTMENTS),
        "now": timezone.now(),
    }
    return render(request, "patients/appointments.html", context)


@login_required
@require_safe
def appointment(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show one appointment and what this person may do with it."""
    user = user_of(request)
    row = get_object_or_404(selectors.appointments_visible_to(user).select_related("patient"), pk=pk)
    may_change = permissions.can_change_appointment(user, row)
    is_open = row.status in OPEN
    context = {
        "appointment": row,
        "may_change": may_change and is_open,
        "may_close": may_change and row.status == Appointment.Status.BOOKED and row.start_at <= timezone.now(),
        "may_correct": may_change and row.status == Appointment.Status.NO_SHOW,
        "may_cancel": is_open and permissions.can_cancel_appointment(user, row),
    }
    return render(request, "patients/appointment.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest) -> HttpResponse:
    """Book a time for a subject; without ?subject= the subject is looked for first."""
    user = user_of(request)
    require(has_right_anywhere(user, Right.BOOK_APPOINTMENTS))
    subjects = selectors.subjects_with(user, Right.BOOK_APPOINTMENTS)
    asked = key_in(request, "subject")
    if asked is None:
        return choose_subject(request, Right.BOOK_APPOINTMENTS, title="Book an appointment")
    subject = get_object_or_404(subjects, pk=asked)
    providers = staff_with(Right.ENTER_DATA, site=subject.site)
    initial = {"provider": str(user.pk)}
    form = forms.AppointmentForm(request.POST or None, site=subject.site, providers=providers, initial=initial)
    if form.is_valid():
        try:
            made = services.book_appointment(subject=subject, by=user, key=form.cleaned_data["key"], **form.slot)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, "The appointment is booked. The participant sees it now.")
            return redirect("patients:appointment", pk=made.pk)
    return form_page(request, "patients/book.html", {"form": form, "subject": subject})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask_for_appointment(request: HttpRequest) -> HttpResponse:
    """Ask, as a participant, for a time at one's site."""
    user = user_of(request)
    subjects = list(selectors.own_subjects(user))
    require(bool(subjects), "You take part in no study yet, so there is nobody to meet.")
    subject = _own_subject(subjects, request.GET.get("subject"))
    form = forms.RequestAppointment(request.POST or None, site=subject.site)
    if form.is_valid():
        try:
            made = services.request_appointment(
                subject=subject,
                start_at=form.start_at,
                end_at=form.end_after(ASKED_MINUTES),
                reason=form.cleaned_data["reason"],
                by=user,
                key=form.cleaned_data["key"],
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, "Your study team has your request. They will confirm a time.")
            return redirect("patients:appointment", pk=made.pk)
    return form_page(request, "patients/ask.html", {"form": form, "subject": subject, "subjects": subjects})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change_appointment(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Move an appointment, or book one that was asked for."""
    user, row = _mine_to_change(request, pk)
    providers = staff_with(Right.ENTER_DATA, site=row.site)
    form = forms.ChangeAppointment(request.POST or None, appointment=row, providers=providers)
    if form.is_valid():
        try:
            version = form.cleaned_data["version"]
            services.change_appointment(appointment=row, version=version, by=user, **form.slot)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, "The appointment is booked. The participant sees the new time now.")
            return redirect("patients:appointment", pk=pk)
    return form_page(request, "patients/change_appointment.html", {"form": form, "appointment": row})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cancel_appointment(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Call an appointment off, as the site or as the participant."""
    user = user_of(request)
    row = get_object_or_404(selectors.appointments_visible_to(user).select_related("patient"), pk=pk)
    require(permissions.can_cancel_appointment(user, row))
    form = forms.CancelAppointment(request.POST or None, initial={"version": row.version})
    if form.is_valid():
        try:
            services.cancel_appointment(appointment=row, by=user, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, "The appointment is cancelled.")
            return redirect("patients:appointment", pk=pk)
    return form_page(request, "patients/cancel_appointment.html", {"form": form, "appointment": row})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def close_appointment(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say whether the participant came."""
    user, row = _mine_to_change(request, pk)
    form = forms.CloseAppointment(request.POST or None, initial={"version": row.version})
    if form.is_valid():
        try:
            services.close_appointment(appointment=row, by=user, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, "Saved.")
            return redirect("patients:appointment", pk=pk)
    return form_page(request, "patients/close_appointment.html", {"form": form, "appointment": row})


def _mine_to_change(request: HttpRequest, pk: UUID) -> tuple[User, Appointment]:
    user = user_of(request)
    row: Appointment = get_object_or_404(selectors.appointments_visible_to(user), pk=pk)
    require(permissions.can_change_appointment(user, row))
    return user, row


def _own_subject(subjects: list[Subject], asked: str | None) -> Subject:
    return next((subject for subject in subjects if str(subject.pk) == asked), subjects[0])


def _list_address(site: Site | None, **more: Any) -> str:
    asked = more | ({"site": str(site.pk)} if site else {})
    return "?" + "&".join(f"{name}={value}" for name, value in asked.items())
