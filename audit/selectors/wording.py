"""Events in words. The apps that know what a trial, a form or an item is called stand above this one: AUDIT_WORDS."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings

from audit.models import AuditLog
from edc.accounts.models import User

SEALED = "sealed"
HIDDEN = "hidden from your role"


@dataclass(frozen=True)
class Words:
    """One event as a person reads it."""

    # What the actor was called then.
    who: str
    role: str
    act: str
    thing: str
    field: str = ""
    old: str = ""
    new: str = ""
    subject: str = ""
    site: str = ""
    trial: str = ""
    source: str = ""
    # What the actor is called now, where that is another name.
    who_now: str = ""
    # Whether the thing has a page of its own (`go`).
    is_linked: bool = False
    # Names and values of what was first entered, or of what an act was about.
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Choices:
    """What the trail can be narrowed to, as pairs of value and label."""

    trials: list[tuple[str, str]]
    sites: list[tuple[str, str]]
    entities: list[tuple[str, str]]
    actions: list[tuple[str, str]]
    roles: list[tuple[str, str]]
    sources: list[tuple[str, str]]


def words_of(events: Sequence[AuditLog], *, by: User) -> dict[UUID, Words]:
    """Return the events in words, in a number of statements that does not grow with them."""
    found: dict[UUID, Words] = _words().words_of(events, by=by)
    return found


def values_hidden_from(user: User, events: Sequence[AuditLog]) -> set[UUID]:
    """Return the events about values that are not for this person, though they see that there are some."""
    found: set[UUID] = _words().values_hidden_from(user, events)
    return found


def choices_for(user: User) -> Choices:
    """Return the trials, sites, kinds of thing and acts by which this person may narrow the trail."""
    found: Choices = _words().choices_for(user)
    return found


def patients_numbered(number: str, *, by: User) -> list[UUID]:
    """Return the patients who are known by this subject number where this person may see subjects."""
    found: list[UUID] = _words().patients_numbered(number, by=by)
    return found


def _words() -> Any:
    return import_module(settings.AUDIT_WORDS)
