"""What is taken out of a trial, and how."""

from collections.abc import Mapping
from typing import Any

from django import forms

from captures.exports import WRITERS
from edc.base.forms import CreateForm


class ExportForm(CreateForm):
    """In which format, as of when, and whether with what tells who somebody is."""

    to = forms.ChoiceField(
        label="Format",
        choices=[(name, writer.label) for name, writer in WRITERS.items()],
        widget=forms.RadioSelect,
        initial="odm",
    )
    as_of = forms.DateTimeField(
        label="As it was on (UTC)",
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local", "autocomplete": "off"}),
        help_text="Leave it empty for the data as they are now.",
    )
    identified = forms.BooleanField(
        label="With items that tell who somebody is",
        required=False,
        help_text="Only of sites where you may know it. It is on record that you took them out.",
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, may_identify: bool) -> None:
        super().__init__(data)
        if not may_identify:
            del self.fields["identified"]
