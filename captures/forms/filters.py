"""The filters of lists: the address is the state."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict

from edc.base.statuses import look
from patients.models import Subject
from trials.models import ClinicalTrial, Site

STATES = ("OVERDUE", "DUE", "MISSING", "FLAGGED", "IN_PROGRESS", "SUBMITTED", "FINALISED", "NOT_DONE")
WORDS = {"SUBMITTED": "Waiting to be finalised", "INVITED": "Invited, no account yet"}


class GridFilters(forms.Form):
    """Which subjects the grid shows; what is not among the choices is said, and does not filter."""

    trial = forms.ChoiceField(required=False)
    site = forms.ChoiceField(required=False)
    q = forms.CharField(label="Subject number", required=False, max_length=100, widget=forms.TextInput({"size": 12}))
    disposition = forms.ChoiceField(label="Subject is", required=False)
    status = forms.ChoiceField(label="With forms that are", required=False)

    def __init__(
        self, data: Mapping[str, Any], *, trial: ClinicalTrial, trials: Sequence[ClinicalTrial], sites: Sequence[Site]
    ) -> None:
        shown = MultiValueDict({name: [value] for name, value in data.items()} | {"trial": [str(trial.pk)]})
        super().__init__(shown, use_required_attribute=False)
        self._choose("trial", "", [(str(one.pk), one.protocol_number) for one in trials])
        self._choose("site", "All sites", [(str(site.pk), str(site)) for site in sites])
        self._choose("disposition", "Anything", list(Subject.Disposition.choices))
        states = [(state, WORDS.get(state) or look(state).word) for state in STATES]
        self._choose("status", "Anything", [*states, ("INVITED", WORDS["INVITED"])])
        if len(trials) == 1:
            self.fields["trial"].widget = forms.HiddenInput()
        if len(sites) == 1:
            del self.fields["site"]

    def _choose(self, name: str, nothing: str, choices: list[tuple[str, str]]) -> None:
        empty = [("", nothing)] if nothing else []
        self.fields[name].choices = [*empty, *choices]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> dict[str, str]:
        """Return what is filtered by, as far as it makes sense."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value and name != "trial"}

    def word_for(self, name: str, value: str) -> str:
        """Return a filter in words, for its chip."""
        choices: list[tuple[str, str]] = getattr(self.fields[name], "choices", [])
        label = self.fields[name].label or name.capitalize()
        return f"{label}: {dict(choices).get(value, value)}"
