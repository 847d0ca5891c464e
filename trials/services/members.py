"""Memberships: who does what where, from when to when. Each gives a group its rights; ending one ends them at once."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from audit import services as audit
from audit.services import locked, once
from edc.accounts.models import User
from edc.base import live
from edc.base.actor import SYSTEM, name_actor
from edc.base.errors import Invalid, Refused, require
from edc.base.texts import is_blank
from trials import permissions
from trials.models import (
    ClinicalTrial,
    Membership,
    Site,
    SiteGroupObjectPermission,
    TrialGroupObjectPermission,
)
from trials.roles import AT_A_SITE, FOR_A_TRIAL, RIGHTS, SEPARATED, Role
from trials.selectors import in_force


class DutiesNotSeparated(Refused): ...


class MembershipEnded(Refused): ...


class MembershipExists(Refused): ...


def grant_membership(
    *,
    user: User,
    trial: ClinicalTrial,
    site: Site | None,
    role: str,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    reason: str,
    by: User,
    key: str = "",
) -> Membership:
    """Give a person a role in the trial, at one site or (`site=None`) in all of it.

    Refused where duties must stay separate (a sponsor or an administrator holds nothing else in the trial; who enters
    data does not monitor, audit or manage it), where the role does not fit the place, and for oneself.
    """
    asked: dict[str, Any] = {"user": user.pk, "trial": trial.pk, "site": site and site.pk, "role": role}
    asked |= {"starts_at": starts_at, "ends_at": ends_at, "reason": reason}

    def allow() -> None:
        require(permissions.can_manage_members(by, trial))
        require(user.pk != by.pk, "Somebody else has to give you a role.")

    def make() -> Membership:
        return enlist(
            user=user, trial=trial, site=site, role=role, starts_at=starts_at, ends_at=ends_at, reason=reason, by=by
        )

    return once(Membership, make, allow=allow, by=by, key=key, action="trials.membership_granted", asked=asked)


@transaction.atomic
def enlist(
    *,
    user: User,
    trial: ClinicalTrial,
    site: Site | None,
    role: str,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    reason: str,
    by: User,
) -> Membership:
    """Write the membership after its rules; the caller has checked the right to do so."""
    starts_at = starts_at or timezone.now()
    _check_place(trial, site, role)
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.kind != User.Kind.STAFF or user.status != User.Status.ACTIVE:
        raise Invalid({"user": ["Only staff whose account is active hold a role."]})
    if ends_at and ends_at <= starts_at:
        raise Invalid({"ends_at": ["The membership must end after it starts."]})
    # Roles that begin later count as well: both would hold then.
    not_over = Q(ends_at=None) | Q(ends_at__gt=starts_at)
    current = Membership.objects.filter(not_over, user=user, trial=trial)
    if current.filter(site=site, role=role).exists():
        raise MembershipExists("This person has this role there already.")
    held = {Role(other) for other in current.values_list("role", flat=True)}
    if user.is_superuser:
        held.add(Role.ADMINISTRATOR)
    for one, other in SEPARATED:
        if (role in one and held & other) or (role in other and held & one):
            raise DutiesNotSeparated("These duties are kept apart: this person has another role in the trial.")
    # The first of a role at a place brings its group the rights, which are on record as well.
    name_actor(by.pk, action="trials.membership_granted", reason=reason)
    group = _group(trial, site, Role(role))
    membership = Membership(
        user=user, trial=trial, site=site, role=role, starts_at=starts_at, ends_at=ends_at, group=group
    )
    audit.save(membership, by=by, action="trials.membership_granted", reason=reason)
    user.groups.add(group)
    live.access_changed(user.pk)
    return membership


@transaction.atomic
def end_membership(*, membership: Membership, reason: str, version: int | None = None, by: User) -> Membership:
    """End a role now; pages, tokens and open sockets lose its rights at once."""
    membership = locked(membership, version=version)
    require(permissions.can_manage_members(by, membership.trial))
    now = timezone.now()
    if membership.ends_at and membership.ends_at <= now:
        raise MembershipEnded("This membership has ended already.")
    if is_blank(reason):
        raise Invalid({"reason": ["Say why."]})
    membership.ends_at = max(now, membership.starts_at)
    audit.save(membership, by=by, action="trials.membership_ended", reason=reason)
    still = Membership.objects.filter(in_force(), user=membership.user, group=membership.group)
    if not still.exclude(pk=membership.pk).exists():
        membership.user.groups.remove(membership.group)
    live.access_changed(membership.user_id)
    return membership


@transaction.atomic
def sync_rights() -> int:
    """Bring every role's group to the rights that `trials.roles` gives it; return how many changed.

    The portal itself does it. Whoever holds such a role gains or loses the rights at once, at their open sockets too.
    """
    name_actor(SYSTEM, action="trials.rights_changed")
    changed = set()
    for membership in Membership.objects.select_related("site", "trial", "group").order_by("group").distinct("group"):
        if _grant(membership.group, membership.site or membership.trial, Role(membership.role)):
            changed.add(membership.group_id)
    holders = Membership.objects.filter(in_force(), group__in=changed).values_list("user_id", flat=True)
    for person in set(holders):
        live.access_changed(person)
    return len(changed)


def _check_place(trial: ClinicalTrial, site: Site | None, role: str) -> None:
    if site and site.trial_id != trial.pk:
        raise Invalid({"site": ["This site belongs to another trial."]})
    if site and role not in AT_A_SITE:
        raise Invalid({"site": ["This role is held for the whole trial, not at a site."]})
    if not site and role not in FOR_A_TRIAL:
        raise Invalid({"site": ["This role is held at a site: choose one."]})


def _group(trial: ClinicalTrial, site: Site | None, role: Role) -> Group:
    """Return the group of the role at this place, with its rights granted."""
    place = site or trial
    name = f"{'site' if site else 'trial'}:{place.pk}:{role}"
    group, created = Group.objects.get_or_create(name=name)
    if created:
        _grant(group, place, role)
    return group


def _grant(group: Group, place: Site | ClinicalTrial, role: Role) -> bool:
    """Bring the group's rights at the place to those of the role, with one statement each way; True if any changed."""
    granted: Any = SiteGroupObjectPermission if isinstance(place, Site) else TrialGroupObjectPermission
    wanted = {right.value for right in RIGHTS[role]}
    of_group = granted.objects.filter(group=group, content_object=place)
    held = set(of_group.values_list("permission__codename", flat=True))
    kind = ContentType.objects.get_for_model(place)
    missing = Permission.objects.filter(content_type=kind, codename__in=wanted - held)
    granted.objects.bulk_create(granted(group=group, permission=right, content_object=place) for right in missing)
    of_group.filter(permission__codename__in=held - wanted).delete()
    return wanted != held
