"""Building a draft: each edit of its document is one step that is checked, kept as a version and can be undone."""

import copy
from collections.abc import Callable
from typing import Any

from django.db import transaction

from audit import services as audit
from audit.services import locked
from edc.accounts.models import User
from edc.base.errors import Invalid, Refused, require
from trials import permissions
from trials.definition import DefinitionError, read_definition
from trials.definition.editing import Document, WhereIs, where_is
from trials.models import StudyVersion
from trials.selectors import BACK_TO, step_before
from trials.services.study import StudyVersionMoveRefused, digest


class DocumentRefused(Invalid):
    """What an edit would make of the document is not sound; `where` is the part and the member at fault."""

    def __init__(self, where: WhereIs, message: str) -> None:
        super().__init__({"": [f"{where.words}: {message}" if where.words else message]})
        self.where, self.message = where, message


class NothingToUndo(Refused): ...


@transaction.atomic
def edit_study_version(
    *, study_version: StudyVersion, edit: Callable[[Document], Any], what: str, version: int, by: User
) -> StudyVersion:
    """Let `edit` change the document of a draft, and keep it as the next version; `what` says in words what was done.

    Refused when the draft was changed since `version`, and when what comes of it is not sound. An edit that changes
    nothing makes no version.
    """
    row = _draft(study_version, version=version, by=by)
    document = copy.deepcopy(row.document)
    edit(document)
    if document == row.document:
        return row
    return _keep(row, document, what=what, by=by)


@transaction.atomic
def undo_edit(*, study_version: StudyVersion, version: int, by: User) -> StudyVersion:
    """Bring back the document as it was before the last step that is not undone yet; the trail keeps the way there."""
    row = _draft(study_version, version=version, by=by)
    step = step_before(row)
    if step is None:
        raise NothingToUndo("There is nothing left to undo.")
    return _keep(row, step.document, what=f"{BACK_TO}{step.number}", by=by)


def edited(document: Document, edit: Callable[[Document], Any]) -> Document:
    """Return what an edit would make of a document, which itself stays as it is; raise DocumentRefused if not sound."""
    made = copy.deepcopy(document)
    edit(made)
    _name(made)
    return made


def _draft(study_version: StudyVersion, *, version: int, by: User) -> StudyVersion:
    row = locked(study_version, version=version)
    require(permissions.can_build_study(by, row.trial))
    if row.status != StudyVersion.Status.DRAFT:
        raise StudyVersionMoveRefused("Only a draft can be changed. Copy it into a new draft instead.")
    return row


def _keep(row: StudyVersion, document: Document, *, what: str, by: User) -> StudyVersion:
    row.name, row.document = _name(document), document
    row.digest, row.written_by = digest(document), by
    audit.save(row, by=by, action="trials.study_version_changed", reason=what)
    return row


def _name(document: Document) -> str:
    try:
        return read_definition(document).name
    except DefinitionError as error:
        message = str(error).removeprefix(f"{error.path}: ")
        raise DocumentRefused(where_is(document, error.path), message[:1].upper() + message[1:]) from None
