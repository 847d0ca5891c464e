"""Exports of studies: everybody sees their own."""

from django.db.models import QuerySet

from captures.models import StudyExport
from edc.accounts.models import User
from trials.models import ClinicalTrial
from trials.roles import Right
from trials.selectors import sites_with

LATEST = 50


def exports_owned_by(user: User) -> QuerySet[StudyExport]:
    """Return the exports that this person asked for."""
    return StudyExport.objects.filter(asked_by=user).select_related("trial")


def latest_exports(user: User, trial: ClinicalTrial) -> list[StudyExport]:
    """Return this person's latest exports of the trial, newest first."""
    return list(exports_owned_by(user).filter(trial=trial).order_by("-created_at", "-pk")[:LATEST])


def may_identify(user: User, trial: ClinicalTrial) -> bool:
    """Tell whether this person may know at a site of the trial who somebody is."""
    return sites_with(user, Right.VIEW_IDENTITY).filter(trial=trial).exists()
