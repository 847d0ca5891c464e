"""From an id to the page on which a person sees its row; what they may not see does not exist."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse

from captures.selectors import captures_visible_to, queries_visible_to
from edc.accounts.models import User
from messaging.selectors import conversations_visible_to, messages_visible_to
from patients.selectors import appointments_visible_to, patients_visible_to, subjects_visible_to
from trials.roles import Right
from trials.selectors import sites_visible_to, sites_with, study_versions_visible_to, trials_visible_to


def _capture(user: User, pk: UUID) -> str:
    capture = get_object_or_404(captures_visible_to(user), pk=pk)
    return reverse("captures:my_capture" if capture.patient.user_id == user.pk else "captures:capture", args=[pk])


def _message(user: User, pk: UUID) -> str:
    message = get_object_or_404(messages_visible_to(user), pk=pk)
    return reverse("messaging:thread", args=[message.conversation_id])


def _subject(user: User, pk: UUID) -> str:
    subject = get_object_or_404(subjects_visible_to(user), pk=pk)
    if subject.patient.user_id == user.pk:
        return reverse("captures:my_trials")
    return reverse("captures:casebook", args=[pk])


def _trial(user: User, pk: UUID) -> str:
    get_object_or_404(trials_visible_to(user), pk=pk)
    if user.kind == User.Kind.PARTICIPANT:
        return reverse("captures:my_trials")
    return reverse("trials:detail", args=[pk])


def _site(user: User, pk: UUID) -> str:
    site = get_object_or_404(sites_visible_to(user), pk=pk)
    if sites_with(user, Right.VIEW_DATA).filter(pk=pk).exists():
        return reverse("captures:site_home", args=[pk])
    return _trial(user, site.trial_id)


def _row(visible_to: Callable[[User], QuerySet[Any]], page: str) -> Callable[[User, UUID], str]:
    def destination(user: User, pk: UUID) -> str:
        row: Model = get_object_or_404(visible_to(user), pk=pk)
        return reverse(page, args=[row.pk])

    return destination


DESTINATIONS: dict[str, Callable[[User, UUID], str]] = {
    "Appointment": _row(appointments_visible_to, "patients:appointment"),
    "ClinicalTrial": _trial,
    "Conversation": _row(conversations_visible_to, "messaging:thread"),
    "DataCapture": _capture,
    "DataQuery": _row(queries_visible_to, "captures:query"),
    "Message": _message,
    "PatientProfile": _row(patients_visible_to, "patients:patient"),
    "Site": _site,
    "StudyVersion": _row(study_versions_visible_to, "trials:study_version"),
    "Subject": _subject,
}
