"""Study versions: who may see which, what holds at a site, how two of them differ, what reviewers say."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet, Value

from edc.accounts.models import User
from trials.definition import Difference, differences
from trials.models import ReviewComment, Site, SitePublication, StudyVersion, version_in_force
from trials.roles import Right
from trials.selectors.access import site_ids_with, sites_visible_to, trial_ids_with, trials_visible_to, trials_worked_in

Status = StudyVersion.Status


def study_versions_visible_to(user: User) -> QuerySet[StudyVersion]:
    """Return all versions for those who build or approve the study, the ones in use for everybody else."""
    in_use = Q(status__in=[Status.PUBLISHED, Status.SUPERSEDED, Status.RETIRED])
    visible = Q(trial__in=trials_visible_to(user).values("pk"))
    return StudyVersion.objects.filter(_in_making(user) | (visible & in_use)).select_related("trial")


def study_versions_in_making(user: User) -> QuerySet[StudyVersion]:
    """Return the versions of the trials whose study this person builds or approves."""
    return StudyVersion.objects.filter(_in_making(user)).select_related("trial")


def _in_making(user: User) -> Q:
    approving = Site.objects.filter(pk__in=site_ids_with(user, Right.APPROVE_TRIAL)).values("trial")
    return Q(trial__in=trial_ids_with(user, Right.MANAGE_STUDY)) | Q(trial__in=approving)


def version_at(site: UUID) -> StudyVersion | None:
    """Return the study version in force at the site now."""
    return StudyVersion.objects.filter(pk=version_in_force(Value(site))).first()


def has_publication(trial: UUID) -> bool:
    """Return whether a study version of the trial is or will be in force at a site."""
    return SitePublication.objects.filter(trial=trial).exists()


def publications_visible_to(user: User) -> QuerySet[SitePublication]:
    """Return where versions hold, at the sites that this person sees; what holds everywhere is for all of them."""
    sites = sites_visible_to(user).order_by().values("pk")
    mine = Q(trial__in=trials_visible_to(user).values("pk")) & (Q(site=None) | Q(site__in=sites))
    rows = SitePublication.objects.filter(mine).select_related("study_version", "site", "trial", "published_by")
    return rows.defer("study_version__document").order_by("-effective_from", "-pk")


@dataclass(frozen=True)
class Standing:
    """What holds at a site (None: at one that is opened later): now, and what is going to, soonest first."""

    site: Site | None
    now: SitePublication | None
    coming: list[SitePublication]

    def has(self, study_version: StudyVersion) -> bool:
        """Return whether this version, or a newer one, holds there or is going to."""
        rows = [self.now, *self.coming]
        return any(row and row.study_version.number >= study_version.number for row in rows)


def standings(trial: UUID, sites: Iterable[Site], *, at: datetime) -> list[Standing]:
    """Return what holds at these sites of the trial and at those opened later, in one statement."""
    rows = SitePublication.objects.filter(trial=trial).select_related("study_version", "published_by")
    found = list(rows.defer("study_version__document").order_by("effective_from", "study_version__number"))
    return [_standing(site, found, at) for site in (*sites, None)]


def _standing(site: Site | None, rows: list[SitePublication], at: datetime) -> Standing:
    own = [row for row in rows if row.site_id is None or (site is not None and row.site_id == site.pk)]
    today = site.day_of(at) if site else at.date()
    has_come = [row for row in own if row.effective_from <= today]
    now = max(has_come, key=lambda row: row.study_version.number, default=None)
    newest = now.study_version.number if now else 0
    coming = [row for row in own if row.effective_from > today and row.study_version.number > newest]
    return Standing(site, now, coming)


def comments_on(study_version: StudyVersion) -> QuerySet[ReviewComment]:
    """Return what reviewers say about the version, oldest first."""
    return study_version.comments.select_related("written_by", "resolved_by").order_by("created_at", "pk")


def comments_visible_to(user: User) -> QuerySet[ReviewComment]:
    """Return the comments on study versions for those who build or approve them, oldest first."""
    comments = ReviewComment.objects.filter(study_version__in=study_versions_in_making(user).values("pk"))
    return comments.select_related("study_version", "trial", "written_by", "resolved_by").order_by("created_at", "pk")


def study_versions_worked_with(user: User) -> QuerySet[StudyVersion]:
    """Return the study versions that this person may see in the trials they work in, with who built each."""
    mine = study_versions_visible_to(user).filter(trial__in=trials_worked_in(user).values("pk"))
    return mine.select_related("written_by")


def version_to_compare(user: User, study_version: StudyVersion, *, number: int | None = None) -> StudyVersion | None:
    """Return the trial's version of this number, or the last before this one, if the person may see it."""
    others = study_versions_visible_to(user).filter(trial=study_version.trial_id).exclude(pk=study_version.pk)
    if number is not None:
        return others.filter(number=number).first()
    return others.filter(number__lt=study_version.number).order_by("-number").first()


def differences_of(old: StudyVersion, new: StudyVersion) -> list[Difference]:
    """Return how the one version differs from the other, part by part."""
    return differences(old.definition, new.definition)
