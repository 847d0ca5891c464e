"""Everything that changes trials, sites, memberships and study versions."""

from trials.services.building import edit_study_version, undo_edit
from trials.services.held import held_site_status, held_trial_status
from trials.services.members import end_membership, grant_membership, sync_rights
from trials.services.publishing import publish_study_version
from trials.services.reviewing import comment_on_study_version, resolve_comment
from trials.services.sites import change_site, create_site, plan_site
from trials.services.study import change_study_version, create_study_version, move_study_version
from trials.services.trials import approve_trial, change_trial, create_trial, move_trial

__all__ = [
    "approve_trial",
    "change_site",
    "change_study_version",
    "change_trial",
    "comment_on_study_version",
    "create_site",
    "create_study_version",
    "create_trial",
    "edit_study_version",
    "end_membership",
    "grant_membership",
    "held_site_status",
    "held_trial_status",
    "move_study_version",
    "move_trial",
    "plan_site",
    "publish_study_version",
    "resolve_comment",
    "sync_rights",
    "undo_edit",
]
