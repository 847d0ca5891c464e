"""Appointments: booked by the site, asked for or cancelled by the participant."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from edc.accounts.http import user_of
from edc.base.api.endpoints import ActionEndpoint, ListEndpoint, RowEndpoint
from edc.base.api.fields import Choice, Flag, Input, Key, Moment, Output, ReasonInput, Text
from edc.base.api.paging import Filter
from edc.base.errors import Invalid
from patients import selectors, services
from patients.models import Appointment as AppointmentRow
from patients.permissions import can_request_appointment
from trials.roles import Right
from trials.selectors import staff_with

LONGEST_REASON = 300


EXAMPLE = {
    "provider": "01998a0f-22bb-7c3d-9d4e-5f6071829304",
    "start_at": "2026-06-09T08:00:00+02:00",
    "end_at": "2026-06-09T08:45:00+02:00",
    "location": "Room 12",
    "reason": "Week 2 visit",
}


class AppointmentChange(Input):
    """When, where, with whom and what for."""

    provider = Key(help_text="Who sees the participant: somebody of the site's team.")
    start_at = Moment()
    end_at = Moment()
    location = Text(max_length=200, allow_blank=True, default="")
    reason = Text(max_length=LONGEST_REASON, allow_blank=True, default="", help_text="What it is for.")
    change_reason = Text(
        max_length=LONGEST_REASON, allow_blank=True, default="", help_text="Why it changes; both sides read it."
    )
    example: ClassVar = {**EXAMPLE, "change_reason": "The room is closed"}


class AppointmentInput(AppointmentChange):
    """A new appointment; a participant asks for one without provider and location."""

    subject = Key()
    provider = Key(allow_null=True, default=None, help_text="Who sees the participant: somebody of the site's team.")
    change_reason = None  # type: ignore[assignment]
    example: ClassVar = {"subject": "01998a16-4c5d-7e6f-8091-a2b3c4d5e6f7", **EXAMPLE}


class AppointmentOutput(Output):
    """A time at which a participant and a provider meet."""

    id = serializers.UUIDField()
    subject = serializers.UUIDField(source="subject_id")
    subject_number = serializers.CharField(source="subject.number")
    patient = serializers.UUIDField(source="patient_id")
    trial = serializers.UUIDField(source="trial_id")
    site = serializers.UUIDField(source="site_id")
    provider = serializers.UUIDField(source="provider_id", allow_null=True)
    provider_name = serializers.CharField(source="provider.display_name", default=None, allow_null=True)
    start_at = Moment()
    end_at = Moment()
    location = serializers.CharField()
    status = serializers.ChoiceField(AppointmentRow.Status.choices)
    reason = serializers.CharField(help_text="What it is for.")
    change_reason = serializers.CharField(help_text="Why it was changed last, or cancelled.")
    version = serializers.IntegerField()
    created_at = Moment()
    updated_at = Moment()
    example: ClassVar = {
        "id": "01998a17-5d6e-7f80-91a2-b3c4d5e6f708",
        "subject": "01998a16-4c5d-7e6f-8091-a2b3c4d5e6f7",
        "subject_number": "701-1015",
        "patient": "01998a14-2f3e-7c4d-8b5a-697887a6b5c4",
        "trial": "01998a10-7e1b-7c3a-9d2f-5a1f0c9e7b42",
        "site": "01998a11-0c52-7d0e-8f1a-33b0a4b1c2d3",
        "provider": "01998a0f-22bb-7c3d-9d4e-5f6071829304",
        "provider_name": "Cora Coordinator",
        "start_at": "2026-06-09T06:00:00.000000Z",
        "end_at": "2026-06-09T06:45:00.000000Z",
        "location": "Room 12",
        "status": "BOOKED",
        "reason": "Week 2 visit",
        "change_reason": "",
        "version": 1,
        "created_at": "2026-06-01T12:00:00.000000Z",
        "updated_at": "2026-06-01T12:00:00.000000Z",
    }


class Appointments(ListEndpoint):
    """List the appointments of the sites where one sees them, or one's own."""

    input = AppointmentInput
    output = AppointmentOutput
    versioned = True
    creates = True
    orderings = ("start_at", "-start_at", "-created_at", "created_at", "-updated_at", "updated_at")
    filters: ClassVar = {
        "trial": Filter("trial", Key(), "In this trial."),
        "site": Filter("site", Key(), "At this site."),
        "subject": Filter("subject", Key(), "Of this subject."),
        "patient": Filter("patient", Key(), "Of this patient."),
        "provider": Filter("provider", Key(), "With this provider."),
        "status": Filter("status__in", Choice(AppointmentRow.Status.choices), "One or more, with commas.", many=True),
        "from": Filter("start_at__gte", Moment(), "That begin then or later."),
        "until": Filter("start_at__lt", Moment(), "That begin before then."),
    }

    def rows(self, request: Request) -> QuerySet[AppointmentRow]:  # type: ignore[override]
        return selectors.appointments_visible_to(user_of(request))

    def post(self, request: Request) -> Response:
        """Book an appointment, or, as the participant, ask for one.

        Refused (409) when the provider or the participant has another appointment then.
        """
        user, taken = user_of(request), self.taken()
        subject = self.among(selectors.subjects_visible_to(user), taken.pop("subject"), member="subject")
        provider, location = taken.pop("provider"), taken.pop("location")
        if can_request_appointment(user, subject):
            asked = services.request_appointment(subject=subject, **taken, by=user, key=self.key())
            return self.created(asked)
        if provider is None:
            raise Invalid({"provider": ["Choose somebody of the site's team."]})
        team = staff_with(Right.ENTER_DATA, site=subject.site)
        booked = services.book_appointment(
            subject=subject,
            provider=self.among(team, provider, member="provider"),
            location=location,
            **taken,
            by=user,
            key=self.key(),
        )
        return self.created(booked)


class Appointment(RowEndpoint):
    """Show an appointment."""

    input = AppointmentChange
    output = AppointmentOutput

    def row(self, request: Request, pk: UUID) -> AppointmentRow:  # type: ignore[override]
        return get_object_or_404(selectors.appointments_visible_to(user_of(request)), pk=pk)

    def put(self, request: Request, pk: UUID) -> Response:
        """Move a booked appointment, or book one that was asked for."""
        appointment = self.row(request, pk=pk)
        version, taken = self.seen_version(), self.taken()
        team = staff_with(Right.ENTER_DATA, site=appointment.site)
        provider = self.among(team, taken.pop("provider"), member="provider")
        changed = services.change_appointment(
            appointment=appointment, provider=provider, **taken, version=version, by=user_of(request)
        )
        return self.answer(changed)


class CancelInput(ReasonInput):
    """Why it is cancelled; both sides read it."""

    reason = Text(max_length=LONGEST_REASON)
    example: ClassVar = {"reason": "The participant is travelling"}


class AppointmentCancel(ActionEndpoint):
    """Cancel an appointment."""

    input = CancelInput
    output = AppointmentOutput

    def post(self, request: Request, pk: UUID) -> Response:
        """Cancel an appointment, as the site or as the participant."""
        user = user_of(request)
        appointment = get_object_or_404(selectors.appointments_visible_to(user), pk=pk)
        version, taken = self.seen_version(), self.taken()
        return self.answer(services.cancel_appointment(appointment=appointment, **taken, version=version, by=user))


class CloseInput(Input):
    """Whether the participant came."""

    attended = Flag()
    reason = Text(max_length=LONGEST_REASON, allow_blank=True, default="")
    example: ClassVar = {"attended": True}


class AppointmentClose(ActionEndpoint):
    """Close an appointment."""

    input = CloseInput
    output = AppointmentOutput

    def post(self, request: Request, pk: UUID) -> Response:
        """Say whether the participant came."""
        user = user_of(request)
        appointment = get_object_or_404(selectors.appointments_visible_to(user), pk=pk)
        version, taken = self.seen_version(), self.taken()
        return self.answer(services.close_appointment(appointment=appointment, **taken, version=version, by=user))
