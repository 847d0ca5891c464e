"""Bringing in a study file: which one, and where its subjects are if it does not say so."""

from typing import Any

from django import forms

from edc.base.forms import ServiceForm
from trials.models import ClinicalTrial, Site

ACCEPTED = ".xml,.csv,.xlsx,.xls,.json,.gz,.zip"


class UploadStudyFile(ServiceForm):
    """A study file, and the site of subjects for whom it names none."""

    file = forms.FileField(
        label="Study file",
        help_text="CDISC ODM, a REDCap project or data dictionary, an XLSForm, or the portal's own JSON document."
        " Pack long ones with gzip or zip.",
        widget=forms.FileInput({"accept": ACCEPTED}),
        error_messages={"required": "Choose a file.", "empty": "This file is empty."},
    )
    site = forms.ModelChoiceField(
        Site.objects.none(),
        label="Site of subjects without one in the file",
        help_text="Where the trial has one site only, they are there.",
        required=False,
        empty_label="A new site, if there is not one alone",
    )

    def __init__(self, *args: Any, trial: ClinicalTrial, **more: Any) -> None:
        super().__init__(*args, **more)
        sites: Any = self.fields["site"]
        sites.queryset = Site.objects.filter(trial=trial).order_by("code")


class TakeBack(ServiceForm):
    """Why a file is taken back."""

    reason = forms.CharField(label="Reason", max_length=500, widget=forms.Textarea({"rows": 2}))
    version = forms.IntegerField(widget=forms.HiddenInput)
