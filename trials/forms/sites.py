"""Sites of a trial."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.validators import RegexValidator

from edc.base.forms import CreateForm, ServiceForm
from trials.forms.fields import planned_field, reason_field, version_field
from trials.models import Site

COUNTRY = RegexValidator(r"^[A-Z]{2}\Z", "Write the country as two letters, for example DE.")


class Country(forms.CharField):
    """A country as ISO 3166 has it; small letters will do."""

    def to_python(self, value: Any) -> str:
        """Return the code in capitals."""
        return str(super().to_python(value)).upper()


class SiteFields(ServiceForm):
    """What can change about a site."""

    name = forms.CharField(label="Name", max_length=200, help_text="For example: Memory clinic.")
    institution = forms.CharField(label="Institution", required=False, max_length=200)
    city = forms.CharField(label="City", required=False, max_length=100)
    country = Country(
        label="Country",
        required=False,
        max_length=2,
        validators=[COUNTRY],
        help_text="Two letters, for example DE.",
        widget=forms.TextInput({"size": 4, "autocapitalize": "characters"}),
    )
    time_zone = forms.ChoiceField(label="Time zone", help_text="Appointments at the site are made in this zone.")
    phone = forms.CharField(
        label="Phone", required=False, max_length=40, help_text="Participants see it as the number to call."
    )
    planned_subjects = planned_field("At this site; 0 where no number is planned.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = [(name, name.replace("_", " ")) for name in sorted(available_timezones())]
        self.fields["time_zone"].choices = zones  # type: ignore[attr-defined]


class NewSite(CreateForm, SiteFields):
    """Open a site."""

    code = forms.CharField(
        label="Code",
        max_length=20,
        help_text="Short and unique in the trial, for example 701. It never changes afterwards.",
    )
    field_order = ("code",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"time_zone": "UTC"})
        super().__init__(*args, **kwargs)


class ChangeSite(SiteFields):
    """Change a site's address, phone, plan or status."""

    status = forms.ChoiceField(label="Status", choices=Site.Status.choices)
    reason = reason_field()
    version = version_field()

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        kwargs["initial"] = self.stored(site) | {"version": site.version}
        super().__init__(*args, **kwargs)

    def stored(self, row: Site) -> dict[str, Any]:
        """Return what the site holds in each field."""
        return {name: getattr(row, name) for name in (*SiteFields.base_fields, "status")}

    @property
    def changes(self) -> dict[str, Any]:
        """Return what the service takes as the site's new values."""
        return {name: self.cleaned_data[name] for name in (*SiteFields.base_fields, "status")}
