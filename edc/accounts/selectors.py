"""What people see of accounts: their own, and those that an administrator looks after."""

from datetime import timedelta
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import Q, QuerySet
from django.utils import timezone

from edc.accounts.models import ApiToken, SignIn, User, email_digest

RECENT = timedelta(days=90)


def tokens_of(user: User) -> QuerySet[ApiToken, ApiToken]:
    """Return the person's own tokens that were not revoked, newest first."""
    return ApiToken.objects.filter(user=user, revoked_at=None).order_by("-created_at")


def recent_sign_ins_of(user: User, limit: int = 20) -> QuerySet[SignIn, SignIn]:
    """Return what happened at the door of this account lately, also what strangers tried."""
    mine = Q(user=user) | Q(user=None, email_digest=email_digest(user.email))
    rows = SignIn.objects.filter(mine, at__gt=timezone.now() - RECENT)
    return rows.order_by("-at")[:limit]


def has_second_step(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists())


def people_managed_by(
    user: User, *, status: str = "", text: str = "", after: UUID | None = None
) -> QuerySet[User, User]:
    """Return the accounts that an administrator looks after, oldest first, after the key `after`."""
    if not user.may_manage_accounts:
        return User.objects.none()
    rows = User.objects.filter(status=status) if status else User.objects.all()
    if text:
        rows = rows.filter(Q(email__icontains=text) | Q(display_name__icontains=text))
    if after:
        rows = rows.filter(pk__gt=after)
    return rows.select_related("researcher_profile__approved_by").order_by("pk")
