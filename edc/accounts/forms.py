"""Forms of the account pages, and what ours add to allauth's."""

from datetime import timedelta
from operator import itemgetter
from typing import Any
from zoneinfo import available_timezones

from allauth.account.forms import SignupForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.socialaccount.forms import SignupForm as SocialSignupForm
from django import forms
from django.conf import settings
from django.conf.locale import LANG_INFO
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

from edc.accounts import services
from edc.accounts.http import visitor
from edc.accounts.models import ApiToken, User
from edc.accounts.validators import validate_name
from edc.base.errors import Refused
from edc.base.forms import ServiceForm

TOKEN_LIVES = (7, 30, 90, 180, 365)


def display_name_field() -> forms.CharField:
    length = User._meta.get_field("display_name").max_length
    hint = "The name that your study team sees."
    widget = forms.TextInput({"autocomplete": "name"})
    return forms.CharField(
        label="Your name", help_text=hint, max_length=length, widget=widget, validators=[validate_name]
    )


class SignUp(SignupForm):
    """Sign-up of a participant, with or without an invitation code."""

    display_name = display_name_field()
    invitation_code = forms.CharField(
        label="Invitation code",
        required=False,
        max_length=40,
        help_text="The code your study site gave you. Without one, your account waits until the site activates it.",
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    field_order: tuple[str, ...] = ("display_name", "email", "password1", "invitation_code")
    # Found out by allauth.
    account_already_exists: bool

    def clean_invitation_code(self) -> str:
        # Checked before the address, so that the answer does not tell whether the address has an account.
        code: str = self.cleaned_data["invitation_code"].strip()
        if code and not import_string(settings.ACCOUNT_INVITATION_CHECK)(code):
            raise ValidationError("This code is not valid, or no longer. Ask your study site for a new one.")
        return code

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        if self.account_already_exists:
            # Otherwise the time of the answer would tell that the address has an account.
            make_password(self.cleaned_data["password1"])
        try:
            with transaction.atomic():
                return super().try_save(request)  # type: ignore[no-any-return]
        except IntegrityError:
            # Somebody signed up with the same address at the same moment.
            self.account_already_exists = True
            return super().try_save(request)  # type: ignore[no-any-return]

    def signup(self, request: HttpRequest, user: User) -> None:
        if code := self.cleaned_data.get("invitation_code"):
            services.accept_invitation(code=code, user=user)


class ResearcherSignUp(SignUp):
    """Sign-up of a researcher, who waits until an administrator approves the account."""

    invitation_code = None  # type: ignore[assignment]
    expertise = forms.CharField(max_length=200, help_text="Your field, and your role in trials.")
    institution = forms.CharField(max_length=200, help_text="Hospital, university or company.")
    contact = forms.CharField(max_length=200, help_text="A telephone number or address at your institution.")
    field_order = ("display_name", "email", "password1", "expertise", "institution", "contact")

    @property
    def researcher(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("expertise", "institution", "contact")}


class SingleSignOnSignUp(SocialSignupForm):
    """What the identity provider did not tell about a new person."""

    display_name = display_name_field()
    field_order = ("display_name", "email")


class SpendCode(forms.Form):
    """A code of the second step, spent by our own service: each counts once."""

    user: User

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        try:
            self.authenticator = services.use_code(user=self.user, code=code, visitor=visitor(context.request))
        except Refused as refused:
            raise ValidationError(str(refused)) from refused
        self.authenticator.user = self.user
        return code


class SecondStep(SpendCode, AuthenticateForm):
    """The second step of a sign-in."""


class SecondStepAgain(SpendCode, ReauthenticateForm):
    """The second step before something that matters."""


# In their own names, as people look for them; the portal's own come first.
OTHER_LANGUAGES = sorted(
    (
        (code, info["name_local"].capitalize())
        for code, info in LANG_INFO.items()
        if "name_local" in info and not code.startswith("en")
    ),
    key=itemgetter(1),
)


class Profile(ServiceForm):
    """How a person is called, and where they are."""

    display_name = display_name_field()
    time_zone = forms.ChoiceField(help_text="Times are shown in this zone.")
    locale = forms.ChoiceField(
        label="Language",
        choices=settings.LANGUAGES + OTHER_LANGUAGES,
        help_text="Forms of a study are shown in it where they are translated. The portal itself speaks English.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = [(name, name.replace("_", " ")) for name in sorted(available_timezones())]
        self.fields["time_zone"] = forms.ChoiceField(choices=zones, help_text="Times are shown in this zone.")


class NewToken(ServiceForm):
    """A token's name and life."""

    name = forms.CharField(
        label="Name",
        max_length=ApiToken._meta.get_field("name").max_length,
        help_text="What uses it, and where: “Nightly export, ward server”.",
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    days = forms.TypedChoiceField(label="Expires after", coerce=int)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        longest = settings.API_TOKEN_LIFE.days
        lives = sorted({days for days in TOKEN_LIVES if days <= longest} | {longest})
        self.fields["days"].choices = [(days, f"{days} days") for days in lives]  # type: ignore[attr-defined]

    @property
    def life(self) -> timedelta:
        return timedelta(days=self.cleaned_data["days"])


class Reason(ServiceForm):
    """Why an account is disabled or enabled."""

    reason = forms.CharField(max_length=500, widget=forms.Textarea({"rows": 2}))
