"""Bring a study file into a trial, whole or not at all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit import services as audit
from audit.services import locked
from captures.models import StudyImport
from captures.services.importing.drafts import Drafts
from captures.services.importing.places import Sites, Subjects
from captures.services.importing.records import Records
from captures.services.importing.result import Result
from captures.services.importing.storing import Store
from edc.accounts.models import User
from edc.base import live
from edc.base.actor import origin
from edc.base.errors import Refused, require
from trials.formats import StudyFile
from trials.models import ClinicalTrial, Site, StudyVersion
from trials.permissions import can_bring_in, can_build_study
from trials.selectors import standings
from trials.services import create_study_version, move_study_version
from trials.services.study import digest

# Values that are held before they are written: whole subjects, and no more of one than this many times as much.
AT_ONCE, MOST_HELD = 4_000, 40_000
SHUT = {ClinicalTrial.Status.CLOSED, ClinicalTrial.Status.ARCHIVED}
NEVER = "What people entered is never written over. Nothing was brought in."
State = StudyImport.State
Progress = Callable[[int], None]


class TrialShut(Refused): ...


class BroughtInAlready(Refused): ...


class NoStudyVersion(Refused): ...


class ChangedHere(Refused):
    """Captures that the file would write over were entered or changed by people; `listed` are some of them."""

    def __init__(self, number: int, listed: list[str], so: str) -> None:
        self.number, self.listed = number, listed
        shown = "; ".join(listed[:5]) + (f" and {number - 5:,} more" if number > 5 else "")
        said = "1 form of this file was" if number == 1 else f"{number:,} forms of this file were"
        super().__init__(f"{said} entered or changed here: {shown}. {so}")


@dataclass(frozen=True)
class FileFacts:
    """What identifies a file."""

    name: str
    sha256: str
    size: int


def look_at(
    *,
    trial: ClinicalTrial,
    study: StudyFile,
    file: FileFacts,
    site: Site | None = None,
    progress: Progress | None = None,
    by: User,
) -> Result:
    """Return what bringing the file in would come to; nothing stays of it. It is refused as `bring_in` is."""
    try:
        with transaction.atomic():
            _, result = _bring_in(trial=trial, study=study, file=file, site=site, row=None, progress=progress, by=by)
            raise _OnlyLooked(result)
    except _OnlyLooked as looked:
        return looked.result


@transaction.atomic
def bring_in(
    *,
    trial: ClinicalTrial,
    study: StudyFile,
    file: FileFacts,
    site: Site | None = None,
    row: StudyImport | None = None,
    progress: Progress | None = None,
    by: User,
) -> tuple[StudyImport, Result]:
    """Store a study file: its study version, or the one of the trial that it goes by, and its data, all or nothing.

    `site` takes subjects for whom the file names none; `row` is the file as it was looked at. Refused when the trial
    is closed, when this very file is in it already, and when it would write over what people entered (ChangedHere).
    """
    return _bring_in(trial=trial, study=study, file=file, site=site, row=row, progress=progress, by=by)


class _OnlyLooked(Exception):
    def __init__(self, result: Result) -> None:
        self.result = result


def _bring_in(
    *,
    trial: ClinicalTrial,
    study: StudyFile,
    file: FileFacts,
    site: Site | None,
    row: StudyImport | None,
    progress: Progress | None,
    by: User,
) -> tuple[StudyImport, Result]:
    trial = locked(trial)
    _check(trial, study, file, by)
    result, began = Result(), timezone.now()
    with _as_import(), live.quiet():
        version = _version_for(trial, study, by)
        row = locked(row) if row else looked_at(trial=trial, study=study, file=file, by=by)
        sites = Sites(trial, study, site, by, result)
        if study.has_data:
            _store(study, row, version, sites, progress)
        if result.conflicts:
            raise ChangedHere(result.numbers["conflicts"], result.conflicts, NEVER)
        row.study_version, row.state, row.taken_at = version, State.TAKEN, timezone.now()
        row.summary |= {"result": result.as_json(), "sites": sites.by_key, "began_at": began.isoformat()}
        row.summary["problems"] = [[one.place, one.what, one.reason] for one in result.problems[:MOST_PROBLEMS]]
        audit.save(row, by=by, action="captures.study_file_brought_in", reason=reason_of(file.name))
    _tell(row, by)
    return row, result


MOST_PROBLEMS = 1_000


def looked_at(*, trial: ClinicalTrial, study: StudyFile | None, file: FileFacts, by: User) -> StudyImport:
    """Write down that somebody looks at this file; what is understood of it may come later."""
    require(can_bring_in(by, trial))
    row = StudyImport(
        trial=trial, file_name=file.name[:200], sha256=file.sha256, size=file.size, looked_at_by=by,
        summary=understood(study) if study else {},
    )  # fmt: skip
    audit.save(row, by=by, action="captures.study_file_looked_at")
    return row


def understood(study: StudyFile) -> dict[str, Any]:
    return {"kind": study.kind, "study": study.study[:200], "counts": study.counts.as_json()}


def reason_of(name: str) -> str:
    return f"Brought in from the study file {name}"


def _check(trial: ClinicalTrial, study: StudyFile, file: FileFacts, by: User) -> None:
    if study.document is not None:
        require(can_build_study(by, trial))
    if study.has_data or study.document is None:
        require(can_bring_in(by, trial), "Your role does not allow bringing in data.")
    if trial.status in SHUT:
        raise TrialShut("The trial is closed: nothing can be brought in.")
    before = StudyImport.objects.filter(trial=trial, sha256=file.sha256, state=State.TAKEN).first()
    if before is not None:
        who, when = before.looked_at_by, before.taken_at
        raise BroughtInAlready(
            f"This very file was brought in on {when:%d %b %Y at %H:%M} UTC by {who.shown_as}: there is nothing to do."
        )


def _version_for(trial: ClinicalTrial, study: StudyFile, by: User) -> StudyVersion:
    """Return the version that the data go by: the file's own, or the newest in force at a site, or else the newest.

    One with data is no draft any more: it waits for the review without which nothing new is entered under it.
    """
    versions = StudyVersion.objects.filter(trial=trial).order_by("-number")
    version = None
    if study.document is not None:
        version = versions.filter(digest=digest(study.document)).first() if study.has_data else None
        version = version or create_study_version(trial=trial, document=study.document, by=by)
    else:
        places = standings(trial.pk, trial.sites.all(), at=timezone.now())
        held = {place.now.study_version_id for place in places if place.now}
        published = versions.filter(status=StudyVersion.Status.PUBLISHED)
        version = versions.filter(pk__in=held).first() or published.first() or versions.first()
    if version is None:
        raise NoStudyVersion("There is no study in this file, only data: bring in the study first.")
    if study.has_data and version.status == StudyVersion.Status.DRAFT:
        reason = "Brought in with its data: it is reviewed before anything new is entered under it"
        version = move_study_version(study_version=version, to="IN_REVIEW", reason=reason, by=by)
    return version


def _store(study: StudyFile, row: StudyImport, version: StudyVersion, sites: Sites, progress: Progress | None) -> None:
    by = sites.by
    reason = reason_of(row.file_name)
    records = Records(row, study, reason, by)
    store = Store(row, version, Subjects(row.trial, version, sites, reason, by), records, by)
    drafts = Drafts(at_once=AT_ONCE)
    for record in study.records():
        if drafts.held >= AT_ONCE and (drafts.is_another(record) or drafts.held >= MOST_HELD):
            store.store(list(drafts.give()))
            if progress is not None:
                progress(drafts.values)
        drafts.take(record)
    store.store(list(drafts.give()))
    records.loose(drafts.loose)
    records.write(rest=True)
    sites.result.numbers["records"] = records.written
    if progress is not None:
        progress(drafts.values)


@contextmanager
def _as_import() -> Iterator[None]:
    """Let the trail say that what is written meanwhile came with an import."""
    token = origin.set(replace(origin.get(), source="import"))
    try:
        yield
    finally:
        origin.reset(token)


def _tell(row: StudyImport, by: User) -> None:
    live.publish(
        "captures.study_file_brought_in",
        entity="StudyImport",
        id=row.pk,
        topics=[f"view_data@trial:{row.trial_id}"],
        trial=row.trial_id,
        by=by.pk,
    )
