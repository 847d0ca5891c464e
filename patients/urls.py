"""Pages and endpoints."""

from django.urls import URLPattern, path

from patients import views
from patients.api import appointments, invitations, me, patients, subjects

pages: list[URLPattern] = [
    path("sites/<uuid:pk>/enrol/", views.enrol, name="enrol"),
    path("patients/<uuid:pk>/", views.patient, name="patient"),
    path("patients/<uuid:pk>/change/", views.change_patient, name="change_patient"),
    path("patients/<uuid:pk>/invite/", views.invite, name="invite"),
    path("invitations/<uuid:pk>/withdraw/", views.withdraw_invitation, name="withdraw_invitation"),
    path("invitation/", views.accept_invitation, name="accept_invitation"),
    path("appointments/", views.appointments, name="appointments"),
    path("appointments/new/", views.book, name="book"),
    path("appointments/ask/", views.ask_for_appointment, name="ask"),
    path("appointments/<uuid:pk>/", views.appointment, name="appointment"),
    path("appointments/<uuid:pk>/change/", views.change_appointment, name="change_appointment"),
    path("appointments/<uuid:pk>/cancel/", views.cancel_appointment, name="cancel_appointment"),
    path("appointments/<uuid:pk>/close/", views.close_appointment, name="close_appointment"),
]
endpoints: list[URLPattern] = [
    path("me/", me.Me.as_view(), name="me"),
    path("patients/", patients.Patients.as_view(), name="patients"),
    path("patients/search/", patients.PatientSearch.as_view(), name="search_patients"),
    path("patients/<uuid:pk>/", patients.Patient.as_view(), name="patient"),
    path("patients/<uuid:pk>/preferences/", patients.Preferences.as_view(), name="patient_preferences"),
    path("patients/<uuid:pk>/invitations/", invitations.Invitations.as_view(), name="patient_invitations"),
    path("invitations/<uuid:pk>/withdraw/", invitations.InvitationWithdraw.as_view(), name="withdraw_invitation"),
    path("subjects/", subjects.Subjects.as_view(), name="subjects"),
    path("subjects/<uuid:pk>/", subjects.Subject.as_view(), name="subject"),
    path("subjects/<uuid:pk>/disposition/", subjects.SubjectDisposition.as_view(), name="subject_disposition"),
    path("appointments/", appointments.Appointments.as_view(), name="appointments"),
    path("appointments/<uuid:pk>/", appointments.Appointment.as_view(), name="appointment"),
    path("appointments/<uuid:pk>/cancel/", appointments.AppointmentCancel.as_view(), name="cancel_appointment"),
    path("appointments/<uuid:pk>/close/", appointments.AppointmentClose.as_view(), name="close_appointment"),
]
