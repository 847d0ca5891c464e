"""Forms of patients, invitations and appointments."""

from patients.forms.appointments import (
    AppointmentForm,
    CancelAppointment,
    ChangeAppointment,
    CloseAppointment,
    RequestAppointment,
)
from patients.forms.patients import (
    AdmitForm,
    ChangePatient,
    EnrolForm,
    FindPatient,
    InvitationCode,
    InviteForm,
    WithdrawInvitation,
)

__all__ = [
    "AdmitForm",
    "AppointmentForm",
    "CancelAppointment",
    "ChangeAppointment",
    "ChangePatient",
    "CloseAppointment",
    "EnrolForm",
    "FindPatient",
    "InvitationCode",
    "InviteForm",
    "RequestAppointment",
    "WithdrawInvitation",
]
