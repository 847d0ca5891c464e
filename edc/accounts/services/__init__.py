"""Everything that writes accounts. Each function is one transaction and names its actor."""

from edc.accounts.services.accounts import (
    accept_invitation,
    activate_participant,
    add_account,
    approve_account,
    change_password,
    create_account,
    disable_account,
    enable_account,
    reset_password,
    update_profile,
)
from edc.accounts.services.sessions import end_sessions, forget_sessions, recheck_access
from edc.accounts.services.sign_ins import (
    SecondStepNeeded,
    SignInRefused,
    TooManyTries,
    Visitor,
    note,
    refuse_guesses,
    refuse_if_locked,
    sign_in_by_password,
    use_code,
)
from edc.accounts.services.tokens import TooManyTokens, issue_token, revoke_token, revoke_tokens, token_owner

__all__ = [
    "SecondStepNeeded",
    "SignInRefused",
    "TooManyTokens",
    "TooManyTries",
    "Visitor",
    "accept_invitation",
    "activate_participant",
    "add_account",
    "approve_account",
    "change_password",
    "create_account",
    "disable_account",
    "enable_account",
    "end_sessions",
    "forget_sessions",
    "issue_token",
    "note",
    "recheck_access",
    "refuse_guesses",
    "refuse_if_locked",
    "reset_password",
    "revoke_token",
    "revoke_tokens",
    "sign_in_by_password",
    "token_owner",
    "update_profile",
    "use_code",
]
