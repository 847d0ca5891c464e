"""Ending sessions, at once and everywhere."""

from datetime import datetime

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from edc.accounts.models import Session, SignIn, User
from edc.accounts.services.sign_ins import Visitor, note
from edc.accounts.sessions import TOUCHED_EVERY
from edc.base import live
from edc.base.actor import SYSTEM, name_actor
from edc.base.errors import require


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
def end_session(*, session: UserSession, visitor: Visitor, by: User) -> None:
    """Sign this person out in one browser of their own."""
    require(session.user_id == by.pk)
    name_actor(by.pk, action="accounts.signed_out")
    Session.objects.filter(user=by, session_key=session.session_key).delete()
    session.delete()
    note(SignIn.Kind.SIGNED_OUT, email=by.email, visitor=visitor, user=by)
    recheck_access(user=by)


def recheck_access(*, user: User) -> None:
    """Make every open socket of this person prove again that it may be open, once the transaction commits."""
    live.access_changed(user.pk)


@transaction.atomic
def forget_sessions(*, now: datetime) -> int:
    """Remove the sessions that nobody can use any more, too old or idle for too long; return how many there were."""
    idle = now - settings.SESSION_IDLE - TOUCHED_EVERY
    gone, _ = Session.objects.filter(Q(expire_date__lte=now) | Q(last_seen_at__lte=idle)).delete()
    # allauth's list of them; a row of this moment may come before its session.
    listed = UserSession.objects.filter(created_at__lte=idle)
    listed.exclude(session_key__in=Session.objects.values("session_key")).delete()
    return gone
