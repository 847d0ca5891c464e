"""Accounts and their life: waiting, active, disabled."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.module_loading import import_string

from edc.accounts.models import ResearcherProfile, SignIn, User
from edc.accounts.permissions import BEYOND, can_approve_account, can_change_account, can_manage_accounts
from edc.accounts.services.sessions import end_sessions
from edc.accounts.services.sign_ins import Visitor, note
from edc.accounts.services.tokens import revoke_tokens
from edc.base import live
from edc.base.actor import SYSTEM, name_actor
from edc.base.errors import Denied, Invalid, Refused, require
from edc.base.texts import check_names, is_blank


class NotWaiting(Refused):
    """The account was approved or disabled meanwhile."""


class AlreadyDisabled(Refused):
    """The account is in the state that was asked for."""


def create_account(
    *,
    email: str,
    password: str | None,
    display_name: str,
    kind: User.Kind,
    by: User | None,
    status: User.Status = User.Status.ACTIVE,
    verified: bool = True,
    **fields: Any,
) -> User:
    """Make an account for somebody whose e-mail address is known to be theirs; `by` nobody means the portal itself."""
    return User.objects.create_user(
        email,
        password,
        by=by.pk if by else SYSTEM,
        verified=verified,
        display_name=display_name,
        kind=kind,
        status=status,
        **fields,
    )


@transaction.atomic
def add_account(*, user: User, visitor: Visitor, researcher: dict[str, str] | None = None) -> User:
    """Save somebody who signed up by themselves; they wait until a site or an administrator knows them."""
    name_actor(user.pk, action="accounts.signed_up")
    user.status = User.Status.WAITING
    user.save(force_insert=True)
    if researcher is not None:
        ResearcherProfile.objects.create(user=user, **researcher)
    note(SignIn.Kind.SIGNED_UP, email=user.email, visitor=visitor, user=user)
    return user


@transaction.atomic
def accept_invitation(*, code: str, user: User) -> None:
    """Use a site's invitation code: the account belongs to the patient the site invited, and need not wait."""
    import_string(settings.ACCOUNT_INVITATION_ACCEPTOR)(code=code, by=user)
    activate_participant(user=user, by=user)


@transaction.atomic
def activate_participant(*, user: User, time_zone: str = "", by: User) -> User:
    """End a participant's wait. The caller has made sure that `by` may vouch for this person.

    `time_zone` is where their site is: theirs too, until they choose another.
    """
    name_actor(by.pk, action="accounts.activated")
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.status == User.Status.WAITING and user.kind == User.Kind.PARTICIPANT:
        user.status = User.Status.ACTIVE
        user.save(update_fields=["status"])
        live.access_changed(user.pk)
    if time_zone and user.time_zone == User._meta.get_field("time_zone").default:
        user.time_zone = time_zone
        user.save(update_fields=["time_zone"])
    return user


@transaction.atomic
def approve_account(*, user: User, by: User) -> User:
    """Let somebody in who waits, and tell them; refused for oneself and for who no longer waits."""
    require(can_manage_accounts(by))
    name_actor(by.pk, action="accounts.approved")
    user = User.objects.select_for_update().get(pk=user.pk)
    require(can_approve_account(by, user))
    if not user.is_waiting:
        raise NotWaiting("This account no longer waits. Reload the page.")
    user.status = User.Status.ACTIVE
    user.save(update_fields=["status"])
    waiting = ResearcherProfile.objects.filter(user=user, approved_at=None)
    waiting.update(approved_at=timezone.now(), approved_by=by)
    live.access_changed(user.pk)
    body = render_to_string("account/email/approved_message.txt", {"site_name": settings.PORTAL_NAME})
    transaction.on_commit(lambda: send_mail("Your account is approved", body, None, [user.email]), robust=True)
    return user


@transaction.atomic
def disable_account(*, user: User, reason: str, by: User) -> User:
    """Shut somebody out at once: sessions, tokens and sockets end. Refused where others have a say in the account."""
    if by.pk == user.pk:
        raise Denied("Ask another administrator to disable your account.")
    _need_reason(reason)
    name_actor(by.pk, action="accounts.disabled", reason=reason)
    user = _locked_for(by, user)
    if user.status == User.Status.DISABLED:
        raise AlreadyDisabled("This account is disabled already.")
    user.status, user.is_active = User.Status.DISABLED, False
    user.save(update_fields=["status", "is_active"])
    revoke_tokens(user=user, by=by)
    end_sessions(user=user, by=by)
    return user


@transaction.atomic
def enable_account(*, user: User, reason: str, by: User) -> User:
    """Let somebody in again who was disabled; a researcher whom nobody approved goes on waiting."""
    require(by.pk != user.pk)
    _need_reason(reason)
    name_actor(by.pk, action="accounts.enabled", reason=reason)
    user = _locked_for(by, user)
    if user.status != User.Status.DISABLED:
        raise AlreadyDisabled("This account is not disabled.")
    unapproved = ResearcherProfile.objects.filter(user=user, approved_at=None).exists()
    user.status, user.is_active = User.Status.WAITING if unapproved else User.Status.ACTIVE, True
    user.save(update_fields=["status", "is_active"])
    return user


@transaction.atomic
def change_password(*, user: User, password: str, visitor: Visitor, keep: str) -> None:
    """Change the password from within the session `keep`; every other session ends, and the API tokens stay."""
    _set_password(user, password, SignIn.Kind.PASSWORD_CHANGED, visitor)
    end_sessions(user=user, by=user, keep=keep)


@transaction.atomic
def reset_password(*, user: User, password: str, visitor: Visitor) -> None:
    """Replace a forgotten password; every session and every API token ends, whoever is signed in where.

    It is how one takes back an account that others got hold of.
    """
    _set_password(user, password, SignIn.Kind.PASSWORD_RESET, visitor)
    revoke_tokens(user=user, by=None)
    end_sessions(user=user, by=user)


def _set_password(user: User, password: str, kind: SignIn.Kind, visitor: Visitor) -> None:
    name_actor(user.pk, action=f"accounts.{kind.lower()}")
    user.set_password(password)
    user.save(update_fields=["password"])
    note(kind, email=user.email, visitor=visitor, user=user)


@transaction.atomic
def update_profile(*, user: User, display_name: str, time_zone: str, locale: str) -> User:
    """Change how a person is called and in which time and language the portal speaks to them."""
    check_names(display_name=display_name)
    name_actor(user.pk, action="accounts.profile_changed")
    user.display_name, user.time_zone, user.locale = display_name.strip(), time_zone, locale
    try:
        user.clean_fields(exclude={"password", "email"})
    except ValidationError as error:
        raise Invalid(error.message_dict) from error
    user.save(update_fields=["display_name", "time_zone", "locale"])
    return user


def _locked_for(by: User, user: User) -> User:
    """Return the account as it is now, locked, for somebody who may change it: roles are given under the same lock."""
    require(can_manage_accounts(by))
    user = User.objects.select_for_update().get(pk=user.pk)
    require(can_change_account(by, user), BEYOND)
    return user


def _need_reason(reason: str) -> None:
    if is_blank(reason):
        raise Invalid({"reason": ["Say why."]})
