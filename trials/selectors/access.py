"""Which trials and sites a person may see, with which right: one SQL function answers, for every door."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.utils import timezone

from audit.models import AuditLog
from edc.accounts.models import User
from edc.base.sql import fetch_one, moments
from trials.models import ClinicalTrial, Membership, Site, TrialApproval
from trials.roles import PORTALS_RIGHTS, RIGHTS, Right, Role


def site_ids_with(user: User, right: Right) -> RawSQL:
    """Return a subquery of the sites where this person has the right now, by role, by grant or through the trial."""
    return RawSQL("select edc_sites_with(%s, %s)", [user.pk, right.value])


def trial_ids_with(user: User, right: Right) -> RawSQL:
    """Return a subquery of the trials that this person has the right for as a whole."""
    return RawSQL("select edc_trials_with(%s, %s)", [user.pk, right.value])


def sites_with(user: User, right: Right) -> QuerySet[Site]:
    """Return the sites where this person has the right now."""
    return Site.objects.filter(pk__in=site_ids_with(user, right)).select_related("trial").order_by("trial", "code")


def sites_visible_to(user: User) -> QuerySet[Site]:
    """Return the sites whose trial this person works in, and the participant's own sites."""
    mine = Q(pk__in=site_ids_with(user, Right.VIEW_TRIAL)) | Q(subjects__patient__user=user)
    return Site.objects.filter(mine).select_related("trial").distinct().order_by("trial", "code")


def trials_visible_to(user: User) -> QuerySet[ClinicalTrial]:
    """Return the trials that this person works in, as a whole or at a site, or takes part in."""
    through_sites = Site.objects.filter(pk__in=site_ids_with(user, Right.VIEW_TRIAL)).values("trial")
    taking_part = Site.objects.filter(subjects__patient__user=user).values("trial")
    whole = Q(pk__in=trial_ids_with(user, Right.VIEW_TRIAL))
    return ClinicalTrial.objects.filter(whole | Q(pk__in=through_sites) | Q(pk__in=taking_part))


def trial_by_protocol(number: str) -> ClinicalTrial | None:
    """Return the trial of this protocol number, whoever asks: for commands."""
    return ClinicalTrial.objects.filter(protocol_number=number).first()


def trials_as_json(user: User, *, statuses: list[str], limit: int) -> tuple[str, list[str] | None]:
    """Return the first trials of `trials_visible_to` in these states as the API's JSON array, by protocol number.

    With them the place of the last one, if there are more. PostgreSQL writes the text: no row becomes an object here.
    """
    row = fetch_one(TRIALS_AS_JSON, {"user": user.pk, "statuses": statuses, "limit": limit})
    return (row[0], row[1]) if row else ("[]", None)


TRIALS_AS_JSON = f"""
with visible as (
    select edc_trials_with(%(user)s, 'view_trial') as id
    union select s.trial_id from trials_site s where s.id in (select edc_sites_with(%(user)s, 'view_trial'))
    union select j.trial_id from patients_subject j
        join patients_patientprofile p on p.id = j.patient_id where p.user_id = %(user)s
), page as (
    select t.*, row_number() over (order by t.protocol_number) as place
    from trials_clinicaltrial t join visible v on v.id = t.id
    where t.status = any (%(statuses)s::text[]) order by t.protocol_number limit %(limit)s::int + 1
)
select coalesce((select json_agg(shown) from (
    select id, protocol_number, title, description, status, start_date, end_date, planned_subjects, version,
        {moments("created_at", "updated_at")}
    from page where place <= %(limit)s order by place
) shown), '[]')::text, (
    select array[protocol_number, id::text] from page
    where place = %(limit)s and exists (select from page where place > %(limit)s)
)
"""  # noqa: S608 -- put together from our own constants


def memberships_visible_to(user: User) -> QuerySet[Membership]:
    """Return everybody's memberships where this person works with the trial's staff, else their own."""
    trials = Q(trial__in=trial_ids_with(user, Right.VIEW_TRIAL))
    at_site = Q(site__in=site_ids_with(user, Right.VIEW_TRIAL))
    return Membership.objects.filter(trials | at_site | Q(user=user)).select_related("user", "trial", "site")


def in_force() -> Q:
    """Return the condition that a membership holds at this moment."""
    now = timezone.now()
    return Q(starts_at__lte=now) & (Q(ends_at=None) | Q(ends_at__gt=now))


def current_memberships(user: User) -> QuerySet[Membership]:
    """Return the memberships that give this person rights now."""
    return Membership.objects.filter(in_force(), user=user).select_related("trial", "site").order_by("trial", "site")


def staff_with(right: Right, *, site: Site) -> QuerySet[User]:
    """Return the people whose role gives them the right at the site now, by name."""
    roles = [role.value for role, rights in RIGHTS.items() if right in rights]
    held = Membership.objects.filter(in_force(), Q(site=site) | Q(site=None), trial=site.trial_id, role__in=roles)
    return User.objects.filter(pk__in=held.values("user"), status=User.Status.ACTIVE).order_by("display_name")


def has_right(user: User, right: Right, *, site: UUID | None = None, trial: UUID | None = None) -> bool:
    """Return whether this person has the right now: at the site, or for the trial as a whole or at one of its sites."""
    if site is not None:
        return _asked("select %s = any (array(select edc_sites_with(%s, %s)))", [site, user.pk, right.value])
    statement = (
        "select exists (select from edc_trials_with(%s, %s) t where t = %s) or exists ("
        " select from edc_sites_with(%s, %s) s join trials_site on trials_site.id = s where trials_site.trial_id = %s)"
    )
    return _asked(statement, [user.pk, right.value, trial, user.pk, right.value, trial])


def has_right_anywhere(user: User, right: Right) -> bool:
    """Return whether this person has the right at any site or for any trial now."""
    statement = "select exists (select edc_sites_with(%s, %s)) or exists (select edc_trials_with(%s, %s))"
    return _asked(statement, [user.pk, right.value] * 2)


def rights_of(user: User) -> frozenset[Right]:
    """Return the rights that this person has at any site or for any trial now."""
    statement = (
        "select name from unnest(%s::text[]) name"
        " where exists (select edc_sites_with(%s, name)) or exists (select edc_trials_with(%s, name))"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [[right.value for right in Right], user.pk, user.pk])
        held = frozenset(Right(name) for (name,) in cursor.fetchall())
    return held | PORTALS_RIGHTS if user.is_superuser else held


def _asked(statement: str, parameters: list[Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row = cursor.fetchone()
    return bool(row and row[0])


def trials_worked_in(user: User) -> QuerySet[ClinicalTrial]:
    """Return the trials that this person works in, as a whole or at a site; taking part in one is no work."""
    through_sites = Site.objects.filter(pk__in=site_ids_with(user, Right.VIEW_TRIAL)).values("trial")
    return ClinicalTrial.objects.filter(Q(pk__in=trial_ids_with(user, Right.VIEW_TRIAL)) | Q(pk__in=through_sites))


def trials_listed(user: User) -> QuerySet[ClinicalTrial]:
    """Return the trials that this person works in, each with the number of its sites."""
    sites = Site.objects.filter(trial=OuterRef("pk")).order_by().values("trial").annotate(count=Count("pk"))
    return trials_worked_in(user).annotate(sites_count=Coalesce(Subquery(sites.values("count")), 0))


def sites_worked_at(user: User, trial: ClinicalTrial) -> QuerySet[Site]:
    """Return the sites of the trial that this person works at, or all where they work in the whole trial."""
    return sites_with(user, Right.VIEW_TRIAL).filter(trial=trial)


def members_of(user: User, trial: ClinicalTrial) -> QuerySet[Membership]:
    """Return the memberships of the trial that this person may see, those that ended as well."""
    return memberships_visible_to(user).filter(trial=trial)


def approvals_of(trial: ClinicalTrial) -> QuerySet[TrialApproval]:
    """Return the investigators' decisions on the trial, newest first."""
    return TrialApproval.objects.filter(trial=trial).select_related("decided_by").order_by("-decided_at", "-pk")


@dataclass
class TrialVersion:
    """One version of a trial: who made it, in which role, when, why, and each field before and after."""

    number: int
    at: datetime
    who: str
    role: str
    reason: str
    changes: list[tuple[str, str, str]] = field(default_factory=list)


def versions_of_trial(trial: ClinicalTrial, *, most: int = 50) -> list[TrialVersion]:
    """Return the newest versions of the trial, newest first, in the words of its pages."""
    events = AuditLog.objects.filter(entity_id=trial.pk, entity_version__gt=trial.version - most)
    found: dict[int, TrialVersion] = {}
    for event in events.select_related("actor").order_by("sequence"):
        number = event.entity_version or 0
        role = Role(event.actor_role).label if event.actor_role in Role.values else event.actor_role
        made = TrialVersion(number, event.created_at, str(event.actor or "The portal"), role, event.reason)
        version = found.setdefault(number, made)
        if event.field in TRIAL_FIELDS:
            old, new = (_trial_value(event.field, value) for value in (event.old_value, event.new_value))
            version.changes.append((TRIAL_FIELDS[event.field], old, new))
    return [found[number] for number in sorted(found, reverse=True)]


TRIAL_FIELDS = {
    "protocol_number": "Protocol number",
    "title": "Title",
    "description": "Description",
    "status": "Status",
    "start_date": "Planned start",
    "end_date": "Planned end",
    "planned_subjects": "Planned subjects",
}


def _trial_value(name: str, value: str | None) -> str:
    known = ClinicalTrial.Status.values
    return ClinicalTrial.Status(value).label if name == "status" and value in known else value or ""
