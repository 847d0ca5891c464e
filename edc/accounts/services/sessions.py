"""Ending sessions, at once and everywhere."""

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import F

from edc.accounts.models import Session, SignIn, User
from edc.accounts.services.sign_ins import Visitor, note
from edc.base import live
from edc.base.actor import SYSTEM, name_actor


@transaction.atomic
def end_sessions(*, user: User, by: User | None, visitor: Visitor | None = None, keep: str = "") -> None:
    """Sign this person out everywhere, save in the session `keep`; open sockets close with their sessions."""
    name_actor(by.pk if by else SYSTEM, action="accounts.sessions_ended")
    Session.objects.filter(user=user).exclude(session_key=keep).delete()
    UserSession.objects.filter(user=user).exclude(session_key=keep).delete()
    if visitor:
        note(SignIn.Kind.SESSIONS_ENDED, email=user.email, visitor=visitor, user=user)
    recheck_access(user=user)


@transaction.atomic
def recheck_access(*, user: User) -> None:
    """Make every open socket of this person prove again that it may be open."""
    User.objects.filter(pk=user.pk).update(access_epoch=F("access_epoch") + 1)
    live.access_changed(user.pk)
