"""Records in the Django admin. Who a patient is stays sealed in them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet

from edc.accounts.models import User
from edc.base.admin import Records, TrackedRecords
from patients import selectors
from patients.models import Appointment, Invitation, PatientProfile, PatientProfileUserObjectPermission, Subject
from trials.roles import Right

SEALED = tuple(f"{name}_sealed" for name in PatientProfile.SEALED)


@admin.register(PatientProfile)
class Patients(TrackedRecords):
    right = Right.VIEW_DATA.value
    list_display = ("id", "primary_clinic", "is_active", "created_at")
    list_filter = ("is_active",)
    list_select_related = ("primary_clinic",)
    date_hierarchy = "created_at"
    fields = ("primary_clinic", "is_active", "preferences")
    unsaid = ("version", "updated_at", *SEALED, "medical_record_number_index", "email_index", "user")

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(pk__in=selectors.patients_visible_to(user).values("pk"))


@admin.register(Subject)
class Subjects(TrackedRecords):
    right = Right.VIEW_DATA.value
    list_display = ("number", "trial", "site", "disposition", "arm", "enrolled_on")
    list_filter = ("disposition", "arm")
    list_select_related = ("trial", "site")
    search_fields = ("number",)
    date_hierarchy = "enrolled_on"

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(pk__in=selectors.subjects_visible_to(user).values("pk"))


@admin.register(Invitation)
class Invitations(TrackedRecords):
    right = Right.VIEW_DATA.value
    list_display = ("patient", "site", "expires_at", "accepted_at", "withdrawn_at")
    list_select_related = ("patient", "site")
    date_hierarchy = "created_at"
    fields = ("patient", "site", "expires_at", "accepted_at", "withdrawn_at")
    unsaid = ("version", "updated_at", "digest", "accepted_by")

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(patient__in=selectors.patients_visible_to(user).values("pk"))


@admin.register(Appointment)
class Appointments(TrackedRecords):
    right = Right.VIEW_APPOINTMENTS.value
    list_display = ("subject", "site", "start_at", "end_at", "status", "provider")
    list_filter = ("status",)
    list_select_related = ("subject", "site", "provider")
    search_fields = ("subject__number",)
    date_hierarchy = "start_at"

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(pk__in=selectors.appointments_visible_to(user).values("pk"))


@admin.register(PatientProfileUserObjectPermission)
class RightsOnPatients(Records):
    on_index = False
    right = Right.VIEW_IDENTITY.value
    list_display = ("user", "content_object", "permission")
    list_select_related = ("user", "content_object", "permission__content_type")

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(content_object__in=selectors.patients_with(user, Right.VIEW_IDENTITY).values("pk"))
