"""Study files that pages take: kept on disk between the look at them and the decision, for their owner alone."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from audit import services as audit
from audit.services import locked
from captures.models import StudyFileJob, StudyImport
from captures.services.importing.bringing_in import FileFacts, Progress, bring_in, look_at, looked_at, understood
from captures.services.importing.result import Result
from edc.accounts.models import User
from edc.base import jobs
from edc.base.errors import Refused, require
from trials.formats import FileRefused, StudyFile, read_study
from trials.formats.opening import opened
from trials.models import ClinicalTrial, Site
from trials.permissions import can_bring_in

# What is longer, unpacked, or has more values is worked on in the background: a page answers within seconds.
LONGEST_AT_ONCE, MOST_AT_ONCE = 8_000_000, 20_000
KEPT_FOR = timedelta(days=1)
MOST_LISTED = 1_000
State, Work = StudyImport.State, StudyFileJob.Work


class FileUnreadable(Refused): ...


class FileGone(Refused): ...


def keep_and_look(
    *, trial: ClinicalTrial, name: str, blocks: Iterable[bytes], site: Site | None = None, by: User
) -> StudyImport:
    """Keep an uploaded file for a day and return what it is and what bringing it in would come to.

    Refused as `bring_in` is, and where the file cannot be read (with the place). A long one is looked at in the
    background; its last job says how far that is.
    """
    require(can_bring_in(by, trial))
    forget_files(now=timezone.now())
    with tempfile.NamedTemporaryFile(dir=_folder()) as copy:
        digest, size = hashlib.sha256(), 0
        for block in blocks:
            copy.write(block)
            digest.update(block)
            size += len(block)
        copy.flush()
        file, path = FileFacts(name, digest.hexdigest(), size), Path(copy.name)
        study = None if _is_long(path) else _read(path, name)
        result = look_at(trial=trial, study=study, file=file, site=site, by=by) if study else None
        with transaction.atomic():
            row = looked_at(trial=trial, study=study, file=file, by=by)
            row.summary |= _summary(study, result) if study and result else {}
            row.summary["site"] = str(site.pk) if site else None
            audit.save(row, by=by, action="captures.study_file_looked_at")
            shutil.copyfile(copy.name, path_of(row))
            if result is None:
                _ask(row, Work.LOOK, by)
    return row


def take_file(*, study_import: StudyImport, by: User) -> StudyImport:
    """Bring in a file that was looked at, which only its owner may; asked twice, it is brought in once.

    One with many values is brought in in the background.
    """
    require(study_import.looked_at_by_id == by.pk, "Only who looked at this file brings it in.")
    if study_import.state == State.TAKEN or study_import.jobs.filter(finished_at=None).exists():
        return study_import
    if study_import.summary.get("counts", {}).get("values", 0) <= MOST_AT_ONCE:
        return take_now(study_import=study_import, by=by)
    _kept(study_import)
    with transaction.atomic():
        _ask(locked(study_import), Work.TAKE, by)
    return study_import


def take_now(*, study_import: StudyImport, progress: Progress | None = None, by: User) -> StudyImport:
    """Bring in a file that is kept, and keep it no longer."""
    path, file, site = _kept(study_import)
    study = _read(path, study_import.file_name)
    act: dict[str, Any] = {"row": study_import, "progress": progress, "by": by}
    row, _ = bring_in(trial=study_import.trial, study=study, file=file, site=site, **act)
    path.unlink(missing_ok=True)
    return row


def look_now(*, study_import: StudyImport, progress: Progress, by: User) -> StudyImport:
    """Look at a file that is kept, and write down what was understood of it."""
    path, file, site = _kept(study_import)
    study = _read(path, study_import.file_name)
    result = look_at(trial=study_import.trial, study=study, file=file, site=site, progress=progress, by=by)
    with transaction.atomic():
        row = locked(study_import)
        row.summary |= understood(study) | _summary(study, result)
        audit.save(row, by=by, action="captures.study_file_looked_at")
    return row


def _kept(row: StudyImport) -> tuple[Path, FileFacts, Site | None]:
    """Return where the file is, what identifies it, and the site that was chosen."""
    path = path_of(row)
    if not path.exists() or row.state != State.WAITING:
        raise FileGone("This file is no longer kept. Choose it again.")
    chosen = row.summary.get("site")
    site = Site.objects.filter(pk=chosen, trial=row.trial_id).first() if chosen else None
    return path, FileFacts(row.file_name, row.sha256, row.size), site


def _ask(row: StudyImport, work: StudyFileJob.Work, by: User) -> None:
    values = row.summary.get("counts", {}).get("values", 0)
    StudyFileJob.objects.create(study_import=row, work=work, values=values, asked_by=by)
    jobs.announce()


def _is_long(path: Path) -> bool:
    """Tell whether a file, unpacked, is too long to be read while somebody waits for the page."""
    try:
        with opened(path) as stream:
            while stream.size <= LONGEST_AT_ONCE and stream.read():
                pass
            return stream.size > LONGEST_AT_ONCE
    except FileRefused as refused:
        raise FileUnreadable(str(refused)) from None


def forget_files(*, now: datetime) -> int:
    """Remove the files that nobody decided on for a day; return how many."""
    kept = list(settings.STUDY_FILES.iterdir()) if settings.STUDY_FILES.is_dir() else []
    removed = 0
    for path in kept:
        # Others take files away too: who uploads one, when it was read, and who brings one in.
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < (now - KEPT_FOR).timestamp():
                path.unlink()
                removed += 1
    return removed


def path_of(row: StudyImport) -> Path:
    """Return where the file of this row is kept."""
    return _folder() / str(row.pk)


def _folder() -> Path:
    folder: Path = settings.STUDY_FILES
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _read(path: Path, name: str) -> StudyFile:
    try:
        return read_study(path, name=Path(name).stem)
    except FileRefused as refused:
        raise FileUnreadable(str(refused)) from None


def _summary(study: StudyFile, result: Result) -> dict[str, object]:
    listed = [*((one, "refused") for one in study.refused)]
    listed += [(one, "unsupported") for one in (*study.unsupported, *result.problems)]
    return {
        "name": str((study.document or {}).get("name", "")),
        "has_study": study.document is not None,
        "would": result.as_json(),
        "problems": [[one.place, one.what, one.reason] for one, _ in listed[:MOST_LISTED]],
        "problem_count": len(listed),
    }
