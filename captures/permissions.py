"""Who may do what with captures."""

from captures.models import DataCapture, DataQuery
from edc.accounts.models import User
from patients.models import Subject
from trials.definition import FilledBy, Form
from trials.models import ClinicalTrial, Site
from trials.roles import Right
from trials.selectors import has_right


def can_enter(user: User, subject: Subject, form: Form | None) -> bool:
    """The site's staff enter the site's forms; the participant alone enters their own; both enter plain values."""
    if subject.patient.user_id == user.pk:
        return form is None or _is_diary(form)
    return not _is_diary(form) and has_right(user, Right.ENTER_DATA, site=subject.site_id)


def can_change(user: User, capture: DataCapture) -> bool:
    """As for entering; a participant's own form is theirs until they have submitted it."""
    form = capture.form_definition
    if capture.patient.user_id == user.pk:
        return (form is None or _is_diary(form)) and capture.status == DataCapture.Status.IN_PROGRESS
    return not _is_diary(form) and has_right(user, Right.ENTER_DATA, site=capture.site_id)


def can_comment(user: User, capture: DataCapture) -> bool:
    """Who enters the site's forms may remark on their fields, also once they are final; never participants."""
    if capture.patient.user_id == user.pk or not capture.form:
        return False
    return has_right(user, Right.ENTER_DATA, site=capture.site_id)


def can_export(user: User, trial: ClinicalTrial) -> bool:
    """Who may take data out of the portal, at a site of the trial or in all of it."""
    return has_right(user, Right.EXPORT_DATA, trial=trial.pk)


def can_finalise(user: User, capture: DataCapture) -> bool:
    return has_right(user, Right.FINALISE_CAPTURES, site=capture.site_id)


def can_raise_query(user: User, capture: DataCapture) -> bool:
    """Data managers and monitors ask, where they see data: never a participant about their own."""
    return has_right(user, Right.RAISE_QUERIES, site=capture.site_id)


def can_answer_query(user: User, query: DataQuery) -> bool:
    """The site answers: those who enter its data."""
    return query.patient.user_id != user.pk and has_right(user, Right.ENTER_DATA, site=query.site_id)


def can_close_query(user: User, query: DataQuery) -> bool:
    """A data manager closes any; a monitor those that a monitor asked."""
    if has_right(user, Right.MANAGE_QUERIES, site=query.site_id):
        return True
    return query.source == DataQuery.Source.SITE_MONITOR and has_right(user, Right.RAISE_QUERIES, site=query.site_id)


def _is_diary(form: Form | None) -> bool:
    """Return whether the participant reports it: what staff wrote there would pass for the participant's word."""
    return form is not None and form.filled_by == FilledBy.PARTICIPANT


def can_move_captures(user: User, site: Site) -> bool:
    """Who builds the study moves what was entered in one version of it to another."""
    return has_right(user, Right.MANAGE_STUDY, trial=site.trial_id) and has_right(user, Right.VIEW_DATA, site=site.pk)
