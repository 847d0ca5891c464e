"""Reads of captures, and who may see which."""

from django.db.models import Q, QuerySet

from captures.models import DataCapture
from edc.accounts.models import User
from patients.models import PatientProfileUserObjectPermission
from trials.roles import Right
from trials.selectors import site_ids_with


def captures_visible_to(user: User) -> QuerySet[DataCapture]:
    """Return the captures of the sites whose data this person may see, and their own, newest first."""
    visible = Q(site__in=site_ids_with(user, Right.VIEW_DATA)) | Q(patient__user=user)
    granted = PatientProfileUserObjectPermission.objects.filter(user=user, permission__codename=Right.VIEW_DATA.value)
    visible |= Q(patient__in=granted.values("content_object"))
    captures = DataCapture.objects.filter(visible)
    captures = captures.select_related("subject", "trial", "site", "study_version", "entered_by", "patient")
    # The definition is kept by each process: the document need not come with every row.
    return captures.defer("study_version__document").order_by("-timestamp", "-pk")
