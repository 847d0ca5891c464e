"""Pages of patients, invitations and appointments."""

from patients.views.appointments import (
    appointment,
    appointments,
    ask_for_appointment,
    book,
    cancel_appointment,
    change_appointment,
    close_appointment,
)
from patients.views.invitations import accept_invitation, invite, withdraw_invitation
from patients.views.patients import change_patient, enrol, patient

__all__ = [
    "accept_invitation",
    "appointment",
    "appointments",
    "ask_for_appointment",
    "book",
    "cancel_appointment",
    "change_appointment",
    "change_patient",
    "close_appointment",
    "enrol",
    "invite",
    "patient",
    "withdraw_invitation",
]
