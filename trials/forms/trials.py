"""What a trial in draft says."""

from typing import Any

from django import forms

from edc.base.forms import CreateForm, ServiceForm, date_field
from trials.forms.fields import planned_field, reason_field, version_field
from trials.models import ClinicalTrial

LONGEST_DESCRIPTION = 20_000


class TrialFields(ServiceForm):
    """What can be rewritten while the trial is a draft."""

    title = forms.CharField(label="Title", max_length=300)
    description = forms.CharField(
        label="Description",
        required=False,
        max_length=LONGEST_DESCRIPTION,
        widget=forms.Textarea({"rows": 5}),
        help_text="What the trial is to find out, in a few sentences.",
    )
    start_date = date_field("Planned start", required=False)
    end_date = date_field("Planned end", required=False)
    planned_subjects = planned_field("In all sites together; 0 where no number is planned.")


class NewTrial(CreateForm, TrialFields):
    """Write a new trial."""

    protocol_number = forms.CharField(
        label="Protocol number", max_length=40, help_text="As the protocol has it. It never changes afterwards."
    )
    field_order = ("protocol_number",)


class EditTrial(TrialFields):
    """Rewrite a trial in draft."""

    reason = reason_field()
    version = version_field()

    def __init__(self, *args: Any, trial: ClinicalTrial, **kwargs: Any) -> None:
        kwargs["initial"] = self.stored(trial) | {"version": trial.version}
        super().__init__(*args, **kwargs)

    def stored(self, row: ClinicalTrial) -> dict[str, Any]:
        """Return what the trial holds in each field."""
        return {name: getattr(row, name) for name in TrialFields.base_fields}
