"""Moving captures to another study version, and back."""

from django import forms

from captures.models import CaptureMove
from edc.base.forms import CreateForm, ServiceForm

LONGEST_REASON = 500


def reason_field() -> forms.CharField:
    """Return the reason that is kept with every form that goes."""
    return forms.CharField(
        label="Why?",
        max_length=LONGEST_REASON,
        widget=forms.Textarea({"rows": 2}),
        help_text="It is kept in the audit trail of every form that goes.",
        error_messages={"required": "Say why."},
    )


class MoveCaptures(CreateForm):
    """What becomes of finalised forms that the version touches, and why all are moved."""

    finalised = forms.ChoiceField(
        label="Finalised forms that it touches",
        choices=CaptureMove.Finalised.choices,
        widget=forms.RadioSelect,
        initial=CaptureMove.Finalised.LEAVE,
        help_text="Where only texts change, or items without a value, a finalised form goes along and stays finalised.",
    )
    reason = reason_field()


class UndoMove(ServiceForm):
    """Why a move is undone."""

    reason = reason_field()
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
