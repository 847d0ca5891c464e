"""Pages of conversations and notifications."""

from messaging.views.conversations import inbox, new, read, thread
from messaging.views.notifications import notifications, seen

__all__ = ["inbox", "new", "notifications", "read", "seen", "thread"]
