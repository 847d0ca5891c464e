"""Why a form will not be filled in."""

from typing import Any

from django import forms

from edc.base.forms import ServiceForm
from edc.base.texts import is_blank, visible

OTHER = "Other"
REASONS = (
    *("Not performed", "Visit did not take place", "Subject refused", "Subject could not"),
    *("Equipment or staff not available", "Not applicable to this subject", OTHER),
)


class NotDoneForm(ServiceForm):
    """Why a form is not done: picked, and in one's own words. `version` is that of the draft, 0 for none."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)
    drop_values = forms.BooleanField(label="Take its answers away; the history keeps them.", required=False)
    kind = forms.ChoiceField(
        label="Why is it not done?", choices=[("", "Choose…"), *((reason, reason) for reason in REASONS)]
    )
    text = forms.CharField(label="In your own words", required=False, max_length=400)

    def __init__(self, data: Any = None, *, initial: dict[str, Any], has_values: bool) -> None:
        super().__init__(data, initial=initial)
        if not has_values:
            del self.fields["drop_values"]

    def clean(self) -> dict[str, Any]:
        """Ask for words where none of the reasons is picked."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("kind") == OTHER and is_blank(cleaned.get("text", "")):
            self.add_error("text", "Say in your own words why it is not done.")
        return cleaned

    @property
    def reason(self) -> str:
        """Return what was picked, and what was written beside it."""
        kind, text = self.cleaned_data["kind"], visible(self.cleaned_data.get("text", ""))
        return ": ".join(filter(None, [text] if kind == OTHER else [kind, text]))
