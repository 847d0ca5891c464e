"""The filters of lists: the address is the state."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict

from captures.models import DataQuery
from edc.base.statuses import look
from patients.models import Subject
from trials.models import ClinicalTrial, Site

STATES = (
    "OPEN_QUERY",
    "ANSWERED_QUERY",
    "OVERDUE",
    "DUE",
    "MISSING",
    "FLAGGED",
    "IN_PROGRESS",
    "SUBMITTED",
    "FINALISED",
    "NOT_DONE",
)
AGES = (7, 14, 30)
WORDS = {"SUBMITTED": "Waiting to be finalised", "INVITED": "Invited, no account yet"}


class PlaceFilters(forms.Form):
    """Which rows a list of a trial shows; what is not among the choices is said, and does not filter."""

    trial = forms.ChoiceField(required=False)
    site = forms.ChoiceField(required=False)
    q = forms.CharField(label="Subject number", required=False, max_length=100, widget=forms.TextInput({"size": 12}))

    def __init__(
        self, data: Mapping[str, Any], *, trial: ClinicalTrial, trials: Sequence[ClinicalTrial], sites: Sequence[Site]
    ) -> None:
        shown = MultiValueDict({name: [value] for name, value in data.items()} | {"trial": [str(trial.pk)]})
        super().__init__(shown, use_required_attribute=False)
        self._choose("trial", "", [(str(one.pk), one.protocol_number) for one in trials])
        self._choose("site", "All sites", [(str(site.pk), str(site)) for site in sites])
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


class GridFilters(PlaceFilters):
    """Which subjects the grid shows."""

    disposition = forms.ChoiceField(label="Subject is", required=False)
    status = forms.ChoiceField(label="With forms that are", required=False)

    def __init__(self, data: Mapping[str, Any], **places: Any) -> None:
        super().__init__(data, **places)
        self._choose("disposition", "Anything", list(Subject.Disposition.choices))
        states = [(state, WORDS.get(state) or look(state).word) for state in STATES]
        self._choose("status", "Anything", [*states, ("INVITED", WORDS["INVITED"])])


class QueryFilters(PlaceFilters):
    """Which data queries the inbox shows; without a state those that wait for somebody."""

    state = forms.ChoiceField(label="Query is", required=False)
    source = forms.ChoiceField(label="Asked by", required=False)
    age = forms.ChoiceField(label="Asked", required=False)
    form = forms.ChoiceField(label="Form", required=False)

    def __init__(self, data: Mapping[str, Any], *, asked_of: Mapping[str, str], **places: Any) -> None:
        super().__init__(data, **places)
        self._choose("state", "Open or answered", list(DataQuery.State.choices))
        self._choose("source", "Anybody", list(DataQuery.Source.choices))
        self._choose("age", "Any time", [(str(days), f"{days} days ago or earlier") for days in AGES])
        self._choose("form", "All forms", list(asked_of.items()))
