"""Study files that pages take: kept on disk between the look at them and the decision, for their owner alone."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from audit import services as audit
from captures.models import StudyImport
from captures.services.importing.bringing_in import FileFacts, bring_in, look_at, looked_at
from captures.services.importing.result import Result
from edc.accounts.models import User
from edc.base.errors import Refused, require
from trials.formats import FileRefused, StudyFile, read_study
from trials.models import ClinicalTrial, Site
from trials.permissions import can_bring_in

# A page answers within a minute; what has more values comes by the command.
MOST_ON_A_PAGE = 50_000
KEPT_FOR = timedelta(days=1)
MOST_LISTED = 1_000
State = StudyImport.State


class FileUnreadable(Refused): ...


class FileTooLarge(Refused): ...


class FileGone(Refused): ...


def keep_and_look(
    *, trial: ClinicalTrial, name: str, blocks: Iterable[bytes], site: Site | None = None, by: User
) -> StudyImport:
    """Keep an uploaded file for a day and return what it is and what bringing it in would come to.

    Refused as `bring_in` is, and where the file cannot be read (with the place) or is too large for a page.
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
        file = FileFacts(name, digest.hexdigest(), size)
        study = _read(Path(copy.name), name)
        result = look_at(trial=trial, study=study, file=file, site=site, by=by)
        with transaction.atomic():
            row = looked_at(trial=trial, study=study, file=file, by=by)
            row.summary |= _summary(study, result, site)
            audit.save(row, by=by, action="captures.study_file_looked_at")
            shutil.copyfile(copy.name, path_of(row))
    return row


def take_file(*, study_import: StudyImport, by: User) -> StudyImport:
    """Bring in a file that was looked at, which only its owner may; asked twice, it is brought in once."""
    require(study_import.looked_at_by_id == by.pk, "Only who looked at this file brings it in.")
    if study_import.state == State.TAKEN:
        return study_import
    path = path_of(study_import)
    if not path.exists() or study_import.state != State.WAITING:
        raise FileGone("This file is no longer kept. Choose it again.")
    study = _read(path, study_import.file_name)
    chosen = study_import.summary.get("site")
    site = Site.objects.filter(pk=chosen, trial=study_import.trial_id).first() if chosen else None
    file = FileFacts(study_import.file_name, study_import.sha256, study_import.size)
    row, _ = bring_in(trial=study_import.trial, study=study, file=file, site=site, row=study_import, by=by)
    path.unlink(missing_ok=True)
    return row


def forget_files(*, now: datetime) -> int:
    """Remove the files that nobody decided on for a day; return how many."""
    kept = settings.STUDY_FILES.iterdir() if settings.STUDY_FILES.is_dir() else ()
    old = [path for path in kept if path.stat().st_mtime < (now - KEPT_FOR).timestamp()]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def path_of(row: StudyImport) -> Path:
    """Return where the file of this row is kept."""
    return _folder() / str(row.pk)


def _folder() -> Path:
    folder: Path = settings.STUDY_FILES
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _read(path: Path, name: str) -> StudyFile:
    try:
        study = read_study(path, name=Path(name).stem)
    except FileRefused as refused:
        raise FileUnreadable(str(refused)) from None
    if study.counts.values > MOST_ON_A_PAGE:
        raise FileTooLarge(
            f"This file has {study.counts.values:,} values. A page takes {MOST_ON_A_PAGE:,};"
            " more are brought in by the command import_study, where the portal runs."
        )
    return study


def _summary(study: StudyFile, result: Result, site: Site | None) -> dict[str, object]:
    listed = [*((one, "refused") for one in study.refused)]
    listed += [(one, "unsupported") for one in (*study.unsupported, *result.problems)]
    return {
        "name": str((study.document or {}).get("name", "")),
        "has_study": study.document is not None,
        "site": str(site.pk) if site else None,
        "would": result.as_json(),
        "problems": [[one.place, one.what, one.reason] for one, _ in listed[:MOST_LISTED]],
        "problem_count": len(listed),
    }
