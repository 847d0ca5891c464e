"""Exports that are made in the background: asked for, written, fetched by who asked, and taken away in time."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from tempfile import TemporaryFile
from time import monotonic
from typing import Any, BinaryIO, Self, cast
from uuid import uuid4

from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages
from django.db import connection, connections, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from audit import services as audit
from captures import permissions
from captures.exports import WRITERS
from captures.models import StudyExport
from captures.selectors.exports import may_identify
from captures.selectors.extract import subjects_in
from captures.services.study_exports import Written, export_study, scope_of
from edc.accounts.models import User
from edc.base import jobs
from edc.base.actor import Origin, origin
from edc.base.errors import Refused, require
from trials.models import ClinicalTrial

Status = StudyExport.Status
MOST_AT_ONCE, MOST_TRIES = 3, 3
# Work that gave no sign of life for so long has ended, and is begun anew.
SILENCE = timedelta(minutes=5)
# Seconds between two signs of life.
BEAT = 2


class TooManyExports(Refused):
    """Somebody has as many exports under way as they may."""


class FileGone(Refused):
    """The file was taken away, or was never made."""


def ask_for_export(
    *,
    trial: ClinicalTrial,
    to: str,
    as_of: datetime | None = None,
    identified: bool = False,
    by: User,
    key: str = "",
) -> StudyExport:
    """Let the trial's study be written in the background, as `export_study` would for this person."""

    def make() -> StudyExport:
        scope_of(trial, as_of=as_of, identified=identified, by=by)
        mine = StudyExport.objects.filter(asked_by=by, status__in=[Status.WAITING, Status.RUNNING])
        if mine.count() >= MOST_AT_ONCE:
            raise TooManyExports("Wait until one of your exports is ready.")
        export = StudyExport.objects.create(trial=trial, asked_by=by, format=to, as_of=as_of, identified=identified)
        _record(export, "captures.study_export_asked", by)
        jobs.announce()
        return export

    allow = partial(_allow, by, trial)
    asked = [trial.pk, to, as_of, identified]
    return audit.once(StudyExport, make, allow=allow, by=by, key=key, action="captures.study_export_asked", asked=asked)


def exports_wait() -> bool:
    """Tell whether there is an export to be written."""
    return bool(_waiting(timezone.now()).exists())


def write_next_export(*, now: datetime) -> bool:
    """Write the export that waits longest, and tell whether there was one; several processes take one each."""
    with transaction.atomic():
        export = _waiting(now).select_for_update(skip_locked=True).select_related(None).order_by("created_at").first()
        if export is None:
            return False
        export.tries, export.status, export.beat_at = export.tries + 1, Status.RUNNING, now
        export.save(update_fields=["tries", "status", "beat_at"])
    token = origin.set(Origin("job"))
    try:
        _write(StudyExport.objects.select_related("trial", "asked_by").get(pk=export.pk))
    finally:
        origin.reset(token)
    return True


def open_export(*, export: StudyExport, by: User) -> BinaryIO:
    """Return the file for who asked for it, while they may still take data out; each time is on record."""
    require(export.asked_by_id == by.pk, "This export is somebody else's.")
    _allow(by, export.trial)
    if export.identified:
        require(may_identify(by, export.trial), "This export tells who people are, and you may not know it any more.")
    if not export.is_there:
        raise FileGone("The file is no longer there. Export the study anew.")
    try:
        file = storages["exports"].open(export.file)
    except FileNotFoundError:
        raise FileGone("The file is no longer there. Export the study anew.") from None
    _record(export, "captures.study_export_fetched", by, sha256=export.sha256)
    return cast("BinaryIO", file)


def forget_exports(*, now: datetime) -> int:
    """Remove the files that were kept long enough; return how many."""
    kept = StudyExport.objects.filter(finished_at__lt=now - settings.EXPORTS_KEPT).exclude(file="")
    removed = 0
    for export in kept:
        storages["exports"].delete(export.file)
        removed += StudyExport.objects.filter(pk=export.pk).update(file="", removed_at=now)
    return removed


def _allow(by: User, trial: ClinicalTrial) -> None:
    require(permissions.can_export(by, trial), "Your role does not allow taking data out of the portal.")


def _waiting(now: datetime) -> QuerySet[StudyExport]:
    lost = Q(status=Status.RUNNING, beat_at__lt=now - SILENCE)
    return StudyExport.objects.filter(Q(status=Status.WAITING) | lost)


def _write(export: StudyExport) -> None:
    """Write one export; whatever comes of it is said in its row."""
    if export.tries > MOST_TRIES:
        _fail(export, "It was begun several times and never came to its end.")
        return
    with _Beats(export) as beats, TemporaryFile() as out:
        options: dict[str, Any] = {"as_of": export.as_of, "identified": export.identified, "by": export.asked_by}
        try:
            beats.say(subjects=subjects_in(scope_of(export.trial, **options)))
            written = export_study(
                trial=export.trial, to=export.format, out=cast("BinaryIO", out), told=beats.count, **options
            )
        except Refused as refused:
            _fail(export, str(refused))
            return
        except Exception:
            _fail(export, "Something went wrong. The people who run the portal can see what.")
            raise
        out.seek(0)
        name = f"{uuid4().hex}.{WRITERS[export.format].suffix}"
        _finish(export, written, storages["exports"].save(name, File(out)))


def _still_ours(export: StudyExport) -> QuerySet[StudyExport]:
    """Return the row while this try is its last: a writer that was silent for long was given up for another."""
    return StudyExport.objects.filter(pk=export.pk, status=Status.RUNNING, tries=export.tries)


def _finish(export: StudyExport, written: Written, name: str) -> None:
    finished = _still_ours(export).update(
        status=Status.DONE,
        finished_at=timezone.now(),
        subjects_done=F("subjects"),
        rows=written.rows,
        values=written.values,
        versions=written.versions,
        size=written.size,
        sha256=written.sha256,
        file=name,
    )
    if not finished:
        storages["exports"].delete(name)


def _fail(export: StudyExport, why: str) -> None:
    if _still_ours(export).update(status=Status.FAILED, finished_at=timezone.now(), error=why[:500]):
        _record(export, "captures.study_export_failed", export.asked_by, error=why[:500])


def _record(export: StudyExport, action: str, by: User, **more: Any) -> None:
    metadata = {"format": export.format, "identity": export.identified, **more}
    if export.as_of:
        metadata["as_of"] = export.as_of.isoformat()
    audit.record(
        by=by,
        action=action,
        entity_type="StudyExport",
        entity_id=export.pk,
        trial_id=export.trial_id,
        metadata=metadata,
    )


class _Beats:
    """Tells how far an export is, beside the transaction in which it reads."""

    def __init__(self, export: StudyExport) -> None:
        self.export, self.last = export, 0.0
        self.own = not connection.in_atomic_block
        self.alias = "beats"

    def __enter__(self) -> Self:
        if self.own:
            connections[self.alias] = connection.copy(self.alias)
        return self

    def __exit__(self, *_error: object) -> None:
        if self.own:
            with suppress(KeyError):
                connections[self.alias].close()
                del connections[self.alias]

    @property
    def say(self) -> Callable[..., int]:
        rows = StudyExport.objects.using(self.alias) if self.own else StudyExport.objects
        return partial(rows.filter(pk=self.export.pk, tries=self.export.tries).update, beat_at=timezone.now())

    def count(self, done: int) -> None:
        """Note how many subjects are written, now and then."""
        if monotonic() - self.last > BEAT:
            self.last = monotonic()
            self.say(subjects_done=done)
