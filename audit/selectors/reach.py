"""Which events a person may see, and what of them: the database's functions know the rights (`trials`)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from audit.models import ABOUT_ACCOUNTS, AuditLog
from audit.selectors.parts import Part
from audit.selectors.wording import values_hidden_from
from edc.accounts.models import User
from edc.accounts.selectors import accounts_seen_by

VIEW_AUDIT, EXPORT_DATA = "view_audit", "export_data"

# A right held for a whole trial reaches all its events; one held at sites, the events of these sites.
REACH = """
select array(select edc_trials_with(%(user)s, %(one)s) intersect select edc_trials_with(%(user)s, %(other)s)),
    array((select edc_single_sites_with(%(user)s, %(one)s) intersect select edc_sites_with(%(user)s, %(other)s))
        union (select edc_single_sites_with(%(user)s, %(other)s) intersect select edc_sites_with(%(user)s, %(one)s))),
    array(select edc_trials_with(%(user)s, 'manage_members')),
    edc_may_manage_accounts(%(user)s),
    exists (select from accounts_user u where u.id = %(user)s and u.is_superuser and u.status = 'ACTIVE')
"""
ACCOUNT_TYPES = ", ".join(f"'{name}'" for name in ABOUT_ACCOUNTS)
OF_ACCOUNTS = f"audit_auditlog.entity_type in ({ACCOUNT_TYPES})"
OF_PEOPLE = """audit_auditlog.trial_id is null and (
    audit_auditlog.actor_id in (select {people}(%s))
    or audit_auditlog.entity_id in (select {people}(%s))
    or (audit_auditlog.metadata ->> 'user_id')::uuid in (select {people}(%s)))"""

# What an entity's values say is for those with this right at the site; the act itself is for all who read the trail.
VALUES_NEED = {
    "Appointment": "view_appointments",
    "Conversation": "view_messages",
    "Message": "view_messages",
    "Receipt": "view_messages",
}

Sql = tuple[str, list[Any]]


@dataclass(frozen=True)
class Reach:
    """The trials and sites whose events somebody may see, and the trials whose people they look after."""

    trials: list[UUID]
    sites: list[UUID]
    managed: list[UUID]
    manages_accounts: bool
    manages_all_accounts: bool
    person: UUID

    @property
    def is_nothing(self) -> bool:
        return not (self.trials or self.sites or self.manages_accounts)

    def accounts(self) -> Sql | None:
        """Return the condition on account events: who looks after accounts, and who may read a whole trial."""
        if self.manages_all_accounts:
            return "(audit_auditlog.trial_id is null or audit_auditlog.trial_id = any(%s))", [self.managed]
        parts: list[str] = []
        parameters: list[Any] = []
        if self.manages_accounts:
            parts += ["audit_auditlog.trial_id = any(%s)", OF_PEOPLE.format(people="edc_accounts_seen_by")]
            parameters += [self.managed, *[self.person] * 3]
        if self.trials:
            parts.append(OF_PEOPLE.format(people="edc_people_in"))
            parameters += [self.trials] * 3
        return (f"({' or '.join(parts)})", parameters) if parts else None

    def everything(self) -> Sql:
        """Return the condition on all events within reach."""
        parts = ["audit_auditlog.trial_id = any(%s)", "audit_auditlog.site_id = any(%s)"]
        parameters: list[Any] = [self.trials, self.sites]
        if accounts := self.accounts():
            parts.append(f"({OF_ACCOUNTS} and {accounts[0]})")
            parameters += accounts[1]
        return f"({' or '.join(parts)})", parameters


def reach_of(user: User, *, to_export: bool = False) -> Reach:
    """Return what this person may read of the trail now, or may take out of the portal."""
    with connection.cursor() as cursor:
        other = EXPORT_DATA if to_export else VIEW_AUDIT
        cursor.execute(REACH, {"user": user.pk, "one": VIEW_AUDIT, "other": other})
        trials, sites, managed, some_accounts, all_accounts = cursor.fetchone()
    if to_export:
        managed, some_accounts, all_accounts = [], False, False
    return Reach(trials, sites, managed, some_accounts, all_accounts, user.pk)


def sites_read(user: User) -> set[UUID]:
    """Return the sites whose trail this person reads, through the site or its trial."""
    return _sites_with(user, VIEW_AUDIT)


def is_within_reach(user: User, part: Part) -> bool:
    """Return whether this person reads the trail of all of the trial or site, or of something about the patient."""
    reach = reach_of(user)
    if part.column == "trial_id":
        return part.id in reach.trials
    if part.column == "site_id":
        return part.id in sites_read(user)
    within = Q(trial_id__in=reach.trials) | Q(site_id__in=reach.sites)
    return AuditLog.objects.filter(within, **{part.column: part.id}).exists()


def hidden_from(user: User, events: Iterable[AuditLog]) -> set[UUID]:
    """Return the events of which this person may see that they happened, but not the values.

    What messages and appointments say is for those who may read them; details of accounts (addresses, networks) are
    for those who look after the account, and for its owner. What a member of staff is called is no such detail. Of the
    values of forms some are not for everybody who sees the form.
    """
    found = list(events)
    sites = {right: _sites_with(user, right) for right in _rights_asked(found)}
    hidden = _accounts_hidden_from(user, found)
    for event in found:
        right = VALUES_NEED.get(event.entity_type)
        if right and event.site_id not in sites[right]:
            hidden.add(event.pk)
    return hidden | values_hidden_from(user, found)


def _accounts_hidden_from(user: User, events: list[AuditLog]) -> set[UUID]:
    private = {
        event.pk: _account_of(event)
        for event in events
        if event.entity_type in ABOUT_ACCOUNTS and event.trial_id is None and event.actor_id != user.pk
    }
    if not private or (user.is_superuser and user.may_manage_accounts):
        return set()
    seen = set(accounts_seen_by(user).filter(pk__in=set(private.values())).values_list("pk", flat=True))
    hidden = {event for event, account in private.items() if account not in seen}
    renamed = {event.pk: event.entity_id for event in events if event.pk in hidden and _is_rename(event)}
    called = User.objects.filter(pk__in=set(renamed.values()), kind=User.Kind.STAFF)
    staff = set(called.values_list("pk", flat=True)) if renamed else set()
    return hidden - {event for event, account in renamed.items() if account in staff}


def _is_rename(event: AuditLog) -> bool:
    return event.entity_type == "User" and event.field == "display_name"


def _account_of(event: AuditLog) -> UUID | None:
    """Return the account that an event is about: the row itself, or whose row it is, or else who acted."""
    if event.entity_type == "User":
        return event.entity_id
    owner = event.metadata.get("user_id")
    return UUID(owner) if owner else event.actor_id


def _rights_asked(events: list[AuditLog]) -> set[str]:
    return {VALUES_NEED[event.entity_type] for event in events if event.entity_type in VALUES_NEED}


def _sites_with(user: User, right: str) -> set[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("select edc_sites_with(%s, %s)", [user.pk, right])
        return {site for (site,) in cursor.fetchall()}


def may_open_sealed(user: User, event: AuditLog) -> bool:
    """Return whether this person may see the identity that an event holds under seal."""
    return event.site_id is not None and event.site_id in _sites_with(user, "view_identity")
