"""Who a patient is, enrolment, and the code of an invitation."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from edc.base.forms import CreateForm, ServiceForm, date_field
from patients.models import Identity
from trials.models import Site

EARLIEST_BIRTH = date(1880, 1, 1)


class FindPatient(forms.Form):
    """Whether the site knows the patient already. Sent by POST: a record number is for no address line."""

    use_required_attribute = False
    medical_record_number = forms.CharField(
        label="Medical record number",
        max_length=60,
        help_text="As your clinic's records have it.",
        widget=forms.TextInput({"autocomplete": "off", "size": 24}),
    )


class IdentityFields(ServiceForm):
    """Name, birth date and contact of a patient."""

    medical_record_number = forms.CharField(
        label="Medical record number", max_length=60, widget=forms.TextInput({"autocomplete": "off", "size": 24})
    )
    display_name = forms.CharField(
        label="Full name", max_length=200, widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"})
    )
    date_of_birth = date_field("Date of birth")
    email = forms.EmailField(
        label="E-mail address", required=False, widget=forms.EmailInput({"autocomplete": "off", "spellcheck": "false"})
    )
    phone = forms.CharField(
        label="Phone",
        required=False,
        max_length=40,
        widget=forms.TextInput({"inputmode": "tel", "autocomplete": "off"}),
    )
    address = forms.CharField(
        label="Postal address",
        required=False,
        max_length=400,
        widget=forms.Textarea({"rows": 3, "autocomplete": "off"}),
    )

    def clean_date_of_birth(self) -> date:
        """Return the day, if somebody alive can have been born on it."""
        born: date = self.cleaned_data["date_of_birth"]
        if born > timezone.localdate():
            raise forms.ValidationError("This date is in the future.")
        if born < EARLIEST_BIRTH:
            raise forms.ValidationError("Check the year.")
        return born

    @property
    def identity(self) -> Identity:
        """Return who the patient is; what was left empty is absent."""
        given = self.cleaned_data
        contact = {name: given[name] for name in ("email", "phone", "address") if given.get(name)}
        born = given["date_of_birth"].isoformat()
        return Identity(given["medical_record_number"].strip(), given["display_name"].strip(), born, contact)


class EnrolFields(CreateForm):
    """Under which number, and since when."""

    number = forms.CharField(
        label="Subject number", max_length=40, widget=forms.TextInput({"autocomplete": "off", "size": 16})
    )
    enrolled_on = date_field("Date of screening", help_text="When the patient came into screening.")

    def __init__(self, *args: Any, site: Site, newest: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = timezone.localdate(timezone=ZoneInfo(site.time_zone))
        self.fields["enrolled_on"].initial = self.today
        if newest:
            self.fields["number"].help_text = f"The last number at this site is {newest}."

    def clean_enrolled_on(self) -> date:
        """Return the day; nobody is enrolled in advance."""
        day: date = self.cleaned_data["enrolled_on"]
        if day > self.today:
            raise forms.ValidationError("This date is in the future.")
        return day


class EnrolForm(EnrolFields):
    """Enrol a patient whom the site knows."""

    patient = forms.UUIDField(widget=forms.HiddenInput)


class AdmitForm(IdentityFields, EnrolFields):
    """Register a new patient and enrol them."""

    field_order = (
        *("medical_record_number", "display_name", "date_of_birth", "email", "phone", "address"),
        *("number", "enrolled_on"),
    )


class ChangePatient(IdentityFields):
    """Correct who a patient is, and say why."""

    is_active = forms.BooleanField(label="Active: the clinic still treats this patient", required=False)
    reason = forms.CharField(label="Reason for change", max_length=300)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class InviteForm(ServiceForm):
    """Through which of the patient's sites a participant is invited."""

    site = forms.ChoiceField(label="Study site")

    def __init__(self, *args: Any, sites: Iterable[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sites = {str(site.pk): site for site in sites}
        field = self.fields["site"]
        field.choices = [(key, str(site)) for key, site in self.sites.items()]  # type: ignore[attr-defined]
        if len(self.sites) == 1:
            field.widget, field.initial = forms.HiddenInput(), next(iter(self.sites))
    @property
    def chosen(self) -> Site:
        """Return the site through which the participant is invited."""
        return self.sites[self.cleaned_data["site"]]


class WithdrawInvitation(ServiceForm):
    """Why an invitation ends before it was used."""

    reason = forms.CharField(
        label="Why?", required=False, max_length=300, help_text="Optional. It is kept in the audit trail."
    )


class InvitationCode(ServiceForm):
    """The code that a participant got from the site."""

    code = forms.CharField(
        label="Invitation code",
        max_length=40,
        help_text="16 letters and digits, on the sheet from your study team. Dashes and spaces do not matter.",
        widget=forms.TextInput(
            {"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
