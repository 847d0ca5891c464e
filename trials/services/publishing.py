"""Where study versions hold: published at one site, several or all of them, each from a day."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from audit import services as audit
from audit.services import locked
from edc.accounts.models import User
from edc.base.errors import Invalid, Refused, require
from edc.base.texts import is_blank
from trials import permissions
from trials.models import ClinicalTrial, Site, SitePublication, StudyVersion
from trials.selectors import standings

Status = StudyVersion.Status
# In the west the day begins as much later than in UTC.
LATEST_DAY = timedelta(hours=12)
FARTHEST = timedelta(days=3660)
PUBLISHABLE = frozenset({Status.APPROVED, Status.PUBLISHED})
# From being published to being replaced everywhere; nobody asks for it.
SUPERSEDING: dict[str, frozenset[str]] = {Status.PUBLISHED: frozenset({Status.SUPERSEDED})}


class PublicationRefused(Refused): ...


@transaction.atomic
def publish_study_version(
    *,
    study_version: StudyVersion,
    sites: Sequence[Site] | None,
    effective_from: date | None = None,
    ethics_reference: str = "",
    ethics_approved_on: date | None = None,
    reason: str,
    version: int | None = None,
    by: User,
) -> StudyVersion:
    """Let an approved version hold at these sites (None: at all, those opened later as well) from a day, or at once.

    Refused where it holds already, or where a newer version does or is going to. Captures stay in their version; a
    version that holds nowhere any more becomes superseded.
    """
    locked(study_version.trial)
    study_version = locked(study_version, version=version)
    require(permissions.can_build_study(by, study_version.trial))
    now = timezone.now()
    _check(study_version, sites, reason)
    _check_days(sites, effective_from, ethics_approved_on, now)
    if study_version.status == Status.APPROVED:
        study_version.published_at = now
    study_version.status = Status.PUBLISHED
    audit.save(study_version, by=by, action="trials.study_version_published", reason=reason)
    for site in _places(sites):
        row = SitePublication(
            study_version=study_version,
            trial_id=study_version.trial_id,
            site=site,
            effective_from=effective_from or _first_day(site, now),
            ethics_reference=ethics_reference.strip(),
            ethics_approved_on=ethics_approved_on,
            published_by=by,
        )
        audit.save(row, by=by, action="trials.published", reason=reason)
    _supersede(study_version, now, by=by)
    return study_version


def check_unused(study_version: StudyVersion) -> None:
    """Refuse while the version holds at a site, or is going to."""
    if study_version.pk in _held_versions(study_version.trial, timezone.now()):
        raise PublicationRefused("Sites use this version, or are going to. Publish a newer one there first.")


def _places(sites: Sequence[Site] | None) -> Sequence[Site | None]:
    return [None] if sites is None else sites


def _first_day(site: Site | None, now: datetime) -> date:
    """Return the day it is at the site; for all sites the day that has come everywhere."""
    return site.day_of(now) if site else (now.astimezone(UTC) - LATEST_DAY).date()


def _check(study_version: StudyVersion, sites: Sequence[Site] | None, reason: str) -> None:
    if study_version.status not in PUBLISHABLE:
        state = study_version.get_status_display().lower()
        raise PublicationRefused(f"A study version that is {state} cannot be published.")
    if is_blank(reason):
        raise Invalid({"reason": ["Say why."]})
    if sites is not None and not sites:
        raise Invalid({"sites": ["Choose at least one site."]})
    if any(site.trial_id != study_version.trial_id for site in sites or ()):
        raise Invalid({"sites": ["This is no site of the trial."]})
    _check_places(study_version, sites)


def _check_days(
    sites: Sequence[Site] | None, effective_from: date | None, ethics_approved_on: date | None, now: datetime
) -> None:
    first = min(_first_day(site, now) for site in _places(sites))
    if effective_from and not first <= effective_from <= now.date() + FARTHEST:
        raise Invalid({"effective_from": ["This day is over." if effective_from < first else "Check the year."]})
    if ethics_approved_on and ethics_approved_on > now.date() + timedelta(days=1):
        raise Invalid({"ethics_approved_on": ["This is in the future."]})


def _check_places(study_version: StudyVersion, sites: Sequence[Site] | None) -> None:
    """Refuse where the version holds already, or a newer one does."""
    rows = SitePublication.objects.filter(trial=study_version.trial_id).select_related("study_version", "site")
    newer = [row for row in rows.defer("study_version__document") if row.study_version.number >= study_version.number]
    for row in newer:
        same = row.study_version_id == study_version.pk
        everywhere, here = row.site_id is None, sites is not None and row.site_id in {site.pk for site in sites}
        # To all sites it may still be published where some of them, or newer ones, have theirs.
        if everywhere or here:
            where = f"at site {row.site.code}" if row.site else "at all sites"
            what = "This version" if same else f"The newer version {row.study_version.number}"
            raise PublicationRefused(f"{what} is published {where}, from {row.effective_from:%d %b %Y}.")


def _supersede(study_version: StudyVersion, now: datetime, *, by: User) -> None:
    """Mark the older versions that hold nowhere any more, nor are going to."""
    held = _held_versions(study_version.trial, now)
    older = StudyVersion.objects.select_for_update(no_key=True).filter(trial=study_version.trial_id)
    for row in older.filter(status=Status.PUBLISHED, number__lt=study_version.number).exclude(pk__in=held):
        row.status = Status.SUPERSEDED
        reason = f"Version {study_version.number} was published"
        audit.save(row, by=by, action="trials.study_version_superseded", reason=reason)


def _held_versions(trial: ClinicalTrial, now: datetime) -> set[object]:
    rows = standings(trial.pk, trial.sites.all(), at=now)
    return {one.study_version_id for row in rows for one in (row.now, *row.coming) if one}
