"""Who a patient is, enrolment, and the code of an invitation."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.dateparse import parse_date

from edc.base.forms import CreateForm, ServiceForm, date_field
from patients.models import Identity, PatientProfile
from trials.models import Site


class FindPatient(ServiceForm):
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
        self.fields["enrolled_on"].initial = site.day_of(timezone.now())
        if newest:
            self.fields["number"].help_text = f"The last number at this site is {newest}."


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

    def stored(self, row: PatientProfile) -> dict[str, Any]:
        """Return who the patient is; the page has recorded that it reads this."""
        identity = row.identity()
        contact = {name: identity.contact.get(name, "") for name in ("email", "phone", "address")}
        return {
            "medical_record_number": identity.medical_record_number,
            "display_name": identity.display_name,
            "date_of_birth": parse_date(identity.date_of_birth),
            "is_active": row.is_active,
            **contact,
        }


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

    reason = forms.CharField(label="Why?", required=False, max_length=300, help_text="It is kept in the audit trail.")


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
