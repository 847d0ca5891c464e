"""Bringing a study version in: a file of another system's, or the portal's own document."""

import json
import tempfile
from pathlib import Path
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from edc.base.forms import ServiceForm, new_key
from trials.formats import FileRefused, StudyFile, read_study

ACCEPTED = ".xml,.csv,.xlsx,.xls,.json,.gz,.zip"
LARGEST_DOCUMENT = 20_000_000


class UploadStudy(ServiceForm):
    """A study file. After `is_valid`, `cleaned_data["file"]` is the study that it tells."""

    file = forms.FileField(
        label="Study file",
        help_text="CDISC ODM, a REDCap project or data dictionary, an XLSForm, or the portal's own JSON document.",
        widget=forms.FileInput({"accept": ACCEPTED}),
        error_messages={"required": "Choose a file.", "empty": "This file is empty."},
    )

    def clean_file(self) -> StudyFile:
        """Read the file; what cannot be read is refused with the place and the reason."""
        given: UploadedFile = self.cleaned_data["file"]
        with tempfile.NamedTemporaryFile() as copy:
            for block in given.chunks():
                copy.write(block)
            copy.flush()
            try:
                study = read_study(Path(copy.name), name=Path(given.name or "").stem)
            except FileRefused as refused:
                raise forms.ValidationError(str(refused)) from None
        if study.document is None:
            raise forms.ValidationError("There is no study in this file, only data.")
        return study


class TakeStudy(ServiceForm):
    """The study that was shown, to be taken as it is."""

    document = forms.CharField(widget=forms.HiddenInput, max_length=LARGEST_DOCUMENT)
    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200, initial=new_key)

    def clean_document(self) -> Any:
        """Return the document; what it says is checked by the service."""
        try:
            return json.loads(self.cleaned_data["document"])
        except (ValueError, RecursionError):
            raise forms.ValidationError("The document is damaged. Choose the file again.") from None
