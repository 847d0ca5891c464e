"""Where allauth asks us: accounts that wait, counted tries, sealed secrets, mail after the commit."""

from typing import Any
from uuid import UUID

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from edc.accounts import services
from edc.accounts.http import client_address, remember_device, visitor
from edc.accounts.models import SignIn, User
from edc.accounts.validators import normal_email, validate_plain_address
from edc.base.actor import name_actor
from edc.base.crypto import seal, unseal
from edc.base.texts import plain_name

# What is noted when allauth tells somebody by mail that their account changed.
NOTED = {
    "account/email/email_changed": SignIn.Kind.EMAIL_CHANGED,
    "mfa/email/totp_activated": SignIn.Kind.MFA_CHANGED,
    "mfa/email/totp_deactivated": SignIn.Kind.MFA_CHANGED,
    "mfa/email/recovery_codes_generated": SignIn.Kind.MFA_CHANGED,
    "socialaccount/email/account_connected": SignIn.Kind.SSO_CHANGED,
    "socialaccount/email/account_disconnected": SignIn.Kind.SSO_CHANGED,
}
# Where people who are signed in change their own password; everywhere else it is reset.
CHANGES_PASSWORD = {"account_change_password", "account_set_password"}
# allauth seals before there is a row, so these secrets are bound to their column alone.
NO_ROW = UUID(int=0)


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up, sign-in and passwords go through our services; each act is noted."""

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def clean_email(self, email: str) -> str:
        validate_plain_address(email)
        return normal_email(email)

    def save_user(self, request: HttpRequest, user: User, form: Form, commit: bool = True) -> User:  # noqa: FBT001, FBT002 -- allauth's signature
        super().save_user(request, user, form, commit=False)
        user.display_name = form.cleaned_data["display_name"]
        researcher = getattr(form, "researcher", None)
        if researcher is not None:
            user.kind = User.Kind.STAFF
        return services.add_account(user=user, visitor=visitor(request), researcher=researcher)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            services.refuse_if_locked(email=credentials["email"], visitor=visitor(request))
        except services.TooManyTries as refused:
            raise ValidationError(str(refused), code="too_many_login_attempts") from refused

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        services.note(SignIn.Kind.FAILED, email=credentials["email"], visitor=visitor(request))

    def login(self, request: HttpRequest, user: User) -> None:
        name_actor(user.pk, action="accounts.signed_in")
        super().login(request, user)
        services.note(SignIn.Kind.SIGNED_IN, email=user.email, visitor=visitor(request), user=user)

    def post_login(self, request: HttpRequest, user: User, **context: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **context)
        remember_device(request, response, email=user.email)
        return response

    def logout(self, request: HttpRequest) -> None:
        user = request.user
        super().logout(request)
        if isinstance(user, User):
            services.note(SignIn.Kind.SIGNED_OUT, email=user.email, visitor=visitor(request), user=user)
            services.recheck_access(user=user)

    def set_password(self, user: User, password: str) -> None:
        request = self.request
        match = request.resolver_match
        if match and match.url_name in CHANGES_PASSWORD and request.user == user:
            keep = request.session.session_key or ""
            services.change_password(user=user, password=password, visitor=visitor(request), keep=keep)
        else:
            services.reset_password(user=user, password=password, visitor=visitor(request))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        site = {"name": settings.PORTAL_NAME, "domain": self.request.get_host()}
        words = {"request": self.request, "email": email, "current_site": site} | context
        message = self.render_mail(template_prefix, email, words)
        transaction.on_commit(message.send, robust=True)

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        if kind := NOTED.get(template_prefix):
            services.note(kind, email=user.email, visitor=visitor(self.request), user=user)
        super().send_notification_mail(template_prefix, user, context, email)


class SecondStepAdapter(DefaultMFAAdapter):
    """Secrets of authenticator apps and recovery codes are sealed with the key outside the database."""

    def encrypt(self, text: str) -> str:
        return seal(text, column="mfa_authenticator.data", row=NO_ROW)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, column="mfa_authenticator.data", row=NO_ROW)


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """People from the identity provider are new here and wait; nobody gets into an account by an address alone."""

    def new_user(self, request: HttpRequest, sociallogin: SocialLogin) -> User:
        return User(kind=User.Kind.STAFF)

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        user.display_name = plain_name(str(data.get("name") or ""))[:150]
        return user

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Form | None = None) -> User:
        user: User = sociallogin.user
        user.set_unusable_password()
        if form:
            user.display_name = form.cleaned_data["display_name"]
        services.add_account(user=user, visitor=visitor(request))
        sociallogin.save(request)
        return user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        for address in sociallogin.email_addresses:
            # Some providers send the claim as text, where "false" would count as true.
            address.verified = str(address.verified).lower() == "true"
        if sociallogin.state.get("process") == AuthProcess.CONNECT and not _is_own(request, sociallogin):
            messages.error(request, "Your organisation must confirm the e-mail address that you use here.")
            raise ImmediateHttpResponse(redirect("socialaccount_connections"))


class SessionsAdapter(DefaultUserSessionsAdapter):
    """Ending a session ends its open sockets too."""

    def end_sessions(self, sessions: list[UserSession]) -> None:
        super().end_sessions(sessions)
        for user in {session.user for session in sessions}:
            services.recheck_access(user=user)


def _is_own(request: HttpRequest, sociallogin: SocialLogin) -> bool:
    confirmed = {normal_email(address.email) for address in sociallogin.email_addresses if address.verified}
    return bool(EmailAddress.objects.filter(user=request.user, email__in=confirmed, verified=True).exists())
