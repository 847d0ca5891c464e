"""Appointments: booked by the site, asked for or cancelled by the participant; nobody is booked twice."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit import services as audit
from audit.services import locked, once
from edc.accounts.models import User
from edc.base import live
from edc.base.errors import Invalid, Refused, require
from edc.base.texts import is_blank
from patients import permissions
from patients.models import Appointment, Subject
from trials.roles import Right
from trials.selectors import staff_with

Status = Appointment.Status
# How long a time that has come may still be booked: for who types slowly, and for clocks that differ.
GRACE = timedelta(minutes=5)

MOVES: dict[str, frozenset[str]] = {
    Status.REQUESTED: frozenset({Status.BOOKED, Status.CANCELLED}),
    Status.BOOKED: frozenset({Status.COMPLETED, Status.NO_SHOW, Status.CANCELLED}),
    Status.COMPLETED: frozenset(),
    Status.CANCELLED: frozenset(),
    Status.NO_SHOW: frozenset({Status.COMPLETED}),
}


class AppointmentRefused(Refused): ...


class DoubleBooked(Refused): ...


def book_appointment(
    *,
    subject: Subject,
    provider: User,
    start_at: datetime,
    end_at: datetime,
    location: str = "",
    reason: str = "",
    by: User,
    key: str = "",
) -> Appointment:
    """Book a time to come with somebody of the site's team; refused when either side has another appointment then."""
    values = {
        "provider": provider,
        "start_at": start_at,
        "end_at": end_at,
        "location": location,
        "reason": reason,
        "status": Status.BOOKED,
    }
    allow = partial(permissions.can_book, by, subject.site)
    return _create(subject, values, allow=allow, action="patients.appointment_booked", by=by, key=key)


def request_appointment(
    *, subject: Subject, start_at: datetime, end_at: datetime, reason: str = "", by: User, key: str = ""
) -> Appointment:
    """Ask, as the participant, for a time; the site's team books it."""
    values = {"start_at": start_at, "end_at": end_at, "reason": reason, "status": Status.REQUESTED}
    allow = partial(permissions.can_request_appointment, by, subject)
    return _create(subject, values, allow=allow, action="patients.appointment_requested", by=by, key=key)


@transaction.atomic
def change_appointment(
    *,
    appointment: Appointment,
    provider: User,
    start_at: datetime,
    end_at: datetime,
    location: str,
    reason: str,
    change_reason: str = "",
    version: int,
    by: User,
) -> Appointment:
    """Move a booked appointment to a time to come, or book a requested one; what stays at its time may be over.

    `reason` is what it is for, `change_reason` why it changes.
    """
    appointment = locked(appointment, version=version)
    require(permissions.can_change_appointment(by, appointment))
    if appointment.status not in {Status.REQUESTED, Status.BOOKED}:
        raise AppointmentRefused("This appointment is over.")
    _check_times(start_at, end_at)
    if appointment.status == Status.REQUESTED or start_at != appointment.start_at:
        _check_ahead(start_at)
    _check_provider(appointment.subject, provider)
    action = "patients.appointment_booked" if appointment.status == Status.REQUESTED else "patients.appointment_changed"
    appointment.provider, appointment.location = provider, location
    appointment.reason, appointment.change_reason = reason, change_reason
    appointment.start_at, appointment.end_at, appointment.status = start_at, end_at, Status.BOOKED
    _save(appointment, by=by, action=action, reason=change_reason)
    return appointment


@transaction.atomic
def cancel_appointment(*, appointment: Appointment, reason: str, version: int | None = None, by: User) -> Appointment:
    """Cancel, as the site or as the participant, with the reason."""
    appointment = locked(appointment, version=version)
    require(permissions.can_cancel_appointment(by, appointment))
    if is_blank(reason):
        raise Invalid({"reason": ["Say why."]})
    appointment.change_reason = reason
    return _move(appointment, to=Status.CANCELLED, reason=reason, by=by)


@transaction.atomic
def close_appointment(
    *, appointment: Appointment, attended: bool, reason: str = "", version: int | None = None, by: User
) -> Appointment:
    """Say whether the participant came; what the appointment was for stays as it is."""
    appointment = locked(appointment, version=version)
    require(permissions.can_change_appointment(by, appointment))
    if appointment.start_at > timezone.now():
        raise AppointmentRefused("This appointment has not begun yet.")
    return _move(appointment, to=Status.COMPLETED if attended else Status.NO_SHOW, reason=reason, by=by)


def _move(appointment: Appointment, *, to: str, reason: str, by: User) -> Appointment:
    if to not in MOVES[appointment.status]:
        raise AppointmentRefused(f"This appointment is {appointment.get_status_display().lower()}.")
    appointment.status = to
    _save(appointment, by=by, action=f"patients.appointment_{to.lower()}", reason=reason)
    return appointment


def _create(
    subject: Subject, values: dict[str, Any], *, allow: Callable[[], bool], action: str, by: User, key: str
) -> Appointment:
    def make() -> Appointment:
        _check_times(values["start_at"], values["end_at"])
        _check_ahead(values["start_at"])
        if provider := values.get("provider"):
            _check_provider(subject, provider)
        appointment = Appointment(
            subject=subject,
            patient_id=subject.patient_id,
            trial_id=subject.trial_id,
            site_id=subject.site_id,
            created_by=by,
            **values,
        )
        _save(appointment, by=by, action=action)
        return appointment

    asked = [subject.pk, *(str(value.pk) if isinstance(value, User) else value for value in values.values())]
    return once(Appointment, make, allow=lambda: require(allow()), by=by, key=key, action=action, asked=asked)


def _check_times(start_at: datetime, end_at: datetime) -> None:
    if end_at <= start_at:
        raise Invalid({"end_at": ["The appointment must end after it starts."]})


def _check_ahead(start_at: datetime) -> None:
    if start_at < timezone.now() - GRACE:
        raise Invalid({"start_at": ["This time has passed. Choose a time in the future."]})


def _check_provider(subject: Subject, provider: User) -> None:
    if not staff_with(Right.ENTER_DATA, site=subject.site).filter(pk=provider.pk).exists():
        raise Invalid({"provider": ["Choose somebody of the site's team."]})


def _save(appointment: Appointment, *, by: User, action: str, reason: str = "") -> None:
    try:
        audit.save(appointment, by=by, action=action, reason=reason)
    except IntegrityError as error:
        if "provider_is_not_booked_twice" in str(error):
            raise DoubleBooked("This provider has another appointment at that time.") from None
        if "patient_is_not_booked_twice" in str(error):
            raise DoubleBooked("The participant has another appointment at that time.") from None
        raise
    live.publish(
        action,
        entity="Appointment",
        id=appointment.pk,
        topics=[
            *live.at_site(Right.VIEW_APPOINTMENTS, site=appointment.site_id, trial=appointment.trial_id),
            f"patient:{appointment.patient_id}",
        ],
        trial=appointment.trial_id,
        site=appointment.site_id,
        patient=appointment.patient_id,
        by=by.pk,
    )
