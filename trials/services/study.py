"""Study versions: built by one person, approved by another, then never changed."""

import hashlib
from typing import Any

import orjson
from django.db import DatabaseError, transaction
from django.db.models import Max

from audit import services as audit
from audit.services import locked, once
from edc.accounts.models import User
from edc.base.errors import Invalid, Refused, require
from edc.base.texts import is_blank
from trials import permissions
from trials.definition import DefinitionError, read_definition
from trials.models import ClinicalTrial, StudyVersion
from trials.services.publishing import check_unused, publish_study_version

Status = StudyVersion.Status
# What the database says where forms begun in a version are drafts still.
IN_USE = "ED004"

MOVES: dict[str, frozenset[str]] = {
    Status.DRAFT: frozenset({Status.IN_REVIEW}),
    Status.IN_REVIEW: frozenset({Status.DRAFT, Status.APPROVED}),
    Status.APPROVED: frozenset({Status.PUBLISHED, Status.DRAFT}),
    Status.PUBLISHED: frozenset({Status.RETIRED}),
    Status.SUPERSEDED: frozenset({Status.RETIRED}),
    Status.RETIRED: frozenset(),
}


class StudyVersionMoveRefused(Refused): ...


def create_study_version(*, trial: ClinicalTrial, document: dict[str, Any], by: User, key: str = "") -> StudyVersion:
    """Write the next study version of the trial, in draft; a broken document is refused with the path of the fault."""

    def make() -> StudyVersion:
        name = _checked(document)
        locked(trial)
        last = trial.study_versions.aggregate(last=Max("number"))["last"] or 0
        study_version = StudyVersion(
            trial=trial, number=last + 1, name=name, document=document, digest=digest(document), written_by=by
        )
        audit.save(study_version, by=by, action="trials.study_version_created")
        return study_version

    asked = {"trial": trial.pk, "document": digest(document)}
    return once(
        StudyVersion,
        make,
        allow=lambda: require(permissions.can_build_study(by, trial)),
        by=by,
        key=key,
        action="trials.study_version_created",
        asked=asked,
    )


@transaction.atomic
def change_study_version(
    *, study_version: StudyVersion, document: dict[str, Any], version: int, by: User
) -> StudyVersion:
    """Replace the document of a draft; refused once the version is in review."""
    study_version = locked(study_version, version=version)
    require(permissions.can_build_study(by, study_version.trial))
    if study_version.status != Status.DRAFT:
        raise StudyVersionMoveRefused("Only a draft can be changed. Make a new version instead.")
    study_version.name, study_version.document = _checked(document), document
    study_version.digest, study_version.written_by = digest(document), by
    audit.save(study_version, by=by, action="trials.study_version_changed")
    return study_version


@transaction.atomic
def move_study_version(
    *, study_version: StudyVersion, to: str, reason: str, version: int | None = None, by: User
) -> StudyVersion:
    """Move a version through its life; publishing so means at once and everywhere. Approval needs a second person.

    Refused to retire while a site uses the version, or while forms begun in it are drafts.
    """
    # The trial before its version, as whoever publishes: in another order two people would wait for each other.
    locked(study_version.trial)
    study_version = locked(study_version, version=version)
    if to == Status.APPROVED:
        require(permissions.can_approve_study(by, study_version), "An investigator who did not build it approves it.")
    else:
        require(permissions.can_build_study(by, study_version.trial))
    if to not in MOVES[study_version.status]:
        state = study_version.get_status_display().lower()
        raise StudyVersionMoveRefused(f"A study version that is {state} cannot become {to.lower()}.")
    if is_blank(reason):
        raise Invalid({"reason": ["Say why."]})
    if to == Status.PUBLISHED:
        return publish_study_version(study_version=study_version, sites=None, reason=reason, by=by)
    if to == Status.RETIRED:
        check_unused(study_version)
    study_version.status = to
    try:
        with transaction.atomic():
            audit.save(study_version, by=by, action=f"trials.study_version_{to.lower()}", reason=reason)
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", "") == IN_USE:
            raise StudyVersionMoveRefused("Forms begun in this version are drafts still. Submit them first.") from None
        raise
    return study_version


def digest(document: dict[str, Any]) -> str:
    """Return the SHA-256 of the document with sorted keys, in hexadecimal."""
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _checked(document: dict[str, Any]) -> str:
    try:
        return read_definition(document).name
    except DefinitionError as error:
        raise Invalid({"document": [str(error)]}) from None
