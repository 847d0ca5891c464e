"""Subjects: patients in a trial, known there by their number."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from edc.accounts.http import user_of
from edc.base.api.endpoints import ActionEndpoint, ListEndpoint, RowEndpoint
from edc.base.api.fields import Choice, Day, Input, Key, Moment, Output, Text
from edc.base.api.paging import Filter
from patients import selectors, services
from patients.models import Subject as SubjectRow
from trials.selectors import sites_visible_to

DISPOSITIONS = SubjectRow.Disposition.choices


class SubjectInput(Input):
    """Which patient comes into which site's trial."""

    patient = Key()
    site = Key()
    number = Text(max_length=40, help_text="The subject number, unique in the trial.")
    enrolled_on = Day()
    example: ClassVar = {
        "patient": "01998a14-2f3e-7c4d-8b5a-697887a6b5c4",
        "site": "01998a11-0c52-7d0e-8f1a-33b0a4b1c2d3",
        "number": "701-1015",
        "enrolled_on": "2026-01-20",
    }


class SubjectOutput(Output):
    """A patient in a trial."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    patient = serializers.UUIDField(source="patient_id")
    trial = serializers.UUIDField(source="trial_id")
    site = serializers.UUIDField(source="site_id")
    trial_status = serializers.ChoiceField(DISPOSITIONS, source="disposition")
    disposition_date = serializers.DateField()
    arm = serializers.CharField()
    enrolled_on = serializers.DateField()
    day_one = serializers.DateField(allow_null=True, help_text="From which the visits are counted.")
    study_version = serializers.UUIDField(source="study_version_id")
    trial_details = serializers.DictField()
    version = serializers.IntegerField()
    created_at = Moment()
    updated_at = Moment()
    example: ClassVar = {
        "id": "01998a16-4c5d-7e6f-8091-a2b3c4d5e6f7",
        "number": "701-1015",
        "patient": "01998a14-2f3e-7c4d-8b5a-697887a6b5c4",
        "trial": "01998a10-7e1b-7c3a-9d2f-5a1f0c9e7b42",
        "site": "01998a11-0c52-7d0e-8f1a-33b0a4b1c2d3",
        "trial_status": "ENROLLED",
        "disposition_date": "2026-01-27",
        "arm": "",
        "enrolled_on": "2026-01-20",
        "day_one": None,
        "study_version": "01998a12-4b1d-7a6c-b7d1-9f0e8d7c6b5a",
        "trial_details": {},
        "version": 2,
        "created_at": "2026-01-20T08:15:00.000000Z",
        "updated_at": "2026-01-27T10:00:00.000000Z",
    }


class Subjects(ListEndpoint):
    """List the subjects of the sites whose data one may see, or one's own places in trials."""

    input = SubjectInput
    output = SubjectOutput
    versioned = True
    creates = True
    orderings = ("number", "-number", "-created_at", "created_at", "-updated_at", "updated_at")
    filters: ClassVar = {
        "trial": Filter("trial", Key(), "In this trial."),
        "site": Filter("site", Key(), "At this site."),
        "patient": Filter("patient", Key(), "This patient."),
        "number": Filter("number", Text(max_length=40), "Exactly this subject number."),
        "trial_status": Filter("disposition__in", Choice(DISPOSITIONS), "One or more, with commas.", many=True),
    }

    def rows(self, request: Request) -> QuerySet[SubjectRow]:  # type: ignore[override]
        return selectors.subjects_visible_to(user_of(request))

    def post(self, request: Request) -> Response:
        """Enrol a patient: put them into screening for a site's trial.

        Refused (409) unless trial and site are open to enrolment, and when the patient or the number is in the trial.
        """
        user, taken = user_of(request), self.taken()
        patient = self.among(selectors.patients_visible_to(user), taken.pop("patient"), member="patient")
        site = self.among(sites_visible_to(user), taken.pop("site"), member="site")
        return self.created(services.enrol_subject(patient=patient, site=site, **taken, by=user, key=self.key()))


class Subject(RowEndpoint):
    """Show a subject."""

    output = SubjectOutput

    def row(self, request: Request, pk: UUID) -> SubjectRow:  # type: ignore[override]
        return get_object_or_404(selectors.subjects_visible_to(user_of(request)), pk=pk)


class DispositionInput(Input):
    """What became of the subject, when and why."""

    trial_status = Choice(DISPOSITIONS)
    on = Day(help_text="The day on which it happened.")
    reason = Text(max_length=500)
    arm = Text(max_length=40, required=False, help_text="Due when the subject is randomised, where the study has arms.")
    example: ClassVar = {"trial_status": "ENROLLED", "on": "2026-01-27", "reason": "Met all criteria"}


class SubjectDisposition(ActionEndpoint):
    """Move a subject on."""

    input = DispositionInput
    output = SubjectOutput

    def post(self, request: Request, pk: UUID) -> Response:
        """Move a subject on: the day it happened and the reason are kept.

        Refused (409) where no subject goes from the one state to the other.
        """
        user = user_of(request)
        subject = get_object_or_404(selectors.subjects_visible_to(user), pk=pk)
        version, taken = self.seen_version(), self.taken()
        moved = services.change_disposition(
            subject=subject, disposition=taken.pop("trial_status"), **taken, version=version, by=user
        )
        return self.answer(moved)
