"""Who may read and write in which conversation."""

from edc.accounts.models import User
from messaging.models import Conversation
from patients.models import Subject
from trials.models import Site
from trials.roles import Right
from trials.selectors import has_right


def can_write_for_site(user: User, site: Site) -> bool:
    return has_right(user, Right.SEND_MESSAGES, site=site.pk)


def can_write_about_self(user: User, subject: Subject) -> bool:
    return subject.patient.user_id == user.pk


def can_send(user: User, conversation: Conversation) -> bool:
    """The site's team, and the participant whom the conversation is about."""
    if conversation.patient is not None and conversation.patient.user_id == user.pk:
        return True
    return has_right(user, Right.SEND_MESSAGES, site=conversation.site_id)
