"""Steps in the life of a trial or of a study version."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms

from edc.base.forms import ServiceForm
from trials.forms.fields import reason_field, version_field


class MoveForm(ServiceForm):
    """The next state, and why."""

    to = forms.ChoiceField(
        label="Next step",
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "This step is not open any more. Choose one of those shown."},
    )
    reason = reason_field()
    version = version_field()

    def __init__(self, *args: Any, steps: Callable[[], Sequence[tuple[str, str]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.steps = steps
        self.fields["to"].choices = steps()  # type: ignore[attr-defined]

    def catch_up(self, row: Any) -> None:
        """Offer the steps that are open now."""
        super().catch_up(row)
        self.fields["to"].choices = self.steps()  # type: ignore[attr-defined]


class DecideTrial(ServiceForm):
    """An investigator's decision on a trial in review."""

    approved = forms.TypedChoiceField(
        label="Your decision",
        choices=[("yes", "Approve the trial"), ("no", "Send it back to draft")],
        coerce=lambda answer: answer == "yes",
        widget=forms.RadioSelect,
    )
    reason = reason_field("The writer reads this. It is kept in the audit trail.")
    version = version_field()
