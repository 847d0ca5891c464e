"""Tokens: how a program gets one, and which ones a person has."""

from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from edc.accounts import selectors, services
from edc.accounts.http import user_of, visitor
from edc.accounts.models import ApiToken
from edc.base.api.endpoints import Endpoint, ListEndpoint
from edc.base.api.fields import Input, Moment, Output, Text, Whole

LONGEST_LIFE = settings.API_TOKEN_LIFE.days


class TokenRequest(Input):
    """Who somebody is, and what the token is for."""

    email = Text(max_length=254)
    password = Text(max_length=1000, trim_whitespace=False)
    totp = Text(max_length=20, required=False, allow_blank=True, help_text="Needed once a second step is set up.")
    name = Text(max_length=100, help_text="What uses the token, and where.")
    days = Whole(min_value=1, max_value=LONGEST_LIFE, required=False, help_text="How long it lives.")
    example: ClassVar = {
        "email": "coordinator@demo.example",
        "password": "correct horse battery staple",
        "name": "Nightly export",
    }


class TokenOutput(Output):
    """A token, without its secret."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="The first characters of the secret.")
    created_at = Moment()
    expires_at = Moment()
    last_used_at = Moment(allow_null=True)
    example: ClassVar = {
        "id": "01998a10-7e1b-7c3a-9d2f-5a1f0c9e7b42",
        "name": "Nightly export",
        "prefix": "edc_Xk3v9Q",
        "created_at": "2026-06-02T09:30:00.000000Z",
        "expires_at": "2026-08-31T09:30:00.000000Z",
        "last_used_at": None,
    }


class NewTokenOutput(TokenOutput):
    """A new token; its secret is shown this once."""

    token = serializers.CharField(help_text="Send it as `Authorization: Bearer …`. Nobody can show it again.")
    example: ClassVar = TokenOutput.example | {"token": "edc_Xk3v9Q…"}


class NewToken(Endpoint):
    """Get a token."""

    input = TokenRequest
    output = NewTokenOutput
    authentication_classes = ()
    permission_classes = (AllowAny,)
    post_status = 201
    more_problems = (409, 429)

    def post(self, request: Request) -> Response:
        """Get a token for a person's e-mail address and password.

        Refused (401) alike for a wrong address, password or code. With a second step, `totp` is the code of the
        authenticator app or a recovery code. Too many wrong tries have to wait (429).
        """
        taken = self.taken()
        user = services.sign_in_by_password(
            email=taken["email"],
            password=taken["password"],
            code=taken.get("totp", ""),
            visitor=visitor(request._request),  # noqa: SLF001 -- Django's request, in DRF's
        )
        life = timedelta(days=taken["days"]) if "days" in taken else None
        token, secret = services.issue_token(user=user, name=taken["name"], life=life)
        token.token = secret  # type: ignore[attr-defined]
        return self.answer(token, status=201)


class Tokens(ListEndpoint):
    """List one's own tokens.

    Those that were revoked are left out.
    """

    output = TokenOutput

    def rows(self, request: Request) -> QuerySet[ApiToken, ApiToken]:  # type: ignore[override]
        return selectors.tokens_of(user_of(request))


class Token(Endpoint):
    """End a token."""

    def delete(self, request: Request, pk: UUID) -> Response:
        """Revoke one of one's own tokens.

        It ends at once, also for requests and sockets that are under way.
        """
        user = user_of(request)
        token: ApiToken = get_object_or_404(selectors.tokens_of(user), pk=pk)
        services.revoke_token(token=token, by=user)
        return Response(status=204)
