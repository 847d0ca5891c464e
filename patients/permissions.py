"""Who may do what with patients, subjects, invitations and appointments."""

from edc.accounts.models import User
from patients.models import Appointment, PatientProfile, Subject
from patients.selectors import has_right_on_patient
from trials.models import Site
from trials.roles import Right
from trials.selectors import has_right


def can_enrol(user: User, site: Site) -> bool:
    return has_right(user, Right.ENROL, site=site.pk)


def can_see_identity(user: User, patient: PatientProfile) -> bool:
    """The participant, staff of a site that treats them, and single grants; never a data manager."""
    return patient.user_id == user.pk or has_right_on_patient(user, Right.VIEW_IDENTITY, patient)


def can_change_patient(user: User, patient: PatientProfile) -> bool:
    return has_right_on_patient(user, Right.ENROL, patient)


def can_change_subject(user: User, subject: Subject) -> bool:
    return has_right(user, Right.ENROL, site=subject.site_id)


def can_book(user: User, site: Site) -> bool:
    return has_right(user, Right.BOOK_APPOINTMENTS, site=site.pk)


def can_request_appointment(user: User, subject: Subject) -> bool:
    return subject.patient.user_id == user.pk


def can_change_appointment(user: User, appointment: Appointment) -> bool:
    return has_right(user, Right.BOOK_APPOINTMENTS, site=appointment.site_id)


def can_cancel_appointment(user: User, appointment: Appointment) -> bool:
    return appointment.patient.user_id == user.pk or can_change_appointment(user, appointment)
