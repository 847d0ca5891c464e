"""What people see of accounts: their own, and those that an administrator looks after."""

from datetime import timedelta
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from edc.accounts.models import ApiToken, Session, SignIn, User, email_digest
from edc.accounts.validators import normal_email

RECENT = timedelta(days=90)


def tokens_of(user: User) -> QuerySet[ApiToken, ApiToken]:
    """Return the person's own tokens that were not revoked, newest first."""
    return ApiToken.objects.filter(user=user, revoked_at=None).order_by("-created_at")


def sessions_of(user: User) -> QuerySet[UserSession]:
    """Return the browsers in which this person is signed in, oldest first."""
    mine = UserSession.objects.filter(user=user, session_key__in=Session.objects.values("session_key"))
    sessions: QuerySet[UserSession] = mine.order_by("created_at", "pk")
    return sessions


def recent_sign_ins_of(user: User, limit: int = 20) -> QuerySet[SignIn, SignIn]:
    """Return what happened at the door of this account lately, also what strangers tried."""
    mine = Q(user=user) | Q(user=None, email_digest=email_digest(user.email))
    rows = SignIn.objects.filter(mine, at__gt=timezone.now() - RECENT)
    return rows.order_by("-at")[:limit]


def person_by_email(email: str) -> User | None:
    """Return who signs in with this address, if their account is active."""
    return User.objects.filter(email=normal_email(email), status=User.Status.ACTIVE).first()


def has_second_step(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists())


def accounts_seen_by(user: User) -> QuerySet[User, User]:
    """Return the accounts that this person looks after; `edc_accounts_seen_by` decides, for every door."""
    return User.objects.filter(pk__in=RawSQL("select edc_accounts_seen_by(%s)", [user.pk]))


def accounts_changed_by(user: User) -> QuerySet[User, User]:
    """Return the accounts that this person may disable and enable."""
    return accounts_seen_by(user).exclude(_is_beyond(user))


def sign_ins_seen_by(user: User) -> QuerySet[SignIn, SignIn]:
    """Return what happened at the door of the accounts that this person looks after.

    Tries for an account that is not known stand for no account: who looks after all accounts sees them.
    """
    rows = SignIn.objects.all()
    if user.is_superuser and user.may_manage_accounts:
        return rows
    return rows.filter(user__in=accounts_seen_by(user))


def staff_for_roles(user: User) -> QuerySet[User, User]:
    """Return the accounts to which somebody who administrates a trial may give a role there.

    They know the address; it is no list to look around in.
    """
    staff = User.objects.filter(status=User.Status.ACTIVE, kind=User.Kind.STAFF)
    return staff if user.may_manage_accounts else staff.none()


def people_managed_by(
    user: User, *, status: str = "", text: str = "", after: UUID | None = None
) -> QuerySet[User, User]:
    """Return the accounts that an administrator looks after, oldest first, after the key `after`.

    `is_beyond` says of each whether others have a say in it, so that this person may look and not change it.
    """
    rows = accounts_seen_by(user)
    if status:
        rows = rows.filter(status=status)
    if text:
        rows = rows.filter(Q(email__icontains=text) | Q(display_name__icontains=text))
    if after:
        rows = rows.filter(pk__gt=after)
    rows = rows.annotate(is_beyond=_is_beyond(user))
    return rows.select_related("researcher_profile__approved_by").order_by("pk")


def _is_beyond(user: User) -> RawSQL:
    return RawSQL("edc_account_is_beyond(%s, accounts_user.id)", [user.pk], output_field=BooleanField())
