"""To hand in a file for a field of a form."""

from typing import Any

from django import forms

from edc.base.forms import ServiceForm


class AttachForm(ServiceForm):
    """The file, and why it changes where the form was submitted."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    place = forms.CharField(widget=forms.HiddenInput, max_length=200)
    content = forms.FileField(label="File", required=False)
    reason = forms.CharField(label="Why does it change?", max_length=500, required=False)

    def __init__(self, *args: Any, taken: str, needs_reason: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["content"].help_text = taken
        if not needs_reason:
            del self.fields["reason"]
