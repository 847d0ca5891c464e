"""Admission: a patient who is new to the site is registered and enrolled in one act."""

from datetime import date

from django.db import transaction

from edc.accounts.models import User
from patients.models import Identity, Subject
from patients.services.patients import register_patient
from patients.services.subjects import enrol_subject
from trials.models import Site


@transaction.atomic
def admit_patient(
    *, site: Site, identity: Identity, number: str, enrolled_on: date, by: User, key: str = ""
) -> Subject:
    """Register a patient and put them into screening: both, or (when either is refused) neither."""
    patient = register_patient(site=site, identity=identity, by=by, key=key and f"{key}:patient")
    return enrol_subject(
        patient=patient, site=site, number=number, enrolled_on=enrolled_on, by=by, key=key and f"{key}:subject"
    )
