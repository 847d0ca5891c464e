"""API tokens: only a digest is kept, the secret is shown once."""

import secrets
from datetime import timedelta
from functools import cache
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from edc.accounts.models import ApiToken, User, user_columns, user_from_row
from edc.accounts.permissions import can_use_tokens
from edc.base import live
from edc.base.actor import name_actor
from edc.base.errors import Denied, Invalid, Refused, require
from edc.base.sql import fetch_one
from edc.base.texts import visible

PREFIX = "edc_"
LIVE_TOKENS = 20
LONGEST_NAME = 100
# How exactly the time of the last use is known.
USE_NOTED_EVERY = timedelta(minutes=10)


class TooManyTokens(Refused):
    """The person has as many live tokens as one may have."""


@transaction.atomic
def issue_token(*, user: User, name: str, life: timedelta | None = None) -> tuple[ApiToken, str]:
    """Make a token that acts as this user; return it with its secret, which nobody can see again."""
    require(can_use_tokens(user), "Your account waits for approval.")
    name, now = visible(name), timezone.now()
    life = settings.API_TOKEN_LIFE if life is None else life
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Invalid({"name": [f"Give the token a name of at most {LONGEST_NAME} characters."]})
    if not timedelta(0) < life <= settings.API_TOKEN_LIFE:
        raise Invalid({"days": [f"A token lives for at most {settings.API_TOKEN_LIFE.days} days."]})
    name_actor(user.pk, action="accounts.token_issued")
    User.objects.select_for_update().get(pk=user.pk)
    if user.api_tokens.filter(revoked_at=None, expires_at__gt=now).count() >= LIVE_TOKENS:
        raise TooManyTokens(f"You have {LIVE_TOKENS} tokens. Revoke one that you no longer use.")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user, name=name, prefix=secret[:10], digest=_digest(secret), created_at=now, expires_at=now + life
    )
    return token, secret


def token_owner(secret: str) -> User | None:
    """Return whose token this is, if it lives and its owner may use the portal."""
    now = timezone.now()
    row = fetch_one(_statement(), [_digest(secret), now]) if secret.startswith(PREFIX) and secret.isascii() else None
    if not row:
        return None
    token_id, used_at, *columns = row
    user = user_from_row(columns)
    if not used_at or now - used_at >= USE_NOTED_EVERY:
        with transaction.atomic():
            name_actor(user.pk, action="accounts.token_used")
            ApiToken.objects.filter(pk=token_id).update(last_used_at=now)
    return user


@transaction.atomic
def revoke_token(*, token: ApiToken, by: User) -> ApiToken:
    """End a token at once; only its owner does that, and whoever disables the account."""
    if by.pk != token.user_id:
        raise Denied("Only the person whose token it is can revoke it.")
    name_actor(by.pk, action="accounts.token_revoked")
    token = ApiToken.objects.select_for_update().get(pk=token.pk)
    if not token.revoked_at:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        live.access_changed(token.user_id)
    return token


@transaction.atomic
def revoke_tokens(*, user: User, by: User | None) -> None:
    """End all tokens of a person: the account was disabled, or its password had to be reset."""
    name_actor((by or user).pk, action="accounts.token_revoked")
    ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())
    live.access_changed(user.pk)


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


@cache
def _statement() -> str:
    return (
        f"select t.id, t.last_used_at, {user_columns('u')} from accounts_apitoken t"  # noqa: S608 -- our own columns
        " join accounts_user u on u.id = t.user_id and u.status = 'ACTIVE'"
        " where t.digest = %s and t.expires_at > %s and t.revoked_at is null"
    )
