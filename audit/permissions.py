"""Who may read, export and check the trail."""

from audit.models import AuditLog
from audit.selectors import Part, is_within_reach, may_open_sealed, reach_of
from edc.accounts.models import User


def can_read_trail(user: User) -> bool:
    """Auditors, monitors, data managers and investigators of what is theirs; administrators of accounts."""
    return not reach_of(user).is_nothing


def can_export_trail(user: User) -> bool:
    return not reach_of(user, to_export=True).is_nothing


def can_check_trail(user: User, part: Part) -> bool:
    """Who reads the trail of the whole trial or site, or of something that happened to the patient."""
    return is_within_reach(user, part)


def can_open_sealed(user: User, event: AuditLog) -> bool:
    """Who may see at the site who a patient is, for events that hold an identity."""
    return event.field.endswith("_sealed") and may_open_sealed(user, event)
