"""Who may do what with accounts."""

from edc.accounts.models import User
from edc.accounts.selectors import accounts_changed_by, accounts_seen_by

BEYOND = (
    "This account has duties outside the trials that you administrate, so others have a say in it."
    " Ask an administrator of the whole portal."
)


def can_manage_accounts(user: User) -> bool:
    """Look after accounts at all; held through a membership (`edc_may_manage_accounts`)."""
    return user.may_manage_accounts


def can_approve_account(user: User, account: User) -> bool:
    """Any account that waits may be let in, save one's own."""
    return account.pk != user.pk and accounts_seen_by(user).filter(pk=account.pk).exists()


def can_change_account(user: User, account: User) -> bool:
    """Disable and enable: never an account in whose work others have a say."""
    return accounts_changed_by(user).filter(pk=account.pk).exists()


def can_use_tokens(user: User) -> bool:
    """Let programs act in one's name."""
    return user.is_active and user.status == User.Status.ACTIVE
