"""Records in the Django admin."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from edc.accounts.models import User
from edc.base.admin import Records, TrackedRecords, rights_held, with_reason
from trials import selectors, services
from trials.models import (
    ClinicalTrial,
    Membership,
    ReviewComment,
    Site,
    SiteGroupObjectPermission,
    SitePublication,
    SiteUserObjectPermission,
    StudyVersion,
    TrialApproval,
    TrialGroupObjectPermission,
    TrialUserObjectPermission,
)
from trials.roles import Right


@admin.register(ClinicalTrial)
class Trials(TrackedRecords):
    right = Right.VIEW_TRIAL.value
    list_display = ("protocol_number", "title", "status", "start_date", "end_date")
    list_filter = ("status",)
    search_fields = ("protocol_number", "title")

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(pk__in=selectors.trials_visible_to(user).values("pk"))


@admin.register(Site)
class Sites(TrackedRecords):
    right = Right.VIEW_TRIAL.value
    list_display = ("code", "name", "trial", "city", "country", "status")
    list_filter = ("status", "country")
    list_select_related = ("trial",)
    search_fields = ("code", "name", "institution")

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(pk__in=selectors.sites_visible_to(user).values("pk"))


@admin.register(Membership)
class Memberships(TrackedRecords):
    right = Right.VIEW_TRIAL.value
    list_display = ("user", "role", "trial", "site", "starts_at", "ends_at")
    list_filter = ("role",)
    list_select_related = ("user", "trial", "site")
    search_fields = ("user__display_name", "user__email")
    date_hierarchy = "starts_at"
    actions = (
        with_reason(
            "End these roles", lambda row, reason, by: services.end_membership(membership=row, reason=reason, by=by)
        ),
    )

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(pk__in=selectors.memberships_visible_to(user).values("pk"))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return super().get_actions(request) if Right.MANAGE_MEMBERS in rights_held(request) else {}


def _move(to: str) -> Any:
    def move(row: StudyVersion, reason: str, by: User) -> object:
        return services.move_study_version(study_version=row, to=to, reason=reason, by=by)

    return move


@admin.register(StudyVersion)
class StudyVersions(TrackedRecords):
    right = Right.VIEW_TRIAL.value
    list_display = ("name", "number", "trial", "status", "published_at")
    list_filter = ("status",)
    list_select_related = ("trial",)
    search_fields = ("name", "trial__protocol_number")
    unsaid = ("version", "updated_at", "document")
    actions = (
        with_reason("Send to review", _move(StudyVersion.Status.IN_REVIEW)),
        with_reason("Send back to draft", _move(StudyVersion.Status.DRAFT)),
        with_reason("Publish", _move(StudyVersion.Status.PUBLISHED)),
    )

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(pk__in=selectors.study_versions_visible_to(user).values("pk")).defer("document")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return super().get_actions(request) if Right.MANAGE_STUDY in rights_held(request) else {}


@admin.register(SitePublication)
class SitePublications(TrackedRecords):
    right = Right.VIEW_TRIAL.value
    list_display = ("study_version", "site", "effective_from", "ethics_reference", "published_by")
    list_select_related = ("study_version", "site", "published_by")

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(pk__in=selectors.publications_visible_to(user).values("pk"))


@admin.register(ReviewComment)
class ReviewComments(TrackedRecords):
    right = Right.MANAGE_STUDY.value
    list_display = ("study_version", "path", "text", "written_by", "created_at", "resolved_at")
    list_select_related = ("study_version", "written_by")

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(pk__in=selectors.comments_visible_to(user).values("pk"))


@admin.register(TrialApproval)
class TrialApprovals(Records):
    right = Right.VIEW_TRIAL.value
    list_display = ("trial", "trial_version", "approved", "decided_by", "decided_at", "reason")
    list_filter = ("approved",)
    list_select_related = ("trial", "decided_by")
    date_hierarchy = "decided_at"

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(trial__in=selectors.trials_visible_to(user).values("pk"))


@admin.register(SiteUserObjectPermission, SiteGroupObjectPermission)
class RightsAtSites(Records):
    """Single rights of a person, and the rights that roles give through their groups."""

    on_index = False
    right = Right.MANAGE_MEMBERS.value
    list_display = ("__str__", "content_object", "permission")
    list_select_related = ("content_object", "permission__content_type")

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(content_object__in=selectors.sites_with(user, Right.MANAGE_MEMBERS).values("pk"))


@admin.register(TrialUserObjectPermission, TrialGroupObjectPermission)
class RightsInTrials(Records):
    """Single rights of a person, and the rights that roles give through their groups."""

    on_index = False
    right = Right.MANAGE_MEMBERS.value
    list_display = ("__str__", "content_object", "permission")
    list_select_related = ("content_object", "permission__content_type")

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(content_object__in=selectors.trial_ids_with(user, Right.MANAGE_MEMBERS))
