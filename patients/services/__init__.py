"""Everything that changes patients, subjects, invitations and appointments."""

from patients.services.admission import admit_patient
from patients.services.appointments import (
    book_appointment,
    cancel_appointment,
    change_appointment,
    close_appointment,
    request_appointment,
)
from patients.services.bringing_in import NewSubject, bring_in_subjects, take_back_subjects
from patients.services.invitations import (
    InvitationRefused,
    accept_invitation,
    enter_code,
    invite_participant,
    withdraw_invitation,
)
from patients.services.patients import change_own_preferences, change_patient, read_identity, register_patient
from patients.services.subjects import change_disposition, enrol_subject

__all__ = [
    "InvitationRefused",
    "NewSubject",
    "accept_invitation",
    "admit_patient",
    "book_appointment",
    "bring_in_subjects",
    "cancel_appointment",
    "change_appointment",
    "change_disposition",
    "change_own_preferences",
    "change_patient",
    "close_appointment",
    "enrol_subject",
    "enter_code",
    "invite_participant",
    "read_identity",
    "register_patient",
    "request_appointment",
    "take_back_subjects",
    "withdraw_invitation",
]
