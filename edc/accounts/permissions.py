"""Who may do what with accounts."""

from edc.accounts.models import User


def can_manage_accounts(user: User) -> bool:
    """Approve, disable and enable accounts; held through a membership (`edc_may_manage_accounts`)."""
    return user.may_manage_accounts


def can_use_tokens(user: User) -> bool:
    """Let programs act in one's name."""
    return user.is_active and user.status == User.Status.ACTIVE
