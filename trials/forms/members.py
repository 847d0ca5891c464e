"""Who gets which role where."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from edc.accounts.models import User
from edc.accounts.validators import normal_email
from edc.base.forms import CreateForm, ServiceForm, date_field
from trials.forms.fields import reason_field, version_field
from trials.models import Site
from trials.roles import Role

WHOLE_TRIAL = ""


class GrantMembership(CreateForm):
    """Give an approved account a role."""

    email = forms.EmailField(
        label="E-mail address of the account",
        widget=forms.EmailInput({"autocomplete": "off"}),
        help_text="The person has signed up, and the account is approved.",
    )
    role = forms.ChoiceField(label="Role", choices=[("", "Choose…"), *Role.choices])
    site = forms.ChoiceField(
        label="Where",
        required=False,
        help_text="Investigators and coordinators work at a site; a monitor at one, or in the whole trial.",
    )
    last_day = date_field("Last day", required=False, help_text="Leave it empty for a role without an end.")
    reason = reason_field()

    def __init__(self, *args: Any, people: QuerySet[User, User], sites: Iterable[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = people
        self.sites = {str(site.pk): site for site in sites}
        choices = [(WHOLE_TRIAL, "The whole trial"), *((key, str(site)) for key, site in self.sites.items())]
        self.fields["site"].choices = choices  # type: ignore[attr-defined]

    def clean_email(self) -> str:
        """Find the account, among those that may be given a role."""
        self.person = self.people.filter(email=normal_email(self.cleaned_data["email"])).first()
        if self.person is None:
            raise forms.ValidationError("No approved account of a researcher has this address.")
        return self.person.email

    @property
    def granted(self) -> dict[str, Any]:
        """Return what the service takes."""
        given = self.cleaned_data
        return {
            "user": self.person,
            "site": self.sites.get(given["site"]),
            "role": given["role"],
            "ends_at": given["last_day"] and end_of(given["last_day"]),
            "reason": given["reason"],
            "key": given["key"],
        }


class EndMembership(ServiceForm):
    """Why a role ends."""

    reason = reason_field()
    version = version_field()


def end_of(day: date) -> datetime:
    """Return the moment when the day is over, in the time zone of whoever asks."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=timezone.get_current_timezone())
