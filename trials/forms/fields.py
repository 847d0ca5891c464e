"""Fields that the forms of trials share."""

from django import forms

LONGEST_REASON = 500
MOST_SUBJECTS = 1_000_000


def reason_field(help_text: str = "It is kept in the audit trail.") -> forms.CharField:
    """Return the reason that every change needs."""
    widget = forms.Textarea({"rows": 2})
    return forms.CharField(
        label="Why?",
        max_length=LONGEST_REASON,
        widget=widget,
        help_text=help_text,
        error_messages={"required": "Say why."},
    )


def version_field() -> forms.IntegerField:
    """Return the version that the person saw, so that nobody overwrites what they have not read."""
    return forms.IntegerField(widget=forms.HiddenInput, min_value=1)


def planned_field(help_text: str) -> forms.IntegerField:
    """Return how many subjects are planned."""
    return forms.IntegerField(
        label="Planned subjects", min_value=0, max_value=MOST_SUBJECTS, initial=0, help_text=help_text
    )
