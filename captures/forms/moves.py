"""Small forms beside a capture or a subject: why it is opened again, what becomes of a subject."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from captures.forms.entry import TypedDate
from patients.models import Subject
from patients.services.subjects import MOVES

ARM_IS_NAMED = Subject.Disposition.RANDOMISED


class ReopenForm(forms.Form):
    """Why a finalised capture is opened again; `version` is the one that was read."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    reason = forms.CharField(label="Why is it opened again?", max_length=500)


class DispositionForm(forms.Form):
    """What becomes of a subject, since when and why."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    disposition = forms.ChoiceField(label="New status")
    on = TypedDate(label="Since", zone="UTC", widget=forms.TextInput({"autocomplete": "off", "class": "is-date"}))
    arm = forms.ChoiceField(label="Arm", required=False, help_text="Only when the subject is randomised.")
    reason = forms.CharField(label="Reason", max_length=500)

    def __init__(self, data: Mapping[str, Any] | None = None, *, subject: Subject) -> None:
        super().__init__(data, initial={"version": subject.version}, use_required_attribute=False)
        moves = MOVES[subject.disposition]
        choices = [choice for choice in Subject.Disposition.choices if choice[0] in moves]
        self.fields["disposition"].choices = [("", "Choose…"), *choices]  # type: ignore[attr-defined]
        on = self.fields["on"]
        on.zone = subject.site.time_zone  # type: ignore[attr-defined]
        on.initial = timezone.localdate().isoformat()
        arms = [(arm.oid, arm.name) for arm in subject.study_version.definition.arms]
        if ARM_IS_NAMED in moves and arms:
            self.fields["arm"].choices = [("", "Choose…"), *arms]  # type: ignore[attr-defined]
            self.fields["arm"].initial = subject.arm
        else:
            del self.fields["arm"]

    def clean_on(self) -> date:
        """Return the day; nothing becomes of a subject in the future."""
        on = date.fromisoformat(self.cleaned_data["on"])
        if on > timezone.localdate():
            raise forms.ValidationError("This is in the future.")
        return on

    def clean(self) -> dict[str, Any]:
        """Ask for the arm where it is due, and leave it out elsewhere."""
        cleaned: dict[str, Any] = super().clean() or {}
        randomised = cleaned.get("disposition") == ARM_IS_NAMED
        if randomised and "arm" in self.fields and not cleaned.get("arm"):
            self.add_error("arm", "Choose the arm to which the subject was randomised.")
        cleaned["arm"] = (cleaned.get("arm") or None) if randomised else None
        return cleaned
