"""What accounts need of a request: who is signed in, whether they may enter, and from where they come."""

import binascii
from collections.abc import Callable
from functools import wraps
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from rest_framework.request import Request

from edc.accounts.models import User, email_digest
from edc.accounts.services import Visitor
from edc.accounts.sessions import signed_in
from edc.base.actor import ANONYMOUS, name_actor
from edc.base.api.problems import plain_answer

# Sent by scripts that fetch by themselves: such a request does not keep an idle session alive.
BACKGROUND_HEADER = "X-Background"
DEVICE_SALT = "edc.accounts.device"
DEVICE_AGE = 180 * 24 * 3600
ACCOUNTS_OF_A_DEVICE = 10

# What the audit trail calls what allauth's views do; the others change nothing but their own bookkeeping.
ACTIONS = {
    "account_change_password": "accounts.password_changed",
    "account_confirm_email": "accounts.email_confirmed",
    "account_email": "accounts.email_changed",
    "account_login": "accounts.signed_in",
    "account_logout": "accounts.signed_out",
    "account_reset_password": "accounts.password_reset_asked",
    "account_reset_password_from_key": "accounts.password_reset",
    "account_set_password": "accounts.password_changed",
    "account_signup": "accounts.signed_up",
    "mfa_activate_totp": "accounts.second_step_added",
    "mfa_authenticate": "accounts.signed_in",
    "mfa_deactivate_totp": "accounts.second_step_removed",
    "mfa_generate_recovery_codes": "accounts.recovery_codes_made",
    "openid_connect_callback": "accounts.signed_in",
    "researcher_signup": "accounts.signed_up",
    "socialaccount_connections": "accounts.single_sign_on_removed",
    "socialaccount_signup": "accounts.signed_up",
}

View = Callable[..., HttpResponseBase]


class SignedInUser(AuthenticationMiddleware):
    """`request.user`, read together with the session by one statement when somebody first asks for it."""

    def process_request(self, request: HttpRequest) -> None:
        def load() -> User | AnonymousUser:
            return signed_in(request.session) or AnonymousUser()  # type: ignore[arg-type]

        request.user = SimpleLazyObject(load)  # type: ignore[assignment]
        request.auser = sync_to_async(load)


class PersonalRequest:
    """Gives people their own time zone, keeps their session alive, and keeps out who still waits for approval."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()

    def process_view(self, request: HttpRequest, view: View, _args: Any, _kwargs: Any) -> HttpResponse | None:
        """Look at who asks; answer only where they may not go on."""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return None
        timezone.activate(request.user.time_zone)
        if BACKGROUND_HEADER not in request.headers:
            request.session.touch()  # type: ignore[attr-defined]
        if not request.user.is_waiting or _open_to_waiting(view):
            return None
        if request.path.startswith("/api/"):
            return plain_answer(request, 403, "account-waits", "Your account waits for approval.")
        return redirect("accounts:waiting")


def user_of(request: HttpRequest | Request) -> User:
    """Return who is signed in. For views that nobody else reaches."""
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    return user


def open_to_waiting(view: View) -> View:
    """Let people in whose account waits for approval."""
    view.open_to_waiting = True  # type: ignore[attr-defined]
    return view


def _open_to_waiting(view: View) -> bool:
    return getattr(view, "open_to_waiting", False)


def acting(patterns: list[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    """Give each view of allauth, which writes by itself, a transaction that names who acts and what they do."""
    for entry in patterns:
        if isinstance(entry, URLResolver):
            acting(entry.url_patterns)
        else:
            entry.callback = _acting(entry.callback, action=ACTIONS.get(entry.name or "", "accounts.visited"))
    return patterns


def _acting(view: View, *, action: str) -> View:
    @wraps(view)
    def named(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with transaction.atomic():
            user = request.user
            name_actor(user.pk if isinstance(user, User) else ANONYMOUS, action=action)
            return view(request, *args, **kwargs)

    return open_to_waiting(named)


def client_address(request: HttpRequest) -> str:
    """Return the address of the client: what the outermost trusted proxy saw, and never what the client claims."""
    hops: list[str] = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    if settings.TRUSTED_PROXIES and len(hops) >= settings.TRUSTED_PROXIES:
        return hops[-settings.TRUSTED_PROXIES]
    address: str = request.META.get("REMOTE_ADDR", "")
    return address


def visitor(request: HttpRequest) -> Visitor:
    """Return who knocks, in the form that services take."""
    return Visitor(
        address=client_address(request),
        user_agent=request.META.get("HTTP_USER_AGENT", "")[:500],
        devices=frozenset(_known_accounts(request)),
    )


def remember_device(request: HttpRequest, response: HttpResponse, *, email: str) -> None:
    """Mark this browser as one in which this account signed in: a stranger's wrong tries do not lock it out."""
    known = [email_digest(email), *(digest for digest in _known_accounts(request) if digest != email_digest(email))]
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps([digest.hex() for digest in known[:ACCOUNTS_OF_A_DEVICE]], salt=DEVICE_SALT),
        max_age=DEVICE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _known_accounts(request: HttpRequest) -> list[bytes]:
    cookie = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
    try:
        return [binascii.unhexlify(digest) for digest in signing.loads(cookie, salt=DEVICE_SALT, max_age=DEVICE_AGE)]
    except signing.BadSignature:
        return []
