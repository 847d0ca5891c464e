"""Users and everything that proves who somebody is. Only `edc.accounts.services` writes here."""

from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from django.contrib.auth.models import (
    AbstractBaseUser,
    BaseUserManager,
    PermissionsMixin,
)
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.validators import validate_email
from django.db import DEFAULT_DB_ALIAS, connection, models, transaction
from django.db.models import F, Func, Q
from django.utils import timezone
from django.utils.functional import cached_property

from edc.accounts.validators import normal_email, validate_plain_address, validate_time_zone
from edc.base.actor import SYSTEM, name_actor
from edc.base.crypto import blind_index
from edc.base.ids import uuid7


class UserManager(BaseUserManager["User"]):
    """Makes accounts from the command line and from code; each is written by the actor `by`."""

    def create_user(
        self,
        email: str,
        password: str | None = None,
        *,
        by: UUID | str = SYSTEM,
        verified: bool = False,
        **fields: Any,
    ) -> "User":
        """Create an account whose e-mail is normalised; `verified` vouches that the address is the person's."""
        user = self.model(email=normal_email(email), **fields)
        user.set_password(password)
        with transaction.atomic(using=self._db):
            name_actor(by, action="accounts.created")
            user.save(using=self._db)
            user.emailaddress_set.create(email=user.email, verified=verified, primary=True)  # type: ignore[attr-defined]
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create an administrator with every right Django knows, who may sign in at once."""
        everything = {"kind": User.Kind.STAFF, "status": User.Status.ACTIVE, "is_superuser": True} | fields
        return self.create_user(email, password, by=SYSTEM, verified=True, **everything)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=normal_email(username or ""))


class User(AbstractBaseUser, PermissionsMixin):
    """A person. What they may do comes from memberships, never from here."""

    class Kind(models.TextChoices):
        PARTICIPANT = "PARTICIPANT", "Participant"
        STAFF = "STAFF", "Staff"

    class Status(models.TextChoices):
        WAITING = "WAITING", "Waiting for approval"
        ACTIVE = "ACTIVE", "Active"
        DISABLED = "DISABLED", "Disabled"

    # Sign-ins are rows of their own: no write to the user at each sign-in.
    last_login = None

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField("e-mail address", unique=True, validators=[validate_email, validate_plain_address])
    display_name = models.CharField("name shown to others", max_length=150, blank=True)
    locale = models.CharField(max_length=10, default="en-gb")
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    kind = models.CharField(max_length=11, choices=Kind, default=Kind.PARTICIPANT)
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    is_active = models.BooleanField(default=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    class Meta:
        constraints: ClassVar = [
            # Nobody can pass for somebody else: no address is stored that has a plainer look-alike.
            models.CheckConstraint(
                condition=Q(email=Func(F("email"), function="edc_plain_letters")), name="user_email_is_plain"
            ),
            models.CheckConstraint(
                condition=(Q(status="DISABLED") & Q(is_active=False)) | (~Q(status="DISABLED") & Q(is_active=True)),
                name="user_is_active_unless_disabled",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["PARTICIPANT", "STAFF"]),
                name="user_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["WAITING", "ACTIVE", "DISABLED"]),
                name="user_status_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.email

    @property
    def shown_as(self) -> str:
        """Return what pages and the API of a trial call this person: participants have their subject number alone."""
        return self.Kind.PARTICIPANT.label if self.kind == self.Kind.PARTICIPANT else str(self)

    @property
    def is_waiting(self) -> bool:
        return self.status == self.Status.WAITING

    @cached_property
    def is_staff(self) -> bool:
        """Whether the Django admin opens; memberships decide, through a function that the trials app creates."""
        return self.is_active and (self.is_superuser or _asked("edc_may_open_admin", self.pk))

    @cached_property
    def may_manage_accounts(self) -> bool:
        """Whether this person approves and disables accounts."""
        return self.status == self.Status.ACTIVE and (self.is_superuser or _asked("edc_may_manage_accounts", self.pk))


def _asked(function: str, user_id: UUID) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"select {function}(%s)", [user_id])
        row = cursor.fetchone()
    return bool(row and row[0])


@cache
def user_columns(alias: str) -> str:
    """Return a user's columns for a hand-written statement; `user_from_row` reads them back."""
    return ", ".join(f'{alias}."{field.column}"' for field in User._meta.concrete_fields)


def user_from_row(values: Sequence[Any]) -> User:
    """Return the user whose `user_columns` these values are."""
    return User.from_db(DEFAULT_DB_ALIAS, [field.attname for field in User._meta.concrete_fields], values)


class ResearcherProfile(models.Model):
    """What a researcher says about themselves, for the administrator who approves the account."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.OneToOneField(User, models.PROTECT, related_name="researcher_profile")
    expertise = models.CharField(max_length=200)
    institution = models.CharField(max_length=200)
    contact = models.CharField(max_length=200)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by=None)
                | Q(approved_at__isnull=False, approved_by__isnull=False),
                name="researcher_approved_at_and_by",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.institution}"


class ApiToken(models.Model):
    """A key with which a program acts as its user. Only the digest of the secret is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=100)
    # The first characters of the secret, so that its owner can tell tokens apart.
    prefix = models.CharField(max_length=12)
    digest = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")),
                name="token_expires_after_creation",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


def email_digest(email: str) -> bytes:
    """Return the keyed hash under which tries for this address are counted, whether or not it has an account."""
    return bytes.fromhex(blind_index(normal_email(email), purpose="accounts.email"))


class SignIn(models.Model):
    """One act at the front door. Rows are only ever added; the lock-out counts them, the audit log copies them."""

    class Kind(models.TextChoices):
        SIGNED_IN = "SIGNED_IN", "Signed in"
        SIGNED_OUT = "SIGNED_OUT", "Signed out"
        FAILED = "SIGN_IN_FAILED", "Sign-in failed"
        LOCKED_OUT = "LOCKED_OUT", "Locked out"
        SIGNED_UP = "SIGNED_UP", "Signed up"
        PASSWORD_CHANGED = "PASSWORD_CHANGED", "Password changed"
        PASSWORD_RESET = "PASSWORD_RESET", "Password reset"
        EMAIL_CHANGED = "EMAIL_CHANGED", "E-mail address changed"
        MFA_CHANGED = "MFA_CHANGED", "Second step changed"
        SSO_CHANGED = "SSO_CHANGED", "Single sign-on connected or disconnected"
        SESSIONS_ENDED = "SESSIONS_ENDED", "Signed out everywhere"
        CODE_REFUSED = "CODE_REFUSED", "Invitation code refused"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=16, choices=Kind)
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="sign_ins")
    # Keyed hashes: what was typed may be a password in the wrong field, and an address is personal data.
    email_digest = models.BinaryField(max_length=32)
    client_digest = models.BinaryField(max_length=32)
    # The network part of the address only (/24, /48).
    network = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=60, blank=True)
    known_device = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["user", "-at"], name="signin_user_at"),
            models.Index(fields=["email_digest", "-at"], name="signin_email_at"),
            models.Index(fields=["client_digest", "-at"], name="signin_client_at"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"


class Session(AbstractBaseSession):
    """A browser that is signed in, or about to."""

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions")
    created_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        from edc.accounts.sessions import SessionStore  # noqa: PLC0415 -- the store is built on this model

        return SessionStore
