"""Who asks: a program with a token of its user, or a page in the user's signed-in browser."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from edc.accounts.models import User
from edc.accounts.services import token_owner
from edc.base.api.problems import CHALLENGE


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer edc_…`"""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        user = token_owner(secret.strip())
        if user is None:
            raise AuthenticationFailed("This token is unknown, or has ended.")
        return user, None

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class BrowserSession(SessionAuthentication):
    """The session cookie; whatever changes something needs the CSRF token as well, as X-CSRFToken."""


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the documentation describes tokens."""

    target_class = BearerToken
    name = "token"
    priority = 1

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A token from `POST /api/v1/auth/token/`."}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the documentation describes the browser's session."""

    target_class = BrowserSession
    name = "session"
    priority = 1

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "A browser that is signed in."}
