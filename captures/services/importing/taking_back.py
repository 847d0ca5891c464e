"""Take back what a study file brought in, in one step; it leaves every list, and stays in the trail."""

from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from audit import services as audit
from audit.services import locked
from captures.models import DataCapture, StudyImport
from captures.services.checks import sync_many, sync_system_queries
from captures.services.importing.bringing_in import ChangedHere
from captures.services.importing.result import MOST_LISTED
from captures.validators import Checked
from edc.accounts.models import User
from edc.base import live
from edc.base.errors import Invalid, Refused, require
from edc.base.texts import is_blank
from patients.models import Subject
from patients.services import take_back_subjects
from trials.permissions import can_bring_in

AT_ONCE = 1_000
ACTION = "captures.taken_back"
RESTORED = ("data", "source_keys", "study_import", "imported_version", "removed_at", "missing_items", "flagged_items")


class NotBroughtIn(Refused): ...


@transaction.atomic
def take_back(*, study_import: StudyImport, reason: str, version: int | None = None, by: User) -> StudyImport:
    """Take back all that a study file brought in, as one step, with the reason.

    Forms that it made, and subjects who have no other, leave every list; forms that it changed are as they were before.
    Refused with the list when somebody changed one since (ChangedHere). Sites and the study version stay.
    """
    # Meanwhile nobody enters anything, as while a file is brought in: what was looked at is what is written over.
    locked(study_import.trial)
    row = locked(study_import, version=version)
    require(can_bring_in(by, row.trial))
    if row.state != StudyImport.State.TAKEN:
        raise NotBroughtIn("This file is not brought in: there is nothing to take back.")
    if is_blank(reason):
        raise Invalid({"reason": ["Say why."]})
    written = DataCapture.everything.filter(study_import=row)
    _check_untouched(written)
    now = timezone.now()
    while batch := list(written.select_for_update(no_key=True).order_by("id")[:AT_ONCE]):
        _restore(row, batch, now, reason=reason, by=by)
    act: dict[str, Any] = {"reason": reason, "by": by}
    _take_back_subjects(row, now, act)
    row.state, row.undone_at, row.undone_by = StudyImport.State.UNDONE, now, by
    audit.save(row, action="captures.study_file_taken_back", **act)
    return row


def _check_untouched(written: QuerySet[DataCapture]) -> None:
    """Refuse while there are forms of the file that people changed, moved on or finalised since."""
    touched = written.filter(~Q(version=F("imported_version")), removed_at=None)
    number = touched.count()
    if number:
        some = touched.select_related("subject", "study_version").order_by("subject__number", "visit")[:MOST_LISTED]
        listed = [f"{one.subject.number}: {one.title}, {one.visit}" for one in some]
        raise ChangedHere(number, listed, "Take back those changes first. Nothing was taken back.")


def _restore(row: StudyImport, batch: list[DataCapture], now: Any, *, reason: str, by: User) -> None:
    """Put back what each form was before the file; what it made is removed."""
    earlier = DataCapture.history.filter(id__in=[one.pk for one in batch]).exclude(study_import=row)
    before = {one.id: one for one in earlier.order_by("version").defer("study_version")}
    for capture in batch:
        was = before.get(capture.pk)
        if was is None:
            # What the file made remembers it no longer: `study_import` says who wrote what is there now.
            capture.removed_at = capture.removed_at or now
            capture.study_import = capture.imported_version = None
            continue
        for name in RESTORED[:2]:
            setattr(capture, name, getattr(was, name))
        capture.removed_at = was.removed_at
        capture.study_import_id = was.study_import_id
        capture.imported_version = capture.version + 1 if was.study_import_id else None
        capture.missing_items, capture.flagged_items = was.missing_items, was.flagged_items
    audit.change_many(batch, fields=RESTORED, by=by, action=ACTION, reason=reason)
    with live.quiet():
        sync_system_queries([(one, Checked()) for one in batch if one.removed_at], by=by)
        kept = DataCapture.objects.filter(pk__in=[one.pk for one in batch]).select_related("study_version", "subject")
        sync_many(list(kept.defer("study_version__document")), by=by)


def _take_back_subjects(row: StudyImport, now: Any, act: dict[str, Any]) -> None:
    """Take back the subjects whom the file brought in and who have nothing else."""
    # The trial was held meanwhile: who has no identity and came between these times came with the file.
    times = (parse_datetime(row.summary["began_at"]), row.taken_at)
    made = Subject.objects.filter(trial=row.trial, patient__medical_record_number_index="", created_at__range=times)
    made = made.exclude(pk__in=DataCapture.objects.filter(trial=row.trial).values("subject"))
    listed = list(made.select_related("trial", "patient").select_for_update(of=("self",), no_key=True))
    for start in range(0, len(listed), AT_ONCE):
        take_back_subjects(subjects=listed[start : start + AT_ONCE], at=now, **act)
