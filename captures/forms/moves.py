"""Small forms beside a capture or a subject: why it is opened again, what becomes of a subject."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from captures.forms.typed import TypedDate
from edc.base.forms import ServiceForm
from patients.models import Subject
from patients.services.subjects import MOVES

ARM_IS_NAMED = Subject.Disposition.RANDOMISED


class ReopenForm(ServiceForm):
    """Why a finalised capture is opened again; `version` is the one that was read."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    reason = forms.CharField(label="Why is it opened again?", max_length=500)


class DispositionForm(ServiceForm):
    """What becomes of a subject, since when and why."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    disposition = forms.ChoiceField(label="New status")
    on = TypedDate(label="Since", zone="UTC", widget=forms.TextInput({"autocomplete": "off", "class": "is-date"}))
    arm = forms.ChoiceField(label="Arm", required=False, help_text="Only when the subject is randomised.")
    reason = forms.CharField(label="Reason", max_length=500)

    def __init__(self, data: Mapping[str, Any] | None = None, *, subject: Subject) -> None:
        super().__init__(data, initial={"version": subject.version})
        self._offer(subject)
        moves = MOVES[subject.disposition]
        on = self.fields["on"]
        on.zone = subject.site.time_zone  # type: ignore[attr-defined]
        on.initial = subject.site.day_of(timezone.now()).isoformat()
        arms = [(arm.oid, arm.name) for arm in subject.study_version.definition.arms]
        if ARM_IS_NAMED in moves and arms:
            self.fields["arm"].choices = [("", "Choose…"), *arms]  # type: ignore[attr-defined]
            self.fields["arm"].initial = subject.arm
        else:
            del self.fields["arm"]

    def catch_up(self, row: Subject) -> None:
        """Offer what can become of the subject now."""
        super().catch_up(row)
        self._offer(row)

    def _offer(self, subject: Subject) -> None:
        choices = [choice for choice in Subject.Disposition.choices if choice[0] in MOVES[subject.disposition]]
        self.fields["disposition"].choices = [("", "Choose…"), *choices]  # type: ignore[attr-defined]

    def clean_on(self) -> date:
        """Return the day."""
        return date.fromisoformat(self.cleaned_data["on"])

    def clean(self) -> dict[str, Any]:
        """Ask for the arm where it is due, and leave it out elsewhere."""
        cleaned: dict[str, Any] = super().clean() or {}
        randomised = cleaned.get("disposition") == ARM_IS_NAMED
        if randomised and "arm" in self.fields and not cleaned.get("arm"):
            self.add_error("arm", "Choose the arm to which the subject was randomised.")
        cleaned["arm"] = (cleaned.get("arm") or None) if randomised else None
        return cleaned
