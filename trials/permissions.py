"""Who may do what with trials, sites, memberships and study versions."""

from edc.accounts.models import User
from trials.models import ClinicalTrial, Site, StudyVersion
from trials.roles import Right
from trials.selectors import has_right, has_right_anywhere


def can_create_trial(user: User) -> bool:
    return user.is_superuser or has_right_anywhere(user, Right.MANAGE_TRIAL)


def can_manage_trial(user: User, trial: ClinicalTrial) -> bool:
    return has_right(user, Right.MANAGE_TRIAL, trial=trial.pk)


def can_read_history(user: User, trial: ClinicalTrial) -> bool:
    return has_right(user, Right.VIEW_AUDIT, trial=trial.pk)


def can_approve_trial(user: User, trial: ClinicalTrial) -> bool:
    """An investigator of the trial, and never the one who wrote it."""
    return trial.written_by_id != user.pk and has_right(user, Right.APPROVE_TRIAL, trial=trial.pk)


def can_manage_members(user: User, trial: ClinicalTrial) -> bool:
    return has_right(user, Right.MANAGE_MEMBERS, trial=trial.pk)


def can_manage_site(user: User, site: Site) -> bool:
    return has_right(user, Right.MANAGE_MEMBERS, trial=site.trial_id)


def can_build_study(user: User, trial: ClinicalTrial) -> bool:
    return has_right(user, Right.MANAGE_STUDY, trial=trial.pk)


def can_bring_in(user: User, trial: ClinicalTrial) -> bool:
    """Who may store what a study file tells, for the whole trial."""
    return has_right(user, Right.IMPORT_DATA, trial=trial.pk)


def can_approve_study(user: User, study_version: StudyVersion) -> bool:
    """An investigator of the trial, and never the one who built the version."""
    return study_version.written_by_id != user.pk and has_right(user, Right.APPROVE_TRIAL, trial=study_version.trial_id)


def can_review_study(user: User, study_version: StudyVersion) -> bool:
    """Who builds the study, and who approves it: they read its comments and write them."""
    return can_build_study(user, study_version.trial) or has_right(
        user, Right.APPROVE_TRIAL, trial=study_version.trial_id
    )
