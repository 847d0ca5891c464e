"""Times of appointments, typed and shown in the time zone of the site."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from edc.accounts.models import User
from edc.base.forms import SKIPPED, CreateForm, ServiceForm, clocks_show, date_field
from patients.models import Appointment
from trials.models import Site

LENGTHS = {15: "15 minutes", 30: "30 minutes", 45: "45 minutes", 60: "1 hour", 90: "1½ hours", 120: "2 hours"}
LENGTHS |= {180: "3 hours", 240: "4 hours", 480: "A whole day (8 hours)"}
USUAL_LENGTH = 30
LATEST = timedelta(days=5 * 366)


class SlotFields(ServiceForm):
    """A day and a time at a site."""

    day = date_field("Date")
    time = forms.TimeField(
        label="Time",
        input_formats=["%H:%M", "%H:%M:%S", "%H.%M", "%Hh%M"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time", "autocomplete": "off"}),
        error_messages={"invalid": "Write a time as hours and minutes, for example 09:30."},
    )

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(site.time_zone)
        self.fields["time"].help_text = f"In the time zone of the site: {site.time_zone}."

    def clean_day(self) -> date:
        """Return the day, if it can be meant."""
        day: date = self.cleaned_data["day"]
        if abs(day - timezone.localdate()) > LATEST:
            raise forms.ValidationError("Check the year.")
        return day

    def clean(self) -> dict[str, Any]:
        """Refuse a time that the clocks leave out."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("day") and cleaned.get("time") and not clocks_show(self.start_at):
            self.add_error("time", SKIPPED)
        return cleaned

    @property
    def start_at(self) -> datetime:
        """Return the moment that day and time stand for at the site."""
        day: date = self.cleaned_data["day"]
        clock: time = self.cleaned_data["time"]
        return datetime.combine(day, clock, tzinfo=self.zone)

    def end_after(self, minutes: int) -> datetime:
        """Return the end, counted in minutes that pass, whatever the clocks do meanwhile."""
        return self.start_at.astimezone(UTC) + timedelta(minutes=minutes)


class AppointmentFields(SlotFields):
    """What the site's team decides about an appointment."""

    provider = forms.ChoiceField(label="With")
    minutes = forms.TypedChoiceField(label="Length", coerce=int, choices=LENGTHS.items(), initial=USUAL_LENGTH)
    location = forms.CharField(
        label="Place", required=False, max_length=200, help_text="For example: Building C, room 12."
    )
    reason = forms.CharField(
        label="What it is for", required=False, max_length=300, help_text="The participant reads this."
    )
    field_order = ("provider", "day", "time", "minutes", "location", "reason")

    def __init__(self, *args: Any, providers: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.providers = {str(person.pk): person for person in providers}
        choices = [("", "Choose…"), *((key, str(person)) for key, person in self.providers.items())]
        self.fields["provider"].choices = choices  # type: ignore[attr-defined]

    @property
    def slot(self) -> dict[str, Any]:
        """Return what the services take."""
        given = self.cleaned_data
        return {
            "provider": self.providers[given["provider"]],
            "start_at": self.start_at,
            "end_at": self.end_after(given["minutes"]),
            "location": given["location"],
            "reason": given["reason"],
        }


class AppointmentForm(CreateForm, AppointmentFields):
    """Book an appointment."""


class ChangeAppointment(AppointmentFields):
    """Move an appointment, or book one that was asked for."""

    change_reason = forms.CharField(
        label="Why it changes", required=False, max_length=300, help_text="The participant reads this."
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, *args: Any, appointment: Appointment, **kwargs: Any) -> None:
        initial = self.stored(appointment)
        kwargs["initial"] = initial | {"version": appointment.version}
        super().__init__(*args, site=appointment.site, **kwargs)
        if appointment.status == Appointment.Status.REQUESTED:
            del self.fields["change_reason"]
        minutes = initial["minutes"]
        if minutes not in LENGTHS:
            lengths = {**LENGTHS, minutes: f"{minutes} minutes"}
            self.fields["minutes"].choices = sorted(lengths.items())  # type: ignore[attr-defined]

    @property
    def slot(self) -> dict[str, Any]:
        """Return what the service takes."""
        return super().slot | {"change_reason": self.cleaned_data.get("change_reason", "")}

    def stored(self, row: Appointment) -> dict[str, Any]:
        """Return what the appointment holds in each field."""
        local = row.start_at.astimezone(ZoneInfo(row.site.time_zone))
        return {
            "provider": str(row.provider_id or ""),
            "day": local.date(),
            "time": local.time().replace(second=0, microsecond=0),
            "minutes": int((row.end_at - row.start_at).total_seconds() // 60),
            "location": row.location,
            "reason": row.reason,
        }


class RequestAppointment(CreateForm, SlotFields):
    """Ask for an appointment, as a participant; the team decides about place and length."""

    reason = forms.CharField(
        label="What would you like to talk about?",
        required=False,
        max_length=300,
        widget=forms.Textarea({"rows": 3}),
        help_text="Your study team reads this.",
    )
    field_order = ("day", "time", "reason")


class CancelAppointment(ServiceForm):
    """Why an appointment is called off."""

    reason = forms.CharField(label="Why?", max_length=300, help_text="The other side reads this.")
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class CloseAppointment(ServiceForm):
    """Whether the participant came."""

    attended = forms.TypedChoiceField(
        label="Did the participant come?",
        choices=[("yes", "Yes, the visit took place"), ("no", "No, they did not come")],
        coerce=lambda answer: answer == "yes",
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="Note", required=False, max_length=300, help_text="Kept in the history of the appointment."
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
