"""Patients: who they are, for those who may know; every reading of it is recorded."""

from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from edc.accounts.http import user_of
from edc.base.api.endpoints import ActionEndpoint, Endpoint, ListEndpoint, RowEndpoint
from edc.base.api.fields import Day, Flag, Input, Key, Moment, Output, Text
from edc.base.api.paging import Filter
from edc.base.errors import Invalid
from patients import permissions, selectors, services
from patients.models import Identity, PatientProfile
from trials.selectors import sites_visible_to

PURPOSE = "api"


class ContactInput(Input):
    """How a patient is reached."""

    email = serializers.EmailField(max_length=254, allow_blank=True, required=False)
    phone = Text(max_length=40, allow_blank=True, required=False)
    address = Text(max_length=500, allow_blank=True, required=False)


class IdentityInput(Input):
    """Who a patient is."""

    medical_record_number = Text(max_length=60)
    display_name = Text(max_length=200)
    date_of_birth = Day()
    contact = ContactInput(required=False)


class PatientInput(IdentityInput):
    """A new patient of a site."""

    primary_clinic = Key(help_text="The site.")
    example: ClassVar = {
        "primary_clinic": "01998a11-0c52-7d0e-8f1a-33b0a4b1c2d3",
        "medical_record_number": "MRN-20417",
        "display_name": "Ada Fictional",
        "date_of_birth": "1950-03-07",
        "contact": {"email": "ada@home.example", "phone": "+49 40 555 0117"},
    }


class PatientChange(IdentityInput):
    """Everything about a patient that may be corrected."""

    is_active = Flag(default=True)
    reason = Text(max_length=500)
    example: ClassVar = {
        "medical_record_number": "MRN-20417",
        "display_name": "Ada Fictional",
        "date_of_birth": "1950-03-08",
        "contact": {"email": "ada@home.example", "phone": "+49 40 555 0117"},
        "is_active": True,
        "reason": "Birth date was mistyped",
    }


class ContactOutput(Output):
    """How a patient is reached; what is not known is absent."""

    email = serializers.CharField(required=False)
    phone = serializers.CharField(required=False)
    address = serializers.CharField(required=False)


class PatientOutput(Output):
    """A patient. Who it is stays null for those who may not know."""

    id = serializers.UUIDField()
    user = serializers.UUIDField(allow_null=True, help_text="The participant's account.")
    primary_clinic = serializers.UUIDField()
    is_active = serializers.BooleanField()
    identity_visible = serializers.BooleanField()
    medical_record_number = serializers.CharField(allow_null=True)
    display_name = serializers.CharField(allow_null=True)
    date_of_birth = serializers.CharField(allow_null=True, help_text="ISO 8601.")
    contact = ContactOutput(allow_null=True)
    preferences = serializers.DictField()
    version = serializers.IntegerField()
    created_at = Moment()
    updated_at = Moment()
    example: ClassVar = {
        "id": "01998a14-2f3e-7c4d-8b5a-697887a6b5c4",
        "user": None,
        "primary_clinic": "01998a11-0c52-7d0e-8f1a-33b0a4b1c2d3",
        "is_active": True,
        "identity_visible": False,
        "medical_record_number": None,
        "display_name": None,
        "date_of_birth": None,
        "contact": None,
        "preferences": {},
        "version": 1,
        "created_at": "2026-01-20T08:00:00.000000Z",
        "updated_at": "2026-01-20T08:00:00.000000Z",
    }


def patient_shown(patient: PatientProfile, identity: Identity | None) -> dict[str, Any]:
    """Return the members of a patient, with the identity or with nulls in its place."""
    return {
        "id": patient.pk,
        "user": patient.user_id,
        "primary_clinic": patient.primary_clinic_id,
        "is_active": patient.is_active,
        "identity_visible": identity is not None,
        "medical_record_number": identity and identity.medical_record_number,
        "display_name": identity and identity.display_name,
        "date_of_birth": identity and identity.date_of_birth,
        "contact": identity and identity.contact,
        "preferences": patient.preferences,
        "version": patient.version,
        "created_at": Moment().to_representation(patient.created_at),
        "updated_at": Moment().to_representation(patient.updated_at),
    }


class ShowsPatients(Endpoint):
    """Shows patients as far as the person may know them, and records what was read."""

    output: ClassVar[type[Output] | None] = PatientOutput

    def shown(self, row: PatientProfile) -> Any:
        return next(iter(self.shown_all([row])))

    def shown_all(self, rows: list[PatientProfile]) -> Iterable[Any]:
        known = services.read_identity(patients=rows, by=user_of(self.request), purpose=PURPOSE)
        return (patient_shown(row, known.get(row.pk)) for row in rows)

    def tag(self, row: PatientProfile) -> str:
        known = permissions.can_see_identity(user_of(self.request), row)
        return f'"{row.version}-known"' if known else f'"{row.version}"'


class Patients(ShowsPatients, ListEndpoint):
    """List the patients of the sites whose data one may see.

    Who they are is shown to the staff that treats them and to themselves, and each such reading is recorded.
    """

    input = PatientInput
    versioned = True
    creates = True
    orderings = ("-created_at", "created_at", "-updated_at", "updated_at")
    filters: ClassVar = {
        "primary_clinic": Filter("primary_clinic", Key(), "Registered at this site."),
        "trial": Filter("primary_clinic__trial", Key(), "Registered in this trial."),
        "is_active": Filter("is_active", serializers.BooleanField(), "Whether they are active."),
    }

    def rows(self, request: Request) -> QuerySet[PatientProfile]:  # type: ignore[override]
        return selectors.patients_visible_to(user_of(request))

    def post(self, request: Request) -> Response:
        """Register a patient at a site.

        Refused (409) when the site has a patient with this medical record number.
        """
        user, taken = user_of(request), self.taken()
        site = self.among(sites_visible_to(user), taken.pop("primary_clinic"), member="primary_clinic")
        made = services.register_patient(site=site, identity=_identity(taken), by=user, key=self.key())
        return self.created(made)


class Patient(ShowsPatients, RowEndpoint):
    """Show a patient."""

    input = PatientChange

    def row(self, request: Request, pk: UUID) -> PatientProfile:  # type: ignore[override]
        return get_object_or_404(selectors.patients_visible_to(user_of(request)), pk=pk)

    def put(self, request: Request, pk: UUID) -> Response:
        """Correct who a patient is, or whether they are active.

        What the contact leaves out is removed.
        """
        patient = self.row(request, pk=pk)
        version, taken = self.seen_version(), self.taken()
        changed = services.change_patient(
            patient=patient,
            identity=_identity(taken),
            is_active=taken["is_active"],
            reason=taken["reason"],
            version=version,
            by=user_of(request),
        )
        return self.answer(changed)


class SearchInput(Input):
    """What is known of the patient: in the body, since addresses are kept in logs."""

    medical_record_number = Text(max_length=60, required=False)
    email = Text(max_length=254, required=False)
    example: ClassVar = {"medical_record_number": "MRN-20417"}


class FoundOutput(Output):
    """Those who were found."""

    results = PatientOutput(many=True)
    example: ClassVar = {"results": [PatientOutput.example]}


class PatientSearch(ShowsPatients):
    """Find a patient by medical record number or e-mail address."""

    input = SearchInput
    output = FoundOutput

    def post(self, request: Request) -> Response:
        """Find a patient by medical record number or e-mail address.

        Among those whom one may know by name.
        """
        user, taken = user_of(request), self.taken()
        if len(taken) != 1:
            raise Invalid({"": ["Give a medical record number or an e-mail address."]})
        if "email" in taken:
            found = selectors.patients_by_email(user, taken["email"])
        else:
            found = selectors.patients_by_record_number(user, taken["medical_record_number"])
        return Response({"results": list(self.shown_all(list(found.select_related("primary_clinic"))))})


class PreferencesInput(Input):
    """How a participant wants to be shown things and reached: nothing about health or identity."""

    text_size = serializers.ChoiceField(["normal", "large", "largest"], required=False)
    reminders = serializers.ChoiceField(["none", "email"], required=False)
    example: ClassVar = {"text_size": "large"}


class Preferences(ShowsPatients, ActionEndpoint):
    """Replace one's own preferences."""

    input = PreferencesInput

    def put(self, request: Request, pk: UUID) -> Response:
        """Replace one's own preferences.

        Only the participant does that.
        """
        user = user_of(request)
        patient = get_object_or_404(selectors.patients_visible_to(user), pk=pk)
        version, taken = self.seen_version(), self.taken()
        changed = services.change_own_preferences(patient=patient, preferences=dict(taken), version=version, by=user)
        return self.answer(changed)


def _identity(taken: dict[str, Any]) -> Identity:
    contact = {name: text for name, text in taken.get("contact", {}).items() if text}
    born: str = taken["date_of_birth"].isoformat()
    return Identity(taken["medical_record_number"], taken["display_name"], born, contact)
